//! The configuration of a model, as its file stores it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::limits::{MAX_PATH, MAX_TENSORS};
use fourcast_base::words::counted;
use fourcast_features::{FrameOptions, Input, Target, Unit, input_count, input_names};
use fourcast_nn::init::RecurrentInit;
use fourcast_nn::parameters::Parameters;
use fourcast_nn::{Activation, CellKind, Loss, Network, Shape, Topology};
use fourcast_prices::{Covariate, CovariateKind, PriceSeries};

/// Everything that a model depends on except the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Kind of the layers.
    pub cell: CellKind,
    /// Activation function of layers without gates.
    pub activation: Activation,
    /// Topology of the network.
    pub topology: Topology,
    /// Initialisation of recurrent weights.
    pub recurrent_init: RecurrentInit,
    /// Inputs per day, in the network's order.
    pub inputs: Vec<Input>,
    /// Covariates whose inputs follow the inputs above. Absent from the file if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<Covariate>,
    /// The quantity that is forecast.
    pub target: Target,
    /// The unit of a return.
    #[serde(default)]
    pub unit: Unit,
    /// Whether the lag-1 autocorrelation of returns is removed from the targets and added to the forecasts. False in
    /// files of earlier versions.
    #[serde(default, alias = "echo")]
    pub autocorrelation: bool,
    /// Whether the return predicted from the close location is removed from the targets and added to the forecasts.
    #[serde(default, alias = "places")]
    pub close_location: bool,
    /// Loss function.
    pub loss: Loss,
    /// Days per window.
    pub window: usize,
    /// Days ahead: the day forecast, or the last day of several.
    pub horizon: usize,
    /// The days ahead for which a many-to-one network has outputs, if it forecasts several. The first is 1 and the last
    /// is `horizon`; days between them are interpolated. Empty if the network forecasts one day, or a path.
    #[serde(default, alias = "nodes", skip_serializing_if = "Vec::is_empty")]
    pub output_horizons: Vec<usize>,
    /// Hidden units per layer.
    pub hidden: usize,
    /// Number of layers.
    pub layers: usize,
    /// Number of networks whose quantiles are averaged.
    pub ensemble: usize,
    /// Dropout rate between layers.
    pub dropout: f64,
    /// Probability that a decoder is fed the true target of the previous day in training.
    pub teacher_forcing: f64,
    /// Maximum number of epochs.
    pub epochs: usize,
    /// Batch size.
    pub batch_size: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Epochs without a better validation loss after which training stops; 0 for no early stopping.
    pub patience: usize,
    /// Fraction of the windows, the last ones, that is held out for validation.
    pub valid_fraction: f64,
    /// Seed of all random numbers.
    pub seed: u64,
}

/// Maximum number of weights of an ensemble: half a gigabyte, and several times that in training.
const MAX_WEIGHTS: usize = 1 << 27;
/// Maximum number of multiplications for one forecast of an ensemble.
const MAX_WORK: usize = 1 << 30;

/// Upper bound on the buffers of a batch, in bytes.
const MAX_BATCH_BYTES: usize = 4 << 30;

/// Sizes that are each within their bounds but too large together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Oversize {
    /// The path is too long.
    #[error("horizon is {horizon}, expected 1 to {MAX_PATH} for a path")]
    Path {
        /// Days of the path.
        horizon: usize,
    },
    /// There are too many weights.
    #[error(
        "hidden {hidden}, layers {layers} and ensemble {ensemble} take {found} weights, expected at most {MAX_WEIGHTS}"
    )]
    Weights {
        /// Hidden units per layer.
        hidden: usize,
        /// Number of layers.
        layers: usize,
        /// Number of networks.
        ensemble: usize,
        /// Weights of all networks.
        found: usize,
    },
    /// There are too many tensors.
    #[error("layers {layers} and ensemble {ensemble} take {found} tensors, expected at most {MAX_TENSORS}")]
    Tensors {
        /// Number of layers.
        layers: usize,
        /// Number of networks.
        ensemble: usize,
        /// Tensors of all networks.
        found: usize,
    },
    /// A forecast would take too long.
    #[error(
        "window {window}, horizon {horizon} and {weights} weights take {found} multiplications per forecast, expected at most {MAX_WORK}"
    )]
    Work {
        /// Days per window.
        window: usize,
        /// Days ahead.
        horizon: usize,
        /// Weights of all networks.
        weights: usize,
        /// Multiplications per forecast.
        found: usize,
    },
    /// The buffers of a batch would not fit in memory.
    #[error(
        "a batch of {} of {} takes about {gib} GiB, expected at most {}",
        counted(*.windows, "window"), counted(*.days, "day"), MAX_BATCH_BYTES >> 30
    )]
    Batch {
        /// Windows per batch.
        windows: usize,
        /// Days that are read and forecast.
        days: usize,
        /// Size of the buffers of all threads, in GiB.
        gib: usize,
    },
}

impl Config {
    /// Refuses sizes that would take too much memory or time.
    ///
    /// # Errors
    /// [`Oversize`] names the sizes that are too large together.
    pub fn check_sizes(&self) -> Result<(), Oversize> {
        let Config { window, horizon, hidden, layers, ensemble, .. } = *self;
        if self.topology != Topology::ManyToOne && horizon > MAX_PATH {
            return Err(Oversize::Path { horizon });
        }
        let weights = self.weights().saturating_mul(ensemble);
        if weights > MAX_WEIGHTS {
            return Err(Oversize::Weights { hidden, layers, ensemble, found: weights });
        }
        let tensors = self.tensors().saturating_mul(ensemble);
        if tensors > MAX_TENSORS {
            return Err(Oversize::Tensors { layers, ensemble, found: tensors });
        }
        let found = weights.saturating_mul(window + self.horizons().len());
        if found > MAX_WORK {
            return Err(Oversize::Work { window, horizon, weights, found });
        }
        Ok(())
    }

    /// Refuses batches whose buffers would not fit in memory, in a fit to `rows` rows on `threads` threads.
    ///
    /// # Errors
    /// [`Oversize::Batch`] holds their size.
    pub fn check_memory(&self, rows: usize, threads: usize) -> Result<(), Oversize> {
        let windows = self.batch_size.min(rows);
        let shape = self.shape();
        let (days, bytes) = (shape.window + shape.steps, shape.buffer_bytes(windows) * threads);
        if bytes <= MAX_BATCH_BYTES { Ok(()) } else { Err(Oversize::Batch { windows, days, gib: bytes >> 30 }) }
    }

    /// The number of weights per network.
    pub fn weights(&self) -> usize {
        self.count(|network| network.count())
    }

    /// The number of tensors per network.
    fn tensors(&self) -> usize {
        self.count(|network| network.tensors().len())
    }

    /// Counts something in a network. The count is computed from one and two layers, because all layers after the first
    /// have the same count.
    fn count(&self, count: impl Fn(&Parameters<f32>) -> usize) -> usize {
        let of = |layers| count(&Network::<f32>::describe(Shape { layers, ..self.shape() }));
        let first = of(1);
        first.saturating_add((of(2) - first).saturating_mul(self.layers - 1))
    }

    /// The shape of the networks.
    pub fn shape(&self) -> Shape {
        Shape {
            cell: self.cell,
            activation: self.activation,
            topology: self.topology,
            inputs: self.input_count(),
            window: self.window,
            hidden: self.hidden,
            layers: self.layers,
            steps: self.horizons().len(),
            outputs: self.loss.outputs(),
        }
    }

    /// Returns the options for making inputs and targets from a series. `initial_variance` is for series too short to
    /// measure one.
    pub(super) fn frame_options(&self, initial_variance: Option<f64>) -> FrameOptions<'_> {
        FrameOptions {
            inputs: &self.inputs,
            covariates: &self.covariates,
            target: self.target,
            unit: self.unit,
            autocorrelation: self.autocorrelation,
            close_location: self.close_location,
            initial_variance,
            first_input: 0,
        }
    }

    /// The number of inputs per day.
    pub fn input_count(&self) -> usize {
        self.inputs.len() + self.covariates.iter().map(input_count).sum::<usize>()
    }

    /// The names of the inputs, in the network's order.
    pub fn input_names(&self) -> Vec<String> {
        let own = self.inputs.iter().map(|input| input.name());
        own.chain(self.covariates.iter().flat_map(input_names)).collect()
    }

    /// Returns the covariates of a kind.
    pub fn covariates_of(&self, kind: CovariateKind) -> impl Iterator<Item = &Covariate> {
        self.covariates.iter().filter(move |covariate| covariate.kind == kind)
    }

    /// Whether the inputs require an open, a high and a low.
    pub fn needs_bars(&self) -> bool {
        self.inputs.iter().any(|input| input.needs_bars())
    }

    /// Returns the columns that the model reads from a series besides date and close.
    pub fn columns_of(&self, series: &PriceSeries) -> Vec<&'static str> {
        let bars = self.needs_bars() || self.close_location || self.unit == Unit::BarVolatility;
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

    /// Whether the inputs require a volume.
    pub fn needs_volume(&self) -> bool {
        self.inputs.contains(&Input::Volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::from_bytes;

    #[test]
    fn weights_are_those_of_the_network() {
        let like = from_bytes(fourcast_pretrained::LSTM_OHLC).unwrap().card.config;
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
