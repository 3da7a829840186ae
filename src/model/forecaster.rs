//! Forecasts of a series by a fitted model.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use ndarray::Array2;
use thiserror::Error;

use super::ahead::{Ahead, TrainingData};
use super::calibration::ErrorScale;
use super::card::{Basis, Card, InitialWeights};
use super::config::{Config, LossKind};
use super::distribution::Distribution;
use super::grid::{self, GridDistribution};
use super::path::Path;
use super::uncalibrated::Uncalibrated;
use crate::features::{Frame, Grid, Halts, Scaler, Target, without_halts};
use crate::nn::kernels::{Isa, Lanes};
use crate::nn::loss::StudentT;
use crate::nn::parameters::Parameters;
use crate::nn::{Network, Samples};
use crate::prices::{
    Calendar, Covariate, CovariateKind, Frequency, Nonpositive, PriceSeries, SESSIONS_AHEAD, session_ahead,
};
use crate::words::counted;

/// Bound on standardised inputs, so that a crash larger than any in training does not lead to extrapolation.
const MAX_INPUT: f64 = 5.0;
/// Batch size of forecasts.
const BATCH: usize = 64;

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Forecaster {
    /// Everything but the weights.
    pub card: Card,
    /// The weights of each member of the ensemble.
    pub members: Vec<Parameters<f32>>,
}

/// Scalers of inputs and targets.
pub(super) struct Scales<'a> {
    pub inputs: &'a [Scaler],
    pub target: Scaler,
}

/// A remark on a forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// The model has no calibration; the reason, where its file has one.
    Uncalibrated(Option<Uncalibrated>),
    /// The model was trained on days after the origin.
    Hindsight {
        /// The last day that it was trained on.
        seen: Date,
        /// The origin.
        origin: Date,
    },
    /// The initial variance is the model's, because the series has too few rows.
    ModelVolatility {
        /// Rows of the series.
        rows: usize,
        /// Rows from which a series has its own.
        enough: usize,
    },
    /// Days without trade were left out.
    Halted(Halts),
    /// The tick is no small part of a day's move.
    Ticks(Grid),
    /// The exchange's holidays are not known for a session forecast.
    HolidaysUnknown {
        /// The exchange.
        calendar: Calendar,
        /// The session.
        date: Date,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Uncalibrated(Some(reason)) => write!(f, "the prediction intervals are not calibrated: {reason}"),
            Note::Uncalibrated(None) => {
                f.write_str("the prediction intervals are not calibrated: the model has not been tested on unseen days")
            }
            Note::Hindsight { seen, origin } => write!(
                f,
                "hindsight: the model was trained on days up to {seen}, after the origin of this forecast, {origin}"
            ),
            Note::ModelVolatility { rows, enough } => write!(
                f,
                "{} {} too few to measure a volatility: starting from the one the model was trained on (from \
                 {enough} rows on, the file's own is used)",
                counted(*rows, "row"),
                if *rows == 1 { "is" } else { "are" }
            ),
            Note::Halted(Halts { days, at_end: 0, .. }) => {
                write!(f, "left out {} without trade: the return after them spans the gap", counted(*days, "day"))
            }
            Note::Halted(Halts { days, at_end, last_traded }) => write!(
                f,
                "left out {} without trade, {at_end} of them at the end: the prediction interval is that of the first \
                 session after {last_traded}, the last day with trade",
                counted(*days, "day")
            ),
            Note::Ticks(Grid { tick, of_adjusted }) => {
                let closes = if *of_adjusted { "adjusted closes" } else { "closes" };
                let share = 100.0 / tick.level();
                write!(
                    f,
                    "{closes} lie on a grid of {}, {share:.2} % of the last one: the forecast and its prediction \
                     intervals are prices on that grid",
                    tick.step
                )
            }
            Note::HolidaysUnknown { calendar, date } => {
                write!(f, "the holidays of {calendar} are not known for {date}: it may be one")
            }
        }
    }
}

/// A series cannot be forecast by a model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// Fewer rows than the window.
    #[error("{} of prices, expected at least {window}: the model sees windows of {}", counted(*.rows, "row"), counted(*.window, "day"))]
    TooFewRows {
        /// Rows of the series.
        rows: usize,
        /// Days of a window.
        window: usize,
    },
    /// The rows have another spacing than those of the model: weeks instead of days, for example.
    #[error("{series} rows, expected {model} ones: the model was trained on them")]
    Frequency {
        /// Spacing of the series.
        series: Frequency,
        /// Spacing of the model.
        model: Frequency,
    },
    /// The model reads bars and the series has none.
    #[error("no open, high and low, expected them: the model was trained on them")]
    NoRange,
    /// The model reads volumes and the series has none.
    #[error("no volume, expected one: the model was trained on it")]
    NoVolume,
    /// The model reads a covariate that the series does not have.
    #[error("no {}, expected {covariate}: the model was trained on it", match .covariate.kind { CovariateKind::Events => "events", _ => "such column" })]
    NoCovariate {
        /// The covariate.
        covariate: Covariate,
    },
    /// A value that should be known ahead is missing.
    #[error("{covariate} has no value for {date}, a session up to the one forecast")]
    NotKnownAhead {
        /// The covariate.
        covariate: Covariate,
        /// The session.
        date: Date,
    },
    /// A price is not above zero, and has no logarithm.
    #[error("the price on {date} is {price}, expected one above zero: the model forecasts returns{}", .cause.remark())]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
        /// What the prices at or below zero of the series are.
        cause: Nonpositive,
    },
    /// The model has no forecast of a day asked for.
    #[error("{asked} ahead is asked for, and the model forecasts {}", in_words(*.first, *.last))]
    Ahead {
        /// What is asked for.
        asked: Ahead,
        /// The first day ahead that it forecasts.
        first: usize,
        /// The last.
        last: usize,
    },
    /// The output of the networks is not finite.
    #[error("the forecast is not a finite number, expected a price")]
    NotFinite,
    /// A quantile at a level so near to 0 or 1 that no price can hold it.
    #[error("the {level:e} quantile of the price is {price}, expected a price")]
    Quantile {
        /// The level.
        level: f64,
        /// The price.
        price: f64,
    },
    /// A price that no model forecasts that was trained on prices.
    #[error(
        "the forecast is {factor:.1e} times the last price, expected at most {MAX_FACTOR:e} times or that part of it"
    )]
    Implausible {
        /// The price forecast over the last price.
        factor: f64,
    },
    /// A model of returns forecasts a price of zero: the return is beyond what a floating-point number holds.
    #[error("the forecast is {price}, expected a price above zero")]
    NoPrice {
        /// The price.
        price: f64,
    },
}

fn in_words(first: usize, last: usize) -> String {
    if first == last { format!("day {first} alone") } else { format!("days {first} to {last}") }
}

/// The most times that a price can become on the days of a forecast: more than any price that was ever quoted became.
pub(super) const MAX_FACTOR: f64 = 1e9;

impl ForecastError {
    /// Refuses values that are not finite.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a value is.
    pub fn check(values: impl IntoIterator<Item = f64>) -> Result<(), ForecastError> {
        values.into_iter().all(f64::is_finite).then_some(()).ok_or(ForecastError::NotFinite)
    }

    /// Refuses a forecast that is so many times the last price.
    ///
    /// # Errors
    /// [`ForecastError::Implausible`] if it is more than [`MAX_FACTOR`] times the price or less than that part of it;
    /// [`ForecastError::NotFinite`] if it is beyond every number.
    pub(super) fn check_factor(factor: f64) -> Result<(), ForecastError> {
        ForecastError::check([factor])?;
        let size = factor.abs();
        if (1.0 / MAX_FACTOR..=MAX_FACTOR).contains(&size) {
            Ok(())
        } else {
            Err(ForecastError::Implausible { factor })
        }
    }

    /// The day at fault, where it is one.
    pub fn date(&self) -> Option<Date> {
        if let ForecastError::NonPositive { date, .. } = self { Some(*date) } else { None }
    }
}

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
    path: Path,
    frame: Frame,
}

/// The forecast of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Median price.
    pub median: f64,
    /// Lower and upper bounds of the central prediction intervals asked for.
    pub intervals: Vec<(f64, f64)>,
}

impl Forecast {
    /// Each session's median and central prediction intervals at `levels`, 0 < level < 1.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if one of them is not finite.
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

    /// Refuses prices that are not finite, and, of a model of returns, prices that are not above zero.
    fn check(&self, mut prices: impl Iterator<Item = f64> + Clone) -> Result<(), ForecastError> {
        ForecastError::check(prices.clone())?;
        let price = prices.find(|price| self.frame.is_of_returns() && *price <= 0.0);
        price.map_or(Ok(()), |price| Err(ForecastError::NoPrice { price }))
    }

    /// The median price of the step's session, steps counted from 0.
    pub fn median(&self, step: usize) -> f64 {
        self.frame.quote_after(self.frame.days() - 1, self.path.median(step))
    }

    /// The quantile at `p`, 0 < p < 1, of the price of the step's session; it may be infinite or zero for levels next to 0
    /// or 1 (see [`price_quantile`](Forecast::price_quantile)).
    pub fn quantile(&self, step: usize, p: f64) -> f64 {
        self.frame.quote_after(self.frame.days() - 1, self.path.quantile(step, p))
    }

    /// The quantile at `level`, 0 < `level` < 1, of the price of the step's session.
    ///
    /// # Errors
    /// [`ForecastError::Quantile`] if it is not finite, or not above zero for a model of returns.
    pub fn price_quantile(&self, step: usize, level: f64) -> Result<f64, ForecastError> {
        let price = self.quantile(step, level);
        self.check(std::iter::once(price)).map_err(|_| ForecastError::Quantile { level, price })?;
        Ok(price)
    }

    /// The probability that the close of the step's session is above `price`. On a price grid a price itself has a
    /// probability, which is neither in this one nor in [`probability_below`](Forecast::probability_below); otherwise the
    /// two are one together. Of a model of returns, 1 for a price at or below zero.
    pub fn probability_above(&self, step: usize, price: f64) -> f64 {
        self.path.probability_above(step, self.outcome_of(price))
    }

    /// The probability that the close of the step's session is below `price`.
    pub fn probability_below(&self, step: usize, price: f64) -> f64 {
        self.path.probability_below(step, self.outcome_of(price))
    }

    fn outcome_of(&self, price: f64) -> f64 {
        self.frame.outcome_of(self.frame.days() - 1, price)
    }

    /// The central prediction interval at `level`, 0 < level < 1, of the price of the step's session: its bounds.
    pub fn interval(&self, step: usize, level: f64) -> (f64, f64) {
        (self.quantile(step, (1.0 - level) / 2.0), self.quantile(step, (1.0 + level) / 2.0))
    }
}

/// The first of the sessions beyond the holidays that a calendar knows.
fn unknown_holiday(calendar: Option<Calendar>, dates: &[Date]) -> Option<Note> {
    let calendar = calendar?;
    let unknown = dates.iter().find(|date| calendar.is_closed(**date).is_none());
    unknown.map(|&date| Note::HolidaysUnknown { calendar, date })
}

impl Forecaster {
    /// Forecasts from the last row of a series, which need not be that of the training. Days without trade are left out (see
    /// [`halts`](crate::features::halts)); the sessions forecast are those after the last row.
    ///
    /// # Errors
    /// [`ForecastError`] if the series is too short or lacks columns that the model reads, or the outputs of the networks are
    /// not finite.
    pub fn forecast(&self, series: &PriceSeries) -> Result<Forecast, ForecastError> {
        self.forecast_ahead(series, Ahead::Usual)
    }

    /// Forecasts the days asked for, as [`forecast`](Forecaster::forecast) does the usual ones. A day's forecast does not
    /// depend on which others are asked for.
    ///
    /// # Errors
    /// [`ForecastError`] as there, and if the model does not forecast a day asked for.
    pub fn forecast_ahead(&self, series: &PriceSeries, ahead: Ahead) -> Result<Forecast, ForecastError> {
        let config = &self.card.config;
        let days = config.days_of(ahead)?;
        let traded = without_halts(series);
        let rows = traded.len();
        if rows < config.window {
            return Err(ForecastError::TooFewRows { rows, window: config.window });
        }
        self.check(series)?;
        let last = series.dates[series.len() - 1];
        check_known_ahead(config, series, last, days[days.len() - 1])?;
        let frame = self.frame(&traded);
        let path = self.paths_of(&frame, rows - 1..rows, &days).remove(0);
        path.check(frame.is_of_returns())?;
        let calendar = self.card.training.calendar;
        let dates: Vec<Date> = path.horizons().map(|horizon| session_ahead(series, horizon, calendar)).collect();
        let short = Frame::is_short(&traded) && config.target == Target::Return;
        let note = Note::ModelVolatility { rows, enough: crate::features::BACKCAST_DAYS + 1 };
        Ok(Forecast {
            series: series.name.clone(),
            frequency: series.frequency,
            origin: series.dates[series.len() - 1],
            last_close: series.close[series.len() - 1],
            notes: [
                Halts::of(series).map(Note::Halted),
                frame.grid(rows - 1).map(Note::Ticks),
                short.then_some(note),
                self.uncalibrated(),
                self.hindsight(series.dates[series.len() - 1]),
            ]
            .into_iter()
            .flatten()
            .chain(unknown_holiday(calendar, &dates))
            .collect(),
            dates,
            path,
            frame,
        })
    }

    /// Whether a series has the spacing, the columns and the prices that the model reads.
    ///
    /// # Errors
    /// [`ForecastError`] says what it lacks.
    pub fn check(&self, series: &PriceSeries) -> Result<(), ForecastError> {
        let (config, model) = (&self.card.config, self.card.training.frequency);
        if model != series.frequency {
            return Err(ForecastError::Frequency { series: series.frequency, model });
        }
        check_columns(config, series)?;
        check_positive(config, series)
    }

    /// The remark on a missing calibration, but for networks trained on simulated markets.
    fn uncalibrated(&self) -> Option<Note> {
        let Card { calibration, training, uncalibrated, .. } = &self.card;
        (calibration.is_none() && training.last.is_some()).then_some(Note::Uncalibrated(*uncalibrated))
    }

    /// The remark on weights that depend on days after `origin`, of whichever series.
    fn hindsight(&self, origin: Date) -> Option<Note> {
        let seen = self.card.training.seen_until().filter(|seen| *seen > origin)?;
        Some(Note::Hindsight { seen, origin })
    }

    /// The frame of a series for this model.
    pub fn frame(&self, series: &PriceSeries) -> Frame {
        let config = &self.card.config;
        let basis = if config.target == Target::Price { self.card.basis } else { Basis::FirstDay };
        let options = config.frame_options(Some(self.card.initial_variance));
        Frame::new(&basis.of(series), options).with_bar_ratio(self.card.bar_ratio)
    }

    /// The predictive distributions of the days ahead that the networks have outputs for, from each day of `origins`. No
    /// later row of the frame is used.
    pub fn paths(&self, frame: &Frame, origins: Range<usize>) -> Vec<Path> {
        self.paths_of(frame, origins, &self.card.config.horizons())
    }

    /// The predictive distributions of the days `days` ahead, each within [`Config::days_ahead`], from each day of
    /// `origins`.
    pub fn paths_of(&self, frame: &Frame, origins: Range<usize>, days: &[usize]) -> Vec<Path> {
        let distributions = self.distributions(frame, origins.clone());
        self.paths_of_distributions(frame, origins, distributions, days)
    }

    /// The paths of the days ahead that the networks have outputs for, from their distributions.
    pub(super) fn paths_from(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        distributions: Vec<Vec<Distribution>>,
    ) -> Vec<Path> {
        self.paths_of_distributions(frame, origins, distributions, &self.card.config.horizons())
    }

    fn paths_of_distributions(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        distribution: Vec<Vec<Distribution>>,
        days: &[usize],
    ) -> Vec<Path> {
        let horizons = self.card.config.horizons();
        let on_grid = self.on_grid(frame, origins.clone(), &distribution);
        let path = |(day, (distribution, on_grid)): (usize, (Vec<Distribution>, Option<Vec<GridDistribution>>))| {
            Path::new(frame, day, self.card.target_scaler, (&horizons, days), distribution, on_grid)
        };
        origins.zip(distribution.into_iter().zip(on_grid)).map(path).collect()
    }

    /// The distributions of the same days on the price grid, where there is one.
    fn on_grid(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        calibrated: &[Vec<Distribution>],
    ) -> Vec<Option<Vec<GridDistribution>>> {
        if origins.clone().all(|day| frame.grid(day).is_none()) {
            return vec![None; origins.len()];
        }
        let config = &self.card.config;
        let first = grid::first_compared(origins.start, config.horizon, Frame::first_origin(config.window));
        let days: Vec<usize> = (first..origins.end).collect();
        let forecasts = grid::NetworkForecasts {
            raw: &if days.is_empty() { Vec::new() } else { self.raw_distributions(frame, &days) },
            first,
            calibrated,
            target: self.card.target_scaler,
            horizons: config.horizons(),
        };
        grid::distributions(frame, origins, &forecasts)
    }

    /// The calibrated distributions of the scaled targets, one per day ahead, from each of `origins`.
    pub(super) fn distributions(&self, frame: &Frame, origins: Range<usize>) -> Vec<Vec<Distribution>> {
        let calibration = self.card.calibration.as_ref();
        let (mut distribution, widths) = match self.card.baseline_error {
            Some(baseline) => self.distributions_and_widths(frame, origins, baseline),
            None => {
                let days: Vec<usize> = origins.collect();
                (self.raw_distributions(frame, &days), vec![1.0; days.len()])
            }
        };
        let uncertainty: Vec<f64> =
            self.card.config.horizons().into_iter().map(|ahead| self.uncertainty(ahead)).collect();
        for (day, width) in distribution.iter_mut().zip(widths) {
            for (step, distribution) in day.iter_mut().enumerate() {
                distribution.width = width * uncertainty[step];
                distribution.levels = calibration.map(|calibration| Arc::clone(&calibration.levels[step]));
                if let Some(skew) = self.card.skew.get(step) {
                    *distribution = distribution.clone().skewed(*skew);
                }
            }
        }
        distribution
    }

    /// The factor of widths for what a network that started at random cannot know of the scale of returns over many days: it
    /// has seen n / h of them that do not overlap, and the quantiles of a distribution whose scale is estimated on so many
    /// values lie farther out by a fraction of about h / n. Pretrained networks have seen many markets.
    fn uncertainty(&self, ahead: usize) -> f64 {
        let Card { config, start, training, .. } = &self.card;
        let estimated = !config.nodes.is_empty() && *start == InitialWeights::Random;
        if estimated { 1.0 + ahead as f64 / training.training_windows.max(1) as f64 } else { 1.0 }
    }

    /// The raw distributions, and the scale adjustment by the errors known on each day.
    fn distributions_and_widths(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        baseline: f64,
    ) -> (Vec<Vec<Distribution>>, Vec<f64>) {
        let config = &self.card.config;
        // On a day the outcome of the forecast of so many days before is known.
        let known_after = config.horizons()[0];
        let settled = Frame::first_origin(config.window);
        let first = origins.start.saturating_sub(known_after + ErrorScale::MEMORY).max(settled).min(origins.start);
        let days: Vec<usize> = (first..origins.end).collect();
        let mut distribution = self.raw_distributions(frame, &days);
        let standardised_error = |(day, distribution): (&usize, &Vec<Distribution>)| {
            self.standardised_error(frame, *day, &distribution[0]).unwrap_or(baseline)
        };
        let errors: Vec<f64> = days.iter().zip(&distribution).map(standardised_error).collect();
        let width = |origin: usize| {
            // The same days whatever other origins there are, so that the bits are equal.
            let last = (origin + 1).saturating_sub(known_after);
            let earliest = last.saturating_sub(ErrorScale::MEMORY).max(settled);
            let known = errors.get(earliest.saturating_sub(first)..last.saturating_sub(first));
            let mut scale = ErrorScale::new(baseline);
            known.unwrap_or_default().iter().for_each(|standardised_error| scale.add(*standardised_error));
            scale.width()
        };
        let widths = origins.clone().map(width).collect();
        (distribution.split_off(origins.start - first), widths)
    }

    /// The standardised absolute error of the first day ahead; `None` where its outcome is beyond the last row.
    fn standardised_error(&self, frame: &Frame, day: usize, distribution: &Distribution) -> Option<f64> {
        let target = frame.target(day, self.card.config.horizons()[0])?;
        let error = self.card.target_scaler.scale(target) - distribution.median();
        Some(ErrorScale::of(error, distribution.mean_absolute_deviation()))
    }

    /// The mean standardised absolute error of `origins`, on which the raw distributions are those given.
    pub(super) fn mean_standardised_error(
        &self,
        frame: &Frame,
        origins: &[usize],
        distributions: &[Vec<Distribution>],
    ) -> Option<f64> {
        let each = origins
            .iter()
            .zip(distributions)
            .filter_map(|(day, distribution)| self.standardised_error(frame, *day, &distribution[0]));
        let (sum, days) =
            each.fold((0.0, 0.0), |(sum, days), standardised_error| (sum + standardised_error, days + 1.0));
        Some(sum / days).filter(|mean| *mean > 0.0 && mean.is_finite())
    }

    /// The raw distributions of the scaled targets, one per day ahead, from each of `origins`.
    pub(super) fn raw_distributions(&self, frame: &Frame, origins: &[usize]) -> Vec<Vec<Distribution>> {
        let config = &self.card.config;
        let scales = Scales { inputs: &self.card.input_scalers, target: self.card.target_scaler };
        let samples = samples(config, &scales, frame, origins.to_vec(), &|_| usize::MAX);
        let steps = samples.steps;
        let member = Distribution::of(Vec::with_capacity(self.members.len()));
        let mut distribution = vec![vec![member; steps]; origins.len()];
        let mut network = Network::<f32>::new(config.shape(), BATCH.min(origins.len()), Isa::detect());
        let all: Vec<usize> = (0..origins.len()).collect();
        for member in &self.members {
            network.set_weights(member);
            for indices in all.chunks(network.rows()) {
                let outputs = network.forward(&samples, indices, config.loss.loss());
                for (step, outputs) in outputs.chunks_exact(indices.len()).enumerate() {
                    for (index, output) in indices.iter().zip(outputs) {
                        distribution[*index][step].members.push(self.of_member(step, output));
                    }
                }
            }
        }
        distribution
    }

    fn of_member(&self, step: usize, output: &Lanes<f32>) -> StudentT {
        let [a0, a1, a2, ..] = output.0.map(f64::from);
        match self.card.config.loss {
            LossKind::StudentT => StudentT::from_outputs([a0, a1, a2]),
            LossKind::Mse => {
                let residuals = self.card.residuals.get(step);
                let (sigma, nu) = residuals.map_or((1.0, 200.0), |residuals| (residuals.sigma, residuals.nu));
                StudentT { mu: a0, sigma, nu }
            }
        }
    }
}

pub(super) fn check_columns(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    if config.needs_range() && series.range.is_none() {
        return Err(ForecastError::NoRange);
    }
    if config.needs_volume() && series.volume.is_none() {
        return Err(ForecastError::NoVolume);
    }
    let has = |covariate: &&Covariate| match covariate.kind {
        CovariateKind::Past => series.covariates.past(&covariate.name).is_some(),
        CovariateKind::Future | CovariateKind::Events => series.covariates.ahead(covariate).is_some(),
    };
    match config.covariates.iter().find(|covariate| !has(covariate)) {
        Some(covariate) => Err(ForecastError::NoCovariate { covariate: covariate.clone() }),
        None => Ok(()),
    }
}

/// Whether every covariate known ahead has a value on each of the `days` sessions after a day, as far as they are read.
fn check_known_ahead(config: &Config, series: &PriceSeries, origin: Date, days: usize) -> Result<(), ForecastError> {
    for covariate in &config.covariates {
        let unknown = series
            .covariates
            .ahead(covariate)
            .and_then(|(ahead, column)| ahead.first_unknown(column, origin, days.min(SESSIONS_AHEAD)));
        if let Some(date) = unknown {
            return Err(ForecastError::NotKnownAhead { covariate: covariate.clone(), date });
        }
    }
    Ok(())
}

pub(super) fn check_positive(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    match series.first_nonpositive().zip(series.nonpositive()) {
        Some(((date, price), cause)) if config.target == Target::Return => {
            Err(ForecastError::NonPositive { date, price, cause })
        }
        _ => Ok(()),
    }
}

/// Scaled inputs, and the windows ending on `origins`. A target beyond the last row, or beyond the row that `last_row` gives
/// for the origin, is NaN.
pub(super) fn samples(
    config: &Config,
    scales: &Scales<'_>,
    frame: &Frame,
    origins: Vec<usize>,
    last_row: &dyn Fn(usize) -> usize,
) -> Samples<f32> {
    let horizons = config.horizons();
    let inputs = Array2::from_shape_fn(frame.inputs.raw_dim(), |(day, input)| {
        let value = scales.inputs[input].scale(frame.inputs[(day, input)]);
        match config.target {
            Target::Return => value.clamp(-MAX_INPUT, MAX_INPUT) as f32,
            // Price levels beyond the training range are a weakness of the method, which is not hidden.
            Target::Price => value as f32,
        }
    });
    let scaled = |y: f64| scales.target.scale(y) as f32;
    let known = |day: usize, horizon: usize| frame.target(day, horizon).filter(|_| day + horizon <= last_row(day));
    let target = |day: usize, horizon| known(day, horizon).map_or(f32::NAN, scaled);
    let targets = origins.iter().flat_map(|day| horizons.iter().map(|horizon| target(*day, *horizon))).collect();
    let starts = origins.iter().map(|day| scaled(frame.start(*day))).collect();
    let (steps, weights) = (horizons.len(), config.step_weights(TrainingData::Series));
    Samples { inputs, window: config.window, origins, steps, targets, weights, starts }
}
