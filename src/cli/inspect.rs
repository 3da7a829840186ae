//! `fourcast inspect`: what was understood of a price file, or a model's card.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use super::many::SomeFailed;
use super::options::Prices;
use super::{CliError, output};
use crate::model;
use crate::prices::{self, ReadOptions, Source};
use crate::report::{self, ModelCard, Terminal};

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

/// Runs it: each file is shown as it is understood.
pub fn run(args: Args) -> Result<()> {
    let options = args.prices.read_options(None);
    let sources = args.prices.sources();
    let fitting = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
    let format = args.format.unwrap_or(fitting);
    let (mut shown, mut failed) = (0, 0);
    for source in &sources {
        match look(source, &options) {
            Ok(found) => {
                print(format, |out| write(out, format, &found))?;
                if let Shown::Prices(reading) = &found {
                    shown += reading.series.len();
                    failed += reading.failed.len();
                    reading.failed.iter().map(|one| CliError::of_read(&one.error)).for_each(|told| told.tell());
                } else {
                    shown += 1;
                }
            }
            Err(told) if sources.len() == 1 => return Err(told.into()),
            Err(told) => {
                failed += 1;
                told.tell();
                if format == Format::Json {
                    let failure = told.failure(&source.series_name());
                    print(format, |out| report::failure_as_json(out, &failure))?;
                }
            }
        }
    }
    SomeFailed::unless_none(shown, failed)
}

fn look(source: &Source, options: &ReadOptions) -> Result<Shown, CliError> {
    match source {
        Source::File(path) if is_model(source) => {
            let forecaster = model::load(path)?;
            Ok(Shown::Model(Box::new(ModelCard::new(path, &forecaster))))
        }
        _ => Ok(Shown::Prices(Box::new(prices::read(source, options)?))),
    }
}

fn print(format: Format, write: impl FnOnce(&mut Terminal<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut out = output::stdout(format == Format::Table)?;
    write(&mut out)?;
    out.flush()
}

fn write(out: &mut Terminal<'_>, format: Format, shown: &Shown) -> io::Result<()> {
    match (shown, format) {
        (Shown::Prices(reading), Format::Table) => report::reading_as_table(out, reading),
        (Shown::Prices(reading), Format::Json) => report::reading_as_json(out, reading),
        (Shown::Model(card), Format::Table) => report::card_as_table(out, card),
        (Shown::Model(card), Format::Json) => report::card_as_json(out, card),
    }
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
