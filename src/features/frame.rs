//! A series as a table of inputs with a target for each day.

use std::sync::Arc;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::autocorrelation;
use super::indicators::Indicators;
pub use super::indicators::WARM_UP;
use super::input::{Input, table};
use super::ticks::Grid;
use crate::prices::PriceSeries;

/// What is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The logarithmic return until the horizon, in units of the day's volatility.
    Return,
    /// The price level at the horizon: the textbook's way.
    Price,
}

/// What a unit of a return is: the volatility of the day it starts from, by what is known on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// s_t, made of closes.
    #[default]
    CloseVolatility,
    /// S_t = sqrt(K EW_0.9(rv) / 2 + EW_0.97(r^2) / 2), half of it made of bars. K = sum r^2 / sum rv
    /// makes the two alike on average; it is measured where the model is trained.
    BarVolatility,
}

/// The inputs of every day, and what a unit of the target is worth on it.
///
/// A *target* is what a network learns; a *move* is the same thing in a unit of its own: the
/// logarithmic return from the day to the horizon, or the price level at the horizon. Where returns have
/// shown an echo, the move is that and the target in units of volatility.
#[derive(Debug, Clone)]
pub struct Frame {
    /// (days, inputs)
    pub inputs: Arc<Array2<f64>>,
    target: Target,
    close: Vec<f64>,
    adjusted: Vec<f64>,
    returns: Vec<f64>,
    volatility: Vec<f64>,
    mean_squares: Vec<f64>,
    autocorrelation: Option<Vec<f64>>, // b: the share of the day's return that comes again
    close_location: Option<Vec<f64>>,  // the return that the day's close location predicts
    bars: Option<BarColumns>,
}

/// What bars show.
#[derive(Debug, Clone)]
struct BarColumns {
    close_location: Vec<f64>, // log(C / sqrt(H L))
    range: Vec<f64>,          // rv
    fast: Vec<f64>,           // EW_0.9(rv)
    slow: Vec<f64>,           // EW_0.97(r^2)
}

impl Frame {
    /// Computes the table, its returns in units of s_t. `typical` is a mean square daily return for
    /// files too short to measure one (see [`Frame::is_short`]).
    pub fn new(series: &PriceSeries, inputs: &[Input], target: Target, initial_variance: Option<f64>) -> Frame {
        let indicators = Indicators::new(series, initial_variance);
        let bars = series.range.as_ref().map(|_| {
            let range = indicators.bars().variance.clone();
            let fast = indicators.mean(&range, 0.9, 1.0);
            BarColumns {
                close_location: indicators.bars().log_close_location.clone(),
                range,
                fast,
                slow: indicators.mean_square_return(0.97),
            }
        });
        Frame {
            inputs: Arc::new(table(inputs, &indicators)),
            target,
            close: series.close.clone(),
            adjusted: series.adjusted.clone(),
            mean_squares: indicators.mean_squares(),
            returns: indicators.returns,
            volatility: indicators.volatility,
            autocorrelation: None,
            close_location: None,
            bars,
        }
    }

    /// The same with returns in units of S_t, for a given K (see [`Unit::BarVolatility`]). Without
    /// bars it stays as it was.
    pub fn in_bar_volatility(&self, k: f64) -> Frame {
        let mut frame = self.clone();
        if let Some(BarColumns { fast, slow, .. }) = &self.bars {
            let each = fast.iter().zip(slow).map(|(fast, slow)| (0.5 * k * fast + 0.5 * slow).sqrt());
            // The floors of s_t keep it from nothing: a tenth of s_t is less than any market does.
            frame.volatility = each.zip(&self.volatility).map(|(unit, s)| unit.max(0.1 * s)).collect();
        }
        frame
    }

    /// The same with targets that are what the echo of returns leaves. Price levels have none.
    pub fn without_autocorrelation(mut self) -> Frame {
        self.autocorrelation =
            (self.target == Target::Return).then(|| autocorrelation::slopes(&self.returns, &self.volatility));
        self
    }

    /// The same with targets that are what is left when the place of the day's close has been heard, after the
    /// echo where that is taken out. Price levels, and files without bars, have none.
    pub fn without_close_location(mut self) -> Frame {
        let none = || vec![0.0; self.returns.len()];
        let bars = self.bars.as_ref().filter(|_| self.target == Target::Return);
        let slopes = self.autocorrelation.clone().unwrap_or_else(none);
        self.close_location = bars.map(|bars| {
            autocorrelation::of_close_location(&bars.close_location, &self.returns, &self.volatility, &slopes)
        });
        self
    }

    /// The move that the echo of returns and of the place of a close makes expect.
    fn expected(&self, day: usize, horizon: usize) -> f64 {
        let autocorrelation = self
            .autocorrelation
            .as_ref()
            .map_or(0.0, |slopes| autocorrelation::over(slopes[day], horizon) * self.returns[day]);
        autocorrelation + self.close_location.as_ref().map_or(0.0, |location| location[day])
    }

    /// K of the first `days` days (see [`Unit::BarVolatility`]), leaving out those on which the means
    /// still remember how they started; `None` without bars.
    pub fn bar_ratio(&self, days: usize) -> Option<f64> {
        const SETTLED: usize = 60;
        let range = &self.bars.as_ref()?.range[..days];
        let first = if days > 2 * SETTLED { SETTLED } else { 1.min(days) };
        let squares: f64 = self.returns[first..days].iter().map(|r| r * r).sum();
        let ratio = squares / range[first..].iter().sum::<f64>();
        Some(if ratio.is_finite() && ratio > 0.0 { ratio } else { 1.0 })
    }

    /// Whether a series is too short to measure a volatility of its own.
    pub fn is_short(series: &PriceSeries) -> bool {
        series.len() <= WARM_UP
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.close.len()
    }

    /// The mean square return of the first `days` days.
    pub fn mean_square_return(&self, days: usize) -> f64 {
        self.mean_squares[days - 1]
    }

    /// The first day from which a window of `window` days sees nothing but what was known.
    pub fn first_origin(window: usize) -> usize {
        WARM_UP + window - 1
    }

    /// What a unit of the target is worth: the volatility until the horizon, which for a random
    /// walk grows with the square root of time.
    pub fn unit(&self, day: usize, horizon: usize) -> f64 {
        match self.target {
            Target::Return => self.volatility[day] * (horizon as f64).sqrt(),
            Target::Price => 1.0,
        }
    }

    /// The target of a day, in its units; `None` where the horizon is beyond the file.
    pub fn target(&self, day: usize, horizon: usize) -> Option<f64> {
        let then = *self.adjusted.get(day + horizon)?;
        Some(match self.target {
            Target::Return => {
                ((then / self.adjusted[day]).ln() - self.expected(day, horizon)) / self.unit(day, horizon)
            }
            Target::Price => then,
        })
    }

    /// What the target of the day before turned out to be: where a path starts from.
    pub fn start(&self, day: usize) -> f64 {
        match self.target {
            Target::Return => self.returns[day] / self.unit(day, 1),
            Target::Price => self.adjusted[day],
        }
    }

    /// The move that a target means, standing on a day.
    pub fn to_move(&self, day: usize, horizon: usize, target: f64) -> f64 {
        self.expected(day, horizon) + target * self.unit(day, horizon)
    }

    /// The target that a move means, standing on a day.
    pub fn to_target(&self, day: usize, horizon: usize, moved: f64) -> f64 {
        (moved - self.expected(day, horizon)) / self.unit(day, horizon)
    }

    /// The logarithmic return that came after a day; `None` where the horizon is beyond the file.
    pub fn moved(&self, day: usize, horizon: usize) -> Option<f64> {
        Some((self.adjusted.get(day + horizon)? / self.adjusted[day]).ln())
    }

    /// The grid that prices lie on, by the rows up to a day; `None` where its steps are too fine to matter, and for
    /// price levels.
    pub fn grid(&self, day: usize) -> Option<Grid> {
        let returns = self.target == Target::Return;
        returns.then(|| Grid::learn(&self.close[..=day], &self.adjusted[..=day])).flatten()
    }

    /// A grid as it is seen from a day.
    pub fn grid_on(&self, day: usize, grid: &Grid) -> Grid {
        grid.from(if grid.of_adjusted { self.adjusted[day] } else { self.close[day] })
    }

    /// The targets that came out as the price which came after a day, from half a step below to half a step above it;
    /// `None` where prices have no steps to speak of on that day.
    pub fn step_of_target(&self, day: usize, horizon: usize) -> Option<(f64, f64)> {
        let (grid, moved) = (self.grid(day)?, self.moved(day, horizon)?);
        let target = |half: f64| {
            let moved = grid.move_to(grid.steps(moved) + half).unwrap_or(f64::NEG_INFINITY);
            self.to_target(day, horizon, moved)
        };
        Some((target(-0.5), target(0.5)))
    }

    /// The adjusted close after a move, standing on a day.
    pub fn adjusted_after(&self, day: usize, moved: f64) -> f64 {
        match self.target {
            Target::Return => self.adjusted[day] * moved.exp(),
            Target::Price => moved,
        }
    }

    /// The quoted close after a move, standing on a day: the last quote moved by the adjusted
    /// return.
    pub fn quote_after(&self, day: usize, moved: f64) -> f64 {
        match self.target {
            Target::Return => self.close[day] * moved.exp(),
            Target::Price if self.adjusted[day] == 0.0 => moved,
            Target::Price => moved * (self.close[day] / self.adjusted[day]),
        }
    }

    /// What one unit of adjusted price is in quotes of the last day.
    pub fn last_quote(&self) -> f64 {
        let last = self.days() - 1;
        if self.adjusted[last] == 0.0 { 1.0 } else { self.close[last] / self.adjusted[last] }
    }

    /// The adjusted close of a day.
    pub fn adjusted(&self, day: usize) -> f64 {
        self.adjusted[day]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::features::InputSet;
    use crate::prices::{Frequency, OpenHighLow};
    use jiff::{ToSpan, civil::date};
    use rand::{RngExt, SeedableRng};

    /// A random walk with bars.
    pub fn walk(days: usize, seed: u64) -> PriceSeries {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let mut price = 100.0_f64;
        let close: Vec<f64> = (0..days)
            .map(|_| {
                price *= (rng.random_range(-0.03..0.03_f64)).exp();
                price
            })
            .collect();
        let open: Vec<f64> = close.iter().map(|c| c * rng.random_range(0.99..1.01)).collect();
        let high = open.iter().zip(&close).map(|(o, c)| o.max(*c) * 1.005).collect();
        let low = open.iter().zip(&close).map(|(o, c)| o.min(*c) * 0.995).collect();
        PriceSeries {
            name: "walk".into(),
            frequency: Frequency::Daily,
            dates: (0..days).map(|day| date(2020, 1, 1) + (day as i64).days()).collect(),
            adjusted: close.iter().map(|c| c / 2.0).collect(),
            close,
            range: Some(OpenHighLow { open, high, low }),
            volume: Some((0..days).map(|day| 1000.0 + ((day * 37) % 500) as f64).collect()),
        }
    }

    #[test]
    fn targets_lead_back_to_the_prices_they_came_from() {
        let series = walk(80, 1);
        for target in [Target::Return, Target::Price] {
            let frame = Frame::new(&series, &InputSet::Close.for_return(), target, None).without_autocorrelation();
            for horizon in [1, 5] {
                for day in 0..80 - horizon {
                    let moved = frame.to_move(day, horizon, frame.target(day, horizon).unwrap());
                    assert!((frame.adjusted_after(day, moved) / series.adjusted[day + horizon] - 1.0).abs() < 1e-12);
                    assert!((frame.quote_after(day, moved) / series.close[day + horizon] - 1.0).abs() < 1e-12);
                }
                assert!(frame.target(80 - horizon, horizon).is_none());
            }
        }
    }

    #[test]
    fn no_later_row_changes_a_day() {
        let series = walk(420, 2);
        let mut changed = series.clone();
        for day in 390..420 {
            changed.close[day] *= 3.0;
            changed.adjusted[day] *= 0.2;
            let range = changed.range.as_mut().unwrap();
            (range.open[day], range.high[day], range.low[day]) = (1.0, 9.0, 0.5);
            changed.volume.as_mut().unwrap()[day] = 7.0;
        }
        let sets =
            [InputSet::All, InputSet::Close].map(|set| [set.for_return(), set.for_price(), set.for_pretrained()]);
        for inputs in sets.into_iter().flatten() {
            let [before, after] = [&series, &changed].map(|series| {
                Frame::new(series, &inputs, Target::Return, None).without_autocorrelation().without_close_location()
            });
            for day in 0..390 {
                assert_eq!(before.inputs.row(day), after.inputs.row(day), "day {day}");
                assert_eq!(before.to_move(day, 5, 1.0).to_bits(), after.to_move(day, 5, 1.0).to_bits());
            }
            assert_ne!(before.inputs.row(390), after.inputs.row(390));
        }
    }
}
