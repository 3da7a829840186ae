//! The state of a network between passes. The outputs are those of the last pass, and a backward pass requires a
//! forward pass of the same batch.

use fourcast_nn::init::RecurrentInit;
use fourcast_nn::{Isa, Lanes, Loss, Network, Samples, Shape};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// More than one micro-batch.
const ROWS: usize = 40;

fn network() -> (Network<f64>, Samples<f64>) {
    let mut rng = Pcg64::seed_from_u64(5);
    let shape = Shape { hidden: 3, inputs: 2, outputs: 3, ..Shape::default() };
    let mut network = Network::new(shape, ROWS, Isa::detect());
    network.initialize(Loss::StudentT, RecurrentInit::Orthogonal, &mut rng);
    let days = ROWS + shape.window - 1;
    let samples = Samples {
        inputs: Array2::from_shape_simple_fn((days, 2), || rng.random_range(-1.0..1.0)),
        window: shape.window,
        origins: (shape.window - 1..days).collect(),
        steps: 1,
        targets: vec![0.5; ROWS],
        starts: Vec::new(),
        weights: None,
    };
    (network, samples)
}

#[test]
fn outputs_are_those_of_the_last_pass() {
    let (mut network, samples) = network();
    let indices: Vec<usize> = (0..ROWS).collect();
    let some = &indices[30..33];
    let expected = network.forward(&samples, some, Loss::StudentT).to_vec();
    network.forward(&samples, &indices, Loss::StudentT);
    network.loss(&samples, some, Loss::StudentT);
    assert_eq!(network.output(), expected, "after a loss");
    network.forward(&samples, &indices, Loss::StudentT);
    network.forward_backward(&samples, some, Loss::StudentT, &[]);
    assert_eq!(network.output(), expected, "after a step of training");
}

#[test]
#[should_panic = "dL/doutput of the windows of the last pass"]
fn a_gradient_of_another_batch_is_refused() {
    let (mut network, samples) = network();
    network.forward(&samples, &[0, 1], Loss::StudentT);
    network.backward(&[Lanes::ZERO; 3]);
}

#[test]
#[should_panic = "a backward pass follows a forward pass"]
fn a_second_backward_pass_is_refused() {
    let (mut network, samples) = network();
    network.forward(&samples, &[0, 1], Loss::StudentT);
    network.backward(&[Lanes::ZERO; 2]);
    network.backward(&[Lanes::ZERO; 2]);
}
