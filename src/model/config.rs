//! What the user may choose, and what a model file remembers.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::card::MAX_PATH;
use crate::features::{FrameOptions, Input, Target, Unit};
use crate::nn::init::RecurrentInit;
use crate::nn::{Activation, CellKind, Loss, Network, Shape, Topology};
use crate::prices::PriceSeries;
use crate::words::counted;

/// What training makes small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum LossKind {
    /// Negative log-likelihood of a Student-t distribution.
    StudentT,
    /// Squared error.
    Mse,
}

impl LossKind {
    /// The loss itself.
    pub fn loss(self) -> Loss {
        match self {
            LossKind::StudentT => Loss::StudentT,
            LossKind::Mse => Loss::Mse,
        }
    }
}

/// Everything that decides a model, apart from the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Kind of the layers.
    pub cell: CellKind,
    /// Nonlinearity of layers without gates.
    pub activation: Activation,
    /// Shape of the sequence job.
    pub topology: Topology,
    /// Where recurrent weights start.
    pub recurrent_init: RecurrentInit,
    /// Inputs a day, in the network's order.
    pub inputs: Vec<Input>,
    /// What is forecast.
    pub target: Target,
    /// What a unit of a return is.
    #[serde(default)]
    pub unit: Unit,
    /// Whether the echo of returns is taken out of what the networks learn, and put back into the
    /// forecast. Files written before it was known leave it in.
    #[serde(default, alias = "echo")]
    pub autocorrelation: bool,
    /// Whether what the place of a close in its day's range says of the next return is treated likewise.
    #[serde(default, alias = "places")]
    pub close_location: bool,
    /// What training makes small.
    pub loss: LossKind,
    /// Days the network sees.
    pub window: usize,
    /// Days ahead: the day forecast, or the last day of a path.
    pub horizon: usize,
    /// Units a layer.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Networks whose quantiles are averaged.
    pub ensemble: usize,
    /// Share of what a layer hands to the next that is dropped in training.
    pub dropout: f64,
    /// Probability that a decoder is fed the true target of the day before, in training.
    pub teacher_forcing: f64,
    /// Most epochs.
    pub epochs: usize,
    /// Windows a step.
    pub batch_size: usize,
    /// Highest rate.
    pub learning_rate: f64,
    /// Epochs without a better validation loss before training stops; 0 never stops.
    pub patience: usize,
    /// Share of the windows, the last ones, that decides when training stops.
    pub valid_fraction: f64,
    /// Seed of everything random.
    pub seed: u64,
}

/// Most weights of an ensemble: half a gigabyte of them, and several times that in training.
const MAX_WEIGHTS: usize = 1 << 27;
/// Most multiplications for one forecast of an ensemble.
const MAX_WORK: usize = 1 << 30;

/// Bound on the buffers of a batch.
const MAX_BATCH_BYTES: usize = 4 << 30;
/// Numbers that a layer keeps per unit and day of a window, in the forward and the backward pass: those of an LSTM, which
/// has the most.
const BUFFERS: usize = 12;
/// Units lie in channel blocks of this many.
const UNITS: usize = 16;

/// Sizes that are each within their bounds, and too large together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Oversize {
    /// A path is too long.
    #[error("horizon is {horizon}, expected 1 to {MAX_PATH} for a path")]
    Path {
        /// Days of it.
        horizon: usize,
    },
    /// There are too many weights.
    #[error(
        "hidden {hidden}, layers {layers} and ensemble {ensemble} take {found} weights, expected at most {MAX_WEIGHTS}"
    )]
    Weights {
        /// Units a layer.
        hidden: usize,
        /// Layers.
        layers: usize,
        /// Networks.
        ensemble: usize,
        /// Weights of all networks.
        found: usize,
    },
    /// A forecast would take too long.
    #[error(
        "window {window}, horizon {horizon} and {weights} weights take {found} multiplications a forecast, expected at most {MAX_WORK}"
    )]
    Work {
        /// Days the network sees.
        window: usize,
        /// Days ahead.
        horizon: usize,
        /// Weights of all networks.
        weights: usize,
        /// Multiplications.
        found: usize,
    },
    /// The buffers of a batch would not fit into memory.
    #[error(
        "a batch of {} of {} takes about {gib} GiB, expected at most {}",
        counted(*.windows, "window"), counted(*.days, "day"), MAX_BATCH_BYTES >> 30
    )]
    Batch {
        /// Windows of the batch.
        windows: usize,
        /// Days that are read and forecast.
        days: usize,
        /// Size of the buffers of all threads.
        gib: usize,
    },
}

impl Config {
    /// Refuses what would not fit into memory or time, before either is spent.
    ///
    /// # Errors
    /// [`Oversize`] says which sizes are too large together.
    pub fn check_sizes(&self) -> Result<(), Oversize> {
        let Config { window, horizon, hidden, layers, ensemble, .. } = *self;
        if self.topology != Topology::ManyToOne && horizon > MAX_PATH {
            return Err(Oversize::Path { horizon });
        }
        let weights = self.weights().saturating_mul(ensemble);
        if weights > MAX_WEIGHTS {
            return Err(Oversize::Weights { hidden, layers, ensemble, found: weights });
        }
        let found = weights.saturating_mul(window + self.horizons().count());
        if found > MAX_WORK {
            return Err(Oversize::Work { window, horizon, weights, found });
        }
        Ok(())
    }

    /// Refuses batches whose buffers would not fit into memory, in a fit to `rows` rows on `threads` threads.
    ///
    /// # Errors
    /// [`Oversize::Batch`] says how large they are.
    pub fn check_memory(&self, rows: usize, threads: usize) -> Result<(), Oversize> {
        let windows = self.batch_size.min(rows);
        let days = self.window + self.horizons().count();
        let numbers = self.layers * self.hidden.next_multiple_of(UNITS) * BUFFERS + self.inputs.len();
        let bytes = 4 * windows * days * numbers * threads;
        if bytes <= MAX_BATCH_BYTES { Ok(()) } else { Err(Oversize::Batch { windows, days, gib: bytes >> 30 }) }
    }

    /// Weights of a network, without naming those of every layer: all after the first have as many.
    fn weights(&self) -> usize {
        let of = |layers| Network::<f32>::describe(Shape { layers, ..self.shape() }).count();
        let first = of(1);
        first.saturating_add((of(2) - first).saturating_mul(self.layers - 1))
    }

    /// The network's shape.
    pub fn shape(&self) -> Shape {
        Shape {
            cell: self.cell,
            activation: self.activation,
            topology: self.topology,
            inputs: self.inputs.len(),
            window: self.window,
            hidden: self.hidden,
            layers: self.layers,
            steps: self.horizons().count(),
            outputs: self.loss.loss().outputs(),
        }
    }

    /// How a series becomes inputs and targets; `initial_variance` is for series too short to measure one.
    pub(super) fn frame_options(&self, initial_variance: Option<f64>) -> FrameOptions<'_> {
        FrameOptions {
            inputs: &self.inputs,
            target: self.target,
            unit: self.unit,
            autocorrelation: self.autocorrelation,
            close_location: self.close_location,
            initial_variance,
        }
    }

    /// The days ahead that are forecast: one, or all of a path.
    pub fn horizons(&self) -> RangeInclusive<usize> {
        match self.topology {
            Topology::ManyToOne => self.horizon..=self.horizon,
            Topology::ManyToMany | Topology::OneToMany => 1..=self.horizon,
        }
    }

    /// Whether a file needs an open, a high and a low for it.
    pub fn needs_range(&self) -> bool {
        self.inputs.iter().any(|input| input.needs_range())
    }

    /// The columns that it reads of a series beside date and close, as `inspect` names them.
    pub fn columns_of(&self, series: &PriceSeries) -> Vec<&'static str> {
        let bars = self.needs_range() || self.close_location || self.unit == Unit::BarVolatility;
        let volume = [Input::Volume, Input::RelativeVolume, Input::VolumeTrend];
        let mut columns = Vec::new();
        if bars && series.range.is_some() {
            columns.extend(["open", "high", "low"]);
        }
        if series.volume.is_some() && self.inputs.iter().any(|input| volume.contains(input)) {
            columns.push("volume");
        }
        if series.adjusted != series.close {
            columns.push("adjusted close");
        }
        columns
    }

    /// Whether a file needs a volume for it.
    pub fn needs_volume(&self) -> bool {
        self.inputs.contains(&Input::Volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::file::from_bytes;

    #[test]
    fn weights_are_those_of_the_network() {
        let like = from_bytes(include_bytes!("../../data/pretrained/lstm-ohlc.safetensors")).unwrap().card.config;
        for cell in CellKind::ALL {
            for topology in [Topology::ManyToOne, Topology::ManyToMany, Topology::OneToMany] {
                for layers in 1..5 {
                    let config = Config { cell, topology, layers, hidden: 7, horizon: 3, ..like.clone() };
                    let named = Network::<f32>::describe(config.shape()).count();
                    assert_eq!(config.weights(), named, "{cell:?} {topology:?} {layers}");
                }
            }
        }
    }
}
