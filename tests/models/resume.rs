//! A training run that is continued from a checkpoint gives the same bytes as one that was not interrupted.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{config, with_bars};
use fourcast::model::{
    Checkpoint, CheckpointProblem, Config, FitError, FitOptions, FitProgress, Forecaster, Init, InitialWeights,
    SilentFit, fit, fit_several, save,
};
use fourcast::nn::train::Epoch;
use fourcast::nn::{CellKind, Topology};
use fourcast::prices::PriceSeries;

/// Stops after a number of epochs, and copies the checkpoint while networks are trained.
struct Watched {
    checkpoint: Checkpoint,
    left: AtomicUsize,
    resumed: Mutex<Option<Option<usize>>>,
    copies: Mutex<Vec<Vec<u8>>>,
    /// Epochs that were run, and the total once training was to stop.
    run: AtomicUsize,
    to_run: Mutex<Option<usize>>,
}

impl Watched {
    fn new(model: &Path, every: Duration, epochs: usize) -> Watched {
        Watched {
            checkpoint: Checkpoint::of_model(model, Some(every), true),
            left: AtomicUsize::new(epochs),
            resumed: Mutex::default(),
            copies: Mutex::default(),
            run: AtomicUsize::new(0),
            to_run: Mutex::default(),
        }
    }
}

impl FitProgress for Watched {
    fn start(&self, _networks: usize, _epochs: usize, _may_stop_early: bool) {}
    fn epoch(&self, _network: usize, _epoch: &Epoch) {
        self.run.fetch_add(1, Ordering::Relaxed);
        if let Ok(bytes) = fs::read(self.checkpoint.path()) {
            self.copies.lock().unwrap().push(bytes);
        }
    }
    fn done(&self, _network: usize, _saved: usize) {}
    fn stopping(&self, epochs: usize) {
        *self.to_run.lock().unwrap() = Some(epochs);
    }
    fn finish(&self) {}
    fn is_stopped(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
    fn checkpoint(&self) -> Option<&Checkpoint> {
        Some(&self.checkpoint)
    }
    fn resumed(&self, epochs: Option<&[usize]>) {
        *self.resumed.lock().unwrap() = Some(epochs.map(|epochs| epochs.iter().sum()));
    }
}

const HOUR: Duration = Duration::from_secs(3600);
/// An interval that gives a checkpoint after every epoch.
const ALWAYS: Duration = Duration::from_nanos(1);

fn bytes(forecaster: &Forecaster) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m");
    save(forecaster, &path).unwrap();
    fs::read(path).unwrap()
}

fn trained(series: &[PriceSeries], config: &Config, threads: usize, progress: &dyn FitProgress) -> (Vec<u8>, bool) {
    let options = FitOptions { threads, ..FitOptions::default() };
    let fitted = match series {
        [only] => fit(only, config, None, options, progress).unwrap(),
        several => {
            let several: Vec<&PriceSeries> = several.iter().collect();
            fit_several(&several, config, None, options, progress).unwrap().fitted.unwrap()
        }
    };
    (bytes(&fitted.forecaster), fitted.stopped.is_some())
}

/// Stops a training run again and again, and continues it, also from copies of the file as a kill would have left it.
fn continues(series: &[PriceSeries], config: &Config, threads: usize) {
    let about = format!("{:?} {:?}, {threads} threads", config.cell, config.topology);
    let (whole, _) = trained(series, config, threads, &SilentFit);
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("m");
    let (mut runs, mut totals) = (0, 0);
    loop {
        let progress = Watched::new(&model, HOUR, 4);
        let (last, is_stopped) = trained(series, config, threads, &progress);
        if let Some(to_run) = *progress.to_run.lock().unwrap() {
            assert_eq!(to_run, progress.run.load(Ordering::Relaxed), "{about}: the total that was shown is run");
            totals += 1;
        }
        let known = progress.resumed.into_inner().unwrap().unwrap();
        assert_eq!(known.is_some(), runs > 0, "{about}: {known:?}");
        runs += 1;
        assert!(runs < 50, "{about}: it goes on");
        if !is_stopped {
            assert!(last == whole, "{about}: after {runs} runs");
            break;
        }
    }
    assert!(runs > 2 && totals > 1, "{about}: {runs} runs, {totals} totals");
    fs::remove_file(folder.path().join("m.checkpoint")).unwrap();
    let progress = Watched::new(&model, ALWAYS, usize::MAX);
    assert!(trained(series, config, threads, &progress).0 == whole, "{about}: with checkpoints");
    let copies = progress.copies.into_inner().unwrap();
    let mut different = copies.clone();
    different.dedup();
    assert!(different.len() > 3, "{about}: {} checkpoints", different.len());
    for copy in different.iter().step_by(different.len() / 3) {
        fs::write(folder.path().join("m.checkpoint"), copy).unwrap();
        let progress = Watched::new(&model, HOUR, usize::MAX);
        assert!(trained(series, config, threads, &progress).0 == whole, "{about}: from a copy");
        assert!(progress.resumed.into_inner().unwrap().unwrap().unwrap() > 0, "{about}");
    }
}

/// Returns a configuration with two layers with dropout, a decoder that is fed with true targets at random, and a
/// validation that stops training early.
fn of(cell: CellKind, topology: Topology) -> Config {
    let horizon = if topology == Topology::ManyToOne { 1 } else { 3 };
    let window = if topology == Topology::OneToMany { 1 } else { 4 };
    let teacher_forcing = if topology == Topology::ManyToOne { 0.0 } else { 0.5 };
    Config {
        cell,
        topology,
        horizon,
        window,
        teacher_forcing,
        layers: 2,
        dropout: 0.2,
        epochs: 7,
        patience: 3,
        ..config()
    }
}

#[test]
fn every_network_continues_to_the_same_bytes() {
    let series = [with_bars(260, 51)];
    for cell in CellKind::ALL {
        for topology in [Topology::ManyToOne, Topology::ManyToMany, Topology::OneToMany] {
            continues(&series, &of(cell, topology), 1);
        }
    }
}

/// Batches with more windows than a micro-batch has, on several threads.
#[test]
fn the_number_of_threads_changes_no_byte() {
    let series = [with_bars(400, 52)];
    let config = Config { batch_size: 100, ensemble: 3, ..of(CellKind::Lstm, Topology::ManyToOne) };
    for threads in [2, 7] {
        continues(&series, &config, threads);
    }
}

/// With several series, each epoch uses different windows.
#[test]
fn several_series_continue_to_the_same_bytes() {
    let named = |name: &str, series: PriceSeries| PriceSeries { name: name.into(), ..series };
    let series = [
        named("A", with_bars(600, 53)),
        named("B", with_bars(600, 54).slice(400..600)),
        named("C", with_bars(600, 55).slice(350..600)),
    ];
    continues(&series, &of(CellKind::Gru, Topology::ManyToMany), 2);
}

/// A training run does not continue from the checkpoint of another one.
#[test]
fn another_training_is_refused_and_says_what_differs() {
    let series = with_bars(260, 51);
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("m");
    let usual = of(CellKind::Lstm, Topology::ManyToOne);
    let options = FitOptions { threads: 1, ..FitOptions::default() };
    let run = |series: &PriceSeries, config: &Config, init: Option<&Init>, options: FitOptions| {
        fit(series, config, init, options, &Watched::new(&model, HOUR, 4))
    };
    let first = run(&series, &usual, None, options).unwrap();
    assert!(first.stopped.is_some());
    let before = fs::read(folder.path().join("m.checkpoint")).unwrap();
    let mut later = series.clone();
    *later.close.last_mut().unwrap() *= 1.01;
    *later.adjusted.last_mut().unwrap() *= 1.01;
    let mut earlier = series.clone();
    (earlier.close[40], earlier.adjusted[40]) = (earlier.close[40] * 1.01, earlier.adjusted[40] * 1.01);
    let init = Init { forecaster: first.forecaster, init_from: InitialWeights::Random };
    let both = "other prices or days of its test; other prices or days of the model";
    for (series, config, init, options, expected) in [
        (&series, Config { epochs: 8, ..usual.clone() }, None, options, "epochs 7, expected 8"),
        (&series, Config { seed: 5, ..usual.clone() }, None, options, "seed 4, expected 5"),
        (&series, Config { cell: CellKind::Gru, ..usual.clone() }, None, options, "cell lstm, expected gru"),
        (&series, Config { dropout: 0.25, ..usual.clone() }, None, options, "dropout 0.2, expected 0.25"),
        (
            &series,
            usual.clone(),
            Some(&init),
            options,
            "fits 2, expected 1; other initial weights; other prices or days of its test",
        ),
        (
            &series,
            usual.clone(),
            None,
            FitOptions { test_fraction: 0.3, ..options },
            "other prices or days of its test",
        ),
        (&later, usual.clone(), None, options, both),
        (&earlier, usual.clone(), None, options, both),
    ] {
        let error = run(series, &config, init, options).unwrap_err();
        let FitError::Checkpoint(error) = error else { panic!("{error}") };
        let CheckpointProblem::Differs(differing) = &error.problem else { panic!("{error}") };
        assert_eq!(differing.join("; "), expected);
        assert!(fs::read(folder.path().join("m.checkpoint")).unwrap() == before, "{expected}: the file changed");
    }
    // Options for observing a fit are not part of the training run.
    let watches = FitOptions { watches_test: true, evaluates: false, ..options };
    assert!(run(&series, &usual, None, watches).is_ok());
}

/// A training run that cannot go on leaves no checkpoint.
#[test]
fn a_training_that_diverges_leaves_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { learning_rate: 1e30, ..of(CellKind::Dense, Topology::ManyToOne) };
    let progress = Watched::new(&folder.path().join("m"), ALWAYS, usize::MAX);
    let options = FitOptions { threads: 1, ..FitOptions::default() };
    let error = fit(&with_bars(260, 51), &config, None, options, &progress).unwrap_err();
    assert!(matches!(error, FitError::Diverged { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
