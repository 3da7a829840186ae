//! Model files: a saved model loads unchanged, and a damaged file is refused.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::common::allocations;
use crate::common::{SIGMA, autoregressive, config, with_bars};
use fourcast::cli::help::Help;
use fourcast::features::{InputSet, Target};
use fourcast::files::kind::is_model;
use fourcast::model::{self, Card, Config, Forecast, Forecaster, LossKind, ModelFileError};
use fourcast::nn::parameters::Parameters;
use fourcast::nn::{CellKind, Topology};
use fourcast::prices::{self, PriceSeries, ReadOptions, Source};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const OLDER_MODEL: &[u8] = include_bytes!("../fixtures/model/v1.safetensors");

fn small_model() -> Forecaster {
    let config = Config { inputs: InputSet::Ohlc.for_return(), hidden: 3, epochs: 1, ..config() };
    crate::common::fitted(&with_bars(120, 31), &config).forecaster
}

fn save_to_bytes(model: &Forecaster) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model::save(model, &path).unwrap();
    fs::read(path).unwrap()
}

/// Loads `bytes` as a model file, and asserts that an error names the file.
fn load_bytes(bytes: &[u8]) -> Result<Forecaster, ModelFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.safetensors");
    fs::write(&path, bytes).unwrap();
    model::load(&path).inspect_err(|error| {
        assert!(error.to_string().starts_with(&format!("{}: ", path.display())), "{error}");
        assert!(!error.help().is_empty());
    })
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// All numbers of a forecast, as bits.
fn bits(forecast: &Forecast) -> Vec<u64> {
    let steps = 0..forecast.dates.len();
    let quantiles = steps.flat_map(|step| [0.01, 0.25, 0.5, 0.95].map(|p| forecast.quantile(step, p)));
    quantiles.chain([forecast.last_close]).map(f64::to_bits).collect()
}

#[test]
fn a_saved_model_forecasts_the_same_to_the_bit() {
    let series = with_bars(150, 32);
    let price = Config { inputs: InputSet::Ohlc.for_price(), target: Target::Price, ..config() };
    let deep = Config { layers: 2, hidden: 20, ensemble: 3, horizon: 5, seed: u64::MAX, ..config() };
    let mut configs = vec![config(), Config { loss: LossKind::Mse, ..price.clone() }, price, deep];
    for cell in CellKind::ALL {
        let path = Config { cell, topology: Topology::ManyToMany, horizon: 3, layers: 2, ..config() };
        configs.extend([Config { topology: Topology::OneToMany, window: 1, ..path.clone() }, path]);
    }
    for config in configs {
        let model = crate::common::fitted(&series, &config).forecaster;
        let bytes = save_to_bytes(&model);
        let loaded = load_bytes(&bytes).unwrap();
        assert_eq!(loaded.card, model.card);
        for rows in [4, 31, 150] {
            let forecast = |model: &Forecaster| bits(&model.forecast(&series.slice(0..rows)).unwrap());
            assert_eq!(forecast(&loaded), forecast(&model), "{config:?}");
        }
        assert!(save_to_bytes(&loaded) == bytes, "saved again: {config:?}");
    }
}

/// A file with a right checksum may have weights or scales that no training gives.
#[test]
fn a_forecast_far_from_usual_moves_is_remarked_on() {
    let series = with_bars(600, 41);
    let config = Config { inputs: InputSet::Ohlc.for_return(), hidden: 3, epochs: 1, ..config() };
    let model = crate::common::fitted(&series, &config).forecaster;
    let parts = Parts::of(&save_to_bytes(&model));
    let problem_of = |parts: Parts| {
        let forecast = load_bytes(&parts.bytes()).unwrap().forecast(&series).unwrap();
        let unlikely = |note: &&model::Note| matches!(note, model::Note::Unlikely { .. });
        forecast.notes.iter().find(unlikely).map(ToString::to_string)
    };
    assert_eq!(problem_of(parts.clone()), None);
    let add = |value: f32| {
        move |_: &mut _, _: &mut _, bytes: &mut Vec<u8>| {
            let first = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) + value;
            bytes[..4].copy_from_slice(&first.to_le_bytes());
        }
    };
    // Without the checksum, which `with` leaves out.
    let moved = parts.clone().with_tensor("head.bias", add(1000.0)).with("/format_version", 1.into());
    let far = problem_of(moved).unwrap();
    assert!(far.starts_with("the forecast 1 day ahead is implausible: the median is "), "{far}");
    let flat = [vec![0.0; 20], vec![1.0]].concat();
    let narrow = problem_of(parts.with("/calibration/levels", json!([flat])));
    assert!(narrow.is_some_and(|narrow| narrow.contains("the 90 % prediction interval is 0.00 times as wide")));
}

/// An old jump and a regime that is over are no reason to doubt a file.
#[test]
fn forecasts_after_unusual_moves_are_not_remarked_on() {
    let made = |log_return: &dyn Fn(usize, f64) -> f64| {
        let noise = autoregressive(600, 0.0, 43);
        let mut price = 100.0;
        let returns = noise.close.windows(2).map(|pair| (pair[1] / pair[0]).ln() / SIGMA).enumerate();
        let moved = returns.map(|(row, noise)| {
            price *= log_return(row, noise).exp();
            price
        });
        let close: Vec<f64> = std::iter::once(100.0).chain(moved).collect();
        PriceSeries { adjusted: close.clone(), close, ..noise.clone() }
    };
    let jump = made(&|row, noise| if row == 300 { -1.1 } else { 0.002 * noise });
    let storm = made(&|row, noise| noise * if row < 300 { 0.05 } else { 0.002 });
    for (name, series) in [("jump", jump), ("storm", storm)] {
        let forecast = model::pretrained_for(&series).forecast(&series).unwrap();
        let unlikely = forecast.notes.iter().find(|note| matches!(note, model::Note::Unlikely { .. }));
        assert_eq!(unlikely.map(ToString::to_string), None, "{name}");
    }
}

#[test]
fn every_truncated_file_is_refused() {
    let bytes = save_to_bytes(&small_model());
    assert!(load_bytes(b"").unwrap_err().to_string().contains("is an empty file, expected a model"));
    for length in (1..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        let error = load_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(error.contains("not a whole safetensors file"), "{length} bytes: {error}");
    }
    let longer = [&bytes[..], b"\0"].concat();
    assert!(load_bytes(&longer).unwrap_err().to_string().contains("not a whole safetensors file"));
}

/// One bit anywhere: in the header, the card, a weight or the checksum.
#[test]
fn every_flipped_bit_is_refused() {
    let bytes = save_to_bytes(&small_model());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.safetensors");
    fs::write(&path, &bytes).unwrap();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let mut put = |place: usize, byte: u8| {
        file.seek(SeekFrom::Start(place as u64)).unwrap();
        file.write_all(&[byte]).unwrap();
    };
    for (place, byte) in bytes.iter().enumerate() {
        for bit in 0..8 {
            put(place, byte ^ (1 << bit));
            assert!(model::load(&path).is_err(), "bit {bit} of byte {place} of {}", bytes.len());
        }
        put(place, *byte);
    }
    assert!(model::load(&path).is_ok(), "every bit is back in its place");
}

/// A file of version 1, as it was before checksums were introduced.
fn without_checksum(bytes: &[u8]) -> Vec<u8> {
    let parts = Parts::of(bytes);
    let card = parts.card().to_string();
    parts.with_card_text(&card).bytes()
}

#[test]
fn an_older_file_without_a_checksum_loads() {
    let model = small_model();
    let bytes = save_to_bytes(&model);
    let loaded = load_bytes(&without_checksum(&bytes)).unwrap();
    assert_eq!(loaded.card, Card { format_version: 1, ..model.card });
    assert!(save_to_bytes(&loaded) == bytes, "written in the present version");
}

/// A flipped byte makes the file unreadable or changes a number. It never causes a panic.
#[test]
fn flipped_bytes_in_the_header_never_panic() {
    let series = with_bars(60, 33);
    let bytes = without_checksum(&save_to_bytes(&small_model()));
    let header = 8 + header_length(&bytes);
    let mut rng = Pcg64::seed_from_u64(37);
    let mut refused = 0;
    for case in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + case % 4 {
            damaged[rng.random_range(0..header)] ^= rng.random_range(1..=255);
        }
        match load_bytes(&damaged) {
            Err(_) => refused += 1,
            Ok(model) => {
                let _ = model.forecast(&series);
                save_to_bytes(&model);
            }
        }
    }
    assert!((200..300).contains(&refused), "{refused} of 300 refused");
}

/// Digits are replaced by digits, so most of these files are well-formed with other numbers in the card.
#[test]
fn other_digits_in_the_header_never_panic() {
    let series = with_bars(60, 33);
    let bytes = without_checksum(&save_to_bytes(&small_model()));
    let digits: Vec<usize> = (8..8 + header_length(&bytes)).filter(|place| bytes[*place].is_ascii_digit()).collect();
    let mut rng = Pcg64::seed_from_u64(38);
    let mut refused = 0;
    for _ in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..3 {
            damaged[digits[rng.random_range(0..digits.len())]] = rng.random_range(b'0'..=b'9');
        }
        match load_bytes(&damaged) {
            Err(_) => refused += 1,
            Ok(model) => {
                let _ = model.forecast(&series);
                save_to_bytes(&model);
            }
        }
    }
    assert!((50..300).contains(&refused), "{refused} of 300 refused");
}

fn header_length(bytes: &[u8]) -> usize {
    u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize
}

/// The parts of a safetensors file, each of which a test can change.
#[derive(Clone)]
struct Parts {
    metadata: Map<String, Value>,
    tensors: Vec<(String, String, Vec<usize>, Vec<u8>)>, // name, number type, shape, values
}

impl Parts {
    fn of(bytes: &[u8]) -> Parts {
        let (header, values) = bytes[8..].split_at(header_length(bytes));
        let mut header: Map<String, Value> = serde_json::from_slice(header).unwrap();
        let metadata = header.remove("__metadata__").unwrap().as_object().unwrap().clone();
        let tensor = |(name, about): (String, Value)| {
            let number = |value: &Value| value.as_u64().unwrap() as usize;
            let [start, end] = [0, 1].map(|k| number(&about["data_offsets"][k]));
            let shape = about["shape"].as_array().unwrap().iter().map(number).collect();
            (name, about["dtype"].as_str().unwrap().to_owned(), shape, values[start..end].to_vec())
        };
        Parts { metadata, tensors: header.into_iter().map(tensor).collect() }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut header = Map::new();
        header.insert("__metadata__".into(), self.metadata.clone().into());
        let mut values = Vec::new();
        for (name, number, shape, bytes) in &self.tensors {
            let start = values.len();
            values.extend_from_slice(bytes);
            let about = json!({"dtype": number, "shape": shape, "data_offsets": [start, values.len()]});
            header.insert(name.clone(), about);
        }
        let header = serde_json::to_vec(&header).unwrap();
        [&(header.len() as u64).to_le_bytes()[..], &header, &values].concat()
    }

    /// Of version 1 and without the checksum, so that other checks have to refuse a changed file.
    fn card(&self) -> Value {
        let mut card = self.present_card();
        card["format_version"] = 1.into();
        card
    }

    /// Without the checksum, which its version requires.
    fn present_card(&self) -> Value {
        let mut card: Value = serde_json::from_str(self.metadata["fourcast"].as_str().unwrap()).unwrap();
        card.as_object_mut().unwrap().remove("sha256").unwrap();
        card
    }

    fn with_card_text(mut self, card: &str) -> Parts {
        self.metadata["fourcast"] = card.into();
        self
    }

    /// With another value at a place of the card, such as `/config/hidden`.
    fn with(self, place: &str, value: Value) -> Parts {
        let mut card = self.card();
        *card.pointer_mut(place).unwrap() = value;
        self.with_card_text(&card.to_string())
    }

    /// The file with another value in its card, and without a checksum.
    fn with_last(self, place: &str, value: Value) -> Parts {
        let mut card: Value = serde_json::from_str(self.metadata["fourcast"].as_str().unwrap()).unwrap();
        *card.pointer_mut(place).unwrap() = value;
        self.with_card_text(&card.to_string())
    }

    /// With a valid checksum of the changed contents. `names` are those of its tensors, in the order of the network.
    fn sealed(self, card: &Value, names: &[String]) -> Parts {
        let text = card.to_string();
        let mut hash = Sha256::new();
        hash.update(&text);
        for name in names {
            let tensor = self.tensors.iter().find(|tensor| tensor.0 == *name).unwrap();
            hash.update(&tensor.3);
        }
        let sum: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let sealed = format!("{},\"sha256\":\"{sum}\"}}", text.strip_suffix('}').unwrap());
        self.with_card_text(&sealed)
    }

    /// Without the last entry of a place of the card.
    fn without(self, place: &str) -> Parts {
        let mut card = self.card();
        let (parent, key) = place.rsplit_once('/').unwrap();
        card.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        self.with_card_text(&card.to_string())
    }

    /// With a tensor changed.
    fn with_tensor(mut self, name: &str, change: impl FnOnce(&mut String, &mut Vec<usize>, &mut Vec<u8>)) -> Parts {
        let tensor = self.tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap();
        change(&mut tensor.1, &mut tensor.2, &mut tensor.3);
        self
    }
}

#[track_caller]
fn refused(parts: Parts, expected: &str) {
    let error = load_bytes(&parts.bytes()).expect_err(expected).to_string();
    assert!(error.contains(expected), "{error}\nexpected: {expected}");
}

#[test]
fn splitting_and_joining_a_file_changes_nothing() {
    let bytes = save_to_bytes(&small_model());
    let model = load_bytes(&Parts::of(&bytes).bytes()).unwrap();
    assert!(save_to_bytes(&model) == bytes);
}

#[test]
fn a_file_that_is_no_model_has_another_error_than_a_damaged_model() {
    let (cut, other) = ("not a whole safetensors file", "is a file of other data, expected a model");
    for (bytes, expected) in [
        (&b""[..], "is an empty file, expected a model"),
        (b"\0", cut),
        (b"Date,Close\n2020-01-01,1.5\n", "is a text that starts with 'Date,Close', expected a model"),
        (&[255; 64], other),
        (&[0; 64], other),
    ] {
        let error = load_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let other = Map::from_iter([("format".to_owned(), Value::from("pt"))]);
    for metadata in [Map::new(), other] {
        refused(Parts { metadata, ..parts.clone() }, "without the metadata entry 'fourcast'");
    }

    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.safetensors");
    assert!(model::load(&missing).unwrap_err().to_string().ends_with("no such file, expected a model"));
    assert!(model::load(folder.path()).unwrap_err().to_string().ends_with("is a folder, expected a file"));
}

#[test]
fn another_format_version_is_named() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    for version in [0, 4, 999] {
        // The version is read even if the rest of a newer card is unknown.
        let card = json!({"format_version": version, "what": "ever"}).to_string();
        refused(parts.clone().with_card_text(&card), &format!("format version {version}, expected 3 or older"));
        refused(parts.clone().with("/format_version", version.into()), &format!("format version {version}"));
    }
    for no_version in [json!("1"), json!(null), json!(-1), json!(1.5)] {
        refused(parts.clone().with("/format_version", no_version), "'format_version', expected a number");
    }
}

#[test]
fn a_file_of_the_present_version_has_a_checksum() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let card = parts.present_card();
    assert_eq!(card["format_version"], 2);
    refused(parts.clone().with_card_text(&card.to_string()), "no 'sha256', expected the checksum");
    load_bytes(&parts.clone().sealed(&card, &names_of(&small_model())).bytes()).unwrap();
}

/// The tensors of a model, network by network, in the order of the network.
fn names_of(model: &Forecaster) -> Vec<String> {
    let of_member = |(member, weights): (usize, &Parameters<f32>)| {
        let prefix = if member == 0 { String::new() } else { format!("member.{member}.") };
        weights.tensors().iter().map(|tensor| format!("{prefix}{}", tensor.name)).collect::<Vec<_>>()
    };
    model.members.iter().enumerate().flat_map(of_member).collect()
}

/// An entry that is not known may change the forecast. Files of version 1 with a checksum may have some.
#[test]
fn an_unknown_entry_anywhere_is_refused() {
    let model = small_model();
    let (parts, names) = (Parts::of(&save_to_bytes(&model)), names_of(&model));
    for (place, path) in [
        ("", "moon"),
        ("/config", "config.moon"),
        ("/input_scalers/1", "input_scalers.1.moon"),
        ("/target_scaler", "target_scaler.moon"),
        ("/training", "training.moon"),
        ("/losses", "losses.moon"),
    ] {
        for version in [1, 2] {
            let mut card = parts.present_card();
            card["format_version"] = version.into();
            card.pointer_mut(place).unwrap()["moon"] = json!({"phase": 1});
            let changed = parts.clone().sealed(&card, &names);
            if version == 1 {
                load_bytes(&changed.bytes()).unwrap();
            } else {
                refused(changed, &format!("unknown entry '{path}', perhaps written by a newer fourcast"));
            }
        }
    }
    let mut evaluated = parts.present_card();
    let coverage = json!({"level_50": 0.5, "level_90": 0.9, "level_99": 0.99});
    let step = json!({"horizon": 1, "raw": coverage, "calibrated": coverage});
    evaluated["evaluation"] = json!({"days": 1, "first": "2020-01-01", "last": "2020-01-01", "rmse": 1.0, "naive_rmse": 1.0,
                                     "coverage_50": 0.5, "coverage_90": 0.5, "steps": [step]});
    refused(parts.sealed(&evaluated, &names), "unknown entry 'evaluation.steps.0.raw.level_99'");
}

#[test]
fn an_invalid_card_is_an_error() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    for card in ["", "[]", "{", "null", "{}", "\u{0}"] {
        refused(parts.clone().with_card_text(card), "metadata 'fourcast': ");
    }
    for place in
        ["/config", "/config/hidden", "/input_scalers", "/initial_variance", "/training/data_sha256", "/losses"]
    {
        let field = place.rsplit_once('/').unwrap().1;
        refused(parts.clone().without(place), &format!("missing field `{field}`"));
    }
    let others = [
        ("/config/cell", json!("transformer"), "transformer"),
        ("/config/topology", json!("all-to-all"), "all-to-all"),
        ("/config/inputs", json!([]), "0 inputs"),
        ("/config/inputs", json!(["return"]), "1 input and 5 scalers"),
        ("/config/inputs/0", json!("moon_phase"), "moon_phase"),
        ("/config/loss", json!("huber"), "huber"),
        ("/training/last", json!("2020-13-01"), "month"),
        ("/input_scalers/0/deviation", json!(0.0), "a scaler"),
        ("/input_scalers/0/deviation", json!(-1.0), "a scaler"),
        ("/input_scalers/0/mean", json!(null), "null"),
        ("/target_scaler/deviation", json!(0.0), "a scaler"),
        ("/target_scaler/deviation", json!(2.0), "target_scaler scales returns"),
        ("/target_scaler/mean", json!(0.1), "target_scaler scales returns"),
        ("/initial_variance", json!(0.0), "initial_variance is 0e0, expected 1e-30 to 1e7"),
        ("/initial_variance", json!(-1e-4), "initial_variance is -1e-4, expected"),
        ("/initial_variance", json!(1e8), "initial_variance is 1e8, expected"),
        ("/baseline_error", json!(1e30), "baseline_error is 1e30, expected 1e-12 to 1e12"),
        ("/bar_ratio", json!(1e13), "bar_ratio is 1e13, expected"),
        ("/residuals", json!([{"sigma": 1.0, "nu": 5.0}]), "1 residual, expected none"),
        ("/config/epochs", json!(1_000_001), "epochs is 1000001, expected a whole number from 0 to 1000000"),
        ("/config/batch_size", json!(0), "batch_size is 0, expected a whole number from 1 to 1000000"),
        ("/config/learning_rate", json!(-1.0), "learning_rate is -1, expected a number above 0"),
        ("/config/learning_rate", json!(1e308), "at most 1e30, for example 0.003"),
        ("/config/valid_fraction", json!(-1.0), "valid_fraction is -1, expected 0, or a fraction from 0.001 to 0.999"),
        ("/config/valid_fraction", json!(5.0), "valid_fraction is 5, expected 0, or a fraction"),
        ("/config/dropout", json!(1e18), "dropout is 1000000000000000000, expected 0, or a fraction"),
        ("/config/dropout", json!(-0.5), "dropout is -0.5, expected 0, or a fraction"),
        ("/config/teacher_forcing", json!(5.0), "teacher_forcing is 5, expected a probability from 0 to 1"),
    ];
    for (place, value, expected) in others {
        refused(parts.clone().with(place, value), expected);
    }
    let squared = Config { loss: LossKind::Mse, epochs: 1, ..config() };
    let parts = Parts::of(&save_to_bytes(&crate::common::fitted(&with_bars(120, 31), &squared).forecaster));
    for (sigma, nu, expected) in
        [(0.0, 5.0, "a width is not above zero"), (1.0, -5.0, "degrees of freedom of a residual are not from 2")]
    {
        refused(parts.clone().with("/residuals", json!([{"sigma": sigma, "nu": nu}])), expected);
    }
}

#[test]
fn tensors_must_be_those_of_the_network() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    for name in ["lstm.weight_hh_l0", "head.bias", "member.1.lstm.bias_ih_l0"] {
        let mut fewer = parts.clone();
        fewer.tensors.retain(|tensor| tensor.0 != name);
        refused(fewer, &format!("no tensor '{name}'"));

        refused(
            parts.clone().with_tensor(name, |_, shape, _| shape.insert(0, 1)),
            &format!("tensor '{name}': F32 [1,"),
        );
        let dtype = |to: &'static str| move |number: &mut String, _: &mut _, _: &mut _| *number = to.into();
        refused(parts.clone().with_tensor(name, dtype("I32")), &format!("tensor '{name}': I32"));
        let in_f64 = |number: &mut String, _: &mut _, bytes: &mut Vec<u8>| {
            *number = "F64".into();
            bytes.resize(2 * bytes.len(), 0);
        };
        refused(parts.clone().with_tensor(name, in_f64), &format!("tensor '{name}': F64"));

        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let perturbed = |_: &mut _, _: &mut _, bytes: &mut Vec<u8>| {
                let last = bytes.len() - 4;
                bytes[last..].copy_from_slice(&value.to_le_bytes());
            };
            refused(
                parts.clone().with_tensor(name, perturbed),
                &format!("tensor '{name}' holds a value that is not finite"),
            );
        }
    }
    let transposed = parts.clone().with_tensor("lstm.weight_ih_l0", |_, shape, _| shape.reverse());
    refused(transposed, "tensor 'lstm.weight_ih_l0': F32 [5, 12], expected F32 [12, 5]");
    for name in ["lstm.weight_ih_l1", "member.2.head.bias", "x"] {
        let mut more = parts.clone();
        more.tensors.push((name.into(), "F32".into(), vec![2], vec![0; 8]));
        refused(more, &format!("tensor '{name}' does not belong"));
    }
    // Of several the first by name, in every run: they are read in an order that differs from run to run.
    for _ in 0..20 {
        let mut more = parts.clone();
        more.tensors.extend(["x9", "x2", "x5", "x7"].map(|name| (name.into(), "F32".into(), vec![2], vec![0; 8])));
        refused(more, "tensor 'x2' does not belong");
    }
}

#[test]
fn implausible_sizes_are_refused_before_memory_is_allocated() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let refused = |parts: Parts, expected: &str| {
        let (_, bytes, ()) = allocations::during(|| refused(parts, expected));
        assert!(bytes < 400_000, "{bytes} bytes were asked for: {expected}");
    };
    for size in ["window", "horizon", "hidden", "layers", "ensemble"] {
        let place = format!("/config/{size}");
        for value in [0_u64, 1_000_000, 4_000_000_000, u64::MAX] {
            refused(parts.clone().with(&place, value.into()), &format!("{size} is {value}, expected 1 to"));
        }
        for value in [json!(-1), json!(1.5), json!(1e300), json!("4"), json!(null)] {
            refused(parts.clone().with(&place, value), "metadata 'fourcast': ");
        }
    }
    for place in ["training/rows", "training/validation_windows", "losses/best_epochs/0"] {
        let name = place.trim_end_matches("/0").replace('/', ".").replace("best_", "");
        let changed = parts.clone().with(&format!("/{place}"), u64::MAX.into());
        refused(changed, &format!("{name} is {}, expected at most 4294967295", u64::MAX));
    }
    for day in ["1599-12-31", "2201-01-01", "9999-12-31"] {
        let changed = parts.clone().with("/training/last", day.into());
        refused(changed, &format!("the day {day}, expected one from 1600 to 2200"));
    }
    let reversed = parts.clone().with("/training/last", "1700-01-01".into());
    refused(reversed, "the days of training end on 1700-01-01, before ");
    // Allowed, but not the size of the tensors in the file.
    refused(parts.clone().with("/config/hidden", 500.into()), "expected F32 [2000, 5]");
    refused(parts.clone().with("/config/layers", model::MAX_LAYERS.into()), "no tensor 'lstm.weight_ih_l1'");
    refused(
        parts.clone().with("/config/ensemble", model::MAX_MEMBERS.into()),
        "no tensor 'member.2.lstm.weight_ih_l0'",
    );
    // Each is allowed, but not both.
    let path = parts.clone().with("/config/topology", "many-to-many".into()).with_last("/config/horizon", 1001.into());
    refused(path, "horizon is 1001, expected 1 to 1000 for a path");
    refused(parts.clone().with("/config/hidden", model::MAX_HIDDEN.into()), "weights, expected at most 134217728");
    let long = parts.clone().with("/config/window", 10_000.into()).with_last("/config/hidden", 500.into());
    refused(long, "multiplications a forecast, expected at most 1073741824");
    for shape in [[usize::MAX, 5], [1 << 40, 1 << 40]] {
        let vast = parts.clone().with_tensor("lstm.weight_ih_l0", |_, to, _| *to = shape.to_vec());
        refused(vast, "not a whole safetensors file");
    }
}

/// The names of a model's tensors, in the order in which they are summed.
fn tensor_names(model: &Forecaster) -> Vec<String> {
    let of_member = |(member, weights): (usize, &fourcast::nn::parameters::Parameters<f32>)| {
        let name = |name: &str| if member == 0 { name.to_owned() } else { format!("member.{member}.{name}") };
        weights.tensors().iter().map(|tensor| name(&tensor.name)).collect::<Vec<_>>()
    };
    model.members.iter().enumerate().flat_map(of_member).collect()
}

/// The paths of a card's numbers, and of the words that select what it forecasts.
fn numbers_of(card: &Value, at: &str, places: &mut Vec<String>) {
    match card {
        Value::Number(_) => places.push(at.to_owned()),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(k, value)| numbers_of(value, &format!("{at}/{k}"), places));
        }
        Value::Object(entries) => entries.iter().for_each(|(k, value)| numbers_of(value, &format!("{at}/{k}"), places)),
        _ => {}
    }
}

/// A small model of each kind, in parts.
fn kinds() -> Vec<(Parts, Vec<String>)> {
    let series = with_bars(600, 41);
    let base = Config { inputs: InputSet::Ohlc.for_return(), hidden: 2, epochs: 1, ..config() };
    let price = Config { inputs: InputSet::Ohlc.for_price(), target: Target::Price, ..base.clone() };
    let path = Config { topology: Topology::ManyToMany, horizon: 3, ..base.clone() };
    let one = Config { topology: Topology::OneToMany, window: 1, cell: CellKind::Dense, ..path.clone() };
    [base.clone(), Config { loss: LossKind::Mse, ..base }, price, path, one]
        .iter()
        .map(|config| {
            let model = crate::common::fitted(&series, config).forecaster;
            assert!(model.card.calibration.is_some());
            (Parts::of(&save_to_bytes(&model)), tensor_names(&model))
        })
        .collect()
}

/// Files with extreme numbers in the card or extreme weights, and a valid checksum. Each is refused or forecasts finite
/// numbers, within limits of time and memory. The environment variable `FORGERIES` sets their number.
#[test]
fn extreme_models_are_refused_or_forecast_finite_numbers() {
    let series = with_bars(60, 33);
    let kinds = kinds();
    let cases: usize = std::env::var("FORGERIES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    let numbers = [
        json!(0),
        json!(-1),
        json!(1),
        json!(2),
        json!(3),
        json!(50),
        json!(999),
        json!(1000),
        json!(10_000),
        json!(10_001),
        json!(u64::MAX),
        json!(0.5),
        json!(1.0),
        json!(0.999_999),
        json!(1e-320),
        json!(1e-30),
        json!(1e-9),
        json!(1e9),
        json!(1e30),
        json!(1.1e30),
        json!(1e300),
        json!(f64::MAX),
        json!(-1e300),
        json!(-0.0),
    ];
    let weights = [0.0, -1.0, 1e3, 1e9, 1e19, -1e19, 1e30, f32::MAX, f32::MIN, f32::MIN_POSITIVE];
    let mut rng = Pcg64::seed_from_u64(42);
    let (mut refused, mut answered) = (0, 0);
    for case in 0..cases {
        let (parts, names) = &kinds[case % kinds.len()];
        let (mut parts, mut card) = (parts.clone(), parts.card());
        let mut places = Vec::new();
        numbers_of(&card, "", &mut places);
        for _ in 0..rng.random_range(0..3) {
            let place = &places[rng.random_range(0..places.len())];
            *card.pointer_mut(place).unwrap() = numbers[rng.random_range(0..numbers.len())].clone();
        }
        for _ in 0..rng.random_range(0..3) {
            let tensor = rng.random_range(0..parts.tensors.len());
            let values = &mut parts.tensors[tensor].3;
            let at = 4 * rng.random_range(0..values.len() / 4);
            values[at..at + 4].copy_from_slice(&weights[rng.random_range(0..weights.len())].to_le_bytes());
        }
        let bytes = parts.sealed(&card, names).bytes();
        let start = std::time::Instant::now();
        let (_, used, result) = allocations::during(|| load_bytes(&bytes).map_err(|error| error.to_string()));
        let Ok(model) = result else {
            refused += 1;
            let about = format!("{used} bytes in {:?} to refuse {card}", start.elapsed());
            assert!(used < 2_000_000 && start.elapsed().as_millis() < 500, "{about}");
            continue;
        };
        let (_, used, result) = allocations::during(|| {
            let forecast = model.forecast(&series)?;
            let price = 0.9 * series.close[series.len() - 1];
            let chance = [forecast.probability_above(0, price), forecast.probability_below(0, price)];
            assert!(chance.iter().all(|chance| (0.0..=1.0).contains(chance)), "{chance:?} {card}");
            forecast.sessions(&[0.5, 0.9, 0.999_999])
        });
        let about = format!("{used} bytes in {:?} for {card}", start.elapsed());
        assert!(used < 1_000_000_000 && start.elapsed().as_secs() < 10, "{about}");
        if let Ok(sessions) = result {
            answered += 1;
            for session in sessions {
                let ends = session.intervals.iter().flat_map(|(lower, upper)| [*lower, *upper]);
                assert!(ends.chain([session.median]).all(f64::is_finite), "{session:?} {card}");
            }
        }
    }
    assert!(refused > cases / 5 && answered > cases / 5, "{refused} refused, {answered} answered of {cases}");
}

/// With another bias of the head: for a Student-t distribution mu, log sigma and nu.
fn with_head_bias(values: [f32; 3]) -> Forecaster {
    let mut model = small_model();
    for member in &mut model.members {
        let tensor = member.find("head.bias").unwrap().clone();
        let array = ndarray::Array1::from_vec(values.to_vec()).into_dyn();
        member.pack(&tensor, array.view());
    }
    model
}

/// The search for quantiles in `statrs` does not terminate for this many degrees of freedom.
#[test]
fn any_degrees_of_freedom_have_an_interval() {
    let series = with_bars(60, 33);
    let ends = |nu: f32| {
        let forecast = with_head_bias([0.0, 0.0, nu]).forecast(&series).unwrap();
        forecast.sessions(&[0.9]).unwrap()[0].intervals[0]
    };
    let normal = ends(f32::MAX);
    for nu in [1e3, 1e4, 1e5, 1e6, 1e9, 1e20, 1e30] {
        let (lower, upper) = ends(nu);
        assert!((lower / normal.0 - 1.0).abs() < 1e-4 && (upper / normal.1 - 1.0).abs() < 1e-4, "{nu}");
    }
}

#[test]
fn a_forecast_that_is_not_finite_is_an_error() {
    let series = with_bars(60, 33);
    for bias in [[1e30, 0.0, 1.0], [f32::MAX, 0.0, 1.0], [-f32::MAX, 0.0, 1.0]] {
        let forecast = with_head_bias(bias).forecast(&series);
        let error = forecast.and_then(|forecast| forecast.sessions(&[0.9]).map(drop));
        if bias[0] > 0.0 {
            let error = error.unwrap_err();
            assert_eq!(error.to_string(), "the forecast is not a finite number, expected a price");
            assert!(error.help().contains("--learning-rate"));
        }
    }
}

/// A device is endless, and a file can claim to be.
#[cfg(target_os = "linux")]
#[test]
fn endless_files_are_refused_before_they_are_read() {
    let error = model::load(Path::new("/dev/zero")).unwrap_err().to_string();
    assert_eq!(error, "/dev/zero: is a device, expected a model file");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.safetensors");
    let header = r#"{"x":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}"#;
    for (length, header, expected) in [
        (header.len() as u64, header, "says that it holds 4000000000 bytes of weights"),
        (1 << 40, "", "is a file of other data, expected a model"),
        (1 << 26, "", "is a file of other data, expected a model"),
        (0, "", "is a file of other data, expected a model"),
    ] {
        let bytes = [&length.to_le_bytes()[..], header.as_bytes()].concat();
        fs::write(&path, bytes).unwrap();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4_000_000_100).unwrap();
        let (_, used, result) = allocations::during(|| model::load(&path));
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(used < 400_000, "{used} bytes: {error}");
    }
}

/// `-m <(cat model)`, and an endless pipe.
#[cfg(unix)]
#[test]
fn a_model_can_be_read_from_a_pipe() {
    use std::os::fd::AsRawFd;

    let bytes = &save_to_bytes(&small_model());
    for more in [0, 1_000_000] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let loaded = std::thread::scope(|scope| {
            scope.spawn(move || {
                writer.write_all(bytes).unwrap();
                // The reader closes the pipe when it has read enough.
                let _ = writer.write_all(&vec![0; more]);
            });
            let loaded = model::load(Path::new(&format!("/dev/fd/{}", reader.as_raw_fd())));
            drop(reader);
            loaded
        });
        assert_eq!(loaded.is_ok(), more == 0);
    }
}

/// A named pipe without a writer would block for ever.
#[cfg(unix)]
#[test]
fn a_named_pipe_and_a_dangling_link_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [pipe, link] = ["pipe", "link"].map(|name| folder.path().join(name));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    let error = |path: &Path| model::load(path).unwrap_err().problem.to_string();
    assert_eq!(error(&pipe), "is a named pipe, expected a model file");
    assert_eq!(error(&link), "is a link to 'nowhere', where there is no file");
}

/// Places where not even the administrator can write a file.
fn unwritable(folder: &Path) -> Vec<PathBuf> {
    let file = folder.join("file");
    fs::write(&file, "not a folder").unwrap();
    let mut places = vec![folder.join("missing/model.safetensors"), file.join("model.safetensors")];
    if cfg!(target_os = "linux") {
        places.push("/proc/model.safetensors".into());
    }
    places
}

#[test]
fn an_unwritable_folder_is_an_error_before_training_and_after() {
    let model = small_model();
    let folder = tempfile::tempdir().unwrap();
    for path in unwritable(folder.path()) {
        for result in [model::check_target(&path), model::save(&model, &path)] {
            let error = result.unwrap_err();
            assert!(error.to_string().starts_with(&format!("{}: cannot be written: ", path.display())), "{error}");
            assert!(error.help().contains("--model"), "{}", error.help());
        }
        assert!(!path.exists());
    }
    assert_eq!(names_in(folder.path()), ["file"], "nothing is left behind");
}

#[test]
fn a_folder_as_a_target_is_refused() {
    let model = small_model();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("models");
    fs::create_dir(&folder).unwrap();
    // The second does not exist, but its name ends with a slash.
    for path in [folder.clone(), parent.path().join("more/")] {
        for result in [model::check_target(&path), model::save(&model, &path)] {
            assert!(result.unwrap_err().to_string().ends_with("is a folder, expected a file"));
        }
    }
    assert!(folder.is_dir() && names_in(&folder).is_empty());
    assert_eq!(names_in(parent.path()), ["models"], "nothing is left behind");
}

/// Renaming would replace a socket, a pipe or a device by a regular file.
#[cfg(unix)]
#[test]
fn a_target_that_is_no_regular_file_is_refused() {
    use std::os::unix::fs::FileTypeExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    for result in [model::check_target(&path), model::save(&small_model(), &path)] {
        assert!(result.unwrap_err().to_string().contains("is no ordinary file"));
    }
    assert!(fs::metadata(&path).unwrap().file_type().is_socket());
    assert_eq!(names_in(folder.path()), ["socket"], "nothing is left behind");
}

#[test]
fn a_model_is_known_by_its_first_bytes() {
    for part in [OLDER_MODEL, &OLDER_MODEL[..2000], &OLDER_MODEL[..1024]] {
        assert!(is_model(part));
    }
}

/// JSON has no infinity. A file that cannot be loaded must not replace a valid one.
#[test]
fn a_model_that_could_not_be_loaded_is_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    fs::write(&path, OLDER_MODEL).unwrap();
    let mut infinite = small_model();
    infinite.card.losses.train = f64::INFINITY;
    let mut unfit = small_model();
    unfit.members[1].values[0].0[0] = f32::NAN;
    for (model, expected) in [(infinite, "metadata 'fourcast': "), (unfit, "holds a value that is not finite")] {
        let error = model::save(&model, &path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(fs::read(&path).unwrap(), OLDER_MODEL);
}

#[test]
fn saving_leaves_no_other_files() {
    let model = small_model();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model::check_target(&path).unwrap();
    assert!(names_in(folder.path()).is_empty(), "looking leaves no trace");
    fs::write(&path, OLDER_MODEL).unwrap();
    model::check_target(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), OLDER_MODEL);
    model::save(&model, &path).unwrap();
    assert_eq!(names_in(folder.path()), ["model.safetensors"]);
    assert_eq!(load_bytes(&fs::read(&path).unwrap()).unwrap().card, model.card);
}

#[cfg(unix)]
#[test]
fn saving_through_a_link_keeps_the_link() {
    let folder = tempfile::tempdir().unwrap();
    let (link, end) = (folder.path().join("link.safetensors"), folder.path().join("end.safetensors"));
    std::os::unix::fs::symlink("end.safetensors", &link).unwrap();
    let forecaster = small_model();
    for _ in 0..2 {
        model::save(&forecaster, &link).unwrap();
        assert!(link.is_symlink());
        assert!(!end.is_symlink() && model::load(&end).is_ok());
    }
}

#[test]
fn an_old_model_is_replaced_and_not_overwritten_in_place() {
    let model = small_model();
    let folder = tempfile::tempdir().unwrap();
    let [path, old] = ["model.safetensors", "old"].map(|name| folder.path().join(name));
    fs::write(&path, OLDER_MODEL).unwrap();
    // A second link to the same file: it must keep the old contents.
    fs::hard_link(&path, &old).unwrap();
    model::save(&model, &path).unwrap();
    assert_eq!(fs::read(&old).unwrap(), OLDER_MODEL);
}

fn aapl() -> PriceSeries {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aapl.csv");
    prices::read(&Source::File(path), &ReadOptions::default()).unwrap().series.remove(0)
}

/// `fixtures/model/README.md` says how the files were made.
fn golden(name: &str) -> Forecaster {
    model::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/model").join(name)).unwrap()
}

/// The contents of the checksum must not change: every file written since would be refused.
#[test]
fn a_model_of_the_first_version_with_a_checksum_loads() {
    let model = golden("v1-sha256.safetensors");
    let forecast = model.forecast(&aapl().slice(0..200)).unwrap();
    let (lower, upper) = forecast.interval(0, 0.9);
    for (got, expected) in [(forecast.median(0), 15.4575), (lower, 13.392212), (upper, 17.841288)] {
        assert!((got / expected - 1.0).abs() < 1e-6, "{got}, expected {expected}");
    }
}

/// The first format.
#[test]
fn a_model_of_version_1_loads_for_ever() {
    let model = golden("v1.safetensors");
    assert_eq!(model.card.format_version, 1);
    assert_eq!(model.card.training.rows, 200);
    assert_eq!(model.card.training.columns[5], ("Adj Close".into(), "adjusted".into()));
    let pinned = [
        (200, [15.4575, 13.349031, 17.899]),
        (158, [19.707276, 17.761278, 21.866486]),
        // So few rows that the model's initial variance is used.
        (4, [125.79501, 111.82326, 141.51247]),
    ];
    for (rows, expected) in pinned {
        let forecast = model.forecast(&aapl().slice(0..rows)).unwrap();
        let (lower, upper) = forecast.interval(0, 0.9);
        for (got, expected) in [forecast.median(0), lower, upper].into_iter().zip(expected) {
            assert!((got / expected - 1.0).abs() < 1e-6, "{rows} rows: {got}, expected {expected}");
        }
    }
}

/// The second format: the checksum is required.
#[test]
fn a_model_of_version_2_loads_for_ever() {
    let model = golden("v2.safetensors");
    assert_eq!(model.card.format_version, 2);
    let forecast = model.forecast(&aapl().slice(0..200)).unwrap();
    let (lower, upper) = forecast.interval(0, 0.9);
    for (got, expected) in [(forecast.median(0), 15.490991), (lower, 13.656799), (upper, 17.571526)] {
        assert!((got / expected - 1.0).abs() < 1e-6, "{got}, expected {expected}");
    }
}

/// The third format: events multiply the standard deviation of their session.
#[test]
fn a_model_with_factors_of_events_is_of_version_3() {
    let mut series = autoregressive(400, 0.0, 31);
    let events: Vec<usize> = (10..=400).step_by(20).collect();
    let plain = series.close.clone();
    for day in 1..plain.len() {
        let factor = if events.contains(&day) { 4.0 } else { 1.0 };
        series.close[day] = series.close[day - 1] * (plain[day] / plain[day - 1]).powf(factor);
    }
    series.adjusted = series.close.clone();
    let fit_with = |days: Vec<usize>| {
        let mut series = series.clone();
        let days =
            days.into_iter().map(|day| (series.dates[0].saturating_add(jiff::Span::new().days(day as i64)), 1.0));
        let days = days.collect();
        series.add_events(&fourcast::prices::Events { name: "e".into(), days }, None);
        let config = Config { covariates: series.covariates.list(), epochs: 1, ..config() };
        (crate::common::fitted(&series, &config).forecaster, series)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    // Without a factor the file is as it was before there were any.
    let (model, _) = fit_with(vec![3, 200]);
    model::save(&model, &path).unwrap();
    assert_eq!((model.card.format_version, model::load(&path).unwrap().card.format_version), (2, 2));
    assert!(!String::from_utf8_lossy(&fs::read(&path).unwrap()).contains("event_factors"));

    let (mut model, series) = fit_with(events);
    assert!(model.card.event_factors[0] > 2.0 && model.card.format_version == 3, "{:?}", model.card.event_factors);
    model::save(&model, &path).unwrap();
    let loaded = model::load(&path).unwrap();
    assert_eq!(loaded.card, model.card);
    assert_eq!(loaded.forecast(&series).unwrap().interval(0, 0.9), model.forecast(&series).unwrap().interval(0, 0.9));
    for (factors, message) in [
        (vec![9.0], "an event factor is not from 0.33 to 8"),
        (vec![f64::NAN], "an event factor is not from 0.33 to 8"),
        (vec![2.0, 2.0], "2 event factors, expected one per covariate, of which there are 1"),
    ] {
        let factors_are_numbers = factors.iter().all(|factor| factor.is_finite());
        model.card.event_factors = factors;
        let error = model::save(&model, &path).unwrap_err().to_string();
        let expected = if factors_are_numbers { message } else { "expected f64" };
        assert!(error.contains(expected), "{error}");
    }
}

/// Tests that need a process of their own, because they set limits for it.
#[cfg(unix)]
mod in_a_process {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Output};

    use super::*;

    /// Runs `fourcast train -o model` after some lines of shell.
    fn train_after(shell: &str, model: &Path) -> Output {
        let script = format!("{shell}\nexec \"$0\" train data/fb.csv --epochs 1 --ensemble 1 --quiet --model \"$1\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, env!("CARGO_BIN_EXE_fourcast")]).arg(model);
        command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
    }

    #[test]
    fn a_full_disk_leaves_the_old_model_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        fs::write(&path, OLDER_MODEL).unwrap();
        // Files are limited to one block, and exceeding that is an error instead of a signal.
        let output = train_after("trap '' XFSZ; ulimit -f 1", &path);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(output.stdout.is_empty());
        assert!(stderr.contains("model.safetensors: cannot be written: "), "{stderr}");
        assert_eq!(fs::read(&path).unwrap(), OLDER_MODEL);
        assert_eq!(names_in(folder.path()), ["model.safetensors"], "nothing is left behind");
    }

    #[test]
    fn the_file_mode_is_what_the_umask_leaves() {
        let folder = tempfile::tempdir().unwrap();
        for (umask, mode) in [("022", 0o644), ("027", 0o640), ("077", 0o600), ("000", 0o666)] {
            let path = folder.path().join(umask);
            let output = train_after(&format!("umask {umask}"), &path);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "umask {umask}");
        }
    }
}

/// Statistics that no training has are refused as sizes are.
#[test]
fn statistics_without_meaning_are_refused() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let coverage = json!({"level_50": 0.5, "level_90": 0.9});
    let evaluation = |key: &str, value: Value| {
        let mut all = json!({
            "days": 10, "forecasts": 12, "first": "1990-03-01", "last": "1990-03-20", "rmse": 1.0, "naive_rmse": 1.0,
            "coverage_50": 0.5, "coverage_90": 0.9, "steps": [{"horizon": 1, "raw": coverage, "calibrated": coverage}]
        });
        *all.pointer_mut(key).unwrap() = value;
        parts.clone().with("/evaluation", all)
    };
    load_bytes(&evaluation("/days", 10.into()).bytes()).unwrap();
    for (key, value, expected) in [
        ("/rmse", json!(-1.0), "evaluation.rmse is -1, expected a finite number from 0"),
        ("/naive_rmse", json!(-0.1), "evaluation.naive_rmse is -0.1"),
        ("/rmse", json!(null), "null"),
        (
            "/coverage_90",
            json!(7.5),
            "the coverage of evaluation is 0.5 at 50 % and 7.5 at 90 %, expected rising fractions",
        ),
        ("/coverage_50", json!(-0.5), "the coverage of evaluation is -0.5"),
        ("/coverage_50", json!(0.95), "the coverage of evaluation is 0.95"),
        ("/steps/0/raw/level_90", json!(1.5), "the coverage of evaluation is 0.5 at 50 % and 1.5"),
        ("/steps/0/calibrated/level_50", json!(0.91), "the coverage of evaluation is 0.91"),
        ("/days", json!(21), "evaluation.days is 21, expected 1 to 20 from 1990-03-01 to 1990-03-20"),
        ("/days", json!(0), "evaluation.days is 0"),
        ("/days", json!(-1), "-1"),
        ("/forecasts", json!(9), "evaluation.forecasts is 9, expected at least 10"),
        ("/last", json!("1990-02-01"), "the days of evaluation end on 1990-02-01, before 1990-03-01"),
    ] {
        refused(evaluation(key, value), expected);
    }
    let moves = |days: [(&str, f64); 2]| {
        json!(days.map(|(date, log_return)| json!({"date": date, "log_return": log_return})).to_vec())
    };
    let epochs = parts.card()["losses"]["epochs"][0].as_u64().unwrap();
    for (place, value, expected) in [
        (
            "/training/training_windows",
            json!(1000),
            " windows in training, expected at most one per row, of which there are ",
        ),
        ("/losses/best_epochs", json!([epochs + 1, 1]), "losses.best_epochs are not one of the epochs of each network"),
        ("/losses/best_epochs", json!([1]), "losses.best_epochs are not one of"),
        (
            "/training/reference",
            moves([("1990-03-02", 0.1), ("1990-03-01", 0.1)]),
            "the days of training.reference are not in order",
        ),
        (
            "/training/reference",
            moves([("1990-03-01", 0.1), ("1990-03-02", -1e300)]),
            "the move of 1990-03-02 in training.reference is -1",
        ),
    ] {
        refused(parts.clone().with(place, value), expected);
    }
}
