//! Changes of the frequency of rows.
//!
//! Each step has a cost under each frequency, and so has each change of the frequency. The runs are those of the least
//! total cost. A skipped week costs less than a step that is no number of weeks, and therefore does not end a run.

use std::ops::Range;

use jiff::civil::Date;

use super::{FREQUENCIES, MAX_DAILY, MIN_SIDE, Spaced, Spacing, days_of, weekdays_after};
use crate::frequency::Frequency;

/// Consecutive steps of one frequency.
struct Run {
    frequency: Frequency,
    steps: Range<usize>,
}

/// Returns the last change between runs of at least `least` steps; `None` if all such runs have one frequency, or none
/// of them has at least `longest` steps.
pub(super) fn find(dates: &[Date], steps: &[u64], [least, longest]: [usize; 2]) -> Option<Spacing> {
    let mut runs = runs(steps);
    runs.iter_mut().for_each(|run| run.trim(dates, steps));
    runs.retain(|run| run.is_clear(steps, least));
    // In a market with few trades, a few steps can be of one frequency by chance: shorter runs must be nearly all rows.
    let in_runs: usize = runs.iter().map(|run| run.steps.len()).sum();
    let is_part = least < MIN_SIDE && in_runs + 2 < steps.len();
    if is_part || runs.iter().all(|run| run.steps.len() < longest) {
        return None;
    }
    let changes = || runs.windows(2).filter(|pair| pair[0].frequency != pair[1].frequency);
    let [one, other] = changes().next_back()? else { return None };
    let is_only = changes().nth(1).is_none();
    let (before, after) = (one.frequency, other.frequency);
    let (last, first) = (one.steps.end, other.steps.start);
    let fits = |dates, frequency| Spaced::find(dates).is_some_and(|found| found.fits(frequency));
    let fit = [is_only && fits(&dates[..=last], before), fits(&dates[first..], after)];
    Some(Spacing::Mixed { before, after, last: dates[last], first: dates[first], fit })
}

/// The cost of a step that a frequency does not have.
const MISFIT: u32 = 2;
/// The cost of a change of the frequency: in the middle of a file, eight steps of another frequency cost more than two
/// changes.
const CHANGE: u32 = 7;

/// Returns the cost of a step under a frequency. A holiday can move a row, and periods can be skipped.
fn cost(frequency: Frequency, step: u64) -> u32 {
    let is_usual = days_of(frequency.into()).is_some_and(|days| days.contains(&step));
    match frequency {
        _ if is_usual => 0,
        Frequency::Daily if step <= 6 => 1,
        Frequency::Weekly if matches!(step, 5 | 9) => 1,
        _ if skips(frequency, step) => 1,
        _ => MISFIT,
    }
}

/// Whether a step is longer than a period by a few whole periods.
pub(super) fn skips(frequency: Frequency, step: u64) -> bool {
    match frequency {
        Frequency::Daily => false,
        Frequency::Weekly => (2..=8).any(|weeks| step.abs_diff(7 * weeks) <= 1),
        Frequency::Monthly => (2..=12).any(|months| (30 * months - 4..=31 * months + 4).contains(&step)),
    }
}

/// Returns the runs of the least total cost, in order.
fn runs(steps: &[u64]) -> Vec<Run> {
    // The least cost of all steps so far if the last of them has a frequency; and for each step the frequency before.
    let mut total = [0; 3];
    let mut before = Vec::with_capacity(steps.len());
    for step in steps {
        let from = [0, 1, 2].map(|to| {
            let change = |one: usize| total[one] + if one == to { 0 } else { CHANGE };
            // Of equal costs, the frequency is kept.
            (0..3).min_by_key(|one| (change(*one), *one != to)).unwrap_or(to)
        });
        total = [0, 1, 2].map(|to| {
            let change = if from[to] == to { 0 } else { CHANGE };
            total[from[to]] + change + cost(FREQUENCIES[to], *step)
        });
        before.push(from);
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut at = (0..3).min_by_key(|one| total[*one]).unwrap_or(0);
    for (place, from) in before.iter().enumerate().rev() {
        match runs.last_mut() {
            Some(run) if run.frequency == FREQUENCIES[at] => run.steps.start = place,
            _ => runs.push(Run { frequency: FREQUENCIES[at], steps: place..place + 1 }),
        }
        at = from[at];
    }
    runs.reverse();
    runs
}

impl Run {
    /// Leaves out the steps at both ends that lead from or to rows of another run.
    fn trim(&mut self, dates: &[Date], steps: &[u64]) {
        let is_inner = |step: usize| match self.frequency {
            Frequency::Daily => is_daily(dates[step], steps[step]),
            frequency => cost(frequency, steps[step]) < MISFIT,
        };
        let mut inner = self.steps.clone().filter(|step| is_inner(*step));
        let first = inner.next();
        let last = inner.next_back().or(first);
        let start = first.unwrap_or(self.steps.end);
        self.steps = start..last.map_or(start, |last| last + 1);
    }

    /// Whether there are enough steps of the frequency. In a market with few trades, steps of all lengths occur, and
    /// days without trade are no weeks.
    fn is_clear(&self, steps: &[u64], least: usize) -> bool {
        let costs = || steps[self.steps.clone()].iter().map(|step| cost(self.frequency, *step));
        let (all, usual) = (self.steps.len(), costs().filter(|cost| *cost == 0).count());
        let near = costs().filter(|cost| *cost < MISFIT).count();
        let is_clear = match self.frequency {
            Frequency::Daily => 3 * usual >= 2 * all,
            _ => 2 * usual >= all && 10 * near >= 9 * all,
        };
        all >= least && is_clear
    }
}

/// Whether a step of some days from a day on can be one between daily rows: at most one weekday is skipped.
pub(super) fn is_daily(from: Date, days: u64) -> bool {
    days <= MAX_DAILY && weekdays_after(from, days.saturating_sub(1)) < 2
}
