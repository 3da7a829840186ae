//! Forecasts of a series by a fitted model.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::ahead::Ahead;
use super::calibration::ErrorScale;
use super::card::{Basis, Card};
use super::distribution::Distribution;
use super::forecast::Forecast;
use super::forecast_error::ForecastError;
use super::grid::{self, GridDistribution};
use super::note::Note;
use super::path::{Path, nodes_up_to};
use super::plausible::unlikely;
use super::provenance::Provenance;
use super::reference::{Recognised, recognise};
use super::requirements::{check_columns, check_known_ahead, check_positive};
use super::samples::{Scales, samples};
use fourcast_features::constants::OWN_BAR_RATIO;
use fourcast_features::{BACKCAST_DAYS, Frame, FrameOptions, Grid, Halts, Target, without_halts};
use fourcast_nn::loss::{Loss, StudentT};
use fourcast_nn::parameters::Parameters;
use fourcast_nn::{Isa, Lanes, Network};
use fourcast_prices::{Calendar, Covariate, PriceSeries, session_ahead};

/// Batch size of forecasts.
const BATCH: usize = 64;

/// A fitted model.
#[derive(Debug, Clone)]
pub struct Forecaster {
    /// Everything but the weights.
    pub card: Card,
    /// The weights of each member of the ensemble.
    pub members: Vec<Parameters<f32>>,
    /// SHA-256 of the file that the model was read from, in hexadecimal; `None` if it was not read from a file.
    pub file_sha256: Option<String>,
}

/// A sum of standardised absolute errors.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ErrorSum {
    sum: f64,
    days: f64,
}

/// Sums over the members, for the first day ahead: of the locations, and of the mean absolute deviations from them.
#[derive(Debug, Clone, Copy, Default)]
struct FirstDay {
    location: f64,
    deviation: f64,
}

impl ErrorSum {
    pub fn plus(self, other: ErrorSum) -> ErrorSum {
        ErrorSum { sum: self.sum + other.sum, days: self.days + other.days }
    }

    /// Returns the mean of the errors, if it can serve as a scale: positive and finite.
    pub fn mean(self) -> Option<f64> {
        Some(self.sum / self.days).filter(|mean| *mean > 0.0 && mean.is_finite())
    }
}

/// Returns K of one series of a panel, from its rows up to a day, if these are enough.
pub(super) fn own_bar_ratio(frame: &Frame, dates: &[Date], until: Date) -> Option<f64> {
    let rows = dates.partition_point(|date| *date <= until);
    if rows < OWN_BAR_RATIO { None } else { frame.bar_ratio(rows) }
}

/// Returns a remark on the first session after the period for which the holidays of the calendar are known.
fn unknown_holiday(calendar: Option<Calendar>, dates: &[Date]) -> Option<Note> {
    let calendar = calendar?;
    let unknown = dates.iter().find(|date| calendar.is_closed(**date).is_none());
    unknown.map(|&date| Note::HolidaysUnknown { calendar, date })
}

impl Forecaster {
    /// Forecasts from the last row of a series, which need not be the series of the training. Days without trade are
    /// left out (see [`halts`](fourcast_features::halts)); the sessions forecast are those after the last row.
    ///
    /// # Errors
    /// [`ForecastError`] if the series is too short or lacks columns that the model reads, or the outputs of the
    /// networks are not finite.
    pub fn forecast(&self, series: &PriceSeries) -> Result<Forecast, ForecastError> {
        self.forecast_ahead(series, Ahead::Usual)
    }

    /// Forecasts the requested days, as [`forecast`](Forecaster::forecast) does the usual days. The forecast of a day
    /// does not depend on which other days are requested.
    ///
    /// # Errors
    /// [`ForecastError`] as for [`forecast`](Forecaster::forecast), and if the model does not forecast a requested day.
    pub fn forecast_ahead(&self, series: &PriceSeries, ahead: Ahead) -> Result<Forecast, ForecastError> {
        let config = &self.card.config;
        let days = config.days_of(ahead)?;
        let traded = without_halts(series);
        let rows = traded.len();
        if rows < config.window {
            return Err(ForecastError::TooFewRows { rows, window: config.window });
        }
        self.check(series)?;
        check_known_ahead(config, series, days[days.len() - 1])?;
        let origin = rows - 1..rows;
        let frame = self.frame_for(&origin, &traded);
        let path = self.paths_of(&frame, origin, &days).remove(0);
        path.check(frame.is_of_returns())?;
        let calendar = self.card.training.calendar;
        let dates: Vec<Date> = path.horizons().map(|horizon| session_ahead(series, horizon, calendar)).collect();
        let short = Frame::is_short(&traded) && config.target == Target::Return;
        let halts = if rows < series.len() { Halts::of(series) } else { None };
        let note = Note::ModelVolatility { rows, enough: BACKCAST_DAYS + 1 };
        Ok(Forecast {
            series: series.name.clone(),
            frequency: series.frequency,
            origin: series.dates[series.len() - 1],
            last_close: series.close[series.len() - 1],
            provenance: self.provenance(series.dates[series.len() - 1]),
            notes: [
                halts.map(Note::Halted),
                frame.grid(rows - 1).filter(|grid| shows_in(grid, &path)).map(Note::Ticks),
                self.other_levels(&frame, rows - 1),
                short.then_some(note),
                self.uncalibrated(),
                self.hindsight(series.dates[series.len() - 1]),
                self.other_prices(series),
                unlikely(&frame, &path, series.frequency),
            ]
            .into_iter()
            .flatten()
            .chain(self.far_covariates(series))
            .chain(unknown_holiday(calendar, &dates))
            .collect(),
            dates,
            path,
            frame,
        })
    }

    /// Returns what a forecast from `origin` is made from.
    pub fn provenance(&self, origin: Date) -> Provenance {
        Provenance::new(&self.card, self.file_sha256.as_deref(), origin)
    }

    /// Checks that a series has the spacing, the columns and the prices that the model requires.
    ///
    /// # Errors
    /// [`ForecastError`] names what the series lacks.
    pub fn check(&self, series: &PriceSeries) -> Result<(), ForecastError> {
        let (config, model) = (&self.card.config, self.card.training.frequency);
        if model != series.frequency {
            return Err(ForecastError::Frequency { series: series.frequency, model });
        }
        check_columns(config, series)?;
        check_positive(config, series)
    }

    /// Returns a remark if the last price is far outside the prices of the training, for a model of price levels. The
    /// limit is high because a price that has risen for years ends three or four deviations above its own mean.
    fn other_levels(&self, frame: &Frame, day: usize) -> Option<Note> {
        const MAX_DEVIATIONS: f64 = 5.0;
        let deviations = self.card.target_scaler.scale(frame.adjusted(day)).abs();
        (!frame.is_of_returns() && deviations > MAX_DEVIATIONS).then_some(Note::OtherLevels { deviations })
    }

    /// Returns remarks on covariates with values, in the last window or ahead of it, beyond all earlier values.
    fn far_covariates(&self, series: &PriceSeries) -> Vec<Note> {
        /// The last 20 rows, about a month, can contain new values.
        const MIN_NEW_ROWS: usize = 20;
        let first = series.dates[series.len().saturating_sub(self.card.config.window.max(MIN_NEW_ROWS))];
        let far = |covariate: &Covariate| {
            let values = series.covariates.dated(covariate, &series.dates)?;
            let (before, new): (Vec<_>, Vec<_>) = values.into_iter().partition(|(day, _)| *day < first);
            let (min, max) = range_of(before.into_iter().map(|(_, value)| value))?;
            let width = max - min;
            let is_far = |(_, value): &(Date, f64)| *value > max + width || *value < min - width;
            let (day, value) = new.into_iter().find(is_far)?;
            Some(Note::FarCovariate { covariate: covariate.clone(), value, day, before: (min, max) })
        };
        self.card.config.covariates.iter().filter_map(far).collect()
    }

    /// Returns a remark if the model has no calibration. Networks trained on simulated markets need none.
    pub fn uncalibrated(&self) -> Option<Note> {
        let Card { calibration, training, uncalibrated, .. } = &self.card;
        (calibration.is_none() && training.last.is_some())
            .then_some(Note::Uncalibrated(*uncalibrated, training.frequency))
    }

    /// Returns a remark if the weights depend on days after `origin`, of whichever series.
    fn hindsight(&self, origin: Date) -> Option<Note> {
        let seen = self.card.seen_until().filter(|seen| *seen > origin)?;
        let updated = self.card.training.seen_until() < Some(seen);
        Some(Note::Hindsight { updated, seen, origin })
    }

    /// Returns a remark if the prices are not those of the model's series although the names are equal.
    pub fn other_prices(&self, series: &PriceSeries) -> Option<Note> {
        let training = &self.card.training;
        let is_of_one = training.panel.is_none() && training.series == series.name;
        let name = || series.name.clone();
        match is_of_one.then(|| recognise(self.card.reference(), series))? {
            Recognised::Different(mismatch) => Some(Note::OtherPrices { series: name(), mismatch }),
            Recognised::Same | Recognised::Unknown => None,
        }
    }

    /// Returns the name of the model's only series if `series` is another one: if its name and its moves differ.
    pub fn other_series(&self, series: &PriceSeries) -> Option<&str> {
        let training = &self.card.training;
        let is_other = training.panel.is_none() && training.last.is_some() && training.series != series.name;
        let is_same = || recognise(self.card.reference(), series) == Recognised::Same;
        (is_other && !is_same()).then_some(&*training.series)
    }

    /// Returns the frame of a series for this model.
    pub fn frame(&self, series: &PriceSeries) -> Frame {
        self.frame_with_inputs_from(0, series)
    }

    /// Returns the frame of a series for forecasts from each day of `origins`. Inputs of days that none of these
    /// forecasts depends on are left out, because they would take most of the time for a long series.
    pub fn frame_for(&self, origins: &Range<usize>, series: &PriceSeries) -> Frame {
        let config = &self.card.config;
        let compared = grid::first_compared(origins.start, config.horizon, self.first_settled());
        let first = self.first_scaled(origins.start).min(compared).min(origins.start);
        self.frame_with_inputs_from((first + 1).saturating_sub(config.window), series)
    }

    fn frame_with_inputs_from(&self, first_input: usize, series: &PriceSeries) -> Frame {
        let config = &self.card.config;
        let basis = if config.target == Target::Price { self.card.basis } else { Basis::FirstDay };
        let options = FrameOptions { first_input, ..config.frame_options(Some(self.card.initial_variance)) };
        let frame = Frame::new(&basis.of(series), options);
        let panel = self.card.training.panel.as_ref();
        let own = panel.and_then(|panel| own_bar_ratio(&frame, &series.dates, panel.bar_ratio_until));
        frame.with_bar_ratio(own.unwrap_or(self.card.bar_ratio)).with_event_factors(&self.card.event_factors)
    }

    /// Returns the predictive distributions, from each day of `origins`, of the days ahead for which the networks have
    /// outputs. No later row of the frame is used.
    pub fn paths(&self, frame: &Frame, origins: Range<usize>) -> Vec<Path> {
        self.paths_of(frame, origins, &self.card.config.horizons())
    }

    /// Returns the predictive distributions of the days `days` ahead, from each day of `origins`. The model must
    /// forecast each of `days`, which is at most its horizon.
    pub fn paths_of(&self, frame: &Frame, origins: Range<usize>, days: &[usize]) -> Vec<Path> {
        let distributions = self.distributions(frame, origins.clone());
        self.paths_from(frame, origins, distributions, days)
    }

    /// Makes the paths from the distributions of the days ahead for which the networks have outputs.
    pub(super) fn paths_from(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        distribution: Vec<Vec<Distribution>>,
        days: &[usize],
    ) -> Vec<Path> {
        let horizons = self.card.config.horizons();
        let needed = nodes_up_to(&horizons, days.iter().copied().max().unwrap_or(0));
        let on_grid = self.on_grid(frame, origins.clone(), &horizons[..needed], &distribution);
        let path = |(day, (distribution, on_grid)): (usize, (Vec<Distribution>, Option<Vec<GridDistribution>>))| {
            Path::new(frame, day, self.card.target_scaler, (&horizons, days), distribution, on_grid)
        };
        origins.zip(distribution.into_iter().zip(on_grid)).map(path).collect()
    }

    /// Returns the distributions of the first of these days, `horizons`, on the price grid, if there is one.
    fn on_grid(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        horizons: &[usize],
        calibrated: &[Vec<Distribution>],
    ) -> Vec<Option<Vec<GridDistribution>>> {
        if origins.clone().all(|day| frame.grid(day).is_none()) {
            return vec![None; origins.len()];
        }
        let longest = horizons.last().copied().unwrap_or(0);
        let first = grid::first_compared(origins.start, longest, self.first_settled());
        let days: Vec<usize> = (first..origins.end).collect();
        let forecasts = grid::NetworkForecasts {
            raw: &if days.is_empty() { Vec::new() } else { self.raw_distributions(frame, &days) },
            first,
            calibrated,
            target: self.card.target_scaler,
            horizons,
        };
        grid::distributions(frame, origins, &forecasts)
    }

    /// Returns the calibrated distributions of the scaled targets, one per day ahead, from each of `origins`.
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
            self.card.config.horizons().into_iter().map(|ahead| self.card.uncertainty(ahead)).collect();
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

    /// The number of days after an origin on which the outcome of its first forecast is known.
    fn known_after(&self) -> usize {
        self.card.config.horizons()[0]
    }

    fn first_settled(&self) -> usize {
        Frame::first_origin(self.card.config.window)
    }

    /// Returns the first day whose error is used in the scale adjustment of `origin`; `origin` itself if there is none.
    fn first_scaled(&self, origin: usize) -> usize {
        origin.saturating_sub(self.known_after() + ErrorScale::MEMORY).max(self.first_settled()).min(origin)
    }

    /// Returns the raw distributions, and the scale adjustments from the errors known on each day.
    fn distributions_and_widths(
        &self,
        frame: &Frame,
        origins: Range<usize>,
        baseline: f64,
    ) -> (Vec<Vec<Distribution>>, Vec<f64>) {
        let first = self.first_scaled(origins.start);
        let days: Vec<usize> = (first..origins.end).collect();
        let past = origins.start - first;
        let mut first_day = vec![FirstDay::default(); days.len()];
        let mut distribution = self.undetermined(origins.len());
        self.run_networks(frame, &days, |indices, outputs, isa| {
            self.add_first_day(&mut first_day[indices[0]..], &outputs[..indices.len()], isa);
            self.add_members(&mut distribution, past, indices, outputs);
        });
        let (known_after, settled) = (self.known_after(), self.first_settled());
        let members = self.members.len() as f64;
        let standardised_error = |(day, sum): (&usize, &FirstDay)| {
            let (median, expected) = (sum.location / members, sum.deviation / members);
            self.standardised_error(frame, *day, median, expected).unwrap_or(baseline)
        };
        let errors: Vec<f64> = days.iter().zip(&first_day).map(standardised_error).collect();
        let width = |origin: usize| {
            // The days do not depend on which other origins there are, so that the results are equal to the bit.
            let last = (origin + 1).saturating_sub(known_after);
            let earliest = last.saturating_sub(ErrorScale::MEMORY).max(settled);
            let known = errors.get(earliest.saturating_sub(first)..last.saturating_sub(first));
            let mut scale = ErrorScale::new(baseline);
            known.unwrap_or_default().iter().for_each(|standardised_error| scale.add(*standardised_error));
            scale.width()
        };
        let widths = origins.clone().map(width).collect();
        (distribution, widths)
    }

    /// Returns the standardised absolute error of the first day ahead; `None` if its outcome is after the last row.
    fn standardised_error(&self, frame: &Frame, day: usize, median: f64, expected: f64) -> Option<f64> {
        let target = frame.target(day, self.card.config.horizons()[0])?;
        Some(ErrorScale::of(self.card.target_scaler.scale(target) - median, expected))
    }

    /// Returns the sum of the standardised absolute errors of `origins`, whose raw distributions are `distributions`.
    pub(super) fn standardised_errors(
        &self,
        frame: &Frame,
        origins: &[usize],
        distributions: &[Vec<Distribution>],
    ) -> ErrorSum {
        let each = origins.iter().zip(distributions).filter_map(|(day, distribution)| {
            let first = &distribution[0];
            self.standardised_error(frame, *day, first.median(), first.mean_absolute_deviation())
        });
        each.fold(ErrorSum::default(), |sum, error| sum.plus(ErrorSum { sum: error, days: 1.0 }))
    }

    /// Returns the raw distributions of the scaled targets, one per day ahead, from each of `origins`.
    pub(super) fn raw_distributions(&self, frame: &Frame, origins: &[usize]) -> Vec<Vec<Distribution>> {
        let mut distribution = self.undetermined(origins.len());
        self.run_networks(frame, origins, |indices, outputs, _| {
            self.add_members(&mut distribution, 0, indices, outputs)
        });
        distribution
    }

    /// Adds a member's outputs `(step, window)` for `indices` to the distributions `to`, the first of which has the
    /// index `first`. Outputs of earlier indices are left out.
    fn add_members(&self, to: &mut [Vec<Distribution>], first: usize, indices: &[usize], outputs: &[Lanes<f32>]) {
        for (step, outputs) in outputs.chunks_exact(indices.len()).enumerate() {
            for (index, output) in indices.iter().zip(outputs).filter(|(index, _)| **index >= first) {
                to[index - first][step].members.push(self.of_member(step, output));
            }
        }
    }

    /// Returns distributions without members, one per day ahead, for this many origins.
    fn undetermined(&self, origins: usize) -> Vec<Vec<Distribution>> {
        let steps = self.card.config.horizons().len();
        let one = || Distribution::of(Vec::with_capacity(self.members.len()));
        (0..origins).map(|_| (0..steps).map(|_| one()).collect()).collect()
    }

    /// Calls `each` for every batch of every member, one member after another, with indices into `origins` and the
    /// outputs `(step, window)`.
    fn run_networks(&self, frame: &Frame, origins: &[usize], mut each: impl FnMut(&[usize], &[Lanes<f32>], Isa)) {
        let config = &self.card.config;
        let scales = Scales { inputs: &self.card.input_scalers, target: self.card.target_scaler };
        // A forecast needs no targets.
        let samples = samples(config, &scales, frame, origins.to_vec(), &|_| 0);
        let isa = Isa::detect();
        let mut network = Network::<f32>::new(config.shape(), BATCH.min(origins.len()), isa);
        let all: Vec<usize> = (0..origins.len()).collect();
        for member in &self.members {
            network.set_weights(member);
            for indices in all.chunks(network.rows()) {
                each(indices, network.forward(&samples, indices, config.loss), isa);
            }
        }
    }

    /// Adds a member's outputs for the first day ahead.
    fn add_first_day(&self, sums: &mut [FirstDay], outputs: &[Lanes<f32>], isa: Isa) {
        let mut sums = sums.iter_mut();
        let mut add = |location: f64, deviation: f64| {
            if let Some(sum) = sums.next() {
                sum.location += location;
                sum.deviation += deviation;
            }
        };
        match self.card.config.loss {
            Loss::StudentT => Loss::for_each_deviation(outputs, isa, add),
            Loss::Mse => outputs.iter().for_each(|output| {
                let distribution = Distribution::of(vec![self.of_member(0, output)]);
                add(distribution.median(), distribution.mean_absolute_deviation());
            }),
        }
    }

    fn of_member(&self, step: usize, output: &Lanes<f32>) -> StudentT {
        let [a0, a1, a2, ..] = output.0.map(f64::from);
        match self.card.config.loss {
            Loss::StudentT => StudentT::from_outputs([a0, a1, a2]),
            Loss::Mse => {
                let residuals = self.card.residuals.get(step);
                let (sigma, nu) = residuals.map_or((1.0, 200.0), |residuals| (residuals.sigma, residuals.nu));
                StudentT { mu: a0, sigma, nu }
            }
        }
    }
}

/// Returns the minimum and the maximum of the values, if they differ.
fn range_of(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (min, max) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)));
    (min < max).then_some((min, max))
}

/// Whether the ticks of a grid are visible in a forecast: whether the 50 % interval of its first day is only a few
/// ticks wide. Rounding to ticks hardly changes the ends of a wider interval.
fn shows_in(grid: &Grid, path: &Path) -> bool {
    const MAX_STEPS: f64 = 4.0;
    let [lower, upper] = [0.25, 0.75].map(|p| grid.steps(path.quantile(0, p)));
    upper - lower < MAX_STEPS
}
