//! A model's card.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::forecast::interval_label;
use super::number::{percent_label, rounded, thousands};
use super::output::{Record, Report, record};
use super::record::cell;
use super::terminal::{Shown, Terminal};
use super::training::{chart_of_coverage, coverage_warning, no_change_of_test, start_in_words, trained_on, unseen};
use super::update::change_in_words;
use super::wording::rows;
use super::wrap::wrapped;
use crate::model::{Card, Config, Evaluation, Forecaster};

/// A model's card and the tensors of one of its networks.
#[derive(Debug, Clone)]
pub struct ModelCard {
    file: String,
    card: Card,
    members: usize,
    tensors: Vec<TensorRecord>,
}

#[derive(Debug, Clone, Serialize)]
struct TensorRecord {
    name: String,
    shape: Vec<usize>,
}

/// The card as stored in the file, and the tensors.
#[derive(Serialize)]
struct CardRecord<'a> {
    model: &'a str,
    #[serde(flatten)]
    card: &'a Card,
    tensors: &'a [TensorRecord],
}

impl ModelCard {
    /// Creates the card of a forecaster that was read from `path`.
    pub fn new(path: &Path, forecaster: &Forecaster) -> Self {
        let tensor = |(name, shape): (&str, &[usize])| TensorRecord { name: name.to_owned(), shape: shape.to_vec() };
        let tensors = forecaster.members.first().map(|member| member.tensors()).unwrap_or_default();
        ModelCard {
            file: path.display().to_string(),
            card: forecaster.card.clone(),
            members: forecaster.members.len(),
            tensors: tensors.iter().map(|one| tensor((&one.name, &one.shape))).collect(),
        }
    }
}

impl Report for ModelCard {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![record(&CardRecord { model: &self.file, card: &self.card, tensors: &self.tensors })?])
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        write_card(out, self)
    }
}

fn write_card(out: &mut Terminal<'_>, model: &ModelCard) -> io::Result<()> {
    let Card { format_version, program_version, config, training, .. } = &model.card;
    let (file, version) = (Shown(&model.file), Shown(program_version));
    out.text(INDENT, format_args!("{file}: a model of fourcast {version}, format {format_version}"))?;
    write_config(out, config)?;
    write_event_factors(out, &model.card)?;
    out.text(INDENT, format_args!("  {:<16} {}", "start", start_in_words(&model.card.init_from, training.frequency)))?;
    write_training(out, &model.card)?;
    if let Some(test) = &model.card.evaluation {
        write_test(out, &model.card, test)?;
    }
    write_calibration(out, &model.card)?;
    if let Some(warning) = coverage_warning(&model.card) {
        write_wrapped(out, "warning", &warning)?;
    }
    if let Some(update) = &model.card.update {
        let added = rows(update.last.rows, training.frequency);
        let change = change_in_words(update.last.change());
        let last = format!("{added} up to {}, the last update: 90 % interval {change}", update.until);
        out.text(INDENT, format_args!("  {:<16} {last}", "updated with"))?;
    }
    chart_of_coverage(out, &model.card)?;
    match model.members {
        1 => out.text(INDENT, format_args!("1 network:"))?,
        members => out.text(INDENT, format_args!("{members} networks, each:"))?,
    }
    for TensorRecord { name, shape } in &model.tensors {
        let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
        out.text(INDENT, format_args!("  {name:<24} {shape}"))?;
    }
    Ok(())
}

fn write_config(out: &mut Terminal<'_>, config: &Config) -> io::Result<()> {
    let Value::Object(choices) = serde_json::to_value(config)? else { return Ok(()) };
    for (name, value) in choices {
        let text = match value {
            // Of a covariate, only the name.
            Value::Array(values) => {
                let names = values.iter().map(|value| cell(value.get("name").unwrap_or(value)));
                names.collect::<Vec<_>>().join(", ")
            }
            value => cell(&value),
        };
        write_wrapped(out, &name.replace('_', " "), &text)?;
    }
    Ok(())
}

/// Writes the event factors that are not 1.
fn write_event_factors(out: &mut Terminal<'_>, card: &Card) -> io::Result<()> {
    if card.event_factors.is_empty() {
        return Ok(());
    }
    let factors = card.config.covariates.iter().zip(&card.event_factors).filter(|(_, factor)| **factor != 1.0);
    let each = factors.map(|(covariate, factor)| format!("{} {factor:.2}", Shown(&covariate.name)));
    write_wrapped(out, "event factors", &each.collect::<Vec<_>>().join(", "))
}

/// Writes what the model was trained on, and the losses.
fn write_training(out: &mut Terminal<'_>, card: &Card) -> io::Result<()> {
    let Card { training, losses, .. } = card;
    out.text(INDENT, format_args!("trained on {}", trained_on(training)))?;
    for (column, role) in &training.columns {
        out.text(INDENT, format_args!("  {:<16} column '{}'", Shown(role).to_string(), Shown(column)))?;
    }
    if !training.frequency.is_daily() {
        out.text(INDENT, format_args!("  {:<16} {}", "rows", training.frequency))?;
    }
    if let Some(calendar) = training.calendar {
        out.text(INDENT, format_args!("  {:<16} {calendar}", "calendar"))?;
    }
    write_hash(out, "data sha-256", &training.data_sha256)?;
    let (windows, stop) = (thousands(training.training_windows), thousands(training.validation_windows));
    out.text(INDENT, format_args!("  {:<16} {windows} to train, {stop} for validation", "windows"))?;
    if let Some(stopped) = &losses.interrupted {
        out.text(INDENT, format_args!("  {:<16} {stopped}", "interrupted"))?;
    }
    out.text(INDENT, format_args!("  {:<16} {}", "training loss", rounded(losses.train)))?;
    if let Some(valid) = losses.valid {
        let name = format!("{} loss", unseen(training));
        let unit = training.frequency.unit();
        let of_test = format!(", of the test fit on the test {unit}s");
        let fit = if training.validation_windows > 0 { "" } else { &of_test };
        out.text(INDENT, format_args!("  {name:<16} {}{fit}", rounded(valid)))?;
    }
    Ok(())
}

fn write_test(out: &mut Terminal<'_>, card: &Card, test: &Evaluation) -> io::Result<()> {
    let frequency = card.training.frequency;
    let (days, first, last) = (rows(test.days, frequency), test.first, test.last);
    let ratio = match test.naive_rmse > 0.0 {
        true => format!("RMSE ratio {} to {}", rounded(test.ratio()), no_change_of_test(&card.config, frequency)),
        false => "the price did not move".to_owned(),
    };
    out.text(INDENT, format_args!("  {:<16} {days}, {first} to {last}: {ratio}", "test"))
}

fn write_calibration(out: &mut Terminal<'_>, card: &Card) -> io::Result<()> {
    let frequency = card.training.frequency;
    match &card.calibration {
        Some(seen) => {
            let (days, first, last) = (rows(seen.days, frequency), seen.first, seen.last);
            out.text(INDENT, format_args!("  {:<16} on {days} not trained on, {first} to {last}:", "calibration"))?;
            for level in [0.5, 0.9, 0.98] {
                let own = seen.levels.iter().map(|map| percent_label((map.raw_level(level) * 1000.0).round() / 1000.0));
                let own = own.collect::<Vec<_>>().join(", ");
                let label = interval_label(level);
                out.text(INDENT, format_args!("    {label:<14} is the raw {own} % interval"))?;
            }
        }
        None => {
            let reason = card.uncalibrated.map(|reason| reason.in_words(frequency));
            let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
            out.text(INDENT, format_args!("  {:<16} none{reason}", "calibration"))?;
        }
    }
    Ok(())
}

/// Columns before a value: two blanks, its name, a blank.
const INDENT: usize = 19;
/// Columns before the later lines of a value whose words are too long for [`INDENT`].
const NARROW_INDENT: usize = 4;
/// The widest line of a card.
const WIDTH: usize = 80;

/// Writes a value beside its name, broken at blanks into lines of the screen's width and at most [`WIDTH`] characters.
fn write_wrapped(out: &mut Terminal<'_>, name: &str, text: &str) -> io::Result<()> {
    let width = out.screen().map_or(WIDTH, |screen| screen.width.min(WIDTH));
    let longest = text.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
    // On a narrow screen, long words get more of the line.
    let fits = |indent: usize| indent + longest <= width;
    let indent = if !fits(INDENT) && fits(NARROW_INDENT) { NARROW_INDENT } else { INDENT };
    writeln!(out, "  {name:<16} {}", wrapped(text, width, INDENT, indent))
}

/// Writes a hash: in pieces of 32, 16 or 8 digits if it is too wide for the screen.
fn write_hash(out: &mut Terminal<'_>, name: &str, hash: &str) -> io::Result<()> {
    let hash = Shown(hash).to_string();
    let room = out.screen().map_or(usize::MAX, |screen| screen.width.saturating_sub(INDENT));
    let piece = [64, 32, 16].into_iter().find(|piece| *piece <= room).unwrap_or(8);
    let digits: Vec<char> = hash.chars().collect();
    let pieces: Vec<String> = digits.chunks(piece).map(String::from_iter).collect();
    out.text(INDENT, format_args!("  {name:<16} {}", pieces.join(&format!("\n{:INDENT$}", ""))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card_line(name: &str, text: &str) -> String {
        let mut out = Vec::new();
        write_wrapped(&mut Terminal::new(&mut out), name, text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_long_value_is_broken_at_blanks() {
        assert_eq!(card_line("cell", "lstm"), "  cell             lstm\n");
        let names = (0..30).map(|place| format!("input_{place}")).collect::<Vec<_>>().join(", ");
        let lines = card_line("inputs", &names);
        assert!(lines.lines().all(|line| line.chars().count() <= WIDTH), "{lines}");
        assert!(lines.lines().skip(1).all(|line| line.starts_with(&" ".repeat(INDENT))), "{lines}");
        assert_eq!(lines.split_whitespace().skip(1).collect::<Vec<_>>().join(" "), names);
        // A word longer than a line is not cut.
        let word = "x".repeat(100);
        assert_eq!(card_line("a", &format!("b {word} c")), format!("  {:<16} b\n{:19}{word}\n{:19}c\n", "a", "", ""));
    }
}
