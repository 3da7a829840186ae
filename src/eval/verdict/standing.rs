//! What the error of a price forecast says beside that of tomorrow = today, before any evidence is weighed.

/// How much worse counts as "about as good": what honest methods differ by on daily prices.
const EQUAL: f64 = 0.01;
/// Skill on the price of a daily close above which a leak is the likelier explanation: every honest
/// method stays within about 0.01 of tomorrow = today on stocks.
pub(super) const TOO_GOOD: f64 = 0.02;

/// Where a price forecast stands beside tomorrow = today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Tomorrow = today never errs: there was nothing to forecast.
    NothingMoved,
    /// Better than daily prices allow: a leak, or luck.
    TooGood,
    /// As good, within what honest methods differ by.
    AsGood,
    /// Worse.
    Worse,
}

impl Standing {
    /// From its root mean squared error divided by that of tomorrow = today.
    pub fn of(ratio: f64) -> Standing {
        match ratio {
            _ if !ratio.is_finite() => Standing::NothingMoved,
            _ if ratio < 1.0 - TOO_GOOD => Standing::TooGood,
            _ if ratio <= 1.0 + EQUAL => Standing::AsGood,
            _ => Standing::Worse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_or_two_is_what_daily_prices_allow() {
        let stands =
            [(0.9, Standing::TooGood), (0.981, Standing::AsGood), (1.01, Standing::AsGood), (1.73, Standing::Worse)];
        for (ratio, standing) in stands {
            assert_eq!(Standing::of(ratio), standing, "{ratio}");
        }
        // Against no error at all: a network's own, be it none or a rounding, says nothing of it.
        for ratio in [f64::NAN, f64::INFINITY] {
            assert_eq!(Standing::of(ratio), Standing::NothingMoved, "{ratio}");
        }
    }
}
