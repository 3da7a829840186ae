//! Feeds changed model files to the loader, which must return a model or an error, and uses the forecasts of each model
//! as the program does. Nothing may panic, and loading must not take more memory than a small multiple of the file. The
//! fuzzer itself limits the time. Checksums are not compared here (`cfg(fuzzing)`), so that changed files are not
//! refused for that reason.

#![no_main]

use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use fourcast::cli::help::Help;
use fourcast::model::{self, Ahead, ExplainOptions, Forecast, Forecaster, SilentFit, UpdateOptions};
use fourcast::prices::{self, PriceSeries, ReadOptions};
use fourcast::report::{self, CsvRows, Format, ModelCard, Terminal};
use fourcast_fuzz::{Counting, model_file, with_memory};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

/// Bytes of memory per byte of the file: a number of two bytes in the card first becomes a json value.
const MULTIPLE: usize = 128;

/// Bytes of memory that loading any file needs.
const BUFFERS: usize = 4 << 20;

/// Steps of a network times its weights, above which a forecast takes too long to be tried here: the error scale needs
/// the forecasts of hundreds of days.
const MAX_WORK: usize = 1 << 18;

#[global_allocator]
static MEMORY: Counting = Counting;

/// A series with bars and splits, one of closes only, and one too short for a volatility.
static SERIES: LazyLock<Vec<PriceSeries>> = LazyLock::new(|| {
    let read = |name: &str, bytes: &[u8]| {
        let reading = prices::read_bytes(name, bytes, &ReadOptions::default()).expect("the file is good");
        reading.series.into_iter().next().expect("it has a series")
    };
    let aapl = read("aapl.csv", include_bytes!("../../data/aapl.csv"));
    let eurusd = read("eurusd.csv", include_bytes!("../../data/eurusd.csv"));
    vec![aapl.slice(0..400), eurusd.slice(0..300), aapl.slice(390..402)]
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // One change in eight changes bytes, which breaks most files.
    let changed = if seed.is_multiple_of(8) { None } else { model_file::changed(&bytes[..size], seed) };
    match changed.filter(|changed| changed.len() <= max_size) {
        Some(changed) => {
            bytes[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => fuzzer_mutate(bytes, size, max_size),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let (loaded, used) = with_memory(|| model::load_bytes(Path::new("model.safetensors"), bytes));
    let allowed = BUFFERS + MULTIPLE * bytes.len();
    assert!(used <= allowed, "{used} bytes of memory for {} bytes of a file, allowed are {allowed}", bytes.len());
    match loaded {
        Ok(model) => check(&model),
        Err(error) => drop((error.to_string(), error.help())),
    }
});

/// Uses a model as the program does, and checks what every forecast guarantees.
fn check(model: &Forecaster) {
    let card = ModelCard::new(Path::new("model.safetensors"), model);
    for format in [Format::Json, Format::Table] {
        let mut out = Terminal::new(io::sink());
        report::write(&card, format, &mut out, &mut CsvRows::of(false)).expect("a sink takes everything");
    }
    let config = &model.card.config;
    let weights: usize = model.members.iter().map(|member| member.values.len()).sum();
    if weights.saturating_mul(config.window + config.horizon) > MAX_WORK {
        return;
    }
    black_box(model::onnx::export(model, &[0.05, 0.5, 0.95]));
    for series in SERIES.iter() {
        for ahead in [Ahead::Usual, Ahead::Day(5), Ahead::Path(30)] {
            match model.forecast_ahead(series, ahead) {
                Ok(forecast) => check_forecast(&forecast),
                Err(error) => drop((error.to_string(), error.help())),
            }
        }
        match model.explain(series, &ExplainOptions::default()) {
            Ok(explanation) => check_forecast(&explanation.forecast),
            Err(error) => drop((error.to_string(), error.help())),
        }
        match model.update(series, UpdateOptions { epochs: 0, threads: 1 }, &SilentFit) {
            Ok(updated) => drop(black_box(updated)),
            Err(error) => drop((error.to_string(), error.help())),
        }
    }
}

/// Checks that all numbers are finite, and that quantiles do not cross.
fn check_forecast(forecast: &Forecast) {
    for session in 0..forecast.dates.len() {
        assert!(forecast.median(session).is_finite());
        let (lower, upper) = forecast.interval(session, 0.9);
        let (inner_lower, inner_upper) = forecast.interval(session, 0.5);
        assert!(lower.is_finite() && upper.is_finite(), "{lower} to {upper}");
        assert!(lower <= inner_lower && inner_lower <= inner_upper && inner_upper <= upper);
    }
}
