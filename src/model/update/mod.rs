//! Updates a model with new rows of its series: the outcomes known by now are added to the recalibration maps, and the
//! scales of volatility are measured up to the last row. The weights do not change, unless training is requested.
//!
//! An outcome counts once, in the update in which its day is new, whether rows come one at a time or many together.
//! Only forecasts from origins on or after the last day of the training count, because only their outcomes are on days
//! that the weights do not depend on.

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

/// The training of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UpdateOptions {
    /// Number of epochs of training on all rows, from the present weights; 0 for none.
    pub epochs: usize,
    /// Number of threads of the training; 0 for those of the pool that `update` is called in.
    pub threads: usize,
}

/// The result of an update.
#[derive(Debug, Clone)]
pub struct Updated {
    /// The model after the update; the unchanged model if there are no new rows.
    pub forecaster: Forecaster,
    /// The first and the last new day, and what they changed; `None` without new rows.
    pub changed: Option<(Date, Date, Drift)>,
    /// Possible faults of the rows.
    pub remarks: Vec<UpdateRemark>,
}

/// The result of identifying the series of the rows.
struct Identity {
    /// Whether the rows are certain to be those of the model.
    is_proven: bool,
    remarks: Vec<UpdateRemark>,
}

impl Forecaster {
    /// Updates the model up to the last row of a series. The series must also have rows before the new ones, because
    /// the inputs of a day are computed from them. If the epochs are above zero, the weights are trained on all rows, from
    /// their present values, for that many epochs; the calibration uses the forecasts that the earlier weights made of
    /// the new rows.
    ///
    /// # Errors
    /// [`UpdateError`] if the model is of several series or of simulated markets, there are too few rows before the new
    /// ones, or the model does not forecast the series.
    pub fn update(
        &self,
        series: &PriceSeries,
        options: UpdateOptions,
        progress: &dyn FitProgress,
    ) -> Result<Updated, UpdateError> {
        let UpdateOptions { epochs, .. } = options;
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
            _ => self.trained_on(series, options, progress)?,
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
            // Otherwise rows that could be of another series would be taken for the model's series from now on.
            reference: if is_proven { reference_returns(series) } else { Vec::new() },
            data: is_proven.then(|| SeenRows::from(series, series.dates[0], new.1)),
            last: drift.clone(),
        });
        Ok(Updated { forecaster: after, changed: Some((new.0, new.1, drift)), remarks })
    }

    /// The number of rows of all updates, including `new` new rows. Late rows count from now on.
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

    /// Checks rows for a model of an earlier version, which keeps no returns. Returns whether the rows are exactly
    /// those of the training, by their hash. Other rows are accepted if name, days and number are equal.
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

    /// Returns a remark if there are rows up to the last day of the model that it has not used.
    fn late(&self, series: &PriceSeries) -> Option<UpdateRemark> {
        let rows = late_rows(series, &self.card);
        self.card.up_to().filter(|_| rows > 0).map(|until| UpdateRemark::Late { rows, until })
    }

    /// Returns a remark if days after the last day of the model have no row although later days have.
    fn missing(&self, series: &PriceSeries, until: Date) -> Option<UpdateRemark> {
        let calendar = self.card.training.calendar;
        let days = missing_sessions(series, until, calendar);
        (!days.is_empty()).then_some(UpdateRemark::Missing { days, calendar })
    }

    /// Returns a remark if rows that the model depends on have changed, by their hash. If the file begins on another
    /// day, this cannot be determined.
    fn changed(&self, series: &PriceSeries) -> Option<UpdateRemark> {
        let Card { training, update, config, .. } = &self.card;
        if let Some((until, data)) = update.as_ref().and_then(|update| Some((update.until, update.data.as_ref()?))) {
            let found = SeenRows::from(series, data.first, until);
            let changed = series.dates.contains(&data.first) && found.sha256 != data.sha256;
            return changed.then(|| changed_up_to(until, data.close_sum.zip(found.close_sum)));
        }
        let (first, until) = training.first.zip(training.last)?;
        let rows = series.between(first, until);
        // Additional values known ahead are not a change of a row.
        let knows_ahead = config.covariates.iter().any(|covariate| covariate.kind != CovariateKind::Past);
        let is_comparable = series.dates.contains(&first) && !training.data_sha256.is_empty() && !knows_ahead;
        if !is_comparable {
            return None;
        }
        let rows = series.slice(rows);
        let changed = data_sha256(&rows) != training.data_sha256;
        changed.then(|| changed_up_to(until, training.close_sum.map(|before| (before, close_sum(&rows)))))
    }

    /// Returns the width of the interval of the first day ahead from the last row.
    fn width(&self, series: &PriceSeries) -> Result<f64, ForecastError> {
        let (lower, upper) = self.forecast(series)?.interval(0, LEVEL);
        Ok(upper - lower)
    }

    /// Returns the model trained on all rows. Its card keeps the configuration, the columns and the test.
    fn trained_on(
        &self,
        series: &PriceSeries,
        options: UpdateOptions,
        progress: &dyn FitProgress,
    ) -> Result<Forecaster, FitError> {
        let UpdateOptions { epochs, threads } = options;
        let config = self.card.config.for_more_epochs(epochs);
        let init = Init { forecaster: self.clone(), init_from: self.card.init_from.clone() };
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

/// Returns the remark on rows that have changed. The sums of their closes, earlier and now, are compared if both are
/// known.
fn changed_up_to(until: Date, closes: Option<(f64, f64)>) -> UpdateRemark {
    match closes {
        Some((before, now)) if !are_equal_sums(before, now) => UpdateRemark::Revised { until },
        _ => UpdateRemark::Changed { until, are_closes_known: closes.is_some() },
    }
}
