//! Writes files atomically: a temporary file in the same folder is renamed, and only files of the same kind are
//! replaced.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf, is_separator};

use tempfile::NamedTempFile;

use super::file::Problem;
use super::lock;
use super::pending::Pending;

/// The start of a temporary file's name, and how many letters and digits follow.
const PREFIX: &str = ".fourcast-";
const RANDOM: usize = 6;
/// Maximum number of links to follow: that of Linux.
const MAX_LINKS: usize = 40;
/// Maximum attempts to make a temporary file that another run does not remove.
const MAX_TRIES: usize = 100;

/// Whether a file could be written there, and where a link to it leads.
pub(super) fn check(path: &Path) -> Result<PathBuf, Problem> {
    let named_as_folder = path.as_os_str().as_encoded_bytes().last().is_some_and(|b| is_separator(char::from(*b)));
    if named_as_folder {
        return Err(Problem::Folder);
    }
    if path.as_os_str() == "-" {
        return Err(Problem::Special);
    }
    let end = destination(path)?;
    if end.is_dir() {
        return Err(Problem::Folder);
    }
    // The rename would replace a device or a pipe.
    if end.exists() && !end.is_file() {
        return Err(Problem::Special);
    }
    if !folder(&end).is_dir() {
        return Err(Problem::NoFolder(folder(&end).to_owned()));
    }
    Ok(end)
}

/// The end of a chain of links: that file is replaced, or made if it does not exist, and the links stay.
fn destination(path: &Path) -> Result<PathBuf, Problem> {
    let mut end = path.to_owned();
    for _ in 0..MAX_LINKS {
        // The system's own places lead elsewhere: what /dev/stdout points to is a file at times, and renaming
        // onto it would put a file in the place of the device.
        if is_of_the_system(&end) && end.exists() {
            return Err(Problem::Special);
        }
        match end.read_link() {
            Ok(next) => end = folder(&end).join(next),
            Err(_) => return Ok(end),
        }
    }
    Err(Problem::Links)
}

/// Whether a path is one of the system's own: its devices, and the open files of processes.
pub(super) fn is_of_the_system(path: &Path) -> bool {
    ["/dev", "/proc", "/sys"].iter().any(|place| path.starts_with(place))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Finds out whether a file can be made beside `end`, without a trace.
pub(super) fn try_out(end: &Path) -> io::Result<()> {
    remove_strays(folder(end));
    temporary(end).map(drop)
}

/// Writes a file by way of a temporary one beside it, synced, then renamed: whatever happens, either the old file or
/// the new one is there, whole. A file that is replaced leaves its mode and its owner to the new one; a link stays one.
///
/// # Errors
/// Whatever the operating system says, and where the place is no ordinary file.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let end = check(path).map_err(|problem| io::Error::other(problem.to_string()))?;
    write(&end, bytes)
}

/// As [`write_atomically`], to where links lead.
pub(super) fn write(end: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::at(end.to_owned())?;
    file.write_all(bytes)?;
    file.commit()
}

/// A file written piece by piece as [`write_atomically`] writes one at once: nothing is in its place before
/// [`commit`](AtomicFile::commit), and nothing is left of it without.
#[derive(Debug)]
pub struct AtomicFile {
    end: PathBuf,
    temporary: NamedTempFile,
    pending: Pending,
}

impl AtomicFile {
    /// A file for `path`.
    ///
    /// # Errors
    /// If no file can be made in its folder, or the place is no ordinary file.
    pub fn create(path: &Path) -> io::Result<AtomicFile> {
        AtomicFile::at(check(path).map_err(|problem| io::Error::other(problem.to_string()))?)
    }

    fn at(end: PathBuf) -> io::Result<AtomicFile> {
        remove_strays(folder(&end));
        let temporary = temporary(&end)?;
        let pending = Pending::new(temporary.path());
        Ok(AtomicFile { end, temporary, pending })
    }

    /// Syncs the file and renames it into its place.
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
        // To the file itself: the errors of its wrapper name the temporary file.
        self.temporary.as_file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.as_file().flush()
    }
}

/// A locked temporary file beside `end`: while its lock is held, no other run takes it for a stray.
fn temporary(end: &Path) -> io::Result<NamedTempFile> {
    for _ in 0..MAX_TRIES {
        let file = make(folder(end))?;
        // Without locks, as on some network drives, nothing is taken for a stray.
        let _ = file.as_file().lock();
        // Between its making and its locking another run may have taken it for one.
        if is_at(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

/// Whether an open file is the one that has this path.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    let own = file.try_clone().and_then(same_file::Handle::from_file);
    same_file::Handle::from_path(path).is_ok_and(|there| own.is_ok_and(|own| own == there))
}

fn make(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default; a model is an ordinary file, as the umask says.
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder).map_err(|cause| match cause.raw_os_error() {
        // What wraps the system's error would name the temporary file.
        Some(code) => io::Error::from_raw_os_error(code),
        None => cause.kind().into(),
    })
}

/// Removes what runs that were killed have left in a folder: files of the name that temporary files and locks of models
/// have, which no run holds a lock on.
fn remove_strays(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary(&entry.file_name()) && is_file() {
            // What cannot be removed stays: it is in nobody's way.
            let path = entry.path();
            // Another user's may be read only, which is enough to try its lock.
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
    // Its owner may have removed it since it was opened, and another run may have made and locked a new one.
    if is_at(file, path) { fs::remove_file(path) } else { Ok(()) }
}

/// Gives a new file the owner, group and mode of the old one, as far as this user may.
#[cfg(unix)]
fn keep_owner_and_mode(file: &File, old: &Metadata) {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let mine = file.metadata().ok();
    let same = |of: fn(&Metadata) -> u32| mine.as_ref().is_some_and(|mine| of(mine) == of(old));
    let owned = same(MetadataExt::uid) || fchown(file, Some(old.uid()), None).is_ok();
    let grouped = same(MetadataExt::gid) || fchown(file, None, Some(old.gid())).is_ok();
    let mode = old.mode() & 0o777;
    // What the old group may do, another group may not, beyond what everyone may.
    let mode = if grouped { mode } else { mode & (0o707 | (mode & 0o7) << 3) };
    let special = if owned && grouped { old.mode() & 0o7000 } else { 0 };
    let _ = file.set_permissions(Permissions::from_mode(mode | special));
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_file: &File, _old: &Metadata) {}

/// A file that has just been made is on disk under its name once its folder is.
pub(crate) fn sync_folder_of(path: &Path) {
    sync_folder(folder(path));
}

/// The rename itself is on disk once the folder is. Where that cannot be asked for (a folder that may be written and
/// not read, another system) the file is in its place all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

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

    /// Of two runs that write into one folder neither takes the other's file.
    #[test]
    fn abandoned_files_are_removed_and_locked_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let current_batch = temporary(&path("other")).unwrap();
        for name in [".fourcast-aB3dE6", ".fourcast-notes", ".fourcast-aB3d.6", ".fourcast-", "x.fourcast-aB3dE6"] {
            fs::write(path(name), "x").unwrap();
        }
        fs::create_dir(path(".fourcast-folder")).unwrap();
        fs::create_dir(path(".fourcast-foldEr")).unwrap();
        write_atomically(&path("file"), b"new").unwrap();
        let at_work_name = current_batch.path().file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = [".fourcast-", ".fourcast-aB3d.6", ".fourcast-foldEr", ".fourcast-folder", "file"]
            .map(str::to_owned)
            .to_vec();
        // "notes" has five letters, and so is nothing that was made here.
        expected.extend([".fourcast-notes".to_owned(), "x.fourcast-aB3dE6".to_owned(), at_work_name]);
        expected.sort();
        assert_eq!(names(folder.path()), expected);
    }

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
        // Only an administrator can give a file away.
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
        assert!(matches!(check(&path("lost")), Err(Problem::NoFolder(_))));
        symlink("/dev/null", path("null")).unwrap();
        assert!(matches!(check(&path("null")), Err(Problem::Special)));
    }

    /// A folder that may be written and not read.
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
