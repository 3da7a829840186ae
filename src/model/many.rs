//! Fits one forecaster to many series, for the pretrained networks.

use std::ops::ControlFlow;
use std::time::Duration;

use ndarray::{Axis, concatenate};
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::card::Card;
use super::config::Config;
use super::fit_error::FitError;
use super::forecaster::Forecaster;
use super::horizons::TrainingData;
use super::plan::training_options;
use super::pool::{pooled, training_samples};
use super::requirements::{check_columns, check_positive};
use super::samples::Scales;
use super::spans::{self, Needs};
use super::training::{Losses, Training};
use fourcast_features::{Frame, Scaler};
use fourcast_nn::parameters::Parameters;
use fourcast_nn::train::{Diverged, Outcome, Run, Training as TrainingWindows, train};
use fourcast_nn::{Isa, Network, Samples};
use fourcast_prices::PriceSeries;

/// Fits `config` to all windows of `series` together, each series in units of its own volatility; also returns the
/// training time. An epoch is `windows` windows, drawn at random; none is held out for validation or a test.
///
/// # Errors
/// [`FitError`] if there is no window, a series is unfit for the target, or training diverges.
pub fn fit_pool(series: &[PriceSeries], config: &Config, windows: usize) -> Result<(Forecaster, Duration), FitError> {
    for series in series {
        check_columns(config, series)?;
        check_positive(config, series)?;
    }
    let frames: Vec<Frame> = series.par_iter().map(|series| frame(series, config)).collect();
    let rows: usize = frames.iter().map(Frame::days).sum();
    let pool = Pool::new(config, &frames);
    if pool.samples.is_empty() {
        // All windows are used for training, whatever the validation fraction.
        return Err(FitError::too_few_rows(rows, Needs { valid_fraction: 0.0, ..Needs::of(config) }));
    }
    let diverged =
        |cause| FitError::Diverged { cause, epochs: config.epochs, learning_rate: config.learning_rate, initial: None };
    let jobs = (0..config.ensemble).into_par_iter();
    let trained: Vec<Result<_, Diverged>> = jobs.map(|member| pool.train(config, windows, member)).collect();
    let trained = trained.into_iter().collect::<Result<Vec<_>, _>>().map_err(diverged)?;
    let squares: f64 = frames.iter().map(|frame| frame.mean_square_return(frame.days())).sum();
    let windows = windows.min(pool.samples.len());
    let training = Training::simulated(format!("{} series", series.len()), rows, windows);
    let losses = Losses::of(&trained.iter().map(|(_, outcome)| outcome).collect::<Vec<_>>());
    let initial_variance = squares / frames.len() as f64;
    let card = Card::new(config, pool.input_scalers.clone(), initial_variance, training, losses);
    let step_time = trained.iter().map(|(_, outcome)| outcome.step_time).sum();
    let members = trained.into_iter().map(|(weights, _)| weights).collect();
    let mut forecaster = Forecaster { card, members, file_sha256: None };
    let errors: Vec<f64> = frames.par_iter().filter_map(|frame| baseline_error(&forecaster, frame)).collect();
    forecaster.card.baseline_error = Some(errors.iter().sum::<f64>() / errors.len() as f64);
    Ok((forecaster, step_time))
}

/// Returns the frame of a series in units of its own volatility.
fn frame(series: &PriceSeries, config: &Config) -> Frame {
    let frame = Frame::new(series, config.frame_options(None));
    let ratio = frame.bar_ratio(frame.days()).unwrap_or(1.0);
    frame.with_bar_ratio(ratio)
}

fn baseline_error(forecaster: &Forecaster, frame: &Frame) -> Option<f64> {
    let config = &forecaster.card.config;
    let origins: Vec<usize> = spans::origins(frame.days(), config.window, config.days_to_target()).collect();
    forecaster.standardised_errors(frame, &origins, &forecaster.raw_distributions(frame, &origins)).mean()
}

/// All windows of all series, one series after another.
struct Pool {
    input_scalers: Vec<Scaler>,
    samples: Samples<f32>,
}

impl Pool {
    fn new(config: &Config, frames: &[Frame]) -> Pool {
        let origins = |frame: &Frame| spans::origins(frame.days(), config.window, config.days_to_target());
        let seen = |frame: &Frame| origins(frame).start + 1 - config.window..origins(frame).end;
        let views: Vec<_> = frames.iter().map(|frame| frame.inputs.rows(seen(frame))).collect();
        let input_scalers = match concatenate(Axis(0), &views) {
            Ok(table) => Scaler::fit_columns(table.view()),
            Err(_) => vec![Scaler::IDENTITY; config.input_count()],
        };
        let scales = Scales { inputs: &input_scalers, target: Scaler::IDENTITY };
        let samples = pooled(config, frames.len(), |one| {
            let origins = origins(&frames[one]).collect();
            training_samples(config, &scales, &frames[one], origins, &|_| usize::MAX)
        });
        // This also holds for series of one market.
        let samples = Samples { weights: config.step_weights(TrainingData::Pool), ..samples };
        Pool { input_scalers, samples }
    }

    fn train(&self, config: &Config, windows: usize, member: usize) -> Result<(Parameters<f32>, Outcome), Diverged> {
        // One random stream per member, so that pools with neighbouring seeds have no member in common.
        let mut rng = Pcg64::new(u128::from(config.seed), member as u128);
        let mut indices: Vec<usize> = (0..self.samples.len()).collect();
        indices.shuffle(&mut rng);
        indices.truncate(windows);
        let rows = config.batch_size.min(indices.len());
        let mut network = Network::<f32>::new(config.shape(), rows, Isa::detect());
        let loss = config.loss;
        network.initialize(loss, config.recurrent_init, &mut rng);
        let options = training_options(config, rows);
        let training = TrainingWindows::from(&indices);
        let run = Run { samples: &self.samples, training, validation: &[], loss, options: &options };
        let outcome = train(&mut network, run, &mut rng, |_| ControlFlow::Continue(()))?;
        Ok((network.into_parameters(), outcome))
    }
}
