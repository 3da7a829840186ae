//! From a [`PriceSeries`](crate::prices::PriceSeries) to the numbers a network reads: inputs a day,
//! windows of days, and targets.
//!
//! This room has never heard of a network. Everything of a day is computed from rows up to that
//! day; only a target looks ahead, and only by the horizon.

mod bars;
mod echo;
mod frame;
mod indicators;
mod input;
mod news;
mod scaler;

pub use frame::{Frame, Target, Unit, WARM_UP};
pub use indicators::Indicators;
pub use input::{Input, InputSet};
pub use scaler::Scaler;
