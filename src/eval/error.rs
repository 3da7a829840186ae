//! Errors of scores, tests and baselines.

use jiff::civil::Date;

/// The reason why a score, a test or a baseline could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// There are no days to evaluate.
    #[error("nothing to evaluate: {what} is empty")]
    Empty {
        /// The input.
        what: &'static str,
    },
    /// Two inputs that must have one entry per day do not have the same number of entries.
    #[error("{what} has {}, expected {expected}", if *.got == 1 { "1 entry".to_owned() } else { format!("{got} entries") })]
    Length {
        /// The input.
        what: &'static str,
        /// The number of its entries.
        got: usize,
        /// The number of entries expected.
        expected: usize,
    },
    /// An input contains an infinity or a NaN.
    #[error("{what}, entry {index}: {value} is not a finite number")]
    NotFinite {
        /// The input.
        what: &'static str,
        /// Index of the offending entry, from zero.
        index: usize,
        /// The entry.
        value: f64,
    },
    /// A price is not above zero, but returns require prices above zero.
    #[error("the price on {date} is {price}, expected one above zero: the baselines forecast returns")]
    NonPositive {
        /// The day.
        date: Date,
        /// The price.
        price: f64,
    },
    /// There are too few days for a meaningful figure.
    #[error("{what}: {got} given, at least {needed} needed")]
    TooFew {
        /// The input.
        what: &'static str,
        /// The number of entries given.
        got: usize,
        /// The number required.
        needed: usize,
    },
    /// A number is outside the range in which it is meaningful.
    #[error("{what} is {value}, expected {expected}")]
    OutOfRange {
        /// The number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
    /// A baseline without a fallback could not be fitted.
    #[error("{baseline} cannot be fitted: {why}")]
    Unfit {
        /// The name of the baseline.
        baseline: &'static str,
        /// The reason.
        why: String,
    },
    /// The figure divides by a spread, which is zero.
    #[error("{what}: every value is the same, so {figure} cannot be computed")]
    Constant {
        /// The input.
        what: &'static str,
        /// The figure that cannot be computed.
        figure: &'static str,
    },
}
