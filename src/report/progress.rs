//! How training, tests and explanations go on, on standard error.

use std::cell::OnceCell;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar as Bar, ProgressStyle};

use super::number::thousands;
use super::terminal::print_message;
use crate::eval::backtest::BacktestProgress;
use crate::model::FitProgress;
use crate::nn::train::Epoch;

// They fit a terminal of 80 columns: a line that wraps would be drawn anew below itself.
const EXACT: &str = "epoch {pos}/{len} {wide_bar} {msg}";
const AT_MOST: &str = "epoch {pos} of at most {len} {wide_bar} {msg}";

/// In characters that every terminal has.
fn set_style(bar: &Bar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

/// A bar with epoch, losses, speed and time to go.
pub struct ProgressBar {
    bar: Bar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    windows: usize,
    work: Duration,
}

impl Default for ProgressBar {
    fn default() -> Self {
        Self::new()
    }
}

impl ProgressBar {
    /// Drawn on standard error once training starts.
    pub fn new() -> Self {
        ProgressBar { bar: Bar::no_length(), state: Mutex::default() }
    }
}

impl FitProgress for ProgressBar {
    fn start(&self, epochs: usize, may_stop_early: bool) {
        // The total is that of the networks of both fits. It falls where one of them stops early.
        let template = if may_stop_early { AT_MOST } else { EXACT };
        set_style(&self.bar, template);
        self.bar.set_length(epochs as u64);
    }

    fn epoch(&self, _network: usize, epoch: &Epoch) {
        let Ok(mut state) = self.state.lock() else { return };
        state.windows += epoch.windows;
        state.work += epoch.work;
        let speed = thousands((state.windows as f64 / state.work.as_secs_f64() / 1000.0) as usize);
        let valid = epoch.valid_loss.map_or(String::new(), |loss| format!(" / {loss:.4}"));
        self.bar.inc(1);
        // Not in the template: nothing is known of the time before the first epoch has ended.
        let left = HumanDuration(self.bar.eta());
        self.bar.set_message(format!("loss {:.4}{valid}, {speed}k windows/s, {left:#} left", epoch.train_loss));
    }

    fn done(&self, saved: usize) {
        // Networks end in several threads.
        let Ok(_held) = self.state.lock() else { return };
        self.bar.set_length(self.bar.length().unwrap_or(0).saturating_sub(saved as u64));
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of the fits of a backtest, with the time to go.
pub struct FitBar {
    bar: Bar,
}

impl Default for FitBar {
    fn default() -> Self {
        Self::new()
    }
}

impl FitBar {
    /// Drawn on standard error once the walk starts.
    pub fn new() -> Self {
        FitBar::with("fit {pos}/{len} {wide_bar} {eta} left")
    }

    /// The same behind a label.
    pub fn labelled(label: &str) -> Self {
        let drawn = FitBar::with("{msg}, fit {pos}/{len} {wide_bar} {eta} left");
        drawn.bar.set_message(label.to_owned());
        drawn
    }

    fn with(template: &str) -> Self {
        let bar = Bar::no_length();
        set_style(&bar, template);
        FitBar { bar }
    }
}

/// A bar of a long explanation, with the time to go.
pub struct ExplainBar {
    bar: Option<Bar>,
}

impl ExplainBar {
    /// Drawn on standard error from the first step on, if it `is_drawn`.
    pub fn new(is_drawn: bool) -> Self {
        let with = || FitBar::with("day {pos}/{len} {wide_bar} {eta} left").bar;
        ExplainBar { bar: is_drawn.then(with) }
    }

    /// So many of all steps are done.
    pub fn observe(&self, done: usize, all: usize) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        if done == all {
            bar.finish_and_clear();
        }
    }
}

impl BacktestProgress for FitBar {
    fn start(&self, fits: usize) {
        self.bar.set_length(fits as u64);
    }

    fn fitted(&self) {
        self.bar.inc(1);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of the evaluations of a search, with the time to go.
pub struct TuneBar {
    bar: Bar,
}

impl Default for TuneBar {
    fn default() -> Self {
        Self::new()
    }
}

impl TuneBar {
    /// Drawn on standard error once the search starts.
    pub fn new() -> Self {
        TuneBar { bar: FitBar::with("evaluation {pos} of at most {len} {wide_bar} {eta} left").bar }
    }

    /// At most so many are planned, of which so many are known.
    pub fn start(&self, planned: usize, known: usize) {
        self.bar.set_length(planned as u64);
        self.bar.set_position(known as u64);
        self.bar.reset_eta();
    }

    /// One more is known.
    pub fn evaluated(&self) {
        self.bar.inc(1);
    }

    /// Prints a line above the bar.
    pub fn print(&self, line: &str) {
        self.bar.suspend(|| print_message(None, line));
    }

    /// All are known.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of the series of a run, with the time to go. Nothing is drawn before it is known that there are several.
pub struct SeriesBar {
    is_drawn: bool,
    /// Made with the first call of [`observe`](SeriesBar::observe): a bar that exists is drawn after every message.
    bar: OnceCell<Bar>,
}

impl SeriesBar {
    /// Of a run that draws one, or not.
    pub fn new(is_drawn: bool) -> Self {
        SeriesBar { is_drawn, bar: OnceCell::new() }
    }

    /// So many of several series are done, and so many are known.
    pub fn observe(&self, done: usize, known: usize) {
        if self.is_drawn {
            let bar = self.bar.get_or_init(|| FitBar::with("series {pos}/{len} {wide_bar} {eta} left").bar);
            bar.set_length(known as u64);
            bar.set_position(done as u64);
        }
    }

    /// Prints something in the place of the bar, which is drawn again below it.
    pub fn print_above<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.bar.get() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Removes it.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

/// A time in words: `2 minutes`.
pub fn about(seconds: f64) -> String {
    HumanDuration(Duration::from_secs_f64(seconds.max(1.0))).to_string()
}

/// A line an epoch.
pub struct EpochLines {
    ensemble: usize,
}

impl EpochLines {
    /// For ensembles of that size.
    pub fn new(ensemble: usize) -> Self {
        EpochLines { ensemble }
    }
}

impl FitProgress for EpochLines {
    fn start(&self, _epochs: usize, _may_stop_early: bool) {}

    fn epoch(&self, network: usize, epoch: &Epoch) {
        let fit = network / self.ensemble + 1;
        let member = network % self.ensemble + 1;
        let speed = thousands((epoch.windows as f64 / epoch.work.as_secs_f64()) as usize);
        let valid = epoch.valid_loss.map_or(String::new(), |loss| format!(", {loss:.4} validation"));
        let (number, loss) = (epoch.epoch, epoch.train_loss);
        print_message(
            None,
            format_args!("fit {fit}, network {member}, epoch {number}: loss {loss:.4}{valid}, {speed} windows/s"),
        );
    }

    fn done(&self, _saved: usize) {}

    fn finish(&self) {}
}
