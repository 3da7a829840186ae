//! The rows after the last day of a model: their outcomes, and the changes that these cause.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::error::UpdateError;
use super::remark::{Doubt, Jump, UpdateRemark};
use crate::calibration::{self, Calibration, RecalibrationMap};
use crate::card::Card;
use crate::evaluation::Coverage;
use crate::forecaster::Forecaster;
use crate::reference;
use crate::unseen::Unseen;
use fourcast_features::Frame;
use fourcast_prices::PriceSeries;

/// A return of this many times the volatility is reported: single stocks have moved by ten times their volatility after
/// announcements.
const JUMP: f64 = 12.0;
/// The weight of a row in the running mean of squared moves, so that the volatility follows the market.
const WEIGHT: f64 = 0.06;
/// The log return, a factor of 2.5, beyond which the next row does not confirm a move.
const VAST: f64 = 0.916;
/// The multiple of the volatility beyond which the next row does not confirm a move either.
const VAST_TIMES: f64 = 40.0;
/// If the next row reverses more than this fraction of a move, it does not confirm the move.
const TAKEN_BACK: f64 = 0.5;

/// The rows of a series after the last day of a model.
pub(super) struct NewRows<'a> {
    model: &'a Forecaster,
    /// The model without recalibration.
    raw: Forecaster,
    traded: &'a PriceSeries,
    frame: Frame,
    /// The first new row.
    first: usize,
    /// The first origin whose outcomes count.
    first_origin: usize,
}

impl<'a> NewRows<'a> {
    pub fn of(model: &'a Forecaster, traded: &'a PriceSeries, until: Date) -> Result<NewRows<'a>, UpdateError> {
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

    /// Returns the first and the last new day.
    pub fn days(&self) -> Option<(Date, Date)> {
        Some((*self.traded.dates.get(self.first)?, *self.traded.dates.last()?))
    }

    pub fn count(&self) -> usize {
        self.traded.len() - self.first
    }

    fn log_return(&self, row: usize) -> f64 {
        (self.frame.adjusted(row) / self.frame.adjusted(row - 1)).ln()
    }

    /// Returns remarks on new rows that are far from the row before, by the root mean square return of the
    /// training rows or that of the rows before each, whichever is larger: the first that no later row confirms, and
    /// the first that a later row confirms.
    pub fn jumps(&self) -> Vec<UpdateRemark> {
        let of_training = self.model.card.initial_variance;
        let (mut recent, mut doubtful, mut confirmed) = (of_training, None, None);
        for row in 1..self.traded.len() {
            let log_return = self.log_return(row);
            let times = log_return.abs() / recent.max(of_training).sqrt();
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

    /// Returns the origins whose outcomes, this many days ahead, count in this update. A model without calibration uses
    /// all outcomes since its training, because those of earlier updates were too few for a calibration.
    fn origins(&self, ahead: usize) -> Range<usize> {
        let first = if self.model.card.calibration.is_some() { self.first.saturating_sub(ahead) } else { 0 };
        let end = self.traded.len().saturating_sub(ahead).max(self.first_origin);
        first.clamp(self.first_origin, end)..end
    }

    fn horizons(&self) -> Vec<usize> {
        self.model.card.config.horizons()
    }

    /// Returns the forecasts of the model before the update, without recalibration, from all origins with an outcome
    /// that counts.
    pub fn outcomes(&self) -> Unseen<'_> {
        let each: Vec<Range<usize>> = self.horizons().iter().map(|ahead| self.origins(*ahead)).collect();
        let first = each.iter().map(|origins| origins.start).min().unwrap_or(0);
        let end = each.iter().map(|origins| origins.end).max().unwrap_or(0);
        Unseen::new(&self.raw, self.frame.clone(), first..end, None)
    }

    /// Returns the levels of the outcomes that count, for each day ahead.
    fn levels(&self, outcomes: &Unseen<'_>) -> Vec<Vec<f64>> {
        let of_day = |(step, ahead): (usize, usize)| outcomes.levels_of(step, &self.origins(ahead)).collect();
        self.horizons().into_iter().enumerate().map(of_day).collect()
    }

    /// Returns the number of outcomes in the maps of the updated model.
    pub fn counted(&self, outcomes: &Unseen<'_>) -> Vec<usize> {
        let card = &self.model.card;
        let before =
            if card.calibration.is_some() { card.calibrated_outcomes() } else { vec![0; self.horizons().len()] };
        before.iter().zip(self.levels(outcomes)).map(|(before, new)| before.saturating_add(new.len())).collect()
    }

    /// Adds the outcomes to the maps. If there are no maps, makes them if the outcomes are enough.
    pub fn move_calibration(&self, outcomes: &Unseen<'_>, after: &mut Card) {
        let card = &self.model.card;
        let levels = self.levels(outcomes);
        let origins = self.origins(self.horizons()[0]);
        let days = levels[0].len();
        let shrunk = |step: usize| calibration::pseudo_days(&card.init_from, self.horizons()[step]);
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

    /// Sets the initial variance to the mean over the rows of the training and the new rows. K is measured on all rows
    /// if the series has those of the training.
    pub fn move_scales(&self, after: &mut Card) {
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

    /// Returns the coverage of the first day ahead on the new rows, by the model before the update, and the number of
    /// its outcomes.
    pub fn coverage(&self, outcomes: &Unseen<'_>) -> (Option<Coverage>, usize) {
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
