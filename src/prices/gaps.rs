//! Days that are missing and days that should be.

use jiff::civil::Date;

use super::dates::days_between;
use super::draft::Draft;
use super::lines::Lines;
use super::sessions::TradingWeek;

/// Days without a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The last day before.
    pub from: Date,
    /// The first day after.
    pub to: Date,
}

impl Gap {
    /// From the one to the other, in days.
    pub fn days(&self) -> u64 {
        days_between(self.from, self.to).unsigned_abs()
    }
}

/// A gap that no holiday explains, in days and in usual steps.
const LONG_GAP: (u64, u64) = (20, 10);

/// Steps of so many days are no daily prices.
const DAILY: u64 = 4;

/// What the days of a series say.
#[derive(Debug, Default)]
pub(super) struct Days {
    /// The longest gap, if it is too long, and the line after it.
    pub long_gap: Option<(Gap, usize)>,
    /// The usual step in days, if it is too long for daily prices.
    pub step: Option<u64>,
    /// Days of the week on which the market does not trade.
    pub odd: Lines,
}

impl Days {
    /// Looks at the days of an ordered draft.
    pub fn find(draft: &Draft) -> Self {
        let dates = &draft.dates;
        let usual = usual_step(dates);
        let gap = longest_gap(dates).filter(|gap| gap.days() > LONG_GAP.0.max(LONG_GAP.1 * usual));
        let line = |gap: Gap| dates.binary_search(&gap.to).map_or(0, |row| draft.line(row));
        Self { long_gap: gap.map(|gap| (gap, line(gap))), step: (usual > DAILY).then_some(usual), odd: odd_days(draft) }
    }
}

/// The longest step from one day to the next.
pub(super) fn longest_gap(dates: &[Date]) -> Option<Gap> {
    let gaps = dates.windows(2).map(|pair| Gap { from: pair[0], to: pair[1] });
    gaps.rev().max_by_key(Gap::days)
}

fn usual_step(dates: &[Date]) -> u64 {
    let gaps = dates.windows(2).map(|pair| Gap { from: pair[0], to: pair[1] });
    let mut steps: Vec<u64> = gaps.map(|gap| gap.days()).collect();
    let middle = steps.len() / 2;
    if steps.is_empty() { 1 } else { *steps.select_nth_unstable(middle).1 }
}

/// Rows on days of the week that have next to none.
fn odd_days(draft: &Draft) -> Lines {
    let mut counts = [0_usize; 7];
    let weekday = |date: &Date| usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    draft.dates.iter().for_each(|date| counts[weekday(date)] += 1);
    let rare = |date: &Date| 50 * counts[weekday(date)] < draft.dates.len();
    let week = TradingWeek::learn(&draft.dates);
    let rows = draft.dates.iter().enumerate();
    rows.filter(|(_, date)| rare(date) && !week.trades_on(**date)).map(|(row, _)| draft.line(row)).collect()
}
