//! Options that several subcommands share: the same name and the same meaning everywhere.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use jiff::civil::Date;

use super::{CliError, note, warn};
use crate::model::{Forecaster, Training};
use crate::prices::{
    self, Calendar, ColumnRef, DateOrder, Frequency, History, Problem, ReadError, ReadOptions, Reading, Role, Source,
    Splits,
};
use crate::words::counted;

/// Which prices.
#[derive(Debug, Args)]
#[command(next_help_heading = "Prices")]
pub struct Prices {
    /// Files of daily prices; none, or "-", is standard input
    #[arg(value_name = "CSV", help_heading = None)]
    files: Vec<PathBuf>,
    /// Column of dates: its name, or its number from 1 [default: detected]
    #[arg(long, visible_alias = "date", value_name = "COLUMN")]
    pub date_column: Option<ColumnRef>,
    /// Column of prices: its name, or its number from 1 [default: detected]
    #[arg(long, visible_alias = "price", value_name = "COLUMN")]
    pub price_column: Option<ColumnRef>,
    /// Column that says whose price a row is, in a file of several tickers [default: detected]
    #[arg(long, visible_alias = "by", value_name = "COLUMN")]
    ticker_column: Option<ColumnRef>,
    /// The one series to use of a file that holds several
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// The comma is the decimal mark [default: found in the file]
    #[arg(long, conflicts_with = "decimal_point")]
    decimal_comma: bool,
    /// The point is the decimal mark [default: found in the file]
    #[arg(long)]
    decimal_point: bool,
    /// Order of dates like 04/05/2024: dmy, mdy or ymd [default: found in the file]
    #[arg(long, value_name = "ORDER")]
    date_order: Option<DateOrder>,
    /// What to do about a jump that looks like a split: as-is or adjust
    #[arg(long, value_name = "WHAT")]
    splits: Option<Splits>,
    /// Use the days from this one on, as YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = day)]
    since: Option<Date>,
    /// Use the days up to this one, as YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = day)]
    until: Option<Date>,
    /// What a row is: daily, weekly or monthly [default: what the model was trained on; daily without one]
    #[arg(long, value_name = "FREQUENCY")]
    pub frequency: Option<Frequency>,
    /// Leave out the last day that has a price: it may not be over
    #[arg(long)]
    drop_last: bool,
}

/// The days on which the market trades.
#[derive(Debug, Args)]
#[command(next_help_heading = "Prices")]
pub struct Sessions {
    /// Exchange whose holidays to pass over, for example NYSE [default: predict takes the one that train
    /// was given; without any, no holiday is known]
    #[arg(long, value_name = "EXCHANGE")]
    pub calendar: Option<Calendar>,
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "expected a day as YYYY-MM-DD, for example 2013-03-01".to_owned())
}

impl Prices {
    /// Where the prices come from; at least one place.
    pub fn sources(&self) -> Vec<Source> {
        let source = |path: &PathBuf| if path.as_os_str() == "-" { Source::Stdin } else { Source::File(path.clone()) };
        if self.files.is_empty() { vec![Source::Stdin] } else { self.files.iter().map(source).collect() }
    }

    /// Refuses to write over the prices, or over where the results go, by whatever names or redirections.
    pub fn spare(&self, target: &Path) -> Result<()> {
        let is_target = |source: &Source| match source {
            Source::File(file) => is_same_file(file, target),
            Source::Stdin => is_handle_of(same_file::Handle::stdin(), target),
        };
        if self.sources().iter().any(is_target) {
            return Err(CliError::same_file(target, "the prices").into());
        }
        if is_handle_of(same_file::Handle::stdout(), target) {
            return Err(CliError::written_twice(target).into());
        }
        Ok(())
    }

    /// What the user said of the files.
    pub fn read_options(&self, sessions: Option<&Sessions>) -> ReadOptions {
        ReadOptions {
            date: self.date_column.clone(),
            price: self.price_column.clone(),
            since: self.since,
            until: self.until,
            by: self.ticker_column.clone(),
            series: self.series.clone(),
            decimal_comma: self.decimal_comma,
            decimal_point: self.decimal_point,
            date_order: self.date_order,
            splits: self.splits,
            frequency: self.frequency,
            drop_last: self.drop_last,
            keep_unfinished: false,
            calendar: sessions.and_then(|sessions| sessions.calendar),
        }
    }
}

/// Whether two paths lead to one file, by whatever names.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    // Opening a pipe would wait for whoever writes into it.
    one.is_file() && is_handle_of(same_file::Handle::from_path(one), other)
}

fn is_handle_of(handle: io::Result<same_file::Handle>, path: &Path) -> bool {
    let at_path = || same_file::Handle::from_path(path);
    path.is_file() && handle.is_ok_and(|handle| at_path().is_ok_and(|other| other == handle))
}

/// Reads one file, and tells what its owner should know of it.
pub fn read(source: &Source, options: &ReadOptions, output: &Output) -> Result<Reading, ReadError> {
    let reading = prices::read(source, options)?;
    announce(source, &reading, output);
    Ok(reading)
}

/// The same, and the text beside it, to read it as it stood on earlier days.
pub fn read_with_history(
    source: &Source,
    options: &ReadOptions,
    output: &Output,
) -> Result<(Reading, History), ReadError> {
    let (reading, history) = History::read(source, options)?;
    announce(source, &reading, output);
    Ok((reading, history))
}

fn announce(source: &Source, reading: &Reading, output: &Output) {
    if output.verbose {
        tell(reading);
    }
    if !output.quiet {
        for warning in &reading.warnings {
            warn(&format!("{source}: {warning}"), warning.hint().as_deref());
        }
    }
}

/// Takes from a model what the user did not say: whose holidays tell whether a week is over, and what a row is.
/// Rows are daily where nothing else is said, and irregular ones must be called so.
pub fn remember(options: &mut ReadOptions, model: &Forecaster) {
    let Training { calendar, frequency, .. } = model.card.training;
    options.calendar = options.calendar.or(calendar);
    options.frequency = options.frequency.or(Some(frequency).filter(|frequency| !frequency.is_daily()));
}

/// Rows that are not those of the model, where nobody said what rows are: no `--frequency` makes them so.
pub fn unlike_model(model: &Forecaster, error: ReadError) -> CliError {
    let Problem::Spacing { found, .. } = &*error.problem else { return error.into() };
    let message = format!("{error}: the model was trained on {} prices", model.card.training.frequency);
    let help = match found.frequency() {
        Some(frequency) => format!("train a model of such rows with: fourcast train --frequency {frequency}"),
        None => format!("name a file of {} prices", model.card.training.frequency),
    };
    CliError { message, help: Some(help) }
}

/// How a file was understood, in a line a series.
fn tell(reading: &Reading) {
    let understood = &reading.understood;
    let used = understood.columns.iter().filter(|column| column.role != Role::Unused);
    let columns: Vec<String> = used.map(|column| format!("{} = '{}'", column.role, column.name)).collect();
    for series in &reading.series {
        if let [first, .., last] | [first @ last] = series.dates.as_slice() {
            let (source, rows) = (&understood.source, counted(series.len(), "row"));
            note(&format!("{source}: {}, {rows} from {first} to {last}; {}", series.name, columns.join(", ")));
        }
    }
}

/// The place to name when the prices of a series are at fault: the line, where a day is known, and
/// whose prices they are, where there are several.
pub fn place(source: &Source, reading: &Reading, series: usize, date: Option<Date>) -> String {
    let file = match date.and_then(|date| reading.line(series, date)) {
        Some(line) => format!("{source}:{line}"),
        None => source.to_string(),
    };
    match reading.series.get(series).filter(|_| reading.count() > 1) {
        Some(named) => format!("{file}: {}", named.name),
        None => file,
    }
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// A header and a row a forecast or a forecaster
    Csv,
    /// An object a line
    Json,
    /// The bare number: the price forecast, or the skill on price over tomorrow = today
    Value,
}

/// What comes out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// How results are written [default: table on a terminal, csv in a pipe]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Central intervals to print, as shares between 0 and 1
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', value_parser = level, default_value = "0.5,0.9")]
    levels: Vec<f64>,
    /// No progress and no warnings
    #[arg(short, long)]
    pub quiet: bool,
    /// Say what was understood of the files; train shows every epoch, too
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// Odds of one in a million are further out than any days can tell of, and beyond them ends would in time be
/// no numbers.
const MIN_LEVEL: f64 = 1e-6;

fn level(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(level) if (MIN_LEVEL..=1.0 - MIN_LEVEL).contains(&level) => Ok(level),
        Ok(level) if level > 0.0 && level < 1.0 => {
            Err(format!("a level is a share from {MIN_LEVEL} to {}, for example 0.9", 1.0 - MIN_LEVEL))
        }
        Ok(level) if (1.0..100.0).contains(&level) => {
            Err(format!("a level is a share between 0 and 1: for {level} % pass {}", level / 100.0))
        }
        _ => Err("a level is a share between 0 and 1, for example 0.9".into()),
    }
}

impl Output {
    /// The central intervals to print, each once, in the order asked for.
    pub fn levels(&self) -> Vec<f64> {
        let mut levels = Vec::new();
        for level in &self.levels {
            if !levels.contains(level) {
                levels.push(*level);
            }
        }
        levels
    }

    /// The format asked for, or the one that fits where the output goes.
    pub fn format(&self) -> Format {
        let fitting = if io::stdout().is_terminal() { Format::Table } else { Format::Csv };
        self.format.unwrap_or(fitting)
    }
}

/// The model file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct ModelFile {
    /// The model file [default: model.safetensors]
    #[arg(short = 'm', long = "model", value_name = "FILE")]
    named: Option<PathBuf>,
}

/// The model file of who names none.
const MODEL: &str = "model.safetensors";

impl ModelFile {
    /// The file.
    pub fn path(&self) -> &Path {
        self.named.as_deref().unwrap_or(Path::new(MODEL))
    }

    /// Whether there is none, and none was asked for.
    pub fn is_absent(&self) -> bool {
        self.named.is_none() && !is_there(Path::new(MODEL))
    }

    /// Whether it is there without having been asked for.
    pub fn is_found(&self) -> bool {
        self.named.is_none() && is_there(Path::new(MODEL))
    }
}

/// Whether there is anything, if only a link that leads nowhere: that is told, not passed over.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
