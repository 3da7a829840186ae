//! First or last rows of another frequency.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;

use super::{MAX_DAILY, MIN_SIDE, MIN_STEPS, Spacing, changes, count, frequency_of, kind_of, steps};
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
    /// Whether periods between these rows are missing.
    pub has_gaps: bool,
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
        let steps = steps(dates);
        let most = frequency_of(found)?;
        // In markets with few trades, long steps are days without any trade.
        if most.is_daily() && 10 * count(&steps, &(1..=MAX_DAILY)) < 9 * (steps.len() - steps.len().min(MIN_SIDE)) {
            return None;
        }
        let at_end = |run: Run| {
            let edge = dates[dates.len() - 1 - run.rows];
            let line = line(dates.len() - run.rows).into();
            let Run { frequency, rows, has_gaps } = run;
            Self { is_start: false, rows, frequency, has_gaps, others: most, edge, line }
        };
        let at_start = |run: Run| {
            // If the step to the others is none of theirs, its first row is the last of these.
            let is_apart = most.is_daily() && !changes::is_daily(dates[run.rows], steps[run.rows]);
            let rows = if is_apart { run.rows + 1 } else { run.rows };
            let Run { frequency, has_gaps, .. } = run;
            let (edge, line) = (dates[rows], line(rows - 1).into());
            Self { is_start: true, rows, frequency, has_gaps, others: most, edge, line }
        };
        let is_part = |run: &Run| run.frequency != most && run.rows < steps.len();
        let run = |steps: &mut dyn Iterator<Item = u64>| Run::find(steps).filter(is_part);
        run(&mut steps.iter().copied().rev()).map(at_end).or_else(|| run(&mut steps.iter().copied()).map(at_start))
    }
}

/// Returns the days after first rows that are weeks or months apart, if the others are daily; otherwise all days.
pub(crate) fn without_first_weeks(dates: &[Date]) -> &[Date] {
    let Some(run) = Run::find(&mut steps(dates).into_iter()).filter(|run| !run.frequency.is_daily()) else {
        return dates;
    };
    // The step from these rows to the rest may be of neither frequency.
    let rest = &dates[run.rows + 1..];
    let steps = steps(rest);
    let is_daily = steps.len() >= MIN_STEPS && 10 * count(&steps, &(1..=MAX_DAILY)) >= 9 * (steps.len() - 1);
    if is_daily { rest } else { dates }
}

/// The first steps of a frequency.
struct Run {
    frequency: Frequency,
    rows: usize,
    has_gaps: bool,
}

impl Run {
    /// Returns the first steps, some of which can skip periods, if they are not too few and not too many.
    fn find(steps: &mut dyn Iterator<Item = u64>) -> Option<Self> {
        const MIN_ROWS: usize = 2;
        let mut steps = steps.peekable();
        let frequency = kind_of(steps.peek()?)?;
        let is_usual = |step: &u64| kind_of(step) == Some(frequency);
        let run: Vec<u64> =
            steps.take(MIN_SIDE).take_while(|step| is_usual(step) || changes::skips(frequency, *step)).collect();
        let (rows, usual) = (run.len(), run.iter().filter(|step| is_usual(step)).count());
        let found = Self { frequency, rows, has_gaps: usual < rows };
        (usual >= MIN_ROWS && 2 * usual >= rows && rows < MIN_SIDE).then_some(found)
    }
}

impl fmt::Display for OtherEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, frequency, has_gaps, others, line, .. } = self;
        let (end, way) = if self.is_start { ("first", "up to") } else { ("last", "from") };
        let on = if self.is_start { "" } else { " on" };
        let (unit, other) = (frequency.unit(), others.unit());
        let more = if *has_gaps { " or more" } else { "" };
        write!(
            f,
            "the {end} {} are a {unit}{more} apart ({way} {line}{on}), the others a {other}: ",
            counted(*rows, "row")
        )?;
        write!(f, "they are read as {other}s")
    }
}
