//! Loss functions and their gradients.

use serde::{Deserialize, Serialize};

use super::kernels::{Isa, Lanes, Real};
use super::student_t::{CHUNK, Deviations, StudentTRows};
pub use super::student_t::{MAX_LOG_SIGMA, MAX_NU, MIN_NU, MU_SCALE, NU_SCALE, StudentT};

/// The loss function. The loss of a batch is the weighted sum over its targets, divided by their number; an unknown
/// target has no loss. The Student-t distribution is given by three outputs (see [`StudentT`]), the squared error needs
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Loss {
    /// Negative log-likelihood of a Student-t distribution.
    StudentT,
    /// Squared error.
    Mse,
}

impl Loss {
    /// O: outputs of the head.
    pub fn outputs(self) -> usize {
        match self {
            Loss::Mse => 1,
            Loss::StudentT => 3,
        }
    }

    /// The initial bias of the head, one number per output: for Student-t, a scale of one and about seven degrees of
    /// freedom.
    pub fn initial_bias(self) -> &'static [f64] {
        match self {
            Loss::Mse => &[0.0],
            Loss::StudentT => &[0.0, 0.0, 1.5],
        }
    }

    /// The factor from the first number of an output to its point forecast.
    pub fn point_scale(self) -> f64 {
        match self {
            Loss::Mse => 1.0,
            Loss::StudentT => MU_SCALE,
        }
    }

    /// Calls `each` for every output, in order, with the location of its Student-t distribution and the mean absolute
    /// deviation from that location.
    pub fn for_each_deviation<F: Real>(outputs: &[Lanes<F>], isa: Isa, mut each: impl FnMut(f64, f64)) {
        for outputs in outputs.chunks(CHUNK) {
            let mut results = [(0.0, 0.0); CHUNK];
            isa.run(Deviations { outputs, results: &mut results });
            results[..outputs.len()].iter().for_each(|(location, deviation)| each(*location, *deviation));
        }
    }

    /// Returns the sum of the losses of a batch, not the mean, so that the sums of several batches can be added. A NaN
    /// target has no loss.
    ///
    /// The arguments `outputs` and `targets` have B elements.
    pub fn sum<F: Real>(self, outputs: &[Lanes<F>], targets: &[F], isa: Isa) -> f64 {
        match self {
            Loss::Mse => {
                let known = outputs.iter().zip(targets).filter(|(_, y)| is_known(**y));
                known.map(|(output, y)| (output.0[0].to_f64() - y.to_f64()).powi(2)).sum()
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

    /// Returns the [`sum`](Loss::sum), and writes its gradient with respect to the outputs, times `scale`, to
    /// `gradient` (B). If `scale` is 1 / number of targets, this is the gradient of the mean.
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
                    *gradient = Lanes::ZERO;
                    if !is_known(*y) {
                        continue;
                    }
                    let error = output.0[0].to_f64() - y.to_f64();
                    sum += error * error;
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
                        if !is_known(targets[row]) {
                            continue;
                        }
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

/// Whether a target is a number. An unknown target is NaN.
#[inline(always)]
fn is_known<F: Real>(target: F) -> bool {
    !target.to_f64().is_nan()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_that_are_not_known_have_no_loss_and_no_gradient() {
        let outputs: Vec<Lanes<f64>> = (0..5)
            .map(|row| {
                let mut output = Lanes::ZERO;
                output.0[..3].copy_from_slice(&[f64::from(row), 0.1, 1.0]);
                output
            })
            .collect();
        let isa = Isa::detect();
        for loss in [Loss::Mse, Loss::StudentT] {
            let with = |targets: &[f64], outputs: &[Lanes<f64>]| {
                let mut gradient = vec![Lanes::ZERO; outputs.len()];
                let sum = loss.sum_with_gradient(outputs, targets, 0.5, &mut gradient, isa);
                assert_eq!(sum, loss.sum(outputs, targets, isa));
                (sum, gradient)
            };
            let (sum, gradient) = with(&[1.0, f64::NAN, 2.0, f64::NAN, 3.0], &outputs);
            let (expected, of_known) = with(&[1.0, 2.0, 3.0], &[outputs[0], outputs[2], outputs[4]]);
            assert_eq!(sum, expected);
            assert_eq!([gradient[0].0, gradient[2].0, gradient[4].0], [of_known[0].0, of_known[1].0, of_known[2].0]);
            assert!(gradient[1].0.iter().chain(&gradient[3].0).all(|slope| *slope == 0.0));
        }
    }

    #[test]
    fn sigma_is_at_its_bound_where_the_loss_does_not_depend_on_it() {
        for a1 in [-3.1, -3.0, 0.5, 3.0, 3.1] {
            let mut output = Lanes::ZERO;
            output.0[1] = a1;
            let mut gradient = [Lanes::ZERO];
            Loss::StudentT.sum_with_gradient(&[output], &[0.7], 1.0, &mut gradient, Isa::detect());
            assert_eq!(StudentT::bounds_sigma(a1), gradient[0].0[1] == 0.0, "{a1}");
        }
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
