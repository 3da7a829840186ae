//! Closes that are comparable with each other: back-adjusted, with the last one as quoted.

use std::ops::Range;

use crate::prices::PriceSeries;

/// The closes of some rows.
pub struct Closes {
    /// The closes, on the basis of one of the rows.
    pub values: Vec<f64>,
    /// Whether they differ from those of the file.
    pub is_adjusted: bool,
}

impl Closes {
    /// Returns the closes of `rows` on the basis of the quote of row `basis`. Without adjustments, these are exactly
    /// the closes of the file.
    pub fn of(series: &PriceSeries, rows: Range<usize>, basis: usize) -> Closes {
        let factor = series.close[basis] / series.adjusted[basis];
        let differs = |row: usize| (series.adjusted[row] * factor / series.close[row] - 1.0).abs() > 1e-6;
        if factor.is_finite() && rows.clone().any(differs) {
            let values = series.adjusted[rows].iter().map(|close| close * factor).collect();
            return Closes { values, is_adjusted: true };
        }
        Closes { values: series.close[rows].to_vec(), is_adjusted: false }
    }

    /// The name of one close.
    pub fn name(&self) -> &'static str {
        if self.is_adjusted { "back-adjusted close" } else { "close" }
    }

    /// The name of several closes.
    pub fn names(&self) -> &'static str {
        if self.is_adjusted { "back-adjusted closes" } else { "closes" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closes_are_on_the_basis_of_one_row() {
        let text = b"Date,Close,Adj Close\n2024-01-02,10,5\n2024-01-03,11,5.5\n2024-01-04,6,6\n2024-01-05,6.3,6.3\n";
        let reading = crate::prices::read_bytes("p.csv", text, &crate::prices::ReadOptions::default()).unwrap();
        let series = &reading.series[0];
        let last = Closes::of(series, 0..4, 3);
        assert_eq!((last.values, last.is_adjusted), (vec![5.0, 5.5, 6.0, 6.3], true));
        let first = Closes::of(series, 0..2, 1);
        assert_eq!((first.name(), &first.values[..]), ("close", &[10.0, 11.0][..]));
        assert_eq!(Closes::of(series, 0..3, 0).values, [10.0, 11.0, 12.0]);
    }
}
