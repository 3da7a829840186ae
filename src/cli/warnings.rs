//! The warnings of a run: those of a single series are printed at once, those of many are grouped by kind.

use std::mem::{Discriminant, discriminant};

use super::help::hint_of;
use super::options::{Use, place};
use super::output_args::Output;
use super::{CliError, warn};
use crate::eval::score::RemarkKind;
use crate::model::{Forecast, Forecaster, Note};
use crate::prices::{Reading, Source, Warning};
use crate::report;
use crate::words::join;

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The rows of a file.
    Rows(Discriminant<Warning>),
    /// A forecast.
    Forecast(Discriminant<Note>),
    /// Recorded forecasts.
    Recorded(RemarkKind),
    /// A baseline, by its name, that could not be fitted.
    NotFitted(&'static str),
    /// Days without trade that were left out.
    Halts,
    /// Test days that the model was trained on.
    InSample,
    /// Prediction intervals that are not calibrated.
    Uncalibrated,
    /// Prediction intervals that missed their level in the test of the model.
    Coverage,
    /// Windows of another length than in training.
    Window,
    /// A skill so large that a leak is likely.
    Leak,
    /// Levels of a forecast at or below zero.
    BelowZero,
    /// A target that training cannot use.
    Target,
    /// A series in two files.
    TwoFiles,
    /// The rows of an update.
    UpdateRows,
    /// Rows that repeat the rows before them.
    RepeatedRows,
    /// A price that has not changed.
    FrozenPrice,
    /// A series that ends before the others.
    EarlyEnd,
    /// A model without rows in the files.
    NoRows,
}

/// A warning.
#[derive(Debug, Clone)]
pub struct CliWarning {
    /// Its kind.
    pub kind: Kind,
    /// Its text, without a place.
    pub text: String,
    /// What to do about it, if anything.
    pub hint: Option<String>,
}

impl From<&Warning> for CliWarning {
    fn from(warning: &Warning) -> CliWarning {
        CliWarning { kind: Kind::Rows(discriminant(warning)), text: warning.to_string(), hint: hint_of(warning) }
    }
}

impl CliWarning {
    /// Returns the warnings for the notes on a forecast.
    pub fn of_forecast(forecast: &Forecast) -> Vec<CliWarning> {
        forecast.notes.iter().map(CliWarning::of_note).collect()
    }

    /// Returns the warning for a note on a forecast, or for a model's note on a series.
    pub fn of_note(note: &Note) -> CliWarning {
        let hint = match note {
            Note::OtherPrices { .. } => Some(
                "name the file of the model's series, or train a model of these prices with fourcast train; if another \
                 series is meant, give its file another name"
                    .into(),
            ),
            _ => None,
        };
        CliWarning { hint, ..CliWarning::new(Kind::Forecast(discriminant(note)), note.to_string()) }
    }

    /// Returns the warning that the intervals of a model missed their level in its test.
    pub fn of_coverage(model: &Forecaster) -> Option<CliWarning> {
        let hint = "fourcast backtest measures the coverage on more days, and by volatility".to_owned();
        let warning = |text| CliWarning { hint: Some(hint), ..CliWarning::new(Kind::Coverage, text) };
        report::coverage_warning(&model.card).map(warning)
    }

    /// Creates a warning without a hint.
    pub fn new(kind: Kind, text: String) -> CliWarning {
        CliWarning { kind, text, hint: None }
    }

    /// Returns the error that replaces warnings with `--strict`; `None` if there are no warnings.
    pub fn as_error(place: &str, warnings: &[&CliWarning]) -> Option<CliError> {
        let (first, more) = warnings.split_first()?;
        let more = match more.len() {
            0 => String::new(),
            1 => " (and 1 more warning)".to_owned(),
            more => format!(" (and {more} more warnings)"),
        };
        Some(CliWarning::strict(format!("{place}: {}{more}", first.text), first.hint.clone()))
    }

    /// Returns the error that replaces a warning with this message with `--strict`.
    pub fn strict(message: String, hint: Option<String>) -> CliError {
        let hint = hint.iter().map(|hint| format!("{hint}; ")).collect::<String>();
        CliError { message, help: Some(format!("{hint}without --strict this is a warning")) }
    }
}

/// With `--strict`, the errors that replace warnings about files that are read as a whole.
pub struct Strictly<'a>(pub &'a Output, pub Use);

impl Strictly<'_> {
    fn error<'w>(&self, place: &str, warnings: impl Iterator<Item = &'w Warning>) -> Option<CliError> {
        let warnings = warnings.filter(|warning| self.0.strict && self.1.warns_of(warning));
        let warnings: Vec<CliWarning> = warnings.map(CliWarning::from).collect();
        CliWarning::as_error(place, &warnings.iter().collect::<Vec<_>>())
    }

    /// Returns the error about the whole of a file with several series.
    pub fn of_file(&self, source: &Source, reading: &Reading) -> Option<CliError> {
        self.error(&source.to_string(), reading.warnings_of_file().iter())
    }

    /// Returns the error about a series, by its index in the file.
    pub fn of_series(&self, (source, reading, index): (&Source, &Reading, usize)) -> Option<CliError> {
        self.error(&place(source, reading, index, None), reading.warnings_of(index))
    }

    /// Returns an error if a file from which a single series is used has warnings.
    pub fn check(&self, source: &Source, reading: &Reading) -> Result<(), CliError> {
        self.error(&source.to_string(), reading.warnings.iter()).map_or(Ok(()), Err)
    }

    /// Returns an error if a result has warnings.
    pub fn check_result(&self, place: &str, warnings: &[CliWarning]) -> Result<(), CliError> {
        let warnings: Vec<&CliWarning> = warnings.iter().filter(|_| self.0.strict).collect();
        CliWarning::as_error(place, &warnings).map_or(Ok(()), Err)
    }
}

/// Number of series that a message names before it only counts the others.
const NAMED: usize = 5;

/// Warnings about several series that have not been printed yet.
#[derive(Debug, Default)]
pub struct Warnings {
    groups: Vec<Group>,
}

/// The warnings of one kind.
#[derive(Debug)]
struct Group {
    /// The first warning.
    first: CliWarning,
    place: String,
    /// The number of other warnings, and the names of the first few of their series.
    more: usize,
    whose: Vec<String>,
}

impl Warnings {
    /// Adds a warning at a place about a series or a file.
    pub fn add(&mut self, place: &str, whose: &str, warning: CliWarning) {
        match self.groups.iter_mut().find(|group| group.first.kind == warning.kind) {
            None => self.groups.push(Group { first: warning, place: place.into(), more: 0, whose: Vec::new() }),
            Some(group) => {
                group.more += 1;
                if group.whose.len() < NAMED && !group.whose.iter().any(|known| known == whose) {
                    group.whose.push(whose.to_owned());
                }
            }
        }
    }

    /// Prints the warnings: the first of each kind, and the number of the others.
    pub fn print(&mut self) {
        for group in std::mem::take(&mut self.groups) {
            warn(&group.message(), group.first.hint.as_deref());
        }
    }
}

impl Group {
    fn message(&self) -> String {
        let Group { first, place, more, whose } = self;
        if *more == 0 {
            return format!("{place}: {}", first.text);
        }
        let mut named = whose.clone();
        if *more > named.len() {
            named.push(format!("{} more", more - named.len()));
        }
        let have = if *more == 1 { "has" } else { "have" };
        format!("{place}: {}; {more} more {have} a warning of this kind: {}", first.text, join(&named, "and"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(names: &[&str]) -> Vec<String> {
        let mut warnings = Warnings::default();
        for name in names {
            let kind = if name.starts_with('x') { Kind::Halts } else { Kind::Leak };
            warnings.add(&format!("p.csv: {name}"), name, CliWarning::new(kind, "short".into()));
        }
        warnings.groups.iter().map(Group::message).collect()
    }

    #[test]
    fn warnings_of_a_kind_are_one_message() {
        assert_eq!(messages(&["a", "x"]), ["p.csv: a: short", "p.csv: x: short"]);
        assert_eq!(messages(&["a", "b"]), ["p.csv: a: short; 1 more has a warning of this kind: b"]);
        assert_eq!(
            messages(&["a", "b", "x", "c", "d", "e", "f", "g", "h"]),
            ["p.csv: a: short; 7 more have a warning of this kind: b, c, d, e, f and 2 more", "p.csv: x: short"]
        );
    }

    #[test]
    fn a_strict_error_names_the_first_and_counts_the_rest() {
        let warning = |hint: Option<&str>| CliWarning {
            hint: hint.map(str::to_owned),
            ..CliWarning::new(Kind::Halts, "short".into())
        };
        let error =
            CliWarning::as_error("p.csv", &[&warning(Some("check it")), &warning(None), &warning(None)]).unwrap();
        assert_eq!(error.message, "p.csv: short (and 2 more warnings)");
        assert_eq!(error.help.unwrap(), "check it; without --strict this is a warning");
        assert!(CliWarning::as_error("p.csv", &[]).is_none());
    }
}
