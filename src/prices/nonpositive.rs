//! The cause of prices at or below zero: errors of a file, levels that can be negative (such as spreads), or returns.

use super::series::PriceSeries;

/// The cause of the prices at or below zero of a series, as far as its rows show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonpositive {
    /// A few among many: errors of the file.
    Errors,
    /// Many: levels of something that is not always above zero, such as a spread or an interest rate.
    Levels,
    /// About as many as above zero, each independent of the one before: changes rather than levels.
    Returns,
}

/// If more than one price in this many is at or below zero, they are no errors.
const RARE: usize = 50;
/// With fewer rows, returns and levels cannot be distinguished.
const MIN_ROWS: usize = 10;
/// At least one return in this many is below zero, and as many are above.
const EITHER_SIGN: usize = 5;

impl PriceSeries {
    /// Returns the cause of the prices at or below zero; `None` if there are none.
    pub fn nonpositive(&self) -> Option<Nonpositive> {
        let prices: Vec<f64> = self.close.iter().zip(&self.adjusted).map(|(one, other)| one.min(*other)).collect();
        let count = prices.iter().filter(|price| **price <= 0.0).count();
        match count {
            0 => None,
            _ if are_returns(&self.close) => Some(Nonpositive::Returns),
            _ if count == 1 || RARE * count <= prices.len() => Some(Nonpositive::Errors),
            _ => Some(Nonpositive::Levels),
        }
    }
}

/// Whether numbers of both signs differ more from the number before than from zero, as independent numbers around zero
/// do: levels differ little from row to row.
fn are_returns(values: &[f64]) -> bool {
    let share = |count: usize| EITHER_SIGN * count >= values.len();
    let (below, above) =
        (values.iter().filter(|value| **value < 0.0).count(), values.iter().filter(|value| **value > 0.0).count());
    let squares: f64 = values.iter().map(|value| value * value).sum();
    let steps: f64 = values.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
    values.len() >= MIN_ROWS && share(below) && share(above) && steps > squares
}

impl Nonpositive {
    /// Returns what a message about such prices adds.
    pub fn remark(self) -> &'static str {
        if self == Nonpositive::Returns { ": the column looks like returns, prices are expected" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ReadOptions, read_bytes};

    fn cause(values: impl Iterator<Item = f64>) -> Option<Nonpositive> {
        let start = jiff::civil::date(2020, 1, 1);
        let row = |(day, value): (i64, f64)| format!("{},{value}\n", start + jiff::Span::new().days(day));
        let text: String = (0..).zip(values).map(row).collect();
        let read = read_bytes("p.csv", format!("Date,Close\n{text}").as_bytes(), &ReadOptions::default());
        read.unwrap().series[0].nonpositive()
    }

    /// Numbers around zero, each independent of the one before.
    fn noise(k: usize) -> f64 {
        ((k * k * 7 + k * 13) % 101) as f64 / 50.0 - 1.0
    }

    #[test]
    fn returns_errors_and_levels_are_distinguished() {
        assert_eq!(cause((0..200).map(|k| 100.0 + noise(k))), None);
        assert_eq!(cause((0..200).map(|k| if k == 70 { -5.0 } else { 100.0 + noise(k) })), Some(Nonpositive::Errors));
        assert_eq!(cause((0..20).map(|k| if k == 7 { -5.0 } else { 100.0 + noise(k) })), Some(Nonpositive::Errors));
        assert_eq!(cause((0..200).map(|k| 0.02 * noise(k))), Some(Nonpositive::Returns));
        // In percent.
        assert_eq!(cause((0..200).map(|k| 2.0 * noise(k) + 0.1)), Some(Nonpositive::Returns));
        // A rate that goes from 1 % to -1 % and back.
        let rate = |k: usize| (k as f64 / 30.0).cos() + 0.01 * noise(k);
        assert_eq!(cause((0..200).map(rate)), Some(Nonpositive::Levels));
        assert_eq!(cause((0..200).map(|k| -50.0 - noise(k))), Some(Nonpositive::Levels));
    }
}
