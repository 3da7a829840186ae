//! Options that several subcommands share, with the same name and meaning everywhere.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::help::hint_of;
use super::max_age::of_the_clock;
use super::output_args::Output;
use super::{CliError, note, warn};
use crate::model::{Forecaster, Training};
use crate::prices::{
    self, Calendar, Column, ColumnRef, DateOrder, Frequency, OneSeries, Problem, ReadError, ReadOptions, Reading, Role,
    Source, Splits, Warning,
};
use crate::words::{counted, shell_word};

/// Options about the price files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Prices")]
pub struct PriceArgs {
    /// Files of prices, as CSV or Parquet, or folders of them; standard input if there is none, or for "-"
    #[arg(value_name = "CSV", help_heading = None)]
    files: Vec<PathBuf>,
    /// Column of dates, by name or by number from 1 [default: detected]
    #[arg(long, visible_alias = "date", value_name = "COLUMN")]
    date_column: Option<ColumnRef>,
    /// Column of prices, by name or by number from 1 [default: detected]
    #[arg(long, visible_alias = "price", value_name = "COLUMN")]
    price_column: Option<ColumnRef>,
    /// Column of tickers in a file of several series, by name or by number from 1 [default: detected]
    #[arg(long, visible_alias = "by", value_name = "COLUMN")]
    ticker_column: Option<ColumnRef>,
    /// Use only the series of this name; of several files, those without it are left out [default: all]
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Read the comma as the decimal mark [default: detected]
    #[arg(long, conflicts_with = "decimal_point")]
    decimal_comma: bool,
    /// Read the point as the decimal mark [default: detected]
    #[arg(long)]
    decimal_point: bool,
    /// Order of day, month and year in dates like 04/05/2024 [default: detected]
    #[arg(long, value_enum, value_name = "ORDER")]
    date_order: Option<DateOrder>,
    /// How to read a price jump that looks like a split
    #[arg(long, value_enum, value_name = "HOW")]
    splits: Option<Splits>,
    /// First day to use, as YYYY-MM-DD [default: the first of the file]
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<Date>,
    /// Last day to use, as YYYY-MM-DD [default: the last of the file]
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<Date>,
    /// Frequency of the rows
    #[arg(long, value_enum, value_name = "FREQUENCY")]
    frequency: Option<Frequency>,
    /// Leave out the last row that has a price, for example because its day is not over
    #[arg(long)]
    drop_last: bool,
    /// Skip this exchange's holidays, for example NYSE: in the dates forecast, and to decide whether the last week or
    /// month of a file is complete [default: that of the model; without one, no holidays are known]
    #[arg(long, value_name = "EXCHANGE")]
    calendar: Option<Calendar>,
}

/// Parses a day on the command line.
///
/// # Errors
/// If the text is not a day.
pub fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "expected a day as YYYY-MM-DD, for example 2013-03-01".to_owned())
}

impl PriceArgs {
    /// Whether the command line names files.
    pub fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// Returns the files to read, at least one, and the reading options.
    ///
    /// # Errors
    /// If no file is named and standard input is a terminal, because the program would wait for prices to be typed.
    pub fn resolve(self) -> Result<(Vec<Source>, ReadOptions), CliError> {
        if self.files.is_empty() && io::stdin().is_terminal() {
            return Err(CliError {
                message: "no prices: no file is named, and standard input is a terminal".into(),
                help: Some("name a csv file of prices, or - to type them".into()),
            });
        }
        let source = |path: PathBuf| if path.as_os_str() == "-" { Source::Stdin } else { Source::File(path) };
        let sources =
            if self.files.is_empty() { vec![Source::Stdin] } else { self.files.into_iter().map(source).collect() };
        let options = ReadOptions {
            date: self.date_column,
            price: self.price_column,
            price_gives_way: false,
            since: self.since,
            until: self.until,
            ticker_column: self.ticker_column,
            series: self.series,
            decimal_comma: self.decimal_comma,
            decimal_point: self.decimal_point,
            date_order: self.date_order,
            today: Some(of_the_clock()),
            splits: self.splits,
            frequency: self.frequency,
            drop_last: self.drop_last,
            keep_unfinished: false,
            past: Vec::new(),
            future: Vec::new(),
            events: None,
            calendar: self.calendar,
        };
        Ok((sources, options))
    }
}

/// Returns the number of threads: at most one per core, because they compute without waiting.
pub fn threads(asked: Option<usize>) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    asked.unwrap_or(cores).min(cores)
}

/// Returns an error if `target` is a file of prices, or the file of standard output, under any name.
pub fn refuse_overwrite(sources: &[Source], target: &Path) -> Result<(), CliError> {
    let is_target = |source: &Source| match source {
        Source::File(file) => is_same_file(file, target),
        Source::Stdin => is_handle_of(same_file::Handle::stdin(), target),
    };
    if sources.iter().any(is_target) {
        return Err(CliError::same_file(target, "the prices"));
    }
    if is_standard_output(target) {
        return Err(CliError::written_twice(target));
    }
    Ok(())
}

/// Whether standard output is redirected to this file.
pub fn is_standard_output(path: &Path) -> bool {
    is_handle_of(same_file::Handle::stdout(), path)
}

/// Whether two paths are the same file, under any name.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    // Opening a named pipe would block until it has a writer.
    one.is_file() && is_handle_of(same_file::Handle::from_path(one), other)
}

fn is_handle_of(handle: io::Result<same_file::Handle>, path: &Path) -> bool {
    let at_path = || same_file::Handle::from_path(path);
    path.is_file() && handle.is_ok_and(|handle| at_path().is_ok_and(|other| other == handle))
}

/// The purpose for which a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// For a forecast: a jump that looks like a split is a warning.
    Forecast,
    /// For a fit or a test: such a jump is an error with the same text.
    Fit,
}

impl Use {
    /// Whether a warning is a warning for this purpose, not an error.
    pub fn warns_of(self, warning: &Warning) -> bool {
        self == Use::Forecast || !matches!(warning, Warning::SplitLike { .. })
    }
}

/// Reads one file, and prints its warnings.
pub fn read(source: &Source, options: &ReadOptions, (output, to): (&Output, Use)) -> Result<Reading, ReadError> {
    let reading = prices::read(source, options)?;
    announce(source, &reading, (output, to));
    Ok(reading)
}

/// Prints how a file was read, if requested, and the warnings about it.
pub fn announce(source: &Source, reading: &Reading, (output, to): (&Output, Use)) {
    if output.verbose {
        note_understood(reading);
    }
    // With --strict warnings are errors.
    if !output.quiet && !output.strict {
        for warning in reading.warnings.iter().filter(|warning| to.warns_of(warning)) {
            warn(&format!("{source}: {warning}"), hint_of(warning).as_deref());
        }
    }
}

/// Adds the calendar and frequency of the model if the command line has none. A daily frequency is the default, so it
/// is not added.
pub fn remember(options: &mut ReadOptions, model: &Forecaster) {
    let Training { calendar, frequency, .. } = model.card.training;
    options.calendar = options.calendar.or(calendar);
    options.frequency = options.frequency.or(Some(frequency).filter(|frequency| !frequency.is_daily()));
}

/// Returns the `fourcast train` command, quoted for a shell, for the model file `model` and a file read with the
/// options `typed`.
pub fn train_command(file: &str, typed: &ReadOptions, model: &str) -> String {
    // Standard input cannot be read a second time.
    let file = if *file == Source::Stdin.to_string() { "PRICES.csv".to_owned() } else { shell_word(file) };
    format!("fourcast train {file}{} -m {model}", reading_options(typed))
}

/// Returns the options with which a file is read, each after a blank, without those that exclude some of its days.
fn reading_options(typed: &ReadOptions) -> String {
    fn choice(value: Option<&impl ValueEnum>) -> Option<String> {
        value?.to_possible_value().map(|value| value.get_name().to_owned())
    }
    let valued = [
        ("date-column", typed.date.as_ref().map(ToString::to_string)),
        ("price-column", typed.price.as_ref().map(ToString::to_string)),
        ("ticker-column", typed.ticker_column.as_ref().map(ToString::to_string)),
        ("series", typed.series.clone()),
        ("date-order", choice(typed.date_order.as_ref())),
        ("splits", choice(typed.splits.as_ref())),
        ("frequency", choice(typed.frequency.as_ref())),
        ("calendar", typed.calendar.map(|calendar| calendar.to_string())),
    ];
    let option = |(name, value): (&str, Option<String>)| {
        let value = value?;
        let between = if value.starts_with('-') { '=' } else { ' ' };
        Some(format!(" --{name}{between}{}", shell_word(&value)))
    };
    let marks = [("decimal-comma", typed.decimal_comma), ("decimal-point", typed.decimal_point)];
    let marks = marks.into_iter().filter(|(_, is_typed)| *is_typed).map(|(name, _)| format!(" --{name}"));
    valued.into_iter().filter_map(option).chain(marks).collect()
}

/// Returns the error for rows whose frequency is not that of the model, if the options `typed` on the command line
/// contain no `--frequency`; no such option would help. Of rows whose frequency changes, the help of the error offers
/// those that have that of the model, if there are any.
pub fn unlike_model(model: &Forecaster, typed: &ReadOptions, error: ReadError) -> CliError {
    let Problem::Spacing { found, .. } = &*error.problem else { return error.into() };
    let trained_on = model.card.training.frequency;
    if found.spacing.has_side(trained_on) {
        return error.into();
    }
    let message = format!("{error}: the model was trained on {trained_on} prices");
    let help = match found.frequency() {
        // The new model has another name, so that the current model is kept for its own rows.
        Some(frequency) => {
            let typed = ReadOptions { frequency: Some(frequency), ..typed.clone() };
            let train = train_command(&error.file, &typed, &format!("{frequency}.safetensors"));
            format!("train a model of such rows with: {train}")
        }
        None => format!("name a file of {trained_on} prices"),
    };
    CliError { message, help: Some(help) }
}

/// Prints how a file was read, one line per series.
pub fn note_understood(reading: &Reading) {
    for series in &reading.series {
        if let [first, .., last] | [first @ last] = series.dates.as_slice() {
            let understood = &reading.understood;
            note_series(&understood.source, &understood.columns, &series.name, series.len(), (*first, *last));
        }
    }
}

/// Prints how a series was read.
pub fn note_series(file: &str, columns: &[Column], series: &str, rows: usize, (first, last): (Date, Date)) {
    let used = columns.iter().filter(|column| column.role != Role::Unused);
    let columns: Vec<String> = used.map(|column| format!("{} = '{}'", column.role, column.name)).collect();
    note(&format!("{file}: {series}, {} from {first} to {last}; {}", counted(rows, "row"), columns.join(", ")));
}

/// Returns the place named in an error about the prices of a series: the file, the line of `date` if it is known, and
/// the series if the file contains several.
pub fn place(source: &Source, reading: &Reading, series: usize, date: Option<Date>) -> String {
    let file = match date.and_then(|date| reading.line(series, date)) {
        Some(line) => reading.understood.numbering.place(&source.to_string(), line),
        None => source.to_string(),
    };
    match reading.series.get(series).filter(|_| reading.count() > 1) {
        Some(named) => format!("{file}: {}", named.name),
        None => file,
    }
}

/// Returns the place named in an error about the prices of one series (see [`place`]).
pub fn place_of(one: &OneSeries, date: Option<Date>) -> String {
    let file = match date.and_then(|date| one.line(date)) {
        Some(line) => one.numbering.place(&one.file, line),
        None => one.file.to_string(),
    };
    if one.is_one_of_several { format!("{file}: {}", one.series.name) } else { file }
}

pub use crate::report::Format;

/// The model file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// The model file [default: model.safetensors]
    #[arg(short = 'm', long = "model", value_name = "FILE")]
    named: Option<PathBuf>,
}

/// The model file if the command line names none.
const DEFAULT_MODEL: &str = "model.safetensors";

/// The model file of a run.
#[derive(Debug, Clone)]
pub struct ModelPath {
    /// Its path.
    pub path: PathBuf,
    /// Whether the command line names it.
    pub is_named: bool,
}

impl ModelArgs {
    /// Returns the path named on the command line, or the default.
    pub fn path(&self) -> &Path {
        self.named.as_deref().unwrap_or(Path::new(DEFAULT_MODEL))
    }

    /// Returns the path, and whether the command line names it.
    pub fn resolve(self) -> ModelPath {
        ModelPath { path: self.path().to_owned(), is_named: self.named.is_some() }
    }
}

impl ModelPath {
    /// Whether the default file is used and does not exist. A broken link counts as existing, so that loading it is an
    /// error.
    pub fn is_absent(&self) -> bool {
        !self.is_named && self.path.symlink_metadata().is_err()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        prices: PriceArgs,
    }

    fn typed(line: &str) -> ReadOptions {
        let words = ["fourcast", "p.csv"].into_iter().chain(line.split_whitespace());
        Line::parse_from(words).prices.resolve().unwrap().1
    }

    /// The options typed to read a file are repeated in the command that trains on it, and have the same effect.
    #[test]
    fn a_command_to_train_reads_the_file_as_it_was_read() {
        let line = "--date-column Day --price-column=-x --ticker-column 3 --series A --date-order dmy --splits as-is \
                    --frequency weekly --calendar nyse --decimal-comma";
        let written = reading_options(&typed(line));
        assert_eq!(written, format!(" {}", line.split_whitespace().collect::<Vec<_>>().join(" ")));
        let without_today = |typed: ReadOptions| ReadOptions { today: None, ..typed };
        assert_eq!(without_today(typed(&written)), without_today(typed(line)));
        let spaced = ReadOptions { price: Some(ColumnRef::Name("Adj Close".into())), ..ReadOptions::default() };
        let command = "fourcast train 'my p.csv' --price-column 'Adj Close' -m FILE";
        assert_eq!(train_command("my p.csv", &spaced, "FILE"), command);
        let read = ReadOptions { since: typed("--since 2020-01-01").since, drop_last: true, ..ReadOptions::default() };
        assert_eq!(train_command("standard input", &read, "FILE"), "fourcast train PRICES.csv -m FILE");
    }
}
