//! `backtest --audit`: a walk without look-ahead passes, and a file is read again as it was.

use std::fs;

use crate::backtest::stdout;
use crate::common::{autoregressive, config, with_bars};
use assert_cmd::Command;
use fourcast::eval::backtest::{AuditReport, BacktestSettings, CutSeries, SilentBacktest, Subject, audit, backtest};
use fourcast::eval::baselines::ALL;
use fourcast::model::Config;
use fourcast::prices::PriceSeries;
use jiff::ToSpan;
use jiff::civil::date;
use serde_json::Value;

pub(crate) fn settings() -> BacktestSettings {
    BacktestSettings {
        horizon: 1,
        test_days: Some(40),
        refit_every: 15,
        rolling: None,
        calendar: None,
        baselines: ALL.iter().copied().filter(|baseline| !baseline.needs_bars).collect(),
        test_fraction: 0.2,
        levels: vec![0.5, 0.9],
        events: vec!["+2%".parse().unwrap()],
        threads: 1,
    }
}

/// A walk does not depend on the number of threads, and a rolling walk depends only on its own rows.
#[test]
fn threads_and_rows_out_of_sight_change_nothing() {
    let series = with_bars(420, 41);
    // These rows precede the 200 rows of the first fit.
    let mut wild = series.clone();
    (0..170).for_each(|day| {
        let factor = if day % 2 == 0 { 1.0 } else { 1.3 };
        wild.close[day] *= factor;
        wild.adjusted[day] *= factor;
    });
    let config = config();
    let subject = Subject::Recipe { config: &config, init: None, in_sample: false };
    let walk = |series: &PriceSeries, settings: &BacktestSettings| {
        backtest(series, subject, settings, &SilentBacktest).unwrap().model
    };
    let one = walk(&series, &settings());
    assert_eq!(one, walk(&series, &BacktestSettings { threads: 2, ..settings() }));
    let rolling = BacktestSettings { rolling: Some(200), ..settings() };
    assert_ne!(one, walk(&series, &rolling));
    assert_ne!(one, walk(&wild, &settings()));
    assert_eq!(walk(&series, &rolling), walk(&wild, &rolling));
}

fn audited(series: &PriceSeries, config: &Config, sample: usize) -> AuditReport {
    let subject = Subject::Recipe { config, init: None, in_sample: false };
    let settings = BacktestSettings { baselines: ALL.to_vec(), ..settings() };
    let result = backtest(series, subject, &settings, &SilentBacktest).unwrap();
    let until = |day| series.slice(0..series.dates.partition_point(|date| *date <= day));
    let known_on = |day| Ok(CutSeries { series: until(day), ends_unfinished: false });
    audit(series, subject, &settings, &result, sample, &known_on).unwrap()
}

#[test]
fn the_audit_passes_a_walk_without_look_ahead() {
    let series = with_bars(300, 42);
    let config = config();
    let audit_report = audited(&series, &config, 3);
    assert_eq!(audit_report.difference, None);
    assert_eq!(audit_report.origins.len(), 3);
    // One of the three origins is the day of its fit.
    assert_eq!((audit_report.reread.len(), audit_report.unread.len()), (6, 0));
    // The model and every baseline, on 7, 21 and 34 days; each has a median, 21 quantiles, two intervals and a
    // probability.
    assert_eq!(audit_report.forecasts, (1 + ALL.len()) * (7 + 21 + 34));
    assert_eq!(audit_report.bytes, audit_report.forecasts * 8 * (1 + 21 + 4 + 1));
}

/// Bars that begin in the test are not look-ahead: the days before have only closes. That the file has bars is known
/// from later rows, and the report says so.
#[test]
fn bars_and_volumes_that_begin_in_the_test_pass_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let series = with_bars(420, 42);
    let range = series.range.as_ref().unwrap();
    let row = |row: usize| {
        let (date, close) = (series.dates[row], series.close[row]);
        let bar = format!("{},{},{}", range.open[row], range.high[row], range.low[row]);
        let (bar, volume) = (if row < 390 { ",,".into() } else { bar }, 1000 + row);
        format!("{date},{bar},{close},{}\n", if row < 410 { String::new() } else { volume.to_string() })
    };
    let text = format!("Date,Open,High,Low,Close,Volume\n{}", (0..420).map(row).collect::<String>());
    fs::write(folder.path().join("p.csv"), text).unwrap();
    for features in ["auto", "close"] {
        let args = format!("backtest p.csv {WALK} {RECIPE} --features {features} --audit --format json");
        let record: Value = serde_json::from_str(&stdout(folder.path(), &args.split(' ').collect::<Vec<_>>())).unwrap();
        let audit = &record["audit"];
        assert_eq!(audit["passed"], true, "{audit}");
        assert_eq!(audit["later_columns"], "open, high, low and volume", "{audit}");
    }
}

/// Returns a walk with a 3:1 split on row 400 of 420, inside the last 40 days.
fn split_in_test() -> Vec<String> {
    let series = autoregressive(420, 0.0, 7);
    let quote = |row: usize| if row < 400 { series.close[row] } else { series.close[row] / 3.0 };
    let rows = series.dates.iter().enumerate().map(|(row, date)| format!("{date},{}", quote(row)));
    ["Date,Close".to_owned()].into_iter().chain(rows).collect()
}

const RECIPE: &str = "--splits adjust --init-from random --ensemble 1 --epochs 2 -q";
const WALK: &str = "--test-days 40 --refit-every 20 --baselines naive,egarch";

/// Whether a jump is a split is decided on its day, from the rows up to it.
#[test]
fn a_split_in_the_test_reaches_no_earlier_day() {
    let folder = tempfile::tempdir().unwrap();
    let lines = split_in_test();
    let write = |name: &str, rows: usize| fs::write(folder.path().join(name), lines[..=rows].join("\n")).unwrap();
    let run = |args: String| stdout(folder.path(), &args.split(' ').collect::<Vec<_>>());
    write("p.csv", 420);
    run(format!("backtest p.csv {WALK} {RECIPE} --forecasts days.csv"));
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    let days: Vec<Vec<&str>> = days.lines().map(|line| line.split(',').collect()).collect();
    // The first origin, row 379, is the day of a fit, and so is row 399: origins before and after the split.
    for (fit, origin) in [(379, 379), (379, 389), (379, 398), (399, 399), (399, 400), (399, 404)] {
        write("p.csv", fit + 1);
        run(format!("train p.csv {RECIPE}"));
        write("p.csv", origin + 1);
        let printed = run("predict p.csv --splits adjust --levels 0.9 --format json -q".to_owned());
        let printed: Value = serde_json::from_str(&printed).unwrap();
        for (name, column) in [("forecast", "forecast"), ("lower_90", "q0.05"), ("upper_90", "q0.95")] {
            let at = days[0].iter().position(|name| *name == column).unwrap();
            assert_eq!(printed[name].to_string(), days[origin - 379 + 1][at], "{name} on row {origin}");
        }
    }
}

/// Audits one backtest of a text; returns its exit code, its json and its messages.
fn audit_of(args: &str, text: &[u8]) -> (Option<i32>, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let args = format!("backtest - {WALK} {RECIPE} --audit=3 --format json {args}");
    let mut command = Command::cargo_bin("fourcast").unwrap();
    let output = command.current_dir(folder.path()).args(args.trim().split(' ')).write_stdin(text).output().unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), json, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_audit_reads_the_file_again_as_it_stood() {
    let lines = split_in_test();
    let mut turned = lines.clone();
    turned[1..].reverse();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines.join("\n").as_bytes()).unwrap();
    for text in [lines.join("\n").into_bytes(), turned.join("\n").into_bytes(), packed.finish().unwrap()] {
        let (code, json, stderr) = audit_of("", &text);
        assert_eq!(code, Some(0), "{stderr}");
        let audit = &json["audit"];
        assert_eq!((&audit["passed"], &audit["unread"]), (&true.into(), &Value::Array(Vec::new())), "{audit}");
        // There are three origins. The second is the day of its own fit, which is also the fit of the third.
        assert_eq!((audit["origins"].as_array().unwrap().len(), audit["reread"].as_array().unwrap().len()), (3, 4));
        assert!(audit["not_proven"][0].as_str().unwrap().contains("vendor"), "{audit}");
    }
}

/// Numbers that all have three decimals could be thousands, until a number of four digits without a mark shows that
/// they are not. The report does not claim proof for days on which the shortened file is ambiguous.
#[test]
fn the_audit_says_where_it_could_not_read() {
    let series = autoregressive(420, 0.0, 8);
    let rows = series.dates.iter().zip(&series.close).map(|(date, close)| format!("{date};{close:.3}\n"));
    let text = format!("Date;Close\n{}1999-01-04;1000\n", rows.collect::<String>());
    let (code, json, stderr) = audit_of("", text.as_bytes());
    assert_eq!(code, Some(0), "{stderr}");
    let audit = &json["audit"];
    assert_eq!(audit["reread"].as_array().unwrap().len(), 0, "{audit}");
    assert_eq!(audit["unread"].as_array().unwrap().len(), 4, "{audit}");
    assert!(audit["unread"][0]["why"].as_str().unwrap().contains("Close"), "{audit}");
}

/// A week that ends on Maundy Thursday looks unfinished until the next week. Without a calendar, `predict` leaves its
/// row out, but the walk forecasts from it.
#[test]
fn the_audit_counts_weeks_that_seem_unfinished() {
    let series = autoregressive(420, 0.0, 9);
    let holidays = [date(2019, 4, 19), date(2020, 4, 10), date(2021, 4, 2), date(2022, 4, 15)];
    let fridays = (0..420).map(|week| date(2014, 6, 6) + (7 * week).days());
    let stamps = fridays.map(|day| if holidays.contains(&day) { day.yesterday().unwrap() } else { day });
    let rows = stamps.zip(&series.close).map(|(day, close)| format!("{day},{close}\n"));
    let text = format!("Date,Close\n{}", rows.collect::<String>());
    for (args, expected) in [("", vec!["2022-04-14"]), ("--calendar nyse", vec![])] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("p.csv"), &text).unwrap();
        let line = format!("backtest p.csv --frequency weekly {WALK} {RECIPE} {args} --audit=40 --format json");
        let json = stdout(folder.path(), &line.split_whitespace().collect::<Vec<_>>());
        let record: Value = serde_json::from_str(&json).unwrap();
        let audit = &record["audit"];
        assert_eq!((&audit["passed"], audit["reread"].as_array().unwrap().len()), (&true.into(), 40), "{audit}");
        assert_eq!(audit["unfinished"], serde_json::json!(expected), "{audit}");
    }
}

/// The first day of the test is the Thursday before a holiday, on which the week looks unfinished. The fit of that day
/// leaves the row out, as `train` does on the file as it was on that day, so the later forecasts of both are equal.
#[test]
fn a_fit_leaves_out_the_week_that_train_leaves_out() {
    const FIT: usize = 379;
    let folder = tempfile::tempdir().unwrap();
    let series = autoregressive(420, 0.0, 9);
    let friday = |week: usize| date(2014, 6, 6) + i64::try_from(7 * week).unwrap().days();
    let stamp = |week| if week == FIT { friday(week).yesterday().unwrap() } else { friday(week) };
    let rows = series.close.iter().enumerate().map(|(week, close)| format!("{},{close}", stamp(week)));
    let lines: Vec<String> = ["Date,Close".to_owned()].into_iter().chain(rows).collect();
    let write = |rows: usize| fs::write(folder.path().join("p.csv"), lines[..=rows].join("\n")).unwrap();
    let run = |args: String| stdout(folder.path(), &args.split(' ').collect::<Vec<_>>());
    write(420);
    let walk = "--test-days 40 --refit-every 40 --baselines naive --frequency weekly";
    run(format!("backtest p.csv {walk} {RECIPE} --forecasts days.csv"));
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    let days: Vec<Vec<&str>> = days.lines().map(|line| line.split(',').collect()).collect();
    // Numbers have the digits that predict prints.
    assert!(days[1..].iter().all(|cells| *cells.last().unwrap() == "1.0"), "{days:?}");
    write(FIT + 1);
    run(format!("train p.csv --frequency weekly {RECIPE}"));
    for origin in [FIT + 1, FIT + 20] {
        write(origin + 1);
        let printed = run("predict p.csv --frequency weekly --levels 0.9 --format json -q".to_owned());
        let printed: Value = serde_json::from_str(&printed).unwrap();
        for (name, column) in [("origin", "origin"), ("forecast", "forecast"), ("lower_90", "q0.05")] {
            let at = days[0].iter().position(|name| *name == column).unwrap();
            let printed = printed[name].as_str().map_or_else(|| printed[name].to_string(), str::to_owned);
            assert_eq!(printed, days[origin - FIT + 1][at], "{name} on row {origin}");
        }
    }
}
