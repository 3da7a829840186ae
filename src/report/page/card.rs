//! The card of a model, and the configuration of a model that was not kept.

use std::io;

use maud::{Markup, html};
use serde_json::Value;

use crate::model::{Card, Config, Panel};
use crate::report::html::Text;
use crate::report::record::{Record, cell, record, rounded_record};
use crate::report::training::kept_epoch;
use crate::words::join;

/// Shows the card: the content of the file without scalers and maps.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn card(model: &str, card: &Card) -> io::Result<Markup> {
    let calibration = match &card.calibration {
        Some(seen) => {
            let unit = card.training.frequency.unit();
            format!("on {} {unit}s not trained on, {} to {}", seen.days, seen.first, seen.last)
        }
        None => {
            let reason = card.uncalibrated.map(|reason| reason.in_words(card.training.frequency));
            format!("none{}", reason.map_or(String::new(), |reason| format!(": {reason}")))
        }
    };
    let file = [
        ("file".to_owned(), model.to_owned()),
        ("written by".to_owned(), format!("fourcast {}", card.program_version)),
        ("format".to_owned(), card.format_version.to_string()),
        ("calibration".to_owned(), calibration),
    ];
    let mut training = record(&card.training)?;
    // `columns` names the columns that were used. These two are null unless the user named a column.
    training.retain(|name, value| !(matches!(name.as_str(), "date_column" | "price_column") && value.is_null()));
    // Used by `update` only.
    training.remove("reference");
    training.remove("panel");
    let panel = card.training.panel.as_ref();
    let trained_on = fields(&training).into_iter().chain(panel.into_iter().flat_map(of_panel)).collect::<Vec<_>>();
    Ok(html! {
        (pairs("File", &file))
        (pairs("Configuration", &fields(&record(&card.config)?)))
        (pairs("Trained on", &trained_on))
        (pairs("Losses", &losses(card)?))
    })
}

/// Maximum number of series that are named for a model of several.
const NAMED: usize = 12;

/// Describes the series of a model of several.
fn of_panel(panel: &Panel) -> [(String, String); 3] {
    let mut names: Vec<String> = panel.series.iter().take(NAMED).map(|one| one.name.clone()).collect();
    if panel.count > names.len() {
        names.push(format!("{} more", panel.count - names.len()));
    }
    [
        ("number of series".to_owned(), panel.count.to_string()),
        ("names of series".to_owned(), join(&names, "and")),
        ("bar ratio until".to_owned(), panel.bar_ratio_until.to_string()),
    ]
}

/// Returns the losses. The second is named by the windows on which it was measured.
fn losses(card: &Card) -> io::Result<Vec<(String, String)>> {
    let named = |(name, value): (String, String)| {
        let name = match name.as_str() {
            "train" => "training".to_owned(),
            "valid" if card.training.validation_windows > 0 => "validation".to_owned(),
            "valid" => format!("test {}s, of the test fit", card.training.frequency.unit()),
            _ => name,
        };
        (name, value)
    };
    let mut losses = rounded_record(&card.losses)?;
    losses.remove("interrupted");
    losses.retain(|_, value| !value.is_null());
    let interrupted = card.losses.interrupted.map(|stopped| ("interrupted".to_owned(), stopped.to_string()));
    Ok(interrupted.into_iter().chain(fields(&losses).into_iter().map(named)).collect())
}

/// Shows the configuration that was fitted.
///
/// # Errors
/// If a value cannot be represented in json.
pub fn configuration(config: &Config) -> io::Result<Markup> {
    Ok(pairs("Configuration", &fields(&record(config)?)))
}

fn fields(record: &Record) -> Vec<(String, String)> {
    record.iter().map(|(name, value)| (name.replace('_', " "), in_words(value))).collect()
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        // A pair of names is a column and its role; of other objects only the name is shown.
        Value::Array(items) => {
            let item = |item: &Value| match item {
                Value::Array(pair) => pair.iter().map(cell).collect::<Vec<_>>().join(": "),
                item => cell(item.get("name").unwrap_or(item)),
            };
            items.iter().map(item).collect::<Vec<_>>().join(", ")
        }
        value => cell(value),
    }
}

/// Length in characters from which a value gets a line of its own.
const LONG: usize = 34;

fn pairs(heading: &str, pairs: &[(String, String)]) -> Markup {
    html! {
        h3 { (heading) }
        dl.pairs {
            // Pretrained networks have no price file and therefore no columns.
            @for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
                div.long[value.chars().count() > LONG] { dt { (Text(name)) } dd { (Text(value)) } }
            }
        }
    }
}

/// Says that the training was interrupted, if it was.
pub fn interrupted(card: &Card) -> Option<String> {
    let stopped = card.losses.interrupted?;
    let kept = kept_epoch(card);
    Some(format!("The training was interrupted {stopped}. Each network has the weights of its {kept}."))
}
