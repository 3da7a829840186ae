//! Models that cannot be used for the prices, or as initial weights.

use std::fs;

use crate::bad_input::{AAPL, OLDER_MODEL, fails, fourcast};

/// A model is given instead of prices.
#[test]
fn a_model_that_is_given_as_prices_is_called_one() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old.safetensors"), OLDER_MODEL).unwrap();
    let stderr = "error: old.safetensors: is a model (safetensors), expected a table of text (CSV)\n  help: name a file of \
                prices, and the model as --model old.safetensors";
    for subcommand in ["train", "predict", "backtest"] {
        fails(folder.path(), &[subcommand, "old.safetensors"], 1, stderr);
    }
}

/// Weights that were trained for another purpose are refused as initial weights, even if their shapes are the same.
#[test]
fn a_model_of_another_network_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let train = ["train", "p.csv", "--horizon", "5", "--epochs", "1", "--ensemble", "1", "-m", "five.st"];
    fourcast(folder.path(), &train).assert().success();
    for (subcommand, args, found, asked) in [
        ("train", "--horizon 4", "--horizon 5", "--horizon 4"),
        ("backtest", "--horizon 4", "--horizon 5", "--horizon 4"),
        ("train", "--topology many-to-many --horizon 5", "--topology many-to-one", "--topology many-to-many"),
        (
            "train",
            "--cell gru --window 5 --horizon 1 --loss mse",
            "--cell lstm --window 4 --horizon 5 --loss student-t",
            "--cell gru --window 5 --horizon 1 --loss mse",
        ),
    ] {
        let args: Vec<&str> =
            [subcommand, "p.csv", "--init-from", "five.st"].into_iter().chain(args.split_whitespace()).collect();
        let fields = |options: &str| options.trim_start_matches("--").replace(" --", ", ");
        let (model, asked) = (fields(found), fields(asked));
        let stderr = format!(
            "error: five.st: a model with {model}, expected one with {asked} to start from\n  \
             help: select its network with {found}, or name another model with --init-from"
        );
        fails(folder.path(), &args, 1, &stderr);
    }
    let same = ["train", "p.csv", "--horizon", "5", "--epochs", "1", "--init-from", "five.st"];
    fourcast(folder.path(), &same).assert().success();
}

#[test]
fn models_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("p.csv"), AAPL).unwrap();
    fourcast(folder.path(), &["train", "p.csv", "--epochs", "1", "--ensemble", "1"]).assert().success();
    let model = fs::read(at("model.safetensors")).unwrap();
    let again = |name: &str| format!("\n  help: train again with: fourcast train -m {name} PRICES.csv");
    let predict = |name: &str, bytes: &[u8], stderr: &str| {
        fs::write(at(name), bytes).unwrap();
        fails(folder.path(), &["predict", "-m", name, "p.csv"], 1, stderr);
    };
    let none = "error: none.st: no such file, expected a model\n  \
                help: train one with: fourcast train -m none.st PRICES.csv";
    fails(folder.path(), &["predict", "-m", "none.st", "p.csv"], 1, none);
    let cut = format!("error: cut.st: not a whole safetensors file: invalid header length{}", again("cut.st"));
    predict("cut.st", &model[..200], &cut);
    // Training would refuse to replace the file.
    for text in ["hello", "Date,Close\n2024-01-02,1\n"] {
        let line = text.lines().next().unwrap();
        let expected = format!(
            "error: text.st: is a text that starts with '{line}', expected a model\n  help: name a model with --model, or \
             train one with: fourcast train -m NEW.safetensors PRICES.csv"
        );
        predict("text.st", text.as_bytes(), &expected);
    }
    let find = |what: &str| model.windows(what.len()).position(|bytes| bytes == what.as_bytes()).unwrap();
    let version = find("format_version") + "format_version\\\":".len();
    let mut newer = model.clone();
    newer[version] = b'9';
    let newer_error = "error: new.st: format version 9, expected 3 or older\n  \
                       help: read it with the fourcast that wrote it, or train again";
    predict("new.st", &newer, newer_error);
    let rename = |from: &str, to: &str| {
        let at = find(from);
        let mut renamed = model.clone();
        renamed[at..at + to.len()].copy_from_slice(to.as_bytes());
        renamed
    };
    let lacking = "error: lack.st: no tensor 'head.bias', expected it for the network the file describes".to_owned();
    predict("lack.st", &rename("\"head.bias\"", "\"tail.bias\""), &(lacking + &again("lack.st")));
    let mut flipped = model.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let damaged = "error: flip.st: its checksum does not match: the file was damaged or changed after it was written\n  \
                   help: copy it again, or train again with: fourcast train -m flip.st PRICES.csv";
    predict("flip.st", &flipped, damaged);
    let misshapen = "error: bent.st: tensor 'head.weight': F32 [16, 21], expected F32 [21, 16]".to_owned();
    predict("bent.st", &rename("[21,16]", "[16,21]"), &(misshapen + &again("bent.st")));
}

#[test]
fn a_training_that_diverges_says_when() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    let diverged = "error: p.csv: training diverged: the loss is no longer a number in epoch 1 of at most 6\n  \
                    help: pass a smaller --learning-rate, for example 0.002, or check the prices for wild jumps";
    fails(folder.path(), &["train", "p.csv", "--learning-rate", "1e30"], 1, diverged);
}

/// The option in the error is not on the command line: it was given to `train`, and the model has stored it.
#[test]
fn a_column_that_the_model_remembers_and_the_file_lacks() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    fs::write(folder.path().join("q.csv"), AAPL.replacen("Close", "Last", 1)).unwrap();
    let train = ["train", "p.csv", "--price-column", "Close", "--epochs", "1", "--ensemble", "1"];
    fourcast(folder.path(), &train).assert().success();
    let columns = "expected one of 'Last', 'Adj Close', 'Open', 'High' or 'Low'";
    let stderr = format!(
        "error: q.csv: no price column 'Close', {columns} (model.safetensors, found in this folder, was trained on p, \
         2000-03-01 to 2013-03-01)\n  \
         help: the model was trained with --price-column Close: name this file's column with --price-column, or pass --pretrained to \
         forecast with the networks pretrained on simulated markets"
    );
    fails(folder.path(), &["predict", "q.csv"], 1, &stderr);
    fourcast(folder.path(), &["predict", "q.csv", "--pretrained"]).assert().success();
    fourcast(folder.path(), &["predict", "q.csv", "--price-column", "Last"]).assert().success();
    let typed = format!(
        "error: q.csv: no price column 'Final', {columns}\n  \
         help: name one of those with --price-column, for example --price-column Last"
    );
    fails(folder.path(), &["predict", "q.csv", "--price-column", "Final"], 1, &typed);
}
