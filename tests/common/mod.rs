//! Helpers that several tests share: generated prices, and small models trained on them.
#![allow(dead_code, reason = "every test takes what it needs")]

pub mod allocations;

use fourcast::features::{InputSet, Target, Unit};
use fourcast::model::{Config, FitOptions, Fitted, SilentFit, fit};
use fourcast::nn::init::RecurrentInit;
use fourcast::nn::{Activation, CellKind, Loss, Topology};
use fourcast::prices::{Frequency, OpenHighLow, PriceSeries};
use jiff::{ToSpan, civil::date};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

/// Daily volatility of the generated series, typical of a stock.
pub const SIGMA: f64 = 0.015;

/// Returns `days` prices whose log returns follow r_t = phi r_{t-1} + e_t with normal e_t: a random walk if phi is
/// zero.
pub fn autoregressive(days: usize, phi: f64, seed: u64) -> PriceSeries {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (mut price, mut last) = (100.0_f64, 0.0);
    let mut next = || {
        let noise: f64 = StandardNormal.sample(&mut rng);
        last = phi * last + SIGMA * noise;
        price *= last.exp();
        price
    };
    let close: Vec<f64> = (0..days).map(|_| next()).collect();
    PriceSeries {
        name: "made".into(),
        frequency: Frequency::Daily,
        dates: (0..days).map(|day| date(1990, 1, 1) + (day as i64).days()).collect(),
        adjusted: close.clone(),
        close,
        range: None,
        volume: None,
        ..PriceSeries::default()
    }
}

/// Returns `days` prices with bars, volume, and adjusted closes of a later 2:1 split.
pub fn with_bars(days: usize, seed: u64) -> PriceSeries {
    let mut series = autoregressive(days, 0.0, seed);
    let mut rng = Pcg64::seed_from_u64(seed + 1);
    let mut near = |price: f64| price * rng.random_range(-SIGMA..SIGMA).exp();
    let open: Vec<f64> = series.close.iter().map(|close| near(*close)).collect();
    let ends = || open.iter().zip(&series.close);
    let high = ends().map(|(open, close)| open.max(*close) * 1.004).collect();
    let low = ends().map(|(open, close)| open.min(*close) * 0.996).collect();
    series.adjusted.iter_mut().for_each(|price| *price /= 2.0);
    series.volume = Some(series.close.iter().map(|close| 1e6 / close).collect());
    series.range = Some(OpenHighLow { open, high, low });
    series
}

/// Returns the command line that a page shows. Each of its words is an element of the page.
pub fn command_of(page: &str) -> String {
    let shown = page.split_once("<pre><code>").unwrap().1.split_once("</code>").unwrap().0;
    shown.replace("<span class=\"word\">", "").replace("</span>", "")
}

/// Creates a folder with the closes of a series in `p.csv`.
pub fn folder_with(series: &PriceSeries) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date},{close}\n"));
    std::fs::write(folder.path().join("p.csv"), format!("Date,Close\n{}", rows.collect::<String>())).unwrap();
    folder
}

/// Returns a small configuration that forecasts returns with a Student-t distribution, from closes only.
pub fn config() -> Config {
    Config {
        cell: CellKind::Lstm,
        activation: Activation::Tanh,
        topology: Topology::ManyToOne,
        recurrent_init: RecurrentInit::Orthogonal,
        inputs: InputSet::Close.for_return(),
        covariates: Vec::new(),
        target: Target::Return,
        unit: Unit::CloseVolatility,
        autocorrelation: true,
        close_location: true,
        loss: Loss::StudentT,
        window: 4,
        horizon: 1,
        output_horizons: Vec::new(),
        hidden: 4,
        layers: 1,
        ensemble: 2,
        dropout: 0.0,
        teacher_forcing: 0.5,
        epochs: 3,
        batch_size: 32,
        learning_rate: 3e-3,
        patience: 5,
        valid_fraction: 0.15,
        seed: 4,
    }
}

/// Fits on one thread, with the default test fraction.
pub fn fitted(series: &PriceSeries, config: &Config) -> Fitted {
    fit(series, config, None, FitOptions { threads: 1, ..FitOptions::default() }, &SilentFit).unwrap()
}
