//! `fourcast compare`: its figures are those of `backtest`, and it finds the effect of memory if that is known.

use std::path::Path;
use std::process::Output;

use crate::common::{SIGMA, autoregressive, folder_with};
use assert_cmd::Command;
use fourcast::prices::PriceSeries;
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde_json::Value;

const WALK: &str = "--test-days 400 --refit-every 200 --epochs 8 --ensemble 1 -q";

fn fourcast(folder: &Path, line: &str) -> Output {
    Command::cargo_bin("fourcast").unwrap().current_dir(folder).args(line.split(' ')).output().unwrap()
}

fn stdout(folder: &Path, line: &str) -> String {
    let output = fourcast(folder, line);
    assert!(output.status.success(), "fourcast {line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Returns prices whose returns depend on the return two days before: r_t = phi r_{t-2} + e_t.
fn every_other_day(days: usize, phi: f64, seed: u64) -> PriceSeries {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (mut price, mut returns) = (100.0, [0.0, 0.0]);
    let mut series = autoregressive(days, 0.0, seed);
    for close in &mut series.close {
        let noise: f64 = StandardNormal.sample(&mut rng);
        returns = [returns[1], phi * returns[0] + SIGMA * noise];
        price *= f64::exp(returns[1]);
        *close = price;
    }
    series
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&stdout(folder, &format!("{line} --format json"))).unwrap()
}

/// The scores of each network are those of a backtest of it alone on these days, whichever networks are compared with
/// it.
#[test]
fn the_scores_are_those_of_backtests() {
    let folder = folder_with(&autoregressive(900, 0.1, 5));
    let compared = json(folder.path(), &format!("compare p.csv --cells lstm,dense --windows 1,6 {WALK}"));
    for (place, (cell, window)) in [("lstm", 1), ("lstm", 6), ("dense", 1), ("dense", 6)].into_iter().enumerate() {
        let line = format!("backtest p.csv --cell {cell} --window {window} --init-from random --baselines ewma {WALK}");
        let tested = json(folder.path(), &line);
        let one = &compared["forecasters"][place];
        assert_eq!((&one["forecaster"], &one["cell"]), (&format!("{cell}-{window}").into(), &cell.into()));
        assert_eq!(
            (&one["crps"], &one["rmse"]),
            (&tested["scores"]["crps"], &tested["scores"]["rmse"]),
            "{cell} {window}"
        );
        for (behind, baseline) in ["naive", "ewma"].into_iter().enumerate() {
            let other = &compared["forecasters"][4 + behind];
            assert_eq!((&other["forecaster"], &other["cell"]), (&baseline.into(), &Value::Null));
            assert_eq!(other["crps"], tested["baselines"][baseline]["crps"]);
        }
        assert_eq!(compared["first_date"], tested["first_date"]);
    }
}

/// A window of four days contains the return two days before; a window of one day does not.
#[test]
fn memory_improves_the_forecast_where_the_past_determines_it() {
    let line = format!("compare p.csv --cells dense,gru --windows 1,4 {WALK}").replace("--epochs 8", "--epochs 30");
    let gain = folder_with(&every_other_day(2400, 0.6, 3));
    let found = json(gain.path(), &line);
    let words = found["conclusion"].as_str().unwrap();
    assert!(words.starts_with("A gain from memory is shown in 2 of 3 comparisons"), "{words}");
    let pairs: Vec<_> = found["memory"].as_array().unwrap().iter().collect();
    let part =
        |pair: &Value| [&pair["part"], &pair["forecaster"], &pair["against"]].map(|v| v.as_str().unwrap().to_owned());
    assert_eq!(part(pairs[0]), ["recurrence", "gru-4", "dense-4"]);
    assert_eq!(part(pairs[1]), ["window", "dense-4", "dense-1"]);
    assert_eq!(part(pairs[2]), ["window", "gru-4", "gru-1"]);
    assert_eq!(pairs[2]["price"]["finding"], "better");
    // The noise is 0.8 of the standard deviation of the return, which gives the skill on price and distribution.
    let skill = pairs[2]["distribution"]["skill"].as_f64().unwrap();
    assert!((skill - 0.2).abs() < 0.06, "{skill}");

    let none = folder_with(&autoregressive(1200, 0.0, 3));
    let words = json(none.path(), &line)["conclusion"].as_str().unwrap().to_owned();
    assert!(words.starts_with("No gain from memory is shown in 3 comparisons"), "{words}");
}

#[test]
fn intervals_are_corrected_for_the_number_of_comparisons() {
    let folder = folder_with(&autoregressive(900, 0.0, 8));
    let found = json(folder.path(), &format!("compare p.csv --cells rnn --windows 1,4 --reference EWMA {WALK}"));
    // Four comparisons: two networks and naive against EWMA, and the long window against the short one.
    assert_eq!((&found["comparisons"], &found["reference"]), (&4.into(), &"ewma".into()));
    let long = &found["forecasters"][1];
    assert_eq!(long["distribution"]["interval_level"], 0.9875);
    assert_eq!(found["forecasters"][3]["distribution"], Value::Null);
    let number = |name: &str| long["distribution"][name].as_f64().unwrap();
    assert!(number("lower") < number("skill") && number("skill") < number("upper"));
    // With 21 degrees of freedom, the interval at this level has a half-width of 2.7 standard errors.
    let half = (number("upper") - number("lower")) / 2.0 / number("standard_error");
    assert!((half - 2.7).abs() < 0.1, "{half}");
    assert_eq!(found["memory"].as_array().unwrap().len(), 1);
}

#[test]
fn formats_and_threads() {
    let folder = folder_with(&autoregressive(700, 0.0, 2));
    let line = format!("compare p.csv --cells gru --topologies many-to-one,one-to-many {WALK}");
    let csv = stdout(folder.path(), &format!("{line} --threads 1"));
    assert_eq!(csv, stdout(folder.path(), &format!("{line} --threads 2")));
    let rows: Vec<Vec<&str>> = csv.lines().map(|row| row.split(',').collect()).collect();
    assert!(rows[0].starts_with(&["series", "forecaster", "cell", "topology", "window", "init_from"]));
    let names: Vec<&str> = rows[1..].iter().map(|row| row[1]).collect();
    assert_eq!(names, ["gru-many-to-one-1", "gru-many-to-one-4", "gru-one-to-many-1", "naive", "ewma"]);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    let table = stdout(folder.path(), &format!("{line} --format table"));
    assert!(table.contains("3 networks, each an ensemble of 1 fitted 2 times, all from random weights"), "{table}");
    assert!(table.contains("gru-many-to-one-4 over gru-many-to-one-1"), "{table}");
    let all = stdout(folder.path(), &format!("compare p.csv --cells dense --topologies ALL --windows 1 {WALK}"));
    let topologies: Vec<&str> = all.lines().skip(1).filter_map(|row| row.split(',').nth(3)).collect();
    assert_eq!(topologies[..3], ["many-to-one", "many-to-many", "one-to-many"], "{all}");
    // Without the names of topologies, the table fits a terminal.
    let table = stdout(folder.path(), &format!("compare p.csv --cells gru {WALK} --format table"));
    assert_eq!(table.lines().find(|line| line.chars().count() > 80), None);
}

/// The page has the conclusion, and the numbers of the json record.
#[test]
fn a_comparison_has_a_page_and_a_picture() {
    let folder = folder_with(&autoregressive(700, 0.0, 2));
    let line = format!("compare p.csv --cells gru,dense --windows 1,4 {WALK} --report c.html --plot c.svg");
    let compared = json(folder.path(), &line);
    let page = std::fs::read_to_string(folder.path().join("c.html")).unwrap();
    assert!(page.contains(compared["conclusion"].as_str().unwrap()), "{page}");
    for id in ["networks", "memory", "command"] {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}: {page}");
    }
    let mut numbers = 0;
    for (list, of) in [("forecasters", ["distribution", "price"]), ("memory", ["distribution", "price"])] {
        for one in compared[list].as_array().unwrap() {
            let skills = of.iter().flat_map(|what| ["skill", "lower", "upper"].map(|key| &one[*what][key]));
            for number in skills.chain([&one["crps"], &one["rmse"]]).filter(|value| value.is_number()) {
                assert!(page.contains(&format!("<data value=\"{number}\"")), "{number}: {page}");
                numbers += 1;
            }
        }
    }
    // One of four networks and two baselines is the reference; three pairs differ only in their memory.
    assert_eq!(numbers, 6 * 2 + 5 * 6 + 3 * 6);
    let picture = std::fs::read_to_string(folder.path().join("c.svg")).unwrap();
    assert!(picture.contains("p: Skill of the distribution (CRPS)"), "{picture}");
    let output = fourcast(folder.path(), "compare p.csv --report p.csv");
    assert_eq!(output.status.code(), Some(1));
}

/// A few days give scores, and the lines below say that nothing was tested.
#[test]
fn few_days_are_not_tested() {
    let folder = folder_with(&autoregressive(400, 0.0, 2));
    let walk = WALK.replace("400", "40");
    let table = stdout(folder.path(), &format!("compare p.csv --cells lstm {walk} --format table"));
    assert!(table.contains("not tested: 40 test days, at least 50 needed for a verdict"), "{table}");
    assert!(table.contains("The gain from memory was not tested."), "{table}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = folder_with(&autoregressive(300, 0.0, 2));
    for (line, code, expected) in [
        ("compare p.csv --topologies one-to-many --windows 4", 2, "one-to-many reads one day: leave out --windows"),
        (
            "compare p.csv --cells lstm --reference lstm-3",
            2,
            "--reference lstm-3: expected a baseline, for example ewma, or",
        ),
        ("compare p.csv --init-from m.safetensors", 2, "--init-from takes pretrained or random here"),
        ("compare p.csv --cells lsmt", 2, "'lstm'"),
        ("compare p.csv --cells gru,lstm --activation relu", 2, "--activation is for dense, conv and rnn"),
        ("compare p.csv --windows 250", 1, "a smaller --window"),
        ("compare p.csv --cells conv --init-from pretrained", 1, "there are no pretrained networks"),
        ("compare p.csv p.csv", 1, "networks are compared on one series"),
    ] {
        let output = fourcast(folder.path(), line);
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{line}: {messages}");
        assert!(messages.contains(expected), "{line}: {messages}");
    }
    // An option that only some of the cells have is used for those.
    stdout(folder.path(), "compare p.csv --cells dense,gru --windows 2 --activation relu --epochs 1 --test-days 60 -q");
}
