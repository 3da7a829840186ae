//! What a baseline forecasts several days ahead: a predictive distribution of the log return over those days.

use super::empirical::Empirical;
use super::return_forecast::ReturnForecast;

/// The predictive distribution of the log return from the origin to the last of the days ahead.
#[derive(Debug, Clone)]
pub enum HorizonForecast<'a> {
    /// That of a random walk with the next day's distribution: the expected return of each day grows in proportion to
    /// time, the width to its square root. For one day it is the next day's distribution itself.
    RootOfTime {
        /// The next day's distribution.
        next: ReturnForecast<'a>,
        /// Days ahead.
        days: usize,
    },
    /// That of past returns over as many days: `mean + scale * z`, z one of the residuals.
    Past {
        /// The expected return.
        mean: f64,
        /// What z is multiplied by.
        scale: f64,
        /// Past returns over as many days, less their means and divided by their scales.
        residuals: &'a Empirical,
    },
    /// That of returns simulated over the days.
    Simulated {
        /// The expected return.
        mean: f64,
        /// The simulated returns.
        returns: Empirical,
    },
}

impl HorizonForecast<'_> {
    /// The expected return.
    pub fn mean(&self) -> f64 {
        match self {
            HorizonForecast::RootOfTime { next, days } => next.once + *days as f64 * (next.mean - next.once),
            HorizonForecast::Past { mean, .. } | HorizonForecast::Simulated { mean, .. } => *mean,
        }
    }

    /// The log return not exceeded with probability `p`, a fraction between zero and one.
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
