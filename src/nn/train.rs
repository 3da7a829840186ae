//! The training loop.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_pcg::Pcg64;
use thiserror::Error;

use super::float::Float;
use super::kernels::Lanes;
use super::loss::Loss;
use super::network::Network;
use super::optimizer::{AdamW, Optimizer, OptimizerState};
use super::samples::Samples;

/// The options of training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Maximum number of passes over the training windows; 0 leaves the weights unchanged.
    pub epochs: usize,
    /// Windows per batch.
    pub batch_size: usize,
    /// Learning rate. It is multiplied by half a cosine, which falls from 1 to 0 over all steps, and by a linear rise over
    /// the first 20 steps.
    pub learning_rate: f64,
    /// Number of epochs without a better validation loss after which training stops; 0: it never stops early.
    pub patience: usize,
    /// Probability that a step of a path reads the true target of the day before instead of the decoder's own output.
    pub teacher_forcing: f64,
    /// Dropout rate between layers.
    pub dropout: f64,
    /// Maximum norm of a gradient.
    pub clip_norm: f64,
    /// The constants of the optimiser.
    pub rule: AdamW,
}

/// Steps over which the learning rate rises, while Adam's moments average few gradients.
const WARM_UP: usize = 20;

/// The windows used for training.
///
/// Without groups, an epoch is a pass over all windows. With groups, each epoch uses some windows of each group, which
/// are drawn again for every epoch.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    windows: &'a [usize],
    groups: &'a [Group],
}

/// A group of windows, some of which are used in each epoch. It starts where the previous group ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The index of the group's end among the windows.
    pub end: usize,
    /// The number of windows of the group used in an epoch.
    pub drawn: usize,
}

impl<'a> Training<'a> {
    /// Returns training on windows in groups.
    ///
    /// # Panics
    /// If the last group does not end with the windows, or an epoch would use more windows than a group has.
    pub fn in_groups(windows: &'a [usize], groups: &'a [Group]) -> Training<'a> {
        assert_eq!(groups.last().map(|group| group.end), Some(windows.len()), "groups end with the windows");
        let mut first = 0;
        for group in groups {
            assert!(group.drawn <= group.end - first, "an epoch takes a window at most once");
            first = group.end;
        }
        Training { windows, groups }
    }

    /// The number of windows in an epoch.
    #[expect(clippy::len_without_is_empty, reason = "an epoch without windows is refused")]
    pub fn len(&self) -> usize {
        if self.groups.is_empty() { self.windows.len() } else { self.groups.iter().map(|group| group.drawn).sum() }
    }
}

impl<'a> From<&'a [usize]> for Training<'a> {
    fn from(windows: &'a [usize]) -> Self {
        Training { windows, groups: &[] }
    }
}

impl<'a> From<&'a Vec<usize>> for Training<'a> {
    fn from(windows: &'a Vec<usize>) -> Self {
        Training::from(&windows[..])
    }
}

/// One finished epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// From 1; 0 for weights that were not trained.
    pub epoch: usize,
    /// Mean loss of the training windows, each measured in the step that trained on it; of untrained weights, their
    /// loss on all training windows.
    pub train_loss: f64,
    /// Mean loss of the validation windows after the epoch, if there are any.
    pub valid_loss: Option<f64>,
    /// Time of the training steps of this epoch: forward, backward, update.
    pub step_time: Duration,
    /// Windows trained on in this epoch.
    pub windows: usize,
}

/// The result of training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The epoch whose weights the network holds.
    pub best: Epoch,
    /// Epochs run.
    pub epochs: usize,
    /// Time of the training steps of all epochs.
    pub step_time: Duration,
    /// Windows trained on in all epochs.
    pub windows: usize,
}

/// The state of a training run between two epochs. A run that continues from it arrives at the same weights.
#[derive(Debug, Clone, PartialEq)]
pub struct State<F> {
    /// Epochs run.
    pub epochs: usize,
    /// The epoch with the best weights so far.
    pub best: Epoch,
    /// Those weights.
    pub best_weights: Vec<Lanes<F>>,
    /// What the next epoch needs; `None` after the last.
    pub next: Option<NextEpoch<F>>,
}

/// The state at the start of an epoch. The order of the windows is not part of it, because it is drawn again from the
/// seed.
#[derive(Debug, Clone, PartialEq)]
pub struct NextEpoch<F> {
    /// The weights after the previous epoch.
    pub weights: Vec<Lanes<F>>,
    /// The state of the optimiser.
    pub optimizer: OptimizerState<F>,
    /// The random number generators of dropout, of each micro-batch; empty without dropout.
    pub dropout: Vec<Pcg64>,
}

/// The state of a training run that its observer can read after an epoch.
pub struct AfterEpoch<'a, F: Float> {
    network: &'a Network<F>,
    optimizer: &'a Optimizer<F>,
    best: Epoch,
    best_weights: &'a [Lanes<F>],
    epochs: usize,
    is_last: bool,
}

impl<F: Float> AfterEpoch<'_, F> {
    /// Whether training ends after this epoch, whatever the observer returns.
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Returns a copy of the state needed to continue.
    pub fn state(&self) -> State<F> {
        let next = || NextEpoch {
            weights: self.network.parameters().values.clone(),
            optimizer: self.optimizer.state(),
            dropout: self.network.dropout_state(),
        };
        State {
            epochs: self.epochs,
            best: self.best,
            best_weights: self.best_weights.to_vec(),
            next: (!self.is_last).then(next),
        }
    }
}

/// The loss became infinite or NaN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("training diverged: the loss is no longer a number in epoch {epoch}")]
pub struct Diverged {
    /// The epoch, counted from 1; 0 if weights that were not to be trained have no finite loss.
    pub epoch: usize,
}

/// The data of a training run, and its options.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a, F> {
    /// The windows and their targets.
    pub samples: &'a Samples<F>,
    /// The windows used for training.
    pub training: Training<'a>,
    /// The windows whose loss is measured after each epoch and decides when to stop.
    pub validation: &'a [usize],
    /// The loss function.
    pub loss: Loss,
    /// The options.
    pub options: &'a Options,
}

/// Trains `network` on the training windows of `run`. The network is left with the weights of the epoch with the best
/// validation loss, or with those of the last epoch if there are no validation windows or no patience.
///
/// Calls `observe` after every epoch; training ends when it returns a break. The same arguments give bit-identical
/// weights.
///
/// # Errors
/// [`Diverged`] if a loss is not finite.
///
/// # Panics
/// If there is no training window, or a batch is larger than the number of rows of the network.
pub fn train<F: Float>(
    network: &mut Network<F>,
    run: Run<'_, F>,
    rng: &mut impl Rng,
    mut observe: impl FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Outcome, Diverged> {
    train_from(network, run, None, rng, |epoch, _| observe(epoch))
}

/// Continues [`train`] from the [`State`] of a run with the same arguments. The weights are those of a run that was not
/// interrupted. The outcome counts the epochs of both runs, but only the step time and windows of this call.
///
/// # Errors
/// [`Diverged`] if a loss is not finite.
///
/// # Panics
/// As [`train`], and if the state is that of a network of another shape.
pub fn train_from<F: Float>(
    network: &mut Network<F>,
    run: Run<'_, F>,
    from: Option<&State<F>>,
    rng: &mut impl Rng,
    mut observe: impl FnMut(&Epoch, &AfterEpoch<'_, F>) -> ControlFlow<()>,
) -> Result<Outcome, Diverged> {
    assert!(run.training.len() > 0, "there are training windows");
    let options = run.options;
    if options.epochs == 0 {
        return untrained(network, run);
    }
    if options.dropout > 0.0 {
        network.enable_dropout(options.dropout, rng.random());
    }
    let mut trainer = Trainer::new(network, run);
    let mut stopping = EarlyStopping::new(options.patience, &trainer.network.parameters().values);
    let (mut epochs, mut is_done) = (0, false);
    if let Some(state) = from {
        epochs = state.epochs;
        is_done = state.next.is_none();
        stopping.resume(state);
        state.next.iter().for_each(|next| trainer.resume(epochs, next, rng));
    }
    let (mut step_time, mut windows) = (Duration::ZERO, 0);
    while !is_done && epochs < options.epochs {
        let this = trainer.epoch(epochs + 1, rng)?;
        (step_time, windows, epochs) = (step_time + this.step_time, windows + this.windows, this.epoch);
        let (network, optimizer) = (&*trainer.network, &trainer.optimizer);
        let best = stopping.after(this, &network.parameters().values);
        let is_last = stopping.is_stale(epochs, best) || epochs == options.epochs;
        let after = AfterEpoch { network, optimizer, best, best_weights: &stopping.weights, epochs, is_last };
        is_done = observe(&this, &after).is_break() || is_last;
    }
    network.set_values(&stopping.weights);
    match stopping.best {
        Some(best) => Ok(Outcome { best, epochs, step_time, windows }),
        None => unreachable!("the first epoch is always the best so far"),
    }
}

/// The best epoch so far, and the rule that stops training when no later epoch is better.
struct EarlyStopping<F> {
    /// Number of epochs without a better validation loss after which training stops; 0: it never stops early.
    patience: usize,
    best: Option<Epoch>,
    /// The weights after that epoch.
    weights: Vec<Lanes<F>>,
}

impl<F: Float> EarlyStopping<F> {
    fn new(patience: usize, weights: &[Lanes<F>]) -> Self {
        EarlyStopping { patience, best: None, weights: weights.to_vec() }
    }

    fn resume(&mut self, state: &State<F>) {
        self.best = Some(state.best);
        self.weights.copy_from_slice(&state.best_weights);
    }

    /// Keeps the weights of an epoch if it is the best so far. Returns the best epoch.
    fn after(&mut self, this: Epoch, weights: &[Lanes<F>]) -> Epoch {
        // Without early stopping the last epoch counts as the best.
        let is_better = match (this.valid_loss, self.best.and_then(|best| best.valid_loss)) {
            (Some(this), Some(best)) if self.patience > 0 => this < best,
            _ => true,
        };
        if is_better {
            self.weights.copy_from_slice(weights);
        }
        *self.best.insert(self.best.filter(|_| !is_better).unwrap_or(this))
    }

    /// Whether there is a patience, and at least as many epochs have passed since the best one.
    fn is_stale(&self, epochs: usize, best: Epoch) -> bool {
        self.patience > 0 && epochs - best.epoch >= self.patience
    }
}

/// Returns the losses of weights that are not trained.
fn untrained<F: Float>(network: &mut Network<F>, run: Run<'_, F>) -> Result<Outcome, Diverged> {
    let train_loss = evaluate(network, run.samples, run.training.windows, run.loss);
    let valid_loss = valid_loss(network, run);
    if !train_loss.is_finite() || valid_loss.is_some_and(|loss| !loss.is_finite()) {
        return Err(Diverged { epoch: 0 });
    }
    let best = Epoch { epoch: 0, train_loss, valid_loss, step_time: Duration::ZERO, windows: 0 };
    Ok(Outcome { best, epochs: 0, step_time: Duration::ZERO, windows: 0 })
}

/// Returns the mean loss of the validation windows, if there are any.
fn valid_loss<F: Float>(network: &mut Network<F>, run: Run<'_, F>) -> Option<f64> {
    (!run.validation.is_empty()).then(|| evaluate(network, run.samples, run.validation, run.loss))
}

/// Returns the mean loss of the windows `indices`.
///
/// # Panics
/// If `indices` is empty.
pub fn evaluate<F: Float>(network: &mut Network<F>, samples: &Samples<F>, indices: &[usize], loss: Loss) -> f64 {
    assert!(!indices.is_empty(), "there are windows to evaluate");
    let rows = network.rows();
    let sum: f64 = indices.chunks(rows).map(|indices| network.loss(samples, indices, loss)).sum();
    sum / (indices.len() * samples.steps) as f64
}

struct Trainer<'a, F: Float> {
    network: &'a mut Network<F>,
    run: Run<'a, F>,
    optimizer: Optimizer<F>,
    /// The windows of each group, in the order of the last draw; empty without groups.
    grouped: Vec<usize>,
    /// The windows of one epoch.
    order: Vec<usize>,
    forced: Vec<bool>,
    step: usize,
    steps: usize,
}

impl<'a, F: Float> Trainer<'a, F> {
    fn new(network: &'a mut Network<F>, run: Run<'a, F>) -> Self {
        let Run { training, options, .. } = run;
        let (grouped, order) = if training.groups.is_empty() {
            (Vec::new(), training.windows.to_vec())
        } else {
            (training.windows.to_vec(), Vec::with_capacity(training.len()))
        };
        let optimizer = Optimizer::new(options.rule, network.parameters(), network.isa());
        let forced = vec![false; network.shape().steps];
        let steps = training.len().div_ceil(options.batch_size) * options.epochs;
        Trainer { network, run, optimizer, grouped, order, forced, step: 0, steps }
    }

    /// Draws the windows of an epoch from their groups.
    fn sample_windows(&mut self, rng: &mut impl Rng) {
        self.order.clear();
        let mut first = 0;
        for group in self.run.training.groups {
            let (drawn, _) = self.grouped[first..group.end].partial_shuffle(rng, group.drawn);
            self.order.extend_from_slice(drawn);
            first = group.end;
        }
    }

    /// Continues after `epochs` epochs. The random numbers of those epochs are drawn again.
    fn resume(&mut self, epochs: usize, next: &NextEpoch<F>, rng: &mut impl Rng) {
        let batches = self.steps / self.run.options.epochs;
        for _ in 0..epochs {
            self.shuffle(rng);
            (0..batches).for_each(|_| self.sample_teacher_forcing(rng));
        }
        self.step = epochs * batches;
        self.network.set_values(&next.weights);
        self.network.set_dropout_state(&next.dropout);
        self.optimizer.set_state(&next.optimizer);
    }

    /// Puts the windows of the next epoch in a new random order.
    fn shuffle(&mut self, rng: &mut impl Rng) {
        if !self.run.training.groups.is_empty() {
            self.sample_windows(rng);
        }
        self.order.shuffle(rng);
    }

    /// Draws the steps of a path at which the next batch reads the true target.
    fn sample_teacher_forcing(&mut self, rng: &mut impl Rng) {
        if self.run.options.teacher_forcing > 0.0 && self.forced.len() > 1 {
            self.forced.fill_with(|| rng.random_bool(self.run.options.teacher_forcing));
        }
    }

    /// Runs one epoch and measures the loss after it.
    fn epoch(&mut self, epoch: usize, rng: &mut impl Rng) -> Result<Epoch, Diverged> {
        let start = Instant::now();
        let train_loss = self.train(rng);
        let step_time = start.elapsed();
        let valid_loss = valid_loss(self.network, self.run);
        if !train_loss.is_finite() || valid_loss.is_some_and(|loss| !loss.is_finite()) {
            return Err(Diverged { epoch });
        }
        Ok(Epoch { epoch, train_loss, valid_loss, step_time, windows: self.order.len() })
    }

    /// Makes one pass over the windows of an epoch in a new random order; returns their mean loss. Does not allocate.
    fn train(&mut self, rng: &mut impl Rng) -> f64 {
        self.shuffle(rng);
        let mut sum = 0.0;
        for first in (0..self.order.len()).step_by(self.run.options.batch_size) {
            let last = self.order.len().min(first + self.run.options.batch_size);
            sum += self.batch(first, last, rng);
        }
        sum / (self.order.len() * self.run.samples.steps) as f64
    }

    /// Takes one step; returns the sum of the losses of its windows.
    fn batch(&mut self, first: usize, last: usize, rng: &mut impl Rng) -> f64 {
        self.sample_teacher_forcing(rng);
        let Run { samples, loss, .. } = self.run;
        let sum = self.network.forward_backward(samples, &self.order[first..last], loss, &self.forced);
        let rate = self.learning_rate();
        self.network.step(&mut self.optimizer, self.run.options.clip_norm, rate);
        self.step += 1;
        sum
    }

    /// Returns the learning rate: half a cosine (Loshchilov & Hutter 2017), multiplied by a linear rise over the first
    /// steps.
    fn learning_rate(&self) -> f64 {
        let warm = ((self.step + 1) as f64 / WARM_UP as f64).min(1.0);
        let done = self.step as f64 / self.steps as f64;
        self.run.options.learning_rate * warm * 0.5 * (1.0 + (std::f64::consts::PI * done).cos())
    }
}
