//! Training asks for no memory once it runs.

mod common;

use std::hint::black_box;

use common::allocations::{self, Counting};
use fourcast::nn::init::{RecurrentInit, initialize};
use fourcast::nn::kernels::{Isa, Lanes};
use fourcast::nn::loss::Loss;
use fourcast::nn::optimizer::{AdamW, Optimizer, clip};
use fourcast::nn::train::{Options, train};
use fourcast::nn::{Network, Real, Samples, Shape};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BATCH: usize = 8;

fn case<F: Real>(loss: Loss, layers: usize, isa: Isa) -> (Network<F>, Samples<F>, Pcg64) {
    let mut rng = Pcg64::seed_from_u64(1);
    let shape = Shape { inputs: 3, window: 4, hidden: 20, layers, outputs: loss.outputs(), ..Shape::default() };
    let mut network = Network::new(shape, BATCH, isa);
    initialize(&mut network.parameters, loss, RecurrentInit::Orthogonal, &mut rng);
    let mut random = || F::of(rng.random_range(-1.0..1.0));
    let samples = Samples {
        inputs: Array2::from_shape_simple_fn((53, 3), &mut random),
        window: 4,
        origins: (3..53).collect(),
        steps: 1,
        targets: (3..53).map(|_| random()).collect(),
        starts: Vec::new(),
    };
    (network, samples, rng)
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations::during(|| black_box(1) + 1), (0, 0, 2));
    let (count, bytes, _) = allocations::during(|| black_box(vec![1_u8; 1000]));
    assert_eq!((count, bytes), (1, 1000));
    let (count, bytes, _) = allocations::during(|| black_box(vec![0_u64; 10]));
    assert_eq!((count, bytes), (1, 80), "zeroed memory");
    let mut vector = vec![1_u8; 10];
    let (count, ..) = allocations::during(|| black_box(&mut vector).reserve(1000));
    assert_eq!(count, 1, "grown memory");
    let elsewhere = || (0..1000).for_each(|_| drop(black_box(vec![1_u8; 10])));
    let (count, ..) = allocations::during(|| std::thread::spawn(elsewhere).join().unwrap());
    assert!(count < 100, "starting a thread asks {count} times; what it asks for itself is not counted");
}

fn steps_ask_for_nothing<F: Real>(loss: Loss, layers: usize, isa: Isa) {
    let (mut network, samples, _) = case::<F>(loss, layers, isa);
    network.track_inputs();
    let mut optimizer = Optimizer::new(AdamW::default(), &network.parameters, isa);
    let picks: Vec<usize> = (0..BATCH).collect();
    let mut d_output = vec![Lanes::ZERO; BATCH];
    network.prepare();
    let (count, _, norm) = allocations::during(|| {
        let mut norm = 0.0;
        for _ in 0..3 {
            let outputs = network.forward(&samples, &picks, loss);
            loss.sum_with_gradient(outputs, &samples.targets, 1.0 / BATCH as f64, &mut d_output);
            network.backward(&d_output);
            let (parameters, gradient) = network.parameters_and_gradient();
            norm = clip(gradient, 1e-3, isa);
            optimizer.step(parameters, gradient, 1e-3);
            network.prepare();
        }
        norm
    });
    assert!(norm > 1e-3, "something was learnt, and clipped");
    assert_eq!(count, 0, "{loss:?}, {layers} layers, {isa:?}");
}

/// The loop of `train` itself: from the end of the first epoch to the end of the last. The last
/// batch of an epoch is smaller than the others.
fn epochs_ask_for_nothing<F: Real>(loss: Loss, layers: usize, isa: Isa) {
    let (mut network, samples, mut rng) = case::<F>(loss, layers, isa);
    let picks: Vec<usize> = (0..samples.len()).collect();
    let options = Options {
        epochs: 4,
        batch_size: BATCH,
        learning_rate: 1e-3,
        patience: 0,
        teacher_forcing: 0.0,
        dropout: 0.0,
        clip_norm: 1e-3,
        rule: AdamW::default(),
    };
    let mut counts = Vec::with_capacity(options.epochs);
    train(&mut network, &samples, (&picks, &[]), loss, &options, &mut rng, |_| counts.push(allocations::count()))
        .unwrap();
    assert_eq!(counts, [counts[0]; 4], "{loss:?}, {layers} layers, {isa:?}");
}

#[test]
fn training_asks_for_no_memory_after_the_first_step() {
    for isa in Isa::available() {
        for loss in [Loss::Mse, Loss::StudentT] {
            for layers in [1, 2] {
                steps_ask_for_nothing::<f32>(loss, layers, isa);
                steps_ask_for_nothing::<f64>(loss, layers, isa);
                epochs_ask_for_nothing::<f32>(loss, layers, isa);
                epochs_ask_for_nothing::<f64>(loss, layers, isa);
            }
        }
    }
}
