//! Files that are written in addition to the results: none of them may replace an input or a file of another kind.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::options::{is_same_file, refuse_overwrite};
use crate::files::{self, FileError, FileProblem, write_atomically};
use crate::prices::Source;
use crate::report::page::{Page, is_page};
use crate::words::shell_word;

/// The page of a run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct ReportArgs {
    /// Write the results as a page with charts: one file of HTML, which a browser shows without a network
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl ReportArgs {
    /// Returns the file of the page, which must not be one of `sources` or the model.
    pub fn resolve(self, sources: &[Source], model: Option<&Path>) -> Result<Option<PathBuf>, CliError> {
        if let Some(path) = &self.report {
            check_target(path, ("a page of fourcast", is_page), sources, model)?;
            refuse_ending(path, ("a page is a file of HTML", "html"), &["html", "htm"])?;
        }
        Ok(self.report)
    }
}

/// Writes a page atomically.
pub fn write_page(path: &Path, page: &Page) -> Result<(), CliError> {
    write_atomically(path, page.document().as_bytes()).map_err(|error| CliError::cannot_write(path, &error))
}

/// File extensions that are used for a single kind of file.
const OF_ONE_KIND: [&str; 29] = [
    "7z",
    "arrow",
    "bz2",
    "csv",
    "feather",
    "gif",
    "gz",
    "htm",
    "html",
    "jpeg",
    "jpg",
    "json",
    "jsonl",
    "ndjson",
    "ods",
    "onnx",
    "parquet",
    "pdf",
    "pickle",
    "pkl",
    "png",
    "pq",
    "safetensors",
    "svg",
    "tsv",
    "xls",
    "xlsx",
    "zip",
    "zst",
];

/// Returns an error if the extension of a name is that of another kind of file than the one written. `what` and
/// `ending` describe the file written. An extension that does not identify a kind is allowed.
pub fn refuse_ending(path: &Path, (what, ending): (&str, &str), own: &[&str]) -> Result<(), CliError> {
    let Some(found) = path.extension().and_then(OsStr::to_str).map(str::to_lowercase) else { return Ok(()) };
    if own.contains(&&*found) || !OF_ONE_KIND.contains(&&*found) {
        return Ok(());
    }
    let (mut bare, mut ending) = (path.to_path_buf(), ending.to_owned());
    while let Some(last) = bare.extension().and_then(OsStr::to_str).map(str::to_lowercase)
        && OF_ONE_KIND.contains(&&*last)
    {
        bare.set_extension("");
        if own.contains(&&*last) {
            ending = last;
        }
    }
    bare.as_mut_os_string().push(format!(".{ending}"));
    Err(CliError {
        message: format!("{}: {what}, and the name ends with .{found}", path.display()),
        help: Some(format!("name it {}", shell_word(&bare.to_string_lossy()))),
    })
}

/// Returns an error if writing would replace an input or a file of another kind, or if nothing can be written there.
/// The pair describes the kind, and decides whether a file with these first bytes is of the kind.
pub fn check_target(
    path: &Path,
    (expected, is_one): (&'static str, impl Fn(&[u8]) -> bool),
    sources: &[Source],
    model: Option<&Path>,
) -> Result<(), CliError> {
    refuse_overwrite(sources, path)?;
    if model.is_some_and(|model| is_same_file(model, path)) {
        return Err(CliError::same_file(path, "the model"));
    }
    files::check_target(path, expected, is_one).map_err(|error| target_error(path, error))
}

/// Returns an error if two things would be written to the same file: `path` must differ from all `others`, each of
/// which has a description.
pub fn check_distinct(path: &Path, others: &[(&Path, &str)]) -> Result<(), CliError> {
    let whole = |path: &Path| std::path::absolute(path).ok();
    let is_same = |other: &Path| whole(other) == whole(path) || is_same_file(other, path);
    match others.iter().find(|(other, _)| is_same(other)) {
        None => Ok(()),
        Some((_, what)) => Err(CliError {
            message: format!("{}: is named for {what} too, expected two files", path.display()),
            help: Some("name another file".into()),
        }),
    }
}

/// Returns the error of a file that cannot be written to, before there is anything to write.
fn target_error(path: &Path, error: FileError) -> CliError {
    match error.problem {
        FileProblem::Occupied { .. } => error.into(),
        FileProblem::Write(cause) => CliError::cannot_write(path, &cause),
        _ => CliError { message: error.to_string(), help: Some("name a file in a folder you can write to".into()) },
    }
}
