//! `fourcast inspect`: shows how a price file is read, or a model's card.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::files::{check_target, refuse_ending};
use super::help::inspection;
use super::options::{Format, PriceArgs, place, threads};
use super::output_args::among;
use super::recipe::count;
use super::some_failed::SomeFailed;
use super::sources::with_files_of_folders;
use super::typed_options::TypedOptions;
use super::unfound::Unfound;
use super::warnings::CliWarning;
use super::{CliError, output, usage_error};
use crate::files::AtomicFile;
use crate::fleet::{Jobs, Workers};
use crate::model;
use crate::prices::{self, ReadError, ReadOptions, Reading, Source, Warning};
use crate::report::{self, CsvRows, ModelCard, Report, Terminal, are_results};

/// Show how a price file is read, or a model's card.
///
/// A price file is read as `train` reads it: its columns and their roles, first and last day, rows left out and why,
/// splits, gaps and warnings. Of a folder, each of its files is shown.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast inspect prices.csv
  fourcast inspect prices.csv --format json
  fourcast inspect prices/ --output prices.json    every file of a folder
  fourcast inspect model.safetensors")]
pub struct Args {
    #[command(flatten)]
    prices: PriceArgs,
    /// Format of the results [default: table on a terminal, json in a pipe and in a file]
    #[arg(long, value_parser = among(&[Format::Table, Format::Json]), help_heading = "Output")]
    format: Option<Format>,
    /// Write the results as json into this file instead of standard output; it is written atomically
    #[arg(long = "output", value_name = "FILE", help_heading = "Output")]
    output_file: Option<PathBuf>,
    /// Print no chart
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
    /// Treat warnings as errors: a series with one has failed; its file is shown nevertheless
    #[arg(long, help_heading = "Output")]
    strict: bool,
    /// Maximum number of threads, at most one per core; the results do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = count(4096), help_heading = "Run")]
    threads: Option<usize>,
}

/// The checked request.
struct InspectRequest {
    sources: Vec<Source>,
    read: ReadOptions,
    format: Format,
    /// The file for the results, instead of standard output.
    file: Option<PathBuf>,
    quiet: bool,
    strict: bool,
    threads: usize,
}

impl Args {
    fn resolve(self, typed: &TypedOptions) -> Result<InspectRequest> {
        let (sources, read) = self.prices.resolve()?;
        refuse_price_options(&sources, typed)?;
        let is_table = self.output_file.is_none() && io::stdout().is_terminal();
        let format = self.format.unwrap_or(if is_table { Format::Table } else { Format::Json });
        let sources = with_files_of_folders(sources)?;
        if let Some(path) = &self.output_file {
            if format == Format::Table {
                return Err(usage_error("inspect", "--output writes json: leave out --format table"));
            }
            check_target(path, ("results of fourcast", are_results), &sources, None)?;
            refuse_ending(path, ("results of inspect are json", "json"), &["json", "jsonl", "ndjson"])?;
        }
        Ok(InspectRequest {
            sources,
            read,
            format,
            file: self.output_file,
            quiet: self.quiet,
            strict: self.strict,
            threads: threads(self.threads),
        })
    }
}

/// Returns an error for typed options about prices if all files are models.
fn refuse_price_options(sources: &[Source], typed: &TypedOptions) -> Result<()> {
    let of_prices = PriceArgs::augment_args(clap::Command::new("inspect"));
    let mut names = of_prices.get_arguments().filter_map(clap::Arg::get_long);
    match names.find(|name| typed.0.contains_key(*name)) {
        Some(name) if sources.iter().all(is_model) => {
            let message = format!("--{name} is about prices, and {} is a model: leave it out", sources[0]);
            Err(usage_error("inspect", &message))
        }
        _ => Ok(()),
    }
}

enum Shown {
    Prices(Box<prices::Reading>),
    Model(Box<ModelCard>),
}

/// The reason why a file cannot be shown.
enum Unseen {
    Prices(ReadError),
    Model(CliError),
}

impl From<Unseen> for CliError {
    fn from(unseen: Unseen) -> CliError {
        match unseen {
            Unseen::Prices(error) => error.into(),
            Unseen::Model(error) => error,
        }
    }
}

/// Says in the help that `inspect` also reads models.
pub fn files(command: clap::Command) -> clap::Command {
    let help =
        "Files of prices, as CSV or Parquet, folders of them, or models; standard input if there is none, or for \"-\"";
    command.mut_arg("files", |arg| arg.value_name("FILE").help(help))
}

/// Runs the subcommand: shows each file as soon as it and those before it are read.
pub fn run(args: Args, typed: &TypedOptions) -> Result<()> {
    let request = args.resolve(typed)?;
    let workers = Workers::new(request.threads)?;
    let produce = |jobs: &Jobs<'_, Source>| {
        // After a break no more files are required.
        let _ = request.sources.iter().try_for_each(|source| jobs.give(source.clone()));
    };
    let work = |source: Source| (look(&source, &request.read), source);
    let file = request.file.as_ref().map(|path| {
        let created = AtomicFile::create(path).map_err(|error| CliError::cannot_write(path, &error))?;
        Ok::<_, CliError>((&**path, BufWriter::new(created)))
    });
    let file = file.transpose()?;
    let mut run = Run { request: &request, file, shown: 0, failed: 0, unfound: Unfound::default() };
    workers.run(produce, work, |(found, source)| run.take(&source, found).map(ControlFlow::Continue))?;
    match run.unfound.error() {
        Some(error) if run.failed == 0 && run.shown == 0 => return Err(error.into()),
        Some(error) => error.print(),
        None => {}
    }
    if let Some((path, file)) = run.file {
        let written = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(AtomicFile::commit);
        written.map_err(|error| CliError::cannot_write(path, &error))?;
    }
    SomeFailed::unless_none(run.shown, run.failed)
}

/// A run over all files.
struct Run<'a> {
    request: &'a InspectRequest,
    /// The file of the results, if there is one.
    file: Option<(&'a Path, BufWriter<AtomicFile>)>,
    /// Number of series that were shown and did not fail, and of models.
    shown: usize,
    failed: usize,
    unfound: Unfound,
}

impl Run<'_> {
    /// Shows a file.
    fn take(&mut self, source: &Source, found: Result<Shown, Unseen>) -> Result<()> {
        let InspectRequest { sources, format, strict, .. } = self.request;
        let found = match found {
            Ok(found) => found,
            Err(Unseen::Prices(error)) if self.unfound.takes(sources.len(), &error) => return Ok(()),
            Err(unseen) if sources.len() == 1 => return Err(CliError::from(unseen).into()),
            Err(unseen) => return self.fail(source, &unseen.into()),
        };
        self.print(|out| write(out, *format, &found))?;
        let Shown::Prices(reading) = &found else {
            self.shown += 1;
            return Ok(());
        };
        self.unfound.is_found = true;
        self.failed += reading.failed.len();
        reading.failed.iter().map(|one| CliError::of_read(&one.error)).for_each(|error| error.print());
        let (errors, failed) = if *strict { strict_errors(source, reading) } else { (Vec::new(), 0) };
        self.shown += reading.series.len() - failed;
        self.failed += failed;
        if sources.len() == 1 && reading.count() == 1 {
            return errors.into_iter().next().map_or(Ok(()), |error| Err(error.into()));
        }
        errors.iter().for_each(CliError::print);
        Ok(())
    }

    /// Reports one of several files that cannot be read.
    fn fail(&mut self, source: &Source, error: &CliError) -> Result<()> {
        self.failed += 1;
        error.print();
        if self.request.format == Format::Json {
            let failure = error.failure(Some(&source.series_name()));
            self.print(|out| report::failure_as_json(out, &failure))?;
        }
        Ok(())
    }

    fn print(&mut self, write: impl FnOnce(&mut Terminal<'_>) -> io::Result<()>) -> Result<()> {
        let InspectRequest { format, quiet, .. } = self.request;
        if let Some((path, file)) = &mut self.file {
            let written = write(&mut Terminal::exact(&mut *file));
            return Ok(written.map_err(|error| CliError::cannot_write(path, &error))?);
        }
        let mut out = output::stdout((*format == Format::Table, !quiet))?;
        write(&mut out)?;
        Ok(out.flush()?)
    }
}

/// Returns the errors of the series with warnings, and the number of failed series. If one of several series' file has
/// warnings as a whole, there is one error, and all its series have failed.
fn strict_errors(source: &Source, reading: &Reading) -> (Vec<CliError>, usize) {
    let error = |place: String, remarks: &[Warning]| {
        let remarks: Vec<CliWarning> = remarks.iter().map(CliWarning::from).collect();
        CliWarning::as_error(&place, &remarks.iter().collect::<Vec<_>>())
    };
    if let Some(error) = error(source.to_string(), reading.warnings_of_file()) {
        return (vec![error], reading.series.len());
    }
    let of_series = |index| error(place(source, reading, index, None), &reading.remarks_of(index));
    let errors: Vec<CliError> = (0..reading.series.len()).filter_map(of_series).collect();
    let failed = errors.len();
    (errors, failed)
}

fn look(source: &Source, options: &ReadOptions) -> Result<Shown, Unseen> {
    match source {
        Source::File(path) if is_model(source) => {
            let forecaster = model::load(path).map_err(|error| Unseen::Model(error.into()))?;
            Ok(Shown::Model(Box::new(ModelCard::new(path, &forecaster))))
        }
        _ => Ok(Shown::Prices(Box::new(prices::read(source, options).map_err(Unseen::Prices)?))),
    }
}

fn write(out: &mut Terminal<'_>, format: Format, shown: &Shown) -> io::Result<()> {
    let mut write = |report: &dyn Report| report::write(report, format, out, &mut CsvRows::of(false));
    match shown {
        Shown::Prices(reading) => write(&inspection(reading)),
        Shown::Model(card) => write(&**card),
    }
}

/// Whether a file is in the safetensors format: by its extension, or by its first bytes, which are the length of a
/// header that starts with a brace. No text file starts with such bytes.
fn is_model(source: &Source) -> bool {
    let Source::File(path) = source else { return false };
    if path.extension().is_some_and(|ending| ending == "safetensors") {
        return true;
    }
    // The first bytes of a pipe or a device can be read only once, and it is not a model file.
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 9];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start[8] == b'{' && start[4..8] == [0; 4]
}
