//! What the networks of a forecaster read and computed for a forecast, day by day.

use jiff::civil::Date;
use ndarray::{Array2, s};
use thiserror::Error;

use super::ahead::Ahead;
use super::config::Config;
use super::forecast::Forecast;
use super::forecast_error::ForecastError;
use super::forecaster::Forecaster;
use super::samples::{Scales, samples};
use super::sensitivity::{Attribution, Ensemble, Measure, Window};
use super::sums::Sums;
use fourcast_base::words::{counted, join};
use fourcast_features::{Frame, Target, without_halts};
use fourcast_nn::trace::Trace;
use fourcast_nn::{CellKind, Isa, Loss, Network};
use fourcast_prices::{PriceSeries, session_ahead};

/// What to explain about a forecast.
#[derive(Debug, Clone, Default)]
pub struct ExplainOptions {
    /// The only member of the ensemble to examine, counted from 1; by default all members.
    pub member: Option<usize>,
    /// The days ahead whose dependence on the window is measured; the last day forecast if the list is empty.
    pub ahead: Vec<usize>,
    /// Days per window, if not the window of the training. Recurrent layers read windows of any length.
    pub window: Option<usize>,
}

/// Why a forecast cannot be explained.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// There is no forecast.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// The ensemble has fewer members than requested.
    #[error("no member {member}, expected 1 to {members}: the model has {}", counted(*.members, "network"))]
    Member {
        /// The requested member.
        member: usize,
        /// Number of members of the ensemble.
        members: usize,
    },
    /// The network has no output for that day, which is interpolated or not forecast.
    #[error("the network has no output for {} ahead, expected {}", counted(*.ahead, "day"), one_of(.horizons))]
    Ahead {
        /// The requested day ahead.
        ahead: usize,
        /// The days ahead for which the network has outputs.
        horizons: Vec<usize>,
    },
    /// The layers only read windows of one length.
    #[error(
        "windows of {}, expected {}: the weights of a {} layer fit only that length", counted(*.window, "day"),
        .own, .cell.name()
    )]
    Window {
        /// The requested days per window.
        window: usize,
        /// The days per window of the model.
        own: usize,
        /// Kind of the layers.
        cell: CellKind,
    },
    /// The series has no window of the requested length.
    #[error("windows of {}, expected at most {rows}, the number of days with trade", counted(*.window, "day"))]
    Short {
        /// The requested days per window.
        window: usize,
        /// Days of the series with trade.
        rows: usize,
    },
    /// With windows of the requested length, a forecast takes too long.
    #[error(transparent)]
    Oversize(#[from] super::config::Oversize),
}

fn one_of(horizons: &[usize]) -> String {
    match horizons {
        [first, .., last] if last - first + 1 == horizons.len() => format!("{first} to {last}"),
        _ => join(&horizons.iter().map(usize::to_string).collect::<Vec<_>>(), "or"),
    }
}

impl ExplainError {
    /// The day that caused the error, if there is one.
    pub fn date(&self) -> Option<Date> {
        if let ExplainError::Forecast(cause) = self { cause.date() } else { None }
    }
}

/// A day of a window, with the prices from which its inputs were computed.
#[derive(Debug, Clone, PartialEq)]
pub struct DayOfWindow {
    /// The day.
    pub date: Date,
    /// Open, high and low as quoted, if the file has them.
    pub range: Option<[f64; 3]>,
    /// The quoted close.
    pub close: f64,
    /// The adjusted close.
    pub adjusted: f64,
    /// The volume, if the file has it.
    pub volume: Option<f64>,
}

/// Gates and states of a member of the ensemble.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberTrace {
    /// The number of the member, counted from 1.
    pub member: usize,
    /// The gates and states of its layers.
    pub trace: Trace,
    /// The terms of the sums in its layers, if these have no gates.
    pub sums: Sums,
}

/// The dependence of the forecast of a day ahead on the days of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// Days ahead.
    pub ahead: usize,
    /// The session forecast.
    pub date: Date,
    /// The median of the networks, in per cent: for returns the log return, for price levels a percentage of the last
    /// price. Without [`added`](Influence::added) it is not a forecast.
    pub median: Attribution,
    /// The amount added to the median of the networks, in the same unit, to give the median of the forecast: the mean
    /// of the target in training, the expected return, skew, and the price grid.
    pub added: f64,
    /// Sigma, in per cent of itself; `None` for point forecasts, whose sigma is the same on all days.
    pub sigma: Option<Attribution>,
    /// The mean sigma of the networks, in per cent of the last price, before calibration and error scale.
    pub sigma_of_price: f64,
}

impl Influence {
    /// [`sigma_of_price`](Influence::sigma_of_price) at average inputs; `None` for point forecasts.
    pub fn average_sigma_of_price(&self) -> Option<f64> {
        let Attribution { value, baseline, .. } = self.sigma.as_ref()?;
        Some(self.sigma_of_price * ((baseline - value) / 100.0).exp())
    }
}

/// What the networks read and computed for a forecast. T = days of the window, I = inputs.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The forecast from windows of the explained length.
    pub forecast: Forecast,
    /// The forecast of the model, if the windows explained are not its own.
    pub of_own_windows: Option<Forecast>,
    /// The configuration of the networks.
    pub config: Config,
    /// Days per window in the training of the networks.
    pub trained_window: usize,
    /// Number of networks of the ensemble.
    pub members: usize,
    /// The days of the window, (T).
    pub days: Vec<DayOfWindow>,
    /// The inputs before standardisation, (T, I).
    pub raw: Array2<f64>,
    /// The inputs in standard deviations from their mean in training, (T, I).
    pub standardised: Array2<f64>,
    /// The inputs as the networks read them: standardised, limited to -5..5, times the gain, in single precision, (T,
    /// I).
    pub read: Array2<f64>,
    /// The gain of each input, (I): 1, except for inputs that were added to trained networks.
    pub gains: Vec<f64>,
    /// Gates and states of the members in the forward pass of the forecast.
    pub traces: Vec<MemberTrace>,
    /// The dependence of the forecast on the window, one entry per requested day ahead.
    pub influences: Vec<Influence>,
}

impl Explanation {
    /// Returns the forecast that the model makes from its own windows.
    pub fn predicted(&self) -> &Forecast {
        self.of_own_windows.as_ref().unwrap_or(&self.forecast)
    }
}

impl Forecaster {
    /// Returns what the networks read and computed for the forecast from the last row of a series, and how the forecast
    /// depends on the days of the window.
    ///
    /// # Errors
    /// [`ExplainError`] if there is no forecast, or no such member, day ahead or window.
    pub fn explain(&self, series: &PriceSeries, options: &ExplainOptions) -> Result<Explanation, ExplainError> {
        self.explain_observed(series, options, &mut |_, _| {})
    }

    /// [`explain`](Self::explain), with progress: `observe` is called with the number of steps done and the total
    /// number of steps. The time grows with the square of the window.
    ///
    /// # Errors
    /// As [`explain`](Self::explain).
    pub fn explain_observed(
        &self,
        series: &PriceSeries,
        options: &ExplainOptions,
        observe: &mut dyn FnMut(usize, usize),
    ) -> Result<Explanation, ExplainError> {
        let trained_window = self.card.config.window;
        let explanation = match options.window.filter(|window| *window != trained_window) {
            Some(window) => {
                let other = self.with_window(window)?;
                let predicted = self.forecast_ahead(series, explained_days(&self.card.config, options)?)?;
                let explained = other.explain_own(series, options, observe).map_err(|error| match error {
                    // The model's own windows fit, so the requested window is the cause.
                    ExplainError::Forecast(ForecastError::TooFewRows { rows, window }) => {
                        ExplainError::Short { window, rows }
                    }
                    other => other,
                })?;
                Explanation { of_own_windows: Some(predicted), ..explained }
            }
            None => self.explain_own(series, options, observe)?,
        };
        Ok(Explanation { trained_window, ..explanation })
    }

    /// Returns a model of these networks with windows of another length.
    fn with_window(&self, window: usize) -> Result<Forecaster, ExplainError> {
        let mut forecaster = self.clone();
        let config = &mut forecaster.card.config;
        if !config.cell.is_recurrent() {
            return Err(ExplainError::Window { window, own: config.window, cell: config.cell });
        }
        config.window = window;
        config.check_sizes()?;
        Ok(forecaster)
    }

    fn explain_own(
        &self,
        series: &PriceSeries,
        options: &ExplainOptions,
        observe: &mut dyn FnMut(usize, usize),
    ) -> Result<Explanation, ExplainError> {
        let config = &self.card.config;
        let steps = chosen_steps(config, &options.ahead)?;
        let forecast = self.forecast_ahead(series, explained_days(config, options)?)?;
        let members = self.chosen_members(options.member)?;
        let session = |ahead: usize| session_ahead(series, ahead, self.card.training.calendar);
        let traded = without_halts(series);
        let frame = self.frame(&traded);
        let origin = traded.len() - 1;
        let days = origin + 1 - config.window..origin + 1;
        let scales = Scales { inputs: &self.card.input_scalers, target: self.card.target_scaler };
        let sample = samples(config, &scales, &frame, vec![origin], &|_| usize::MAX);
        let raw = frame.inputs.rows(days.clone()).to_owned();
        let scaled = |(day, input): (usize, usize)| scales.inputs[input].scale(raw[(day, input)]);
        let read = sample.inputs.slice(s![days.clone(), ..]).mapv(f64::from);

        let mut network = Network::<f32>::new(config.shape(), 1, Isa::detect());
        let trace = |member: &usize| {
            network.set_weights(&self.members[*member]);
            network.forward(&sample, &[0], config.loss);
            let trace = Trace::of(&mut network, 0);
            let sums = Sums::of(config.cell, &self.members[*member], &read, &trace);
            MemberTrace { member: member + 1, trace, sums }
        };
        let traces = members.iter().map(trace).collect();

        let ensemble_of = |members: &[usize]| {
            let weights = members.iter().map(|member| &self.members[*member]);
            Ensemble::new(weights, config.shape(), config.loss)
        };
        let mut ensemble = ensemble_of(&members);
        let mut all_members = ensemble_of(&self.chosen_members(None)?);
        let start = config.shape().decodes().then(|| f64::from(sample.starts[0]));
        let window = Window { inputs: read.clone(), start };
        // Each measure replaces every day of the window once.
        let all = steps.len() * self.measures() * config.window;
        let mut done = 0;
        let mut replaced = |days: usize| {
            done += days;
            observe(done, all);
        };
        let influence = |(step, ahead): (usize, usize)| {
            let date = session(ahead);
            ensemble.measure_step(step);
            all_members.measure_step(step);
            let percent = Percent::of(self, &frame, ahead);
            let networks = all_members.values(std::slice::from_ref(&window), Measure::Median(percent.factor))[0];
            let added = percent.of_outcome(forecast.median_outcome_of(ahead)) - networks;
            let measured = Measured { percent: percent.factor, added, step, ahead, date };
            self.influence(&mut ensemble, &window, measured, &mut replaced)
        };
        let influences = steps.into_iter().map(influence).collect();
        Ok(Explanation {
            of_own_windows: None,
            days: days.map(|day| day_of_window(&traded, day)).collect(),
            standardised: Array2::from_shape_fn(raw.raw_dim(), scaled),
            raw,
            gains: scales.inputs.iter().map(|scaler| scaler.gain).collect(),
            traces,
            influences,
            read,
            forecast,
            config: config.clone(),
            trained_window: config.window,
            members: self.members.len(),
        })
    }

    /// Returns the members to examine, counted from 0.
    fn chosen_members(&self, member: Option<usize>) -> Result<Vec<usize>, ExplainError> {
        let members = self.members.len();
        match member {
            None => Ok((0..members).collect()),
            Some(member) if (1..=members).contains(&member) => Ok(vec![member - 1]),
            Some(member) => Err(ExplainError::Member { member, members }),
        }
    }

    /// The number of measures per step: the median, and the width if there is a distribution.
    fn measures(&self) -> usize {
        1 + usize::from(self.card.config.loss == Loss::StudentT)
    }

    fn influence(
        &self,
        ensemble: &mut Ensemble,
        window: &Window,
        measured: Measured,
        replaced: &mut dyn FnMut(usize),
    ) -> Influence {
        let Measured { percent, added, step, ahead, date } = measured;
        let median = ensemble.attribute(window, Measure::Median(percent), replaced);
        let is_distribution = self.measures() > 1;
        let sigma = is_distribution.then(|| ensemble.attribute(window, Measure::LogSigma, replaced));
        let residual = || self.card.residuals.get(step).map_or(1.0, |residuals| residuals.sigma);
        let scaled = sigma.as_ref().map_or_else(residual, |sigma| (sigma.value / 100.0).exp());
        Influence { ahead, date, median, added, sigma, sigma_of_price: percent * scaled }
    }
}

/// A step whose dependence on the window is measured.
struct Measured {
    /// The number of per cent per unit of the scaled target.
    percent: f64,
    /// The part of the forecast that the networks do not compute, in per cent.
    added: f64,
    /// The step, counted from 0.
    step: usize,
    /// Its days ahead.
    ahead: usize,
    /// Its session.
    date: Date,
}

/// The conversion of outcomes to per cent: log returns for returns, changes of the last price for price levels.
struct Percent {
    /// The number of per cent per unit of the scaled target.
    factor: f64,
    /// The last price, for price levels.
    last: Option<f64>,
}

impl Percent {
    /// Returns the conversion for a day ahead, from the last row.
    fn of(forecaster: &Forecaster, frame: &Frame, ahead: usize) -> Percent {
        let origin = frame.days() - 1;
        let last = (forecaster.card.config.target == Target::Price).then(|| frame.adjusted(origin));
        let unit = frame.unit(origin, ahead) * forecaster.card.target_scaler.deviation;
        Percent { factor: 100.0 * unit / last.unwrap_or(1.0), last }
    }

    fn of_outcome(&self, outcome: f64) -> f64 {
        100.0 * self.last.map_or(outcome, |last| outcome / last - 1.0)
    }
}

/// Returns the days to forecast: every explained day, including those that are forecast only on request.
fn explained_days(config: &Config, options: &ExplainOptions) -> Result<Ahead, ExplainError> {
    let last = chosen_steps(config, &options.ahead)?.iter().map(|(_, ahead)| *ahead).max();
    Ok(last.filter(|_| !config.output_horizons.is_empty()).map_or(Ahead::Usual, Ahead::Path))
}

/// Returns the steps to measure, counted from 0, with their days ahead: the requested steps, or the last of the usual
/// ones.
fn chosen_steps(config: &Config, ahead: &[usize]) -> Result<Vec<(usize, usize)>, ExplainError> {
    let horizons = config.horizons();
    let usual = [config.usual_day()];
    let ahead = if ahead.is_empty() { &usual } else { ahead };
    let step = |ahead: &usize| match horizons.iter().position(|horizon| horizon == ahead) {
        Some(step) => Ok((step, *ahead)),
        None => Err(ExplainError::Ahead { ahead: *ahead, horizons: horizons.clone() }),
    };
    ahead.iter().map(step).collect()
}

fn day_of_window(series: &PriceSeries, day: usize) -> DayOfWindow {
    DayOfWindow {
        date: series.dates[day],
        range: series.range.as_ref().map(|range| [range.open[day], range.high[day], range.low[day]]),
        close: series.close[day],
        adjusted: series.adjusted[day],
        volume: series.volume.as_ref().map(|volume| volume[day]),
    }
}
