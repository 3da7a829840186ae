//! Weekly and monthly prices, from the error that names the option to the forecast.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn fourcast(folder: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Returns Apple's closes of every fifth day, dated on Fridays.
fn weeks() -> String {
    let first = jiff::civil::date(2001, 1, 5);
    let closes = include_str!("../../data/aapl.csv").lines().skip(1).step_by(5);
    let row = |(week, line): (usize, &str)| {
        let date = first.saturating_add(jiff::Span::new().days(7 * week as i64));
        format!("{date},{}\n", line.split(',').nth(5).unwrap())
    };
    format!("Date,Close\n{}", closes.enumerate().map(row).collect::<String>())
}

const MONTHS: &str = include_str!("../fixtures/mini/monthly_next_date.csv");

#[test]
fn every_command_but_inspect_stops_at_rows_that_are_not_days() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("months.csv"), MONTHS).unwrap();
    for command in ["train", "predict", "backtest"] {
        // The error is printed with and without `--quiet`.
        for quiet in [&[command, "months.csv"][..], &[command, "-q", "months.csv"]] {
            let (code, out, messages) = fourcast(folder.path(), quiet);
            assert_eq!((code, out.as_str()), (Some(1), ""), "{quiet:?}");
            let message = "months.csv: rows are a month apart, not daily (13 of 13 steps of 26 to 35 days)";
            assert!(messages.contains(message), "{messages}");
            assert!(messages.contains("help: pass --frequency monthly"), "{messages}");
        }
    }
    let (code, out, _) = fourcast(folder.path(), &["inspect", "months.csv", "--format", "table"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("months, 14 rows, a month apart") && out.contains("not daily"), "{out}");
}

#[test]
fn the_pretrained_networks_forecast_the_next_month() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("months.csv"), MONTHS).unwrap();
    let args = ["predict", "-q", "months.csv", "--frequency", "monthly", "--format"];
    let (code, out, messages) = fourcast(folder.path(), &[&args[..], &["csv"]].concat());
    assert_eq!(code, Some(0), "{messages}");
    assert!(out.contains("\nmonths,2021-02-01,2021-03-01,115.62,"), "{out}");
    let (_, out, _) = fourcast(folder.path(), &[&args[..], &["table"]].concat());
    assert!(out.starts_with("months next month (2021-03-01): "), "{out}");
}

#[test]
fn a_model_of_weeks_remembers_that_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let weeks = weeks();
    fs::write(folder.path().join("weeks.csv"), &weeks).unwrap();
    fs::write(folder.path().join("days.csv"), include_str!("../../data/fb.csv")).unwrap();
    let train = "train -q weeks.csv --frequency weekly --epochs 1 --ensemble 1 --splits as-is --format table"
        .split(' ')
        .collect::<Vec<_>>();
    let (code, out, messages) = fourcast(folder.path(), &train);
    assert_eq!(code, Some(0), "{messages}");
    for words in ["unseen weeks", "for next = this week", "against next = this week", "next week ("] {
        assert!(out.contains(words), "no '{words}' in {out}");
    }
    assert!(!out.contains("tomorrow") && !out.contains("unseen days"), "{out}");
    let (code, out, messages) = fourcast(folder.path(), &["predict", "weeks.csv", "--format", "csv"]);
    assert_eq!(code, Some(0), "{messages}");
    let last = weeks.lines().last().unwrap().split(',').next().unwrap().parse::<jiff::civil::Date>().unwrap();
    let next = last.saturating_add(jiff::Span::new().days(7));
    assert!(out.contains(&format!("weeks,{last},{next},")), "{out}");
    let (code, _, messages) = fourcast(folder.path(), &["predict", "-q", "days.csv"]);
    assert_eq!(code, Some(1));
    assert!(
        messages.contains("rows are a day apart, not weekly")
            && messages.contains("the model was trained on weekly prices"),
        "{messages}"
    );
    let (code, _, messages) = fourcast(folder.path(), &["predict", "-q", "days.csv", "--frequency", "daily"]);
    assert_eq!(code, Some(1));
    assert!(messages.contains("daily rows, expected weekly ones: the model was trained on them"), "{messages}");
    let (code, out, _) = fourcast(folder.path(), &["inspect", "model.safetensors", "--format", "table"]);
    assert!(code == Some(0) && out.contains("rows             weekly"), "{out}");
}

/// Of rows whose frequency changes, the rows that a model forecasts are offered, and the help works when it is followed.
#[test]
fn of_a_change_of_frequency_the_rows_of_the_model_are_offered() {
    let folder = tempfile::tempdir().unwrap();
    let days = jiff::civil::date(2023, 1, 2).series(jiff::Span::new().days(1)).take(500);
    let days: Vec<_> = days.filter(|day| day.weekday().to_monday_zero_offset() < 5).collect();
    let weeks = |first: jiff::civil::Date| first.series(jiff::Span::new().days(7)).take(100).collect::<Vec<_>>();
    let months = jiff::civil::date(2018, 1, 2).series(jiff::Span::new().months(1)).take(60).collect::<Vec<_>>();
    let row = |(k, date): (usize, &jiff::civil::Date)| format!("{date},{}.5\n", 100 + k * 7 % 13);
    for (file, dates) in [
        ("days.csv", days.clone()),
        ("weeks.csv", weeks(days[0])),
        ("to_days.csv", [weeks(jiff::civil::date(2021, 1, 25)), days.clone()].concat()),
        ("to_weeks.csv", [days.clone(), weeks(jiff::civil::date(2024, 5, 20))].concat()),
        ("months_to_days.csv", [months, days].concat()),
    ] {
        let rows: String = dates.iter().enumerate().map(row).collect();
        fs::write(folder.path().join(file), format!("Date,Close\n{rows}")).unwrap();
    }
    let run = |args: &str| fourcast(folder.path(), &args.split(' ').collect::<Vec<_>>());
    let quick = "--epochs 1 --ensemble 1 --splits as-is -q";
    assert_eq!(run(&format!("train days.csv {quick} -m daily.safetensors")).0, Some(0));
    assert_eq!(run(&format!("train weeks.csv --frequency weekly {quick} -m weekly.safetensors")).0, Some(0));
    for (args, help) in [
        ("to_days.csv -m weekly.safetensors", "--until"),
        ("to_days.csv -m daily.safetensors", "--since"),
        ("to_weeks.csv -m weekly.safetensors", "--since"),
        ("to_weeks.csv -m daily.safetensors", "--until"),
        ("to_days.csv --pretrained", "--since"),
        ("to_days.csv --pretrained --frequency weekly", "--until"),
        ("months_to_days.csv --pretrained --frequency weekly", "--since"),
    ] {
        let (code, _, messages) = run(&format!("predict {args} --splits as-is -q"));
        let Some((_, words)) = messages.split_once("help: pass ") else { panic!("{args}: {messages}") };
        let options = words.split_once(" to read").unwrap().0;
        assert!(code == Some(1) && options.starts_with(help), "{args}: {messages}");
        // A frequency in the help replaces the one that was typed.
        let kept = if options.contains("--frequency") { args.replace(" --frequency weekly", "") } else { args.into() };
        let (code, _, messages) = run(&format!("predict {kept} {options} --splits as-is -q"));
        assert_eq!(code, Some(0), "{kept} {options}: {messages}");
    }
    let (code, _, messages) = run("predict months_to_days.csv -m weekly.safetensors");
    assert_eq!(code, Some(1));
    assert!(messages.contains(": the model was trained on weekly prices\n"), "{messages}");
    assert!(messages.contains("help: name a file of weekly prices\n"), "{messages}");
}

#[test]
fn a_series_of_months_among_days_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let start = jiff::civil::date(2022, 1, 3);
    let days = (0..400).map(|day| start.saturating_add(jiff::Span::new().days(day)));
    let days: Vec<_> = days.filter(|day| day.weekday().to_monday_zero_offset() < 5).collect();
    let months = (0..24).map(|month| start.saturating_add(jiff::Span::new().months(month))).collect();
    let rows = |name: &str, dates: Vec<jiff::civil::Date>| -> String {
        let row = |(k, date)| format!("{name},{date},{}.5\n", 100 + k % 7);
        dates.into_iter().enumerate().map(row).collect()
    };
    let table = format!("Ticker,Date,Close\n{}{}{}", rows("A", days.clone()), rows("M", months), rows("Z", days));
    fs::write(folder.path().join("three.csv"), table).unwrap();
    let (code, out, error) = fourcast(folder.path(), &["predict", "three.csv", "--format", "json", "-q"]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!((code, lines.len()), (Some(4), 3), "{out}{error}");
    assert!(lines[0].contains("\"series\":\"A\"") && lines[2].contains("\"series\":\"Z\""), "{out}");
    assert!(lines[1].contains("\"error\"") && lines[1].contains("a month apart, not daily"), "{out}");
    assert!(error.contains("three.csv: M: rows are a month apart, not daily"), "{error}");
}

#[test]
fn weeks_are_audited_as_weeks() {
    let folder = tempfile::tempdir().unwrap();
    let start = jiff::civil::date(2015, 1, 2);
    let row = |week: i64| {
        let date = start.saturating_add(jiff::Span::new().weeks(week));
        format!("{date},{}.{}\n", 100 + week % 11, week * week % 97)
    };
    let text: String = std::iter::once("Date,Close\n".to_owned()).chain((0..300).map(row)).collect();
    fs::write(folder.path().join("weeks.csv"), text).unwrap();
    let command = "backtest weeks.csv --frequency weekly --audit=3 --test-days 60 --refit-every 60 --baselines ewma \
                   --epochs 1 --ensemble 1 --format json";
    let (code, out, error) = fourcast(folder.path(), &command.split_whitespace().collect::<Vec<_>>());
    assert_eq!(code, Some(0), "{error}");
    let result: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["audit"]["origins"].as_array().map(Vec::len), Some(3), "{}", result["audit"]);
}

/// Good Friday 2024 was a holiday of the NYSE, so the week was over on Thursday.
#[test]
fn the_calendar_decides_whether_the_last_week_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let last = jiff::civil::date(2024, 3, 22);
    let row =
        |week: i64| format!("{},{}.{}\n", last - jiff::Span::new().weeks(week), 100 + week % 11, week * week % 97);
    let weeks: String = (0..300).rev().map(row).collect();
    fs::write(folder.path().join("weeks.csv"), format!("Date,Close\n{weeks}2024-03-28,104.5\n")).unwrap();
    let command = "backtest weeks.csv --frequency weekly --test-days 60 --refit-every 60 --baselines naive --epochs 1 \
                   --ensemble 1 --forecasts weeks_tested.csv";
    let last_tested = |calendar: &[&str]| {
        let args: Vec<&str> = command.split_whitespace().chain(calendar.iter().copied()).collect();
        let (code, _, error) = fourcast(folder.path(), &args);
        assert_eq!(code, Some(0), "{error}");
        let rows = fs::read_to_string(folder.path().join("weeks_tested.csv")).unwrap();
        rows.lines().last().unwrap().split(',').nth(1).unwrap().to_owned()
    };
    assert_eq!(last_tested(&[]), "2024-03-22");
    assert_eq!(last_tested(&["--calendar", "NYSE"]), "2024-03-28");
    let rows = |calendar: &[&str]| {
        let args = [&["inspect", "weeks.csv", "--frequency", "weekly", "--format", "table"], calendar].concat();
        fourcast(folder.path(), &args).1
    };
    assert!(rows(&[]).contains("300 rows"), "{}", rows(&[]));
    assert!(rows(&["--calendar", "NYSE"]).contains("301 rows"), "{}", rows(&["--calendar", "NYSE"]));
}
