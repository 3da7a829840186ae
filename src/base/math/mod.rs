//! Mathematics that several modules use: functions that depend only on numbers.

mod binomial;
mod inverse;
mod median;
mod quantile;
pub mod student_t;

pub use binomial::two_sided as binomial_p;
pub use inverse::probability_below;
pub use median::{lower_median, upper_median};
pub use quantile::sample_quantile;
