//! Where a path leads: whether a file can be written there, and whether an open file is the file at the path.

use std::fs::File;
use std::path::{Path, PathBuf, is_separator};

use super::error::FileProblem;

/// Maximum number of links to follow, as in Linux.
const MAX_LINKS: usize = 40;

/// Checks that a file can be written to `path`, and returns where a link leads.
pub fn check(path: &Path) -> Result<PathBuf, FileProblem> {
    let named_as_folder = path.as_os_str().as_encoded_bytes().last().is_some_and(|b| is_separator(char::from(*b)));
    if named_as_folder {
        return Err(FileProblem::Folder);
    }
    if path.as_os_str() == "-" {
        return Err(FileProblem::Special);
    }
    let end = destination(path)?;
    if end.is_dir() {
        return Err(FileProblem::Folder);
    }
    // The rename would replace a device or a pipe with a file.
    if end.exists() && !end.is_file() {
        return Err(FileProblem::Special);
    }
    if !folder(&end).is_dir() {
        return Err(FileProblem::NoFolder(folder(&end).to_owned()));
    }
    Ok(end)
}

/// Returns the end of a chain of links. That file is replaced, or made if it does not exist, and the links remain.
fn destination(path: &Path) -> Result<PathBuf, FileProblem> {
    let mut end = path.to_owned();
    for _ in 0..MAX_LINKS {
        // The system's own paths lead elsewhere: /dev/stdout sometimes leads to a file, and a rename would replace the
        // device by a file.
        if is_of_the_system(&end) && end.exists() {
            return Err(FileProblem::Special);
        }
        match end.read_link() {
            Ok(next) => end = folder(&end).join(next),
            Err(_) => return Ok(end),
        }
    }
    Err(FileProblem::Links)
}

/// Whether a path is in one of the system's own folders: devices, and the open files of processes.
pub fn is_of_the_system(path: &Path) -> bool {
    ["/dev", "/proc", "/sys"].iter().any(|place| path.starts_with(place))
}

/// Returns the folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether an open file is the file at this path.
pub fn is_at(file: &File, path: &Path) -> bool {
    let own = file.try_clone().and_then(same_file::Handle::from_file);
    same_file::Handle::from_path(path).is_ok_and(|there| own.is_ok_and(|own| own == there))
}

/// Syncs the folder of a new file, so that the file is on disk under its name.
pub fn sync_folder_of(path: &Path) {
    sync_folder(folder(path));
}

/// Syncs a folder, so that a rename in it is on disk. If the folder cannot be synced (a folder with permission to write
/// but not to read, another operating system), the file is nevertheless renamed.
pub(super) fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}
