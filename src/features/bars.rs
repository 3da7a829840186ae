//! Columns computed from bars: estimates of a day's variance from its open, high, low and close.

use std::collections::VecDeque;

use super::constants::{BAR_FLOOR, MAX_BAR_DISTANCE};
use fourcast_prices::{OpenHighLow, PriceSeries};

/// Columns computed from bars, one entry per day. Without bars, they are those of a day that opens at the previous
/// close and moves straight to its own close.
pub struct Bars {
    /// gap_t = log(O_t / C_{t-1}), the overnight return, adjusted for splits and dividends; 0 on the first day.
    pub gap: Vec<f64>,
    /// log(C/O): the return from open to close.
    pub body: Vec<f64>,
    /// Close location: the position of the close between low and high, from -1/2 to 1/2.
    pub close_location: Vec<f64>,
    /// log(C / sqrt(H L)): the distance of the close from the geometric middle of the range.
    pub log_close_location: Vec<f64>,
    /// rv_t = GK_t + gap_t^2, where GK = log(H/L)^2 / 2 - (2 log 2 - 1) log(C/O)^2 (Garman & Klass
    /// 1980); at least `floor`.
    pub variance: Vec<f64>,
    /// RS = log(H/C) log(H/O) + log(L/C) log(L/O) (Rogers & Satchell 1991): unbiased under drift.
    pub rogers_satchell: Vec<f64>,
    /// PK = log(H/L)^2 / (4 log 2) (Parkinson 1980).
    pub parkinson: Vec<f64>,
    /// A small fraction of s_t^2, so that the logarithm of a variance is finite on a day without trade.
    pub floor: Vec<f64>,
}

impl Bars {
    /// Computes the columns.
    pub fn new(series: &PriceSeries, returns: &[f64], volatility: &[f64]) -> Bars {
        let empty = || Vec::with_capacity(series.len());
        let mut bars = Bars {
            gap: empty(),
            body: empty(),
            close_location: empty(),
            log_close_location: empty(),
            variance: empty(),
            rogers_satchell: empty(),
            parkinson: empty(),
            floor: volatility.iter().map(|s| (BAR_FLOOR * s).powi(2)).collect(),
        };
        for (day, r) in returns.iter().enumerate() {
            match &series.range {
                Some(range) => bars.push(&Bar::new(range, series.close[day], day).within(volatility[day]), *r, day),
                None => bars.push_close(*r, day),
            }
        }
        bars
    }

    fn push(&mut self, bar: &Bar, r: f64, day: usize) {
        let (span, body) = ((bar.high / bar.low).ln(), (bar.close / bar.open).ln());
        let (up, down) = ((bar.high / bar.close).ln(), (bar.low / bar.close).ln());
        let gap = if day == 0 { 0.0 } else { r - body };
        let garman_klass = 0.5 * span * span - (2.0 * std::f64::consts::LN_2 - 1.0) * body * body;
        let range = bar.high - bar.low;
        self.gap.push(gap);
        self.body.push(body);
        let location = (2.0 * bar.close - bar.high - bar.low) / range;
        self.close_location.push(if range > 0.0 { 0.5 * location } else { 0.0 });
        self.log_close_location.push(-0.5 * (up + down));
        self.variance.push((garman_klass + gap * gap).max(self.floor[day]));
        self.rogers_satchell.push(up * (up + body) + down * (down + body));
        self.parkinson.push(span * span / (4.0 * std::f64::consts::LN_2));
    }

    fn push_close(&mut self, r: f64, day: usize) {
        self.gap.push(0.0);
        self.body.push(r);
        self.close_location.push(0.0);
        self.log_close_location.push(0.0);
        self.variance.push((r * r).max(self.floor[day]));
        self.rogers_satchell.push(0.0);
        self.parkinson.push(r * r / (4.0 * std::f64::consts::LN_2));
    }
}

struct Bar {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
}

impl Bar {
    /// Widens high and low to contain open and close, because the highs of some vendors leave out the closing auction.
    fn new(range: &OpenHighLow, close: f64, day: usize) -> Bar {
        let open = range.open[day];
        Bar { open, close, high: range.high[day].max(open).max(close), low: range.low[day].min(open).min(close) }
    }

    /// Returns the bar with high and low at most [`MAX_BAR_DISTANCE`] volatilities beyond open and close.
    fn within(mut self, s: f64) -> Bar {
        let (above, below) = (self.open.max(self.close), self.open.min(self.close));
        // exp(x) >= 1 + x, so most bars need no exponential.
        let factor = 1.0 + MAX_BAR_DISTANCE * s;
        if self.high <= above * factor && self.low * factor >= below {
            return self;
        }
        let factor = (MAX_BAR_DISTANCE * s).exp();
        self.high = self.high.min(above * factor);
        self.low = self.low.max(below / factor);
        self
    }
}

/// Returns the highest of the last `days` values, on each day.
pub(super) fn running_highest(values: &[f64], days: usize) -> impl Iterator<Item = f64> {
    // Candidates for the highest of later days, in descending order of value.
    let mut candidates = VecDeque::<usize>::new();
    values.iter().enumerate().map(move |(day, value)| {
        while candidates.back().is_some_and(|earlier| values[*earlier] <= *value) {
            candidates.pop_back();
        }
        candidates.push_back(day);
        if candidates[0] + days <= day {
            candidates.pop_front();
        }
        values[candidates[0]]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_highest_is_that_of_the_last_days() {
        let values: Vec<f64> = (0..90).map(|k| f64::from((k * 37) % 50)).collect();
        for (day, highest) in running_highest(&values, 21).enumerate() {
            let last = &values[(day + 1).saturating_sub(21)..=day];
            assert_eq!(highest, last.iter().copied().fold(0.0, f64::max), "day {day}");
        }
    }

    /// A typing error in a low, or in a high, counts for at most four volatilities.
    #[test]
    fn errors_in_high_and_low_are_bounded() {
        let bar = |high, low| Bar { open: 100.0, high, low, close: 101.0 }.within(0.02);
        let mistyped = bar(1020.0, 9.9);
        assert!((mistyped.high - 101.0 * 0.08_f64.exp()).abs() < 1e-12, "{}", mistyped.high);
        assert!((mistyped.low - 100.0 / 0.08_f64.exp()).abs() < 1e-12, "{}", mistyped.low);
        let ordinary = bar(103.0, 98.0);
        assert_eq!((ordinary.high, ordinary.low), (103.0, 98.0));
    }

    /// One bar computed by hand: O 10, H 11, L 9.5, C 10.5, a return of 7 %.
    #[test]
    fn a_bar_by_hand() {
        let bar = Bar { open: 10.0, high: 11.0, low: 9.5, close: 10.5 };
        let mut bars = Bars {
            gap: vec![],
            body: vec![],
            close_location: vec![],
            log_close_location: vec![],
            variance: vec![],
            rogers_satchell: vec![],
            parkinson: vec![],
            floor: vec![0.0; 2],
        };
        bars.push(&bar, 0.07, 1);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        let (span, body) = ((11.0_f64 / 9.5).ln(), 1.05_f64.ln());
        near(bars.gap[0], 0.07 - body);
        near(bars.close_location[0], 0.5 * (21.0 - 20.5) / 1.5);
        near(bars.log_close_location[0], (10.5_f64 / (11.0_f64 * 9.5).sqrt()).ln());
        near(bars.variance[0], 0.5 * span * span - (4.0_f64.ln() - 1.0) * body * body + (0.07 - body).powi(2));
        let rs = (11.0_f64 / 10.5).ln() * 1.1_f64.ln() + (9.5_f64 / 10.5).ln() * 0.95_f64.ln();
        near(bars.rogers_satchell[0], rs);
        near(bars.parkinson[0], span * span / (4.0 * 2.0_f64.ln()));
    }
}
