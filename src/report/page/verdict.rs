//! Skills and their significance, in a backtest and in the test of a fit.

use maud::{Markup, html};
use serde_json::Value;

use super::figure::{alone, half, pair};
use super::number::{at, compact, data};
use super::{Section, sentence};
use crate::eval::baselines::NAIVE;
use crate::eval::verdict::{Against, Finding, Verdict};
use crate::prices::Frequency;
use crate::report::chart::Table;
use crate::report::chart::dots::{Dot, Dots, Kind, Row};
use crate::report::chart::scene::Ink;
use crate::report::html::Text;
use crate::report::number::{decimals, fixed, p_value, percent_label};
use crate::report::record::Record;
use crate::report::verdict::{finding as in_words, lag_sentence};

/// Shows how far the forecast is a copy of the last close, and what that means if it stays near that close. Empty if
/// the lag was not measured.
pub fn lag(verdict: &Verdict, frequency: Frequency) -> Markup {
    let unit = frequency.unit();
    // Forecasts of models of price levels can be far from the price.
    let is_near = verdict.against(NAIVE.name).is_none_or(Against::follows_price);
    html! {
        @if let Some(lag) = &verdict.lag {
            p id="lag" { (Text(sentence(&lag_sentence(lag, (frequency, verdict.horizon))))) }
            @if is_near { p.muted {
                "The R² of a price forecast is close to 1 for every forecast near the last close, because prices vary far more "
                "over months than in a " (unit) ". A copy of that close also has such an R², without skill. A forecast whose "
                "changes correlate with the last known change, and not with the next, is the price shifted by a " (unit) "."
            } }
        }
    }
}

/// Returns the section on the `verdict` of a record; `note` is about the number of tests.
pub fn section(record: &Record, note: Option<String>) -> Section {
    let count = at(record, "/verdict/against").as_array().map_or(0, Vec::len);
    let level = at(record, "/verdict/level").as_f64().unwrap_or(0.95);
    let per_cent = percent_label(level);
    let caption = html! {
        "The dot is the skill, the line its " (per_cent) " % confidence interval. Right of zero the model is better."
    };
    let body = html! {
        p {
            "Skill is the error of the baseline that is avoided: 1 less the error of the model over that of the baseline. 0 is "
            "as good, negative is worse. A difference counts if the confidence interval of the skill excludes zero and the "
            "Diebold-Mariano test rejects that both are equally good."
        }
        @if has_intervals(record, count, "price") {
            @let price = half(&skills(record, count, "price", "Skill on the price (RMSE)"), &caption);
            @if has_intervals(record, count, "distribution") {
                @let title = "Skill of the distribution (CRPS)";
                (pair(&half(&skills(record, count, "distribution", title), &caption), &price))
            } @else {
                (alone(&price))
            }
        }
        (comparisons(record, count, "price"))
        (comparisons(record, count, "distribution"))
        @for reason in reasons(record, count) { p { "Not tested: " (Text(reason)) "." } }
        (clark_west(record, count))
        @if let Some(note) = note { p.muted { (Text(sentence(&note))) } }
    };
    Section { id: "skill".into(), heading: "Skill and significance".into(), body }
}

fn has_intervals(record: &Record, count: usize, what: &str) -> bool {
    (0..count).any(|k| !at(record, &format!("/verdict/against/{k}/{what}/skill/lower")).is_null())
}

/// Draws the skill over each baseline with its interval, on `what`.
fn skills(record: &Record, count: usize, what: &str, title: &str) -> Dots {
    let value = |k: usize, key: &str| at(record, &format!("/verdict/against/{k}/{what}/skill/{key}"));
    let row = |k: usize| {
        let number = |key: &str| value(k, key).as_f64();
        let dot = number("value").map(|value| Dot { value, interval: number("lower").zip(number("upper")) });
        Row { name: name(record, k), dots: vec![dot], expected: None }
    };
    let numbers = |k: usize| {
        let all = ["value", "lower", "upper"].map(|key| value(k, key).clone());
        [Value::from(name(record, k))].into_iter().chain(all).collect()
    };
    Dots {
        title: title.into(),
        description: format!("{title} over each baseline."),
        unit: "right of 0 the model is better".into(),
        kinds: vec![Kind { name: "skill, with its interval".into(), ink: Ink::Blue, hollow: false }],
        rows: (0..count).map(row).collect(),
        expected: None,
        lines_at: vec![0.0],
        format: |value| decimals(value),
        table: Table {
            columns: ["baseline", "skill", "lower", "upper"].map(str::to_owned).to_vec(),
            rows: (0..count).map(numbers).collect(),
        },
    }
}

fn name(record: &Record, k: usize) -> String {
    at(record, &format!("/verdict/against/{k}/baseline")).as_str().unwrap_or_default().to_owned()
}

/// Shows the comparisons with all baselines as a table.
fn comparisons(record: &Record, count: usize, what: &str) -> Markup {
    let row = |k: usize| {
        let value = |key: &str| at(record, &format!("/verdict/against/{k}/{what}/{key}"));
        let interval = html! { (data(value("skill/lower"), decimals)) " to " (data(value("skill/upper"), decimals)) };
        let has_interval = !value("skill/lower").is_null();
        let cells = vec![
            data(value("skill/value"), decimals),
            if has_interval { interval } else { data(&Value::Null, decimals) },
            data(value("test/statistic"), |statistic| fixed(statistic, 2)),
            data(value("test/p_value"), p_value),
            html! { (finding(value("finding").as_str().unwrap_or_default())) },
        ];
        (html! { (Text(name(record, k))) }, cells)
    };
    let measure = if what == "price" { "Price: squared errors" } else { "Distribution: quantile score (CRPS)" };
    let columns = ["baseline", "skill", "interval", "Diebold-Mariano", "p", "finding"];
    compact(measure, &columns, &(0..count).map(row).collect::<Vec<_>>())
}

/// Returns the words for a finding of the record.
pub(super) fn finding(name: &str) -> &'static str {
    let all = [Finding::Better, Finding::Worse, Finding::NotSignificant, Finding::Same, Finding::NotTested];
    all.into_iter().find(|finding| finding.name() == name).map_or("", in_words)
}

/// Returns the reasons why comparisons were not tested, each once.
fn reasons(record: &Record, count: usize) -> Vec<&str> {
    let mut all = Vec::new();
    for k in 0..count {
        for what in ["price", "distribution"] {
            let reason = at(record, &format!("/verdict/against/{k}/{what}/reason")).as_str();
            all.extend(reason.filter(|reason| !all.contains(reason)));
        }
    }
    all
}

/// Shows the Clark-West tests that were made.
fn clark_west(record: &Record, count: usize) -> Markup {
    let made: Vec<usize> =
        (0..count).filter(|k| at(record, &format!("/verdict/against/{k}/price/clark_west")).is_object()).collect();
    html! {
        @for k in made {
            @let value = |key: &str| at(record, &format!("/verdict/against/{k}/price/clark_west/{key}"));
            p {
                "Clark-West test over " (Text(name(record, k))) ": statistic "
                (data(value("statistic"), |statistic| fixed(statistic, 2))) ", p "
                (data(value("p_value"), p_value)) ": "
                @if value("finding").as_str() == Some("significant") {
                    "its changes correlate with the price's, which alone does not make the forecast more accurate."
                } @else {
                    "no correlation with price changes found."
                }
            }
        }
    }
}
