//! Networks pretrained on simulated markets, compiled into the library (prior-fitted networks: Mueller et al. 2022).
//!
//! They contain no market data, so there is nothing to license, and no test days can leak. They model how volatility
//! changes and how bars measure it; a fit to a series starts from their weights.

use std::sync::OnceLock;

use super::config::Config;
use super::file::from_bytes;
use super::forecaster::Forecaster;
use super::init::Init;
use super::initial_weights::InitialWeights;
use super::widen::with_covariates;
use ndarray::Axis;

use fourcast_features::{BACKCAST_DAYS, bar_ratio, without_halts};
use fourcast_nn::parameters::Role;
use fourcast_nn::{Isa, Network, Shape};
use fourcast_prices::PriceSeries;

/// Returns the pretrained networks for the layers, inputs, target, unit and loss of a configuration, if there are any.
/// The weights of recurrent layers do not depend on the window. If only one day ahead is forecast, the head for this
/// day is interpolated between those of the networks' outputs. Inputs of covariates are added with weights of zero.
pub fn pretrained(config: &Config) -> Option<Init> {
    let plain = &Config { covariates: Vec::new(), ..config.clone() };
    let mut init = pretrained_without_covariates(plain)?;
    if !config.covariates.is_empty() {
        init.forecaster = with_covariates(&init.forecaster, &config.covariates);
    }
    Some(init)
}

fn pretrained_without_covariates(config: &Config) -> Option<Init> {
    let fits = |pretrained: &Forecaster| {
        let its = &pretrained.card.config;
        let shape = Shape { window: config.window, steps: config.shape().steps, ..its.shape() };
        shape == config.shape()
            && its.inputs == config.inputs
            && (its.target, its.unit, its.loss) == (config.target, config.unit, config.loss)
            && config.horizon <= its.horizon
            && (config.output_horizons.is_empty() || config.output_horizons == its.output_horizons)
    };
    let forecaster = fourcast_pretrained::ALL.iter().filter_map(|bytes| from_bytes(bytes).ok()).find(fits)?;
    let forecaster = if config.output_horizons.is_empty() { for_one_day(&forecaster, config) } else { forecaster };
    Some(Init { forecaster, init_from: InitialWeights::Pretrained })
}

/// Returns networks for `config`, which forecasts one day ahead, made from networks that forecast several days.
fn for_one_day(several: &Forecaster, config: &Config) -> Forecaster {
    let horizons = &several.card.config.output_horizons;
    let above = horizons.partition_point(|day| *day < config.horizon).min(horizons.len() - 1);
    let below = if horizons[above] == config.horizon { above } else { above - 1 };
    let [a, k, b] = [horizons[below], config.horizon, horizons[above]].map(|days| (days as f64).ln());
    let fraction = if above == below { 0.0 } else { ((k - a) / (b - a)) as f32 };
    let members = several.members.iter().map(|member| {
        let mut alone = Network::<f32>::new(config.shape(), 1, Isa::detect());
        for tensor in alone.parameters().tensors().to_vec() {
            let Some(source) = member.tensors().iter().find(|other| other.name == tensor.name) else { continue };
            let values = member.unpack(source, &member.values);
            let values = match tensor.role {
                Role::HeadWeight | Role::HeadBias => {
                    let outputs = tensor.shape[0];
                    let rows =
                        |place: usize| values.slice_axis(Axis(0), (place * outputs..(place + 1) * outputs).into());
                    &rows(below) * (1.0 - fraction) + &rows(above) * fraction
                }
                _ => values,
            };
            alone.set_tensor(&tensor, values.view());
        }
        alone.into_parameters()
    });
    let mut card = several.card.clone();
    card.config = Config { output_horizons: Vec::new(), horizon: config.horizon, ..card.config };
    Forecaster { members: members.collect(), card, file_sha256: None }
}

/// Returns the pretrained LSTM as a forecaster of a series, without a fit. From the series it uses the available
/// columns, the spacing of the rows, and K (see [`BarVolatility`](fourcast_features::Unit::BarVolatility)).
///
/// # Panics
/// Never: a test reads all files.
pub fn pretrained_for(series: &PriceSeries) -> Forecaster {
    // Each file is read once, because a run can forecast many series.
    static READ: [OnceLock<Forecaster>; 2] = [OnceLock::new(), OnceLock::new()];
    let file = usize::from(series.range.is_none());
    let read = || match from_bytes(fourcast_pretrained::ALL[file]) {
        Ok(forecaster) => forecaster,
        Err(_) => unreachable!("a test reads every file"),
    };
    let mut forecaster = READ[file].get_or_init(read).clone();
    let card = &mut forecaster.card;
    card.init_from = InitialWeights::Pretrained;
    card.training.frequency = series.frequency;
    // The networks were trained on days; the variance of a random walk grows in proportion to time.
    card.initial_variance *= f64::from(series.frequency.sessions());
    if series.len() > BACKCAST_DAYS && series.first_nonpositive().is_none() {
        card.bar_ratio = bar_ratio(&without_halts(series)).unwrap_or(card.bar_ratio);
    }
    forecaster
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_configuration() {
        for bytes in fourcast_pretrained::ALL {
            let forecaster = from_bytes(bytes).unwrap();
            let found = pretrained(&forecaster.card.config).unwrap();
            assert_eq!(found.forecaster.card, forecaster.card);
        }
    }
}
