//! No bit of a forecast depends on later days.

use std::ops::Range;
use std::sync::Mutex;

use crate::common::{config, with_bars};
use fourcast::features::{InputSet, Target, Unit, without_halts};
use fourcast::model::{self, Config, FitOptions, FitProgress, Fitted, Forecast, Forecaster, Path, fit};
use fourcast::nn::train::Epoch;
use fourcast::nn::{CellKind, Loss, Topology};
use fourcast::prices::{Events, PastColumn, PriceSeries};

/// Returns the series with very different prices on some days.
fn changed(series: &PriceSeries, days: Range<usize>) -> PriceSeries {
    let mut series = series.clone();
    let range = series.range.as_mut().unwrap();
    for day in days {
        let factor = if day % 2 == 0 { 3.0 } else { 0.4 };
        series.close[day] *= factor;
        series.adjusted[day] *= factor * factor;
        range.open[day] *= 1.5;
        range.high[day] *= 4.0;
        range.low[day] /= 4.0;
        series.volume.as_mut().unwrap()[day] = 1.0;
    }
    series
}

/// Returns a small configuration of every kind of model.
fn configs() -> Vec<Config> {
    let returns = [InputSet::Close, InputSet::Ohlc].map(|set| (set.for_return(), Target::Return));
    let prices = [InputSet::Close, InputSet::Ohlc].map(|set| (set.for_price(), Target::Price));
    let mut configs = Vec::new();
    for (inputs, target) in returns.into_iter().chain(prices) {
        for loss in [Loss::StudentT, Loss::Mse] {
            for horizon in [1, 5] {
                configs.push(Config { inputs: inputs.clone(), target, loss, horizon, ..config() });
            }
        }
    }
    // The inputs and units of the pretrained networks.
    let bars = InputSet::Ohlc.for_pretrained();
    configs.push(Config { inputs: bars, unit: Unit::BarVolatility, ..config() });
    configs.push(Config { inputs: InputSet::Close.for_pretrained(), ..config() });
    let all = InputSet::All.for_return();
    for cell in CellKind::ALL {
        let path = Config { cell, topology: Topology::ManyToMany, horizon: 3, ..config() };
        configs.push(Config { topology: Topology::OneToMany, window: 1, inputs: all.clone(), ..path.clone() });
        configs.push(path);
        configs.push(Config { cell, inputs: all.clone(), ..config() });
    }
    configs
}

const LEVELS: [f64; 5] = [0.01, 0.25, 0.5, 0.75, 0.99];

/// Returns all numbers of a forecast, as bits.
fn bits(forecast: &Forecast) -> Vec<u64> {
    let steps = 0..forecast.dates.len();
    let quantiles = steps.clone().flat_map(|step| LEVELS.map(|p| forecast.quantile(step, p)));
    let medians = steps.map(|step| forecast.median(step));
    quantiles.chain(medians).chain([forecast.last_close]).map(f64::to_bits).collect()
}

/// Returns the bits of the prices of a path from a day of a frame.
fn price_bits(model: &Forecaster, series: &PriceSeries, day: usize, path: &Path) -> Vec<u64> {
    let frame = model.frame(series);
    let price = |moved: f64| frame.quote_after(day, moved);
    let steps = 0..path.horizons().count();
    let quantiles = steps.clone().flat_map(|step| LEVELS.map(|p| price(path.quantile(step, p))));
    let medians = steps.map(|step| price(path.median(step)));
    quantiles.chain(medians).chain([series.close[day]]).map(f64::to_bits).collect()
}

#[test]
fn no_later_row_changes_a_forecast() {
    let series = with_bars(300, 21);
    let days = series.len();
    for config in configs() {
        let model = crate::common::fitted(&series.slice(0..200), &config).forecaster;
        let origins: Vec<usize> = vec![33, 34, 63, 100, 199, 200, 250, 298];
        let at_once = model.paths(&model.frame(&series), 33..299);
        for origin in origins {
            let distribution = &at_once[origin - 33];
            let place = format!("{:?} {:?} origin {origin}", config.inputs, config.loss);
            let later = changed(&series, origin + 1..days);
            let known = model.forecast(&series.slice(0..origin + 1)).unwrap();
            let with_later = model.forecast(&later.slice(0..origin + 1)).unwrap();
            assert_eq!(bits(&known), bits(&with_later), "{place}: rows cut off");
            assert_eq!(known.dates, with_later.dates, "{place}");

            let beside_later = &model.paths(&model.frame(&later), origin..origin + 1)[0];
            assert_eq!(bits(&known), price_bits(&model, &later, origin, beside_later), "{place}: rows present");
            assert_eq!(bits(&known), price_bits(&model, &series, origin, distribution), "{place}: all origins at once");

            let today = changed(&series, origin..origin + 1).slice(0..origin + 1);
            assert_ne!(bits(&known), bits(&model.forecast(&today).unwrap()), "{place}: the last row counts");
        }
    }
}

/// A forecast from a long series computes only the inputs of the days that it depends on, and reads no others.
#[test]
fn a_forecast_reads_no_input_that_it_has_not_computed() {
    let fine = with_bars(1000, 27);
    let mut coarse = fine.clone();
    for day in 0..1000 {
        coarse.close[day] = (coarse.close[day] / 2.0).round() * 2.0;
        coarse.adjusted[day] = coarse.close[day];
    }
    for series in [fine, coarse] {
        let fitted = crate::common::fitted(&series.slice(0..200), &Config { horizon: 5, ..config() }).forecaster;
        for model in [fitted, fourcast::model::pretrained_for(&series)] {
            for origins in [999..1000, 940..1000] {
                let paths = [model.frame(&series), model.frame_for(&origins, &series)]
                    .map(|frame| model.paths(&frame, origins.clone()));
                for (day, (all, some)) in origins.zip(paths[0].iter().zip(&paths[1])) {
                    let [all, some] = [all, some].map(|path| price_bits(&model, &series, day, path));
                    assert_eq!(all, some, "day {day}");
                    assert!(some.iter().all(|bits| f64::from_bits(*bits).is_finite()));
                }
            }
        }
    }
}

/// Past columns are used up to the origin, values known ahead up to 30 days after it.
#[test]
fn no_later_covariate_changes_a_forecast() {
    let plain = with_bars(300, 26);
    let (origin, values) =
        (250, |factor: f64| -> Vec<f64> { (0..300).map(|day| factor * f64::from(day % 13 + 1)).collect() });
    let with = |past: Vec<f64>, ahead: Vec<f64>| {
        let mut series = plain.clone();
        series.covariates.past = vec![PastColumn { name: "x".into(), values: past }];
        let days = series.dates.iter().copied().zip(ahead).collect();
        series.add_events(&Events { name: "e".into(), days }, None);
        series
    };
    let series = with(values(1.0), values(2.0));
    let config = Config { covariates: series.covariates.list(), epochs: 2, ..config() };
    let model = crate::common::fitted(&series.slice(0..200), &config).forecaster;
    let forecast = |series: &PriceSeries| bits(&model.forecast(&series.slice(0..origin + 1)).unwrap());
    let later = |column: Vec<f64>, from: usize| -> Vec<f64> {
        column.into_iter().enumerate().map(|(day, value)| if day >= from { -9.0 * value } else { value }).collect()
    };
    let known = forecast(&series);
    assert_eq!(known, forecast(&with(later(values(1.0), origin + 1), later(values(2.0), origin + 31))));
    assert_ne!(known, forecast(&with(later(values(1.0), origin), values(2.0))));
    assert_ne!(known, forecast(&with(values(1.0), later(values(2.0), origin + 30))));
    let at_once = &model.paths(&model.frame(&series), origin..origin + 1)[0];
    assert_eq!(known, price_bits(&model, &series, origin, at_once));
}

/// Moves on event days are five times as large. Neither the event factor nor a forecast depends on later rows, or on
/// events after those that are read.
#[test]
fn no_later_row_or_event_changes_a_forecast_with_a_factor_of_events() {
    let plain = with_bars(320, 27);
    let events: Vec<usize> = (15..=320).step_by(15).collect();
    let mut series = plain.clone();
    for day in 1..plain.len() {
        let factor = if events.contains(&day) { 5.0 } else { 1.0 };
        let log_return = factor * (plain.close[day] / plain.close[day - 1]).ln();
        series.close[day] = series.close[day - 1] * log_return.exp();
        series.adjusted[day] = series.close[day] / 2.0;
    }
    series.range = None;
    let with = |series: &PriceSeries, events: &[usize]| {
        let mut series = series.clone();
        let day = |row: &usize| (plain.dates[0].saturating_add(jiff::Span::new().days(*row as i64)), 1.0);
        series.add_events(&Events { name: "e".into(), days: events.iter().map(day).collect() }, None);
        series
    };
    let rows = 240;
    let known = with(&series, &events);
    let mut changed = series.clone();
    changed.close[rows..].iter_mut().chain(&mut changed.adjusted[rows..]).for_each(|price| *price *= 3.0);
    let (near, far): (Vec<usize>, Vec<usize>) = events.iter().partition(|day| **day < rows + 30);
    assert!(!far.is_empty());
    let config = Config {
        covariates: known.covariates.list(),
        epochs: 2,
        output_horizons: vec![1, 5, 10],
        horizon: 10,
        ..config()
    };
    let path = Config { topology: Topology::ManyToMany, output_horizons: Vec::new(), horizon: 4, ..config.clone() };
    for config in [config, path] {
        let model = |series: &PriceSeries| crate::common::fitted(&series.slice(0..rows), &config).forecaster;
        let [model, mut other] = [model(&known), model(&with(&changed, &near))];
        assert!((3.0..=8.0).contains(&model.card.event_factors[0]), "{:?}", model.card.event_factors);
        // The hash covers everything that is known ahead, so it differs.
        other.card.training.data_sha256.clone_from(&model.card.training.data_sha256);
        assert_eq!(model.card, other.card);
        // The event factor of the test fit is estimated without the test days.
        let of_test = |series: &PriceSeries| {
            let test = crate::common::fitted(&series.slice(0..rows), &config).test.unwrap();
            (test.days[0].start, test.forecaster.card.event_factors)
        };
        let (first, factors) = of_test(&known);
        let mut other_days = series.clone();
        for day in first + 1..rows {
            other_days.close[day] = other_days.close[day - 1] * if day % 2 == 0 { 1.3 } else { 0.8 };
            other_days.adjusted[day] = other_days.close[day] / 2.0;
        }
        assert_eq!(of_test(&with(&other_days, &events)), (first, factors));
        for origin in [220, rows - 1] {
            let all = origin..origin + 1;
            let bits_of = |series: &PriceSeries| {
                price_bits(&model, series, origin, &model.paths(&model.frame(series), all.clone())[0])
            };
            let part = with(&series.slice(0..origin + 1), &near);
            assert_eq!(bits_of(&known), bits_of(&part), "{origin}");
            assert_eq!(bits_of(&known), bits_of(&with(&changed, &near)), "{origin}");
        }
    }
}

/// Prices with steps of 2 % and trading halts: a forecast made from the file as of a day equals the forecast of that
/// day made from the whole file.
#[test]
fn no_later_row_changes_a_forecast_of_coarse_prices() {
    let mut series = with_bars(400, 24);
    for day in 0..400 {
        series.close[day] = (series.close[day] / 2.0).round() * 2.0;
        series.adjusted[day] = series.close[day] / 2.0;
        if (250..262).contains(&day) {
            let close = series.close[249];
            let range = series.range.as_mut().unwrap();
            (series.close[day], series.adjusted[day]) = (close, close / 2.0);
            (range.open[day], range.high[day], range.low[day]) = (close, close, close);
            series.volume.as_mut().unwrap()[day] = 0.0;
        }
    }
    let traded = without_halts(&series);
    assert_eq!(traded.len(), 388);
    let path = Config { topology: Topology::ManyToMany, horizon: 3, ..config() };
    for config in [config(), Config { horizon: 5, ..config() }, path] {
        let model = crate::common::fitted(&series.slice(0..200), &config).forecaster;
        let at_once = model.paths(&model.frame(&traded), 33..388);
        for origin in [34, 100, 199, 249, 255, 261, 262, 399] {
            let last = if origin < 250 { origin } else { (origin - 12).max(249) };
            let path = &at_once[last - 33];
            let known = model.forecast(&series.slice(0..origin + 1)).unwrap();
            assert_eq!(bits(&known), price_bits(&model, &traded, last, path), "origin {origin}");
            for step in 0..known.dates.len() {
                let steps = LEVELS.map(|p| known.quantile(step, p) / 2.0);
                let on_grid = steps.iter().all(|steps| (steps - steps.round()).abs() < 1e-9);
                assert!(origin < 100 || (on_grid && steps.is_sorted()), "origin {origin}: {steps:?}");
            }
        }
    }
}

/// Returns all quantiles of a path, as bits.
fn moves(path: &Path) -> Vec<u64> {
    path.horizons().enumerate().flat_map(|(step, _)| LEVELS.map(|p| path.quantile(step, p).to_bits())).collect()
}

#[test]
fn many_origins_at_once_do_not_see_each_others_future() {
    let series = with_bars(300, 22);
    for config in configs() {
        let model = crate::common::fitted(&series.slice(0..200), &config).forecaster;
        let later = changed(&series, 180..300);
        let (before, after) = (model.paths(&model.frame(&series), 33..300), model.paths(&model.frame(&later), 33..300));
        let same: Vec<usize> = (33..300).filter(|day| moves(&before[day - 33]) == moves(&after[day - 33])).collect();
        assert_eq!(same, (33..180).collect::<Vec<_>>());
    }
}

fn model_bytes(fitted: &Fitted) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model::save(&fitted.forecaster, &path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn no_later_row_changes_a_fit() {
    let series = with_bars(300, 23);
    for config in configs() {
        let known = crate::common::fitted(&series.slice(0..200), &config);
        let with_later = crate::common::fitted(&changed(&series, 200..300).slice(0..200), &config);
        assert!(model_bytes(&known) == model_bytes(&with_later), "{:?} {:?}", config.inputs, config.loss);
    }
}

/// Records the losses of every epoch of every network.
#[derive(Default)]
struct Losses(Mutex<Vec<(usize, Epoch)>>);

impl FitProgress for Losses {
    fn start(&self, _networks: usize, _epochs: usize, _may_stop_early: bool) {}
    fn epoch(&self, network: usize, epoch: &Epoch) {
        self.0.lock().unwrap().push((network, *epoch));
    }
    fn done(&self, _network: usize, _saved: usize) {}
    fn finish(&self) {}
}

impl Losses {
    /// Returns the training and validation losses of the networks `networks`, as bits.
    fn of(&self, networks: Range<usize>) -> (Vec<u64>, Vec<Option<u64>>) {
        let epochs = self.0.lock().unwrap();
        let of_these = || epochs.iter().filter(|(network, _)| networks.contains(network)).map(|(_, epoch)| epoch);
        let training = of_these().map(|epoch| epoch.train_loss.to_bits()).collect();
        (training, of_these().map(|epoch| epoch.valid_loss.map(f64::to_bits)).collect())
    }
}

fn fit_and_listen(series: &PriceSeries, config: &Config) -> (Fitted, Losses) {
    let losses = Losses::default();
    let fitted = fit(series, config, None, FitOptions { threads: 1, ..FitOptions::default() }, &losses).unwrap();
    (fitted, losses)
}

/// The test fit and the final fit run in one call on the same table of inputs; the losses of both are compared.
#[test]
fn the_test_fit_sees_no_day_of_the_test_and_training_none_of_the_validation() {
    let series = with_bars(300, 24);
    for config in configs() {
        // Without early stopping, training does not depend on the validation windows.
        let config = Config { patience: 0, ..config };
        let (tested, kept) = (0..config.ensemble, config.ensemble..2 * config.ensemble);
        let (fitted, losses) = fit_and_listen(&series, &config);
        let card = fitted.forecaster.card;
        let place = format!("{:?} {:?} horizon {}", config.inputs, config.loss, config.horizon);

        let first_test = series.dates.binary_search(&card.evaluation.unwrap().first).unwrap();
        let (_, other) = fit_and_listen(&changed(&series, first_test + 1..300), &config);
        assert_eq!(losses.of(tested.clone()), other.of(tested), "{place}: days of the test");
        assert_ne!(losses.of(kept.clone()), other.of(kept.clone()), "{place}: the kept fit knows them");

        let first_validation = series.len() - config.horizon - card.training.validation_windows;
        let (other_fit, other) = fit_and_listen(&changed(&series, first_validation + 1..300), &config);
        let ((training, validation), (other_training, other_validation)) = (losses.of(kept.clone()), other.of(kept));
        assert_eq!(training, other_training, "{place}: days of the validation");
        assert_ne!(validation, other_validation, "{place}: the validation knows them");
        let other_card = other_fit.forecaster.card;
        assert_eq!(card.input_scalers, other_card.input_scalers, "{place}");
        assert_eq!(card.target_scaler, other_card.target_scaler, "{place}");
        assert_eq!(card.initial_variance.to_bits(), other_card.initial_variance.to_bits(), "{place}");
    }
}
