//! The Student-t distribution scaled to unit variance, as used by volatility models.

use crate::EvalError;
use crate::scores::QUANTILE_LEVELS;
use fourcast_base::math::student_t;

/// A Student-t with mean zero, variance one and `nu` > 2 degrees of freedom: the usual one times
/// `sqrt((nu - 2) / nu)` (Bollerslev 1987).
///
/// A quantile takes most of a microsecond to compute, and a walk-forward requires the same 21 quantiles every day, so
/// these are computed once.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitStudentT {
    nu: f64,
    scale: f64,
    at_levels: [f64; QUANTILE_LEVELS.len()],
}

impl UnitStudentT {
    /// # Errors
    /// If `nu` is not a finite number above two.
    pub fn new(nu: f64) -> Result<Self, EvalError> {
        let expected = "a number above 2";
        if !(nu.is_finite() && nu > 2.0) {
            return Err(EvalError::OutOfRange { what: "degrees of freedom", value: nu, expected });
        }
        let scale = ((nu - 2.0) / nu).sqrt();
        let at_levels = QUANTILE_LEVELS.map(|p| scale * student_t::quantile(nu, p));
        Ok(UnitStudentT { nu, scale, at_levels })
    }

    /// Returns the degrees of freedom.
    pub fn nu(&self) -> f64 {
        self.nu
    }

    /// Returns the value not exceeded with probability `p`, in standard deviations.
    pub fn quantile(&self, p: f64) -> f64 {
        match QUANTILE_LEVELS.iter().position(|&level| level == p) {
            Some(place) => self.at_levels[place],
            None => self.scale * student_t::quantile(self.nu, p),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantile and distribution function must invert each other on a grid of degrees of freedom and levels,
    /// precomputed levels and others.
    #[test]
    fn quantiles_invert_the_distribution() {
        for nu in [2.05, 2.5, 4.0, 7.3, 30.0, 500.0] {
            let t = UnitStudentT::new(nu).unwrap();
            for p in QUANTILE_LEVELS.into_iter().chain([0.001, 0.023, 0.37, 0.999]) {
                let back = student_t::cdf(nu, t.quantile(p) / t.scale);
                assert!((back - p).abs() < 1e-12, "nu {nu}, p {p}: {back}");
            }
        }
    }

    #[test]
    fn the_variance_is_one() {
        let t = UnitStudentT::new(6.0).unwrap();
        let levels = 200_000;
        let square = |i| t.quantile((f64::from(i) + 0.5) / f64::from(levels)).powi(2);
        let variance = (0..levels).map(square).sum::<f64>() / f64::from(levels);
        assert!((variance - 1.0).abs() < 2e-3, "{variance}");
    }

    #[test]
    fn too_few_degrees_of_freedom_have_no_variance() {
        assert!(UnitStudentT::new(2.0).is_err());
        assert!(UnitStudentT::new(f64::NAN).is_err());
    }
}
