//! The checkpoint of a training run: when it is written, and how training continues from it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use crate::cli::interrupt::Stoppable;
use crate::cli::{note, warn};
use crate::files::FileError;
use crate::model::{Checkpoint, FitProgress};
use crate::nn::train::Epoch;
use crate::words::counted;

/// The consequence of a checkpoint that cannot be written.
const WITHOUT: &str = "the training continues without it; --checkpoint-every 0 writes no checkpoint";

/// Maximum number of seconds between two checkpoints: a year.
const MAX_SECONDS: f64 = 31_536_000.0;

/// Options about the checkpoint.
#[derive(Debug, Args)]
#[command(next_help_heading = "Training")]
pub(super) struct CheckpointArgs {
    /// Continue an interrupted training run, with the same prices and options, from the checkpoint beside the
    /// model; the model is the one that the whole training would have written. Without a checkpoint train from the
    /// start
    #[arg(long)]
    resume: bool,
    /// Write a checkpoint beside the model, MODEL.checkpoint, at this interval in seconds until the model is written; 0
    /// for none
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    checkpoint_every: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("expected a number of seconds from 0 to {MAX_SECONDS}, for example 60")),
    }
}

/// The checkpoints of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checkpoints {
    every: Option<Duration>,
    resumes: bool,
    quiet: bool,
}

impl CheckpointArgs {
    pub fn resolve(&self, quiet: bool) -> Checkpoints {
        let every = Some(self.checkpoint_every).filter(|every| !every.is_zero());
        Checkpoints { every, resumes: self.resume, quiet }
    }
}

impl Checkpoints {
    /// Returns the setting without checkpoints.
    pub fn none() -> Checkpoints {
        Checkpoints { every: None, resumes: false, quiet: true }
    }

    /// Returns the checkpoint of a model, if it is read or written.
    pub fn of(&self, model: &Path) -> Option<Checkpoint> {
        (self.every.is_some() || self.resumes).then(|| Checkpoint::of_model(model, self.every, self.resumes))
    }

    /// Returns the note on how an interrupted run over many series can be continued.
    pub fn remark(&self) -> &'static str {
        if self.every.is_some() { "; the same command with --resume continues with those that had begun" } else { "" }
    }

    /// Returns the progress of the training of a model, with its checkpoint.
    pub fn progress(&self, inner: Stoppable<dyn FitProgress>, model: &Path) -> Resumable {
        let checkpoint = self.of(model);
        let left = checkpoint.as_ref().filter(|checkpoint| checkpoint.is_there() && !self.resumes);
        let unreadable = left.and_then(|left| Some((left.path().display(), left.unreadable()?)));
        let has_failed = AtomicBool::new(unreadable.is_some());
        match (left, unreadable) {
            _ if self.quiet => {}
            (_, Some((path, error))) => warn(&format!("{path}: cannot be read: {error}"), Some(WITHOUT)),
            (Some(left), None) => {
                let path = left.path().display();
                note(&format!(
                    "{path}: holds an interrupted training run; this run starts from the beginning, --resume continues it"
                ));
            }
            (None, None) => {}
        }
        Resumable { inner, checkpoint, quiet: self.quiet, has_failed }
    }
}

/// Removes a checkpoint after the model was written. If it cannot be removed, only a warning is printed, because the
/// results do not depend on it.
pub(super) fn remove(checkpoint: Option<&Checkpoint>, quiet: bool) {
    let Some(checkpoint) = checkpoint else { return };
    if let Err(error) = checkpoint.remove()
        && !quiet
    {
        let message = format!("{}: cannot be removed: {error}", checkpoint.path().display());
        warn(&message, Some("remove it: the model is written"));
    }
}

/// The progress of a fit that keeps its state in a checkpoint.
pub(super) struct Resumable {
    inner: Stoppable<dyn FitProgress>,
    checkpoint: Option<Checkpoint>,
    quiet: bool,
    has_failed: AtomicBool,
}

impl Resumable {
    /// Returns the note on how an interrupted training run can be continued, if it can.
    pub fn remark(&self) -> &'static str {
        let is_kept = self.checkpoint.as_ref().is_some_and(Checkpoint::is_there);
        if is_kept { "; the same command with --resume goes on" } else { "" }
    }
}

impl FitProgress for Resumable {
    fn start(&self, networks: usize, epochs: usize, may_stop_early: bool) {
        self.inner.start(networks, epochs, may_stop_early);
    }

    fn epoch(&self, network: usize, epoch: &Epoch) {
        self.inner.epoch(network, epoch);
    }

    fn planned(&self, windows_and_epochs: &[(usize, usize)]) {
        self.inner.planned(windows_and_epochs);
    }

    fn done(&self, network: usize, saved: usize) {
        self.inner.done(network, saved);
    }

    fn stopping(&self, epochs: usize) {
        self.inner.stopping(epochs);
    }

    fn finish(&self) {
        self.inner.finish();
    }

    fn is_stopped(&self) -> bool {
        self.inner.is_stopped()
    }

    fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    fn resumed(&self, epochs: Option<&[usize]>) {
        let Some(path) = self.checkpoint.as_ref().map(|checkpoint| checkpoint.path().display()) else { return };
        match epochs {
            _ if self.quiet => {}
            Some([test, model]) => note(&format!(
                "{path}: continuing after {} of the fit that is tested and {} of the model, over all of their networks",
                counted(*test, "epoch"),
                counted(*model, "epoch")
            )),
            Some(epochs) => {
                let epochs = counted(epochs.iter().sum(), "epoch");
                note(&format!("{path}: continuing after {epochs}, over all networks"));
            }
            None => note(&format!("{path}: no such file, training from the start")),
        }
    }

    fn checkpoint_failed(&self, error: &FileError) {
        if !self.has_failed.swap(true, Ordering::Relaxed) && !self.quiet {
            warn(&error.to_string(), Some(WITHOUT));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_number_from_zero() {
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        assert_eq!(seconds(" 0.25 "), Ok(Duration::from_millis(250)));
        for text in ["-1", "nan", "inf", "", "1e9", "x"] {
            assert!(seconds(text).unwrap_err().contains("from 0 to 31536000"), "{text}");
        }
    }
}
