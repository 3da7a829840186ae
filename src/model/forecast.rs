//! A forecast: the predictive distributions of sessions, in prices.

use jiff::civil::Date;

use super::forecast_error::ForecastError;
use super::note::Note;
use super::path::Path;
use super::provenance::Provenance;
use fourcast_features::Frame;
use fourcast_prices::Frequency;

/// The predictive distributions of the next close, of the close on a later day, or of each close of a path.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The series.
    pub series: String,
    /// Spacing of the rows.
    pub frequency: Frequency,
    /// The last day of the series.
    pub origin: Date,
    /// The quoted close on `origin`.
    pub last_close: f64,
    /// The sessions forecast, at least one.
    pub dates: Vec<Date>,
    /// Remarks.
    pub notes: Vec<Note>,
    /// The model and the program that the forecast was made with.
    pub provenance: Provenance,
    pub(super) path: Path,
    pub(super) frame: Frame,
}

/// The forecast of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Median price.
    pub median: f64,
    /// Lower and upper bounds of the requested central prediction intervals.
    pub intervals: Vec<(f64, f64)>,
}

impl Forecast {
    /// Returns each session's median and central prediction intervals at `levels`, 0 < level < 1.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a price is not finite.
    pub fn sessions(&self, levels: &[f64]) -> Result<Vec<Session>, ForecastError> {
        let price = |outcome: &f64| self.frame.quote_after(self.frame.days() - 1, *outcome);
        let quantiles = |p: f64| -> Vec<f64> { self.path.quantiles(p).iter().map(price).collect() };
        let ends = |level: &f64| (quantiles((1.0 - level) / 2.0), quantiles((1.0 + level) / 2.0));
        let ends: Vec<(Vec<f64>, Vec<f64>)> = levels.iter().map(ends).collect();
        let session = |step: usize| {
            let intervals: Vec<(f64, f64)> = ends.iter().map(|(lower, upper)| (lower[step], upper[step])).collect();
            let median = self.median(step);
            self.check(intervals.iter().flat_map(|(lower, upper)| [*lower, *upper]).chain([median]))?;
            Ok(Session { median, intervals })
        };
        (0..self.dates.len()).map(session).collect()
    }

    /// Refuses prices that are not finite and, for a model of returns, prices that are not above zero.
    fn check(&self, mut prices: impl Iterator<Item = f64> + Clone) -> Result<(), ForecastError> {
        ForecastError::check(prices.clone())?;
        let price = prices.find(|price| self.frame.is_of_returns() && *price <= 0.0);
        price.map_or(Ok(()), |price| Err(ForecastError::NoPrice { price }))
    }

    /// Whether all closes of the series are above zero, so that prices at or below zero are impossible.
    pub fn is_of_positive_prices(&self) -> bool {
        self.frame.is_positive()
    }

    /// Returns the number of rows from the origin to each session.
    pub fn horizons(&self) -> impl Iterator<Item = usize> {
        self.path.horizons()
    }

    /// Returns the median price of the step's session, steps counted from 0.
    pub fn median(&self, step: usize) -> f64 {
        self.frame.quote_after(self.frame.days() - 1, self.path.median(step))
    }

    /// Returns the median outcome this many rows ahead: a log return, or a price level; NaN if that day is not
    /// forecast.
    pub(super) fn median_outcome_of(&self, ahead: usize) -> f64 {
        let step = self.path.horizons().position(|horizon| horizon == ahead);
        step.map_or(f64::NAN, |step| self.path.median(step))
    }

    /// Returns the quantile at `p`, 0 < p < 1, of the price of the step's session. It can be infinite or zero for
    /// levels very close to 0 or 1 (see [`price_quantile`](Forecast::price_quantile)).
    pub fn quantile(&self, step: usize, p: f64) -> f64 {
        self.frame.quote_after(self.frame.days() - 1, self.path.quantile(step, p))
    }

    /// Returns the quantile at `level`, 0 < `level` < 1, of the price of the step's session.
    ///
    /// # Errors
    /// [`ForecastError::Quantile`] if the price is not finite, or not above zero for a model of returns.
    pub fn price_quantile(&self, step: usize, level: f64) -> Result<f64, ForecastError> {
        let price = self.quantile(step, level);
        self.check(std::iter::once(price)).map_err(|_| ForecastError::Quantile { level, price })?;
        Ok(price)
    }

    /// Returns the probability that the close of the step's session is above `price`. On a price grid, `price` itself
    /// has a probability, which is neither in this one nor in [`probability_below`](Forecast::probability_below);
    /// otherwise the sum of the two is one. For a model of returns, it is 1 if `price` is at or below zero.
    pub fn probability_above(&self, step: usize, price: f64) -> f64 {
        self.path.probability_above(step, self.outcome_of(price))
    }

    /// Returns the probability that the close of the step's session is below `price`.
    pub fn probability_below(&self, step: usize, price: f64) -> f64 {
        self.path.probability_below(step, self.outcome_of(price))
    }

    fn outcome_of(&self, price: f64) -> f64 {
        self.frame.outcome_of(self.frame.days() - 1, price)
    }

    /// Returns the bounds of the central prediction interval at `level`, 0 < level < 1, of the price of the step's
    /// session.
    pub fn interval(&self, step: usize, level: f64) -> (f64, f64) {
        (self.quantile(step, (1.0 - level) / 2.0), self.quantile(step, (1.0 + level) / 2.0))
    }
}
