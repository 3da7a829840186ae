//! Whether returns answer one another. On most markets they do not, and a network that is shown a few
//! thousand noisy days finds an answer all the same; so the question is put to all days so far at once,
//! and only what can hardly be chance is believed.

use super::indicators::WARM_UP;

/// A slope of returns of fewer standard errors than this is taken for chance: of a thousand series without any,
/// about one shows more on a given day.
const CHANCE: f64 = 3.3;
/// Returns count for this many deviations at the most.
const LARGEST: f64 = 4.0;

/// b of each day: how much of a day's return comes again on the next.
///
/// b is the slope of r_t / s_{t-1} on r_{t-1} / s_{t-1} by least squares over all days so far, times
/// 1 - (3.3 / t)^2 for its t value, or 0 where that is negative: the positive part of James & Stein (1961), with
/// a bar that chance hardly takes. Returns are in units of their volatility, so that wild days do not
/// decide it.
pub(super) fn slopes(returns: &[f64], volatility: &[f64]) -> Vec<f64> {
    let in_units = |day: usize, unit: usize| (returns[day] / volatility[unit]).clamp(-LARGEST, LARGEST);
    let (mut squares, mut products, mut answers) = (0.0, 0.0, 0.0);
    let slope = |day: usize| {
        if day <= WARM_UP {
            return 0.0;
        }
        let (x, y) = (in_units(day - 1, day - 1), in_units(day, day - 1));
        squares += x * x;
        products += x * y;
        answers += y * y;
        let slope = products / squares;
        let days = (day - WARM_UP) as f64;
        let chance = CHANCE * CHANCE * (answers / squares - slope * slope) / days; // (3.3 standard errors)^2
        // No series answers by more than it was asked.
        let believed = slope.clamp(-1.0, 1.0) * (1.0 - chance / (slope * slope)).max(0.0);
        if believed.is_finite() { believed } else { 0.0 }
    };
    (0..returns.len()).map(slope).collect()
}

/// What of a return comes again over the `horizon` days after it, together: b + b^2 + ... + b^horizon.
pub(super) fn over(slope: f64, horizon: usize) -> f64 {
    (1..=horizon)
        .scan(1.0, |power, _| {
            *power *= slope;
            Some(*power)
        })
        .sum()
}

/// What one day's place of its close makes expect of the next.
///
/// A close near the high of its day was now and then paid by someone in a hurry, and the next day gives some of
/// that back (Roll 1984 has the plainest case: closes at the ask and at the bid). How much, differs between
/// markets and between decades, so it is measured where it is used: on the days so far, the last 500 of which
/// count for half, and it counts for nothing until it stands out.
///
/// `places` are log(C / sqrt(H L)); the expected moves are logarithms too. `slopes` are those of [`slopes`], whose echo
/// is taken out first.
pub(super) fn of_close_location(places: &[f64], returns: &[f64], volatility: &[f64], slopes: &[f64]) -> Vec<f64> {
    const HALF_LIFE: f64 = 500.0;
    const CHANCE: f64 = 2.5;
    const MIN_DAYS: usize = 100;
    /// Places count for this many deviations at the most.
    const MAX_DISTANCE: f64 = 1.5;
    let keep = 0.5_f64.powf(1.0 / HALF_LIFE);
    let place = |day: usize| (places[day] / volatility[day]).clamp(-MAX_DISTANCE, MAX_DISTANCE);
    let answer = |day: usize| {
        let left = returns[day] - slopes[day - 1] * returns[day - 1];
        (left / volatility[day - 1]).clamp(-LARGEST, LARGEST)
    };
    let (mut squares, mut products, mut answers, mut weights, mut weights_squared) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let expected = |day: usize| {
        if day <= WARM_UP {
            return 0.0;
        }
        let (x, y) = (place(day - 1), answer(day));
        squares = keep * squares + x * x;
        products = keep * products + x * y;
        answers = keep * answers + y * y;
        weights = keep * weights + 1.0;
        weights_squared = keep * keep * weights_squared + 1.0;
        if day < WARM_UP + MIN_DAYS {
            return 0.0;
        }
        let slope: f64 = products / squares;
        // (2.5 standard errors)^2, of as many days as weigh alike
        let days = weights * weights / weights_squared;
        let chance = CHANCE * CHANCE * (answers / squares - slope * slope) / days;
        let believed = slope * (1.0 - chance / (slope * slope)).max(0.0);
        if believed.is_finite() { believed * place(day) * volatility[day] } else { 0.0 }
    };
    (0..returns.len()).map(expected).collect()
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
    fn a_random_walk_has_no_echo() {
        let heard = (0..100).filter(|seed| last_slope(0.0, *seed) != 0.0).count();
        assert!(heard <= 2, "{heard} of 100");
    }

    #[test]
    fn an_autoregression_is_heard() {
        for (phi, seed) in [(0.3, 1), (-0.3, 2), (0.5, 3)] {
            let slope = last_slope(phi, seed);
            assert!((slope - phi).abs() < 0.1, "{phi}: {slope}");
        }
    }

    /// Returns and places of days that move by 1 %, closes off by 0.3 % where `noise` is one.
    fn closes(noise: f64, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let (mut worth, mut last) = (0.0, 0.0);
        let day = |_| {
            worth += rng.random_range(-0.0173..0.0173_f64);
            let off = noise * rng.random_range(-0.005..0.005);
            let r = worth + off - last;
            last = worth + off;
            (r, off + rng.random_range(-0.003..0.003))
        };
        (0..1500).map(day).unzip()
    }

    fn last_place(noise: f64, seed: u64) -> f64 {
        let (returns, mut places) = closes(noise, seed);
        places[1499] = 0.004;
        of_close_location(&places, &returns, &[0.01; 1500], &[0.0; 1500])[1499]
    }

    /// Where places are believed, so that what they say could tell of a later day.
    #[test]
    fn no_later_day_changes_what_a_place_says() {
        let (mut returns, mut places) = closes(1.0, 1);
        let before = of_close_location(&places, &returns, &[0.01; 1500], &[0.0; 1500]);
        returns[1000..].fill(0.02);
        places[1000..].fill(-0.01);
        let after = of_close_location(&places, &returns, &[0.01; 1500], &[0.0; 1500]);
        assert!(before[500..1000].iter().all(|expected| *expected != 0.0));
        assert_eq!(before[..1000], after[..1000]);
        assert_ne!(before[1000], after[1000]);
    }

    #[test]
    fn a_close_that_says_nothing_is_not_believed() {
        let heard = (0..100).filter(|seed| last_place(0.0, *seed) != 0.0).count();
        assert!(heard <= 4, "{heard} of 100");
    }

    /// Of a place of 0.4 %, noise of that size holds 0.3 %, and all of it comes back.
    #[test]
    fn the_noise_of_a_close_comes_back() {
        for seed in 1..4 {
            let expected = last_place(1.0, seed);
            assert!((-0.0036..-0.0018).contains(&expected), "seed {seed}: {expected}");
        }
    }

    #[test]
    fn an_echo_fades_over_the_days() {
        assert_eq!(over(0.5, 1), 0.5);
        assert_eq!(over(0.5, 3), 0.875);
        assert_eq!(over(-0.5, 2), -0.25);
        assert_eq!(over(0.0, 9), 0.0);
    }
}
