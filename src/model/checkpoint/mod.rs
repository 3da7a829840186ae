//! The checkpoint of a training run: a file beside the model with the state of each network, from which another process
//! continues to the same model. `bytes` defines the format of the file.

pub(super) mod bytes;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};
use thiserror::Error;

use super::header::{Bounds, read_bounded};
use fourcast_base::files::{self, FileError, kind, location};
use fourcast_base::words::shown;
use fourcast_nn::train::{Epoch, State};

/// The suffix of a checkpoint's name after the name of its model.
const ENDING: &str = ".checkpoint";

/// Maximum size of the header of a checkpoint in bytes; it also holds the states of generators.
const MAX_HEADER: u64 = 16 << 20;

/// The state of one network of a training run.
#[derive(Debug, PartialEq)]
pub(super) struct MemberState {
    pub epochs: Vec<Epoch>,
    pub state: State<f32>,
}

/// The file in which the state of a training run is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub(super) path: PathBuf,
    pub(super) every: Option<Duration>,
    pub(super) resumes: bool,
}

impl Checkpoint {
    /// Returns the checkpoint beside the model that is trained. It is written at the interval `every`, or never. A
    /// training that `resumes` starts from an existing file.
    pub fn of_model(model: &Path, every: Option<Duration>, resumes: bool) -> Checkpoint {
        // If the model is a link, the file that it leads to is written and locked, under whatever name it is trained.
        let end = location::check(model).unwrap_or_else(|_| model.to_owned());
        let mut path = OsString::from(end);
        path.push(ENDING);
        Checkpoint { path: path.into(), every, resumes }
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file exists.
    pub fn is_there(&self) -> bool {
        self.path.is_file()
    }

    /// Whether a training run starts from the file.
    pub fn resumes(&self) -> bool {
        self.resumes
    }

    /// Returns why an existing file cannot be read, for example because it belongs to another user.
    pub fn unreadable(&self) -> Option<io::Error> {
        self.is_there().then(|| File::open(&self.path).err()).flatten()
    }

    /// Checks that the file can be written, and leaves no trace. An unreadable file stops only a training run that
    /// resumes; any other training run continues without a checkpoint.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be written, or another file exists there.
    pub fn check_target(&self) -> Result<(), FileError> {
        if !self.resumes && self.unreadable().is_some() {
            return Ok(());
        }
        files::check_target(&self.path, "the checkpoint of a training run", kind::is_checkpoint)
    }

    /// Removes the file, after the model is written. A file that is not a checkpoint is left in place.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn remove(&self) -> io::Result<()> {
        match kind::head(&self.path) {
            Ok(head) if kind::is_checkpoint(&head) => fs::remove_file(&self.path),
            _ => Ok(()),
        }
    }

    /// Reads the bytes of the file, if it exists, with at most `max` bytes of tensors.
    pub(super) fn read(&self, max: usize) -> Result<Option<Vec<u8>>, CheckpointProblem> {
        let refused = |error: io::Error| CheckpointProblem::Read(error.to_string());
        if self.path.exists() && !self.path.is_file() {
            return Err(CheckpointProblem::Other);
        }
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(refused)?,
        };
        read_bounded(file, &Bounds { header: MAX_HEADER, tensors: max })
            .map(Some)
            .map_err(|problem| CheckpointProblem::Damaged(problem.to_string()))
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), FileError> {
        files::replace(&self.path, "the checkpoint of a training run", kind::is_checkpoint, bytes)
    }
}

/// Why a training run cannot start from a checkpoint.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}: {problem}", path.display())]
pub struct CheckpointError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with the file.
    pub problem: CheckpointProblem,
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CheckpointProblem {
    /// The file is of another kind.
    #[error("is not a checkpoint of a training run, expected one")]
    Other,
    /// The file has another version of the format.
    #[error("is a checkpoint of version {found}, expected {}", bytes::VERSION)]
    Version {
        /// The version of the file.
        found: u64,
    },
    /// The file is from a training with other prices or options.
    #[error("is the checkpoint of another training run: {}", .0.join("; "))]
    Differs(Vec<String>),
    /// The file has changed since it was written.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(String),
}

/// Returns the differences between two trainings, in words.
fn differences(found: &Map<String, Value>, expected: &Map<String, Value>) -> Vec<String> {
    // Hashes and long lists are of no use to a reader.
    const MAX_SHOWN: usize = 40;
    let short = |value: Option<&Value>| match value {
        Some(Value::String(text)) => shown(text),
        Some(other) => shown(&other.to_string()),
        None => "none".to_owned(),
    };
    let names = expected.keys().chain(found.keys().filter(|name| !expected.contains_key(*name)));
    let differ = names.filter(|name| found.get(*name) != expected.get(*name));
    let in_words = |name: &String| match (short(found.get(name)), short(expected.get(name))) {
        (one, other) if one.len().max(other.len()) > MAX_SHOWN => format!("other {}", shown(name)),
        (one, other) => format!("{} {one}, expected {other}", shown(name)),
    };
    differ.map(in_words).collect()
}
