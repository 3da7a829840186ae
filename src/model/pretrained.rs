//! Networks that have seen nothing but simulated markets, compiled into the program.
//!
//! There is no market data in them: nothing to license, and nothing of any test span to leak. They
//! know how volatility moves and what bars tell of it; a fit to a file starts from them and learns the
//! rest (prior-fitted networks: Mueller et al. 2022).

use super::card::Start;
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

/// The prior for networks of that shape, reading those inputs, if there is one.
pub fn pretrained(config: &Config) -> Option<Init> {
    let fits = |pretrained: &Forecaster| {
        let own = &pretrained.card.config;
        own.shape() == config.shape()
            && own.inputs == config.inputs
            && (own.target, own.unit, own.loss, own.horizon)
                == (config.target, config.unit, config.loss, config.horizon)
    };
    let forecaster = FILES.iter().filter_map(|bytes| from_bytes(bytes).ok()).find(fits)?;
    Some(Init { forecaster, start: Start::Pretrained })
}

/// The prior as a forecaster of a series: the default network, reading what the series has. The only
/// thing it takes from the series is K (see [`BarVolatility`](crate::features::Unit::BarVolatility)).
///
/// # Panics
/// Never: a test reads every file.
pub fn pretrained_for(series: &PriceSeries) -> Forecaster {
    let file = if series.range.is_some() { FILES[0] } else { FILES[1] };
    let Ok(mut forecaster) = from_bytes(file) else { unreachable!("a test reads every prior") };
    let card = &mut forecaster.card;
    card.start = Start::Pretrained;
    card.training.frequency = series.frequency;
    // It has seen days; the variance of a random walk grows with time.
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
    fn every_prior_is_whole_and_finds_itself() {
        for bytes in FILES {
            let forecaster = from_bytes(bytes).unwrap();
            let found = pretrained(&forecaster.card.config).unwrap();
            assert_eq!(found.forecaster.card, forecaster.card);
        }
    }
}
