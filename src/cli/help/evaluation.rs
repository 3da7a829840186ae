//! What to do about evaluations that cannot be made: backtests, searches, ledgers and tables of forecasts.

use super::typed::nearest_file;
use super::{Help, MORE_DAYS, of_write, or_smaller};
use crate::eval::EvalError;
use crate::eval::backtest::BacktestError;
use crate::eval::baselines::{ALL, Baseline};
use crate::eval::ledger::{LedgerError, LedgerProblem};
use crate::eval::score::{TableError, TableProblem};
use crate::eval::tune::{JournalError, JournalProblem, TuneError};
use crate::prices::Nonpositive;

impl Help for LedgerError {
    fn help(&self) -> String {
        match &self.problem {
            LedgerProblem::Missing => {
                nearest_file(&self.path, "name the file that fourcast predict --ledger has written")
            }
            LedgerProblem::Other => {
                "name the file that fourcast predict --ledger writes; forecasts of another program \
                                     are a file of csv for fourcast score --forecasts"
                    .into()
            }
            LedgerProblem::Version { .. } => "use the version of fourcast that wrote it, or a later one".into(),
            LedgerProblem::Unended { .. } => "take the line out, or end it with a line break".into(),
            LedgerProblem::Lock(_) => "name a file on a disk that can lock files; not all network drives can".into(),
            LedgerProblem::Read(_) => "name a file that you may read".into(),
            LedgerProblem::Write(cause) => of_write(cause, "file", "--ledger"),
        }
    }
}

impl Help for TableError {
    fn help(&self) -> String {
        match &self.problem {
            TableProblem::Missing => nearest_file(&self.path, "name a csv file of forecasts"),
            TableProblem::Read(_) => "name a csv file of forecasts that you may read".into(),
            TableProblem::NoColumn { expected, .. } => format!("rename the column that holds it to {expected}"),
            TableProblem::NoForecast(_) => "rename the columns of the forecasts".into(),
            TableProblem::NoMiddle => "add the price forecast as a column named forecast, or the median as q0.5".into(),
            TableProblem::Quantile(_) => "rename the column, or leave it out".into(),
            TableProblem::Twice { .. } => "leave out one of them".into(),
            TableProblem::OneEnd { missing, .. } => format!("add the column {missing}, or rename the other"),
            TableProblem::Row(_) | TableProblem::Cell { .. } => "fix that row, or leave it out".into(),
            TableProblem::Long | TableProblem::LongRow => "name a csv file with a row for each forecast".into(),
            TableProblem::Ambiguous(cell) if cell.is_number => {
                "name the file of the prices, which decide it, or write one of the numbers with four decimals".into()
            }
            TableProblem::Ambiguous(_) => {
                "pass --date-order dmy or --date-order mdy, or write days as YYYY-MM-DD".into()
            }
            TableProblem::Models(_) => "leave out the columns of the others, and score each model by itself".into(),
            TableProblem::Nothing | TableProblem::Empty { missing: 0 } => {
                "name a file with a row for each forecast: date,forecast in the first line, and 2024-01-31,101.5 below"
                    .into()
            }
            TableProblem::Empty { .. } => "fill in the date and the prices of the forecasts".into(),
        }
    }
}

/// Returns the default baselines that satisfy a condition, as a list to type.
fn defaults(is_wanted: impl Fn(&Baseline) -> bool) -> String {
    let wanted = ALL.iter().filter(|baseline| baseline.is_default && is_wanted(baseline));
    wanted.map(|baseline| baseline.name).collect::<Vec<_>>().join(",")
}

impl Help for BacktestError {
    fn help(&self) -> String {
        match self {
            BacktestError::TooFewRows { smaller, .. } => format!("{MORE_DAYS}{}", or_smaller(smaller)),
            BacktestError::TooFewTestDays { .. } => "pass a larger --test-days or a shorter --horizon".into(),
            BacktestError::TooShortRolling { smaller, .. } => format!("pass a larger --rolling{}", or_smaller(smaller)),
            BacktestError::InSample { possible, last, .. } => {
                let fewer = match possible {
                    Some(days) => format!("pass --test-days {days} or fewer, or give it newer prices"),
                    None => format!(
                        "give it prices of more days after {last}, or train a model on earlier days with: fourcast \
                         train PRICES.csv --until DATE -m FILE"
                    ),
                };
                format!("{fewer}; --in-sample tests on days the model has seen")
            }
            BacktestError::NonPositive { cause: Nonpositive::Levels, .. } => {
                "leave those days out with --since or --until".into()
            }
            BacktestError::NonPositive { cause, .. } => cause.help(),
            BacktestError::Horizon { horizon, .. } => {
                format!("pass --baselines {}", defaults(|baseline| baseline.supports(*horizon)))
            }
            BacktestError::NoBars { .. } => {
                format!("give it a file with them, or pass --baselines {}", defaults(|baseline| !baseline.needs_bars))
            }
            BacktestError::Stopped { .. } => "run it again for a verdict".into(),
            BacktestError::Fit(cause) => cause.help(),
            BacktestError::Eval(EvalError::TooFew { .. }) => {
                "give it more days: a smaller --test-days, a larger --rolling or a longer file".into()
            }
            BacktestError::Eval(EvalError::NotFinite { .. }) => {
                "its forecasts are too large for a number: test another model, or train again with a smaller \
                 --learning-rate"
                    .into()
            }
            BacktestError::Eval(_) => "give it days on which the price moves".into(),
        }
    }

    fn help_among(&self, several: bool) -> String {
        match self {
            BacktestError::Fit(cause) => cause.help_among(several),
            _ => self.help(),
        }
    }
}

impl Help for TuneError {
    fn help(&self) -> String {
        match self {
            TuneError::Config(cause) => cause.help(),
            TuneError::Backtest(BacktestError::TooFewRows { .. }) => {
                format!("{MORE_DAYS}, or a smaller --test-days, --folds or --windows")
            }
            TuneError::Backtest(cause) => cause.help(),
        }
    }

    fn help_among(&self, several: bool) -> String {
        match self {
            TuneError::Backtest(BacktestError::TooFewRows { .. }) | TuneError::Config(_) => self.help(),
            TuneError::Backtest(cause) => cause.help_among(several),
        }
    }
}

impl Help for JournalError {
    fn help(&self) -> String {
        match &self.problem {
            JournalProblem::Other => "name another file with --state: this one is not changed".into(),
            JournalProblem::Version { .. } => {
                "continue with the fourcast that wrote it, or name another --state".into()
            }
            JournalProblem::Differs(_) => {
                "type the command it was written with, or name another file with --state for this search".into()
            }
            JournalProblem::Line { .. } => "take out that line: its evaluation is repeated".into(),
            JournalProblem::Busy => "wait for it, or name another file with --state".into(),
            JournalProblem::Io(cause) => of_write(cause, "file", "--state"),
        }
    }
}
