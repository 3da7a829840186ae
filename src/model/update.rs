//! Brings a model up to new rows of its series: the recalibration maps take the outcomes that are known by now, and the
//! scales of volatility are measured up to the last row. The weights stay, unless training is asked for.
//!
//! An outcome counts once, in the update in which its day is new, whether rows come one by one or many at a time. Only
//! forecasts from the last day of the training on count: the outcomes are then days that the weights have not seen.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use thiserror::Error;

use super::calibration::{self, Calibration, RecalibrationMap};
use super::card::Card;
use super::evaluation::Coverage;
use super::fit::{FitOptions, fit};
use super::fit_error::FitError;
use super::forecast_error::ForecastError;
use super::forecaster::Forecaster;
use super::init::Init;
use super::late_rows::{late_rows, missing_sessions};
use super::progress::FitProgress;
use super::reference::{self, Mismatch, PriceDifference, percent, reference_returns};
use super::training::{closes_sha256, data_sha256};
use super::unseen::Unseen;
use super::update_record::{Drift, SeenRows, UpdateRecord};
use crate::features::{Frame, without_halts};
use crate::prices::{Calendar, CovariateKind, PriceSeries};
use crate::words::{counted, join};

/// The level of the interval whose width is compared.
const LEVEL: f64 = 0.9;

/// A model cannot be updated.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The model was trained on simulated markets alone.
    #[error("the model was trained on simulated markets alone, expected one that was trained on prices")]
    Simulated,
    /// The model was trained on several series.
    #[error("the model was trained on {count} series, expected one that was trained on one")]
    SeveralSeries {
        /// How many.
        count: usize,
    },
    /// The rows are not those of the model's series: another company's outcomes would calibrate it for good.
    #[error("{}", of_other_series(series, mismatch, "the model"))]
    OtherSeries {
        /// The model's series.
        series: String,
        /// How they differ.
        mismatch: Mismatch,
    },
    /// The rows are not shown to be of the model's series, and the weights would be trained on them.
    #[error("{}, so its weights are not trained on them", unproven(series))]
    Unproven {
        /// The model's series.
        series: String,
    },
    /// The rows that the inputs of new days are computed from are not there.
    #[error("{} of days with trade up to {until}, the last day of the model, expected at least {needed} before the new rows", counted(*.rows, "row"))]
    NoHistory {
        /// The last day of the model.
        until: Date,
        /// Rows up to that day.
        rows: usize,
        /// Rows needed.
        needed: usize,
        /// A day from which on there are as many.
        begin: Date,
    },
    /// The series lacks what the model reads, or the forecast is not finite.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// The training on all rows failed.
    #[error(transparent)]
    Fit(#[from] FitError),
}

fn of_other_series(series: &str, mismatch: &Mismatch, model: &str) -> String {
    let known = if mismatch.is_known() { "" } else { "known to be " };
    format!("these are not {known}the prices of '{series}' that {model} was trained on: {mismatch}")
}

fn unproven(series: &str) -> String {
    format!(
        "nothing shows that these are the prices of '{series}': the model is of an earlier version, which keeps no moves, and \
         the rows are not the very rows that it was trained on"
    )
}

impl UpdateError {
    /// The message with the name of the model's file.
    pub fn of_model(&self, model: &str) -> String {
        match self {
            UpdateError::OtherSeries { series, mismatch } => of_other_series(series, mismatch, model),
            _ => self.to_string(),
        }
    }

    /// A day on which rows begin that are enough to update with, where they begin too late.
    pub fn begin(&self) -> Option<Date> {
        match self {
            UpdateError::OtherSeries { mismatch: Mismatch::Late { begin, .. }, .. } => Some(*begin),
            UpdateError::NoHistory { begin, .. } => Some(*begin),
            _ => None,
        }
    }

    /// The day at fault, if it is a single one.
    pub fn date(&self) -> Option<Date> {
        match self {
            UpdateError::OtherSeries { mismatch: Mismatch::Different(difference), .. } => Some(difference.date),
            UpdateError::OtherSeries { mismatch: Mismatch::Replaced { days, .. }, .. } => days.first().map(|day| day.0),
            UpdateError::Forecast(cause) => cause.date(),
            UpdateError::Fit(cause) => cause.date(),
            _ => None,
        }
    }
}

/// A model that was brought up to new rows.
#[derive(Debug, Clone)]
pub struct Updated {
    /// The model after the update; the model before it where there are no new rows.
    pub forecaster: Forecaster,
    /// The first and the last new day, and what they changed; none without new rows.
    pub changed: Option<(Date, Date, Drift)>,
    /// What may be wrong with the rows.
    pub remarks: Vec<UpdateRemark>,
}

/// What may be wrong with the rows of an update.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum UpdateRemark {
    /// A row that the model depends on has another price now.
    Corrected(PriceDifference),
    /// Nothing says that the rows are of the model's series.
    Unproven {
        /// The model's series.
        series: String,
    },
    /// A new row is far from the one before, as where it is a wrong price.
    Jump {
        /// The move.
        jump: Jump,
        /// Why it may be wrong.
        doubt: Doubt,
    },
    /// A new row is far from the one before, and the next row confirms its level.
    Moved(Jump),
    /// The rows end before the last day of the model, so none of them is new.
    Behind {
        /// The last row.
        last: Date,
        /// The last day of the model.
        until: Date,
    },
    /// A close that the model depends on is another one, and the moves that are compared agree.
    Revised {
        /// The last day of these rows.
        until: Date,
    },
    /// Rows came after the update of their days.
    Late {
        /// How many.
        rows: usize,
        /// The last day of the model.
        until: Date,
    },
    /// Days without a row among the new ones.
    Missing {
        /// The days.
        days: Vec<Date>,
        /// The exchange of which they are sessions, where it is known.
        calendar: Option<Calendar>,
    },
    /// Some rows that the model depends on have changed, and their closes have not.
    Changed {
        /// The last day of these rows.
        until: Date,
        /// Whether the closes are known not to have changed: a model of an earlier version does not keep their hash.
        are_closes_known: bool,
    },
}

/// Why a large move may be a wrong price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// There is no later row.
    Unconfirmed,
    /// The next row goes back.
    Undone,
    /// The next row confirms it, but the move is larger than news explain.
    Vast,
}

/// A move that is far larger than the usual ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jump {
    /// The day.
    pub date: Date,
    /// Its log return, of adjusted closes.
    pub log_return: f64,
    /// How many times the usual move it is, of the model's series or of the last rows before it.
    pub times: f64,
}

impl UpdateRemark {
    /// Whether it only informs: nothing is wrong, and the update goes on.
    pub fn is_note(&self) -> bool {
        matches!(
            self,
            UpdateRemark::Moved(_) | UpdateRemark::Changed { .. } | UpdateRemark::Missing { calendar: None, .. }
        )
    }
}

impl fmt::Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Jump { date, log_return, times } = self;
        let moved = percent(*log_return, 1);
        write!(f, "the close moved by {moved} % to {date}, {times:.0} times the usual move")
    }
}

impl fmt::Display for UpdateRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpdateRemark::Corrected(difference) => {
                write!(
                    f,
                    "rows that the model depends on have changed, and their outcomes stay as they were counted: {difference}"
                )
            }
            UpdateRemark::Unproven { series } => f.write_str(&unproven(series)),
            UpdateRemark::Behind { last, until } => write!(
                f,
                "the file ends on {last}, before the last day of the model, {until}: there is nothing to update"
            ),
            UpdateRemark::Jump { jump, doubt } => {
                let reason = match doubt {
                    Doubt::Unconfirmed => ", and there is no later row that confirms it",
                    Doubt::Undone => ", and back on the next row",
                    Doubt::Vast => ", and the next row confirms it: rows of another series may begin there",
                };
                write!(f, "{jump}{reason}")
            }
            UpdateRemark::Moved(jump) => write!(f, "{jump}, and the next row confirms it"),
            UpdateRemark::Revised { until } => write!(
                f,
                "a close up to {until} is not as it was: the moves that the model keeps agree, and the outcomes stay as \
                 they were counted"
            ),
            UpdateRemark::Late { rows, until } => write!(
                f,
                "{} up to {until} came after the update of the days around: the outcomes stay as they were counted",
                counted(*rows, "row")
            ),
            UpdateRemark::Missing { days, calendar } => {
                let what = match calendar {
                    Some(calendar) => {
                        format!(", {} of {calendar}", if days.len() == 1 { "a session" } else { "sessions" })
                    }
                    None => String::new(),
                };
                let named = few_days(days);
                write!(
                    f,
                    "no row of {named}{what}, and rows after it: the move to the next row is counted as one of a single day"
                )
            }
            UpdateRemark::Changed { until, are_closes_known } => {
                write!(
                    f,
                    "a row up to {until} is not as it was ({}): the moves that the model keeps agree, and the outcomes \
                     stay as they were counted",
                    if *are_closes_known {
                        "a volume, an adjusted close, or open, high or low"
                    } else {
                        "a price, a volume or an adjusted close"
                    }
                )
            }
        }
    }
}

/// The first few of some days.
fn few_days(days: &[Date]) -> String {
    const MAX_DAYS: usize = 3;
    let mut all: Vec<String> = days.iter().take(MAX_DAYS).map(Date::to_string).collect();
    if days.len() > MAX_DAYS {
        all.push(format!("{} more", days.len() - MAX_DAYS));
    }
    join(&all, "and")
}

/// A move of so many times the usual one is a remark: single stocks have moved by ten times theirs on news.
const JUMP: f64 = 12.0;
/// The weight of a row in the running mean of squared moves, by which a move is usual in a volatile market.
const WEIGHT: f64 = 0.06;
/// A log return beyond which a next row does not confirm a move: a factor of 2.5.
const VAST: f64 = 0.916;
/// As many times the usual move are not confirmed either.
const VAST_TIMES: f64 = 40.0;
/// A next row that takes back more than this fraction of a move does not confirm it.
const TAKEN_BACK: f64 = 0.5;

/// What is known of the series of the rows.
struct Identity {
    /// Whether they are those of the model.
    is_proven: bool,
    remarks: Vec<UpdateRemark>,
}

impl Forecaster {
    /// Brings the model up to the last row of a series, which has the rows before the new ones too: the inputs of a day
    /// are computed from them. With `epochs` above zero the weights are trained on all rows, from their present values,
    /// for that many epochs; the calibration is by the forecasts that the earlier weights made of the new rows.
    ///
    /// # Errors
    /// [`UpdateError`] if the model is of several series or of none, the rows before the new ones are too few, or it
    /// does not forecast the series.
    pub fn update(
        &self,
        series: &PriceSeries,
        (epochs, threads): (usize, usize),
        progress: &dyn FitProgress,
    ) -> Result<Updated, UpdateError> {
        let until = self.card.up_to().ok_or(UpdateError::Simulated)?;
        if let Some(panel) = &self.card.training.panel {
            return Err(UpdateError::SeveralSeries { count: panel.count });
        }
        self.check(series)?;
        let Identity { is_proven, remarks } = self.identify(series)?;
        if epochs > 0 && !is_proven {
            return Err(UpdateError::Unproven { series: self.card.training.series.clone() });
        }
        let traded = without_halts(series);
        if let Some(last) = series.dates.last().copied().filter(|last| *last < until) {
            let remarks = vec![UpdateRemark::Behind { last, until }];
            return Ok(Updated { forecaster: self.clone(), changed: None, remarks });
        }
        let rows = NewRows::of(self, &traded, until)?;
        let missing = self.missing(series, until);
        let mut remarks: Vec<UpdateRemark> = remarks.into_iter().chain(missing).chain(rows.jumps()).collect();
        let Some(new) = rows.days() else {
            // Nothing is written, so a note would be repeated in every run.
            remarks.retain(|remark| !remark.is_note());
            return Ok(Updated { forecaster: self.clone(), changed: None, remarks });
        };
        let outcomes = rows.outcomes();
        let mut after = match epochs {
            0 => self.clone(),
            _ => self.trained_on(series, (epochs, threads), progress)?,
        };
        rows.move_calibration(&outcomes, &mut after.card);
        if epochs == 0 {
            rows.move_scales(&mut after.card);
        }
        after.file_sha256 = None;
        let widths = (self.width(series)?, after.width(series)?);
        ForecastError::check([widths.0, widths.1])?;
        let (coverage, known) = rows.coverage(&outcomes);
        let drift = Drift { rows: rows.count(), epochs, widths, outcomes: known, coverage };
        let before = self.card.update.as_ref();
        after.card.update = Some(UpdateRecord {
            count: before.map_or(0, |update| update.count).saturating_add(1),
            until: new.1,
            rows: if epochs == 0 { self.rows_of_updates(series, drift.rows) } else { 0 },
            outcomes: rows.counted(&outcomes),
            // Otherwise rows that may be of another series would be taken for the model's series from now on.
            reference: if is_proven { reference_returns(series) } else { Vec::new() },
            data: is_proven.then(|| SeenRows::from(series, series.dates[0], new.1)),
            last: drift.clone(),
        });
        Ok(Updated { forecaster: after, changed: Some((new.0, new.1, drift)), remarks })
    }

    /// The rows of all updates, with some new ones: late ones count from now on.
    fn rows_of_updates(&self, series: &PriceSeries, new: usize) -> usize {
        let before = self.card.update.as_ref().map_or(0, |update| update.rows);
        before.saturating_add(new).saturating_add(late_rows(series, &self.card))
    }

    /// Refuses rows that are not those of the model's series.
    fn identify(&self, series: &PriceSeries) -> Result<Identity, UpdateError> {
        let training = &self.card.training;
        let found = match self.card.reference() {
            [] => self.check_rows_of_training(series).map(|is_proven| {
                let remark = (!is_proven).then(|| UpdateRemark::Unproven { series: training.series.clone() });
                Identity { is_proven, remarks: remark.into_iter().collect() }
            }),
            known => reference::check(known, series).map(|corrected| {
                let late = self.late(series);
                let changed = corrected.map(UpdateRemark::Corrected);
                let changed = changed.or_else(|| late.is_none().then(|| self.changed(series)).flatten());
                Identity { is_proven: true, remarks: late.into_iter().chain(changed).collect() }
            }),
        };
        found.map_err(|mismatch| UpdateError::OtherSeries { series: training.series.clone(), mismatch })
    }

    /// For a model of an earlier version, which keeps no returns: whether the rows are exactly those that it was
    /// trained on, by their hash. Other rows are accepted where name, days and number are equal.
    fn check_rows_of_training(&self, series: &PriceSeries) -> Result<bool, Mismatch> {
        let training = &self.card.training;
        let Some((first, last)) = training.first.zip(training.last) else { return Ok(false) };
        let rows = series.between(first, last);
        let count = rows.len();
        if count > 0 && data_sha256(&series.slice(rows)) == training.data_sha256 {
            return Ok(true);
        }
        if count == training.rows && training.series == series.name {
            return Ok(false);
        }
        let (name, of_model) = (series.name.clone(), training.series.clone());
        Err(Mismatch::Rows { first, last, rows: count, expected: training.rows, name, series: of_model })
    }

    /// Rows up to the last day of the model that it has not seen.
    fn late(&self, series: &PriceSeries) -> Option<UpdateRemark> {
        let rows = late_rows(series, &self.card);
        self.card.up_to().filter(|_| rows > 0).map(|until| UpdateRemark::Late { rows, until })
    }

    /// Days without a row among those after the last day of the model.
    fn missing(&self, series: &PriceSeries, until: Date) -> Option<UpdateRemark> {
        let calendar = self.card.training.calendar;
        let days = missing_sessions(series, until, calendar);
        (!days.is_empty()).then_some(UpdateRemark::Missing { days, calendar })
    }

    /// Whether rows that the model depends on have changed, by their hash. Of a file that begins at
    /// another day this is not known.
    fn changed(&self, series: &PriceSeries) -> Option<UpdateRemark> {
        let Card { training, update, config, .. } = &self.card;
        if let Some((until, data)) = update.as_ref().and_then(|update| Some((update.until, update.data.as_ref()?))) {
            let found = SeenRows::from(series, data.first, until);
            let changed = series.dates.contains(&data.first) && found.sha256 != data.sha256;
            return changed.then(|| changed_up_to(until, data.closes.as_ref().zip(found.closes.as_ref())));
        }
        let (first, until) = training.first.zip(training.last)?;
        let rows = series.between(first, until);
        // More values known ahead are no change of a row.
        let knows_ahead = config.covariates.iter().any(|covariate| covariate.kind != CovariateKind::Past);
        let is_comparable = series.dates.contains(&first) && !training.data_sha256.is_empty() && !knows_ahead;
        if !is_comparable {
            return None;
        }
        let rows = series.slice(rows);
        let changed = data_sha256(&rows) != training.data_sha256;
        let closes = training.closes_sha256.as_ref();
        changed.then(|| changed_up_to(until, closes.zip(Some(&closes_sha256(&rows)))))
    }

    /// The width of the interval of the first day ahead from the last row.
    fn width(&self, series: &PriceSeries) -> Result<f64, ForecastError> {
        let (lower, upper) = self.forecast(series)?.interval(0, LEVEL);
        Ok(upper - lower)
    }

    /// The model trained on all rows; its card keeps the configuration, the columns and the test.
    fn trained_on(
        &self,
        series: &PriceSeries,
        (epochs, threads): (usize, usize),
        progress: &dyn FitProgress,
    ) -> Result<Forecaster, FitError> {
        let config = self.card.config.for_more_epochs(epochs);
        let init = Init { forecaster: self.clone(), start: self.card.start.clone() };
        let options = FitOptions { test_fraction: 0.0, evaluates: false, watches_test: false, threads };
        let mut fitted = fit(series, &config, Some(&init), options, progress)?.forecaster;
        let (old, new) = (&self.card, &mut fitted.card);
        new.config = old.config.clone();
        (new.calibration, new.uncalibrated) = (old.calibration.clone(), old.uncalibrated);
        new.evaluation.clone_from(&old.evaluation);
        new.training.columns.clone_from(&old.training.columns);
        new.training.date_column.clone_from(&old.training.date_column);
        new.training.price_column.clone_from(&old.training.price_column);
        new.training.calendar = old.training.calendar;
        new.training.series.clone_from(&old.training.series);
        Ok(fitted)
    }
}

/// The remark on rows that have changed, by the hashes of their closes before and now, where both are known.
fn changed_up_to(until: Date, closes: Option<(&String, &String)>) -> UpdateRemark {
    match closes {
        Some((before, now)) if before != now => UpdateRemark::Revised { until },
        _ => UpdateRemark::Changed { until, are_closes_known: closes.is_some() },
    }
}

/// The rows of a series after the last day of a model.
struct NewRows<'a> {
    model: &'a Forecaster,
    /// The model without recalibration.
    raw: Forecaster,
    traded: &'a PriceSeries,
    frame: Frame,
    /// The first of them.
    first: usize,
    /// The first origin from which an outcome counts.
    first_origin: usize,
}

impl<'a> NewRows<'a> {
    fn of(model: &'a Forecaster, traded: &'a PriceSeries, until: Date) -> Result<NewRows<'a>, UpdateError> {
        let up_to = |day: Date| traded.dates.partition_point(|date| *date <= day);
        let (rows, trained) = (up_to(until), model.card.training.last.map_or(0, up_to));
        let settled = Frame::first_origin(model.card.config.window);
        if rows <= settled {
            let first = traded.dates.first().map_or(until, |first| until.min(*first));
            let begin = reference::rows_before(first, settled + 1 - rows, traded.frequency);
            return Err(UpdateError::NoHistory { until, rows, needed: settled + 1, begin });
        }
        let first_origin = trained.saturating_sub(1).max(settled);
        let mut raw = model.clone();
        raw.card.calibration = None;
        Ok(NewRows { model, raw, traded, frame: model.frame(traded), first: rows, first_origin })
    }

    /// The first and the last of them.
    fn days(&self) -> Option<(Date, Date)> {
        Some((*self.traded.dates.get(self.first)?, *self.traded.dates.last()?))
    }

    fn count(&self) -> usize {
        self.traded.len() - self.first
    }

    fn log_return(&self, row: usize) -> f64 {
        (self.frame.adjusted(row) / self.frame.adjusted(row - 1)).ln()
    }

    /// Those that are far from the row before, by the usual move of the training and by that of the rows before each:
    /// the first that no later row confirms, and the first that one does.
    fn jumps(&self) -> Vec<UpdateRemark> {
        let usual = self.model.card.initial_variance;
        let (mut recent, mut doubtful, mut confirmed) = (usual, None, None);
        for row in 1..self.traded.len() {
            let log_return = self.log_return(row);
            let times = log_return.abs() / recent.max(usual).sqrt();
            if row >= self.first && times > JUMP {
                let jump = Jump { date: self.traded.dates[row], log_return, times };
                let next = (row + 1 < self.traded.len()).then(|| self.log_return(row + 1));
                let doubt = match next.map(|next| -next / log_return > TAKEN_BACK) {
                    None => Some(Doubt::Unconfirmed),
                    Some(true) => Some(Doubt::Undone),
                    Some(false) if log_return.abs() > VAST || times > VAST_TIMES => Some(Doubt::Vast),
                    Some(false) => None,
                };
                match doubt {
                    Some(doubt) => doubtful.get_or_insert(UpdateRemark::Jump { jump, doubt }),
                    None => confirmed.get_or_insert(UpdateRemark::Moved(jump)),
                };
            }
            recent += WEIGHT * (log_return.powi(2) - recent);
        }
        doubtful.into_iter().chain(confirmed).collect()
    }

    /// The origins whose outcomes, so many days ahead, count in this update. A model without calibration takes all
    /// outcomes since its training: those of earlier updates were too few for one.
    fn origins(&self, ahead: usize) -> Range<usize> {
        let first = if self.model.card.calibration.is_some() { self.first.saturating_sub(ahead) } else { 0 };
        let end = self.traded.len().saturating_sub(ahead).max(self.first_origin);
        first.clamp(self.first_origin, end)..end
    }

    fn horizons(&self) -> Vec<usize> {
        self.model.card.config.horizons()
    }

    /// The forecasts of the model before, without recalibration, from all origins of which an outcome counts.
    fn outcomes(&self) -> Unseen<'_> {
        let each: Vec<Range<usize>> = self.horizons().iter().map(|ahead| self.origins(*ahead)).collect();
        let first = each.iter().map(|origins| origins.start).min().unwrap_or(0);
        let end = each.iter().map(|origins| origins.end).max().unwrap_or(0);
        Unseen::new(&self.raw, self.frame.clone(), first..end, None)
    }

    /// The levels of the outcomes that count, for each day ahead.
    fn levels(&self, outcomes: &Unseen<'_>) -> Vec<Vec<f64>> {
        let of_day = |(step, ahead): (usize, usize)| outcomes.levels_of(step, &self.origins(ahead)).collect();
        self.horizons().into_iter().enumerate().map(of_day).collect()
    }

    /// Outcomes in the maps of the model after it.
    fn counted(&self, outcomes: &Unseen<'_>) -> Vec<usize> {
        let card = &self.model.card;
        let before =
            if card.calibration.is_some() { card.calibrated_outcomes() } else { vec![0; self.horizons().len()] };
        before.iter().zip(self.levels(outcomes)).map(|(before, new)| before.saturating_add(new.len())).collect()
    }

    /// Takes the outcomes into the maps, or makes maps of them where there are none and the outcomes are enough.
    fn move_calibration(&self, outcomes: &Unseen<'_>, after: &mut Card) {
        let card = &self.model.card;
        let levels = self.levels(outcomes);
        let origins = self.origins(self.horizons()[0]);
        let days = levels[0].len();
        let shrunk = |step: usize| calibration::pseudo_days(&card.start, self.horizons()[step]);
        after.calibration = match &card.calibration {
            Some(old) => {
                let known = card.calibrated_outcomes();
                let map = |(step, new): (usize, Vec<f64>)| {
                    Arc::new(old.levels[step].with(new, known[step] as f64 + shrunk(step)))
                };
                let last = self.traded.dates[origins.clone().last().unwrap_or(self.first - 1)].max(old.last);
                let levels = levels.into_iter().enumerate().map(map).collect();
                Some(Calibration { days: old.days.saturating_add(days), first: old.first, last, levels })
            }
            None if days >= calibration::MIN_DAYS => {
                let map = |(step, new)| Arc::new(RecalibrationMap::of(new, shrunk(step)));
                let (first, last) = (self.traded.dates[origins.start], self.traded.dates[origins.end - 1]);
                let levels = levels.into_iter().enumerate().map(map).collect();
                after.uncalibrated = None;
                Some(Calibration { days, first, last, levels })
            }
            None => None,
        };
    }

    /// The initial variance as a mean over the rows of the training and the new ones; K of all rows, where the series
    /// has those of the training.
    fn move_scales(&self, after: &mut Card) {
        let Card { training, update, initial_variance, .. } = &self.model.card;
        let known = training.rows.saturating_add(update.as_ref().map_or(0, |update| update.rows)) as f64;
        let squares: f64 = (self.first..self.traded.len()).map(|row| self.log_return(row).powi(2)).sum();
        let variance = (initial_variance * known + squares) / (known + self.count() as f64);
        if variance.is_finite() && variance > 0.0 {
            after.initial_variance = variance;
        }
        if Some(self.traded.dates[0]) <= training.first {
            after.bar_ratio = self.frame.bar_ratio(self.traded.len()).unwrap_or(after.bar_ratio);
        }
    }

    /// The coverage of the first day ahead among the new rows by the model before, and the number of its outcomes.
    fn coverage(&self, outcomes: &Unseen<'_>) -> (Option<Coverage>, usize) {
        let ahead = self.horizons()[0];
        let calibration = self.model.card.calibration.as_ref();
        let all = self.origins(ahead);
        let days = self.first.saturating_sub(ahead).clamp(all.start, all.end)..all.end;
        let levels = calibration.map(|calibration| &calibration.levels[..]);
        let inside = outcomes.inside(days, &self.horizons(), levels)[0];
        let share = |count: usize| count as f64 / inside.known as f64;
        let coverage = Coverage { level_50: share(inside.level_50), level_90: share(inside.level_90) };
        ((inside.known > 0).then_some(coverage), inside.known)
    }
}
