//! The examples in the help of every subcommand work as written.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::random_input::subcommands;

const AAPL: &str = include_str!("../../data/aapl.csv");

/// Runs a shell command, with the program on the path and the folder as home directory.
fn shell(line: &str, folder: &Path) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_fourcast")).parent().unwrap().to_owned();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
    let mut command = Command::new("sh");
    // Wide enough that no example is wrapped.
    command.args(["-c", line]).env("PATH", path.unwrap()).env("HOME", folder).env("COLUMNS", "1000");
    command.current_dir(folder).output().unwrap()
}

fn printed(line: &str, folder: &Path) -> String {
    let output = shell(line, folder);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Creates a folder with the files that the examples name: prices with a column VIX, a folder and three files of
/// prices, tickers with a model each, dates of meetings, forecasts of another program, and a model of the days before
/// the last eight months.
fn folder_for_examples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = AAPL.lines().collect();
    let rows = lines[lines.len() - 420..].iter().enumerate();
    let rows: String = rows.map(|(day, row)| format!("{row},{}\n", 15 + day * 7 % 11)).collect();
    fs::write(folder.path().join("prices.csv"), format!("{},VIX\n{rows}", lines[0])).unwrap();
    fs::write(folder.path().join("meetings.csv"), "date\n2012-01-25\n2012-06-20\n2012-12-12\n2013-03-20\n").unwrap();
    let closes = |rows: usize| -> Vec<(&str, &str)> {
        let cells = |row: &&'static str| row.split(',').collect::<Vec<_>>();
        lines[lines.len() - rows..].iter().map(cells).map(|cells| (cells[0], cells[5])).collect()
    };
    let of_ticker = |ticker: &str| closes(200).iter().map(|(day, close)| format!("{day},{ticker},{close}\n")).collect();
    let [a, b]: [String; 2] = ["AAA", "BBB"].map(of_ticker);
    fs::write(folder.path().join("tickers.csv"), format!("date,ticker,close\n{a}{b}")).unwrap();
    fs::create_dir(folder.path().join("prices")).unwrap();
    for name in ["prices/a.csv", "prices/b.csv"] {
        let rows = lines[lines.len() - 300..].join("\n");
        fs::write(folder.path().join(name), format!("{}\n{rows}\n", lines[0])).unwrap();
    }
    for name in ["a.csv", "b.csv", "c.csv"] {
        let rows: String = closes(300).iter().map(|(day, close)| format!("{day},{close}\n")).collect();
        fs::write(folder.path().join(name), format!("date,close\n{rows}")).unwrap();
    }
    let points: String = closes(61).windows(2).map(|pair| format!("{},{}\n", pair[1].0, pair[0].1)).collect();
    fs::write(folder.path().join("mine.csv"), format!("date,forecast\n{points}")).unwrap();
    printed("fourcast train prices.csv --until 2012-06-29 -q", folder.path());
    printed("fourcast train tickers.csv --each --models models -q", folder.path());
    folder
}

/// Reduces the trials of a search in an example, because the whole search takes minutes.
fn short_search(line: &str) -> String {
    let mut words = line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    if let Some(place) = words.iter().position(|word| word == "--trials") {
        words.drain(place..place + 2);
    }
    words.join(" ") + " --trials 2 --folds 2 --ensemble 1 --test-days 60"
}

/// Returns the lines below `Examples:`, without the text after two blanks.
fn examples(subcommand: &str, help: &str, folder: &Path) -> Vec<String> {
    let text = printed(&format!("fourcast {subcommand} {help}"), folder);
    let (_, examples) = text.split_once("Examples:\n").unwrap_or_else(|| panic!("{subcommand} {help} has no examples"));
    let line = |line: &str| line.trim().split("  ").next().unwrap().to_owned();
    examples.lines().take_while(|line| line.starts_with("  ")).map(line).collect()
}

#[test]
fn the_examples_of_every_help_work() {
    let folder = folder_for_examples();
    let model = fs::read(folder.path().join("model.safetensors")).unwrap();
    for subcommand in subcommands() {
        let long = examples(&subcommand, "--help", folder.path());
        assert_eq!(long, examples(&subcommand, "-h", folder.path()), "{subcommand}");
        assert!(!long.is_empty(), "{subcommand}");
        for example in long {
            assert!(example.contains("fourcast "), "{example}");
            // An example that trains replaces the model.
            fs::write(folder.path().join("model.safetensors"), &model).unwrap();
            // The pager and PowerShell are not part of the program.
            let line = example.replace("man -l -", "cat").replace("md -Force (Split-Path $PROFILE);", "");
            let line = line.replace("$PROFILE", "profile.ps1");
            let line = if subcommand == "tune" { short_search(&line) } else { line };
            let output = shell(&line, folder.path());
            let expected = if line.contains("--require-skill") { [Some(0), Some(3)] } else { [Some(0); 2] };
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(expected.contains(&output.status.code()), "{example}: {:?} {stderr}", output.status.code());
        }
    }
}
