//! Training steps do not allocate memory.

use std::hint::black_box;
use std::ops::ControlFlow;

use crate::allocations;
use fourcast_nn::init::RecurrentInit;
use fourcast_nn::loss::Loss;
use fourcast_nn::optimizer::{AdamW, Optimizer};
use fourcast_nn::train::{Options, Run, Training, train};
use fourcast_nn::{CellKind, Float, Isa, Lanes, Network, Samples, Shape, Topology};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// Number of windows, such that the last batch of an epoch is smaller than the others.
const WINDOWS: usize = 150;

fn case<F: Float>(shape: Shape, loss: Loss, batch: usize, isa: Isa) -> (Network<F>, Samples<F>, Pcg64) {
    let mut rng = Pcg64::seed_from_u64(1);
    let shape = Shape { inputs: 3, hidden: 20, outputs: loss.outputs(), ..shape };
    let mut network = Network::new(shape, batch, isa);
    network.initialize(loss, RecurrentInit::Orthogonal, &mut rng);
    let mut random = || F::of(rng.random_range(-1.0..1.0));
    let days = WINDOWS + shape.window - 1;
    // Some targets are unknown, like those of the last windows of a series. A decoder needs all targets, because it can
    // be fed with any of them.
    let is_known = |target: usize| shape.decodes() || target % 7 != 3;
    let targets = (0..WINDOWS * shape.steps).map(|target| if is_known(target) { random() } else { F::of(f64::NAN) });
    let targets = targets.collect();
    let samples = Samples {
        inputs: Array2::from_shape_simple_fn((days, 3), &mut random),
        window: shape.window,
        origins: (shape.window - 1..days).collect(),
        steps: shape.steps,
        targets,
        starts: (0..WINDOWS).map(|_| random()).collect(),
        weights: None,
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

/// Checks single steps, beginning with the first.
fn steps_do_not_allocate<F: Float>(shape: Shape, loss: Loss, batch: usize, isa: Isa) {
    let (mut network, samples, _) = case::<F>(shape, loss, batch, isa);
    network.track_inputs();
    let mut optimizer = Optimizer::new(AdamW::default(), network.parameters(), isa);
    let indices: Vec<usize> = (0..batch).collect();
    let count = batch * shape.steps;
    let mut d_output = vec![Lanes::ZERO; count];
    let (count, _, norm) = allocations::during(|| {
        let mut norm = 0.0;
        for _ in 0..3 {
            let outputs = network.forward(&samples, &indices, loss);
            loss.sum_with_gradient(outputs, &samples.targets[..count], 1.0 / count as f64, &mut d_output, isa);
            network.backward(&d_output);
            norm = network.step(&mut optimizer, 1e-3, 1e-3);
        }
        norm
    });
    assert!(norm > 1e-3, "there is a gradient, and it is clipped");
    assert_eq!(count, 0, "{shape:?}, {loss:?}, {batch} at once, {isa:?}");
}

/// Checks the loop of `train`, from the end of the first epoch to the end of the last.
fn epochs_do_not_allocate<F: Float>(shape: Shape, loss: Loss, batch: usize, isa: Isa) {
    let (mut network, samples, mut rng) = case::<F>(shape, loss, batch, isa);
    let indices: Vec<usize> = (0..samples.len()).collect();
    let options = Options {
        epochs: 4,
        batch_size: batch,
        learning_rate: 1e-3,
        patience: 0,
        teacher_forcing: 0.5,
        dropout: 0.2,
        clip_norm: 1e-3,
        rule: AdamW::default(),
    };
    let mut counts = Vec::with_capacity(options.epochs);
    let run = Run { samples: &samples, training: Training::from(&indices), validation: &[], loss, options: &options };
    train(&mut network, run, &mut rng, |_| {
        counts.push(allocations::count());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(counts, [counts[0]; 4], "{shape:?}, {loss:?}, {batch} at once, {isa:?}");
}

#[test]
fn buffers_are_within_their_bound() {
    const BATCH: usize = 512;
    for shape in shapes() {
        let shape = Shape { inputs: 3, hidden: 64, outputs: 3, window: shape.window.max(8), ..shape };
        let new = |batch| allocations::during(|| Network::<f32>::new(shape, batch, Isa::detect())).1;
        // Both have the same number of micro-batches, and therefore of copies of weights and gradients.
        let bytes = (new(BATCH) - new(BATCH / 4)) / 3 * 4;
        assert!(bytes <= shape.buffer_bytes(BATCH), "{shape:?}: {bytes} bytes");
    }
}

/// Returns every kind of layer in every topology, with one and two layers.
fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for cell in CellKind::ALL {
        for (topology, window, steps) in
            [(Topology::ManyToOne, 4, 1), (Topology::ManyToMany, 4, 3), (Topology::OneToMany, 1, 3)]
        {
            shapes.extend([1, 2].map(|layers| Shape { cell, topology, window, steps, layers, ..Shape::default() }));
        }
    }
    shapes
}

/// Runs on one thread, so that its counter includes all micro-batches of a large batch.
#[test]
fn training_steps_do_not_allocate() {
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one_thread.install(|| {
        for (shape, isa) in
            shapes().into_iter().flat_map(|shape| Isa::available().into_iter().map(move |isa| (shape, isa)))
        {
            for (loss, batch) in [(Loss::Mse, 8), (Loss::StudentT, 70)] {
                steps_do_not_allocate::<f32>(shape, loss, batch, isa);
                epochs_do_not_allocate::<f32>(shape, loss, batch, isa);
            }
            steps_do_not_allocate::<f64>(shape, Loss::StudentT, 8, isa);
        }
    });
}
