//! The file of evaluations of a search: JSON Lines; the first line identifies the search. A stopped run continues from
//! its file, and several processes share evaluations by reading each other's files.
//!
//! The last entry of each evaluation is the SHA-256 of its line without that entry, because a damaged number would
//! otherwise be read as another score. The first line needs none: all of it is compared with the search.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Evaluation, Found, Loss, Losses, TrialSettings};
use fourcast_base::files::checksum::{seal_text, unseal_text};
use fourcast_base::words::shown;

/// Version of the format.
const VERSION: u64 = 2;
/// The first bytes of a file of evaluations.
const MAGIC: &str = "{\"fourcast_tune\":";

/// Everything that the losses of a search depend on, by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The inputs, by name.
    pub inputs: Map<String, Value>,
    /// The trials; the first is the default configuration.
    pub trials: Vec<TrialSettings>,
    /// The names of the series.
    pub series: Vec<String>,
}

/// An input that differs between a file of evaluations and a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    name: String,
    found: Option<Value>,
    expected: Option<Value>,
}

/// The error of a file of evaluations that cannot be used.
#[derive(Debug, Error)]
#[error("{}: {problem}", .path.display())]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// The problem.
    pub problem: JournalProblem,
}

/// The problem with a file of evaluations.
#[derive(Debug, Error)]
pub enum JournalProblem {
    /// The file is of another kind.
    #[error("is not a state of a search, expected one")]
    Other,
    /// Its format is newer.
    #[error("is a state of version {found}, expected {VERSION}")]
    Version {
        /// Its version.
        found: Value,
    },
    /// The file is from a search with other inputs.
    #[error("is the state of another search: {}", list(.0))]
    Differs(Vec<Difference>),
    /// A line cannot be read.
    #[error("line {line}: {reason}, expected an evaluation")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// Another run is writing the file.
    #[error("another run is writing it")]
    Busy,
    /// The file cannot be read or written.
    #[error("cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

fn list(differences: &[Difference]) -> String {
    // Whole configurations and hashes are not shown because they mean nothing to a reader.
    const MAX_SHOWN: usize = 60;
    let short = |value: &Option<Value>| match value {
        Some(Value::String(text)) => shown(text),
        Some(other) => shown(&other.to_string()),
        None => "none".to_owned(),
    };
    let one = |Difference { name, found, expected }: &Difference| match (short(found), short(expected)) {
        (found, expected) if found.len().max(expected.len()) > MAX_SHOWN => format!("other {}", shown(name)),
        (found, expected) => format!("{} {found}, expected {expected}", shown(name)),
    };
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Whether a file with these first bytes is a file of evaluations or the beginning of one.
fn is_journal(head: &[u8]) -> bool {
    let length = head.len().min(MAGIC.len());
    head[..length] == MAGIC.as_bytes()[..length]
}

#[derive(Serialize, Deserialize)]
struct Header {
    fourcast_tune: Value,
    inputs: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    place: usize,
    series: String,
    #[serde(rename = "trial")]
    settings: TrialSettings,
    rung: usize,
    fold: usize,
    #[serde(default, skip_serializing_if = "Option::is_none", flatten)]
    loss: Option<Loss>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Identity {
    fn header(&self) -> Result<String, io::Error> {
        let header = Header { fourcast_tune: VERSION.into(), inputs: self.inputs.clone() };
        Ok(serde_json::to_string(&header)? + "\n")
    }

    /// Returns an error if the first line of a file is from another search.
    fn check(&self, line: &str) -> Result<(), JournalProblem> {
        let header: Header = serde_json::from_str(line).map_err(|_| JournalProblem::Other)?;
        if header.fourcast_tune != VERSION {
            return Err(JournalProblem::Version { found: header.fourcast_tune });
        }
        let names = self.inputs.keys().chain(header.inputs.keys().filter(|name| !self.inputs.contains_key(*name)));
        let difference = |name: &String| {
            let (found, expected) = (header.inputs.get(name).cloned(), self.inputs.get(name).cloned());
            (found != expected).then(|| Difference { name: name.clone(), found, expected })
        };
        let differences: Vec<Difference> = names.filter_map(difference).collect();
        if differences.is_empty() { Ok(()) } else { Err(JournalProblem::Differs(differences)) }
    }

    /// Adds the evaluation on a line to the losses.
    fn add(&self, text: &str, losses: &mut Losses) -> Result<(), String> {
        let body = unseal_text(text.trim_end()).ok_or("its checksum does not match")?;
        let line: Line = serde_json::from_str(&body).map_err(|error| error.to_string())?;
        let index = self.trials.iter().position(|settings| *settings == line.settings);
        let index = index.ok_or("a trial that is not one of this search")?;
        let place = line.place.checked_sub(1).filter(|place| *place < self.series.len());
        let place = place.ok_or_else(|| format!("series {}", line.place))?;
        let found = match (line.loss, line.error) {
            (Some(loss), None) => Ok(loss),
            (None, Some(error)) => Err(error),
            _ => return Err("neither losses nor an error".into()),
        };
        losses.insert((place, index, line.fold), found);
        Ok(())
    }

    /// Adds the evaluations of a file to `losses`, and returns the number of bytes of its complete lines. A run that
    /// was killed can leave an incomplete last line, which is not an error.
    fn read(&self, bytes: &[u8], losses: &mut Losses) -> Result<usize, JournalProblem> {
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        if whole == 0 {
            return if is_journal(bytes) { Ok(0) } else { Err(JournalProblem::Other) };
        }
        let text = String::from_utf8_lossy(&bytes[..whole]);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        self.check(lines[0])?;
        for (place, line) in lines.iter().enumerate().skip(1) {
            match self.add(line, losses) {
                Ok(()) => {}
                Err(_) if place + 1 == lines.len() => return Ok(whole - line.len()),
                Err(reason) => return Err(JournalProblem::Line { line: place + 1, reason: shown(&reason) }),
            }
        }
        Ok(whole)
    }
}

/// A file of evaluations to which a search appends. No other run can write it at the same time.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens or creates the file, and adds its evaluations to `losses`. A file that cannot be used is not changed.
    ///
    /// # Errors
    /// [`JournalError`] if the file is of another kind or another search, or another run is writing it.
    pub fn open(path: &Path, identity: &Identity, losses: &mut Losses) -> Result<Journal, JournalError> {
        let failed = |problem| JournalError { path: path.to_owned(), problem };
        if path.exists() && !path.is_file() {
            return Err(failed(JournalProblem::Other));
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.map_err(|error| failed(error.into()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(failed(JournalProblem::Busy)),
            Err(TryLockError::Error(error)) => return Err(failed(error.into())),
        }
        let mut begin = || -> Result<(), JournalProblem> {
            let whole = identity.read(&bytes_of(&mut file)?, losses)?;
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::End(0))?;
            if whole == 0 {
                file.write_all(identity.header()?.as_bytes())?;
            }
            Ok(())
        };
        begin().map_err(failed)?;
        Ok(Journal { path: path.to_owned(), file })
    }

    /// Adds to `losses` the evaluations of a file that another process writes; adds none if the file does not exist
    /// yet.
    ///
    /// # Errors
    /// [`JournalError`] if the file is of another kind or another search.
    pub fn read(path: &Path, identity: &Identity, losses: &mut Losses) -> Result<(), JournalError> {
        let failed = |problem| JournalError { path: path.to_owned(), problem };
        if path.exists() && !path.is_file() {
            return Err(failed(JournalProblem::Other));
        }
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened.map_err(|error| failed(error.into()))?,
        };
        let read = bytes_of(&mut file).and_then(|bytes| identity.read(&bytes, losses).map(drop));
        read.map_err(failed)
    }

    /// Appends an evaluation; `rung` is the rung that required it first.
    ///
    /// # Errors
    /// An error of the operating system.
    pub fn add(&self, identity: &Identity, (evaluation, rung): (Evaluation, usize), found: &Found) -> io::Result<()> {
        let line = Line {
            place: evaluation.series + 1,
            series: identity.series[evaluation.series].clone(),
            settings: identity.trials[evaluation.index],
            rung: rung + 1,
            fold: evaluation.fold,
            loss: found.as_ref().ok().copied(),
            error: found.as_ref().err().cloned(),
        };
        // A single write leaves either a complete line or its beginning, which the next run removes.
        (&self.file).write_all((seal_text(&serde_json::to_string(&line)?) + "\n").as_bytes())
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Returns the bytes of a file that begins like a file of evaluations.
fn bytes_of(file: &mut File) -> Result<Vec<u8>, JournalProblem> {
    let mut bytes = Vec::new();
    Read::by_ref(file).take(MAGIC.len() as u64).read_to_end(&mut bytes)?;
    if !is_journal(&bytes) {
        return Err(JournalProblem::Other);
    }
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::space::testing::DEFAULT;
    use super::*;
    use std::fs;

    const FIRST: Evaluation = Evaluation { series: 0, index: 0, fold: 3 };
    const SECOND: Evaluation = Evaluation { series: 1, index: 1, fold: 2 };

    fn identity(folds: usize) -> Identity {
        let inputs = [("folds".to_owned(), folds.into()), ("prices of A".to_owned(), "x".repeat(64).into())];
        Identity {
            inputs: inputs.into_iter().collect(),
            trials: vec![DEFAULT, TrialSettings { window: 9, learning_rate: 0.1 + 0.2, ..DEFAULT }],
            series: vec!["A".into(), "B".into()],
        }
    }

    /// Writes a file with a loss and a failed fit, and returns its path.
    fn written(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("s.jsonl");
        let journal = Journal::open(&path, &identity(9), &mut Losses::default()).unwrap();
        journal.add(&identity(9), (FIRST, 0), &Ok(Loss { own: 1.0 / 3.0, baseline: 0.5 })).unwrap();
        journal.add(&identity(9), (SECOND, 1), &Err("diverged".into())).unwrap();
        path
    }

    fn open(path: &Path, folds: usize) -> Result<Losses, JournalError> {
        let mut losses = Losses::default();
        Journal::open(path, &identity(folds), &mut losses).map(|_| losses)
    }

    #[test]
    fn what_was_written_is_read_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder);
        let losses = open(&path, 9).unwrap();
        assert_eq!(losses.get(0, 0, 3), Some(&Ok(Loss { own: 1.0 / 3.0, baseline: 0.5 })));
        assert_eq!((losses.get(1, 1, 2), losses.count()), (Some(&Err("diverged".into())), 2));
        let mut others = Losses::default();
        Journal::read(&path, &identity(9), &mut others).unwrap();
        assert_eq!(others, losses);
    }

    #[test]
    fn the_beginning_of_a_line_is_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder);
        let whole = fs::read(&path).unwrap();
        let line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for length in [line + 1, line + 40, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(open(&path, 9).unwrap().count(), 1, "{length}");
            assert_eq!(fs::read(&path).unwrap(), &whole[..line], "{length}");
        }
        // A crash of the machine can leave zeros.
        fs::write(&path, [&whole[..line], &[0; 30], b"\n"].concat()).unwrap();
        assert_eq!(open(&path, 9).unwrap().count(), 1);
        // An incomplete first line is ignored.
        for length in [0, 1, 20, 40] {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(open(&path, 9).unwrap().count(), 0, "{length}");
            assert_eq!(fs::read(&path).unwrap(), identity(9).header().unwrap().as_bytes());
        }
    }

    /// Whichever byte of an evaluation is damaged, its losses are not used.
    #[test]
    fn a_damaged_line_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder);
        let whole = fs::read(&path).unwrap();
        let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        let (first, second) = (lines[0].len(), lines[1].len());
        for at in (first..first + second - 1).step_by(7).chain([first + 60, first + second - 2]) {
            let mut damaged = whole.clone();
            damaged[at] = if damaged[at] == b'7' { b'8' } else { b'7' };
            fs::write(&path, damaged).unwrap();
            let message = open(&path, 9).unwrap_err().to_string();
            assert!(
                message.ends_with("line 2: its checksum does not match, expected an evaluation"),
                "{at}: {message}"
            );
        }
        // A damaged last line may be incomplete, so it is evaluated again.
        let mut damaged = whole.clone();
        let last = whole.len() - 3;
        damaged[last] = if damaged[last] == b'7' { b'8' } else { b'7' };
        fs::write(&path, damaged).unwrap();
        assert_eq!(open(&path, 9).unwrap().count(), 1);
    }

    #[test]
    fn another_file_is_refused_and_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder);
        let refused = |path: &Path, folds: usize| {
            let before = fs::read(path).unwrap();
            let error = open(path, folds).unwrap_err();
            assert!(fs::read(path).unwrap() == before);
            error.to_string().split_once(": ").unwrap().1.to_owned()
        };
        assert_eq!(refused(&path, 27), "is the state of another search: folds 9, expected 27");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("xx", "yx", 1)).unwrap();
        assert_eq!(refused(&path, 9), "is the state of another search: other prices of A");
        let line = text.lines().nth(1).unwrap();
        let other = seal_text(&unseal_text(line).unwrap().replacen("\"own\"", "\"won\"", 1));
        fs::write(&path, text.replacen(line, &other, 1)).unwrap();
        assert_eq!(refused(&path, 9), "line 2: neither losses nor an error, expected an evaluation");
        fs::write(&path, text.replacen("tune\":2", "tune\":1", 1)).unwrap();
        assert_eq!(refused(&path, 9), "is a state of version 1, expected 2");
        let prices = folder.path().join("p.csv");
        for bytes in ["Date,Close\n2024-01-02,1\n", "{}", "x"] {
            fs::write(&prices, bytes).unwrap();
            assert_eq!(refused(&prices, 9), "is not a state of a search, expected one");
        }
        assert!(open(folder.path(), 9).is_err());
    }

    #[test]
    fn a_file_is_written_by_one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder);
        let held = Journal::open(&path, &identity(9), &mut Losses::default()).unwrap();
        assert!(matches!(open(&path, 9).unwrap_err().problem, JournalProblem::Busy));
        Journal::read(&path, &identity(9), &mut Losses::default()).unwrap();
        drop(held);
        assert!(open(&path, 9).is_ok());
    }
}
