//! Shards that are not a whole run, files of other kinds, and shards that are impossible.

use std::fs;

use crate::shards::{FILES, refused, run, shards, universe};

#[test]
fn what_is_no_whole_run_is_refused_by_name() {
    let folder = universe();
    let folder = folder.path();
    let names = shards(folder, &format!("predict {FILES}"), 3, "csv");
    let stderr_of = |args: &str| refused(folder, &format!("merge {args}")).lines().next().unwrap().to_owned();
    assert_eq!(stderr_of("1of3.csv 3of3.csv"), "error: shard 2 of 3 is missing");
    assert_eq!(stderr_of("2of3.csv"), "error: shards 1 and 3 of 3 are missing");
    fs::copy(folder.join("2of3.csv"), folder.join("copy.csv")).unwrap();
    fs::copy(folder.join("2of3.csv.manifest.json"), folder.join("copy.csv.manifest.json")).unwrap();
    let twice = "error: copy.csv: holds shard 2/3, as 2of3.csv does, expected each shard once";
    assert_eq!(stderr_of(&format!("{} copy.csv", names.join(" "))), twice);
    let foreign = "error: one.csv: has no manifest, expected one.csv.manifest.json beside it";
    assert_eq!(stderr_of("one.csv"), foreign);
    assert_eq!(stderr_of("nothing.csv"), foreign.replace("one.csv", "nothing.csv"));

    let mixed = |args: &str, index: u32, difference: &str| {
        let (code, _, _) = run(folder, &format!("predict {args} -q --shard {index}/3 --output other.csv"));
        assert!(matches!(code, Some(0 | 4)));
        let others: Vec<&str> =
            names.iter().filter(|name| !name.starts_with(&index.to_string())).map(|name| &**name).collect();
        let line = stderr_of(&format!("other.csv {}", others.join(" ")));
        assert!(line.contains(" belongs to a different run from ") && line.contains(difference), "{line}");
        fs::remove_file(folder.join("other.csv.manifest.json")).unwrap();
    };
    mixed(&format!("{FILES} --levels 0.8"), 2, "the option levels is 0.8, expected not given");
    mixed("long.csv one.csv none.csv", 3, "an input file is prices one.csv, expected prices none.csv");
    mixed("long.csv none.csv", 2, "the number of input files is 2, expected 3");
    let text = fs::read_to_string(folder.join("one.csv")).unwrap();
    fs::write(folder.join("one.csv"), text.replace("1990-01-01,", "1990-01-01,1")).unwrap();
    mixed(FILES, 2, "the SHA-256 of one.csv is ");
    let more = shards(folder, "predict long.csv", 2, "csv");
    let line = stderr_of(&format!("{} {}", names.join(" "), more.join(" ")));
    assert!(line.contains("the number of shards is 2, expected 3"), "{line}");

    let path = folder.join("1of3.csv");
    let text = fs::read_to_string(&path).unwrap();
    let changed = "the results of shard 1/3 were changed after they were written: they are not those of its manifest";
    for other in [text.replacen("199", "198", 1), text.clone() + "\n", text.clone() + "a,b\n", text[..9].to_owned()] {
        fs::write(&path, other).unwrap();
        assert_eq!(stderr_of(&names.join(" ")), format!("error: 1of3.csv: {changed}"));
    }
    fs::remove_file(&path).unwrap();
    assert!(stderr_of(&names.join(" ")).starts_with("error: 1of3.csv: the results of shard 1/3 cannot be read: "));
    let path = folder.join("1of3.csv.manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    for (other, what) in [
        (text[..text.len() - 9].to_owned(), "is incomplete, or was changed after it was written"),
        (text.replacen("0.1.0", "0.2.0", 1), "is incomplete, or was changed after it was written"),
        ("{}".into(), "is not a manifest of a shard"),
    ] {
        fs::write(&path, other).unwrap();
        assert_eq!(stderr_of(&names.join(" ")), format!("error: 1of3.csv.manifest.json: {what}"));
    }
}

#[test]
fn files_of_other_kinds_are_not_replaced() {
    let folder = universe();
    let folder = folder.path();
    fs::write(folder.join("mine.csv"), "Date,Close\n").unwrap();
    let predict = |args: &str| refused(folder, &format!("predict one.csv {args}"));
    let mine = "mine.csv: is a text that starts with 'Date,Close', expected results of fourcast or a new name";
    assert!(predict("--output mine.csv").contains(mine));
    assert!(predict("--output one.csv").contains("one.csv: is read and written, expected two files"));
    fs::write(folder.join("new.csv.manifest.json"), "{\"mine\":1}").unwrap();
    let stderr = predict("--shard 1/1 --output new.csv");
    assert!(stderr.contains("expected the manifest of a shard or a new name"), "{stderr}");
    assert!(!folder.join("new.csv").exists());
    let names = shards(folder, "predict one.csv one.csv", 2, "csv");
    for (target, what) in [
        ("mine.csv", "expected results of fourcast"),
        ("1of2.csv", "is read and written"),
        ("1of2.csv.manifest.json", "is read and written"),
        ("none/all.csv", "no folder 'none'"),
    ] {
        let stderr = refused(folder, &format!("merge {} --output {target}", names.join(" ")));
        assert!(stderr.contains(what), "{stderr}");
    }
    // Results of a run without shards can be replaced, and no manifest is written.
    for _ in 0..2 {
        assert_eq!(run(folder, "predict one.csv -q --output plain.json").0, Some(0));
    }
    let line = fs::read_to_string(folder.join("plain.json")).unwrap();
    assert!(line.starts_with("{\"series\":\"one\"") && !folder.join("plain.json.manifest.json").exists());
    // If the only series fails, the old file is kept.
    assert_eq!(run(folder, "predict none.csv -q --output plain.json").0, Some(1));
    assert_eq!(fs::read_to_string(folder.join("plain.json")).unwrap(), line);
}

#[test]
fn a_shard_that_cannot_be_is_a_usage_error() {
    let folder = universe();
    let folder = folder.path();
    for (shard, expected) in [
        ("3/2", "there is no shard 3 of 2: the last is 2/2"),
        ("0/2", "the first of 2 is 1/2: add 1 to a number from 0"),
        ("a", "expected a shard as I/N, for example 3/64"),
        ("/0", "expected a shard as I/N"),
        ("1/99999999999", "with numbers up to 4294967295"),
    ] {
        let (code, _, stderr) = run(folder, &format!("predict one.csv --output o.csv --shard {shard}"));
        assert!(code == Some(2) && stderr.contains(expected), "{stderr}");
    }
    for args in [
        "predict one.csv --shard 1/2",
        "predict one.csv --shard 1/2 --output o.csv --format table",
        "predict one.csv --output o.csv --format value",
        "predict one.csv --shard 1/2 --output o.csv --report r.html",
        "backtest one.csv --shard 1/2 --output o.csv --forecasts f.csv",
        "backtest one.csv --shard 1/2 --output o.csv --require-skill 0",
        "merge",
    ] {
        assert_eq!(run(folder, args).0, Some(2), "{args}");
    }
    let stderr = refused(folder, "predict - --shard 1/2 --output o.csv");
    assert!(stderr.starts_with("error: a shard of standard input"), "{stderr}");
    // Most of this many shards contain no series: an empty file, and a manifest.
    let (code, _, _) = run(folder, "predict one.csv -q --shard 4294967295/4294967295 --output huge.csv");
    assert_eq!((code, fs::read(folder.join("huge.csv")).unwrap().len()), (Some(0), 0));
    let stderr = refused(folder, "merge huge.csv");
    assert!(stderr.starts_with("error: shards 1 to 4294967294 of 4294967295 are missing"), "{stderr}");
}
