//! Properties that all formats share, and the words for weekly and monthly rows.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const AAPL: &str = include_str!("../../data/aapl.csv");

/// Runs a command that must succeed; returns standard output and standard error.
fn run(folder: &Path, args: &[&str]) -> (String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let errors = text(output.stderr);
    assert!(output.status.success(), "fourcast {}: {errors}", args.join(" "));
    (text(output.stdout), errors)
}

fn folder_with(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

/// Returns the first csv row, by column.
fn first_row(csv: &str) -> Vec<(String, String)> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = reader.records().next().unwrap().unwrap();
    names.into_iter().zip(row.iter().map(str::to_owned)).collect()
}

const TRAIN: &str = "train p.csv --until 2004-12-31 --epochs 1 --ensemble 1 -q";

fn trained(options: &str) -> Value {
    let folder = folder_with("p.csv", AAPL);
    let args = format!("{TRAIN} {options} --format json");
    serde_json::from_str(&run(folder.path(), &args.split_whitespace().collect::<Vec<_>>()).0).unwrap()
}

#[test]
fn the_summary_has_coverage_before_and_after_calibration() {
    let summary = trained("--horizon 1");
    assert_eq!(summary["coverage_of"], "calibrated");
    assert!(summary.get("coverage").is_none(), "only a path has the coverage of each day");
    for key in ["coverage_50", "coverage_90", "uncalibrated_coverage_50", "uncalibrated_coverage_90"] {
        let coverage = summary[key].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&coverage), "{key} {coverage}");
    }
    assert_ne!(summary["coverage_50"], summary["uncalibrated_coverage_50"]);

    let path = trained("--topology many-to-many --horizon 3");
    let steps = path["coverage"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| step["day"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    for step in steps {
        for key in ["coverage_50", "coverage_90", "uncalibrated_coverage_50", "uncalibrated_coverage_90"] {
            assert!(step[key].is_f64(), "{key} in {step}");
        }
    }

    let default = trained("");
    let days = default["coverage"].as_array().unwrap().iter().map(|step| step["day"].as_u64().unwrap());
    assert_eq!(days.collect::<Vec<_>>(), (1..=30).collect::<Vec<_>>());

    // On 24 days, 11 forecasts two days ahead do not overlap, and 7 three days ahead, which are too few.
    let few = trained("--test-fraction 0.02");
    let is_measured = few["coverage"].as_array().unwrap().iter().map(|step| step["coverage_50"].is_f64());
    assert_eq!(is_measured.collect::<Vec<_>>(), (1..=24).map(|day| day < 3).collect::<Vec<_>>());

    let untested = trained("--test-fraction 0");
    for key in ["coverage_of", "coverage_50", "uncalibrated_coverage_50", "verdict", "headline"] {
        assert!(untested[key].is_null(), "{key}: {}", untested[key]);
    }
}

/// `verdict` has the same structure in every subcommand.
#[test]
fn train_and_backtest_have_one_verdict() {
    let folder = folder_with("p.csv", AAPL);
    let args = "backtest p.csv --until 2004-12-31 --epochs 1 --ensemble 1 -q --baselines egarch --test-days 60 --refit-every 60";
    let args: Vec<&str> = args.split(' ').chain(["--format", "json"]).collect();
    let walked: Value = serde_json::from_str(&run(folder.path(), &args).0).unwrap();
    let trained = trained("--horizon 1");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for place in ["", "/against/0", "/against/0/price", "/against/0/distribution/test", "/lag"] {
        let of = |result: &Value| keys(result["verdict"].pointer(place).unwrap());
        assert_eq!(of(&walked), of(&trained), "{place}");
    }
    for result in [&walked, &trained] {
        assert_eq!((&result["verdict"]["tests"], &result["verdict"]["correction"]), (&5.into(), &"none".into()));
        assert!(result["headline"].as_str().unwrap().starts_with("The price forecast "));
        assert!(result["verdict"]["against"][1]["baseline"] == "egarch");
    }
}

/// The scores in csv and json are the same to the last digit.
#[test]
fn csv_and_json_have_the_same_digits() {
    let folder = folder_with("p.csv", AAPL);
    let walk = "backtest p.csv --until 2004-12-31 --epochs 1 --ensemble 1 -q --test-days 60 --refit-every 60 --format";
    let walk = |format| run(folder.path(), &walk.split(' ').chain([format]).collect::<Vec<_>>()).0;
    let (csv, json) = (first_row(&walk("csv")), serde_json::from_str::<Value>(&walk("json")).unwrap());
    let mut compared = 0;
    for (name, cell) in &csv {
        let value = match name.rsplit_once('_') {
            Some((score @ ("coverage" | "width" | "winkler"), level)) => {
                let levels = json["scores"]["levels"].as_array().unwrap().iter().map(|level| &level["all"]);
                let level: f64 = level.parse::<f64>().unwrap() / 100.0;
                levels.into_iter().find(|all| all["level"] == level).unwrap()[score].clone()
            }
            _ => json["scores"].get(name).cloned().unwrap_or_default(),
        };
        if value.is_f64() {
            assert_eq!(value.to_string(), *cell, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 14, "{compared} of {csv:?}");
}

/// If a few baselines were requested, the table shows the verdict on each.
#[test]
fn the_table_has_the_verdict_on_the_baselines_asked_for() {
    let folder = folder_with("p.csv", AAPL);
    let walk = "backtest p.csv --until 2004-12-31 --epochs 1 --ensemble 1 -q --test-days 60 --refit-every 60";
    let table = |more: &[&str]| {
        run(
            folder.path(),
            &walk.split(' ').chain(["--format", "table"]).chain(more.iter().copied()).collect::<Vec<_>>(),
        )
        .0
    };
    let gjr = table(&["--baselines", "naive,gjr"]);
    let findings = gjr.lines().filter(|line| line.starts_with("  price: ") || line.starts_with("  distribution: "));
    let ends: Vec<bool> = findings.map(|line| line.ends_with(" GJR")).collect();
    assert_eq!(ends, [false, false, true, true], "{gjr}");
    assert!(gjr.contains("findings are 5 tests at the 5 % level each, not corrected for their number"), "{gjr}");
    let all = table(&[]);
    assert!(all.contains("from EGARCH\n") || all.contains("than EGARCH\n"), "{all}");
    assert!(!all.contains("from GJR\n") && !all.contains("than GJR\n"), "{all}");
    assert!(all.contains("findings are 15 tests"), "{all}");
}

/// Csv and the bare value have no place for the audit, so it is printed on standard error.
#[test]
fn an_audit_that_passes_is_reported_in_every_format() {
    let folder = folder_with("p.csv", AAPL);
    let walk = "backtest p.csv --until 2004-12-31 --epochs 1 --ensemble 1 --test-days 60 --refit-every 60";
    let walk: Vec<&str> = walk.split(' ').chain(["--baselines", "naive", "--audit=2", "--format"]).collect();
    for format in ["csv", "value"] {
        let (_, errors) = run(folder.path(), &[&walk[..], &[format]].concat());
        assert!(errors.contains("aapl: audit: ") || errors.contains("p: audit: "), "{errors}");
        assert!(errors.contains("all equal"), "{errors}");
    }
    let (table, errors) = run(folder.path(), &[&walk[..], &["table"]].concat());
    assert!(table.contains("  audit: ") && !errors.contains("audit: "), "{table} {errors}");
}

/// Weeks are called weeks, and file names that contain the words for days are unchanged.
#[test]
fn a_weekly_file_keeps_its_name() {
    let name = "today's prices, 5 days ahead.csv";
    let first = jiff::civil::date(2001, 1, 5);
    let closes = AAPL.lines().skip(1).step_by(5).enumerate();
    let row = |(week, line): (usize, &str)| {
        let date = first.saturating_add(jiff::Span::new().days(7 * week as i64));
        format!("{date},{}\n", line.split(',').nth(5).unwrap())
    };
    let folder = folder_with(name, &format!("Date,Close\n{}", closes.map(row).collect::<String>()));
    let weekly = ["--frequency", "weekly", "--splits", "as-is", "--epochs", "1", "--ensemble", "1", "--format"];
    let stem = "today's prices, 5 days ahead";

    let train = |format| {
        run(folder.path(), &[&["train", name, "-m", "daily prices of the days.st"], &weekly[..], &[format]].concat())
    };
    let (table, errors) = train("table");
    assert!(table.starts_with("daily prices of the days.st: "), "{table}");
    assert!(table.contains(&format!("  series       {stem}, ")), "{table}");
    assert!(table.contains(&format!("{stem} next week (")), "{table}");
    assert!(table.contains("unseen weeks") && table.contains("against next = this week"), "{table}");
    assert!(!errors.contains("this week's prices, "), "{errors}");
    let summary: Value = serde_json::from_str(&train("json").0).unwrap();
    assert_eq!((&summary["model"], &summary["series"]), (&"daily prices of the days.st".into(), &stem.into()));
    assert!(summary["headline"].as_str().unwrap().contains(" of next = this week"));

    let card = run(folder.path(), &["inspect", "daily prices of the days.st", "--format", "table"]).0;
    assert!(card.contains(&format!("trained on {stem}, ")) && card.contains(" weeks"), "{card}");

    let walk = ["backtest", name, "--test-days", "60", "--refit-every", "60", "--baselines", "naive", "-q"];
    let walk = |format| run(folder.path(), &[&walk[..], &weekly[..], &[format]].concat()).0;
    let table = walk("table");
    assert!(table.starts_with(&format!("{stem}: 60 weeks from ")), "{table}");
    assert!(
        table.contains("this week's close") && table.contains("60 weeks") && !table.contains("tomorrow"),
        "{table}"
    );
    let result: Value = serde_json::from_str(&walk("json")).unwrap();
    assert_eq!(result["series"], stem);
    assert!(result["words"].to_string().contains("next = this week"), "{}", result["words"]);
}

/// The file of test days is replaced only when all series are done; a run that fails leaves the old one.
#[test]
fn forecasts_replace_the_old_file_at_the_end() {
    let folder = folder_with("p.csv", AAPL);
    let walk = "backtest p.csv --epochs 1 --ensemble 1 -q --baselines naive --refit-every 60 --forecasts days.csv";
    let walk: Vec<&str> = walk.split(' ').collect();
    run(folder.path(), &[&walk[..], &["--until", "2004-12-31", "--test-days", "60"]].concat());
    let days = fs::read_to_string(folder.path().join("days.csv")).unwrap();
    assert_eq!(days.lines().count(), 61);
    Command::cargo_bin("fourcast")
        .unwrap()
        .current_dir(folder.path())
        .args(&walk)
        .args(["--until", "2000-04-01", "--test-days", "60"])
        .assert()
        .code(1);
    assert_eq!(fs::read_to_string(folder.path().join("days.csv")).unwrap(), days);
    let hidden = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".fourcast-"));
    assert_eq!(hidden.count(), 0);
}
