//! Options in the environment and in `fourcast.toml`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const FB: &str = include_str!("../../data/fb.csv");

fn run(folder: &Path, variables: &[(&str, &str)], line: &str) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    command.current_dir(folder).args(line.split(' ')).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fb.csv"), FB).unwrap();
    fs::write(folder.path().join("fourcast.toml"), settings).unwrap();
    folder
}

fn out(folder: &Path, variables: &[(&str, &str)], line: &str) -> String {
    let (code, out, stderr) = run(folder, variables, line);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{line}");
    out
}

#[test]
fn settings_are_as_good_as_typed() {
    let folder =
        folder("levels = [0.8]\npatience = 1\n\n[predict]\npretrained = true\nformat = \"json\"\nhorizon = 3\n");
    let typed = "predict fb.csv --pretrained --format json --levels 0.8 --horizon 3 --config none.toml";
    fs::write(folder.path().join("none.toml"), "").unwrap();
    assert_eq!(out(folder.path(), &[], "predict fb.csv"), out(folder.path(), &[], typed));
    // The environment takes precedence over the file, and the command line over both.
    let five = [("FOURCAST_HORIZON", "5")];
    let with =
        |variables, line| serde_json::from_str::<Value>(&out(folder.path(), variables, line)).unwrap()["date"].clone();
    assert_eq!(with(&[], "predict fb.csv"), "2013-03-06");
    assert_eq!(with(&five, "predict fb.csv"), "2013-03-08");
    assert_eq!(with(&five, "predict fb.csv --horizon 1"), "2013-03-04");
    assert_eq!(out(folder.path(), &five, "predict fb.csv --path 2").lines().count(), 2);
    let other = folder.path().join("other.toml");
    fs::write(&other, "[predict]\npretrained = true\nformat = \"csv\"\n").unwrap();
    let file = [("FOURCAST_CONFIG", "other.toml")];
    assert!(out(folder.path(), &file, "predict fb.csv").starts_with("series,origin,"));
    assert!(out(folder.path(), &file, "predict fb.csv --config fourcast.toml").starts_with('{'));
}

#[test]
fn a_fault_names_its_place() {
    let folder = folder("[predict]\npretrained = true\n\nhorizn = 3\n");
    let stderr_of = |variables: &[(&str, &str)], line: &str, code: i32| {
        let (found, out, stderr) = run(folder.path(), variables, line);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{line}: {stderr}");
        stderr
    };
    fs::write(folder.path().join("none.toml"), "").unwrap();
    let unknown = stderr_of(&[], "predict fb.csv", 1);
    assert_eq!(
        unknown,
        "error: fourcast.toml:4: 'horizn' is not an option of predict\n  help: did you mean 'horizon'?\n"
    );
    assert!(run(folder.path(), &[], "predict --help").1.contains("--horizon"), "help is there whatever the file");
    fs::write(folder.path().join("fourcast.toml"), "[predict]\npretrained = true\nhorizon = \"far\"\n").unwrap();
    let wrong = stderr_of(&[], "predict fb.csv", 1);
    assert!(wrong.starts_with("error: fourcast.toml:3: invalid value 'far' for '--horizon <DAYS>'"), "{wrong}");
    let alone = stderr_of(&[("FOURCAST_SHARD", "1/2")], "predict fb.csv --pretrained --config none.toml", 1);
    let expected = "error: FOURCAST_SHARD: --shard requires --output, which is not set\n  help: pass --output, or take --shard \
                    out of FOURCAST_SHARD\n";
    assert_eq!(alone, expected);
    let late = stderr_of(&[("FOURCAST_SINCE", "2030-01-01")], "predict fb.csv --pretrained --config none.toml", 1);
    assert!(late.ends_with("; --since is set by FOURCAST_SINCE\n"), "{late}");
    let ledger = stderr_of(&[("FOURCAST_LEDGER", "no/l.jsonl")], "predict fb.csv --pretrained --config none.toml", 1);
    assert!(ledger.ends_with("; --ledger is set by FOURCAST_LEDGER\n"), "{ledger}");
    let cell = stderr_of(&[("FOURCAST_CELL", "x")], "train fb.csv --config none.toml", 1);
    assert!(cell.contains("[possible values: dense, conv, rnn, gru, lstm"), "{cell}");
    let wrong = stderr_of(&[("FOURCAST_HORIZON", "x")], "predict fb.csv", 1);
    assert!(wrong.starts_with("error: FOURCAST_HORIZON: invalid value 'x' for '--horizon <DAYS>'"), "{wrong}");
    assert!(stderr_of(&[], "predict fb.csv --config no.toml", 1).starts_with("error: no.toml: no such file"));
    #[cfg(unix)]
    {
        // An empty file of settings, and an endless one.
        assert_eq!(run(folder.path(), &[], "predict fb.csv --pretrained -q --config /dev/null").0, Some(0));
        let endless = stderr_of(&[], "predict fb.csv --config /dev/zero", 1);
        assert!(endless.starts_with("error: /dev/zero: is not a file of settings"), "{endless}");
    }
    // An unknown variable can belong to another program.
    fs::write(folder.path().join("fourcast.toml"), "").unwrap();
    let (code, _, warning) = run(folder.path(), &[("FOURCAST_HORIZN", "5")], "predict fb.csv --pretrained");
    assert_eq!(code, Some(0));
    let expected = "warning: FOURCAST_HORIZN is not the variable of an option\n  help: FOURCAST_HORIZON is one\n";
    assert_eq!(warning, expected);
    let (_, _, quiet) = run(folder.path(), &[("FOURCAST_HORIZN", "5")], "predict fb.csv --pretrained -q");
    assert_eq!(quiet, "");
    let (code, out, strict) =
        run(folder.path(), &[("FOURCAST_HORIZN", "5")], "predict fb.csv --pretrained -q --strict");
    assert_eq!((code, out.as_str(), strict), (Some(1), "", expected.replace("warning", "error")));
}

#[test]
fn config_shows_each_option_and_where_it_is_set() {
    let folder = folder("levels = [0.8]\n[predict]\nhorizon = 3\n");
    let variables = [("FOURCAST_MAX_AGE", "5")];
    let rows: Vec<Value> = out(folder.path(), &variables, "config predict --format json")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |option: &str| rows.iter().find(|row| row["option"] == option).unwrap_or_else(|| panic!("{option}"));
    let setting_of =
        |option: &str| ["value", "source", "place"].map(|key| of(option)[key].as_str().unwrap_or("").to_owned());
    assert_eq!(setting_of("levels"), ["0.8", "file", "fourcast.toml:1"]);
    assert_eq!(setting_of("horizon"), ["3", "file", "fourcast.toml:3"]);
    assert_eq!(setting_of("max-age"), ["5", "environment", "FOURCAST_MAX_AGE"]);
    assert_eq!(setting_of("pretrained"), ["false", "default", ""]);
    assert_eq!(setting_of("model"), ["", "default", ""]);
    let set = out(folder.path(), &variables, "config --set");
    assert!(
        set.starts_with("command,option,value,source,place,error\n")
            && set.contains("predict,horizon,3,file,fourcast.toml:3")
    );
    assert!(!set.contains("default") && set.contains("train,levels,0.8,file"), "{set}");
    let table = out(folder.path(), &variables, "config predict --format table");
    assert!(table.contains("horizon") && table.contains("FOURCAST_MAX_AGE"), "{table}");
    let (code, _, stderr) = run(folder.path(), &[], "config predcit");
    assert!(code == Some(1) && stderr.contains("no subcommand 'predcit'"), "{stderr}");
}

/// Returns a function for the error that `config` shows for a setting of a subcommand; empty if it is accepted.
fn errors_of_settings(folder: &Path, variables: &[(&str, &str)]) -> impl Fn(&str, &str) -> String {
    let printed = out(folder, variables, "config --set --format json");
    let rows: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    move |command, option| {
        let row = rows.iter().find(|row| row["command"] == command && row["option"] == option);
        row.unwrap_or_else(|| panic!("{command} {option}"))["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// A value that a subcommand would refuse is shown with the error; another subcommand can accept it.
#[test]
fn config_marks_what_would_be_refused() {
    let folder = folder("horizon = 0\n[train]\ncell = \"x\"\n[predict]\npath = \"many\"\n");
    let variables = [("FOURCAST_LEVELS", "2"), ("FOURCAST_SINCE", "soon"), ("FOURCAST_TODAY", "2024-01-02")];
    let error = errors_of_settings(folder.path(), &variables);
    for (command, option, expected) in [
        ("predict", "levels", "invalid value '2' for '--levels "),
        ("train", "cell", "invalid value 'x' for '--cell "),
        ("train", "horizon", "invalid value '0' for '--horizon "),
        ("predict", "path", "invalid value 'many' for '--path "),
        ("predict", "since", "invalid value 'soon' for '--since "),
    ] {
        let found = error(command, option);
        assert!(found.starts_with(expected), "{command} {option}: {found}");
    }
    // The option requires --max-age, but its value is valid.
    assert_eq!(error("predict", "today"), "");
    let table = out(folder.path(), &variables, "config predict --set --format table");
    assert!(table.contains("FOURCAST_SINCE: invalid value 'soon'"), "{table}");
    assert_eq!(run(folder.path(), &variables, "predict fb.csv --pretrained").0, Some(1));
}

/// Values that are valid alone but contradict each other, or have no effect together, are marked too.
#[test]
fn config_marks_what_contradicts() {
    let folder = folder(
        "[train]\ncell = \"lstm\"\nactivation = \"relu\"\nwindow = 0\n[backtest]\ndropout = 0.1\nlayers = 1\nseed = 3\n\
         [predict]\npretrained = true\nmodel = \"m.safetensors\"\n",
    );
    let error = errors_of_settings(folder.path(), &[]);
    assert!(error("train", "window").starts_with("invalid value '0' for '--window "), "{}", error("train", "window"));
    assert!(error("train", "activation").starts_with("--activation is for dense, conv and rnn"));
    assert_eq!(error("train", "cell"), "", "it is not named");
    let dropout = "--dropout is between layers: pass --layers 2 or more";
    assert_eq!([error("backtest", "dropout"), error("backtest", "layers")], [dropout; 2]);
    assert_eq!(error("backtest", "seed"), "");
    for option in ["pretrained", "model"] {
        let found = error("predict", option);
        assert!(found.contains("cannot be used with"), "{option}: {found}");
    }
    let (code, _, stderr) = run(folder.path(), &[], "train fb.csv");
    assert!(code != Some(0), "{stderr}");
}

/// A dangling link has the name that would be suggested; an empty name is not the name of a file.
#[cfg(unix)]
#[test]
fn a_file_of_settings_that_is_not_there_is_reported() {
    let folder = folder("");
    fs::remove_file(folder.path().join("fourcast.toml")).unwrap();
    std::os::unix::fs::symlink("gone.toml", folder.path().join("fourcast.toml")).unwrap();
    let (code, _, stderr) = run(folder.path(), &[], "predict fb.csv --pretrained");
    assert!(
        code == Some(1) && stderr.starts_with("error: fourcast.toml: is a link to 'gone.toml', which does not exist\n"),
        "{stderr}"
    );
    assert!(!stderr.contains("did you mean") && stderr.contains("help: "), "{stderr}");
    let (code, _, stderr) = run(folder.path(), &[], "predict fb.csv --pretrained --config=");
    assert!(code == Some(1) && stderr.starts_with("error: --config is empty, expected the name of a file"), "{stderr}");
    assert!(stderr.contains("help: "), "{stderr}");
}

/// A file that is not text, and a pipe to which nothing is ever written.
#[cfg(unix)]
#[test]
fn settings_that_cannot_be_read_are_named() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder("");
    let predict = || {
        let mut command = assert_cmd::Command::cargo_bin("fourcast").unwrap();
        command.current_dir(folder.path()).args(["predict", "fb.csv", "--pretrained", "-q"]);
        command.timeout(std::time::Duration::from_secs(60));
        command
    };
    let horizon = std::ffi::OsStr::from_bytes(b"\xff");
    let output = predict().env("FOURCAST_HORIZON", horizon).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && stderr.starts_with("error: FOURCAST_HORIZON is '\u{fffd}', expected"),
        "{stderr}"
    );
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    let output = predict().args(["--config", "pipe"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(1) && stderr.starts_with("error: pipe: is a named pipe, expected"),
        "{stderr}"
    );
}

#[test]
fn typed_options_about_prices_have_no_place_beside_a_model() {
    let folder = folder("since = \"2013-01-01\"\n");
    assert_eq!(run(folder.path(), &[], "train fb.csv --epochs 1 -q --config /dev/null").0, Some(0));
    assert!(out(folder.path(), &[], "inspect model.safetensors").contains("\"format_version\""));
    let (code, _, stderr) = run(folder.path(), &[], "inspect model.safetensors --until 2013-02-01");
    assert_eq!(code, Some(2));
    assert!(
        stderr.starts_with("error: --until is about prices, and model.safetensors is a model: leave it out"),
        "{stderr}"
    );
    for (line, name) in [
        ("inspect fb.csv --output r.csv", "r.json"),
        ("inspect fb.csv --output r.jsonl.gz", "r.jsonl"),
        ("predict fb.csv --output r.json.gz", "r.json"),
        ("export --to onnx -o r.csv", "r.onnx"),
    ] {
        let (code, _, stderr) = run(folder.path(), &[], line);
        assert!(code == Some(1) && stderr.ends_with(&format!("help: name it {name}\n")), "{line}: {stderr}");
    }
}
