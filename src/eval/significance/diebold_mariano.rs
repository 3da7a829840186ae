//! The Diebold-Mariano test.

use serde::Serialize;

use super::{MeanTest, below, long_run, mean_test};
use crate::EvalError;
use crate::check::same_days;

/// Outcome of a Diebold-Mariano test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DieboldMariano {
    /// The statistic; negative if the losses of the first forecast are smaller.
    pub statistic: f64,
    /// Two-sided p-value: the probability of a statistic at least as large in absolute value if both forecasts are
    /// equally good.
    pub p_value: f64,
    /// Mean of the loss differential, first minus second.
    pub mean: f64,
    /// The forecasts' horizon in days.
    pub horizon: usize,
    /// Days tested.
    pub days: usize,
    /// Degrees of freedom of the t distribution with which the statistic is compared.
    pub freedom: usize,
}

/// Tests whether the mean of a loss differential d_t (the first forecast's loss minus the
/// second's, for any loss) is zero (Diebold & Mariano 1995).
///
/// Loss differentials are autocorrelated: those of forecasts `horizon` = h days ahead share h - 1 days, and two
/// forecasts that differ today usually differ tomorrow. The test estimates their long-run variance from B cosines
/// (Lazarus, Lewis, Stock & Watson 2018):
///
/// ```text
/// DM = mean(d) / sqrt(V / n),   V = sum_j L_j^2 / B,   against t with B dof
/// L_j = sqrt(2 / n) sum_t d_t cos(pi j (t - 1/2) / n),   B = min(0.4 n^(2/3), n / (2 h)), rounded down
/// ```
///
/// The sum of autocovariances in the original paper can be negative, so that there is no test; V cannot.
/// `docs/forecast-quality.md` lists how often this and other estimators reject forecasts that are equally good.
///
/// # Errors
/// If there are fewer than four days or fewer than 2 h, the horizon is zero, a number is not finite, or the
/// differential does not vary (for example because both forecasts are the same).
pub fn diebold_mariano(differential: &[f64], horizon: usize) -> Result<DieboldMariano, EvalError> {
    let what = "the loss differential";
    let days = same_days(&[(what, differential)])?;
    let names = (what, "the Diebold-Mariano statistic");
    let MeanTest { statistic, mean, freedom } = mean_test(differential, horizon, long_run, names)?;
    let p_value = 2.0 * below(-statistic.abs(), freedom)?;
    Ok(DieboldMariano { statistic, p_value, mean, horizon, days, freedom })
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: [f64; 8] = [0.3, -0.2, 0.5, 0.1, -0.4, 0.9, 0.2, -0.1];

    #[test]
    fn the_sign_is_negative_where_the_first_loses_less() {
        let swapped: Vec<f64> = D.iter().map(|d| -d).collect();
        for horizon in [1, 2] {
            let second = diebold_mariano(&D, horizon).unwrap();
            let first = diebold_mariano(&swapped, horizon).unwrap();
            assert!(second.statistic > 0.0);
            assert_eq!((first.statistic, first.p_value), (-second.statistic, second.p_value));
        }
    }

    /// The sum of autocovariances is negative here; the variance from cosines is not.
    #[test]
    fn an_alternating_differential_has_a_test() {
        let alternating: Vec<f64> = (0..20).map(|t| f64::from(t % 2) - 0.4).collect();
        let test = diebold_mariano(&alternating, 2).unwrap();
        assert_eq!((test.horizon, test.freedom), (2, 2));
        assert!(test.statistic.is_finite() && test.p_value > 0.0 && test.p_value < 1.0, "{test:?}");
    }

    #[test]
    fn equal_forecasts_have_no_test() {
        let same = diebold_mariano(&[0.0; 4], 1);
        assert!(matches!(same, Err(EvalError::Constant { .. })));
        let shifted = diebold_mariano(&[0.1; 7], 3);
        assert!(matches!(shifted, Err(EvalError::Constant { .. })));
    }

    #[test]
    fn invalid_inputs_are_errors() {
        assert!(diebold_mariano(&[], 1).is_err());
        assert!(diebold_mariano(&D[..3], 1).is_err());
        assert!(diebold_mariano(&D, 0).is_err());
        assert!(diebold_mariano(&D, 5).is_err());
        assert!(diebold_mariano(&D, usize::MAX).is_err());
    }
}
