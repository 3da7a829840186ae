//! `fourcast inspect`: what was understood of a price file, or a model's card.

use std::fs::File;
use std::io::{self, IsTerminal, Read};

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use super::options::Prices;
use super::{Told, output};
use crate::model;
use crate::prices::{self, Source};
use crate::report::{self, ModelCard};

/// Show what fourcast understands of a price file, or a model's card.
///
/// What is shown is what `train` uses: columns and what each was taken for, span, rows left out and
/// why, splits, gaps, warnings.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast inspect prices.csv
  fourcast inspect prices.csv --format json
  fourcast inspect model.safetensors")]
pub struct Args {
    #[command(flatten)]
    prices: Prices,
    /// How it is shown [default: table on a terminal, json in a pipe]
    #[arg(long, value_enum, help_heading = "Output")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// An object a line
    Json,
}

enum Shown {
    Prices(Box<prices::Reading>),
    Model(Box<ModelCard>),
}

/// Runs it: all files are understood before a word is printed.
pub fn run(args: Args) -> Result<()> {
    let options = args.prices.read_options();
    let mut shown = Vec::new();
    for source in args.prices.sources() {
        shown.push(match &source {
            Source::File(path) if is_model(&source) => {
                let forecaster = model::load(path).map_err(Told::from)?;
                Shown::Model(Box::new(ModelCard::new(path, &forecaster)))
            }
            _ => Shown::Prices(Box::new(prices::read(&source, &options).map_err(Told::from)?)),
        });
    }
    let fitting = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
    let format = args.format.unwrap_or(fitting);
    let mut out = output::stdout(format == Format::Table)?;
    for shown in &shown {
        match (shown, format) {
            (Shown::Prices(reading), Format::Table) => report::reading_as_table(&mut out, reading)?,
            (Shown::Prices(reading), Format::Json) => report::reading_as_json(&mut out, reading)?,
            (Shown::Model(card), Format::Table) => report::card_as_table(&mut out, card)?,
            (Shown::Model(card), Format::Json) => report::card_as_json(&mut out, card)?,
        }
    }
    Ok(())
}

/// Whether a file is safetensors: by its name, or by its first bytes, the length of a header that
/// opens with a brace. A price file that starts with eight such bytes would hold no text.
fn is_model(source: &Source) -> bool {
    let Source::File(path) = source else { return false };
    if path.extension().is_some_and(|ending| ending == "safetensors") {
        return true;
    }
    // A pipe or a device would not give its first bytes twice, and is no place for a model.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 9];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start[8] == b'{' && start[4..8] == [0; 4]
}
