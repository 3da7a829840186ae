//! Recorded forecasts that are left out, or are not what they were.

use jiff::civil::Date;

use crate::ledger::Impossible;

/// Something about recorded forecasts of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// What it is.
    pub kind: RemarkKind,
    /// The line and the day of each forecast that it is about.
    pub forecasts: Vec<(usize, Date)>,
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// The close that a forecast was made from is another one now.
    Revised,
    /// The prices before the origin are others now.
    OtherPrices,
    /// There is no row on the day, and the next one is taken.
    NextRow,
    /// The row so many after the origin has another date.
    OtherDay,
    /// Rows were of another frequency.
    OtherFrequency,
    /// The day had been forecast before.
    Repeated,
    /// The origin is not a row of the prices.
    NoOrigin,
    /// There is no row on the day, and no origin.
    NoDay,
    /// The day, or all days up to it, are without trade.
    Halted,
    /// Too few rows before the origin.
    TooEarly,
    /// The day is not after the origin.
    NotAfter,
    /// More rows from the origin to the day than any forecast has.
    TooFar,
    /// The close that a forecast was made from has no logarithm.
    NoReturn,
    /// The prices of a forecast contradict each other, or are none.
    Impossible(Impossible),
    /// Most medians are far from the last closes.
    OtherScale,
    /// Nearly all medians are away from the last closes by one factor.
    OneFactor,
    /// Nearly all forecasts are the closes of their own days.
    OwnClose,
    /// Nearly all forecasts are the closes of the days after theirs.
    NextClose,
    /// The close that a forecast says it was made from is not that of its origin, and cannot have been another time.
    OtherClose,
}

impl RemarkKind {
    /// Whether a forecast of that kind can have been made by no program: it was changed, or is of something else.
    pub fn is_impossible(self) -> bool {
        matches!(self, RemarkKind::Impossible(_) | RemarkKind::OtherClose)
    }
}
