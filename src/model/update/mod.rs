//! Brings a model up to new rows of its series: the recalibration maps take the outcomes that are known by now, and the
//! scales of volatility are measured up to the last row. The weights stay, unless training is asked for.
//!
//! An outcome counts once, in the update in which its day is new, whether rows come one by one or many at a time. Only
//! forecasts from the last day of the training on count: the outcomes are then days that the weights have not seen.

mod error;
mod new_rows;
mod remark;

use jiff::civil::Date;

use super::card::Card;
use super::fit::{FitOptions, fit};
use super::fit_error::FitError;
use super::forecast_error::ForecastError;
use super::forecaster::Forecaster;
use super::init::Init;
use super::late_rows::{late_rows, missing_sessions};
use super::progress::FitProgress;
use super::reference::{self, Mismatch, reference_returns};
use super::training::{are_equal_sums, close_sum, data_sha256};
use super::update_record::{Drift, SeenRows, UpdateRecord};
use fourcast_features::without_halts;
use fourcast_prices::{CovariateKind, PriceSeries};
use new_rows::NewRows;

pub use error::UpdateError;
pub use remark::{Doubt, Jump, UpdateRemark};

/// The level of the interval whose width is compared.
const LEVEL: f64 = 0.9;

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
            return changed.then(|| changed_up_to(until, data.close_sum.zip(found.close_sum)));
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
        changed.then(|| changed_up_to(until, training.close_sum.map(|before| (before, close_sum(&rows)))))
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

/// The remark on rows that have changed, by the sums of their closes before and now, where both are known.
fn changed_up_to(until: Date, closes: Option<(f64, f64)>) -> UpdateRemark {
    match closes {
        Some((before, now)) if !are_equal_sums(before, now) => UpdateRemark::Revised { until },
        _ => UpdateRemark::Changed { until, are_closes_known: closes.is_some() },
    }
}
