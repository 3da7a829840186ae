//! Why a baseline could not be fitted.

use crate::EvalError;

/// Why there is no usable fit of a baseline.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// The returns do not allow one.
    #[error(transparent)]
    Data(#[from] EvalError),
    /// It reads the variances of bars, and the series has closes only.
    #[error("the series has no open, high and low")]
    NoBars,
    /// No search for the maximum of the likelihood converged.
    #[error("no search for the maximum of its likelihood converged")]
    NotConverged,
    /// The likelihood increases towards models in which an error in today's volatility grows from day to day instead
    /// of fading: they fit past days and forecast nothing.
    #[error("its likelihood is highest where errors in its volatility grow from day to day")]
    Explosive,
    /// The volatility forecast is out of proportion.
    #[error("its volatility forecast is {ratio:.3e} times the sample's")]
    Implausible {
        /// The volatility forecast over the sample's standard deviation.
        ratio: f64,
    },
}

impl Unfit {
    /// The error of a baseline that has no fallback.
    pub(super) fn without_fallback(self, baseline: &'static str) -> EvalError {
        match self {
            Unfit::Data(error) => error,
            why => EvalError::Unfit { baseline, why: why.to_string() },
        }
    }
}
