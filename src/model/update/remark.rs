//! Possible faults of the rows of an update.

use std::fmt;

use jiff::civil::Date;

use super::error::unproven;
use crate::reference::{PriceDifference, percent};
use fourcast_base::words::{counted, join};
use fourcast_prices::Calendar;

/// A possible fault of the rows of an update.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum UpdateRemark {
    /// A row that the model depends on now has another price.
    Corrected(PriceDifference),
    /// It is not certain that the rows are of the model's series.
    Unproven {
        /// The model's series.
        series: String,
    },
    /// A new row is far from the row before, which can be a wrong price.
    Jump {
        /// The move.
        jump: Jump,
        /// Why the price can be wrong.
        doubt: Doubt,
    },
    /// A new row is far from the row before, and the next row confirms its level.
    Moved(Jump),
    /// The rows end before the last day of the model, so none of them is new.
    Behind {
        /// The last row.
        last: Date,
        /// The last day of the model.
        until: Date,
    },
    /// A close that the model depends on has changed, and the moves that are compared agree.
    Revised {
        /// The last day of these rows.
        until: Date,
    },
    /// Some rows came after the update of their days.
    Late {
        /// The number of rows.
        rows: usize,
        /// The last day of the model.
        until: Date,
    },
    /// Some days have no row among the new days.
    Missing {
        /// The days.
        days: Vec<Date>,
        /// The exchange of these sessions, if it is known.
        calendar: Option<Calendar>,
    },
    /// Some rows that the model depends on have changed, but not their closes.
    Changed {
        /// The last day of these rows.
        until: Date,
        /// Whether it is certain that the closes have not changed: models of earlier versions do not keep the sum of
        /// closes.
        are_closes_known: bool,
    },
}

/// Why a large move can be a wrong price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// There is no later row.
    Unconfirmed,
    /// The next row reverses the move.
    Undone,
    /// The next row confirms the move, but it is larger than any announcement explains.
    Vast,
}

/// A return that is a large multiple of the volatility.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jump {
    /// The day.
    pub date: Date,
    /// The log return of adjusted closes.
    pub log_return: f64,
    /// The ratio to the volatility: the root mean square return of the training rows, or of the last rows before the
    /// move if it is larger.
    pub times: f64,
}

impl UpdateRemark {
    /// Whether the remark is only for information: nothing is wrong, and the update continues.
    pub fn is_note(&self) -> bool {
        matches!(
            self,
            UpdateRemark::Moved(_) | UpdateRemark::Changed { .. } | UpdateRemark::Missing { calendar: None, .. }
        )
    }
}

impl fmt::Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Jump { date, log_return, times } = self;
        let moved = percent(*log_return, 1);
        write!(f, "the close moved by {moved} % on {date}, {times:.0} times the volatility")
    }
}

impl fmt::Display for UpdateRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpdateRemark::Corrected(difference) => {
                write!(
                    f,
                    "rows that the model depends on have changed; their outcomes are not counted again: {difference}"
                )
            }
            UpdateRemark::Unproven { series } => f.write_str(&unproven(series)),
            UpdateRemark::Behind { last, until } => write!(
                f,
                "the file ends on {last}, before the last day of the model, {until}: there is nothing to update"
            ),
            UpdateRemark::Jump { jump, doubt } => {
                let reason = match doubt {
                    Doubt::Unconfirmed => ", and there is no later row that confirms it",
                    Doubt::Undone => ", and the next row reverses it",
                    Doubt::Vast => ", and the next row confirms it: rows of another series may begin there",
                };
                write!(f, "{jump}{reason}")
            }
            UpdateRemark::Moved(jump) => write!(f, "{jump}, and the next row confirms it"),
            UpdateRemark::Revised { until } => write!(
                f,
                "a close up to {until} has changed since the last training or update: the returns that the model stores \
                 agree, and the outcomes are not counted again"
            ),
            UpdateRemark::Late { rows, until } => write!(
                f,
                "{} up to {until} {}; the outcomes are not counted again",
                counted(*rows, "row"),
                match rows {
                    1 => "was added after the update that covered its day",
                    _ => "were added after the update that covered their days",
                }
            ),
            UpdateRemark::Missing { days, calendar } => {
                let what = match calendar {
                    Some(calendar) => {
                        format!(", {} of {calendar}", if days.len() == 1 { "a session" } else { "sessions" })
                    }
                    None => String::new(),
                };
                let named = few_days(days);
                write!(
                    f,
                    "no row for {named}{what}, although later rows exist: the move to the next row counts as one day"
                )
            }
            UpdateRemark::Changed { until, are_closes_known } => {
                write!(
                    f,
                    "a row up to {until} has changed since the last training or update ({}): the returns that the model \
                     stores agree, and the outcomes are not counted again",
                    if *are_closes_known {
                        "a volume, an adjusted close, a covariate, or open, high or low"
                    } else {
                        "a price, a volume, an adjusted close or a covariate"
                    }
                )
            }
        }
    }
}

/// Returns the first few days as text.
fn few_days(days: &[Date]) -> String {
    const MAX_DAYS: usize = 3;
    let mut all: Vec<String> = days.iter().take(MAX_DAYS).map(Date::to_string).collect();
    if days.len() > MAX_DAYS {
        all.push(format!("{} more", days.len() - MAX_DAYS));
    }
    join(&all, "and")
}
