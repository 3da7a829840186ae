//! When two moves of a price are those of one series: vendors take closes at other hours, and round them otherwise.

use fourcast_prices::tick;

/// The largest difference of two log returns of one day: a fraction of the return, and beside it a difference, which is
/// smaller in series of small moves.
const RELATIVE: f64 = 0.1;
const ABSOLUTE: f64 = 1e-3;
const OF_USUAL: f64 = 0.25;

/// How far the log returns of a day in two files of one series may be apart.
pub struct MoveTolerance {
    absolute: f64,
}

impl MoveTolerance {
    /// For a series with these log returns.
    pub fn of(log_returns: impl ExactSizeIterator<Item = f64>) -> MoveTolerance {
        let count = log_returns.len().max(1) as f64;
        let usual = (log_returns.map(|log_return| log_return.powi(2)).sum::<f64>() / count).sqrt();
        MoveTolerance { absolute: ABSOLUTE.min(OF_USUAL * usual) }
    }

    /// Whether a log return is the expected one, of closes whose rounding changes it by up to `rounding`.
    pub fn agrees(&self, expected: f64, found: f64, rounding: f64) -> bool {
        (found - expected).abs() <= RELATIVE * expected.abs() + self.absolute + rounding
    }
}

/// The last decimal of closes, by which their rounding is known.
pub struct Rounding {
    tick: f64,
}

impl Rounding {
    /// For a series with these closes.
    pub fn of(closes: &[f64]) -> Rounding {
        Rounding { tick: tick(closes) }
    }

    /// How far the logarithm of a close may be off.
    pub fn of_log(&self, close: f64) -> f64 {
        0.5 * self.tick / close.abs()
    }
}
