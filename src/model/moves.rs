//! Whether two moves of a price belong to one series: vendors record closes at different hours, and round them
//! differently.

use fourcast_prices::tick;

/// The maximum difference of two log returns of one day: a fraction of the return, plus an absolute difference, which
/// is smaller in series of small moves.
const RELATIVE: f64 = 0.1;
const ABSOLUTE: f64 = 1e-3;
const OF_USUAL: f64 = 0.25;

/// The maximum difference between the log returns of a day in two files of one series.
pub struct MoveTolerance {
    absolute: f64,
}

impl MoveTolerance {
    /// Returns the tolerance for a series with these log returns.
    pub fn of(log_returns: impl ExactSizeIterator<Item = f64>) -> MoveTolerance {
        let count = log_returns.len().max(1) as f64;
        let usual = (log_returns.map(|log_return| log_return.powi(2)).sum::<f64>() / count).sqrt();
        MoveTolerance { absolute: ABSOLUTE.min(OF_USUAL * usual) }
    }

    /// Whether a log return is the expected one, if rounding of the closes changes it by up to `rounding`.
    pub fn agrees(&self, expected: f64, found: f64, rounding: f64) -> bool {
        (found - expected).abs() <= RELATIVE * expected.abs() + self.absolute + rounding
    }
}

/// The last decimal of closes, which determines their rounding.
pub struct Rounding {
    tick: f64,
}

impl Rounding {
    /// Returns the rounding of these closes.
    pub fn of(closes: &[f64]) -> Rounding {
        Rounding { tick: tick(closes) }
    }

    /// Returns the maximum rounding error of the logarithm of a close.
    pub fn of_log(&self, close: f64) -> f64 {
        0.5 * self.tick / close.abs()
    }
}
