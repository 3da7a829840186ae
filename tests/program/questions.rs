//! Probabilities and quantiles of the predictive distribution.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{config, fitted, with_bars};
use assert_cmd::Command;
use fourcast::features::{InputSet, Target};
use fourcast::model::{Config, Forecast, pretrained_for};
use fourcast::nn::Topology;
use fourcast::prices::{ReadOptions, Source, read};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

const FB: &str = include_str!("../../data/fb.csv");
const COARSE: &str = include_str!("../fixtures/bugs/tick2pc.csv");

/// Returns forecasts of every kind without a price grid: one day, calibrated paths, price levels.
fn forecasts() -> Vec<Forecast> {
    let series = with_bars(800, 71);
    let path = Config { topology: Topology::ManyToMany, horizon: 4, ..config() };
    let price = Config { inputs: InputSet::Close.for_price(), target: Target::Price, ..config() };
    let mut forecasts = vec![pretrained_for(&series).forecast(&series).unwrap()];
    for config in [path, price] {
        let model = fitted(&series, &config).forecaster;
        assert!(model.card.calibration.is_some(), "the recalibration map is part of what is inverted");
        forecasts.push(model.forecast(&series).unwrap());
    }
    forecasts
}

#[test]
fn probabilities_invert_the_quantiles() {
    for forecast in forecasts() {
        let asked = (0..forecast.dates.len(), 1e-6..1.0 - 1e-6);
        let mut runner = TestRunner::deterministic();
        let inverts = |(step, level): (usize, f64)| {
            let price = forecast.quantile(step, level);
            let below = forecast.probability_below(step, price);
            prop_assert!((below - level).abs() < 1e-6, "day {}, {level}: {below} below {price}", step + 1);
            prop_assert!((below + forecast.probability_above(step, price) - 1.0).abs() < 1e-12);
            Ok(())
        };
        runner.run(&asked, inverts).unwrap();
    }
}

#[test]
fn probabilities_fall_as_the_price_rises() {
    for forecast in forecasts() {
        let asked = (0..forecast.dates.len(), -0.5..1.0_f64, 0.0..1e-6_f64);
        let mut runner = TestRunner::deterministic();
        let falls = |(step, from_last, higher): (usize, f64, f64)| {
            let price = forecast.last_close * (1.0 + from_last);
            let [near, far] = [price, price + higher].map(|price| forecast.probability_above(step, price));
            prop_assert!((0.0..=1.0).contains(&near) && far <= near, "{near} above {price}, {far} above it + {higher}");
            Ok(())
        };
        runner.run(&asked, falls).unwrap();
    }
}

#[test]
fn a_model_of_returns_forecasts_no_price_at_or_below_zero() {
    let forecasts = forecasts();
    for price in [0.0, -1.0] {
        assert_eq!(forecasts[0].probability_above(0, price), 1.0);
        assert_eq!(forecasts[0].probability_below(0, price), 0.0);
    }
    assert_eq!(forecasts[0].probability_below(0, 1e300), 1.0);
}

/// On a price grid, a single price has a probability of its own.
#[test]
fn prices_on_a_grid_count_for_neither_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    fs::write(&path, COARSE).unwrap();
    let reading = read(&Source::File(path), &ReadOptions::default()).unwrap();
    let series = reading.only().unwrap();
    let forecast = pretrained_for(series).forecast(series).unwrap();
    assert_eq!(forecast.last_close, 0.38);
    let (above, below) = (forecast.probability_above(0, 0.38), forecast.probability_below(0, 0.38));
    assert!(above > 0.1 && below > 0.1 && above + below < 0.9, "{above} {below}");
    // Between two prices of the grid, the probabilities add up to one.
    let between = [forecast.probability_above(0, 0.384), forecast.probability_below(0, 0.384)];
    assert!((between[0] - above).abs() < 1e-9 && (between[0] + between[1] - 1.0).abs() < 1e-9, "{between:?} {above}");
    for level in [0.01, 0.05, 0.3, 0.5, 0.7, 0.95, 0.99] {
        // Rounded as printed.
        let price: f64 = format!("{:.7e}", forecast.quantile(0, level)).parse().unwrap();
        let [below, up_to] = [forecast.probability_below(0, price), 1.0 - forecast.probability_above(0, price)];
        assert!(below <= level + 1e-9 && level - 1e-9 <= up_to, "{level}: {below} below {price}, {up_to} up to it");
    }
}

fn run(folder: &Path, args: &str) -> Output {
    Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args.split(' ')).output().unwrap()
}

fn stdout(folder: &Path, args: &str) -> String {
    let output = run(folder, args);
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fb.csv"), FB).unwrap();
    folder
}

#[test]
fn answers_are_columns_and_keys_behind_the_others() {
    let folder = folder();
    let asked = "predict fb.csv --pretrained -q --above 28.0,30 --below 27.50 --above 30.0 --quantiles 0.50,0.05";
    let csv = stdout(folder.path(), asked);
    let (header, row) = csv.trim_end().split_once('\n').unwrap();
    let columns = "series,origin,date,last_close,forecast,lower_50,upper_50,lower_90,upper_90,q0.5,q0.05,p_above_28,\
                   p_above_30,p_below_27.5,model,source,calibrated,version,hindsight,trained_on";
    assert_eq!(header, columns);
    let json: Value = serde_json::from_str(&stdout(folder.path(), &format!("{asked} --format json"))).unwrap();
    for (name, cell) in header.split(',').zip(row.split(',')) {
        let value = &json[name];
        let text = if value.is_null() { String::new() } else { value.to_string() };
        assert_eq!(value.as_str().map_or(text, str::to_owned), cell, "{name}");
    }
    assert_eq!((&json["q0.5"], &json["q0.05"]), (&json["forecast"], &json["lower_90"]));
    let number = |name: &str| json[name].as_f64().unwrap();
    assert!(0.0 < number("p_above_30") && number("p_above_30") < number("p_above_28") && number("p_above_28") < 0.5);
    let table = stdout(folder.path(), &format!("{asked} --format table"));
    let shown = format!("  P(close < 27.5)  {:.1} %\n", 100.0 * number("p_below_27.5"));
    assert!(table.contains(&shown) && table.contains("  5 % quantile     26."), "{shown}{table}");
    let value = stdout(folder.path(), "predict fb.csv --pretrained -q --above 28 --format value");
    assert_eq!(value.trim_end(), json["p_above_28"].to_string());
    // The other columns are the same as without questions.
    let plain = stdout(folder.path(), "predict fb.csv --pretrained -q");
    let prices = plain.lines().nth(1).unwrap().split(',').take(9).collect::<Vec<_>>().join(",");
    let made_with = plain.lines().nth(1).unwrap().strip_prefix(&prices).unwrap();
    assert!(row.starts_with(&prices) && row.ends_with(made_with), "{row}\n{plain}");
}

#[test]
fn each_day_of_a_path_and_each_series_has_its_answer() {
    let folder = folder();
    fs::write(folder.path().join("p.csv"), COARSE).unwrap();
    let train = "train fb.csv -q --topology many-to-many --horizon 3 --epochs 1 -m path.st";
    stdout(folder.path(), train);
    let probabilities = |args: &str| -> Vec<f64> {
        let rows = stdout(folder.path(), &format!("predict -q -m path.st --above 28 --format value {args}"));
        rows.lines().map(|row| row.parse().unwrap()).collect()
    };
    assert_eq!(probabilities("fb.csv").len(), 3);
    let both = probabilities("fb.csv p.csv");
    assert_eq!(both[..3], probabilities("fb.csv"));
    assert!(both[3..].iter().all(|above| *above < 1e-6), "a price of 0.38: {both:?}");
    let table = stdout(folder.path(), "predict fb.csv -q -m path.st --above 28 --quantiles 0.05 --format table");
    let header = table.lines().nth(1).unwrap();
    assert!(header.ends_with("  5 % quantile  P(close > 28)"), "{table}");
    assert!(table.lines().skip(2).all(|line| line.ends_with(" %") && line.len() == header.len()), "{table}");
}

#[test]
fn weeks_have_answers_too() {
    let folder = tempfile::tempdir().unwrap();
    let start = jiff::civil::date(2015, 1, 2);
    let row = |(week, line): (i64, &str)| {
        let date = start.saturating_add(jiff::Span::new().days(7 * week));
        format!("{date},{}\n", line.split(',').nth(4).unwrap())
    };
    let rows: String = (0..).zip(FB.lines().skip(1)).map(row).collect();
    fs::write(folder.path().join("w.csv"), format!("Date,Close\n{rows}")).unwrap();
    let json = stdout(folder.path(), "predict w.csv -q --frequency weekly --above 27.78 --format json");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!((0.4..0.6).contains(&json["p_above_27.78"].as_f64().unwrap()), "{json}");
}

#[test]
fn what_is_no_price_or_no_level_is_named() {
    let folder = folder();
    for (asked, messages) in [
        ("--above x", "invalid value 'x' for '--above <PRICE>': expected a price, for example 450"),
        ("--below NaN", "invalid value 'NaN' for '--below <PRICE>'"),
        ("--above 1,000", "invalid value '000' for '--above <PRICE>': a price has no zeros before it"),
        ("--quantiles 0", "invalid value '0' for '--quantiles <LEVELS>': a level is a number between 0 and 1"),
        ("--quantiles 0.5,1", "invalid value '1' for '--quantiles <LEVELS>'"),
        ("--quantiles NaN", "invalid value 'NaN' for '--quantiles <LEVELS>'"),
        ("--quantiles x", "invalid value 'x' for '--quantiles <LEVELS>'"),
        ("--quantiles 5", "for 5 % pass 0.05"),
        ("--above 28 --below 28 --format value", "--above, --below and --quantiles ask for 2: pass one of them"),
    ] {
        let output = run(folder.path(), &format!("predict fb.csv --pretrained {asked}"));
        let stderr_text = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{asked}");
        assert!(stderr_text.contains(messages), "{asked}: {stderr_text}");
    }
    let output = run(folder.path(), "predict fb.csv --pretrained -q --quantiles 1e-300");
    let stderr_text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr_text.contains(" quantile of the price is 0, expected") && stderr_text.contains("help: pass --quantiles"),
        "{stderr_text}"
    );
}

/// The outcome of a test day, the price on its origin, and the levels and prices of its quantiles.
type TestDay = (f64, f64, Vec<(f64, f64)>);

/// Parses the rows of `--forecasts`.
fn test_days(text: &str) -> Vec<TestDay> {
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let day = |row: &str| {
        let cells: Vec<&str> = row.split(',').collect();
        let number = |column: usize| cells[column].parse::<f64>().unwrap();
        let columns = (0..header.len()).filter(|column| header[*column].starts_with('q'));
        let quantiles = columns.map(|column| (header[column][1..].parse().unwrap(), number(column)));
        (number(2), number(3), quantiles.collect())
    };
    text.lines().skip(1).map(day).collect()
}

/// Returns the probability below a price, interpolated between quantiles.
fn interpolated(quantiles: &[(f64, f64)], price: f64) -> f64 {
    match quantiles.iter().position(|(_, quantile)| *quantile >= price) {
        Some(0) => 0.0,
        None => 1.0,
        Some(k) => {
            let ((p0, q0), (p1, q1)) = (quantiles[k - 1], quantiles[k]);
            p0 + (price - q0) / (q1 - q0) * (p1 - p0)
        }
    }
}

#[test]
fn a_backtest_scores_probabilities_of_moves() {
    let folder = folder();
    let walk = "backtest fb.csv -q --test-days 60 --refit-every 60 --baselines ewma,gjr --brier +1%,-2%,0 --brier +1%";
    let json = stdout(folder.path(), &format!("{walk} --forecasts days.csv --format json"));
    let json: Value = serde_json::from_str(&json).unwrap();
    let days = test_days(&fs::read_to_string(folder.path().join("days.csv")).unwrap());
    let brier = json["brier"].as_array().unwrap();
    assert_eq!(brier.iter().map(|event| event["event"].as_str().unwrap()).collect::<Vec<_>>(), ["+1%", "-2%", "0%"]);
    for (event, (change, above)) in brier.iter().zip([(0.01, true), (-0.02, false), (0.0, true)]) {
        let bound = |naive: f64| naive * (1.0 + change);
        let came = |(actual, naive, _): &TestDay| {
            let beyond = if above { *actual > bound(*naive) } else { *actual < bound(*naive) };
            f64::from(u8::from(beyond))
        };
        let probability = |(_, naive, quantiles): &TestDay| {
            let below = interpolated(quantiles, bound(*naive));
            if above { 1.0 - below } else { below }
        };
        let mean = |of: &dyn Fn(&TestDay) -> f64| days.iter().map(of).sum::<f64>() / 60.0;
        let number = |place: &str| event.pointer(place).unwrap().as_f64().unwrap();
        assert_eq!(event["days"], 60);
        assert!((number("/frequency") - mean(&came)).abs() < 1e-7, "{event}");
        let expected = mean(&probability);
        assert!((number("/model/mean_probability") - expected).abs() < 0.01, "{expected} {event}");
        let expected = mean(&|day| (probability(day) - came(day)).powi(2));
        assert!((number("/model/score") - expected).abs() < 0.01, "{expected} {event}");
        let skill = 1.0 - number("/model/score") / number("/baselines/naive/score");
        assert!((number("/model/skill") - skill).abs() < 1e-6 && number("/baselines/naive/skill") == 0.0, "{event}");
        for baseline in ["ewma", "gjr"] {
            let place = |what: &str| number(&format!("/baselines/{baseline}/{what}"));
            assert!((0.0..0.5).contains(&place("score")) && (0.0..0.7).contains(&place("mean_probability")), "{event}");
        }
    }
    let table = stdout(folder.path(), &format!("{walk} --format table"));
    let shown = format!("P(move < -2%): came on {:.1} % of 60 days", 100.0 * brier[1]["frequency"].as_f64().unwrap());
    assert!(table.contains(&shown) && table.lines().all(|line| line.chars().count() <= 80), "{shown}\n{table}");
    let csv = stdout(folder.path(), &format!("{walk} --format csv"));
    let header = csv.lines().next().unwrap();
    assert!(
        header.contains(
            "fallback_days,clark_west_finding_of_model,brier_+1%,mean_probability_+1%,frequency_+1%,brier_-2%"
        ),
        "{header}"
    );
    assert!(
        header
            .ends_with("direction_base_rate,brier_standard_error_+1%,brier_standard_error_-2%,brier_standard_error_0%"),
        "{header}"
    );
    let without = stdout(folder.path(), &format!("{} --format json", walk.split(" --brier").next().unwrap()));
    assert!(!without.contains("brier"), "{without}");
}

#[test]
fn moves_are_distinguished_from_prices() {
    let folder = folder();
    for (asked, messages) in [
        ("--brier 450", "invalid value '450' for '--brier <MOVES>': expected a move in per cent, with its sign: 450%"),
        ("--brier +2%,x", "invalid value 'x' for '--brier <MOVES>': expected a move in per cent, for example +2%"),
        ("--brier -100%", "expected a move above -100%"),
        ("--above 450", "fourcast backtest --brier +2%,-5%"),
    ] {
        let output = run(folder.path(), &format!("backtest fb.csv {asked}"));
        let stderr_text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{asked}");
        assert!(stderr_text.contains(messages), "{asked}: {stderr_text}");
    }
}
