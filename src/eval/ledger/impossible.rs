//! Forecasts that no program can have made of a closing price: their numbers were changed, or are not prices.

/// The reason why the prices of a forecast are impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impossible {
    /// A quantile is below one at a lower level.
    Crossing,
    /// A price is not above zero, although the last close is.
    NotPositive,
    /// A price is too far from the last close.
    OutOfReach,
}

/// Maximum ratio of a price to the last close, or of the last close to a price, that is plausible one row ahead. It is
/// far above the ratio of any known closes, and below that of a typing error of more than three digits.
const MAX_RATIO: f64 = 1e3;

/// Maximum ratio for any number of rows ahead; no forecast beyond it is made (see `ForecastError`).
const MAX_RATIO_OF_ALL: f64 = 1e9;

/// Returns the reason why the prices of a forecast are impossible, given the last close, `rows` rows earlier; `None` if
/// they are possible. The prices are the quantiles, from the lowest level to the highest, and the point forecast.
pub fn impossible(last_close: f64, prices: (&[f64], f64), rows: usize) -> Option<Impossible> {
    let (quantiles, point) = prices;
    if quantiles.windows(2).any(|pair| pair[0] > pair[1]) {
        return Some(Impossible::Crossing);
    }
    // Without a positive close there is no scale for the prices.
    if !(last_close > 0.0 && last_close.is_finite()) {
        return None;
    }
    let all = || quantiles.iter().copied().chain([point]);
    if all().any(|price| price <= 0.0) {
        return Some(Impossible::NotPositive);
    }
    // The standard deviation of a sum of independent moves grows with the square root of their number.
    let reach = (MAX_RATIO.ln() * (rows.max(1) as f64).sqrt()).min(MAX_RATIO_OF_ALL.ln());
    let is_out_of_reach = |price: f64| (price.ln() - last_close.ln()).abs() > reach;
    all().any(is_out_of_reach).then_some(Impossible::OutOfReach)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::QUANTILE_LEVELS;

    #[test]
    fn prices_that_cannot_be_closes_are_found() {
        let quantiles = QUANTILE_LEVELS.map(|level| 90.0 + 20.0 * level);
        let of = |change: &dyn Fn(&mut [f64]), rows| {
            let mut changed = quantiles;
            change(&mut changed);
            impossible(100.0, (&changed, 100.0), rows)
        };
        assert_eq!(of(&|_| {}, 1), None);
        assert_eq!(of(&|all| all[0] = -1.0, 1), Some(Impossible::NotPositive));
        assert_eq!(of(&|all| all[0] = 0.0, 1), Some(Impossible::NotPositive));
        assert_eq!(of(&|all| all[20] = 1e300, 1), Some(Impossible::OutOfReach));
        assert_eq!(of(&|all| all[0] = 1e-3, 1), Some(Impossible::OutOfReach));
        assert_eq!(of(&|all| all[20] = 1e6, 1), Some(Impossible::OutOfReach));
        assert_eq!(of(&|all| all[20] = 1e6, 4), None);
        assert_eq!(of(&|all| all[20] = 1e12, 1000), Some(Impossible::OutOfReach));
        assert_eq!(of(&|all| all[20] = all[18], 1), Some(Impossible::Crossing));
        assert_eq!(of(&|all| all.swap(0, 1), 1), Some(Impossible::Crossing));
        // Ratios of prices below zero, such as those of oil in 2020, are undefined.
        assert_eq!(impossible(-37.0, (&[-40.0, -30.0], -35.0), 1), None);
        assert_eq!(impossible(100.0, (&[], 1e300), 1), Some(Impossible::OutOfReach));
    }
}
