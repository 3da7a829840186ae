//! What to do about the warnings of the reader.

use super::prices::SPLITS;
use super::spacing::of_spacing;
use super::{Help, of_levels, typed};
use crate::prices::{CovariateFinding, FailedSeries, NoPriceAtEnd, Nonpositive, OtherEnd, Reading, Warning};
use crate::report::{Failure, Inspection, Remark};

/// Returns what to do about a warning, if anything.
pub fn hint_of(warning: &Warning) -> Option<String> {
    let text = match warning {
        Warning::Shuffled(_) | Warning::OddDays(_) | Warning::LongGap { .. } => "check the dates of those rows",
        Warning::OutsideRange(_)
        | Warning::CloseOnly(_)
        | Warning::FarOff(_)
        | Warning::FarOut(_)
        | Warning::Stale(_)
        | Warning::Outlier(_) => "check the prices of those rows",
        Warning::Moved { ahead: true, .. } => {
            "move the column by a day: forecasts would use values of the day that they forecast"
        }
        Warning::Moved { is_close: true, .. } => {
            "move the column by a day: relative to it the other columns are a day ahead, and forecasts would use values \
             of the day that they forecast"
        }
        Warning::Moved { ahead: false, .. } => "move the column by a day",
        Warning::Diverging { .. } => "check that both columns are of the same stock, and of the same days",
        Warning::Filled(_) | Warning::Unchanged(_) => {
            "leave those rows out if they were filled in: their returns of zero narrow the intervals"
        }
        Warning::Interpolated(_) => "leave interpolated rows out: they contain information from later days",
        Warning::Leaps(_) => {
            "check the prices of those rows, and that the rows before and after are of one series in one unit"
        }
        Warning::SplitLike { .. } => SPLITS,
        Warning::SplitAtEnd { .. } | Warning::SmallSplit { .. } => {
            "after a split, get all prices again: --splits adjust does not change so small a move; otherwise pass --splits as-is"
        }
        Warning::FewWeekdays { .. } => "get the prices of the other days, if the market trades on them",
        Warning::MaybeThirtySeconds { .. } => "if they are, write 110.04 as 110.125, which is 110 and 4 / 32",
        Warning::Nonpositive { cause, lines } => return Some(cause.help_among(lines.is_of_series())),
        Warning::JoinedSeries { column, .. } => {
            return Some(format!(
                "to read a series of each, name the column with {}",
                typed::option("--ticker-column", column)
            ));
        }
        Warning::PanelKey { column } => {
            return Some(format!("to confirm it, pass {}", typed::option("--ticker-column", column)));
        }
        Warning::TakenName { .. } => "fix the name in the header, or name the price with --price-column COLUMN",
        Warning::OutOfReach { .. } => "check the names in the header, or name the price with --price-column COLUMN",
        Warning::BarNotRead { close: Some(close), .. } => {
            return Some(format!("to read the bar, name its close with {}", typed::option("--price-column", close)));
        }
        Warning::Swapped { .. } => "fix the names in the header",
        Warning::OfOneName(_) => "give each column a name of its own in the header",
        Warning::AlikeColumns(_) => "if they are, name the right one with --price-column COLUMN",
        Warning::NotRead(columns) => return Some(of_not_read(columns)),
        Warning::LikelyPoint { .. } => "to confirm it, pass --decimal-point; otherwise pass --decimal-comma",
        Warning::OddName { .. } => "fix the name in the header if it is",
        Warning::ShortSeries(_) => "check the names in those rows",
        Warning::NoTicker(_) => "fill the cells of the tickers, or take those lines out",
        Warning::Wild { .. } | Warning::AssumedBar { .. } => "name the price with --price-column COLUMN",
        Warning::NotDaily { found, expected, asked, by, days_in, .. } => {
            return Some(of_spacing(found, (*expected, *asked), by, *days_in));
        }
        Warning::Covariate { finding, .. } => match finding {
            CovariateFinding::Constant(_) => "leave it out: networks learn nothing from it",
            CovariateFinding::EveryRow(_) => "leave them out: networks learn nothing from them",
            CovariateFinding::Carried { .. } => "add its last values, if they are known",
            CovariateFinding::NoEvents(..) => "check the dates of the events",
            CovariateFinding::Twice { .. } => "list each day once, with one value",
            CovariateFinding::IsPrice => "leave it out",
            CovariateFinding::Later(_) => {
                "leave it out unless its values were known on their day: otherwise forecasts use later prices"
            }
            CovariateFinding::Ended(_) => "add the dates to come, if there are any",
        },
        Warning::OpenForClose { lines: Some(_), .. } => "exchange the two columns on those lines",
        Warning::OpenForClose { .. } => "exchange the names, or name the close with --price-column COLUMN",
        Warning::UnfitBars { .. } => "check the names of the columns: one of them may be the close",
        Warning::OddVolume(_) => "check the volumes of those rows",
        Warning::Constant { .. } => "get the prices again, or leave this series out",
        Warning::OtherEnd { rows: OtherEnd { is_start: true, edge, .. }, .. } => {
            return Some(format!("pass --since {edge} to leave them out"));
        }
        Warning::OtherEnd { rows: OtherEnd { is_start: false, edge, .. }, .. } => {
            return Some(format!("pass --until {edge} to leave them out"));
        }
        Warning::Unfinished { rows, .. } if !rows.has_calendar => {
            "if it had no further trading day, name the exchange with --calendar, for example --calendar nyse"
        }
        Warning::UnfinishedDay { .. } => "pass --drop-last to leave that day out",
        Warning::NoPriceAtEnd { end, .. } => return of_end(end),
        Warning::StaleEnd { .. } => "get the prices again: the feed may have stopped, or trading",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Returns how a file was read, with what to do about its warnings and about the series that could not be read.
pub fn inspection(reading: &Reading) -> Inspection<'_> {
    let remark = |warning: Warning| Remark { help: hint_of(&warning), warning: warning.to_string() };
    let failure = |FailedSeries { name, error, .. }: &FailedSeries| Failure {
        series: Some(name.clone()).filter(|name| !name.is_empty()),
        error: error.to_string(),
        help: Some(error.help()),
    };
    Inspection {
        reading,
        remarks: reading.remarks().into_iter().map(remark).collect(),
        failed: reading.failed.iter().map(failure).collect(),
    }
}

fn of_not_read(columns: &[String]) -> String {
    match columns {
        [one] => format!("to read only this column, name it with {}", typed::option("--price-column", one)),
        _ => "to read only one of them, name it with --price-column COLUMN".to_owned(),
    }
}

fn of_end(end: &NoPriceAtEnd) -> Option<String> {
    let ended = "if it is no longer traded, there is nothing to forecast; otherwise get the prices again";
    end.may_have_ended().then(|| ended.to_owned())
}

impl Help for Nonpositive {
    fn help(&self) -> String {
        self.help_among(false)
    }

    fn help_among(&self, several: bool) -> String {
        let help = match self {
            Nonpositive::Errors => "fix that price, or leave its cell empty if the price is not known",
            Nonpositive::Levels => {
                let options = of_levels(several);
                return format!("no returns are computed from them: leave them out, or train with {options}");
            }
            Nonpositive::Returns => {
                "name the column of prices with --price-column COLUMN, or make prices of the returns: each is the one \
                 before times (1 + return)"
            }
        };
        help.into()
    }
}
