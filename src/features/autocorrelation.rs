//! Lag-1 autocorrelation of returns. Most markets have none, but a network trained on a few thousand noisy days would
//! fit some to noise. It is therefore estimated separately, on all days so far, and used only where it is significant.

use super::constants::{AUTOCORRELATION_THRESHOLD, MAX_AUTOCORRELATION, MAX_RETURN};
use super::garrote::Garrote;
use super::indicators::BACKCAST_DAYS;

/// Returns b of each day: the expected next return is b times the day's return.
///
/// b is the slope of r_t / s_{t-1} on r_{t-1} / s_{t-1} over all days so far, shrunk by [`Garrote`]. Returns are in
/// units of their volatility, so that days of high volatility do not dominate.
pub(super) fn slopes(returns: &[f64], volatility: &[f64]) -> Vec<f64> {
    let standardised = |day: usize, unit: usize| (returns[day] / volatility[unit]).clamp(-MAX_RETURN, MAX_RETURN);
    let mut garrote = Garrote::new(AUTOCORRELATION_THRESHOLD, 1.0);
    let slope = |day: usize| {
        if day <= BACKCAST_DAYS {
            return 0.0;
        }
        garrote.add(standardised(day - 1, day - 1), standardised(day, day - 1));
        garrote.slope(MAX_AUTOCORRELATION).unwrap_or(0.0)
    };
    (0..returns.len()).map(slope).collect()
}

/// Returns the factor from a day's return to the expected return over the next `horizon` days: b + b^2 + ... +
/// b^horizon.
pub(super) fn over(slope: f64, horizon: usize) -> f64 {
    (1..=horizon)
        .scan(1.0, |power, _| {
            *power *= slope;
            Some(*power)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    fn last_slope(phi: f64, seed: u64) -> f64 {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let mut r = 0.0;
        let returns: Vec<f64> = (0..1500)
            .map(|_| {
                r = phi * r + rng.random_range(-0.03..0.03_f64);
                r
            })
            .collect();
        slopes(&returns, &vec![0.017; 1500])[1499]
    }

    #[test]
    fn a_random_walk_has_no_autocorrelation() {
        let found = (0..100).filter(|seed| last_slope(0.0, *seed) != 0.0).count();
        assert!(found <= 2, "{found} of 100");
    }

    #[test]
    fn an_autoregression_is_found() {
        for (phi, seed) in [(0.3, 1), (-0.3, 2), (0.5, 3)] {
            let slope = last_slope(phi, seed);
            assert!((slope - phi).abs() < 0.1, "{phi}: {slope}");
        }
    }

    #[test]
    fn autocorrelation_decays_over_the_days() {
        assert_eq!(over(0.5, 1), 0.5);
        assert_eq!(over(0.5, 3), 0.875);
        assert_eq!(over(-0.5, 2), -0.25);
        assert_eq!(over(0.0, 9), 0.0);
    }
}
