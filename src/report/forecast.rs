//! Forecasts.

use std::io;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::forecast_table::{write_forecast, write_path};
use super::number::{percent, price, probability, rounded};
use super::output::{Record, Report, record};
use super::screen;
use super::terminal::Terminal;
use crate::model::Provenance;
use crate::prices::{Frequency, PriceSeries};

/// One forecast.
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
    /// The median of the predictive distribution.
    pub forecast: f64,
    /// The prediction intervals asked for.
    pub intervals: Vec<Interval>,
    /// The quantiles and probabilities asked for.
    pub answers: Vec<Answer>,
    /// What it was made with, where csv and json say so.
    pub provenance: Option<Provenance>,
}

/// A central prediction interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Probability that it contains the price.
    pub level: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// What the predictive distribution can be asked for besides intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Question {
    /// The quantile at a level.
    Quantile(f64),
    /// The probability of a close above a price.
    Above(f64),
    /// The probability of a close below a price.
    Below(f64),
}

/// A number with its exponent where it would have many zeros otherwise.
fn short(price: f64) -> String {
    let is_plain = price == 0.0 || (1e-5..1e16).contains(&price.abs());
    if is_plain { price.to_string() } else { format!("{price:e}") }
}

impl Question {
    /// Its column and key: `q0.05`, `p_above_450`.
    fn column(self) -> String {
        match self {
            Question::Quantile(level) => format!("q{level}"),
            Question::Above(price) => format!("p_above_{}", short(price)),
            Question::Below(price) => format!("p_below_{}", short(price)),
        }
    }

    /// In a table: `5 % quantile`, `P(close > 450)`.
    pub(super) fn label(self) -> String {
        match self {
            Question::Quantile(level) => format!("{} % quantile", percent(level)),
            Question::Above(price) => format!("P(close > {})", short(price)),
            Question::Below(price) => format!("P(close < {})", short(price)),
        }
    }
}

/// A question and its answer: a price or a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// The answer.
    pub value: f64,
}

impl Answer {
    /// In a table: `419.00`, `12.3 %`.
    pub(super) fn text(self) -> String {
        match self.question {
            Question::Quantile(_) => price(self.value),
            Question::Above(_) | Question::Below(_) => probability(self.value),
        }
    }
}

/// A forecast without its series, for a record that has it already.
#[derive(Serialize)]
pub(super) struct DayRecord {
    origin: Date,
    date: Date,
    last_close: f64,
    forecast: f64,
    #[serde(flatten)]
    intervals: Ends,
    #[serde(flatten)]
    answers: Answers,
}

/// `lower_50`, `upper_50` and so on.
struct Ends(Vec<Interval>);

impl Serialize for Ends {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ends = self.0.iter().flat_map(|interval| {
            let level = percent(interval.level);
            [(format!("lower_{level}"), rounded(interval.lower)), (format!("upper_{level}"), rounded(interval.upper))]
        });
        serializer.collect_map(ends)
    }
}

/// `q0.05`, `p_above_450` and so on.
struct Answers(Vec<Answer>);

impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|answer| (answer.question.column(), rounded(answer.value))))
    }
}

#[derive(Serialize)]
struct PricesRecord<'a> {
    series: &'a str,
    #[serde(flatten)]
    day: DayRecord,
}

impl ForecastRow {
    pub(super) fn day(&self) -> DayRecord {
        DayRecord {
            origin: self.origin,
            date: self.date,
            // A number of the file: all of its digits.
            last_close: self.last_close,
            forecast: rounded(self.forecast),
            intervals: Ends(self.intervals.clone()),
            answers: Answers(self.answers.clone()),
        }
    }

    /// Series, days and prices.
    pub(super) fn prices(&self) -> io::Result<Record> {
        record(&PricesRecord { series: &self.series, day: self.day() })
    }

    /// The prices, and behind them what they were made with.
    pub(super) fn record(&self) -> io::Result<Record> {
        let mut prices = self.prices()?;
        if let Some(provenance) = &self.provenance {
            prices.append(&mut record(provenance)?);
        }
        Ok(prices)
    }
}

/// A record per forecast; a path of several days is one table. The bare value is the answer to what was asked, or else
/// the price.
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

/// `50 % interval`.
pub(super) fn interval_label(level: f64) -> String {
    format!("{} % interval", percent(level))
}

/// Forecasts of one series, with a chart of its closes and of the days ahead on a screen.
pub struct WithFan<'a> {
    /// What is printed.
    pub rows: &'a [ForecastRow],
    /// The series.
    pub series: &'a PriceSeries,
    /// The days of the chart, and how many rows after the origin each is.
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
        out.chart(|screen| screen::fan(screen, self.series, self.fan))
    }
}

#[cfg(test)]
mod tests {
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
    fn no_column_has_a_name_of_many_zeros() {
        assert_eq!([1e308, 1e16, 450.0, -1.5, 0.0, 1e-9].map(short), ["1e308", "1e16", "450", "-1.5", "0", "1e-9"]);
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
