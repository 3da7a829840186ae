//! Options that are out of range, have no effect, or require what the file does not have.

use std::fs;

use crate::bad_input::{AAPL, fails, fourcast};

#[test]
fn fifty_four_rows_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = AAPL.lines().take(55).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("p.csv"), rows).unwrap();
    fourcast(folder.path(), &["train", "p.csv"]).assert().success();
}

#[test]
fn bars_asked_for_and_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (1..=60).map(|day| format!("2020-{:02}-{:02},{}\n", 1 + day / 28, 1 + day % 28, 100 + day % 7));
    fs::write(folder.path().join("p.csv"), format!("Date,Close\n{}", rows.collect::<String>())).unwrap();
    let stderr = "error: p.csv: no open, high and low, expected them for features that are computed from them\n  \
                help: pass --features close, or leave it out";
    fails(folder.path(), &["train", "p.csv", "--features", "ohlc"], 1, stderr);
}

#[test]
fn options_out_of_range_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    let usage = |args: &[&str], messages: &str| {
        let stderr = format!("error: invalid value {messages}\n\nFor more information, try '--help'.");
        fails(folder.path(), args, 2, &stderr);
    };
    usage(&["train", "--window", "0"], "'0' for '--window <DAYS>': expected a whole number from 1 to 10000");
    usage(&["train", "--window", "-1"], "'-1' for '--window <DAYS>': expected a whole number from 1 to 10000");
    usage(&["train", "--hidden", "0"], "'0' for '--hidden <UNITS>': expected a whole number from 1 to 4096");
    usage(
        &["train", "--valid-fraction", "1.5"],
        "'1.5' for '--valid-fraction <FRACTION>': expected 0, or a fraction from 0.001 to 0.999, for example 0.15",
    );
    usage(
        &["predict", "--levels", "90"],
        "'90' for '--levels <LEVELS>': a level is a number between 0 and 1: for 90 % pass 0.9",
    );
    for level in ["0.9999999999999999", "1e-320"] {
        let messages = "a level is a number from 0.000001 to 0.999999, for example 0.9";
        usage(&["predict", "--levels", level], &format!("'{level}' for '--levels <LEVELS>': {messages}"));
    }
    usage(
        &["predict", "--since", "1.3.2013"],
        "'1.3.2013' for '--since <DATE>': expected a day as YYYY-MM-DD, for example 2013-03-01",
    );
    usage(&["train", "--seed", "-1"], "'-1' for '--seed <N>': expected a whole number from 0 to 18446744073709551615");
    usage(
        &["train", "--learning-rate", "0"],
        "'0' for '--learning-rate <RATE>': expected a number above 0 and at most 1e30, for example 0.003",
    );
}

#[test]
fn options_that_would_do_nothing_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    for (args, messages) in [
        ("--cell lstm --activation relu", "--activation is for dense, conv and rnn: gru and lstm have their own"),
        (
            "--cell conv --recurrent-init identity",
            "--recurrent-init is for rnn, gru and lstm: dense and conv have no recurrent weights",
        ),
        ("--dropout 0.2", "--dropout is between layers: pass --layers 2 or more"),
        (
            "--teacher-forcing 0.5",
            "--teacher-forcing is for decoders: pass --topology many-to-many or one-to-many, and a recurrent --cell",
        ),
        (
            "--topology many-to-many --teacher-forcing 0.5",
            "--teacher-forcing is for paths of several days: pass --horizon 2 or more",
        ),
        ("--topology one-to-many --window 9", "one-to-many reads one day: leave out --window"),
        (
            "--recurrent-init glorot --init-from prior",
            "--recurrent-init is for random weights: leave it out, or pass --init-from random",
        ),
        ("--patience 3 --valid-fraction 0", "--patience needs a validation loss: pass a --valid-fraction above 0"),
    ] {
        let args: Vec<&str> = std::iter::once("train").chain(args.split_whitespace()).collect();
        let stderr = format!(
            "error: {messages}\n\nUsage: fourcast train [OPTIONS] [CSV]...\n\nFor more information, try '--help'."
        );
        fails(folder.path(), &args, 2, &stderr);
    }
}

#[test]
fn a_day_in_the_place_of_a_column_leads_to_the_option_for_days() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("aapl.csv"), AAPL).unwrap();
    let error = "error: aapl.csv: no date column '2013-01-02', expected 'Date'\n  help: to forecast from an earlier day, \
                 pass --until 2013-01-02; the column of dates is named with --date-column Date";
    fails(folder.path(), &["predict", "aapl.csv", "--pretrained", "--date", "2013-01-02"], 1, error);
}
