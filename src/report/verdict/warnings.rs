//! Warnings about skills that are too good to be true, and the evidence of the gate of
//! `--require-skill`.

use super::lines::{DIGITS, evidence, p_value};
use super::{compared, label};
use crate::eval::baselines::NAIVE;
use crate::eval::significance::DieboldMariano;
use crate::eval::verdict::{Against, Comparison, Finding, GATE_LEVEL, TOO_GOOD_PRICE, TOO_GOOD_SKILL, Verdict};
use crate::prices::Frequency;

/// Warns about skills so large that a leak is the likelier explanation: on the price over no change, and of the
/// distribution over the GARCH family.
pub fn leak_warnings(verdict: &Verdict, frequency: Frequency) -> Vec<String> {
    let price = verdict.against(NAIVE.name).and_then(|naive| {
        let (skill, warning) = (naive.price.skill.as_ref()?.value, price_warning(naive, frequency)?);
        Some(format!("skill {skill:.4} on the price over {}: {warning}", frequency.no_change(verdict.horizon)))
    });
    price.into_iter().chain(distribution_warning(verdict, frequency)).collect()
}

pub fn price_warning(against: &Against, frequency: Frequency) -> Option<String> {
    let warning = || format!("a skill above {TOO_GOOD_PRICE} is rare on {frequency} closes: look for a leak first");
    against.is_too_good().then(warning)
}

pub fn distribution_warning(verdict: &Verdict, frequency: Frequency) -> Option<String> {
    let (against, skill) = verdict.too_good_distribution()?;
    let label = label(against, frequency);
    Some(format!("skill {skill:.4} of the distribution over {label}: above {TOO_GOOD_SKILL}, look for a leak"))
}

/// Says that a series did not pass the gate of `--require-skill`, and why. Either the price is not better than no
/// change, which fails for any `required` skill; or it is, but the skill is not significantly above `required` by
/// `test`.
pub fn skill_not_shown(
    series: &str,
    (required, test): (f64, Option<&DieboldMariano>),
    price: &Comparison,
    frequency: Frequency,
) -> String {
    let no_change = frequency.no_change(price.horizon());
    match price.finding {
        Finding::Better => {
            let above = above(required, (price, test), frequency);
            format!("{series}: skill on price over {no_change} not significantly {above}")
        }
        other => {
            let evidence = evidence(price, p_value(test), (frequency, DIGITS));
            format!("{series}: price: {} {no_change}, expected better: {evidence}", compared(other))
        }
    }
}

/// Says that a series passed the gate of `--require-skill`: its skill is significantly above `required` by `test`.
pub fn skill_shown(
    series: &str,
    (required, test): (f64, Option<&DieboldMariano>),
    price: &Comparison,
    frequency: Frequency,
) -> String {
    let (no_change, above) = (frequency.no_change(price.horizon()), above(required, (price, test), frequency));
    format!("{series}: skill on price over {no_change} significantly {above}")
}

/// Names the required skill and the level of its test, with the evidence.
fn above(required: f64, (price, test): (&Comparison, Option<&DieboldMariano>), frequency: Frequency) -> String {
    let of_required = if required == 0.0 { String::new() } else { format!(" of a skill of {required}") };
    let p_value = format!("{}{of_required}", p_value(test));
    let evidence = evidence(price, p_value, (frequency, digits_beside(required, price)));
    format!("above {required} at the {} % level: {evidence}", 100.0 * GATE_LEVEL)
}

/// Returns how many decimals are needed to print the lower end of a skill's interval and the required skill as
/// different numbers. Equal numbers would not show that one is above the other.
fn digits_beside(required: f64, price: &Comparison) -> usize {
    let Some(lower) = price.skill.as_ref().and_then(|skill| skill.lower).filter(|lower| *lower != required) else {
        return DIGITS;
    };
    (DIGITS..16).find(|digits| format!("{lower:.digits$}") != format!("{required:.digits$}")).unwrap_or(16)
}

#[cfg(test)]
mod tests {
    use super::super::sentences;
    use super::*;
    use crate::eval::verdict::testing::{ahead, comparison, too_few};
    use crate::report::verdict::tests::{DAILY, verdict};

    #[test]
    fn a_skill_that_is_too_good_is_warned_of() {
        let warnings = |verdict: &Verdict| leak_warnings(verdict, DAILY);
        let price = warnings(&verdict("naive", comparison(Finding::Better, 0.05)));
        assert_eq!(
            price,
            [
                "skill 0.0500 on the price over tomorrow = today: a skill above 0.02 is rare on daily closes: look for a leak first"
            ]
        );
        assert!(warnings(&verdict("naive", comparison(Finding::Better, 0.01))).is_empty());
        let mut egarch = verdict("egarch", comparison(Finding::Same, 0.0));
        egarch.against[0].distribution = comparison(Finding::Better, 0.24);
        let warning = "skill 0.2400 of the distribution over EGARCH: above 0.05, look for a leak";
        assert_eq!(warnings(&egarch), [warning]);
        assert!(sentences(&egarch, DAILY).contains(&format!("warning: {warning}")));
    }

    #[test]
    fn a_gate_that_is_not_passed_has_its_numbers() {
        let numbers = "skill 0.0012, 95 % from 0.0002 to 0.0022, Diebold-Mariano p = 0.6200";
        let why = |finding, required, horizon| {
            let price = ahead(comparison(finding, 0.0012), horizon);
            let test = DieboldMariano { p_value: 0.0301, ..price.test.clone().unwrap() };
            let test = if finding == Finding::Better { Some(test) } else { price.test.clone() };
            skill_not_shown("A", (required, test.as_ref()), &price, Frequency::Weekly)
        };
        // What is not better fails for any required skill, and that is the reason given.
        for required in [-0.5, 0.0, 0.01] {
            let expected =
                format!("A: price: no significant difference from next = this week, expected better: {numbers}");
            assert_eq!(why(Finding::NotSignificant, required, 1), expected);
        }
        let expected = format!("A: price: worse than no change in 5 weeks, expected better: {numbers}");
        assert_eq!(why(Finding::Worse, -0.5, 5), expected);
        // The p-value is that of the test against the required skill.
        let numbers = "skill 0.0012, 95 % from 0.0002 to 0.0022, Diebold-Mariano p = 0.0301";
        let above = |required: &str, of: &str| {
            format!(
                "A: skill on price over next = this week not significantly above {required} at the 1 % level: \
                 {numbers}{of}"
            )
        };
        assert_eq!(why(Finding::Better, 0.01, 1), above("0.01", " of a skill of 0.01"));
        assert_eq!(why(Finding::Better, 0.0, 1), above("0", ""));
        // A passed gate has the same numbers.
        let price = comparison(Finding::Better, 0.0012);
        let test = DieboldMariano { p_value: 0.0004, ..price.test.clone().unwrap() };
        assert_eq!(
            skill_shown("A", (-0.01, Some(&test)), &price, DAILY),
            "A: skill on price over tomorrow = today significantly above -0.01 at the 1 % level: skill 0.0012, 95 % from \
             0.0002 to 0.0022, Diebold-Mariano p = 0.0004 of a skill of -0.01"
        );
        // The lower end is 0.0002. A required skill that would be printed as the same number is printed with more
        // digits.
        let beside = why(Finding::Better, 0.00021, 1);
        assert!(
            beside.contains("above 0.00021 at the 1 % level: skill 0.00120, 95 % from 0.00020 to 0.00220"),
            "{beside}"
        );
        let expected = "A: price: not tested against tomorrow = today, expected better: skill 0.0100, 36 test days, \
                        at least 50 needed for a verdict";
        assert_eq!(skill_not_shown("A", (0.0, None), &too_few(0.01), DAILY), expected);
    }
}
