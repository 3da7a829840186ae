//! Training, validation and test days, in this order in time.

use std::ops::Range;

use super::config::Config;
use fourcast_features::Frame;

/// Minimum number of training windows.
const MIN_TRAINING: usize = 20;
/// Minimum number of validation windows.
const MIN_VALIDATION: usize = 5;
/// Minimum number of test windows.
pub(super) const MIN_TEST: usize = 20;

/// More rows than any file has, but few enough that sums and fractions of them are exact.
const MAX_ROWS: usize = 1 << 52;

/// Origins (last rows of windows) of a fit. No target of a training window is after the first validation origin, so
/// that validation days are unseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spans {
    /// Origins of training windows.
    pub training: Range<usize>,
    /// Origins of validation windows; empty if all windows are used for training.
    pub validation: Range<usize>,
}

impl Spans {
    /// Splits `origins`: the last `valid_fraction` of them are for validation. `None` if one part is too small.
    pub fn new(origins: Range<usize>, valid_fraction: f64, horizon: usize) -> Option<Spans> {
        let validating = (origins.len() as f64 * valid_fraction).round() as usize;
        let first = origins.end - validating;
        // Without validation no target can leak into it, and every origin is used for training.
        let gap = if validating > 0 { horizon - 1 } else { 0 };
        let training = origins.start..first.checked_sub(gap)?;
        let spans = Spans { training, validation: first..origins.end };
        Spans::are_enough(std::slice::from_ref(&spans), valid_fraction).then_some(spans)
    }

    /// Whether all series together have enough windows.
    pub(super) fn are_enough(each: &[Spans], valid_fraction: f64) -> bool {
        let count = |of: fn(&Spans) -> usize| each.iter().map(of).sum::<usize>();
        let validated = valid_fraction == 0.0 || count(|spans| spans.validation.len()) >= MIN_VALIDATION;
        validated && count(|spans| spans.training.len()) >= MIN_TRAINING
    }

    /// Returns the last row on which a target of the window ending on `origin` can lie, if the first day ahead is
    /// `ahead`: the row of the last target of the training, or of the validation.
    pub fn last_row(&self, origin: usize, ahead: usize) -> usize {
        let end = if origin < self.training.end { self.training.end } else { self.validation.end };
        (end + ahead).saturating_sub(1)
    }

    /// The number of windows.
    pub fn windows(&self) -> usize {
        self.training.len() + self.validation.len()
    }
}

/// Returns the origins of a series of `days` rows: from the first without look-ahead in its inputs to the last with a
/// known target.
pub fn origins(days: usize, window: usize, horizon: usize) -> Range<usize> {
    let first = Frame::first_origin(window);
    first..days.saturating_sub(horizon).max(first)
}

/// Returns the number of test days: the last `fraction` of `origins`.
pub fn test_days(origins: usize, fraction: f64) -> usize {
    (origins as f64 * fraction).round() as usize
}

/// A setting for which a smaller value requires fewer rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeSetting {
    /// Test days of a backtest.
    TestDays,
    /// Fraction of the windows that is held out for validation.
    ValidFraction,
    /// Days per window.
    Window,
    /// Days ahead.
    Horizon,
}

/// The settings to lower so that there are enough rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smaller {
    /// Any one of these settings.
    AnyOf(Vec<SizeSetting>),
    /// All of these settings together.
    AllOf(Vec<SizeSetting>),
}

/// The values that determine the number of rows required for a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needs {
    /// Days per window.
    pub window: usize,
    /// Days ahead.
    pub horizon: usize,
    /// Fraction of the windows that is held out for validation.
    pub valid_fraction: f64,
}

impl Needs {
    /// The settings that correspond to the fields.
    pub const SETTINGS: [SizeSetting; 3] = [SizeSetting::ValidFraction, SizeSetting::Window, SizeSetting::Horizon];

    /// Returns the needs of a configuration.
    pub fn of(config: &Config) -> Needs {
        Needs { window: config.window, horizon: config.days_to_target(), valid_fraction: config.valid_fraction }
    }

    /// Returns these needs with some of the settings at their minimum.
    pub fn with_minimal(self, settings: &[SizeSetting]) -> Needs {
        let minimal = |setting| settings.contains(&setting);
        Needs {
            window: if minimal(SizeSetting::Window) { 1 } else { self.window },
            horizon: if minimal(SizeSetting::Horizon) { 1 } else { self.horizon },
            valid_fraction: if minimal(SizeSetting::ValidFraction) { 0.0 } else { self.valid_fraction },
        }
    }

    /// Returns the minimum number of rows for a fit; at most 2^52.
    pub fn rows(self) -> usize {
        let Needs { window, horizon, valid_fraction } = self;
        let enough = |days: usize| Spans::new(origins(days, window, horizon), valid_fraction, horizon).is_some();
        // A bisection, because a fraction close to one requires more rows than can be counted up to. It is valid
        // because more rows than enough are also enough.
        let (mut few, mut many) = (0, Frame::first_origin(window) + horizon);
        while !enough(many) && many < MAX_ROWS {
            (few, many) = (many, (2 * many).min(MAX_ROWS));
        }
        while many - few > 1 {
            let middle = few + (many - few) / 2;
            if enough(middle) { many = middle } else { few = middle }
        }
        many
    }
}

/// Returns the minimum number of rows in words. A number above that of any file of daily prices is not written.
pub fn at_least(rows: usize) -> String {
    /// About four thousand years of 250 trading days.
    const MAX_ROWS: usize = 1_000_000;
    if rows > MAX_ROWS { "more than a file can have".into() } else { format!("at least {rows}") }
}

/// Returns which of `settings` to lower if there are too few rows: each that is sufficient alone, or else a minimal set
/// that is sufficient together; `None` if even all of them are not. `enough` returns whether the rows are enough with
/// those settings at their minimum.
pub fn settings_to_lower(settings: &[SizeSetting], enough: impl Fn(&[SizeSetting]) -> bool) -> Option<Smaller> {
    let alone: Vec<SizeSetting> = settings.iter().copied().filter(|setting| enough(&[*setting])).collect();
    if !alone.is_empty() {
        return Some(Smaller::AnyOf(alone));
    }
    let mut together = settings.to_vec();
    for setting in settings {
        let others: Vec<SizeSetting> = together.iter().copied().filter(|other| other != setting).collect();
        if enough(&others) {
            together = others;
        }
    }
    enough(&together).then_some(Smaller::AllOf(together))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_in_order_and_share_no_target() {
        for horizon in [1, 5] {
            let all = origins(500, 4, horizon);
            assert_eq!(all, 33..500 - horizon);
            let spans = Spans::new(all, 0.15, horizon).unwrap();
            let last_target = |range: &Range<usize>| range.end - 1 + horizon;
            assert!(last_target(&spans.training) <= spans.validation.start);
            assert_eq!(last_target(&spans.validation), 499);
        }
    }

    #[test]
    fn needed_rows_are_the_fewest() {
        // Without bisection, the last case would take hours.
        for (window, horizon, valid_fraction) in
            [(4, 1, 0.15), (22, 5, 0.5), (1, 1, 0.0), (9, 3, 0.98), (4, 1, 1.0 - 1e-11)]
        {
            let rows = Needs { window, horizon, valid_fraction }.rows();
            assert!(Spans::new(origins(rows, window, horizon), valid_fraction, horizon).is_some());
            assert!(Spans::new(origins(rows - 1, window, horizon), valid_fraction, horizon).is_none());
        }
    }

    /// Fractions so small or so close to one that no file has enough rows.
    #[test]
    fn rows_beyond_any_file_have_a_bound() {
        for valid_fraction in [1e-19, f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0] {
            let rows = Needs { window: 10_000, horizon: 10_000, valid_fraction }.rows();
            assert!(rows <= MAX_ROWS && rows > 1 << 50, "{rows}");
        }
    }

    #[test]
    fn rows_that_no_file_has_are_not_counted() {
        let needs = |valid_fraction: f64| at_least(Needs { window: 4, horizon: 1, valid_fraction }.rows());
        assert_eq!(needs(0.0), "at least 54");
        assert_eq!(needs(1.0 - 1e-12), "more than a file can have");
    }

    #[test]
    fn the_fewest_settings_that_are_sufficient_are_named() {
        use SizeSetting::{Horizon, ValidFraction, Window};
        // The rows that the settings save, to compare with the rows that are missing.
        let saved = |settings: &[SizeSetting]| -> usize {
            let one = |setting: &SizeSetting| match setting {
                Window => 5,
                Horizon => 6,
                _ => 1,
            };
            settings.iter().map(one).sum()
        };
        let lower = |missing: usize| settings_to_lower(&Needs::SETTINGS, |settings| saved(settings) >= missing);
        assert_eq!(lower(1), Some(Smaller::AnyOf(vec![ValidFraction, Window, Horizon])));
        assert_eq!(lower(5), Some(Smaller::AnyOf(vec![Window, Horizon])));
        assert_eq!(lower(7), Some(Smaller::AllOf(vec![Window, Horizon])));
        assert_eq!(lower(12), Some(Smaller::AllOf(vec![ValidFraction, Window, Horizon])));
        assert_eq!(lower(13), None);
    }
}
