//! The file of a ledger.
//!
//! Appending holds a lock on the file, so that several processes can append at once. Each process reads the existing
//! forecasts, omits those that it would repeat, writes its lines in one piece, and syncs. If a crash truncated the last
//! line, the next process that appends completes or removes it; a complete line is never changed.

use std::collections::{HashMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::entry::{Entry, EntryError, OF_THIS_VERSION, VERSION};
use fourcast_base::files::location::{is_at, sync_folder_of};

/// The first bytes of a ledger.
const MAGIC: &[u8] = b"{\"fourcast_ledger\":";

/// The mark that some editors write before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Whether a file with these first bytes is a ledger or the beginning of one.
pub fn is_ledger(head: &[u8]) -> bool {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    let length = head.len().min(MAGIC.len());
    head[..length] == MAGIC[..length]
}

/// The error of a ledger that cannot be used.
#[derive(Debug, Error)]
#[error("{}: {problem}", .path.display())]
pub struct LedgerError {
    /// The file.
    pub path: PathBuf,
    /// The problem.
    pub problem: LedgerProblem,
}

/// What is wrong with a ledger.
#[derive(Debug, Error)]
pub enum LedgerProblem {
    /// The file does not exist.
    #[error("no such file, expected a ledger of forecasts")]
    Missing,
    /// The file is of another kind.
    #[error(
        "is not a ledger of forecasts: expected one forecast per line, as JSON that begins with {{\"fourcast_ledger\":"
    )]
    Other,
    /// A line has a newer format.
    #[error("line {line} is of version {found}, expected {VERSION}")]
    Version {
        /// The line, from 1.
        line: usize,
        /// Its version.
        found: u64,
    },
    /// The last line has no line break and is not the beginning of a forecast that a crash left.
    #[error("line {line}, the last, is incomplete and is not the beginning of a forecast")]
    Unended {
        /// The line, from 1.
        line: usize,
    },
    /// The file cannot be locked.
    #[error("cannot be locked against other processes: {0}")]
    Lock(io::Error),
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The file cannot be written.
    #[error("cannot be written, and is unchanged: {0}")]
    Write(io::Error),
}

/// The forecasts of a ledger.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The forecasts, each with its line number, from 1.
    pub entries: Vec<(usize, Entry)>,
    /// Lines that are not forecasts, with the reasons.
    pub unreadable: Vec<(usize, EntryError)>,
}

/// The result of appending.
#[derive(Debug, Default)]
pub struct Appended {
    /// Forecasts added.
    pub added: usize,
    /// Forecasts that the ledger already contained.
    pub known: usize,
    /// The repair of a last line without a line break.
    pub repair: Option<Repair>,
    /// Lines that are not forecasts; they are not changed.
    pub unreadable: Vec<usize>,
}

/// The repair of a last line without a line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// The forecast was complete; its line break was added.
    Completed,
    /// The beginning of a forecast was removed.
    CutOff {
        /// Its length.
        bytes: u64,
    },
}

/// Appends the forecasts that the ledger does not contain yet, and syncs. Does nothing if there are no forecasts.
///
/// # Errors
/// [`LedgerError`] if the file is of another kind, or cannot be locked, read or written; nothing is then added.
pub fn append(path: &Path, entries: &[Entry]) -> Result<Appended, LedgerError> {
    if entries.is_empty() {
        return Ok(Appended::default());
    }
    let append = || {
        check_kind(path)?;
        let is_new = !path.exists();
        let file = open_locked(path)?;
        let appended = append_locked(&file, entries).inspect_err(|_| {
            // No other process has written to it because the lock is held.
            if is_new && file.metadata().is_ok_and(|data| data.len() == 0) {
                let _ = std::fs::remove_file(path);
            }
        })?;
        if is_new {
            sync_folder_of(path);
        }
        Ok(appended)
    };
    append().map_err(|problem| LedgerError { path: path.to_owned(), problem })
}

/// Opens or creates the file, and locks it. While this process waited for the lock, a process that had created the file
/// and could not write may have removed it; anything appended to the removed file would be lost.
fn open_locked(path: &Path) -> Result<File, LedgerProblem> {
    /// Some file systems cannot tell whether two files are the same.
    const ATTEMPTS: usize = 20;
    let mut attempt = 1;
    loop {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(LedgerProblem::Write)?;
        file.lock().map_err(LedgerProblem::Lock)?;
        if is_at(&file, path) || attempt == ATTEMPTS {
            return Ok(file);
        }
        attempt += 1;
    }
}

fn append_locked(file: &File, entries: &[Entry]) -> Result<Appended, LedgerProblem> {
    let mut known = vec![false; entries.len()];
    let mut unreadable = Vec::new();
    let mut of_series: HashMap<&str, Vec<usize>> = HashMap::new();
    entries.iter().enumerate().for_each(|(k, entry)| of_series.entry(&entry.series).or_default().push(k));
    let data: HashSet<&[u8]> = entries.iter().map(|entry| entry.data.as_bytes()).collect();
    // A ledger can have many more lines for other days. For lines of this version, only the hash is read first.
    let is_other = |line: &[u8]| Entry::data_in(line).is_some_and(|found| !data.contains(found));
    let scan = scan(file, is_other, |line, found| match found {
        Ok(found) => {
            let own = of_series.get(&*found.series).into_iter().flatten();
            own.filter(|k| entries[**k].is_same(&found)).for_each(|k| known[*k] = true);
        }
        Err(_) => unreadable.push(line),
    })?;
    let mut lines = if scan.repair == Some(Repair::Completed) { "\n".to_owned() } else { String::new() };
    for (k, entry) in entries.iter().enumerate() {
        let earlier = of_series.get(&*entry.series).into_iter().flatten().take_while(|earlier| **earlier < k);
        let is_repeated = known[k] || earlier.into_iter().any(|earlier| entries[*earlier].is_same(entry));
        if !is_repeated {
            lines += &entry.line().map_err(|error| LedgerProblem::Write(error.into()))?;
        }
    }
    let added = lines.lines().filter(|line| !line.is_empty()).count();
    if !lines.is_empty() || scan.repair.is_some() {
        write(file, scan.whole, &lines)?;
    }
    Ok(Appended { added, known: entries.len() - added, repair: scan.repair, unreadable })
}

/// Writes `lines` after the first `whole` bytes. Restores the previous bytes if that fails.
fn write(mut file: &File, whole: u64, lines: &str) -> Result<(), LedgerProblem> {
    let mut rest = Vec::new();
    let mut write = || {
        file.seek(SeekFrom::Start(whole))?;
        file.read_to_end(&mut rest)?;
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        // If this fails too, an incomplete line remains, which the next process removes.
        let _ =
            file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole))).and_then(|_| file.write_all(&rest));
        LedgerProblem::Write(error)
    })
}

/// Reads the forecasts of a ledger.
///
/// # Errors
/// [`LedgerError`] if the file is of another kind or a newer version, or cannot be read.
pub fn read(path: &Path) -> Result<Ledger, LedgerError> {
    let read = || {
        check_kind(path)?;
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => LedgerProblem::Missing,
            _ => LedgerProblem::Read(error),
        })?;
        let mut ledger = Ledger::default();
        let scan = scan(
            &file,
            |_| false,
            |line, found| match found {
                Ok(entry) => ledger.entries.push((line, entry)),
                Err(error) => ledger.unreadable.push((line, error)),
            },
        )?;
        ledger.unreadable.extend(scan.cut_off.map(|line| (line, EntryError::CutOff)));
        Ok(ledger)
    };
    read().map_err(|problem| LedgerError { path: path.to_owned(), problem })
}

/// Checks that the path is a regular file or does not exist: a pipe or a device has no end to append to.
fn check_kind(path: &Path) -> Result<(), LedgerProblem> {
    if path.exists() && !path.is_file() { Err(LedgerProblem::Other) } else { Ok(()) }
}

/// What a scan found in addition to the forecasts.
struct Scan {
    /// Number of bytes to keep; lines are appended after them.
    whole: u64,
    repair: Option<Repair>,
    /// The number of the last line, if it is the beginning of a forecast.
    cut_off: Option<usize>,
}

/// Passes each line and its number to `take`, except complete lines that `is_skipped` selects. A last line without a
/// line break is passed if it is a forecast.
fn scan(
    file: &File,
    is_skipped: impl Fn(&[u8]) -> bool,
    mut take: impl FnMut(usize, Result<Entry, EntryError>),
) -> Result<Scan, LedgerProblem> {
    let mut reader = BufReader::new(file);
    let head = reader.fill_buf().map_err(LedgerProblem::Read)?;
    // This is checked before a line is read, because a line of another file may be endless.
    if !is_ledger(head) {
        return Err(LedgerProblem::Other);
    }
    let mark = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    reader.consume(mark);
    let (mut whole, mut line) = (mark as u64, Vec::new());
    for number in 1.. {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(LedgerProblem::Read)? as u64;
        if length == 0 {
            break;
        }
        if line.ends_with(b"\n") && is_skipped(&line) {
            whole += length;
            continue;
        }
        let entry = Entry::parse(&line);
        if let Err(EntryError::Version(found)) = entry {
            return Err(LedgerProblem::Version { line: number, found });
        }
        match (line.ends_with(b"\n"), entry) {
            (true, entry) => take(number, entry),
            (false, Ok(entry)) => {
                take(number, Ok(entry));
                return Ok(Scan { whole: whole + length, repair: Some(Repair::Completed), cut_off: None });
            }
            // Only what a crash can leave is removed; a line from another source is not the beginning of a forecast.
            (false, Err(_)) if !is_torn(&line) => return Err(LedgerProblem::Unended { line: number }),
            (false, Err(_)) => {
                return Ok(Scan { whole, repair: Some(Repair::CutOff { bytes: length }), cut_off: Some(number) });
            }
        }
        whole += length;
    }
    Ok(Scan { whole, repair: None, cut_off: None })
}

/// Whether a line without a line break can be the beginning of a forecast. A crash leaves such a beginning, or zeros
/// instead.
fn is_torn(line: &[u8]) -> bool {
    let written = line.iter().position(|byte| *byte == 0).map_or(line, |zeros| &line[..zeros]);
    let beginning = written.iter().zip(OF_THIS_VERSION);
    beginning.clone().all(|(byte, expected)| *byte == *expected) && line[written.len()..].iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::super::entry::testing::entry;
    use super::*;
    use std::fs;

    /// Returns a ledger of two forecasts, its text, and the offset of its last line.
    fn written(folder: &tempfile::TempDir) -> (PathBuf, Vec<u8>, usize) {
        let path = folder.path().join("l.jsonl");
        assert_eq!(append(&path, &[entry("A", 1), entry("B", 1)]).unwrap().added, 2);
        let text = fs::read(&path).unwrap();
        let last = text[..text.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        (path, text, last)
    }

    fn series(path: &Path) -> Vec<String> {
        read(path).unwrap().entries.into_iter().map(|(line, entry)| format!("{line} {}", entry.series)).collect()
    }

    #[test]
    fn a_forecast_is_appended_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text, _) = written(&folder);
        let appended = append(&path, &[entry("B", 1), entry("C", 1), entry("C", 1)]).unwrap();
        assert_eq!((appended.added, appended.known, appended.repair), (1, 2, None));
        assert_eq!(series(&path), ["1 A", "2 B", "3 C"]);
        assert!(fs::read(&path).unwrap().starts_with(&text));
        // A different forecast for the same day is another line.
        let mut other = entry("B", 1);
        other.last_close = 99.0;
        append(&path, &[other]).unwrap();
        assert_eq!(series(&path), ["1 A", "2 B", "3 C", "4 B"]);
        // Without forecasts to append no file is created.
        let none = folder.path().join("none.jsonl");
        append(&none, &[]).unwrap();
        assert!(!none.exists());
    }

    /// Wherever a crash truncates the last line, complete lines stay, and the rest is completed or removed.
    #[test]
    fn a_torn_line_is_repaired_by_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text, last) = written(&folder);
        for length in last + 1..text.len() {
            fs::write(&path, &text[..length]).unwrap();
            let is_whole = length == text.len() - 1;
            let ledger = read(&path).unwrap();
            assert_eq!(ledger.entries.len(), if is_whole { 2 } else { 1 }, "{length}");
            assert_eq!(ledger.unreadable, if is_whole { vec![] } else { vec![(2, EntryError::CutOff)] });
            let appended = append(&path, &[entry("C", 1)]).unwrap();
            let expected = if is_whole { Repair::Completed } else { Repair::CutOff { bytes: (length - last) as u64 } };
            assert_eq!((appended.added, appended.repair), (1, Some(expected)), "{length}");
            assert_eq!(series(&path), if is_whole { vec!["1 A", "2 B", "3 C"] } else { vec!["1 A", "2 C"] });
        }
        // A truncated first line, and a block of zeros that was not written.
        for torn in [&text[..1], &text[..30], &[&text[..last], &[0; 30]].concat()] {
            fs::write(&path, torn).unwrap();
            assert!(matches!(append(&path, &[entry("C", 1)]).unwrap().repair, Some(Repair::CutOff { .. })));
            assert_eq!(series(&path).last().unwrap().split(' ').next_back(), Some("C"));
        }
        // The repair is also written if no forecast is added.
        fs::write(&path, &text[..text.len() - 1]).unwrap();
        assert_eq!(append(&path, &[entry("B", 1)]).unwrap().known, 1);
        assert_eq!(fs::read(&path).unwrap(), text);
    }

    /// A line from another source is not removed because it has no line break.
    #[test]
    fn a_last_line_that_no_crash_has_left_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text, last) = written(&folder);
        for note in ["my note", "{\"note\":1}", "# comment", "null"] {
            let edited = [&text[..last], note.as_bytes()].concat();
            fs::write(&path, &edited).unwrap();
            let error = append(&path, &[entry("C", 1)]).unwrap_err();
            assert!(matches!(error.problem, LedgerProblem::Unended { line: 2 }), "{error}");
            assert_eq!(fs::read(&path).unwrap(), edited);
        }
    }

    #[test]
    fn a_line_that_is_no_forecast_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text, last) = written(&folder);
        let edited = [&text[..last], b"{\"note\":1}\n", &text[last..]].concat();
        fs::write(&path, &edited).unwrap();
        assert_eq!(append(&path, &[entry("C", 1)]).unwrap().unreadable, [2]);
        assert!(fs::read(&path).unwrap().starts_with(&edited));
        let ledger = read(&path).unwrap();
        assert_eq!((ledger.entries.len(), ledger.unreadable[0].0), (3, 2));
    }

    /// Some editors write a byte order mark before the text.
    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text, _) = written(&folder);
        let marked = [BYTE_ORDER_MARK, &text].concat();
        fs::write(&path, &marked).unwrap();
        assert!(is_ledger(&marked) && series(&path) == ["1 A", "2 B"]);
        let appended = append(&path, &[entry("B", 1), entry("C", 1)]).unwrap();
        assert_eq!((appended.added, appended.known, appended.unreadable.len()), (1, 1, 0));
        assert!(fs::read(&path).unwrap().starts_with(&marked) && series(&path) == ["1 A", "2 B", "3 C"]);
        // A crash left a part of the last line.
        fs::write(&path, &marked[..marked.len() - 9]).unwrap();
        append(&path, &[entry("B", 1)]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), marked);
    }

    #[test]
    fn another_file_is_refused_and_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, text, last) = written(&folder);
        let refused = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let errors = [append(&path, &[entry("C", 1)]).unwrap_err(), read(&path).unwrap_err()];
            assert!(fs::read(&path).unwrap() == bytes);
            let [one, other] = errors.map(|error| error.to_string().split_once(": ").unwrap().1.to_owned());
            assert_eq!(one, other);
            one
        };
        for bytes in ["Date,Close\n2024-01-02,1\n", "{}", "x", "{\"series\":\"A\"}\n", "{\"fourcast_tune\":1}\n"] {
            assert!(refused(bytes.as_bytes()).starts_with("is not a ledger of forecasts: expected one"), "{bytes}");
        }
        let newer = String::from_utf8(text[last..].to_vec()).unwrap().replace("ledger\":1", "ledger\":2");
        assert_eq!(refused(&[&text[..], newer.as_bytes()].concat()), "line 3 is of version 2, expected 1");
        assert!(append(folder.path(), &[entry("C", 1)]).is_err());
        let missing = read(&folder.path().join("none.jsonl")).unwrap_err();
        assert!(matches!(missing.problem, LedgerProblem::Missing));
    }

    #[test]
    fn many_threads_append_each_their_own_and_repeat_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("l.jsonl");
        let append_ten = |thread: usize| {
            for day in 1..=10 {
                append(&path, &[entry(&format!("T{thread}"), day), entry("all", day)]).unwrap();
            }
        };
        let append_ten = &append_ten;
        std::thread::scope(|scope| (0..8).for_each(|thread| drop(scope.spawn(move || append_ten(thread)))));
        let ledger = read(&path).unwrap();
        assert_eq!((ledger.entries.len(), ledger.unreadable.len()), (90, 0));
        assert_eq!(ledger.entries.iter().filter(|(_, entry)| entry.series == "all").count(), 10);
    }
}
