//! Mathematics that several modules use: functions of numbers alone.

mod inverse;
mod median;
pub mod student_t;

pub use inverse::probability_below;
pub use median::{lower_median, upper_median};
