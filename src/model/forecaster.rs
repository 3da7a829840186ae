//! From a series and a fitted model to a forecast.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use ndarray::Array2;
use thiserror::Error;

use super::calibration::ErrorScale;
use super::card::{Basis, Card};
use super::config::{Config, LossKind};
use super::distribution::Distribution;
use super::grid::{self, Ladder};
use super::path::Path;
use super::uncalibrated::Uncalibrated;
use crate::features::{Frame, Grid, Halts, Scaler, Target, without_halts};
use crate::nn::kernels::{Isa, Lanes};
use crate::nn::loss::StudentT;
use crate::nn::parameters::Parameters;
use crate::nn::{Network, Samples};
use crate::prices::{Calendar, Frequency, PriceSeries, session_ahead};
use crate::words::counted;

/// Standardised inputs are held to this many deviations: a crash beyond anything in training
/// should not carry the network to where it has never been.
const MAX_INPUT: f64 = 5.0;
/// Windows a network is run over at once.
const BATCH: usize = 64;

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Forecaster {
    /// Everything but the weights.
    pub card: Card,
    /// The weights of each member of the ensemble.
    pub members: Vec<Parameters<f32>>,
}

/// What brings inputs and targets to the network's scale.
pub(super) struct Scales<'a> {
    pub inputs: &'a [Scaler],
    pub target: Scaler,
}

/// Something the reader of a forecast should know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Note {
    /// The model has no calibration, and why, where its file says.
    Uncalibrated(Option<Uncalibrated>),
    /// The model was trained on days after the last one it is shown.
    Hindsight {
        /// The last day that it was trained on.
        seen: Date,
        /// The last day that it is shown.
        origin: Date,
    },
    /// The volatility started from the model's own, because the file has too few rows.
    ModelVolatility {
        /// Rows in the file.
        rows: usize,
        /// Rows from which a file has its own.
        enough: usize,
    },
    /// Days without trade were left out.
    Halted(Halts),
    /// Prices move in steps that are no small part of a day's move.
    Steps(Grid),
    /// A session forecast lies where the exchange's holidays are not known.
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
            Note::Uncalibrated(Some(reason)) => write!(f, "the odds are the networks' own: {reason}"),
            Note::Uncalibrated(None) => {
                f.write_str("the odds are the networks' own: the model was not calibrated on days it had not seen")
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
            Note::Steps(Grid { tick, of_adjusted }) => {
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

/// A series cannot be forecast by this model.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// Fewer rows than the window.
    #[error("{} of prices, expected at least {window}: the model sees windows of {}", counted(*.rows, "row"), counted(*.window, "day"))]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Days of the window.
        window: usize,
    },
    /// The rows of the model were days and those of the file are weeks, say.
    #[error("{series} rows, expected {model} ones: the model was trained on them")]
    Frequency {
        /// What the file's rows are.
        series: Frequency,
        /// What the model's were.
        model: Frequency,
    },
    /// The model reads bars and the file has none.
    #[error("no open, high and low, expected them: the model was trained on them")]
    NoRange,
    /// The model reads volumes and the file has none.
    #[error("no volume, expected one: the model was trained on it")]
    NoVolume,
    /// A logarithm needs a positive price.
    #[error("the price on {date} is {price}, expected one above zero: the model forecasts returns")]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
    },
    /// What the networks answer is infinite, or is no number.
    #[error("the forecast is not a finite number, expected a price")]
    NotFinite,
    /// A model of returns forecasts a price of zero: the return is beyond what a floating-point number holds.
    #[error("the forecast is {price}, expected a price above zero")]
    NoPrice {
        /// What it is.
        price: f64,
    },
}

impl ForecastError {
    /// Refuses what no price can be made of.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a value is.
    pub fn check(values: impl IntoIterator<Item = f64>) -> Result<(), ForecastError> {
        values.into_iter().all(f64::is_finite).then_some(()).ok_or(ForecastError::NotFinite)
    }

    /// The day at fault, where it is one.
    pub fn date(&self) -> Option<Date> {
        if let ForecastError::NonPositive { date, .. } = self { Some(*date) } else { None }
    }
}

/// Tomorrow's price, or the price on a later day or on each day of a path, and its odds.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The series.
    pub series: String,
    /// What a row is.
    pub frequency: Frequency,
    /// The last day in the file, and the last that was looked at.
    pub origin: Date,
    /// The quoted close on `origin`.
    pub last_close: f64,
    /// The sessions forecast, at least one.
    pub dates: Vec<Date>,
    /// What the reader should know.
    pub notes: Vec<Note>,
    path: Path,
    frame: Frame,
}

/// What is said of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The price that is as likely too low as too high.
    pub median: f64,
    /// Ends of the central intervals asked for.
    pub intervals: Vec<(f64, f64)>,
}

impl Forecast {
    /// Each session's median, and its central intervals that hold the price with the probabilities `levels`.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if one of them is no price.
    pub fn sessions(&self, levels: &[f64]) -> Result<Vec<Session>, ForecastError> {
        let price = |moved: &f64| self.frame.quote_after(self.frame.days() - 1, *moved);
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

    /// Refuses what is no price, and of a model of returns what is not above zero.
    fn check(&self, mut prices: impl Iterator<Item = f64> + Clone) -> Result<(), ForecastError> {
        ForecastError::check(prices.clone())?;
        let price = prices.find(|price| self.frame.is_of_returns() && *price <= 0.0);
        price.map_or(Ok(()), |price| Err(ForecastError::NoPrice { price }))
    }

    /// The price on the step's session that is as likely too low as too high.
    pub fn median(&self, step: usize) -> f64 {
        self.frame.quote_after(self.frame.days() - 1, self.path.median(step))
    }

    /// The price on the step's session that will not be reached with probability `p`, 0 < p < 1.
    pub fn quantile(&self, step: usize, p: f64) -> f64 {
        self.frame.quote_after(self.frame.days() - 1, self.path.quantile(step, p))
    }

    /// The central interval that holds the price with probability `level`.
    pub fn interval(&self, step: usize, level: f64) -> (f64, f64) {
        (self.quantile(step, (1.0 - level) / 2.0), self.quantile(step, (1.0 + level) / 2.0))
    }
}

/// The first of the sessions for which a calendar does not know whether it is a holiday.
fn unknown_holiday(calendar: Option<Calendar>, dates: &[Date]) -> Option<Note> {
    let calendar = calendar?;
    let unknown = dates.iter().find(|date| calendar.is_closed(**date).is_none());
    unknown.map(|&date| Note::HolidaysUnknown { calendar, date })
}

impl Forecaster {
    /// Forecasts from the last row of a series. It need not be the series the model was trained on. Days without
    /// trade are left out (see [`halts`](crate::features::halts)); the sessions forecast are those after the last row.
    ///
    /// # Errors
    /// [`ForecastError`] if the series is too short or lacks what the model reads, or its networks answer what is no
    /// number.
    pub fn forecast(&self, series: &PriceSeries) -> Result<Forecast, ForecastError> {
        let config = &self.card.config;
        let traded = without_halts(series);
        let rows = traded.len();
        if rows < config.window {
            return Err(ForecastError::TooFewRows { rows, window: config.window });
        }
        self.check(series)?;
        let frame = self.frame(&traded);
        let path = self.paths(&frame, rows - 1..rows).remove(0);
        path.check()?;
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
                frame.grid(rows - 1).map(Note::Steps),
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

    /// Whether a series has what the model reads.
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

    /// Whether it was trained on real days and not calibrated on some it had not seen.
    fn uncalibrated(&self) -> Option<Note> {
        let Card { calibration, training, uncalibrated, .. } = &self.card;
        (calibration.is_none() && training.last.is_some()).then_some(Note::Uncalibrated(*uncalibrated))
    }

    /// Whether days after `origin` have reached the weights, of whichever series they were.
    fn hindsight(&self, origin: Date) -> Option<Note> {
        let seen = self.card.training.seen_until().filter(|seen| *seen > origin)?;
        Some(Note::Hindsight { seen, origin })
    }

    /// The series as this model reads it.
    pub fn frame(&self, series: &PriceSeries) -> Frame {
        let config = &self.card.config;
        let basis = if config.target == Target::Price { self.card.basis } else { Basis::FirstDay };
        let options = config.frame_options(Some(self.card.initial_variance));
        Frame::new(&basis.of(series), options).with_bar_ratio(self.card.bar_ratio)
    }

    /// The odds of the days ahead, standing on each day of `origins`, as they would be told on that
    /// day: no later row of the frame is looked at.
    pub fn paths(&self, frame: &Frame, origins: Range<usize>) -> Vec<Path> {
        let distribution = self.distributions(frame, origins.clone());
        let ladders = self.ladders(frame, origins.clone(), &distribution);
        let path = |(day, (distribution, ladders)): (usize, (Vec<Distribution>, Option<Vec<Ladder>>))| {
            Path::new(frame, day, self.card.target_scaler, self.card.config.horizons(), distribution, ladders)
        };
        origins.zip(distribution.into_iter().zip(ladders)).map(path).collect()
    }

    /// The odds of the same days on the grid of prices, on those days on which its steps matter.
    fn ladders(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        calibrated: &[Vec<Distribution>],
    ) -> Vec<Option<Vec<Ladder>>> {
        if origins.clone().all(|day| frame.grid(day).is_none()) {
            return vec![None; origins.len()];
        }
        let config = &self.card.config;
        let first = grid::first_compared(origins.start, config.horizon, Frame::first_origin(config.window));
        let days: Vec<usize> = (first..origins.end).collect();
        let said = grid::Said {
            own: &if days.is_empty() { Vec::new() } else { self.raw_distributions(frame, &days) },
            first,
            calibrated,
            target: self.card.target_scaler,
            horizons: config.horizons().collect(),
        };
        grid::ladders(frame, origins, &said)
    }

    /// The calibrated odds of the scaled targets, one each a step, standing on each of `origins`.
    pub(super) fn distributions(&self, frame: &Frame, origins: Range<usize>) -> Vec<Vec<Distribution>> {
        let calibration = self.card.calibration.as_ref();
        let (mut distribution, widths) = match self.card.baseline_error {
            Some(usual) => self.distributions_and_widths(frame, origins, usual),
            None => {
                let days: Vec<usize> = origins.collect();
                (self.raw_distributions(frame, &days), vec![1.0; days.len()])
            }
        };
        for (day, width) in distribution.iter_mut().zip(widths) {
            for (step, distribution) in day.iter_mut().enumerate() {
                distribution.width = width;
                distribution.levels = calibration.map(|calibration| Arc::clone(&calibration.levels[step]));
            }
        }
        distribution
    }

    /// The networks' own odds, and the width that the surprises known on each day ask for.
    fn distributions_and_widths(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        usual: f64,
    ) -> (Vec<Vec<Distribution>>, Vec<f64>) {
        let config = &self.card.config;
        // A day's close is what the forecast of this many days before was about.
        let known_after = *config.horizons().start();
        let settled = Frame::first_origin(config.window);
        let first = origins.start.saturating_sub(known_after + ErrorScale::MEMORY).max(settled).min(origins.start);
        let days: Vec<usize> = (first..origins.end).collect();
        let mut distribution = self.raw_distributions(frame, &days);
        let standardised_error = |(day, distribution): (&usize, &Vec<Distribution>)| {
            self.standardised_error(frame, *day, &distribution[0]).unwrap_or(usual)
        };
        let errors: Vec<f64> = days.iter().zip(&distribution).map(standardised_error).collect();
        let width = |origin: usize| {
            // The same days whatever else is asked for, so that the same bits come out.
            let last = (origin + 1).saturating_sub(known_after);
            let earliest = last.saturating_sub(ErrorScale::MEMORY).max(settled);
            let known = errors.get(earliest.saturating_sub(first)..last.saturating_sub(first));
            let mut state = ErrorScale::new(usual);
            known.unwrap_or_default().iter().for_each(|standardised_error| state.add(*standardised_error));
            state.width()
        };
        let widths = origins.clone().map(width).collect();
        (distribution.split_off(origins.start - first), widths)
    }

    /// How much what came after a day surprised the odds of the first step; `None` where it is not
    /// in the file.
    fn standardised_error(&self, frame: &Frame, day: usize, distribution: &Distribution) -> Option<f64> {
        let target = frame.target(day, *self.card.config.horizons().start())?;
        let error = self.card.target_scaler.scale(target) - distribution.median();
        Some(ErrorScale::of(error, distribution.mean_absolute_deviation()))
    }

    /// The mean surprise of the days `origins`.
    pub(super) fn mean_standardised_error(&self, frame: &Frame, origins: &[usize]) -> Option<f64> {
        let distribution = self.raw_distributions(frame, origins);
        let each = origins
            .iter()
            .zip(&distribution)
            .filter_map(|(day, distribution)| self.standardised_error(frame, *day, &distribution[0]));
        let (sum, days) =
            each.fold((0.0, 0.0), |(sum, days), standardised_error| (sum + standardised_error, days + 1.0));
        Some(sum / days).filter(|mean| *mean > 0.0 && mean.is_finite())
    }

    /// The networks' own odds of the scaled targets, standing on each of `origins`.
    pub(super) fn raw_distributions(&self, frame: &Frame, origins: &[usize]) -> Vec<Vec<Distribution>> {
        let config = &self.card.config;
        let scales = Scales { inputs: &self.card.input_scalers, target: self.card.target_scaler };
        let samples = samples(config, &scales, frame, origins.to_vec());
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
                    for (pick, output) in indices.iter().zip(outputs) {
                        distribution[*pick][step].members.push(self.of_member(step, output));
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
    Ok(())
}

pub(super) fn check_positive(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    match series.first_nonpositive() {
        Some((date, price)) if config.target == Target::Return => Err(ForecastError::NonPositive { date, price }),
        _ => Ok(()),
    }
}

/// Inputs as the network reads them, and the windows ending on `origins`. A target beyond the file
/// is NaN.
pub(super) fn samples(config: &Config, scales: &Scales<'_>, frame: &Frame, origins: Vec<usize>) -> Samples<f32> {
    let inputs = Array2::from_shape_fn(frame.inputs.raw_dim(), |(day, input)| {
        let value = scales.inputs[input].scale(frame.inputs[(day, input)]);
        match config.target {
            Target::Return => value.clamp(-MAX_INPUT, MAX_INPUT) as f32,
            // The textbook's levels leave the training range when the price does; that is its fault
            // and not to be hidden.
            Target::Price => value as f32,
        }
    });
    let scaled = |y: f64| scales.target.scale(y) as f32;
    let target = |day: usize, horizon| frame.target(day, horizon).map_or(f32::NAN, scaled);
    let targets = origins.iter().flat_map(|day| config.horizons().map(move |horizon| target(*day, horizon))).collect();
    let starts = origins.iter().map(|day| scaled(frame.start(*day))).collect();
    let steps = config.horizons().count();
    Samples { inputs, window: config.window, origins, steps, targets, starts }
}
