//! Weights of another program: a safetensors file whose tensors have the names and shapes of a model's, without a card.
//! The configuration then comes from the options, and the scales of the inputs are measured.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use ndarray::ArrayD;
use safetensors::tensor::{Metadata, TensorView};
use safetensors::{Dtype, SafeTensors};
use thiserror::Error;

use super::card::Card;
use super::config::Config;
use super::file::{array, from_bytes, member_name, member_prefix, of_metadata, read_file, read_metadata};
use super::file_error::{ModelFileError, Problem};
use super::forecaster::Forecaster;
use super::init::Init;
use super::initial_weights::InitialWeights;
use super::limits::MAX_MEMBERS;
use super::training::{Losses, Training};
use fourcast_base::words::join;
use fourcast_nn::Network;
use fourcast_nn::parameters::{Parameters, Tensor};
use fourcast_prices::YEARS;

/// The metadata entry with the last day whose prices the weights depend on.
const TRAINED_UNTIL: &str = "trained_until";

/// The tensor whose rows are the outputs.
const HEAD: &str = "head.weight";

/// A file that weights can start from.
#[derive(Debug, Clone)]
pub enum InitFile {
    /// A model.
    Model(Box<Forecaster>),
    /// Weights of another program.
    Weights(Weights),
}

/// The weights of one or several networks, as stored in the file.
#[derive(Debug, Clone)]
pub struct Weights {
    /// The file's name.
    name: String,
    tensors: BTreeMap<String, ArrayD<f32>>,
    /// The last day that the weights depend on, if the file has it.
    trained_until: Option<Date>,
}

/// Why the weights are not those of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A tensor is missing.
    #[error("no tensor '{tensor}', expected it for {network}")]
    Missing {
        /// Its name.
        tensor: String,
        /// The network that the options require.
        network: String,
    },
    /// A tensor that the network does not have.
    #[error("tensor '{tensor}' does not belong to {network}")]
    Stray {
        /// Its name.
        tensor: String,
        /// The network that the options require.
        network: String,
    },
    /// The first layer does not have as many inputs as a network that starts at random, nor as many as a pretrained
    /// one.
    #[error(
        "tensor '{tensor}' has the shape {found:?}, expected {random:?} with the inputs of networks that start at random, or {pretrained:?} with those of the pretrained ones, for {network}"
    )]
    Inputs {
        /// Its name.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape in a network that starts at random.
        random: Vec<usize>,
        /// The shape in a pretrained network.
        pretrained: Vec<usize>,
        /// The network that the options require, without its inputs.
        network: String,
    },
    /// A tensor has another shape.
    #[error("tensor '{tensor}' has the shape {found:?}, expected {expected:?} for {network}")]
    Shape {
        /// Its name.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape in the network that the options require.
        expected: Vec<usize>,
        /// The network that the options require.
        network: String,
    },
}

/// Reads a file from which weights can start: a model, or weights of another program.
///
/// # Errors
/// [`ModelFileError`] if it is neither.
pub fn load_init(path: &Path) -> Result<InitFile, ModelFileError> {
    let load = || {
        let bytes = read_file(path)?;
        let (_, metadata) = read_metadata(&bytes)?;
        match of_metadata(&metadata) {
            Some(_) => from_bytes(&bytes).map(|forecaster| InitFile::Model(Box::new(forecaster))),
            None => Weights::of(path, &bytes, &metadata).map(InitFile::Weights),
        }
    };
    load().map_err(|problem| ModelFileError { path: path.to_owned(), problem })
}

impl Weights {
    fn of(path: &Path, bytes: &[u8], metadata: &Metadata) -> Result<Weights, Problem> {
        let file = SafeTensors::deserialize(bytes).map_err(Problem::Damaged)?;
        let mut names = file.names();
        // In alphabetical order, so that a file always gives the same error.
        names.sort_unstable();
        let tensor = |name: &str| {
            Ok::<_, Problem>((name.to_owned(), values(name, &file.tensor(name).map_err(Problem::Damaged)?)?))
        };
        let tensors = names.into_iter().map(tensor);
        let until = metadata.metadata().as_ref().and_then(|entries| entries.get(TRAINED_UNTIL));
        let day = |text: &String| {
            let day = text.parse::<Date>().ok().filter(|day| YEARS.contains(&i64::from(day.year())));
            day.ok_or_else(|| Problem::TrainedUntil(text.clone()))
        };
        let weights = Weights {
            name: path.display().to_string(),
            tensors: tensors.collect::<Result<_, _>>()?,
            trained_until: until.map(day).transpose()?,
        };
        match weights.networks() {
            ..=MAX_MEMBERS => Ok(weights),
            found => Err(Problem::ManyNetworks { found }),
        }
    }

    /// Returns the error for a first layer that has neither the number of inputs of the configuration `random` nor that
    /// of the configuration `pretrained`. `None` if both configurations have the same number of inputs.
    pub(super) fn other_inputs(&self, random: &Config, pretrained: &Config) -> Option<WeightsError> {
        let first = |config: &Config| {
            let network = Network::<f32>::describe(config.shape());
            network.tensors().first().map(|tensor| (tensor.name.clone(), tensor.shape.clone()))
        };
        let ((tensor, random_shape), (_, pretrained_shape)) = (first(random)?, first(pretrained)?);
        let found = self.tensors.get(&tensor)?.shape().to_vec();
        let is_neither = random_shape != pretrained_shape && found != random_shape && found != pretrained_shape;
        is_neither.then(|| WeightsError::Inputs {
            tensor,
            found,
            random: random_shape,
            pretrained: pretrained_shape,
            network: without_inputs_in_words(random),
        })
    }

    /// Whether the first layer has as many inputs as the networks of a configuration.
    pub(super) fn reads_inputs_of(&self, config: &Config) -> bool {
        let network = Network::<f32>::describe(config.shape());
        let first = network.tensors().first().map(|tensor| (self.tensors.get(&tensor.name), &tensor.shape));
        matches!(first, Some((Some(found), expected)) if found.shape() == &expected[..])
    }

    /// The number of networks in the file: one without a prefix, and those with prefixes numbered from 1 without a gap.
    pub(super) fn networks(&self) -> usize {
        let has = |member: &usize| {
            let prefix = member_prefix(*member);
            let mut from = self.tensors.range(prefix.clone()..);
            from.next().is_some_and(|(name, _)| name.starts_with(&prefix))
        };
        (1..=MAX_MEMBERS).take_while(has).count() + 1
    }

    /// The number of outputs of the network per window.
    pub(super) fn outputs(&self) -> Option<usize> {
        self.tensors.get(HEAD)?.shape().first().copied()
    }

    /// Returns weights to start from, for a configuration. `card` is that of the pretrained networks, if their inputs
    /// and scales are used; without a card the scales are measured. If the file does not state which days the weights
    /// depend on, they are assumed to depend on all days up to `last`.
    ///
    /// # Errors
    /// [`WeightsError`] if the weights are those of another network.
    pub(super) fn init(&self, config: &Config, card: Option<Card>, last: Option<Date>) -> Result<Init, WeightsError> {
        let network = Network::<f32>::describe(config.shape());
        let members = self.networks();
        for (name, tensor) in named(&network, members) {
            self.check(&name, tensor, config)?;
        }
        let known: Vec<String> = named(&network, members).map(|(name, _)| name).collect();
        if let Some(tensor) = self.tensors.keys().find(|name| !known.contains(name)) {
            return Err(WeightsError::Stray { tensor: tensor.clone(), network: in_words(config) });
        }
        let mut empty = network;
        empty.allocate();
        let members = (0..members).map(|member| self.member(&empty, member)).collect();
        let mut card = card.unwrap_or_else(|| without_scales(config));
        card.training = Training { last: self.trained_until.or(last), ..card.training };
        let init_from = InitialWeights::Model(self.name.clone());
        Ok(Init { forecaster: Forecaster { card, members, file_sha256: None }, init_from })
    }

    fn check(&self, name: &str, tensor: &Tensor, config: &Config) -> Result<(), WeightsError> {
        let (name, network) = (name.to_owned(), || in_words(config));
        match self.tensors.get(&name) {
            None => Err(WeightsError::Missing { tensor: name, network: network() }),
            Some(found) if found.shape() != &tensor.shape[..] => Err(WeightsError::Shape {
                tensor: name,
                found: found.shape().to_vec(),
                expected: tensor.shape.clone(),
                network: network(),
            }),
            Some(_) => Ok(()),
        }
    }

    /// Returns one network, whose tensors must be in the file.
    fn member(&self, empty: &Parameters<f32>, member: usize) -> Parameters<f32> {
        let mut weights = empty.clone();
        for tensor in empty.tensors() {
            weights.pack(tensor, self.tensors[&member_name(member, tensor)].view());
        }
        weights
    }
}

/// Returns the tensors of several networks, with their names in a file.
fn named(network: &Parameters<f32>, members: usize) -> impl Iterator<Item = (String, &Tensor)> {
    let of_member = |member| network.tensors().iter().map(move |tensor| (member_name(member, tensor), tensor));
    (0..members).flat_map(of_member)
}

fn values(name: &str, view: &TensorView<'_>) -> Result<ArrayD<f32>, Problem> {
    if view.dtype() != Dtype::F32 {
        let [found, expected] = [view.dtype(), Dtype::F32].map(|kind| format!("{kind:?} {:?}", view.shape()));
        return Err(Problem::Misshapen { name: name.to_owned(), found, expected });
    }
    array(name, view)
}

/// Returns a card without input scales, which a fit then measures.
fn without_scales(config: &Config) -> Card {
    let losses = Losses { train: 0.0, valid: None, epochs: Vec::new(), best_epochs: Vec::new(), interrupted: None };
    Card::new(config, Vec::new(), 1.0, Training::simulated(String::new(), 0, 0), losses)
}

fn in_words(config: &Config) -> String {
    network_in_words(config, Some(format!("{} inputs", config.input_count())))
}

fn without_inputs_in_words(config: &Config) -> String {
    network_in_words(config, None)
}

fn network_in_words(config: &Config, inputs: Option<String>) -> String {
    let parts = [
        format!("cell {}", config.cell.name()),
        format!("layers {}", config.layers),
        format!("hidden {}", config.hidden),
        format!("window {}", config.window),
    ];
    let ahead = format!("{} days ahead", config.horizons().len());
    let parts: Vec<String> = parts.into_iter().chain(inputs).chain([ahead]).collect();
    format!("a network with {}", join(&parts, "and"))
}
