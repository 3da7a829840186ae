//! The tick size of prices, estimated from the prices themselves.

/// Number of days in which unchanged prices are counted.
const DAYS: usize = 250;
/// Fraction of unchanged prices above which ticks matter. It corresponds to a tick of an eighth of the daily
/// volatility.
const MIN_UNCHANGED_SHARE: f64 = 0.05;
/// Minimum number of unchanged prices.
const MIN_UNCHANGED: usize = 5;
/// Number of changed prices from which the tick is estimated: the last ones, because exchanges change their ticks.
const CHANGED: usize = 64;
/// Fraction of these prices that must lie on the grid, so that an averaged or mistyped price does not hide it.
const ON_GRID: f64 = 0.95;
/// Maximum number of decimals of a price.
const MAX_DECIMALS: i32 = 12;
/// Bounds on price divided by tick: a price below half a tick lies on no grid, and a tick a billion times smaller than
/// the price is beyond its digits.
const LEVELS: std::ops::Range<f64> = 0.5..1e9;

/// The price grid around one day: the price of that day, and whole ticks above and below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tick {
    /// The tick size: the distance from one price to the next.
    pub step: f64,
    /// The price of the day.
    pub price: f64,
    /// Ten to the power of the number of decimals, if prices have a fixed number of decimals.
    unit: Option<f64>,
}

impl Tick {
    /// Returns the grid on the last day of `prices`; `None` if ticks are too small to matter, or none are found. It
    /// depends on the last rows: about 250, or more if prices seldom change.
    pub fn detect(prices: &[f64]) -> Option<Tick> {
        let price = *prices.last()?;
        if !is_coarse(prices) {
            return None;
        }
        let changed = changed(prices);
        let unit = unit_of(&changed);
        let step = step_of(&changed, price, unit).or(unit.map(|unit| 1.0 / unit))?;
        LEVELS.contains(&(price / step)).then_some(Tick { step, price, unit })
    }

    /// Returns the price `steps` ticks from the day's price.
    fn price_at(&self, steps: i64) -> f64 {
        let price = self.price + steps as f64 * self.step;
        // Rounded to its decimals, so that it equals the number in a file.
        self.unit.map_or(price, |unit| (price * unit).round() / unit)
    }

    /// Returns the day's price in ticks.
    pub fn level(&self) -> f64 {
        self.price / self.step
    }

    /// Returns the lowest price above zero, in ticks from the day's price.
    pub fn lowest(&self) -> i64 {
        1 - (self.level() - 1e-6).ceil() as i64
    }
}

/// A [`Tick`] of the close or of the adjusted close. Adjusted closes that are rounded to a few decimals have ticks of
/// their own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// The tick and the price.
    pub tick: Tick,
    /// Whether it is the grid of the adjusted close; otherwise that of the quoted close.
    pub of_adjusted: bool,
}

impl Grid {
    /// Returns the grid of the quoted close, or else that of the adjusted close, on the last day.
    pub fn detect(close: &[f64], adjusted: &[f64]) -> Option<Grid> {
        let of = |prices, of_adjusted| Tick::detect(prices).map(|tick| Grid { tick, of_adjusted });
        of(close, false).or_else(|| of(adjusted, true))
    }

    /// Whether the other is the same grid around the price of another day.
    pub fn is_like(&self, other: &Grid) -> bool {
        let key = |grid: &Grid| (grid.of_adjusted, grid.tick.step.to_bits(), grid.tick.unit.map(f64::to_bits));
        key(self) == key(other)
    }

    /// Returns this grid around another price.
    pub fn from(&self, price: f64) -> Grid {
        Grid { tick: Tick { price, ..self.tick }, ..*self }
    }

    /// Converts a log return to ticks.
    pub fn steps(&self, log_return: f64) -> f64 {
        log_return.exp_m1() * self.tick.level()
    }

    /// Returns the log return over whole ticks.
    pub fn log_return(&self, steps: i64) -> f64 {
        (self.tick.price_at(steps) / self.tick.price).ln()
    }

    /// Returns the log return to a bound between ticks; `None` if the price at the bound is not above zero.
    pub fn log_return_to(&self, bound: f64) -> Option<f64> {
        let ratio = 1.0 + bound / self.tick.level();
        (ratio > 0.0).then(|| ratio.ln())
    }
}

/// Whether enough prices are unchanged for ticks to matter.
fn is_coarse(prices: &[f64]) -> bool {
    let recent = &prices[prices.len().saturating_sub(DAYS + 1)..];
    let unchanged = recent.windows(2).filter(|pair| pair[0] == pair[1]).count();
    unchanged >= MIN_UNCHANGED.max((MIN_UNCHANGED_SHARE * (recent.len() - 1) as f64).ceil() as usize)
}

/// Returns the last prices that differ from the price before them.
fn changed(prices: &[f64]) -> Vec<f64> {
    let last = prices.iter().rev().take(1).copied();
    let changes = prices.windows(2).rev().filter(|pair| pair[0] != pair[1]);
    last.chain(changes.map(|pair| pair[0])).take(CHANGED).collect()
}

/// Returns ten to the power of the number of decimals of most prices.
fn unit_of(prices: &[f64]) -> Option<f64> {
    // A price far below one unit is not a multiple of it.
    let is_whole =
        |scaled: f64| scaled.abs() > 0.5 && (scaled - scaled.round()).abs() <= 1e-6_f64.max(1e-12 * scaled.abs());
    let units = (0..=MAX_DECIMALS).map(|decimals| 10_f64.powi(decimals));
    units.into_iter().find(|unit| is_share(prices, |price| is_whole(price * unit)))
}

fn is_share(prices: &[f64], on_grid: impl Fn(f64) -> bool) -> bool {
    prices.iter().filter(|price| on_grid(**price)).count() as f64 >= ON_GRID * prices.len() as f64
}

/// Returns the largest common tick of most prices. Ticks of an eighth or a sixteenth can be written with two decimals,
/// so that a price differs from its tick by up to half a unit of its last decimal.
fn step_of(prices: &[f64], last: f64, unit: Option<f64>) -> Option<f64> {
    let mut levels = prices.to_vec();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    if levels.len() < 2 {
        // A constant price has no visible tick: a hundredth is used, or a unit of the last decimal if that is smaller.
        return unit.map(|unit| 1.0 / unit.max(100.0));
    }
    let written = unit.map_or(1e-6 * last.abs(), |unit| 1.0 / unit);
    let fits = |step: f64| {
        let several = step >= 4.0 * written && levels.len() >= 4;
        let slack = if several { 0.51 * written } else { 0.01 * written };
        let off = |price: f64, from: f64| {
            let steps = (price - from) / step;
            (steps - steps.round()).abs() * step <= slack
        };
        // With few prices, the grid must also include zero, as those of exchanges do.
        is_share(prices, |price| off(price, last)) && (levels.len() >= 8 || off(last, 0.0))
    };
    // The tick before refinement is also tried, because an outlier at an end of the range would distort the refined
    // tick.
    let candidates = candidates(&levels, prices).into_iter().flat_map(|step| [step, refined(&levels, step)]);
    let largest = candidates.filter(|step| *step > 0.0 && fits(*step)).reduce(f64::max)?;
    Some(exact(largest, unit))
}

/// Returns a tick without rounding error: a multiple of the last decimal, or a power of a half. The ticks of different
/// days are then equal to the last bit.
fn exact(step: f64, unit: Option<f64>) -> f64 {
    let half = (1..=8).map(|power| 0.5_f64.powi(power)).find(|half| (step / half - 1.0).abs() < 0.01);
    let decimal = unit.map(|unit| (step * unit).round() / unit).filter(|decimal| (step / decimal - 1.0).abs() < 1e-3);
    decimal.or(half).unwrap_or(step)
}

/// Returns the smallest gaps between prices, and the most frequent change. If ticks matter, one of them is the tick.
fn candidates(levels: &[f64], prices: &[f64]) -> Vec<f64> {
    const MAX_GAPS: usize = 4;
    let alike = |a: &mut f64, b: &mut f64| (*a - *b).abs() < 1e-6 * *b;
    let mut gaps: Vec<f64> = levels.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    gaps.dedup_by(alike);
    gaps.truncate(MAX_GAPS);
    let mut changes: Vec<f64> = prices.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    changes.sort_by(f64::total_cmp);
    let runs = changes.chunk_by(|a, b| (a - b).abs() < 1e-6 * a);
    gaps.extend(runs.max_by_key(|run| run.len()).map(|run| run[0]));
    gaps
}

/// Returns the range of prices divided by its number of ticks, where each gap is a whole number of ticks of about
/// `step`. This averages the rounding of gaps to decimals.
fn refined(levels: &[f64], step: f64) -> f64 {
    let steps: f64 = levels.windows(2).map(|pair| ((pair[1] - pair[0]) / step).round()).sum();
    (levels[levels.len() - 1] - levels[0]) / steps.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Returns a random walk of daily volatility `deviation` from `start`, rounded to ticks of `step` and then to four
    /// decimals.
    fn prices(start: f64, deviation: f64, step: f64, seed: u64) -> Vec<f64> {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let mut value = start;
        let price = |_| {
            value *= 1.0 + deviation * 1.7 * rng.random_range(-1.0..1.0_f64);
            let rounded = (value / step).round().max(1.0) * step;
            (rounded * 1e4).round() / 1e4
        };
        (0..400).map(price).collect()
    }

    /// Prices of 5e22 that repeat on two of three days: their digits show no tick.
    #[test]
    fn ticks_beyond_the_digits_are_none() {
        let prices: Vec<f64> = (0..300).map(|day| 5e22 * (1.0 + f64::from(day / 3) * 1e-3)).collect();
        assert_eq!(Tick::detect(&prices), None);
    }

    /// Closes of whole cents, and a last one far below a cent.
    #[test]
    fn a_price_far_below_a_tick_is_on_no_grid() {
        let mut prices: Vec<f64> = (0..300).map(|day| [0.02, 0.02, 0.03, 0.01][day % 4]).collect();
        assert!(Tick::detect(&prices).is_some());
        prices.push(1e-300);
        assert_eq!(Tick::detect(&prices), None);
    }

    #[test]
    fn the_tick_is_found() {
        for (start, step) in [(0.5, 0.01), (0.02, 0.01), (20.0, 0.25), (300.0, 5.0), (4000.0, 10.0), (10.0, 0.125)] {
            for seed in 0..5 {
                let tick = Tick::detect(&prices(start, 0.01, step, seed)).unwrap();
                assert!((tick.step / step - 1.0).abs() < 1e-9, "{step}: {tick:?}");
                let level = tick.level();
                assert!((level - level.round()).abs() < 1e-6, "{tick:?}");
                assert!((tick.price_at(tick.lowest()) / step - 1.0).abs() < 1e-9, "{tick:?}");
            }
        }
    }

    #[test]
    fn sixteenths_are_found_in_two_decimals() {
        let exact = prices(3.0, 0.02, 0.0625, 7);
        let written: Vec<f64> = exact.iter().map(|price| (price * 100.0).round() / 100.0).collect();
        let tick = Tick::detect(&written).unwrap();
        assert!((tick.step / 0.0625 - 1.0).abs() < 0.02, "{tick:?}");
    }

    #[test]
    fn a_fine_grid_is_none_and_an_odd_price_does_not_hide_a_coarse_one() {
        assert_eq!(Tick::detect(&prices(100.0, 0.01, 0.01, 1)), None);
        let mut coarse = prices(2.0, 0.01, 0.05, 2);
        coarse[380] = 2.0123;
        assert!((Tick::detect(&coarse).unwrap().step - 0.05).abs() < 1e-9);
        assert_eq!(Tick::detect(&[1.0; 3]), None);
    }

    #[test]
    fn a_new_tick_is_found_when_the_old_prices_are_gone() {
        let mut both = prices(2.0, 0.005, 0.05, 3);
        both.extend(prices(2.0, 0.005, 0.01, 4));
        assert!((Tick::detect(&both).unwrap().step - 0.01).abs() < 1e-9);
        assert!((Tick::detect(&both[..400]).unwrap().step - 0.05).abs() < 1e-9);
    }

    #[test]
    fn prices_on_the_grid_are_those_of_the_file() {
        let tick = Tick::detect(&prices(0.5, 0.01, 0.01, 5)).unwrap();
        for steps in tick.lowest()..100 {
            let hundredths = ((tick.price * 100.0).round() as i64) + steps;
            let written = format!("{}.{:02}", hundredths / 100, hundredths % 100);
            assert_eq!(tick.price_at(steps), written.parse::<f64>().unwrap());
        }
    }

    #[test]
    fn the_tick_of_a_constant_price_is_its_last_decimal() {
        assert_eq!(Tick::detect(&[0.02; 30]).unwrap().step, 0.01);
        assert_eq!(Tick::detect(&[100.0; 30]).unwrap().step, 0.01);
        assert_eq!(Tick::detect(&[0.0003; 30]).unwrap().step, 1e-4);
    }
}
