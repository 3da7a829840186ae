//! One comparison in words: the finding, and the numbers behind it. Tables, the sentences of json and the error of the
//! gate share these texts.

use super::{compared, p_of, unproven_loss, untested};
use crate::eval::scores::Skill;
use crate::eval::significance::DieboldMariano;
use crate::eval::verdict::Comparison;
use crate::prices::Frequency;
use crate::report::number::{fixed, percent_label};

/// Decimals of a skill.
pub const DIGITS: usize = 4;

/// The finding of one comparison, and the evidence.
pub struct ComparisonLines {
    /// What was compared, the finding and the baseline.
    pub finding: String,
    /// The skill with its interval and the p-value of its test, or why there are none.
    pub evidence: String,
}

impl ComparisonLines {
    /// Describes the comparison of `what`, the price or the distribution, with the baseline `label`.
    pub fn new(what: &str, comparison: &Comparison, label: &str, frequency: Frequency) -> Self {
        ComparisonLines {
            finding: format!("{what}: {} {label}", found(comparison)),
            evidence: evidence(comparison, p_value(comparison.test.as_ref()), (frequency, DIGITS)),
        }
    }

    /// Joins both in one line.
    pub fn in_a_sentence(self) -> String {
        format!("{} ({})", self.finding, self.evidence)
    }
}

/// Returns the finding, as written before the name of the baseline. If the errors differ much but not significantly, it
/// includes their ratio.
pub fn found(comparison: &Comparison) -> String {
    unproven_loss(comparison).unwrap_or_else(|| compared(comparison.finding).to_owned())
}

/// Returns the numbers behind a finding, with the p-value of its test.
pub fn evidence(
    Comparison { skill, reason, .. }: &Comparison,
    p_value: String,
    (frequency, digits): (Frequency, usize),
) -> String {
    let value = skill.as_ref().map(|skill| format!("skill {}", fixed(skill.value, digits)));
    if let Some(reason) = reason {
        return value.into_iter().chain([untested(*reason, frequency)]).collect::<Vec<_>>().join(", ");
    }
    let interval = skill.as_ref().and_then(|Skill { lower, upper, level, .. }| {
        let [lower, upper] = [fixed((*lower)?, digits), fixed((*upper)?, digits)];
        Some(format!("{} % from {lower} to {upper}", percent_label(*level)))
    });
    value.into_iter().chain(interval).chain([p_value]).collect::<Vec<_>>().join(", ")
}

/// Formats the p-value of a Diebold-Mariano test.
pub fn p_value(test: Option<&DieboldMariano>) -> String {
    match test {
        Some(test) => p_of("Diebold-Mariano", test.p_value),
        None => "Diebold-Mariano not defined".to_owned(),
    }
}
