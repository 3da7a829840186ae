//! The files, tests and headings to which pages and comments refer exist.

use std::fs;
use std::path::{Path, PathBuf};

use fourcast::features::InputSet;

use super::random_input::subcommands;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Returns the texts between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_name(code: &str) -> bool {
    code.contains('_') && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Returns the names of the tests of a source file.
fn tests_in(file: &str) -> Vec<String> {
    let source = fs::read_to_string(root().join(file)).expect(file);
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let after_attribute = lines.windows(2).filter(|pair| pair[0] == "#[test]").map(|pair| pair[1]);
    let name = |line: &str| line.strip_prefix("fn ")?.split('(').next().map(str::to_owned);
    after_attribute.filter_map(name).collect()
}

/// Every paragraph that starts with "Proof:" names tests and their files.
#[test]
fn every_proof_of_the_equations_is_a_test() {
    let page = fs::read_to_string(root().join("docs/equations.md")).unwrap();
    let mut proofs = 0;
    for proof in page.split("\n\n").filter(|paragraph| paragraph.starts_with("Proof:")) {
        let tests: Vec<String> = code(proof).filter(|code| code.ends_with(".rs")).flat_map(tests_in).collect();
        let named: Vec<&str> = code(proof).filter(|code| is_name(code)).collect();
        assert!(!named.is_empty(), "no test in: {proof}");
        for name in named {
            assert!(tests.iter().any(|test| test == name), "no test {name} in the files of: {proof}");
            proofs += 1;
        }
    }
    assert!(proofs >= 10, "only {proofs} proofs");
}

/// Returns all files with an extension in a folder and its subfolders.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let (mut open, mut files) = (vec![root().join(folder)], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == extension) {
            files.push(path);
        }
    }
    files
}

/// Returns the paths in a text, in backticks or not, that begin with a folder of this repository. They are relative to
/// the repository, to `src` or to `docs`. Paths that begin with a folder of `src/base` count too: such a path does not
/// exist, because it lacks `base/`.
fn paths_in(text: &str) -> Vec<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    // Patterns, and paths in examples: the README shows the error for a missing file.
    let is_made = |path: &str| path.contains("NAME") || path.contains("..") || path == "data/none.csv";
    // Created by the fuzzer and the build.
    let is_output = |path: &str| ["target/", "fuzz/artifacts", "fuzz/corpus"].iter().any(|own| path.starts_with(own));
    let words = text.split([' ', '\n', '`', '(', ')', ',', ';', ':', '\'', '"', '[', ']', '#']);
    let whole = words.map(|word| word.trim_end_matches(['.', '/'])).filter(|word| word.chars().all(is_part));
    let begins_here = |path: &&str| {
        let Some((first, rest)) = path.split_once('/') else { return false };
        let is_folder = |from: &&str| root().join(from).join(first).is_dir();
        !first.is_empty() && !rest.is_empty() && FOLDERS.iter().chain(&["src/base"]).any(is_folder)
    };
    whole.filter(|path| !is_made(path) && !is_output(path)).filter(begins_here).collect()
}

/// The folders to which paths are relative.
const FOLDERS: [&str; 3] = ["", "src", "docs"];

/// Returns the paths in a text that do not exist.
fn missing<'a>(text: &'a str, beside: &Path) -> Vec<&'a str> {
    let is_there = |path: &str| FOLDERS.iter().any(|from| root().join(from).join(path).exists());
    paths_in(text).into_iter().filter(|path| !is_there(path) && !beside.join(path).exists()).collect()
}

#[test]
fn every_path_in_a_page_or_a_comment_exists() {
    let pages = [files("docs", "md"), vec![root().join("README.md"), root().join("CONTRIBUTING.md")]].concat();
    let sources = ["src", "data", "tests", "examples", "benches"].map(|folder| files(folder, "rs")).concat();
    let mut paths = 0;
    for file in pages.iter().chain(&sources) {
        let text = fs::read_to_string(file).unwrap();
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        let text = if file.extension().is_some_and(|ending| ending == "rs") {
            text.lines().filter(is_comment).collect::<Vec<_>>().join("\n")
        } else {
            text
        };
        assert_eq!(missing(&text, file.parent().unwrap()), [""; 0], "{}", file.display());
        paths += paths_in(&text).len();
    }
    assert!(paths > 400, "{paths} paths found");
    assert_eq!(
        missing("`model/none.rs`, src/nn/none.rs, `math/inverse.rs`; see `nn/lstm.rs`", Path::new("")),
        ["model/none.rs", "src/nn/none.rs", "math/inverse.rs"]
    );
}

/// The headings are on the same page.
#[test]
fn every_heading_the_equations_point_to_exists() {
    let page = fs::read_to_string(root().join("docs/equations.md")).unwrap();
    let headings: Vec<String> = page
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"))
        .collect();
    let links = page.split("](#").skip(1).map(|rest| rest.split(')').next().unwrap());
    for link in links {
        assert!(headings.iter().any(|heading| heading == link), "no heading for #{link}");
    }
}

/// Every input that `explain` prints is defined.
#[test]
fn every_input_is_defined() {
    let page = fs::read_to_string(root().join("docs/inputs.md")).unwrap();
    // `range_volatility_50` and `_80` are in one row of the table.
    let rows: Vec<Vec<&str>> =
        page.lines().filter(|line| line.starts_with("| `")).map(|row| code(row).collect()).collect();
    let is_defined = |name: &str| {
        let ends = |row: &Vec<&str>| {
            row.iter().any(|code| code.len() < name.len() && code.starts_with('_') && name.ends_with(code))
        };
        let stem = |row: &Vec<&str>| name.rsplit_once('_').is_some_and(|(stem, _)| row[0].starts_with(stem));
        rows.iter().any(|row| row.contains(&name) || ends(row) && stem(row))
    };
    for set in [InputSet::Close, InputSet::Ohlc, InputSet::All] {
        for input in [set.for_return(), set.for_pretrained(), set.for_price()].concat() {
            assert!(is_defined(&input.name()), "docs/inputs.md does not define {}", input.name());
        }
    }
    assert!(!is_defined("range_volatility_60") && !is_defined("weeks"));
}

/// The files to which the pages link exist.
#[test]
fn every_link_of_a_page_leads_somewhere() {
    for page in [
        "docs/guide.md",
        "docs/inputs.md",
        "docs/daily.md",
        "docs/design.md",
        "docs/cli.md",
        "docs/model-file.md",
        "docs/price-reader.md",
        "docs/decisions.md",
    ] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let links = text.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap());
        for link in links {
            assert!(root().join("docs").join(link).exists(), "{page}: {link}");
        }
    }
}

/// The options in the page of the command line have the same value names as in the help.
#[test]
fn options_of_the_command_line_page_have_the_value_names_of_the_helps() {
    let helps: Vec<String> = subcommands().iter().map(|subcommand| help_of(subcommand)).collect();
    let page = fs::read_to_string(root().join("docs/cli.md")).unwrap();
    let mut checked = 0;
    for words in code(&page).map(|code| code.split_whitespace().collect::<Vec<_>>()) {
        for (option, value) in words.windows(2).map(|pair| (pair[0], pair[1])) {
            let is_name = value.len() > 1 && value.bytes().all(|byte| byte.is_ascii_uppercase());
            if option.starts_with("--") && is_name {
                let names =
                    [format!("{option} <{value}>"), format!("{option}[=<{value}>]"), format!("{option} [<{value}>]")];
                let is_there = helps.iter().any(|help| names.iter().any(|name| help.contains(name)));
                assert!(is_there, "{option} {value}: no help has that value name");
                checked += 1;
            }
        }
    }
    assert!(checked > 30, "{checked} options found");
}

fn help_of(subcommand: &str) -> String {
    let mut command = assert_cmd::Command::cargo_bin("fourcast").unwrap();
    String::from_utf8(command.args([subcommand, "--help"]).output().unwrap().stdout).unwrap()
}
