//! What a shard's results were made from, and the series that they contain: a line of json in a file next to them.
//!
//! Two runs with the same input, options and version write the same manifest, byte for byte. Its last entry is the
//! SHA-256 of the text without that entry, so that a truncated or edited manifest is detected.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

pub use super::hashed::{Checksum, Hashed, checksum_of};
use super::shard::Shard;
use crate::files::checksum::{hexadecimal, seal_text, unseal_text};
use crate::files::write_atomically;

/// The suffix that is appended to the name of the results.
pub const SUFFIX: &str = ".manifest.json";
/// The version of the format that this program writes; it reads no other.
const VERSION: u32 = 1;

/// The manifest of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of the format; it is the first entry, by which a manifest is recognised.
    fourcast_manifest: u32,
    /// The shard.
    pub shard: Shard,
    /// What all shards of a run have in common.
    pub run: Run,
    /// Number of series in the input, including those of other shards.
    pub total: usize,
    /// The checksum of the file of results.
    pub results: Checksum,
    /// The series of the shard, in the order of the input.
    pub series: Vec<Entry>,
}

/// Everything that determines the results of all shards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Version of the program.
    pub version: String,
    /// The subcommand.
    pub command: String,
    /// Format of the results.
    pub format: ResultFormat,
    /// The options as typed, without those that do not affect the results.
    pub options: BTreeMap<String, Vec<String>>,
    /// The seed of training; `None` if nothing was trained.
    pub seed: Option<u64>,
    /// The files that were read, in the order of the command line.
    pub files: Vec<InputFile>,
}

/// Formats whose results can be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultFormat {
    /// Rows under a single header.
    Csv,
    /// JSON Lines.
    Json,
    /// The rows of csv, as a table with types.
    Parquet,
}

impl fmt::Display for ResultFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResultFormat::Csv => "csv",
            ResultFormat::Json => "json",
            ResultFormat::Parquet => "parquet",
        })
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// The kind of file: `prices`, `model`, `events`.
    pub role: String,
    /// Its name on the command line, which messages in the results contain.
    pub file: String,
    /// SHA-256 of its bytes; `None` if it could not be read, which is an error of its series.
    pub sha256: Option<String>,
}

/// A series of a shard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its position in the input among all series, from 1.
    pub place: usize,
    /// Its name.
    pub series: String,
    /// Its number of rows of csv or lines of json in the results.
    pub rows: usize,
    /// Whether the rows are its error.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// SHA-256 of the model written with its results; `None` if there is none, or from earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// The error of a manifest that cannot be read.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The file does not exist.
    #[error("no such file, expected the manifest of a shard")]
    Missing,
    /// The operating system could not read the file.
    #[error("cannot be read: {0}")]
    Read(io::Error),
    /// The file is not a manifest.
    #[error("is not a manifest of a shard")]
    Foreign,
    /// The manifest is incomplete or was changed.
    #[error("is incomplete, or was changed after it was written")]
    Damaged,
    /// The manifest has another version.
    #[error("a manifest of format version {found}, expected {VERSION}")]
    Version {
        /// The version in the file.
        found: u32,
    },
}

/// The first difference between two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    what: String,
    /// Its values in this run and in the other run.
    values: [String; 2],
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [found, expected] = &self.values;
        write!(f, "{} is {found}, expected {expected}", self.what)
    }
}

impl Manifest {
    /// Creates the manifest of a shard with these results.
    pub fn new(shard: Shard, run: Run, total: usize, results: Checksum, series: Vec<Entry>) -> Manifest {
        Manifest { fourcast_manifest: VERSION, shard, run, total, results, series }
    }

    /// Returns the number of series that failed.
    pub fn failed(&self) -> usize {
        self.series.iter().filter(|entry| entry.failed).count()
    }

    /// Returns the text of the file.
    fn text(&self) -> io::Result<String> {
        Ok(seal_text(&serde_json::to_string(self)?) + "\n")
    }

    /// Writes the manifest atomically.
    ///
    /// # Errors
    /// Any error of writing.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        write_atomically(path, self.text()?.as_bytes())
    }

    /// Reads a manifest and checks that it is unchanged.
    ///
    /// # Errors
    /// If it cannot be read, is not a manifest, was changed, or has another version.
    pub fn load(path: &Path) -> Result<Manifest, ManifestError> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ManifestError::Missing,
            _ => ManifestError::Read(error),
        };
        // A device may be endless.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(ManifestError::Foreign);
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        if !is_manifest(&bytes) {
            return Err(ManifestError::Foreign);
        }
        let text = str::from_utf8(&bytes).map_err(|_| ManifestError::Damaged)?;
        parse(text)
    }
}

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    let body = unseal_text(text.trim_end()).ok_or(ManifestError::Damaged)?;
    let manifest: Manifest = serde_json::from_str(&body).map_err(|_| version_of(&body))?;
    let places = manifest.series.iter().map(|entry| entry.place);
    let in_order = places.clone().zip(places.skip(1)).all(|(one, next)| one < next);
    match manifest.fourcast_manifest {
        VERSION if in_order => Ok(manifest),
        VERSION => Err(ManifestError::Damaged),
        found => Err(ManifestError::Version { found }),
    }
}

/// Returns what is wrong with a manifest that has a valid checksum but cannot be parsed: usually another version.
fn version_of(body: &str) -> ManifestError {
    #[derive(Deserialize)]
    struct Head {
        fourcast_manifest: u32,
    }
    match serde_json::from_str(body) {
        Ok(Head { fourcast_manifest }) if fourcast_manifest != VERSION => {
            ManifestError::Version { found: fourcast_manifest }
        }
        _ => ManifestError::Damaged,
    }
}

/// Whether a file with these first bytes is a manifest, complete or not.
pub fn is_manifest(head: &[u8]) -> bool {
    head.starts_with(b"{\"fourcast_manifest\":")
}

/// Returns the path of the manifest for a file of results.
pub fn manifest_of(results: &Path) -> PathBuf {
    let mut name = results.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

impl Run {
    /// Returns the first difference from another run.
    pub fn difference(&self, other: &Run) -> Option<Difference> {
        let known = [
            ("the program's version", [&self.version, &other.version].map(String::clone)),
            ("the command", [&self.command, &other.command].map(String::clone)),
            ("the format", [self.format, other.format].map(|format| format.to_string())),
        ];
        let known = known.into_iter().map(|(what, values)| (what.to_owned(), values));
        let options = self.options.keys().chain(other.options.keys()).map(|name| {
            let typed = |run: &Run| run.options.get(name).map_or_else(|| "not given".into(), |typed| typed.join(" "));
            (format!("the option {name}"), [typed(self), typed(other)])
        });
        let seed = |run: &Run| run.seed.map_or_else(|| "none".into(), |seed| seed.to_string());
        let seeds = std::iter::once(("the seed".to_owned(), [seed(self), seed(other)]));
        let mut all = known.chain(options).chain(seeds);
        let found = all.find(|(_, [one, two])| one != two).map(|(what, values)| Difference { what, values });
        found.or_else(|| self.difference_of_files(other))
    }

    fn difference_of_files(&self, other: &Run) -> Option<Difference> {
        let names = |run: &Run| run.files.iter().map(|one| format!("{} {}", one.role, one.file)).collect::<Vec<_>>();
        let (own, others) = (names(self), names(other));
        if own.len() != others.len() {
            let values = [own.len(), others.len()].map(|count| count.to_string());
            return Some(Difference { what: "the number of input files".into(), values });
        }
        if let Some((one, two)) = own.into_iter().zip(others).find(|(one, two)| one != two) {
            return Some(Difference { what: "an input file".into(), values: [one, two] });
        }
        let mut pairs = self.files.iter().zip(&other.files);
        let (one, two) = pairs.find(|(one, two)| one.sha256 != two.sha256)?;
        let sum = |file: &InputFile| file.sha256.clone().unwrap_or_else(|| "none: it cannot be read".into());
        Some(Difference { what: format!("the SHA-256 of {}", one.file), values: [sum(one), sum(two)] })
    }
}

impl InputFile {
    /// Describes a file that is read, or a folder of files, under its name on the command line. The checksum of a
    /// folder is that of the names and checksums of its files, one line per file, sorted by name.
    pub fn of(role: &str, path: &Path) -> InputFile {
        let sha256 =
            if path.is_dir() { checksum_of_folder(path) } else { checksum_of(path).map(|sum| sum.sha256) }.ok();
        InputFile { role: role.to_owned(), file: path.display().to_string(), sha256 }
    }
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

fn checksum_of_folder(folder: &Path) -> io::Result<String> {
    let entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let mut lines = String::new();
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        lines += &format!("{} {}\n", checksum_of(&file)?.sha256, name.unwrap_or_default());
    }
    Ok(sha256(lines.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn run() -> Run {
        Run {
            version: "0.1.0".into(),
            command: "predict".into(),
            format: ResultFormat::Csv,
            options: BTreeMap::from([("levels".into(), vec!["0.8".into()])]),
            seed: None,
            files: vec![InputFile { role: "prices".into(), file: "p.csv".into(), sha256: Some("ab".into()) }],
        }
    }

    fn manifest() -> Manifest {
        let entry = |place, failed| Entry { place, series: format!("S{place}"), rows: 1, failed, model: None };
        let results = Checksum { bytes: 3, sha256: sha256(b"abc") };
        Manifest::new("2/3".parse().unwrap(), run(), 9, results, vec![entry(2, false), entry(7, true)])
    }

    /// The checksum was computed with coreutils: printf abc | sha256sum.
    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = manifest_of(&folder.path().join("out.csv"));
        assert!(path.ends_with("out.csv.manifest.json"));
        manifest().write(&path).unwrap();
        assert_eq!(Manifest::load(&path).unwrap(), manifest());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "{text}");
        assert_eq!(text.matches('\n').count(), 1);
        assert_eq!(manifest().failed(), 1);
    }

    #[test]
    fn no_part_and_no_other_byte_is_taken_for_a_manifest() {
        let text = manifest().text().unwrap();
        for end in 0..text.len() - 1 {
            assert!(parse(&text[..end]).is_err(), "{end}");
        }
        for place in 0..text.len() - 1 {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(parse(&changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn another_version_and_another_file_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let load = |text: &str| {
            let path = folder.path().join("m");
            std::fs::write(&path, text).unwrap();
            Manifest::load(&path).unwrap_err().to_string()
        };
        let newer = Manifest { fourcast_manifest: 2, ..manifest() }.text().unwrap();
        assert_eq!(load(&newer), "a manifest of format version 2, expected 1");
        let twice = Manifest { series: vec![manifest().series[0].clone(), manifest().series[0].clone()], ..manifest() };
        assert_eq!(load(&twice.text().unwrap()), "is incomplete, or was changed after it was written");
        assert_eq!(load("{\"fourcast_manifest\":1"), "is incomplete, or was changed after it was written");
        assert_eq!(load("Date,Close\n"), "is not a manifest of a shard");
        let missing = Manifest::load(&folder.path().join("none")).unwrap_err();
        assert_eq!(missing.to_string(), "no such file, expected the manifest of a shard");
    }

    #[test]
    fn the_checksum_of_a_folder_is_that_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let sum = || InputFile::of("models", folder.path()).sha256.unwrap();
        let mut sums = vec![sum()];
        for (name, text) in [("b", "1"), ("a", "1"), ("a", "2")] {
            std::fs::write(folder.path().join(name), text).unwrap();
            sums.push(sum());
        }
        std::fs::write(folder.path().join("a"), "1").unwrap();
        assert_eq!(sum(), sums[2]);
        sums.sort();
        sums.dedup();
        assert_eq!(sums.len(), 4);
    }

    #[test]
    fn the_first_difference_of_two_runs_is_named() {
        let message = |change: &dyn Fn(&mut Run)| {
            let mut other = run();
            change(&mut other);
            other.difference(&run()).unwrap().to_string()
        };
        assert_eq!(run().difference(&run()), None);
        assert_eq!(message(&|run| run.version = "0.2.0".into()), "the program's version is 0.2.0, expected 0.1.0");
        assert_eq!(message(&|run| run.command = "backtest".into()), "the command is backtest, expected predict");
        assert_eq!(message(&|run| run.format = ResultFormat::Json), "the format is json, expected csv");
        assert_eq!(message(&|run| run.options.clear()), "the option levels is not given, expected 0.8");
        let path = |run: &mut Run| drop(run.options.insert("path".into(), vec!["5".into()]));
        assert_eq!(message(&path), "the option path is 5, expected not given");
        assert_eq!(message(&|run| run.seed = Some(4)), "the seed is 4, expected none");
        assert_eq!(message(&|run| run.files.clear()), "the number of input files is 0, expected 1");
        assert_eq!(
            message(&|run| run.files[0].file = "q.csv".into()),
            "an input file is prices q.csv, expected prices p.csv"
        );
        assert_eq!(message(&|run| run.files[0].sha256 = Some("cd".into())), "the SHA-256 of p.csv is cd, expected ab");
        assert_eq!(
            message(&|run| run.files[0].sha256 = None),
            "the SHA-256 of p.csv is none: it cannot be read, expected ab"
        );
    }
}
