//! Remarks on a forecast.

use std::fmt;

use jiff::civil::Date;

use super::reference::Mismatch;
use super::samples::MAX_INPUT;
use super::uncalibrated::Uncalibrated;
use fourcast_base::words::counted;
use fourcast_features::{Grid, Halts};
use fourcast_prices::{Calendar, Covariate, CovariateKind, Frequency};

/// A remark on a forecast.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// The model has no calibration: the reason, if its file has it, and the frequency of its rows.
    Uncalibrated(Option<Uncalibrated>, Frequency),
    /// The model was trained on, or updated with, days after the origin.
    Hindsight {
        /// Whether it was updated with them.
        updated: bool,
        /// The last day that the model depends on.
        seen: Date,
        /// The origin.
        origin: Date,
    },
    /// The series has the name of the model's series, but other prices.
    OtherPrices {
        /// The name that both have.
        series: String,
        /// How they differ.
        mismatch: Mismatch,
    },
    /// The initial variance is the model's, because the series has too few rows.
    ModelVolatility {
        /// Rows of the series.
        rows: usize,
        /// The number of rows from which on a series has its own.
        enough: usize,
    },
    /// Days without trade were left out.
    Halted(Halts),
    /// The tick is not small compared with a day's move.
    Ticks(Grid),
    /// The prices are beyond the levels that a model of price levels was trained on.
    OtherLevels {
        /// The distance of the last close from the mean of the training, in standard deviations.
        deviations: f64,
    },
    /// The forecast is far from what is likely from the moves of the series.
    Unlikely {
        /// The day ahead, in rows.
        ahead: usize,
        /// Spacing of the rows.
        frequency: Frequency,
        /// The unlikely quantity.
        what: UnlikelyForecast,
    },
    /// The value of a covariate is far outside its values before the window. The networks read it as the bound of
    /// inputs.
    FarCovariate {
        /// The covariate.
        covariate: Covariate,
        /// Its value.
        value: f64,
        /// The day of the value.
        day: Date,
        /// The minimum and the maximum of the earlier values.
        before: (f64, f64),
    },
    /// The exchange's holidays are not known for a session that is forecast.
    HolidaysUnknown {
        /// The exchange.
        calendar: Calendar,
        /// The session.
        date: Date,
    },
}

/// The quantity of a forecast that is unlikely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UnlikelyForecast {
    /// The median is this many root mean square returns away from the drift of the price.
    Median {
        /// Number of root mean square returns of the series; negative if below the drift.
        moves: f64,
    },
    /// The 90 % interval is this many times as wide as that for returns of the root mean square.
    Width {
        /// The ratio of the widths.
        ratio: f64,
    },
}

impl fmt::Display for UnlikelyForecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnlikelyForecast::Median { moves } => {
                let side = if *moves < 0.0 { "below" } else { "above" };
                write!(f, "the median is {:.1} times the RMS return of the series {side} its drift", moves.abs())
            }
            UnlikelyForecast::Width { ratio } => {
                write!(
                    f,
                    "the 90 % prediction interval is {ratio:.2} times as wide as the RMS return of the series implies"
                )
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Uncalibrated(Some(reason), frequency) => {
                write!(f, "the prediction intervals are not calibrated: {}", reason.in_words(*frequency))
            }
            Note::Uncalibrated(None, frequency) => {
                let unit = frequency.unit();
                write!(
                    f,
                    "the prediction intervals are not calibrated: the model has not been tested on unseen {unit}s"
                )
            }
            Note::Hindsight { updated, seen, origin } => {
                let was = if *updated { "updated with" } else { "trained on" };
                write!(
                    f,
                    "hindsight: the model was {was} days up to {seen}, after the origin of this forecast, {origin}"
                )
            }
            Note::OtherPrices { series, mismatch } => write!(
                f,
                "the prices of the model's last days differ from those of this file, though both are named '{series}': {mismatch}"
            ),
            Note::ModelVolatility { rows, enough } => write!(
                f,
                "{} {} too few to estimate the volatility: starting from that of the training rows ({enough} rows are \
                 needed)",
                counted(*rows, "row"),
                if *rows == 1 { "is" } else { "are" }
            ),
            Note::Halted(halts @ Halts { at_end: 0, .. }) => {
                write!(f, "left out {halts}: the return after them spans the gap")
            }
            Note::Halted(halts @ Halts { at_end, last_traded, is_shown, .. }) => write!(
                f,
                "left out {halts}, {at_end} of them at the end: the prediction interval is that of the first session \
                 after {last_traded}, {}",
                if *is_shown { "the last day with trade" } else { "the day before them" }
            ),
            Note::Ticks(Grid { tick, of_adjusted }) => {
                let closes = if *of_adjusted { "adjusted closes" } else { "closes" };
                let share = 100.0 / tick.level();
                write!(
                    f,
                    "{closes} lie on a grid of {}, {share:.2} % of the last one: the forecast and its prediction \
                     intervals are prices on that grid",
                    tick.step
                )
            }
            Note::OtherLevels { deviations } => write!(
                f,
                "the last close is {deviations:.1} standard deviations from the mean of the prices that the model of price \
                 levels was trained on: forecasts and intervals cannot be trusted there"
            ),
            Note::Unlikely { ahead, frequency, what } => write!(
                f,
                "the forecast {} ahead is implausible: {what}; the model file may have been changed, or the training may \
                 have failed",
                counted(*ahead, frequency.unit())
            ),
            Note::FarCovariate { covariate, value, day, before: (min, max) } => write!(
                f,
                "{covariate} {} {value} on {day}, far outside the earlier range of {min} to {max}: the networks read \
                 it as at most {MAX_INPUT} standard deviations",
                if covariate.kind == CovariateKind::Events { "have" } else { "is" }
            ),
            Note::HolidaysUnknown { calendar, date } => {
                write!(f, "the holidays of {calendar} are not known for {date}: it may be a holiday")
            }
        }
    }
}
