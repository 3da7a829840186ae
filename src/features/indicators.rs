//! Daily indicators: returns, ranges, volatilities, volume.
//!
//! r_t = log(C_t / C_{t-1}) on adjusted closes. EW_k(x)_t = k EW_k(x)_{t-1} + (1 - k) x_t is the exponentially weighted
//! mean. O, H, L, C are a day's open, high, low and close. Adjustment does not change the shape of a bar, because it
//! scales all four prices by the same factor.

use std::cell::OnceCell;

use super::bars::{Bars, running_highest};
use super::constants::{
    GAP_DECAY, GAP_FRACTION, MAX_GAP_SQUARE, MIN_GAP_VARIANCE, MIN_LONG_RUN_FRACTION, MIN_VARIANCE, VOLATILITY_DECAY,
};
use super::seasonality::EarningsSeasonality;
use fourcast_base::math::upper_median;
use fourcast_prices::PriceSeries;

/// Number of returns at the start of a series whose mean square is the initial variance (backcast). Windows on these
/// days are not used for training, because their volatility depends on later days.
pub const BACKCAST_DAYS: usize = 30;

/// Daily columns, one entry per day.
pub struct Indicators<'a> {
    /// The prices.
    pub series: &'a PriceSeries,
    /// r_t; 0 on the first day, which has no previous day.
    pub returns: Vec<f64>,
    /// s_t = sqrt(EW_0.94(r^2)), bounded below: the volatility of a day.
    pub volatility: Vec<f64>,
    /// The initial variance: the mean square of the first returns, or a given value if there are too few. It is used
    /// instead of the squared return of day 0.
    initial: f64,
    /// The first day whose inputs are read. Columns that are only read as inputs start on it.
    pub(super) first_input: usize,
    bars: OnceCell<Bars>,
    log_range: OnceCell<Vec<f64>>,
    seasonality: OnceCell<EarningsSeasonality>,
    log_volume: OnceCell<Option<Vec<f64>>>,
}

impl<'a> Indicators<'a> {
    /// Computes the columns. `initial_variance` is the mean square daily return to start from if the series has fewer
    /// than [`BACKCAST_DAYS`] returns.
    pub fn new(series: &'a PriceSeries, initial_variance: Option<f64>) -> Self {
        let returns: Vec<f64> = std::iter::once(0.0)
            .chain(series.adjusted.windows(2).map(|pair| (pair[1] / pair[0]).ln()))
            .take(series.len())
            .collect();
        let first = &returns[returns.len().min(1)..returns.len().min(BACKCAST_DAYS + 1)];
        let initial = match initial_variance {
            Some(initial_variance) if first.len() < BACKCAST_DAYS => initial_variance,
            _ => mean_square(first),
        };
        let mut this = Indicators {
            series,
            returns,
            volatility: Vec::new(),
            initial,
            first_input: 0,
            bars: OnceCell::new(),
            log_range: OnceCell::new(),
            seasonality: OnceCell::new(),
            log_volume: OnceCell::new(),
        };
        this.volatility = this.volatilities();
        this
    }

    /// Returns the mean square of all returns up to each day, or its minimum value if a return is not finite, for
    /// example after a price at or below zero.
    pub fn mean_squares(&self) -> Vec<f64> {
        let mut sum = self.initial;
        let each = self.returns.iter().enumerate();
        each.map(|(day, r)| {
            sum += r * r;
            let mean = sum / (day + 1) as f64;
            if mean.is_finite() { mean.max(MIN_VARIANCE) } else { MIN_VARIANCE }
        })
        .collect()
    }

    fn volatilities(&self) -> Vec<f64> {
        let variance = self.mean_square_return(VOLATILITY_DECAY);
        let each = variance.iter().zip(self.mean_squares());
        each.map(|(variance, long_run)| variance.max(MIN_VARIANCE).sqrt().max(MIN_LONG_RUN_FRACTION * long_run.sqrt()))
            .collect()
    }

    /// Returns EW_k(r^2).
    pub fn mean_square_return(&self, decay: f64) -> Vec<f64> {
        weighted(self.returns.iter().map(|r| r * r), self.initial, decay)
    }

    /// Returns EW_k(x), started at the mean of the first [`BACKCAST_DAYS`] values after day 0 or, in a series that is
    /// too short, at `share` times the initial variance.
    pub fn mean(&self, values: &[f64], decay: f64, share: f64) -> Vec<f64> {
        let first = &values[values.len().min(1)..values.len().min(BACKCAST_DAYS + 1)];
        let start = if first.len() < BACKCAST_DAYS {
            share * self.initial
        } else {
            first.iter().sum::<f64>() / first.len() as f64
        };
        weighted(values.iter().copied(), start, decay)
    }

    /// Returns EW_k(log rv) of the variance of bars, started in the same way.
    pub fn mean_log_range(&self, decay: f64) -> Vec<f64> {
        let of_bars = || self.bars().variance.iter().map(|variance| variance.ln()).collect();
        let logs: &Vec<f64> = self.log_range.get_or_init(of_bars);
        let first = &logs[logs.len().min(1)..logs.len().min(BACKCAST_DAYS + 1)];
        let start = if first.len() < BACKCAST_DAYS {
            self.initial.ln()
        } else {
            first.iter().sum::<f64>() / first.len() as f64
        };
        weighted(logs.iter().copied(), start, decay)
    }

    /// The columns computed from bars.
    pub fn bars(&self) -> &Bars {
        self.bars.get_or_init(|| Bars::new(self.series, &self.returns, &self.volatility))
    }

    /// The earnings seasonality, from `first_input` on.
    pub fn seasonality(&self) -> &EarningsSeasonality {
        let PriceSeries { dates, frequency, .. } = self.series;
        let of_series = || EarningsSeasonality::new(dates, *frequency, &self.standardised_moves(), self.first_input);
        self.seasonality.get_or_init(of_series)
    }

    /// Returns the standardised moves in which earnings announcements are searched for: overnight gaps, because
    /// companies report while the market is closed, or else returns. Each is divided by its volatility on the days
    /// before. 0 on the days of the initial variance.
    fn standardised_moves(&self) -> Vec<f64> {
        let each: Vec<f64> = match self.series.range {
            Some(_) => standardised_gaps(&self.bars().gap, &self.volatility),
            None => {
                let s = std::iter::once(&f64::INFINITY).chain(&self.volatility);
                self.returns.iter().zip(s).map(|(r, s)| r / s).collect()
            }
        };
        each.into_iter().enumerate().map(|(day, z)| if day < BACKCAST_DAYS { 0.0 } else { z }).collect()
    }

    /// Returns log C_t - log C_{t-n} on adjusted closes from `first_input` on, in units of s_t sqrt(n); over fewer days
    /// at the start of the series.
    pub fn return_over(&self, days: usize) -> Vec<f64> {
        let close = &self.series.adjusted;
        let standardised =
            |(day, s): (usize, &f64)| (close[day] / close[day.saturating_sub(days)]).ln() / (s * (days as f64).sqrt());
        self.volatility.iter().enumerate().skip(self.first_input).map(standardised).collect()
    }

    /// Returns (log C_t - the highest log C of the last `days` days) / (10 s_t), from `first_input` on.
    pub fn drawdown(&self, days: usize) -> Vec<f64> {
        // Only the last `days` days before it are needed.
        let start = (self.first_input + 1).saturating_sub(days);
        let logs: Vec<f64> = self.series.adjusted[start..].iter().map(|close| close.ln()).collect();
        let each = logs.iter().zip(running_highest(&logs, days)).zip(&self.volatility[start..]);
        let drawdowns = each.map(|((log, highest), s)| (log - highest) / (10.0 * s));
        drawdowns.skip(self.first_input - start).collect()
    }

    /// Returns log V_t - EW_0.95(log V)_t; 0 without a volume. A volume of 0 counts as 1, so that its logarithm is
    /// finite.
    pub fn volume(&self) -> Vec<f64> {
        let Some(volume) = &self.series.volume else { return vec![0.0; self.series.len()] };
        let log: Vec<f64> = volume.iter().map(|volume| volume.max(1.0).ln()).collect();
        difference(&log, &from_first(&log, 0.95))
    }

    /// Returns log V_t, bounded below by its median over the last 250 days minus 4, so that a half-day is not an
    /// extreme. `None` without a volume.
    pub fn log_volume(&self) -> Option<&[f64]> {
        const DAYS: usize = 250;
        const MAX_LOG_FALL: f64 = 4.0;
        let bounded = || {
            let log: Vec<f64> = self.series.volume.as_ref()?.iter().map(|volume| volume.max(1e-9).ln()).collect();
            let each = log.iter().zip(running_highest(&log, DAYS)).enumerate();
            let bounded = each.map(|(day, (log_of_day, highest))| {
                // The median is at most the highest value, so most days need no median.
                if *log_of_day >= highest - MAX_LOG_FALL {
                    return *log_of_day;
                }
                let last = log[(day + 1).saturating_sub(DAYS)..=day].to_vec();
                upper_median(last).map_or(*log_of_day, |median| log_of_day.max(median - MAX_LOG_FALL))
            });
            Some(bounded.collect())
        };
        self.log_volume.get_or_init(bounded).as_deref()
    }
}

/// Returns gaps divided by sqrt(v), where v is an EW_0.97 of their squares, each bounded to 0.0004 s^2 and 9 v.
fn standardised_gaps(gaps: &[f64], volatility: &[f64]) -> Vec<f64> {
    let mut v = GAP_FRACTION * volatility.first().map_or(1.0, |s| s * s);
    let each = gaps.iter().zip(volatility);
    each.map(|(gap, s)| {
        let z = gap / v.sqrt();
        v = GAP_DECAY * v + (1.0 - GAP_DECAY) * (gap * gap).min(MAX_GAP_SQUARE * v).max(MIN_GAP_VARIANCE * s * s);
        z
    })
    .collect()
}

/// Returns EW_k of values, with `start` instead of the first value.
fn weighted(values: impl Iterator<Item = f64>, start: f64, decay: f64) -> Vec<f64> {
    let mut mean = start;
    let each = values.enumerate();
    each.map(|(day, value)| {
        if day > 0 {
            mean = decay * mean + (1.0 - decay) * value;
        }
        mean
    })
    .collect()
}

/// Returns EW_k of values, started at the first value.
pub(super) fn from_first(values: &[f64], decay: f64) -> Vec<f64> {
    weighted(values.iter().copied(), values.first().copied().unwrap_or(0.0), decay)
}

/// Subtracts two columns entry by entry.
pub(super) fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn mean_square(returns: &[f64]) -> f64 {
    let sum: f64 = returns.iter().map(|r| r * r).sum();
    (sum / returns.len().max(1) as f64).max(MIN_VARIANCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::walk;
    use fourcast_prices::OpenHighLow;

    #[test]
    fn a_range_of_one_price_has_the_minimum_variance() {
        let mut series = walk(50, 3);
        let close = series.close.clone();
        series.range = Some(OpenHighLow { open: close.clone(), high: close.clone(), low: close });
        let indicators = Indicators::new(&series, None);
        assert!(indicators.bars().variance.iter().all(|v| *v > 0.0 && v.ln().is_finite()));
    }

    #[test]
    fn overnight_gap_and_the_day_make_the_return() {
        let mut series = walk(50, 4);
        let open: Vec<f64> = series.close.iter().map(|c| c * 1.01).collect();
        let (high, low) = (open.clone(), series.close.clone());
        series.range = Some(OpenHighLow { open, high, low });
        let indicators = Indicators::new(&series, None);
        let bars = indicators.bars();
        for day in 1..50 {
            assert!((bars.body[day] - (1.0_f64 / 1.01).ln()).abs() < 1e-14);
            assert!((bars.gap[day] + bars.body[day] - indicators.returns[day]).abs() < 1e-14);
        }
    }

    #[test]
    fn a_price_that_never_moves_has_a_volatility() {
        let mut series = walk(40, 5);
        series.close.fill(10.0);
        series.adjusted.fill(10.0);
        let indicators = Indicators::new(&series, None);
        assert!(indicators.volatility.iter().all(|s| (s - 1e-5).abs() < 1e-12));
    }

    #[test]
    fn a_volume_far_below_its_median_is_bounded() {
        const HALF_DAY: usize = 320;
        let mut series = walk(400, 8);
        let volume = series.volume.as_mut().unwrap();
        volume[HALF_DAY] = 0.5;
        let mut last: Vec<f64> = volume[HALF_DAY - 249..=HALF_DAY].iter().map(|volume| volume.ln()).collect();
        last.sort_by(f64::total_cmp);
        let expected: Vec<f64> = volume.iter().map(|volume| volume.ln()).collect();
        let indicators = Indicators::new(&series, None);
        let log = indicators.log_volume().unwrap();
        assert_eq!(log[HALF_DAY], last[125] - 4.0);
        assert_eq!((&log[..HALF_DAY], &log[HALF_DAY + 1..]), (&expected[..HALF_DAY], &expected[HALF_DAY + 1..]));
    }

    #[test]
    fn drawdown_and_return_by_hand() {
        let series = walk(300, 6);
        let indicators = Indicators::new(&series, None);
        let (drawdown, week) = (indicators.drawdown(50), indicators.return_over(5));
        for day in [0, 3, 49, 50, 123, 299] {
            let close = &series.adjusted;
            let highest = close[(day + 1_usize).saturating_sub(50)..=day].iter().copied().fold(0.0, f64::max);
            let s = indicators.volatility[day];
            assert!((drawdown[day] - (close[day] / highest).ln() / (10.0 * s)).abs() < 1e-12);
            let expected = (close[day] / close[day.saturating_sub(5)]).ln() / (s * 5.0_f64.sqrt());
            assert!((week[day] - expected).abs() < 1e-12);
        }
    }
}
