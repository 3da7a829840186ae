//! The temporary files of this process that are still to be renamed or removed, so that none is left where it ends at
//! once.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file's entry, for as long as it is neither renamed nor removed.
#[derive(Debug)]
pub(super) struct Pending(PathBuf);

impl Pending {
    /// For a file that is there.
    pub fn new(path: &Path) -> Pending {
        Pending::entered(&mut pending(), path.to_owned())
    }

    /// Makes a file, whose path the other function says. A process that ends in between would leave it: it ends before or
    /// after.
    pub fn make<T>(make: impl FnOnce() -> io::Result<T>, path: impl FnOnce(&T) -> PathBuf) -> io::Result<(T, Pending)> {
        let mut held = pending();
        let made = make()?;
        let pending = Pending::entered(&mut held, path(&made));
        Ok((made, pending))
    }

    fn entered(all: &mut BTreeSet<PathBuf>, path: PathBuf) -> Pending {
        all.insert(path.clone());
        Pending(path)
    }

    /// Renames the file into its place.
    pub fn persist(self, temporary: NamedTempFile, end: &Path) -> io::Result<()> {
        let held = pending();
        // The lock of the file is held until it has its name.
        let renamed = temporary.persist(end).map(drop).map_err(|failed| failed.error);
        drop(held);
        renamed
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        pending().remove(&self.0);
    }
}

/// Removes the temporary files of all writes that are not complete; none is begun or completed any more. For a program
/// that ends at once: files are then as they were before, or whole.
pub fn abandon_writes() {
    let held = pending();
    for path in held.iter() {
        // What cannot be removed is removed by the next run that writes there.
        let _ = std::fs::remove_file(path);
    }
    std::mem::forget(held);
}
