//! The exact binomial test.

use statrs::distribution::{Binomial, DiscreteCDF};

/// Returns the two-sided p-value of `count` successes in `trials` trials of probability `p`: twice the smaller tail,
/// including the count, and at most 1. NaN if `p` is not a probability.
pub fn two_sided(count: usize, trials: usize, p: f64) -> f64 {
    let Ok(binomial) = Binomial::new(p, trials as u64) else { return f64::NAN };
    let count = count as u64;
    let above = count.checked_sub(1).map_or(1.0, |below| binomial.sf(below));
    (2.0 * binomial.cdf(count).min(above)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_is_that_of_tables() {
        // R: binom.test(25, 100, 0.5)$p.value; the other values are sums of few terms.
        assert!((two_sided(25, 100, 0.5) / 5.636_282_034e-7 - 1.0).abs() < 1e-9);
        assert!((two_sided(0, 10, 0.5) - 2.0 / 1024.0).abs() < 1e-12);
        assert!((two_sided(1, 10, 0.5) - 22.0 / 1024.0).abs() < 1e-12);
        assert_eq!(two_sided(5, 10, 0.5), 1.0);
        assert!((two_sided(10, 10, 0.9) - 2.0 * 0.9_f64.powi(10)).abs() < 1e-12);
        // The probability of no success is below the smallest number.
        assert!(two_sided(1_000, 2_000, 0.9) < 1e-100 && two_sided(3_600, 4_000, 0.9) > 0.9);
    }
}
