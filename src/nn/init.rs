//! The initial weights.

use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::kernels::Real;
use super::loss::Loss;
use super::parameters::{Parameters, Role, Tensor};

/// The initial recurrent weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum RecurrentInit {
    /// Random orthogonal matrix.
    ///
    /// It keeps the norm of the state over the days (Saxe, McClelland & Ganguli 2014).
    Orthogonal,
    /// Uniform, as the input weights.
    ///
    /// Glorot & Bengio 2010.
    Glorot,
    /// Identity matrix.
    ///
    /// An untrained network repeats its last state (Le, Jaitly & Hinton 2015, with ReLU).
    Identity,
}

/// Fills every tensor according to its role:
///
/// - input weights: uniform in `+-sqrt(6 / (fan_in + fan_out))` (Glorot & Bengio 2010), where each gate is a separate
///   matrix and all taps of a convolution are one;
/// - recurrent weights: `recurrent`, separately for each gate;
/// - biases: the cell's values;
/// - the head: weights of zero and the bias of [`Loss::initial_bias`], so that an untrained network forecasts the same
///   distribution on every day.
pub fn initialize<F: Real>(parameters: &mut Parameters<F>, loss: Loss, recurrent: RecurrentInit, rng: &mut impl Rng) {
    for tensor in parameters.tensors().to_vec() {
        let values = match tensor.role {
            Role::InputWeight => glorot(&tensor, tensor.gates(), 1, rng),
            Role::TapWeight(taps) => glorot(&tensor, 1, taps, rng),
            Role::RecurrentWeight => match recurrent {
                RecurrentInit::Orthogonal => each_gate(&tensor, |units| orthogonal(units, rng)),
                RecurrentInit::Glorot => glorot(&tensor, tensor.gates(), 1, rng),
                RecurrentInit::Identity => each_gate(&tensor, Array2::eye),
            },
            Role::InputBias(values) | Role::RecurrentBias(values) => per_gate(&tensor, values),
            Role::HeadWeight => vec![0.0; tensor.count()],
            Role::HeadBias => loss.initial_bias().repeat(tensor.count() / loss.outputs()),
        };
        let shape = ndarray::IxDyn(&tensor.shape);
        match ndarray::ArrayD::from_shape_vec(shape, values) {
            Ok(array) => parameters.pack(&tensor, array.mapv(F::of).view()),
            Err(_) => unreachable!("there are as many values as the shape has"),
        }
    }
}

/// Draws uniform weights. Both fans count every tap of a convolution, as in `torch.nn.init`.
fn glorot(tensor: &Tensor, gates: usize, taps: usize, rng: &mut impl Rng) -> Vec<f64> {
    let (fan_in, fan_out) = (taps * tensor.shape[1], taps * tensor.shape[0] / gates);
    let limit = (6.0 / (fan_in + fan_out) as f64).sqrt();
    (0..tensor.count()).map(|_| rng.random_range(-limit..limit)).collect()
}

fn per_gate(tensor: &Tensor, values: &[f64]) -> Vec<f64> {
    let units = tensor.count() / values.len();
    values.iter().flat_map(|value| std::iter::repeat_n(*value, units)).collect()
}

fn each_gate(tensor: &Tensor, mut square: impl FnMut(usize) -> Array2<f64>) -> Vec<f64> {
    let units = tensor.shape[1];
    (0..tensor.shape[0] / units).flat_map(|_| square(units)).collect()
}

/// Returns a random orthogonal matrix: normal numbers, orthonormalised row by row (Gram-Schmidt).
fn orthogonal(n: usize, rng: &mut impl Rng) -> Array2<f64> {
    let mut q: Array2<f64> = Array2::from_shape_simple_fn((n, n), || StandardNormal.sample(rng));
    for row in 0..n {
        // Two rounds are enough (Giraud, Langou & Rozloznik 2005): the second removes the rounding errors of the first.
        for _ in 0..2 {
            for earlier in 0..row {
                let component = q.row(row).dot(&q.row(earlier));
                let projection = q.row(earlier).mapv(|v| component * v);
                let mut this = q.row_mut(row);
                this -= &projection;
            }
        }
        let length = q.row(row).dot(&q.row(row)).sqrt();
        q.row_mut(row).mapv_inplace(|v| v / length);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Isa;
    use crate::{CellKind, Network, Shape};
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    #[test]
    fn the_weights_of_a_convolution_are_bounded_by_the_fans_of_all_its_taps() {
        let shape = Shape { cell: CellKind::Conv, inputs: 5, window: 4, hidden: 64, ..Shape::default() };
        let mut network = Network::<f64>::new(shape, 1, Isa::detect());
        network.initialize(Loss::Mse, RecurrentInit::Glorot, &mut Pcg64::seed_from_u64(1));
        let parameters = network.parameters();
        // Three taps of 5 inputs and 64 units.
        let limit = (6.0 / (3 * (5 + 64)) as f64).sqrt();
        for tap in 0..3 {
            let tensor = parameters.find(&format!("conv.weight{tap}_l0")).expect("three taps");
            let largest = parameters.unpack(tensor, &parameters.values).iter().fold(0.0, |a: f64, w| a.max(w.abs()));
            assert!((0.95 * limit..limit).contains(&largest), "tap {tap}: {largest}, limit {limit}");
        }
    }

    #[test]
    fn orthogonal_rows_are_orthonormal() {
        let q = orthogonal(37, &mut Pcg64::seed_from_u64(1));
        let product = q.dot(&q.t());
        for ((i, j), value) in product.indexed_iter() {
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-13, "({i}, {j}) = {value}");
        }
    }
}
