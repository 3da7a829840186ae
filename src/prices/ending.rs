//! Findings about the last rows of a series, from which a forecast starts.

use std::fmt;

use jiff::civil::Date;

use super::columns::Field;
use super::draft::Draft;
use super::lines::Lines;
use fourcast_base::words::counted;

/// Findings about the end of a series.
#[derive(Debug, Default)]
pub(super) struct Ending {
    pub no_price: Option<NoPriceAtEnd>,
    pub unfinished_day: Option<UnfinishedDay>,
    pub stale: Option<StaleEnd>,
}

impl Ending {
    /// Examines the end of an ordered draft.
    pub fn find(draft: &Draft) -> Self {
        Self {
            no_price: NoPriceAtEnd::find(draft),
            unfinished_day: UnfinishedDay::find(draft),
            stale: StaleEnd::find(draft),
        }
    }
}

/// Rows after the last price that have a date but no price: empty cells, or zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPriceAtEnd {
    /// The day of the last price.
    pub last: Date,
    /// The last day of the rows without a price.
    pub end: Date,
    /// The number of these rows.
    pub rows: usize,
}

impl NoPriceAtEnd {
    fn find(draft: &Draft) -> Option<Self> {
        let last = *draft.dates.last()?;
        let after = || draft.priceless_dates().filter(|date| *date > last);
        Some(Self { last, end: after().max()?, rows: after().count() })
    }

    /// Whether there are so many such rows that the series may have ended.
    pub fn may_have_ended(&self) -> bool {
        const MIN_ROWS: usize = 5;
        self.rows >= MIN_ROWS
    }
}

impl fmt::Display for NoPriceAtEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { last, end, rows } = self;
        let (rows, follow) = (counted(*rows, "row"), if *rows == 1 { "follows" } else { "follow" });
        write!(f, "the last price is of {last}, and {rows} without a price {follow}, up to {end}: ")?;
        write!(f, "forecasts start from the last price")
    }
}

/// A last row whose time of day differs from that of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedDay {
    /// The day.
    pub date: Date,
    /// The line of the row.
    pub line: Lines,
    /// The time of the row, in seconds since midnight.
    pub time: u32,
    /// The earliest and the latest time of the other rows.
    pub others: (u32, u32),
}

/// Daylight saving time in seconds.
const SUMMER: u32 = 3600;

impl UnfinishedDay {
    /// Finds a last row of a day that may be unfinished: its time differs from the common time of the other rows, or is
    /// earlier than all of their times.
    fn find(draft: &Draft) -> Option<Self> {
        const MIN_OTHERS: usize = 3;
        let [others @ .., time] = draft.times()? else { return None };
        let (least, most) = (*others.iter().min()?, *others.iter().max()?);
        let alike = most - least <= SUMMER;
        let earlier = *time + SUMMER < least;
        let later = *time > most + SUMMER && alike;
        let row = draft.dates.len() - 1;
        let found = Self { date: draft.dates[row], line: draft.line(row).into(), time: *time, others: (least, most) };
        (others.len() >= MIN_OTHERS && (earlier || later)).then_some(found)
    }
}

impl fmt::Display for UnfinishedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (clock(self.others.0), clock(self.others.1));
        let others = if least == most { least } else { format!("{least} to {most}") };
        let (date, line, time) = (self.date, &self.line, clock(self.time));
        write!(f, "the last row, {date} ({line}), has the time {time}, the others {others}: its day may not be over")
    }
}

fn clock(seconds: u32) -> String {
    format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

/// Last rows that repeat a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleEnd {
    /// The day whose close the rows repeat.
    pub since: Date,
    /// The number of these rows.
    pub rows: usize,
    /// Whether the file has bars or volumes, and the rows have one price and no volume.
    pub is_untraded: bool,
}

impl StaleEnd {
    /// Finds the last rows that repeat the close of the row before. With bars or volumes, a few days without trade are
    /// enough; otherwise there must be more such rows than by chance, as in a pegged currency or a price on a coarse
    /// grid. If a feed has stopped, a new volume is no evidence of trade.
    fn find(draft: &Draft) -> Option<Self> {
        const MIN_HALTED: usize = 5;
        const MIN_EQUAL: usize = 15;
        let close = &draft.values[Field::Close as usize];
        let alone = [Field::Volume, Field::High].iter().all(|field| draft.values[*field as usize].is_empty());
        let (untraded, _) = runs(close, |row| is_without_trade(draft, row));
        let (equal, longest_before) = runs(close, |_| true);
        let rows = match (alone, equal >= MIN_EQUAL.max(3 * longest_before)) {
            (false, _) if untraded >= MIN_HALTED => untraded,
            (_, true) => equal,
            _ => return None,
        };
        let is_untraded = !alone && rows == untraded;
        Some(Self { since: draft.dates[close.len() - 1 - rows], rows, is_untraded })
    }
}

/// Returns how many of the last rows repeat the close of the row before and pass a test, and the longest earlier run of
/// such rows.
fn runs(close: &[f64], test: impl Fn(usize) -> bool) -> (usize, usize) {
    let (mut run, mut longest_before) = (0, 0);
    for row in 1..close.len() {
        if close[row] == close[row - 1] && test(row) {
            run += 1;
        } else {
            longest_before = longest_before.max(run);
            run = 0;
        }
    }
    (run, longest_before)
}

/// Whether a row shows that there was no trade: no volume, and all prices equal.
fn is_without_trade(draft: &Draft, row: usize) -> bool {
    let value = |field: Field| draft.values[field as usize].get(row).copied().filter(|value| !value.is_nan());
    let close = value(Field::Close);
    let same = |field: Field| value(field).is_none() || value(field) == close;
    value(Field::Volume).is_none_or(|volume| volume == 0.0)
        && [Field::Open, Field::High, Field::Low].into_iter().all(same)
}

impl fmt::Display for StaleEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = counted(self.rows, "row");
        match self.is_untraded {
            true => write!(f, "the last {rows} repeat the close of {}, with one price and no volume", self.since),
            false => write!(f, "the price does not change on the last {rows}, since {}", self.since),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    /// Returns the warnings about rows of a bar and zeros, with or without a header.
    fn warned(header: &str, rows: &[&str]) -> String {
        let reading = read(&format!("{header}{}\n", rows.join("\n"))).unwrap();
        reading.warnings.iter().map(|warning| format!("{warning}\n")).collect()
    }

    #[test]
    fn rows_of_zeros_at_the_end_have_no_price() {
        const ZEROS: [&str; 2] = ["2024-01-05,0,0,0,0,0", "2024-01-08,0.00,0.00,0.00,0.00,0"];
        const PRICED: [&str; 4] =
            ["2024-01-02,4,6,3,5,800", "2024-01-03,5,7,4,6,900", "2024-01-04,6,8,5,7,700", "2024-01-09,7,8,6,7.5,750"];
        let start = [&PRICED[..3], &ZEROS].concat();
        let newest_first: Vec<&str> = start.iter().rev().copied().collect();
        let end = "the last price is of 2024-01-04, and 2 rows without a price follow, up to 2024-01-08";
        for header in ["Date,Open,High,Low,Close,Volume\n", ""] {
            for rows in [&start, &newest_first] {
                let found = warned(header, rows);
                assert!(found.contains(end), "{found}");
            }
            // Before a price, rows of zeros are days without trade.
            let found = warned(header, &[&PRICED[..3], &ZEROS, &PRICED[3..]].concat());
            assert!(found.contains("left out 2 rows of zeros") && !found.contains("without a price"), "{found}");
        }
        let found = warned("Date,Close\n", &["2024-01-02,5", "2024-01-03,6", "2024-01-04,7", "2024-01-05,0"]);
        assert!(found.contains("2024-01-04, and 1 row without a price follows, up to 2024-01-05"), "{found}");
    }
}
