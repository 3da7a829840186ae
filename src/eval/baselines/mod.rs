//! Baselines: simple models that a forecast is compared with. Each forecasts the predictive distribution of the next
//! log return, and that of the log return over several days.
//!
//! A baseline is fitted to the past of a series and then updated day by day without another fit. Everything else that
//! the program uses is in the fields of [`Baseline`]; [`ALL`] lists all baselines.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `empirical`, `student_t` | distributions: of a sample, Student-t |
//! | `return_forecast`, `horizon_forecast` | predictive distributions of the next return, and of that over several days
//! |
//! | `unfit`, `past` | why a baseline could not be fitted; the data it is fitted to |
//! | `baseline` | the definition of a baseline: name, horizon, fallback, fit |
//! | `fit` | the fit of a baseline, or of its fallback |
//! | `overlapping` | the distribution of past returns over several days |
//! | `drift`, `naive`, `smoothing` | forecasts of the price |
//! | `ewma`, `har`, `garch` | forecasts of the volatility |

mod baseline;
mod drift;
mod empirical;
mod ewma;
mod fit;
pub mod garch;
mod har;
mod horizon_forecast;
mod naive;
mod overlapping;
mod past;
mod return_forecast;
mod smoothing;
mod student_t;
#[cfg(test)]
pub(super) mod testing;
mod unfit;

pub use baseline::{ANY_HORIZON, Baseline, FittedBaseline, UnknownBaseline};
pub use drift::{DRIFT, Drift};
pub use empirical::Empirical;
pub use ewma::{EWMA, Ewma};
pub use fit::{BaselineFit, FallbackStep};
pub use garch::{EGARCH, EGARCH_X, GARCH, GJR};
pub use har::{HAR, Har};
pub use horizon_forecast::HorizonForecast;
pub use naive::NAIVE;
pub use past::{NewDay, Past};
pub use return_forecast::{ResidualDistribution, ReturnForecast};
pub use smoothing::{SMOOTHING, Smoothing};
pub use student_t::UnitStudentT;
pub use unfit::Unfit;

/// All baselines, the simplest first. Command line, reports and tests read this list.
pub const ALL: &[Baseline] = &[NAIVE, DRIFT, SMOOTHING, EWMA, HAR, GARCH, GJR, EGARCH, EGARCH_X];
