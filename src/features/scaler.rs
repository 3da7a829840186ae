//! Standardisation to mean 0 and standard deviation 1.

use ndarray::{ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

/// Mean and standard deviation of one column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// Mean.
    pub mean: f64,
    /// Standard deviation; never zero.
    pub deviation: f64,
    /// Factor of a standardised input. The optimiser changes each weight by about the learning rate, whatever the
    /// gradient, so the effect of an input on a network changes in proportion to this factor.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub gain: f64,
}

fn one() -> f64 {
    1.0
}

fn is_one(gain: &f64) -> bool {
    *gain == 1.0
}

impl Scaler {
    /// The identity scaler.
    pub const IDENTITY: Scaler = Scaler { mean: 0.0, deviation: 1.0, gain: 1.0 };

    /// Returns the scaler of a column. The deviation of a constant column is set to 1.
    pub fn fit(column: ArrayView1<'_, f64>) -> Scaler {
        let mean = column.mean().unwrap_or(0.0);
        let deviation = column.mapv(|value| (value - mean).powi(2)).mean().unwrap_or(0.0).sqrt();
        let constant = deviation <= 1e-9 * mean.abs().max(1e-9);
        Scaler { mean, deviation: if constant { 1.0 } else { deviation }, gain: 1.0 }
    }

    /// Returns the scalers of the columns of a table.
    pub fn fit_columns(table: ArrayView2<'_, f64>) -> Vec<Scaler> {
        table.columns().into_iter().map(Scaler::fit).collect()
    }

    /// Returns (value - mean) / deviation.
    pub fn scale(&self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }

    /// Returns mean + scaled x deviation.
    pub fn unscale(&self, scaled: f64) -> f64 {
        self.mean + scaled * self.deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_scaled_column_has_mean_0_and_deviation_1() {
        let column = array![3.0, 8.0, -1.0, 4.5];
        let scaler = Scaler::fit(column.view());
        let scaled = column.mapv(|value| scaler.scale(value));
        assert!(scaled.mean().unwrap().abs() < 1e-12);
        assert!((scaled.std(0.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_column_keeps_its_scale() {
        let scaler = Scaler::fit(array![7.1, 7.1, 7.1].view());
        assert_eq!(scaler.deviation, 1.0);
        assert!(scaler.scale(7.1).abs() < 1e-12);
    }
}
