//! The page of `--report` and the picture of `--plot`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::command_of;

const FB: &str = include_str!("../../data/fb.csv");
const EXE: &str = env!("CARGO_BIN_EXE_fourcast");
const EVIL: &str = "<script>alert(1)</script>";

fn run(folder: &Path, line: &str) -> Output {
    Command::new(EXE).current_dir(folder).args(line.split_whitespace()).output().unwrap()
}

/// Runs a command that must succeed; returns standard output.
fn done(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    folder
}

/// Returns the prices under some tickers.
fn with_tickers(tickers: &[&str], rows: usize) -> String {
    let mut lines = FB.lines();
    let header = lines.next().unwrap();
    let last: Vec<&str> = lines.collect();
    let last = &last[last.len() - rows..];
    let of_ticker = |ticker: &&str| last.iter().map(|row| format!("{ticker},{row}\n")).collect::<String>();
    format!("Ticker,{header}\n{}", tickers.iter().map(of_ticker).collect::<String>())
}

/// Returns all numbers of a value that are not integers, as json writes them.
fn numbers(value: &Value) -> Vec<String> {
    match value {
        Value::Number(number) if number.is_f64() => vec![number.to_string()],
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        Value::Object(fields) => fields.values().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

#[track_caller]
fn assert_self_contained(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    let lower = page.to_lowercase();
    for request in ["http:", "https:", "src=", "url(", "@import", "<link", "javascript:"] {
        assert!(!lower.contains(request), "{request}");
    }
    assert_eq!(scripts(page), 1);
}

/// Returns the number of scripts in a page. Only that of the arrow keys is allowed.
fn scripts(page: &str) -> usize {
    let own = format!("<script>{}</script>", include_str!("../../src/report/page/script.js"));
    let all = page.to_lowercase().matches("<script").count();
    assert_eq!(page.matches(&own).count(), all);
    all
}

/// The text beside a chart is true for every chart: forecasts of monthly closes are far from them, and the returns
/// forecast from price levels are not near zero.
#[test]
fn the_texts_of_a_chart_do_not_describe_another_picture() {
    let folder = folder_with(&[("fb.csv", FB)]);
    done(folder.path(), &format!("{BACKTEST} --target price --report page.html"));
    let page = read(folder.path(), "page.html");
    let zeros = [">-0.0<", ">-0.00<", ">-0.0000<", "-0.00 %"];
    assert!(zeros.iter().all(|zero| !page.contains(zero)), "a zero has no sign");
    for claim in ["close to zero", "lie on each other", "wide where volatility", "looks convincing"] {
        assert!(!page.contains(claim), "{claim}");
    }
    assert!(page.contains("as wide as the forecast expected the move to be"));
}

const BACKTEST: &str = "backtest fb.csv --test-days 60 --refit-every 60 --epochs 1 --ensemble 1 -q --format json";

/// The page has the same numbers as json: skills, tests, scores and coverage, digit by digit.
#[test]
fn the_numbers_of_a_backtest_are_those_of_json() {
    let folder = folder_with(&[("fb.csv", FB)]);
    let line = format!("{BACKTEST} --report page.html --plot returns.svg --brier +1% --forecasts days.csv");
    let json: Value = serde_json::from_str(&done(folder.path(), &line)).unwrap();
    let page = read(folder.path(), "page.html");
    assert_self_contained(&page);
    let against = json["verdict"]["against"].as_array().unwrap();
    for one in against {
        for what in ["price", "distribution"] {
            for key in ["/skill/value", "/skill/lower", "/skill/upper", "/test/statistic", "/test/p_value"] {
                let number = one[what].pointer(key).unwrap();
                assert!(page.contains(&format!("value=\"{number}\"")), "{what}{key} {number}");
            }
        }
    }
    let baselines = json["baselines"].as_object().unwrap().values();
    for scores in baselines.chain([&json["scores"]]) {
        for key in ["rmse", "mae", "mase", "crps"] {
            assert!(page.contains(&format!("value=\"{}\"", scores[key])), "{key}");
        }
    }
    for level in json["scores"]["levels"].as_array().unwrap() {
        for place in ["/all/coverage", "/by_volatility/low/coverage", "/by_volatility/high/coverage"] {
            assert!(page.contains(&format!("<td>{}</td>", level.pointer(place).unwrap())), "{place}");
        }
    }
    assert!(numbers(&json["scores"]["pit"]["counts"]).iter().all(|count| page.contains(&format!("<td>{count}</td>"))));
    let sentences: Vec<&str> = json["headline"].as_str().unwrap().split_inclusive(". ").map(str::trim).collect();
    assert_eq!(sentences.len(), against.len());
    for sentence in sentences {
        assert_eq!(page.matches(sentence).count(), 1, "{sentence}");
    }
    assert_gains(&page, &json);
    assert_days(&page, &read(folder.path(), "days.csv"));
    assert_eq!(command_of(&page), format!("fourcast {line}"));
    assert!(read(folder.path(), "returns.svg").contains("90 % interval"));
}

/// Each test day has the same prices as in the file of test days, and its return is in the table of the chart of
/// returns.
#[track_caller]
fn assert_days(page: &str, days: &str) {
    let rows: Vec<Vec<&str>> = days.lines().map(|row| row.split(',').collect()).collect();
    let column = |name: &str| rows[0].iter().position(|head| *head == name).unwrap();
    let (actual, naive) = (column("actual"), column("naive"));
    let returns = page.split_once("<caption>fb: returns and prediction intervals</caption>").unwrap().1;
    let returns = returns.split_once("</table>").unwrap().0;
    for row in &rows[1..] {
        // Whole numbers are `28` in the file and `28.0` in json.
        let number = |cell: &&str| format!("<td>{}</td>", Value::from(cell.parse::<f64>().unwrap()));
        let prices: String = row[2..5].iter().map(number).collect();
        assert!(page.contains(&format!("<td>{}</td>{prices}", row[1])), "{row:?}");
        let shown = returns.split_once(&format!("<td>{}</td><td>", row[1])).unwrap().1.split_once('<').unwrap().0;
        let [close, before] = [actual, naive].map(|place| row[place].parse::<f64>().unwrap());
        // The file has no dividends, so the returns can be computed from these prices.
        assert!((shown.parse::<f64>().unwrap() - 100.0 * (close / before).ln()).abs() < 1e-5, "{row:?}");
    }
}

/// The last gain over a baseline is the difference of the mean scores times the number of days.
#[track_caller]
fn assert_gains(page: &str, json: &Value) {
    let table = page.split_once("<caption>Gain on each baseline: quantile score (CRPS)</caption>").unwrap().1;
    let table = table.split_once("</table>").unwrap().0;
    let last = table.rsplit_once("<tr>").unwrap().1;
    let cells: Vec<&str> = last.split("<td>").skip(2).map(|cell| cell.split('<').next().unwrap()).collect();
    let (days, own) = (json["test_days"].as_f64().unwrap(), json["scores"]["crps"].as_f64().unwrap());
    let baselines = json["baselines"].as_object().unwrap();
    assert_eq!(cells.len(), baselines.len());
    for (cell, scores) in cells.iter().zip(baselines.values()) {
        let expected = days * (scores["crps"].as_f64().unwrap() - own);
        assert!((cell.parse::<f64>().unwrap() - expected).abs() < 1e-7, "{cell} and {expected}");
    }
}

#[test]
fn the_numbers_of_a_forecast_are_those_of_json() {
    let folder = folder_with(&[("fb.csv", FB)]);
    let line = "predict fb.csv --pretrained -q --path 5 --levels 0.5,0.975 --above 30 --format json --report page.html";
    let json = done(folder.path(), line);
    let page = read(folder.path(), "page.html");
    assert_self_contained(&page);
    assert_eq!(json.lines().count(), 5);
    for day in json.lines() {
        let day: Value = serde_json::from_str(day).unwrap();
        let cells: String = day
            .as_object()
            .unwrap()
            .iter()
            .skip(1)
            // The table does not contain what a forecast was made with.
            .take_while(|(key, _)| *key != "model")
            .map(|(_, value)| format!("<td>{}</td>", value.to_string().replace('"', "")))
            .collect();
        assert!(page.contains(&cells), "{cells}");
    }
}

/// Returns the numbers of a page that have their full value.
fn full_values(page: &str) -> Vec<f64> {
    let values = page.split("<data value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    values.map(|value| value.parse().unwrap()).collect()
}

/// Returns all numbers of some json objects, including integers.
fn all_numbers(objects: &[Value]) -> Vec<f64> {
    let of = |value: &Value| match value {
        Value::Array(items) => all_numbers(items),
        Value::Object(fields) => all_numbers(&fields.values().cloned().collect::<Vec<_>>()),
        value => value.as_f64().into_iter().collect(),
    };
    objects.iter().flat_map(of).collect()
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the text above the sections.
fn head_of(page: &str) -> String {
    let head = page.split_once("<header>").unwrap().1.split_once("</header>").unwrap().0.replace("</p>", " ");
    head.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect()
}

/// Asserts that the text has the number after `words`, rounded to the digits shown there.
#[track_caller]
fn assert_shown(text: &str, words: &str, number: &Value) {
    let (_, rest) = text.split_once(words).unwrap_or_else(|| panic!("{words} in {text}"));
    let shown =
        rest.split(|letter: char| !letter.is_ascii_digit() && letter != '.').next().unwrap().trim_end_matches('.');
    let decimals = shown.split_once('.').unwrap_or_else(|| panic!("{words} in {text}")).1.len();
    assert!(decimals >= 2);
    assert_eq!(shown, format!("{:.decimals$}", number.as_f64().unwrap()), "{words} in {text}");
}

/// Every number of a page is in its json, in that of `explain` or `train`, or is the ratio of two such numbers.
#[test]
fn every_number_of_a_page_is_one_of_json() {
    let folder = folder_with(&[("fb.csv", FB)]);
    let quiet = "-q --format json";
    let (predict, explain) = (format!("predict fb.csv {quiet}"), format!("explain fb.csv --window 7 {quiet}"));
    let train = format!("train fb.csv --epochs 2 --ensemble 2 {quiet}");
    let mut of_test: Vec<Value> = Vec::new();
    for line in [format!("{BACKTEST} --brier +1% --audit=2"), train.clone(), predict, explain] {
        let mut known = objects(&done(folder.path(), &format!("{line} --report page.html")));
        let page = read(folder.path(), "page.html");
        let head = head_of(&page);
        let (run, is_backtest) = (known[0].clone(), line.starts_with("backtest"));
        if !is_backtest {
            known.extend(objects(&done(folder.path(), "explain fb.csv -q --format json")));
        }
        if line == train {
            // The test is also on the pages of the model's forecasts.
            let [model, naive] = ["test_rmse", "naive_rmse"].map(|key| run[key].as_f64().unwrap());
            let ratio = format!("{:.8}", model / naive).parse::<f64>().unwrap();
            of_test.extend([model.into(), naive.into(), ratio.into(), Value::from(1)]);
        }
        known.extend(of_test.iter().cloned());
        let (known, shown) = (all_numbers(&known), full_values(&page));
        assert!(shown.len() > if line.starts_with("predict") { 0 } else { 8 }, "{line}: {}", shown.len());
        let strays: Vec<&f64> =
            shown.iter().filter(|number| !known.iter().any(|one| (one - **number).abs() < 1e-12)).collect();
        assert!(strays.is_empty(), "{line}: {strays:?}");
        if is_backtest {
            let days = format!("{} days from {} to {}", run["test_days"], run["first_date"], run["last_date"]);
            assert!(head.contains(&days.replace('"', "")), "{head}");
            assert!(head.contains(run["headline"].as_str().unwrap()), "{head}");
            continue;
        }
        let answer = if line.starts_with("explain") { &run["forecasts"][0] } else { &run };
        let date = answer["date"].as_str().unwrap();
        assert_shown(&head, &format!("The forecast for {date} is "), &answer["forecast"]);
        assert_shown(&head, "The last close was ", &answer["last_close"]);
        assert!(head.contains(&format!(" on {}.", answer["origin"].as_str().unwrap())), "{head}");
        for (level, between) in [("50", "50 % interval "), ("90", "90 % interval ")] {
            assert_shown(&head, between, &answer[format!("lower_{level}")]);
            let (_, rest) = head.split_once(between).unwrap();
            assert_shown(rest, " to ", &answer[format!("upper_{level}")]);
        }
    }
}

/// For one day ahead, the chart also shows later days, which are those of `--path`.
#[test]
fn the_fan_of_one_day_is_that_of_a_path() {
    let folder = folder_with(&[("fb.csv", FB)]);
    done(folder.path(), "predict fb.csv --pretrained -q --report page.html");
    let page = read(folder.path(), "page.html");
    let path = done(folder.path(), "predict fb.csv --pretrained -q --path 20");
    let header: Vec<&str> = path.lines().next().unwrap().split(',').collect();
    let prices = header.iter().position(|column| *column == "model").unwrap();
    for row in path.lines().skip(1) {
        let cells: String = row.split(',').take(prices).skip(1).map(|cell| format!("<td>{cell}</td>")).collect();
        assert!(page.contains(&cells), "{cells}");
    }
}

#[test]
fn a_training_run_has_its_losses_epoch_by_epoch() {
    let folder = folder_with(&[("fb.csv", FB)]);
    let line = "train fb.csv --epochs 3 --ensemble 2 -q --format json --report page.html --plot losses.png";
    let json: Value = serde_json::from_str(&done(folder.path(), line)).unwrap();
    let page = read(folder.path(), "page.html");
    assert_self_contained(&page);
    for key in ["train_loss", "valid_loss", "test_rmse", "naive_rmse"] {
        assert!(page.contains(&format!("value=\"{}\"", json[key])), "{key} {}", json[key]);
    }
    let head = "<th scope=\"col\">epoch</th><th scope=\"col\">training, network 1</th>\
                <th scope=\"col\">test, network 1</th>";
    assert!(page.contains(head));
    assert!(["1", "2", "3"].iter().all(|epoch| page.contains(&format!("<tr><td>{epoch}</td><td>"))));
    // Networks that start from trained weights have no validation windows; others do.
    assert!(page.contains("<dt>test days, of the test fit</dt>") && !page.contains("<dt>validation</dt>"));
    assert!(!page.contains("<dt>date column</dt>"), "a column that was not named");
    let random = "train fb.csv --epochs 2 --ensemble 1 --init-from random --date-column Date -q -m random.safetensors \
                  --report random.html";
    done(folder.path(), random);
    let random = read(folder.path(), "random.html");
    assert!(random.contains("<dt>validation</dt>") && !random.contains("<dt>test days, of the test fit</dt>"));
    assert!(random.contains("<dt>date column</dt><dd>Date</dd>"));
    let card = |model: &str| done(folder.path(), &format!("inspect {model} --format table"));
    assert!(card("model.safetensors").contains("  test loss        "), "{}", card("model.safetensors"));
    assert!(card("random.safetensors").contains("  validation loss  "), "{}", card("random.safetensors"));
    assert!(fs::read(folder.path().join("losses.png")).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn names_from_files_are_text() {
    let folder = folder_with(&[("evil.csv", &with_tickers(&[EVIL], 190))]);
    let line = "backtest evil.csv --test-days 60 --refit-every 60 --epochs 1 --ensemble 1 -q --report page.html \
                --plot chart.svg";
    done(folder.path(), line);
    for (name, own) in [("page.html", 1), ("chart.svg", 0)] {
        let text = read(folder.path(), name);
        assert_eq!(scripts(&text), own, "{name}");
        assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{name}");
    }
}

/// There is one section per series, including failed ones, and the contents link to each.
#[test]
fn several_series_are_one_page() {
    let mut text = with_tickers(&["ONE", "TWO"], 120);
    text += "BAD,2013-05-01,x,x,x,x,x,x\n";
    let folder = folder_with(&[("two.csv", &text)]);
    let output = run(folder.path(), "predict two.csv --pretrained -q --report page.html --plot fans.svg");
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let page = read(folder.path(), "page.html");
    assert_self_contained(&page);
    for id in ["series-1", "series-2", "failed-1", "command"] {
        assert!(
            page.contains(&format!("<a href=\"#{id}\">")) && page.contains(&format!("<section id=\"{id}\"")),
            "{id}"
        );
    }
    assert!(page.contains("BAD (failed)") && page.contains("<h1>fourcast predict: 3 series</h1>"));
    assert_eq!(read(folder.path(), "fans.svg").matches("close and forecast").count(), 2);
}

#[test]
fn other_files_are_not_overwritten_and_own_ones_are() {
    let folder =
        folder_with(&[("fb.csv", FB), ("mine.html", "<p>mine</p>"), ("mine.svg", "<svg/>"), ("mine.png", "x")]);
    let predict = "predict fb.csv --pretrained -q";
    for (options, words) in [
        ("--report mine.html", "a text that starts with '<p>mine</p>', expected a page of fourcast"),
        ("--report fb.csv", "expected two files"),
        ("--plot mine.svg", "expected an SVG chart of fourcast"),
        ("--plot mine.png", "expected a PNG chart of fourcast"),
        ("--plot fan.jpg", "ends with .svg or .png"),
        ("--report none/page.html", "none"),
        ("--report a.svg --plot a.svg", "a.svg: a page is a file of HTML, and the name ends with .svg"),
        ("--report a.PDF", "help: name it a.html"),
        ("--output a.csv.gz", "help: name it a.csv"),
        ("--report a.2024.pdf", "help: name it a.2024.html"),
        ("--output a.xlsx", "a.xlsx: results are csv, json or Parquet, and the name ends with .xlsx"),
    ] {
        let output = run(folder.path(), &format!("{predict} {options}"));
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty() && errors.contains(words), "{options}: {errors}");
    }
    assert_eq!(read(folder.path(), "mine.html"), "<p>mine</p>");
    let both = format!("{predict} --report page.html --plot fan.svg");
    for _ in 0..2 {
        done(folder.path(), &both);
        done(folder.path(), &format!("{predict} --plot fan.png"));
    }
    let train = "train fb.csv --epochs 1 --ensemble 1 -q -m new.html --report new.html";
    assert!(!run(folder.path(), train).status.success());
    assert!(!folder.path().join("new.html").exists());
}

/// Two runs write the same bytes, and add only this file to the folder.
#[test]
fn the_same_run_gives_the_same_page() {
    let folder = folder_with(&[("fb.csv", FB)]);
    let line = "train fb.csv --epochs 2 --ensemble 2 -q --report page.html --plot losses.svg --threads";
    done(folder.path(), &format!("{line} 1"));
    let first = ["page.html", "losses.svg"].map(|name| read(folder.path(), name));
    done(folder.path(), &format!("{line} 2"));
    let second = ["page.html", "losses.svg"].map(|name| read(folder.path(), name));
    let threads = |count: u32| format!("--threads</span> <span class=\"word\">{count}<");
    assert_eq!(first[0].replace(&threads(1), &threads(2)), second[0]);
    assert_eq!(first[1], second[1]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}
