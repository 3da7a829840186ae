//! Errors of scores, tests and baselines.

use jiff::civil::Date;

/// Why a score, a test or a baseline could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// There is not a single day to evaluate.
    #[error("nothing to evaluate: {what} is empty")]
    Empty {
        /// Which input.
        what: &'static str,
    },
    /// Two inputs that must have one entry per day do not have the same number of entries.
    #[error("{what} has {}, expected {expected}", if *.got == 1 { "1 entry".to_owned() } else { format!("{got} entries") })]
    Length {
        /// Which input.
        what: &'static str,
        /// How many entries it has.
        got: usize,
        /// How many it must have.
        expected: usize,
    },
    /// An infinity or a NaN among the inputs.
    #[error("{what}, entry {index}: {value} is not a finite number")]
    NotFinite {
        /// Which input.
        what: &'static str,
        /// Position of the offending entry, from zero.
        index: usize,
        /// The entry.
        value: f64,
    },
    /// Returns are made of prices above zero.
    #[error("the price on {date} is {price}, expected one above zero: the baselines forecast returns")]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
    },
    /// Some days, but too few for the figure to mean anything.
    #[error("{what}: {got} given, at least {needed} needed")]
    TooFew {
        /// Which input.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A number outside the range in which it makes sense.
    #[error("{what} is {value}, expected {expected}")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// A baseline without a fallback that could not be fitted.
    #[error("{baseline} cannot be fitted: {why}")]
    Unfit {
        /// Its name.
        baseline: &'static str,
        /// Why.
        why: String,
    },
    /// The figure divides by a spread that is zero.
    #[error("{what}: every value is the same, so {figure} cannot be computed")]
    Constant {
        /// Which input.
        what: &'static str,
        /// The figure that needed it to vary.
        figure: &'static str,
    },
}
