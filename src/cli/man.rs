//! `fourcast man`: prints the manual page of the program or of a subcommand.

use std::io::Write;

use anyhow::Result;
use clap::Args as ClapArgs;
use clap_mangen::Man;

use super::{CliError, NAME, command, output};
use crate::words::{join, nearest};

/// Print the manual page of the program, or of a subcommand, in the form that man reads.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast man | man -l -
  mkdir -p ~/.local/share/man/man1 && fourcast man train > ~/.local/share/man/man1/fourcast-train.1")]
pub struct Args {
    /// The subcommand [default: the program]
    subcommand: Option<String>,
}

/// The page to print.
struct ManRequest {
    /// The command that it describes, with the name of the page.
    command: clap::Command,
}

impl Args {
    fn resolve(self) -> Result<ManRequest, CliError> {
        Ok(ManRequest { command: described(self.subcommand.as_deref())? })
    }
}

/// Runs it.
pub fn run(args: Args) -> Result<()> {
    let request = args.resolve()?;
    let mut page = Vec::new();
    let version = concat!("fourcast ", env!("CARGO_PKG_VERSION"));
    Man::new(request.command).source(version).render(&mut page)?;
    let mut out = output::stdout((false, false))?;
    out.write_all(&page)?;
    Ok(out.flush()?)
}

/// Returns the program or a subcommand, with the name of its page.
fn described(subcommand: Option<&str>) -> Result<clap::Command, CliError> {
    let mut program = command();
    program.build();
    let Some(name) = subcommand else { return Ok(program) };
    let names: Vec<String> = program.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    match program.find_subcommand(name) {
        Some(found) => Ok(found.clone().display_name(format!("{NAME}-{name}"))),
        None => {
            let message = format!("no subcommand '{name}', expected one of {}", join(&names, "or"));
            let help = "leave it out for the page of the program";
            let meant = nearest(name, &names).map(|meant| format!("did you mean '{meant}'? else {help}"));
            Err(CliError { message, help: Some(meant.unwrap_or_else(|| help.into())) })
        }
    }
}
