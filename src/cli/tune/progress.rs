//! The progress of a search: a bar on a terminal, a line with the estimated time, and the file of evaluations.

use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::Instant;

use crate::cli::interrupt::{self, Stoppable};
use crate::cli::note;
use crate::cli::output_args::Output;
use crate::eval::backtest::{BacktestProgress, SilentBacktest};
use crate::eval::tune::{Evaluation, Found, Identity, Journal, Schedule, TuneProgress};
use crate::report::{FitBar, TuneBar, about};
use crate::words::counted;

/// Number of evaluations after which the total time is estimated.
const FIRST: usize = 8;

/// The progress of a search that saves evaluations in a file and that Ctrl-C can end.
pub struct Kept<'a> {
    journal: Option<&'a Journal>,
    identity: &'a Identity,
    schedule: &'a Schedule,
    bar: Option<TuneBar>,
    quiet: bool,
    pace: Mutex<Pace>,
}

/// The speed of the evaluations.
struct Pace {
    start: Instant,
    left: usize,
    done: usize,
}

impl<'a> Kept<'a> {
    pub fn new(
        journal: Option<&'a Journal>,
        identity: &'a Identity,
        schedule: &'a Schedule,
        output: &Output,
    ) -> Kept<'a> {
        let bar = (!output.quiet && io::stderr().is_terminal()).then(TuneBar::new);
        let pace = Mutex::new(Pace { start: Instant::now(), left: 0, done: 0 });
        Kept { journal, identity, schedule, bar, quiet: output.quiet, pace }
    }

    /// Prints the estimated time of the search after the first evaluations.
    fn print_cost(&self) {
        let Ok(mut pace) = self.pace.lock() else { return };
        pace.done += 1;
        if pace.done == FIRST && pace.left > FIRST && !self.quiet {
            let seconds = pace.start.elapsed().as_secs_f64() / FIRST as f64 * pace.left as f64;
            let evaluations = counted(pace.left, "evaluation");
            let line = format!("at most {evaluations}, about {} by the first {FIRST}", about(seconds));
            match &self.bar {
                Some(bar) => bar.print(&line),
                None => note(&line),
            }
        }
    }
}

impl TuneProgress for Kept<'_> {
    fn start(&self, planned: usize, known: usize) {
        if let Ok(mut pace) = self.pace.lock() {
            *pace = Pace { start: Instant::now(), left: planned.saturating_sub(known), done: 0 };
        }
        if known > 0 && !self.quiet {
            note(&format!("{} of at most {planned} are known", counted(known, "evaluation")));
        }
        if let Some(bar) = &self.bar {
            bar.start(planned, known);
        }
    }

    fn evaluated(&self, evaluation: Evaluation, found: &Found) -> io::Result<()> {
        if let Some(journal) = self.journal {
            journal.add(self.identity, (evaluation, self.schedule.rung_of(evaluation.fold)), found)?;
        }
        if let Some(bar) = &self.bar {
            bar.evaluated();
        }
        self.print_cost();
        Ok(())
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }

    fn is_stopped(&self) -> bool {
        interrupt::is_stopped()
    }
}

/// The progress of a walk over the test days.
pub struct SpanProgress;

impl SpanProgress {
    pub fn of(label: &str, output: &Output) -> Box<dyn BacktestProgress> {
        let bar: Box<dyn BacktestProgress> = match !output.quiet && io::stderr().is_terminal() {
            true => Box::new(FitBar::labelled(label)),
            false => Box::new(SilentBacktest),
        };
        Box::new(Stoppable(bar))
    }
}
