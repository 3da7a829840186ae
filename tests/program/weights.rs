//! Weights of another program, and weights that are not trained.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

const AAPL: &str = include_str!("../../data/aapl.csv");
/// One day ahead and no validation, so that the initial weights affect nothing except the weights.
const PLAIN: &str = "--cell gru --horizon 1 --ensemble 2 --test-fraction 0 --valid-fraction 0";

/// A tensor: its name, number type, shape and bytes.
type Owned = (String, Dtype, Vec<usize>, Vec<u8>);

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), AAPL).unwrap();
    folder
}

fn run(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, line: &str) -> Value {
    let (code, out, stderr) = run(folder, &format!("{line} --format json"));
    assert_eq!(code, Some(0), "{line}: {stderr}");
    serde_json::from_str(&out).unwrap()
}

fn tensors(path: &Path) -> Vec<Owned> {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let owned = |(name, view): (&str, TensorView<'_>)| {
        (name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec())
    };
    let mut tensors: Vec<Owned> = file.iter().map(owned).collect();
    tensors.sort();
    tensors
}

/// Writes tensors as another program would: without a card.
fn write(path: &Path, tensors: &[Owned], metadata: &[(&str, &str)]) {
    let view = |(name, kind, shape, bytes): &'_ Owned| (name.clone(), *kind, shape.clone(), bytes.clone());
    let owned: Vec<Owned> = tensors.iter().map(view).collect();
    let views =
        owned.iter().map(|(name, kind, shape, bytes)| (name, TensorView::new(*kind, shape.clone(), bytes).unwrap()));
    let entries: HashMap<String, String> =
        metadata.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let metadata = (!entries.is_empty()).then_some(entries);
    fs::write(path, safetensors::serialize(views, metadata).unwrap()).unwrap();
}

fn forecast(folder: &Path, model: &str) -> Vec<Value> {
    let row = json(folder, &format!("predict p.csv -q -m {model}"));
    ["forecast", "lower_50", "upper_50", "lower_90", "upper_90"].map(|key| row[key].clone()).to_vec()
}

#[test]
fn weights_of_another_program_give_the_forecasts_of_their_network() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    json(folder.path(), &format!("train p.csv -q {PLAIN} --init-from random --epochs 2 -m own.st"));
    write(&path("bare.st"), &tensors(&path("own.st")), &[]);
    let line = format!("train p.csv -q {PLAIN} --init-from bare.st --epochs 0 -m loaded.st");
    let summary = json(folder.path(), &line);
    assert_eq!((&summary["epochs"], &summary["init_from"]), (&0.into(), &"bare.st".into()));
    assert!(tensors(&path("own.st")) == tensors(&path("loaded.st")));
    assert_eq!(forecast(folder.path(), "own.st"), forecast(folder.path(), "loaded.st"));
    // The weights can be trained further.
    json(folder.path(), &line.replace("--epochs 0 -m loaded.st", "--epochs 1 -m more.st"));
    assert!(tensors(&path("own.st")) != tensors(&path("more.st")));
}

#[test]
fn weights_with_the_inputs_of_the_pretrained_networks_have_their_scales() {
    let folder = folder();
    let pretrained = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/pretrained/lstm-ohlc.safetensors");
    write(&folder.path().join("bare.st"), &tensors(&pretrained), &[]);
    for (name, start) in [("bare", "bare.st"), ("own", "pretrained")] {
        let line = format!("train p.csv -q --test-fraction 0 --init-from {start} --epochs 0 -m {name}.model");
        json(folder.path(), &line);
    }
    let inputs = |model: &str| json(folder.path(), &format!("inspect {model}"))["input_scalers"].clone();
    assert_eq!(inputs("bare.model"), inputs("own.model"));
    assert_eq!(inputs("own.model").as_array().unwrap().len(), 30);
    assert_eq!(forecast(folder.path(), "bare.model"), forecast(folder.path(), "own.model"));
}

/// Initial weights from which training fails at any learning rate are named as the cause.
#[test]
fn huge_initial_weights_are_named_as_the_cause() {
    let folder = folder();
    json(folder.path(), &format!("train p.csv -q {PLAIN} --init-from random --epochs 0 -m own.st"));
    let own = tensors(&folder.path().join("own.st"));
    let no_loss = "the loss of the initial weights is not a number";
    let diverged =
        "training diverged: the loss is no longer a number in epoch 1 of at most 3, from initial weights of up to 1e30";
    for (value, epochs, expected) in [
        (3e38_f32, 0, no_loss),
        (3e38, 3, no_loss),
        (1e30, 3, diverged),
        (1e30, 0, "the forecast is 0.0e0 times the last price, expected a factor from 1e-9 to 1e9"),
    ] {
        let huge = |(name, kind, shape, bytes): &Owned| {
            let bytes = bytes.chunks(4).flat_map(|_| value.to_le_bytes()).collect();
            (name.clone(), *kind, shape.clone(), bytes)
        };
        write(&folder.path().join("huge.st"), &own.iter().map(huge).collect::<Vec<_>>(), &[]);
        let (code, _, stderr) =
            run(folder.path(), &format!("train p.csv -q {PLAIN} --init-from huge.st --epochs {epochs} -m new.st"));
        let expected = format!("p.csv: {expected}\n  help: name a file of other weights with --init-from\n");
        assert!(code == Some(1) && stderr.ends_with(&expected), "{value} {epochs}: {stderr}");
    }
    // With weights of normal size, the learning rate is the cause.
    let (_, _, stderr) = run(
        folder.path(),
        &format!("train p.csv -q {PLAIN} --init-from own.st --epochs 3 --learning-rate 1e30 -m new.st"),
    );
    assert!(stderr.contains("pass a smaller --learning-rate"), "{stderr}");
}

#[test]
fn days_that_weights_may_have_seen_are_not_tested_on() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let small = "--cell rnn --horizon 1 --ensemble 1";
    json(folder.path(), &format!("train p.csv -q {small} --init-from random --epochs 1 --until 2010-08-03 -m own.st"));
    let own = tensors(&path("own.st"));
    write(&path("unknown.st"), &own, &[]);
    write(&path("known.st"), &own, &[("trained_until", "2010-08-03")]);
    let train =
        |start: &str| run(folder.path(), &format!("train p.csv {small} --init-from {start} --epochs 0 --format json"));
    let (_, out, stderr) = train("unknown.st");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["test_days"], 0);
    assert!(stderr.contains("the initial weights may have seen test days (up to 2013-03-01)"), "{stderr}");
    let (_, out, stderr) = train("known.st");
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&summary["coverage_of"], &stderr[..]), (&"calibrated".into(), ""));
    assert!(summary["test_days"].as_u64().unwrap() > 600, "{summary}");
    // A backtest starts after these days.
    let walk = "--test-days 400 --baselines naive --refit-every 400 -q --format json";
    let walk_from =
        |start: &str| run(folder.path(), &format!("backtest p.csv {small} --init-from {start} --epochs 0 {walk}"));
    assert_eq!(walk_from("known.st").0, Some(0));
    let (code, _, stderr) = walk_from("unknown.st");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("--in-sample"), "{stderr}");
}

#[test]
fn weights_of_another_network_are_refused_with_what_differs() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    json(folder.path(), "train p.csv -q --init-from random --epochs 0 --ensemble 1 -m own.st");
    let own = tensors(&path("own.st"));
    let place = |name: &str| own.iter().position(|(own, ..)| own == name).unwrap();
    let changed = |change: &dyn Fn(&mut Vec<Owned>)| {
        let mut tensors = own.clone();
        change(&mut tensors);
        tensors
    };
    let (bias, weight) = (place("head.bias"), place("lstm.weight_ih_l0"));
    let doubled = |bytes: &[u8]| [bytes, bytes].concat();
    type Case<'a> = (&'a str, Vec<Owned>, &'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        (
            "--cell gru",
            own.clone(),
            &[],
            "no tensor 'gru.weight_ih_l0', expected it for a network with cell gru",
            "--cell",
        ),
        ("--layers 2", own.clone(), &[], "no tensor 'lstm.weight_ih_l1'", "--layers"),
        ("--hidden 8", own.clone(), &[], "has the shape [64, 5], expected [32, 5]", "--hidden"),
        ("--horizon 1", own.clone(), &[], "'head.weight' has the shape [21, 16], expected [3, 16]", "--horizon"),
        ("--features close", own.clone(), &[], "has the shape [64, 5], expected [64, 1]", "--features"),
        ("", changed(&|own| drop(own.remove(bias))), &[], "no tensor 'head.bias'", "inspect"),
        (
            "",
            changed(&|own| own.push(("extra".into(), Dtype::F32, vec![1], vec![0; 4]))),
            &[],
            "tensor 'extra' does not belong to a network with cell lstm",
            "take that tensor out",
        ),
        (
            "",
            changed(&|own| own[weight].3[..4].copy_from_slice(&f32::NAN.to_le_bytes())),
            &[],
            "tensor 'lstm.weight_ih_l0' holds a value that is not finite",
            "train the network again",
        ),
        (
            "",
            changed(&|own| (own[weight].1, own[weight].3) = (Dtype::F64, doubled(&own[weight].3))),
            &[],
            "tensor 'lstm.weight_ih_l0': F64 [64, 5], expected F32 [64, 5]",
            "single precision",
        ),
        (
            "",
            own.clone(),
            &[("trained_until", "yesterday")],
            "'yesterday' is not a day from 1600 to 2200, expected YYYY-MM-DD",
            "leave it out",
        ),
        (
            "",
            own.clone(),
            &[("trained_until", "2999-01-01")],
            "'2999-01-01' is not a day from 1600 to 2200",
            "leave it out",
        ),
        (
            "",
            own.clone(),
            &[("trained_until", "1500-01-01")],
            "'1500-01-01' is not a day from 1600 to 2200",
            "leave it out",
        ),
        // Neither the inputs of a random start nor those of the pretrained networks.
        (
            "",
            changed(&|own| {
                own[weight].2[1] = 4;
                own[weight].3.truncate(64 * 4 * 4);
            }),
            &[],
            "tensor 'lstm.weight_ih_l0' has the shape [64, 4], expected [64, 5] with the inputs of networks that start at \
             random, or [64, 30] with those of the pretrained ones, for a network with cell lstm",
            "--features",
        ),
    ];
    for (options, tensors, metadata, expected, help) in cases {
        write(&path("bare.st"), tensors, metadata);
        let line = format!("train p.csv -q --init-from bare.st --epochs 0 -m new.st {options}");
        let (code, _, stderr) = run(folder.path(), line.trim_end());
        assert_eq!(code, Some(1), "{expected}: {stderr}");
        let (message, advice) = stderr.split_once("\n  help: ").unwrap();
        assert!(message.starts_with("error: bare.st: ") && message.contains(expected), "{stderr}");
        assert!(advice.contains(help), "{stderr}");
        assert!(!path("new.st").exists());
    }
    // All other options require a model.
    let (code, _, stderr) = run(folder.path(), "predict p.csv -m bare.st");
    assert!(code == Some(1) && stderr.contains("without the metadata entry 'fourcast'"), "{stderr}");
}

/// Without training, the forecast would differ if networks of a file were left out or used twice.
#[test]
fn the_ensemble_is_that_of_the_file() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    json(folder.path(), &format!("train p.csv -q --init-from random --epochs 0 {PLAIN} -m two.st"));
    write(&path("bare.st"), &tensors(&path("two.st")), &[]);
    for file in ["two.st", "bare.st"] {
        let train = format!("train p.csv -q {} --init-from {file} -m new.st", PLAIN.replace(" --ensemble 2", ""));
        json(folder.path(), &format!("{train} --epochs 0"));
        assert!(tensors(&path("new.st")) == tensors(&path("two.st")), "{file}");
        for other in [1, 3] {
            let (code, _, stderr) = run(folder.path(), &format!("{train} --epochs 0 --ensemble {other}"));
            let expected = format!(
                "error: {file}: 2 networks in the file, expected {other}: without training, the ensemble consists of the \
                 networks in the file\n  help: leave out --ensemble, pass --ensemble 2, or train with --epochs above 0\n"
            );
            assert_eq!((code, stderr), (Some(1), expected));
        }
        json(folder.path(), &format!("{train} --epochs 1 --ensemble 3"));
    }
}

#[test]
fn without_epochs_the_weights_stay_and_are_tested() {
    let folder = folder();
    let small = "--ensemble 1 --cell rnn";
    let summary = json(folder.path(), &format!("train p.csv -q {small} --epochs 0 --report page.html -m zero.st"));
    assert_eq!((&summary["epochs"], &summary["windows_per_second"]), (&0.into(), &0.0.into()));
    assert!(summary["train_loss"].as_f64().unwrap().is_finite() && summary["test_days"].as_u64().unwrap() > 600);
    let pretrained = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/pretrained/rnn-ohlc.safetensors");
    let first: Vec<Owned> =
        tensors(&pretrained).into_iter().filter(|(name, ..)| !name.starts_with("member.")).collect();
    assert!(tensors(&folder.path().join("zero.st")) == first);
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(!page.contains("Losses by epoch") && page.contains("Price and forecast"));
    let (code, _, stderr) = run(folder.path(), &format!("train p.csv {small} --epochs 0 --plot losses.svg"));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--plot draws the losses of each epoch: leave it out with --epochs 0"), "{stderr}");
    let (code, ..) = run(folder.path(), &format!("train p.csv {small} --epochs 0 --format table"));
    assert_eq!(code, Some(0));
}

/// If a file cannot be used as initial weights, the help names --init-from, and the checkpoint beside the model.
#[test]
fn what_weights_cannot_start_from_leads_to_another_start() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("dir")).unwrap();
    let header = r#"{"head.weight":{"dtype":"F32","shape":[4611686018427387904,8],"data_offsets":[0,0]}}"#;
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    fs::write(path("overflow.st"), bytes).unwrap();
    fs::write(path("notes.txt"), "no weights").unwrap();
    for name in ["dir", "overflow.st", "notes.txt", "none.st"] {
        let (code, _, stderr) = run(folder.path(), &format!("train p.csv -q --init-from {name} -m new.st"));
        let help = stderr.split_once("\n  help: ").unwrap_or_else(|| panic!("{name}: {stderr}")).1;
        assert!(code == Some(1) && help.contains("--init-from") && !help.contains("--model"), "{name}: {stderr}");
    }
    fs::create_dir(path("new.st.checkpoint")).unwrap();
    let (code, _, stderr) = run(folder.path(), "train p.csv -q --epochs 1 -m new.st");
    let expected =
        "new.st.checkpoint: is a folder, expected the file that keeps the state of the training\n  help: rename that";
    assert!(code == Some(1) && stderr.contains(expected) && stderr.contains("--checkpoint-every 0"), "{stderr}");
    json(folder.path(), "train p.csv -q --epochs 1 --ensemble 1 -m new.st --checkpoint-every 0");
}

/// A size of 0 beside one that exceeds memory: there are no values, but no array can have that shape.
#[test]
fn a_shape_that_no_memory_holds_is_an_error() {
    let folder = folder();
    for shape in ["[0,9223372036854775808]", "[9223372036854775807,0,3]"] {
        let header = format!(r#"{{"head.weight":{{"dtype":"F32","shape":{shape},"data_offsets":[0,0]}}}}"#);
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
        fs::write(folder.path().join("odd.st"), bytes).unwrap();
        for command in ["train", "backtest"] {
            let (code, _, stderr) = run(folder.path(), &format!("{command} p.csv -q --init-from odd.st"));
            let shown = shape.replace(',', ", ");
            let expected = format!(
                "error: odd.st: tensor 'head.weight' has the shape {shown}, expected one that fits into memory\n  help: "
            );
            assert!(code == Some(1) && stderr.starts_with(&expected), "{command} {shape}: {stderr}");
        }
    }
}
