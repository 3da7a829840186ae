//! One epoch over 4,096 windows: shuffling, gathering, forward, backward, update. The "items" of the
//! tables are windows.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use fourcast_nn::optimizer::AdamW;
use fourcast_nn::train::{Options, Run, Training, train};
use fourcast_nn::{CellKind, Loss, Shape};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use crate::passes::{network, samples};

/// Windows in an epoch: sixteen years of daily prices, as in the benchmarks of the peers.
const WINDOWS: usize = 4096;
/// Maximum time per line of the table.
const MAX_TIME: Duration = Duration::from_secs(2);

/// A training job, and its number of threads.
#[derive(Clone, Copy)]
struct Job {
    hidden: usize,
    batch: usize,
    window: usize,
    threads: usize,
    inputs: usize,
    loss: Loss,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Job { hidden, batch, window, threads, inputs, loss } = self;
        write!(f, "{hidden}/{batch}/{window}/{threads}, {inputs} in, {loss:?}")
    }
}

/// Returns a job on which the peers are timed: one input, squared error.
const fn peers(hidden: usize, batch: usize, window: usize, threads: usize) -> Job {
    Job { hidden, batch, window, threads, inputs: 1, loss: Loss::Mse }
}

/// Hidden units, batch, window, threads. The first job is the program's default.
const JOBS: [Job; 6] = [
    Job { hidden: 16, batch: 32, window: 4, threads: 1, inputs: 5, loss: Loss::StudentT },
    peers(32, 32, 4, 1),
    peers(64, 64, 4, 2),
    peers(128, 256, 4, 2),
    peers(32, 32, 22, 1),
    peers(256, 256, 22, 2),
];

#[divan::bench(args = JOBS, sample_size = 1, max_time = MAX_TIME)]
fn lstm(bencher: Bencher, job: Job) {
    epoch(bencher, CellKind::Lstm, job);
}

#[divan::bench(args = JOBS, sample_size = 1, max_time = MAX_TIME)]
fn gru(bencher: Bencher, job: Job) {
    epoch(bencher, CellKind::Gru, job);
}

#[divan::bench(args = JOBS, sample_size = 1, max_time = MAX_TIME)]
fn rnn(bencher: Bencher, job: Job) {
    epoch(bencher, CellKind::Rnn, job);
}

#[divan::bench(args = JOBS, sample_size = 1, max_time = MAX_TIME)]
fn dense(bencher: Bencher, job: Job) {
    epoch(bencher, CellKind::Dense, job);
}

#[divan::bench(args = JOBS, sample_size = 1, max_time = MAX_TIME)]
fn conv(bencher: Bencher, job: Job) {
    epoch(bencher, CellKind::Conv, job);
}

fn epoch(bencher: Bencher, cell: CellKind, job: Job) {
    let Job { hidden, batch, window, threads, inputs, loss } = job;
    let shape = Shape { cell, inputs, window, hidden, outputs: loss.outputs(), ..Shape::default() };
    let mut rng = Pcg64::seed_from_u64(1);
    let mut network = network(shape, batch, loss, &mut rng);
    let samples = samples(shape, WINDOWS, &mut rng);
    let indices: Vec<usize> = (0..WINDOWS).collect();
    let options = Options {
        epochs: 1,
        batch_size: batch,
        learning_rate: 1e-3,
        patience: 0,
        teacher_forcing: 0.0,
        dropout: 0.0,
        clip_norm: 1.0,
        rule: AdamW::default(),
    };
    let run = Run { samples: &samples, training: Training::from(&indices), validation: &[], loss, options: &options };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    bencher
        .counter(ItemsCount::new(WINDOWS))
        .bench_local(|| pool.install(|| train(&mut network, run, &mut rng, |_| ControlFlow::Continue(()))));
}
