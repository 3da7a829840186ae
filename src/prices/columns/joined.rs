//! Finds series below each other whose days do not overlap, in a column that is not named as tickers: they are read as
//! one series.

use std::collections::HashSet;

use super::finder::Finder;
use super::panel::is_of_what;
use super::plan::Joined;
use crate::moves::median;
use crate::table::Records;

/// The most rows that are examined.
const MAX_ROWS: usize = 20_000;

/// A row: its line, its price and the cells of some columns.
struct Row {
    line: usize,
    price: f64,
    cells: Vec<Vec<u8>>,
}

impl Finder<'_> {
    /// Returns the change from one series to the next, in the first column of words that changes a few times, each time
    /// to a new word. The price jumps at most of the changes, or the column is named as a country, a product and the
    /// like. The price of a stock that is renamed does not jump.
    pub(super) fn joined(&self, head: &[u8], close: usize, words: &[usize]) -> Option<Joined> {
        if words.is_empty() {
            return None;
        }
        let rows = self.rows_with(head, close, words);
        let moves: Vec<f64> = rows.windows(2).map(|pair| size_of_move(&pair[0], &pair[1])).collect();
        let usual = median(moves)?;
        (0..words.len()).find_map(|place| {
            let is_of_what = is_of_what(&self.table.names[words[place]]);
            let (change, jumps) = first_jump(&rows, place, usual, is_of_what)?;
            let word = |row: &Row| String::from_utf8_lossy(&row.cells[place]).trim().to_owned();
            let [before, after] = [change - 1, change].map(|at| word(&rows[at]));
            Some(Joined { column: self.table.label(words[place]), before, after, line: rows[change].line, jumps })
        })
    }

    fn rows_with(&self, head: &[u8], close: usize, words: &[usize]) -> Vec<Row> {
        let mut records = Records::new(head, self.table.dialect);
        let mut rows = Vec::new();
        while let Ok(Some(row)) = records.next() {
            let is_row = row.line >= self.table.first_line && row.cells.fits(self.table.names.len());
            let price = self.sample.value(close, row.cells.get(close)).filter(|price| is_row && *price > 0.0);
            let cells = || words.iter().map(|&column| row.cells.get(column).to_vec()).collect();
            rows.extend(price.map(|price| Row { line: row.line, price, cells: cells() }));
            if rows.len() == MAX_ROWS {
                break;
            }
        }
        rows
    }
}

fn size_of_move(one: &Row, other: &Row) -> f64 {
    (other.price / one.price).ln().abs()
}

/// Returns the first row at which a column changes and the price jumps, if it jumps at most of the changes; otherwise,
/// if `all` is set, the first row at which the column changes. `None` if words come again or have few rows each.
fn first_jump(rows: &[Row], place: usize, usual: f64, all: bool) -> Option<(usize, bool)> {
    const MIN_JUMP: f64 = 0.15;
    const MIN_TIMES_USUAL: f64 = 10.0;
    const MIN_ROWS_PER_WORD: usize = 5;
    let changes: Vec<usize> =
        (1..rows.len()).filter(|&at| rows[at - 1].cells[place] != rows[at].cells[place]).collect();
    let distinct = rows.iter().map(|row| &row.cells[place]).collect::<HashSet<_>>().len();
    let is_jump = |at: &usize| size_of_move(&rows[*at - 1], &rows[*at]) > MIN_JUMP.max(MIN_TIMES_USUAL * usual);
    let jumps: Vec<usize> = changes.iter().copied().filter(is_jump).collect();
    let in_blocks = changes.len() + 1 == distinct && MIN_ROWS_PER_WORD * distinct <= rows.len();
    let jump = jumps.first().copied().filter(|_| 2 * jumps.len() > changes.len()).map(|at| (at, true));
    jump.or_else(|| Some((*changes.first().filter(|_| all)?, false))).filter(|_| in_blocks)
}

#[cfg(test)]
mod tests {
    use crate::testing::read;

    /// Returns the warnings about rows with two words, where the second half has another price.
    fn warnings(column: &str, words: [&str; 2], times: f64) -> Vec<String> {
        let row = |day: usize| {
            let (word, times) = if day < 16 { (words[0], 1.0) } else { (words[1], times) };
            format!("{word},2024-01-{day:02},{:.2}\n", times * (50.0 + (day * 7 % 5) as f64 / 10.0))
        };
        let text = format!("{column},date,close\n{}", (1..31).map(row).collect::<String>());
        let reading = read(&text).unwrap();
        assert_eq!(reading.series.len(), 1);
        reading.warnings.iter().map(|warning| warning.to_string()).collect()
    }

    #[test]
    fn series_that_follow_each_other_are_said() {
        let expected = "column 'house' changes from 'HDFC' to 'SBI' (line 17), where the price jumps: the rows are read as \
                    one series";
        assert!(warnings("house", ["HDFC", "SBI"], 0.4).contains(&expected.to_owned()));
        let expected = "column 'Country' changes from 'Kenya' to 'Ghana' (line 17): the rows are read as one series";
        assert!(warnings("Country", ["Kenya", "Ghana"], 1.0).contains(&expected.to_owned()));
        assert!(!warnings("house", ["FB", "META"], 1.0).iter().any(|warning| warning.contains("house")));
    }
}
