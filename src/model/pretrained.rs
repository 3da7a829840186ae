//! Networks pretrained on simulated markets, compiled into the library (prior-fitted networks: Mueller et al. 2022).
//!
//! They contain no market data: nothing to license, and nothing of any test span to leak. They model how volatility
//! changes and how bars measure it; a fit to a series starts from their weights.

use super::card::InitialWeights;
use super::config::Config;
use super::file::from_bytes;
use super::fit::Init;
use super::forecaster::Forecaster;
use crate::features::{BACKCAST_DAYS, Frame, FrameOptions, without_halts};
use crate::prices::PriceSeries;

/// The files, as `cargo run --release --example pretrain` writes them.
const FILES: [&[u8]; 6] = [
    include_bytes!("../../data/pretrained/lstm-ohlc.safetensors"),
    include_bytes!("../../data/pretrained/lstm-close.safetensors"),
    include_bytes!("../../data/pretrained/gru-ohlc.safetensors"),
    include_bytes!("../../data/pretrained/gru-close.safetensors"),
    include_bytes!("../../data/pretrained/rnn-ohlc.safetensors"),
    include_bytes!("../../data/pretrained/rnn-close.safetensors"),
];

/// The pretrained networks of a configuration's shape, inputs, target, unit, loss and horizon, if there are any.
pub fn pretrained(config: &Config) -> Option<Init> {
    let fits = |pretrained: &Forecaster| {
        let its = &pretrained.card.config;
        its.shape() == config.shape()
            && its.inputs == config.inputs
            && (its.target, its.unit, its.loss, its.horizon)
                == (config.target, config.unit, config.loss, config.horizon)
    };
    let forecaster = FILES.iter().filter_map(|bytes| from_bytes(bytes).ok()).find(fits)?;
    Some(Init { forecaster, start: InitialWeights::Pretrained })
}

/// The pretrained LSTM as a forecaster of a series, without a fit. Of the series it uses the columns there are, the spacing
/// of the rows and K (see [`BarVolatility`](crate::features::Unit::BarVolatility)).
///
/// # Panics
/// Never: a test reads every file.
pub fn pretrained_for(series: &PriceSeries) -> Forecaster {
    let file = if series.range.is_some() { FILES[0] } else { FILES[1] };
    let Ok(mut forecaster) = from_bytes(file) else { unreachable!("a test reads every file") };
    let card = &mut forecaster.card;
    card.start = InitialWeights::Pretrained;
    card.training.frequency = series.frequency;
    // It was trained on days; the variance of a random walk grows with time.
    card.initial_variance *= f64::from(series.frequency.sessions());
    if series.len() > BACKCAST_DAYS && series.first_nonpositive().is_none() {
        let options = FrameOptions {
            inputs: &[],
            autocorrelation: false,
            close_location: false,
            ..card.config.frame_options(None)
        };
        let frame = Frame::new(&without_halts(series), options);
        card.bar_ratio = frame.bar_ratio(frame.days()).unwrap_or(card.bar_ratio);
    }
    forecaster
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_configuration() {
        for bytes in FILES {
            let forecaster = from_bytes(bytes).unwrap();
            let found = pretrained(&forecaster.card.config).unwrap();
            assert_eq!(found.forecaster.card, forecaster.card);
        }
    }
}
