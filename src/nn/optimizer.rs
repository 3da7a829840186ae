//! AdamW, and the clipping of the gradient before it.

use super::Real;
use super::kernels::{Arithmetic, Isa, LANES, Lanes, Pass};
use super::parameters::Parameters;

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

/// An optimiser at work on one network.
pub struct Optimizer<F> {
    isa: Isa,
    rule: AdamW,
    steps: i32,
    m: Vec<Lanes<F>>, // mean of gradients
    v: Vec<Lanes<F>>, // mean of squared gradients
}

impl<F: Real> Optimizer<F> {
    /// Starts from nothing.
    pub fn new(rule: AdamW, parameters: &Parameters<F>, isa: Isa) -> Self {
        let zeros = vec![Lanes::ZERO; parameters.values.len()];
        Optimizer { isa, rule, steps: 0, m: zeros.clone(), v: zeros }
    }

    /// One step along `gradient`, which is laid out as the parameters are.
    pub fn step(&mut self, parameters: &mut Parameters<F>, gradient: &[Lanes<F>], learning_rate: f64) {
        self.steps += 1;
        let AdamW { beta1, beta2, epsilon, weight_decay } = self.rule;
        let (bias1, bias2) = (1.0 - beta1.powi(self.steps), 1.0 - beta2.powi(self.steps));
        for index in 0..parameters.tensors().len() {
            let tensor = &parameters.tensors()[index];
            let range = tensor.range();
            let decay = if tensor.role.decays() { weight_decay } else { 0.0 };
            self.isa.run(Update {
                w: &mut parameters.values[range.clone()],
                m: &mut self.m[range.clone()],
                v: &mut self.v[range.clone()],
                g: &gradient[range],
                beta1: F::of(beta1),
                beta2: F::of(beta2),
                keep: F::of(1.0 - learning_rate * decay),
                rate: F::of(learning_rate / bias1),
                root: F::of(1.0 / bias2.sqrt()),
                epsilon: F::of(epsilon),
            });
        }
    }
}

struct Update<'a, F> {
    w: &'a mut [Lanes<F>],
    m: &'a mut [Lanes<F>],
    v: &'a mut [Lanes<F>],
    g: &'a [Lanes<F>],
    beta1: F,
    beta2: F,
    keep: F,
    rate: F,
    root: F,
    epsilon: F,
}

impl<F: Real> Pass for Update<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let (new1, new2) = (F::ONE - self.beta1, F::ONE - self.beta2);
        for (((w, m), v), g) in self.w.iter_mut().zip(self.m).zip(self.v).zip(self.g) {
            for k in 0..LANES {
                let g = g.0[k];
                let m_k = A::mul_add(self.beta1, m.0[k], new1 * g);
                let v_k = A::mul_add(self.beta2, v.0[k], new2 * g * g);
                let step = self.rate * m_k / A::mul_add(v_k.sqrt(), self.root, self.epsilon);
                w.0[k] = A::mul_add(self.keep, w.0[k], -step);
                (m.0[k], v.0[k]) = (m_k, v_k);
            }
        }
    }
}

/// Scales the gradient down to the given Euclidean norm if it is longer (Pascanu, Mikolov & Bengio
/// 2013), and returns the norm it had.
pub fn clip<F: Real>(gradient: &mut [Lanes<F>], longest: f64, isa: Isa) -> f64 {
    let mut squares = Lanes::ZERO;
    isa.run(Squares { gradient, sum: &mut squares });
    let norm = squares.sum().f64().sqrt();
    // The same small number as PyTorch's clip_grad_norm_ adds, for the same steps.
    let scale = longest / (norm + 1e-6);
    if scale < 1.0 {
        let scale = F::of(scale);
        for value in gradient.iter_mut().flat_map(|lanes| &mut lanes.0) {
            *value = *value * scale;
        }
    }
    norm
}

struct Squares<'a, F> {
    gradient: &'a [Lanes<F>],
    sum: &'a mut Lanes<F>,
}

impl<F: Real> Pass for Squares<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let mut sum = *self.sum;
        for gradient in self.gradient {
            sum.add_product::<A>(gradient, gradient);
        }
        *self.sum = sum;
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
