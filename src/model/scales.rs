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
use crate::features::{Frame, Scaler, Target};
use crate::math::lower_median;

/// Gain of inputs that are added to trained networks, whose learning rate is small and which make few epochs: with 1, a
/// weight was trained to about half of the effect of simulated events (`docs/forecast-quality.md`).
const ADDED_GAIN: f64 = 15.0;

/// Scales of inputs, targets and volatilities.
pub(super) struct FitScales {
    /// One per input.
    pub inputs: Vec<Scaler>,
    /// Of the target.
    pub target: Scaler,
    /// K of each series.
    pub bar_ratios: Vec<f64>,
    /// K of a series that has too few rows for its own.
    pub bar_ratio: f64,
    /// The mean square return of the training rows; of several series the median of theirs.
    pub initial_variance: f64,
    /// Of several series: the day up to which K is measured on each.
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
            until,
        }
    }
}

impl FitScales {
    /// Those of inputs and targets.
    pub fn of_samples(&self) -> Scales<'_> {
        Scales { inputs: &self.inputs, target: self.target }
    }
}

/// What is measured on one series, if its rows are enough.
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

/// The scalers of the initial weights; those of covariates that the weights have not seen are measured.
fn input_scalers(config: &Config, sources: &[Source<'_>], spans: &[Spans], init: Option<&Init>) -> Vec<Scaler> {
    match init.map(|init| &init.forecaster.card.input_scalers) {
        Some(known) if known.len() == config.input_count() => known.clone(),
        // Weights of another program, which come without scales.
        Some(known) if known.is_empty() => measured_scalers(config, sources, spans),
        Some(known) => {
            let added = measured_scalers(config, sources, spans).into_iter().skip(known.len());
            known.iter().copied().chain(added.map(|scaler| Scaler { gain: ADDED_GAIN, ..scaler })).collect()
        }
        None => measured_scalers(config, sources, spans),
    }
}

/// Those of the rows of all training windows.
fn measured_scalers(config: &Config, sources: &[Source<'_>], spans: &[Spans]) -> Vec<Scaler> {
    let training = |(source, spans): (&Source<'_>, &Spans)| {
        let Spans { training, .. } = spans;
        (!training.is_empty()).then(|| (source.frame(config, 1.0), training.start + 1 - config.window..training.end))
    };
    let frames: Vec<(Frame, Range<usize>)> = sources.iter().zip(spans).filter_map(training).collect();
    let views: Vec<_> = frames.iter().map(|(frame, days)| frame.inputs.slice(ndarray::s![days.clone(), ..])).collect();
    match &views[..] {
        [one] => Scaler::fit_columns(*one),
        _ => match concatenate(Axis(0), &views) {
            Ok(table) => Scaler::fit_columns(table.view()),
            Err(_) => vec![Scaler::IDENTITY; config.input_count()],
        },
    }
}

/// The scaler of the training targets for price levels, which only a single series can have; else the identity.
fn target_scaler(config: &Config, sources: &[Source<'_>], spans: &[Spans]) -> Scaler {
    match (config.target, sources, spans) {
        (Target::Price, [source], [spans]) => {
            // One scale for all days of a path: the decoder reads its own outputs.
            let frame = source.frame(config, 1.0);
            let target = |day| frame.target(day, config.horizon);
            let targets: Array1<f64> = spans.training.clone().filter_map(target).collect();
            Scaler::fit(targets.view())
        }
        _ => Scaler::IDENTITY,
    }
}
