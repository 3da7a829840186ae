//! Temporary files. They are made beside the file that they replace, and locked. Those that a killed run has left are
//! removed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use super::location::{folder, is_at};
use super::lock;
use super::pending::Pending;

/// The start of the name of a temporary file, and the number of letters and digits that follow.
const PREFIX: &str = ".fourcast-";
const RANDOM: usize = 6;
/// Maximum attempts to make a temporary file that another run does not remove.
const MAX_TRIES: usize = 100;

/// Checks that a file can be made beside `end`, and leaves no trace.
pub(super) fn try_out(end: &Path) -> io::Result<()> {
    remove_strays(folder(end));
    temporary(end).map(drop)
}

/// Makes a locked temporary file beside `end`. As long as the lock is held, no other run considers it left over.
pub(super) fn temporary(end: &Path) -> io::Result<(NamedTempFile, Pending)> {
    for _ in 0..MAX_TRIES {
        let (file, pending) = Pending::make(|| make(folder(end)), |file| file.path().to_owned())?;
        // Without locks, as on some network drives, no file is considered left over.
        let _ = file.as_file().lock();
        // Between its making and its locking, another run can have removed it.
        if is_at(file.as_file(), file.path()) {
            return Ok((file, pending));
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

fn make(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default; a model is an ordinary file with the permissions of the umask.
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|cause| match cause.raw_os_error() {
        // The wrapper of the system's error would name the temporary file.
        Some(code) => io::Error::from_raw_os_error(code),
        None => cause.kind().into(),
    })
}

/// Removes the files that killed runs have left in a folder: files with names of temporary files or of model locks on
/// which no run holds a lock.
pub(super) fn remove_strays(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary(&entry.file_name()) && is_file() {
            // A file that cannot be removed stays, and does no harm.
            let path = entry.path();
            // A file of another user can be read-only, which is enough to try its lock.
            let _ = File::open(&path).and_then(|file| remove_unless_locked(&file, &path));
        }
    }
}

fn is_temporary(name: &OsStr) -> bool {
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        || name.to_str().is_some_and(lock::is_lock)
}

fn remove_unless_locked(file: &File, path: &Path) -> io::Result<()> {
    file.try_lock()?;
    // Its owner can have removed it since it was opened, and another run can have made and locked a new one.
    if is_at(file, path) { fs::remove_file(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::atomic::write_atomically;
    use super::super::testing::names;
    use super::*;

    #[test]
    fn a_file_that_took_the_place_of_another_is_not_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        fs::write(&path, "").unwrap();
        let opened = File::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "another").unwrap();
        remove_unless_locked(&opened, &path).unwrap();
        assert!(path.exists());
        remove_unless_locked(&File::open(&path).unwrap(), &path).unwrap();
        assert!(!path.exists());
    }

    /// If two runs write into one folder, neither removes the other's file.
    #[test]
    fn abandoned_files_are_removed_and_locked_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (locked, _pending) = temporary(&path("other")).unwrap();
        for name in [".fourcast-aB3dE6", ".fourcast-notes", ".fourcast-aB3d.6", ".fourcast-", "x.fourcast-aB3dE6"] {
            fs::write(path(name), "x").unwrap();
        }
        fs::create_dir(path(".fourcast-folder")).unwrap();
        fs::create_dir(path(".fourcast-foldEr")).unwrap();
        write_atomically(&path("file"), b"new").unwrap();
        let locked_name = locked.path().file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = [".fourcast-", ".fourcast-aB3d.6", ".fourcast-foldEr", ".fourcast-folder", "file"]
            .map(str::to_owned)
            .to_vec();
        // "notes" has five letters, so it is not the name of a temporary file.
        expected.extend([".fourcast-notes".to_owned(), "x.fourcast-aB3dE6".to_owned(), locked_name]);
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }
}
