//! Missing days, and rows on days without trading.

use std::ops::Range;

use jiff::civil::Date;

use super::dates::days_between;
use super::draft::Draft;
use super::lines::Lines;
use super::sessions::TradingWeek;
use super::spacing::{OtherEnd, Spaced, Spacing};

/// A gap: days without a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The last day before the gap.
    pub from: Date,
    /// The first day after the gap.
    pub to: Date,
}

impl Gap {
    /// Returns the days from the last day before to the first day after.
    pub fn days(&self) -> u64 {
        days_between(self.from, self.to).unsigned_abs()
    }
}

/// The maximum gap between days, in days and in usual steps.
const LONG_GAP: (u64, u64) = (20, 10);

/// Returns the longest step that needs no warning; for weeks and months, half a period more than the usual step.
fn longest_usual(is_daily: bool, usual: u64) -> u64 {
    if is_daily { LONG_GAP.0.max(LONG_GAP.1 * usual) } else { usual + usual / 2 }
}

/// Findings about the days of a series.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// The longest step from one day to the next.
    pub longest: Option<Gap>,
    /// The longest gap, if it is too long, and the line after it.
    pub long_gap: Option<(Gap, usize)>,
    /// Days of the week on which the market does not trade.
    pub odd: Lines,
}

impl Days {
    /// Examines the days of an ordered draft. Rows of another frequency at an end are excluded, because they have their
    /// own report.
    pub fn find(draft: &Draft, spaced: Option<Spaced>, other_end: Option<&OtherEnd>) -> Self {
        let but = other_end.map_or(0..0, |end| end.places(draft.dates.len()));
        let is_daily = spaced.is_none_or(|spaced| spaced.spacing == Spacing::Daily);
        let gap = |row: usize| Gap { from: draft.dates[row], to: draft.dates[row + 1] };
        let mut steps: Vec<u64> = (1..draft.dates.len()).map(|row| gap(row - 1).days()).collect();
        // `max_by_key` returns the last maximum; in reverse order that is the first.
        let longest_of = |rows: &dyn Fn(usize) -> bool| {
            (0..steps.len()).rev().filter(|&row| rows(row)).max_by_key(|&row| steps[row])
        };
        let longest = longest_of(&|_| true);
        let long = longest_of(&|row| !(but.contains(&row) && but.contains(&(row + 1))));
        let usual = middle(&mut steps).unwrap_or(1);
        let long = long.filter(|&row| gap(row).days() > longest_usual(is_daily, usual));
        Self {
            longest: longest.map(gap),
            long_gap: long.map(|row| (gap(row), draft.line(row + 1))),
            odd: if is_daily { odd_days(draft, &but) } else { Lines::default() },
        }
    }
}

/// Returns the median step; the shorter of two in the middle, so that one long step of two is not taken as usual.
fn middle(steps: &mut [u64]) -> Option<u64> {
    let middle = steps.len().max(1).div_ceil(2) - 1;
    (!steps.is_empty()).then(|| *steps.select_nth_unstable(middle).1)
}

/// Returns the rows on days of the week that hardly occur.
fn odd_days(draft: &Draft, but: &Range<usize>) -> Lines {
    let weekday = |date: &Date| usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    let mut counts = [0_usize; 7];
    draft.dates.iter().for_each(|date| counts[weekday(date)] += 1);
    let rare = counts.map(|count| 50 * count < draft.dates.len());
    if (0..7).all(|day| !rare[day] || counts[day] == 0) {
        return Lines::default();
    }
    let week = TradingWeek::detect(&draft.dates);
    let rows = draft.dates.iter().enumerate();
    let rows = rows.filter(|(row, _)| !but.contains(row));
    let odd = rows.filter(|(_, date)| rare[weekday(date)] && !week.trades_on(**date));
    odd.map(|(row, _)| draft.line(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_step_of_two_is_no_usual_one() {
        assert_eq!(middle(&mut [1464, 1]), Some(1));
        assert_eq!(middle(&mut [3, 1, 1464]), Some(3));
        assert_eq!(middle(&mut [7]), Some(7));
        assert_eq!(middle(&mut []), None);
    }
}
