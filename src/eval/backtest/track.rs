//! One forecaster's forecasts, day by day.

use std::ops::Range;

use jiff::civil::Date;

use crate::EvalError;
use crate::scores::{QUANTILE_LEVELS, QuantileForecasts, crps_from_quantiles};
use crate::verdict::Fallback;
use fourcast_features::Tick;
use fourcast_prices::PriceSeries;

/// A day that was forecast.
///
/// Prices are quotes on the basis of `origin`, as `predict` prints them on that day: no later row changes a forecast,
/// not even a split. If a split or dividend fell between the two days, `actual` is adjusted back across it, so that
/// `ln(actual / naive)` is the adjusted return.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// The last known day.
    pub origin: Date,
    /// The day forecast.
    pub date: Date,
    /// The close on `origin`, which is the forecast "tomorrow = today".
    pub naive: f64,
    /// The close on `date`, as it would be without the splits and dividends since `origin`.
    pub actual: f64,
    /// Factor from prices of this day to the basis of the last test day. It gives errors before and after a split the
    /// same unit.
    pub common: f64,
}

impl Day {
    /// Returns the days that are `horizon` days after each of `origins`.
    pub(super) fn all(series: &PriceSeries, origins: &Range<usize>, horizon: usize) -> Vec<Day> {
        Day::of_rows(series, &origins.clone().map(|origin| (origin, origin + horizon)).collect::<Vec<_>>())
    }

    /// Returns the days given by pairs of rows, the origin and the day forecast, in order.
    pub(crate) fn of_rows(series: &PriceSeries, rows: &[(usize, usize)]) -> Vec<Day> {
        let basis = |row: usize| series.close[row] / series.adjusted[row];
        let last = rows.last().map_or(1.0, |(_, then)| basis(*then));
        let day = |&(origin, then): &(usize, usize)| Day {
            origin: series.dates[origin],
            date: series.dates[then],
            naive: series.close[origin],
            actual: series.close[then] * since(series, origin, basis(origin) / basis(then)),
            common: last / basis(origin),
        };
        rows.iter().map(day).collect()
    }

    /// Returns the close on `date`, on the common basis.
    pub fn common_actual(&self) -> f64 {
        self.actual * self.common
    }

    /// Returns the forecast "tomorrow = today", on the common basis.
    pub(super) fn common_naive(&self) -> f64 {
        self.naive * self.common
    }

    /// Returns the logarithmic return of the outcome.
    pub fn log_return(&self) -> f64 {
        bounded_log_return(self.actual, self.naive)
    }
}

/// Returns the factor of splits and dividends since `origin`, from the adjusted closes; one if it is within their
/// rounding error. On a coarse price grid an outcome must equal one of the prices that can be forecast, not lie beside
/// it.
fn since(series: &PriceSeries, origin: usize, ratio: f64) -> f64 {
    let grid = Tick::detect(&series.close[..=origin]);
    if grid.is_some_and(|tick| (ratio - 1.0).abs() * tick.level() < 0.1) { 1.0 } else { ratio }
}

/// Returns ln(price / from), with the ratio bounded below by a hundredth, because models of price levels can forecast a
/// negative price.
pub(crate) fn bounded_log_return(price: f64, from: f64) -> f64 {
    (price / from).max(MIN_RATIO).ln()
}

/// See [`bounded_log_return`].
pub(super) const MIN_RATIO: f64 = 0.01;

/// The forecast of one day: quantiles of the logarithmic return at [`QUANTILE_LEVELS`], the ends of the scored
/// intervals, and the probabilities of the scored events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DayForecast {
    /// The forecast return: for a network the median, for a baseline the mean.
    pub point: f64,
    pub quantiles: Vec<f64>,
    pub ends: Vec<(f64, f64)>,
    pub probabilities: Vec<f64>,
}

impl DayForecast {
    /// Returns all of its numbers, in order.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let ends = self.ends.iter().flat_map(|(lower, upper)| [*lower, *upper]);
        let quantiles = self.quantiles.iter().copied();
        std::iter::once(self.point).chain(quantiles).chain(ends).chain(self.probabilities.iter().copied())
    }
}

/// One forecaster's forecasts of logarithmic returns, day by day.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The name of the forecaster.
    pub name: String,
    /// The baselines that replaced it on some days.
    pub fallbacks: Vec<Fallback>,
    /// The forecast returns, one per day: medians for networks, means for baselines; recorded forecasts as recorded.
    pub points: Vec<f64>,
    /// Quantiles, one row per day: at [`QUANTILE_LEVELS`], or at the levels of recorded forecasts.
    pub quantiles: QuantileForecasts,
    /// Ends of the requested intervals, one row per day.
    pub ends: Vec<Vec<(f64, f64)>>,
    /// Probabilities of the requested events, one row per day.
    pub probabilities: Vec<Vec<f64>>,
}

impl Track {
    pub(super) fn new(name: &str, forecasts: Vec<DayForecast>) -> Result<Track, EvalError> {
        Track::at(name, &QUANTILE_LEVELS, forecasts)
    }

    /// Creates a track with quantiles at `levels`; with the level 0.5 only, they are point forecasts.
    pub(crate) fn at(name: &str, levels: &[f64], forecasts: Vec<DayForecast>) -> Result<Track, EvalError> {
        let mut quantiles = QuantileForecasts::new(levels)?;
        for day in &forecasts {
            quantiles.push(&day.quantiles)?;
        }
        let points = forecasts.iter().map(|day| day.point).collect();
        let (ends, probabilities) = forecasts.into_iter().map(|day| (day.ends, day.probabilities)).unzip();
        Ok(Track { name: name.to_owned(), fallbacks: Vec::new(), points, quantiles, ends, probabilities })
    }

    /// Whether the forecasts have no distribution: the median is their only quantile.
    pub fn is_of_points(&self) -> bool {
        self.quantiles.levels() == [0.5]
    }

    /// Returns the forecast of a day.
    pub(super) fn day(&self, day: usize) -> DayForecast {
        let quantiles = self.quantiles.rows().nth(day).unwrap_or_default().to_vec();
        let (ends, probabilities) = (self.ends[day].clone(), self.probabilities[day].clone());
        DayForecast { point: self.points[day], quantiles, ends, probabilities }
    }

    /// Returns the forecast prices.
    pub fn prices(&self, days: &[Day]) -> Vec<f64> {
        self.points.iter().zip(days).map(|(point, day)| day.naive * point.exp()).collect()
    }

    /// Returns the forecast prices on the common basis.
    pub fn common_prices(&self, days: &[Day]) -> Vec<f64> {
        self.prices(days).iter().zip(days).map(|(price, day)| price * day.common).collect()
    }

    /// Returns the quantiles of a day as prices, at the levels of the track.
    pub fn price_quantiles(&self, day: usize, days: &[Day]) -> Vec<f64> {
        let row = self.quantiles.rows().nth(day).unwrap_or_default();
        row.iter().map(|log_return| days[day].naive * log_return.exp()).collect()
    }

    /// Returns the CRPS of the logarithmic return, one value per day.
    pub(crate) fn crps(&self, days: &[Day]) -> Result<Vec<f64>, EvalError> {
        let returns: Vec<f64> = days.iter().map(Day::log_return).collect();
        crps_from_quantiles(&returns, &self.quantiles)
    }
}
