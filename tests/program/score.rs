//! `fourcast score`: a ledger, or forecasts of any origin, compared with the actual prices.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

use crate::common::{autoregressive, folder_with};
use crate::made_once::made_once;
use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use serde_json::Value;

pub(crate) fn run(folder: &Path, args: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args.split(' ')).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Runs a command that must succeed; returns its json objects and its messages.
pub(crate) fn json(folder: &Path, args: &str) -> (Vec<Value>, String) {
    let (code, out, stderr) = run(folder, &format!("{args} --format json"));
    assert_eq!(code, Some(0), "{args}: {stderr}");
    (out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), stderr)
}

/// Asserts that two records agree, numbers to a few parts in a hundred thousand, because the file of forecasts has
/// eight digits.
pub(crate) fn assert_alike(one: &Value, other: &Value, place: &str) {
    match (one, other) {
        (Value::Object(ones), Value::Object(others)) => {
            assert_eq!(ones.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>(), "{place}");
            ones.keys().filter(|key| *key != "name").for_each(|key| {
                assert_alike(&one[key], &other[key], &format!("{place}/{key}"));
            });
        }
        (Value::Array(ones), Value::Array(others)) => {
            assert_eq!(ones.len(), others.len(), "{place}");
            (0..ones.len()).for_each(|k| assert_alike(&one[k], &other[k], &format!("{place}/{k}")));
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 5e-5 * a.abs().max(b.abs()).max(1e-3), "{place}: {a} and {b}");
        }
        _ => assert_eq!(one, other, "{place}"),
    }
}

/// Apple's prices have a split and adjusted closes. The scores of a backtest's file are those of the backtest.
#[test]
fn the_forecasts_of_a_backtest_have_its_scores() {
    let folder = tempfile::tempdir().unwrap();
    let prices = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/aapl.csv");
    fs::copy(prices, folder.path().join("aapl.csv")).unwrap();
    for ahead in ["", " --horizon 5"] {
        let walk = format!(
            "backtest aapl.csv -q --until 2006-03-01 --test-days 300 --refit-every 21 --epochs 1 --ensemble 1{ahead}"
        );
        let (tested, _) = json(folder.path(), &format!("{walk} --baselines ewma,egarch --forecasts days.csv"));
        let score = format!("score aapl.csv -q --until 2006-03-01 --forecasts days.csv --baselines ewma,egarch{ahead}");
        let (scored, _) = json(folder.path(), &score);
        let (tested, scored) = (&tested[0], &scored[0]);
        for key in
            ["series", "test_days", "first_date", "last_date", "horizon", "headline", "scores", "baselines", "verdict"]
        {
            assert!(!tested[key].is_null(), "{key}");
            assert_alike(&tested[key], &scored[key], key);
        }
        assert_eq!((&scored["scored"], &scored["pending"], &scored["left_out"]), (&300.into(), &0.into(), &0.into()));
    }
}

/// Number of days that are forecast with `predict --until`.
pub(crate) const DAYS: usize = 56;

/// Creates a folder with a series in `p.csv`, and a ledger of forecasts of each of its last days and of the next day.
pub(crate) fn recorded() -> (tempfile::TempDir, PriceSeries) {
    let series = autoregressive(150 + DAYS, 0.0, 7);
    let folder = folder_with(&series);
    let ledger = made_once("score", || {
        for origin in &series.dates[149..] {
            let predict = format!("predict --pretrained p.csv -q --until {origin} --ledger l.jsonl");
            assert_eq!(run(folder.path(), &predict).0, Some(0));
        }
        fs::read(folder.path().join("l.jsonl")).unwrap()
    });
    fs::write(folder.path().join("l.jsonl"), ledger).unwrap();
    (folder, series)
}

/// Writes the prices of `p.csv` with changed closes.
pub(crate) fn rewrite(folder: &Path, series: &PriceSeries, close: impl Fn(usize) -> f64) {
    let changed = PriceSeries { close: (0..series.len()).map(close).collect(), ..series.clone() };
    fs::copy(folder_with(&changed).path().join("p.csv"), folder.join("p.csv")).unwrap();
}

#[test]
fn a_ledger_is_scored_once_the_days_have_come() {
    let (folder, series) = recorded();
    let score = "score p.csv --ledger l.jsonl --baselines ewma,egarch";
    let (all, stderr) = json(folder.path(), score);
    assert_eq!(stderr, "");
    let one = &all[0];
    assert_eq!((&one["scored"], &one["pending"], &one["repeated"]), (&DAYS.into(), &1.into(), &0.into()));
    assert_eq!(one["next_due"], series.dates[series.len() - 1].tomorrow().unwrap().to_string());
    assert_ne!(one["verdict"]["against"][0]["price"]["finding"], "not_tested");
    let crps = one["scores"]["crps"].as_f64().unwrap();
    assert!((0.005..0.02).contains(&crps), "{crps}");

    // The baselines have the same scores as in a backtest of the same days.
    let (tested, _) = json(
        folder.path(),
        &format!("backtest p.csv -q --test-days {DAYS} --baselines ewma,egarch --init-from random --epochs 1"),
    );
    assert_alike(&tested[0]["baselines"], &one["baselines"], "baselines");

    // Too few days for a verdict, too few for scores, and no days.
    let until = |days: usize| format!("{score} --until {}", series.dates[149 + days]);
    let (few, _) = json(folder.path(), &until(20));
    assert_eq!((&few[0]["scored"], &few[0]["pending"]), (&20.into(), &37.into()));
    let reason = "20 test days, at least 50 needed for a verdict";
    assert_eq!(few[0]["verdict"]["against"][0]["price"]["reason"], reason);
    let (two, _) = json(folder.path(), &until(2));
    assert_eq!(two[0]["headline"], "2 forecasts can be scored, but scores require at least 3");
    let (_, table, _) = run(folder.path(), &format!("{} --format table", until(0)));
    assert_eq!(
        table,
        format!(
            "p: 0 forecasts can be scored, but scores require at least 3\n  57 forecasts not yet due, the first for {}\n",
            series.dates[150]
        )
    );
    let (code, _, stderr) = run(folder.path(), &format!("{} --require-skill 0", until(2)));
    assert_eq!((code, &*stderr), (Some(3), "error: p: 2 forecasts can be scored, but scores require at least 3\n"));
    let (code, out, stderr) = run(folder.path(), &format!("{score} --require-skill 0.5 --format value"));
    assert!(code == Some(3) && stderr.contains("expected better") && out.parse::<f64>().is_err(), "{out}{stderr}");
}

#[test]
fn revised_and_split_adjusted_prices_change_no_score_and_are_named() {
    let (folder, series) = recorded();
    let score = "score p.csv --ledger l.jsonl --baselines ewma";
    let (before, _) = json(folder.path(), score);
    // A vendor that adjusts closes for a split converts all of them to another unit.
    rewrite(folder.path(), &series, |row| series.close[row] / 4.0);
    let (after, stderr) = json(folder.path(), score);
    for key in ["crps", "levels", "pit", "direction"] {
        assert_alike(&before[0]["scores"][key], &after[0]["scores"][key], key);
    }
    // Errors of the price are in another unit, but the skill is the same.
    let [before, after] = [&before, &after].map(|all| &all[0]["verdict"]["against"][0]);
    assert_alike(&before["price"]["skill"], &after["price"]["skill"], "price");
    assert_alike(&before["distribution"], &after["distribution"], "distribution");
    let first = series.dates[150];
    assert!(stderr.contains(&format!("warning: p.csv: l.jsonl: 56 forecasts, of {first} (line 1), ")), "{stderr}");
    assert!(stderr.contains(" and 51 more, were made from closes that these prices no longer have"), "{stderr}");
    // One close before all origins was revised: the forecasts were made from other prices.
    rewrite(folder.path(), &series, |row| series.close[row] * if row == 120 { 1.002 } else { 1.0 });
    let (_, stderr) = json(folder.path(), score);
    assert!(stderr.contains("were made from rows that differ from these prices up to their origins"), "{stderr}");
    // An origin that is no longer a row.
    let text = fs::read_to_string(folder.path().join("p.csv")).unwrap();
    let gone = series.dates[180].to_string();
    fs::write(
        folder.path().join("p.csv"),
        text.lines().filter(|line| !line.starts_with(&gone)).fold(String::new(), |all, line| all + line + "\n"),
    )
    .unwrap();
    let (left, stderr) = json(folder.path(), score);
    assert_eq!((&left[0]["scored"], &left[0]["left_out"], &left[0]["repeated"]), (&55.into(), &1.into(), &0.into()));
    assert!(stderr.contains("was for a day without a row: scored by the next row"), "{stderr}");
    assert!(stderr.contains("is left out: its origin is not a day of these prices"), "{stderr}");
    let (code, _, _) = run(folder.path(), &format!("{score} --strict"));
    assert_eq!(code, Some(1));
}

#[test]
fn the_first_of_a_day_counts_and_each_day_ahead_is_scored_by_itself() {
    let (folder, series) = recorded();
    let (before, _) = json(folder.path(), "score p.csv --ledger l.jsonl --baselines ewma");
    // Later forecasts of the same days, made from other prices.
    rewrite(folder.path(), &series, |row| series.close[row] * if row < 100 { 1.01 } else { 1.0 });
    for origin in &series.dates[190..195] {
        run(folder.path(), &format!("predict --pretrained p.csv -q --until {origin} --ledger l.jsonl --path 2"));
    }
    rewrite(folder.path(), &series, |row| series.close[row]);
    let (after, stderr) = json(folder.path(), "score p.csv --ledger l.jsonl --baselines ewma");
    assert_eq!((after.len(), &after[0]["scored"], &after[0]["repeated"]), (2, &DAYS.into(), &5.into()));
    assert_alike(&before[0]["scores"], &after[0]["scores"], "scores");
    assert_eq!((&after[1]["horizon"], &after[1]["scored"]), (&2.into(), &5.into()));
    assert!(stderr.contains("5 forecasts, of"), "{stderr}");
    let (_, csv, _) = run(folder.path(), "score p.csv --ledger l.jsonl --baselines ewma -q");
    let rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv.as_bytes()).into_records();
    let widths: Vec<usize> = rows.map(|row| row.unwrap().len()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]) && widths.len() == 7, "{csv}");
    assert!(csv.lines().next().unwrap().ends_with(",horizon,scored,pending,next_due,repeated,left_out"), "{csv}");
    let (one, _) = json(folder.path(), "score p.csv --ledger l.jsonl --baselines ewma --horizon 2");
    assert_eq!((one.len(), &one[0]["horizon"]), (1, &2.into()));
    let (code, _, stderr) = run(folder.path(), "score p.csv --ledger l.jsonl --horizon 9");
    assert!(
        code == Some(1) && stderr.contains("no forecast of 'p' 9 rows ahead") && stderr.contains("--horizon"),
        "{stderr}"
    );
}

/// Returns point forecasts of another program: the close of the day before, times a factor.
pub(crate) fn points(series: &PriceSeries, header: &str, row: impl Fn(usize) -> String) -> String {
    (150..series.len()).fold(format!("{header}\n"), |mut text, day| {
        writeln!(text, "{},{}", series.dates[day], row(day)).unwrap();
        text
    })
}

#[test]
fn points_have_the_verdict_on_the_price_alone() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    fs::write(
        folder.path().join("f.csv"),
        points(&series, "date,forecast", |day| format!("{}", series.close[day - 1] * 1.001)),
    )
    .unwrap();
    let (all, stderr) = json(folder.path(), "score p.csv --forecasts f.csv --baselines ewma");
    let one = &all[0];
    assert_eq!((&one["scored"], &*stderr), (&100.into(), ""));
    assert!(
        one["scores"]["crps"].is_null() && one["scores"]["pit"].is_null() && one["baselines"]["ewma"]["crps"].is_null()
    );
    let against = &one["verdict"]["against"][0];
    assert_ne!(against["price"]["finding"], "not_tested");
    assert_eq!(against["distribution"]["finding"], "not_tested");
    assert_eq!(against["distribution"]["reason"], "the forecasts are points without a distribution");
    assert!(against["distribution"]["skill"].is_null());
    let (_, table, _) = run(folder.path(), "score p.csv --forecasts f.csv --baselines ewma --format table");
    assert!(table.contains("the forecasts are points without a distribution"), "{table}");
    assert!(!table.contains("CRPS") && !table.contains("NaN") && !table.contains("volatility"), "{table}");
    // Forecasts equal to the outcomes are reported as a leak.
    fs::write(folder.path().join("f.csv"), points(&series, "date,forecast", |day| format!("{}", series.close[day])))
        .unwrap();
    let (_, stderr) = json(folder.path(), "score p.csv --forecasts f.csv --baselines ewma");
    assert!(stderr.contains("look for a leak"), "{stderr}");
    assert_eq!(run(folder.path(), "score p.csv --forecasts f.csv --require-skill 0.0 -q").0, Some(0));
}

#[test]
fn intervals_are_scored_at_their_levels() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    let of_day =
        |day: usize| [0.98, 0.99, 1.01, 1.02].map(|factor| (series.close[day - 1] * factor).to_string()).join(",");
    fs::write(folder.path().join("f.csv"), points(&series, "date,lower_80,lower_50,upper_50,upper_80", of_day))
        .unwrap();
    let (all, _) = json(folder.path(), "score p.csv --forecasts f.csv --baselines ewma");
    let levels = all[0]["scores"]["levels"].as_array().unwrap();
    assert_eq!((levels.len(), &levels[0]["all"]["level"]), (1, &0.5.into()));
    let (all, _) = json(folder.path(), "score p.csv --forecasts f.csv --baselines ewma --levels 0.8");
    assert_eq!(all[0]["scores"]["levels"].as_array().unwrap().len(), 2);
    // The results of `predict` are such a file.
    run(folder.path(), &format!("predict --pretrained p.csv -q --until {} --path 5 --output r.csv", series.dates[200]));
    let (all, stderr) = json(folder.path(), "score p.csv --forecasts r.csv");
    assert_eq!((all.len(), &all[4]["horizon"], &all[4]["scored"]), (5, &5.into(), &1.into()), "{stderr}");
    let (pending, _) = json(folder.path(), &format!("score p.csv --forecasts r.csv --until {}", series.dates[202]));
    assert_eq!((pending.len(), &pending[4]["pending"], &pending[1]["scored"]), (5, &1.into(), &1.into()));
}

/// The page has the verdict, and charts of everything that the forecasts contain.
#[test]
fn scores_have_a_page_and_a_picture() {
    let series = autoregressive(250, 0.0, 3);
    let folder = folder_with(&series);
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let page_of = |args: &str| {
        let (all, _) = json(folder.path(), &format!("score p.csv -q --baselines ewma {args} --report page.html"));
        (all, fs::read_to_string(folder.path().join("page.html")).unwrap())
    };
    let has = |page: &str, ids: &[&str]| {
        ids.iter().map(|id| page.contains(&format!("<section id=\"{id}\""))).collect::<Vec<_>>()
    };
    let of_distributions = ["intervals", "coverage"];
    let always = ["price", "returns", "skill", "error", "scores", "command"];

    write("f.csv", points(&series, "date,forecast", |day| format!("{}", series.close[day - 1] * 1.001)));
    let (all, page) = page_of("--forecasts f.csv --plot f.svg");
    assert!(has(&page, &always).into_iter().all(|has| has) && has(&page, &of_distributions) == [false; 2], "{page}");
    let headline = all[0]["headline"].as_str().unwrap();
    assert!(headline.split_inclusive(". ").all(|sentence| page.contains(sentence.trim())), "{headline}: {page}");
    assert!(page.contains(">forecasts<") && !page.contains("CRPS (bp)") && !page.contains("quantiles;"), "{page}");
    assert!(!page.contains("NaN") && !page.contains(" % interval</text>"), "{page}");
    let picture = fs::read_to_string(folder.path().join("f.svg")).unwrap();
    assert!(picture.contains("p: returns</text>"), "{picture}");

    let of_day =
        |day: usize| [0.98, 0.99, 1.01, 1.02].map(|factor| (series.close[day - 1] * factor).to_string()).join(",");
    write("f.csv", points(&series, "date,lower_80,lower_60,upper_60,upper_80", of_day));
    let (all, page) = page_of("--forecasts f.csv");
    assert!(has(&page, &of_distributions) == [true; 2] && page.contains("from 4 quantiles"), "{page}");
    let (drawn, scored) = (["80 % interval", "60 % interval"], all[0]["scores"]["levels"].as_array().unwrap());
    assert!(drawn.iter().all(|level| page.contains(level)) && !page.contains("90 % interval"), "{page}");
    let coverage = format!("contained {:.1} %", 100.0 * scored[0]["all"]["coverage"].as_f64().unwrap());
    assert!(page.contains(&coverage), "{coverage}: {page}");

    // Some days ahead have scores, others have none.
    let mut ledger = Vec::new();
    for origin in &series.dates[240..245] {
        let predict = format!("predict --pretrained p.csv -q --until {origin} --path 6 --ledger l.jsonl");
        ledger.push(run(folder.path(), &predict).0);
    }
    assert_eq!(ledger, [Some(0); 5]);
    let (all, page) = page_of("--ledger l.jsonl --plot l.png");
    assert_eq!(all.len(), 6);
    for heading in ["p, the next day", "p, 6 days ahead"] {
        assert!(page.contains(&format!(">{heading}</h2>")), "{heading}: {page}");
    }
    assert!(page.contains("fourcast score: 1 series"), "{page}");
    write(
        "f.csv",
        points(&series, "date,forecast", |day| format!("{}", series.close[day - 1]))
            .lines()
            .take(3)
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let (code, _, stderr) = run(folder.path(), "score p.csv --forecasts f.csv --plot none.svg");
    assert!(code == Some(0) && stderr.contains("none.svg: not written, as no forecasts have scores yet\n"), "{stderr}");
    let (code, _, stderr) = run(folder.path(), "score p.csv --ledger l.jsonl --report l.jsonl");
    assert!(code == Some(1) && stderr.contains("help: "), "{stderr}");
}

/// A script that reads the bare value must not mistake an empty line for one.
#[test]
fn no_value_without_scores() {
    let (folder, series) = recorded();
    for days in [0, 2] {
        let until = series.dates[149 + days];
        let (code, out, stderr) =
            run(folder.path(), &format!("score p.csv --ledger l.jsonl --until {until} --format value"));
        assert!(code == Some(1) && out.is_empty(), "{days}: {out}{stderr}");
        let expected = format!("no value: p: {days} forecasts can be scored, but scores require at least 3\n  help: ");
        assert!(stderr.contains(&expected), "{days}: {stderr}");
    }
}

#[test]
fn several_series_are_scored_from_files_folders_and_tickers() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("prices")).unwrap();
    let mut long = "Ticker,Date,Close\n".to_owned();
    for (name, seed) in [("A", 1), ("B", 2), ("C", 3)] {
        let series = autoregressive(130, 0.0, seed);
        let mut text = "Date,Close\n".to_owned();
        for (date, close) in series.dates.iter().zip(&series.close) {
            writeln!(text, "{date},{close}").unwrap();
            writeln!(long, "{name},{date},{close}").unwrap();
        }
        fs::write(folder.path().join(format!("prices/{name}.csv")), text).unwrap();
    }
    fs::write(folder.path().join("long.csv"), long).unwrap();
    let series = autoregressive(130, 0.0, 1);
    for origin in &series.dates[120..125] {
        run(
            folder.path(),
            &format!("predict --pretrained prices/A.csv prices/B.csv -q --until {origin} --ledger l.jsonl"),
        );
    }
    let (of_folder, stderr) = json(folder.path(), "score prices --ledger l.jsonl --baselines ewma");
    let names: Vec<&str> = of_folder.iter().map(|one| one["series"].as_str().unwrap()).collect();
    assert_eq!((names, &*stderr), (vec!["A", "B"], ""));
    assert_eq!(json(folder.path(), "score long.csv --ledger l.jsonl --baselines ewma").0, of_folder);
    let [one, two] = ["1", "2"].map(|threads| {
        run(folder.path(), &format!("score prices --ledger l.jsonl --baselines ewma --threads {threads}"))
    });
    assert_eq!(one, two);
    let (only, stderr) = json(folder.path(), "score prices/A.csv --ledger l.jsonl --baselines ewma");
    assert_eq!((only.len(), &only[0]["scores"]), (1, &of_folder[0]["scores"]));
    assert_eq!(stderr, "warning: l.jsonl: no prices of 'B': their forecasts are not scored\n");
    let (code, out, stderr) = run(folder.path(), "score prices/C.csv --ledger l.jsonl");
    assert!(
        code == Some(1) && out.is_empty() && stderr.contains("no forecast of 'C', found those of 'A' and 'B'"),
        "{stderr}"
    );
    fs::write(folder.path().join("f.csv"), "date,forecast\n1990-05-01,100\n").unwrap();
    let (code, _, stderr) = run(folder.path(), "score long.csv --forecasts f.csv");
    assert!(
        code == Some(1) && stderr.contains("no column 'series', expected one because the prices are of several series"),
        "{stderr}"
    );
}
