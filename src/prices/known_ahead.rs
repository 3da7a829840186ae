//! Makes the covariates of a series from the cells of its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::calendar::Calendar;
use super::covariates::{
    AheadColumn, Covariate, CovariateKind, Covariates, Events, KnownAhead, PastColumn, SESSIONS_AHEAD,
};
use super::draft::CovariateRow;
use super::error::{Fault, Problem};
use super::frequency::Frequency;
use super::later_values::{self, LaterValue};
use super::series::PriceSeries;
use super::sessions::sessions_ahead;

/// The number of rows over which the last value of a past column is carried forward.
const CARRIED: usize = 5;

/// Rows of covariates by their day: the first line, and the last value of each column.
type ByDay = BTreeMap<Date, (u32, Vec<f64>)>;

/// A reason why a covariate is less informative than it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CovariateFinding {
    /// All its values are equal.
    Constant(f64),
    /// It has no value on its last rows: the last value before them is used.
    Carried {
        /// The number of these rows.
        rows: usize,
    },
    /// Every row is an event with this value.
    EveryRow(f64),
    /// There is no event from the first day of the series to the last.
    NoEvents(Date, Date),
    /// The last event is before the end of the series: sessions ahead count as sessions without one.
    Ended(Date),
    /// Days that are listed more than once: their values add up.
    Twice {
        /// The first of these days.
        first: Date,
        /// The number of these days.
        days: usize,
    },
    /// A past column that equals the price.
    IsPrice,
    /// It seems to contain prices that were not yet known when its values are declared to be known.
    Later(LaterValue),
}

/// A finding about a covariate.
pub(super) type Found = (Covariate, CovariateFinding);

/// Makes the covariates of a series from `rows`, whose values are in the order of `columns`.
pub(super) fn covariates(
    columns: &[(Covariate, usize)],
    rows: &[CovariateRow],
    series: &PriceSeries,
    calendar: Option<Calendar>,
) -> Result<(Covariates, Vec<Found>), Fault> {
    let by_day = by_day(rows);
    let mut covariates = Covariates::default();
    let mut ahead = KnownAhead { columns: Vec::new(), calendar };
    let mut found = Vec::new();
    for (at, (covariate, _)) in columns.iter().enumerate() {
        let name = &covariate.name;
        let mut note = |finding: Option<CovariateFinding>| found.extend(finding.map(|one| (covariate.clone(), one)));
        if covariate.kind == CovariateKind::Past {
            let values = past(name, at, &by_day, series)?;
            note(constant(values.iter().copied()));
            note(carried(at, &by_day, series));
            note(is_price(&values, series));
            note(later_values::find(&values, series).map(CovariateFinding::Later));
            covariates.past.push(PastColumn { name: name.clone(), values });
        } else {
            let values = future(name, at, &by_day, series)?;
            note(constant(values.iter().map(|(_, value)| *value)));
            note(later_values::find(&known_before(&values, series), series).map(CovariateFinding::Later));
            ahead.columns.push(AheadColumn { covariate: covariate.clone(), values });
        }
    }
    covariates.ahead = (!ahead.columns.is_empty()).then(|| Arc::new(ahead));
    Ok((covariates, found))
}

/// Returns the findings about the events of a series.
pub(super) fn of_events(events: &Events, series: &PriceSeries) -> Vec<Found> {
    let findings = [listed_twice(events), out_of_span(events, series), on_every_row(events, series)];
    let covariate = || Covariate { name: events.name.clone(), kind: CovariateKind::Events };
    findings.into_iter().flatten().map(|finding| (covariate(), finding)).collect()
}

/// Finds days that are listed more than once.
fn listed_twice(events: &Events) -> Option<CovariateFinding> {
    let mut counts: BTreeMap<Date, usize> = BTreeMap::new();
    events.days.iter().for_each(|(day, _)| *counts.entry(*day).or_default() += 1);
    counts.retain(|_, count| *count > 1);
    Some(CovariateFinding::Twice { first: *counts.keys().next()?, days: counts.len() })
}

/// Finds that no event is in the span of the series, or none after it.
fn out_of_span(events: &Events, series: &PriceSeries) -> Option<CovariateFinding> {
    let (first, last) = (series.dates.first()?, series.dates.last()?);
    let latest = events.days.iter().map(|(day, _)| *day).max()?;
    if !events.days.iter().any(|(day, value)| (first..=last).contains(&day) && *value != 0.0) {
        Some(CovariateFinding::NoEvents(*first, *last))
    } else {
        (latest < *last).then_some(CovariateFinding::Ended(latest))
    }
}

/// Finds that the events have the same value on all rows, so that networks learn nothing from them.
fn on_every_row(events: &Events, series: &PriceSeries) -> Option<CovariateFinding> {
    let mut by_day: BTreeMap<Date, f64> = BTreeMap::new();
    events.days.iter().for_each(|(day, value)| *by_day.entry(*day).or_default() += value);
    let values = series.dates.iter().map(|day| by_day.get(day).copied().unwrap_or_default());
    match constant(values)? {
        CovariateFinding::Constant(value) if value != 0.0 => Some(CovariateFinding::EveryRow(value)),
        _ => None,
    }
}

/// Finds that a past column is the price that is forecast, or its adjusted close.
fn is_price(values: &[f64], series: &PriceSeries) -> Option<CovariateFinding> {
    let is_same = |price: &[f64]| values.iter().zip(price).all(|(value, price)| value == price);
    let moves = series.close.windows(2).any(|pair| pair[0] != pair[1]);
    (moves && (is_same(&series.close) || is_same(&series.adjusted))).then_some(CovariateFinding::IsPrice)
}

fn constant(mut values: impl Iterator<Item = f64>) -> Option<CovariateFinding> {
    let first = values.next()?;
    let mut others = values.peekable();
    others.peek()?;
    others.all(|value| value == first).then_some(CovariateFinding::Constant(first))
}

fn carried(at: usize, by_day: &ByDay, series: &PriceSeries) -> Option<CovariateFinding> {
    let is_missing = |day: &&Date| by_day.get(*day).is_none_or(|(_, cells)| cells[at].is_nan());
    let rows = series.dates.iter().rev().take_while(is_missing).count();
    (rows > 0).then_some(CovariateFinding::Carried { rows })
}

fn by_day(rows: &[CovariateRow]) -> ByDay {
    let mut by_day = ByDay::new();
    for row in rows {
        let (_, known) = by_day.entry(row.date).or_insert_with(|| (row.line, vec![f64::NAN; row.values.len()]));
        for (known, value) in known.iter_mut().zip(&row.values).filter(|(_, value)| !value.is_nan()) {
            *known = *value;
        }
    }
    by_day
}

/// Returns a past column on the days of a series. A missing value is replaced by the last known one, at most
/// [`CARRIED`] rows before.
fn past(name: &str, at: usize, by_day: &ByDay, series: &PriceSeries) -> Result<Vec<f64>, Fault> {
    let mut values = BTreeMap::new();
    let (mut last, mut missing) = (f64::NAN, 0);
    for (day, (line, cells)) in by_day {
        missing = if cells[at].is_nan() { missing + 1 } else { 0 };
        last = if cells[at].is_nan() { last } else { cells[at] };
        let is_day = series.dates.binary_search(day).is_ok();
        if is_day && (last.is_nan() || missing > CARRIED) {
            let since = by_day.iter().find(|(_, (_, cells))| !cells[at].is_nan()).map(|(day, _)| *day);
            let problem = Problem::NoValue {
                column: name.to_owned(),
                carried: if last.is_nan() { 0 } else { CARRIED },
                since: since.filter(|_| last.is_nan()),
            };
            return Err(Fault::at(*line as usize, problem));
        }
        values.insert(*day, last);
    }
    Ok(series.dates.iter().map(|day| values.get(day).copied().unwrap_or(f64::NAN)).collect())
}

/// Returns a future column: its values by their days. Every day of the series must have one.
fn future(name: &str, at: usize, by_day: &ByDay, series: &PriceSeries) -> Result<Vec<(Date, f64)>, Fault> {
    let is_day = |day: &Date| series.dates.binary_search(day).is_ok();
    if let Some((_, (line, _))) = by_day.iter().find(|(day, (_, cells))| cells[at].is_nan() && is_day(day)) {
        return Err(Fault::at(*line as usize, Problem::NoValue { column: name.to_owned(), carried: 0, since: None }));
    }
    let values = by_day.iter().map(|(day, (_, cells))| (*day, cells[at]));
    Ok(values.filter(|(_, value)| !value.is_nan()).collect())
}

/// Returns, on each row of a series except the last, the value of the next row, which is known there.
fn known_before(values: &[(Date, f64)], series: &PriceSeries) -> Vec<f64> {
    let by_day: BTreeMap<Date, f64> = values.iter().copied().collect();
    series.dates.iter().skip(1).map_while(|day| by_day.get(day).copied()).collect()
}

impl KnownAhead {
    /// Returns the [`SESSIONS_AHEAD`] sessions after the last of some days, as they are expected on that day. Later
    /// days on which the market traded are not used, because a closure on one of them was not known.
    pub fn sessions_after(&self, dates: &[Date], frequency: Frequency) -> Vec<Date> {
        sessions_ahead(dates, frequency, SESSIONS_AHEAD, self.calendar)
    }

    /// Returns the first of the `count` sessions after the last day of a series on which a column has no value.
    pub fn first_unknown(&self, column: &AheadColumn, series: &PriceSeries, count: usize) -> Option<Date> {
        let sessions = self.sessions_after(&series.dates, series.frequency);
        let values = column.on_sessions(*series.dates.last()?, &sessions);
        let unknown = values.iter().take(count).position(Option::is_none)?;
        Some(sessions[unknown])
    }
}

impl PriceSeries {
    /// Adds events to the values known ahead.
    pub fn add_events(&mut self, events: &Events, calendar: Option<Calendar>) {
        let covariate = Covariate { name: events.name.clone(), kind: CovariateKind::Events };
        let mut values = events.days.clone();
        values.sort_by_key(|(day, _)| *day);
        let mut ahead = self.covariates.ahead.as_deref().cloned().unwrap_or_default();
        ahead.calendar = calendar;
        ahead.columns.push(AheadColumn { covariate, values });
        self.covariates.ahead = Some(Arc::new(ahead));
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::{ReadOptions, read_bytes};

    fn read(text: &str, past: &[&str], future: &[&str]) -> Result<PriceSeries, String> {
        let columns = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
        let options = ReadOptions { past: columns(past), future: columns(future), ..ReadOptions::default() };
        let reading = read_bytes("p.csv", text.as_bytes(), &options);
        reading.map(|mut reading| reading.series.remove(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_missing_past_value_is_the_last_one_known() {
        let rows = |values: &[&str]| -> String {
            let row = |(day, value): (usize, &&str)| format!("2024-01-{:02},{},{value}\n", day + 1, 100 + day);
            format!("Date,Close,VIX\n{}", values.iter().enumerate().map(row).collect::<String>())
        };
        let series = read(&rows(&["1", "", ".", "", "", "", "2"]), &["VIX"], &[]).unwrap();
        assert_eq!(series.covariates.past("VIX").unwrap(), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
        let error = read(&rows(&["1", "", "", "", "", "", "", "2"]), &["VIX"], &[]).unwrap_err();
        assert_eq!(error, "p.csv:8: column 'VIX' has no value, and none in the 5 rows before");
        let error = read(&rows(&["", "1", "2"]), &["VIX"], &[]).unwrap_err();
        assert_eq!(error, "p.csv:2: column 'VIX' has no value");
        let error = read(&rows(&["1", "high"]), &["VIX"], &[]).unwrap_err();
        assert_eq!(error, "p.csv:3: column 'VIX': cannot read 'high' as a number");
    }

    #[test]
    fn rows_without_a_price_carry_what_is_known_ahead() {
        let text = "Date,Close,Open hours\n2024-01-04,10,6\n2024-01-05,11,7\n2024-01-08,,3\n2024-01-10,,2\n";
        let series = read(text, &[], &["Open hours"]).unwrap();
        assert_eq!(series.close, [10.0, 11.0]);
        let ahead = series.covariates.ahead.as_deref().unwrap();
        let known = |rows: usize| {
            let sessions = ahead.sessions_after(&series.dates[..rows], series.frequency);
            (ahead.columns[0].on_sessions(series.dates[rows - 1], &sessions), sessions[1])
        };
        assert_eq!(known(1).0[..4], [Some(7.0), Some(3.0), None, Some(2.0)]);
        assert_eq!((known(2).0.len(), known(2).0[1], known(2).1), (SESSIONS_AHEAD, None, date(2024, 1, 9)));
        assert_eq!(ahead.columns[0].last_on(date(2024, 1, 9)), Some(3.0));
        let error = read("Date,Close,F\n2024-01-04,10,\n2024-01-05,11,7\n", &[], &["F"]).unwrap_err();
        assert_eq!(error, "p.csv:2: column 'F' has no value");
    }

    #[test]
    fn an_event_on_a_weekend_counts_for_the_next_session() {
        let mut series = read("Date,Close\n2024-01-04,10\n2024-01-05,11\n2024-01-08,12\n", &[], &[]).unwrap();
        let text = "day,size\n2023-01-01,9\n2024-01-05\n2024-01-06,2\n2024-01-08,0.5\n2024-01-13\n2030-01-01\n";
        series.add_events(&Events::parse("fomc", text).unwrap(), None);
        let ahead = series.covariates.ahead.as_deref().unwrap();
        let after = |rows: usize| {
            let sessions = ahead.sessions_after(&series.dates[..rows], series.frequency);
            ahead.columns[0].on_sessions(series.dates[rows - 1], &sessions)
        };
        assert_eq!(after(1)[..3], [1.0, 2.5, 0.0].map(Some));
        assert_eq!(after(3)[..6], [0.0, 0.0, 0.0, 0.0, 1.0, 0.0].map(Some));
    }

    #[test]
    fn closures_after_a_day_do_not_matter() {
        // Wednesday 2024-01-10 is missing.
        let days = [1, 2, 3, 4, 5, 8, 9, 11, 12, 15];
        let rows: String = days.iter().map(|day| format!("2024-01-{day:02},{day}\n")).collect();
        let series = |rows: &str| read(&format!("Date,Close\n{rows}"), &[], &[]).unwrap();
        let events = Events::parse("e.csv", "2024-01-10\n").unwrap();
        // On Tuesday, the event belongs to the next session, which is not in the file.
        let mut whole = series(&rows);
        whole.add_events(&events, None);
        let ahead = whole.covariates.ahead.as_deref().unwrap();
        let sessions = ahead.sessions_after(&whole.dates[..7], whole.frequency);
        assert_eq!((whole.dates[6], sessions[0]), (date(2024, 1, 9), date(2024, 1, 10)));
        assert_eq!(ahead.columns[0].on_sessions(whole.dates[6], &sessions)[..2], [1.0, 0.0].map(Some));
    }

    #[test]
    fn a_row_that_lacks_only_the_adjusted_close_is_reported() {
        let text = "Date,Close,Adj Close,F\n2024-01-04,10,9,1\n2024-01-05,11,10,2\n2024-01-08,12,,3\n2024-01-09,,,4\n";
        let options = ReadOptions { future: vec!["F".parse().unwrap()], ..ReadOptions::default() };
        let reading = read_bytes("p.csv", text.as_bytes(), &options).unwrap();
        let warnings: Vec<String> = reading.warnings.iter().map(ToString::to_string).collect();
        assert_eq!((reading.series[0].len(), warnings.len()), (2, 2), "{warnings:?}");
        assert_eq!(warnings[0], "left out 1 row without a price (line 4)");
    }

    /// Values of a later row in a past column, and values of the same row in a column known ahead.
    #[test]
    fn covariates_that_hold_later_prices_are_found() {
        let mut noise = crate::testing::noise(5);
        let mut price = 100.0;
        let prices = std::iter::repeat_with(|| {
            price *= 0.99 + 0.02 * noise.next().unwrap();
            price
        });
        let prices: Vec<f64> = prices.take(90).collect();
        let warning = |rows: usize, past: bool| {
            let row = |row: usize| {
                format!("{},{},{}\n", date(2024, 1, 1) + (row as i64).days(), prices[row], prices[row + rows])
            };
            let text = format!("Date,Close,X\n{}", (0..80).map(row).collect::<String>());
            let columns = vec!["X".parse().unwrap()];
            let (past, future) = if past { (columns, Vec::new()) } else { (Vec::new(), columns) };
            let reading = read_bytes("p.csv", text.as_bytes(), &ReadOptions { past, future, ..ReadOptions::default() });
            reading.unwrap().warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let expected = |kind: &str, what: &str| {
            vec![format!("the {kind} column 'X' has a correlation of 1.00 with {what}: it seems to hold later prices")]
        };
        assert_eq!(warning(1, true), expected("past", "the return of the next row"));
        assert_eq!(warning(3, true), expected("past", "the return up to the row 3 rows later"));
        assert_eq!(warning(0, false), expected("future", "the return of its own row, known ahead"));
    }

    #[test]
    fn covariates_that_are_worth_little_are_found() {
        let warnings = |text: &str, events: Option<&str>| -> Vec<String> {
            let events = events.map(|text| Arc::new(Events::parse("e.csv", text).unwrap()));
            let past = vec!["V".parse().unwrap()];
            let options = ReadOptions { past, events, ..ReadOptions::default() };
            let reading = read_bytes("p.csv", text.as_bytes(), &options).unwrap();
            reading.warnings.iter().map(ToString::to_string).collect()
        };
        let prices = |values: [&str; 4]| -> String {
            let rows = ["2024-01-04,10", "2024-01-05,11", "2024-01-08,12", "2024-01-09,11"].iter().zip(values);
            "Date,Close,V\n".to_owned() + &rows.map(|(row, value)| format!("{row},{value}\n")).collect::<String>()
        };
        let plain = prices(["1", "2", "3", "1"]);
        assert_eq!(warnings(&plain, Some("2024-01-08\n2024-02-01\n")), [""; 0]);
        assert_eq!(warnings(&prices(["3"; 4]), None), ["the past column 'V' is 3 on every row"]);
        let carried = ["the past column 'V' has no value on the last 2 rows: the last known value is used"];
        assert_eq!(warnings(&prices(["1", "2", "", ""]), None), carried);
        let none = ["the events 'e' have no event from 2024-01-04 to 2024-01-09"];
        assert_eq!(warnings(&plain, Some("2023-01-08\n2024-02-01\n")), none);
        let each = ["the events 'e' have the value 2 on every row"];
        assert_eq!(warnings(&plain, Some("2024-01-04,2\n2024-01-05,2\n2024-01-08,2\n2024-01-09,2\n")), each);
        let ended = ["the events 'e' end on 2024-01-05: later sessions count as sessions without an event"];
        assert_eq!(warnings(&plain, Some("2024-01-05\n")), ended);
    }

    #[test]
    fn a_row_without_a_value_takes_none_away() {
        let text = "Date,Close,V,F\n2024-01-04,10,6,1\n2024-01-05,11,7,2\n2024-01-05,,,\n2024-01-05,,,3\n";
        let series = read(text, &["V"], &["F"]).unwrap();
        assert_eq!(series.covariates.past("V").unwrap(), [6.0, 7.0]);
        assert_eq!(series.covariates.ahead.as_deref().unwrap().columns[0].last_on(date(2024, 1, 5)), Some(3.0));
    }

    #[test]
    fn a_covariate_is_no_series_of_its_own() {
        let series = read("Date,SPX,VIX\n2024-01-04,10,6\n2024-01-05,11,7\n", &["VIX"], &[]).unwrap();
        assert_eq!((&series.close[..], series.covariates.past("VIX").unwrap()), (&[10.0, 11.0][..], &[6.0, 7.0][..]));
    }
}
