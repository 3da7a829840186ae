//! The numbers of a drawing as a table: those of `flows` in json.

use serde_json::Value;

use crate::nn::CellKind;
use crate::report::chart::Table;
use crate::report::explain::{FlowDay, Side};
use crate::report::number::rounded;

/// Returns one row per day and layer: for each quantity, the mean of the absolute values and the mean.
pub fn table(cell: CellKind, days: &[FlowDay]) -> Table {
    let is_path = days.iter().any(|day| day.side == Side::Decoder);
    let gates: Vec<&str> = days.first().map_or(Vec::new(), |day| day.gates.iter().map(|(name, _)| *name).collect());
    let keys = keys(days);
    let columns = ["date".to_owned()]
        .into_iter()
        .chain(is_path.then(|| "side".to_owned()))
        .chain(["layer".to_owned()])
        .chain(gates.iter().map(|name| format!("{name} mean")))
        .chain(
            keys.iter().map(|key| label(cell, key)).flat_map(|name| [format!("{name} |mean|"), format!("{name} mean")]),
        )
        .collect();
    let row = |day: &FlowDay| {
        let side = is_path.then(|| Value::from(day.side.name()));
        let head = [Value::from(day.date.to_string())].into_iter().chain(side).chain([Value::from(day.layer)]);
        let of_gates = day.gates.iter().map(|(_, mean)| rounded(*mean).into());
        head.chain(of_gates).chain(keys.iter().flat_map(|key| numbers(day, key))).collect()
    };
    Table { columns, rows: days.iter().map(row).collect() }
}

/// Returns the keys, in the order of the day that has the most.
fn keys(days: &[FlowDay]) -> Vec<&'static str> {
    let fullest = days.iter().max_by_key(|day| day.values.len());
    fullest.map_or(Vec::new(), |day| day.values.iter().map(|(key, _)| *key).collect())
}

/// Returns the name of a quantity in the drawing.
fn label(cell: CellKind, key: &str) -> String {
    let state = if cell.has_cell_state() { "c" } else { "h" };
    match key {
        "before" | "after" => format!("{state} {key}"),
        "hidden" => "h".to_owned(),
        "h_w" => "h W".to_owned(),
        "x_w" => "x W".to_owned(),
        other => match other.strip_prefix("x_").and_then(|rest| rest.strip_suffix("_w")) {
            Some(days) => format!("x-{days} W"),
            None => other.to_owned(),
        },
    }
}

fn numbers(day: &FlowDay, key: &str) -> [Value; 2] {
    match day.values.iter().find(|(own, _)| *own == key) {
        Some((_, split)) => [split.size(), split.mean()].map(|value| rounded(value).into()),
        None => [Value::Null, Value::Null],
    }
}
