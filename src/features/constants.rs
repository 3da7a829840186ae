//! Constants of the daily columns. Public for `model`, which writes the same columns as an ONNX graph.

/// Decay of the volatility that scales returns: RiskMetrics' for daily data (J.P. Morgan 1996).
pub const VOLATILITY_DECAY: f64 = 0.94;
/// Minimum variance of a day, so that a constant price does not lead to a division by zero.
pub const MIN_VARIANCE: f64 = 1e-10;
/// Minimum of the volatility as a fraction of the long-run volatility, so that an ordinary return after a few unchanged
/// days (a halt, a filled holiday) is not an extreme.
pub const MIN_LONG_RUN_FRACTION: f64 = 0.15;

/// The minimum variance of a day from its bar is f = (0.05 s)^2.
pub const BAR_FLOOR: f64 = 0.05;
/// Bound on the distance of high and low beyond open and close, in s. A larger distance is a typing error or a flash
/// crash. One low of 310 among prices of 1,940 worsened the score of the predictive distributions of the next 500 days
/// by a sixth.
pub const MAX_BAR_DISTANCE: f64 = 4.0;

/// Overnight fraction of a day's variance, for series too short to measure it.
pub const GAP_FRACTION: f64 = 0.2;
/// Decay of the mean of squared gaps that standardises gaps.
pub const GAP_DECAY: f64 = 0.97;
/// Maximum of a squared gap in that mean, relative to the mean, so that an announcement does not hide the next one.
pub const MAX_GAP_SQUARE: f64 = 9.0;
/// Minimum of a squared gap in that mean, relative to s^2, for markets that open at their last close.
pub const MIN_GAP_VARIANCE: f64 = 4e-4;
