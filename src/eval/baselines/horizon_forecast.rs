//! The forecast of a baseline several days ahead: a predictive distribution of the log return over those days.

use super::empirical::Empirical;
use super::return_forecast::ReturnForecast;

/// The predictive distribution of the log return from the origin to the last of the days ahead.
#[derive(Debug, Clone)]
pub enum HorizonForecast<'a> {
    /// The distribution of a random walk with the next day's distribution: the expected return grows in proportion to
    /// time, the width to its square root. One day ahead it equals the next day's distribution.
    RootOfTime {
        /// The next day's distribution.
        next: ReturnForecast<'a>,
        /// Days ahead.
        days: usize,
    },
    /// The distribution of past returns over the same number of days: `mean + scale * z`, where z is one of the
    /// residuals.
    Past {
        /// The expected return.
        mean: f64,
        /// The factor of z.
        scale: f64,
        /// Past returns over the same number of days, minus their means and divided by their scales.
        residuals: &'a Empirical,
    },
    /// The distribution of simulated returns over the days.
    Simulated {
        /// The expected return.
        mean: f64,
        /// The simulated returns.
        returns: Empirical,
    },
}

impl HorizonForecast<'_> {
    /// Returns the expected return.
    pub fn mean(&self) -> f64 {
        match self {
            HorizonForecast::RootOfTime { next, days } => next.once + *days as f64 * (next.mean - next.once),
            HorizonForecast::Past { mean, .. } | HorizonForecast::Simulated { mean, .. } => *mean,
        }
    }

    /// Returns the log return not exceeded with probability `p`, a fraction between zero and one.
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            HorizonForecast::RootOfTime { next, days } => {
                self.mean() + (*days as f64).sqrt() * (next.quantile(p) - next.mean)
            }
            HorizonForecast::Past { mean, scale, residuals } => mean + scale * residuals.quantile(p),
            HorizonForecast::Simulated { returns, .. } => returns.quantile(p),
        }
    }
}
