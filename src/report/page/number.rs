//! Numbers and tables of a page. Each number is from the json records, with its full value as a tooltip.

use maud::{Markup, html};
use serde_json::Value;

use crate::report::chart::Table;
use crate::report::html::Text;
use crate::report::record::{Record, cell};

/// Returns the value at a place in a record, such as `/verdict/against/0/price/finding`.
pub fn at<'a>(record: &'a Record, place: &str) -> &'a Value {
    let mut parts = place.split('/').skip(1);
    let first = parts.next().and_then(|name| record.get(name)).unwrap_or(&Value::Null);
    parts.fold(first, |value, name| {
        let item = match value {
            Value::Array(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)),
            value => value.get(name),
        };
        item.unwrap_or(&Value::Null)
    })
}

/// Shows a number of a record in short form, with the full value for programs; a dash if there is none.
pub fn data(value: &Value, short: impl FnOnce(f64) -> String) -> Markup {
    match value.as_f64() {
        Some(number) => html! { data value=(value.to_string()) title=(value.to_string()) { (Text(short(number))) } },
        None => html! { "–" },
    }
}

/// Rows of a table: the name of each, and its other cells.
type Rows<'a> = &'a [(Markup, Vec<Markup>)];

/// Shows a table; the first cell of each row is its name.
pub fn table(caption: Option<&str>, columns: &[&str], rows: Rows<'_>) -> Markup {
    table_of(None, caption, columns, rows)
}

/// Shows a table with cells that are wrapped on a narrow screen, so that all columns are visible.
pub fn compact(caption: &str, columns: &[&str], rows: Rows<'_>) -> Markup {
    table_of(Some("compact"), Some(caption), columns, rows)
}

/// Number of columns from which a table does not fit a narrow screen. There, each row is shown as a list, with the
/// heads beside the cells.
const STACKED: usize = 5;

fn table_of(class: Option<&str>, caption: Option<&str>, columns: &[&str], rows: Rows<'_>) -> Markup {
    let stacked = (columns.len() >= STACKED).then_some("stacked");
    let names: Vec<&str> = class.into_iter().chain(stacked).collect();
    let classes = (!names.is_empty()).then(|| names.join(" "));
    let head = |place: usize| columns.get(place + 1).filter(|_| stacked.is_some()).map(|head| Text(*head));
    html! {
        div.scroll tabindex="0" role="group" aria-label=(Text(caption.unwrap_or(columns.first().copied().unwrap_or("table")))) {
            table class=[classes] {
                @if let Some(caption) = caption { caption { (Text(caption)) } }
                thead { tr { @for column in columns { th scope="col" { (Text(column)) } } } }
                tbody {
                    @for (name, cells) in rows { tr { th scope="row" { (name) }
                        @for (place, cell) in cells.iter().enumerate() { td data-head=[head(place)] { (cell) } }
                    } }
                }
            }
        }
    }
}

/// Shows the numbers of a chart, unrounded.
pub fn numbers(Table { columns, rows }: &Table, caption: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label=(Text(caption)) {
            table {
                caption { (Text(caption)) }
                thead { tr { @for column in columns { th scope="col" { (Text(column)) } } } }
                tbody { @for row in rows { tr { @for value in row { td { (Text(cell(value))) } } } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::number::decimals;
    use serde_json::json;

    #[test]
    fn values_are_found_by_their_place() {
        let Value::Object(record) = json!({"a": [{"b": 1.5}], "c": null}) else { unreachable!() };
        assert_eq!(at(&record, "/a/0/b"), &json!(1.5));
        assert!(["/a/1/b", "/a/x", "/c/d", "/e", ""].iter().all(|place| at(&record, place).is_null()));
    }

    /// On a narrow screen, every cell has the head of its column beside it.
    #[test]
    fn cells_of_a_wide_table_have_the_heads_of_their_columns() {
        let cells = |count: usize| vec![(html! { "one" }, vec![html! { "1" }; count])];
        let wide = table(None, &["name", "a", "b", "c", "finding"], &cells(4)).into_string();
        for head in ["a", "b", "c", "finding"] {
            assert!(wide.contains(&format!("<td data-head=\"{head}\">1</td>")), "{wide}");
        }
        assert!(
            wide.contains("class=\"stacked\"")
                && !table(None, &["name", "a"], &cells(1)).into_string().contains("data-head")
        );
    }

    #[test]
    fn a_short_number_has_its_full_value() {
        let markup = data(&json!(0.012345679), decimals).into_string();
        assert_eq!(markup, "<data value=\"0.012345679\" title=\"0.012345679\">0.0123</data>");
        assert_eq!(data(&Value::Null, decimals).into_string(), "–");
    }
}
