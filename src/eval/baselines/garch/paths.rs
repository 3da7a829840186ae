//! Forecasts several days ahead by simulated paths.
//!
//! The variances of a path are computed from that of the first day and the path's innovations z:
//!
//! ```text
//! GARCH, GJR   s2_{k+1} = omega + a(z_k) z_k^2 s2_k + beta s2_k
//! EGARCH       s2_k = exp(m_k + u_k),   m_{k+1} = omega + beta m_k,   m_1 = ln s2_1
//!              u_{k+1} = alpha (|z_k| - sqrt(2/pi)) + gamma z_k + beta u_k,   u_1 = 0
//! return       sum_k (mu + s_k z_k)
//! ```
//!
//! a(z), alpha, beta, gamma and omega are those of `linear` and `egarch`. z and u depend only on the innovations. They
//! are computed once per fit and shared by all origins, so that forecasts from two origins differ by their variances,
//! not by chance.
//!
//! On each day the sizes of the innovations are the same quantiles of |z|, one from each of equally likely intervals,
//! in random order and with random signs (Latin hypercube sampling, McKay, Beckman & Conover 1979). Every path has a
//! mirror image, with -z instead of z.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::egarch::MEAN_ABS_NORMAL;
use super::params::{Family, Params};
use super::sample::MAX_TIMES;
use crate::baselines::UnitStudentT;

/// Number of paths of a forecast: 2,000 and their mirror images.
pub(super) const PATHS: usize = 4000;

/// Seed of the innovations, the same for every fit.
const SEED: u64 = 20;

/// The paths of a fit.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    family: Family,
    params: Params,
    count: usize,
    /// One row per day, one entry per path: z_k for GARCH and GJR, z_k exp(u_k / 2) for EGARCH.
    moves: Vec<Vec<f64>>,
}

impl Paths {
    /// Draws `count` paths of `days` days, with innovations from the distribution `z`. `count` must be even.
    pub(super) fn draw(family: Family, params: &Params, z: &UnitStudentT, (days, count): (usize, usize)) -> Paths {
        let (mut rng, mut sizes) = (Pcg64::seed_from_u64(SEED), sizes(z, count / 2));
        let mut moves: Vec<Vec<f64>> = (0..days).map(|_| innovations(&mut sizes, &mut rng)).collect();
        if family == Family::Egarch {
            multiply_by_volatilities(&mut moves, params);
        }
        Paths { family, params: *params, count, moves }
    }

    /// Returns the returns over all days, in percent, one per path, given the variance of the first day.
    pub(super) fn returns(&self, first: f64) -> Vec<f64> {
        let sums = match self.family {
            Family::Garch | Family::Gjr => self.linear_sums(first),
            Family::Egarch | Family::EgarchX => self.egarch_sums(first),
        };
        let mean = self.mean();
        sums.into_iter().map(|sum| mean + sum).collect()
    }

    /// Returns the expected return over all days, in percent.
    pub(super) fn mean(&self) -> f64 {
        self.moves.len() as f64 * self.params.mu
    }

    /// Returns the sum of s_k z_k for each path.
    fn linear_sums(&self, first: f64) -> Vec<f64> {
        let Params { omega, alpha, gamma, beta, .. } = self.params;
        let (rise, fall) = (alpha, alpha + gamma);
        let (mut sums, mut variances) = (vec![0.0; self.count], vec![first; self.count]);
        for moves in &self.moves {
            for ((sum, s2), z) in sums.iter_mut().zip(&mut variances).zip(moves) {
                *sum += s2.sqrt() * z;
                let a = if *z < 0.0 { fall } else { rise };
                *s2 = omega + (a * z * z + beta) * *s2;
            }
        }
        sums
    }

    fn egarch_sums(&self, first: f64) -> Vec<f64> {
        let Params { omega, beta, .. } = self.params;
        let (mut sums, mut m) = (vec![0.0; self.count], first.ln());
        for moves in &self.moves {
            let deviation = (0.5 * m).exp();
            sums.iter_mut().zip(moves).for_each(|(sum, z)| *sum += deviation * z);
            m = omega + beta * m;
        }
        sums
    }
}

/// Returns the sizes of a day's innovations: the medians of `count` equally likely intervals of |z|. The last interval
/// is unbounded; its size is raised, if necessary, so that the variance is one.
fn sizes(z: &UnitStudentT, count: usize) -> Vec<f64> {
    let size = |k: usize| z.quantile(0.5 + 0.5 * (k as f64 + 0.5) / count as f64);
    let mut sizes: Vec<f64> = (0..count).map(size).collect();
    if let Some((last, others)) = sizes.split_last_mut() {
        let left = count as f64 - others.iter().map(|size| size * size).sum::<f64>();
        *last = last.max(left.max(0.0).sqrt());
    }
    sizes
}

/// Returns a day's innovations, each followed by its mirror image. Changes the order of the sizes.
fn innovations(sizes: &mut [f64], rng: &mut Pcg64) -> Vec<f64> {
    sizes.shuffle(rng);
    let signed = |size: &f64| if rng.random::<bool>() { [*size, -size] } else { [-size, *size] };
    sizes.iter().flat_map(signed).collect()
}

/// Multiplies the innovations of an EGARCH by exp(u_k / 2), limited to [`MAX_TIMES`], because for a Student-t the
/// expectation of exp(u) is infinite (Nelson 1991).
fn multiply_by_volatilities(moves: &mut [Vec<f64>], params: &Params) {
    let Params { alpha, gamma, beta, .. } = *params;
    let max = 2.0 * MAX_TIMES.ln();
    let mut log_variances = vec![0.0_f64; moves.first().map_or(0, Vec::len)];
    for day in moves {
        for (z, u) in day.iter_mut().zip(&mut log_variances) {
            let factor = (0.5 * *u).exp();
            *u = (alpha * (z.abs() - MEAN_ABS_NORMAL) + gamma * *z + beta * *u).min(max);
            *z *= factor;
        }
    }
}
