//! One batch through a network, piece by piece. The "items" of the tables are windows.

use std::cell::RefCell;
use std::fmt;

use divan::Bencher;
use divan::counter::ItemsCount;
use fourcast_nn::init::RecurrentInit;
use fourcast_nn::optimizer::{AdamW, Optimizer};
use fourcast_nn::{CellKind, Isa, LANES, Lanes, Loss, Network, Samples, Shape};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Windows in a batch.
const BATCH: usize = 32;

/// A kind of layer and its width.
#[derive(Clone, Copy)]
struct Layer {
    cell: CellKind,
    hidden: usize,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cell.name(), self.hidden)
    }
}

fn layers() -> impl Iterator<Item = Layer> {
    CellKind::ALL.into_iter().flat_map(|cell| [16, 64, 256].map(|hidden| Layer { cell, hidden }))
}

impl Layer {
    /// Returns the program's default shape, with this cell and width: four days of five inputs.
    fn shape(self) -> Shape {
        let outputs = Loss::StudentT.outputs();
        Shape { cell: self.cell, hidden: self.hidden, inputs: 5, window: 4, outputs, ..Shape::default() }
    }
}

/// Returns `windows` windows of random numbers.
pub fn samples(shape: Shape, windows: usize, rng: &mut Pcg64) -> Samples<f32> {
    let days = windows + shape.window - 1;
    let mut random = || rng.random_range(-1.0..1.0);
    Samples {
        inputs: Array2::from_shape_simple_fn((days, shape.inputs), &mut random),
        window: shape.window,
        origins: (shape.window - 1..days).collect(),
        steps: 1,
        targets: (0..windows).map(|_| random()).collect(),
        starts: Vec::new(),
        weights: None,
    }
}

/// Creates a network with weights, for batches of `rows` windows.
pub fn network(shape: Shape, rows: usize, loss: Loss, rng: &mut Pcg64) -> Network<f32> {
    let mut network = Network::new(shape, rows, Isa::detect());
    network.initialize(loss, RecurrentInit::Orthogonal, rng);
    network
}

fn case(layer: Layer) -> (Network<f32>, Samples<f32>, Vec<usize>) {
    let mut rng = Pcg64::seed_from_u64(1);
    let network = network(layer.shape(), BATCH, Loss::StudentT, &mut rng);
    (network, samples(layer.shape(), BATCH, &mut rng), (0..BATCH).collect())
}

#[divan::bench(args = layers())]
fn forward(bencher: Bencher, layer: Layer) {
    let (mut network, samples, indices) = case(layer);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        network.forward(&samples, &indices, Loss::StudentT);
    });
}

/// A backward pass overwrites what it reads, so each needs its own forward pass. A sample is a single run, because
/// divan would otherwise run all forward passes first.
#[divan::bench(args = layers(), sample_size = 1, sample_count = 1000)]
fn backward(bencher: Bencher, layer: Layer) {
    let (network, samples, indices) = case(layer);
    let network = RefCell::new(network);
    let mut d_output = Lanes::ZERO;
    d_output.0[..3].fill(1.0 / BATCH as f32);
    bencher
        .counter(ItemsCount::new(BATCH))
        .with_inputs(|| {
            network.borrow_mut().forward(&samples, &indices, Loss::StudentT);
        })
        .bench_local_values(|()| network.borrow_mut().backward(&[d_output; BATCH]));
}

/// Clipping, AdamW, and the transposed weights.
#[divan::bench(args = layers())]
fn update(bencher: Bencher, layer: Layer) {
    let (mut network, samples, indices) = case(layer);
    let mut optimizer = Optimizer::new(AdamW::default(), network.parameters(), network.isa());
    network.forward_backward(&samples, &indices, Loss::StudentT, &[]);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        // A learning rate of zero leaves the weights unchanged.
        network.step(&mut optimizer, 1.0, 0.0);
    });
}

#[divan::bench(args = ["mse", "student-t"])]
fn loss(bencher: Bencher, name: &str) {
    let loss = if name == "mse" { Loss::Mse } else { Loss::StudentT };
    let outputs: Vec<Lanes<f32>> = (0..BATCH).map(|row| Lanes([row as f32 / BATCH as f32; LANES])).collect();
    let targets: Vec<f32> = (0..BATCH).map(|row| row as f32 / 16.0 - 1.0).collect();
    let mut gradient = vec![Lanes::ZERO; BATCH];
    let scale = 1.0 / BATCH as f64;
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench_local(|| loss.sum_with_gradient(&outputs, &targets, scale, &mut gradient, Isa::detect()));
}
