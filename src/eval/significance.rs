//! Significance tests of the difference of two forecasts.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::EvalError;
use super::check::{at_least, mean, same_days, varies};
use super::longrun::{cosines, projections, variance};

/// Outcome of a Diebold-Mariano test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DieboldMariano {
    /// The statistic; negative where the first forecast lost less.
    pub statistic: f64,
    /// Two-sided p-value: the probability of a statistic at least as large in size if both forecasts are equally good.
    pub p_value: f64,
    /// Mean of the loss differential, first minus second.
    pub mean: f64,
    /// The forecasts' horizon in days.
    pub horizon: usize,
    /// Days tested.
    pub days: usize,
    /// Degrees of freedom of the t distribution that the statistic is compared with.
    pub freedom: usize,
}

/// Tests whether the mean of a loss differential d_t (the first forecast's loss minus the
/// second's, for any loss) is zero (Diebold & Mariano 1995).
///
/// One day ahead it has the small-sample correction of Harvey, Leybourne & Newbold (1997), and is the t test of
/// the mean:
///
/// ```text
/// DM = mean(d) / sqrt(s^2 / n),   s^2 = sum_t (d_t - mean)^2 / (n - 1),   against t with n - 1 dof
/// ```
///
/// Errors of forecasts `horizon` = h days ahead share h - 1 days. Their test takes the long-run variance from B
/// cosines (Lazarus, Lewis, Stock & Watson 2018):
///
/// ```text
/// DM = mean(d) / sqrt(V / n),   V = sum_j L_j^2 / B,   against t with B dof
/// L_j = sqrt(2 / n) sum_t d_t cos(pi j (t - 1/2) / n),   B = min(0.4 n^(2/3), n / (2 h)), rounded down
/// ```
///
/// The sum of autocovariances of the two papers can be negative, and then gives no test; V cannot.
/// `docs/forecast-quality.md` has how often either rejects forecasts that are equally good.
///
/// # Errors
/// If there are fewer than two days or fewer than 2 h, the horizon is zero, a number is not finite, or
/// the differential does not vary (as when both forecasts are the same).
pub fn diebold_mariano(differential: &[f64], horizon: usize) -> Result<DieboldMariano, EvalError> {
    let days = same_days(&[("loss differential", differential)])?;
    if horizon == 0 {
        let expected = "a whole number from 1";
        return Err(EvalError::OutOfRange { what: "the test's horizon", value: 0.0, expected });
    }
    at_least("days to test", days, 2 * horizon)?;
    if !varies(differential) {
        let figure = "the Diebold-Mariano statistic";
        return Err(EvalError::Constant { what: "the loss differential", figure });
    }
    let mean = mean(differential);
    let (variance, freedom) = match horizon {
        1 => (sample_variance(differential, mean), days - 1),
        _ => {
            let cosines = cosines(days, horizon);
            (variance(projections(differential, cosines).into_iter()), cosines)
        }
    };
    let statistic = mean / (variance / days as f64).sqrt();
    Ok(DieboldMariano { statistic, p_value: p_value(statistic, freedom)?, mean, horizon, days, freedom })
}

fn sample_variance(values: &[f64], mean: f64) -> f64 {
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    squares / (values.len() - 1) as f64
}

fn p_value(statistic: f64, freedom: usize) -> Result<f64, EvalError> {
    Ok(2.0 * student_t(freedom)?.cdf(-statistic.abs()))
}

/// The half-width, in standard errors, of a confidence interval at `level` with so many degrees of freedom.
pub(super) fn critical(level: f64, freedom: usize) -> Result<f64, EvalError> {
    Ok(student_t(freedom)?.inverse_cdf(0.5 + level / 2.0))
}

fn student_t(freedom: usize) -> Result<StudentsT, EvalError> {
    let too_few = |_| EvalError::TooFew { what: "degrees of freedom", got: freedom, needed: 1 };
    StudentsT::new(0.0, 1.0, freedom as f64).map_err(too_few)
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

    /// The sum of autocovariances is negative here; the cosines' variance is not.
    #[test]
    fn an_alternating_differential_has_a_test() {
        let alternating: Vec<f64> = (0..20).map(|t| f64::from(t % 2) - 0.4).collect();
        let test = diebold_mariano(&alternating, 2).unwrap();
        assert_eq!((test.horizon, test.freedom), (2, 2));
        assert!(test.statistic.is_finite() && test.p_value > 0.0 && test.p_value < 1.0, "{test:?}");
    }

    #[test]
    fn equal_forecasts_have_no_test() {
        let same = diebold_mariano(&[0.0; 2], 1);
        assert!(matches!(same, Err(EvalError::Constant { .. })));
        let shifted = diebold_mariano(&[0.1; 7], 3);
        assert!(matches!(shifted, Err(EvalError::Constant { .. })));
    }

    #[test]
    fn invalid_inputs_are_errors() {
        assert!(diebold_mariano(&[], 1).is_err());
        assert!(diebold_mariano(&[1.0], 1).is_err());
        assert!(diebold_mariano(&D, 0).is_err());
        assert!(diebold_mariano(&D, 5).is_err());
    }

    #[test]
    fn few_degrees_of_freedom_take_more_standard_errors() {
        assert!((critical(0.95, 5).unwrap() - 2.5706).abs() < 1e-4);
        assert!((critical(0.95, 10_000).unwrap() - 1.9602).abs() < 1e-4);
    }
}
