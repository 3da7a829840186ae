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

/// Bound on standardised returns in the regressions of the expected return, in volatilities.
pub const MAX_RETURN: f64 = 4.0;
/// Number of standard errors above which a slope of the lag-1 autocorrelation is used: on a given day, about one of a
/// thousand series without autocorrelation exceeds it.
pub const AUTOCORRELATION_THRESHOLD: f64 = 3.3;
/// Bound on a slope of the lag-1 autocorrelation.
pub const MAX_AUTOCORRELATION: f64 = 1.0;

/// Days after which an observation of the close location has half of its weight.
pub const LOCATION_HALF_LIFE: f64 = 500.0;
/// Number of standard errors above which a slope of the close location is used.
pub const LOCATION_THRESHOLD: f64 = 2.5;
/// Minimum number of observations before the first prediction from the close location.
pub const MIN_LOCATION_DAYS: usize = 100;
/// Bound on standardised close locations, in volatilities.
pub const MAX_LOCATION: f64 = 1.5;

/// The row from which on the bar ratio K is measured, if at least as many rows follow it: before it, the volatility is
/// that of the backcast.
pub const FIRST_SETTLED_ROW: usize = 60;
/// The number of rows from which on a series of a panel has its own bar ratio K.
pub const OWN_BAR_RATIO: usize = 120;
