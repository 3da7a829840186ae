//! Writes files atomically: a temporary file in the same folder is renamed.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::location::{check, folder, sync_folder};
use super::pending::Pending;
use super::temporary::{remove_strays, temporary};

/// Writes a temporary file beside the file, syncs it, and renames it: whatever happens, either the old or the new file
/// exists, complete. A file that is replaced passes its mode and its owner on to the new file; a link remains a link.
///
/// # Errors
/// Any error of the operating system, and if the path is not that of an ordinary file.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let end = check(path).map_err(|problem| io::Error::other(problem.to_string()))?;
    write(&end, bytes)
}

/// Writes as [`write_atomically`] does, to the file that links lead to.
pub(super) fn write(end: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::at(end.to_owned())?;
    file.write_all(bytes)?;
    file.commit()
}

/// A file that is written in pieces with the guarantee of [`write_atomically`]: nothing is at its path before
/// [`commit`](AtomicFile::commit), and nothing is left of it without a commit.
#[derive(Debug)]
pub struct AtomicFile {
    end: PathBuf,
    temporary: NamedTempFile,
    pending: Pending,
}

impl AtomicFile {
    /// Begins a file for `path`.
    ///
    /// # Errors
    /// If no file can be made in its folder, or the path is not that of an ordinary file.
    pub fn create(path: &Path) -> io::Result<AtomicFile> {
        AtomicFile::at(check(path).map_err(|problem| io::Error::other(problem.to_string()))?)
    }

    fn at(end: PathBuf) -> io::Result<AtomicFile> {
        remove_strays(folder(&end));
        let (temporary, pending) = temporary(&end)?;
        Ok(AtomicFile { end, temporary, pending })
    }

    /// Syncs the file and renames it to its path.
    ///
    /// # Errors
    /// Any error of the operating system.
    pub fn commit(self) -> io::Result<()> {
        let file = self.temporary.as_file();
        if let Ok(old) = fs::metadata(&self.end) {
            keep_owner_and_mode(file, &old);
        }
        file.sync_all()?;
        self.pending.persist(self.temporary, &self.end)?;
        sync_folder(folder(&self.end));
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Writes to the file itself, because errors of its wrapper name the temporary file.
        self.temporary.as_file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file().flush()
    }
}

/// Gives a new file the owner, group and mode of the old file, as far as this user is allowed to.
#[cfg(unix)]
fn keep_owner_and_mode(file: &File, old: &Metadata) {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let mine = file.metadata().ok();
    let same = |of: fn(&Metadata) -> u32| mine.as_ref().is_some_and(|mine| of(mine) == of(old));
    let owned = same(MetadataExt::uid) || fchown(file, Some(old.uid()), None).is_ok();
    let grouped = same(MetadataExt::gid) || fchown(file, None, Some(old.gid())).is_ok();
    let mode = old.mode() & 0o777;
    // If the group differs, it gets no permissions of the old group beyond those of everyone.
    let mode = if grouped { mode } else { mode & (0o707 | (mode & 0o7) << 3) };
    let special = if owned && grouped { old.mode() & 0o7000 } else { 0 };
    let _ = file.set_permissions(Permissions::from_mode(mode | special));
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_file: &File, _old: &Metadata) {}

#[cfg(test)]
mod tests {
    use super::super::error::FileProblem;
    use super::super::testing::names;
    use super::*;

    #[test]
    fn writers_side_by_side_all_succeed() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let path = folder.path().join(writer.to_string());
                scope.spawn(move || (0..50).for_each(|k| write_atomically(&path, &[k; 100]).unwrap()));
            }
        });
        assert_eq!(names(folder.path()), ["0", "1", "2", "3"]);
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_owner_stay() {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        // Only an administrator can change the owner of a file.
        let given = chown(&path, Some(1), Some(2)).is_ok();
        for mode in [0o600, 0o640, 0o664, 0o444] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            write_atomically(&path, b"new").unwrap();
            let now = fs::metadata(&path).unwrap();
            assert_eq!(now.mode() & 0o7777, mode);
            assert!(!given || (now.uid(), now.gid()) == (1, 2));
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_their_end() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("other")).unwrap();
        symlink("second", path("first")).unwrap();
        symlink("other/third", path("second")).unwrap();
        symlink("end", path("other/third")).unwrap();
        for text in [b"one", b"two"] {
            write_atomically(&path("first"), text).unwrap();
            assert_eq!(fs::read(path("other/end")).unwrap(), text);
        }
        assert!(["first", "second", "other/third"].iter().all(|link| path(link).is_symlink()));
        symlink("b", path("a")).unwrap();
        symlink("a", path("b")).unwrap();
        let error = write_atomically(&path("a"), b"x").unwrap_err();
        assert!(error.to_string().contains("lead in a circle"), "{error}");
        symlink("none/file", path("lost")).unwrap();
        assert!(matches!(check(&path("lost")), Err(FileProblem::NoFolder(_))));
        symlink("/dev/null", path("null")).unwrap();
        assert!(matches!(check(&path("null")), Err(FileProblem::Special)));
    }

    /// A folder with permission to write but not to read.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_opened_is_no_error() {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(0o333)).unwrap();
        write_atomically(&inner.join("file"), b"x").unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(names(&inner), ["file"]);
    }
}
