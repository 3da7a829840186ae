//! Ensures that only one run at a time writes a model.
//!
//! A model is replaced by a rename, so a lock on the file itself would be lost with the first write. Instead, the lock
//! is on a hidden file beside it, whose name is derived from that of the model. The lock ends with its process, however
//! that ends. The hidden file is removed at the same time, or by the next run that writes into the folder.
//!
//! Two hard links to one file count as two models, for the lock as for a rename: a run that writes one of them leaves
//! the other unchanged, so two runs cannot overwrite each other's model there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::checksum::hexadecimal;
use super::error::{FileError, FileProblem};
use super::location;
use super::pending::Pending;

/// The start of the name of a lock file, and the number of hexadecimal digits that follow.
const PREFIX: &str = ".fourcast-lock-";
const DIGITS: usize = 16;
/// Number of attempts to lock. A run that removes the files of a killed run holds the lock for a moment.
const ATTEMPTS: usize = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// Whether a name is that of a lock file.
pub(super) fn is_lock(name: &str) -> bool {
    let digits = name.strip_prefix(PREFIX);
    digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// The right to write a model, for as long as the value lives. If the file system has no locks, or no file can be made,
/// every run gets it; models are nevertheless replaced completely.
#[derive(Debug)]
pub struct WriteLock {
    _held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    path: PathBuf,
    /// Closed, and thereby unlocked, after the file is removed.
    _file: File,
    _pending: Pending,
}

impl WriteLock {
    /// Returns the right to write the model at this path.
    ///
    /// # Errors
    /// [`FileError`] if another run has it, or nothing can be written to the path.
    pub fn of(model: &Path) -> Result<WriteLock, FileError> {
        let lock = || location::check(model).and_then(|end| WriteLock::beside(&end));
        lock().map_err(|problem| FileError { path: model.to_owned(), problem })
    }

    fn beside(end: &Path) -> Result<WriteLock, FileProblem> {
        let path = lock_path(end);
        let mut refused = FileProblem::Busy;
        for _ in 0..ATTEMPTS {
            check_kind(&path)?;
            let (file, made) = match open(&path) {
                Ok(opened) => opened,
                // Another user has made the file and others cannot read it yet; or it existed and has been removed.
                Err(cause) if is_passing(&cause, &path) => {
                    refused = match cause.kind() {
                        ErrorKind::PermissionDenied => FileProblem::LockUnreadable { path: path.clone(), cause },
                        _ => FileProblem::Busy,
                    };
                    thread::sleep(PAUSE);
                    continue;
                }
                Err(_) => return Ok(WriteLock { _held: None }),
            };
            refused = FileProblem::Busy;
            match file.try_lock() {
                // The previous holder can have removed the file after it was opened.
                Ok(()) if location::is_at(&file, &path) => {
                    let pending = made.unwrap_or_else(|| Pending::new(&path));
                    return Ok(WriteLock { _held: Some(Held { path, _file: file, _pending: pending }) });
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(_)) => {
                    let _ = fs::remove_file(&path);
                    return Ok(WriteLock { _held: None });
                }
            }
        }
        Err(refused)
    }
}

/// Refuses anything but a file under the name of a lock: opening a pipe would wait, and a link can lead anywhere.
fn check_kind(path: &Path) -> Result<(), FileProblem> {
    let Ok(data) = fs::symlink_metadata(path) else { return Ok(()) };
    let found = match data.file_type() {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a folder",
        kind if kind.is_symlink() => "a link",
        _ => "a pipe, a device or a socket",
    };
    Err(FileProblem::LockKind { path: path.to_owned(), found })
}

/// Makes the file, or opens it. It is opened for writing if permitted, because some network file systems lock only
/// files that are open for writing. A file that is made here is removed when the process ends.
fn open(path: &Path) -> io::Result<(File, Option<Pending>)> {
    match Pending::make(|| OpenOptions::new().write(true).create_new(true).open(path), |_| path.to_owned()) {
        Ok((file, pending)) => {
            share(&file, path);
            Ok((file, Some(pending)))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let opened = OpenOptions::new().read(true).write(true).open(path).or_else(|_| File::open(path))?;
            Ok((opened, None))
        }
        Err(error) => Err(error),
    }
}

/// Allows every user to read the file, and those who can write to its folder to write it, whatever the umask. It stays
/// empty.
#[cfg(unix)]
fn share(file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let writers = fs::metadata(folder).map_or(0, |folder| folder.permissions().mode() & 0o022);
    let _ = file.set_permissions(fs::Permissions::from_mode(0o644 | writers));
}

#[cfg(not(unix))]
fn share(_file: &File, _path: &Path) {}

/// Whether the error can pass in a moment.
fn is_passing(error: &io::Error, path: &Path) -> bool {
    match error.kind() {
        ErrorKind::PermissionDenied => fs::symlink_metadata(path).is_ok(),
        ErrorKind::NotFound => path.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir()),
        _ => false,
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // If it cannot be removed, the next run that writes into the folder removes it.
        let _ = fs::remove_file(&self.path);
    }
}

fn lock_path(end: &Path) -> PathBuf {
    let name = end.file_name().unwrap_or_default();
    let hash = hexadecimal(Sha256::new().chain_update(name.as_encoded_bytes()));
    end.with_file_name(format!("{PREFIX}{}", &hash[..DIGITS]))
}

#[cfg(test)]
mod tests {
    use super::super::atomic::write_atomically;
    use super::super::testing::names;
    use super::*;

    #[test]
    fn one_run_writes_a_model_and_others_write_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let held = WriteLock::of(&path("m")).unwrap();
        assert!(matches!(WriteLock::of(&path("m")).unwrap_err().problem, FileProblem::Busy));
        drop(WriteLock::of(&path("other")).unwrap());
        // Another spelling of the same path, and a write beside it.
        assert!(WriteLock::of(&folder.path().join(".").join("m")).is_err());
        write_atomically(&path("m"), b"x").unwrap();
        assert!(WriteLock::of(&path("m")).is_err());
        drop(held);
        drop(WriteLock::of(&path("m")).unwrap());
        assert_eq!(names(folder.path()), ["m"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_locked_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("m", path("link")).unwrap();
        let _held = WriteLock::of(&path("link")).unwrap();
        assert!(WriteLock::of(&path("m")).is_err());
    }

    /// A run that was killed leaves the lock file, but no lock.
    #[test]
    fn what_a_killed_run_leaves_is_taken_over_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("m");
        fs::write(lock_path(&model), "").unwrap();
        drop(WriteLock::of(&model).unwrap());
        assert_eq!(names(folder.path()), [""; 0]);
        fs::write(lock_path(&model), "").unwrap();
        write_atomically(&folder.path().join("other"), b"x").unwrap();
        assert_eq!(names(folder.path()), ["other"]);
    }

    /// If many runs request the lock, one has it at a time, while another run removes files that it considers left
    /// over.
    #[test]
    fn it_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("m");
        let (holders, taken) = (std::sync::atomic::AtomicUsize::new(0), std::sync::atomic::AtomicUsize::new(0));
        let order = std::sync::atomic::Ordering::SeqCst;
        thread::scope(|scope| {
            let writers = [(); 4].map(|()| {
                scope.spawn(|| {
                    for _ in 0..200 {
                        if let Ok(held) = WriteLock::of(&model) {
                            assert_eq!(holders.fetch_add(1, order), 0);
                            taken.fetch_add(1, order);
                            thread::yield_now();
                            holders.fetch_sub(1, order);
                            drop(held);
                        }
                    }
                })
            });
            while !writers.iter().all(|writer| writer.is_finished()) {
                write_atomically(&model.with_file_name("other"), b"x").unwrap();
            }
        });
        assert!(taken.into_inner() > 0);
    }
}
