//! The distribution function of a distribution given by its quantiles.

/// Logit beyond which a probability is 0 or 1: -+30 correspond to levels of about 1e-13.
const MAX_LOGIT: f64 = 30.0;
/// Number of bisections: the logit is exact to 60 / 2^40 = 5e-11.
const BISECTIONS: usize = 40;

/// Returns the probability below `y`: the supremum of the levels p at which `quantile(p)`, non-decreasing on 0 < p < 1,
/// is less than `y`; 0 if there is no such level.
///
/// It inverts the printed quantiles, however they are computed. The levels of the bisection are always the same, so the
/// result never falls as `y` rises, not even by rounding. The quantile function can have steps and flat parts.
pub fn probability_below(quantile: impl Fn(f64) -> f64, y: f64) -> f64 {
    let level = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let (mut low, mut high) = (-MAX_LOGIT, MAX_LOGIT);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if quantile(level(middle)) < y { low = middle } else { high = middle }
    }
    if low == -MAX_LOGIT {
        0.0
    } else if high == MAX_LOGIT {
        1.0
    } else {
        level(0.5 * (low + high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn logistic(p: f64) -> f64 {
        (p / (1.0 - p)).ln()
    }

    #[test]
    fn steps_and_flat_parts_have_the_levels_of_their_ends() {
        // 1 with probability 0.2, 2 with probability 0.5, 3 with probability 0.3.
        let steps = |p: f64| {
            if p <= 0.2 {
                1.0
            } else if p <= 0.7 {
                2.0
            } else {
                3.0
            }
        };
        let found = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5].map(|y| probability_below(steps, y));
        for (found, exact) in found.into_iter().zip([0.0, 0.0, 0.2, 0.2, 0.7, 0.7, 1.0]) {
            assert!((found - exact).abs() < 1e-10, "{found} {exact}");
        }
    }

    #[test]
    fn far_values_have_no_probability_or_all() {
        assert_eq!(probability_below(logistic, -31.0), 0.0);
        assert_eq!(probability_below(logistic, 31.0), 1.0);
        assert_eq!(probability_below(logistic, f64::NEG_INFINITY), 0.0);
        assert_eq!(probability_below(logistic, f64::INFINITY), 1.0);
        // Small probabilities keep their digits.
        let tail = probability_below(logistic, -20.0);
        assert!((tail * 20_f64.exp() - 1.0).abs() < 1e-8, "{tail}");
    }

    proptest! {
        #[test]
        fn it_inverts_and_never_falls(p in 1e-9..1.0 - 1e-9, y in -40.0..40.0_f64, further in 0.0..1e-9_f64) {
            prop_assert!((probability_below(logistic, logistic(p)) - p).abs() < 1e-10);
            prop_assert!(probability_below(logistic, y) <= probability_below(logistic, y + further));
        }
    }
}
