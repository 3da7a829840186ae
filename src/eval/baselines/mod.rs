//! What a forecast has to beat: the baselines, each a distribution of tomorrow's log return.
//!
//! They are fitted to past returns and then walked forward a day at a time; fitting again is a
//! matter of choice, taking in a day is not. [`Kind`] has them by name.

mod ewma;
mod fitted;
mod forecast;
pub mod garch;
mod kind;
mod naive;
mod residuals;
mod smoothing;
mod student_t;
#[cfg(test)]
pub(super) mod testing;

pub use ewma::Ewma;
pub use fitted::{Fitted, Replacement};
pub use forecast::{Forecast, Shape};
pub use kind::{Kind, UnknownBaseline};
pub use naive::{Drift, Naive};
pub use residuals::Residuals;
pub use smoothing::Smoothing;
pub use student_t::UnitStudentT;

/// A forecaster fitted to past returns, that can be walked forward without fitting again.
pub trait Baseline {
    /// The distribution of tomorrow's log return.
    fn forecast(&self) -> Forecast<'_>;

    /// Tomorrow came, with log return `r`: the next forecast is for the day after.
    fn update(&mut self, r: f64);
}
