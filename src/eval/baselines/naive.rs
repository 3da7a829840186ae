//! No change: the next price is today's. This is a random walk with a drift of zero.

use super::drift::Drift;
use super::{ANY_HORIZON, Baseline};
use fourcast_prices::Frequency;

/// The forecast "tomorrow = today".
pub const NAIVE: Baseline = Baseline {
    name: "naive",
    label: Frequency::no_change,
    max_horizon: ANY_HORIZON,
    is_default: true,
    needs_bars: false,
    is_garch: false,
    fallback: None,
    fit: |past, _| Ok(Box::new(Drift::of(past, 0.0)?)),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::Past;

    #[test]
    fn its_distribution_is_that_of_past_returns() {
        let returns: Vec<f64> = (0..41).map(|i| f64::from(i) / 1000.0).collect();
        let mut naive = (NAIVE.fit)(&Past::of(&returns), None).unwrap();
        let forecast = naive.forecast();
        assert_eq!(forecast.mean, 0.0);
        assert!((forecast.quantile(0.5) - 0.020).abs() < 1e-15);
        assert!((forecast.quantile(0.95) - 0.038).abs() < 1e-15);
        naive.update(1.0.into());
        assert_eq!(naive.forecast().quantile(1.0), 1.0);
    }

    #[test]
    fn too_short_a_past_is_an_error() {
        assert!((NAIVE.fit)(&Past::of(&[0.01; 5]), None).is_err());
    }
}
