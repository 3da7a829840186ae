//! Student's t distribution: its quantiles and its distribution function, for any degrees of freedom.
//!
//! statrs 0.19 searches for a quantile without a limit on the number of steps, and the search does not end for large
//! degrees of freedom. Here every loop has a limit. Beyond `LARGE_NU`, series in 1 / nu replace the search; their limit
//! is the normal distribution.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use statrs::distribution::{Continuous, ContinuousCDF, Normal};
use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::ln_gamma;

/// Above this number, the series are exact to the last places of an `f64`, and the continued fraction of the beta
/// function would take more and more terms.
const LARGE_NU: f64 = 1000.0;
/// The search takes one or two steps; in the worst case, a step is replaced by a bisection.
const MAX_STEPS: usize = 100;
/// Steps, relative to the scale on which the density changes, whose fourth power is below the last place of an `f64`.
const SHORT_STEP: f64 = 1e-4;

/// Returns the value below which a standard Student-t variable lies with probability `p`, 0 < p < 1. The upper half
/// mirrors the lower half, so that central intervals are central to the last bit. NaN if `p` is not a probability or
/// `nu` is not above zero.
pub fn quantile(nu: f64, p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || nu.is_nan() || nu <= 0.0 {
        f64::NAN
    } else if p < 0.5 {
        -upper_quantile(nu, p)
    } else if p > 0.5 {
        upper_quantile(nu, 1.0 - p)
    } else {
        0.0
    }
}

/// Returns the probability that a standard Student-t variable is below `t`; NaN if `t` or `nu` is NaN.
pub fn cdf(nu: f64, t: f64) -> f64 {
    let tail = tail(finite(nu), t.abs());
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// Returns the density of a standard Student-t variable at `t`.
pub fn density(nu: f64, t: f64) -> f64 {
    let nu = finite(nu);
    (ln_density_at_zero(nu) - 0.5 * (nu + 1.0) * (t * t / nu).ln_1p()).exp()
}

/// Degrees of freedom beyond which squares divided by `nu` would lose digits. The distribution is normal far below
/// this.
const MAX_NU: f64 = 1e100;

/// Returns `nu`, or a finite number that can be a divisor if it is infinite.
fn finite(nu: f64) -> f64 {
    if nu > MAX_NU { MAX_NU } else { nu }
}

/// Returns `ln(G((nu + 1) / 2) / (sqrt(nu pi) G(nu / 2)))`, where G is the gamma function.
fn ln_density_at_zero(nu: f64) -> f64 {
    if nu > LARGE_NU {
        // The two logarithms are large and nearly equal. By Stirling's series (DLMF 5.11.8) they differ by
        // ln(nu / 2) / 2 - 1 / (4 nu) + 1 / (24 nu^3) - ...
        return -0.5 * TAU.ln() - 1.0 / (4.0 * nu) + 1.0 / (24.0 * nu.powi(3));
    }
    ln_gamma(0.5 * (nu + 1.0)) - ln_gamma(0.5 * nu) - 0.5 * (nu * PI).ln()
}

/// Returns the probability beyond `t >= 0`.
fn tail(nu: f64, t: f64) -> f64 {
    if nu > LARGE_NU {
        return Normal::standard().sf(normal_of(nu, t));
    }
    let square = t * t;
    let beta = |a, b, x| checked_beta_reg(a, b, x).unwrap_or(f64::NAN);
    // The beta function is exact on the side on which it is small: DLMF 8.17.4.
    if square * (nu + 2.0) < 3.0 * nu {
        0.5 - 0.5 * beta(0.5, 0.5 * nu, square / (nu + square))
    } else {
        0.5 * beta(0.5 * nu, 0.5, nu / (nu + square))
    }
}

/// Returns the normal value that is exceeded with the same probability as `t`: Hill 1970, algorithm 395 of the
/// Communications of the ACM.
fn normal_of(nu: f64, t: f64) -> f64 {
    let a = nu - 0.5;
    let b = 48.0 * a * a;
    let square = a * (t * t / nu).ln_1p();
    let z = square.sqrt();
    let third = (((-0.4 * square - 3.3) * square - 24.0) * square - 85.5) / (0.8 * square * square + 100.0 + b);
    ((third + square + 3.0) / b + 1.0) * z
}

/// Returns the value that is exceeded with probability `p`, 0 < p < 1/2.
fn upper_quantile(nu: f64, p: f64) -> f64 {
    let z = upper_normal_quantile(p);
    if nu > LARGE_NU {
        return by_series(nu, z);
    }
    let start = by_approximation(nu, p, z);
    by_search(nu, p, if nu >= 1.0 && start.is_finite() { start } else { by_series(nu, z) })
}

/// Returns the standard normal value that is exceeded with probability `p`. statrs 0.19 computes it to ten places; a
/// step of Newton's method gives the others.
fn upper_normal_quantile(p: f64) -> f64 {
    let normal = Normal::standard();
    let z = -normal.inverse_cdf(p);
    let refined = z + (normal.sf(z) - p) / normal.pdf(z);
    if refined.is_finite() { refined } else { z }
}

/// Returns the quantile by Cornish and Fisher's expansion (1937) in powers of 1 / nu; `z` is the normal quantile.
fn by_series(nu: f64, z: f64) -> f64 {
    let s = z * z;
    let first = (s + 1.0) / 4.0;
    let second = ((5.0 * s + 16.0) * s + 3.0) / 96.0;
    let third = (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0;
    let fourth = ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0;
    z * (1.0 + (first + (second + (third + fourth / nu) / nu) / nu) / nu)
}

/// Returns the quantile to three digits for 2 degrees of freedom, and to more digits for more; `z` is the normal
/// quantile. Hill 1970, algorithm 396 of the Communications of the ACM. It is of no use below one degree of freedom,
/// and not finite for the smallest `p`.
fn by_approximation(nu: f64, p: f64, z: f64) -> f64 {
    let a = 1.0 / (nu - 0.5);
    let b = 48.0 / (a * a);
    let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
    let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * FRAC_PI_2).sqrt() * nu;
    let mut y = (2.0 * d * p).powf(2.0 / nu);
    if y <= 0.05 + a {
        let head = 1.0 / (((nu + 6.0) / (nu * y) - 0.089 * d - 0.822) * (nu + 2.0) * 3.0);
        y = ((head + 0.5 / (nu + 4.0)) * y - 1.0) * (nu + 1.0) / (nu + 2.0) + 1.0 / y;
    } else {
        let x = -z;
        if nu < 5.0 {
            c += 0.3 * (nu - 4.5) * (x + 0.6);
        }
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
        let s = x * x;
        y = (((((0.4 * s + 6.3) * s + 36.0) * s + 94.5) / c - s - 3.0) / b + 1.0) * x;
        y = (a * y * y).exp_m1();
    }
    (nu * y).sqrt()
}

/// Searches with the first three terms of the Taylor series of the inverse function; the error of a step is of the
/// fourth order. The search keeps bounds that close in. If a step would leave them, the interval is halved instead.
fn by_search(nu: f64, p: f64, start: f64) -> f64 {
    let at_zero = ln_density_at_zero(nu);
    let density = |t: f64| (at_zero - 0.5 * (nu + 1.0) * (t * t / nu).ln_1p()).exp();
    let (mut low, mut high, mut t) = (0.0, f64::INFINITY, start);
    for _ in 0..MAX_STEPS {
        let excess = tail(nu, t) - p;
        // The first term is the step of Newton's method. `decline` is minus the derivative of the logarithm of the
        // density, and `bend` is the derivative of `decline`.
        let newton = excess / density(t);
        let decline = (nu + 1.0) * t / (nu + t * t);
        let bend = (nu + 1.0) * (nu - t * t) / (nu + t * t).powi(2);
        let step = newton * (1.0 + newton * (0.5 * decline + newton * (bend + 2.0 * decline * decline) / 6.0));
        // The next term would be below the last place.
        if newton.abs() * (1.0 + decline) <= SHORT_STEP {
            return t + step;
        }
        if excess > 0.0 {
            low = t
        } else {
            high = t
        }
        t = if low < t + step && t + step < high {
            t + step
        } else if high.is_finite() {
            0.5 * (low + high)
        } else {
            2.0 * t
        };
    }
    t
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBABILITIES: [f64; 9] = [1e-9, 1e-6, 0.001, 0.023, 0.2, 0.37, 0.49, 0.499_999, 0.4];

    #[test]
    fn quantiles_are_those_of_the_tables_and_of_closed_forms() {
        // Two-sided 90 % and 99 % points.
        for (nu, p, expected) in [(3.0, 0.95, 2.353_363), (10.0, 0.95, 1.812_461), (5.0, 0.995, 4.032_143)] {
            assert!((quantile(nu, p) - expected).abs() < 1e-6);
            assert_eq!(quantile(nu, 1.0 - p), -quantile(nu, p));
        }
        for p in PROBABILITIES {
            // Shaw 2006: nu = 2 and nu = 4 have quantiles in closed form.
            let alpha = 4.0 * p * (1.0 - p);
            let two = (2.0 * p - 1.0) * (2.0 / alpha).sqrt();
            let four = -2.0 * ((alpha.sqrt().acos() / 3.0).cos() / alpha.sqrt() - 1.0).sqrt();
            // Near the middle, the closed form for nu = 4 subtracts two numbers that are nearly equal.
            let four = if p > 0.49 { (p - 0.5) / density(4.0, 0.0) } else { four };
            for (nu, exact) in [(2.0, two), (4.0, four)] {
                let off = (quantile(nu, p) - exact).abs();
                assert!(off < 1e-11 * exact.abs() + 1e-11, "nu {nu}, p {p}: {} {exact}", quantile(nu, p));
            }
        }
    }

    #[test]
    fn quantiles_invert_the_distribution() {
        for nu in [2.0, 2.05, 2.5, 4.0, 7.3, 30.0, 500.0, 999.0, 1001.0, 1e4, 1e6, 1e30, f64::MAX, f64::INFINITY] {
            for p in PROBABILITIES {
                let back = cdf(nu, quantile(nu, p));
                assert!((back / p - 1.0).abs() < 1e-9, "nu {nu}, p {p}: {back}");
                assert!((cdf(nu, quantile(nu, 1.0 - p)) - (1.0 - p)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_series_continue_the_search_and_end_in_the_normal_distribution() {
        let normal = Normal::standard();
        for p in PROBABILITIES {
            let (below, above) = (quantile(LARGE_NU, p), quantile(LARGE_NU * (1.0 + 1e-15), p));
            assert!((below / above - 1.0).abs() < 1e-10, "p {p}: {below} {above}");
            assert!((normal.cdf(quantile(1e15, p)) / p - 1.0).abs() < 1e-12, "p {p}");
            let t = below;
            let (below, above) = (cdf(LARGE_NU, t), cdf(LARGE_NU * (1.0 + 1e-15), t));
            assert!((below / above - 1.0).abs() < 1e-9, "t {t}: {below} {above}");
            let (below, above) = (density(LARGE_NU, t), density(LARGE_NU * (1.0 + 1e-15), t));
            assert!((below / above - 1.0).abs() < 1e-9, "t {t}: {below} {above}");
        }
    }

    /// The library that this module replaces gives the same values where its search ends.
    #[test]
    fn statrs_agrees_for_few_degrees_of_freedom() {
        use statrs::distribution::StudentsT;

        for nu in [2.1, 3.0, 5.5, 20.0, 200.0] {
            let t = StudentsT::new(0.0, 1.0, nu).unwrap();
            for p in [0.001, 0.05, 0.25, 0.45] {
                let q = quantile(nu, p);
                assert!((q / t.inverse_cdf(p) - 1.0).abs() < 1e-9, "nu {nu}, p {p}");
                assert!((density(nu, q) / t.pdf(q) - 1.0).abs() < 1e-12, "nu {nu}, p {p}");
            }
        }
    }

    /// Any argument gives a number or NaN, never an endless search or a panic.
    #[test]
    fn any_number_has_an_answer() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 0.0, -1.0, 1e-300, 1e300];
        for nu in odd {
            for p in odd {
                let _ = (quantile(nu, p), cdf(nu, p), density(nu, p));
            }
        }
        for exponent in -40..308 {
            let nu = 2.1 + 10_f64.powi(exponent);
            for p in [1e-12, 1e-6, 0.05, 0.49, 0.5, 0.51, 1.0 - 1e-6] {
                assert!(quantile(nu, p).is_finite(), "nu {nu}, p {p}");
            }
        }
    }
}
