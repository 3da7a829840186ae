//! The `fourcast` program: parses the command line, runs the subcommand, prints any error, and exits.

use std::process::ExitCode;

use fourcast::cli::{self, Cli};

fn main() -> ExitCode {
    cli::finish(Cli::read().and_then(Cli::run))
}
