//! Why a file cannot be read or written.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a file cannot be read or written, with its path.
#[derive(Debug, Error)]
#[error("{}: {problem}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The problem.
    #[source]
    pub problem: FileProblem,
}

/// Why a file cannot be read or written, whatever its contents.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The path is a folder.
    #[error("is a folder, expected a file")]
    Folder,
    /// The path is a device, a pipe or a socket.
    #[error("is not an ordinary file, expected one or a new name")]
    Special,
    /// The path is a chain of links without an end.
    #[error("is a link to links that lead in a circle, expected a file or a new name")]
    Links,
    /// The folder of the file does not exist.
    #[error("cannot be written: no folder '{}'", .0.display())]
    NoFolder(PathBuf),
    /// Another run holds the lock to write it.
    #[error("is being trained or updated by another run")]
    Busy,
    /// It cannot be determined whether another run writes it, because another user's lock file cannot be opened.
    #[error("may be trained or updated by another run: its lock file '{}' cannot be opened: {cause}", path.display())]
    LockUnreadable {
        /// The lock file.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The path of its lock file is not that of a file.
    #[error("cannot be locked: its lock file '{}' is {found}, expected a file or none", path.display())]
    LockKind {
        /// The lock file.
        path: PathBuf,
        /// The kind that was found.
        found: &'static str,
    },
    /// A file of another kind exists and would be replaced.
    #[error("is {found}, expected {expected} or a new name")]
    Occupied {
        /// The kind that was found.
        found: String,
        /// The kind that can be replaced.
        expected: &'static str,
    },
    /// The operating system refused to read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The operating system refused to write.
    #[error("cannot be written: {0}")]
    Write(io::Error),
}

/// Returns the error of the output behind an error of the csv writer. The writer's own conversion loses its kind, which
/// distinguishes a closed pipe (`| head`), a full disk and a refused permission.
#[doc(hidden)]
pub fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_csv_writer_keeps_its_kind() {
        let full = csv::Error::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(io_error(full).kind(), io::ErrorKind::StorageFull);
    }
}
