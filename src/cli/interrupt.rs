//! Handles Ctrl-C while a model is trained or tested: the first ends the run in order, the second ends it at once.

use std::io::{IsTerminal, Write, stderr};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(unix)]
use std::sync::{Arc, OnceLock};

use super::note;
use crate::eval::backtest::BacktestProgress;
use crate::files;
use crate::model::FitProgress;
use crate::nn::train::Epoch;

/// Exit code of a run that Ctrl-C ended, in order or at once: the code that shells use for a program ended by SIGINT.
/// The requested work is not done, so a script that continues only after success stops, even if `train` has written a
/// model.
pub const INTERRUPTED: u8 = 130;

/// A run that Ctrl-C ended in order, with a message about what is done and what is not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Interrupted(pub String);

static STOP: AtomicBool = AtomicBool::new(false);

/// Whether a signal that ends the process in order has arrived. It is set as soon as the signal arrives.
#[cfg(unix)]
static ENDING: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Installs the handler of Ctrl-C: the first Ctrl-C sets a flag and prints that the run stops after `what`; the second
/// ends the program without leaving incomplete or temporary files. If Ctrl-C is ignored, as in the background of a
/// script, it stays ignored.
pub fn listen(what: &'static str) {
    let _ = ctrlc::try_set_handler(move || {
        if STOP.swap(true, Ordering::Relaxed) {
            files::abandon_writes();
            below_the_bar();
            note(&format!(
                "stopped at once: no file is left half written, and an old model is unchanged (exit code {INTERRUPTED})"
            ));
            process::exit(i32::from(INTERRUPTED));
        }
        below_the_bar();
        note(&format!("stopping after {what}; Ctrl-C again stops at once"));
    });
}

/// Ends the line of the progress bar, which contains ^C.
fn below_the_bar() {
    if stderr().is_terminal() {
        let _ = writeln!(stderr());
    }
}

/// Makes a write beyond the limit on the size of files (`ulimit -f`) an error, like a write to a full disk. Otherwise
/// the signal sent before the error would end the program at once.
pub fn survive_file_limit() {
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Installs the handler of SIGTERM and SIGHUP, which removes the temporary files and the locks on models before the
/// signal ends the process. If SIGHUP is ignored, as under `nohup`, it stays ignored.
pub fn end_in_order() {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGTERM};

        let signals = if is_ignored(SIGHUP) { vec![SIGTERM] } else { vec![SIGTERM, SIGHUP] };
        let Ok(mut arrived) = signal_hook::iterator::Signals::new(&signals) else { return };
        let ending = ENDING.get_or_init(Arc::default);
        for signal in signals {
            let _ = signal_hook::flag::register(signal, Arc::clone(ending));
        }
        std::thread::spawn(move || {
            for signal in arrived.forever() {
                files::abandon_writes();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
}

/// If SIGTERM or SIGHUP has arrived, waits for the end of the process, because the handling thread can take longer than
/// the rest of the command. A write that it abandoned must not be reported as an error, and the exit code must be that
/// of the signal.
pub fn wait_if_ending() {
    #[cfg(unix)]
    while ENDING.get().is_some_and(|ending| ending.load(Ordering::SeqCst)) {
        std::thread::park();
    }
}

/// Whether this process ignores a signal. If `/proc` does not tell, the signal is assumed to be ignored, because a run
/// under `nohup` must continue.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let ignored = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    });
    ignored.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether Ctrl-C was pressed since [`listen`].
pub fn is_stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// The progress of a fit or a backtest that Ctrl-C can end.
pub struct Stoppable<P: ?Sized>(pub Box<P>);

impl FitProgress for Stoppable<dyn FitProgress> {
    fn start(&self, networks: usize, epochs: usize, may_stop_early: bool) {
        self.0.start(networks, epochs, may_stop_early);
    }

    fn epoch(&self, network: usize, epoch: &Epoch) {
        self.0.epoch(network, epoch);
    }

    fn planned(&self, windows_and_epochs: &[(usize, usize)]) {
        self.0.planned(windows_and_epochs);
    }

    fn done(&self, network: usize, saved: usize) {
        self.0.done(network, saved);
    }

    fn stopping(&self, epochs: usize) {
        self.0.stopping(epochs);
    }

    fn finish(&self) {
        self.0.finish();
    }

    fn is_stopped(&self) -> bool {
        is_stopped()
    }
}

impl BacktestProgress for Stoppable<dyn BacktestProgress> {
    fn start(&self, fits: usize, rows: usize) {
        self.0.start(fits, rows);
    }

    fn fitted(&self, rows: usize) {
        self.0.fitted(rows);
    }

    fn finish(&self) {
        self.0.finish();
    }

    fn is_stopped(&self) -> bool {
        is_stopped()
    }
}
