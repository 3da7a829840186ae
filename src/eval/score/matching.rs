//! Which rows of the prices each recorded forecast is about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::record::Recorded;
use super::remark::{Remark, RemarkKind};
use crate::eval::backtest::MIN_RETURNS;
use crate::eval::ledger::data_hashes;
use crate::model::MAX_DAYS;
use crate::prices::{PriceSeries, session_ahead};

/// A forecast whose day has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    /// The row of its origin, and of its day.
    pub origin: usize,
    pub then: usize,
    /// The close that it was made from.
    pub from: f64,
    /// Its place among the forecasts.
    pub forecast: usize,
}

/// Forecasts whose day has not come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// How many.
    pub forecasts: usize,
    /// The first of their days.
    pub next: Option<Date>,
}

/// The forecasts for one number of days ahead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Due {
    /// Those to score, one for each day, in the order of their origins.
    pub(super) pairs: Vec<Pair>,
    /// Those whose day has not come.
    pub pending: Pending,
    /// Those of days that had been forecast before.
    pub repeated: usize,
    /// Those left out for another reason.
    pub left_out: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Matched {
    pub by_horizon: BTreeMap<usize, Due>,
    pub remarks: Vec<Remark>,
}

/// The outcome of looking for the rows of a forecast.
enum Found {
    Pair { pair: Pair, moved: bool },
    Pending,
    LeftOut(RemarkKind),
}

/// Finds the rows of each forecast in a series, of which `traded` are the days with trade, and what there is to say about
/// some. With `horizon` only forecasts so many days ahead are taken.
pub(super) fn match_rows(
    (series, traded): (&PriceSeries, &PriceSeries),
    forecasts: &[Recorded],
    horizon: Option<usize>,
) -> Matched {
    let rows = Rows { series, traded };
    let mut matched = Matched::default();
    let mut remarks: BTreeMap<RemarkKind, Vec<(usize, Date)>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (place, recorded) in forecasts.iter().enumerate() {
        let found = rows.find(place, recorded);
        let ahead = recorded.horizon.unwrap_or_else(|| rows.ahead(recorded, &found));
        if horizon.is_some_and(|asked| asked != ahead) {
            continue;
        }
        let due = matched.by_horizon.entry(ahead).or_default();
        let mut remark = |kind| remarks.entry(kind).or_default().push((recorded.line, recorded.date));
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
                // A ledger has each forecast of a day that it made anew: that is no fault.
                if recorded.data.is_none() {
                    remark(RemarkKind::Repeated);
                }
            }
            Found::Pair { pair, moved } => {
                if moved {
                    remark(RemarkKind::NextRow);
                }
                if is_other_close(pair.from, traded.close[pair.origin]) {
                    remark(RemarkKind::Revised);
                }
                due.pairs.push(pair);
            }
        }
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

/// Whether two closes are not the same: files may have fewer digits than the eight that results have.
fn is_other_close(recorded: f64, found: f64) -> bool {
    (recorded - found).abs() > 1e-6 * found.abs()
}

/// Most rows ahead that are looked for to find how far ahead a day is that has not come.
const MAX_AHEAD: usize = 400;

struct Rows<'a> {
    series: &'a PriceSeries,
    traded: &'a PriceSeries,
}

impl Rows<'_> {
    fn find(&self, forecast: usize, recorded: &Recorded) -> Found {
        let Recorded { origin, date, last_close, .. } = *recorded;
        let dates = &self.traded.dates;
        if origin.is_some_and(|origin| origin >= date) {
            return Found::LeftOut(RemarkKind::NotAfter);
        }
        if self.series.dates.last().is_none_or(|last| date > *last) {
            return Found::Pending;
        }
        if self.is_halted(date) {
            return Found::LeftOut(RemarkKind::Halted);
        }
        let (then, moved) = match (dates.binary_search(&date), origin) {
            (Ok(row), _) => (row, false),
            (Err(row), Some(_)) if row < dates.len() => (row, true),
            (Err(_), Some(_)) => return Found::LeftOut(RemarkKind::Halted),
            (Err(_), None) => return Found::LeftOut(RemarkKind::NoDay),
        };
        let origin = match origin {
            None => then.checked_sub(1),
            // The price of a day without trade is that of the last day with some.
            Some(origin) if self.is_halted(origin) => dates.partition_point(|date| *date < origin).checked_sub(1),
            Some(origin) => dates.binary_search(&origin).ok(),
        };
        match origin {
            None => Found::LeftOut(RemarkKind::NoOrigin),
            Some(origin) if origin < MIN_RETURNS => Found::LeftOut(RemarkKind::TooEarly),
            Some(origin) if then - origin > MAX_DAYS => Found::LeftOut(RemarkKind::TooFar),
            Some(origin) => {
                let from = last_close.unwrap_or(self.traded.close[origin]);
                if from <= 0.0 {
                    return Found::LeftOut(RemarkKind::NoReturn);
                }
                Found::Pair { pair: Pair { origin, then, from, forecast }, moved }
            }
        }
    }

    /// Whether a day is a row without trade.
    fn is_halted(&self, date: Date) -> bool {
        self.series.dates.binary_search(&date).is_ok() && self.traded.dates.binary_search(&date).is_err()
    }

    /// How many rows ahead a forecast is that does not say so.
    fn ahead(&self, recorded: &Recorded, found: &Found) -> usize {
        let origin = recorded.origin.map(|origin| self.traded.dates.partition_point(|date| *date <= origin));
        match (found, origin) {
            (Found::Pair { pair, .. }, _) => pair.then - pair.origin,
            (Found::Pending, Some(rows)) if !self.traded.is_empty() => {
                let known = self.traded.len() - rows;
                let is_there = |n: &usize| session_ahead(self.traded, *n, None) >= recorded.date;
                known + (1..MAX_AHEAD).find(is_there).unwrap_or(MAX_AHEAD)
            }
            _ => 1,
        }
    }

    /// The forecasts to score whose hash is not that of the rows up to their origin, and whose close is the same.
    fn with_other_prices<'a>(
        &self,
        forecasts: &'a [Recorded],
        due: impl Iterator<Item = &'a Due>,
    ) -> Vec<(usize, Date)> {
        let hashed = |pair: &'a Pair| {
            let recorded = &forecasts[pair.forecast];
            let row = self.series.dates.binary_search(&recorded.origin?).ok()?;
            Some((row, recorded.data.as_deref()?, recorded, pair))
        };
        let mut all: Vec<_> = due.flat_map(|due| due.pairs.iter().filter_map(hashed)).collect();
        all.sort_by_key(|(row, ..)| *row);
        let hashes = data_hashes(self.series, &all.iter().map(|(row, ..)| *row).collect::<Vec<_>>());
        let mut others: Vec<(usize, Date)> = all
            .iter()
            .zip(hashes)
            .filter(|((_, data, _, pair), hash)| {
                data != hash && !is_other_close(pair.from, self.traded.close[pair.origin])
            })
            .map(|((_, _, recorded, _), _)| (recorded.line, recorded.date))
            .collect();
        others.sort_unstable();
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};

    /// 100 days of prices from 2024-01-01 on, without a row on 2024-03-20.
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
        // The first line of a day counts; that a ledger has others is no remark.
        let twice = [&all[..], &[Recorded { point: 1.0, line: 9, ..all[0].clone() }]].concat();
        let matched = match_rows((&series, &series), &twice, None);
        assert_eq!((matched.by_horizon[&1].pairs[0].forecast, matched.by_horizon[&1].repeated), (0, 1));
        assert!(matched.remarks.is_empty());
    }
}
