//! Tables whose cells are coloured by their value: a column a day.

use maud::{Markup, html};
use serde_json::Value;

use super::Text;
use super::number::data;

/// A row.
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// A value a day; null where there is none.
    pub values: Vec<Value>,
    /// The absolute value of the deepest colour; zero for a row without colour.
    pub deepest: f64,
    /// A value as it is read.
    pub short: fn(f64) -> String,
}

impl HeatRow {
    /// With the deepest colour at the largest absolute value.
    pub fn new(name: impl Into<String>, values: Vec<Value>, short: fn(f64) -> String) -> HeatRow {
        let largest = values.iter().filter_map(Value::as_f64).fold(0.0, |most: f64, value| most.max(value.abs()));
        HeatRow { name: name.into(), values, deepest: largest, short }
    }

    /// With the deepest colour at a value.
    pub fn up_to(self, deepest: f64) -> HeatRow {
        HeatRow { deepest, ..self }
    }
}

/// Shades of a sign.
const SHADES: f64 = 5.0;

/// The class of a cell: `p1` to `p5` above zero, `n1` to `n5` below, none near zero.
fn shade(value: f64, deepest: f64) -> Option<String> {
    let depth = if deepest > 0.0 { (SHADES * (value.abs() / deepest).min(1.0)).round() } else { 0.0 };
    let sign = if value < 0.0 { 'n' } else { 'p' };
    (depth > 0.0).then(|| format!("{sign}{depth}"))
}

/// The table, with what its columns are.
pub fn heat(caption: &str, days: &[String], rows: &[HeatRow]) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(Text(caption)) {
            table.heat {
                caption { (Text(caption)) }
                thead { tr { th scope="col" { "day" } @for day in days { th scope="col" { (Text(day)) } } } }
                tbody { @for row in rows { (row_markup(row)) } }
            }
        }
    }
}

fn row_markup(row: &HeatRow) -> Markup {
    html! {
        tr {
            th scope="row" { (Text(&row.name)) }
            @for value in &row.values {
                td class=[value.as_f64().and_then(|value| shade(value, row.deepest))] { (data(value, row.short)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_grow_with_the_value_and_differ_by_sign() {
        let shades = [0.0, 0.05, 0.2, -0.5, 1.0, -3.0].map(|value| shade(value, 1.0).unwrap_or_default());
        assert_eq!(shades, ["", "", "p1", "n3", "p5", "n5"]);
        assert_eq!(shade(1.0, 0.0), None);
    }
}
