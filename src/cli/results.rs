//! The file of the results, and the shard of the series that it contains.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;
use clap::Args;

use super::environment::{self, Found};
use super::files::{check_target, refuse_ending};
use super::options::Format;
use super::some_failed::SomeFailed;
use super::spool::{Spool, is_parquet};
use super::typed_options::TypedOptions;
use super::{CliError, note, usage_error};
use crate::files::AtomicFile;
use crate::fleet::manifest::{
    Checksum, Entry, Hashed, InputFile, Manifest, ResultFormat, Run, checksum_of, is_manifest, manifest_of,
};
use crate::fleet::shard::{Shard, ShardError};
use crate::prices::Source;
use crate::report::are_results;

/// Where results go, and which series they have.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ResultArgs {
    /// Write the results into this file instead of standard output, as csv, as json if its name ends with .json,
    /// .jsonl or .ndjson, or as Parquet with the columns of csv if it ends with .parquet or .pq; written atomically
    #[arg(long = "output", value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// With --output, take one of N parts of the series, shard I, from 1 to N; series are assigned by the hash of their
    /// names. A manifest is written beside the file, and fourcast merge puts the shards together.
    ///
    /// /N takes I from the variables of a scheduler: of Slurm SLURM_ARRAY_TASK_ID, with _MIN, _MAX, _STEP and _COUNT,
    /// of Kubernetes JOB_COMPLETION_INDEX, of AWS Batch AWS_BATCH_JOB_ARRAY_INDEX and AWS_BATCH_JOB_ARRAY_SIZE. Without
    /// --shard both numbers are taken from them, where they are set and there is --output; --shard 1/1 takes all
    /// series.
    #[arg(long, value_name = "I/N", value_parser = choice, requires = "output_file")]
    shard: Option<ShardChoice>,
}

/// A shard as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShardChoice {
    One(Shard),
    /// The number of shards; the environment names the shard.
    OfEnvironment(NonZeroU32),
}

fn choice(text: &str) -> Result<ShardChoice, String> {
    if let Some(count) = text.strip_prefix('/') {
        return count.parse().map(ShardChoice::OfEnvironment).map_err(|_| ShardError::Form.to_string());
    }
    text.parse().map(ShardChoice::One).map_err(|error: ShardError| match error {
        ShardError::Zero { .. } => format!("{error}: add 1 to a number from 0"),
        _ => error.to_string(),
    })
}

/// What the results are made from.
pub struct Origin<'a> {
    /// The subcommand.
    pub command: &'static str,
    /// The prices.
    pub sources: &'a [Source],
    /// The other files read, each with a description.
    pub files: &'a [(&'static str, &'a Path)],
    /// The seed of training.
    pub seed: Option<u64>,
    /// The options.
    pub typed: TypedOptions,
    /// Options that require all series, not only those of a shard.
    pub whole: &'a [&'static str],
    /// Format of the results, and whether no messages are printed during the run.
    pub output: (Format, bool),
}

/// The checked file of the results.
#[derive(Debug)]
pub struct ResultFile {
    path: PathBuf,
    format: ResultFormat,
    part: Option<PartOfRun>,
}

/// The shard of a file, and what its results are made from.
#[derive(Debug)]
struct PartOfRun {
    shard: Shard,
    /// The variable that the shard was taken from.
    from: Option<String>,
    run: Run,
    /// Length and time of each input file before it was read.
    stamps: Vec<(PathBuf, Stamp)>,
    /// The existing manifest of the same shard of the same run, if its results exist.
    finished: Option<Manifest>,
}

type Stamp = Option<(u64, SystemTime)>;

fn stamp(path: &Path) -> Stamp {
    let data = path.metadata().ok()?;
    Some((data.len(), data.modified().ok()?))
}

impl ResultArgs {
    /// Returns the file, if one is named.
    pub fn file(&self) -> Option<&Path> {
        self.output_file.as_deref()
    }

    /// Checks that the file can be written, and finds the shard.
    pub fn resolve(self, origin: Origin<'_>) -> Result<Option<ResultFile>> {
        let variables = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let quiet = origin.output.1;
        let Some(path) = self.output_file else {
            let unused = environment::task(&variables).filter(|_| !quiet);
            unused.iter().for_each(|task| note(&format!("{task}: all series, because there is no --output")));
            return Ok(None);
        };
        let format = format_of(&path, origin.output.0, origin.command)?;
        if path.extension().is_some_and(|ending| ending == "safetensors") {
            return Err(name_of_model(&path).into());
        }
        refuse_ending(
            &path,
            ("results are csv, json or Parquet", "csv"),
            &["csv", "json", "jsonl", "ndjson", "parquet", "pq"],
        )?;
        check_target(&path, ("results of fourcast", are_results), origin.sources, None)?;
        for (_, other) in origin.files {
            check_target(&path, ("results of fourcast", are_results), &[], Some(other))?;
        }
        let found = match self.shard {
            Some(ShardChoice::One(shard)) => Some((shard, None)),
            Some(ShardChoice::OfEnvironment(count)) => {
                Some(of_task(environment::shard(&variables, Some(count.get()))?)?)
            }
            None => environment::shard(&variables, None)?.map(|Found { shard, from }| (shard, Some(from))),
        };
        if let Some((shard, Some(from))) = found.as_ref().filter(|_| !quiet) {
            note(&format!("{}: shard {shard}, because of {from}", path.display()));
        }
        if let (None, Ok(Manifest { shard, .. })) = (&found, Manifest::load(&manifest_of(&path))) {
            return Err(shard_there(&path, shard).into());
        }
        let part = found.map(|found| PartOfRun::of(found, format, &path, origin)).transpose()?;
        Ok(Some(ResultFile { path, format, part }))
    }
}

/// Returns the shard of `--shard /N`.
fn of_task(found: Option<Found>) -> Result<(Shard, Option<String>), CliError> {
    let found = found.map(|Found { shard, from }| (shard, Some(from)));
    found.ok_or_else(|| CliError {
        message: "--shard /N takes I from the variables of Slurm, Kubernetes or AWS Batch, and none is set".into(),
        help: Some("pass --shard I/N, with I from 1 to N".into()),
    })
}

fn format_of(path: &Path, format: Format, command: &str) -> Result<ResultFormat> {
    match format {
        Format::Csv if is_parquet(path) && cfg!(not(feature = "parquet")) => Err(without_parquet(path).into()),
        Format::Csv if is_parquet(path) => Ok(ResultFormat::Parquet),
        _ if is_parquet(path) => {
            Err(usage_error(command, "--output FILE.parquet has the columns of csv: leave --format out"))
        }
        Format::Csv => Ok(ResultFormat::Csv),
        Format::Json => Ok(ResultFormat::Json),
        Format::Table | Format::Value => Err(usage_error(command, "--output writes csv or json: pass one as --format")),
    }
}

impl PartOfRun {
    fn of(
        (shard, from): (Shard, Option<String>),
        format: ResultFormat,
        path: &Path,
        origin: Origin<'_>,
    ) -> Result<PartOfRun> {
        if let Some(option) = origin.whole.first() {
            let wrong = format!("{option} is for all series of a run: leave it out, or pass --shard 1/1 without it");
            return Err(usage_error(origin.command, &wrong));
        }
        let mut inputs: Vec<(&str, &Path)> = Vec::new();
        for source in origin.sources {
            let Source::File(path) = source else { return Err(no_stdin().into()) };
            inputs.push(("prices", path));
        }
        inputs.extend(origin.files);
        let manifest = manifest_of(path);
        check_target(&manifest, ("the manifest of a shard", is_manifest), origin.sources, None)?;
        let stamps = inputs.iter().map(|(_, path)| (path.to_path_buf(), stamp(path))).collect();
        let run = Run {
            version: env!("CARGO_PKG_VERSION").into(),
            command: origin.command.into(),
            format,
            options: origin.typed.0,
            seed: origin.seed,
            files: inputs.iter().map(|(role, path)| InputFile::of(role, path)).collect(),
        };
        let mut part = PartOfRun { shard, from, run, stamps, finished: None };
        part.finished = part.look(path, origin.output.1)?;
        Ok(part)
    }

    /// Returns the existing manifest if the results need not be made again.
    ///
    /// # Errors
    /// If the file contains another shard.
    fn look(&self, path: &Path, quiet: bool) -> Result<Option<Manifest>, CliError> {
        let Some(manifest) = self.same_shard(path)? else { return Ok(None) };
        let again = match manifest.run.difference(&self.run) {
            Some(difference) => format!("of the manifest there {difference}"),
            None if checksum_of(path).is_ok_and(|sum| sum == manifest.results) => return Ok(Some(manifest)),
            None => "the file is not the one of its manifest".to_owned(),
        };
        if !quiet {
            note(&format!("{}: shard {} is made again: {again}", path.display(), self.shard));
        }
        Ok(None)
    }

    /// Returns the existing manifest, if it can be read.
    ///
    /// # Errors
    /// If it is of another shard.
    fn same_shard(&self, path: &Path) -> Result<Option<Manifest>, CliError> {
        match Manifest::load(&manifest_of(path)) {
            Ok(manifest) if manifest.shard != self.shard => Err(other_shard(path, manifest.shard, self.shard)),
            loaded => Ok(loaded.ok()),
        }
    }

    /// Checks that no input file has changed since the run began; otherwise the results would not match the manifest.
    fn check_inputs(&self) -> Result<(), CliError> {
        match self.stamps.iter().find(|(path, before)| stamp(path) != *before) {
            None => Ok(()),
            Some((path, _)) => Err(CliError {
                message: format!("{}: changed while it was read: shard {} is not written", path.display(), self.shard),
                help: Some("run it again".into()),
            }),
        }
    }
}

fn no_stdin() -> CliError {
    CliError {
        message: "a shard of standard input: other shards would have to read the same prices".into(),
        help: Some("name the files of prices".into()),
    }
}

fn other_shard(path: &Path, found: Shard, wanted: Shard) -> CliError {
    CliError {
        message: format!("{}: holds shard {found}, expected shard {wanted} or a new name", path.display()),
        help: Some("name a file per shard, with the number of the shard in its name, or remove this one".into()),
    }
}

/// Returns the error for results with the name of a model: `train --each` might write a model there in the same run.
fn name_of_model(path: &Path) -> CliError {
    CliError {
        message: format!("{}: is the name of a model, expected a name for results", path.display()),
        help: Some("name a file that ends with .csv or .json".into()),
    }
}

fn without_parquet(path: &Path) -> CliError {
    CliError {
        message: format!("{}: this fourcast was built without Parquet", path.display()),
        help: Some("name a file that ends with .csv or .json".into()),
    }
}

fn shard_there(path: &Path, shard: Shard) -> CliError {
    CliError {
        message: format!("{}: holds shard {shard}, expected a new name for the results of all series", path.display()),
        help: Some(format!("name another file, or remove this one and {}", manifest_of(path).display())),
    }
}

impl ResultFile {
    /// Returns the shard of the file; `None` if it contains all series.
    pub fn shard(&self) -> Option<Shard> {
        self.part.as_ref().map(|part| part.shard)
    }

    /// Returns the outcome of the run if the results exist and no series lacks its other file. `lacks` returns what is
    /// wrong with that file, if anything.
    pub fn finished(&self, quiet: bool, lacks: impl Fn(&Entry) -> Option<String>) -> Option<Result<()>> {
        let manifest = self.part.as_ref()?.finished.as_ref()?;
        if let Some(wrong) = manifest.series.iter().filter(|entry| !entry.failed).find_map(lacks) {
            if !quiet {
                note(&format!("{}: shard {} is made again: {wrong}", self.path.display(), manifest.shard));
            }
            return None;
        }
        if !quiet {
            note(&format!("{}: shard {} is finished, and left as it is", self.path.display(), manifest.shard));
        }
        let failed = manifest.failed();
        Some(SomeFailed::of_part(manifest.series.len() - failed, failed))
    }

    /// Returns the note that an interrupted run does not write the file: `; p.csv is not written`.
    pub fn unwritten(&self) -> String {
        format!("; {} is not written", self.path.display())
    }

    /// Begins writing.
    ///
    /// # Errors
    /// If no file can be created in the folder.
    pub fn begin(&self) -> Result<ResultWriter<'_>, CliError> {
        let out = Sink::begin(self).map_err(|error| CliError::cannot_write(&self.path, &error))?;
        Ok(ResultWriter { file: self, out, lines: 0, series: Vec::new() })
    }
}

/// The destination of the text of results.
enum Sink {
    /// The file.
    Text(Hashed<BufWriter<AtomicFile>>),
    /// A spool, from which the file is written.
    Table(Spool, AtomicFile),
}

impl Sink {
    fn begin(results: &ResultFile) -> io::Result<Sink> {
        let file = AtomicFile::create(&results.path)?;
        match results.format {
            ResultFormat::Parquet => Ok(Sink::Table(Spool::beside(&results.path)?, file)),
            ResultFormat::Csv | ResultFormat::Json => Ok(Sink::Text(Hashed::of(BufWriter::new(file)))),
        }
    }

    /// Returns the complete file, not yet renamed to its final name, with its checksum.
    fn finish(self) -> io::Result<(Checksum, AtomicFile)> {
        let written = match self {
            Sink::Text(written) => written,
            Sink::Table(rows, file) => {
                let mut table = Hashed::of(BufWriter::new(file));
                rows.write_table(&mut table)?;
                table
            }
        };
        let checksum = written.checksum();
        Ok((checksum, written.into_inner().into_inner().map_err(io::IntoInnerError::into_error)?))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Text(file) => file.write(bytes),
            Sink::Table(rows, _) => rows.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Text(file) => file.flush(),
            Sink::Table(rows, _) => rows.flush(),
        }
    }
}

/// The writer of the results.
pub struct ResultWriter<'a> {
    file: &'a ResultFile,
    out: Sink,
    lines: usize,
    series: Vec<Entry>,
}

impl Write for ResultWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.lines += bytes[..written].iter().filter(|byte| **byte == b'\n').count();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl ResultWriter<'_> {
    /// Returns the number of lines written.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Records a series with its written rows.
    pub fn add(&mut self, entry: Entry) {
        self.series.push(entry);
    }

    /// Records the model of the series that was recorded last.
    pub fn add_model(&mut self, sha256: String) {
        if let Some(entry) = self.series.last_mut() {
            entry.model = Some(sha256);
        }
    }

    /// Returns an error of writing, with the file.
    pub fn error(&self, error: &io::Error) -> CliError {
        CliError::cannot_write(&self.file.path, error)
    }

    /// Renames the file to its final name, and writes its manifest next to it; `total` is the number of series in the
    /// input.
    ///
    /// # Errors
    /// Any error of writing, or if input files have changed.
    pub fn finish(self, total: usize) -> Result<(), CliError> {
        let ResultFile { path, part, .. } = self.file;
        if let Some(part) = part {
            part.check_alone(total)?;
            part.check_inputs()?;
            part.same_shard(path)?;
        }
        let failed = |error: io::Error| CliError::cannot_write(path, &error);
        let (checksum, file) = self.out.finish().map_err(failed)?;
        file.commit().map_err(failed)?;
        let Some(part) = part else { return Ok(()) };
        let manifest = manifest_of(path);
        let written = Manifest::new(part.shard, part.run.clone(), total, checksum, self.series).write(&manifest);
        written.map_err(|error| CliError::cannot_write(&manifest, &error))
    }
}

impl PartOfRun {
    /// Returns an error for a shard of a single series that was not typed: a task of a cluster with a file of its own
    /// would lose it.
    fn check_alone(&self, total: usize) -> Result<(), CliError> {
        match &self.from {
            Some(from) if total == 1 => Err(CliError {
                message: format!("one series, and {from} names shard {} of all series", self.shard),
                help: Some("pass --shard 1/1 to take it in this task".into()),
            }),
            _ => Ok(()),
        }
    }
}
