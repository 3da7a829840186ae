//! Days without trade. They bring no return: a volatility that took their zeros for returns would shrink
//! while nobody knows what the price would be. They are left out of what models and baselines see, so that
//! the return after them spans the gap.

use std::borrow::Cow;
use std::collections::VecDeque;

use jiff::civil::Date;

use crate::prices::{OpenHighLow, PriceSeries};

/// A run of unchanged prices is a halt where ordinary days would make one as long with less probability.
const CHANCE: f64 = 1e-6;
/// Where more of the ordinary days than this are still, as on a coarse grid of prices, no run of them is a halt: a price
/// within a wide step stays for as long as it likes.
const MAX_SHARE_STILL: f64 = 0.25;
/// Ordinary days from which the share of unchanged ones is taken, beside that of all days so far.
const RECENT: usize = 50;
/// What a day on which the price moved adds to the share of such days that have a volume.
const NEW: f64 = 0.04;

/// The series without its days without trade; itself where there are none.
pub fn without_halts(series: &PriceSeries) -> Cow<'_, PriceSeries> {
    let halted = halts(series);
    if !halted.contains(&true) {
        return Cow::Borrowed(series);
    }
    let keep = |column: &[f64]| only(column, &halted);
    Cow::Owned(PriceSeries {
        frequency: series.frequency,
        name: series.name.clone(),
        dates: only(&series.dates, &halted),
        close: keep(&series.close),
        adjusted: keep(&series.adjusted),
        range: series.range.as_ref().map(|range| OpenHighLow {
            open: keep(&range.open),
            high: keep(&range.high),
            low: keep(&range.low),
        }),
        volume: series.volume.as_deref().map(keep),
    })
}

fn only<T: Copy>(column: &[T], left_out: &[bool]) -> Vec<T> {
    column.iter().zip(left_out).filter(|(_, left_out)| !**left_out).map(|(value, _)| *value).collect()
}

/// How many days of a series are without trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halts {
    /// All of them.
    pub days: usize,
    /// Those after the last day with trade.
    pub at_end: usize,
    /// The last day with trade.
    pub last_traded: Date,
}

impl Halts {
    /// Counts them; `None` where there are none.
    pub fn of(series: &PriceSeries) -> Option<Halts> {
        let halted = halts(series);
        let days = halted.iter().filter(|halted| **halted).count();
        let last = halted.iter().rposition(|halted| !halted)?;
        let halts = Halts { days, at_end: halted.len() - 1 - last, last_traded: series.dates[last] };
        (days > 0).then_some(halts)
    }
}

/// Whether each day is one without trade, by the rows up to that day.
///
/// A day on which the close is that of the day before, and so are open, high and low where there are bars, is
/// *still*. A still day with a volume of zero had no trade, in a file whose volumes tell: at least half of the
/// last days on which the price moved have one. Elsewhere still days happen by chance, the more often the
/// coarser the price steps are. There a day is one without trade if the run of still days that ends with it is
/// longer than chance explains: p^n < 1e-6, p the share of still days among the ordinary ones before the run, at most a
/// quarter. The first days of such a run stay, since nobody could tell on them.
pub fn halts(series: &PriceSeries) -> Vec<bool> {
    let mut evidence = Evidence::default();
    (0..series.len()).map(|day| evidence.is_halt(series, day)).collect()
}

/// What the days so far say of still days.
#[derive(Default)]
struct Evidence {
    /// Share of days that moved which have a volume, the last ones counting most.
    with_volume: f64,
    ordinary: Ordinary,
    run: usize,
    /// The share of still days when the run began.
    usual: f64,
}

impl Evidence {
    fn is_halt(&mut self, series: &PriceSeries, day: usize) -> bool {
        let volume = series.volume.as_ref().map_or(0.0, |volume| volume[day]);
        if !is_still(series, day) {
            self.with_volume += NEW * (f64::from(u8::from(volume > 0.0)) - self.with_volume);
            self.run = 0;
            self.ordinary.add(false);
            return false;
        }
        if self.with_volume >= 0.5 {
            return volume == 0.0;
        }
        if self.run == 0 {
            self.usual = self.ordinary.share_still();
        }
        self.run += 1;
        let by_chance = self.usual.powi(self.run.min(i32::MAX as usize) as i32);
        let halted = self.usual <= MAX_SHARE_STILL && by_chance < CHANCE;
        if !halted {
            self.ordinary.add(true);
        }
        halted
    }
}

/// Days that were no halts, and how many of them were still.
#[derive(Default)]
struct Ordinary {
    days: usize,
    still: usize,
    recent: VecDeque<bool>,
}

impl Ordinary {
    fn add(&mut self, still: bool) {
        self.days += 1;
        self.still += usize::from(still);
        self.recent.push_back(still);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// By the rule of succession, over all days or over the recent ones, whichever is more.
    fn share_still(&self) -> f64 {
        let share = |still: usize, days: usize| (still + 1) as f64 / (days + 2) as f64;
        let recent = self.recent.iter().filter(|still| **still).count();
        share(self.still, self.days).max(share(recent, self.recent.len()))
    }
}

fn is_still(series: &PriceSeries, day: usize) -> bool {
    let Some(before) = day.checked_sub(1) else { return false };
    let close = series.close[day];
    let flat = |range: &OpenHighLow| [&range.open, &range.high, &range.low].iter().all(|column| column[day] == close);
    close == series.close[before] && series.range.as_ref().is_none_or(flat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::frame::tests::walk;

    /// A walk whose days `still` repeat the close before them.
    fn halted(days: usize, still: std::ops::Range<usize>) -> PriceSeries {
        let mut series = walk(days, 1);
        let close = series.close[still.start - 1];
        for day in still {
            series.close[day] = close;
            series.adjusted[day] = series.adjusted[day - 1];
            let range = series.range.as_mut().unwrap();
            (range.open[day], range.high[day], range.low[day]) = (close, close, close);
            series.volume.as_mut().unwrap()[day] = 0.0;
        }
        series
    }

    fn days_of(series: &PriceSeries) -> Vec<usize> {
        let each = halts(series).into_iter().enumerate();
        each.filter(|(_, halted)| *halted).map(|(day, _)| day).collect()
    }

    fn close_only(mut series: PriceSeries) -> PriceSeries {
        (series.range, series.volume) = (None, None);
        series
    }

    /// Closes rounded to steps of `tick`, and no other column.
    fn rounded(days: usize, seed: u64, tick: f64) -> PriceSeries {
        let mut series = close_only(walk(days, seed));
        series.close.iter_mut().for_each(|close| *close = (*close / tick).round().max(1.0) * tick);
        series.adjusted = series.close.clone();
        series
    }

    #[test]
    fn a_day_of_no_volume_and_one_price_is_a_halt() {
        let series = halted(120, 60..80);
        assert_eq!(days_of(&series), (60..80).collect::<Vec<_>>());
        let traded = without_halts(&series);
        assert_eq!(traded.len(), 100);
        assert_eq!(traded.dates[60], series.dates[80]);
        assert_eq!(traded.range.as_ref().unwrap().high[60], series.range.as_ref().unwrap().high[80]);
        assert_eq!(Halts::of(&series).map(|halts| (halts.days, halts.at_end)), Some((20, 0)));
    }

    #[test]
    fn a_traded_day_of_one_price_is_none() {
        let mut series = halted(120, 60..62);
        series.volume.as_mut().unwrap()[60..62].fill(300.0);
        assert!(days_of(&series).is_empty());
        // Nor is one without volume on which the price moved: a fund's.
        let mut fund = walk(120, 2);
        let close = fund.close.clone();
        fund.range = Some(OpenHighLow { open: close.clone(), high: close.clone(), low: close });
        fund.volume = Some(vec![0.0; 120]);
        assert!(days_of(&fund).is_empty());
        assert!(matches!(without_halts(&fund), Cow::Borrowed(_)));
    }

    #[test]
    fn closes_alone_tell_after_a_few_days() {
        let series = close_only(halted(200, 150..170));
        assert_eq!(days_of(&series), (153..170).collect::<Vec<_>>());
        let halts = Halts::of(&series.slice(0..165)).unwrap();
        assert_eq!((halts.days, halts.at_end, halts.last_traded), (12, 12, series.dates[152]));
        // Bars without a volume, or with one that is always zero, likewise.
        let mut bars = halted(200, 150..170);
        bars.volume = None;
        assert_eq!(days_of(&bars), (153..170).collect::<Vec<_>>());
        bars.volume = Some(vec![0.0; 200]);
        assert_eq!(days_of(&bars), (153..170).collect::<Vec<_>>());
    }

    /// At a tick of twice the daily deviation more than half of the days are still, and none is a halt.
    #[test]
    fn coarse_steps_are_no_halts() {
        for (tick, seed) in [(1.0, 1), (2.0, 2), (5.0, 3), (10.0, 4), (40.0, 5)] {
            let series = rounded(1500, seed, tick);
            let found = days_of(&series).len();
            assert!(found <= 3, "tick {tick}: {found}");
        }
    }

    #[test]
    fn a_day_is_judged_by_the_rows_up_to_it_and_judged_once() {
        let mut series = halted(300, 100..120);
        for day in 200..220 {
            series.close[day] = series.close[199];
            series.volume.as_mut().unwrap()[day] = 0.0;
        }
        for series in [series.clone(), close_only(series)] {
            let all = halts(&series);
            (1..300).for_each(|days| assert_eq!(halts(&series.slice(0..days)), all[..days]));
            let once = without_halts(&series).into_owned();
            assert!(matches!(without_halts(&once), Cow::Borrowed(_)));
        }
    }
}
