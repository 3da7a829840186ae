//! With any options and any files, the program soon ends with a result or an error, without a panic.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

const EXE: &str = env!("CARGO_BIN_EXE_fourcast");
const FB: &str = include_str!("../../data/fb.csv");
const MAX_TIME: Duration = Duration::from_secs(120);

/// Options that make a run short. Every command line has those that its subcommand supports.
const SHORT: [(&str, &str); 8] = [
    ("epochs", "1"),
    ("ensemble", "1"),
    ("test-days", "20"),
    ("refit-every", "20"),
    ("baselines", "naive"),
    ("trials", "3"),
    ("folds", "3"),
    ("cells", "rnn,dense"),
];
/// Options with which large values take long, and values for them.
const SLOW: [&str; 4] = ["hidden", "layers", "window", "windows"];
const FEW: [&str; 8] = ["0", "1", "2", "5", "-1", "nan", "1..3", "18446744073709551616"];

/// Values that are valid for some option, and some that are valid for none.
const VALUES: [&str; 64] = [
    "",
    "0",
    "1",
    "2",
    "3",
    "7",
    "60",
    "1000",
    "1001",
    "-1",
    "-0",
    "1e-320",
    "0.001",
    "0.5",
    "0.5,0.9",
    "0.9,0.5,0.5",
    "1.5",
    "nan",
    "inf",
    "1e308",
    "18446744073709551615",
    "18446744073709551616",
    "1/2",
    "2/1",
    "/3",
    "0/0",
    "2013-01-02",
    "2013-02-30",
    "9999-12-31",
    "-9999-01-01",
    "1.3.2013",
    "auto",
    "random",
    "pretrained",
    "adjust",
    "as-is",
    "daily",
    "weekly",
    "NYSE",
    "lstm",
    "conv",
    "many-to-many",
    "one-to-many",
    "price",
    "mse",
    "close",
    "ohlc",
    "json",
    "csv",
    "value",
    "table",
    "all",
    "+2%,-5%",
    "Close",
    "Date",
    "Volume,Open",
    "9",
    "é\u{202e}",
    "\u{1b}[31m",
    "a\nb",
    "--",
    "-",
    "onnx",
    "bash",
];

/// Names of files: one of each kind, damaged ones, a folder, a missing file.
const FILES: [&str; 16] = [
    "p.csv",
    "damaged.csv",
    "random",
    "random.parquet",
    "m.safetensors",
    "damaged.safetensors",
    "l.jsonl",
    "damaged.jsonl",
    "r.csv",
    "e.csv",
    "empty",
    "folder",
    "none",
    "folder/new",
    ".",
    "/dev/null",
];

/// Returns the subcommands in the help of the program.
pub fn subcommands() -> Vec<String> {
    let output = Command::new(EXE).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let list = help.split_once("Commands:\n").unwrap().1.split("\n\n").next().unwrap();
    // Lines that continue a description are indented further.
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.map(|line| line.split_whitespace().next().unwrap().to_owned());
    let names: Vec<String> = names.filter(|name| name != "help").collect();
    assert!(names.len() >= 14, "{names:?}");
    names
}

/// Returns the long options of a subcommand, from its help, and whether each takes a value.
fn options_of(subcommand: &str) -> BTreeMap<String, bool> {
    let output = Command::new(EXE).args([subcommand, "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let option = |line: &str| {
        let line = line.trim_start();
        let named = line.strip_prefix("--").or_else(|| line.strip_prefix('-')?.get(1..)?.strip_prefix(", --"))?;
        let end = named.find(|c: char| c != '-' && !c.is_ascii_lowercase()).unwrap_or(named.len());
        let takes = named[end..].starts_with([' ', '=', '[']) && named[end..].trim_start().starts_with(['<', '[', '=']);
        Some((named[..end].to_owned(), takes))
    };
    help.lines().filter_map(option).filter(|(name, _)| !name.is_empty() && name != "help").collect()
}

/// A change of a file: one byte is replaced, or the file ends there.
#[derive(Debug, Clone)]
struct Damage {
    at: Index,
    byte: u8,
    ends: bool,
}

fn damage() -> impl Strategy<Value = Damage> {
    (any::<Index>(), any::<u8>(), prop::bool::weighted(0.1)).prop_map(|(at, byte, ends)| Damage { at, byte, ends })
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for Damage { at, byte, ends } in damages {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        if *ends {
            bytes.truncate(at);
        } else {
            bytes[at] = *byte;
        }
    }
    bytes
}

/// Returns the files of every case, except the damaged and random ones.
fn originals() -> BTreeMap<&'static str, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = FB.lines().take(130).map(|row| format!("{row}\n")).collect();
    fs::write(folder.path().join("p.csv"), &rows).unwrap();
    for line in [
        "train p.csv -q --epochs 1 --ensemble 1 --until 2012-10-01 -m m.safetensors",
        "predict p.csv -q --pretrained --until 2012-10-01 --path 3 --ledger l.jsonl --output r.csv",
        "predict p.csv -q --pretrained --output r.parquet",
    ] {
        let status = Command::new(EXE).current_dir(folder.path()).args(line.split(' ')).status().unwrap();
        assert!(status.success(), "{line}");
    }
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let mut files: BTreeMap<&str, Vec<u8>> =
        ["p.csv", "m.safetensors", "l.jsonl", "r.csv", "r.parquet"].map(|name| (name, read(name))).into();
    files.insert("e.csv", b"date,event\n2012-09-13,meeting\n2012-12-12,meeting\n".to_vec());
    files.insert("empty", Vec::new());
    files
}

fn written(originals: &BTreeMap<&str, Vec<u8>>, damages: &[Damage], random: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    originals.iter().for_each(|(name, bytes)| write(name, bytes));
    for (name, of) in [("damaged.csv", "p.csv"), ("damaged.safetensors", "m.safetensors"), ("damaged.jsonl", "l.jsonl")]
    {
        write(name, &damaged(&originals[of], damages));
    }
    write("random", random);
    write("random.parquet", &damaged(&originals["r.parquet"], damages));
    fs::create_dir(folder.path().join("folder")).unwrap();
    write("folder/p.csv", &originals["p.csv"]);
    folder
}

/// Waits for the end of a command, up to a time limit.
fn ended(folder: &Path, args: &[String]) -> Output {
    let mut command = Command::new(EXE);
    command.current_dir(folder).args(args).stdin(Stdio::null());
    let stdout = fs::File::create(folder.join(".stdout")).unwrap();
    let stderr = fs::File::create(folder.join(".stderr")).unwrap();
    let mut child = command.stdout(stdout).stderr(stderr).spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > MAX_TIME {
            child.kill().unwrap();
            panic!("{args:?}: not done after {MAX_TIME:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    Output { status, stdout: read(".stdout"), stderr: read(".stderr") }
}

/// `RANDOM_COMMANDS=5000` in the environment sets the number of command lines.
#[expect(clippy::print_stdout, reason = "what was found, with --nocapture")]
#[test]
fn random_options_and_random_bytes_never_panic() {
    let cases = std::env::var("RANDOM_COMMANDS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60);
    let subcommands = subcommands();
    let options: Vec<Vec<(String, bool)>> =
        subcommands.iter().map(|subcommand| options_of(subcommand).into_iter().collect()).collect();
    for (subcommand, options) in subcommands.iter().zip(&options) {
        assert!(options.iter().any(|(name, takes)| name == "config" && *takes), "{subcommand}: {options:?}");
    }
    assert!(options[0].contains(&("resume".into(), false)) && options[0].contains(&("window".into(), true)));
    let originals = originals();
    let choice = (any::<Index>(), any::<Index>(), any::<Index>(), prop::bool::ANY);
    let case = (
        0..subcommands.len(),
        vec(choice, 0..5),
        vec(any::<Index>(), 0..3),
        vec(damage(), 1..4),
        vec(any::<u8>(), 0..600),
    );
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 60,
        max_shrink_time: 120_000,
        ..ProptestConfig::default()
    };
    let codes: RefCell<BTreeMap<Option<i32>, usize>> = RefCell::default();
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::default()));
    let result = runner.run(&case, |(subcommand, choices, files, damages, random)| {
        let folder = written(&originals, &damages, &random);
        let all = &options[subcommand];
        let mut args = vec![subcommands[subcommand].clone()];
        args.extend(files.iter().map(|file| FILES[file.index(FILES.len())].to_owned()));
        for (name, value) in SHORT {
            if all.iter().any(|(known, takes)| known == name && *takes) {
                args.push(format!("--{name}={value}"));
            }
        }
        for (option, value, file, is_file) in choices {
            let (name, takes) = &all[option.index(all.len())];
            // An option given twice would only be an error of the command line.
            if SHORT.iter().any(|(short, _)| short == name) {
                continue;
            }
            let value = match (takes, is_file) {
                (false, _) => None,
                (true, _) if SLOW.contains(&name.as_str()) => Some(FEW[value.index(FEW.len())]),
                (true, true) => Some(FILES[file.index(FILES.len())]),
                (true, false) => Some(VALUES[value.index(VALUES.len())]),
            };
            args.push(value.map_or_else(|| format!("--{name}"), |value| format!("--{name}={value}")));
        }
        let output = ended(folder.path(), &args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        *codes.borrow_mut().entry(output.status.code()).or_default() += 1;
        prop_assert!(matches!(output.status.code(), Some(0..=4)), "{args:?}: {:?}\n{stderr}", output.status);
        prop_assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
        prop_assert!(output.status.success() || stderr.contains("error: "), "{args:?}: {stderr}");
        let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with(".fourcast")).collect();
        prop_assert!(left.is_empty(), "{args:?}: {left:?}");
        Ok(())
    });
    let codes = codes.into_inner();
    println!("{cases} command lines ended with {codes:?}");
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(codes.len() > 1, "some succeed, some do not: {codes:?}");
}
