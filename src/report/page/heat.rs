//! Tables with one column per day and cells coloured by value.

use std::ops::Range;

use maud::{Markup, html};
use serde_json::Value;

use super::super::html::Text;
use super::number::data;

/// A row.
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// One value per day; null if there is none.
    pub values: Vec<Value>,
    /// The absolute value that has the deepest colour; zero for a row without colour.
    pub deepest: f64,
    /// Formats a value.
    pub short: fn(f64) -> String,
}

impl HeatRow {
    /// Creates a row with the deepest colour at the largest absolute value.
    pub fn new(name: impl Into<String>, values: Vec<Value>, short: fn(f64) -> String) -> HeatRow {
        let largest = values.iter().filter_map(Value::as_f64).fold(0.0, |max: f64, value| max.max(value.abs()));
        HeatRow { name: name.into(), values, deepest: largest, short }
    }

    /// Returns the row with the deepest colour at a given value.
    pub fn up_to(self, deepest: f64) -> HeatRow {
        HeatRow { deepest, ..self }
    }
}

/// Number of shades for each sign.
const SHADES: f64 = 5.0;

/// Returns the class of a cell: `p1` to `p5` above zero, `n1` to `n5` below, none near zero.
fn shade(value: f64, deepest: f64) -> Option<String> {
    let depth = if deepest > 0.0 { (SHADES * (value.abs() / deepest).min(1.0)).round() } else { 0.0 };
    let sign = if value < 0.0 { 'n' } else { 'p' };
    (depth > 0.0).then(|| format!("{sign}{depth}"))
}

/// Explains the colours of cells.
pub fn key() -> Markup {
    html! {
        span.key {
            "The colour shows the sign: " span.p4 { "above zero" } ", " span.n4 { "below zero" } "; it is deeper the farther the value is from zero."
        }
    }
}

/// Maximum number of days in a table: those that fit a printed page, which cannot be scrolled.
const DAYS: usize = 5;

/// Shows the values of all days, in as many tables as they need.
pub fn heat(caption: &str, days: &[String], rows: &[HeatRow]) -> Markup {
    let parts = (0..days.len()).step_by(DAYS).map(|start| start..days.len().min(start + DAYS));
    html! {
        @for part in parts { (part_of(&caption_of(caption, days, &part), &days[part.clone()], rows, &part)) }
    }
}

fn caption_of(caption: &str, days: &[String], part: &Range<usize>) -> String {
    match part.len() {
        one if one == days.len() => caption.to_owned(),
        1 => format!("{caption}, {}", days[part.start]),
        _ => format!("{caption}, {} to {}", days[part.start], days[part.end - 1]),
    }
}

fn part_of(caption: &str, days: &[String], rows: &[HeatRow], part: &Range<usize>) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(Text(caption)) {
            table.heat {
                caption { (Text(caption)) }
                thead { tr { th scope="col" { "date" } @for day in days { th scope="col" { (date(day)) } } } }
                tbody { @for row in rows { (row_markup(row, part)) } }
            }
        }
    }
}

/// Shows a date, without its year on a narrow screen.
fn date(day: &str) -> Markup {
    match day.split_once('-') {
        Some((year, rest)) => html! { span.year { (Text(year)) "-" } (Text(rest)) },
        None => html! { (Text(day)) },
    }
}

fn row_markup(row: &HeatRow, part: &Range<usize>) -> Markup {
    html! {
        tr {
            th scope="row" { (Text(&row.name)) }
            @for value in &row.values[part.clone()] {
                td class=[value.as_f64().and_then(|value| shade(value, row.deepest))] { (data(value, row.short)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A printed page cannot be scrolled, so columns that do not fit are in another table.
    #[test]
    fn many_days_are_in_several_tables() {
        let days: Vec<String> = (1..=11).map(|day| format!("2024-01-{day:02}")).collect();
        let row = HeatRow::new("f", (1..=11).map(Value::from).collect(), |value| format!("v{value}"));
        let html = heat("Gates", &days, &[row]).into_string();
        let captions: Vec<&str> = html.split("<caption>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        let expected = ["Gates, 2024-01-01 to 2024-01-05", "Gates, 2024-01-06 to 2024-01-10", "Gates, 2024-01-11"];
        assert_eq!(captions, expected);
        let last = html.split("<caption>").last().unwrap();
        assert!(last.contains("v11") && !last.contains("v10<"), "{last}");
        assert!(heat("Gates", &days[..4], &[]).into_string().contains("<caption>Gates</caption>"));
    }

    #[test]
    fn shades_grow_with_the_value_and_differ_by_sign() {
        let shades = [0.0, 0.05, 0.2, -0.5, 1.0, -3.0].map(|value| shade(value, 1.0).unwrap_or_default());
        assert_eq!(shades, ["", "", "p1", "n3", "p5", "n5"]);
        assert_eq!(shade(1.0, 0.0), None);
    }
}
