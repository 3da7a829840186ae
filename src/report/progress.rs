//! Progress of training, tests and explanations, on standard error.

use std::cell::OnceCell;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar as Bar, ProgressState, ProgressStyle};

use super::number::{counted, thousands};
use super::remaining::Work;
use super::terminal::{error_width, print_message};
use crate::eval::backtest::BacktestProgress;
use crate::model::FitProgress;
use crate::nn::train::Epoch;

/// Minimum width of a line with a bar; narrower lines have only text.
const WITH_BAR: usize = 80;
/// Minimum width of the bar.
const BAR: usize = 12;
/// Width of the terminal if it is unknown.
const USUAL: usize = 80;

/// The progress line of a training run: the epochs of all networks of all fits, with numbers beside them. It must fit
/// the terminal, because a wrapped line would be redrawn below itself instead of in place.
struct EpochLine {
    /// The number of fits, and of networks in each.
    fits: (usize, usize),
    epochs: usize,
    may_stop_early: bool,
    width: usize,
}

impl EpochLine {
    /// Returns the longest text that fits: the epoch, the total, and what the total covers.
    fn counter(&self, epoch: &str, epochs: &str) -> String {
        let of = if self.may_stop_early { " of at most " } else { "/" };
        let short = format!("epoch {epoch}{of}{epochs}");
        let (fits, networks) = self.fits;
        let of_fit = counted(networks, "network");
        let (middle, long) = match fits {
            1 => (format!("{short} of {of_fit}"), format!("{short} of {of_fit}")),
            fits => (format!("{short}, {fits} fits x {networks}"), format!("{short} over {fits} fits of {of_fit}")),
        };
        // The placeholders of the template stand for numbers of at most this many digits in total.
        let digits = 2 * self.epochs.to_string().len();
        let length = |text: &str| text.chars().count() - epoch.len() - epochs.len() + digits;
        [long, middle].into_iter().find(|text| length(text) < self.width).unwrap_or(short)
    }

    fn template(&self) -> String {
        let bar = if self.width < WITH_BAR { "{msg}" } else { " {wide_bar}{msg}" };
        self.counter("{pos}", "{len}") + bar
    }

    /// Joins the first texts, as many as fit beside the counter.
    fn message(&self, texts: &[String]) -> String {
        let number = self.epochs.to_string();
        let bar = if self.width < WITH_BAR { 0 } else { BAR };
        let mut room = self.width.saturating_sub(self.counter(&number, &number).chars().count() + bar + 1);
        let mut message = String::new();
        for text in texts {
            let between = if message.is_empty() && self.width >= WITH_BAR { " " } else { ", " };
            let Some(rest) = room.checked_sub(between.len() + text.chars().count()) else { break };
            room = rest;
            message += between;
            message += text;
        }
        message
    }
}

/// Sets a template, with a bar of ASCII characters, which every terminal can show.
fn set_style(bar: &Bar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

/// Writes the remaining time once a few parts are done. Before, it cannot be estimated.
fn write_time(state: &ProgressState, left: Duration, out: &mut dyn fmt::Write) {
    const MIN_PARTS: u64 = 3;
    if state.pos() >= MIN_PARTS {
        // An error here only affects the bar.
        let _ = write!(out, "{:#} left", HumanDuration(left));
    }
}

/// A bar with epoch, losses, speed and remaining time.
pub struct ProgressBar {
    bar: Bar,
    /// Networks of a fit.
    ensemble: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    line: Option<EpochLine>,
    windows: usize,
    work: Duration,
    /// The fit to which the last epoch belongs.
    fit: Option<&'static str>,
    /// Windows per epoch, for each network.
    of_epoch: Vec<usize>,
    /// The windows of all epochs.
    to_train: Option<Work>,
    /// Whether the training will end before its last epoch.
    is_stopping: bool,
}

impl State {
    /// Returns the remaining time; none before the first epoch is done.
    fn left(&self) -> Option<Duration> {
        self.to_train.as_ref()?.left()
    }
}

impl ProgressBar {
    /// Creates a bar for fits of `ensemble` networks each. It is drawn on standard error once training starts.
    pub fn new(ensemble: usize) -> Self {
        ProgressBar { bar: Bar::no_length(), ensemble: ensemble.max(1), state: Mutex::default() }
    }
}

/// Returns the fit that a network belongs to. If there are two fits, the networks of the test fit come first.
fn fit_of(network: usize, (fits, ensemble): (usize, usize)) -> &'static str {
    if network / ensemble + 1 < fits { "test fit" } else { "final fit" }
}

impl FitProgress for ProgressBar {
    fn start(&self, networks: usize, epochs: usize, may_stop_early: bool) {
        let Ok(mut state) = self.state.lock() else { return };
        let fits = (networks.div_ceil(self.ensemble), networks.min(self.ensemble));
        let line = EpochLine { fits, epochs, may_stop_early, width: error_width().unwrap_or(USUAL) };
        set_style(&self.bar, &line.template());
        state.line = Some(line);
        self.bar.set_length(epochs as u64);
    }

    fn planned(&self, windows_and_epochs: &[(usize, usize)]) {
        let Ok(mut state) = self.state.lock() else { return };
        state.of_epoch = windows_and_epochs.iter().map(|(windows, _)| *windows).collect();
        // Counted in windows, because the epochs of different fits have different lengths.
        state.to_train = Some(Work::new(windows_and_epochs.iter().map(|(windows, epochs)| windows * epochs).sum()));
    }

    fn epoch(&self, network: usize, epoch: &Epoch) {
        let Ok(mut state) = self.state.lock() else { return };
        state.to_train.iter_mut().for_each(|work| work.finish(epoch.windows));
        state.windows += epoch.windows;
        state.work += epoch.step_time;
        let speed = thousands((state.windows as f64 / state.work.as_secs_f64() / 1000.0) as usize);
        let unseen = epoch.valid_loss.map_or(String::new(), |loss| format!(", validation {loss:.4}"));
        self.bar.inc(1);
        // Part of the message, not of the template: the remaining time is unknown until the first epoch has ended.
        let left = HumanDuration(state.left().unwrap_or_default());
        let fits = state.line.as_ref().map_or(1, |line| line.fits.0);
        let fit = fit_of(network, (fits, self.ensemble));
        let texts = [
            fit.to_owned(),
            format!("{left:#} left"),
            format!("loss {:.4}{unseen}", epoch.train_loss),
            format!("{speed}k windows/s"),
        ];
        self.bar.set_message(state.line.as_ref().map_or(String::new(), |line| line.message(&texts)));
        // Drawn at once, so that even a short fit is visible.
        if state.fit.replace(fit) != Some(fit) {
            self.bar.force_draw();
        }
    }

    fn done(&self, network: usize, saved: usize) {
        // Networks can finish in different threads.
        let Ok(mut state) = self.state.lock() else { return };
        if state.is_stopping {
            return;
        }
        let windows = saved * state.of_epoch.get(network).copied().unwrap_or(0);
        state.to_train.iter_mut().for_each(|work| work.leave(windows));
        self.bar.set_length(self.bar.length().unwrap_or(0).saturating_sub(saved as u64));
    }

    fn stopping(&self, epochs: usize) {
        let Ok(mut state) = self.state.lock() else { return };
        state.is_stopping = true;
        let rest = epochs.saturating_sub(self.bar.position() as usize);
        let longest = state.of_epoch.iter().copied().max().unwrap_or(0);
        state.to_train.iter_mut().for_each(|work| work.set_rest(rest * longest));
        if let Some(line) = &mut state.line {
            // The number of epochs is now known.
            line.may_stop_early = false;
            set_style(&self.bar, &line.template());
        }
        self.bar.set_length(epochs as u64);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of the fits of a backtest, with the remaining time.
pub struct FitBar {
    bar: Bar,
    label: String,
    /// The rows of all fits.
    rows: Arc<Mutex<Option<Work>>>,
}

impl Default for FitBar {
    fn default() -> Self {
        Self::new()
    }
}

impl FitBar {
    /// Creates a bar that is drawn on standard error once the walk starts.
    pub fn new() -> Self {
        FitBar::labelled("")
    }

    /// Creates a bar with a label before it.
    pub fn labelled(label: &str) -> Self {
        FitBar { bar: Bar::no_length(), label: label.to_owned(), rows: Arc::default() }
    }

    fn set_template(&self, template: &str) {
        let known = Arc::clone(&self.rows);
        let write_left = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let left = known.lock().ok().and_then(|rows| rows.as_ref()?.left());
            write_time(state, left.unwrap_or_else(|| state.eta()), out);
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> ").with_key("left", write_left));
        }
    }
}

/// Returns the template for this many fits, with a label before it. In a narrow terminal, the bar and the time are left
/// out; if necessary, the label too.
fn fit_template(label: &str, fits: usize, width: usize) -> String {
    /// Width of `2 minutes left`, the blanks around it and a bar of one column.
    const WITH_TIME: usize = 18;
    let counter = "fit ".len() + 2 * fits.to_string().len() + 1;
    let (before, label) = match label.chars().count() {
        0 => (0, String::new()),
        // Braces in a template mark placeholders, so those of the label are doubled.
        count => (count + 2, label.replace('{', "{{").replace('}', "}}") + ", "),
    };
    match before + counter {
        length if length + WITH_TIME < width => format!("{label}fit {{pos}}/{{len}} {{wide_bar}} {{left}}"),
        length if length < width => format!("{label}fit {{pos}}/{{len}}"),
        _ => "fit {pos}/{len}".into(),
    }
}

/// Creates a bar for parts of one kind, with the remaining time.
fn bar_of(template: &str) -> Bar {
    let all = FitBar::new();
    all.set_template(template);
    all.bar
}

/// A bar of a long explanation, with the remaining time.
pub struct ExplainBar {
    bar: Option<Bar>,
}

impl ExplainBar {
    /// Creates a bar that is drawn on standard error from the first step, if `is_drawn`.
    pub fn new(is_drawn: bool) -> Self {
        let with = || bar_of("day {pos}/{len} {wide_bar} {left}");
        ExplainBar { bar: is_drawn.then(with) }
    }

    /// Sets how many of all steps are done.
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
    fn start(&self, fits: usize, rows: usize) {
        if let Ok(mut all) = self.rows.lock() {
            *all = Some(Work::new(rows));
        }
        // A bar is drawn once it has a length; forecasters without fits must not draw one.
        if fits > 0 {
            self.set_template(&fit_template(&self.label, fits, error_width().unwrap_or(USUAL)));
            self.bar.set_length(fits as u64);
        }
    }

    fn fitted(&self, rows: usize) {
        if let Ok(mut all) = self.rows.lock() {
            all.iter_mut().for_each(|work| work.finish(rows));
        }
        self.bar.inc(1);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of the evaluations of a search, with the remaining time.
pub struct TuneBar {
    bar: Bar,
}

impl Default for TuneBar {
    fn default() -> Self {
        Self::new()
    }
}

impl TuneBar {
    /// Creates a bar that is drawn on standard error once the search starts.
    pub fn new() -> Self {
        TuneBar { bar: bar_of("evaluation {pos} of at most {len} {wide_bar} {left}") }
    }

    /// Starts the bar: at most `planned` evaluations, of which `known` are known.
    pub fn start(&self, planned: usize, known: usize) {
        self.bar.set_length(planned as u64);
        self.bar.set_position(known as u64);
        self.bar.reset_eta();
    }

    /// Counts one more evaluation.
    pub fn evaluated(&self) {
        self.bar.inc(1);
    }

    /// Prints a line above the bar.
    pub fn print(&self, line: &str) {
        self.bar.suspend(|| print_message(None, line));
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar of the series of a run, with the remaining time. It is drawn only once several series are known.
pub struct SeriesBar {
    is_drawn: bool,
    /// Created by the first call of [`observe`](SeriesBar::observe), because an existing bar is redrawn after every
    /// message.
    bar: OnceCell<Bar>,
}

impl SeriesBar {
    /// Creates a bar that is drawn if `is_drawn`.
    pub fn new(is_drawn: bool) -> Self {
        SeriesBar { is_drawn, bar: OnceCell::new() }
    }

    /// Sets how many series are done and how many are known.
    pub fn observe(&self, done: usize, known: usize) {
        if self.is_drawn {
            let bar = self.bar.get_or_init(|| bar_of("series {pos}/{len} {wide_bar} {left}"));
            bar.set_length(known as u64);
            bar.set_position(done as u64);
        }
    }

    /// Prints above the bar: removes it and draws it again below.
    pub fn print_above<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.bar.get() {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

/// Formats a time in words: `2 minutes`.
pub fn about(seconds: f64) -> String {
    HumanDuration(Duration::from_secs_f64(seconds.max(1.0))).to_string()
}

/// Progress as one line per epoch.
pub struct EpochLines {
    ensemble: usize,
    /// One fit, or two with a test fit.
    fits: AtomicUsize,
}

impl EpochLines {
    /// Creates the progress of fits of `ensemble` networks each.
    pub fn new(ensemble: usize) -> Self {
        EpochLines { ensemble: ensemble.max(1), fits: AtomicUsize::new(1) }
    }
}

impl FitProgress for EpochLines {
    fn start(&self, networks: usize, _epochs: usize, _may_stop_early: bool) {
        self.fits.store(networks.div_ceil(self.ensemble), Ordering::Relaxed);
    }

    fn epoch(&self, network: usize, epoch: &Epoch) {
        let fit = fit_of(network, (self.fits.load(Ordering::Relaxed), self.ensemble));
        let member = network % self.ensemble + 1;
        let speed = thousands((epoch.windows as f64 / epoch.step_time.as_secs_f64()) as usize);
        // The loss on the validation windows, or on the test days if there are none.
        let unseen = epoch.valid_loss.map_or(String::new(), |loss| format!(", {loss:.4} on unseen days"));
        let (number, loss) = (epoch.epoch, epoch.train_loss);
        print_message(
            None,
            format_args!("{fit}, network {member}, epoch {number}: loss {loss:.4}{unseen}, {speed} windows/s"),
        );
    }

    fn done(&self, _network: usize, _saved: usize) {}

    fn finish(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(width: usize, may_stop_early: bool) -> EpochLine {
        EpochLine { fits: (2, 3), epochs: 360, may_stop_early, width }
    }

    #[test]
    fn the_line_of_fits_is_no_wider_than_the_terminal() {
        let whole = "fit {pos}/{len} {wide_bar} {left}";
        assert_eq!(fit_template("", 8, 40), whole);
        assert_eq!(fit_template("lstm (1 of 6)", 8, 80), format!("lstm (1 of 6), {whole}"));
        assert_eq!(fit_template("lstm-many-to-one-2 (1 of 6)", 6, 40), "lstm-many-to-one-2 (1 of 6), fit {pos}/{len}");
        assert_eq!(fit_template("lstm-many-to-many-22 (10 of 16)", 1000, 40), "fit {pos}/{len}");
        assert_eq!(fit_template("{a}", 1, 80), format!("{{{{a}}}}, {whole}"));
    }

    #[test]
    fn the_counter_says_what_it_counts_and_fits_the_terminal() {
        let texts =
            ["test fit".to_owned(), "12s left".into(), "loss 1.3489 / 1.1974".into(), "1,234k windows/s".into()];
        for (width, may_stop_early, expected) in [
            (40, false, "epoch 12/360 over 2 fits of 3 networks"),
            (40, true, "epoch 12 of at most 360, 2 fits x 3"),
            (50, false, "epoch 12/360 over 2 fits of 3 networks, test fit"),
            (24, true, "epoch 12 of at most 360"),
            (80, false, "epoch 12/360 over 2 fits of 3 networks test fit, 12s left"),
            (120, true, "epoch 12 of at most 360 over 2 fits of 3 networks test fit, 12s left, loss 1.3489 / 1.1974"),
        ] {
            let line = line(width, may_stop_early);
            assert_eq!(line.counter("12", "360") + &line.message(&texts), expected);
            assert!(expected.len() < width, "{expected}");
        }
        assert_eq!(line(80, true).template(), "epoch {pos} of at most {len} over 2 fits of 3 networks {wide_bar}{msg}");
        assert_eq!(line(40, false).template(), "epoch {pos}/{len} over 2 fits of 3 networks{msg}");
        assert_eq!(EpochLine { fits: (1, 1), ..line(80, false) }.counter("1", "9"), "epoch 1/9 of 1 network");
        let fits = [0, 2, 3, 5].map(|network| fit_of(network, (2, 3)));
        assert_eq!(fits, ["test fit", "test fit", "final fit", "final fit"]);
        assert_eq!(fit_of(0, (1, 3)), "final fit");
    }
}
