//! Scores of point forecasts, of quantile forecasts, and of skill against another forecast.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `point`, `direction` | errors and direction of point forecasts |
//! | `quantiles`, `crps` | quantile forecasts and their score |
//! | `coverage`, `histogram` | coverage and width of intervals; the histogram of the PIT |
//! | `brier` | probabilities of events and their score |
//! | `skill` | the relative reduction of an error, with a confidence interval |

mod brier;
mod coverage;
mod crps;
mod direction;
mod histogram;
mod point;
mod quantiles;
mod skill;

pub use brier::{Event, EventScores, ParseEventError, ProbabilityScore, brier_scores};
pub use coverage::{IntervalScore, TercileScores, interval_score, tercile_scores, terciles};
pub use crps::{crps_from_quantiles, mean_pinball, pinball};
pub use direction::{DirectionScore, direction_score};
pub use histogram::{PitHistogram, pit, pit_histogram};
pub use point::{mae, mase, naive_scale, rmse, smape};
pub use quantiles::{CentralInterval, QUANTILE_LEVELS, QuantileForecasts, central_intervals};
pub use skill::{Skill, Total, skill, skill_standard_error, skill_with_interval};
