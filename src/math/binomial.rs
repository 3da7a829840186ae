//! The exact test of a binomial count.

/// The two-sided p-value of `count` successes in `trials` of probability `p`: twice the smaller tail, the count
/// included, and at most 1.
pub fn two_sided(count: usize, trials: usize, p: f64) -> f64 {
    let mut ln_probability = trials as f64 * (1.0 - p).ln();
    let (mut below, mut above) = (0.0, 0.0);
    for k in 0..=trials {
        let probability = ln_probability.exp();
        below += if k <= count { probability } else { 0.0 };
        above += if k >= count { probability } else { 0.0 };
        ln_probability += ((trials - k) as f64 / (k + 1) as f64 * p / (1.0 - p)).ln();
    }
    (2.0 * f64::min(below, above)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_is_that_of_tables() {
        // R: binom.test(25, 100, 0.5)$p.value; the others are sums of few terms.
        assert!((two_sided(25, 100, 0.5) / 5.636_282_034e-7 - 1.0).abs() < 1e-9);
        assert!((two_sided(0, 10, 0.5) - 2.0 / 1024.0).abs() < 1e-12);
        assert!((two_sided(1, 10, 0.5) - 22.0 / 1024.0).abs() < 1e-12);
        assert_eq!(two_sided(5, 10, 0.5), 1.0);
        assert!((two_sided(10, 10, 0.9) - 2.0 * 0.9_f64.powi(10)).abs() < 1e-12);
        // The probability of no success at all is below the smallest number.
        assert!(two_sided(1_000, 2_000, 0.9) < 1e-100 && two_sided(3_600, 4_000, 0.9) > 0.9);
    }
}
