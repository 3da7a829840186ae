//! Forecasts, in the four formats.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Serializer, Value};

use super::failure::CsvRows;
use super::number::{percent, price, rounded};
use super::style::ANSWER;
use super::terminal::{Shown, Terminal, VisibleJson};
use crate::prices::Frequency;

/// One forecast, ready to print.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastRow {
    /// The series.
    pub series: String,
    /// What a row is.
    pub frequency: Frequency,
    /// The last day in the file.
    pub origin: Date,
    /// The session forecast.
    pub date: Date,
    /// The close on `origin`.
    pub last_close: f64,
    /// The price that is as likely too low as too high.
    pub forecast: f64,
    /// The central intervals asked for.
    pub intervals: Vec<Interval>,
}

/// A central interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Probability that it holds the price.
    pub level: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl ForecastRow {
    /// Names and values in the order in which csv and json print them.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: String, value: Value| fields.insert(name, value);
        put("series".into(), self.series.clone().into());
        put("origin".into(), self.origin.to_string().into());
        put("date".into(), self.date.to_string().into());
        put("last_close".into(), self.last_close.into());
        put("forecast".into(), rounded(self.forecast).into());
        for interval in &self.intervals {
            put(format!("lower_{}", percent(interval.level)), rounded(interval.lower).into());
            put(format!("upper_{}", percent(interval.level)), rounded(interval.upper).into());
        }
        fields
    }
}

/// A value as csv writes it: as json does, without the quotes of a string.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A header and a row for each of `records`, which have the same fields.
pub(super) fn write_csv(out: &mut dyn Write, records: &[Map<String, Value>]) -> io::Result<()> {
    CsvRows::of(false).records(out, records)
}

/// An object a line.
pub(super) fn write_json(out: &mut dyn Write, records: &[Map<String, Value>]) -> io::Result<()> {
    for record in records {
        record.serialize(&mut Serializer::with_formatter(&mut *out, VisibleJson))?;
        writeln!(out)?;
    }
    out.flush()
}

fn records(rows: &[ForecastRow]) -> Vec<Map<String, Value>> {
    rows.iter().map(ForecastRow::fields).collect()
}

/// A row a forecast, under a header if none is there yet.
///
/// # Errors
/// Whatever writing gives.
pub fn forecasts_as_csv(out: &mut dyn Write, csv: &mut CsvRows, rows: &[ForecastRow]) -> io::Result<()> {
    csv.records(out, &records(rows))
}

/// An object a line.
///
/// # Errors
/// Whatever writing gives.
pub fn forecasts_as_json(out: &mut dyn Write, rows: &[ForecastRow]) -> io::Result<()> {
    write_json(out, &records(rows))
}

/// The bare price forecast, a line each.
///
/// # Errors
/// Whatever writing gives.
pub fn forecasts_as_values(out: &mut dyn Write, rows: &[ForecastRow]) -> io::Result<()> {
    for row in rows {
        writeln!(out, "{}", rounded(row.forecast))?;
    }
    out.flush()
}

/// For people.
///
/// # Errors
/// Whatever writing gives.
pub fn forecasts_as_table(out: &mut Terminal<'_>, rows: &[ForecastRow]) -> io::Result<()> {
    for path in rows.chunk_by(|a, b| (&a.series, a.origin) == (&b.series, b.origin)) {
        match path {
            [row] => write_forecast(out, row)?,
            _ => write_path(out, path)?,
        }
    }
    out.flush()
}

fn write_forecast(out: &mut Terminal<'_>, row: &ForecastRow) -> io::Result<()> {
    let when = match row.frequency {
        Frequency::Daily => format!("on {}", row.date),
        frequency => format!("next {} ({})", frequency.unit(), row.date),
    };
    write!(out, "{} {when}: ", Shown(&row.series))?;
    out.styled(ANSWER, price(row.forecast))?;
    writeln!(out)?;
    writeln!(out, "  last close   {} on {}", price(row.last_close), row.origin)?;
    for interval in &row.intervals {
        let label = format!("{} % odds", percent(interval.level));
        writeln!(out, "  {label:<11}  {} to {}", price(interval.lower), price(interval.upper))?;
    }
    Ok(())
}

/// Several days of one series: a line each.
fn write_path(out: &mut Terminal<'_>, path: &[ForecastRow]) -> io::Result<()> {
    let (first, distribution) = (&path[0], |interval: &Interval| format!("{} % odds", percent(interval.level)));
    writeln!(out, "{} after {} on {}:", Shown(&first.series), price(first.last_close), first.origin)?;
    write!(out, "  {:<10}  {:>10}", "date", "forecast")?;
    for interval in &first.intervals {
        write!(out, "  {:>24}", distribution(interval))?;
    }
    writeln!(out)?;
    for row in path {
        write!(out, "  {}  ", row.date)?;
        out.styled(ANSWER, format!("{:>10}", price(row.forecast)))?;
        for interval in &row.intervals {
            write!(out, "  {:>24}", format!("{} to {}", price(interval.lower), price(interval.upper)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn row() -> ForecastRow {
        ForecastRow {
            series: "a, b".into(),
            frequency: Frequency::Daily,
            origin: date(2013, 3, 1),
            date: date(2013, 3, 4),
            last_close: 430.47,
            forecast: 430.612_345_678_9,
            intervals: vec![Interval { level: 0.5, lower: 425.1, upper: 436.2 }],
        }
    }

    #[test]
    fn csv_and_json_agree_to_the_last_digit() {
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        forecasts_as_csv(&mut csv, &mut CsvRows::of(false), &[row()]).unwrap();
        forecasts_as_json(&mut json, &[row()]).unwrap();
        assert_eq!(
            String::from_utf8(csv).unwrap(),
            "series,origin,date,last_close,forecast,lower_50,upper_50\n\
             \"a, b\",2013-03-01,2013-03-04,430.47,430.61235,425.1,436.2\n"
        );
        assert_eq!(
            String::from_utf8(json).unwrap(),
            "{\"series\":\"a, b\",\"origin\":\"2013-03-01\",\"date\":\"2013-03-04\",\"last_close\":430.47,\
             \"forecast\":430.61235,\"lower_50\":425.1,\"upper_50\":436.2}\n"
        );
    }
}
