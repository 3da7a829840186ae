//! Finds covariates that contain prices of later days, which were not known on their day.

use super::series::PriceSeries;

/// What a covariate seems to contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Later {
    /// The return of the day this many rows later.
    Return(usize),
    /// The price this many rows later, or the return to it.
    Price(usize),
    /// The size of the next day's return.
    Size,
}

/// A later value, and the correlation with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaterValue {
    /// The later value.
    pub what: Later,
    /// Spearman's correlation; Pearson's for a price more than one row later.
    pub correlation: f64,
}

/// The horizon of forecasts.
const MAX_ROWS: usize = 30;

/// Fewer rows are not enough evidence.
const MIN_PAIRS: usize = 60;

/// The minimum rank correlation with a single return. Values known on their day have less: the close of New York
/// correlates with the next return of Tokyo by about 0.5.
const MIN_OF_RETURN: f64 = 0.8;

/// The minimum rank correlation with the size of the next return. Known measures of volatility have less than 0.5.
const MIN_OF_SIZE: f64 = 0.9;

/// The minimum correlation with a return over several rows. Neighbouring returns share most of their rows, so a high
/// correlation can be chance: only copies, in any unit, reach this value.
const MIN_OF_PRICE: f64 = 0.99;

/// The minimum number of windows without common rows for a correlation with a return over several rows.
const MIN_WINDOWS: usize = 20;

/// Returns the later value that a covariate contains. `known` is the last value that is known on each row.
pub(super) fn find(known: &[f64], series: &PriceSeries) -> Option<LaterValue> {
    let prices = [&series.close, &series.adjusted];
    let different = if series.close == series.adjusted { 1 } else { 2 };
    prices[..different].iter().find_map(|prices| in_prices(known, prices))
}

fn in_prices(known: &[f64], prices: &[f64]) -> Option<LaterValue> {
    let is_positive = |values: &[f64]| values.iter().all(|value| *value > 0.0);
    let of_logarithms = is_positive(prices);
    let change = |from: f64, to: f64| if of_logarithms { (to / from).ln() } else { to - from };
    let returns: Vec<f64> = prices.windows(2).map(|pair| change(pair[0], pair[1])).collect();
    // A return is compared as it is, and a price by its distance from the price of its row.
    let distance = || known.iter().zip(prices).map(|(known, price)| change(*price, *known)).collect();
    let of_price: Option<Vec<f64>> = (!of_logarithms || is_positive(known)).then(distance);
    let forms: Vec<&[f64]> = std::iter::once(known).chain(of_price.as_deref()).collect();
    let of_returns = ranks(&returns);
    // The return of row t + 1 is at index t of `returns`.
    let single = |form: &&[f64]| {
        let of_form = ranks(form);
        (1..=MAX_ROWS).find_map(|rows| {
            let later = of_returns.get(rows - 1..).filter(|later| later.len() >= MIN_PAIRS)?;
            beyond(
                MIN_OF_RETURN,
                correlation(&of_form, later),
                if rows == 1 { Later::Price(1) } else { Later::Return(rows) },
            )
        })
    };
    let over_several = |form: &&[f64]| {
        (2..=MAX_ROWS).find_map(|rows| {
            let later = prices.get(rows..).filter(|later| later.len() >= MIN_PAIRS.max(MIN_WINDOWS * rows))?;
            let changes: Vec<f64> = prices.iter().zip(later).map(|(now, later)| change(*now, *later)).collect();
            beyond(MIN_OF_PRICE, correlation(form, &changes), Later::Price(rows))
        })
    };
    let size = || {
        let sizes: Vec<f64> = returns.iter().map(|change| change.abs()).collect();
        let enough = sizes.len() >= MIN_PAIRS;
        beyond(MIN_OF_SIZE, correlation(&ranks(known), &ranks(&sizes)), Later::Size).filter(|_| enough)
    };
    forms.iter().find_map(single).or_else(|| forms.iter().find_map(over_several)).or_else(size)
}

/// Returns a later value, if the correlation with it is beyond a limit in either direction.
fn beyond(limit: f64, correlation: f64, what: Later) -> Option<LaterValue> {
    (correlation.abs() > limit).then_some(LaterValue { what, correlation })
}

/// Returns the rank of each value; equal values have the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for equal in order.chunk_by(|one, other| values[*one] == values[*other]) {
        let rank = first as f64 + (equal.len() - 1) as f64 / 2.0;
        equal.iter().for_each(|row| ranks[*row] = rank);
        first += equal.len();
    }
    ranks
}

/// Returns Pearson's correlation of the values that both have; NaN if one does not vary.
fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let count = one.len().min(other.len());
    let mean = |values: &[f64]| values[..count].iter().sum::<f64>() / count as f64;
    let (mean_of_one, mean_of_other) = (mean(one), mean(other));
    let [mut product, mut of_one, mut of_other] = [0.0; 3];
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (a - mean_of_one, b - mean_of_other);
        product += a * b;
        of_one += a * a;
        of_other += b * b;
    }
    product / (of_one * of_other).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::noise;

    /// A random walk.
    fn walk(rows: usize, seed: u64) -> Vec<f64> {
        let mut price = 100.0;
        let mut noise = noise(seed);
        let mut next = || noise.next().unwrap() + noise.next().unwrap() - 1.0;
        (0..rows)
            .map(|_| {
                price *= 1.0 + 0.02 * next();
                price
            })
            .collect()
    }

    fn series(prices: &[f64]) -> PriceSeries {
        PriceSeries { close: prices.to_vec(), adjusted: prices.to_vec(), ..PriceSeries::default() }
    }

    fn what(known: &[f64], prices: &[f64]) -> Option<Later> {
        find(known, &series(prices)).map(|found| found.what)
    }

    /// The values `rows` rows later; the last one is repeated.
    fn later(values: &[f64], rows: usize) -> Vec<f64> {
        (0..values.len()).map(|row| values[(row + rows).min(values.len() - 1)]).collect()
    }

    #[test]
    fn later_prices_and_returns_are_found() {
        let prices = walk(700, 1);
        let returns: Vec<f64> =
            (0..700).map(|row| if row == 0 { 0.0 } else { (prices[row] / prices[row - 1]).ln() }).collect();
        let map = |values: Vec<f64>, f: &dyn Fn(f64) -> f64| -> Vec<f64> { values.into_iter().map(f).collect() };
        let next = || later(&returns, 1);
        assert_eq!(what(&later(&prices, 1), &prices), Some(Later::Price(1)));
        assert_eq!(what(&map(later(&prices, 5), &|price| 1.7 * price), &prices), Some(Later::Price(5)));
        assert_eq!(what(&next(), &prices), Some(Later::Price(1)));
        assert_eq!(what(&map(next(), &|change| -change), &prices), Some(Later::Price(1)));
        assert_eq!(what(&map(next(), &f64::signum), &prices), Some(Later::Price(1)));
        assert_eq!(what(&later(&returns, 2), &prices), Some(Later::Return(2)));
        assert_eq!(what(&map(next(), &f64::abs), &prices), Some(Later::Size));
        let to_fifth: Vec<f64> = (0..695).map(|row| (prices[row + 5] / prices[row]).ln()).chain([0.0; 5]).collect();
        assert_eq!(what(&to_fifth[..695], &prices[..695]), Some(Later::Price(5)));
    }

    #[test]
    fn later_prices_below_zero_are_found() {
        let levels: Vec<f64> = walk(400, 2).into_iter().map(|price| price - 100.0).collect();
        assert_eq!(what(&later(&levels, 1), &levels), Some(Later::Price(1)));
    }

    #[test]
    fn what_was_known_is_not_found() {
        for seed in 0..200 {
            let prices = walk(150 + 3 * seed as usize, seed);
            let other = walk(prices.len(), 1000 + seed);
            let before: Vec<f64> = (0..prices.len()).map(|row: usize| prices[row.saturating_sub(1)]).collect();
            let average: Vec<f64> = (0..prices.len())
                .map(|row: usize| {
                    prices[row.saturating_sub(19)..=row].iter().sum::<f64>() / 20_f64.min(row as f64 + 1.0)
                })
                .collect();
            let trend: Vec<f64> = (0..prices.len()).map(|row| row as f64).collect();
            for known in [&prices, &other, &before, &average, &trend] {
                assert_eq!(what(known, &prices), None, "{seed}");
            }
        }
    }
}
