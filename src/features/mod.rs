//! From a [`PriceSeries`](crate::prices::PriceSeries) to the numbers a network reads: inputs a day,
//! windows of days, and targets.
//!
//! This room has never heard of a network. Everything of a day is computed from rows up to that
//! day; only a target looks ahead, and only by the horizon.

mod autocorrelation;
mod bars;
mod frame;
mod halts;
mod indicators;
mod input;
mod scaler;
mod seasonality;
mod ticks;

pub use frame::{Frame, Target, Unit, WARM_UP};
pub use halts::{Halts, halts, without_halts};
pub use indicators::Indicators;
pub use input::{Input, InputSet};
pub use scaler::Scaler;
pub use ticks::{Grid, Tick};
