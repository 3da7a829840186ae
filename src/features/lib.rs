//! Computes, from a [`PriceSeries`](fourcast_prices::PriceSeries), the numbers that windows consist of: daily inputs
//! and targets.
//!
//! Every value of a day is computed from rows up to that day, with two exceptions on days that no window reaches as its
//! last day: the first 30 days have the volatility of those days, and days without trade among the first ten are found by
//! the ten days after them. Only a target looks ahead, and only by the horizon.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | modules | what they do |
//! |---|---|
//! | `halts` | days without trade, which are left out |
//! | `constants` | decays and bounds of the daily columns |
//! | `scaler`, `garrote` | standardisation; a slope that is zero unless the data show that it is not |
//! | `seasonality` | earnings seasonality |
//! | `bars`, `indicators` | variances of days, from their bars; returns, ranges, volatilities, volume |
//! | `autocorrelation`, `close_location` | the expected return, from two regressions |
//! | `ticks` | the tick size of prices |
//! | `event_variance` | the variance of sessions with events, relative to that of others |
//! | `input` | the inputs of networks, by name |
//! | `covariates` | inputs made from covariates |
//! | `frame` | a series as a table of inputs with a target for each day |

mod autocorrelation;
mod bars;
mod close_location;
#[doc(hidden)]
pub mod constants;
mod covariates;
mod event_variance;
mod frame;
mod garrote;
mod halts;
mod indicators;
mod input;
mod scaler;
mod seasonality;
mod ticks;

pub use covariates::{input_count, input_names};
pub use event_variance::{EventHistory, MAX_EVENT_FACTOR, MIN_EVENT_FACTOR, event_factors};
pub use frame::{BACKCAST_DAYS, Frame, FrameOptions, Target, Unit, bar_ratio};
pub use halts::{Halts, frozen_end, halts, repeated_end, without_halts};
pub use indicators::Indicators;
pub use input::{Input, InputSet, InputTable};
pub use scaler::Scaler;
pub use ticks::{Grid, Tick};
