//! The returns in the units of the likelihood, prepared as in Python's `arch`.

use crate::EvalError;
use crate::check::{at_least, mean, same_days};

/// Returns are fitted in percent: the likelihood is better scaled for numbers near one than for numbers near a
/// hundredth.
pub(super) const PERCENT: f64 = 100.0;

/// Minimum number of returns for a volatility model: with fewer, six parameters fit noise.
pub(super) const MIN_RETURNS: usize = 100;

/// Maximum ratio of the volatility forecast to the sample's volatility, and of its inverse. Crashes stay within it;
/// numerical explosions do not.
pub(super) const MAX_TIMES: f64 = 100.0;

/// Returns in percent, and the terms of the likelihood that do not depend on the parameters.
///
/// The variance before the first day (the backcast) is `sum_i 0.94^i e_i^2 / sum_i 0.94^i` over the first 75 days,
/// where `e` are the deviations from the sample mean.
#[derive(Debug, Clone)]
pub(super) struct ReturnSample {
    /// Returns in percent.
    pub(super) y: Vec<f64>,
    /// The log variance of each day's bar, in percent squared; zero if the model does not read it.
    pub(super) x: Vec<f64>,
    /// The mean of the log variances of the bars minus the logarithm of the sample variance.
    pub(super) log_ratio: f64,
    /// The mean of the returns.
    pub(super) centre: f64,
    /// The variance of the returns about the mean.
    pub(super) variance: f64,
    /// The variance before the first day.
    pub(super) backcast: f64,
    /// Each day's lowest and highest admissible variance.
    pub(super) bounds: Vec<(f64, f64)>,
    /// The bounds of the day after the last.
    pub(super) next_bounds: Bounds,
}

impl ReturnSample {
    /// Prepares log returns (0.01 for one percent) and the variances of their days.
    ///
    /// # Errors
    /// Those of [`new`](ReturnSample::new), and if the number of variances differs or one is not a number above zero.
    pub(super) fn with_variances(returns: &[f64], variances: &[f64]) -> Result<ReturnSample, EvalError> {
        let sample = ReturnSample::new(returns)?;
        let x: Vec<f64> = variances.iter().map(|variance| log_variance(*variance)).collect();
        same_days(&[("returns", returns), ("logarithms of variances", &x)])?;
        Ok(ReturnSample { log_ratio: mean(&x) - sample.variance.ln(), x, ..sample })
    }

    /// Prepares log returns (0.01 for one percent).
    ///
    /// # Errors
    /// If there are too few returns, one is not finite, or they do not vary.
    pub(super) fn new(returns: &[f64]) -> Result<ReturnSample, EvalError> {
        at_least("returns to fit a volatility model to", returns.len(), MIN_RETURNS)?;
        same_days(&[("returns", returns)])?;
        let y: Vec<f64> = returns.iter().map(|r| PERCENT * r).collect();
        let centre = mean(&y);
        let squares: Vec<f64> = y.iter().map(|y| (y - centre) * (y - centre)).collect();
        let variance = mean(&squares);
        if variance < MIN_VARIANCE {
            return Err(EvalError::Constant { what: "the returns", figure: "their volatility" });
        }
        let backcast = backcast(&squares);
        let mut next_bounds = Bounds::new(&squares, variance, backcast);
        let bounds = y.iter().map(|y| next_bounds.of_the_day_then(y - centre)).collect();
        let x = vec![0.0; y.len()];
        Ok(ReturnSample { y, x, log_ratio: 0.0, centre, variance, backcast, bounds, next_bounds })
    }
}

/// Returns the logarithm of a variance, in percent squared.
pub(super) fn log_variance(variance: f64) -> f64 {
    (PERCENT * PERCENT * variance).ln()
}

/// A series with a variance (in percent squared) below this value counts as constant: it moves by less than a millionth
/// of a percent per day, and the products in the likelihood would leave the range of f64.
const MIN_VARIANCE: f64 = 1e-12;

fn backcast(squares: &[f64]) -> f64 {
    let days = squares.len().min(75);
    let weights = std::iter::successors(Some(1.0), |w| Some(0.94 * w)).take(days);
    let (sum, total) = weights.zip(squares).fold((0.0, 0.0), |(sum, total), (w, square)| (sum + w * square, total + w));
    sum / total
}

/// Loose bounds on each day's variance, which keep a search finite: a millionth of and a million times an EWMA (0.94)
/// of the squared deviations, limited to bounds computed from the whole sample.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    ewma: f64,
    lowest: f64,
    largest_square: f64,
}

impl Bounds {
    fn new(squares: &[f64], variance: f64, backcast: f64) -> Bounds {
        let largest_square = squares.iter().fold(0.0, |a: f64, &b| a.max(b));
        Bounds { ewma: backcast, lowest: variance / 1e8, largest_square }
    }

    /// Returns the bounds of the day, then updates the EWMA with its deviation `e`.
    pub(super) fn of_the_day_then(&mut self, e: f64) -> (f64, f64) {
        let lower = (self.ewma / 1e6).max(self.lowest);
        let min_upper = 1.0 + self.largest_square;
        let upper = (self.ewma * 1e6).max(min_upper).min(1e7 * min_upper);
        self.ewma = 0.94 * self.ewma + 0.06 * e * e;
        (lower, upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_to_fit_is_an_error() {
        assert!(ReturnSample::new(&[0.01; 50]).is_err());
        assert!(ReturnSample::new(&[0.01; 500]).is_err());
        assert!(ReturnSample::new(&[f64::NAN; 500]).is_err());
    }

    #[test]
    fn bounds_stay_within_those_of_the_whole_sample() {
        let mut bounds = Bounds::new(&[0.0, 400.0], 2.0, 1.0);
        assert_eq!(bounds.of_the_day_then(0.0), (1e-6, 1e6));
        // A thousand days without a change, then one with a deviation of 100,000 percent.
        for _ in 0..1000 {
            bounds.of_the_day_then(0.0);
        }
        assert_eq!(bounds.of_the_day_then(1e5), (2e-8, 401.0));
        assert_eq!(bounds.of_the_day_then(0.0), (0.06 * 1e4, 401e7));
    }

    #[test]
    fn the_backcast_weights_the_first_days() {
        let mut squares = vec![1.0; 200];
        squares[0] = 11.0;
        let weight = 0.06 / (1.0 - 0.94_f64.powi(75));
        assert!((backcast(&squares) - (1.0 + 10.0 * weight)).abs() < 1e-12);
        squares[75] = 1e9;
        assert!(backcast(&squares) < 2.0);
    }
}
