//! Model files: a saved model loads unchanged, and a damaged file is refused.

mod cards;
mod damage;
mod extreme;
mod read_write;
mod versions;

use crate::common::allocations;
use crate::common::{SIGMA, autoregressive, config, with_bars};
use fourcast::cli::help::Help;
use fourcast::features::{InputSet, Target};
use fourcast::files::kind::is_model;
use fourcast::model::{self, Card, Config, Forecast, Forecaster, ModelFileError};
use fourcast::nn::parameters::Parameters;
use fourcast::nn::{CellKind, Loss, Topology};
use fourcast::prices::{self, PriceSeries, ReadOptions, Source};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

const OLDER_MODEL: &[u8] = include_bytes!("../../fixtures/model/v1.safetensors");

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

/// Loads `bytes` as a model file. If it fails, asserts that the error names the file.
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

/// Returns all numbers of a forecast, as bits.
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
    let mut configs = vec![config(), Config { loss: Loss::Mse, ..price.clone() }, price, deep];
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

/// Returns a file of version 1, as written before checksums were introduced.
fn without_checksum(bytes: &[u8]) -> Vec<u8> {
    let parts = Parts::of(bytes);
    let card = parts.card().to_string();
    parts.with_card_text(&card).bytes()
}

fn header_length(bytes: &[u8]) -> usize {
    u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize
}

/// The parts of a safetensors file, which tests can change separately.
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

    /// Returns the card as version 1 without the checksum, so that a changed file must be refused by other checks.
    fn card(&self) -> Value {
        let mut card = self.present_card();
        card["format_version"] = 1.into();
        card
    }

    /// Returns the card without the checksum, which its version requires.
    fn present_card(&self) -> Value {
        let mut card: Value = serde_json::from_str(self.metadata["fourcast"].as_str().unwrap()).unwrap();
        card.as_object_mut().unwrap().remove("sha256").unwrap();
        card
    }

    fn with_card_text(mut self, card: &str) -> Parts {
        self.metadata["fourcast"] = card.into();
        self
    }

    /// Replaces the value at a place of the card, such as `/config/hidden`.
    fn with(self, place: &str, value: Value) -> Parts {
        let mut card = self.card();
        *card.pointer_mut(place).unwrap() = value;
        self.with_card_text(&card.to_string())
    }

    /// Replaces one more value in the card, after [`with`](Parts::with) has removed the checksum.
    fn with_last(self, place: &str, value: Value) -> Parts {
        let mut card: Value = serde_json::from_str(self.metadata["fourcast"].as_str().unwrap()).unwrap();
        *card.pointer_mut(place).unwrap() = value;
        self.with_card_text(&card.to_string())
    }

    /// Returns a file with a valid checksum of the changed contents. `names` are those of its tensors, in the order of
    /// the network.
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

    /// Removes the entry at a place of the card.
    fn without(self, place: &str) -> Parts {
        let mut card = self.card();
        let (parent, key) = place.rsplit_once('/').unwrap();
        card.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        self.with_card_text(&card.to_string())
    }

    /// Changes a tensor.
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

/// Returns the names of a model's tensors, network by network, in the order of the network.
fn names_of(model: &Forecaster) -> Vec<String> {
    let of_member = |(member, weights): (usize, &Parameters<f32>)| {
        let prefix = if member == 0 { String::new() } else { format!("member.{member}.") };
        weights.tensors().iter().map(|tensor| format!("{prefix}{}", tensor.name)).collect::<Vec<_>>()
    };
    model.members.iter().enumerate().flat_map(of_member).collect()
}

/// Returns the names of a model's tensors, in the order in which the checksum covers them.
fn tensor_names(model: &Forecaster) -> Vec<String> {
    let of_member = |(member, weights): (usize, &fourcast::nn::parameters::Parameters<f32>)| {
        let name = |name: &str| if member == 0 { name.to_owned() } else { format!("member.{member}.{name}") };
        weights.tensors().iter().map(|tensor| name(&tensor.name)).collect::<Vec<_>>()
    };
    model.members.iter().enumerate().flat_map(of_member).collect()
}

fn aapl() -> PriceSeries {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aapl.csv");
    prices::read(&Source::File(path), &ReadOptions::default()).unwrap().series.remove(0)
}
