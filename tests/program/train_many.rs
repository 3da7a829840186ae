//! Training on several series.

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, with_bars};
use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;

/// Runs a command; returns the exit code, standard output and standard error.
fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("fourcast").unwrap();
    let Output { status, stdout, stderr } = command.current_dir(folder).args(args.split(' ')).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn rows(series: &PriceSeries, ticker: &str) -> String {
    let day = |(date, close): (&jiff::civil::Date, &f64)| format!("{ticker},{date},{close}\n");
    series.dates.iter().zip(&series.close).map(day).collect()
}

/// Creates a long file of four tickers, of which `b/c` is too short, and files of two other series.
fn universe() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let tickers = ["AAA", "aaa", "CON"].map(|name| (name, autoregressive(700, 0.0, 60 + name.len() as u64)));
    let all: String = tickers.iter().map(|(name, series)| rows(series, name)).collect();
    let short = rows(&autoregressive(20, 0.0, 9), "b/c");
    write("good.csv", format!("Ticker,Date,Close\n{all}"));
    write("tickers.csv", format!("Ticker,Date,Close\n{all}{short}"));
    for (name, seed) in [("one", 70), ("other", 71)] {
        let series = autoregressive(700, 0.0, seed);
        let text: String =
            series.dates.iter().zip(&series.close).map(|(day, close)| format!("{day},{close}\n")).collect();
        write(&format!("{name}.csv"), format!("Date,Close\n{text}"));
    }
    folder
}

const FAST: &str = "-q --epochs 1 --ensemble 1";

fn objects(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The failed series has a row. The model equals that of the other series to the byte, and forecasts a ticker that it
/// has not seen.
#[test]
fn one_model_is_trained_on_all_series_that_can_be() {
    let folder = universe();
    let at = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let (code, out, stderr) = run(folder.path(), &format!("train tickers.csv {FAST} --format json"));
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.contains("b/c: 20 rows of prices, expected at least "), "{stderr}");
    assert!(stderr.ends_with("error: 1 of 4 series failed\n"), "{stderr}");
    let rows = objects(&out);
    assert!(rows[0]["series"] == "b/c" && rows[0]["help"].is_string(), "{out}");
    let summary = &rows[1];
    for (key, value) in [
        ("series", Value::from("3 series")),
        ("rows", 2100.into()),
        ("trained_series", 3.into()),
        ("left_out", 1.into()),
    ] {
        assert_eq!(summary[key], value, "{key}");
    }
    let forecasts = summary["test_forecasts"].as_u64().unwrap();
    assert_eq!(forecasts, 3 * summary["test_days"].as_u64().unwrap());
    assert!(summary["naive_rmse"].as_f64().unwrap() < 0.1, "{out}");

    let (code, _, stderr) = run(folder.path(), &format!("train good.csv {FAST} -m good.safetensors --threads 1"));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(at("good.safetensors") == at("model.safetensors"));

    let (code, out, stderr) = run(folder.path(), "predict one.csv --format json --until 1991-12-05");
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "no remark on another series");
    assert!(objects(&out)[0]["forecast"].is_f64());
    let (_, _, stderr) = run(folder.path(), "predict one.csv --until 1990-06-01");
    assert!(stderr.contains("hindsight: the model was trained on days up to 1991-12-01"), "{stderr}");
    let (_, card, _) = run(folder.path(), "inspect model.safetensors --format table");
    assert!(card.contains("3 series, 2,100 rows"), "{card}");
}

/// A series without bars that is too short to train on does not take the bars from the others.
#[test]
fn what_the_networks_read_depends_on_the_series_that_are_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    for (name, seed) in [("one", 80), ("other", 81)] {
        let PriceSeries { dates, close, range, .. } = with_bars(500, seed);
        let range = range.unwrap();
        let row = |day: usize| {
            format!("{},{},{},{},{}\n", dates[day], range.open[day], range.high[day], range.low[day], close[day])
        };
        let text: String = (0..dates.len()).map(row).collect();
        fs::write(folder.path().join(format!("{name}.csv")), format!("Date,Open,High,Low,Close\n{text}")).unwrap();
    }
    fs::write(folder.path().join("a.csv"), "Date,Close\n2024-01-02,10\n2024-01-03,11\n").unwrap();
    let (code, _, stderr) = run(folder.path(), &format!("train one.csv other.csv {FAST} -m alone.st"));
    assert_eq!(code, Some(0), "{stderr}");
    let (code, _, stderr) = run(folder.path(), &format!("train a.csv one.csv other.csv {FAST} -m beside.st"));
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.starts_with("error: a.csv: 2 rows"), "{stderr}");
    let [alone, beside] = ["alone.st", "beside.st"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert!(alone == beside);
}

/// A series that is too short is found after files that cannot be read.
#[test]
fn errors_are_in_the_order_of_the_input() {
    let folder = universe();
    let one = fs::read_to_string(folder.path().join("one.csv")).unwrap();
    let short: String = one.lines().take(20).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("short.csv"), short).unwrap();
    for files in [["short", "none", "one", "gone"], ["none", "short", "gone", "one"]] {
        let (code, out, stderr) = run(
            folder.path(),
            &format!("train {} {FAST} --format json", files.map(|name| format!("{name}.csv")).join(" ")),
        );
        assert_eq!(code, Some(4), "{stderr}");
        let errors: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
        let failed = || files.into_iter().filter(|name| *name != "one");
        assert!(failed().zip(&errors).all(|(name, error)| error.starts_with(name)), "{stderr}");
        let rows = objects(&out);
        assert!(failed().zip(&rows).all(|(name, row)| row["series"] == name), "{out}");
    }
}

#[test]
fn files_are_trained_on_together() {
    let folder = universe();
    let (code, out, stderr) = run(folder.path(), &format!("train one.csv none.csv other.csv {FAST}"));
    assert_eq!(code, Some(4), "{stderr}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].starts_with("series,model,rows,")
            && lines[0].ends_with(",trained_series,left_out,test_forecasts,error")
    );
    assert!(lines[1].starts_with("none,,") && lines[1].ends_with("none.csv: no such file"), "{out}");
    assert!(lines[2].starts_with("2 series,model.safetensors,1400,") && lines.len() == 3, "{out}");
    let (code, out, stderr) = run(folder.path(), &format!("train one.csv other.csv {FAST} --format table"));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(out.contains("% of the last close") || out.contains("of the last close, over "), "{out}");
    assert_eq!(run(folder.path(), &format!("train none.csv no.csv {FAST} -m none.safetensors")).0, Some(1));
    assert!(!folder.path().join("none.safetensors").exists());
}

#[test]
fn what_is_of_one_series_is_refused_before_the_training() {
    let folder = universe();
    for (args, expected) in [
        ("--format value", "error: --format value prints the forecast of one series"),
        ("--target price", "error: several series for a model of price levels, expected one"),
    ] {
        let (code, out, stderr) = run(folder.path(), &format!("train good.csv {FAST} {args}"));
        assert_eq!((code, out.as_str()), (Some(1), ""));
        assert!(stderr.starts_with(expected) && stderr.contains("\n  help: "), "{stderr}");
        assert!(!folder.path().join("model.safetensors").exists());
    }
    // The errors of the files come first.
    let (code, out, stderr) = run(folder.path(), &format!("train none.csv one.csv good.csv {FAST} --format value"));
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let errors: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    assert!(errors[0] == "none.csv: no such file" && errors[1].starts_with("--format value prints the"), "{stderr}");
}

#[test]
fn a_model_of_several_series_has_a_page_and_a_picture() {
    let folder = universe();
    let (code, out, stderr) =
        run(folder.path(), &format!("train good.csv other.csv {FAST} --format json --report m.html --plot m.svg"));
    assert_eq!(code, Some(0), "{stderr}");
    let page = fs::read_to_string(folder.path().join("m.html")).unwrap();
    let has = |id: &str| page.contains(&format!("<section id=\"{id}\""));
    assert!(["losses", "card", "command"].into_iter().all(has) && !has("price"), "{page}");
    let record: serde_json::Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert!(page.contains(&format!("<h1>{}: training of model.safetensors</h1>", record["series"].as_str().unwrap())));
    let picture = fs::read_to_string(folder.path().join("m.svg")).unwrap();
    assert!(picture.contains(": losses by epoch</text>"), "{picture}");
}

/// If some series have no bars, the closes of all series are read.
#[test]
fn bars_are_read_where_all_series_have_them() {
    let folder = universe();
    let series = with_bars(200, 80);
    let range = series.range.as_ref().unwrap();
    let bar = |day: usize| {
        let prices = [range.open[day], range.high[day], range.low[day], series.close[day]];
        format!("{},{}\n", series.dates[day], prices.map(|price| price.to_string()).join(","))
    };
    let text: String = (0..series.len()).map(bar).collect();
    for name in ["bars.csv", "more.csv"] {
        fs::write(folder.path().join(name), format!("Date,Open,High,Low,Close\n{text}")).unwrap();
    }
    let inputs = |files: &str| {
        let (code, _, stderr) = run(folder.path(), &format!("train {files} --epochs 1 --ensemble 1"));
        assert_eq!(code, Some(0), "{stderr}");
        let card = run(folder.path(), "inspect model.safetensors --format json").1;
        (objects(&card)[0]["config"]["unit"].clone(), stderr)
    };
    assert_eq!(inputs("bars.csv more.csv").0, "bar_volatility");
    let (unit, stderr) = inputs("bars.csv one.csv");
    assert_eq!(unit, "close_volatility");
    assert!(stderr.contains("warning: 1 of 2 series have no open, high and low, the first is 'one'"), "{stderr}");
}

/// A series without open, high and low is left out if they are requested, in files of their own and in a file of tickers.
/// Its place is that of other errors.
#[test]
fn a_series_without_requested_bars_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let mut tickers = "Ticker,Date,Open,High,Low,Close\n".to_owned();
    for (name, seed, has_bars) in [("a", 90, true), ("b", 91, false), ("c", 92, true)] {
        let PriceSeries { dates, close, range, .. } = with_bars(300, seed);
        let range = range.unwrap();
        let bar = |day: usize| match has_bars {
            true => format!("{},{},{}", range.open[day], range.high[day], range.low[day]),
            false => ",,".to_owned(),
        };
        let rows: Vec<String> =
            (0..dates.len()).map(|day| format!("{},{},{}\n", dates[day], bar(day), close[day])).collect();
        write(&format!("{name}.csv"), &format!("Date,Open,High,Low,Close\n{}", rows.concat()));
        tickers += &rows.iter().map(|row| format!("{name},{row}")).collect::<String>();
    }
    write("tickers.csv", &tickers);
    let (code, _, stderr) = run(folder.path(), &format!("train a.csv c.csv {FAST} -m expected.st"));
    assert_eq!(code, Some(0), "{stderr}");
    for (files, place) in [("a.csv b.csv c.csv", "b.csv"), ("tickers.csv", "tickers.csv: b")] {
        let train = format!("train {files} {FAST} --features ohlc --format json -m m.st");
        let (code, out, stderr) = run(folder.path(), &train);
        assert_eq!(code, Some(4), "{stderr}");
        let error = format!("{place}: no open, high and low, expected them for features that are computed from them");
        assert!(stderr.starts_with(&format!("error: {error}\n  help: ")), "{stderr}");
        let rows = objects(&out);
        assert_eq!((&rows[0]["series"], &rows[0]["error"]), (&"b".into(), &error.into()));
        assert_eq!((&rows[1]["trained_series"], &rows[1]["left_out"]), (&2.into(), &1.into()));
        // A model of a file of tickers has the names of its columns, and differs in them.
        let [model, expected] = ["m.st", "expected.st"].map(|name| fs::read(folder.path().join(name)).unwrap());
        assert!(files == "tickers.csv" || model == expected, "{files}");
    }
    // No series has them.
    let (code, out, stderr) =
        run(folder.path(), &format!("train b.csv b.csv {FAST} --features ohlc --format json -m none.st"));
    assert_eq!((code, objects(&out).len()), (Some(1), 2), "{stderr}");
    assert!(!folder.path().join("none.st").exists());
}

/// If one of several series is left, it is trained as if it were the only one: with a verdict and a forecast.
#[test]
fn the_only_series_left_has_the_output_of_one_series() {
    let folder = universe();
    let one = fs::read_to_string(folder.path().join("tickers.csv")).unwrap();
    let is_kept = |line: &&str| line.starts_with("Ticker") || line.starts_with("CON") || line.starts_with("b/c");
    let text: String = one.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
    fs::write(folder.path().join("two.csv"), text).unwrap();
    for (files, alone) in [("none.csv one.csv", "one.csv"), ("two.csv", "two.csv --series CON")] {
        let (code, expected, stderr) = run(folder.path(), &format!("train {alone} {FAST} --format json -m m.st"));
        assert_eq!(code, Some(0), "{stderr}");
        let model = fs::read(folder.path().join("m.st")).unwrap();
        let (code, out, stderr) = run(folder.path(), &format!("train {files} {FAST} --format json -m m.st"));
        assert_eq!(code, Some(4), "{stderr}");
        assert!(stderr.ends_with("error: 1 of 2 series failed\n"), "{stderr}");
        let (mut expected, mut rows) = (objects(&expected), objects(&out));
        assert!(rows[0]["error"].is_string() && rows[1]["verdict"].is_object() && rows[1]["forecast"].is_f64());
        for row in [&mut expected[0], &mut rows[1]] {
            let keys = row.as_object_mut().unwrap();
            ["seconds", "windows_per_second"].iter().for_each(|key| drop(keys.remove(*key)));
        }
        assert_eq!(rows[1], expected[0], "{files}");
        assert!(fs::read(folder.path().join("m.st")).unwrap() == model, "{files}");
        let (_, out, _) = run(folder.path(), &format!("train {files} {FAST} --format csv -m m.st"));
        let lines: Vec<&str> = out.lines().collect();
        assert!(lines[0].starts_with("series,model,") && lines[0].contains(",headline,"), "{out}");
        assert_eq!(lines.len(), 3, "{out}");
    }
    // With --format value, an empty line for each line of the other.
    for (args, lines) in [("", 1), (" --topology many-to-many --horizon 3", 3)] {
        let value = |files: &str| run(folder.path(), &format!("train {files} {FAST}{args} --format value -m v.st"));
        let ((code, expected, _), (failed, out, _)) = (value("one.csv"), value("none.csv one.csv"));
        assert_eq!((code, failed, out), (Some(0), Some(4), format!("{}{expected}", "\n".repeat(lines))));
        assert_eq!(expected.lines().count(), lines);
    }
    // Its warnings are its error with --strict.
    let (code, out, stderr) =
        run(folder.path(), &format!("train none.csv one.csv {FAST} --strict --test-fraction 0 --format json -m no.st"));
    let error = "one.csv: the prediction intervals are not calibrated: a test fraction of 0 leaves no days to calibrate \
                 them on";
    assert_eq!((code, &objects(&out)[1]["error"]), (Some(1), &error.into()), "{stderr}");
    assert!(!folder.path().join("no.st").exists());
}

/// A model without calibration is a warning, and an error with `--strict`, for one series and for several.
#[test]
fn strictly_a_model_of_several_series_is_calibrated() {
    let folder = universe();
    let text = "the prediction intervals are not calibrated: a test fraction of 0 leaves no days to calibrate them on";
    for (files, place) in [("one.csv", "one.csv"), ("one.csv other.csv", "2 series")] {
        let train = format!("train {files} --epochs 1 --ensemble 1 --test-fraction 0 -m {}.st", files.len());
        let (code, _, stderr) = run(folder.path(), &format!("{train} --strict"));
        assert_eq!(code, Some(1), "{stderr}");
        assert_eq!(stderr, format!("error: {place}: {text}\n  help: without --strict this is a warning\n"));
        assert!(!folder.path().join(format!("{}.st", files.len())).exists());
        let (code, _, stderr) = run(folder.path(), &train);
        assert_eq!((code, stderr), (Some(0), format!("warning: {place}: {text}\n")));
    }
}

const MODELS: [(&str, &str); 3] =
    [("AAA", "AAA.safetensors"), ("aaa", "aaa~.safetensors"), ("CON", "%43ON.safetensors")];

/// Each model equals that of a separate training run, to the byte, and each series is forecast with its own model.
#[test]
fn each_series_has_a_model_of_its_own() {
    let folder = universe();
    let at = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let (code, out, stderr) = run(folder.path(), &format!("train tickers.csv {FAST} --each --models models/all"));
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.starts_with("error: tickers.csv: b/c: 20 rows of prices, expected at least "), "{stderr}");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("series,model,rows,first_date,") && lines[0].ends_with(",error"), "{out}");
    assert!(!lines[0].contains("seconds") && lines.len() == 5 && lines[4].starts_with("b/c,,,"), "{out}");
    for (place, (ticker, file)) in MODELS.iter().enumerate() {
        assert!(lines[place + 1].starts_with(&format!("{ticker},models/all/{file},700,")), "{out}");
        let alone = format!("train tickers.csv {FAST} --series {ticker} -m alone.safetensors");
        assert_eq!(run(folder.path(), &alone).0, Some(0));
        assert!(at(&format!("models/all/{file}")) == at("alone.safetensors"), "{ticker}");
    }
    assert_eq!(fs::read_dir(folder.path().join("models/all")).unwrap().count(), 3);

    let (code, all, stderr) = run(folder.path(), "predict tickers.csv -q --format json --models models/all");
    assert_eq!(code, Some(4), "{stderr}");
    for ((ticker, file), line) in MODELS.iter().zip(all.lines()) {
        let alone = format!("predict tickers.csv -q --format json --series {ticker} -m models/all/{file}");
        let mut alone = objects(&run(folder.path(), &alone).1);
        let mut one = objects(line);
        // Only runs over several series have this key.
        for row in [&mut one[0], &mut alone[0]] {
            row.as_object_mut().unwrap().remove("warnings");
        }
        assert_eq!(one, alone, "{ticker}");
    }
    let last = objects(all.lines().last().unwrap());
    assert_eq!(last[0]["series"], "b/c");
    let error = last[0]["error"].as_str().unwrap();
    assert_eq!(error, "models/all/b%2Fc~.safetensors: no such file, expected the model of 'b/c'");
    let help = last[0]["help"].as_str().unwrap();
    let typed = "fourcast train tickers.csv --series b/c --each --models models/all";
    assert_eq!(help, format!("train it with: {typed}, or forecast without --models"));
    // The run is repeated over the existing models, with any number of threads.
    let again = format!("train tickers.csv {FAST} --each --models models/all --threads 1");
    assert_eq!(run(folder.path(), &again).1, out);
}

#[test]
fn each_model_is_tested_on_its_series() {
    let folder = universe();
    let train = format!("train good.csv {FAST} --until 1991-10-01 --each --models models");
    assert_eq!(run(folder.path(), &train).0, Some(0));
    let walk = "backtest good.csv -q --baselines naive --test-days 30 --format json";
    let (code, all, stderr) = run(folder.path(), &format!("{walk} --models models"));
    assert_eq!(code, Some(0), "{stderr}");
    for ((ticker, file), line) in MODELS.iter().zip(all.lines()) {
        let alone = run(folder.path(), &format!("{walk} --series {ticker} --model models/{file}")).1;
        let (one, alone) = (&objects(line)[0], &objects(&alone)[0]);
        assert_eq!((&one["series"], &one["skill"]), (&Value::from(*ticker), &alone["skill"]));
        assert!(one["skill"].is_f64(), "{one}");
    }
    assert_eq!(run(folder.path(), "backtest good.csv --models models --model m.safetensors").0, Some(2));
    assert_eq!(run(folder.path(), "backtest good.csv --models models --epochs 1").0, Some(2));
}

#[test]
fn only_models_are_replaced_and_each_file_is_of_its_series() {
    let folder = universe();
    let models = folder.path().join("models");
    fs::create_dir(&models).unwrap();
    fs::write(models.join("AAA.safetensors"), "notes").unwrap();
    let (code, out, stderr) =
        run(folder.path(), &format!("train good.csv {FAST} --each --models models --format json"));
    assert_eq!(code, Some(4), "{stderr}");
    let rows = objects(&out);
    let error = rows[0]["error"].as_str().unwrap();
    assert!(error.starts_with("models/AAA.safetensors: is a text that starts with 'notes'"), "{error}");
    assert_eq!((&rows[1]["series"], &rows[2]["series"]), (&"aaa".into(), &"CON".into()));
    assert_eq!(fs::read(models.join("AAA.safetensors")).unwrap(), b"notes");
    fs::copy(models.join("aaa~.safetensors"), models.join("AAA.safetensors")).unwrap();
    let (code, _, stderr) = run(folder.path(), "predict good.csv --series AAA --models models");
    assert_eq!(code, Some(1));
    assert!(stderr.contains("models/AAA.safetensors: is the model of 'aaa', expected that of 'AAA'"), "{stderr}");
    // Two series with the same name.
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::copy(folder.path().join("one.csv"), folder.path().join("more/one.csv")).unwrap();
    let (code, out, _) =
        run(folder.path(), &format!("train one.csv more/one.csv {FAST} --each --models two --format json"));
    assert_eq!(code, Some(4));
    let error = objects(&out)[1]["error"].as_str().unwrap().to_owned();
    let expected =
        "more/one.csv: a series of one.csv is called 'one' too, and two/one~.safetensors is the model of one of them";
    assert_eq!(error, expected);
    // The name identifies the model, so a second series with that name has none.
    for command in ["predict", "backtest --test-days 60 --baselines naive"] {
        let (code, out, _) = run(
            folder.path(),
            &format!("{command} one.csv more/one.csv --models two --in-sample --format json").replace(
                "predict one.csv more/one.csv --models two --in-sample",
                "predict one.csv more/one.csv --models two",
            ),
        );
        assert_eq!(code, Some(4), "{command}");
        let rows = objects(&out);
        assert_eq!((rows.len(), rows[0].get("error"), &rows[1]["error"]), (2, None, &expected.into()), "{command}");
    }
}

#[test]
fn a_folder_in_the_place_of_a_model_is_to_be_removed() {
    let folder = universe();
    fs::create_dir_all(folder.path().join("models/AAA.safetensors")).unwrap();
    let (code, out, _) = run(folder.path(), &format!("train good.csv {FAST} --each --models models --format json"));
    assert_eq!(code, Some(4));
    let row = &objects(&out)[0];
    assert_eq!(row["error"], "models/AAA.safetensors: is a folder, expected a file");
    assert_eq!(row["help"], "remove that folder, or name another one for the models with --models");
    let (code, out, _) = run(folder.path(), "predict good.csv --models models --format json");
    assert_eq!(code, Some(4));
    let row = &objects(&out)[0];
    assert_eq!(row["error"], "models/AAA.safetensors: is a folder, expected the model of 'AAA'");
    assert!(row["help"].as_str().unwrap().starts_with("remove that folder, then train it with: "), "{row}");
    for option in ["--report p.html", "--plot p.svg"] {
        let (code, _, stderr) = run(folder.path(), &format!("train good.csv {FAST} --each --models models {option}"));
        assert_eq!(code, Some(1));
        assert!(
            stderr.contains("--each trains one of each series")
                && stderr.contains("predict good.csv --models models --"),
            "{stderr}"
        );
    }
}

#[test]
fn a_folder_of_models_is_asked_for_as_one() {
    let folder = universe();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::create_dir(folder.path().join("torn")).unwrap();
    fs::write(folder.path().join("torn/good.safetensors"), "").unwrap();
    let torn = "torn: holds no model of a series that can be read: torn/good.safetensors: is an empty file";
    for (args, code, expected) in [
        ("predict good.csv --models torn", 1, torn),
        ("train good.csv --each", 2, "--models <DIR>"),
        ("train good.csv --models models", 2, "--each"),
        ("train good.csv --each --models models -m m.safetensors", 2, "cannot be used with"),
        ("train good.csv --each --models good.csv", 1, "good.csv: cannot be made a folder"),
        ("train good.csv --each --models models --format value", 1, "--format value prints one forecast, and --each"),
        ("predict good.csv --models none", 1, "none: no such folder, expected a folder of models"),
        ("predict good.csv --models empty", 1, "empty: holds no models"),
        ("predict good.csv --models empty --pretrained", 2, "cannot be used with"),
    ] {
        let (found, out, stderr) = run(folder.path(), args);
        assert_eq!((found, out.as_str()), (Some(code), ""), "{args}: {stderr}");
        assert!(stderr.contains(expected), "{args}: {stderr}");
    }
}

/// A file that is not the model of a series is an error of that series, if the run includes it, and of no other.
#[test]
fn a_series_is_checked_against_its_own_model() {
    let folder = universe();
    let at = |name: &str| folder.path().join("models").join(name);
    assert_eq!(run(folder.path(), &format!("train good.csv {FAST} --each --models models")).0, Some(0));
    let [first, second, _] = MODELS.map(|(_, file)| file);
    fs::write(at("000.safetensors"), "hi").unwrap();
    fs::write(at(first), "hi").unwrap();
    fs::rename(at("000.safetensors"), at("AAAA.safetensors")).unwrap();
    let (code, out, stderr) = run(folder.path(), "predict good.csv -q --models models");
    assert_eq!(code, Some(4), "{stderr}");
    assert!(stderr.starts_with(&format!("error: models/{first}: ")), "{stderr}");
    let help = "remove that file, then train it with: fourcast train good.csv --series ";
    assert!(stderr.contains(help), "{stderr}");
    assert_eq!(out.lines().count(), 4, "{out}");

    // A model of several series is not that of a single series.
    assert_eq!(run(folder.path(), &format!("train good.csv {FAST} -m models/{second}")).0, Some(0));
    let stderr = run(folder.path(), "predict good.csv -q --models models").2;
    assert!(stderr.contains(&format!("models/{second}: is the model of '3 series', expected that of '")), "{stderr}");

    let stderr = run(folder.path(), "predict good.csv -q --models good.csv").2;
    assert!(stderr.starts_with("error: good.csv: is a file, expected a folder of models"), "{stderr}");
}

/// A series that is too short is detected later than one that cannot be read, but its row is at its place in the input.
#[test]
fn rows_of_failed_series_are_in_the_order_of_the_input() {
    let folder = universe();
    let good = rows(&autoregressive(700, 0.0, 71), "GOOD");
    let (short, bad) = (rows(&autoregressive(20, 0.0, 9), "SHORT"), "BAD,1990-01-01,x\nBAD,1990-01-02,y\n");
    let last = rows(&autoregressive(20, 0.0, 10), "LAST");
    fs::write(folder.path().join("p.csv"), format!("Ticker,Date,Close\n{short}{bad}{good}{last}")).unwrap();
    for (format, names) in [("json", "\"series\":\""), ("csv", "")] {
        let args = format!("train p.csv missing.csv one.csv {FAST} --format {format}");
        let (code, out, stderr) = run(folder.path(), &args);
        assert_eq!(code, Some(4), "{stderr}");
        let order = ["SHORT", "BAD", "LAST", "missing", "2 series"];
        let lines: Vec<&str> = out.lines().filter(|line| !line.starts_with("series,")).collect();
        assert_eq!(lines.len(), order.len(), "{out}");
        for (line, name) in lines.iter().zip(order) {
            assert!(line.contains(&format!("{names}{name}")), "{name}: {out}");
        }
    }
}
