//! Parquet in and out: forecasts of Parquet files, and results as Parquet.

use std::fs;
use std::path::Path;

use parquet::file::reader::SerializedFileReader;
use parquet::record::Field;

use super::shards::{FILES, refused, run, shards, universe};

const DAY: i64 = 86_400;

/// Returns the rows of a table as in csv: names, and cells as text.
fn table(path: &Path) -> Vec<Vec<String>> {
    let rows = SerializedFileReader::try_from(path).unwrap().into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let names = rows[0].get_column_iter().map(|(name, _)| name.clone()).collect();
    let cells = |row: &parquet::record::Row| row.get_column_iter().map(|(_, field)| cell(field)).collect();
    std::iter::once(names).chain(rows.iter().map(cells)).collect()
}

fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(whether) => whether.to_string(),
        Field::Date(days) => jiff::Timestamp::from_second(i64::from(*days) * DAY).unwrap().to_string()[..10].to_owned(),
        Field::Long(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        Field::Double(number) => format!("{number:?}"),
        other => panic!("{other:?}"),
    }
}

/// Returns the csv rows, with fractional numbers written as in the table.
fn rows_of_csv(text: &[u8], like: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    let rows = reader.records().map(Result::unwrap).zip(like);
    let written = |(cell, like): (&str, &String)| match cell.parse::<f64>() {
        Ok(number) if like.contains(['.', 'e']) => format!("{number:?}"),
        _ => cell.to_owned(),
    };
    rows.map(|(row, like)| row.iter().zip(like).map(written).collect()).collect()
}

#[test]
fn results_as_parquet_are_those_of_csv() {
    let folder = universe();
    let folder = folder.path();
    let quick = "--epochs 1 --ensemble 1";
    for command in [
        format!("predict {FILES} --path 2 --quantiles 0.05 --above 100"),
        format!("backtest {FILES} --test-days 5 --refit-every 5 {quick} --baselines ewma --brier +1%"),
        format!("train {FILES} --each --models models {quick}"),
        "predict none.csv one.csv".to_owned(),
    ] {
        let (code, csv, stderr) = run(folder, &format!("{command} -q --format csv"));
        let again = run(folder, &format!("{command} -q --output r.parquet"));
        assert_eq!((again.0, &again.1[..]), (code, &b""[..]), "{stderr}");
        let found = table(&folder.join("r.parquet"));
        assert_eq!(found, rows_of_csv(&csv, &found), "{command}");
        let bytes = fs::read(folder.join("r.parquet")).unwrap();
        assert_eq!(run(folder, &format!("{command} -q --threads 1 --output r.parquet")).0, code);
        assert!(fs::read(folder.join("r.parquet")).unwrap() == bytes, "{command}");
    }
}

#[test]
fn the_shards_of_a_table_are_that_of_one_machine() {
    let folder = universe();
    let folder = folder.path();
    for command in [format!("predict {FILES} --path 2"), "predict none.csv long.csv --series CCC".to_owned()] {
        let (code, ..) = run(folder, &format!("{command} -q --output whole.parquet"));
        let whole = fs::read(folder.join("whole.parquet")).unwrap_or_default();
        for count in [1, 3, 40] {
            let names = shards_of(folder, &command, count);
            let (merged, out, stderr) = run(folder, &format!("merge {names} --output all.parquet"));
            assert_eq!((merged, out.len()), (code, 0), "{stderr}");
            assert!(fs::read(folder.join("all.parquet")).unwrap() == whole, "{command} in {count}");
        }
    }
    let names = shards_of(folder, "predict one.csv", 1);
    let stderr = refused(folder, &format!("merge {names}"));
    assert!(stderr.contains("help: pass --output FILE.parquet"), "{stderr}");
    let stderr = refused(folder, &format!("merge {names} --output all.csv"));
    assert!(stderr.contains("all.csv: the shards are parquet, expected a name for such results"), "{stderr}");
    fs::write(folder.join(&names), b"PAR1").unwrap();
    let stderr = refused(folder, &format!("merge {names} --output one.parquet"));
    assert!(stderr.contains("were changed after they were written"), "{stderr}");
}

fn shards_of(folder: &Path, command: &str, count: u32) -> String {
    shards(folder, command, count, "parquet").join(" ")
}

#[test]
fn a_table_takes_the_place_of_results_alone() {
    let folder = universe();
    let folder = folder.path();
    let predict = "predict one.csv -q --output r.parquet";
    assert_eq!(run(folder, predict).0, Some(0));
    assert_eq!(run(folder, predict).0, Some(0));
    let prices = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parquet/pandas.parquet");
    fs::copy(prices, folder.join("prices.parquet")).unwrap();
    let stderr = refused(folder, "predict one.csv -q --output prices.parquet");
    assert!(stderr.contains("prices.parquet: is a Parquet file of others"), "{stderr}");
    let (code, _, stderr) = run(folder, "predict one.csv -q --format json --output r.parquet");
    assert!(code == Some(2) && stderr.contains("leave --format out"), "{stderr}");
    // Results in a folder are not read as prices; Parquet files of prices are.
    for name in ["long.csv", "one.csv"] {
        fs::remove_file(folder.join(name)).unwrap();
    }
    let (code, out, stderr) = run(folder, "predict . -q --pretrained --format csv");
    let out = String::from_utf8(out).unwrap();
    assert!(code == Some(0) && out.lines().count() == 2 && out.contains("\nprices,2012-08-13,"), "{out}{stderr}");
}
