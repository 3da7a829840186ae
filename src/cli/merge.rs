//! `fourcast merge`: merges the shards of a run.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args as ClapArgs;

use super::files::{check_target, refuse_ending};
use super::help::help_of;
use super::options::is_same_file;
use super::some_failed::SomeFailed;
use super::spool::{JSON, PARQUET, Spool, is_parquet};
use super::{CliError, output};
use crate::files::AtomicFile;
use crate::fleet::manifest::ResultFormat;
use crate::fleet::merge::{Merge, MergeError};
use crate::prices::Source;
use crate::report::are_results;

/// Merge the results of all shards of a run into those of a run without shards.
///
/// A shard is what --shard I/N writes: a file of results, and its manifest beside it. All N shards must be there, each
/// once, of the same version, options and input files. The series are in the order of the input.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  fourcast predict prices.csv --shard 1/2 --output 1.csv
  fourcast predict prices.csv --shard 2/2 --output 2.csv
  fourcast merge 1.csv 2.csv --output all.csv")]
pub struct Args {
    /// Files of results that predict, backtest or train --each wrote with --shard, or their manifests, in any order
    #[arg(value_name = "SHARD", required = true)]
    shards: Vec<PathBuf>,
    /// Write the results into this file instead of standard output, atomically; needed for shards of Parquet
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

impl From<MergeError> for CliError {
    fn from(error: MergeError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

/// The checked request: shards that belong together, and the file for their results.
struct MergeRequest {
    merge: Merge,
    /// The file for the results, instead of standard output.
    file: Option<PathBuf>,
}

impl Args {
    fn resolve(self) -> Result<MergeRequest, CliError> {
        let merge = Merge::open(&self.shards)?;
        let is_table = merge.format() == ResultFormat::Parquet;
        match &self.output {
            Some(path) if is_table && !is_parquet(path) => return Err(no_table(path)),
            Some(path) if merge.files().any(|file| is_same_file(&file, path)) => {
                return Err(CliError::same_file(path, "the shard"));
            }
            Some(path) => {
                let shards: Vec<Source> = merge.files().map(Source::File).collect();
                check_target(path, ("results of fourcast", are_results), &shards, None)?;
                let endings: &[&str] = match merge.format() {
                    ResultFormat::Parquet => &PARQUET,
                    ResultFormat::Csv => &["csv"],
                    ResultFormat::Json => &JSON,
                };
                refuse_ending(path, (&format!("the shards are {}", merge.format()), endings[0]), endings)?;
            }
            None if is_table => return Err(no_stdout()),
            None => (),
        }
        Ok(MergeRequest { merge, file: self.output })
    }
}

/// Runs the subcommand. Nothing is written before all shards are checked.
pub fn run(args: Args) -> Result<()> {
    let MergeRequest { merge, file } = args.resolve()?;
    match file {
        Some(path) => write_file(&merge, &path)?,
        None => write_stdout(&merge)?,
    }
    let failed = merge.failed();
    SomeFailed::unless_none(merge.total() - failed, failed)
}

fn no_table(path: &Path) -> CliError {
    CliError {
        message: format!("{}: the shards are parquet, expected a name for such results", path.display()),
        help: Some("name a file that ends with .parquet".into()),
    }
}

fn no_stdout() -> CliError {
    CliError {
        message: "results as Parquet go to a file, expected its name".into(),
        help: Some("pass --output FILE.parquet".into()),
    }
}

fn write_stdout(merge: &Merge) -> Result<()> {
    let mut out = BufWriter::new(output::stdout((false, false))?);
    merge.write(&mut out)?;
    Ok(out.flush()?)
}

fn write_file(merge: &Merge, path: &Path) -> Result<(), CliError> {
    let write = || {
        let mut out = BufWriter::new(AtomicFile::create(path)?);
        if merge.format() == ResultFormat::Parquet {
            let mut rows = Spool::beside(path)?;
            merge.write(&mut rows)?;
            rows.write_table(&mut out)?;
        } else {
            merge.write(&mut out)?;
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.commit()
    };
    write().map_err(|error| CliError::cannot_write(path, &error))
}
