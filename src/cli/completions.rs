//! `fourcast completions`: prints the script with which a shell completes the command line.

use std::io::Write;

use anyhow::Result;
use clap::Args as ClapArgs;
use clap_complete::{Shell, generate};

use super::{NAME, command, output};

/// Print the script with which a shell completes subcommands, options and their values.
///
/// zsh finds the file of the example where ~/.zshrc has the line fpath+=~/.zfunc before compinit.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  D=~/.local/share/bash-completion/completions; mkdir -p $D && fourcast completions bash > $D/fourcast
  mkdir -p ~/.zfunc && fourcast completions zsh > ~/.zfunc/_fourcast
  mkdir -p ~/.config/fish/completions; fourcast completions fish > ~/.config/fish/completions/fourcast.fish
  md -Force (Split-Path $PROFILE); fourcast completions powershell >> $PROFILE")]
pub struct Args {
    /// The shell
    #[arg(value_enum, ignore_case = true)]
    shell: Shell,
}

/// Runs it.
pub fn run(args: &Args) -> Result<()> {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), NAME, &mut script);
    let mut out = output::stdout((false, false))?;
    out.write_all(&script)?;
    Ok(out.flush()?)
}
