//! GARCH and GJR-GARCH: tomorrow's variance is linear in today's.
//!
//! ```text
//! s2_t = omega + a(e_{t-1}) e_{t-1}^2 + beta s2_{t-1},   a(e) = rise if e >= 0, fall if e < 0
//! rise = alpha,  fall = alpha + gamma,  e_t = y_t - mu
//! ```
//!
//! Before the first day, e^2 and s2 are the backcast, and half of the errors count as falls.

use super::params::Params;
use super::recursion::{Day, Recursion, SLOPES};

/// The recursion at given parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear {
    omega: f64,
    rise: f64,
    fall: f64,
    beta: f64,
}

/// A variance and its derivatives by (mu, omega, rise, fall, beta, none).
#[derive(Debug, Clone, Copy)]
pub(super) struct Variance {
    s2: f64,
    d: [f64; SLOPES],
}

impl Linear {
    pub(super) fn new(params: &Params) -> Linear {
        let Params { omega, alpha, gamma, beta, .. } = *params;
        Linear { omega, rise: alpha, fall: alpha + gamma, beta }
    }
}

impl Recursion for Linear {
    type State = Variance;

    fn first(&self, backcast: f64) -> Variance {
        let s2 = self.omega + 0.5 * (self.rise + self.fall) * backcast + self.beta * backcast;
        Variance { s2, d: [0.0, 1.0, 0.5 * backcast, 0.5 * backcast, backcast, 0.0] }
    }

    fn next(&self, today: &Day<Variance>, e: f64, _: f64) -> Variance {
        let Variance { s2, d } = today.state;
        let square = e * e;
        let (a, rose, fell) = if e < 0.0 { (self.fall, 0.0, square) } else { (self.rise, square, 0.0) };
        let b = self.beta;
        Variance {
            s2: self.omega + a * square + b * s2,
            d: [
                -2.0 * a * e + b * d[0], // ds2/dmu, through e and through yesterday's variance
                1.0 + b * d[1],          // ds2/domega
                rose + b * d[2],         // ds2/drise
                fell + b * d[3],         // ds2/dfall
                s2 + b * d[4],           // ds2/dbeta
                0.0,
            ],
        }
    }

    fn bounded(&self, raw: Variance, (lower, upper): (f64, f64)) -> Day<Variance> {
        let mut state = raw;
        if raw.s2 < lower {
            state = Variance { s2: lower, d: [0.0; SLOPES] };
        } else if raw.s2 > upper {
            // Above the upper bound the variance continues as its logarithm.
            let excess = if raw.s2.is_finite() { (raw.s2 / upper).ln() } else { 1000.0 };
            state = Variance { s2: upper + excess, d: raw.d.map(|d| d / raw.s2) };
        }
        Day { state, precision: 1.0 / state.s2 }
    }

    fn variance(&self, raw: &Variance) -> f64 {
        raw.s2
    }

    fn memory(&self, _: &Day<Variance>, _: f64) -> f64 {
        self.beta
    }

    /// d ln s2 = ds2 / s2.
    fn log_slopes(&self, today: &Day<Variance>) -> ([f64; SLOPES], f64) {
        (today.state.d, today.precision)
    }
}
