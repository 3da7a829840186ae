//! Correct series that look faulty: policy rates, price trees, splits that an adjusted close leaves out.

use fourcast::prices::{self, ReadOptions, Reading};
use jiff::civil::date;

use crate::tables::{noise, table};

fn read(text: &str) -> Reading {
    prices::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()).unwrap()
}

fn warnings(text: &str) -> Vec<String> {
    read(text).warnings.iter().map(|warning| warning.to_string()).collect()
}

/// Returns closes that each hold for a number of rows.
fn held(runs: &[(f64, usize)]) -> Vec<f64> {
    runs.iter().flat_map(|&(value, rows)| std::iter::repeat_n(value, rows)).collect()
}

fn closes(header: &str, closes: &[f64], decimals: usize) -> String {
    table(header, closes.len(), |row, day| format!("{day},{:.decimals$}", closes[row]))
}

#[test]
fn steps_of_a_policy_rate_are_no_splits() {
    let fed = [(1.75, 60), (1.25, 30), (0.25, 300), (0.5, 35), (1.0, 30), (1.75, 30), (2.5, 40), (3.25, 30)];
    assert_eq!(warnings(&closes("DATE,DFEDTARU", &held(&fed), 2)), [] as [&str; 0]);
    // The file can end on any day: a step on the last row is not a split either.
    for rows in [91, 391, 426] {
        assert_eq!(warnings(&closes("DATE,DFEDTARU", &held(&fed)[..rows], 2)), [] as [&str; 0], "{rows}");
    }
    // For an illiquid stock, if the price is not on such a grid or the volume is known, a halved price does look like a
    // split.
    let split = |before: f64, after: f64| held(&[(before, 60), (before + 0.01, 40), (before, 50), (after, 80)]);
    let of_stock = warnings(&closes("Date,Close", &split(0.52, 0.26), 2));
    assert!(of_stock.iter().any(|warning| warning.contains("like a 2:1 split")), "{of_stock:?}");
    let held = held(&[(0.5, 60), (0.25, 60)]);
    let traded = table("Date,Close,Volume", held.len(), |row, day| format!("{day},{:.2},{}", held[row], 900 + row));
    let of_stock = warnings(&traded);
    assert!(of_stock.iter().any(|warning| warning.contains("like a 2:1 split")), "{of_stock:?}");
}

/// The price moves up or down by one per cent, or not at all.
#[test]
fn a_tree_with_a_branch_without_a_move_is_not_filled_in() {
    for seed in 0..12 {
        let mut price = 100.0;
        let tree: Vec<f64> = (0..600)
            .map(|row| {
                price *= [1.01, 1.0, 1.0 / 1.01][(3.0 * noise(row + 1000 * seed)) as usize % 3];
                price
            })
            .collect();
        assert_eq!(warnings(&closes("Date,Close", &tree, 4)), [] as [&str; 0], "{seed}");
    }
}

/// Returns closes with a split, beside an adjusted close without one.
fn split(rows: usize, at: usize, ratio: f64) -> String {
    split_with((rows, at, ratio), 1.0)
}

/// As [`split`], with the adjusted close on another basis.
fn split_with((rows, at, ratio): (usize, usize, f64), basis: f64) -> String {
    let mut price = 100.0;
    let right: Vec<f64> = (0..rows)
        .map(|row| {
            price *= 1.0 + 0.02 * (noise(row) - 0.5);
            price
        })
        .collect();
    table("Date,Close,Adj Close", rows, |row, day| {
        let quoted = if row < at { right[row] } else { right[row] / ratio };
        format!("{day},{quoted:.2},{:.4}", basis * right[row])
    })
}

#[test]
fn a_split_at_an_end_is_no_move_of_the_adjusted_close() {
    for ratio in [2.0, 3.0, 10.0, 0.1, 0.5, 1.5, 4.0 / 3.0, 1.25, 1.2, 0.8] {
        for at in [1, 2, 60, 118] {
            assert_eq!(warnings(&split(120, at, ratio)), [] as [&str; 0], "{ratio} {at}");
        }
        // Earlier prices are divided; after the split, the adjusted close equals the close.
        assert_eq!(warnings(&split_with((120, 119, ratio), 1.0 / ratio)), [] as [&str; 0], "{ratio}");
    }
}

/// If the last close differs from its adjusted close, it can be a wrong price as well as a split.
#[test]
fn a_last_close_that_leaves_the_adjusted_one_is_open() {
    for ratio in [2.0, 10.0, 0.1, 0.5, 4.0 / 3.0, 1.25, 0.8] {
        let found = warnings(&split(120, 119, ratio));
        let of_both = "1 day on which only one of the close and the adjusted close moves (line 121)";
        assert!(found == [of_both] || found == ["1 price far from the prices around (line 121)"], "{ratio} {found:?}");
    }
}

/// A wrong close is reported as such even if the adjusted close is right.
#[test]
fn a_wrong_close_beside_a_right_adjusted_one_is_the_one_named() {
    let text = split(120, 200, 1.0);
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    let cells: Vec<&str> = rows[61].split(',').collect();
    rows[61] = format!("{},{:.2},{}", cells[0], 10.0 * cells[1].parse::<f64>().unwrap(), cells[2]);
    assert_eq!(warnings(&rows.join("\n")), ["1 price far from the prices around (line 62)"]);
}

#[test]
fn columns_of_a_bar_with_different_numbers_of_decimals_are_read_by_the_mark_of_the_file() {
    let bar = |row: usize| {
        let (open, close) = (186.0 + noise(row), 186.0 + noise(row + 500));
        [open, open.max(close) + 0.5, open.min(close) - 0.5, close]
    };
    let comma = |value: f64, decimals: usize| format!("{value:.decimals$}").replace('.', ",");
    for (of_range, of_close) in [(3, 2), (2, 3), (3, 4), (3, 1), (4, 3)] {
        let text = table("Date;Open;High;Low;Close", 20, |row, day| {
            let [open, high, low, close] = bar(row);
            let range = [open, high, low].map(|price| comma(price, of_range)).join(";");
            format!("{day};{range};{}", comma(close, of_close))
        });
        for decimal_comma in [false, true] {
            let options = ReadOptions { decimal_comma, ..ReadOptions::default() };
            let reading = prices::read_bytes("p.csv", text.as_bytes(), &options).unwrap();
            assert_eq!(reading.warnings, [], "{of_range} {of_close}");
            let range = reading.series[0].range.as_ref().unwrap();
            assert!((range.open[0] - bar(0)[0]).abs() < 0.01, "{of_range} {of_close}");
        }
    }
}

#[test]
fn the_day_may_stand_between_year_and_month_where_the_caller_says_so() {
    let days = [date(2012, 1, 5), date(2012, 1, 6), date(2012, 1, 9), date(2012, 1, 10)];
    let ydm = ReadOptions { date_order: Some(prices::DateOrder::Ydm), ..ReadOptions::default() };
    for form in ["%Y%d%m", "%y/%d/%m", "%y%d%m", "%Y-%d-%m"] {
        let rows: String = days.iter().map(|day| format!("{},5\n", day.strftime(form))).collect();
        let reading = prices::read_bytes("p.csv", format!("Date,Close\n{rows}").as_bytes(), &ydm).unwrap();
        assert_eq!(reading.series[0].dates, days, "{form}");
    }
}
