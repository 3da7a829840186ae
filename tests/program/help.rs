//! The suggestion of every help is typed, on the same files, until the command succeeds or fails with a fault for which
//! nothing can be typed. Following help never leads to the same error again.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

const AAPL: &str = include_str!("../../data/aapl.csv");

/// Files in memory, and a command line that reads them.
#[derive(Clone)]
struct State {
    files: Vec<(String, Vec<u8>)>,
    args: Vec<String>,
}

/// The messages of a run.
struct Messages {
    /// The first line of the error.
    error: String,
    help: String,
}

impl State {
    fn new(args: &str, text: &[u8]) -> State {
        let args = args.split(' ').map(str::to_owned).collect();
        State { files: vec![("p.csv".into(), text.to_vec())], args }
    }

    /// Runs the command line; returns its messages if it fails.
    fn run(&self) -> Option<Messages> {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &self.files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let mut command = Command::cargo_bin("fourcast").unwrap();
        let output = command.current_dir(folder.path()).args(&self.args).output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        let messages = &messages[messages.find("error: ").unwrap_or(messages.len())..];
        if output.status.success() {
            return None;
        }
        assert!(
            messages.starts_with("error: "),
            "{}: code {:?} without an error",
            self.args.join(" "),
            output.status.code()
        );
        let mut lines = messages.lines();
        let error = lines.next().unwrap().to_owned();
        let help = lines.next().and_then(|line| line.trim().strip_prefix("help: ")).unwrap_or("").to_owned();
        Some(Messages { error, help })
    }

    fn with(&self, flag: &str, value: Option<&str>) -> State {
        let mut state = self.without(flag);
        let other = match flag {
            "--decimal-comma" => "--decimal-point",
            "--decimal-point" => "--decimal-comma",
            _ => "",
        };
        state.args.retain(|arg| arg != other);
        state.args.push(value.map_or(flag.to_owned(), |value| format!("{flag}={value}")));
        state
    }

    fn without(&self, flag: &str) -> State {
        let mut state = self.clone();
        let begins = format!("{flag}=");
        while let Some(place) = state.args.iter().position(|arg| arg == flag) {
            state.args.remove(place);
            if state.args.get(place).is_some_and(|value| !value.starts_with("--")) {
                state.args.remove(place);
            }
        }
        state.args.retain(|arg| !arg.starts_with(&begins));
        state
    }

    /// Returns the state with a line of the price file changed; none if the change has no effect.
    fn edited(&self, line: usize, change: impl FnOnce(&str) -> Option<String>) -> Option<State> {
        let mut state = self.clone();
        let text = String::from_utf8_lossy(&state.files[0].1).into_owned();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let old = lines.get(line.checked_sub(1)?)?.clone();
        match change(&old) {
            Some(new) if new == old => return None,
            Some(new) => lines[line - 1] = new,
            None => drop(lines.remove(line - 1)),
        }
        state.files[0].1 = lines.join("\n").into_bytes();
        state.files[0].1.push(b'\n');
        Some(state)
    }
}

/// Splits a text into words as a shell does, without trailing punctuation.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for letter in text.chars() {
        match letter {
            '\'' => (quoted, any) = (!quoted, true),
            ' ' if !quoted => {
                if any {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => {
                word.push(letter);
                any = true;
            }
        }
    }
    if any {
        words.push(word);
    }
    words.into_iter().map(|word| word.trim_end_matches([',', ';', ':']).to_owned()).collect()
}

/// Returns the texts in single quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Returns the number of the line that the error names.
fn line_of(error: &str) -> Option<usize> {
    let place = error.strip_prefix("error: p.csv:")?;
    place[..place.find(|letter: char| !letter.is_ascii_digit())?].parse().ok()
}

/// Returns all states that can result from following the help.
fn next_states(state: &State, messages: &Messages) -> Vec<State> {
    let Messages { error, help } = messages;
    let mut next = Vec::new();
    let words = words(help);
    for (place, word) in words.iter().enumerate().filter(|(_, word)| word.starts_with("--")) {
        let value = |offset: usize| words.get(place + offset).map(String::as_str);
        let (flag, typed) = word.split_once('=').map_or((&word[..], None), |(flag, value)| (flag, Some(value)));
        let takes_out = place > 1 && words[place - 2..place] == ["leave", "out"];
        match flag {
            _ if takes_out => next.push(state.without(flag)),
            "--date-column" | "--price-column" | "--ticker-column" | "--series" if value(1) != Some("for") => {
                next.push(state.with(flag, typed.or(value(1))));
                // Every name in the list of the error is as good as the example.
                let listed = error.find("expected ").map_or("", |_| &error[..]);
                let unknown = |name: &String| error.contains(&format!("'{name}', expected "));
                let names = quoted(listed).into_iter().filter(|name| !unknown(name));
                if error.contains("could each be")
                    || error.contains("expected '")
                    || error.contains("expected one of")
                    || error.contains("series")
                {
                    next.extend(names.map(|name| state.with(flag, Some(&name))));
                }
            }
            "--date-order" => {
                next.push(state.with(flag, value(1)));
                if value(2) == Some("or") {
                    next.push(state.with(flag, value(3)));
                }
            }
            // Given together with the day from which rows have that frequency.
            "--frequency" if help.contains("--since") => {}
            "--frequency" if value(1) == Some("out") => next.push(state.without(flag)),
            "--frequency" => {
                let named = ["daily", "weekly", "monthly"].into_iter();
                let named = named.filter(|name| words[place + 1..].iter().take(4).any(|word| word == name));
                next.extend(named.map(|name| state.with(flag, Some(name))));
            }
            "--since" | "--until" if value(2) == Some("--frequency") => {
                next.push(state.with(flag, value(1)).with("--frequency", value(3)));
            }
            "--since" | "--until" if value(1).is_some_and(|day| day.starts_with("20")) => {
                next.push(state.with(flag, value(1)));
            }
            "--splits" | "--features" | "--baselines" => next.push(state.with(flag, value(1))),
            "--decimal-point" | "--decimal-comma" | "--in-sample" => next.push(state.with(flag, None)),
            "--learning-rate" => next.push(state.with(flag, Some("0.002"))),
            "--window" | "--horizon" if help.contains("--window and --horizon") => {
                next.push(state.with("--window", Some("1")).with("--horizon", Some("1")));
            }
            "--window" | "--horizon" => next.push(state.with(flag, Some("1"))),
            "--valid-fraction" => next.push(state.with(flag, Some("0"))),
            "--test-days" | "--rolling" => next.push(state.without(flag)),
            "--target" if state.args[0] == "train" => next.push(state.with(flag, value(1))),
            _ => {}
        }
    }
    let line = line_of(error);
    if let Some(line) = line {
        let found = quoted(error).get(1).cloned();
        if help.contains("fix that cell") || help.contains("leave the cell empty") {
            let empty = |old: &str| found.as_ref().map(|found| old.replacen(found.as_str(), "", 1));
            next.extend(state.edited(line, |old| Some(empty(old).unwrap_or_else(|| old.to_owned()))));
        }
        if ["take it out", "take out the row", "take out the line", "take out the other", "cut short", "fix that row"]
            .iter()
            .any(|words| help.contains(words))
        {
            next.extend(state.edited(line, |_| None));
        }
        if help.contains("closing quote") {
            next.extend(state.edited(line, |old| Some(old.replacen('"', "", 1))));
        }
    }
    next
}

/// Returns the error without its place, numbers and names, by which it is recognised as the same error.
fn kind(error: &str) -> String {
    let text = error.split('\'').step_by(2).collect::<String>();
    text.chars().filter(|letter| !letter.is_ascii_digit() && *letter != ':').collect()
}

/// Follows every help from this state on. `chain` has the messages so far. `fixed` says that the last step changed the
/// file; the same error is then allowed, because the file can have a second fault of the same kind.
fn follow(state: &State, chain: &[(String, String)], fixed: bool) -> usize {
    const MAX_STEPS: usize = 6;
    let Some(messages) = state.run() else { return 1 };
    let now = kind(&messages.error);
    let stderr = || {
        let steps = chain.iter().map(|(_, text)| format!("  {text}\n")).collect::<String>();
        format!("fourcast {}\n{steps}  {} -> {}", state.args.join(" "), messages.error, messages.help)
    };
    assert!(fixed || chain.iter().all(|(kind, _)| *kind != now), "the same error again:\n{}", stderr());
    if chain.len() >= MAX_STEPS {
        // If a file has many faults, six of them are fixed.
        assert!(fixed, "no end:\n{}", stderr());
        return 1;
    }
    let next = next_states(state, &messages);
    let step = (now, format!("{} -> {}", messages.error, messages.help));
    let chain = [chain, &[step]].concat();
    1 + next.iter().map(|one| follow(one, &chain, one.files != state.files)).sum::<usize>()
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.file_stem().is_some_and(|name| name != "EXPECTED")).collect();
    files.sort();
    files
}

#[test]
fn every_help_on_a_file_leads_on() {
    let texts = include_str!("../fixtures/faulty.txt").split("====\n");
    let runs: usize = texts
        .flat_map(|text| {
            ["inspect p.csv", "train p.csv --epochs 1 --ensemble 1"].map(|args| State::new(args, text.as_bytes()))
        })
        .map(|state| follow(&state, &[], false))
        .sum();
    assert!(runs > 150, "only {runs} runs");
}

#[test]
fn every_help_on_a_file_remade_from_a_real_one_leads_on() {
    for path in fixtures("mini") {
        let text = fs::read(&path).unwrap();
        for args in ["inspect p.csv", "predict p.csv", "train p.csv --epochs 1 --ensemble 1"] {
            follow(&State::new(args, &text), &[], false);
        }
    }
}

#[test]
fn every_help_on_an_option_leads_on() {
    let closes: String = AAPL.lines().take(120).map(|line| format!("{line}\n")).collect();
    let points = b"Date,Close\n2024-01-02,1.5\n2024-01-03,1.25\n2024-01-04,1.5\n2024-01-05,1.25\n";
    for args in [
        "inspect p.csv --price-column Clsoe",
        "inspect p.csv --date-column 9",
        "inspect p.csv --date-column Close",
        "inspect p.csv --ticker-column Ticker",
        "inspect p.csv --series B",
        "inspect p.csv --since 2030-01-01",
        "inspect p.csv --until 1990-01-01",
        "train p.csv --learning-rate 1e30",
        "train p.csv --valid-fraction 0.95",
        "train p.csv --window 200",
        "train p.csv --horizon 90",
        "train p.csv --window 90 --horizon 60",
        "backtest p.csv --test-days 90 --baselines naive",
        "backtest p.csv --rolling 40 --baselines naive",
        "backtest p.csv --horizon 3 --baselines egarch-x",
    ] {
        follow(&State::new(args, closes.as_bytes()), &[], false);
    }
    for args in [
        "inspect p.csv --decimal-comma",
        "predict p.csv --date-column 1 --price-column 2",
        "predict p.csv --date-column 2",
    ] {
        follow(&State::new(args, points), &[], false);
    }
}

/// For files without the expected column, the list in the error contains the right one.
#[test]
fn lists_hold_the_right_column() {
    let messages = |file: &str| {
        let path = format!("{}/tests/fixtures/mini/{file}", env!("CARGO_MANIFEST_DIR"));
        State::new("predict p.csv", &fs::read(path).unwrap()).run().map_or(String::new(), |messages| messages.error)
    };
    assert_eq!(
        messages("bid_and_ask_bars.csv"),
        "error: p.csv: 'CloseBid' and 'CloseAsk' could each be the price column, expected one"
    );
    assert_eq!(
        messages("two_decimal_marks.csv"),
        "error: p.csv:2: 'Close' has decimal points and 'Open' decimal commas, expected one of them"
    );
    assert_eq!(
        messages("bhavcopy_one_day.csv"),
        "error: p.csv: holds 4 tickers on one day, 2025-04-01; expected several days of each"
    );
    let undated = messages("r_rows_without_dates.csv");
    assert!(undated.contains("no date column") && undated.contains("'TAXI.SR.Open'"), "{undated}");
}
