//! Benchmarks of the engine: its products, one batch through a network, one epoch of training. Before them, it prints
//! how much of the machine's peak the products reach.
//!
//! ```text
//! cargo bench -p fourcast-engine-benches                # all of it
//! cargo bench -p fourcast-engine-benches -- training    # what has "training" in its path
//! cargo bench -p fourcast-engine-benches -- --list
//! ```
//!
//! No time is asserted. Without cargo's `--bench`, everything runs once, so that
//! `cargo test -p fourcast-engine-benches --benches` checks that it runs.
#![allow(clippy::print_stdout, reason = "a benchmark is there to be read on a terminal")]

mod guard;
mod operands;
mod passes;
mod products;
mod training;

fn main() {
    let asked = |word: &str| std::env::args().any(|argument| argument == word);
    if !asked("--list") {
        guard::print(asked("--bench"));
    }
    divan::main();
}
