//! What a day's prices say about the days before it: returns, ranges and volatilities.
//!
//! r_t = log(C_t / C_{t-1}) on adjusted closes. EW_k(x)_t = k EW_k(x)_{t-1} + (1 - k) x_t is the
//! exponentially weighted mean. O, H, L, C are a day's open, high, low and close; a bar's shape is
//! the same before and after adjustment, because all four are scaled alike.

use crate::prices::{OpenHighLow, PriceSeries};

/// Returns at the start of a file whose mean square starts the volatilities. Days before that are
/// not used for training: their volatility has seen a few days ahead.
pub const WARM_UP: usize = 30;

/// Decay of the volatility that scales returns: RiskMetrics' for daily data (J.P. Morgan 1996).
const DECAY: f64 = 0.94;
/// Least variance of a day: a price that never moves must not divide by zero.
const LEAST_VARIANCE: f64 = 1e-10;
/// The volatility never falls under this share of the long-run one, so that a few flat days (a
/// halt, a holiday filled in) do not turn the next ordinary day into an earthquake.
const LEAST_SHARE: f64 = 0.15;

/// Daily columns, one entry a day.
pub struct Indicators<'a> {
    /// The prices themselves.
    pub series: &'a PriceSeries,
    /// r_t; 0 on the first day, which has no day before it.
    pub returns: Vec<f64>,
    /// s_t = sqrt(EW_0.94(r^2)), with its floors: the volatility of a day.
    pub volatility: Vec<f64>,
    /// The mean square return before the file's first day: measured on its first returns, or
    /// taken from `typical` where they are too few. It stands for the missing return of day 0.
    start: f64,
}

impl<'a> Indicators<'a> {
    /// Computes them. `typical` is a mean square daily return to start from where the file has
    /// less than [`WARM_UP`] returns of its own.
    pub fn new(series: &'a PriceSeries, typical: Option<f64>) -> Self {
        let returns: Vec<f64> = std::iter::once(0.0)
            .chain(series.adjusted.windows(2).map(|pair| (pair[1] / pair[0]).ln()))
            .take(series.len())
            .collect();
        let first = &returns[returns.len().min(1)..returns.len().min(WARM_UP + 1)];
        let start = match typical {
            Some(typical) if first.len() < WARM_UP => typical,
            _ => mean_square(first),
        };
        let mut this = Indicators { series, returns, volatility: Vec::new(), start };
        this.volatility = this.volatilities();
        this
    }

    /// The mean square of all returns up to each day.
    pub fn mean_squares(&self) -> Vec<f64> {
        let mut sum = self.start;
        let each = self.returns.iter().enumerate();
        each.map(|(day, r)| {
            sum += r * r;
            (sum / (day + 1) as f64).max(LEAST_VARIANCE)
        })
        .collect()
    }

    fn volatilities(&self) -> Vec<f64> {
        let variance = self.mean_square_return(DECAY);
        let each = variance.iter().zip(self.mean_squares());
        each.map(|(variance, long_run)| variance.max(LEAST_VARIANCE).sqrt().max(LEAST_SHARE * long_run.sqrt()))
            .collect()
    }

    /// EW_k(r^2).
    pub fn mean_square_return(&self, decay: f64) -> Vec<f64> {
        let mut mean = self.start;
        let each = self.returns.iter().enumerate();
        each.map(|(day, r)| {
            if day > 0 {
                mean = decay * mean + (1.0 - decay) * r * r;
            }
            mean
        })
        .collect()
    }

    /// on_t = log(O_t / C_{t-1}), the move from one close to the next open, freed of splits and
    /// dividends; 0 on the first day, and on every day of a file without an open.
    pub fn overnight_gap(&self) -> Vec<f64> {
        let Some(OpenHighLow { open, .. }) = &self.series.range else { return vec![0.0; self.series.len()] };
        let close = &self.series.close;
        let since_open = open.iter().zip(close).map(|(open, close)| (close / open).ln());
        let gaps = self.returns.iter().zip(since_open).enumerate();
        gaps.map(|(day, (r, since_open))| if day == 0 { 0.0 } else { r - since_open }).collect()
    }

    /// log V_t - EW_0.95(log V)_t; 0 in a file without a volume. A day without trade counts as one
    /// share, so that its logarithm is a number.
    pub fn volume(&self) -> Vec<f64> {
        const DECAY: f64 = 0.95;
        let Some(volume) = &self.series.volume else { return vec![0.0; self.series.len()] };
        let mut mean = None;
        let log = volume.iter().map(|volume| volume.max(1.0).ln());
        log.map(|log| {
            let now = mean.map_or(log, |mean: f64| DECAY * mean + (1.0 - DECAY) * log);
            mean = Some(now);
            log - now
        })
        .collect()
    }

    /// rv_t = GK_t + on_t^2, the variance that one bar shows by itself, where
    /// GK = log(H/L)^2 / 2 - (2 log 2 - 1) log(C/O)^2 (Garman & Klass 1980). Never less than a small
    /// share of s_t^2, so that its logarithm is a number on a day without trade. Without a range it
    /// is r_t^2.
    pub fn range_variance(&self) -> Vec<f64> {
        const SHARE: f64 = 0.05;
        let days = 0..self.series.len();
        let gaps = self.overnight_gap();
        days.map(|day| {
            let shown = match &self.series.range {
                Some(range) => garman_klass(range, self.series.close[day], day) + gaps[day] * gaps[day],
                None => self.returns[day] * self.returns[day],
            };
            shown.max((SHARE * self.volatility[day]).powi(2))
        })
        .collect()
    }
}

/// A bar whose high is under its close, or whose low is over it, is widened: some vendors' highs
/// leave out the closing auction.
fn garman_klass(range: &OpenHighLow, close: f64, day: usize) -> f64 {
    let open = range.open[day];
    let high = range.high[day].max(open).max(close);
    let low = range.low[day].min(open).min(close);
    let (span, body) = ((high / low).ln(), (close / open).ln());
    0.5 * span * span - (2.0 * std::f64::consts::LN_2 - 1.0) * body * body
}

fn mean_square(returns: &[f64]) -> f64 {
    let sum: f64 = returns.iter().map(|r| r * r).sum();
    (sum / returns.len().max(1) as f64).max(LEAST_VARIANCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::frame::tests::walk;

    #[test]
    fn a_range_of_one_price_shows_the_floor() {
        let mut series = walk(50, 3);
        let close = series.close.clone();
        series.range = Some(OpenHighLow { open: close.clone(), high: close.clone(), low: close });
        let indicators = Indicators::new(&series, None);
        let variance = indicators.range_variance();
        assert!(variance.iter().all(|v| *v > 0.0 && v.ln().is_finite()));
    }

    #[test]
    fn overnight_gap_and_the_day_make_the_return() {
        let mut series = walk(50, 4);
        let open: Vec<f64> = series.close.iter().map(|c| c * 1.01).collect();
        let (high, low) = (open.clone(), series.close.clone());
        series.range = Some(OpenHighLow { open, high, low });
        let indicators = Indicators::new(&series, None);
        for (day, gap) in indicators.overnight_gap().iter().enumerate().skip(1) {
            let since_open = (1.0_f64 / 1.01).ln();
            assert!((gap + since_open - indicators.returns[day]).abs() < 1e-14);
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
}
