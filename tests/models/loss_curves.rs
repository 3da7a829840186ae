//! The losses of a fit, epoch by epoch.

use fourcast::model::{Config, FitOptions, Fitted, SilentFit, WhichFit, fit};

use crate::common;

fn curves_of(fitted: &Fitted, fit: WhichFit) -> impl Iterator<Item = &fourcast::model::LossCurve> {
    fitted.loss_curves.iter().filter(move |curve| curve.fit == fit)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn the_kept_epochs_have_the_losses_of_the_card() {
    let series = common::with_bars(300, 5);
    let config = Config { epochs: 6, patience: 2, ..common::config() };
    let fitted = common::fitted(&series, &config);
    let losses = &fitted.forecaster.card.losses;
    let last: Vec<_> = curves_of(&fitted, WhichFit::Final).collect();
    assert_eq!((last.len(), curves_of(&fitted, WhichFit::Test).count()), (config.ensemble, config.ensemble));
    let kept = |values: fn(&fourcast::model::LossCurve) -> &Vec<f64>| {
        mean(last.iter().map(|curve| values(curve)[curve.kept - 1]))
    };
    assert_eq!(kept(|curve| &curve.training), losses.train);
    assert_eq!(Some(kept(|curve| &curve.unseen)), losses.valid);
    assert_eq!(last.iter().map(|curve| curve.training.len()).collect::<Vec<_>>(), losses.epochs);
    assert_eq!(last.iter().map(|curve| curve.kept).collect::<Vec<_>>(), losses.best_epochs);
}

/// Without validation windows, the loss of the test fit is recorded on the test days. Its last value is that of the
/// card.
#[test]
fn the_test_days_are_watched_and_decide_nothing() {
    // Several days ahead, some days lie between those of the training and those of the test.
    for horizon in [1, 5] {
        watched(Config { patience: 1, valid_fraction: 0.0, epochs: 4, horizon, ..common::config() });
    }
}

fn watched(config: Config) {
    let series = common::with_bars(300, 5);
    let options = |watches_test| FitOptions { watches_test, threads: 1, ..FitOptions::default() };
    let watched = fit(&series, &config, None, options(true), &SilentFit).unwrap();
    let blind = fit(&series, &config, None, options(false), &SilentFit).unwrap();
    let weights = |fitted: &Fitted| -> Vec<Vec<f32>> {
        let test = fitted.test.as_ref().map(|test| &test.forecaster);
        let both = test.into_iter().chain([&fitted.forecaster]);
        both.flat_map(|one| &one.members)
            .map(|member| member.values.iter().flat_map(|lanes| lanes.0).collect())
            .collect()
    };
    assert_eq!(weights(&watched), weights(&blind));

    let last = mean(curves_of(&watched, WhichFit::Test).map(|curve| *curve.unseen.last().unwrap()));
    let card = watched.forecaster.card.losses.valid.unwrap();
    assert!((last - card).abs() < 1e-6 * card.abs(), "{last} and {card}");
    assert!(curves_of(&watched, WhichFit::Test).all(|curve| curve.unseen.len() == 4 && curve.kept == 4));
    assert!(curves_of(&watched, WhichFit::Final).chain(&blind.loss_curves).all(|curve| curve.unseen.is_empty()));
}
