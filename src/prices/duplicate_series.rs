//! Finds series of a wide table with the same prices, in the same rows or one row later.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::columns::Field;
use super::draft::Draft;

/// The number of rows that are compared at a position.
const ROWS: usize = 4;
/// The number of positions, spread evenly over the rows.
const PLACES: usize = 48;

/// Columns of series that repeat the prices of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateSeries {
    /// The first few pairs.
    pub first: Vec<AlikePair>,
    /// The number of pairs.
    pub count: usize,
}

/// A column that repeats the prices of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlikePair {
    /// The other column, which precedes it in the file if the prices are in the same rows.
    pub of: String,
    /// The column that repeats them.
    pub name: String,
    /// Whether it repeats them one row later.
    pub is_late: bool,
    /// The number of rows on which it repeats them.
    pub rows: usize,
    /// The number of rows on which both have a price.
    pub all: usize,
}

impl DuplicateSeries {
    /// Finds such pairs among the drafts of a wide table. A few positions decide what is compared in full, so the cost
    /// grows with the number of prices rather than with the number of pairs.
    pub(super) fn find(drafts: &[Draft]) -> Option<Self> {
        const NAMED: usize = 3;
        let pairs = candidates(drafts).into_iter().filter_map(|(one, other, late)| compared(drafts, one, other, late));
        let mut pairs: Vec<AlikePair> = pairs.collect();
        let count = pairs.len();
        pairs.truncate(NAMED);
        (count > 0).then_some(Self { first: pairs, count })
    }

    /// Replaces the names of series by the labels of their columns.
    pub(super) fn labelled(mut self, label: impl Fn(&str) -> String) -> Self {
        for AlikePair { of, name, .. } in &mut self.first {
            (*of, *name) = (label(of), label(name));
        }
        self
    }
}

impl fmt::Display for DuplicateSeries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let late = |pair: &AlikePair| if pair.is_late { " a row late" } else { "" };
        if let ([pair], 1) = (&self.first[..], self.count) {
            let AlikePair { of, name, rows, all, .. } = pair;
            let on = if rows == all { format!("all {all}") } else { format!("{rows} of {all}") };
            return write!(
                f,
                "'{name}' has the prices of '{of}'{} on {on} rows: they may be of one series",
                late(pair)
            );
        }
        let pairs = self.first.iter().map(|pair| format!("'{}' repeats '{}'{}", pair.name, pair.of, late(pair)));
        let named: Vec<String> = pairs.collect();
        let others = match self.count - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (count, named) = (self.count, named.join(", "));
        write!(f, "{count} series repeat the prices of another: {named}{others}; they may be of one series")
    }
}

/// Returns pairs of series with equal prices at a position, and whether the second has them one row later. Of several
/// equal series, each is paired only with the first.
fn candidates(drafts: &[Draft]) -> BTreeSet<(usize, usize, bool)> {
    let lines = places(drafts);
    let mut first: HashMap<(usize, u64), usize> = HashMap::new();
    let mut found = BTreeSet::new();
    for (draft, place, key) in keys(drafts, &lines, 0) {
        let known = *first.entry((place, key)).or_insert(draft);
        if known != draft {
            found.insert((known, draft, false));
        }
    }
    let is_copy: BTreeSet<usize> = found.iter().map(|(_, copy, _)| *copy).collect();
    for (draft, place, key) in keys(drafts, &lines, 1).filter(|(draft, ..)| !is_copy.contains(draft)) {
        if let Some(&known) = first.get(&(place, key)).filter(|known| **known != draft) {
            found.insert((known, draft, true));
        }
    }
    found
}

/// Returns the lines at which the positions begin.
fn places(drafts: &[Draft]) -> Vec<u32> {
    let Some(longest) = drafts.iter().max_by_key(|draft| draft.lines.len()) else { return Vec::new() };
    let last = longest.lines.len().saturating_sub(ROWS + 1);
    let mut lines: Vec<u32> =
        (0..PLACES).filter_map(|place| longest.lines.get(last * place / PLACES).copied()).collect();
    lines.dedup();
    lines
}

/// Returns, for each draft and position, a hash of the prices of a few rows, beginning `late` rows later. Constant
/// prices are left out, because they are equal by chance.
fn keys<'a>(drafts: &'a [Draft], lines: &'a [u32], late: usize) -> impl Iterator<Item = (usize, usize, u64)> + 'a {
    drafts.iter().enumerate().flat_map(move |(draft, of)| {
        lines.iter().enumerate().filter_map(move |(place, line)| {
            let row = of.lines.binary_search(line).ok()? + late;
            let prices = of.values[Field::Close as usize].get(row..row + ROWS)?;
            let moves = prices.windows(2).filter(|pair| pair[0] != pair[1]).count();
            let mut hasher = DefaultHasher::new();
            prices.iter().for_each(|price| price.to_bits().hash(&mut hasher));
            (2 * moves >= ROWS).then(|| (draft, place, hasher.finish()))
        })
    })
}

/// Returns the pair if its prices are equal on more rows than by chance.
fn compared(drafts: &[Draft], one: usize, other: usize, is_late: bool) -> Option<AlikePair> {
    let rows = common(&drafts[one], &drafts[other]);
    let alike: Vec<(f64, bool)> = match is_late {
        false => rows.iter().map(|[one, other]| (*one, one == other)).collect(),
        true => rows.windows(2).map(|pair| (pair[0][0], pair[1][1] == pair[0][0])).collect(),
    };
    let count = alike.iter().filter(|(_, alike)| *alike).count();
    let pair = AlikePair {
        of: drafts[one].name.clone(),
        name: drafts[other].name.clone(),
        is_late,
        rows: count,
        all: alike.len(),
    };
    are_one(&alike, count).then_some(pair)
}

/// Whether prices that are equal on some rows are not equal by chance: on nearly all rows, or on many consecutive ones,
/// most of which are moves.
fn are_one(alike: &[(f64, bool)], count: usize) -> bool {
    const MIN_ROWS: usize = 20;
    const MIN_IN_A_ROW: usize = 60;
    let moves = |rows: &[(f64, bool)]| {
        let count = rows.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
        2 * count >= rows.len()
    };
    let is_most = alike.len() >= MIN_ROWS && 10 * count >= 9 * alike.len();
    let mut runs = alike.split(|(_, alike)| !alike);
    (is_most && moves(alike)) || runs.any(|run| run.len() >= MIN_IN_A_ROW && moves(run))
}

/// Returns the closes of two drafts on the rows that both have.
fn common(one: &Draft, other: &Draft) -> Vec<[f64; 2]> {
    let of = |draft: &Draft, row: usize| draft.values[Field::Close as usize].get(row).copied();
    let (mut found, mut at) = (Vec::new(), 0);
    for (row, line) in one.lines.iter().enumerate() {
        while other.lines.get(at).is_some_and(|other| other < line) {
            at += 1;
        }
        if other.lines.get(at) == Some(line) {
            found.extend(of(one, row).zip(of(other, at)).map(|(one, other)| [one, other]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    fn prices(seed: u64, rows: usize) -> Vec<f64> {
        let mut price = 50.0;
        let moves = noise(seed).take(rows).map(|part| {
            price *= 1.0 + 0.02 * (part - 0.5);
            (price * 100.0_f64).round() / 100.0
        });
        moves.collect()
    }

    /// Makes a draft of each column, without the rows at which it has no price.
    fn drafts(columns: &[Vec<f64>]) -> Vec<Draft> {
        let draft = |(number, column): (usize, &Vec<f64>)| {
            let rows = || column.iter().enumerate().filter(|(_, price)| !price.is_nan());
            let mut draft = Draft::new(format!("T{number}"));
            draft.lines = rows().map(|(row, _)| 2 + row as u32).collect();
            draft.values[Field::Close as usize] = rows().map(|(_, price)| *price).collect();
            draft
        };
        columns.iter().enumerate().map(draft).collect()
    }

    fn found(columns: &[Vec<f64>]) -> Vec<String> {
        let found = DuplicateSeries::find(&drafts(columns));
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn equal_and_late_series_are_found_among_many() {
        let mut columns: Vec<Vec<f64>> = (0..90).map(|seed| prices(seed, 500)).collect();
        assert!(found(&columns).is_empty());
        columns[70] = columns[3].clone();
        assert_eq!(found(&columns), ["'T70' has the prices of 'T3' on all 500 rows: they may be of one series"]);
        columns[70].insert(0, 50.0);
        columns[70].truncate(500);
        assert_eq!(
            found(&columns),
            ["'T70' has the prices of 'T3' a row late on all 499 rows: they may be of one series"]
        );
        // The first of two series can be the late one.
        columns.swap(3, 70);
        assert_eq!(
            found(&columns),
            ["'T3' has the prices of 'T70' a row late on all 499 rows: they may be of one series"]
        );
    }

    #[test]
    fn one_warning_is_of_all_series() {
        assert_eq!(
            found(&vec![prices(1, 300); 40]),
            ["39 series repeat the prices of another: 'T1' repeats 'T0', 'T2' repeats 'T0', 'T3' repeats 'T0' and 36 \
                 more; they may be of one series"]
        );
    }

    #[test]
    fn the_rows_that_are_alike_are_counted() {
        let one = prices(1, 1000);
        let other: Vec<f64> = prices(2, 1000).iter().map(|price| price + 0.001).collect();
        let half = [&one[..400], &other[400..]].concat();
        assert_eq!(
            found(&[one.clone(), half]),
            ["'T1' has the prices of 'T0' on 400 of 1000 rows: they may be of one series"]
        );
        // Cells without a price, and a few that differ.
        let mut holes = one.clone();
        holes.iter_mut().step_by(25).for_each(|price| *price = f64::NAN);
        holes.iter_mut().skip(7).step_by(40).for_each(|price| *price += 1.0);
        assert_eq!(
            found(&[one.clone(), holes]),
            ["'T1' has the prices of 'T0' on 935 of 960 rows: they may be of one series"]
        );
        // Constant prices, or prices with few different values, are equal by chance.
        let coarse = |seed| -> Vec<f64> { noise(seed).take(1000).map(|part| (part * 3.0).round()).collect() };
        assert!(found(&[coarse(1), coarse(2)]).is_empty());
        assert!(found(&[vec![1.0; 500], vec![1.0; 500]]).is_empty());
        assert!(found(&[one, other]).is_empty());
    }
}
