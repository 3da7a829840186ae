//! Days without trade. On these days the price is unknown, and their returns of zero would lower the volatility. They
//! are left out of the series for models and baselines, and the return after them spans the gap.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;

use jiff::civil::Date;

use fourcast_base::words::counted;
use fourcast_prices::{OpenHighLow, PriceSeries};

/// Probability of a run of unchanged prices below which it is a halt.
const MAX_PROBABILITY: f64 = 1e-6;
/// Maximum fraction of unchanged days among ordinary days at which a run can be a halt. With a large tick, the fraction
/// is higher.
const MAX_UNCHANGED: f64 = 0.25;
/// Number of ordinary days from which the recent fraction of unchanged days is computed.
const RECENT: usize = 50;
/// Maximum number of first days without trade.
const MAX_BEFORE_TRADE: usize = 10;
/// Number of days after the first days without trade that are examined: more than half must have a volume.
const DAYS_AFTER: usize = 10;
/// Weight of a changed day in the running fraction of changed days with a volume.
const WEIGHT: f64 = 0.04;

/// Returns the series without its days without trade; borrowed if there are none.
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
        covariates: series.covariates.select(keep),
    })
}

fn only<T: Copy>(column: &[T], left_out: &[bool]) -> Vec<T> {
    column.iter().zip(left_out).filter(|(_, left_out)| !**left_out).map(|(value, _)| *value).collect()
}

/// The number of days without trade of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halts {
    /// The number of all such days.
    pub days: usize,
    /// The number of such days after the last day with trade.
    pub at_end: usize,
    /// The last day with trade.
    pub last_traded: Date,
    /// Whether volumes show that there was no trade, on most of these days, and no run of them is left out only in part.
    /// With closes only, and on days with a volume of their own, it is only known that the price does not change, and the
    /// first days of a run are not left out.
    pub is_shown: bool,
}

impl fmt::Display for Halts {
    /// Writes, for example, `20 days without trade`, or `17 days with unchanged prices`, which is true of all of them: a
    /// warning of the reader counts also the days of a run that are not left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_shown { "without trade" } else { "with unchanged prices" };
        write!(f, "{} {what}", counted(self.days, "day"))
    }
}

impl Halts {
    /// Returns the halts of a series; `None` if there are none.
    pub fn of(series: &PriceSeries) -> Option<Halts> {
        let halted = halts(series);
        let days = halted.iter().filter(|halted| **halted).count();
        let last = halted.iter().rposition(|halted| !halted)?;
        let (at_end, last_traded) = (halted.len() - 1 - last, series.dates[last]);
        let with_volume = (0..halted.len()).filter(|&day| halted[day] && has_own_volume(series, day)).count();
        let repeats = |day: usize| is_unchanged(series, day) && !has_own_volume(series, day);
        let is_late = |day: usize| halted[day] && !halted[day - 1] && repeats(day - 1);
        let is_whole = !(1..halted.len()).any(is_late);
        let is_shown = (series.volume.is_some() || series.range.is_some()) && 2 * with_volume < days && is_whole;
        let halts = Halts { days, at_end, last_traded, is_shown };
        (days > 0).then_some(halts)
    }
}

/// Returns the number of last rows that repeat the prices before them, if the last row is a day without trade (see
/// [`halts`]): either the feed has stopped, or trading has.
pub fn repeated_end(series: &PriceSeries) -> usize {
    let repeats = |day: &usize| is_unchanged(series, *day) && !has_own_volume(series, *day);
    match halts(series).last() {
        Some(true) => (0..series.len()).rev().take_while(repeats).count(),
        _ => 0,
    }
}

/// Returns the number of last rows that all have one price, each with a volume of its own, if repeated prices are rare
/// before them: the prices of the feed have stopped.
pub fn frozen_end(series: &PriceSeries) -> usize {
    const MIN_ROWS: usize = 5;
    /// At most one in this number of the earlier rows repeats a price.
    const RARE: usize = 20;
    let is_frozen = |day: &usize| is_unchanged(series, *day) && has_own_volume(series, *day);
    let frozen = (0..series.len()).rev().take_while(is_frozen).count();
    let before = series.len() - frozen;
    let repeats = (0..before).filter(|day| is_unchanged(series, *day)).count();
    if frozen >= MIN_ROWS && RARE * repeats <= before { frozen } else { 0 }
}

/// Returns whether each day is without trade, based on the rows up to that day; for the first days, on the ten rows
/// after them.
///
/// A day is *unchanged* if its close equals the previous one, and its open, high and low, if there are bars, equal that
/// close or those of the day before. A volume is a day's own if it is above zero and differs from that of the day
/// before, because a stopped feed repeats rows. If at least half of the recent changed days have a volume of their own,
/// an unchanged day without one is without trade. Otherwise, unchanged days occur by chance, more often with a larger
/// tick. A day then counts as without trade (or the prices of the feed have stopped) if it ends a run of n unchanged
/// days with p^n < 1e-6, where p is the fraction of unchanged days among the ordinary ones before the run and is at
/// most a quarter. The first days of such a run are kept, because the run is not yet significant on them.
pub fn halts(series: &PriceSeries) -> Vec<bool> {
    let mut detector = HaltDetector::default();
    let mut halted: Vec<bool> = (0..series.len()).map(|day| detector.is_halt(series, day)).collect();
    halted[..halts_before_trade(series)].fill(true);
    halted
}

/// Returns the number of days without trade at the start of a series: bars of a single price and no volume, before days
/// most of which have a volume. There are at most [`MAX_BEFORE_TRADE`], so that the rows from which a first forecast
/// starts are sufficient to detect them.
fn halts_before_trade(series: &PriceSeries) -> usize {
    let (Some(range), Some(volume)) = (&series.range, &series.volume) else { return 0 };
    let prices = [&series.close, &range.open, &range.high, &range.low];
    let is_flat = |day: usize| prices.iter().all(|column| column[day] == series.close[0]);
    let days = (0..series.len()).take_while(|&day| volume[day] == 0.0 && is_flat(day)).count();
    let after = &volume[days..volume.len().min(days + DAYS_AFTER)];
    let traded = after.iter().filter(|volume| **volume > 0.0).count();
    let is_before_trade = after.len() == DAYS_AFTER && 2 * traded > DAYS_AFTER;
    if is_before_trade && days <= MAX_BEFORE_TRADE { days } else { 0 }
}

/// The state of the detection after the days so far.
#[derive(Default)]
struct HaltDetector {
    /// Running fraction of changed days with a volume of their own.
    with_volume: f64,
    ordinary: Ordinary,
    run: usize,
    /// The fraction of unchanged days when the run began.
    before_run: f64,
}

impl HaltDetector {
    fn is_halt(&mut self, series: &PriceSeries, day: usize) -> bool {
        let has_volume = has_own_volume(series, day);
        if !is_unchanged(series, day) {
            self.with_volume += WEIGHT * (f64::from(u8::from(has_volume)) - self.with_volume);
            self.run = 0;
            self.ordinary.add(false);
            return false;
        }
        if self.with_volume >= 0.5 && !has_volume {
            return true;
        }
        if self.run == 0 {
            self.before_run = self.ordinary.unchanged_fraction();
        }
        self.run += 1;
        let probability = self.before_run.powi(self.run.min(i32::MAX as usize) as i32);
        let halted = self.before_run <= MAX_UNCHANGED && probability < MAX_PROBABILITY;
        if !halted {
            self.ordinary.add(true);
        }
        halted
    }
}

/// The number of days that were not halts, and how many of them were unchanged.
#[derive(Default)]
struct Ordinary {
    days: usize,
    unchanged: usize,
    recent: VecDeque<bool>,
}

impl Ordinary {
    fn add(&mut self, unchanged: bool) {
        self.days += 1;
        self.unchanged += usize::from(unchanged);
        self.recent.push_back(unchanged);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Returns the fraction by the rule of succession, of all days or of the recent ones, whichever is larger.
    fn unchanged_fraction(&self) -> f64 {
        let fraction = |unchanged: usize, days: usize| (unchanged + 1) as f64 / (days + 2) as f64;
        let recent = self.recent.iter().filter(|unchanged| **unchanged).count();
        fraction(self.unchanged, self.days).max(fraction(recent, self.recent.len()))
    }
}

fn is_unchanged(series: &PriceSeries, day: usize) -> bool {
    let Some(before) = day.checked_sub(1) else { return false };
    let close = series.close[day];
    let is_flat_or_copied = |range: &OpenHighLow| {
        let columns = [&range.open, &range.high, &range.low];
        columns.iter().all(|column| column[day] == close) || columns.iter().all(|column| column[day] == column[before])
    };
    close == series.close[before] && series.range.as_ref().is_none_or(is_flat_or_copied)
}

fn has_own_volume(series: &PriceSeries, day: usize) -> bool {
    let of_day = |volume: &Vec<f64>| volume[day] > 0.0 && (day == 0 || volume[day] != volume[day - 1]);
    series.volume.as_ref().is_some_and(of_day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::walk;

    /// Returns a random walk whose days `unchanged` repeat the close before them.
    fn halted(days: usize, unchanged: std::ops::Range<usize>) -> PriceSeries {
        let mut series = walk(days, 1);
        let close = series.close[unchanged.start - 1];
        for day in unchanged {
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

    /// Returns closes rounded to multiples of `tick`, and no other column.
    fn rounded(days: usize, seed: u64, tick: f64) -> PriceSeries {
        let mut series = close_only(walk(days, seed));
        series.close.iter_mut().for_each(|close| *close = (*close / tick).round().max(1.0) * tick);
        series.adjusted = series.close.clone();
        series
    }

    #[test]
    fn a_feed_whose_prices_have_stopped_has_volumes_of_its_own() {
        let mut series = halted(400, 300..340);
        let volume = series.volume.as_mut().unwrap();
        (300..340).for_each(|day| volume[day] = 1e6 + day as f64);
        let days = days_of(&series);
        assert!(days.len() > 30 && days.first() > Some(&301) && days.last() == Some(&339), "{days:?}");
        assert!(!Halts::of(&series).unwrap().is_shown);
        // Two days are not a run.
        let mut series = halted(400, 300..302);
        (300..302).for_each(|day| series.volume.as_mut().unwrap()[day] = 1e6 + day as f64);
        assert_eq!(days_of(&series), [0; 0]);
    }

    #[test]
    fn first_days_without_trade_are_halts() {
        let first = |days: usize| {
            let mut series = walk(120, 1);
            series.close[..days].fill(100.0);
            let range = series.range.as_mut().unwrap();
            [&mut range.open, &mut range.high, &mut range.low]
                .into_iter()
                .for_each(|column| column[..days].fill(100.0));
            series.volume.as_mut().unwrap()[..days].fill(0.0);
            series
        };
        for days in [0, 1, 3, 10] {
            assert_eq!(days_of(&first(days)), (0..days).collect::<Vec<_>>());
        }
        // Early years for which the vendor has only closes, and a file with volumes from some day on.
        let mut moving = first(3);
        moving.close[1] = 101.0;
        let range = moving.range.as_mut().unwrap();
        [&mut range.open, &mut range.high, &mut range.low].into_iter().for_each(|column| column[1] = 101.0);
        assert!(!days_of(&moving).contains(&1));
        assert_eq!(days_of(&first(60)).first(), days_of(&close_only(first(60))).first());
        // An index has no volume.
        let mut index = first(1);
        index.volume.as_mut().unwrap().fill(0.0);
        assert!(days_of(&index).is_empty());
        assert!(days_of(&close_only(first(1))).is_empty());
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
        series.volume.as_mut().unwrap()[60..62].copy_from_slice(&[300.0, 250.0]);
        assert!(days_of(&series).is_empty());
        // Neither is a changed day without a volume, as of a fund.
        let mut fund = walk(120, 2);
        let close = fund.close.clone();
        fund.range = Some(OpenHighLow { open: close.clone(), high: close.clone(), low: close });
        fund.volume = Some(vec![0.0; 120]);
        assert!(days_of(&fund).is_empty());
        assert!(matches!(without_halts(&fund), Cow::Borrowed(_)));
    }

    /// A feed that has stopped repeats its last row, including its volume.
    #[test]
    fn a_repeated_row_is_a_halt() {
        let mut series = walk(120, 1);
        let before = series.slice(79..80);
        let (range, copied) = (series.range.as_mut().unwrap(), before.range.unwrap());
        for day in 80..100 {
            (series.close[day], series.adjusted[day]) = (before.close[0], before.adjusted[0]);
            (range.open[day], range.high[day], range.low[day]) = (copied.open[0], copied.high[0], copied.low[0]);
            series.volume.as_mut().unwrap()[day] = before.volume.as_ref().unwrap()[0];
        }
        assert_eq!(days_of(&series), (80..100).collect::<Vec<_>>());
        series.range = None;
        assert_eq!(days_of(&series), (80..100).collect::<Vec<_>>());
        // A volume that never changes shows nothing. The run alone shows a halt, after a few days.
        series.volume = Some(vec![1.0; 120]);
        let found = days_of(&series);
        assert!(found.first().is_some_and(|first| (82..90).contains(first)) && found.last() == Some(&99), "{found:?}");
    }

    #[test]
    fn a_run_of_closes_is_a_halt_after_a_few_days() {
        let series = close_only(halted(200, 150..170));
        assert_eq!(days_of(&series), (153..170).collect::<Vec<_>>());
        let halts = Halts::of(&series.slice(0..165)).unwrap();
        assert_eq!((halts.days, halts.at_end, halts.last_traded), (12, 12, series.dates[152]));
        // The same for bars without a volume, or with a volume that is always zero.
        let mut bars = halted(200, 150..170);
        bars.volume = None;
        assert_eq!(days_of(&bars), (153..170).collect::<Vec<_>>());
        bars.volume = Some(vec![0.0; 200]);
        assert_eq!(days_of(&bars), (153..170).collect::<Vec<_>>());
    }

    #[test]
    fn prices_that_stop_while_volumes_go_on_are_found() {
        let mut frozen = halted(200, 200..200);
        let bars = |series: &mut PriceSeries, rows: std::ops::Range<usize>| {
            for day in rows {
                let close = series.close[day - 1];
                series.close[day] = close;
                if let Some(range) = &mut series.range {
                    [&mut range.open, &mut range.high, &mut range.low]
                        .into_iter()
                        .for_each(|column| column[day] = close);
                }
            }
        };
        assert_eq!(frozen_end(&frozen), 0);
        bars(&mut frozen, 196..200);
        assert_eq!(frozen_end(&frozen), 0);
        bars(&mut frozen, 190..200);
        assert_eq!(frozen_end(&frozen), 10);
        // A pegged price.
        bars(&mut frozen, 20..190);
        assert_eq!(frozen_end(&frozen), 0);
    }

    #[test]
    fn a_repeated_end_counts_by_how_often_the_series_repeats() {
        // Bars with volumes show it at once. For closes only, the run must be too long for chance; its first days are
        // included.
        assert_eq!(repeated_end(&halted(200, 199..200)), 1);
        assert_eq!(repeated_end(&halted(200, 150..170)), 0);
        let closes = close_only(halted(200, 150..170));
        // The words for the days of a run that is left out in part are not those for days shown to be without trade.
        let words = |series: &PriceSeries| Halts::of(series).unwrap().to_string();
        assert_eq!(words(&halted(200, 150..170)), "20 days without trade");
        assert_eq!(words(&closes), "17 days with unchanged prices");
        assert_eq!(words(&PriceSeries { volume: None, ..halted(200, 150..170) }), words(&closes));
        assert_eq!((151..156).map(|rows| repeated_end(&closes.slice(0..rows))).collect::<Vec<_>>(), [0, 0, 0, 4, 5]);
        // A price in coarse steps, such as that of a pegged currency.
        let pegged = rounded(1500, 2, 2.0);
        let repeats = (1000..1500).filter(|day| is_unchanged(&pegged, *day)).count();
        // More than a quarter.
        assert!(repeats > 500 / 4, "{repeats}");
        assert!((1000..1500).all(|rows| repeated_end(&pegged.slice(0..rows)) == 0));
    }

    /// With a tick of twice the daily volatility, more than half of the days are unchanged, and none is a halt.
    #[test]
    fn unchanged_days_of_a_large_tick_are_no_halts() {
        for (tick, seed) in [(1.0, 1), (2.0, 2), (5.0, 3), (10.0, 4), (40.0, 5)] {
            let series = rounded(1500, seed, tick);
            let found = days_of(&series).len();
            assert!(found <= 3, "tick {tick}: {found}");
        }
    }

    #[test]
    fn later_rows_and_repetition_change_nothing() {
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
