//! The page of networks compared on the same days.

use std::io;

use maud::{Markup, html};
use serde_json::Value;

use super::figure::{half, pair};
use super::number::{at, compact, data};
use super::verdict::finding;
use super::{Section, SeriesPage, sentence};
use crate::eval::backtest::NetworkComparison;
use crate::eval::verdict::Finding;
use crate::report::chart::dots::{Dot, Dots, Kind, Row};
use crate::report::chart::scene::Ink;
use crate::report::chart::{Chart, Table};
use crate::report::compare::{conclusion, equal_networks, heading, networks, not_tested};
use crate::report::html::Text;
use crate::report::number::{counted, decimals, p_value, percent_label, price, rounded, thousands};
use crate::report::output::{Record, Report};

/// Returns the page of a series.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn page(result: &NetworkComparison) -> io::Result<SeriesPage> {
    let record = record(result)?;
    let mut sections = vec![Section {
        id: "networks".into(),
        heading: "Networks and baselines".into(),
        body: forecasters(result, &record),
    }];
    if !result.memory.is_empty() {
        sections.push(Section { id: "memory".into(), heading: "Gain from memory".into(), body: memory(&record) });
    }
    let verdict =
        conclusion(result).into_iter().chain([findings(result)]).chain(networks(result).map(|line| sentence(&line)));
    let (name, verdict) = (result.series.clone(), verdict.collect());
    Ok(SeriesPage { name, part: None, title: heading(result), verdict, sections })
}

/// Returns the chart of `--plot`: the skill of the distribution of each forecaster over the reference.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn chart(result: &NetworkComparison) -> io::Result<Box<dyn Chart>> {
    let skills = Skills::over_reference(&record(result)?, "distribution");
    let reference = &result.forecasters[result.reference].name;
    Ok(Box::new(Dots { title: format!("{}: {} over {reference}", result.series, skills.title), ..skills.chart() }))
}

fn record(result: &NetworkComparison) -> io::Result<Record> {
    Ok(result.objects()?.into_iter().next().unwrap_or_default())
}

/// Says how many forecasters are better than the reference, and how many are worse.
fn findings(result: &NetworkComparison) -> String {
    let reference = &result.forecasters[result.reference].name;
    let compared = || result.forecasters.iter().filter_map(|one| Some(one.against.as_ref()?.distribution.finding));
    let of = |finding| match compared().filter(|found| *found == finding).count() {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let (better, worse, all) = (of(Finding::Better), of(Finding::Worse), counted(compared().count(), "forecaster"));
    if compared().all(|found| found == Finding::NotTested) {
        return format!("The differences from {reference} were not tested.");
    }
    format!("Distribution: of {all} compared with {reference}, {better} better and {worse} worse.")
}

/// Skills with their intervals, in named rows.
struct Skills {
    title: &'static str,
    rows: Vec<(String, [Value; 3])>,
}

impl Skills {
    /// Returns the skills of all forecasters over the reference, on `what`.
    fn over_reference(record: &Record, what: &str) -> Skills {
        let title = match what {
            "price" => "Skill on the price (RMSE)",
            _ => "Skill of the distribution (CRPS)",
        };
        let places = (0..len(record, "forecasters")).map(|k| format!("/forecasters/{k}"));
        let compared = places.filter(|place| at(record, &format!("{place}/{what}")).is_object());
        Skills { title, rows: compared.map(|place| (name(record, &place), skill(record, &place, what))).collect() }
    }

    /// Returns the skills of more memory over less, on `what`.
    fn of_memory(record: &Record, what: &str) -> Skills {
        let title = match what {
            "price" => "Gain from memory on the price (RMSE)",
            _ => "Gain from memory of the distribution (CRPS)",
        };
        let places = (0..len(record, "memory")).map(|k| format!("/memory/{k}"));
        Skills { title, rows: places.map(|place| (pair_name(record, &place), skill(record, &place, what))).collect() }
    }

    fn chart(&self) -> Dots {
        let row = |(name, [value, lower, upper]): &(String, [Value; 3])| {
            let interval = lower.as_f64().zip(upper.as_f64());
            let dot = value.as_f64().map(|value| Dot { value, interval });
            Row { name: name.clone(), dots: vec![dot], expected: None }
        };
        let numbers = |(name, values): &(String, [Value; 3])| {
            std::iter::once(Value::from(name.as_str())).chain(values.iter().cloned()).collect()
        };
        Dots {
            title: self.title.into(),
            description: format!("{}, with intervals.", self.title),
            unit: "right of 0 it is better".into(),
            kinds: vec![Kind { name: "skill, with its interval".into(), ink: Ink::Blue, hollow: false }],
            rows: self.rows.iter().map(row).collect(),
            expected: None,
            lines_at: vec![0.0],
            format: |value| decimals(value),
            table: Table {
                columns: ["forecaster", "skill", "lower", "upper"].map(str::to_owned).to_vec(),
                rows: self.rows.iter().map(numbers).collect(),
            },
        }
    }
}

fn len(record: &Record, list: &str) -> usize {
    at(record, &format!("/{list}")).as_array().map_or(0, Vec::len)
}

fn name(record: &Record, place: &str) -> String {
    at(record, &format!("{place}/forecaster")).as_str().unwrap_or_default().to_owned()
}

fn pair_name(record: &Record, place: &str) -> String {
    let other = at(record, &format!("{place}/against")).as_str().unwrap_or_default();
    format!("{} over {other}", name(record, place))
}

fn skill(record: &Record, place: &str, what: &str) -> [Value; 3] {
    ["skill", "lower", "upper"].map(|key| at(record, &format!("{place}/{what}/{key}")).clone())
}

/// Column heads of [`skill_cells`].
const SKILL_HEADS: [&str; 5] = ["skill", "s.e.", "interval", "p", "finding"];

/// Returns cells with the skill, its standard error and interval, the p-value of its test and the finding.
fn skill_cells(record: &Record, place: &str, what: &str) -> Vec<Markup> {
    let value = |key: &str| at(record, &format!("{place}/{what}/{key}"));
    let interval = match value("lower").is_null() {
        true => data(&Value::Null, decimals),
        false => html! { (data(value("lower"), decimals)) " to " (data(value("upper"), decimals)) },
    };
    let found = value("finding").as_str().map_or("–", finding);
    let [skill, error] = ["skill", "standard_error"].map(|key| data(value(key), decimals));
    vec![skill, error, interval, data(value("p_value"), p_value), html! { (found) }]
}

fn forecasters(result: &NetworkComparison, record: &Record) -> Markup {
    let reference = &result.forecasters[result.reference].name;
    let caption = html! {
        "The dot is the skill over " (Text(reference)) ", the line its interval, which is as wide as all comparisons together "
        "require. Right of zero a forecaster is better than " (Text(reference)) "."
    };
    let table = |what: &str, title: &str, score: (&str, &str, fn(f64) -> String)| {
        let row = |k: usize| {
            let place = format!("/forecasters/{k}");
            let value = |key: &str| at(record, &format!("{place}/{key}"));
            let mut cells =
                vec![data(value("weights"), |count| thousands(count as usize)), data(value(score.0), score.2)];
            cells.extend(skill_cells(record, &place, what));
            (html! { (Text(name(record, &place))) }, cells)
        };
        let columns: Vec<&str> = ["forecaster", "weights", score.1].into_iter().chain(SKILL_HEADS).collect();
        compact(title, &columns, &(0..len(record, "forecasters")).map(row).collect::<Vec<_>>())
    };
    let skills = |what: &str| half(&Skills::over_reference(record, what).chart(), &caption);
    let levels = (0..len(record, "forecasters"))
        .map(|k| at(record, &format!("/forecasters/{k}/distribution/interval_level")).as_f64());
    let level = levels.flatten().next().map(|level| html! { (data(&level.into(), percent_label)) });
    html! {
        p {
            "Skill is the error of " (Text(reference)) " that is avoided: 1 less the score over its score. 0 is as good, negative "
            "is worse. A difference counts if it is significant at the " (percent_label(rounded(1.0 - result.level))) " % level over "
            "all " (counted(result.comparisons, "comparison")) " of a score together (Bonferroni)."
        }
        @if let Some(reason) = not_tested(result) { p { "Not tested: " (Text(reason)) "." } }
        (pair(&skills("distribution"), &skills("price")))
        (table("distribution", "Distribution: quantile score (CRPS)", ("crps", "CRPS (bp)", |crps| format!("{:.3}", 1e4 * crps))))
        (table("price", "Price: root mean squared error", ("rmse", "RMSE", price)))
        p.muted {
            "The weights are those of one network of each ensemble. RMSE is in prices adjusted to the last test " (result.frequency.unit()) ", CRPS that of "
            "the return in basis points; s.e. is the standard error of the skill, with autocorrelation"
            @if let Some(level) = level { ", and each interval one of " (level) " %" } ". "
            @if let Some(note) = equal_networks(result) { (Text(note)) }
        }
    }
}

fn memory(record: &Record) -> Markup {
    let caption =
        html! { "The network with more memory over the one that is equal but for it. Right of zero memory helps." };
    let skills = |what: &str| half(&Skills::of_memory(record, what).chart(), &caption);
    let table = |what: &str, title: &str| {
        let row = |k: usize| {
            let place = format!("/memory/{k}");
            (html! { (Text(pair_name(record, &place))) }, skill_cells(record, &place, what))
        };
        let columns: Vec<&str> = std::iter::once("networks").chain(SKILL_HEADS).collect();
        compact(title, &columns, &(0..len(record, "memory")).map(row).collect::<Vec<_>>())
    };
    html! {
        p {
            "A recurrent layer is compared with a dense one over the same window, and a longer window with a shorter one of the "
            "same layer."
        }
        (pair(&skills("distribution"), &skills("price")))
        (table("distribution", "Distribution"))
        (table("price", "Price"))
    }
}
