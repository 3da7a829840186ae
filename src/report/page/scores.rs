//! The scores of a backtest as tables.

use maud::{Markup, html};
use serde_json::Value;

use super::number::{at, data, table};
use crate::prices::Frequency;
use crate::report::html::Text;
use crate::report::number::{counted, decimals, percent_label, percent_with_decimal, price, probability};
use crate::report::record::Record;

/// Returns the names of the forecasters and the places of their scores in the record, the model first.
fn forecasters(record: &Record) -> Vec<(String, String)> {
    let baselines = at(record, "/baselines").as_object();
    let names = baselines.into_iter().flat_map(|baselines| baselines.keys());
    let name = at(record, "/scores/name").as_str().unwrap_or_default();
    let model = [(name.to_owned(), "/scores".to_owned())];
    model.into_iter().chain(names.map(|name| (name.clone(), format!("/baselines/{name}")))).collect()
}

/// Shows the scores of the model and of every baseline, for forecasts with this many quantiles. Point forecasts have no
/// scores of a distribution.
pub fn scores(record: &Record, quantiles: usize, frequency: Frequency) -> Markup {
    let count = at(record, "/scores/levels").as_array().map_or(0, Vec::len);
    let level = |k: usize| {
        format!("in {} %", percent_label(at(record, &format!("/scores/levels/{k}/all/level")).as_f64().unwrap_or(0.0)))
    };
    let levels: Vec<String> = (0..count).map(level).collect();
    let has_crps = !at(record, "/scores/crps").is_null();
    let crps = has_crps.then_some("CRPS (bp)");
    let columns = ["forecaster", "RMSE", "MAE", "MASE"].into_iter().chain(crps).chain(["up/down (%)"]);
    let columns: Vec<&str> = columns.chain(levels.iter().map(String::as_str)).collect();
    let row = |(name, place): &(String, String)| {
        let value = |key: &str| at(record, &format!("{place}/{key}"));
        let mut cells = vec![data(value("rmse"), price), data(value("mae"), price), data(value("mase"), decimals)];
        cells.extend(has_crps.then(|| data(value("crps"), |crps| format!("{:.3}", 1e4 * crps))));
        cells.push(data(value("direction/rate"), percent_with_decimal));
        cells.extend((0..count).map(|k| data(value(&format!("levels/{k}/all/coverage")), percent_with_decimal)));
        (html! { (Text(name)) }, cells)
    };
    html! {
        (table(None, &columns, &forecasters(record).iter().map(row).collect::<Vec<_>>()))
        p.muted {
            "RMSE and MAE in prices adjusted to the last test " (frequency.unit()) "; MASE is the MAE divided by the mean absolute " (frequency) " change before "
            "the test; "
            @if has_crps { "CRPS of the return in basis points, from " (counted(quantiles, "quantile")) "; " }
            "up/down is the share of directions forecast correctly"
            @if !levels.is_empty() { "; the last columns are the percentage of closes in the intervals" }
            ". Each number shows all of its digits when it is pointed at."
        }
    }
}

/// Shows the scores of the probabilities of moves.
pub fn moves(record: &Record, unit: &str) -> Markup {
    let count = at(record, "/brier").as_array().map_or(0, Vec::len);
    let event = |k: usize| {
        let place = format!("/brier/{k}");
        let names =
            at(record, &format!("{place}/baselines")).as_object().into_iter().flat_map(|baselines| baselines.keys());
        let baselines = names.map(|name| (name.clone(), format!("{place}/baselines/{name}")));
        let all = [("fourcast".to_owned(), format!("{place}/model"))].into_iter().chain(baselines);
        let row = |(name, place): (String, String)| {
            let value = |key: &str| at(record, &format!("{place}/{key}"));
            let cells = vec![
                data(value("score"), |score| format!("{score:.5}")),
                data(value("skill"), decimals),
                data(value("mean_probability"), probability),
            ];
            (html! { (Text(name)) }, cells)
        };
        let rows: Vec<_> = all.map(row).collect();
        let name = at(record, &format!("{place}/event")).as_str().unwrap_or_default();
        html! {
            h3 { "A move of " (Text(name)) ", which came on " (data(at(record, &format!("{place}/frequency")), probability)) " of the " (unit) "s" }
            (table(None, &["forecaster", "Brier score", "skill", "mean probability"], &rows))
        }
    };
    html! { @for k in 0..count { (event(k)) } p.muted { "The skill is 1 less the Brier score over that of no change." } }
}

/// Shows what the audit compared.
pub fn audit(record: &Record) -> Markup {
    let count = |place: &str| at(record, place).as_array().map_or(0, Vec::len);
    let not_proven = at(record, "/audit/not_proven").as_array().into_iter().flatten();
    html! {
        p {
            "The file was cut after " (count("/audit/reread")) " days and read again, and the walk repeated up to each of "
            (count("/audit/origins")) " origins: " (data(at(record, "/audit/forecasts"), |count| format!("{count:.0}")))
            " forecasts compared, "
            @if at(record, "/audit/passed") == &Value::Bool(true) { "all equal." } @else { "one differed." }
        }
        p { "Not proven:" }
        ul { @for what in not_proven.filter_map(Value::as_str) { li { (Text(what)) } } }
    }
}
