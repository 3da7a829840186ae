//! Which days train, which stop the training, and which test it: always in this order of time.

use std::ops::Range;

use crate::features::Frame;

/// Fewest windows that training makes sense with.
const LEAST_TRAINING: usize = 20;
/// Fewest windows whose loss can decide when to stop.
const LEAST_VALIDATION: usize = 5;
/// Fewest windows whose error is worth telling.
pub(super) const LEAST_TEST: usize = 20;

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
        let enough = training.len() >= LEAST_TRAINING && (valid_fraction == 0.0 || validating >= LEAST_VALIDATION);
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

/// The origins of a test on the last `fraction` of days and the spans of a fit before it that
/// knows none of their targets. `None` if the file is too short for it.
pub fn test(
    origins: Range<usize>,
    fraction: f64,
    valid_fraction: f64,
    horizon: usize,
) -> Option<(Spans, Range<usize>)> {
    let testing = (origins.len() as f64 * fraction).round() as usize;
    if testing < LEAST_TEST {
        return None;
    }
    let first = origins.end - testing;
    let before = origins.start..(first + 1).checked_sub(horizon)?;
    Spans::new(before, valid_fraction, horizon).map(|spans| (spans, first..origins.end))
}

/// Fewest rows a file must have to be trained on.
pub fn rows_needed(window: usize, horizon: usize, valid_fraction: f64) -> usize {
    let enough = |days: usize| Spans::new(origins(days, window, horizon), valid_fraction, horizon).is_some();
    // Where some rows are enough, more are too: a fraction close to one needs more than can be counted up to.
    let (mut few, mut many) = (0, Frame::first_origin(window) + horizon);
    while !enough(many) && many < usize::MAX {
        (few, many) = (many, many.saturating_mul(2));
    }
    while many - few > 1 {
        let middle = few + (many - few) / 2;
        if enough(middle) { many = middle } else { few = middle }
    }
    many
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
        for (window, horizon, fraction) in [(4, 1, 0.15), (22, 5, 0.5), (1, 1, 0.0), (9, 3, 0.98), (4, 1, 1.0 - 1e-11)]
        {
            let rows = rows_needed(window, horizon, fraction);
            assert!(Spans::new(origins(rows, window, horizon), fraction, horizon).is_some());
            assert!(Spans::new(origins(rows - 1, window, horizon), fraction, horizon).is_none());
        }
    }
}
