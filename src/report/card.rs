//! A model's card.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::forecast::{cell, write_json};
use super::number::{percent, rounded, thousands};
use super::periods::write_in_words_of;
use super::summary::{start_in_words, trained_on};
use super::terminal::{Shown, Terminal};
use crate::model::{Card, Forecaster};

/// A model's card and its tensors, ready to print.
#[derive(Debug, Clone)]
pub struct ModelCard {
    file: String,
    card: Card,
    members: usize,
    tensors: Vec<(String, Vec<usize>)>,
}

impl ModelCard {
    /// Puts it together.
    pub fn new(path: &Path, forecaster: &Forecaster) -> Self {
        let tensors = forecaster.members.first().map(|member| member.tensors()).unwrap_or_default();
        ModelCard {
            file: path.display().to_string(),
            card: forecaster.card.clone(),
            members: forecaster.members.len(),
            tensors: tensors.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone())).collect(),
        }
    }
}

/// One object: the card as it stands in the file, and the tensors of one network.
///
/// # Errors
/// Whatever writing gives.
pub fn card_as_json(out: &mut dyn Write, model: &ModelCard) -> io::Result<()> {
    let mut object = Map::new();
    object.insert("model".into(), model.file.clone().into());
    if let Value::Object(card) = serde_json::to_value(&model.card)? {
        object.extend(card);
    }
    let tensor = |(name, shape): &(String, Vec<usize>)| json!({"name": name, "shape": shape});
    object.insert("tensors".into(), model.tensors.iter().map(tensor).collect());
    write_json(out, &[object])
}

/// For people.
///
/// # Errors
/// Whatever writing gives.
pub fn card_as_table(out: &mut Terminal<'_>, model: &ModelCard) -> io::Result<()> {
    write_in_words_of(model.card.training.frequency, out, |out| write_card(out, model))
}

fn write_card(out: &mut Terminal<'_>, model: &ModelCard) -> io::Result<()> {
    let Card { format_version, program_version, config, training, losses, evaluation, .. } = &model.card;
    let (file, version) = (Shown(&model.file), Shown(program_version));
    writeln!(out, "{file}: a model of fourcast {version}, format {format_version}")?;
    if let Value::Object(choices) = serde_json::to_value(config)? {
        for (name, value) in choices {
            let text = match value {
                Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(", "),
                value => cell(&value),
            };
            writeln!(out, "  {:<16} {text}", name.replace('_', " "))?;
        }
    }
    writeln!(out, "  {:<16} {}", "start", start_in_words(&model.card.start, training.frequency))?;
    writeln!(out, "trained on {}", trained_on(training))?;
    for (column, role) in &training.columns {
        writeln!(out, "  {:<16} column '{}'", Shown(role).to_string(), Shown(column))?;
    }
    if !training.frequency.is_daily() {
        writeln!(out, "  {:<16} {}", "rows", training.frequency)?;
    }
    if let Some(calendar) = training.calendar {
        writeln!(out, "  {:<16} {calendar}", "calendar")?;
    }
    writeln!(out, "  {:<16} {}", "data sha-256", Shown(&training.data_sha256))?;
    let (windows, stop) = (thousands(training.training_windows), thousands(training.validation_windows));
    writeln!(out, "  {:<16} {windows} to train, {stop} to stop", "windows")?;
    writeln!(out, "  {:<16} {}", "training loss", rounded(losses.train))?;
    if let Some(valid) = losses.valid {
        writeln!(out, "  {:<16} {}", "validation loss", rounded(valid))?;
    }
    if let Some(test) = evaluation {
        let (days, first, last) = (thousands(test.days), test.first, test.last);
        let ratio = match test.naive_rmse > 0.0 {
            true => format!("RMSE ratio {} to tomorrow = today", rounded(test.ratio())),
            false => "the price did not move".to_owned(),
        };
        writeln!(out, "  {:<16} {days} days, {first} to {last}: {ratio}", "test")?;
    }
    match &model.card.calibration {
        Some(seen) => {
            let (days, first, last) = (thousands(seen.days), seen.first, seen.last);
            writeln!(out, "  {:<16} on {days} days it had not seen, {first} to {last}:", "calibration")?;
            for level in [0.5, 0.9, 0.98] {
                let own = seen.levels.iter().map(|map| percent((map.own(level) * 1000.0).round() / 1000.0));
                let own = own.collect::<Vec<_>>().join(", ");
                let label = format!("{} % odds", percent(level));
                writeln!(out, "    {label:<14} its own {own} % odds")?;
            }
        }
        None => {
            let reason = model.card.uncalibrated.map_or(String::new(), |reason| format!(": {reason}"));
            writeln!(out, "  {:<16} none{reason}", "calibration")?;
        }
    }
    match model.members {
        1 => writeln!(out, "1 network:")?,
        members => writeln!(out, "{members} networks, each:")?,
    }
    for (name, shape) in &model.tensors {
        let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
        writeln!(out, "  {name:<24} {shape}")?;
    }
    out.flush()
}
