//! From a series and a fitted model to a forecast.

use std::fmt;

use jiff::civil::Date;
use ndarray::Array2;
use thiserror::Error;

use super::card::Card;
use super::config::{Config, LossKind};
use super::odds::Odds;
use crate::features::{Frame, Scaler, Target};
use crate::nn::kernels::{Isa, Lanes};
use crate::nn::loss::StudentT;
use crate::nn::parameters::Parameters;
use crate::nn::{Network, Samples};
use crate::prices::{PriceSeries, session_ahead};

/// Standardised inputs are held to this many deviations: a crash beyond anything in training
/// should not carry the network to where it has never been.
const LARGEST_INPUT: f64 = 5.0;
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

/// What a forecaster needs of its card to run: scalers and residuals.
pub(super) struct Scales<'a> {
    pub inputs: &'a [Scaler],
    pub target: Scaler,
    pub residuals: Option<StudentT>,
}

/// Something the reader of a forecast should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The volatility started from the model's own, because the file has too few rows.
    ModelVolatility {
        /// Rows in the file.
        rows: usize,
        /// Rows from which a file has its own.
        enough: usize,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::ModelVolatility { rows, enough } => write!(
                f,
                "{rows} rows are too few to measure a volatility: starting from the one the model was trained on \
                 (from {enough} rows on, the file's own is used)"
            ),
        }
    }
}

/// A series cannot be forecast by this model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ForecastError {
    /// Fewer rows than the window.
    #[error("{rows} rows of prices, expected at least {window}: the model sees windows of {window} days")]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Days of the window.
        window: usize,
    },
    /// The model reads bars and the file has none.
    #[error("no open, high and low, expected them: the model was trained on them")]
    NoRange,
    /// A logarithm needs a positive price.
    #[error("the price on {date} is {price}, expected one above zero: the model forecasts returns")]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
    },
}

impl ForecastError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            ForecastError::TooFewRows { .. } => "give it more days of history".into(),
            ForecastError::NoRange => "train a model for such files with --features close".into(),
            ForecastError::NonPositive { .. } => {
                "leave those days out with --since or --until, or train with --target price".into()
            }
        }
    }
}

/// Tomorrow's price, or the price at the horizon, and its odds.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The series.
    pub series: String,
    /// The last day in the file, and the last that was looked at.
    pub origin: Date,
    /// The session forecast.
    pub date: Date,
    /// The quoted close on `origin`.
    pub last_close: f64,
    /// The median: as likely too low as too high.
    pub forecast: f64,
    /// What the reader should know.
    pub notes: Vec<Note>,
    odds: Odds,
    target: Scaler,
    frame: Frame,
}

impl Forecast {
    /// The price that will not be reached with probability `p`, 0 < p < 1.
    pub fn quantile(&self, p: f64) -> f64 {
        self.frame.quote_at(self.frame.days() - 1, self.target.unscale(self.odds.quantile(p)))
    }

    /// The central interval that holds the price with probability `level`.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        (self.quantile((1.0 - level) / 2.0), self.quantile((1.0 + level) / 2.0))
    }
}

impl Forecaster {
    /// Forecasts from the last row of a series. It need not be the series the model was trained on.
    ///
    /// # Errors
    /// [`ForecastError`] if the series is too short or lacks what the model reads.
    pub fn forecast(&self, series: &PriceSeries) -> Result<Forecast, ForecastError> {
        let config = &self.card.config;
        let rows = series.len();
        if rows < config.window {
            return Err(ForecastError::TooFewRows { rows, window: config.window });
        }
        check_range(config, series)?;
        check_positive(config, series)?;
        let frame = self.frame(series);
        let odds = self.odds(&frame, &[rows - 1]).remove(0);
        let short = Frame::is_short(series) && config.target == Target::Return;
        let note = Note::ModelVolatility { rows, enough: crate::features::WARM_UP + 1 };
        Ok(Forecast {
            series: series.name.clone(),
            origin: series.dates[rows - 1],
            date: session_ahead(series, config.horizon),
            last_close: series.close[rows - 1],
            forecast: frame.quote_at(rows - 1, self.card.target_scaler.unscale(odds.median())),
            notes: if short { vec![note] } else { Vec::new() },
            odds,
            target: self.card.target_scaler,
            frame,
        })
    }

    /// The series as this model reads it.
    pub fn frame(&self, series: &PriceSeries) -> Frame {
        let config = &self.card.config;
        Frame::new(series, &config.inputs, (config.target, config.horizon), Some(self.card.typical))
    }

    /// The odds of the scaled target, standing on each of `origins`.
    pub fn odds(&self, frame: &Frame, origins: &[usize]) -> Vec<Odds> {
        let residuals = self.card.residuals.map(|r| StudentT { mu: 0.0, sigma: r.sigma, nu: r.nu });
        let scales = Scales { inputs: &self.card.input_scalers, target: self.card.target_scaler, residuals };
        odds(&self.card.config, &scales, &self.members, frame, origins)
    }
}

pub(super) fn check_range(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    if config.needs_range() && series.range.is_none() { Err(ForecastError::NoRange) } else { Ok(()) }
}

pub(super) fn check_positive(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    match series.first_nonpositive() {
        Some((date, price)) if config.target == Target::Return => Err(ForecastError::NonPositive { date, price }),
        _ => Ok(()),
    }
}

/// Inputs as the network reads them, and the windows ending on `origins`.
pub(super) fn samples(config: &Config, scales: &Scales<'_>, frame: &Frame, origins: Vec<usize>) -> Samples<f32> {
    let inputs = Array2::from_shape_fn(frame.inputs.raw_dim(), |(day, input)| {
        let value = scales.inputs[input].scale(frame.inputs[(day, input)]);
        match config.target {
            Target::Return => value.clamp(-LARGEST_INPUT, LARGEST_INPUT) as f32,
            // The textbook's levels leave the training range when the price does; that is its fault
            // and not to be hidden.
            Target::Price => value as f32,
        }
    });
    let target = |day: &usize| frame.target(*day).map_or(f32::NAN, |y| scales.target.scale(y) as f32);
    let targets = origins.iter().map(target).collect();
    Samples { inputs, window: config.window, origins, targets }
}

/// The odds of the scaled target, standing on each of `origins`.
pub(super) fn odds(
    config: &Config,
    scales: &Scales<'_>,
    members: &[Parameters<f32>],
    frame: &Frame,
    origins: &[usize],
) -> Vec<Odds> {
    let samples = samples(config, scales, frame, origins.to_vec());
    let mut odds = vec![Odds { members: Vec::with_capacity(members.len()) }; origins.len()];
    let mut network = Network::<f32>::new(config.shape(), BATCH.min(origins.len()), Isa::detect());
    for member in members {
        network.parameters.values.copy_from_slice(&member.values);
        network.prepare();
        let all: Vec<usize> = (0..origins.len()).collect();
        for picks in all.chunks(network.rows()) {
            let outputs = network.forward(&samples, picks);
            for (pick, output) in picks.iter().zip(outputs) {
                odds[*pick].members.push(distribution(config.loss, output, scales.residuals));
            }
        }
    }
    odds
}

fn distribution(loss: LossKind, output: &Lanes<f32>, residuals: Option<StudentT>) -> StudentT {
    let [a0, a1, a2, ..] = output.0.map(f64::from);
    match loss {
        LossKind::StudentT => StudentT::from_outputs([a0, a1, a2]),
        LossKind::Mse => StudentT { mu: a0, ..residuals.unwrap_or(StudentT { mu: 0.0, sigma: 1.0, nu: 200.0 }) },
    }
}
