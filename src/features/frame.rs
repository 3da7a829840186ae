//! A series as a table of inputs with a target for each day.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::constants::FIRST_SETTLED_ROW;
use super::event_variance::{EventHistory, EventSessions};
pub use super::indicators::BACKCAST_DAYS;
use super::indicators::Indicators;
use super::input::{Input, InputTable, table};
use super::ticks::Grid;
use super::{autocorrelation, close_location, covariates};
use fourcast_prices::{Covariate, PriceSeries};

/// The quantity that is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Target {
    /// The log return, from which the price is computed.
    ///
    /// It runs from the origin to the horizon, in units of the origin's volatility.
    Return,
    /// The scaled price level, as in textbooks.
    Price,
}

/// The unit of a return: the volatility of the day on which it starts, estimated on rows up to that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// s_t, computed from closes.
    #[default]
    CloseVolatility,
    /// S_t = sqrt(K EW_0.9(rv) / 2 + EW_0.97(r^2) / 2): half of the variance is computed from bars.
    /// K = sum r^2 / sum rv gives both halves the same mean; it is measured on the training rows.
    BarVolatility,
}

/// The options for making inputs and targets from a series.
#[derive(Debug, Clone, Copy)]
pub struct FrameOptions<'a> {
    /// Inputs, in the order of the columns.
    pub inputs: &'a [Input],
    /// Covariates whose inputs follow the inputs above (see [`input_names`](super::input_names)).
    pub covariates: &'a [Covariate],
    /// The quantity that is forecast.
    pub target: Target,
    /// The unit of a return.
    pub unit: Unit,
    /// Whether the return expected from autocorrelation is subtracted from targets. Not applied to price levels.
    pub autocorrelation: bool,
    /// Whether the return expected from the close location is subtracted from targets. Not applied to price levels, or
    /// to series without bars.
    pub close_location: bool,
    /// Mean square daily return, for series too short to measure it (see [`Frame::is_short`]).
    pub initial_variance: Option<f64>,
    /// The first day whose inputs are read. Inputs of earlier days are not computed.
    pub first_input: usize,
}

/// The inputs and the target of every day.
///
/// A *target* is the value that a network is trained on. An *outcome* is the same value without scaling: the log return
/// from the day to the horizon, or the price level at the horizon. For returns, outcome = expected return + target x
/// unit, where the expected return is that of autocorrelation and close location.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The inputs of each day, from the first day that is read.
    pub inputs: Arc<InputTable>,
    target: Target,
    unit: Unit,
    close: Vec<f64>,
    adjusted: Vec<f64>,
    returns: Vec<f64>,
    volatility: Vec<f64>, // s
    units: Vec<f64>,      // s or S
    mean_squares: Vec<f64>,
    autocorrelation: Option<Vec<f64>>, // b: see autocorrelation::slopes
    close_location: Option<Vec<f64>>,  // see close_location::predicted_returns
    bars: Option<BarColumns>,
    events: Arc<EventSessions>,
    event_factors: Vec<f64>, // m of each covariate; empty where no event has an effect
}

/// Columns computed from bars.
#[derive(Debug, Clone)]
struct BarColumns {
    variance: Vec<f64>, // rv
    fast: Vec<f64>,     // EW_0.9(rv)
    slow: Vec<f64>,     // EW_0.97(r^2)
}

impl Frame {
    /// Computes the frame, with K = 1 if the unit requires K (see [`Frame::with_bar_ratio`]).
    pub fn new(series: &PriceSeries, options: FrameOptions<'_>) -> Frame {
        let mut indicators = Indicators::new(series, options.initial_variance);
        indicators.first_input = options.first_input.min(series.len());
        let (returns, volatility) = (&indicators.returns, &indicators.volatility);
        let of_returns = options.target == Target::Return;
        let slopes = (of_returns && options.autocorrelation).then(|| autocorrelation::slopes(returns, volatility));
        let predicted = (of_returns && options.close_location && series.range.is_some()).then(|| {
            let none = || vec![0.0; returns.len()];
            let locations = &indicators.bars().log_close_location;
            close_location::predicted_returns(locations, returns, volatility, &slopes.clone().unwrap_or_else(none))
        });
        let bars = series.range.as_ref().map(|_| BarColumns {
            fast: indicators.mean(&indicators.bars().variance, 0.9, 1.0),
            variance: indicators.bars().variance.clone(),
            slow: indicators.mean_square_return(0.97),
        });
        let own = table(options.inputs, &indicators);
        let (inputs, events) = covariates::with_covariates(own, options.covariates, series);
        let frame = Frame {
            inputs: Arc::new(inputs),
            target: options.target,
            unit: options.unit,
            close: series.close.clone(),
            adjusted: series.adjusted.clone(),
            mean_squares: indicators.mean_squares(),
            units: indicators.volatility.clone(),
            returns: indicators.returns,
            volatility: indicators.volatility,
            autocorrelation: slopes,
            close_location: predicted,
            bars,
            events: Arc::new(events),
            event_factors: Vec::new(),
        };
        frame.with_bar_ratio(1.0)
    }

    /// Returns the frame for a given K (see [`Unit::BarVolatility`]); unchanged for the other unit, and without bars.
    pub fn with_bar_ratio(mut self, k: f64) -> Frame {
        if let (Unit::BarVolatility, Some(BarColumns { fast, slow, .. })) = (self.unit, &self.bars) {
            let each = fast.iter().zip(slow).map(|(fast, slow)| (0.5 * k * fast + 0.5 * slow).sqrt());
            // The unit is at least a tenth of s_t, which has a positive lower bound.
            self.units = each.zip(&self.volatility).map(|(unit, s)| unit.max(0.1 * s)).collect();
        }
        self
    }

    /// Returns the frame with events that multiply the standard deviation of their session: one factor per covariate,
    /// or none.
    pub fn with_event_factors(mut self, factors: &[f64]) -> Frame {
        self.event_factors = factors.to_vec();
        self
    }

    /// Collects the returns and the events of the first `rows` days, from which event factors are estimated, for the
    /// covariates for which `is_event` is true.
    pub fn event_history(&self, rows: usize, is_event: &[bool]) -> EventHistory {
        self.events.history(&self.returns[..rows], is_event)
    }

    /// Returns, for each day and each session ahead, 1 if the session has an event of the covariate with this index,
    /// else 0.
    pub fn events_ahead(&self, covariate: usize) -> Vec<Vec<f64>> {
        self.events.flags(covariate)
    }

    /// Returns the return expected from autocorrelation and close location.
    fn expected_return(&self, day: usize, horizon: usize) -> f64 {
        let slopes = self.autocorrelation.as_ref();
        let of_return = slopes.map_or(0.0, |slopes| autocorrelation::over(slopes[day], horizon) * self.returns[day]);
        of_return + self.close_location.as_ref().map_or(0.0, |predicted| predicted[day])
    }

    /// Returns K of the first `days` days (see [`Unit::BarVolatility`]), without the days on which the means still
    /// depend on their initial values; `None` without bars.
    pub fn bar_ratio(&self, days: usize) -> Option<f64> {
        let bars = self.bars.as_ref()?;
        Some(ratio_of_squares(&self.returns[..days], &bars.variance[..days]))
    }

    /// Whether a series is too short to measure its own initial variance.
    pub fn is_short(series: &PriceSeries) -> bool {
        series.len() <= BACKCAST_DAYS
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.close.len()
    }

    /// Returns the mean square return of the first `days` days.
    pub fn mean_square_return(&self, days: usize) -> f64 {
        self.mean_squares[days - 1]
    }

    /// Returns the first day whose window of `window` days is free of look-ahead. The first days are not, because the
    /// initial variance is measured on them.
    pub fn first_origin(window: usize) -> usize {
        BACKCAST_DAYS + window - 1
    }

    /// Whether returns are forecast, so that all prices are above zero.
    pub fn is_of_returns(&self) -> bool {
        self.target == Target::Return
    }

    /// Returns the unit of the target. For returns it is the volatility up to the horizon, which grows with the square
    /// root of time, as for a random walk, and with the events up to the horizon.
    pub fn unit(&self, day: usize, horizon: usize) -> f64 {
        match self.target {
            Target::Return => self.units[day] * self.sessions_of_variance(day, horizon).sqrt(),
            Target::Price => 1.0,
        }
    }

    /// Returns the variance of the sessions up to the horizon, relative to a session without events: `horizon` itself
    /// if there are no events.
    pub fn sessions_of_variance(&self, day: usize, horizon: usize) -> f64 {
        self.events.variance(&self.event_factors, day, horizon)
    }

    /// Returns the target of a day; `None` if the horizon is after the last row.
    pub fn target(&self, day: usize, horizon: usize) -> Option<f64> {
        let then = *self.adjusted.get(day + horizon)?;
        Some(match self.target {
            Target::Return => {
                ((then / self.adjusted[day]).ln() - self.expected_return(day, horizon)) / self.unit(day, horizon)
            }
            Target::Price => then,
        })
    }

    /// Returns the first input of a decoder: the return of the day in units of that day's volatility, or the price.
    pub fn start(&self, day: usize) -> f64 {
        match self.target {
            Target::Return => self.returns[day] / self.units[day],
            Target::Price => self.adjusted[day],
        }
    }

    /// Converts a target, from a day, to an outcome.
    pub fn to_outcome(&self, day: usize, horizon: usize, target: f64) -> f64 {
        self.expected_return(day, horizon) + target * self.unit(day, horizon)
    }

    /// Converts an outcome, from a day, to a target.
    pub fn to_target(&self, day: usize, horizon: usize, outcome: f64) -> f64 {
        (outcome - self.expected_return(day, horizon)) / self.unit(day, horizon)
    }

    /// Returns the log return from a day to the horizon; `None` if the horizon is after the last row.
    pub fn log_return(&self, day: usize, horizon: usize) -> Option<f64> {
        Some((self.adjusted.get(day + horizon)? / self.adjusted[day]).ln())
    }

    /// Returns the price grid, from the rows up to a day; `None` if its steps are too small to matter, and for price
    /// levels.
    pub fn grid(&self, day: usize) -> Option<Grid> {
        let returns = self.target == Target::Return;
        returns.then(|| Grid::detect(&self.close[..=day], &self.adjusted[..=day])).flatten()
    }

    /// Returns a grid around the price of a day.
    pub fn grid_on(&self, day: usize, grid: &Grid) -> Grid {
        grid.from(if grid.of_adjusted { self.adjusted[day] } else { self.close[day] })
    }

    /// Returns the interval of targets that round to the actual later price, from half a step below it to half a step
    /// above it; `None` without a grid on that day.
    pub fn step_of_target(&self, day: usize, horizon: usize) -> Option<(f64, f64)> {
        let (grid, log_return) = (self.grid(day)?, self.log_return(day, horizon)?);
        let target = |half: f64| {
            let bound = grid.log_return_to(grid.steps(log_return) + half).unwrap_or(f64::NEG_INFINITY);
            self.to_target(day, horizon, bound)
        };
        Some((target(-0.5), target(0.5)))
    }

    /// Returns the adjusted close of an outcome, from a day.
    pub fn adjusted_after(&self, day: usize, outcome: f64) -> f64 {
        match self.target {
            Target::Return => self.adjusted[day] * outcome.exp(),
            Target::Price => outcome,
        }
    }

    /// Returns the quoted close of an outcome, from a day: the day's quote times the adjusted return.
    pub fn quote_after(&self, day: usize, outcome: f64) -> f64 {
        match self.target {
            Target::Return => self.close[day] * outcome.exp(),
            Target::Price if self.adjusted[day] == 0.0 => outcome,
            Target::Price => outcome * (self.close[day] / self.adjusted[day]),
        }
    }

    /// Returns the outcome of a quoted close, from a day: the inverse of [`quote_after`](Frame::quote_after). If
    /// returns are forecast, the outcome of a price at or below zero is minus infinity.
    pub fn outcome_of(&self, day: usize, quote: f64) -> f64 {
        match self.target {
            Target::Return if quote <= 0.0 => f64::NEG_INFINITY,
            Target::Return => (quote / self.close[day]).ln(),
            Target::Price if self.adjusted[day] == 0.0 => quote,
            Target::Price => quote * (self.adjusted[day] / self.close[day]),
        }
    }

    /// Returns the quoted close divided by the adjusted close on the last day.
    pub fn quote_factor(&self) -> f64 {
        let last = self.days() - 1;
        if self.adjusted[last] == 0.0 { 1.0 } else { self.close[last] / self.adjusted[last] }
    }

    /// The adjusted close of a day.
    pub fn adjusted(&self, day: usize) -> f64 {
        self.adjusted[day]
    }

    /// Whether all quoted closes are above zero.
    pub fn is_positive(&self) -> bool {
        self.close.iter().all(|close| *close > 0.0)
    }
}

/// Returns K of a whole series (see [`Frame::bar_ratio`]), without a frame.
pub fn bar_ratio(series: &PriceSeries) -> Option<f64> {
    series.range.as_ref()?;
    let indicators = Indicators::new(series, None);
    Some(ratio_of_squares(&indicators.returns, &indicators.bars().variance))
}

/// Returns the sum of squared returns divided by the sum of the variances of bars.
fn ratio_of_squares(returns: &[f64], variance: &[f64]) -> f64 {
    let days = returns.len();
    let first = if days > 2 * FIRST_SETTLED_ROW { FIRST_SETTLED_ROW } else { 1.min(days) };
    let squares: f64 = returns[first..].iter().map(|r| r * r).sum();
    let ratio = squares / variance[first..].iter().sum::<f64>();
    if ratio.is_finite() && ratio > 0.0 { ratio } else { 1.0 }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::InputSet;
    use fourcast_prices::{Frequency, OpenHighLow};
    use jiff::{ToSpan, civil::date};
    use rand::{RngExt, SeedableRng};

    /// Returns a random walk with bars.
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
            ..PriceSeries::default()
        }
    }

    fn options(inputs: &[Input], target: Target) -> FrameOptions<'_> {
        let (unit, initial_variance) = (Unit::CloseVolatility, None);
        FrameOptions {
            inputs,
            covariates: &[],
            target,
            unit,
            autocorrelation: true,
            close_location: true,
            initial_variance,
            first_input: 0,
        }
    }

    #[test]
    fn targets_lead_back_to_the_prices_they_came_from() {
        let series = walk(80, 1);
        for target in [Target::Return, Target::Price] {
            let frame = Frame::new(&series, options(&InputSet::Close.for_return(), target));
            for horizon in [1, 5] {
                for day in 0..80 - horizon {
                    let outcome = frame.to_outcome(day, horizon, frame.target(day, horizon).unwrap());
                    assert!((frame.adjusted_after(day, outcome) / series.adjusted[day + horizon] - 1.0).abs() < 1e-12);
                    assert!((frame.quote_after(day, outcome) / series.close[day + horizon] - 1.0).abs() < 1e-12);
                    assert!(
                        (frame.outcome_of(day, series.close[day + horizon]) - outcome).abs()
                            < 1e-12 * outcome.abs().max(1.0)
                    );
                }
                assert!(frame.target(80 - horizon, horizon).is_none());
            }
        }
    }

    #[test]
    fn inputs_from_a_day_on_are_those_of_the_whole_table() {
        let series = walk(700, 7);
        let sets = [InputSet::All, InputSet::Close];
        for inputs in sets.into_iter().flat_map(|set| [set.for_return(), set.for_price(), set.for_pretrained()]) {
            let options = options(&inputs, Target::Return);
            let all = Frame::new(&series, options);
            for first_input in [1, 100, 333, 699] {
                let from = Frame::new(&series, FrameOptions { first_input, ..options });
                assert_eq!(from.inputs.all().nrows(), 700 - first_input);
                for day in first_input..700 {
                    assert_eq!(all.inputs.row(day), from.inputs.row(day), "{inputs:?} from {first_input}: {day}");
                }
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
            let [before, after] =
                [&series, &changed].map(|series| Frame::new(series, options(&inputs, Target::Return)));
            for day in 0..390 {
                assert_eq!(before.inputs.row(day), after.inputs.row(day), "day {day}");
                assert_eq!(before.to_outcome(day, 5, 1.0).to_bits(), after.to_outcome(day, 5, 1.0).to_bits());
            }
            assert_ne!(before.inputs.row(390), after.inputs.row(390));
        }
    }
}
