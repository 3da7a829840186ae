//! What the volatility models have in common: the recursion of a state, and the likelihood.

use std::f64::consts::PI;

use statrs::function::gamma::{digamma, ln_gamma};

use super::sample::ReturnSample;

/// Number of parameters of a recursion, including the mean, without the degrees of freedom.
pub(super) const SLOPES: usize = 6;

/// A model's recursion at given parameters: computes the next day's variance from a day's variance and error, with
/// derivatives by the parameters.
pub(super) trait Recursion: Copy {
    /// A day's variance, in the form in which the recursion is linear, with its derivatives.
    type State: Copy;

    /// Returns the state of the first day, computed from the variance before it.
    fn first(&self, backcast: f64) -> Self::State;

    /// Returns the next day's state, given the error e = y - mu and the log variance x of the bar of the current day.
    fn next(&self, today: &Day<Self::State>, e: f64, x: f64) -> Self::State;

    /// Limits a state to the day's bounds on its variance.
    fn bounded(&self, raw: Self::State, bounds: (f64, f64)) -> Day<Self::State>;

    /// Returns the variance of a state that is not limited to bounds.
    fn variance(&self, raw: &Self::State) -> f64;

    /// Returns the effect of an error in today's state on tomorrow's: the derivative of [`Self::next`] by the state.
    fn memory(&self, today: &Day<Self::State>, e: f64) -> f64;

    /// Returns the derivatives of the day's log-variance, and a factor common to all of them.
    fn log_slopes(&self, today: &Day<Self::State>) -> ([f64; SLOPES], f64);
}

/// A day whose state is limited to its bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day<S> {
    /// The state.
    pub(super) state: S,
    /// One over the variance.
    pub(super) precision: f64,
}

/// Derivatives of the log-likelihood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slopes {
    /// By the recursion's parameters, the mean first.
    pub(super) recursion: [f64; SLOPES],
    /// By the degrees of freedom.
    pub(super) nu: f64,
}

/// The log-likelihood of a sample, its derivatives, and the next state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likelihood<S> {
    /// Sum of the days' log densities.
    pub(super) value: f64,
    /// Its derivatives.
    pub(super) slopes: Slopes,
    /// The factor by which an error in the state grows per day, as a geometric mean: the exponential of the recursion's
    /// Lyapunov exponent, `mean ln |ds_{t+1}/ds_t|`.
    pub(super) growth: f64,
    /// Tomorrow's state, not limited to bounds.
    pub(super) next: S,
}

/// Returns the log-likelihood under standardised Student-t innovations (Bollerslev 1987):
///
/// ```text
/// l_t = c(nu) - ln(s2_t)/2 - (nu+1)/2 ln(1 + q_t),   q_t = e_t^2 / (s2_t (nu-2))
/// c   = ln Gamma((nu+1)/2) - ln Gamma(nu/2) - ln(pi (nu-2))/2
/// dl_t/dln s2_t = ((nu+1) w_t - 1)/2,   w_t = q_t / (1 + q_t)
/// dl_t/de_t     = -(nu+1) w_t / e_t
/// ```
pub(super) fn likelihood<R: Recursion>(recursion: &R, mu: f64, nu: f64, sample: &ReturnSample) -> Likelihood<R::State> {
    let scale = 1.0 / (nu - 2.0);
    let mut sums = Sums::default();
    let mut next = recursion.first(sample.backcast);
    let days = sample.y.chunks(LOG_EVERY).zip(sample.x.chunks(LOG_EVERY)).zip(sample.bounds.chunks(LOG_EVERY));
    for ((ys, xs), bounds) in days {
        let (mut precisions, mut tails, mut memories) = (1.0, 1.0, 1.0);
        for ((y, x), &bounds) in ys.iter().zip(xs).zip(bounds) {
            let today = recursion.bounded(next, bounds);
            let e = y - mu;
            let tail = 1.0 + e * e * today.precision * scale;
            precisions *= today.precision;
            tails *= tail;
            memories *= recursion.memory(&today, e);
            sums.slopes(recursion.log_slopes(&today), nu, e, today.precision * scale / tail);
            next = recursion.next(&today, e, *x);
        }
        sums.log_precision += f64::ln(precisions);
        sums.log_tail += f64::ln(tails);
        sums.log_memory += f64::ln(f64::abs(memories));
    }
    sums.total(nu, sample.y.len(), next)
}

/// Number of days whose factors are multiplied before a logarithm is taken, because logarithms are the most expensive
/// part of the loop. The product of eight variances within [`ReturnSample`]'s bounds stays in the range of an f64.
const LOG_EVERY: usize = 8;

#[derive(Default)]
struct Sums {
    log_precision: f64,
    log_tail: f64,
    log_memory: f64,
    slopes: [f64; SLOPES],
    weights: f64,
}

impl Sums {
    /// Adds a day's derivatives, with `pull` = w / e^2.
    fn slopes(&mut self, (d, factor): ([f64; SLOPES], f64), nu: f64, e: f64, pull: f64) {
        let w = pull * e * e;
        self.weights += w;
        let by_log_variance = 0.5 * ((nu + 1.0) * w - 1.0) * factor;
        for (slope, d) in self.slopes.iter_mut().zip(d) {
            *slope += by_log_variance * d;
        }
        self.slopes[0] += (nu + 1.0) * pull * e; // -dl/de, as de/dmu = -1
    }

    fn total<S>(&self, nu: f64, days: usize, next: S) -> Likelihood<S> {
        let n = days as f64;
        let half = 0.5 * (nu + 1.0);
        let c = ln_gamma(half) - ln_gamma(0.5 * nu) - 0.5 * (PI * (nu - 2.0)).ln();
        let dc = 0.5 * (digamma(half) - digamma(0.5 * nu) - 1.0 / (nu - 2.0));
        let nu_slope = n * dc - 0.5 * self.log_tail + half * self.weights / (nu - 2.0);
        Likelihood {
            value: n * c + 0.5 * self.log_precision - half * self.log_tail,
            slopes: Slopes { recursion: self.slopes, nu: nu_slope },
            growth: (self.log_memory / n).exp(),
            next,
        }
    }
}
