//! The gate of `--require-skill`: whether a series passes it, and the errors of those that do not.

use anyhow::Result;

use super::many::Answers;
use super::{SkillNotShown, note, print_error};
use crate::eval::backtest::Backtest;
use crate::eval::baselines::NAIVE;
use crate::eval::verdict::Finding;
use crate::report;

/// The outcome of the gate for a series.
pub enum Gate {
    /// The price forecast is better than "tomorrow = today" by more than the required skill, with the test that shows
    /// it: the p-value in the results is that of a skill of zero.
    Passed(String),
    /// It is not, and why.
    NotPassed(SkillNotShown),
}

impl Gate {
    /// Returns the outcome for a series; `None` if no skill is required.
    pub fn of(result: &Backtest, required: Option<f64>) -> Result<Option<Gate>> {
        let Some((required, naive)) = required.zip(result.verdict.against(NAIVE.name)) else { return Ok(None) };
        let (price, series) = (&naive.price, &result.series);
        let is_passed = price.is_better_by(required)?;
        let test = match price.finding {
            Finding::Better => price.test_of(required)?,
            _ => price.test.clone(),
        };
        let deciding = (required, test.as_ref());
        Ok(Some(match is_passed {
            true => Gate::Passed(report::skill_shown(series, deciding, price, result.frequency)),
            false => Gate::NotPassed(SkillNotShown(report::skill_not_shown(series, deciding, price, result.frequency))),
        }))
    }
}

/// The outcomes of the gate in a run over several series.
pub struct Gates {
    is_quiet: bool,
    not_passed: Vec<SkillNotShown>,
}

impl Gates {
    /// Returns the outcomes of a run that has not begun. A run that is quiet does not print those that passed.
    pub fn new(is_quiet: bool) -> Self {
        Self { is_quiet, not_passed: Vec::new() }
    }

    /// Adds the outcome of a series, whose results have been printed.
    pub fn add(&mut self, gate: Option<Gate>, answers: &Answers<'_>) {
        match gate {
            Some(Gate::Passed(evidence)) if !self.is_quiet => answers.print_above(|| note(&evidence)),
            Some(Gate::NotPassed(why)) => self.not_passed.push(why),
            _ => {}
        }
    }

    /// Prints the errors of the series that did not pass and ends the run. The last error is returned if the run has
    /// none.
    pub fn finish(mut self, end: impl FnOnce() -> Result<()>) -> Result<()> {
        let last = self.not_passed.pop();
        let print = |not_passed: &SkillNotShown| print_error(&not_passed.to_string(), None);
        self.not_passed.iter().for_each(print);
        match (end(), last) {
            (Ok(()), Some(last)) => Err(last.into()),
            (ended, last) => {
                last.iter().for_each(print);
                ended
            }
        }
    }
}
