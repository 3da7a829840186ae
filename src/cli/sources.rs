//! The sources of prices named on the command line: files, standard input, and the files of folders.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::CliError;
use super::options::is_standard_output;
use super::spool::PARQUET;
use crate::columnar::marker;
use crate::fleet::manifest::manifest_of;
use crate::prices::Source;
use crate::report::{are_forecasts_of_days, are_results};
use crate::words::file_word;

/// The extensions of files of prices other than Parquet: text files, and compressed files.
const PRICES: [&str; 10] = ["csv", "tsv", "tab", "txt", "psv", "dat", "prn", "asc", "gz", "zst"];

/// Returns the sources with each folder replaced by the files of prices in it, sorted by name.
///
/// Only files with an extension of prices are included. Hidden files, results of this program and nested folders are
/// excluded. If an included file contains no prices, it has an error of its own when it is read; so has one of several
/// folders that contains no such files or cannot be read. The other sources are processed.
///
/// # Errors
/// If the only source is a folder that cannot be read or contains no such files.
pub fn with_files_of_folders(sources: Vec<Source>) -> Result<Vec<Source>, CliError> {
    let is_one = sources.len() == 1;
    let mut all = Vec::new();
    for source in sources {
        match source {
            Source::File(path) if path.is_dir() => match files_of(&path) {
                Ok(files) => all.extend(files.into_iter().map(Source::File)),
                Err(error) if is_one => return Err(error),
                Err(_) => all.push(Source::File(path)),
            },
            other => all.push(other),
        }
    }
    Ok(all)
}

/// Returns the file of prices as a word of a suggested command; a placeholder for several files, and for standard
/// input.
pub fn word_of(sources: &[Source]) -> String {
    match sources {
        [Source::File(path)] => file_word(&path.display().to_string()),
        _ => "PRICES.csv".into(),
    }
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let unreadable = |error: io::Error| CliError {
        message: format!("{}: cannot be read: {error}", folder.display()),
        help: Some("name a folder that you may read".into()),
    };
    let entries =
        fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>()).map_err(unreadable)?;
    let mut files: Vec<PathBuf> =
        entries.into_iter().map(|entry| entry.path()).filter(|path| may_be_prices(path)).collect();
    files.sort();
    if files.is_empty() {
        let message = format!("{}: no file of prices in this folder, expected at least one", folder.display());
        let help = format!("name a folder with files of prices ({}), or name the files in it", endings());
        return Err(CliError { message, help: Some(help) });
    }
    Ok(files)
}

/// Returns `.csv, .tsv, …`
fn endings() -> String {
    PRICES.iter().chain(&PARQUET).map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

fn may_be_prices(path: &Path) -> bool {
    let is_hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    let has_ending = has_ending_of_prices(path);
    // A broken link is an error when it is read, as if it had been named on the command line.
    let may_be_read = path.is_file() || (path.is_symlink() && !path.exists());
    !is_hidden
        && has_ending
        && may_be_read
        && !is_standard_output(path)
        && !is_own(&start_of(path))
        && !is_empty_shard(path)
}

/// Whether a file is the result of a shard without series: empty, with a manifest next to it.
fn is_empty_shard(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.len() == 0) && manifest_of(path).is_file()
}

/// Whether a name has an extension of files of prices; `README.md.gz` does not.
fn has_ending_of_prices(path: &Path) -> bool {
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    let is_of_prices = |ending: &str| PRICES.contains(&ending) || PARQUET.contains(&ending);
    match ending(path).as_deref() {
        Some("gz" | "zst") => ending(&path.with_extension("")).is_none_or(|inner| is_of_prices(&inner)),
        found => found.is_some_and(is_of_prices),
    }
}

/// Whether a file with these first bytes was written by this program.
fn is_own(start: &[u8]) -> bool {
    are_results(start) || are_forecasts_of_days(start)
}

/// Returns the first bytes of a file, enough for a header of forecasts of all baselines, and the last bytes of a
/// Parquet file. Returns nothing if it cannot be read, which causes an error later.
fn start_of(path: &Path) -> Vec<u8> {
    let mut start = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let _ = Read::by_ref(&mut file).take(16 * 1024).read_to_end(&mut start);
        marker::add_end(&mut file, &mut start);
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_files_of_prices_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let prices = "Date,Close\n2024-01-02,1\n";
        for name in [
            "b.csv",
            "a.txt",
            "c.csv.gz",
            ".hidden.csv",
            "m.safetensors",
            "m.safetensors.checkpoint",
            "m.onnx",
            "page.HTML",
            "fan.svg",
            "rows.json",
            "README.md",
            "README.md.gz",
            "notes",
            "prices.xlsx",
            "d.TSV",
            "e.zst",
        ] {
            fs::write(folder.path().join(name), prices).unwrap();
        }
        fs::write(folder.path().join("out.csv"), "series,origin,date,last_close,forecast\nA,,,,\n").unwrap();
        let levels: String = crate::eval::scores::QUANTILE_LEVELS.iter().map(|level| format!(",q{level:.2}")).collect();
        let days = format!("series,date,actual,naive,forecast{levels},origin,basis\n");
        fs::write(folder.path().join("days.csv"), days).unwrap();
        fs::create_dir(folder.path().join("more.csv")).unwrap();
        // A shard without series, and an empty file, which causes an error when it is read.
        fs::write(folder.path().join("shard.csv"), "").unwrap();
        fs::write(folder.path().join("shard.csv.manifest.json"), "{}").unwrap();
        fs::write(folder.path().join("x.csv"), "").unwrap();
        let found = with_files_of_folders(vec![Source::File(folder.path().into()), Source::Stdin]).unwrap();
        let names: Vec<String> =
            found.iter().map(|source| source.to_string().replace(&*folder.path().to_string_lossy(), "")).collect();
        assert_eq!(
            names,
            ["/a.txt", "/b.csv", "/c.csv.gz", "/d.TSV", "/e.zst", "/x.csv", "standard input"]
                .map(|name| name.replace('/', std::path::MAIN_SEPARATOR_STR))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_not_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("a.csv");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert_eq!(with_files_of_folders(vec![Source::File(folder.path().into())]).unwrap(), [Source::File(link)]);
    }

    #[test]
    fn an_empty_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("m.safetensors"), "").unwrap();
        let error = with_files_of_folders(vec![Source::File(folder.path().into())]).unwrap_err();
        assert!(
            error.message.ends_with("no file of prices in this folder, expected at least one"),
            "{}",
            error.message
        );
        let several = vec![Source::File(folder.path().into()), Source::Stdin];
        assert_eq!(with_files_of_folders(several.clone()).unwrap(), several);
    }
}
