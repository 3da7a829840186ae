//! The days of a search: folds, on which trials are scored, followed by the test days, which no trial uses.

use std::ops::Range;

use super::TuneSettings;
use crate::backtest::{BacktestError, Subject, test_origins};
use fourcast_model::{SizeSetting, Smaller};
use fourcast_prices::PriceSeries;

/// The days of a search on one series, as origins of forecasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDays {
    /// The folds, in order of time, adjacent and of equal length. Each has one fit on the rows up to its first origin,
    /// and forecasts from each of its origins. No target is after the first origin of the test days.
    pub folds: Vec<Range<usize>>,
    /// The test days.
    pub test: Range<usize>,
}

impl SearchDays {
    /// Returns the days of a series that has no days without trade. `subjects` are all configurations that will be
    /// fitted.
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
        // A fit has at least half of the rows before the test days, if the file is long enough.
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

/// Returns the minimum number of days of a fold, which is that of a backtest.
fn shortest(horizon: usize) -> usize {
    3.max(horizon + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::BacktestSettings;
    use crate::baselines::EWMA;
    use crate::tune::Objective;
    use fourcast_model::ConfigOptions;
    use jiff::ToSpan;

    fn series(rows: usize) -> PriceSeries {
        let close: Vec<f64> = (0..rows).map(|row| 100.0 + (row % 7) as f64).collect();
        let first = jiff::civil::date(2000, 1, 3);
        let dates = (0..rows).map(|row| first + (row as i64).days()).collect();
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    fn days(rows: usize, horizon: usize, test_days: Option<usize>) -> Result<SearchDays, BacktestError> {
        let walk = BacktestSettings {
            horizon,
            test_days,
            refit_every: 63,
            rolling: None,
            calendar: None,
            baselines: vec![EWMA],
            test_fraction: 0.2,
            levels: Vec::new(),
            events: Vec::new(),
            threads: 1,
        };
        let settings = TuneSettings { walk, folds: 9, objective: Objective::Crps, seed: 1 };
        let series = series(rows);
        let (config, init) = ConfigOptions::default().resolve(&series).unwrap();
        SearchDays::of(
            &series,
            &[Subject::Recipe { config: &config, init: init.as_ref(), in_sample: false }],
            &settings,
        )
    }

    /// Folds are adjacent and of equal length, and the last target of the last fold is the first origin of the test
    /// days.
    #[test]
    fn no_target_of_a_fold_is_in_the_last_span() {
        for (rows, horizon, test, length) in
            [(2000, 1, 500, 63), (2000, 5, 500, 63), (600, 1, 200, 22), (150, 1, 50, 4)]
        {
            let days = days(rows, horizon, None).unwrap();
            assert_eq!((days.test.len(), days.test.end), (test, rows - horizon), "{rows} rows");
            assert_eq!((days.folds.len(), days.folds[8].end - 1 + horizon), (9, days.test.start), "{rows} rows");
            assert!(days.folds.windows(2).all(|two| two[0].end == two[1].start));
            assert!(days.folds.iter().all(|fold| fold.len() == length), "{rows} rows: {:?}", days.folds);
        }
    }

    #[test]
    fn a_series_without_room_for_the_folds_is_too_short() {
        let error = days(150, 1, Some(80)).unwrap_err();
        let BacktestError::TooFewRows { rows, needed, test_days, .. } = error else { panic!("{error}") };
        assert_eq!((rows, test_days), (150, 80));
        assert!(days(needed, 1, Some(80)).is_ok() && days(needed - 1, 1, Some(80)).is_err(), "{needed}");
    }
}
