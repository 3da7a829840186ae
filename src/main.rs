//! The `fourcast` program: parse, run, print one error, exit.

use std::process::ExitCode;

use fourcast::cli::{self, Cli};

fn main() -> ExitCode {
    cli::finish(Cli::read().and_then(Cli::run))
}
