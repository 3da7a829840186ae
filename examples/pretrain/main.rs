//! Pretrains the networks in `data/pretrained`, on simulated markets only.
//!
//!     cargo run --release --example pretrain
//!
//! The same seed gives the same bytes. `--folder` selects another folder; `--series`, `--days` and `--steps` set the
//! amount of training. CONTRIBUTING says when to run it again.

#![allow(clippy::print_stdout, reason = "a program of its own, whose output this is")]

mod market;
mod record;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use fourcast::features::{InputSet, Target, Unit};
use fourcast::model::{Config, fit_pool, save};
use fourcast::nn::init::RecurrentInit;
use fourcast::nn::{Activation, CellKind, Loss, Topology};
use fourcast::prices::PriceSeries;
use rayon::prelude::*;

#[derive(Parser)]
struct Args {
    /// Folder to write to
    #[arg(long, default_value = "data/pretrained")]
    folder: PathBuf,
    /// Number of simulated series
    #[arg(long, default_value_t = 2400)]
    series: usize,
    /// Days of each series
    #[arg(long, default_value_t = 1500)]
    days: usize,
    /// Optimiser steps
    #[arg(long, default_value_t = 24000)]
    steps: usize,
    /// Batch size
    #[arg(long, default_value_t = 128)]
    batch_size: usize,
    /// Peak learning rate
    #[arg(long, default_value_t = 3e-3)]
    learning_rate: f64,
    /// Seed of the markets and of the training
    #[arg(long, default_value_t = 4)]
    seed: u64,
    /// Cells to train
    #[arg(long, value_delimiter = ',', default_value = "lstm,gru,rnn")]
    cells: Vec<String>,
}

fn main() -> Result<()> {
    pretrain(&Args::parse())
}

fn pretrain(args: &Args) -> Result<()> {
    let seeds = (0..args.series as u64).into_par_iter();
    let markets: Vec<PriceSeries> = seeds.map(|k| market::simulate(args.days, (args.seed << 32) + k)).collect();
    println!("{} series of {} days", args.series, args.days);
    for (cell, name) in [(CellKind::Lstm, "lstm"), (CellKind::Gru, "gru"), (CellKind::Rnn, "rnn")] {
        if !args.cells.iter().any(|wanted| wanted == name) {
            continue;
        }
        for (set, inputs) in [(InputSet::Ohlc, "ohlc"), (InputSet::Close, "close")] {
            let windows = args.steps * args.batch_size;
            let passes = windows.div_ceil(args.series * (args.days - 34)).max(1);
            let config = config(cell, set, passes, args);
            let (mut pretrained, step_time) = fit_pool(&markets, &config, windows / passes)?;
            pretrained.card.training.series = format!("{} simulated markets", args.series);
            let path = args.folder.join(format!("{name}-{inputs}.safetensors"));
            save(&pretrained, &path)?;
            println!(
                "{}: loss {:.5}, {:.1} s of training",
                path.display(),
                pretrained.card.losses.train,
                step_time.as_secs_f64()
            );
        }
    }
    Ok(())
}

fn config(cell: CellKind, set: InputSet, epochs: usize, args: &Args) -> Config {
    Config {
        cell,
        activation: Activation::Tanh,
        topology: Topology::ManyToOne,
        recurrent_init: RecurrentInit::Orthogonal,
        inputs: set.for_pretrained(),
        covariates: Vec::new(),
        target: Target::Return,
        unit: if set == InputSet::Close { Unit::CloseVolatility } else { Unit::BarVolatility },
        autocorrelation: true,
        close_location: true,
        loss: Loss::StudentT,
        window: 4,
        horizon: 30,
        output_horizons: vec![1, 2, 3, 5, 10, 20, 30],
        hidden: 16,
        layers: 1,
        ensemble: 3,
        dropout: 0.0,
        teacher_forcing: 0.0,
        epochs,
        batch_size: args.batch_size,
        learning_rate: args.learning_rate,
        patience: 0,
        valid_fraction: 0.0,
        seed: args.seed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_bytes() {
        let made = |seed: &str| {
            let folder = tempfile::tempdir().unwrap();
            let small = "--series 6 --days 150 --steps 12 --batch-size 16 --cells gru";
            let options = small.split(' ').chain(["--seed", seed, "--folder", folder.path().to_str().unwrap()]);
            pretrain(&Args::parse_from(std::iter::once("pretrain").chain(options))).unwrap();
            ["gru-ohlc", "gru-close"]
                .map(|name| std::fs::read(folder.path().join(format!("{name}.safetensors"))).unwrap())
        };
        let one = made("1");
        assert!(one == made("1"), "a second run gave other bytes");
        assert!(one != made("2"), "another seed gave the same bytes");
    }
}
