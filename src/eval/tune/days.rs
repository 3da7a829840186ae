//! The days of a search: folds, on which tries are scored, and after them the last span, which no try sees.

use std::ops::Range;

use super::TuneSettings;
use crate::eval::backtest::{BacktestError, Subject, test_origins};
use crate::model::{SizeSetting, Smaller};
use crate::prices::PriceSeries;

/// The days of a search on one series, as origins of forecasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDays {
    /// The folds, in order of time, equally long and adjacent. Each is one fit on the rows up to its first origin, and the
    /// forecasts from each of its origins. No target lies beyond the first origin of the last span.
    pub folds: Vec<Range<usize>>,
    /// The last span.
    pub test: Range<usize>,
}

impl SearchDays {
    /// The days of a series without days without trade. `subjects` are all configurations that will be fitted.
    ///
    /// # Errors
    /// [`BacktestError`] if the series is too short.
    pub fn of(
        series: &PriceSeries,
        subjects: &[Subject<'_>],
        settings: &TuneSettings,
    ) -> Result<SearchDays, BacktestError> {
        let walk = &settings.walk;
        let mut all = Vec::new();
        for subject in subjects {
            all.push(test_origins(series, *subject, walk)?);
        }
        let start = all.iter().map(|(test, _)| test.start).max().unwrap_or_default();
        let test = start..all.first().map_or(start, |(test, _)| test.end);
        let earliest = all.iter().map(|(_, earliest)| *earliest).max().unwrap_or_default();
        let end = (test.start + 1).saturating_sub(walk.horizon);
        // A fit has at least half of the rows before the last span, where the file is long enough for it.
        let (possible, shortest) = (end.saturating_sub(earliest), shortest(walk.horizon));
        let wanted = (settings.folds * walk.refit_every).min(end / 2).max(settings.folds * shortest);
        let length = (wanted.min(possible) / settings.folds).min(walk.refit_every.max(shortest));
        if length < shortest {
            let needed = series.len() + settings.folds * shortest - possible;
            let smaller = Some(Smaller::AnyOf(vec![SizeSetting::TestDays]));
            return Err(BacktestError::TooFewRows { rows: series.len(), needed, test_days: test.len(), smaller });
        }
        let fold = |fold: usize| {
            let after = (settings.folds - fold) * length;
            end - after..end - after + length
        };
        Ok(SearchDays { folds: (0..settings.folds).map(fold).collect(), test })
    }
}

/// Fewest days of a fold: as many as a backtest takes.
fn shortest(horizon: usize) -> usize {
    3.max(horizon + 1)
}
