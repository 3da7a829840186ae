//! `fourcast inspect`: how a price file is read, or a model's card.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::ops::ControlFlow;

use anyhow::Result;
use clap::{Args as ClapArgs, ValueEnum};

use super::help::inspection;
use super::many::SomeFailed;
use super::options::{PriceArgs, threads};
use super::recipe::count;
use super::sources::with_files_of_folders;
use super::warnings::CliWarning;
use super::{CliError, output};
use crate::fleet::{Jobs, Workers};
use crate::model;
use crate::prices::{self, ReadOptions, Source};
use crate::report::{self, CsvRows, ModelCard, Report, Terminal};

/// Show how a price file is read, or a model's card.
///
/// A price file is read as `train` reads it: its columns and their roles, first and last day, rows left out and why,
/// splits, gaps and warnings. Of a folder, each of its files is shown.
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
    /// Treat warnings as errors: a file with one is shown, and has failed
    #[arg(long, help_heading = "Output")]
    strict: bool,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Output")]
    threads: Option<usize>,
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
    strict: bool,
    threads: usize,
}

impl Args {
    fn resolve(self) -> Result<InspectRequest, CliError> {
        let (sources, read) = self.prices.resolve();
        let fitting = || if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        Ok(InspectRequest {
            sources: with_files_of_folders(sources)?,
            read,
            format: self.format.unwrap_or_else(fitting),
            strict: self.strict,
            threads: threads(self.threads),
        })
    }
}

enum Shown {
    Prices(Box<prices::Reading>),
    Model(Box<ModelCard>),
}

/// Runs it: each file is shown as soon as it and those before it are read.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let workers = Workers::new(request.threads)?;
    let produce = |jobs: &Jobs<'_, Source>| {
        // No more are wanted after a break.
        let _ = request.sources.iter().try_for_each(|source| jobs.give(source.clone()));
    };
    let work = |source: Source| (look(&source, &request.read), source);
    let mut run = Run { request: &request, shown: 0, failed: 0 };
    workers.run(produce, work, |(found, source)| run.take(&source, found).map(ControlFlow::Continue))?;
    SomeFailed::unless_none(run.shown, run.failed)
}

/// A run over all files.
struct Run<'a> {
    request: &'a InspectRequest,
    /// Series that were shown and have not failed, and models.
    shown: usize,
    failed: usize,
}

impl Run<'_> {
    /// Shows a file.
    fn take(&mut self, source: &Source, found: Result<Shown, CliError>) -> Result<()> {
        let InspectRequest { sources, format, strict, .. } = self.request;
        let found = match found {
            Ok(found) => found,
            Err(error) if sources.len() == 1 => return Err(error.into()),
            Err(error) => return self.fail(source, &error),
        };
        print(*format, |out| write(out, *format, &found))?;
        let Shown::Prices(reading) = &found else {
            self.shown += 1;
            return Ok(());
        };
        self.failed += reading.failed.len();
        reading.failed.iter().map(|one| CliError::of_read(&one.error)).for_each(|error| error.print());
        let remarks: Vec<CliWarning> =
            if *strict { reading.remarks().iter().map(CliWarning::from).collect() } else { Vec::new() };
        match CliWarning::as_error(&source.to_string(), &remarks.iter().collect::<Vec<_>>()) {
            None => self.shown += reading.series.len(),
            Some(error) if sources.len() == 1 && reading.count() == 1 => return Err(error.into()),
            Some(error) => {
                error.print();
                self.failed += reading.series.len();
            }
        }
        Ok(())
    }

    /// A file of several that cannot be read.
    fn fail(&mut self, source: &Source, error: &CliError) -> Result<()> {
        self.failed += 1;
        error.print();
        if self.request.format == Format::Json {
            let failure = error.failure(&source.series_name());
            print(self.request.format, |out| report::failure_as_json(out, &failure))?;
        }
        Ok(())
    }
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
