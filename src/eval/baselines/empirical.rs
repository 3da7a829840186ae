//! The empirical distribution of a sample: past residuals, or simulated returns.

use crate::EvalError;
use crate::check::{at_least, finite};
use fourcast_base::math::sample_quantile;

/// A sample in ascending order; new numbers are inserted in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Empirical {
    sorted: Vec<f64>,
}

/// Minimum number of residuals of an empirical distribution.
const MIN_RESIDUALS: usize = 20;

impl Empirical {
    /// # Errors
    /// If there are fewer than 20 residuals, or one is not finite.
    pub(super) fn new(mut residuals: Vec<f64>) -> Result<Empirical, EvalError> {
        at_least("returns to take past residuals from", residuals.len(), MIN_RESIDUALS)?;
        finite("residuals", &residuals)?;
        residuals.sort_by(f64::total_cmp);
        Ok(Empirical { sorted: residuals })
    }

    /// Creates the distribution of any number of finite numbers.
    pub(super) fn of(mut sample: Vec<f64>) -> Empirical {
        sample.sort_unstable_by(f64::total_cmp);
        Empirical { sorted: sample }
    }

    pub(super) fn insert(&mut self, residual: f64) {
        let place = self.sorted.partition_point(|&r| r < residual);
        self.sorted.insert(place, residual);
    }

    /// Returns the value that a fraction `p` of the sample does not exceed (see [`sample_quantile`]). The sample must
    /// not be empty.
    pub fn quantile(&self, p: f64) -> f64 {
        sample_quantile(&self.sorted, p)
    }

    /// Returns the size of the sample.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserting_keeps_the_order() {
        let values: Vec<f64> = (0..30).map(|i| f64::from((i * 7) % 30)).collect();
        let mut grown = Empirical::new(values[..20].to_vec()).unwrap();
        values[20..].iter().for_each(|&r| grown.insert(r));
        assert_eq!(grown, Empirical::new(values).unwrap());
        assert_eq!([0.0, 0.5, 0.75, 1.0].map(|p| grown.quantile(p)), [0.0, 14.5, 21.75, 29.0]);
        assert_eq!(grown.count(), 30);
    }

    #[test]
    fn too_few_are_refused() {
        assert!(Empirical::new(vec![1.0; 19]).is_err());
        assert!(Empirical::new(vec![f64::NAN; 30]).is_err());
    }
}
