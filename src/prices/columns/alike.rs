//! Columns of prices that are read as two series and are one: nearly equal, or one a row late of the other.

use super::finder::Finder;
use super::plan::{Alike, Group};

/// Minimum rows as evidence.
const MIN_ROWS: usize = 20;

impl Finder<'_> {
    /// The pairs of series whose closes are alike in the sample; among the first series of a wide table, since pairs grow
    /// with the square of their number.
    pub(super) fn alike(&self, groups: &[Group]) -> Vec<Alike> {
        const MAX_SERIES: usize = 40;
        let closes: Vec<usize> = groups.iter().take(MAX_SERIES).map(Group::close).collect();
        let pairs =
            closes.iter().enumerate().flat_map(|(place, one)| closes[place + 1..].iter().map(|other| [*one, *other]));
        pairs.filter_map(|pair| self.alike_pair(pair)).collect()
    }

    fn alike_pair(&self, [one, other]: [usize; 2]) -> Option<Alike> {
        let name = |column: usize| self.table.label(column);
        let (is_late, first, second) = match likeness(&self.sample.pairs([one, other]))? {
            Likeness::Equal => (false, one, other),
            Likeness::Late => (true, one, other),
            Likeness::Early => (true, other, one),
        };
        Some(Alike { first: name(first), second: name(second), is_late })
    }
}

/// How the second of two columns relates to the first.
#[derive(Debug, PartialEq)]
enum Likeness {
    Equal,
    Late,
    Early,
}

/// Nearly all rows are equal, in columns that change on most rows: those of a price that stands still are by chance.
fn likeness(rows: &[[f64; 2]]) -> Option<Likeness> {
    let is_most = |count: usize, of: usize| 10 * count >= 9 * of;
    let changes = rows.windows(2).filter(|pair| pair[0][0] != pair[1][0]).count();
    if rows.len() < MIN_ROWS || 2 * changes < rows.len() {
        return None;
    }
    let beside = |of: fn(&[f64; 2], &[f64; 2]) -> bool| rows.windows(2).filter(|pair| of(&pair[0], &pair[1])).count();
    let equal = rows.iter().filter(|row| row[0] == row[1]).count();
    if is_most(equal, rows.len()) {
        return Some(Likeness::Equal);
    }
    if is_most(beside(|before, row| row[1] == before[0]), rows.len() - 1) {
        return Some(Likeness::Late);
    }
    is_most(beside(|before, row| row[0] == before[1]), rows.len() - 1).then_some(Likeness::Early)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::testing::noise;

    #[test]
    fn copies_and_late_copies_are_alike() {
        let prices: Vec<f64> = noise(8).take(60).map(|part| (1e4 * part).round() / 100.0).collect();
        let with =
            |of: fn(&[f64], usize) -> f64| (1..60).map(|row| [prices[row], of(&prices, row)]).collect::<Vec<_>>();
        assert_eq!(likeness(&with(|prices, row| prices[row])), Some(Likeness::Equal));
        assert_eq!(likeness(&with(|prices, row| if row % 20 == 3 { 1.0 } else { prices[row] })), Some(Likeness::Equal));
        assert_eq!(likeness(&with(|prices, row| prices[row - 1])), Some(Likeness::Late));
        assert_eq!(likeness(&with(|prices, row| prices[(row + 1) % 60])), Some(Likeness::Early));
        assert_eq!(likeness(&with(|prices, row| prices[59 - row])), None);
        assert_eq!(likeness(&[[1.0, 1.0]; 60]), None);
    }
}
