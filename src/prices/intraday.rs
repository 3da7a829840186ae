//! Several rows per day, although one is expected.

use super::columns::Field;
use super::draft::Draft;
use super::error::Cause;
use super::spacing::{Spaced, Spacing};

/// Fewer rows without a time of day are one day that occurs twice by mistake.
const MIN_UNTIMED: usize = 6;
/// If rows are at regular times, at least one step in this many is the usual one.
const MIN_ALIKE: usize = 4;

/// Returns the spacing of rows, if most days have several; `None` if this is the exception.
///
/// Rows of one day count as several if their times differ, or if they have no times and their prices differ. If a
/// column of words can hold tickers, different prices are no evidence.
pub(super) fn find(draft: &Draft, cause: Cause) -> Option<Spaced> {
    let timed = draft.times().is_some();
    if !timed && (cause == Cause::Words || draft.dates.len() < MIN_UNTIMED) {
        return None;
    }
    let rows = by_time(draft);
    let days: Vec<&[usize]> = rows.chunk_by(|&one, &other| draft.dates[one] == draft.dates[other]).collect();
    let mut steps: Vec<u32> = days.iter().flat_map(|day| steps_within(draft, day)).collect();
    let several = days.iter().filter(|day| !steps_within(draft, day).is_empty()).count();
    if 2 * several <= days.len() {
        return None;
    }
    let of = steps.len();
    let middle = of / 2;
    let usual = *steps.select_nth_unstable(middle).1;
    let alike = steps.iter().filter(|step| **step == usual).count();
    // Trades occur at any time; in rows of minutes and hours, only some are missing.
    let is_regular = MIN_ALIKE * alike >= of;
    Some(Spaced { spacing: Spacing::Intraday(Some(usual).filter(|_| timed && is_regular)), steps: alike, of })
}

/// Keeps the last row of each day, in order.
pub(super) fn keep_last(draft: &mut Draft) {
    let rows = by_time(draft);
    let days = rows.chunk_by(|&one, &other| draft.dates[one] == draft.dates[other]);
    let last: Vec<usize> = days.filter_map(|day| day.last().copied()).collect();
    draft.reorder(&last);
}

fn by_time(draft: &Draft) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..draft.dates.len()).collect();
    rows.sort_by_key(|&row| (draft.dates[row], draft.times().map(|times| times[row])));
    rows
}

/// Returns the steps from row to row of a day, in seconds; 0 for a row that differs only in its price.
fn steps_within(draft: &Draft, day: &[usize]) -> Vec<u32> {
    let close = &draft.values[Field::Close as usize];
    let step = |pair: &[usize]| match draft.times() {
        Some(times) => Some(times[pair[1]] - times[pair[0]]).filter(|step| *step > 0),
        None => (close[pair[0]] != close[pair[1]]).then_some(0),
    };
    day.windows(2).filter_map(step).collect()
}
