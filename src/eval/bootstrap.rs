//! Resampling days in blocks, so that the uncertainty of a mean allows for days that resemble
//! their neighbours.
//!
//! The circular block bootstrap (Politis & Romano 1992) lays days out in a ring and draws blocks
//! of consecutive days from it until there are as many as before. Blocks keep what neighbours have
//! in common; the ring gives the first and the last day the same chance as any other.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::check::mean;

/// Block length for the circular block bootstrap of the mean of `series`: the automatic rule of
/// Politis & White (2004) with the correction of Patton, Politis & White (2009).
///
/// ```text
/// b = (2 G^2 / D * n)^(1/3),  G = sum_k w(k/M) |k| R(k),  D = 4/3 (sum_k w(k/M) R(k))^2
/// ```
///
/// with `R(k)` the autocovariance at lag `k`, `w` a flat-top window, one up to 1/2 and falling to
/// zero at 1, and `M` twice the first lag from which five autocorrelations in a row lie inside
/// `2 sqrt(log10(n) / n)`. Rounded up, at least one and at most `min(3 sqrt(n), n / 3)`.
pub fn block_length(series: &[f64]) -> usize {
    let n = series.len();
    let longest = (3.0 * (n as f64).sqrt()).min(n as f64 / 3.0).ceil().max(1.0);
    let lags = (n as f64).sqrt().ceil() as usize + QUIET_LAGS;
    if n <= lags {
        return 1;
    }
    let covariance = autocovariances(series, lags);
    if covariance[0] <= 0.0 {
        return 1;
    }
    let bandwidth = bandwidth(&covariance, n);
    let (mut g, mut spectrum) = (0.0, covariance[0]);
    for (k, r) in covariance.iter().enumerate().take(bandwidth + 1).skip(1) {
        let weight = (2.0 * (1.0 - k as f64 / bandwidth as f64)).min(1.0);
        g += 2.0 * weight * k as f64 * r;
        spectrum += 2.0 * weight * r;
    }
    let d = 4.0 / 3.0 * spectrum * spectrum;
    let b = (2.0 * g * g / d * n as f64).cbrt();
    if b.is_finite() { b.ceil().clamp(1.0, longest) as usize } else { longest as usize }
}

/// How many autocorrelations in a row must be small before the rest are taken for noise.
const QUIET_LAGS: usize = 5;

fn bandwidth(covariance: &[f64], n: usize) -> usize {
    let band = 2.0 * ((n as f64).log10() / n as f64).sqrt() * covariance[0];
    let most = covariance.len() - 1;
    let quiet = |m: &usize| covariance[*m..*m + QUIET_LAGS].iter().all(|r| r.abs() < band);
    let first = (1..=most + 1 - QUIET_LAGS).find(quiet);
    first.map_or(most, |m| (2 * m).min(most))
}

/// Autocovariances at lags 0 to `lags`, each divided by the number of all days, so that together
/// they are positive definite.
pub(crate) fn autocovariances(series: &[f64], lags: usize) -> Vec<f64> {
    let n = series.len();
    let centre = mean(series);
    let e: Vec<f64> = series.iter().map(|x| x - centre).collect();
    let at = |k: usize| e[k..].iter().zip(&e).map(|(a, b)| a * b).sum::<f64>() / n as f64;
    (0..=lags).map(at).collect()
}

/// Draws of whole samples of days, several columns at a time.
pub(crate) struct CircularBlocks {
    /// Per column, running sums over the ring laid out twice: a block's sum is one subtraction.
    running: Vec<Vec<f64>>,
    days: usize,
    block: usize,
    rng: Pcg64,
}

impl CircularBlocks {
    /// `columns` have the same, positive number of days; `block` is at least one and at most that.
    pub(crate) fn new(columns: &[&[f64]], block: usize, seed: u64) -> Self {
        let days = columns[0].len();
        let running = columns.iter().map(|column| running_sums(column)).collect();
        CircularBlocks { running, days, block, rng: Pcg64::seed_from_u64(seed) }
    }

    /// The columns' means over one resample, all columns from the same days.
    pub(crate) fn means(&mut self) -> Vec<f64> {
        let mut sums = vec![0.0; self.running.len()];
        let mut left = self.days;
        while left > 0 {
            let length = self.block.min(left);
            let start = self.rng.random_range(0..self.days);
            for (sum, running) in sums.iter_mut().zip(&self.running) {
                *sum += running[start + length] - running[start];
            }
            left -= length;
        }
        sums.iter().map(|sum| sum / self.days as f64).collect()
    }
}

fn running_sums(column: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let ring = column.iter().chain(column).map(|x| {
        sum += x;
        sum
    });
    std::iter::once(0.0).chain(ring).collect()
}

/// Quantile of sorted values at level `p`, on a straight line between the two nearest (the usual
/// definition of numpy and R's type 7). The caller has made sure that there is a value.
pub(crate) fn sorted_quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = Pcg64::seed_from_u64(seed);
        (0..n).map(|_| (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5).collect()
    }

    fn persistent(n: usize, phi: f64) -> Vec<f64> {
        let mut x = 0.0;
        let step = |e: &f64| {
            x = phi * x + e;
            x
        };
        noise(n, 1).iter().map(step).collect()
    }

    #[test]
    fn persistence_lengthens_the_block() {
        let independent = block_length(&noise(1000, 3));
        let persistent = block_length(&persistent(1000, 0.9));
        assert!(independent <= 6, "{independent}");
        assert!(persistent >= 3 * independent, "{persistent} {independent}");
    }

    #[test]
    fn short_and_constant_series_have_blocks_too() {
        assert_eq!(block_length(&[1.0, 2.0]), 1);
        assert_eq!(block_length(&[1.0; 500]), 1);
    }

    /// The spread of the resampled mean must be the long-run one, 1 / (1 - phi) times that of
    /// independent days; drawing single days would miss it threefold here.
    #[test]
    fn resampled_means_spread_as_the_mean_does() {
        let (n, phi) = (4000, 0.7);
        let series = persistent(n, phi);
        let mut blocks = CircularBlocks::new(&[&series], block_length(&series), 7);
        let means: Vec<f64> = (0..2000).map(|_| blocks.means()[0]).collect();
        let spread = autocovariances(&means, 0)[0].sqrt();
        let theory = (1.0_f64 / 12.0).sqrt() / (1.0 - phi) / (n as f64).sqrt();
        assert!((spread / theory - 1.0).abs() < 0.15, "{spread} {theory}");
        let centre = mean(&means) - mean(&series);
        assert!(centre.abs() < 4.0 * theory / (2000.0_f64).sqrt(), "{centre}");
    }

    #[test]
    fn columns_are_drawn_from_the_same_days() {
        let a = noise(50, 9);
        let b: Vec<f64> = a.iter().map(|x| 2.0 * x + 1.0).collect();
        let mut blocks = CircularBlocks::new(&[&a, &b], 4, 5);
        for _ in 0..20 {
            let means = blocks.means();
            assert!((means[1] - (2.0 * means[0] + 1.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn quantiles_of_a_few_values() {
        let sorted = [1.0, 2.0, 4.0];
        assert_eq!(sorted_quantile(&sorted, 0.0), 1.0);
        assert_eq!(sorted_quantile(&sorted, 0.5), 2.0);
        assert_eq!(sorted_quantile(&sorted, 0.75), 3.0);
        assert_eq!(sorted_quantile(&sorted, 1.0), 4.0);
        assert_eq!(sorted_quantile(&[7.0], 0.3), 7.0);
    }
}
