//! `fourcast inspect`: how a price file is read, or a model's card.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use super::help::inspection;
use super::many::SomeFailed;
use super::options::PriceArgs;
use super::{CliError, output};
use crate::model;
use crate::prices::{self, ReadOptions, Source};
use crate::report::{self, CsvRows, ModelCard, Report, Terminal};

/// Show how a price file is read, or a model's card.
///
/// A price file is read as `train` reads it: its columns and their roles, first and last day, rows left out and why,
/// splits, gaps and warnings.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast inspect prices.csv
  fourcast inspect prices.csv --format json
  fourcast inspect model.safetensors")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    /// Format of the results [default: table on a terminal, json in a pipe]
    #[arg(long, value_enum, help_heading = "Output")]
    format: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Human-readable
    Table,
    /// JSON Lines: an object per line
    Json,
}

/// What is to be shown.
struct InspectRequest {
    sources: Vec<Source>,
    read: ReadOptions,
    format: Format,
}

impl Args {
    fn resolve(self) -> InspectRequest {
        let (sources, read) = self.prices.resolve();
        let fitting = || if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        InspectRequest { sources, read, format: self.format.unwrap_or_else(fitting) }
    }
}

enum Shown {
    Prices(Box<prices::Reading>),
    Model(Box<ModelCard>),
}

/// Runs it: each file is shown as soon as it is read.
pub fn run(args: Args) -> Result<()> {
    let InspectRequest { sources, read, format } = args.resolve();
    let (mut shown, mut failed) = (0, 0);
    for source in &sources {
        match look(source, &read) {
            Ok(found) => {
                print(format, |out| write(out, format, &found))?;
                if let Shown::Prices(reading) = &found {
                    shown += reading.series.len();
                    failed += reading.failed.len();
                    reading.failed.iter().map(|one| CliError::of_read(&one.error)).for_each(|error| error.print());
                } else {
                    shown += 1;
                }
            }
            Err(error) if sources.len() == 1 => return Err(error.into()),
            Err(error) => {
                failed += 1;
                error.print();
                if format == Format::Json {
                    let failure = error.failure(&source.series_name());
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
    let mut out = output::stdout((format == Format::Table, true))?;
    write(&mut out)?;
    out.flush()
}

fn write(out: &mut Terminal<'_>, format: Format, shown: &Shown) -> io::Result<()> {
    let format = match format {
        Format::Table => report::Format::Table,
        Format::Json => report::Format::Json,
    };
    let mut write = |report: &dyn Report| report::write(report, format, out, &mut CsvRows::of(false));
    match shown {
        Shown::Prices(reading) => write(&inspection(reading)),
        Shown::Model(card) => write(&**card),
    }
}

/// Whether a file is safetensors: by its name, or by its first bytes, which are the length of a header that starts with
/// a brace. No text file starts with them.
fn is_model(source: &Source) -> bool {
    let Source::File(path) = source else { return false };
    if path.extension().is_some_and(|ending| ending == "safetensors") {
        return true;
    }
    // A pipe or a device gives its first bytes only once, and is no model file.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 9];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start[8] == b'{' && start[4..8] == [0; 4]
}
