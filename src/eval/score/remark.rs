//! Remarks on recorded forecasts that are left out or doubtful.

use jiff::civil::Date;

use crate::ledger::Impossible;

/// A remark on recorded forecasts of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// The kind of remark.
    pub kind: RemarkKind,
    /// The line and the day of each of those forecasts.
    pub forecasts: Vec<(usize, Date)>,
}

/// The kind of a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// The close that a forecast was made from has been revised.
    Revised,
    /// The prices before the origin have changed.
    OtherPrices,
    /// There is no row on the day, so the next row is used.
    NextRow,
    /// The row at the recorded horizon after the origin has another date.
    OtherDay,
    /// The recorded frequency is not that of the prices.
    OtherFrequency,
    /// An earlier forecast of the same day exists.
    Repeated,
    /// The origin is not a row of the prices.
    NoOrigin,
    /// There is no row on the day, and the forecast has no origin.
    NoDay,
    /// The day, or all days up to it, are without trade.
    Halted,
    /// There are too few rows before the origin.
    TooEarly,
    /// The day is not after the origin.
    NotAfter,
    /// The horizon is longer than that of any forecast.
    TooFar,
    /// The close that a forecast was made from has no logarithm.
    NoReturn,
    /// The prices of a forecast are inconsistent or impossible.
    Impossible(Impossible),
    /// Most medians are far from the last closes.
    OtherScale,
    /// Nearly all medians differ from the last closes by the same factor.
    OneFactor,
    /// Nearly all forecasts are the closes of their own days.
    OwnClose,
    /// Nearly all forecasts are the closes of the days after theirs.
    NextClose,
    /// The recorded last close of a forecast is not that of its origin, and cannot have been so earlier.
    OtherClose,
}

impl RemarkKind {
    /// Whether no program can have made a forecast with this remark: it was changed, or is of another quantity.
    pub fn is_impossible(self) -> bool {
        matches!(self, RemarkKind::Impossible(_) | RemarkKind::OtherClose)
    }
}
