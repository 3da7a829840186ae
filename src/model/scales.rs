//! The scales of a fit, measured on its training days before the networks are trained.

use std::ops::Range;

use jiff::civil::Date;
use ndarray::{Array1, Axis, concatenate};

use super::config::Config;
use super::forecaster::own_bar_ratio;
use super::init::Init;
use super::pool::for_each;
use super::samples::Scales;
use super::source::Source;
use super::spans::Spans;
use fourcast_base::math::lower_median;
use fourcast_features::{Frame, Scaler, Target, input_count};
use fourcast_prices::{Covariate, CovariateKind};

/// Gain of inputs that are added to trained networks, whose training has a small learning rate and few epochs. With a
/// gain of 1, training reached only about half of the effect of simulated events (`docs/forecast-quality.md`).
const ADDED_GAIN: f64 = 15.0;
/// Gain of the inputs of events (see [`are_events`]). If the target is a return, the event factor describes most of
/// their effect, and little is left to the networks.
const EVENT_GAIN: f64 = 5.0;

/// Scales of inputs, targets and volatilities.
pub(super) struct FitScales {
    /// One scaler per input.
    pub inputs: Vec<Scaler>,
    /// The scaler of the target.
    pub target: Scaler,
    /// The bar ratio K of each series.
    pub bar_ratios: Vec<f64>,
    /// The bar ratio K for a series that has too few rows for its own.
    pub bar_ratio: f64,
    /// The mean square return of the training rows; for several series, the median of their means.
    pub initial_variance: f64,
    /// The factors of events, one per covariate; empty if there are none.
    pub event_factors: Vec<f64>,
    /// For several series: the day up to which K is measured on each.
    pub until: Option<Date>,
}

impl FitScales {
    pub fn new(config: &Config, sources: &[Source<'_>], spans: &[Spans], init: Option<&Init>) -> FitScales {
        let last = |(source, spans): (&Source<'_>, &Spans)| {
            (!spans.training.is_empty()).then(|| source.traded.dates[spans.training.end - 1])
        };
        let until = sources.iter().zip(spans).filter_map(last).max().filter(|_| sources.len() > 1);
        let of_series = for_each(sources.len(), |one| OfSeries::new(config, &sources[one], &spans[one], until));
        let own = |of: fn(&OfSeries) -> Option<f64>| of_series.iter().filter_map(of).collect::<Vec<f64>>();
        let bar_ratio = lower_median(own(|one| one.bar_ratio)).unwrap_or(1.0);
        FitScales {
            inputs: input_scalers(config, sources, spans, init),
            target: target_scaler(config, sources, spans),
            bar_ratios: of_series.iter().map(|one| one.bar_ratio.unwrap_or(bar_ratio)).collect(),
            bar_ratio,
            initial_variance: lower_median(own(|one| one.variance)).unwrap_or(1.0),
            event_factors: event_factors(config, sources, spans, init),
            until,
        }
    }
}

impl FitScales {
    /// Returns the frame of one of the series.
    pub fn frame(&self, config: &Config, sources: &[Source<'_>], one: usize) -> Frame {
        sources[one].frame(config, self.bar_ratios[one]).with_event_factors(&self.event_factors)
    }

    /// Returns the scales of inputs and targets.
    pub fn of_samples(&self) -> Scales<'_> {
        Scales { inputs: &self.inputs, target: self.target }
    }
}

/// The values measured on one series, if it has enough rows.
struct OfSeries {
    bar_ratio: Option<f64>,
    variance: Option<f64>,
}

impl OfSeries {
    fn new(config: &Config, source: &Source<'_>, spans: &Spans, until: Option<Date>) -> OfSeries {
        let frame = source.frame(config, 1.0);
        let rows = spans.training.end;
        let bar_ratio = match until {
            Some(until) => own_bar_ratio(&frame, &source.traded.dates, until),
            None => frame.bar_ratio(rows),
        };
        OfSeries { bar_ratio, variance: (!spans.training.is_empty()).then(|| frame.mean_square_return(rows)) }
    }
}

/// Returns the scalers of the initial weights. Scalers of covariates that the weights lack are measured.
fn input_scalers(config: &Config, sources: &[Source<'_>], spans: &[Spans], init: Option<&Init>) -> Vec<Scaler> {
    match init.map(|init| &init.forecaster.card.input_scalers) {
        Some(known) if known.len() == config.input_count() => known.clone(),
        // Weights of another program have no scales.
        Some(known) if known.is_empty() => measured_scalers(config, sources, spans),
        Some(known) => {
            let gains = gains(config, &are_events(config, sources, spans));
            let added = measured_scalers(config, sources, spans).into_iter().zip(gains).skip(known.len());
            known.iter().copied().chain(added.map(|(scaler, gain)| Scaler { gain, ..scaler })).collect()
        }
        None => measured_scalers(config, sources, spans),
    }
}

/// Returns the gains of all inputs if inputs of covariates are added.
fn gains(config: &Config, are_events: &[bool]) -> Vec<f64> {
    let of_covariate = |(covariate, is_event): (&Covariate, &bool)| {
        let gain = if *is_event { EVENT_GAIN } else { ADDED_GAIN };
        std::iter::repeat_n(gain, input_count(covariate))
    };
    let own = std::iter::repeat_n(1.0, config.inputs.len());
    own.chain(config.covariates.iter().zip(are_events).flat_map(of_covariate)).collect()
}

/// Returns the factors by which events multiply the standard deviation of their session, measured on the training rows.
/// Weights that have inputs for the covariates keep the factors of their model, with which they were trained.
fn event_factors(config: &Config, sources: &[Source<'_>], spans: &[Spans], init: Option<&Init>) -> Vec<f64> {
    let known = init.map(|init| &init.forecaster.card);
    if let Some(card) = known.filter(|card| card.input_scalers.len() == config.input_count()) {
        return card.event_factors.clone();
    }
    let are_events = are_events(config, sources, spans);
    if config.target == Target::Price || !are_events.contains(&true) {
        return Vec::new();
    }
    let histories = for_each(sources.len(), |one| {
        sources[one].frame(config, 1.0).event_history(spans[one].training.end, &are_events)
    });
    fourcast_features::event_factors(&histories, config.covariates.len())
}

/// Returns, for each covariate, whether its values known on the last training day only mark events. Events of different
/// sizes have no common factor.
fn are_events(config: &Config, sources: &[Source<'_>], spans: &[Spans]) -> Vec<bool> {
    let is_event = |covariate: &Covariate| {
        let in_series = |(source, spans): (&Source<'_>, &Spans)| {
            let column = source.traded.covariates.ahead(covariate);
            let last = spans.training.end.checked_sub(1).map(|last| source.traded.dates[last]);
            last.is_none_or(|last| column.is_some_and(|column| column.is_flag(last)))
        };
        covariate.kind != CovariateKind::Past && sources.iter().zip(spans).all(in_series)
    };
    config.covariates.iter().map(is_event).collect()
}

/// Returns the scalers measured on the rows of all training windows.
fn measured_scalers(config: &Config, sources: &[Source<'_>], spans: &[Spans]) -> Vec<Scaler> {
    let training = |(source, spans): (&Source<'_>, &Spans)| {
        let Spans { training, .. } = spans;
        (!training.is_empty()).then(|| (source.frame(config, 1.0), training.start + 1 - config.window..training.end))
    };
    let frames: Vec<(Frame, Range<usize>)> = sources.iter().zip(spans).filter_map(training).collect();
    let views: Vec<_> = frames.iter().map(|(frame, days)| frame.inputs.rows(days.clone())).collect();
    match &views[..] {
        [one] => Scaler::fit_columns(*one),
        _ => match concatenate(Axis(0), &views) {
            Ok(table) => Scaler::fit_columns(table.view()),
            Err(_) => vec![Scaler::IDENTITY; config.input_count()],
        },
    }
}

/// Returns the scaler of the training targets for price levels, which are possible only for a single series; else the
/// identity.
fn target_scaler(config: &Config, sources: &[Source<'_>], spans: &[Spans]) -> Scaler {
    match (config.target, sources, spans) {
        (Target::Price, [source], [spans]) => {
            // One scale for all days of a path, because the decoder reads its own outputs.
            let frame = source.frame(config, 1.0);
            let target = |day| frame.target(day, config.horizon);
            let targets: Array1<f64> = spans.training.clone().filter_map(target).collect();
            Scaler::fit(targets.view())
        }
        _ => Scaler::IDENTITY,
    }
}
