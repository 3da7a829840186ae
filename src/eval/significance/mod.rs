//! Significance tests of two forecasts, from their daily losses.
//!
//! | file | what is tested |
//! |---|---|
//! | `diebold_mariano` | whether two forecasts are equally good |
//! | `clark_west` | whether a forecast has information beyond "tomorrow = today", which is a special case of it |

mod clark_west;
mod diebold_mariano;

use fourcast_base::math::student_t;

use super::EvalError;
use super::check::{at_least, mean, varies};
use super::longrun::{cosines, projections, variance};

pub use clark_west::{ClarkWest, clark_west};
pub use diebold_mariano::{DieboldMariano, diebold_mariano};

/// Minimum number of days for one cosine of the long-run variance, one day ahead.
const MIN_DAYS: usize = 4;

/// The mean of a daily series divided by its standard error, and the distribution it is compared with.
struct MeanTest {
    statistic: f64,
    mean: f64,
    /// Degrees of freedom of the t distribution of the statistic, if the true mean is zero.
    freedom: usize,
}

/// Returns a variance of which 1 / n is the variance of the mean of n days, and its degrees of freedom.
type Variance = fn(&[f64], usize) -> (f64, usize);

/// Returns the long-run variance from cosines, because days can be autocorrelated.
fn long_run(series: &[f64], horizon: usize) -> (f64, usize) {
    let cosines = cosines(series.len(), horizon);
    (variance(projections(series, cosines).into_iter()), cosines)
}

/// Tests whether the mean of `series` is zero. `what` and `figure` name the series and the statistic in errors.
fn mean_test(
    series: &[f64],
    horizon: usize,
    estimate: Variance,
    (what, figure): (&'static str, &'static str),
) -> Result<MeanTest, EvalError> {
    if horizon == 0 {
        let expected = "a whole number from 1";
        return Err(EvalError::OutOfRange { what: "the test's horizon", value: 0.0, expected });
    }
    at_least("days to test", series.len(), horizon.saturating_mul(2).max(MIN_DAYS))?;
    if !varies(series) {
        return Err(EvalError::Constant { what, figure });
    }
    let mean = mean(series);
    let (variance, freedom) = estimate(series, horizon);
    Ok(MeanTest { statistic: mean / (variance / series.len() as f64).sqrt(), mean, freedom })
}

/// Returns the probability that a t variable is below `statistic`.
fn below(statistic: f64, freedom: usize) -> Result<f64, EvalError> {
    Ok(student_t::cdf(nu(freedom)?, statistic))
}

/// Returns the half-width, in standard errors, of a confidence interval at `level` with this many degrees of freedom.
pub(super) fn critical(level: f64, freedom: usize) -> Result<f64, EvalError> {
    Ok(student_t::quantile(nu(freedom)?, 0.5 + level / 2.0))
}

fn nu(freedom: usize) -> Result<f64, EvalError> {
    if freedom == 0 {
        return Err(EvalError::TooFew { what: "degrees of freedom", got: freedom, needed: 1 });
    }
    Ok(freedom as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_degrees_of_freedom_take_more_standard_errors() {
        assert!((critical(0.95, 5).unwrap() - 2.5706).abs() < 1e-4);
        assert!((critical(0.95, 10_000).unwrap() - 1.9602).abs() < 1e-4);
        assert!((critical(0.95, usize::MAX).unwrap() - 1.95996).abs() < 1e-4);
        assert!(critical(0.95, 0).is_err() && below(0.0, 0).is_err());
    }

    #[test]
    fn the_fewest_days_have_a_cosine() {
        assert_eq!((cosines(MIN_DAYS, 1), cosines(MIN_DAYS - 1, 1)), (1, 0));
    }
}
