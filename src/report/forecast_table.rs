//! Forecasts as reports: records, sentences and tables.

use std::collections::HashSet;
use std::io::{self, Write};

use super::columns::{self, Column};
use super::forecast::{Answer, ForecastRow, Interval, interval_label};
use super::number::price;
use super::output::{Record, Report};
use super::screen::{Screen, shortened_apart};
use super::style::ANSWER;
use super::terminal::{Shown, Terminal, name_of_failed};
use super::text_chart;
use crate::prices::{Frequency, PriceSeries};

/// One record per forecast; a path of several days is one table. The bare value is the answer to the question, or the
/// price if there is no question.
impl Report for &[ForecastRow] {
    fn objects(&self) -> io::Result<Vec<Record>> {
        self.iter().map(ForecastRow::record).collect()
    }

    fn values(&self) -> Vec<Option<f64>> {
        self.iter().map(|row| Some(row.answers.first().map_or(row.forecast, |answer| answer.value))).collect()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let same_path = |a: &ForecastRow, b: &ForecastRow| (&a.series, a.origin) == (&b.series, b.origin);
        self.chunk_by(same_path).try_for_each(|path| match path {
            [row] => write_forecast(out, row),
            _ => write_path(out, path),
        })
    }
}

/// Forecasts of one series. On a screen, a chart of the closes and of the days ahead is added.
pub struct WithFan<'a> {
    /// The forecasts that are printed.
    pub rows: &'a [ForecastRow],
    /// The series.
    pub series: &'a PriceSeries,
    /// The days of the chart, and the number of rows from the origin to each.
    pub fan: (&'a [ForecastRow], &'a [usize]),
}

impl Report for WithFan<'_> {
    fn objects(&self) -> io::Result<Vec<Record>> {
        self.rows.objects()
    }

    fn values(&self) -> Vec<Option<f64>> {
        self.rows.values()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        self.rows.table(out)?;
        out.chart(|screen| text_chart::fan(screen, self.series, self.fan))
    }
}

/// Returns the number of weeks or months from the origin to the date of a forecast.
fn periods_ahead(row: &ForecastRow) -> i32 {
    let days = (row.date - row.origin).get_days();
    let of_one = if row.frequency == Frequency::Weekly { 7.0 } else { 365.25 / 12.0 };
    (f64::from(days) / of_one).round() as i32
}

fn write_forecast(out: &mut Terminal<'_>, row: &ForecastRow) -> io::Result<()> {
    let when = match row.frequency {
        Frequency::Daily => format!("on {}", row.date),
        frequency => {
            let unit = frequency.unit();
            match periods_ahead(row) {
                0 | 1 => format!("next {unit} ({})", row.date),
                periods => format!("in {periods} {unit}s ({})", row.date),
            }
        }
    };
    let name = out.name(&row.series);
    write!(out, "{name} {when}: ")?;
    out.styled(ANSWER, price(row.forecast))?;
    writeln!(out)?;
    let labels = row.answers.iter().map(|answer| answer.question.label().len());
    let width = labels.max().unwrap_or(0).max(LABEL);
    let indent = width + 4;
    out.text(indent, format_args!("  {:<width$}  {} on {}", "last close", price(row.last_close), row.origin))?;
    for interval in &row.intervals {
        let label = interval_label(interval.level);
        let ends = format!("{} to {}", price(interval.lower), price(interval.upper));
        out.text(indent, format_args!("  {label:<width$}  {ends}"))?;
    }
    for answer in &row.answers {
        out.text(indent, format_args!("  {:<width$}  {}", answer.question.label(), answer.text()))?;
    }
    Ok(())
}

/// The width of the labels below a forecast.
const LABEL: usize = 13;

/// Writes several days of one series, one line per day.
fn write_path(out: &mut Terminal<'_>, path: &[ForecastRow]) -> io::Result<()> {
    let first = &path[0];
    let (series, last_close) = (out.name(&first.series), price(first.last_close));
    out.text(2, format_args!("{series} after {last_close} on {}:", first.origin))?;
    columns::write(out, &columns_of(path), 1)
}

/// Returns the columns: date, forecast, intervals and answers.
fn columns_of(rows: &[ForecastRow]) -> Vec<Column> {
    let Some(first) = rows.first() else { return Vec::new() };
    let each = |of: &dyn Fn(&ForecastRow) -> String| rows.iter().map(of).collect::<Vec<String>>();
    let dates = Column { is_left: true, ..Column::new("date", each(&|row| row.date.to_string()), 10) };
    let forecasts = Column { style: ANSWER, ..Column::new("forecast", each(&|row| price(row.forecast)), 10) };
    let interval = |(place, interval): (usize, &Interval)| {
        let ends = |row: &ForecastRow| {
            let Interval { lower, upper, .. } = row.intervals[place];
            format!("{} to {}", price(lower), price(upper))
        };
        Column::new(interval_label(interval.level), each(&ends), 24)
    };
    let answer = |(place, answer): (usize, &Answer)| {
        Column::new(answer.question.label(), each(&|row| row.answers[place].text()), 10)
    };
    let intervals = first.intervals.iter().enumerate().map(interval);
    [dates, forecasts].into_iter().chain(intervals).chain(first.answers.iter().enumerate().map(answer)).collect()
}

/// Forecasts of several series, in one table: one row per series, or one per series and day.
pub struct OfManySeries<'a> {
    /// The forecasts.
    pub rows: &'a [ForecastRow],
    /// The failed series, each with the number of rows before it.
    pub failed: &'a [(usize, String)],
}

impl OfManySeries<'_> {
    /// Writes the table.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let rows = self.rows;
        if rows.is_empty() {
            return Ok(());
        }
        // If a series has several rows, the dates distinguish them and are therefore repeated in every block.
        let has_dates = self.has_several_days();
        let failed = self.failed.iter().map(|(_, series)| name_of_failed(series));
        let names: Vec<String> = rows.iter().map(|row| Shown(&row.series).to_string()).chain(failed).collect();
        let mut names = match out.screen() {
            Some(screen) => shortened_apart(&names, longest_name(screen, has_dates), screen),
            None => names,
        };
        let failed = names.split_off(rows.len());
        let series = Column { is_left: true, ..Column::new("series", names, 6) };
        let origins = rows.iter().map(|row| row.origin.to_string()).collect();
        let origin = Column { is_left: true, ..Column::new("last day", origins, 10) };
        let last = Column::new("last close", rows.iter().map(|row| price(row.last_close)).collect(), 10);
        let mut columns = columns_of(rows);
        // The head names the day, because a block can have both this day and the last day.
        if let Some(dates) = columns.first_mut() {
            let is_narrow = out.screen().is_some_and(|screen| screen.width < NARROW);
            dates.head = if has_dates && is_narrow { "for" } else { "forecast for" }.into();
        }
        // The origin and its close come last, so that each date is beside its forecast.
        columns.extend([origin, last]);
        columns.insert(0, series);
        let places = self.failed.iter().map(|(place, _)| *place);
        columns::add_failed(&mut columns, "forecast", places.zip(failed));
        columns::write(out, &columns, if has_dates { 2 } else { 1 })
    }

    /// Whether a name has several rows: a path, or two series with the same name.
    fn has_several_days(&self) -> bool {
        let names: HashSet<&str> = self.rows.iter().map(|row| row.series.as_str()).collect();
        names.len() < self.rows.len()
    }
}

/// Width of a screen, in columns, below which heads are short.
const NARROW: usize = 60;

/// Returns the maximum width of a name, which is smaller beside a date.
fn longest_name(screen: Screen, has_dates: bool) -> usize {
    (screen.width / if has_dates { 5 } else { 4 }).max(8)
}

#[cfg(test)]
mod tests {
    use super::super::forecast::Question;
    use super::*;
    use crate::report::{CsvRows, Format, write};
    use jiff::civil::date;

    #[test]
    fn later_periods_are_counted() {
        let text = |frequency, date| {
            let row = ForecastRow { frequency, date, ..row() };
            let mut out = Vec::new();
            write_forecast(&mut Terminal::new(&mut out), &row).unwrap();
            String::from_utf8(out).unwrap().split_once(": ").unwrap().0.to_owned()
        };
        assert_eq!(text(Frequency::Weekly, date(2013, 3, 8)), "a, b next week (2013-03-08)");
        assert_eq!(text(Frequency::Weekly, date(2013, 3, 29)), "a, b in 4 weeks (2013-03-29)");
        assert_eq!(text(Frequency::Monthly, date(2013, 4, 1)), "a, b next month (2013-04-01)");
        assert_eq!(text(Frequency::Monthly, date(2013, 5, 31)), "a, b in 3 months (2013-05-31)");
    }

    fn row() -> ForecastRow {
        ForecastRow {
            series: "a, b".into(),
            frequency: Frequency::Daily,
            origin: date(2013, 3, 1),
            date: date(2013, 3, 4),
            last_close: 430.471_234_567,
            forecast: 430.612_345_678_9,
            intervals: vec![Interval { level: 0.5, lower: 425.1, upper: 436.2 }],
            answers: Vec::new(),
            provenance: None,
        }
    }

    #[test]
    fn csv_and_json_agree_to_the_last_digit() {
        let text = |format| {
            let mut bytes = Vec::new();
            write(&[row()].as_slice(), format, &mut Terminal::exact(&mut bytes), &mut CsvRows::of(false)).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(
            text(Format::Csv),
            "series,origin,date,last_close,forecast,lower_50,upper_50\n\
             \"a, b\",2013-03-01,2013-03-04,430.471234567,430.61235,425.1,436.2\n"
        );
        assert_eq!(
            text(Format::Json),
            "{\"series\":\"a, b\",\"origin\":\"2013-03-01\",\"date\":\"2013-03-04\",\"last_close\":430.471234567,\
             \"forecast\":430.61235,\"lower_50\":425.1,\"upper_50\":436.2}\n"
        );
        assert_eq!(text(Format::Value), "430.61235\n");
    }

    #[test]
    fn answers_are_behind_the_intervals() {
        let answer = |question, value| Answer { question, value };
        let answers = vec![
            answer(Question::Quantile(0.05), 419.123_456_789),
            answer(Question::Above(450.0), 0.123_456_789_12),
            answer(Question::Below(-1.5), 0.0),
        ];
        let text = |format, row: ForecastRow| {
            let mut bytes = Vec::new();
            write(&[row].as_slice(), format, &mut Terminal::exact(&mut bytes), &mut CsvRows::of(false)).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let asked = || ForecastRow { answers: answers.clone(), ..row() };
        assert_eq!(
            text(Format::Csv, asked()),
            "series,origin,date,last_close,forecast,lower_50,upper_50,q0.05,p_above_450,p_below_-1.5\n\
             \"a, b\",2013-03-01,2013-03-04,430.471234567,430.61235,425.1,436.2,419.12346,0.12345679,0.0\n"
        );
        let table = [
            "a, b on 2013-03-04: \u{1b}[1m430.61\u{1b}[0m",
            "  last close       430.47 on 2013-03-01",
            "  50 % interval    425.10 to 436.20",
            "  5 % quantile     419.12",
            "  P(close > 450)   12.3 %",
            "  P(close < -1.5)  0 %",
        ];
        assert_eq!(text(Format::Table, asked()).lines().collect::<Vec<_>>(), table);
        let one = ForecastRow { answers: answers[1..2].to_vec(), ..row() };
        assert_eq!(text(Format::Value, one), "0.12345679\n");
    }
}
