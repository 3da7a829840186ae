//! Why a file cannot be read or written.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// A file cannot be read or written.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// Why it cannot.
    #[source]
    pub problem: FileProblem,
}

/// Why a file cannot be read or written, whatever it holds.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The path is a folder.
    #[error("is a folder, expected a file")]
    Folder,
    /// The path is a device, a pipe or a socket.
    #[error("is not an ordinary file, expected one or a new name")]
    Special,
    /// Links that lead to one another.
    #[error("is a link to links that lead in a circle, expected a file or a new name")]
    Links,
    /// The folder it should go to is not there.
    #[error("cannot be written: no folder '{}'", .0.display())]
    NoFolder(PathBuf),
    /// Another run is to write it.
    #[error("is being trained or updated by another run")]
    Busy,
    /// Whether another run is to write it cannot be found out: another user's lock file cannot be opened.
    #[error("may be trained or updated by another run: its lock file '{}' cannot be opened: {cause}", path.display())]
    LockUnreadable {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// Something that is no file has the name of its lock file.
    #[error("cannot be locked: its lock file '{}' is {found}, expected a file or none", path.display())]
    LockKind {
        /// The lock file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// A file of another kind, which would be replaced.
    #[error("is {found}, expected {expected} or a new name")]
    Occupied {
        /// What it is.
        found: String,
        /// What may be replaced.
        expected: &'static str,
    },
    /// The operating system refused to read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The operating system refused to write.
    #[error("cannot be written: {0}")]
    Write(io::Error),
}
