//! The reasons why a baseline could not be fitted.

use crate::EvalError;

/// The reason why a baseline has no usable fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// The returns are unsuitable.
    #[error(transparent)]
    Data(#[from] EvalError),
    /// The baseline reads the variances of bars, but the series has only closes.
    #[error("the series has no open, high and low")]
    NoBars,
    /// No search for the maximum of the likelihood converged.
    #[error("no search for the maximum of its likelihood converged")]
    NotConverged,
    /// The likelihood increases towards models in which an error in today's volatility grows from day to day instead of
    /// fading: such models fit past days but cannot forecast.
    #[error("its likelihood is highest where errors in its volatility grow from day to day")]
    Explosive,
    /// The volatility forecast is implausible.
    #[error("its volatility forecast is {ratio:.3e} times the sample's")]
    Implausible {
        /// The volatility forecast divided by the sample's standard deviation.
        ratio: f64,
    },
}

impl Unfit {
    /// Returns the error of a baseline that has no fallback.
    pub(super) fn without_fallback(self, baseline: &'static str) -> EvalError {
        match self {
            Unfit::Data(error) => error,
            why => EvalError::Unfit { baseline, why: why.to_string() },
        }
    }
}
