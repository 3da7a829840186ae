//! Coordinates in which the constraints of a model form a box and the likelihood is well scaled.
//!
//! ```text
//! GARCH, GJR   x = (mu/s, ln(omega/s^2), k, share, [fall_share,] ln(nu-2))
//!              persistence p = 1 - exp(-k),  beta = p (1 - share)
//!              rise = 2 p share (1 - fall_share),  fall = 2 p share fall_share
//! EGARCH       x = (mu/s, m - ln s^2, k, alpha, gamma, [delta,] ln(nu-2))
//!              beta = 1 - exp(-k),  omega = exp(-k) m - delta c,  m the long-run log-variance
//! ```
//!
//! s is the sample's standard deviation, c the mean log variance of its bars minus ln s^2. For GJR the persistence is p
//! = alpha + gamma/2 + beta; for GARCH rises and falls have equal weight, fall_share = 1/2. At every point of the box
//! omega > 0, alpha, alpha + gamma and beta >= 0, and persistence is below one.

use super::params::{Family, MAX_NU, MIN_NU, Params};
use super::recursion::Slopes;
use super::sample::ReturnSample;

/// The map between parameters and the box, for one family and one sample.
#[derive(Debug, Clone)]
pub(super) struct Coordinates {
    family: Family,
    sigma: f64,
    log_variance: f64,
    log_ratio: f64,
    axes: Vec<Axis>,
}

/// One side of the box.
#[derive(Debug, Clone, Copy)]
struct Axis {
    lower: f64,
    upper: f64,
    /// The unit of the search along it. With these units the curvature of the likelihood is similar along all axes, so
    /// the search needs 24 evaluations of the likelihood instead of 43.
    unit: f64,
}

impl Axis {
    const fn new(lower: f64, upper: f64, unit: f64) -> Axis {
        Axis { lower, upper, unit }
    }
}

/// Persistence stays below `1 - 1e-6`, where an error in the variance has a half-life of 2,700 years.
const MAX_K: f64 = 13.8;

impl Coordinates {
    pub(super) fn new(family: Family, sample: &ReturnSample) -> Coordinates {
        let (sigma, log_variance) = (sample.variance.sqrt(), sample.variance.ln());
        Coordinates { family, sigma, log_variance, log_ratio: sample.log_ratio, axes: axes(family) }
    }

    /// Returns the box: the lowest and the highest values of the coordinates.
    pub(super) fn bounds(&self) -> (Vec<f64>, Vec<f64>) {
        self.axes.iter().map(|axis| (axis.lower / axis.unit, axis.upper / axis.unit)).unzip()
    }

    /// Returns the parameters at a point of the box.
    pub(super) fn params(&self, point: &[f64]) -> Params {
        let x = self.unscaled(point);
        let (mu, nu, left) = (x[0] * self.sigma, 2.0 + x[x.len() - 1].exp(), (-x[2]).exp());
        if self.is_egarch() {
            let delta = if self.family == Family::EgarchX { x[5] } else { 0.0 };
            let omega = left * (x[1] + self.log_variance) - delta * self.log_ratio;
            return Params { mu, omega, alpha: x[3], gamma: x[4], beta: 1.0 - left, delta, nu };
        }
        let (p, share, fall_share) = (1.0 - left, x[3], self.fall_share(&x));
        let (rise, fall) = (2.0 * p * share * (1.0 - fall_share), 2.0 * p * share * fall_share);
        let omega = (x[1] + self.log_variance).exp();
        Params { mu, omega, alpha: rise, gamma: fall - rise, beta: p * (1.0 - share), delta: 0.0, nu }
    }

    /// Returns the point of the box nearest to the given parameters.
    pub(super) fn point(&self, params: &Params) -> Vec<f64> {
        let Params { mu, omega, alpha, gamma, beta, delta, nu } = *params;
        let (mu, nu) = (mu / self.sigma, (nu - 2.0).max(1e-3).ln());
        let x = if self.is_egarch() {
            let left = (1.0 - beta).max(1e-6);
            let level = (omega + delta * self.log_ratio) / left - self.log_variance;
            let mut x = vec![mu, level, -left.ln(), alpha, gamma];
            x.extend((self.family == Family::EgarchX).then_some(delta));
            x.push(nu);
            x
        } else {
            let (arch, level) = (alpha + 0.5 * gamma, omega.max(1e-300).ln() - self.log_variance);
            let p = arch + beta;
            let (share, fall_share) = (arch / p.max(1e-6), 0.5 * (alpha + gamma) / arch.max(1e-6));
            let mut x = vec![mu, level, -(1.0 - p).max(1e-6).ln(), share];
            x.extend((self.family == Family::Gjr).then_some(fall_share));
            x.push(nu);
            x
        };
        let inside = |(x, axis): (f64, &Axis)| x.clamp(axis.lower, axis.upper) / axis.unit;
        x.into_iter().zip(&self.axes).map(inside).collect()
    }

    /// Returns the derivatives by the coordinates, computed from those by the parameters.
    pub(super) fn pull_back(&self, point: &[f64], slopes: &Slopes) -> Vec<f64> {
        let x = self.unscaled(point);
        let left = (-x[2]).exp(); // dp/dk = dbeta/dk = exp(-k)
        let (mu, nu) = (slopes.recursion[0] * self.sigma, slopes.nu * x[x.len() - 1].exp());
        let gradient = if self.is_egarch() {
            let [_, omega, alpha, gamma, beta, delta] = slopes.recursion;
            let k = left * (beta - omega * (x[1] + self.log_variance));
            let mut gradient = vec![mu, omega * left, k, alpha, gamma];
            gradient.extend((self.family == Family::EgarchX).then_some(delta - omega * self.log_ratio));
            gradient.push(nu);
            gradient
        } else {
            let [_, omega, rise, fall, beta, _] = slopes.recursion;
            let (p, share, u) = (1.0 - left, x[3], self.fall_share(&x));
            let arch = 2.0 * ((1.0 - u) * rise + u * fall);
            let level = omega * (x[1] + self.log_variance).exp();
            let k = left * (share * arch + (1.0 - share) * beta);
            let mut gradient = vec![mu, level, k, p * (arch - beta)];
            let by_fall_share = 2.0 * p * share * (fall - rise);
            gradient.extend((self.family == Family::Gjr).then_some(by_fall_share));
            gradient.push(nu);
            gradient
        };
        gradient.into_iter().zip(&self.axes).map(|(slope, axis)| slope * axis.unit).collect()
    }

    fn unscaled(&self, point: &[f64]) -> Vec<f64> {
        point.iter().zip(&self.axes).map(|(x, axis)| x * axis.unit).collect()
    }

    fn is_egarch(&self) -> bool {
        matches!(self.family, Family::Egarch | Family::EgarchX)
    }

    fn fall_share(&self, x: &[f64]) -> f64 {
        if self.family == Family::Gjr { x[4] } else { 0.5 }
    }
}

fn axes(family: Family) -> Vec<Axis> {
    const MU: Axis = Axis::new(-10.0, 10.0, 0.1);
    const K: Axis = Axis::new(0.0, MAX_K, 1.0);
    const SHARE: Axis = Axis::new(0.0, 1.0, 0.1);
    const FALL_SHARE: Axis = Axis::new(0.0, 1.0, 0.5);
    const DELTA: Axis = Axis::new(-1.0, 1.0, 0.1);
    let nu = Axis::new((MIN_NU - 2.0).ln(), (MAX_NU - 2.0).ln(), 1.0);
    // Bounds of omega as in arch: 1e-8 to 10 times the sample's variance.
    let omega = Axis::new(1e-8_f64.ln(), 10.0_f64.ln(), 1.0);
    // The long-run variance, from 1e-4 to 1e4 times the sample's.
    let level = Axis::new(1e-4_f64.ln(), 1e4_f64.ln(), 1.0);
    // arch does not bound alpha and gamma; a value of 5 multiplies the variance by 150 for each standard deviation of
    // an error.
    let answer = Axis::new(-5.0, 5.0, 0.1);
    match family {
        Family::Garch => vec![MU, omega, K, SHARE, nu],
        Family::Gjr => vec![MU, omega, K, SHARE, FALL_SHARE, nu],
        Family::Egarch => vec![MU, level, K, answer, answer, nu],
        Family::EgarchX => vec![MU, level, K, answer, answer, DELTA, nu],
    }
}
