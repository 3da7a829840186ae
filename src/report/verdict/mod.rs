//! The verdict in words, and as a json record.

mod lines;
mod notes;
mod record;
mod warnings;

use super::number::{self, percent_label, rounded};
use super::wording::{rows, test_rows};
use crate::eval::baselines::Baseline;
use crate::eval::tune::DEFAULT;
use crate::eval::verdict::{Against, Comparison, Fallback, Finding, Untested, Verdict};
use crate::prices::Frequency;
use crate::words::join;

pub(super) use lines::{ComparisonLines, found};
pub use notes::audit_note;
pub(super) use notes::{lag_lines, lag_sentence, later_columns};
pub(super) use record::VerdictRecord;
pub(super) use warnings::{distribution_warning, price_warning};
pub use warnings::{leak_warnings, skill_not_shown, skill_shown};

/// Returns the finding of the Clark-West test for csv and json; none if it was not made.
pub(super) fn clark_west_finding(against: &Against, level: f64) -> Option<&'static str> {
    against.clark_west.as_ref()?;
    Some(if against.has_significant_changes(level) { "significant" } else { "not_significant" })
}

/// Describes the finding of the Clark-West test in one or two parts of a sentence; none if it was not made.
pub(super) fn clark_west(against: &Against, level: f64) -> Option<Vec<String>> {
    let p = p_of("Clark-West", against.clark_west.as_ref()?.p_value);
    if !against.has_significant_changes(level) {
        return Some(vec![format!("no correlation with price changes found ({p})")]);
    }
    let correlated = format!("its changes correlate with the price's ({p})");
    Some(match against.price.finding {
        Finding::Better => vec![correlated],
        Finding::Worse => vec![correlated + ",", "but the forecast is less accurate".to_owned()],
        _ => vec![correlated + ";", "that alone does not make it more accurate".to_owned()],
    })
}

/// Returns a finding as one word or phrase, for use where the baseline is named beside it.
pub(super) fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::Better => "better",
        Finding::Worse => "worse",
        Finding::NotSignificant => "no significant difference",
        Finding::Same => "the same",
        Finding::NotTested => "not tested",
    }
}

/// Returns a finding as written before the name of the baseline: `better than`, and so on.
fn compared(finding: Finding) -> &'static str {
    match finding {
        Finding::Better => "better than",
        Finding::Worse => "worse than",
        Finding::NotSignificant => "no significant difference from",
        Finding::Same => "the same as",
        Finding::NotTested => "not tested against",
    }
}

/// Says why a comparison was not made.
pub(super) fn untested(reason: Untested, frequency: Frequency) -> String {
    match reason {
        Untested::TooFewDays { days, needed, horizon } => {
            let ahead = if horizon == 1 { String::new() } else { format!(" {} ahead", rows(horizon, frequency)) };
            format!("{}, at least {needed} needed for a verdict{ahead}", test_rows(days, frequency))
        }
        Untested::PriceStill { days } => format!("the price did not move on {}", test_rows(days, frequency)),
        Untested::NoError => "the baseline made no error".to_owned(),
        Untested::NoDistribution => "the forecasts are points without a distribution".to_owned(),
    }
}

/// Returns the baseline's name for text.
fn label(against: &Against, frequency: Frequency) -> String {
    if against.baseline == DEFAULT {
        return "the default configuration".to_owned();
    }
    let known: Option<Baseline> = against.baseline.parse().ok();
    known.map_or_else(
        || against.baseline.clone(),
        |baseline| (baseline.label)(frequency, against.price.horizon()).into_owned(),
    )
}

/// Returns the label, with an apostrophe if a fallback was used on some days.
pub(super) fn marked_label(against: &Against, frequency: Frequency) -> String {
    format!("{}{}", label(against, frequency), if against.fallbacks.is_empty() { "" } else { "'" })
}

/// Explains the apostrophe: the fallbacks of the forecaster `name`, and the number of days on which they were used.
/// None without fallbacks.
pub(super) fn fallback_note(
    name: &str,
    fallbacks: &[Fallback],
    (days, frequency): (usize, Frequency),
) -> Option<String> {
    let each: Vec<String> =
        fallbacks.iter().map(|fallback| format!("{} on {}", fallback.used, fallback.days)).collect();
    (!each.is_empty()).then(|| format!("{name}: {} of {}", join(&each, "and"), rows(days, frequency)))
}

/// Returns the verdict in one line, without its evidence.
pub(super) fn headline(verdict: &Verdict, frequency: Frequency) -> String {
    headlines(verdict, frequency).join(" ")
}

/// Returns one sentence per baseline with the verdict, without its evidence.
pub(super) fn headlines(verdict: &Verdict, frequency: Frequency) -> Vec<String> {
    let sentence = |against: &Against| {
        let label = marked_label(against, frequency);
        let reason = against.price.reason.map(|reason| format!(" ({})", untested(reason, frequency)));
        format!("{}{}.", findings_in_words(against, &label), reason.unwrap_or_default())
    };
    let reason = |against: &Against| {
        let is_tested = |comparison: &Comparison| comparison.finding != Finding::NotTested;
        against.price.reason.filter(|_| !is_tested(&against.price) && !is_tested(&against.distribution))
    };
    match &verdict.against[..] {
        [first, others @ ..]
            if !others.is_empty()
                && reason(first).is_some()
                && others.iter().all(|other| reason(other) == reason(first)) =>
        {
            let reason = reason(first).map_or(String::new(), |reason| untested(reason, frequency));
            vec![format!("The price forecast and the distribution were not tested against the baselines ({reason}).")]
        }
        all => all.iter().map(sentence).collect(),
    }
}

/// Describes both findings against a baseline, as a sentence without its full stop.
fn findings_in_words(against: &Against, label: &str) -> String {
    let (price, distribution) = (against.price.finding, against.distribution.finding);
    let losses = [&against.price, &against.distribution].map(unproven_loss);
    if price == distribution && losses.iter().all(Option::is_none) {
        let are = match price {
            Finding::Better => "are better than",
            Finding::Worse => "are worse than",
            Finding::NotSignificant => "do not differ significantly from",
            Finding::Same => "are the same as",
            Finding::NotTested => "were not tested against",
        };
        return format!("The price forecast and the distribution {are} those of {label}");
    }
    let ((of_price, _), (_, of_distribution)) = (as_verb(price), as_verb(distribution));
    let [of_price, of_distribution] = match losses {
        [Some(price), Some(distribution)] => [format!("is {price}"), format!("is {distribution} that of {label}")],
        [Some(price), None] => [format!("is {price}"), of_distribution.to_owned()],
        [None, Some(distribution)] => [of_price.to_owned(), format!("is {distribution} that of {label}")],
        [None, None] => [of_price.to_owned(), of_distribution.to_owned()],
    };
    format!("The price forecast {of_price} that of {label}, and the distribution {of_distribution}")
}

/// Describes an error that is far larger without being significantly worse, as written before the name of the baseline.
/// None if that is not the case.
fn unproven_loss(comparison: &Comparison) -> Option<String> {
    let ratio = comparison.unproven_error_ratio()?;
    Some(format!("not significantly worse, with {ratio:.1} times the error of"))
}

/// Returns a finding as a verb phrase: as written before the name of the baseline, and without one.
fn as_verb(finding: Finding) -> (&'static str, &'static str) {
    match finding {
        Finding::Better => ("is better than", "is better"),
        Finding::Worse => ("is worse than", "is worse"),
        Finding::NotSignificant => ("does not differ significantly from", "does not differ significantly"),
        Finding::Same => ("is the same as", "is the same"),
        Finding::NotTested => ("was not tested against", "was not tested"),
    }
}

/// Returns the verdict in sentences: two for each baseline, three for no change, then warnings, the number of tests,
/// and last the lag line.
pub(super) fn sentences(verdict: &Verdict, frequency: Frequency) -> Vec<String> {
    let mut lines = Vec::new();
    for against in &verdict.against {
        let label = marked_label(against, frequency);
        lines.push(ComparisonLines::new("price", &against.price, &label, frequency).in_a_sentence());
        lines.extend(clark_west(against, verdict.level).map(|parts| format!("price: {}", parts.join(" "))));
        lines.push(ComparisonLines::new("distribution", &against.distribution, &label, frequency).in_a_sentence());
        lines.extend(fallback_note(&label, &against.fallbacks, (verdict.days, frequency)));
        lines.extend(price_warning(against, frequency).map(|warning| format!("warning: {warning}")));
    }
    lines.extend(distribution_warning(verdict, frequency).map(|warning| format!("warning: {warning}")));
    lines.extend(correction_in_a_line(verdict));
    lines.extend(verdict.lag.as_ref().map(|lag| lag_sentence(lag, (frequency, verdict.horizon))));
    lines
}

fn p_of(test: &str, p_value: f64) -> String {
    format!("{test} {}", short_p(p_value))
}

/// Formats a p-value without the name of its test.
pub(super) fn short_p(p_value: f64) -> String {
    let value = number::p_value(p_value);
    if value.starts_with('<') { format!("p {value}") } else { format!("p = {value}") }
}

/// Says in lines how many tests the findings are based on, and that they are not corrected for their number. Empty if
/// nothing was tested.
pub(super) fn correction_note(verdict: &Verdict) -> Vec<String> {
    let percent = percent_label(rounded(1.0 - verdict.level));
    match verdict.tests() {
        0 => Vec::new(),
        1 => vec![format!("the finding is one test at the {percent} % level")],
        tests => vec![
            format!("findings are {tests} tests at the {percent} % level each, not corrected for their number:"),
            format!("about {percent} % of such tests find a difference where there is none"),
        ],
    }
}

/// Returns the note in one line.
pub(super) fn correction_in_a_line(verdict: &Verdict) -> Option<String> {
    let lines = correction_note(verdict);
    (!lines.is_empty()).then(|| lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::significance::ClarkWest;
    use crate::eval::verdict::Lag;
    use crate::eval::verdict::testing::{ahead, comparison, too_few};

    pub(super) const DAILY: Frequency = Frequency::Daily;

    pub(super) fn verdict(baseline: &str, price: Comparison) -> Verdict {
        let distribution = comparison(Finding::Better, 0.0068);
        let lag = Lag {
            with_today: Some(0.99991),
            with_tomorrow: Some(0.9987),
            changes_with_today: Some(0.981),
            changes_with_tomorrow: None,
            r2: 0.9974,
            r2_of_copy: 0.9975,
            share_of_copy: Some(1.0001),
        };
        let against =
            Against { baseline: baseline.to_owned(), fallbacks: vec![], price, distribution, clark_west: None };
        Verdict { days: 500, horizon: 1, level: 0.95, against: vec![against], lag: Some(lag) }
    }

    /// A forecast of price levels can have many times the error without a significant difference, if the errors vary
    /// much from day to day.
    #[test]
    fn a_far_larger_error_is_no_usual_difference() {
        let verdict = verdict("egarch", comparison(Finding::NotSignificant, -11.6));
        let found = "not significantly worse, with 12.6 times the error of";
        let sentence = format!("The price forecast is {found} that of EGARCH, and the distribution is better.");
        assert_eq!(headline(&verdict, DAILY), sentence);
        assert!(sentences(&verdict, DAILY)[0].starts_with(&format!("price: {found} EGARCH (skill -11.6000")));
    }

    #[test]
    fn the_verdict_in_sentences() {
        let verdict = verdict("egarch", comparison(Finding::NotSignificant, -0.0003));
        assert_eq!(
            sentences(&verdict, DAILY),
            [
                "price: no significant difference from EGARCH (skill -0.0003, 95 % from -0.0013 to 0.0007, \
                 Diebold-Mariano p = 0.6200)",
                "distribution: better than EGARCH (skill 0.0068, 95 % from 0.0058 to 0.0078, \
                 Diebold-Mariano p = 0.6200)",
                "findings are 2 tests at the 5 % level each, not corrected for their number: \
                 about 5 % of such tests find a difference where there is none",
                "lag: the forecast correlates 0.9999 with today's close, 0.9987 with tomorrow's; its changes, 0.9810 \
                 with today's change, (undefined) with tomorrow's; R² 0.9974; persistence (today's close): 0.9975",
            ]
        );
        let weekly = sentences(&verdict, Frequency::Weekly);
        assert!(weekly[3].contains("with this week's close, 0.9987 with next week's;"), "{weekly:?}");
    }

    #[test]
    fn the_verdict_in_one_line() {
        let verdict = verdict("naive", comparison(Finding::Same, 0.0));
        let daily = "The price forecast is the same as that of tomorrow = today, and the distribution is better.";
        assert_eq!(headline(&verdict, DAILY), daily);
        let monthly = "The price forecast is the same as that of next = this month, and the distribution is better.";
        assert_eq!(headline(&verdict, Frequency::Monthly), monthly);
    }

    #[test]
    fn every_pair_of_findings_is_a_sentence() {
        let all = [Finding::Better, Finding::Worse, Finding::NotSignificant, Finding::Same, Finding::NotTested];
        for (price, distribution) in all.into_iter().flat_map(|price| all.map(|other| (price, other))) {
            let mut verdict = verdict("egarch", comparison(price, 0.0));
            verdict.against[0].distribution = comparison(distribution, 0.0);
            let text = headline(&verdict, DAILY);
            assert!(text.starts_with("The price forecast ") && text.ends_with('.'), "{text}");
            let of = if price == distribution { "those of EGARCH" } else { "that of EGARCH" };
            assert_eq!(text.matches(of).count(), 1, "{text}");
        }
    }

    #[test]
    fn a_verdict_that_is_missing_has_a_reason() {
        let mut few = verdict("naive", too_few(0.0123));
        few.against[0].distribution = too_few(0.03);
        let reason = "36 test days, at least 50 needed for a verdict";
        let expected = format!(
            "The price forecast and the distribution were not tested against those of tomorrow = today ({reason})."
        );
        assert_eq!(headline(&few, DAILY), expected);
        let line = format!("price: not tested against tomorrow = today (skill 0.0123, {reason})");
        assert_eq!(sentences(&few, DAILY)[0], line);
        let json = serde_json::to_value(VerdictRecord::new(&few, DAILY)).unwrap();
        assert_eq!(json["against"][0]["price"]["finding"], "not_tested");
        assert_eq!(json["against"][0]["price"]["reason"], reason);
        assert_eq!(json["against"][0]["price"]["skill"]["value"], 0.0123);
        assert!(json["against"][0]["price"]["skill"]["lower"].is_null());
        assert_eq!(json["tests"], 0);
    }

    /// The Clark-West test has a line of its own and does not change the finding of the comparison.
    #[test]
    fn the_clark_west_test_is_worded_beside_the_finding() {
        let words = |finding, p_value| {
            let mut verdict = verdict("naive", comparison(finding, 0.001));
            let test = ClarkWest { statistic: 2.0, p_value, mean: 0.1, horizon: 1, days: 500, freedom: 499 };
            verdict.against[0].clark_west = Some(test);
            let json = serde_json::to_value(VerdictRecord::new(&verdict, DAILY)).unwrap();
            assert_eq!(json["against"][0]["price"]["finding"], finding.name());
            assert_eq!(json["against"][0]["price"]["clark_west"]["p_value"], p_value);
            assert_eq!(json["tests"], 3);
            let word = json["against"][0]["price"]["clark_west"]["finding"].as_str().unwrap().to_owned();
            (word, sentences(&verdict, DAILY)[1].clone())
        };
        let significant = "price: its changes correlate with the price's (Clark-West p = 0.0123)";
        let not_better = format!("{significant}; that alone does not make it more accurate");
        assert_eq!(words(Finding::NotSignificant, 0.0123), ("significant".to_owned(), not_better));
        assert_eq!(words(Finding::Better, 0.0123).1, significant);
        assert_eq!(words(Finding::Worse, 0.0123).1, format!("{significant}, but the forecast is less accurate"));
        let none = "price: no correlation with price changes found (Clark-West p = 0.0512)".to_owned();
        assert_eq!(words(Finding::NotSignificant, 0.0512), ("not_significant".to_owned(), none));
    }

    /// A fallback on one day is noted and does not change the baseline's name.
    #[test]
    fn a_fallback_is_a_note() {
        let mut verdict = verdict("egarch", comparison(Finding::NotSignificant, -0.0003));
        verdict.against[0].fallbacks = vec![Fallback { used: "ewma".into(), days: 1 }];
        assert!(headline(&verdict, DAILY).contains(" that of EGARCH', and "));
        assert_eq!(sentences(&verdict, DAILY)[2], "EGARCH': ewma on 1 of 500 days");
        verdict.against[0].fallbacks.push(Fallback { used: "gjr".into(), days: 40 });
        let note = fallback_note("EGARCH'", &verdict.against[0].fallbacks, (500, DAILY));
        assert_eq!(note.as_deref(), Some("EGARCH': ewma on 1 and gjr on 40 of 500 days"));
    }

    /// For a forecast five rows ahead, no text mentions tomorrow.
    #[test]
    fn the_words_fit_the_horizon() {
        let mut verdict = verdict("naive", ahead(comparison(Finding::Better, 0.05), 5));
        verdict.horizon = 5;
        let texts =
            [sentences(&verdict, DAILY), leak_warnings(&verdict, DAILY), vec![headline(&verdict, DAILY)]].concat();
        assert!(texts.iter().all(|text| !text.contains("tomorrow")), "{texts:?}");
        assert_eq!(texts[0].split(" (").next(), Some("price: better than no change in 5 days"));
        assert!(
            texts.iter().any(|text| text.contains("with today's close, 0.9987 with that in 5 days; its")),
            "{texts:?}"
        );
        let monthly = headline(&verdict, Frequency::Monthly);
        assert_eq!(monthly, "The price forecast and the distribution are better than those of no change in 5 months.");
    }
}
