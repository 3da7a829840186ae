//! The temporary files of this process that have not been renamed or removed, so that none is left if the process ends
//! at once.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

static PENDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn pending() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The entry of a temporary file, for as long as it is neither renamed nor removed.
#[derive(Debug)]
pub(super) struct Pending(PathBuf);

impl Pending {
    /// Adds an entry for an existing file.
    pub fn new(path: &Path) -> Pending {
        Pending::entered(&mut pending(), path.to_owned())
    }

    /// Makes a file and adds its entry; `path` returns the path of the file. A process that ended between the two steps
    /// would leave the file, so it can only end before or after both.
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

    /// Renames the file to its path.
    pub fn persist(self, temporary: NamedTempFile, end: &Path) -> io::Result<()> {
        let held = pending();
        // The lock is held until the file has its name.
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

/// Removes the temporary files of all incomplete writes; from then on, no write begins or completes. For a program that
/// ends at once: each file is then either unchanged or complete.
pub fn abandon_writes() {
    let held = pending();
    for path in held.iter() {
        // If a file cannot be removed, the next run that writes to the folder removes it.
        let _ = std::fs::remove_file(path);
    }
    std::mem::forget(held);
}
