//! The covariates of a series, from the cells of its rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use super::calendar::Calendar;
use super::covariates::{
    AheadColumn, Covariate, CovariateKind, Covariates, Events, KnownAhead, PastColumn, SESSIONS_AHEAD,
};
use super::draft::CovariateRow;
use super::error::{Fault, Problem};
use super::series::PriceSeries;
use super::sessions::sessions_ahead;

/// Rows over which the last value of a past column is carried forward.
const CARRIED: usize = 5;

/// Rows of covariates by their day. Of several rows of a day, the last with a value.
type ByDay<'a> = BTreeMap<Date, (u32, &'a [f64])>;

/// The covariates of a series whose rows are in `rows`, in the order of `columns`.
pub(super) fn covariates(
    columns: &[(Covariate, usize)],
    rows: &[CovariateRow],
    series: &PriceSeries,
    calendar: Option<Calendar>,
) -> Result<Covariates, Fault> {
    let mut by_day = ByDay::new();
    for row in rows {
        if row.values.iter().any(|value| !value.is_nan()) || !by_day.contains_key(&row.date) {
            by_day.insert(row.date, (row.line, &row.values));
        }
    }
    let mut covariates = Covariates::default();
    let mut ahead = KnownAhead::default();
    for (at, (covariate, _)) in columns.iter().enumerate() {
        if covariate.kind == CovariateKind::Past {
            let values = past(&covariate.name, at, &by_day, series)?;
            covariates.past.push(PastColumn { name: covariate.name.clone(), values });
            continue;
        }
        if ahead.sessions.is_empty() {
            ahead.sessions = sessions(series, calendar);
        }
        let values = future(&covariate.name, at, &by_day, series, &ahead.sessions)?;
        ahead.columns.push(AheadColumn { covariate: covariate.clone(), values });
    }
    covariates.ahead = (!ahead.columns.is_empty()).then(|| Arc::new(ahead));
    Ok(covariates)
}

/// A past column on the days of a series. A missing value is the last one known, at most [`CARRIED`] rows before it.
fn past(name: &str, at: usize, by_day: &ByDay<'_>, series: &PriceSeries) -> Result<Vec<f64>, Fault> {
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

/// A future column on the sessions of a series. Every day of the series has a value.
fn future(
    name: &str,
    at: usize,
    by_day: &ByDay<'_>,
    series: &PriceSeries,
    sessions: &[Date],
) -> Result<Vec<Option<f64>>, Fault> {
    let value = |(place, day): (usize, &Date)| {
        let row = by_day.get(day);
        let value = row.map(|(_, cells)| cells[at]).filter(|value| !value.is_nan());
        match (value, row) {
            (None, Some((line, _))) if place < series.len() => {
                let problem = Problem::NoValue { column: name.to_owned(), carried: 0, since: None };
                Err(Fault::at(*line as usize, problem))
            }
            _ => Ok(value),
        }
    };
    sessions.iter().enumerate().map(value).collect()
}

/// The days of a series and the sessions after it.
fn sessions(series: &PriceSeries, calendar: Option<Calendar>) -> Vec<Date> {
    let after = sessions_ahead(series, SESSIONS_AHEAD, calendar);
    series.dates.iter().copied().chain(after).collect()
}

impl PriceSeries {
    /// Adds events to what is known ahead. An event on a day without a session counts for the next session; several of one
    /// session add up. A session without one has the value 0.
    pub fn add_events(&mut self, events: &Events, calendar: Option<Calendar>) {
        let sessions = match &self.covariates.ahead {
            Some(ahead) => ahead.sessions.clone(),
            None => sessions(self, calendar),
        };
        let mut values = vec![0.0; sessions.len()];
        for (day, value) in &events.days {
            let session = sessions.partition_point(|session| session < day);
            let is_before = sessions.first().is_none_or(|first| day < first);
            if let Some(cell) = values.get_mut(session).filter(|_| !is_before) {
                *cell += value;
            }
        }
        let covariate = Covariate { name: events.name.clone(), kind: CovariateKind::Events };
        let column = AheadColumn { covariate, values: values.into_iter().map(Some).collect() };
        let earlier = self.covariates.ahead.iter().flat_map(|ahead| ahead.columns.iter().cloned());
        let columns = earlier.chain([column]).collect();
        self.covariates.ahead = Some(Arc::new(KnownAhead { sessions, columns }));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::prices::{ReadOptions, read_bytes};

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
        let column = &ahead.columns[0];
        assert_eq!(ahead.after(column, date(2024, 1, 4))[..4], [Some(7.0), Some(3.0), None, Some(2.0)]);
        assert_eq!(ahead.after(column, date(2024, 1, 5)).len(), SESSIONS_AHEAD);
        assert_eq!(ahead.first_unknown(column, date(2024, 1, 5), 1), None);
        assert_eq!(ahead.first_unknown(column, date(2024, 1, 5), 2), Some(date(2024, 1, 9)));
        let error = read("Date,Close,F\n2024-01-04,10,\n2024-01-05,11,7\n", &[], &["F"]).unwrap_err();
        assert_eq!(error, "p.csv:2: column 'F' has no value");
    }

    #[test]
    fn an_event_on_a_weekend_counts_for_the_next_session() {
        let mut series = read("Date,Close\n2024-01-04,10\n2024-01-05,11\n2024-01-08,12\n", &[], &[]).unwrap();
        let text = "day,size\n2023-01-01,9\n2024-01-05\n2024-01-06,2\n2024-01-08,0.5\n2024-01-13\n2030-01-01\n";
        series.add_events(&Events::parse("fomc", text).unwrap(), None);
        let ahead = series.covariates.ahead.as_deref().unwrap();
        let values: Vec<f64> = ahead.columns[0].values.iter().flatten().copied().collect();
        assert_eq!(values[..9], [0.0, 1.0, 2.5, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!((values.len(), values.iter().sum::<f64>()), (33, 4.5));
    }

    #[test]
    fn a_covariate_is_no_series_of_its_own() {
        let series = read("Date,SPX,VIX\n2024-01-04,10,6\n2024-01-05,11,7\n", &["VIX"], &[]).unwrap();
        assert_eq!((&series.close[..], series.covariates.past("VIX").unwrap()), (&[10.0, 11.0][..], &[6.0, 7.0][..]));
    }
}
