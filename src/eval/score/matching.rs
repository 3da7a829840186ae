//! Finds the rows of the prices that recorded forecasts are about.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::record::Recorded;
use super::remark::{Remark, RemarkKind};
use crate::backtest::MIN_RETURNS;
use crate::ledger::{data_hashes, impossible};
use fourcast_model::MAX_DAYS;
use fourcast_prices::{PriceSeries, sessions_ahead};

/// A forecast whose day is in the prices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    /// The row of its origin, and the row of its day.
    pub origin: usize,
    pub then: usize,
    /// The close that the forecast was made from.
    pub from: f64,
    /// Its index among the forecasts.
    pub forecast: usize,
}

/// Forecasts whose day is after the last row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// Their number.
    pub forecasts: usize,
    /// The earliest of their days.
    pub next: Option<Date>,
}

/// The forecasts for one horizon.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Due {
    /// Forecasts to score, one per day, in the order of their origins.
    pub(super) pairs: Vec<Pair>,
    /// Forecasts whose day is after the last row.
    pub pending: Pending,
    /// Number of forecasts for days with an earlier forecast.
    pub repeated: usize,
    /// Number of forecasts left out for another reason.
    pub left_out: usize,
}

/// The matched forecasts.
#[derive(Debug, Default)]
pub(super) struct Matched {
    pub by_horizon: BTreeMap<usize, Due>,
    pub remarks: Vec<Remark>,
}

/// The rows found for a forecast.
enum Found {
    /// The remark says that the row has another date.
    Pair {
        pair: Pair,
        moved: Option<RemarkKind>,
    },
    Pending,
    LeftOut(RemarkKind),
}

/// Finds the rows of each forecast in a series, and makes remarks about some forecasts. `traded` is the series without
/// days without trade. With `horizon`, only forecasts that many days ahead are used.
pub(super) fn match_rows(
    (series, traded): (&PriceSeries, &PriceSeries),
    forecasts: &[Recorded],
    horizon: Option<usize>,
) -> Matched {
    let mut rows = Rows { series, traded, sessions: OnceCell::new(), of_same_rows: Vec::new() };
    rows.of_same_rows = rows.of_same_rows(forecasts);
    let mut matched = Matched::default();
    let mut remarks: BTreeMap<RemarkKind, Vec<(usize, Date)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    // Number of forecasts left out whose horizon is unknown.
    let mut unplaced = 0;
    let mut all: Vec<_> = forecasts.iter().enumerate().map(|(place, one)| (one, rows.find(place, one))).collect();
    // A forecast for a row's own date has precedence over one that is scored on the next row.
    all.sort_by_key(|(_, found)| matches!(found, Found::Pair { moved: Some(RemarkKind::NextRow), .. }));
    for (recorded, found) in all {
        let mut remark = |kind| remarks.entry(kind).or_default().push((recorded.line, recorded.date));
        let Some(ahead) = recorded.horizon.or_else(|| rows.ahead(recorded, &found)) else {
            remark(if let Found::LeftOut(kind) = found { kind } else { RemarkKind::TooFar });
            unplaced += 1;
            continue;
        };
        if horizon.is_some_and(|asked| asked != ahead) {
            continue;
        }
        let due = matched.by_horizon.entry(ahead).or_default();
        match found {
            Found::Pending => {
                due.pending.forecasts += 1;
                due.pending.next = Some(due.pending.next.map_or(recorded.date, |next| next.min(recorded.date)));
            }
            Found::LeftOut(kind) => {
                due.left_out += 1;
                remark(kind);
            }
            Found::Pair { pair, .. } if !seen.insert((ahead, pair.then)) => {
                due.repeated += 1;
                // A ledger contains each new forecast of a day; that is not a fault.
                if recorded.data.is_none() {
                    remark(RemarkKind::Repeated);
                }
            }
            Found::Pair { pair, moved } => {
                if let Some(moved) = moved {
                    remark(moved);
                }
                if is_other_close(pair.from, traded.close[pair.origin]) {
                    remark(RemarkKind::Revised);
                }
                due.pairs.push(pair);
            }
        }
    }
    if unplaced > 0 {
        let nearest = matched.by_horizon.first_key_value().map_or(horizon.unwrap_or(1), |(ahead, _)| *ahead);
        matched.by_horizon.entry(nearest).or_default().left_out += unplaced;
    }
    for due in matched.by_horizon.values_mut() {
        due.pairs.sort_by_key(|pair| (pair.origin, pair.then));
    }
    let other = rows.with_other_prices(forecasts, matched.by_horizon.values());
    if !other.is_empty() {
        remarks.insert(RemarkKind::OtherPrices, other);
    }
    matched.remarks = remarks.into_iter().map(|(kind, forecasts)| Remark { kind, forecasts }).collect();
    matched
}

/// Whether two closes differ. Files can have fewer digits than the eight of results.
fn is_other_close(recorded: f64, found: f64) -> bool {
    (recorded - found).abs() > 1e-6 * found.abs()
}

/// The minimum width of forecasts, in logarithms, because point forecasts have no width; the closes of two vendors
/// differ by less.
const NEAR: f64 = 0.05;

/// Maximum number of future rows that are searched to find the horizon of a pending forecast.
const MAX_AHEAD: usize = 400;

struct Rows<'a> {
    series: &'a PriceSeries,
    traded: &'a PriceSeries,
    /// The expected sessions after the last row.
    sessions: OnceCell<Vec<Date>>,
    /// For each forecast, whether the rows up to its origin have the recorded hash; `None` if unknown.
    of_same_rows: Vec<Option<bool>>,
}

impl Rows<'_> {
    fn find(&self, forecast: usize, recorded: &Recorded) -> Found {
        let Recorded { origin, date, last_close, .. } = *recorded;
        let dates = &self.traded.dates;
        if recorded.frequency.is_some_and(|frequency| frequency != self.series.frequency) {
            return Found::LeftOut(RemarkKind::OtherFrequency);
        }
        if origin.is_some_and(|origin| origin >= date) {
            return Found::LeftOut(RemarkKind::NotAfter);
        }
        let impossible_from = |close: f64, rows: usize| impossible(close, (&recorded.quantiles, recorded.point), rows);
        if let Some(why) = last_close.and_then(|close| impossible_from(close, recorded.horizon.unwrap_or(MAX_DAYS))) {
            return Found::LeftOut(RemarkKind::Impossible(why));
        }
        // The recorded date is only an expectation if holidays were unknown, so the row is found by the horizon, not by
        // the date.
        let of_rows =
            origin.zip(recorded.horizon).and_then(|(origin, rows)| Some(dates.binary_search(&origin).ok()? + rows));
        if of_rows.map_or(self.series.dates.last().is_none_or(|last| date > *last), |then| then >= dates.len()) {
            return Found::Pending;
        }
        if of_rows.is_none() && self.is_halted(date) {
            return Found::LeftOut(RemarkKind::Halted);
        }
        let (then, moved) = match (dates.binary_search(&date), of_rows) {
            (Err(next), Some(then)) if next == then => (then, Some(RemarkKind::NextRow)),
            (found, Some(then)) => (then, (found != Ok(then)).then_some(RemarkKind::OtherDay)),
            (Ok(row), None) => (row, None),
            (Err(row), None) if origin.is_some() && row < dates.len() => (row, Some(RemarkKind::NextRow)),
            (Err(_), None) if origin.is_some() => return Found::LeftOut(RemarkKind::Halted),
            (Err(_), None) => return Found::LeftOut(RemarkKind::NoDay),
        };
        let origin = match origin {
            None => then.checked_sub(1),
            // The price of a day without trade is that of the last day with trade.
            Some(origin) if self.is_halted(origin) => dates.partition_point(|date| *date < origin).checked_sub(1),
            Some(origin) => dates.binary_search(&origin).ok(),
        };
        match origin {
            None => Found::LeftOut(RemarkKind::NoOrigin),
            Some(origin) if origin < MIN_RETURNS => Found::LeftOut(RemarkKind::TooEarly),
            Some(origin) if then - origin > MAX_DAYS => Found::LeftOut(RemarkKind::TooFar),
            Some(origin) => {
                let from = last_close.unwrap_or(self.traded.close[origin]);
                if from <= 0.0 || !from.is_normal() {
                    return Found::LeftOut(RemarkKind::NoReturn);
                }
                if let Some(why) = impossible_from(from, then - origin) {
                    return Found::LeftOut(RemarkKind::Impossible(why));
                }
                if self.contradicts(forecast, recorded, (origin, from)) {
                    return Found::LeftOut(RemarkKind::OtherClose);
                }
                Found::Pair { pair: Pair { origin, then, from, forecast }, moved }
            }
        }
    }

    /// Whether a day is a row without trade.
    fn is_halted(&self, date: Date) -> bool {
        self.series.dates.binary_search(&date).is_ok() && self.traded.dates.binary_search(&date).is_err()
    }

    /// Returns the horizon of a forecast that does not record it; `None` if it cannot be known.
    fn ahead(&self, recorded: &Recorded, found: &Found) -> Option<usize> {
        match (found, recorded.origin) {
            (Found::Pair { pair, .. }, _) => Some(pair.then - pair.origin),
            (Found::LeftOut(_), _) => None,
            // A pending forecast without an origin was made from the row before its day.
            (Found::Pending, None) => Some(1),
            (Found::Pending, Some(origin)) => {
                let known = self.traded.len() - self.traded.dates.partition_point(|date| *date <= origin);
                let PriceSeries { dates, frequency, .. } = self.traded;
                let sessions = self.sessions.get_or_init(|| sessions_ahead(dates, *frequency, MAX_AHEAD, None));
                Some(known + sessions.iter().position(|session| *session >= recorded.date)? + 1)
            }
        }
    }

    /// Whether the recorded last close of a forecast cannot have been that of its origin, which is a row, even if the
    /// prices were revised or split since then.
    fn contradicts(&self, forecast: usize, recorded: &Recorded, (origin, from): (usize, f64)) -> bool {
        let found = self.traded.close[origin];
        if !is_other_close(from, found) {
            return false;
        }
        // The rows up to the origin are exactly those recorded, yet their last close differs.
        if self.of_same_rows[forecast] == Some(true) {
            return true;
        }
        let (lowest, highest) = recorded
            .quantiles
            .iter()
            .fold((recorded.point, recorded.point), |(low, high), price| (low.min(*price), high.max(*price)));
        // The distance of a close from the range of forecast prices, in logarithms. The prices of a forecast from
        // before a split are near its recorded close; if only the recorded close was changed, they are near the close
        // in the given prices.
        let outside = |close: f64| (lowest / close).ln().max((close / highest).ln()).max(0.0);
        let width = (highest / lowest).ln().max(NEAR);
        outside(from) > 2.0 * width && outside(found) <= 0.5 * width
    }

    /// Returns for each forecast whether the rows up to its origin have the recorded hash; `None` if no hash is
    /// recorded.
    fn of_same_rows(&self, forecasts: &[Recorded]) -> Vec<Option<bool>> {
        let row = |one: &Recorded| self.series.dates.binary_search(&one.origin?).ok();
        let named = |(place, one): (usize, &Recorded)| one.data.as_ref().and(row(one)).map(|row| (row, place));
        let mut all: Vec<(usize, usize)> = forecasts.iter().enumerate().filter_map(named).collect();
        all.sort_unstable();
        let hashes = data_hashes(self.series, &all.iter().map(|(row, _)| *row).collect::<Vec<_>>());
        let mut same = vec![None; forecasts.len()];
        for ((_, place), hash) in all.into_iter().zip(hashes) {
            same[place] = Some(forecasts[place].data.as_ref() == Some(&hash));
        }
        same
    }

    /// Returns the forecasts to score whose last close agrees, but whose hash differs from that of the rows up to their
    /// origin.
    fn with_other_prices<'a>(
        &self,
        forecasts: &'a [Recorded],
        due: impl Iterator<Item = &'a Due>,
    ) -> Vec<(usize, Date)> {
        let is_other = |pair: &&Pair| {
            self.of_same_rows[pair.forecast] == Some(false)
                && !is_other_close(pair.from, self.traded.close[pair.origin])
        };
        let named = |pair: &Pair| (forecasts[pair.forecast].line, forecasts[pair.forecast].date);
        let mut others: Vec<(usize, Date)> = due.flat_map(|due| due.pairs.iter().filter(is_other).map(named)).collect();
        others.sort_unstable();
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Impossible;
    use fourcast_prices::Frequency;
    use jiff::{ToSpan, civil::date};

    /// Returns 100 days of prices from 2024-01-01 on, without a row on 2024-03-20.
    fn series() -> PriceSeries {
        let dates: Vec<Date> = (0..101)
            .map(|day| date(2024, 1, 1) + i64::from(day).days())
            .filter(|day| *day != date(2024, 3, 20))
            .collect();
        let close: Vec<f64> = (0..dates.len()).map(|day| 100.0 + (day as f64).sin()).collect();
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    fn recorded(line: usize, origin: Option<Date>, date: Date) -> Recorded {
        Recorded {
            line,
            origin,
            date,
            horizon: None,
            last_close: None,
            point: 100.0,
            quantiles: vec![100.0],
            data: None,
            frequency: None,
        }
    }

    fn kinds(matched: &Matched) -> Vec<(RemarkKind, Vec<usize>)> {
        let lines = |remark: &Remark| remark.forecasts.iter().map(|(line, _)| *line).collect();
        matched.remarks.iter().map(|remark| (remark.kind, lines(remark))).collect()
    }

    #[test]
    fn each_forecast_is_scored_waits_or_is_left_out_with_a_reason() {
        let series = series();
        let day = |month, day| date(2024, month, day);
        let all = [
            recorded(2, None, day(3, 19)),
            recorded(3, Some(day(3, 19)), day(3, 20)),
            recorded(4, None, day(3, 20)),
            recorded(5, Some(day(3, 18)), day(3, 21)),
            recorded(6, None, day(3, 19)),
            recorded(7, Some(day(4, 10)), day(4, 11)),
            recorded(8, Some(day(4, 10)), day(4, 13)),
            recorded(9, Some(day(3, 20)), day(3, 22)),
            recorded(10, Some(day(1, 5)), day(1, 6)),
            recorded(11, Some(day(3, 22)), day(3, 22)),
        ];
        let matched = match_rows((&series, &series), &all, None);
        let rows = |horizon: usize| {
            matched.by_horizon[&horizon].pairs.iter().map(|pair| (pair.origin, pair.then)).collect::<Vec<_>>()
        };
        assert_eq!(rows(1), [(77, 78), (78, 79)]);
        assert_eq!(rows(2), [(77, 79)]);
        let expected = [
            (RemarkKind::NextRow, vec![3]),
            (RemarkKind::Repeated, vec![6]),
            (RemarkKind::NoOrigin, vec![9]),
            (RemarkKind::NoDay, vec![4]),
            (RemarkKind::TooEarly, vec![10]),
            (RemarkKind::NotAfter, vec![11]),
        ];
        assert_eq!(kinds(&matched), expected);
        let waiting = |horizon: usize| matched.by_horizon[&horizon].pending;
        assert_eq!(waiting(1), Pending { forecasts: 1, next: Some(day(4, 11)) });
        assert_eq!(waiting(3), Pending { forecasts: 1, next: Some(day(4, 13)) });
        let one = match_rows((&series, &series), &all, Some(2));
        assert_eq!((one.by_horizon.len(), one.by_horizon[&2].pairs.len()), (1, 1));
    }

    /// A forecast whose prices cannot be closes, or whose last close cannot have been that of its origin, does not
    /// displace another forecast.
    #[test]
    fn impossible_forecasts_are_left_out_with_a_reason() {
        let series = series();
        let day = |month, day| date(2024, month, day);
        let row = series.dates.binary_search(&day(3, 10)).unwrap();
        let close = series.close[row];
        let hash = data_hashes(&series, &[row]).pop();
        let of = |line, last_close: f64, quantiles: [f64; 3], data: Option<&str>| Recorded {
            horizon: Some(1),
            last_close: Some(last_close),
            point: quantiles[1],
            quantiles: quantiles.to_vec(),
            data: data.map(str::to_owned),
            ..recorded(line, Some(day(3, 10)), day(3, 11))
        };
        let near = [0.97 * close, close, 1.03 * close];
        let all = [
            of(1, close, [-1.0, close, 1.03 * close], None),
            of(2, close, [near[0], close, 1e300], None),
            of(3, close, [near[0], close, 0.99 * close], None),
            // Only the last close was changed: the hash, or the quantiles, contradict it.
            of(4, 1.02 * close, near, hash.as_deref()),
            of(5, 2.0 * close, near, Some("other")),
            of(6, 2.0 * close, near, None),
            // A forecast from before a split that the prices contain, and one whose close was slightly revised.
            of(7, 4.0 * close, near.map(|price| 4.0 * price), Some("other")),
            of(8, 1.02 * close, near, Some("other")),
            // Far from its close, which is that of the given prices: only a bad forecast.
            of(9, close, near.map(|price| 4.0 * price), hash.as_deref()),
        ];
        let found = |forecasts: &[Recorded]| {
            let matched = match_rows((&series, &series), forecasts, None);
            let due = &matched.by_horizon[&1];
            (due.pairs.len(), due.repeated, due.left_out, kinds(&matched))
        };
        let (scored, repeated, left_out, kinds_of_all) = found(&all);
        assert_eq!((scored, repeated, left_out), (1, 2, 6));
        let expected = [
            (RemarkKind::Revised, vec![7]),
            (RemarkKind::Impossible(Impossible::Crossing), vec![3]),
            (RemarkKind::Impossible(Impossible::NotPositive), vec![1]),
            (RemarkKind::Impossible(Impossible::OutOfReach), vec![2]),
            (RemarkKind::OtherClose, vec![4, 5, 6]),
        ];
        assert_eq!(kinds_of_all, expected);
        for alone in &all[6..] {
            assert_eq!(found(std::slice::from_ref(alone)).0, 1, "line {}", alone.line);
        }
        // A pending forecast is checked too, and a forecast without a recorded last close once the close of its origin
        // is known.
        let pending = Recorded { origin: Some(day(4, 10)), date: day(4, 11), ..all[0].clone() };
        assert_eq!(found(&[pending]).2, 1);
        assert_eq!(found(&[Recorded { last_close: None, ..all[1].clone() }]).2, 1);
    }

    /// The horizon determines the row of a forecast: an unknown holiday changes its date, but it does not displace
    /// another forecast.
    #[test]
    fn a_number_of_rows_goes_before_the_date() {
        let series = series();
        let day = |month, day| date(2024, month, day);
        let ahead = |line, origin, rows, date| Recorded { horizon: Some(rows), ..recorded(line, Some(origin), date) };
        let weekly = Recorded { frequency: Some(Frequency::Weekly), ..ahead(6, day(3, 18), 1, day(3, 19)) };
        let all = [
            ahead(2, day(3, 18), 2, day(3, 20)),
            ahead(3, day(3, 19), 2, day(3, 21)),
            ahead(4, day(3, 10), 2, day(3, 11)),
            ahead(5, day(4, 9), 2, day(4, 11)),
            weekly,
        ];
        let matched = match_rows((&series, &series), &all, None);
        let pairs = &matched.by_horizon[&2].pairs;
        let rows: Vec<_> = pairs.iter().map(|pair| (series.dates[pair.origin], series.dates[pair.then])).collect();
        let expected = [(day(3, 10), day(3, 12)), (day(3, 18), day(3, 21)), (day(3, 19), day(3, 22))];
        assert_eq!(rows, expected);
        assert_eq!(matched.by_horizon[&2].pending.forecasts, 1);
        let expected =
            [(RemarkKind::NextRow, vec![2]), (RemarkKind::OtherDay, vec![3, 4]), (RemarkKind::OtherFrequency, vec![6])];
        assert_eq!(kinds(&matched), expected);
    }

    /// If the horizon of a forecast that is left out is unknown, it is counted with the shortest horizon of the others.
    #[test]
    fn forecasts_of_unknown_days_ahead_have_no_row_of_their_own() {
        let series = series();
        let day = |month, day| date(2024, month, day);
        let all = [
            recorded(2, Some(day(3, 15)), day(3, 19)),
            recorded(3, None, day(3, 20)),
            recorded(4, Some(day(4, 10)), day(9, 1) + 2_i64.years()),
        ];
        for horizon in [None, Some(4)] {
            let matched = match_rows((&series, &series), &all, horizon);
            let due: Vec<_> = matched.by_horizon.iter().map(|(ahead, due)| (*ahead, due.left_out)).collect();
            assert_eq!(due, [(4, 2)]);
            assert_eq!(kinds(&matched), [(RemarkKind::NoDay, vec![3]), (RemarkKind::TooFar, vec![4])]);
        }
    }

    #[test]
    fn prices_that_have_changed_are_noticed() {
        let series = series();
        let origins = [70, 71, 72];
        let hashes = data_hashes(&series, &origins);
        let all: Vec<Recorded> = origins
            .iter()
            .zip(hashes)
            .map(|(origin, data)| Recorded {
                horizon: Some(1),
                last_close: Some(series.close[*origin]),
                data: Some(data),
                ..recorded(*origin, Some(series.dates[*origin]), series.dates[origin + 1])
            })
            .collect();
        assert!(match_rows((&series, &series), &all, None).remarks.is_empty());
        let mut revised = series.clone();
        revised.close[71] *= 0.5;
        assert_eq!(
            kinds(&match_rows((&revised, &revised), &all, None)),
            [(RemarkKind::Revised, vec![71]), (RemarkKind::OtherPrices, vec![72])]
        );
        // The first line for a day is used; further ones in a ledger do not cause a remark.
        let twice = [&all[..], &[Recorded { point: 1.0, line: 9, ..all[0].clone() }]].concat();
        let matched = match_rows((&series, &series), &twice, None);
        assert_eq!((matched.by_horizon[&1].pairs[0].forecast, matched.by_horizon[&1].repeated), (0, 1));
        assert!(matched.remarks.is_empty());
    }
}
