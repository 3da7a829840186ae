//! Is one forecast better than another, or was it luck?

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::EvalError;
use super::bootstrap::autocovariances;
use super::check::{at_least, mean, same_days, varies};

/// What the test holds against "equally good".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// Either is better.
    TwoSided,
    /// The first loses less.
    FirstBetter,
    /// The second loses less.
    SecondBetter,
}

/// Outcome of a Diebold-Mariano test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DieboldMariano {
    /// The statistic; negative where the first forecast lost less.
    pub statistic: f64,
    /// How likely a statistic as far out as this were, were both forecasts equally good.
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
pub fn diebold_mariano(
    differential: &[f64],
    horizon: usize,
    alternative: Alternative,
) -> Result<DieboldMariano, EvalError> {
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
            return diebold_mariano(differential, 1, alternative);
        }
        let figure = "the Diebold-Mariano statistic";
        return Err(EvalError::Constant { what: "the loss differential", figure });
    }
    let correction = ((n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n).sqrt();
    let statistic = mean / variance.sqrt() * correction;
    let p_value = p_value(statistic, days, alternative)?;
    Ok(DieboldMariano { statistic, p_value, mean, horizon, days })
}

/// [`diebold_mariano`] of two columns of daily losses.
///
/// # Errors
/// As [`diebold_mariano`], and if the columns differ in length.
pub fn diebold_mariano_of(
    first: &[f64],
    second: &[f64],
    horizon: usize,
    alternative: Alternative,
) -> Result<DieboldMariano, EvalError> {
    same_days(&[("the first losses", first), ("the second losses", second)])?;
    let differential: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    diebold_mariano(&differential, horizon, alternative)
}

fn long_run_variance(differential: &[f64], horizon: usize) -> f64 {
    let covariance = autocovariances(differential, horizon - 1);
    covariance[0] + 2.0 * covariance[1..].iter().sum::<f64>()
}

fn p_value(statistic: f64, days: usize, alternative: Alternative) -> Result<f64, EvalError> {
    let freedom = (days - 1) as f64;
    let too_few = |_| EvalError::TooFew { what: "days to test", got: days, needed: 2 };
    let t = StudentsT::new(0.0, 1.0, freedom).map_err(too_few)?;
    Ok(match alternative {
        Alternative::TwoSided => 2.0 * t.cdf(-statistic.abs()),
        Alternative::FirstBetter => t.cdf(statistic),
        Alternative::SecondBetter => t.cdf(-statistic),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: [f64; 8] = [0.3, -0.2, 0.5, 0.1, -0.4, 0.9, 0.2, -0.1];

    #[test]
    fn the_sides_add_up() {
        let test = |alternative| diebold_mariano(&D, 1, alternative).unwrap();
        let (two, first, second) =
            (test(Alternative::TwoSided), test(Alternative::FirstBetter), test(Alternative::SecondBetter));
        assert!(two.statistic > 0.0);
        assert!((first.p_value + second.p_value - 1.0).abs() < 1e-12);
        assert!((two.p_value - 2.0 * second.p_value).abs() < 1e-12);
    }

    /// At h = 1 the corrected statistic is the textbook's one-sample t statistic.
    #[test]
    fn one_day_ahead_it_is_a_t_test() {
        let n = D.len() as f64;
        let mean = D.iter().sum::<f64>() / n;
        let s2 = D.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let test = diebold_mariano(&D, 1, Alternative::TwoSided).unwrap();
        assert!((test.statistic - mean / (s2 / n).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_variance_below_zero_falls_back_to_one_day() {
        let alternating: Vec<f64> = (0..20).map(|t| f64::from(t % 2) - 0.4).collect();
        let test = diebold_mariano(&alternating, 2, Alternative::TwoSided).unwrap();
        assert_eq!(test.horizon, 1);
        assert_eq!(test, diebold_mariano(&alternating, 1, Alternative::TwoSided).unwrap());
    }

    #[test]
    fn equal_forecasts_have_no_test() {
        let same = diebold_mariano_of(&[1.0, 2.0], &[1.0, 2.0], 1, Alternative::TwoSided);
        assert!(matches!(same, Err(EvalError::Constant { .. })));
        let shifted = diebold_mariano(&[0.1; 7], 3, Alternative::TwoSided);
        assert!(matches!(shifted, Err(EvalError::Constant { .. })));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(diebold_mariano(&[], 1, Alternative::TwoSided).is_err());
        assert!(diebold_mariano(&[1.0], 1, Alternative::TwoSided).is_err());
        assert!(diebold_mariano(&D, 0, Alternative::TwoSided).is_err());
        assert!(diebold_mariano(&D, 9, Alternative::TwoSided).is_err());
        assert!(diebold_mariano_of(&D, &D[1..], 1, Alternative::TwoSided).is_err());
    }
}
