//! Files that are replaced only by files of their own kind.

use std::io;
use std::path::Path;

use super::error::{FileError, FileProblem};
use super::{atomic, kind, location, temporary};

/// Checks that `replace` can write to a path, and leaves no trace. `is_one` returns, from the beginning of a file,
/// whether it is of the kind that can be replaced.
///
/// # Errors
/// [`FileError`] if nothing can be written there.
pub fn check_target(path: &Path, expected: &'static str, is_one: impl Fn(&[u8]) -> bool) -> Result<(), FileError> {
    let check = || {
        let end = location::check(path)?;
        check_replaced(&end, expected, is_one)?;
        temporary::try_out(&end).map_err(FileProblem::Write)
    };
    check().map_err(|problem| FileError { path: path.to_owned(), problem })
}

/// Checks that an existing file is of the kind that is written.
fn check_replaced(end: &Path, expected: &'static str, is_one: impl Fn(&[u8]) -> bool) -> Result<(), FileProblem> {
    match kind::head(end) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(FileProblem::Read(cause)),
        Ok(head) if head.is_empty() || is_one(&head) => Ok(()),
        Ok(head) => Err(FileProblem::Occupied { found: kind::in_words(&head), expected }),
    }
}

/// Writes a file completely or not at all. It can only replace a file of its own kind (see [`check_target`]).
///
/// # Errors
/// [`FileError`] if the operating system refuses, or a file of another kind is there.
pub fn replace(
    path: &Path,
    expected: &'static str,
    is_one: impl Fn(&[u8]) -> bool,
    bytes: &[u8],
) -> Result<(), FileError> {
    let write = || {
        let end = location::check(path)?;
        check_replaced(&end, expected, is_one)?;
        atomic::write(&end, bytes).map_err(FileProblem::Write)
    };
    write().map_err(|problem| FileError { path: path.to_owned(), problem })
}
