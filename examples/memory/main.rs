//! Long-memory benchmark: trains Simple RNNs with tanh and ReLU, a GRU and an LSTM on the adding problem, with windows
//! of increasing length, and prints which of them learn it and how much of the gradient reaches the first day.
//!
//! ```text
//! cargo run --release --example memory            # a few minutes on two cores
//! cargo run --release --example memory -- --quick # the short windows only
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example is there to be read on a terminal")]

mod adding;

use std::str::FromStr;
use std::time::{Duration, Instant};

use adding::{BATCH, CONTESTANTS, Contestant, HIDDEN, LEARNT, Limits, Outcome};
use rayon::prelude::*;

const USAGE: &str = "\
usage: memory [--quick] [--lengths 4,32,128,512] [--only TEXT] [--rate RATE] [--steps 5000] [--seconds 120] [--seed 1]
  --quick    lengths 4 and 32
  --lengths  days of a window, at least 4
  --only     networks with this in their name, such as lstm
  --rate     one learning rate for everyone instead of each their own
  --steps    most steps of a training run
  --seconds  most seconds of a training run
  --seed     of weights and sequences
  --help     this text";

struct Arguments {
    lengths: Vec<usize>,
    only: String,
    rate: Option<f64>,
    limits: Limits,
    seed: u64,
}

impl Arguments {
    /// Parses a command line; `None` if it requests the help.
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
        let limits = Limits { steps: 5000, time: Duration::from_secs(120) };
        let lengths = vec![4, 32, 128, 512];
        let mut arguments = Arguments { lengths, only: String::new(), rate: None, limits, seed: 1 };
        while let Some(option) = words.next() {
            let mut value = || words.next().ok_or(format!("{option} needs a value"));
            match option.as_str() {
                "--help" | "-h" => return Ok(None),
                "--quick" => arguments.lengths = vec![4, 32],
                "--lengths" => arguments.lengths = value()?.split(',').map(number).collect::<Result<_, _>>()?,
                "--only" => arguments.only = value()?,
                "--steps" => arguments.limits.steps = number(&value()?)?,
                "--seconds" => arguments.limits.time = Duration::from_secs(number(&value()?)?),
                "--rate" => arguments.rate = Some(number(&value()?)?),
                "--seed" => arguments.seed = number(&value()?)?,
                _ => return Err(format!("unknown option {option}")),
            }
        }
        match arguments.lengths.iter().find(|length| **length < 4) {
            Some(length) => Err(format!("{length} days are too short to forget anything; 4 are the least")),
            None if arguments.contestants().is_empty() => {
                Err(format!("no network has '{}' in its name", arguments.only))
            }
            None => Ok(Some(arguments)),
        }
    }

    fn contestants(&self) -> Vec<Contestant> {
        let chosen = CONTESTANTS.into_iter().filter(|contestant| contestant.name.contains(&self.only));
        chosen
            .map(|contestant| Contestant { learning_rate: self.rate.unwrap_or(contestant.learning_rate), ..contestant })
            .collect()
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("cannot read '{text}' as a number"))
}

fn main() {
    let asked = Arguments::parse(std::env::args().skip(1)).unwrap_or_else(|message| {
        eprintln!("error: {message}\n{USAGE}");
        std::process::exit(2)
    });
    let Some(arguments) = asked else {
        println!("{USAGE}");
        return;
    };
    let start = Instant::now();
    let contestants = arguments.contestants();
    let outcomes: Vec<Vec<Outcome>> =
        arguments.lengths.iter().map(|window| train_all(&contestants, *window, &arguments)).collect();
    print_tables(&contestants, &arguments.lengths, &outcomes);
    println!("\nSeed {}, {:.0} seconds.", arguments.seed, start.elapsed().as_secs_f64());
}

/// Trains all networks at one length in parallel, each on one thread.
fn train_all(contestants: &[Contestant], window: usize, arguments: &Arguments) -> Vec<Outcome> {
    let train = |contestant: &Contestant| {
        let outcome = contestant.run(window, arguments.limits, arguments.seed);
        let seconds = outcome.time.as_secs_f64();
        eprintln!("{window} days, {}: {} in {seconds:.1} s", contestant.name, verdict(&outcome));
        outcome
    };
    contestants.par_iter().with_max_len(1).map(train).collect()
}

fn print_tables(contestants: &[Contestant], lengths: &[usize], outcomes: &[Vec<Outcome>]) {
    println!("The adding problem: {HIDDEN} units, {BATCH} new sequences a step. Learnt is a mean squared error");
    println!("below {LEARNT} on unseen sequences; remembering nothing comes to {:.3}.\n", 1.0 / 6.0);
    let table = |title: &str, cell: &dyn Fn(&Outcome) -> String| {
        let heads = lengths.iter().map(|length| format!("{length} days"));
        println!("{title}\n\n{}", row("network", heads));
        println!("{}", row("---", lengths.iter().map(|_| "---".to_owned())));
        for (k, contestant) in contestants.iter().enumerate() {
            println!("{}", row(contestant.name, outcomes.iter().map(|at_length| cell(&at_length[k]))));
        }
        println!();
    };
    table("Who learns: test error, and steps taken.", &verdict);
    table("Gradient on the first day, as a share of that on the last, before training.", &|o| share(o.share_before));
    table("The same after training.", &|o| share(o.share_after));
    println!("Learning rates:");
    for contestant in contestants {
        println!("- {}: {}", contestant.name, contestant.learning_rate);
    }
}

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    cells.fold(format!("| {name} |"), |row, cell| format!("{row} {cell} |"))
}

fn verdict(outcome: &Outcome) -> String {
    let Outcome { steps, test, .. } = outcome;
    match (outcome.learnt(), outcome.cut_short) {
        (true, _) => format!("**yes**, {test:.4} ({steps})"),
        _ if test.is_nan() => format!("no, diverged ({steps})"),
        (false, false) => format!("no, {test:.4} ({steps})"),
        (false, true) => format!("no, {test:.4} ({steps}, out of time)"),
    }
}

/// Formats a fraction over many orders of magnitude, as zero if it is too small for the float.
fn share(share: Option<f64>) -> String {
    match share {
        None => "no gradient at all".into(),
        Some(share) if share >= 0.001 => format!("{share:.3}"),
        Some(0.0) => "0".into(),
        Some(share) => format!("{share:.0e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_an_answer_and_no_unknown_option() {
        let parse = |line: &str| Arguments::parse(line.split_whitespace().map(str::to_owned));
        assert!(matches!(parse("--help"), Ok(None)) && matches!(parse("--quick -h"), Ok(None)));
        assert_eq!(parse("--quick").ok().flatten().map(|arguments| arguments.lengths), Some(vec![4, 32]));
        assert_eq!(parse("--helpp").err().as_deref(), Some("unknown option --helpp"));
    }
}
