//! One model trained on several series.

use crate::common::{config, with_bars};
use fourcast::features::{InputSet, Target, Unit};
use fourcast::model::{
    Config, FitError, FitOptions, FittedSeveral, Forecaster, SilentFit, fit, fit_several, load, save,
};
use fourcast::prices::PriceSeries;

/// Returns three series on the same days; the second ends earlier and the third begins later.
fn universe() -> Vec<PriceSeries> {
    let named = |name: &str, series: PriceSeries| PriceSeries { name: name.into(), ..series };
    vec![
        named("A", with_bars(500, 31)),
        named("B", with_bars(500, 32).slice(0..300)),
        named("C", with_bars(500, 33).slice(150..500)),
    ]
}

/// Returns a configuration with the inputs and units of the pretrained networks.
fn of_bars() -> Config {
    Config { inputs: InputSet::Ohlc.for_pretrained(), unit: Unit::BarVolatility, ..config() }
}

fn fitted(series: &[PriceSeries], config: &Config, threads: usize) -> FittedSeveral {
    let series: Vec<&PriceSeries> = series.iter().collect();
    fit_several(&series, config, None, FitOptions { threads, ..FitOptions::default() }, &SilentFit).unwrap()
}

fn bytes(forecaster: &Forecaster) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    save(forecaster, &path).unwrap();
    assert_eq!(load(&path).unwrap().card, forecaster.card);
    std::fs::read(path).unwrap()
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let several = [1, 2, 5].map(|threads| bytes(&fitted(&universe(), &of_bars(), threads).fitted.unwrap().forecaster));
    assert!(several[0] == several[1] && several[0] == several[2]);
}

#[test]
fn of_one_series_the_model_is_that_of_a_single_fit() {
    let series = with_bars(400, 34);
    let options = FitOptions { threads: 1, ..FitOptions::default() };
    let alone = fit(&series, &of_bars(), None, options, &SilentFit).unwrap();
    let several = fitted(std::slice::from_ref(&series), &of_bars(), 1);
    assert!(bytes(&alone.forecaster) == bytes(&several.fitted.unwrap().forecaster));
    assert!(alone.forecaster.card.training.panel.is_none());
}

/// Changes in any series from the first test day on do not affect the fit that is tested.
#[test]
fn no_day_of_the_test_is_known_from_another_series() {
    let series = universe();
    let before = fitted(&series, &of_bars(), 2).fitted.unwrap();
    let test = before.test.unwrap();
    let first = (0..3).filter(|one| !test.days[*one].is_empty()).map(|one| series[one].dates[test.days[one].start]);
    let first = first.min().unwrap();
    for one in 0..3 {
        let mut changed = series.clone();
        let (mut later, PriceSeries { dates, close, adjusted, range, .. }) = (0, &mut changed[one]);
        for day in 0..dates.len() {
            if dates[day] > first {
                (close[day], adjusted[day]) = (close[day] * 3.0, adjusted[day] * 2.0);
                range.as_mut().unwrap().low[day] /= 4.0;
                later += 1;
            }
        }
        let after = fitted(&changed, &of_bars(), 2).fitted.unwrap().test.unwrap();
        assert_eq!(later > 0, one != 1, "B ends before the test");
        let weights = |fit: &Forecaster| fit.members.iter().map(|member| member.values.clone()).collect::<Vec<_>>();
        assert!(weights(&test.forecaster) == weights(&after.forecaster), "{one}");
        let (own, other) = (&test.forecaster.card, &after.forecaster.card);
        let measured = |card: &fourcast::model::Card| {
            (card.initial_variance, card.bar_ratio, card.baseline_error, card.input_scalers.clone(), card.skew.clone())
        };
        assert_eq!(measured(own), measured(other), "{one}");
        assert_eq!(
            own.training.panel.as_ref().unwrap().bar_ratio_until,
            other.training.panel.as_ref().unwrap().bar_ratio_until
        );
    }
}

#[test]
fn the_card_lists_the_series_and_their_days() {
    let series = universe();
    let model = fitted(&series, &of_bars(), 2).fitted.unwrap().forecaster;
    let training = &model.card.training;
    let panel = training.panel.as_ref().unwrap();
    assert_eq!((training.series.as_str(), training.rows, panel.count), ("3 series", 500 + 300 + 350, 3));
    assert_eq!((training.first, training.last), (Some(series[0].dates[0]), Some(series[0].dates[499])));
    let listed: Vec<_> = panel.series.iter().map(|one| (one.name.as_str(), one.rows, one.last)).collect();
    assert_eq!(listed[1], ("B", 300, Some(series[1].dates[299])));
    let evaluation = model.card.evaluation.as_ref().unwrap();
    let (tested, days) = (evaluation.forecasts.unwrap(), evaluation.days);
    assert!(tested > days && days > 90, "{tested} {days}");
    // Errors are fractions of the last close; prices are about 100.
    assert!((0.005..0.05).contains(&evaluation.naive_rmse), "{}", evaluation.naive_rmse);
    // A series with another name counts as other data.
    let mut renamed = series;
    renamed[2].name = "D".into();
    let other = fitted(&renamed, &of_bars(), 2).fitted.unwrap().forecaster;
    assert_ne!(other.card.training.data_sha256, training.data_sha256);
    assert!(other.members[0].values == model.members[0].values);
}

#[test]
fn a_series_that_was_not_trained_on_is_forecast() {
    let model = fitted(&universe(), &of_bars(), 2).fitted.unwrap().forecaster;
    for rows in [4, 40, 500] {
        let unseen = with_bars(500, 40).slice(0..rows);
        let forecast = model.forecast(&unseen).unwrap();
        let width = (forecast.quantile(0, 0.95) / forecast.quantile(0, 0.05)).ln();
        assert!((0.01..0.2).contains(&width), "{rows}: {width}");
    }
    // Hindsight depends on the days of all series, including those that ended early.
    let past = model.forecast(&with_bars(500, 40).slice(0..400)).unwrap();
    assert!(past.notes.iter().any(|note| note.to_string().contains("hindsight")), "{:?}", past.notes);
}

/// Rows that follow the training do not change the forecast of an earlier day: the bar ratio K is estimated from
/// earlier days.
#[test]
fn no_later_row_changes_a_forecast() {
    let series = universe();
    let early: Vec<PriceSeries> = series.iter().map(|one| one.slice(0..250)).collect();
    let model = fitted(&early, &of_bars(), 2).fitted.unwrap().forecaster;
    for one in [&series[0], &with_bars(500, 41)] {
        let bits = |rows: usize| {
            let path = &model.paths(&model.frame(&one.slice(0..rows)), 420..421)[0];
            [0.05, 0.5, 0.95].map(|p| path.quantile(0, p).to_bits())
        };
        assert_eq!(bits(421), bits(500));
    }
}

#[test]
fn series_that_cannot_be_trained_on_are_left_out() {
    let mut series = universe();
    let good = bytes(&fitted(&series, &of_bars(), 2).fitted.unwrap().forecaster);
    series.insert(1, PriceSeries { range: None, ..with_bars(400, 50) });
    series.insert(0, with_bars(20, 51));
    series.push({
        let mut wrong = with_bars(400, 52);
        wrong.close[7] = -1.0;
        wrong
    });
    let FittedSeveral { fitted, left_out } = fitted(&series, &of_bars(), 2);
    assert!(bytes(&fitted.unwrap().forecaster) == good);
    assert_eq!(left_out.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 2, 5]);
    assert!(matches!(left_out[0].1, FitError::TooFewRows { rows: 20, .. }), "{:?}", left_out[0]);
    let short = with_bars(20, 51);
    let none = fit_several(&[&short, &short], &of_bars(), None, FitOptions::default(), &SilentFit);
    assert!(matches!(none, Ok(FittedSeveral { fitted: None, left_out }) if left_out.len() == 2));
    let levels = Config { target: Target::Price, inputs: InputSet::Close.for_price(), ..config() };
    let refused = fit_several(&[&series[1], &series[3]], &levels, None, FitOptions::default(), &SilentFit);
    assert_eq!(refused.unwrap_err(), FitError::PriceLevels);
}
