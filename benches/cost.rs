//! Cost of a training run: the time of a whole `fourcast train`, from the file to the model on disk, by rows, hidden
//! units, window and cell. Prints Markdown tables.
//!
//! ```text
//! cargo bench --bench cost > cost.md
//! cargo bench --bench cost -- --runs 9 --threads 1
//! ```
//!
//! No time is asserted. Without cargo's `--bench`, a small part of everything runs once, so that `cargo test --benches`
//! checks that it runs.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark is there to be read on a terminal")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use jiff::{ToSpan, civil::date};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use tempfile::TempDir;

/// Number of rows if another variable is measured: sixteen years of daily prices.
const ROWS: usize = 4000;

/// A variable and its values.
struct Curve {
    name: &'static str,
    values: &'static [&'static str],
}

const CURVES: [Curve; 4] = [
    Curve { name: "rows", values: &["250", "500", "1000", "2000", "4000", "8000", "16000"] },
    Curve { name: "hidden", values: &["8", "16", "32", "64", "128", "256"] },
    Curve { name: "window", values: &["1", "2", "4", "8", "16", "32", "64"] },
    Curve { name: "cell", values: &["dense", "conv", "rnn", "gru", "lstm"] },
];

/// The number of runs and of threads.
struct Arguments {
    runs: usize,
    threads: Option<String>,
    timed: bool,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Arguments {
        let mut arguments = Arguments { runs: 5, threads: None, timed: false };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bench" => arguments.timed = true,
                "--runs" => arguments.runs = words.next().and_then(|runs| runs.parse().ok()).expect("--runs N"),
                "--threads" => arguments.threads = Some(words.next().expect("--threads N")),
                // Arguments that cargo passes to a test harness, such as --nocapture, have no effect.
                _ => (),
            }
        }
        if !arguments.timed {
            arguments.runs = 1;
        }
        arguments
    }

    /// Returns the options of every run: 30 epochs without early stopping, so that a curve shows the cost per window,
    /// and not when training stopped.
    fn options(&self) -> String {
        let threads = self.threads.iter().fold(String::new(), |_, threads| format!(" --threads {threads}"));
        let epochs = if self.timed { 30 } else { 1 };
        format!("--epochs {epochs} --patience 0{threads}")
    }
}

fn main() {
    let arguments = Arguments::parse(std::env::args().skip(1));
    let folder = TempDir::new().expect("a folder for the files of prices");
    println!("`fourcast train {}`, median of {} runs.", arguments.options(), arguments.runs);
    for curve in CURVES {
        let values = if arguments.timed { curve.values } else { &curve.values[..2] };
        print_curve(&curve, values, &measure(&curve, values, &arguments, folder.path()));
    }
}

/// Returns the seconds of every run of every value. The values take turns, so that a disturbance affects one run of
/// each value instead of all runs of one.
fn measure(curve: &Curve, values: &[&str], arguments: &Arguments, folder: &Path) -> Vec<Vec<f64>> {
    let mut seconds = vec![Vec::new(); values.len()];
    for run in 1..=arguments.runs {
        for (value, seconds) in values.iter().zip(&mut seconds) {
            eprintln!("{} {value}, run {run} of {}", curve.name, arguments.runs);
            seconds.push(train(curve.name, value, arguments, folder));
        }
    }
    seconds
}

/// Returns the seconds of one training run.
fn train(name: &str, value: &str, arguments: &Arguments, folder: &Path) -> f64 {
    let rows = match (name, arguments.timed) {
        ("rows", _) => value.parse().expect("rows are numbers"),
        (_, true) => ROWS,
        (_, false) => 250,
    };
    let prices = prices(rows, folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fourcast"));
    command.arg("train").arg(prices).arg("--model").arg(folder.join("model.safetensors"));
    command.args(arguments.options().split(' ')).stdout(Stdio::null()).stderr(Stdio::inherit());
    if name != "rows" {
        command.args([format!("--{name}"), value.into()]);
    }
    let start = Instant::now();
    let status = command.status().expect("fourcast was built beside this");
    let seconds = start.elapsed().as_secs_f64();
    assert!(status.success(), "fourcast failed: {command:?}");
    seconds
}

/// Writes a file of `rows` days of a random walk with open, high, low and volume. The speed does not depend on the
/// prices.
fn prices(rows: usize, folder: &Path) -> PathBuf {
    let path = folder.join(format!("{rows}.csv"));
    if path.exists() {
        return path;
    }
    let mut rng = Pcg64::seed_from_u64(1);
    let mut text = String::from("Date,Open,High,Low,Close,Volume\n");
    let mut close = 100.0_f64;
    for row in 0..rows {
        let [gap, day, above, below] = std::array::from_fn(|_| 0.01 * normal(&mut rng));
        let open = close * gap.exp();
        close = open * day.exp();
        let (high, low) = (open.max(close) * above.abs().exp(), open.min(close) * (-below.abs()).exp());
        let day = date(1970, 1, 1) + (row as i64).days();
        writeln!(text, "{day},{open:.4},{high:.4},{low:.4},{close:.4},1000000").expect("a string takes all");
    }
    fs::write(&path, text).expect("the folder can be written to");
    path
}

fn normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

fn print_curve(curve: &Curve, values: &[&str], seconds: &[Vec<f64>]) {
    println!("\n| {} | seconds | fastest to slowest | against the one above |\n|---|---|---|---|", curve.name);
    let mut above = None;
    for (value, seconds) in values.iter().zip(seconds) {
        let mut sorted = seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let (fastest, median, slowest) = (sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
        let ratio = above.map_or(String::new(), |above: f64| format!("{:.2}", median / above));
        println!("| {value} | {median:.3} | {fastest:.3} to {slowest:.3} | {ratio} |");
        above = Some(median);
    }
}
