//! Functions of the degrees of freedom as Chebyshev series, because ONNX has neither the quantiles of Student's t
//! distribution nor the gamma function.
//!
//! As functions of 1 / nu, from nearly 0 (the normal distribution) to 1 / 2.1 (the heaviest tails of a network), the
//! logarithms of both functions are so smooth that [`TERMS`] terms are exact to at least ten digits.

use std::f64::consts::PI;

use super::graph::{Graph, Value};
use fourcast_nn::loss::{MAX_NU, MIN_NU};

/// Number of terms of a series.
pub const TERMS: usize = 32;

/// Bounds of 1 / nu.
const LOW: f64 = 1.0 / MAX_NU;
const HIGH: f64 = 1.0 / MIN_NU;

/// Returns the coefficients of the series of `of`, a function of nu, by interpolation at the Chebyshev nodes.
pub fn series(of: impl Fn(f64) -> f64) -> [f64; TERMS] {
    let angle = |node: usize| PI * (node as f64 + 0.5) / TERMS as f64;
    let value = |node: usize| of(1.0 / (LOW + (HIGH - LOW) * 0.5 * (angle(node).cos() + 1.0)));
    let values: [f64; TERMS] = std::array::from_fn(value);
    std::array::from_fn(|term| {
        let sum: f64 = (0..TERMS).map(|node| values[node] * (term as f64 * angle(node)).cos()).sum();
        sum * if term == 0 { 1.0 } else { 2.0 } / TERMS as f64
    })
}

/// Returns the position of `nu` between the bounds, from -1 to 1.
pub fn place(nu: Value<'_>) -> Value<'_> {
    ((1.0 / nu) - LOW) * (2.0 / (HIGH - LOW)) - 1.0
}

/// Returns the sum of series at `x`, by Clenshaw's recurrence. `coefficients` returns the coefficients of a term, which
/// broadcast to `x`.
pub fn sum<'g>(graph: &'g Graph, x: Value<'g>, coefficients: impl Fn(&'g Graph, usize) -> Value<'g>) -> Value<'g> {
    let twice = x * 2.0;
    let (mut one, mut two) = (coefficients(graph, TERMS - 1), graph.number(0.0));
    for term in (1..TERMS - 1).rev() {
        (one, two) = (coefficients(graph, term) + twice * one - two, one);
    }
    coefficients(graph, 0) + x * one - two
}

#[cfg(test)]
mod tests {
    use super::*;
    use fourcast_base::math::student_t;

    fn value(series: &[f64; TERMS], nu: f64) -> f64 {
        let x = (1.0 / nu - LOW) * (2.0 / (HIGH - LOW)) - 1.0;
        let (mut one, mut two) = (0.0, 0.0);
        for coefficient in series.iter().skip(1).rev() {
            (one, two) = (coefficient + 2.0 * x * one - two, one);
        }
        series[0] + x * one - two
    }

    /// From the centre to the rarest tails that a recalibration map requires.
    #[test]
    fn quantiles_are_exact_to_ten_digits() {
        for p in [0.499, 0.25, 0.1, 0.05, 0.001, 1e-6, 1e-9, 1e-11] {
            let series = series(|nu| (-student_t::quantile(nu, p)).ln());
            for nu in (0..400).map(|k| 2.1 * (1e6_f64 / 2.1).powf(f64::from(k) / 399.0)) {
                let (found, exact) = (value(&series, nu).exp(), -student_t::quantile(nu, p));
                assert!((found / exact - 1.0).abs() < 1e-10, "{p} {nu}: {found} {exact}");
            }
        }
    }
}
