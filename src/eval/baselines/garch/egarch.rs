//! EGARCH: the logarithm of tomorrow's variance is linear in that of today's variance. EGARCH-X: also in that of the
//! variance of today's bar.
//!
//! ```text
//! h_t = omega + alpha (|z_{t-1}| - sqrt(2/pi)) + gamma z_{t-1} + beta h_{t-1} + delta (x_{t-1} - h_{t-1})
//! z_t = e_t exp(-h_t / 2),  e_t = y_t - mu,  s2_t = exp(h_t),  x_t the log variance of the bar
//! ```
//!
//! For EGARCH, delta is zero. Before the first day, the error terms and x - h are zero, and h is the logarithm of the
//! backcast.

use super::params::Params;
use super::recursion::{Day, Recursion, SLOPES};

/// Mean of |z| for a standard normal z; used for Student-t innovations too, as in `arch`.
pub(super) const MEAN_ABS_NORMAL: f64 = 0.797_884_560_802_865_4;

/// The largest h with a finite exponential, minus a tenth (as in `arch`).
const MAX_H: f64 = 709.682_712_893_384;

/// The recursion at given parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Egarch {
    omega: f64,
    alpha: f64,
    gamma: f64,
    beta: f64,
    delta: f64,
}

/// A log-variance and its derivatives by (mu, omega, alpha, gamma, beta, delta).
#[derive(Debug, Clone, Copy)]
pub(super) struct LogVariance {
    h: f64,
    d: [f64; SLOPES],
}

impl Egarch {
    pub(super) fn new(params: &Params) -> Egarch {
        let Params { omega, alpha, gamma, beta, delta, .. } = *params;
        Egarch { omega, alpha, gamma, beta, delta }
    }
}

impl Recursion for Egarch {
    type State = LogVariance;

    fn first(&self, backcast: f64) -> LogVariance {
        let h = backcast.ln();
        LogVariance { h: self.omega + self.beta * h, d: [0.0, 1.0, 0.0, 0.0, h, 0.0] }
    }

    fn next(&self, today: &Day<LogVariance>, e: f64, x: f64) -> LogVariance {
        let LogVariance { h, d } = today.state;
        let inverse_sigma = today.precision.sqrt();
        let z = e * inverse_sigma;
        let size = z.abs() - MEAN_ABS_NORMAL;
        let k = self.memory(today, e);
        let answer = if e < 0.0 { self.gamma - self.alpha } else { self.gamma + self.alpha };
        LogVariance {
            h: self.omega + self.alpha * size + self.gamma * z + self.beta * h + self.delta * (x - h),
            d: [
                -answer * inverse_sigma + k * d[0], // dh/dmu, dz/dmu = -1/sigma - z/2 dh/dmu
                1.0 + k * d[1],                     // dh/domega
                size + k * d[2],                    // dh/dalpha
                z + k * d[3],                       // dh/dgamma
                h + k * d[4],                       // dh/dbeta
                x - h + k * d[5],                   // dh/ddelta
            ],
        }
    }

    fn bounded(&self, raw: LogVariance, (lower, upper): (f64, f64)) -> Day<LogVariance> {
        let h = raw.h.min(MAX_H);
        let precision = (-h).exp();
        if precision * lower > 1.0 {
            let state = LogVariance { h: lower.ln(), d: [0.0; SLOPES] };
            return Day { state, precision: 1.0 / lower };
        }
        if precision * upper < 1.0 {
            // Above the upper bound the variance continues as its logarithm.
            let s2 = upper + h - upper.ln();
            let state = LogVariance { h: s2.ln(), d: raw.d.map(|d| d / s2) };
            return Day { state, precision: 1.0 / s2 };
        }
        Day { state: LogVariance { h, d: raw.d }, precision }
    }

    fn variance(&self, raw: &LogVariance) -> f64 {
        raw.h.min(MAX_H).exp()
    }

    /// dh_{t+1}/dh_t = beta - delta - (alpha |z| + gamma z) / 2, because dz/dh = -z/2.
    fn memory(&self, today: &Day<LogVariance>, e: f64) -> f64 {
        let z = e * today.precision.sqrt();
        self.beta - self.delta - 0.5 * (self.alpha * z.abs() + self.gamma * z)
    }

    fn log_slopes(&self, today: &Day<LogVariance>) -> ([f64; SLOPES], f64) {
        (today.state.d, 1.0)
    }
}
