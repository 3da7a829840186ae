//! First or last rows of another frequency.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;

use super::{MAX_DAILY, MIN_SIDE, Spacing, count, frequency_of, kind_of, steps};
use crate::frequency::Frequency;
use crate::lines::Lines;
use fourcast_base::words::counted;

/// First or last rows whose frequency differs from that of the others: too few for [`Spacing::Mixed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherEnd {
    /// Whether they are the first rows; otherwise they are the last.
    pub is_start: bool,
    /// The number of these rows.
    pub rows: usize,
    /// The frequency of these rows.
    pub frequency: Frequency,
    /// The frequency of the other rows.
    pub others: Frequency,
    /// The first day of the other rows, or their last day.
    pub edge: Date,
    /// The last line of these rows if they are at the start, or the first if they are at the end.
    pub line: Lines,
}

impl OtherEnd {
    /// Returns the indices of these rows among all, including the step to the others.
    pub(crate) fn places(&self, rows: usize) -> Range<usize> {
        if self.is_start { 0..self.rows + 1 } else { rows - self.rows - 1..rows }
    }

    /// Finds such rows among days in order; the rows must mostly have one frequency.
    pub(crate) fn find(dates: &[Date], found: Spacing, line: impl Fn(usize) -> usize) -> Option<Self> {
        const MIN_ROWS: usize = 2;
        let steps = steps(dates);
        let most = frequency_of(found)?;
        // In markets with few trades, long steps are days without any trade.
        if most.is_daily() && 10 * count(&steps, &(1..=MAX_DAILY)) < 9 * (steps.len() - steps.len().min(MIN_SIDE)) {
            return None;
        }
        let run = |steps: &mut dyn Iterator<Item = &u64>| {
            let mut steps = steps.peekable();
            let kind = kind_of(steps.peek()?).filter(|kind| *kind != most)?;
            let rows = steps.take_while(|step| kind_of(step) == Some(kind)).count();
            (MIN_ROWS..MIN_SIDE).contains(&rows).then_some((kind, rows))
        };
        let at_end = |(frequency, rows): (Frequency, usize)| {
            let (edge, line) = (dates[dates.len() - 1 - rows], line(dates.len() - rows).into());
            Self { is_start: false, rows, frequency, others: most, edge, line }
        };
        let at_start = |(frequency, rows): (Frequency, usize)| Self {
            is_start: true,
            rows,
            frequency,
            others: most,
            edge: dates[rows],
            line: line(rows - 1).into(),
        };
        run(&mut steps.iter().rev()).map(at_end).or_else(|| run(&mut steps.iter()).map(at_start))
    }
}

impl fmt::Display for OtherEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, frequency, others, line, .. } = self;
        let (end, way) = if self.is_start { ("first", "up to") } else { ("last", "from") };
        let on = if self.is_start { "" } else { " on" };
        let (unit, other) = (frequency.unit(), others.unit());
        write!(f, "the {end} {} are a {unit} apart ({way} {line}{on}), the others a {other}: ", counted(*rows, "row"))?;
        write!(f, "they are read as {other}s")
    }
}
