//! Which days train, which stop the training, and which test it: always in this order of time.

use std::ops::Range;

use super::config::Config;
use crate::features::Frame;

/// Fewest windows that training makes sense with.
const MIN_TRAINING: usize = 20;
/// Fewest windows whose loss can decide when to stop.
const MIN_VALIDATION: usize = 5;
/// Fewest windows whose error is worth telling.
pub(super) const MIN_TEST: usize = 20;

/// More rows than any file has, and few enough that sums and shares of them are exact.
const MAX_ROWS: usize = 1 << 52;

/// Origins (rows a window ends on) of a fit. No target of a training window lies beyond the first
/// validation origin, so validation tells of days that training has not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spans {
    /// Origins whose windows train.
    pub training: Range<usize>,
    /// Origins whose windows decide when to stop; empty if all train.
    pub validation: Range<usize>,
}

impl Spans {
    /// Splits `origins`: the last `valid_fraction` of them validate. `None` if that leaves too
    /// few to train or to validate with.
    pub fn new(origins: Range<usize>, valid_fraction: f64, horizon: usize) -> Option<Spans> {
        let validating = (origins.len() as f64 * valid_fraction).round() as usize;
        let first = origins.end - validating;
        // With nothing to validate no target can leak into it, and every origin trains.
        let gap = if validating > 0 { horizon - 1 } else { 0 };
        let training = origins.start..first.checked_sub(gap)?;
        let enough = training.len() >= MIN_TRAINING && (valid_fraction == 0.0 || validating >= MIN_VALIDATION);
        enough.then_some(Spans { training, validation: first..origins.end })
    }

    /// All windows.
    pub fn windows(&self) -> usize {
        self.training.len() + self.validation.len()
    }
}

/// The origins of a file of `days` rows: the first whose inputs saw only what was known, to the
/// last whose target is in the file.
pub fn origins(days: usize, window: usize, horizon: usize) -> Range<usize> {
    let first = Frame::first_origin(window);
    first..days.saturating_sub(horizon).max(first)
}

/// How many of so many origins a test on the last `fraction` of them takes.
pub fn test_days(origins: usize, fraction: f64) -> usize {
    (origins as f64 * fraction).round() as usize
}

/// The origins of a test on the last `fraction` of days and the spans of a fit before it that
/// knows none of their targets. `None` if the file is too short for it.
pub fn test(
    origins: Range<usize>,
    fraction: f64,
    valid_fraction: f64,
    horizon: usize,
) -> Option<(Spans, Range<usize>)> {
    let testing = test_days(origins.len(), fraction);
    if testing < MIN_TEST {
        return None;
    }
    let first = origins.end - testing;
    let before = origins.start..(first + 1).checked_sub(horizon)?;
    Spans::new(before, valid_fraction, horizon).map(|spans| (spans, first..origins.end))
}

/// A setting of which a smaller value takes fewer rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// Test days of a backtest.
    TestDays,
    /// Fraction of the windows that is held back for validation.
    ValidFraction,
    /// Days of a window.
    Window,
    /// Days ahead.
    Horizon,
}

/// The settings of which smaller values would make the rows enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Smaller {
    /// Each of these alone.
    AnyOf(Vec<Setting>),
    /// All of these together.
    AllOf(Vec<Setting>),
}

/// What decides how many rows a fit takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needs {
    /// Days of a window.
    pub window: usize,
    /// Days ahead.
    pub horizon: usize,
    /// Fraction of the windows that is held back for validation.
    pub valid_fraction: f64,
}

impl Needs {
    /// The settings it is made of.
    pub const SETTINGS: [Setting; 3] = [Setting::ValidFraction, Setting::Window, Setting::Horizon];

    /// Those of a configuration.
    pub fn of(config: &Config) -> Needs {
        Needs { window: config.window, horizon: config.horizon, valid_fraction: config.valid_fraction }
    }

    /// The same with some of the settings at their minimum.
    pub fn with_minimal(self, settings: &[Setting]) -> Needs {
        let minimal = |setting| settings.contains(&setting);
        Needs {
            window: if minimal(Setting::Window) { 1 } else { self.window },
            horizon: if minimal(Setting::Horizon) { 1 } else { self.horizon },
            valid_fraction: if minimal(Setting::ValidFraction) { 0.0 } else { self.valid_fraction },
        }
    }

    /// Fewest rows a file must have to be trained on; `MAX_ROWS` where that is more than there are anywhere.
    pub fn rows(self) -> usize {
        let Needs { window, horizon, valid_fraction } = self;
        let enough = |days: usize| Spans::new(origins(days, window, horizon), valid_fraction, horizon).is_some();
        // Where some rows are enough, more are too: a fraction close to one needs more than can be counted up to.
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

/// Rows that are expected of a file, in words; more than a file of daily prices can have are not counted.
pub fn at_least(rows: usize) -> String {
    /// Two and a half thousand years.
    const MAX_ROWS: usize = 1_000_000;
    if rows > MAX_ROWS { "more than a file can have".into() } else { format!("at least {rows}") }
}

/// Which of `settings` to lower where rows are too few: each that is sufficient alone, or else a minimal set that is
/// sufficient together; `None` if all of them are not. `enough` says whether the rows are enough with those settings
/// at their minimum.
pub fn settings_to_lower(settings: &[Setting], enough: impl Fn(&[Setting]) -> bool) -> Option<Smaller> {
    let alone: Vec<Setting> = settings.iter().copied().filter(|setting| enough(&[*setting])).collect();
    if !alone.is_empty() {
        return Some(Smaller::AnyOf(alone));
    }
    let mut together = settings.to_vec();
    for setting in settings {
        let others: Vec<Setting> = together.iter().copied().filter(|other| other != setting).collect();
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
    fn spans_follow_one_another_and_share_no_target() {
        for horizon in [1, 5] {
            let all = origins(500, 4, horizon);
            assert_eq!(all, 33..500 - horizon);
            let (spans, testing) = test(all, 0.2, 0.15, horizon).unwrap();
            let last_target = |range: &Range<usize>| range.end - 1 + horizon;
            assert!(last_target(&spans.training) <= spans.validation.start);
            assert!(last_target(&spans.validation) <= testing.start);
            assert_eq!(testing.end - 1 + horizon, 499);
        }
    }

    #[test]
    fn needed_rows_are_the_fewest() {
        // The last would take hours to count up to.
        for (window, horizon, valid_fraction) in
            [(4, 1, 0.15), (22, 5, 0.5), (1, 1, 0.0), (9, 3, 0.98), (4, 1, 1.0 - 1e-11)]
        {
            let rows = Needs { window, horizon, valid_fraction }.rows();
            assert!(Spans::new(origins(rows, window, horizon), valid_fraction, horizon).is_some());
            assert!(Spans::new(origins(rows - 1, window, horizon), valid_fraction, horizon).is_none());
        }
    }

    /// A share so small that no file has enough rows for it.
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
        use Setting::{Horizon, ValidFraction, Window};
        // Rows that each setting saves, of the rows that are missing.
        let saved = |settings: &[Setting]| -> usize {
            let one = |setting: &Setting| match setting {
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
