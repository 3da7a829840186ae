//! Is one forecast better than another, or was it luck?

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::EvalError;
use super::bootstrap::autocovariances;
use super::check::{at_least, mean, same_days, varies};

/// Outcome of a Diebold-Mariano test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DieboldMariano {
    /// The statistic; negative where the first forecast lost less.
    pub statistic: f64,
    /// How likely a statistic as far out as this, on either side, were both forecasts equally good.
    pub p_value: f64,
    /// Mean of the loss differential, first minus second.
    pub mean: f64,
    /// The horizon whose autocovariances were used: the one asked for, or one where that gave a
    /// variance that was not positive.
    pub horizon: usize,
    /// Days tested.
    pub days: usize,
}

/// Tests whether the mean of a loss differential d_t (the first forecast's loss minus the
/// second's, for any loss) is zero: Diebold & Mariano (1995) with the small-sample correction of
/// Harvey, Leybourne & Newbold (1997), equations 8 and 9.
///
/// ```text
/// V  = (R(0) + 2 sum_{k=1}^{h-1} R(k)) / n,   R(k) = sum_t (d_t - mean)(d_{t-k} - mean) / n
/// DM = mean(d) / sqrt(V) * sqrt((n + 1 - 2 h + h (h - 1) / n) / n),   against t with n - 1 dof
/// ```
///
/// `h` is the forecasts' horizon in days: errors of forecasts h days ahead share h - 1 days. The
/// truncated sum can come out negative; the test is then repeated with h = 1, as R's
/// `forecast::dm.test` does, and [`DieboldMariano::horizon`] says so.
///
/// # Errors
/// If there are fewer than two days, the horizon is not in `1..=days`, a number is not finite, or
/// the differential does not vary (as when both forecasts are the same).
pub fn diebold_mariano(differential: &[f64], horizon: usize) -> Result<DieboldMariano, EvalError> {
    let days = same_days(&[("loss differential", differential)])?;
    at_least("days to test", days, 2)?;
    if horizon == 0 || horizon > days {
        let expected = "a whole number from 1 to the number of days";
        let value = horizon as f64;
        return Err(EvalError::OutOfRange { what: "the test's horizon", value, expected });
    }
    let (mean, n, h) = (mean(differential), days as f64, horizon as f64);
    let variance = long_run_variance(differential, horizon) / n;
    if variance <= 0.0 || !varies(differential) {
        if horizon > 1 {
            return diebold_mariano(differential, 1);
        }
        let figure = "the Diebold-Mariano statistic";
        return Err(EvalError::Constant { what: "the loss differential", figure });
    }
    let correction = ((n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n).sqrt();
    let statistic = mean / variance.sqrt() * correction;
    let p_value = p_value(statistic, days)?;
    Ok(DieboldMariano { statistic, p_value, mean, horizon, days })
}

fn long_run_variance(differential: &[f64], horizon: usize) -> f64 {
    let covariance = autocovariances(differential, horizon - 1);
    covariance[0] + 2.0 * covariance[1..].iter().sum::<f64>()
}

fn p_value(statistic: f64, days: usize) -> Result<f64, EvalError> {
    let freedom = (days - 1) as f64;
    let too_few = |_| EvalError::TooFew { what: "days to test", got: days, needed: 2 };
    let t = StudentsT::new(0.0, 1.0, freedom).map_err(too_few)?;
    Ok(2.0 * t.cdf(-statistic.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: [f64; 8] = [0.3, -0.2, 0.5, 0.1, -0.4, 0.9, 0.2, -0.1];

    #[test]
    fn the_sign_says_who_lost_less() {
        let swapped: Vec<f64> = D.iter().map(|d| -d).collect();
        let (second, first) = (diebold_mariano(&D, 1).unwrap(), diebold_mariano(&swapped, 1).unwrap());
        assert!(second.statistic > 0.0);
        assert_eq!((first.statistic, first.p_value), (-second.statistic, second.p_value));
    }

    /// At h = 1 the corrected statistic is the textbook's one-sample t statistic.
    #[test]
    fn one_day_ahead_it_is_a_t_test() {
        let n = D.len() as f64;
        let mean = D.iter().sum::<f64>() / n;
        let s2 = D.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let test = diebold_mariano(&D, 1).unwrap();
        assert!((test.statistic - mean / (s2 / n).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_variance_below_zero_falls_back_to_one_day() {
        let alternating: Vec<f64> = (0..20).map(|t| f64::from(t % 2) - 0.4).collect();
        let test = diebold_mariano(&alternating, 2).unwrap();
        assert_eq!(test.horizon, 1);
        assert_eq!(test, diebold_mariano(&alternating, 1).unwrap());
    }

    #[test]
    fn equal_forecasts_have_no_test() {
        let same = diebold_mariano(&[0.0; 2], 1);
        assert!(matches!(same, Err(EvalError::Constant { .. })));
        let shifted = diebold_mariano(&[0.1; 7], 3);
        assert!(matches!(shifted, Err(EvalError::Constant { .. })));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(diebold_mariano(&[], 1).is_err());
        assert!(diebold_mariano(&[1.0], 1).is_err());
        assert!(diebold_mariano(&D, 0).is_err());
        assert!(diebold_mariano(&D, 9).is_err());
    }
}
