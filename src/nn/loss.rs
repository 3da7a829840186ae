//! How wrong the outputs are, and in which direction.

use statrs::function::gamma::ln_gamma;

use super::Real;
use super::kernels::{Isa, Lanes};
use super::student_t::{CHUNK, StudentTRows};

/// What training makes small; the mean over the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Squared error of one output.
    Mse,
    /// Negative log-likelihood of a Student-t distribution with three outputs; see [`StudentT`].
    StudentT,
}

/// A Student-t distribution as the head gives it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentT {
    /// Location: the median, and the mean.
    pub mu: f64,
    /// Scale.
    pub sigma: f64,
    /// Degrees of freedom; above 2, so that the variance is finite.
    pub nu: f64,
}

/// Bounds of log sigma: a scale of 0.05 to 20 times the day's volatility.
pub(super) const LOG_SIGMA: f64 = 3.0;
/// The location moves slower than the scale: daily means are a tenth of daily noise, if that.
pub(super) const MU_SCALE: f64 = 0.1;
/// Least degrees of freedom.
pub(super) const NU_LEAST: f64 = 2.1;
/// Degrees of freedom for each unit of softplus.
pub(super) const NU_SCALE: f64 = 3.0;
/// Most degrees of freedom that a distribution is given: it is the normal one to six digits, and the difference of two
/// logarithms of gamma functions still has ten.
pub const MAX_NU: f64 = 1e6;

impl StudentT {
    /// From the head's outputs: `mu = 0.1 a0`, `sigma = exp(clamp(a1, -3, 3))`,
    /// `nu = min(2.1 + 3 softplus(a2), 1e6)`.
    pub fn from_outputs([a0, a1, a2]: [f64; 3]) -> Self {
        StudentT {
            mu: MU_SCALE * a0,
            sigma: a1.clamp(-LOG_SIGMA, LOG_SIGMA).exp(),
            // Not `f64::min`, which makes a number of a NaN.
            nu: (NU_LEAST + NU_SCALE * softplus(a2)).clamp(NU_LEAST, MAX_NU),
        }
    }

    /// The negative log-density at `y`.
    pub fn negative_log_likelihood(&self, y: f64) -> f64 {
        let StudentT { mu, sigma, nu } = *self;
        let z = (y - mu) / sigma;
        let constant = ln_gamma(nu / 2.0) - ln_gamma((nu + 1.0) / 2.0) + 0.5 * (nu * std::f64::consts::PI).ln();
        constant + sigma.ln() + (nu + 1.0) / 2.0 * (z * z / nu).ln_1p()
    }
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

impl Loss {
    /// Outputs the head must give.
    pub fn outputs(self) -> usize {
        match self {
            Loss::Mse => 1,
            Loss::StudentT => 3,
        }
    }

    /// Where the head's bias starts, one number an output: for Student-t, a scale of one and
    /// about seven degrees of freedom.
    pub fn initial_bias(self) -> &'static [f64] {
        match self {
            Loss::Mse => &[0.0],
            Loss::StudentT => &[0.0, 0.0, 1.5],
        }
    }

    /// The point forecast in an output, as a multiple of its first number.
    pub fn point_scale(self) -> f64 {
        match self {
            Loss::Mse => 1.0,
            Loss::StudentT => MU_SCALE,
        }
    }

    /// The sum (not the mean) of the losses of a batch, so that batches can be added up.
    ///
    /// `outputs` (B) and `targets` (B).
    pub fn sum<F: Real>(self, outputs: &[Lanes<F>], targets: &[F], isa: Isa) -> f64 {
        match self {
            Loss::Mse => {
                let each = outputs.iter().zip(targets);
                each.map(|(output, y)| (output.0[0].f64() - y.f64()).powi(2)).sum()
            }
            Loss::StudentT => {
                let (mut sum, mut by_output) = (0.0, [[0.0; CHUNK]; 3]);
                for (outputs, targets) in outputs.chunks(CHUNK).zip(targets.chunks(CHUNK)) {
                    isa.run(StudentTRows { outputs, targets, sum: &mut sum, gradient: &mut by_output });
                }
                sum
            }
        }
    }

    /// The same sum, and its gradient by the outputs times `scale`, written to `gradient` (B). With
    /// `scale` one over the number of targets, that is the gradient of the mean.
    pub fn sum_with_gradient<F: Real>(
        self,
        outputs: &[Lanes<F>],
        targets: &[F],
        scale: f64,
        gradient: &mut [Lanes<F>],
        isa: Isa,
    ) -> f64 {
        let mut sum = 0.0;
        match self {
            Loss::Mse => {
                for ((output, y), gradient) in outputs.iter().zip(targets).zip(gradient) {
                    let error = output.0[0].f64() - y.f64();
                    sum += error * error;
                    *gradient = Lanes::ZERO;
                    gradient.0[0] = F::of(2.0 * scale * error);
                }
            }
            Loss::StudentT => {
                let mut by_output = [[0.0; CHUNK]; 3];
                let chunks = outputs.chunks(CHUNK).zip(targets.chunks(CHUNK)).zip(gradient.chunks_mut(CHUNK));
                for ((outputs, targets), gradient) in chunks {
                    isa.run(StudentTRows { outputs, targets, sum: &mut sum, gradient: &mut by_output });
                    for (row, gradient) in gradient.iter_mut().enumerate() {
                        *gradient = Lanes::ZERO;
                        for (to, from) in gradient.0.iter_mut().zip(&by_output) {
                            *to = F::of(scale * from[row]);
                        }
                    }
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_with_huge_nu_is_gaussian() {
        let t = StudentT { mu: 0.3, sigma: 2.0, nu: 1e7 };
        let z: f64 = (1.1 - 0.3) / 2.0;
        let gaussian = 0.5 * (2.0 * std::f64::consts::PI).ln() + 2.0_f64.ln() + 0.5 * z * z;
        assert!((t.negative_log_likelihood(1.1) - gaussian).abs() < 1e-6);
    }

    #[test]
    fn student_t_gradient_is_the_slope_of_the_loss() {
        let step = 1e-6;
        for outputs in [[0.0, 0.0, 1.5], [-4.0, 1.2, -3.0], [9.0, -2.0, 8.0]] {
            for y in [-7.0, 0.1, 2.5] {
                let mut output = Lanes::ZERO;
                output.0[..3].copy_from_slice(&outputs);
                let mut gradient = [Lanes::ZERO];
                Loss::StudentT.sum_with_gradient(&[output], &[y], 1.0, &mut gradient, Isa::detect());
                let gradient = gradient[0].0;
                for k in 0..3 {
                    let at = |shift: f64| {
                        let mut moved = outputs;
                        moved[k] += shift;
                        StudentT::from_outputs(moved).negative_log_likelihood(y)
                    };
                    let slope = (at(step) - at(-step)) / (2.0 * step);
                    assert!((gradient[k] - slope).abs() < 1e-7 * slope.abs().max(1.0), "{outputs:?} {y} {k}");
                }
            }
        }
    }
}
