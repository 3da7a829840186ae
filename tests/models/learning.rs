//! Networks learn a known relation, find none in noise, and give the same bytes with the same seed.

use std::ops::ControlFlow;

use crate::common::{autoregressive, config, fitted, with_bars};
use fourcast::features::InputSet;
use fourcast::model::{self, Config, Evaluation, FitOptions, SilentFit};
use fourcast::nn::init::RecurrentInit;
use fourcast::nn::loss::{Loss, StudentT};
use fourcast::nn::optimizer::AdamW;
use fourcast::nn::train::{Options, Run, Training, evaluate, train};
use fourcast::nn::{CellKind, Isa, Network, Samples, Shape, Topology};
use fourcast::prices::PriceSeries;
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

const WINDOW: usize = 4;

fn network(loss: Loss, inputs: usize, rows: usize, rng: &mut Pcg64) -> Network<f32> {
    let shape = Shape { inputs, window: WINDOW, hidden: 16, layers: 1, outputs: loss.outputs(), ..Shape::default() };
    let mut network = Network::new(shape, rows, Isa::detect());
    network.initialize(loss, RecurrentInit::Orthogonal, rng);
    network
}

fn options(epochs: usize, batch_size: usize, learning_rate: f64) -> Options {
    Options {
        epochs,
        batch_size,
        learning_rate,
        patience: 0,
        teacher_forcing: 0.0,
        dropout: 0.0,
        clip_norm: 1.0,
        rule: AdamW::default(),
    }
}

/// Trains on the windows `indices`, without validation.
fn train_all(
    network: &mut Network<f32>,
    (samples, indices): (&Samples<f32>, &[usize]),
    loss: Loss,
    options: &Options,
    rng: &mut Pcg64,
) {
    let run = Run { samples, training: Training::from(indices), validation: &[], loss, options };
    train(network, run, rng, |_| ControlFlow::Continue(())).unwrap();
}

/// Returns the point forecast of each window.
fn forecasts(network: &mut Network<f32>, samples: &Samples<f32>, loss: Loss) -> Vec<f64> {
    let indices: Vec<usize> = (0..samples.len()).collect();
    let mut found = Vec::new();
    for indices in indices.chunks(network.rows()) {
        for output in network.forward(samples, indices, loss) {
            let [a0, a1, a2, ..] = output.0.map(f64::from);
            found.push(match loss {
                Loss::Mse => a0,
                Loss::StudentT => StudentT::from_outputs([a0, a1, a2]).mu,
            });
        }
    }
    found
}

fn root_mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let squares: Vec<f64> = values.map(|value| value * value).collect();
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

/// Trains on eight windows of random numbers with targets between -1 and 1; returns the loss and the largest error.
fn overfit(loss: Loss) -> (f64, f64) {
    let mut rng = Pcg64::seed_from_u64(8);
    let mut random = |size: f64| rng.random_range(-size..size) as f32;
    let samples = Samples {
        inputs: Array2::from_shape_simple_fn((8 * WINDOW, 3), || random(1.5)),
        window: WINDOW,
        origins: (0..8).map(|k| WINDOW * (k + 1) - 1).collect(),
        steps: 1,
        targets: (0..8).map(|_| random(1.0)).collect(),
        starts: Vec::new(),
        weights: None,
    };
    let indices: Vec<usize> = (0..8).collect();
    let mut network = network(loss, 3, 8, &mut rng);
    train_all(&mut network, (&samples, &indices), loss, &options(1500, 8, 0.02), &mut rng);
    let errors = forecasts(&mut network, &samples, loss).into_iter().zip(&samples.targets);
    let largest = errors.map(|(forecast, y)| (forecast - f64::from(*y)).abs()).fold(0.0, f64::max);
    (evaluate(&mut network, &samples, &indices, loss), largest)
}

#[test]
fn eight_windows_are_fitted_exactly() {
    let (loss, largest) = overfit(Loss::Mse);
    assert!(loss < 1e-8 && largest < 1e-3, "squared error {loss}, largest error {largest}");

    // The highest possible density is that of the normal distribution with the smallest scale, exp(-3), at its centre.
    let min = 0.5 * (2.0 * std::f64::consts::PI).ln() - 3.0;
    let (loss, largest) = overfit(Loss::StudentT);
    assert!(loss > min && loss < min + 0.01, "loss {loss}, at best {min}");
    assert!(largest < 1e-3, "largest error {largest}");
}

/// Root mean squared errors on windows that were not trained on.
struct Errors {
    network: f64,
    /// The error of phi y_t, the best possible forecast.
    best: f64,
    /// The error of zero as the forecast.
    naive: f64,
    /// The slope of the forecasts over y_t: the network's estimate of phi.
    phi: f64,
}

/// Trains on 3,000 steps of y_{t+1} = phi y_t + e and forecasts 3,000 more.
fn learn_autoregression(loss: Loss, phi: f64, seed: u64) -> Errors {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut y = 0.0;
    let inputs = Array2::from_shape_simple_fn((6000, 1), || {
        let noise: f64 = StandardNormal.sample(&mut rng);
        y = phi * y + noise;
        y as f32
    });
    let origins: Vec<usize> = (WINDOW - 1..5999).collect();
    let targets = origins.iter().map(|origin| inputs[(origin + 1, 0)]).collect();
    let samples = Samples { inputs, window: WINDOW, origins, steps: 1, targets, starts: Vec::new(), weights: None };
    let (training, test): (Vec<usize>, Vec<usize>) = (0..samples.len()).partition(|index| *index < 3000);
    let mut network = network(loss, 1, 64, &mut rng);
    train_all(&mut network, (&samples, &training), loss, &options(15, 64, 1e-2), &mut rng);

    let forecasts = forecasts(&mut network, &samples, loss);
    let target = |index: &usize| f64::from(samples.targets[*index]);
    let last = |index: &usize| f64::from(samples.inputs[(samples.origins[*index], 0)]);
    let along: f64 = test.iter().map(|index| forecasts[*index] * last(index)).sum();
    Errors {
        network: root_mean_square(test.iter().map(|index| target(index) - forecasts[*index])),
        best: root_mean_square(test.iter().map(|index| target(index) - phi * last(index))),
        naive: root_mean_square(test.iter().map(target)),
        phi: along / test.iter().map(|index| last(index).powi(2)).sum::<f64>(),
    }
}

/// The theoretical error is that of the noise, 1. The error of zero as the forecast is 1 / sqrt(1 - phi^2) = 1.25.
#[test]
fn an_autoregression_is_learnt_to_two_percent_of_its_theoretical_error() {
    const PHI: f64 = 0.6;
    for loss in [Loss::Mse, Loss::StudentT] {
        for seed in 1..=3 {
            let errors = learn_autoregression(loss, PHI, seed);
            let place = format!("{loss:?}, seed {seed}");
            assert!((errors.best - 1.0).abs() < 0.03 && errors.naive > 1.2, "{place}: a fair sample");
            let excess = errors.network / errors.best - 1.0;
            assert!(excess < 0.02, "{place}: {excess} above the theoretical error");
            assert!((errors.phi - PHI).abs() < 0.04, "{place}: phi is estimated as {}", errors.phi);
        }
    }
}

fn evaluation(series: &PriceSeries, config: &Config) -> Evaluation {
    fitted(series, config).forecaster.card.evaluation.unwrap()
}

/// Returns the default recipe on closes only, without the separate forecast of the lag-1 autocorrelation, so that the
/// networks must learn it.
fn default_recipe() -> Config {
    Config { hidden: 16, ensemble: 2, epochs: 30, autocorrelation: false, close_location: false, ..config() }
}

/// Returns the error that forecasts with the true phi have on the days of an evaluation.
fn best_possible(series: &PriceSeries, phi: f64, evaluation: &Evaluation) -> f64 {
    let first = series.dates.binary_search(&evaluation.first).unwrap();
    let price = &series.adjusted;
    let errors = (first..first + evaluation.days).map(|day| {
        let last_return = (price[day] / price[day - 1]).ln();
        price[day + 1] - price[day] * (phi * last_return).exp()
    });
    root_mean_square(errors)
}

#[test]
fn prices_whose_returns_follow_an_autoregression_are_forecast_to_two_percent_of_their_error() {
    const PHI: f64 = 0.5;
    for seed in 1..=3 {
        let series = autoregressive(3500, PHI, seed);
        let evaluation = evaluation(&series, &default_recipe());
        let best = best_possible(&series, PHI, &evaluation);
        let excess = evaluation.rmse / best - 1.0;
        // A much smaller error would be a sign of a leak.
        assert!(excess.abs() < 0.02, "seed {seed}: {excess} above the theoretical error");
        assert!(evaluation.ratio() < 0.95, "seed {seed}: {} of the naive error", evaluation.ratio());
    }
}

#[test]
fn a_random_walk_shows_no_skill_and_calibrated_intervals() {
    let evaluations: Vec<Evaluation> =
        (1..=8).map(|seed| evaluation(&autoregressive(1500, 0.0, seed), &default_recipe())).collect();
    for evaluation in &evaluations {
        assert!((0.98..1.02).contains(&evaluation.ratio()), "{} of the naive error", evaluation.ratio());
    }
    let count = evaluations.len() as f64;
    let mean = |of: &dyn Fn(&Evaluation) -> f64| evaluations.iter().map(of).sum::<f64>() / count;

    let skill = mean(&|e| 1.0 - e.ratio());
    let deviation = mean(&|e| (1.0 - e.ratio() - skill).powi(2)).sqrt();
    let standard_error = deviation / (count - 1.0).sqrt();
    assert!(skill < 2.0 * standard_error && skill < 0.002, "skill {skill}, give or take {standard_error}");

    // Eight times 293 days: the standard errors are 0.010 and 0.006, about a third of the tolerances.
    let (half, ninety) = (mean(&|e| e.coverage_50), mean(&|e| e.coverage_90));
    assert!((half - 0.5).abs() < 0.03, "{half} of the days in the 50 % interval");
    assert!((ninety - 0.9).abs() < 0.02, "{ninety} of the days in the 90 % interval");
}

/// A backtest skips the evaluation of its refits.
#[test]
fn a_model_is_the_same_without_its_evaluation() {
    let series = with_bars(600, 5);
    let config = Config { epochs: 2, ensemble: 1, ..config() };
    let model = |evaluates: bool| {
        let options = FitOptions { evaluates, ..FitOptions::default() };
        model::fit(&series, &config, None, options, &SilentFit).unwrap().forecaster
    };
    let (mut evaluated, plain) = (model(true), model(false));
    assert!(evaluated.card.evaluation.take().is_some() && plain.card.evaluation.is_none());
    assert!(plain.card.calibration.is_some());
    let folder = tempfile::tempdir().unwrap();
    let bytes = |model| {
        let path = folder.path().join("m.safetensors");
        model::save(model, &path).unwrap();
        std::fs::read(path).unwrap()
    };
    assert!(bytes(&evaluated) == bytes(&plain));
}

/// Returns the bytes of the model file of a fit.
fn model_bytes(config: &Config, threads: usize) -> Vec<u8> {
    let series = with_bars(300, 5);
    let fitted =
        model::fit(&series, config, None, FitOptions { threads, ..FitOptions::default() }, &SilentFit).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model::save(&fitted.forecaster, &path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn same_seed_same_bytes_whatever_the_threads() {
    let small = Config { inputs: InputSet::Ohlc.for_return(), ensemble: 3, ..config() };
    // Several micro-batches per batch, and every kind of random choice in training.
    let large = Config {
        cell: CellKind::Gru,
        topology: Topology::ManyToMany,
        horizon: 3,
        layers: 2,
        batch_size: 100,
        dropout: 0.3,
        ..small.clone()
    };
    for config in [small, large] {
        let one = model_bytes(&config, 1);
        assert!(one == model_bytes(&config, 1), "a second time");
        for threads in [2, 3] {
            assert!(one == model_bytes(&config, threads), "with {threads} threads");
        }
    }
}

/// Instruction sets with fused multiply-add differ only in the width of registers, which does not change any sum.
#[test]
fn same_weights_on_every_fused_instruction_set() {
    let train_on = |isa: Isa| {
        let mut rng = Pcg64::seed_from_u64(9);
        let shape = Shape { inputs: 5, hidden: 20, layers: 2, outputs: 3, ..Shape::default() };
        let mut network = Network::<f32>::new(shape, 32, isa);
        network.initialize(Loss::StudentT, RecurrentInit::Orthogonal, &mut rng);
        let mut random = |size: f64| rng.random_range(-size..size) as f32;
        let samples = Samples {
            inputs: Array2::from_shape_simple_fn((203, 5), || random(2.0)),
            window: WINDOW,
            origins: (3..203).collect(),
            steps: 1,
            targets: (0..200).map(|_| random(2.0)).collect(),
            starts: Vec::new(),
            weights: None,
        };
        let indices: Vec<usize> = (0..200).collect();
        let options = options(3, 32, 3e-3);
        train_all(&mut network, (&samples, &indices), Loss::StudentT, &options, &mut rng);
        network.into_parameters().values
    };
    let all = Isa::available();
    // On x86-64, the first has no fused multiply-add.
    let fused = &all[usize::from(cfg!(target_arch = "x86_64"))..];
    for pair in fused.windows(2) {
        assert!(train_on(pair[0]) == train_on(pair[1]), "{:?} and {:?}", pair[0], pair[1]);
    }
}

#[test]
fn another_seed_other_weights() {
    let series = with_bars(300, 5);
    let weights = |seed| fitted(&series, &Config { seed, ..config() }).forecaster.members;
    let (four, five) = (weights(4), weights(5));
    assert_ne!(four[0].values, four[1].values, "members of one ensemble");
    for (four, five) in four.iter().zip(&five) {
        assert_ne!(four.values, five.values);
    }
}

/// The coverage of each day ahead equals the one recomputed from the paths of the test fit. Its distributions are not
/// calibrated.
#[test]
fn coverage_is_measured_for_every_day_of_a_path() {
    let series = with_bars(1200, 11);
    let fitted = fitted(&series, &Config { epochs: 1, ..Config::for_series(&series) });
    let evaluation = fitted.forecaster.card.evaluation.unwrap();
    let ahead: Vec<usize> = evaluation.steps.iter().map(|step| step.horizon).collect();
    assert_eq!(ahead, (1..=30).collect::<Vec<_>>());
    let test = fitted.test.unwrap();
    let (frame, origins) = (test.forecaster.frame(&series), test.days[0].clone());
    let paths = test.forecaster.paths_of(&frame, origins.clone(), &ahead);
    for (step, measured) in evaluation.steps.iter().enumerate() {
        let of_level = |level: f64| {
            let known = origins.clone().zip(&paths).filter(|(day, _)| day + ahead[step] < frame.days());
            let inside: Vec<bool> = known
                .map(|(day, path)| {
                    let end = |p: f64| frame.adjusted_after(day, path.quantile(step, p));
                    let close = frame.adjusted(day + ahead[step]);
                    end((1.0 - level) / 2.0) <= close && close <= end((1.0 + level) / 2.0)
                })
                .collect();
            inside.iter().filter(|inside| **inside).count() as f64 / inside.len() as f64
        };
        assert_eq!((measured.raw.level_50, measured.raw.level_90), (of_level(0.5), of_level(0.9)), "{}", ahead[step]);
        assert!(measured.calibrated.is_some_and(|coverage| coverage.level_50.is_finite()));
    }
}
