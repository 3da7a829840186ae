//! Days without trade, and prices that move in coarse steps.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

const STALE: &str = include_str!("../fixtures/bugs/stale_feed.csv");
const COARSE: &str = include_str!("../fixtures/bugs/tick2pc.csv");

fn run(folder: &Path, args: &[&str]) -> Output {
    let output = Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Returns the results of `predict`, and its messages.
fn predicted(prices: &str, options: &[&str]) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), prices).unwrap();
    let output = run(folder.path(), &[&["predict", "p.csv", "--format", "json"], options].concat());
    let rows = String::from_utf8(output.stdout).unwrap();
    let rows = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    (rows, String::from_utf8(output.stderr).unwrap())
}

const ENDS: [&str; 5] = ["lower_90", "lower_50", "forecast", "upper_50", "upper_90"];

/// Returns the first lines of a file.
fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn days_without_trade_do_not_narrow_the_interval() {
    // Twenty days without trade at the end.
    let (halted, messages) = predicted(STALE, &[]);
    let (before, _) = predicted(&head(STALE, 101), &[]);
    for end in ENDS {
        assert_eq!(halted[0][end], before[0][end], "{end}");
    }
    assert_eq!(halted[0]["origin"], "2026-10-16");
    assert_eq!(halted[0]["date"], "2026-10-19");
    let expected = "left out 20 days without trade, 20 of them at the end: the prediction interval is that of the \
                first session after 2026-09-18, the last day with trade";
    assert!(messages.contains(expected), "{messages}");
}

/// In a file of closes, the fourth unchanged day is a day without trade, because chance does not explain it.
#[test]
fn without_a_volume_three_still_days_count() {
    let closes = |lines: usize| -> String {
        let rows = STALE.lines().take(lines).map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            format!("{},{}\n", cells[0], cells[4])
        });
        rows.collect()
    };
    let (halted, messages) = predicted(&closes(121), &[]);
    // The reader counts all of them, and what is left out has other words.
    for expected in [
        "the price does not change on the last 20 rows, since 2026-09-18",
        "left out 17 days with unchanged prices, 17 of them at the end: the prediction interval is that of \
         the first session after 2026-09-23, the day before them",
    ] {
        assert!(messages.contains(expected), "{messages}");
    }
    let (after_three, _) = predicted(&closes(104), &[]);
    for end in ENDS {
        assert_eq!(halted[0][end], after_three[0][end], "{end}");
    }
}

#[test]
fn intervals_of_coarse_prices_are_prices() {
    let (rows, messages) = predicted(COARSE, &["--levels", "0.5,0.9"]);
    let cents = |end: &str| rows[0][end].as_f64().unwrap() * 100.0;
    for end in ENDS {
        assert!((cents(end) - cents(end).round()).abs() < 1e-9, "{end}: {}", rows[0][end]);
    }
    assert!(cents("lower_90") < cents("last_close") && cents("last_close") < cents("upper_90"), "{rows:?}");
    assert!(messages.contains("closes lie on a grid of 0.01, 2.63 % of the last one"), "{messages}");
    // A price of two steps, which is unchanged or moves by one step.
    let two = COARSE.lines().take(400).enumerate().map(|(k, row)| {
        let price = if k % 17 == 5 { "0.03" } else { "0.02" };
        let date = row.split(',').next().unwrap();
        if k == 0 { "Date,Close\n".to_owned() } else { format!("{date},{price}\n") }
    });
    let (rows, _) = predicted(&two.collect::<String>(), &["--levels", "0.5,0.9,0.98"]);
    for end in ENDS.into_iter().chain(["lower_98", "upper_98"]) {
        let price = rows[0][end].as_f64().unwrap();
        assert!([0.01, 0.02, 0.03].contains(&price), "{end}: {price}");
    }
}

#[test]
fn distributions_of_coarse_prices_are_no_worse_than_constant_history() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), head(COARSE, 901)).unwrap();
    let options = ["--test-days", "250", "--refit-every", "250", "--baselines", "naive", "--threads", "1"];
    let output = run(folder.path(), &[&["backtest", "p.csv", "-q", "--format", "json"], &options[..]].concat());
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ratio = result["scores"]["crps"].as_f64().unwrap() / result["baselines"]["naive"]["crps"].as_f64().unwrap();
    assert!(ratio < 1.005, "{ratio}");
}

/// Steps that are small compared with the interval need no warning, even if closes are sometimes unchanged.
#[test]
fn a_grid_is_reported_where_its_steps_show() {
    let closes = |price: f64, step: f64, move_: f64| {
        let (mut level, mut state) = (0.0, 12_345_u64);
        let mut uniform = || {
            state = (state * 1_103_515_245 + 12_345) % (1 << 31);
            state as f64 / f64::from(1_u32 << 31)
        };
        let rows = COARSE.lines().skip(1).take(500).map(|line| {
            let noise = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            level += move_ * noise;
            let close = ((price + level) / step).round() * step;
            format!("{},{close:.6}\n", line.split(',').next().unwrap())
        });
        format!("Date,Close\n{}", rows.collect::<String>())
    };
    // Cents at 12 dollars, thirty-seconds at 120, and cents where a typical day moves by one.
    for (price, step, move_, is_reported) in
        [(12.0, 0.01, 0.05, false), (120.0, 0.03125, 0.16, false), (5.0, 0.01, 0.012, true)]
    {
        let (_, messages) = predicted(&closes(price, step, move_), &["--pretrained"]);
        assert_eq!(messages.contains("lie on a grid"), is_reported, "{price} {step}: {messages}");
    }
}
