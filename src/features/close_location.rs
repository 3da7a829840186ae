//! Predicts the next return from the position of the close in its day's range.
//!
//! A close near the high is partly caused by urgent buying, and a part of this reverts on the next day (the simplest
//! case is the bid-ask bounce: Roll 1984). This part differs between markets and decades, so the slope is estimated on
//! the series itself.

use super::constants::{LOCATION_HALF_LIFE, LOCATION_THRESHOLD, MAX_LOCATION, MAX_RETURN, MIN_LOCATION_DAYS};
use super::garrote::Garrote;
use super::indicators::BACKCAST_DAYS;

/// Returns the expected log return after each day.
///
/// The return that autocorrelation leaves is regressed on the close location of the day before, both in units of
/// volatility. The slope is shrunk by [`Garrote`]. `locations` are log(C / sqrt(H L)); `slopes` are those of
/// [`autocorrelation`](super::autocorrelation::slopes).
pub(super) fn predicted_returns(locations: &[f64], returns: &[f64], volatility: &[f64], slopes: &[f64]) -> Vec<f64> {
    let location = |day: usize| (locations[day] / volatility[day]).clamp(-MAX_LOCATION, MAX_LOCATION);
    let residual = |day: usize| {
        let residual = returns[day] - slopes[day - 1] * returns[day - 1];
        (residual / volatility[day - 1]).clamp(-MAX_RETURN, MAX_RETURN)
    };
    let mut garrote = Garrote::new(LOCATION_THRESHOLD, 0.5_f64.powf(1.0 / LOCATION_HALF_LIFE));
    let predicted = |day: usize| {
        if day <= BACKCAST_DAYS {
            return 0.0;
        }
        garrote.add(location(day - 1), residual(day));
        let slope = garrote.slope(f64::INFINITY).filter(|_| day >= BACKCAST_DAYS + MIN_LOCATION_DAYS);
        slope.map_or(0.0, |slope| slope * location(day) * volatility[day])
    };
    (0..returns.len()).map(predicted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Makes returns and close locations of days of 1 % volatility, with an error of 0.3 % in each close if
    /// `noise` is one.
    fn closes(noise: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let (mut value, mut last) = (0.0, 0.0);
        let day = |_| {
            value += rng.random_range(-0.0173..0.0173_f64);
            let off = noise * rng.random_range(-0.005..0.005);
            let r = value + off - last;
            last = value + off;
            (r, off + rng.random_range(-0.003..0.003))
        };
        (0..1500).map(day).unzip()
    }

    fn last_prediction(noise: f64, seed: u64) -> f64 {
        let (returns, mut locations) = closes(noise, seed);
        locations[1499] = 0.004;
        predicted_returns(&locations, &returns, &[0.01; 1500], &[0.0; 1500])[1499]
    }

    /// The slope is not zero, so that a look-ahead would be visible.
    #[test]
    fn no_later_day_changes_a_prediction() {
        let (mut returns, mut locations) = closes(1.0, 1);
        let before = predicted_returns(&locations, &returns, &[0.01; 1500], &[0.0; 1500]);
        returns[1000..].fill(0.02);
        locations[1000..].fill(-0.01);
        let after = predicted_returns(&locations, &returns, &[0.01; 1500], &[0.0; 1500]);
        assert!(before[500..1000].iter().all(|expected| *expected != 0.0));
        assert_eq!(before[..1000], after[..1000]);
        assert_ne!(before[1000], after[1000]);
    }

    #[test]
    fn locations_without_information_predict_nothing() {
        let found = (0..100).filter(|seed| last_prediction(0.0, *seed) != 0.0).count();
        assert!(found <= 4, "{found} of 100");
    }

    /// Of a location of 0.4 %, 0.3 % is error, and all of the error reverts.
    #[test]
    fn errors_of_closes_revert() {
        for seed in 1..4 {
            let expected = last_prediction(1.0, seed);
            assert!((-0.0036..-0.0018).contains(&expected), "seed {seed}: {expected}");
        }
    }
}
