//! Merges the results of all shards of a run: they are byte for byte those of a run without shards. Parquet tables are
//! merged as csv, from which a table is written again.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};

use super::manifest::{Entry, Manifest, ManifestError, ResultFormat, SUFFIX, manifest_of};
pub use super::merge_error::{MergeError, MergeProblem};
use super::parts::{Blocks, Mismatch, OpenParts, Part};
use crate::files::io_error;
use crate::words::join;

/// Maximum number of ranges of missing shards that a message lists.
const SHOWN: usize = 10;

/// All shards of a run, checked.
#[derive(Debug)]
pub struct Merge {
    parts: Vec<Part>,
    blocks: Vec<Blocks>,
    /// The index of the part with each series, in the order of the input.
    owners: Vec<u32>,
}

impl Merge {
    /// Opens the shards whose results or manifests these files are, and checks each against its manifest and the
    /// others.
    ///
    /// # Errors
    /// [`MergeError`] if they are not all shards of a single run, each once.
    pub fn open(files: &[PathBuf]) -> Result<Merge, MergeError> {
        let parts = load(files)?;
        check_runs(&parts)?;
        check_shards(&parts)?;
        let owners = owners(&parts)?;
        let blocks = parts.iter().map(blocks).collect::<Result<_, _>>()?;
        Ok(Merge { parts, blocks, owners })
    }

    /// Returns the files that it reads.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.parts.iter().flat_map(|part| [part.path.clone(), manifest_of(&part.path)])
    }

    /// Returns the format of the results.
    pub fn format(&self) -> ResultFormat {
        self.parts[0].manifest.run.format
    }

    /// Returns the subcommand that wrote the results.
    pub fn command(&self) -> &str {
        &self.parts[0].manifest.run.command
    }

    /// Returns the number of series in the input.
    pub fn total(&self) -> usize {
        self.owners.len()
    }

    /// Returns the number of series that failed.
    pub fn failed(&self) -> usize {
        self.parts.iter().map(|part| part.manifest.failed()).sum()
    }

    /// Writes the results; for Parquet, the rows as csv, from which a table is written.
    ///
    /// # Errors
    /// Any error of reading, which names the file, or of writing.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut open = OpenParts::of(&self.parts);
        let columns = self.write_header(&mut open, out)?;
        let mut block = Vec::new();
        for (part, entry) in self.in_order() {
            self.read(&mut open, part, self.blocks[part].lengths[entry], &mut block)?;
            match columns {
                Some(columns) if self.parts[part].manifest.series[entry].failed => {
                    write_failure(out, &block, columns)?;
                }
                _ => out.write_all(&block)?,
            }
        }
        out.flush()
    }

    /// Returns the series in the order of the input: the part of each, and its index there.
    fn in_order(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut next = vec![0; self.parts.len()];
        self.owners.iter().map(move |&part| {
            let part = part as usize;
            next[part] += 1;
            (part, next[part] - 1)
        })
    }

    fn read(&self, open: &mut OpenParts<'_>, part: usize, length: u64, block: &mut Vec<u8>) -> io::Result<()> {
        open.read(part, length, block).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: cannot be read: {error}", self.parts[part].path.display()))
        })
    }

    /// Reads the headers of csv, and writes that of the run: the header of the first series with results or, if all
    /// series failed, that of the first shard with a series. Returns the number of its columns.
    fn write_header(&self, open: &mut OpenParts<'_>, out: &mut dyn Write) -> io::Result<Option<usize>> {
        let mut headers = Vec::new();
        for (part, blocks) in self.blocks.iter().enumerate() {
            let mut header = Vec::new();
            self.read(open, part, blocks.header, &mut header)?;
            headers.push(header);
        }
        let answered = self.in_order().find(|&(part, entry)| !self.parts[part].manifest.series[entry].failed);
        let header = answered.map(|(part, _)| &headers[part]).or_else(|| headers.iter().find(|one| !one.is_empty()));
        match header.filter(|header| !header.is_empty()) {
            None => Ok(None),
            Some(header) => {
                out.write_all(header)?;
                Ok(Some(record(header)?.len()))
            }
        }
    }
}

/// Returns the only record of a text.
fn record(bytes: &[u8]) -> io::Result<StringRecord> {
    let mut record = StringRecord::new();
    ReaderBuilder::new().has_headers(false).from_reader(bytes).read_record(&mut record)?;
    Ok(record)
}

/// Writes the row of a series that failed: its name first, its error last, empty cells between them.
fn write_failure(out: &mut dyn Write, block: &[u8], columns: usize) -> io::Result<()> {
    let record = record(block)?;
    let between = std::iter::repeat_n("", columns.saturating_sub(2));
    let mut csv = csv::Writer::from_writer(out);
    let cells = record.iter().take(1).chain(between).chain(record.iter().skip(1).last());
    csv.write_record(cells).map_err(io_error)?;
    csv.flush()
}

/// Returns the parts given by their results or manifests, without duplicates, in the order of their shards.
fn load(files: &[PathBuf]) -> Result<Vec<Part>, MergeError> {
    let mut results: Vec<PathBuf> = Vec::new();
    for file in files {
        let path = results_of(file);
        if !results.contains(&path) {
            results.push(path);
        }
    }
    let mut parts = results.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
    // The sort is stable: if a shard occurs twice, the one typed first comes first.
    parts.sort_by_key(|part| part.manifest.shard.index());
    Ok(parts)
}

/// Returns the results of a manifest; a file of results is returned unchanged.
fn results_of(file: &Path) -> PathBuf {
    let name = file.file_name().and_then(|name| name.to_str());
    match name.and_then(|name| name.strip_suffix(SUFFIX)).filter(|name| !name.is_empty()) {
        Some(name) => file.with_file_name(name),
        None => file.to_owned(),
    }
}

fn part(path: PathBuf) -> Result<Part, MergeError> {
    let file = manifest_of(&path);
    match Manifest::load(&file) {
        Ok(manifest) => Ok(Part { path, manifest }),
        Err(ManifestError::Missing) => {
            Err(MergeError { file: Some(path), problem: MergeProblem::NoManifest { manifest: file } })
        }
        Err(error) => Err(MergeError { file: Some(file), problem: MergeProblem::Manifest(error) }),
    }
}

/// Checks that all parts are from the same run as the first.
fn check_runs(parts: &[Part]) -> Result<(), MergeError> {
    let nothing = || MergeError { file: None, problem: MergeProblem::Nothing };
    let (first, rest) = parts.split_first().ok_or_else(nothing)?;
    for part in rest {
        if let Some(difference) = difference(&part.manifest, &first.manifest) {
            let (shard, other) = (part.manifest.shard.to_string(), first.path.clone());
            let problem = MergeProblem::Mixed { shard, other, difference };
            return Err(MergeError { file: Some(part.path.clone()), problem });
        }
    }
    Ok(())
}

fn difference(one: &Manifest, other: &Manifest) -> Option<String> {
    let (count, expected) = (one.shard.count(), other.shard.count());
    if count != expected {
        return Some(format!("the number of shards is {count}, expected {expected}"));
    }
    let of_run = one.run.difference(&other.run).map(|difference| difference.to_string());
    let series = || format!("the number of series in the input is {}, expected {}", one.total, other.total);
    of_run.or_else(|| (one.total != other.total).then(series))
}

/// Checks that each shard occurs once.
fn check_shards(parts: &[Part]) -> Result<(), MergeError> {
    for pair in parts.windows(2) {
        if pair[0].manifest.shard == pair[1].manifest.shard {
            let (shard, other) = (pair[0].manifest.shard.to_string(), pair[0].path.clone());
            let problem = MergeProblem::Twice { shard, other };
            return Err(MergeError { file: Some(pair[1].path.clone()), problem });
        }
    }
    let Some(first) = parts.first() else { return Ok(()) };
    let (missing, count) = (missing(parts), first.manifest.shard.count());
    if missing.is_empty() {
        return Ok(());
    }
    let several = missing.len() > 1 || missing[0].0 < missing[0].1;
    Err(MergeError { file: None, problem: MergeProblem::Missing { missing: in_words(&missing), several, count } })
}

/// Returns the ranges of missing shards, with their first and last number.
fn missing(parts: &[Part]) -> Vec<(u32, u32)> {
    let count = parts.first().map_or(0, |part| part.manifest.shard.count());
    let mut next = 1;
    let mut ranges = Vec::new();
    for part in parts {
        let index = part.manifest.shard.index();
        if index > next {
            ranges.push((next, index - 1));
        }
        next = index.saturating_add(1);
    }
    if parts.last().is_some_and(|part| part.manifest.shard.index() < count) {
        ranges.push((next, count));
    }
    ranges
}

fn in_words(ranges: &[(u32, u32)]) -> String {
    let range = |&(first, last): &(u32, u32)| match last - first {
        0 => vec![first.to_string()],
        1 => vec![first.to_string(), last.to_string()],
        _ => vec![format!("{first} to {last}")],
    };
    let mut words: Vec<String> = ranges.iter().take(SHOWN).flat_map(range).collect();
    if ranges.len() > SHOWN {
        words.push("others".into());
    }
    let is_one = ranges.len() == 1 && ranges[0].0 == ranges[0].1;
    format!("{} {}", if is_one { "shard" } else { "shards" }, join(&words, "and"))
}

/// Returns the part of each series, in the order of the input.
fn owners(parts: &[Part]) -> Result<Vec<u32>, MergeError> {
    let total = parts.first().map_or(0, |part| part.manifest.total);
    let wrong = |found: String| {
        let problem = MergeProblem::Series { found, expected: format!("{total} series") };
        MergeError { file: None, problem }
    };
    // Checked before memory for `total` series is allocated, because that number is read from a file.
    let held: usize = parts.iter().map(|part| part.manifest.series.len()).sum();
    if held != total {
        return Err(wrong(format!("{held} series")));
    }
    let mut owners: Vec<Option<u32>> = vec![None; total];
    for (number, part) in (0..).zip(parts) {
        for Entry { place, series, .. } in &part.manifest.series {
            match place.checked_sub(1).and_then(|place| owners.get_mut(place)) {
                Some(owner @ None) => *owner = Some(number),
                _ => return Err(wrong(format!("series {series} at place {place}, which is not free"))),
            }
        }
    }
    Ok(owners.into_iter().flatten().collect())
}

fn blocks(part: &Part) -> Result<Blocks, MergeError> {
    part.blocks().map_err(|mismatch| {
        let shard = part.manifest.shard.to_string();
        let problem = match mismatch {
            Mismatch::Read(cause) => MergeProblem::Read { shard, cause },
            Mismatch::Changed => MergeProblem::Changed { shard },
        };
        MergeError { file: Some(part.path.clone()), problem }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::manifest::{Run, checksum_of};
    use super::super::shard::Shard;
    use super::*;

    /// Writes the shards of a list of series, each with its rows and whether they are its error.
    fn shards(folder: &Path, format: ResultFormat, count: u32, series: &[(String, String, bool)]) -> Vec<PathBuf> {
        let run = Run {
            version: "0.1.0".into(),
            command: "predict".into(),
            format,
            options: BTreeMap::new(),
            seed: None,
            files: Vec::new(),
        };
        let file = |index| {
            let (path, shard) = (folder.join(format!("{index}")), Shard::new(index, count).unwrap());
            let own = series.iter().enumerate().filter(|(_, (name, ..))| shard.contains(name));
            let entry = |(place, (name, rows, failed)): (usize, &(String, String, bool))| Entry {
                place: place + 1,
                series: name.clone(),
                // An error can contain a line break.
                rows: if *failed { 1 } else { rows.lines().count() },
                failed: *failed,
                model: None,
            };
            let entries: Vec<Entry> = own.clone().map(entry).collect();
            let header = match format {
                _ if entries.is_empty() => "",
                ResultFormat::Json | ResultFormat::Parquet => "",
                ResultFormat::Csv if entries.iter().all(|entry| entry.failed) => "series,error\n",
                ResultFormat::Csv => "series,forecast,error\n",
            };
            let is_short = header == "series,error\n";
            let row = |rows: &String| if is_short { rows.replace(",,", ",") } else { rows.clone() };
            let text: String = own.map(|(_, (_, rows, _))| row(rows)).collect();
            std::fs::write(&path, format!("{header}{text}")).unwrap();
            let manifest = Manifest::new(shard, run.clone(), series.len(), checksum_of(&path).unwrap(), entries);
            manifest.write(&manifest_of(&path)).unwrap();
            path
        };
        (1..=count).map(file).collect()
    }

    fn merged(files: &[PathBuf]) -> String {
        let mut out = Vec::new();
        Merge::open(files).unwrap().write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn there_may_be_more_shards_than_open_files() {
        let folder = tempfile::tempdir().unwrap();
        let series: Vec<_> =
            (0..1_000).map(|n| (format!("S{n}"), format!("{{\"a\":{n}}}\n").repeat(n % 3), false)).collect();
        let files = shards(folder.path(), ResultFormat::Json, 250, &series);
        assert_eq!(merged(&files), series.iter().map(|(_, rows, _)| &**rows).collect::<String>());
    }

    #[test]
    fn rows_of_failures_have_the_columns_of_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let series = |answered: &[usize]| -> Vec<_> {
            let rows = |n| match answered.contains(&n) {
                true => (format!("S{n}"), format!("S{n},1.5,\nS{n},2.5,\n"), false),
                false => (format!("S{n}"), format!("S{n},,\"a \"\"b\"\",\nc\"\n"), true),
            };
            (0..20).map(rows).collect()
        };
        let all = |series: &[(String, String, bool)]| series.iter().map(|(_, rows, _)| &**rows).collect::<String>();
        let some = series(&[7, 13]);
        let files = shards(folder.path(), ResultFormat::Csv, 6, &some);
        assert_eq!(merged(&files), format!("series,forecast,error\n{}", all(&some)));
        let merge = Merge::open(&files).unwrap();
        assert_eq!((merge.total(), merge.failed()), (20, 18));
        let none = series(&[]);
        let files = shards(folder.path(), ResultFormat::Csv, 6, &none);
        assert_eq!(merged(&files), format!("series,error\n{}", all(&none).replace(",,", ",")));
    }

    #[test]
    fn missing_shards_are_listed_as_ranges() {
        let folder = tempfile::tempdir().unwrap();
        let files = shards(folder.path(), ResultFormat::Json, 40, &[]);
        let message = |kept: &[usize]| {
            let kept: Vec<PathBuf> = kept.iter().map(|index| files[index - 1].clone()).collect();
            Merge::open(&kept).unwrap_err().to_string()
        };
        assert_eq!(message(&[1, 2, 5, 6, 8, 30, 31, 32, 40]), "shards 3, 4, 7, 9 to 29 and 33 to 39 of 40 are missing");
        let odd: Vec<usize> = (1..=40).step_by(2).collect();
        assert_eq!(message(&odd), "shards 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and others of 40 are missing");
        assert_eq!(message(&[]), "no shards, expected the results of all shards of a run");
    }

    /// Manifests with valid checksums that contradict each other.
    #[test]
    fn places_that_no_input_has_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let series: Vec<_> = (0..9).map(|n| (format!("S{n}"), "{}\n".to_owned(), false)).collect();
        let files = shards(folder.path(), ResultFormat::Json, 2, &series);
        let path = manifest_of(&files[0]);
        let manifest = Manifest::load(&path).unwrap();
        let message = |change: &dyn Fn(&mut Manifest)| {
            let mut other = manifest.clone();
            change(&mut other);
            other.write(&path).unwrap();
            Merge::open(&files).unwrap_err().to_string()
        };
        let last = |manifest: &mut Manifest| manifest.series.last_mut().unwrap().place = 10;
        assert!(message(&last).contains("at place 10, which is not free"), "{}", message(&last));
        let huge = |manifest: &mut Manifest| manifest.total = usize::MAX;
        assert!(message(&huge).contains("the number of series in the input is"), "{}", message(&huge));
        let fewer = |manifest: &mut Manifest| drop(manifest.series.pop());
        assert_eq!(message(&fewer), "the shards hold 8 series, expected each of 9 series once");
        let rows = |manifest: &mut Manifest| manifest.series[0].rows += 1;
        assert!(message(&rows).contains("the results of shard 1/2 were changed"), "{}", message(&rows));
    }
}
