//! Splits and dividends: the close that returns are made of.

use jiff::civil::Date;

/// Where the adjusted close comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// The file has a column of it.
    Column,
    /// It was made of the file's split factors and dividends.
    Factors,
    /// The file says nothing: the close stands for it.
    None,
    /// The file's column contradicts the close: the close stands for it.
    Rejected,
    /// Jumps that look like splits were taken out, as the caller asked.
    Jumps,
}

impl std::fmt::Display for Adjustment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Adjustment::Column => "column",
            Adjustment::Factors => "factors",
            Adjustment::None => "none",
            Adjustment::Rejected => "rejected",
            Adjustment::Jumps => "jumps",
        })
    }
}

/// A change of the price between two rows that looks like a split, or is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The first day at the new price.
    pub date: Date,
    /// Its line in the file.
    pub line: usize,
    /// New shares for an old one: 2 for a split of two for one, 0.1 for a reverse split of one for ten.
    pub ratio: f64,
}

impl std::fmt::Display for Split {
    /// `2:1 split on 2005-02-28`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (new, old) = RATIOS
            .into_iter()
            .flat_map(|(new, old)| [(new, old), (old, new)])
            .find(|(new, old)| (new / old / self.ratio - 1.0).abs() < 1e-9)
            .unwrap_or((self.ratio, 1.0));
        write!(f, "{new}:{old} split on {}", self.date)
    }
}

/// The splits that companies make; each may also be made in reverse.
const RATIOS: [(f64, f64); 19] = [
    (3.0, 2.0),
    (2.0, 1.0),
    (5.0, 2.0),
    (3.0, 1.0),
    (4.0, 1.0),
    (5.0, 1.0),
    (6.0, 1.0),
    (7.0, 1.0),
    (8.0, 1.0),
    (9.0, 1.0),
    (10.0, 1.0),
    (12.0, 1.0),
    (15.0, 1.0),
    (20.0, 1.0),
    (25.0, 1.0),
    (30.0, 1.0),
    (40.0, 1.0),
    (50.0, 1.0),
    (100.0, 1.0),
];

/// What is asked of a jump before it is taken for a split: the smaller the split, the more, since
/// prices do fall by a third in a day.
struct Demands {
    /// The jump, in usual daily moves.
    unusual: f64,
    /// How far the day's own move may take the jump from the exact ratio, at most.
    own_move: f64,
}

/// For splits of less than two for one. Oil fell by a third on 1991-01-17, ten usual moves.
const SMALL: Demands = Demands { unusual: 15.0, own_move: 0.06 };

/// For all others. Apple moved by 9 % on the day of its split in 2000, and had moved by 6 % a day.
const LARGE: Demands = Demands { unusual: 8.0, own_move: 0.12 };

/// How many usual daily moves the split day's own move may be.
const OWN_MOVES: f64 = 2.5;

/// The smallest jump that is looked at: a little less than a split of three for two.
const SMALLEST: f64 = 1.4;

/// More money than so many times the usual changes hands in a crash, not on the day of a split.
const CRASH_TRADE: f64 = 3.0;

/// Days before and after from which the usual daily move is taken.
const AROUND: usize = 30;

/// The usual daily move where there are too few days to say: 2 %, as of a large company.
const DEFAULT_MOVE: f64 = 0.02;

/// A step of the adjusted close against the close that no dividend explains: 25 %.
const NO_DIVIDEND: f64 = 0.25;

/// The rows whose price stands to the one before as after a split. A row that jumps and jumps back is
/// a wrong price and no split, and so is a crash with its heavy trade.
pub(super) fn split_like(prices: &[f64], volume: Option<&[f64]>) -> Vec<(usize, f64)> {
    let jumps = (1..prices.len()).filter(|&row| is_jump(prices, row) && !jumps_back(prices, row));
    let quiet = jumps.filter(|&row| volume.is_none_or(|volume| !is_heavy(prices, volume, row)));
    quiet.filter_map(|row| Some((row, ratio(step(prices, row), usual_move(prices, row))?))).collect()
}

/// The logarithm of a price over the one before.
fn step(prices: &[f64], row: usize) -> f64 {
    (prices[row] / prices[row - 1]).ln()
}

fn is_jump(prices: &[f64], row: usize) -> bool {
    let times = prices[row] / prices[row - 1];
    // No logarithm for the many rows that are none; false for those of zero and below.
    times > SMALLEST || (times > 0.0 && times < 1.0 / SMALLEST)
}

/// Whether the row before or the one behind jumps the other way.
fn jumps_back(prices: &[f64], row: usize) -> bool {
    let beside = [row - 1, row + 1].into_iter().filter(|other| (1..prices.len()).contains(other));
    let mut jumps = beside.filter(|&other| is_jump(prices, other));
    jumps.any(|other| (step(prices, other) + step(prices, row)).abs() < 0.2)
}

/// Whether much more money changed hands on a day than on those before.
fn is_heavy(prices: &[f64], volume: &[f64], row: usize) -> bool {
    let trade = |row: usize| prices[row] * volume[row];
    let before = row.saturating_sub(AROUND)..row;
    median(before.map(trade).collect()).is_some_and(|usual| usual > 0.0 && trade(row) > CRASH_TRADE * usual)
}

/// New shares for an old one, if a jump is what a split makes.
fn ratio(step: f64, usual: f64) -> Option<f64> {
    let fits = |ratio: f64| {
        let demands = if (0.51..1.99).contains(&ratio) { SMALL } else { LARGE };
        let allowed = (OWN_MOVES * usual).clamp(0.01, demands.own_move);
        step.abs() > demands.unusual * usual && (step + ratio.ln()).abs() < allowed
    };
    let distance = |ratio: &f64| (step + ratio.ln()).abs();
    let ratios = RATIOS.iter().flat_map(|(new, old)| [new / old, old / new]);
    ratios.filter(|&ratio| fits(ratio)).min_by(|one, other| distance(one).total_cmp(&distance(other)))
}

/// The usual size of a daily move around a row: the median of the moves' sizes, scaled to a standard
/// deviation of a normal distribution, so that jumps do not count.
fn usual_move(prices: &[f64], row: usize) -> f64 {
    let around = row.saturating_sub(AROUND).max(1)..(row + AROUND + 1).min(prices.len());
    let others = around.filter(|&other| other != row).map(|other| step(prices, other).abs());
    let sizes: Vec<f64> = others.filter(|size| size.is_finite()).collect();
    if sizes.len() < 5 {
        return DEFAULT_MOVE;
    }
    median(sizes).map_or(DEFAULT_MOVE, |middle| (middle / 0.6745).max(0.002))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// The first row at which the adjusted close moves against the close as neither a dividend nor a
/// split would have it.
pub(super) fn contradiction(close: &[f64], adjusted: &[f64]) -> Option<usize> {
    // The adjusted close goes its own way, and it is not the close that jumps.
    let unexplained = |row: &usize| {
        let returned = adjusted[*row] / adjusted[row - 1];
        let apart = returned / (close[*row] / close[row - 1]);
        is_more(returned, NO_DIVIDEND) && is_more(apart, NO_DIVIDEND)
    };
    (1..close.len()).find(unexplained)
}

/// Whether a factor is above `1 + share`, or as far below 1.
fn is_more(factor: f64, share: f64) -> bool {
    factor > 1.0 + share || (factor > 0.0 && factor < 1.0 / (1.0 + share))
}

/// The splits that an adjusted close does not have: where its ratio to the close steps as a split.
pub(super) fn taken_out(close: &[f64], adjusted: &[f64]) -> Vec<(usize, f64)> {
    let ratio = |step: f64| {
        let mut ratios = RATIOS.iter().flat_map(|(new, old)| [new / old, old / new]);
        ratios.find(|ratio| (step / ratio - 1.0).abs() < 0.01)
    };
    let step = |row: usize| (adjusted[row] / adjusted[row - 1]) / (close[row] / close[row - 1]);
    let steps = (1..close.len()).map(|row| (row, step(row)));
    steps.filter(|&(_, step)| is_more(step, NO_DIVIDEND)).filter_map(|(row, step)| Some((row, ratio(step)?))).collect()
}

/// The adjusted close of a close, its split factors and its dividends, and the splits among them.
///
/// A split that the close does not show has been taken out by the vendor, and its dividends with it.
pub(super) fn by_factors(
    close: &[f64],
    splits: Option<&[f64]>,
    dividends: Option<&[f64]>,
) -> (Vec<f64>, Vec<(usize, f64)>) {
    let known = |column: Option<&[f64]>, row: usize| {
        column.map(|column| column[row]).filter(|value| value.is_finite() && *value > 0.0)
    };
    let mut adjusted = close.to_vec();
    let mut found = Vec::new();
    let mut factor = 1.0;
    for row in (1..close.len()).rev() {
        adjusted[row] = close[row] * factor;
        let step = (close[row] / close[row - 1]).ln();
        let shown = |ratio: &f64| *ratio != 1.0 && (step + ratio.ln()).abs() < step.abs();
        if let Some(ratio) = known(splits, row).filter(shown) {
            factor /= ratio;
            found.push((row, ratio));
        }
        if let Some(dividend) = known(dividends, row).filter(|dividend| *dividend < close[row - 1]) {
            factor *= 1.0 - dividend / close[row - 1];
        }
    }
    if let Some(first) = adjusted.first_mut() {
        *first = close[0] * factor;
    }
    found.reverse();
    (adjusted, found)
}

/// The prices without the given splits: the days before each are divided by its ratio.
pub(super) fn without(prices: &[f64], splits: &[(usize, f64)]) -> Vec<f64> {
    let mut adjusted = prices.to_vec();
    for &(row, ratio) in splits {
        adjusted[..row].iter_mut().for_each(|price| *price /= ratio);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices with small moves, and jumps by the given factors at the given rows.
    fn prices(rows: usize, jumps: &[(usize, f64)]) -> Vec<f64> {
        let mut price = 100.0;
        let small = [1.01, 0.99, 1.005, 0.985, 1.012];
        (0..rows)
            .map(|row| {
                price *= small[row % small.len()];
                price *= jumps.iter().find(|(at, _)| *at == row).map_or(1.0, |(_, factor)| *factor);
                price
            })
            .collect()
    }

    #[test]
    fn splits_are_known_by_their_ratio() {
        for (factor, ratio) in [(0.5, 2.0), (2.0 / 3.0, 1.5), (0.02, 50.0), (10.0, 0.1), (1.0 / 7.0, 7.0)] {
            let found = split_like(&prices(60, &[(30, factor)]), None);
            assert_eq!(found.len(), 1, "{factor}");
            assert_eq!(found[0].0, 30);
            assert!((found[0].1 - ratio).abs() < 1e-12, "{factor}");
        }
        assert_eq!(split_like(&prices(4, &[(2, 0.5)]), None).len(), 1);
    }

    #[test]
    fn crashes_slips_and_wild_markets_are_no_splits() {
        assert!(split_like(&prices(60, &[]), None).is_empty());
        assert!(split_like(&prices(60, &[(30, 0.58)]), None).is_empty());
        assert!(split_like(&prices(60, &[(30, 0.01), (31, 100.0)]), None).is_empty());
        let wild: Vec<f64> = (0..60).map(|row| [100.0, 120.0, 90.0, 130.0][row % 4]).collect();
        assert!(split_like(&[wild, vec![200.0]].concat(), None).is_empty());
        assert!(split_like(&[18.31, -36.98, 8.91, 0.0, 13.64], None).is_empty());
    }

    #[test]
    fn heavy_trade_tells_a_crash_from_a_split() {
        let prices = prices(60, &[(30, 0.5)]);
        let mut volume = vec![1e6; 60];
        assert_eq!(split_like(&prices, Some(&volume)).len(), 1);
        volume[30] = 2e6;
        assert_eq!(split_like(&prices, Some(&volume)).len(), 1);
        volume[30] = 14e6;
        assert!(split_like(&prices, Some(&volume)).is_empty());
    }

    #[test]
    fn an_adjusted_close_may_step_by_dividends_and_splits_only() {
        let close = prices(60, &[(30, 0.5)]);
        let split = without(&close, &[(30, 2.0)]);
        assert_eq!(contradiction(&close, &split), None);
        assert_eq!(taken_out(&close, &split), [(30, 2.0)]);
        let dividend: Vec<f64> =
            split.iter().enumerate().map(|(row, price)| if row < 20 { price * 0.95 } else { *price }).collect();
        assert_eq!(contradiction(&close, &dividend), None);
        let broken: Vec<f64> =
            split.iter().enumerate().map(|(row, price)| if row < 20 { price / 70.0 } else { *price }).collect();
        assert_eq!(contradiction(&close, &broken), Some(20));
        assert_eq!(contradiction(&close, &close), None);
    }

    #[test]
    fn factors_make_an_adjusted_close() {
        let close = [100.0, 50.0, 49.0, 50.0];
        let splits = [1.0, 2.0, 1.0, f64::NAN];
        let dividends = [0.0, 0.0, 1.0, 0.0];
        let (adjusted, found) = by_factors(&close, Some(&splits), Some(&dividends));
        assert_eq!(adjusted, [49.0, 49.0, 49.0, 50.0]);
        assert_eq!(found, [(1, 2.0)]);
        // The vendor has taken the split out of the close already.
        let (adjusted, found) = by_factors(&[50.0, 50.0, 49.0], Some(&[0.0, 2.0, 0.0]), None);
        assert_eq!((adjusted, found), (vec![50.0, 50.0, 49.0], vec![]));
        assert_eq!(by_factors(&[], None, None).0, Vec::<f64>::new());
    }

    #[test]
    fn a_split_is_said_in_whole_shares() {
        let split = |ratio| Split { date: jiff::civil::date(2005, 2, 28), line: 3, ratio };
        assert_eq!(split(2.0).to_string(), "2:1 split on 2005-02-28");
        assert_eq!(split(1.5).to_string(), "3:2 split on 2005-02-28");
        assert_eq!(split(1.0 / 50.0).to_string(), "1:50 split on 2005-02-28");
        assert_eq!(split(1.03).to_string(), "1.03:1 split on 2005-02-28");
    }
}
