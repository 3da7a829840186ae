//! Checks whether forecasts were made from the prices that they are scored with, by comparing their last closes with
//! the prices.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

use super::record::Recorded;
use fourcast_base::words::counted;
use fourcast_model::moves::{MoveTolerance, Rounding};
use fourcast_prices::PriceSeries;

/// Last closes of forecasts that contradict the given prices.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherPrices {
    /// The line of the first forecast with a different close.
    pub line: usize,
    /// The origin of that forecast.
    pub origin: Date,
    /// The close that it was made from.
    pub recorded: f64,
    /// The close of that day in the given prices.
    pub found: f64,
    /// Number of closes that differ.
    pub different: usize,
    /// Number of closes compared.
    pub of: usize,
}

impl fmt::Display for OtherPrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OtherPrices { line, origin, recorded, found, different, of } = self;
        write!(
            f,
            "the forecasts were made from other prices: {different} of {} differ from these prices, and so do the moves \
             between them; line {line} was made from a close of {recorded} on {origin}, where the close is {found}",
            counted(*of, "last close")
        )
    }
}

/// Minimum number of closes for this check.
const NEEDED: usize = 3;

/// Closes with a smaller log difference belong to the same series, observed at different times of day.
const NEAR: f64 = 0.02;

/// The close that a forecast was made from, and the close of its origin in the given prices.
struct Close {
    line: usize,
    origin: Date,
    recorded: f64,
    found: f64,
}

impl Close {
    fn is_near(&self) -> bool {
        (self.recorded / self.found).ln().abs() <= NEAR
    }
}

/// Returns the contradiction if most of the closes differ and neither of the adjacent moves agrees. A split changes all
/// closes before it by the same factor and only one of the moves; a revised close changes two moves.
pub(super) fn contradiction(series: &PriceSeries, forecasts: &[Recorded]) -> Option<OtherPrices> {
    let closes = closes(series, forecasts);
    let moves: Vec<(f64, f64)> = closes.windows(2).map(moves).collect();
    let tolerance = MoveTolerance::of(moves.iter().map(|(_, found)| *found));
    let of_recorded = Rounding::of(&closes.iter().map(|close| close.recorded).collect::<Vec<_>>());
    let of_found = Rounding::of(&series.close);
    let rounding = |close: &Close| of_recorded.of_log(close.recorded) + of_found.of_log(close.found);
    let agrees = |((recorded, found), pair): (&(f64, f64), &[Close])| {
        tolerance.agrees(*found, *recorded, pair.iter().map(rounding).sum())
    };
    let agree: Vec<bool> = moves.iter().zip(closes.windows(2)).map(agrees).collect();
    let is_other = |place: &usize| {
        let mut beside = agree[place.saturating_sub(1)..(place + 1).min(agree.len())].iter();
        !closes[*place].is_near() && !beside.any(|agrees| *agrees)
    };
    let others: Vec<usize> = (0..closes.len()).filter(is_other).collect();
    if closes.len() < NEEDED || 2 * others.len() <= closes.len() {
        return None;
    }
    let Close { line, origin, recorded, found } = closes[*others.first()?];
    Some(OtherPrices { line, origin, recorded, found, different: others.len(), of: closes.len() })
}

/// Returns the log returns from one close to the next: the recorded one and that of the given prices.
fn moves(pair: &[Close]) -> (f64, f64) {
    let of = |close: fn(&Close) -> f64| (close(&pair[1]) / close(&pair[0])).ln();
    (of(|close| close.recorded), of(|close| close.found))
}

/// Returns the closes of the origins that are rows, in order. If several forecasts have the same origin, the close of
/// the first is used.
fn closes(series: &PriceSeries, forecasts: &[Recorded]) -> Vec<Close> {
    let mut all = BTreeMap::new();
    for forecast in forecasts {
        let Some((origin, recorded)) = forecast.origin.zip(forecast.last_close) else { continue };
        let Ok(row) = series.dates.binary_search(&origin) else { continue };
        let close = Close { line: forecast.line, origin, recorded, found: series.close[row] };
        all.entry(origin).or_insert(close);
    }
    all.into_values().filter(|close| close.recorded > 0.0 && close.found > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn series(phase: f64) -> PriceSeries {
        let dates = (0..60_i64).map(|day| jiff::civil::date(2024, 1, 1) + day.days()).collect();
        let close: Vec<f64> = (0..60).map(|day| 100.0 * (0.1 * (f64::from(day) * 1.7 + phase).sin()).exp()).collect();
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    /// Returns forecasts from some rows of a series, with their last closes multiplied by `change`.
    fn from(series: &PriceSeries, rows: std::ops::Range<usize>, change: impl Fn(usize) -> f64) -> Vec<Recorded> {
        let one = |row: usize| Recorded {
            line: row + 1,
            origin: Some(series.dates[row]),
            date: series.dates[row] + 1.day(),
            horizon: Some(1),
            last_close: Some(series.close[row] * change(row)),
            point: 100.0,
            quantiles: vec![100.0],
            data: None,
            frequency: None,
        };
        rows.map(one).collect()
    }

    #[test]
    fn prices_of_another_series_contradict_the_closes() {
        let (own, other) = (series(0.0), series(1.0));
        let forecasts = from(&own, 10..40, |_| 5.0);
        let found = contradiction(&other, &forecasts).unwrap();
        assert!(found.of == 30 && found.different > 20 && found.line == 11, "{found:?}");
        assert_eq!((found.recorded, found.found), (5.0 * own.close[10], other.close[10]));
        assert!(found.to_string().contains("line 11 was made from a close of "), "{found}");
        assert!(contradiction(&other, &forecasts[..2]).is_none(), "one move shows nothing");
        assert!(contradiction(&other, &forecasts[..3]).is_some());
    }

    #[test]
    fn splits_revisions_and_another_hour_do_not() {
        let own = series(0.0);
        let none = |change: &dyn Fn(usize) -> f64| assert_eq!(contradiction(&own, &from(&own, 10..40, change)), None);
        none(&|_| 1.0);
        none(&|_| 4.0);
        none(&|row| if row < 20 { 8.0 } else { 1.0 });
        none(&|row| {
            if row < 20 {
                8.0
            } else if row < 30 {
                4.0
            } else {
                1.0
            }
        });
        none(&|row| if row % 7 == 0 { 1.3 } else { 1.0 });
        none(&|row| if row % 3 == 0 { 1.05 } else { 1.0 });
        none(&|row| 1.0 + 0.015 * (row as f64 * 2.3).sin());
        // One of the first three closes was revised.
        assert_eq!(contradiction(&own, &from(&own, 10..13, |row| if row == 11 { 1.03 } else { 1.0 })), None);
        // Closes before a large split have few digits.
        let cents = |price: f64| (price * 100.0).round() / 100.0;
        let close: Vec<f64> = own.close.iter().map(|close| cents(close / 5000.0)).collect();
        let split = PriceSeries { adjusted: close.clone(), close, ..own.clone() };
        assert_eq!(contradiction(&split, &from(&own, 10..40, |_| 0.01)), None);
        // Several forecasts from the same origin, and origins that are not rows.
        let mut twice = from(&own, 10..40, |_| 1.0);
        twice.extend(from(&own, 10..40, |_| 1.0));
        twice.extend(from(&own, 40..59, |_| 2.0).into_iter().map(|one| Recorded { origin: None, ..one }));
        assert_eq!(contradiction(&own, &twice), None);
    }
}
