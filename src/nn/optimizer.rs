//! Gradient clipping and AdamW.

use super::kernels::{Arithmetic, Isa, Kernel, LANES, Lanes, Real};
use super::parameters::{Parameters, Tensor};

/// AdamW (Loshchilov & Hutter 2019): Adam (Kingma & Ba 2015) with decoupled weight decay. Decay applies to weights, not
/// to biases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Decay rate of the mean of gradients.
    pub beta1: f64,
    /// Decay rate of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the square root, to avoid a division by zero.
    pub epsilon: f64,
    /// Fraction by which a step with a learning rate of 1 would reduce a weight.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 1e-3 }
    }
}

/// The number of vectors that one thread processes at a time: several microseconds of work, much more than the cost of
/// starting it.
const PIECE: usize = 512;

/// Returns where to split a range of vectors in two, if it is long enough. The split depends only on the length and
/// never on the number of threads, so that sums do not depend on that number either.
fn cut(len: usize) -> Option<usize> {
    (len > PIECE).then(|| len.div_ceil(2))
}

/// AdamW and its state for one network.
pub struct Optimizer<F> {
    isa: Isa,
    rule: AdamW,
    powers: (f64, f64), // beta1 and beta2 to the power of the number of steps
    moments: Vec<Moments<F>>,
    runs: Vec<Run>,
}

/// Adam's moments of sixteen weights.
#[derive(Clone, Copy)]
struct Moments<F> {
    m: Lanes<F>, // mean of gradients
    v: Lanes<F>, // mean of squared gradients
}

/// The state of an optimiser. Its rule and the list of its tensors are not part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimizerState<F> {
    /// beta1 and beta2 to the power of the number of steps.
    pub powers: (f64, f64),
    /// The means of gradients.
    pub means: Vec<Lanes<F>>,
    /// The means of squared gradients.
    pub squares: Vec<Lanes<F>>,
}

/// Consecutive tensors that all have, or all lack, weight decay.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    decays: bool,
}

impl<F: Real> Optimizer<F> {
    /// Returns an optimiser whose moments are zero.
    pub fn new(rule: AdamW, parameters: &Parameters<F>, isa: Isa) -> Self {
        let none = Moments { m: Lanes::ZERO, v: Lanes::ZERO };
        let run = |tensor: &Tensor| Run { end: tensor.range().end, decays: tensor.role.decays() };
        let mut runs: Vec<Run> = Vec::new();
        for next in parameters.tensors().iter().map(run) {
            match runs.last_mut() {
                Some(last) if last.decays == next.decays => last.end = next.end,
                _ => runs.push(next),
            }
        }
        Optimizer { isa, rule, powers: (1.0, 1.0), moments: vec![none; parameters.values.len()], runs }
    }

    /// Returns a copy of the state.
    pub(super) fn state(&self) -> OptimizerState<F> {
        let (means, squares) = self.moments.iter().map(|moments| (moments.m, moments.v)).unzip();
        OptimizerState { powers: self.powers, means, squares }
    }

    /// Continues from a state.
    ///
    /// # Panics
    /// If the state is that of a network of another shape.
    pub(super) fn set_state(&mut self, state: &OptimizerState<F>) {
        let lengths = (state.means.len(), state.squares.len());
        assert_eq!(lengths, (self.moments.len(), self.moments.len()), "moments of a network of another shape");
        self.powers = state.powers;
        for (to, (m, v)) in self.moments.iter_mut().zip(state.means.iter().zip(&state.squares)) {
            *to = Moments { m: *m, v: *v };
        }
    }

    /// Takes one step with `gradient`, which is laid out like the parameters.
    pub(super) fn step(&mut self, parameters: &mut Parameters<F>, gradient: &[Lanes<F>], learning_rate: f64) {
        let AdamW { beta1, beta2, epsilon, weight_decay } = self.rule;
        self.powers = (power(self.powers.0 * beta1), power(self.powers.1 * beta2));
        let (bias1, bias2) = (1.0 - self.powers.0, 1.0 - self.powers.1);
        let rates = Rates {
            beta1: F::of(beta1),
            beta2: F::of(beta2),
            keep: F::of(1.0 - learning_rate * weight_decay),
            rate: F::of(learning_rate / bias1),
            inverse_sqrt_bias2: F::of(1.0 / bias2.sqrt()),
            epsilon: F::of(epsilon),
        };
        let (w, moments) = (&mut parameters.values[..], &mut self.moments[..]);
        Update { first: 0, w, moments, g: gradient, runs: &self.runs, rates }.run_in_pieces(self.isa);
    }
}

/// Rounds subnormal numbers to zero. 0.9 to the power of thousands of steps would stay subnormal, and multiplications
/// of subnormal numbers take a hundred cycles. `1 - beta` does not change.
fn power(beta: f64) -> f64 {
    if beta < f64::MIN_POSITIVE { 0.0 } else { beta }
}

/// The constants of one step.
#[derive(Clone, Copy)]
struct Rates<F> {
    beta1: F,
    beta2: F,
    keep: F,
    rate: F,
    inverse_sqrt_bias2: F,
    epsilon: F,
}

struct Update<'a, F> {
    first: usize, // index of the piece's first vector among the parameters
    w: &'a mut [Lanes<F>],
    moments: &'a mut [Moments<F>],
    g: &'a [Lanes<F>],
    runs: &'a [Run],
    rates: Rates<F>,
}

impl<F: Real> Update<'_, F> {
    fn run_in_pieces(self, isa: Isa) {
        let Some(at) = cut(self.w.len()) else { return isa.run(self) };
        let Update { first, w, moments, g, runs, rates } = self;
        let ((w, w2), (moments, moments2), (g, g2)) = (w.split_at_mut(at), moments.split_at_mut(at), g.split_at(at));
        rayon::join(
            || Update { first, w, moments, g, runs, rates }.run_in_pieces(isa),
            || Update { first: first + at, w: w2, moments: moments2, g: g2, runs, rates }.run_in_pieces(isa),
        );
    }
}

impl<F: Real> Kernel for Update<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Rates { beta1, beta2, rate, inverse_sqrt_bias2, epsilon, .. } = self.rates;
        let (new1, new2) = (F::ONE - beta1, F::ONE - beta2);
        let mut from = 0;
        for run in self.runs {
            let to = run.end.saturating_sub(self.first).min(self.w.len());
            let keep = if run.decays { self.rates.keep } else { F::ONE };
            if from >= to {
                continue;
            }
            let (w, moments, g) = (&mut self.w[from..to], &mut self.moments[from..to], &self.g[from..to]);
            for ((w, Moments { m, v }), g) in w.iter_mut().zip(moments).zip(g) {
                for k in 0..LANES {
                    let g = g.0[k];
                    let m_k = A::mul_add(beta1, m.0[k], new1 * g);
                    let v_k = A::mul_add(beta2, v.0[k], new2 * g * g);
                    let step = A::div(rate * m_k, A::mul_add(A::sqrt(v_k), inverse_sqrt_bias2, epsilon));
                    w.0[k] = A::mul_add(keep, w.0[k], -step);
                    (m.0[k], v.0[k]) = (m_k, v_k);
                }
            }
            from = to;
        }
    }
}

/// Computes `to += the sum of from`, in their order. All slices have the same length.
pub(super) fn add<F: Real, const N: usize>(to: &mut [Lanes<F>], from: [&[Lanes<F>]; N], isa: Isa) {
    let Some(at) = cut(to.len()) else { return isa.stream(Sum { to, from }) };
    let (to, to2) = to.split_at_mut(at);
    rayon::join(|| add(to, from.map(|from| &from[..at]), isa), || add(to2, from.map(|from| &from[at..]), isa));
}

struct Sum<'a, F, const N: usize> {
    to: &'a mut [Lanes<F>],
    from: [&'a [Lanes<F>]; N],
}

impl<F: Real, const N: usize> Kernel for Sum<'_, F, N> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for from in self.from {
            for (to, from) in self.to.iter_mut().zip(from) {
                *to += *from;
            }
        }
    }
}

/// Scales the gradient to a Euclidean norm of `max_norm` if its norm is larger (Pascanu, Mikolov & Bengio 2013).
/// Returns the norm before scaling.
pub(super) fn clip<F: Real>(gradient: &mut [Lanes<F>], max_norm: f64, isa: Isa) -> f64 {
    let norm = squares(gradient, isa).sum().to_f64().sqrt();
    // The constant 1e-6 is that of PyTorch's clip_grad_norm_, so that both take the same steps.
    let scale = max_norm / (norm + 1e-6);
    if scale < 1.0 {
        isa.stream(Scale { gradient, scale: F::of(scale) });
    }
    norm
}

struct Scale<'a, F> {
    gradient: &'a mut [Lanes<F>],
    scale: F,
}

impl<F: Real> Kernel for Scale<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let scale = Lanes([self.scale; LANES]);
        for gradient in self.gradient {
            *gradient = *gradient * scale;
        }
    }
}

/// Returns the sum of squares of each lane.
fn squares<F: Real>(gradient: &[Lanes<F>], isa: Isa) -> Lanes<F> {
    let Some(at) = cut(gradient.len()) else {
        let mut sum = Lanes::ZERO;
        isa.run(Squares { gradient, sum: &mut sum });
        return sum;
    };
    let (gradient, gradient2) = gradient.split_at(at);
    let (sum, sum2) = rayon::join(|| squares(gradient, isa), || squares(gradient2, isa));
    sum + sum2
}

struct Squares<'a, F> {
    gradient: &'a [Lanes<F>],
    sum: &'a mut Lanes<F>,
}

impl<F: Real> Kernel for Squares<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        // Four partial sums, because each addition to a single sum would wait for the previous one.
        let mut sum = [Lanes::ZERO; 4];
        let (fours, rest) = self.gradient.as_chunks::<4>();
        for four in fours {
            for (sum, gradient) in sum.iter_mut().zip(four) {
                sum.add_product::<A>(gradient, gradient);
            }
        }
        for gradient in rest {
            sum[0].add_product::<A>(gradient, gradient);
        }
        *self.sum = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_keeps_the_direction_and_bounds_the_length() {
        let mut gradient = vec![Lanes([3.0_f64; LANES]), Lanes([4.0; LANES])];
        let norm = clip(&mut gradient, 1.0, Isa::detect());
        assert!((norm - 20.0).abs() < 1e-12);
        assert!((gradient[0].0[0] - 3.0 / 20.0).abs() < 1e-7);
        let untouched = gradient.clone();
        clip(&mut gradient, 5.0, Isa::detect());
        assert_eq!(gradient, untouched);
    }
}
