//! The prices of a day that a file contains.
//!
//! ```text
//! trades: high and low are those of some steps only     thinly traded shares
//! tick: prices are multiples of a step                   shares of few pence, or a file of few decimals
//! ```

use rand::RngExt;
use rand_pcg::Pcg64;

use super::market::{STEPS, within};

/// How the days of one market are recorded.
pub struct Record {
    trades: usize, // steps of a day at which there are trades
    tick: f64,     // of the log price; 0 for none
}

impl Record {
    /// Draws how a market is recorded; `usual` is the standard deviation of an ordinary day.
    pub fn draw(usual: f64, rng: &mut Pcg64) -> Record {
        Record {
            trades: if rng.random_bool(0.2) { 10_f64.powf(within(rng, 0.5, 1.7)) as usize } else { STEPS },
            tick: if rng.random_bool(0.4) { usual * within(rng, 0.0, 0.5) } else { 0.0 },
        }
    }

    /// Returns open, high, low and close of a day, from the price at its start and after each of its steps, all as
    /// logarithms.
    pub fn bar(&self, value: &[f64; STEPS + 1]) -> [f64; 4] {
        let (open, close) = (self.quote(value[0]), self.quote(value[STEPS]));
        let trades = |step: &usize| step * self.trades / STEPS != (step - 1) * self.trades / STEPS;
        let seen = (1..=STEPS).filter(trades).map(|step| self.quote(value[step]));
        let (high, low) = seen.fold((open.max(close), open.min(close)), |(h, l), price| (h.max(price), l.min(price)));
        [open, high, low, close]
    }

    /// Returns the price rounded to the grid.
    fn quote(&self, value: f64) -> f64 {
        if self.tick > 0.0 { (value / self.tick).round() * self.tick } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a day on which the price rises by one and falls back.
    fn hill() -> [f64; STEPS + 1] {
        std::array::from_fn(|step| 1.0 - (step as f64 / STEPS as f64 * 2.0 - 1.0).abs())
    }

    #[test]
    fn a_good_record_shows_the_day() {
        let record = Record { trades: STEPS, tick: 0.0 };
        let bar = record.bar(&hill());
        assert!(bar.iter().zip([0.0, 1.0, 0.0, 0.0]).all(|(shown, was)| (shown - was).abs() < 1e-12), "{bar:?}");
    }

    #[test]
    fn few_trades_hide_the_high_and_a_tick_moves_it() {
        let few = Record { trades: 3, tick: 0.0 };
        let [_, high, ..] = few.bar(&hill());
        assert!((0.5..0.8).contains(&high), "{high}");
        let coarse = Record { trades: 3, tick: 0.4 };
        let [_, high, ..] = coarse.bar(&hill());
        assert!((high - 0.8).abs() < 1e-12, "{high}");
    }
}
