//! Dropout acts only in training, and does not change the mean.

use fourcast_nn::{Activation, CellKind, Isa, Lanes, Loss, Network, Samples, Shape, Topology};
use ndarray::{Array2, ArrayD};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

const ROWS: usize = 3;

/// Returns a network of two layers, with positive weights and inputs.
fn network(shape: Shape) -> (Network<f64>, Samples<f64>) {
    let mut rng = Pcg64::seed_from_u64(13);
    let shape = Shape { hidden: 5, layers: 2, inputs: 2, ..shape };
    let mut network = Network::new(shape, ROWS, Isa::detect());
    for tensor in network.parameters().tensors().to_vec() {
        let values = ArrayD::from_shape_simple_fn(tensor.shape.clone(), || rng.random_range(0.0..0.5));
        network.set_tensor(&tensor, values.view());
    }
    let days = ROWS + shape.window - 1;
    let samples = Samples {
        inputs: Array2::from_shape_simple_fn((days, 2), || rng.random_range(0.0..1.0)),
        window: shape.window,
        origins: (shape.window - 1..days).collect(),
        steps: shape.steps,
        targets: vec![0.5; ROWS * shape.steps],
        starts: vec![0.5; ROWS],
        weights: None,
    };
    (network, samples)
}

fn first(outputs: &[Lanes<f64>]) -> Vec<f64> {
    outputs.iter().map(|output| output.0[0]).collect()
}

#[test]
fn prediction_drops_nothing() {
    let indices: Vec<usize> = (0..ROWS).collect();
    for cell in CellKind::ALL {
        for (topology, steps) in [(Topology::ManyToOne, 1), (Topology::ManyToMany, 3)] {
            let (mut network, samples) = network(Shape { cell, topology, steps, ..Shape::default() });
            let before = first(network.forward(&samples, &indices, Loss::Mse));
            network.enable_dropout(0.5, 1);
            network.forward_backward(&samples, &indices, Loss::Mse, &vec![false; steps]);
            assert_ne!(first(network.output()), before, "{cell:?} {topology:?} in training");
            let after = first(network.forward(&samples, &indices, Loss::Mse));
            assert_eq!(after, before, "{cell:?} {topology:?} in prediction");
        }
    }
}

/// With positive numbers, a ReLU network is linear in the masks, so the mean over many passes must equal the output
/// without dropout.
#[test]
fn dropout_does_not_change_the_mean() {
    const PASSES: usize = 20_000;
    let indices: Vec<usize> = (0..ROWS).collect();
    for cell in [CellKind::Dense, CellKind::Conv, CellKind::Rnn] {
        let (mut network, samples) = network(Shape { cell, activation: Activation::Relu, ..Shape::default() });
        let expected = first(network.forward(&samples, &indices, Loss::Mse));
        network.enable_dropout(0.3, 1);
        let (mut sums, mut squares) = (vec![0.0; ROWS], vec![0.0; ROWS]);
        for _ in 0..PASSES {
            network.forward_backward(&samples, &indices, Loss::Mse, &[false]);
            for (row, output) in first(network.output()).into_iter().enumerate() {
                sums[row] += output;
                squares[row] += output * output;
            }
        }
        for row in 0..ROWS {
            let mean = sums[row] / PASSES as f64;
            let deviation = (squares[row] / PASSES as f64 - mean * mean).sqrt();
            let off = (mean - expected[row]) / (deviation / (PASSES as f64).sqrt());
            assert!(off.abs() < 4.0, "{cell:?}: {mean} against {}, {off} standard errors", expected[row]);
            assert!(deviation > 0.05 * expected[row], "{cell:?}: something is dropped");
        }
    }
}
