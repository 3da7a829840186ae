//! Fits a forecaster to a series, and evaluates the configuration on unseen days.

use std::ops::Range;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use ndarray::Array1;
use rand_pcg::Pcg64;
use thiserror::Error;

use super::assess::Unseen;
use super::card::{Card, InitialWeights, Losses, Residuals, Training};
use super::config::{Config, LossKind};
use super::distribution::{Distribution, fit_student_t};
use super::forecast_error::ForecastError;
use super::forecaster::{Forecaster, Scales, check_columns, check_positive, samples};
use super::loss_curve::{LossCurve, WhichFit};
use super::members::{Member, Observe, Plan, Trained, train_all};
use super::progress::{FitProgress, StoppedFit};
use super::skew::Skew;
use super::spans::{self, Needs, Smaller, Spans, at_least, settings_to_lower};
use super::uncalibrated;
use crate::features::{Frame, Scaler, Target, without_halts};
use crate::nn::kernels::Isa;
use crate::nn::optimizer::AdamW;
use crate::nn::parameters::Parameters;
use crate::nn::train::{Diverged, Epoch, Options, evaluate as evaluate_loss, train};
use crate::nn::{Network, Samples};
use crate::prices::PriceSeries;
use crate::words::counted;

/// Maximum norm of the gradient.
const CLIP_NORM: f64 = 1.0;
/// Bound on training targets, in units, so that one crash does not dominate the fit.
const MAX_TARGET: f32 = 10.0;

/// Options of a fit that are no part of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Fraction of the windows, the last ones, that a fit on the earlier ones is tested on; 0 for no test.
    pub test_fraction: f64,
    /// Whether the errors and the coverage of the test are computed too, and not the calibration alone. Where prices lie
    /// on a coarse grid they take longer than the fit.
    pub evaluates: bool,
    /// Whether the loss on the test days is measured after every epoch of the test fit, where no windows are held back for
    /// validation: for a chart of losses. It decides nothing, and takes a tenth of the time of a fit.
    pub watches_test: bool,
    /// Threads; 0 for those of the pool it is called in.
    pub threads: usize,
}

impl Default for FitOptions {
    /// A test on the last fifth of the windows, on the threads of the pool it is called in.
    fn default() -> Self {
        FitOptions { test_fraction: 0.2, evaluates: true, watches_test: false, threads: 0 }
    }
}

/// A fitted forecaster, its test and its speed.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The model.
    pub forecaster: Forecaster,
    /// The fit for the test, if there were enough days.
    pub test: Option<TestFit>,
    /// The losses of each network, epoch by epoch: those of the test fit first.
    pub loss_curves: Vec<LossCurve>,
    /// Duration of the fit, without reading and writing.
    pub elapsed: Duration,
    /// Windows trained on (forward, backward and update) per second, over all networks.
    pub windows_per_second: f64,
    /// Whether the observer stopped the training. The networks are then those that had begun.
    pub stopped: Option<StoppedFit>,
}

/// A series cannot be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// The file is too short.
    #[error("{} of prices, expected {}", counted(*.rows, "row"), at_least(*.needed))]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Rows needed.
        needed: usize,
        /// Settings of which smaller values would do.
        smaller: Option<Smaller>,
    },
    /// The series lacks what the model reads.
    #[error(transparent)]
    Series(#[from] ForecastError),
    /// An input or a target of the training is not finite.
    #[error("the inputs of the networks on {date} are not finite numbers: a value up to that day is too large")]
    NotFinite {
        /// The first day of which that is so.
        date: Date,
    },
    /// The loss is not finite.
    #[error("{cause} of at most {epochs}")]
    Diverged {
        /// The epoch.
        #[source]
        cause: Diverged,
        /// Maximum epochs.
        epochs: usize,
        /// Peak learning rate.
        learning_rate: f64,
    },
    /// The operating system started no threads.
    #[error("cannot start {}: {reason}", counted(*.threads, "thread"))]
    Threads {
        /// Threads asked for.
        threads: usize,
        /// The reason it gave.
        reason: String,
    },
}

impl FitError {
    /// Too few rows for those needs.
    pub(super) fn too_few_rows(rows: usize, needs: Needs) -> FitError {
        let smaller = settings_to_lower(&Needs::SETTINGS, |settings| needs.with_minimal(settings).rows() <= rows);
        FitError::TooFewRows { rows, needed: needs.rows(), smaller }
    }

    /// The day at fault, where it is one.
    pub fn date(&self) -> Option<Date> {
        match self {
            FitError::Series(cause) => cause.date(),
            FitError::NotFinite { date } => Some(*date),
            _ => None,
        }
    }
}

/// Initial weights and input scales: those of another forecaster.
#[derive(Debug, Clone)]
pub struct Init {
    /// The forecaster, of the same shape and inputs as the configuration to fit.
    pub forecaster: Forecaster,
    /// Its entry in the card.
    pub start: InitialWeights,
}

impl Init {
    /// The last day that the weights depend on; none for pretrained networks.
    pub fn seen_until(&self) -> Option<Date> {
        self.forecaster.card.training.seen_until()
    }
}

/// A forecaster fitted on the days before its test.
#[derive(Debug, Clone)]
pub struct TestFit {
    /// Without calibration, with scale adjustment.
    pub forecaster: Forecaster,
    /// The origins of the test, all after its training days.
    pub days: Range<usize>,
}

/// Fits `config` to a series: a test fit on the days before the last `test_fraction`, which evaluates the configuration on
/// unseen days, and the final fit on all days. The networks of both are trained in parallel; the same arguments give the
/// same bits with any number of threads. The test days calibrate the final fit. Days without trade are left out (see
/// [`halts`](crate::features::halts)): rows, origins and windows are of days with trade.
///
/// # Errors
/// [`FitError`] if the series is too short or unfit for the target, or training diverges.
///
/// # Panics
/// If `init` has another shape than `config`.
pub fn fit(
    series: &PriceSeries,
    config: &Config,
    init: Option<&Init>,
    options: FitOptions,
    progress: &dyn FitProgress,
) -> Result<Fitted, FitError> {
    let start = Instant::now();
    let (whole, traded) = (series, without_halts(series));
    let series = &*traded;
    check_columns(config, series)?;
    check_positive(config, series)?;
    let ahead = config.days_to_target();
    let origins = spans::origins(series.len(), config.window, ahead);
    let too_few = || FitError::too_few_rows(series.len(), Needs::of(config));
    let spans = Spans::new(origins.clone(), config.valid_fraction, ahead).ok_or_else(too_few)?;
    let asked = spans::test_days(origins.len(), options.test_fraction);
    let test = spans::test(origins, options.test_fraction, config.valid_fraction, ahead);
    let about = uncalibrated::TestSpan {
        fraction: options.test_fraction,
        asked,
        fitted: test.is_some(),
        seen: init.and_then(Init::seen_until),
    };
    // Days that the initial weights depend on are not tested on.
    let seen = init.and_then(Init::seen_until).map_or(0, |last| series.dates.partition_point(|date| *date <= last));
    let unseen = |days: Range<usize>| days.start.max(seen.saturating_sub(1))..days.end;
    let test = test.map(|(spans, days)| (spans, unseen(days))).filter(|(_, days)| days.len() >= spans::MIN_TEST);
    let frame = Frame::new(series, config.frame_options(None));

    let last = FitPlan::new(config, &frame, spans, init, None);
    let watched = |days: &Range<usize>| options.watches_test.then(|| days.clone());
    let test = test.map(|(spans, days)| (FitPlan::new(config, &frame, spans, init, watched(&days)), days));
    let plans: Vec<&FitPlan> = test.iter().map(|(plan, _)| plan).chain([&last]).collect();
    if let Some(day) = plans.iter().filter_map(|plan| not_finite(&plan.samples)).min() {
        return Err(FitError::NotFinite { date: series.dates[day] });
    }
    let plans: Vec<&dyn Plan> = plans.into_iter().map(|plan| plan as &dyn Plan).collect();
    let Trained { mut members, windows_per_second, stopped } = train_all(&plans, config, options.threads, progress)?;

    let loss_curves = loss_curves(&members);
    let of_last = members.pop().unwrap_or_default();
    let of_test = members.pop().unwrap_or_default();
    let test = test.map(|(plan, days)| (plan.forecaster(config, whole, of_test), plan, days));
    let mut forecaster = last.forecaster(config, whole, of_last);
    if let Some((test, plan, days)) = &test {
        forecaster.card.losses.valid = forecaster.card.losses.valid.or_else(|| plan.loss_on(test, days.clone()));
        let unseen = Unseen::new(test, series, &plan.frame, days.clone());
        forecaster.card.calibration = unseen.calibration();
        if options.evaluates {
            let evaluation = unseen.evaluation();
            ForecastError::check([evaluation.rmse, evaluation.naive_rmse])?;
            forecaster.card.evaluation = Some(evaluation);
        }
    }
    if forecaster.card.calibration.is_none() {
        forecaster.card.uncalibrated = Some(about.reason());
    }
    let test = test.map(|(forecaster, _, days)| TestFit { forecaster, days });
    Ok(Fitted { forecaster, test, loss_curves, elapsed: start.elapsed(), windows_per_second, stopped })
}

/// Of the networks of both fits, or of the final one alone.
fn loss_curves(members: &[Vec<Member>]) -> Vec<LossCurve> {
    let of_fit = |(fit, own): (WhichFit, &Vec<Member>)| -> Vec<LossCurve> {
        let curve = |member: &Member| LossCurve::new((fit, member.number), &member.epochs, member.outcome.best.epoch);
        own.iter().map(curve).collect()
    };
    let fits = [WhichFit::Test, WhichFit::Final].into_iter().skip(2 - members.len());
    fits.zip(members).flat_map(of_fit).collect()
}

/// The first day of the windows with an input or a target that is not finite.
fn not_finite(samples: &Samples<f32>) -> Option<usize> {
    let days = samples.origins.first()? + 1 - samples.window..samples.origins.last()? + 1;
    let input = days.into_iter().find(|day| samples.inputs.row(*day).iter().any(|value| !value.is_finite()));
    // A later target of a window may not be known yet.
    let target = |window: &usize| samples.targets[window * samples.steps].is_finite();
    let target = (0..samples.len()).find(|window| !target(window)).map(|window| samples.origins[window]);
    input.into_iter().chain(target).min()
}

/// A pool of that many threads.
///
/// # Errors
/// [`FitError::Threads`] if the operating system starts none.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, FitError> {
    let failed = |reason: rayon::ThreadPoolBuildError| FitError::Threads { threads, reason: reason.to_string() };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(failed)
}

/// Gain of inputs that are added to trained networks, whose learning rate is small and which make few epochs: with 1, a
/// weight learned about half of what simulated events are worth (`docs/forecast-quality.md`).
const ADDED_GAIN: f64 = 15.0;

/// One fit: its days, and everything measured on the training days.
struct FitPlan<'a> {
    spans: Spans,
    init: Option<&'a Init>,
    frame: Frame,
    bar_ratio: f64,
    input_scalers: Vec<Scaler>,
    target_scaler: Scaler,
    initial_variance: f64,
    samples: Samples<f32>,
    /// Origins whose loss is measured after each epoch, and decides nothing: those of the test, where there is no
    /// validation.
    watched: Option<Range<usize>>,
}

impl<'a> FitPlan<'a> {
    /// Measures the scales on rows up to the last training origin, and on training targets.
    fn new(
        config: &Config,
        frame: &Frame,
        spans: Spans,
        init: Option<&'a Init>,
        watched: Option<Range<usize>>,
    ) -> FitPlan<'a> {
        let watched = watched.filter(|_| spans.validation.is_empty());
        let first_day = spans.training.start + 1 - config.window;
        let rows = frame.inputs.slice(ndarray::s![first_day..spans.training.end, ..]);
        let input_scalers = match init {
            // Those of covariates that the weights have not seen are measured.
            Some(init) => {
                let known = &init.forecaster.card.input_scalers;
                let added = Scaler::fit_columns(rows).into_iter().skip(known.len());
                known.iter().copied().chain(added.map(|scaler| Scaler { gain: ADDED_GAIN, ..scaler })).collect()
            }
            None => Scaler::fit_columns(rows),
        };
        let bar_ratio = frame.bar_ratio(spans.training.end).unwrap_or(1.0);
        let frame = frame.clone().with_bar_ratio(bar_ratio);
        let target_scaler = match config.target {
            Target::Return => Scaler::IDENTITY,
            Target::Price => {
                // One scale for all days of a path: the decoder reads its own outputs.
                let target = |day| frame.target(day, config.horizon);
                let targets: Array1<f64> = spans.training.clone().filter_map(target).collect();
                Scaler::fit(targets.view())
            }
        };
        let scales = Scales { inputs: &input_scalers, target: target_scaler };
        let watched_end = watched.as_ref().map_or(0, |days| days.end);
        let origins = (spans.training.start..spans.validation.end.max(spans.training.end).max(watched_end)).collect();
        // Days between the training and the test are in no window that is used; their targets are those of the test.
        let is_beyond = |day| watched.is_some() && day >= spans.training.end;
        let known = |day| if is_beyond(day) { usize::MAX } else { spans.last_row(day, config.days_to_target()) };
        let samples = training_samples(config, &scales, &frame, origins, &known);
        let initial_variance = frame.mean_square_return(spans.training.end);
        FitPlan { spans, init, frame, bar_ratio, input_scalers, target_scaler, initial_variance, samples, watched }
    }

    /// Windows of `samples` for a range of origins.
    fn indices(&self, origins: &Range<usize>) -> Vec<usize> {
        origins.clone().map(|origin| origin - self.spans.training.start).collect()
    }

    fn forecaster(&self, config: &Config, series: &PriceSeries, members: Vec<Member>) -> Forecaster {
        // Fewer than asked for where training was stopped.
        let config = &Config { ensemble: members.len(), ..config.clone() };
        let losses = Losses::of(&members.iter().map(|member| &member.outcome).collect::<Vec<_>>());
        let mut training = Training::of(series, self.spans.training.len(), self.spans.validation.len());
        training.inherited = self.init.and_then(Init::seen_until).filter(|seen| Some(*seen) > training.last);
        let card = Card {
            target_scaler: self.target_scaler,
            bar_ratio: self.bar_ratio,
            start: self.init.map_or(InitialWeights::Random, |init| init.start.clone()),
            ..Card::new(config, self.input_scalers.clone(), self.initial_variance, training, losses)
        };
        let weights = members.into_iter().map(|member| member.weights).collect();
        let mut forecaster = Forecaster { card, members: weights };
        if config.loss == LossKind::Mse {
            forecaster.card.residuals = self.residuals(&forecaster);
        }
        let trained: Vec<usize> = self.spans.training.clone().collect();
        let raw = forecaster.raw_distributions(&self.frame, &trained);
        forecaster.card.baseline_error = forecaster.mean_standardised_error(&self.frame, &trained, &raw);
        if config.target == Target::Return && !config.nodes.is_empty() {
            forecaster.card.skew = self.skews(config, &trained, &raw);
        }
        forecaster
    }

    /// The skewness of each day ahead, from the residuals of the training days.
    fn skews(&self, config: &Config, days: &[usize], distributions: &[Vec<Distribution>]) -> Vec<Skew> {
        let ahead = config.days_to_target();
        let skew = |(step, horizon): (usize, usize)| {
            let known =
                days.iter().zip(distributions).filter(|(day, _)| *day + horizon <= self.spans.last_row(**day, ahead));
            let residual = |(day, distribution): (&usize, &Vec<Distribution>)| {
                let target = self.frame.target(*day, horizon)?;
                let distribution = &distribution[step];
                Some((self.target_scaler.scale(target) - distribution.median()) / distribution.scale())
            };
            Skew::fit(known.filter_map(residual).collect(), horizon)
        };
        config.horizons().into_iter().enumerate().map(skew).collect()
    }

    /// The mean loss of a forecaster's networks on `days`.
    fn loss_on(&self, forecaster: &Forecaster, days: Range<usize>) -> Option<f64> {
        let config = &forecaster.card.config;
        let scales = Scales { inputs: &self.input_scalers, target: self.target_scaler };
        let samples = training_samples(config, &scales, &self.frame, days.collect(), &|_| usize::MAX);
        let indices: Vec<usize> = (0..samples.len()).collect();
        let mut network = Network::<f32>::new(config.shape(), config.batch_size.min(indices.len()), Isa::detect());
        let mut loss_of = |weights: &Parameters<f32>| {
            network.set_weights(weights);
            evaluate_loss(&mut network, &samples, &indices, config.loss.loss())
        };
        let losses: Vec<f64> = forecaster.members.iter().map(&mut loss_of).collect();
        Some(losses.iter().sum::<f64>() / losses.len() as f64).filter(|loss| loss.is_finite())
    }

    /// The distribution of the residuals of each day ahead, on the validation days, or without any on the training days.
    fn residuals(&self, forecaster: &Forecaster) -> Vec<Residuals> {
        let has_validation = !self.spans.validation.is_empty();
        let days = if has_validation { &self.spans.validation } else { &self.spans.training };
        let origins: Vec<usize> = days.clone().collect();
        let distribution = forecaster.raw_distributions(&self.frame, &origins);
        let ahead = forecaster.card.config.days_to_target();
        let is_known = |day: usize, horizon: usize| day + horizon <= self.spans.last_row(day, ahead);
        let residuals_at = |(step, horizon): (usize, usize)| {
            let target = |day: &usize| {
                let y = self.frame.target(*day, horizon).filter(|_| is_known(*day, horizon))?;
                Some(self.target_scaler.scale(y))
            };
            let each =
                |(day, distribution): (&usize, &Vec<Distribution>)| Some(target(day)? - distribution[step].median());
            let residuals: Vec<f64> = origins.iter().zip(&distribution).filter_map(each).collect();
            fit_student_t(&residuals).into()
        };
        forecaster.card.config.horizons().into_iter().enumerate().map(residuals_at).collect()
    }
}

impl Plan for FitPlan<'_> {
    fn may_stop_early(&self, config: &Config) -> bool {
        let decides = self.watched.is_none() && !self.spans.validation.is_empty();
        decides && (1..config.epochs).contains(&config.patience)
    }

    fn train(
        &self,
        config: &Config,
        number: usize,
        alone: bool,
        observe: &mut Observe<'_>,
    ) -> Result<Member, Diverged> {
        // One random stream per member, so that no member depends on their number.
        let mut rng = Pcg64::new(u128::from(config.seed), number as u128);
        let loss = config.loss.loss();
        let training = self.indices(&self.spans.training);
        let rows = config.batch_size.min(training.len());
        let mut network = Network::<f32>::new(config.shape(), rows, Isa::detect());
        if alone {
            network.keep_to_one_thread();
        }
        match self.init.map(|init| &init.forecaster.members) {
            Some(members) => network.set_weights(&members[number % members.len()]),
            None => network.initialize(loss, config.recurrent_init, &mut rng),
        }
        let mut options = training_options(config, rows);
        if self.watched.is_some() {
            // Days of the test never decide when to stop.
            options.patience = 0;
        }
        let measured = self.indices(self.watched.as_ref().unwrap_or(&self.spans.validation));
        let mut epochs = Vec::with_capacity(options.epochs);
        let keep = |epoch: &Epoch| {
            epochs.push(*epoch);
            observe(epoch)
        };
        let outcome = train(&mut network, &self.samples, (&training, &measured), loss, &options, &mut rng, keep)?;
        Ok(Member { number, weights: network.into_parameters(), outcome, epochs })
    }
}

/// The training options of a configuration.
pub(super) fn training_options(config: &Config, rows: usize) -> Options {
    Options {
        epochs: config.epochs,
        batch_size: rows,
        learning_rate: config.learning_rate,
        patience: config.patience,
        teacher_forcing: config.teacher_forcing,
        dropout: config.dropout,
        clip_norm: CLIP_NORM,
        rule: AdamW::default(),
    }
}

/// [`samples`] with bounded targets. Those of a day beyond the row `last_row` gives for it are not known.
pub(super) fn training_samples(
    config: &Config,
    scales: &Scales<'_>,
    frame: &Frame,
    origins: Vec<usize>,
    last_row: &dyn Fn(usize) -> usize,
) -> Samples<f32> {
    let mut samples = samples(config, scales, frame, origins, last_row);
    if config.target == Target::Return {
        for target in &mut samples.targets {
            *target = target.clamp(-MAX_TARGET, MAX_TARGET);
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_first_day_that_is_not_finite_is_found() {
        let origins = vec![4, 5, 6, 7];
        let targets = vec![0.5; origins.len()];
        let inputs = Array2::from_elem((9, 2), 1.0);
        let sound = Samples { inputs, window: 2, starts: targets.clone(), origins, steps: 1, targets, weights: None };
        assert_eq!(not_finite(&sound), None);
        // Days before the first window and after the last are ignored.
        let mut beside = sound.clone();
        (beside.inputs[(2, 0)], beside.inputs[(8, 1)]) = (f32::NAN, f32::INFINITY);
        assert_eq!(not_finite(&beside), None);
        let mut input = sound.clone();
        input.inputs[(5, 1)] = f32::NEG_INFINITY;
        assert_eq!(not_finite(&input), Some(5));
        input.targets[0] = f32::NAN;
        assert_eq!(not_finite(&input), Some(4));
    }
}
