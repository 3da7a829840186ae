//! The console blocks of the README and of the guide, run as written.
//!
//! Every block is a script: lines after `$ ` are run by `sh` in a copy of the repository's `data/`, one after the other
//! in one folder. Their output on both streams must equal the text below them, apart from digits: the last digits of
//! `exp` differ between machines, and seconds always do. The prices of forecasts must be close to those shown.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A command and its expected output.
struct Step {
    command: String,
    expected: String,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => steps.push(Step { command: command.into(), expected: String::new() }),
            None => steps.last_mut().expect("a block starts with a command").expected += &format!("{line}\n"),
        }
    }
    steps
}

/// Number of digits of a model's hash in results.
const HASH: usize = 16;

/// Replaces hashes of models by `@`, because they differ between machines, as the last digits of numbers do.
fn without_hashes(text: &str) -> String {
    let is_hash = |word: &str| word.len() == HASH && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('"').map(|word| if is_hash(word) { "@" } else { word }).collect::<Vec<_>>().join("\"")
}

/// Replaces every number by one `#`.
fn without_digits(text: &str) -> String {
    let mut shape = String::new();
    let text = without_hashes(text);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if !character.is_ascii_digit() {
            shape.push(character);
            continue;
        }
        shape.push('#');
        while characters.next_if(|next| next.is_ascii_digit() || matches!(next, '.' | ',')).is_some() {}
    }
    shape
}

/// Returns the decimal numbers, as text, of a line that begins with a date, as the rows of forecasts do.
fn prices(line: &str) -> Vec<&str> {
    let is_date = |word: &str| word.len() == 10 && word.split('-').map(str::len).eq([4, 2, 2]);
    let mut words = line.split_whitespace();
    let is_row = words.next().is_some_and(is_date);
    let is_decimal = |word: &&str| word.contains('.') && word.parse::<f64>().is_ok();
    words.filter(|_| is_row).filter(is_decimal).collect()
}

/// Returns the first price of a forecast that differs by more than two in its last digit from the one shown, with that
/// one.
fn far_price<'a>(shown: &'a str, printed: &'a str) -> Option<(&'a str, &'a str)> {
    let pairs =
        shown.lines().zip(printed.lines()).flat_map(|(shown, printed)| prices(shown).into_iter().zip(prices(printed)));
    let is_far = |(shown, printed): &(&str, &str)| {
        let places = shown.len() - shown.find('.').unwrap_or(0) - 1;
        let [shown, printed] = [shown, printed].map(|price| price.parse::<f64>().unwrap());
        (shown - printed).abs() > 2.5 * 0.1_f64.powi(places as i32)
    };
    pairs.into_iter().find(is_far)
}

/// Runs a command and returns what a user would see at a terminal. Because standard output is a pipe here, the table is
/// requested explicitly, unless the command pipes, redirects or names its format.
fn run(command: &str, folder: &Path) -> String {
    let own_output = command.contains(['|', '(']) || command.contains("--format");
    let command = if own_output { command.to_owned() } else { format!("{command} --format table") };
    let bin = Path::new(env!("CARGO_BIN_EXE_fourcast")).parent().unwrap().to_owned();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())));
    let output = Command::new("sh")
        .args(["-c", &format!("({command}) 2>&1")])
        .env("PATH", path.unwrap())
        // The width of the blocks, and the characters that they contain.
        .env_remove("COLUMNS")
        .env("LC_ALL", "C.UTF-8")
        .env("TERM", "xterm")
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the blocks of a page and compares their output.
fn check(page: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    for entry in fs::read_dir(root.join("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            continue;
        }
        fs::copy(&path, folder.path().join("data").join(path.file_name().unwrap())).unwrap();
    }
    let steps = steps(&fs::read_to_string(root.join(page)).unwrap());
    assert!(steps.len() >= 6, "the blocks were found");
    for Step { command, expected } in steps {
        let printed = run(&command, folder.path());
        let same = without_digits(&printed) == without_digits(&expected);
        let near = far_price(&expected, &printed).is_none();
        assert!(same && near, "$ {command}\n--- {page} shows\n{expected}\n--- it prints\n{printed}");
    }
    check_pictures(page, folder.path());
}

/// Checks that the pictures of a page are those that its commands have written. `REMAKE_PICTURES=1` replaces them.
fn check_pictures(page: &str, folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(page)).unwrap();
    for name in text.split("](pictures/").skip(1).filter_map(|rest| rest.split(')').next()) {
        let own =
            fs::read_to_string(folder.join(name)).unwrap_or_else(|_| panic!("no command of {page} writes {name}"));
        let kept = root.join("docs/pictures").join(name);
        if std::env::var_os("REMAKE_PICTURES").is_some() {
            fs::write(&kept, &own).unwrap();
        }
        let same = without_digits(&own) == without_digits(&fs::read_to_string(&kept).unwrap());
        assert!(same, "docs/pictures/{name} is not what the command of {page} writes");
    }
}

#[test]
fn console_blocks_print_what_they_show() {
    check("README.md");
}

#[test]
fn the_guide_prints_what_it_shows() {
    check("docs/guide.md");
}

#[test]
fn the_page_of_daily_use_prints_what_it_shows() {
    check("docs/daily.md");
}

#[test]
fn another_price_of_a_forecast_is_seen() {
    let row = |upper: &str| format!("eurusd after 1.1172:\n  2026-11-03      1.1172          1.1145 to {upper}\n");
    assert_eq!(far_price(&row("1.1199"), &row("1.1201")), None);
    assert_eq!(far_price(&row("1.1199"), &row("1.1202")), Some(("1.1199", "1.1202")));
}

#[test]
fn another_word_or_sign_is_seen() {
    assert_eq!(without_digits("ratio 1.0002, 3,270 rows"), "ratio # # rows");
    assert_eq!(without_digits(r#"{"model":"00ff00ff00ff00aa"}"#), r#"{"model":"@"}"#);
    assert_ne!(without_digits("430.83 to 431"), without_digits("-430.83 to 431"));
}
