//! The test in a card: errors and coverage.

use maud::{Markup, html};
use serde_json::Value;

use super::super::training::{coverage_warning, no_change_of_test};
use super::figure::{half, pair};
use super::number::{at, data, table};
use crate::model::{Card, StepCoverage};
use crate::report::chart::Table;
use crate::report::chart::dots::{Dot, Dots, Kind, Row};
use crate::report::chart::scene::Ink;
use crate::report::html::Text;
use crate::report::number::{decimals, price, rounded};
use crate::report::record::rounded_record;
use crate::report::wording::rows;

/// Shows the test in a card; none if the card has no test.
pub fn test(card: &Card) -> Option<Markup> {
    let test = card.evaluation.as_ref()?;
    let (frequency, unit) = (card.training.frequency, card.training.frequency.unit());
    let no_change = no_change_of_test(&card.config, frequency);
    let record = rounded_record(test).ok()?;
    let ratio = Value::from(rounded(test.ratio()));
    let rows = [
        (html! { "this configuration" }, vec![data(at(&record, "/rmse"), price), data(&ratio, decimals)]),
        (html! { (Text(&no_change)) }, vec![data(at(&record, "/naive_rmse"), price), data(&1.0.into(), decimals)]),
    ];
    let coverage = coverage(card);
    Some(html! {
        p {
            "On " (test.days) " unseen " (unit) "s, from " (test.first) " to " (test.last)
            ", under a fit to the " (unit) "s before them."
        }
        @if let Some(warning) = coverage_warning(card) { p { strong { "Warning: " } (Text(&warning)) "." } }
        (pair(
            &table(
                Some(match card.training.panel {
                    Some(_) => "Root mean squared error, as a fraction of the last close of each forecast",
                    None => "Root mean squared error of the price",
                }),
                &["forecast", "RMSE", "ratio"],
                &rows,
            ),
            &half(&coverage, &html! {
                "Fraction of these closes in the prediction intervals, which should lie on the two upright lines, "
                @if test.is_calibrated() { "after calibration (cross-fitted)." } @else { "without calibration." }
                @if test.steps.len() > 1 { " Forecasts many " (unit) "s ahead overlap: few of them are independent, and those with fewer than ten such are left out." }
            }),
        ))
    })
}

/// Draws the coverage by day ahead.
fn coverage(card: &Card) -> Dots {
    let Some(test) = card.evaluation.as_ref() else { return coverage_of(Vec::new()) };
    let later = |ahead: usize| format!("{} ahead", rows(ahead, card.training.frequency));
    if test.steps.len() < 2 {
        let coverage = test.coverage(&card.config);
        return coverage_of(vec![(
            later(test.steps.first().map_or(1, |step| step.horizon)),
            [coverage.level_50, coverage.level_90],
        )]);
    }
    let step = |step: &StepCoverage| {
        let shown = step.shown();
        (later(step.horizon), [shown.level_50, shown.level_90])
    };
    let (outputs, enough) = (card.config.horizons(), || test.steps.iter().filter(|step| test.has_enough_days(step)));
    let drawn = coverage_of(enough().filter(|step| outputs.contains(&step.horizon)).map(step).collect());
    // Days between two output horizons are only in the table.
    Dots { table: coverage_of(enough().map(step).collect()).table, ..drawn }
}

fn coverage_of(steps: Vec<(String, [f64; 2])>) -> Dots {
    let row = |(name, fractions): &(String, [f64; 2])| Row {
        name: name.clone(),
        dots: fractions.map(|fraction| Some(Dot { value: 100.0 * fraction, interval: None })).to_vec(),
        expected: None,
    };
    let numbers = |(name, fractions): &(String, [f64; 2])| {
        [Value::from(name.clone())].into_iter().chain(fractions.map(|fraction| rounded(fraction).into())).collect()
    };
    let kind = |(name, ink): (&str, Ink)| Kind { name: name.into(), ink, hollow: false };
    Dots {
        title: "Coverage of the intervals".into(),
        description: "Fraction of closes in the prediction intervals.".into(),
        unit: "% of closes in the interval".into(),
        kinds: [("50 % interval", Ink::Blue), ("90 % interval", Ink::Violet)].map(kind).to_vec(),
        rows: steps.iter().map(row).collect(),
        expected: None,
        lines_at: vec![50.0, 90.0],
        format: |value| format!("{value:.1} %"),
        table: Table {
            columns: ["ahead", "coverage_50", "coverage_90"].map(str::to_owned).to_vec(),
            rows: steps.iter().map(numbers).collect(),
        },
    }
}
