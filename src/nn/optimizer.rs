//! AdamW, and the clipping of the gradient before it.

use super::Real;
use super::kernels::{Arithmetic, Isa, LANES, Lanes, Pass};
use super::parameters::{Parameters, Tensor};

/// AdamW (Loshchilov & Hutter 2019): Adam (Kingma & Ba 2015) with weight decay apart from the
/// gradient. Decay applies to weights, not to biases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root, so that it never divides by zero.
    pub epsilon: f64,
    /// Share of a weight that a step of rate 1 would take away.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 1e-3 }
    }
}

/// Numbers a lane of a piece of work that is handed to another thread: several microseconds, so that
/// the handing over does not show.
const PIECE: usize = 512;

/// Where to cut a piece in two, if it is long enough. It depends on the length alone and never on the
/// threads, so that sums do not either.
fn cut(len: usize) -> Option<usize> {
    (len > PIECE).then(|| len.div_ceil(2))
}

/// An optimiser at work on one network.
pub struct Optimizer<F> {
    isa: Isa,
    rule: AdamW,
    left: (f64, f64), // beta1 and beta2 to the power of the steps taken
    moments: Vec<Moments<F>>,
    runs: Vec<Run>,
}

/// Adam's averages of one number.
#[derive(Clone, Copy)]
struct Moments<F> {
    m: Lanes<F>, // mean of gradients
    v: Lanes<F>, // mean of squared gradients
}

/// Neighbouring tensors that decay alike.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    decays: bool,
}

impl<F: Real> Optimizer<F> {
    /// Starts from nothing.
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
        Optimizer { isa, rule, left: (1.0, 1.0), moments: vec![none; parameters.values.len()], runs }
    }

    /// One step along `gradient`, which is laid out as the parameters are.
    pub fn step(&mut self, parameters: &mut Parameters<F>, gradient: &[Lanes<F>], learning_rate: f64) {
        let AdamW { beta1, beta2, epsilon, weight_decay } = self.rule;
        self.left = (power(self.left.0 * beta1), power(self.left.1 * beta2));
        let (bias1, bias2) = (1.0 - self.left.0, 1.0 - self.left.1);
        let rates = Rates {
            beta1: F::of(beta1),
            beta2: F::of(beta2),
            keep: F::of(1.0 - learning_rate * weight_decay),
            rate: F::of(learning_rate / bias1),
            root: F::of(1.0 / bias2.sqrt()),
            epsilon: F::of(epsilon),
        };
        let (w, moments) = (&mut parameters.values[..], &mut self.moments[..]);
        Update { first: 0, w, moments, g: gradient, runs: &self.runs, rates }.run_in_pieces(self.isa);
    }
}

/// A power of beta, zero where one less it is one anyway: 0.9 to the power of thousands of steps would
/// else stay among the denormal numbers, of which a product holds a processor up for a hundred cycles.
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
    root: F,
    epsilon: F,
}

struct Update<'a, F> {
    first: usize, // place of the piece among the parameters
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

impl<F: Real> Pass for Update<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let Rates { beta1, beta2, rate, root, epsilon, .. } = self.rates;
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
                    let step = A::div(rate * m_k, A::mul_add(A::root(v_k), root, epsilon));
                    w.0[k] = A::mul_add(keep, w.0[k], -step);
                    (m.0[k], v.0[k]) = (m_k, v_k);
                }
            }
            from = to;
        }
    }
}

/// Adds up gradients of the same length: `to += the sum of from`, in their order.
pub(super) fn add<F: Real, const N: usize>(to: &mut [Lanes<F>], from: [&[Lanes<F>]; N], isa: Isa) {
    let Some(at) = cut(to.len()) else { return isa.stream(Sum { to, from }) };
    let (to, to2) = to.split_at_mut(at);
    rayon::join(|| add(to, from.map(|from| &from[..at]), isa), || add(to2, from.map(|from| &from[at..]), isa));
}

struct Sum<'a, F, const N: usize> {
    to: &'a mut [Lanes<F>],
    from: [&'a [Lanes<F>]; N],
}

impl<F: Real, const N: usize> Pass for Sum<'_, F, N> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for from in self.from {
            for (to, from) in self.to.iter_mut().zip(from) {
                *to += *from;
            }
        }
    }
}

/// Scales the gradient down to the given Euclidean norm if it is longer (Pascanu, Mikolov & Bengio
/// 2013), and returns the norm it had.
pub fn clip<F: Real>(gradient: &mut [Lanes<F>], longest: f64, isa: Isa) -> f64 {
    let norm = squares(gradient, isa).sum().f64().sqrt();
    // The same small number as PyTorch's clip_grad_norm_ adds, for the same steps.
    let scale = longest / (norm + 1e-6);
    if scale < 1.0 {
        isa.stream(Scale { gradient, scale: F::of(scale) });
    }
    norm
}

struct Scale<'a, F> {
    gradient: &'a mut [Lanes<F>],
    scale: F,
}

impl<F: Real> Pass for Scale<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let scale = Lanes([self.scale; LANES]);
        for gradient in self.gradient {
            *gradient = *gradient * scale;
        }
    }
}

/// The sum of squares, lane by lane.
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

impl<F: Real> Pass for Squares<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        // Four partial sums, because one alone would wait for itself.
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
