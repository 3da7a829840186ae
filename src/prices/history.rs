//! Reads a price file as it was on an earlier day: its text without the rows of later days.

use std::io::Read;

use jiff::civil::Date;

use super::clock::Clock;
use super::error::{Fault, Problem, ReadError};
use super::options::{ReadOptions, Source, series_name};
use super::periods::unfinished_rows;
use super::price_file::PriceFile;
use super::reader::{look, understand};
use super::reading::Reading;
use super::rows::RowReader;
use super::series::PriceSeries;
use super::text::Input;
use fourcast_base::columnar::Columns;

/// The whole text of a source, from which it can be read as it was on an earlier day.
///
/// The text is kept decoded, so that it is uncompressed and decoded only once. Everything after that (delimiter,
/// header, columns, formats of dates and numbers, order of the days, splits and adjustments) is determined again from
/// the rows that are left.
#[derive(Debug, Clone)]
pub struct History {
    label: String,
    text: Vec<u8>,
    options: ReadOptions,
    /// The columns of a Parquet file, which its text does not contain.
    columns: Option<Columns>,
    /// The day of each line, from the first; `None` for a line that is not a row of prices.
    days: Vec<Option<Date>>,
}

impl History {
    /// Reads the rows of a source and keeps its text.
    ///
    /// # Errors
    ///
    /// The errors of [`open`](super::open).
    pub fn open(source: &Source, options: &ReadOptions) -> Result<(PriceFile, History), ReadError> {
        let label = source.to_string();
        Input::open(source).and_then(|input| Self::of(&label, input, options)).map_err(|fault| fault.of(&label))
    }

    /// Reads prices from memory and keeps their text. `label` is the name of the file in messages.
    ///
    /// # Errors
    ///
    /// The errors of [`read`](super::read).
    pub fn read_bytes(label: &str, bytes: &[u8], options: &ReadOptions) -> Result<(Reading, History), ReadError> {
        let input = Input::new(Box::new(bytes));
        let (file, history) =
            input.and_then(|input| Self::of(label, input, options)).map_err(|fault| fault.of(label))?;
        Ok((file.read()?, history))
    }

    fn of(label: &str, input: Input, options: &ReadOptions) -> Result<(PriceFile, History), Fault> {
        let (compression, encoding, columns) = (input.compression, input.encoding.clone(), input.columns.clone());
        let mut text = Vec::new();
        input.into_text().read_to_end(&mut text).map_err(Problem::reading)?;
        let mut file = understand(label, Input::again(&text, columns.as_ref())?, options)?;
        (file.understood.compression, file.understood.encoding) = (compression, encoding);
        let days = days(label, Input::again(&text, columns.as_ref())?, options)?;
        // Unfinished periods and the last day are left out only at the end of the whole file.
        let options = ReadOptions { drop_last: false, keep_unfinished: true, ..options.clone() };
        let history = History { label: label.to_owned(), text, options, columns, days };
        Ok((file, history))
    }

    /// Reads the file as it was on a day: all its lines except the rows of later days, wherever they are.
    ///
    /// # Errors
    ///
    /// The errors of [`read`](super::read): fewer rows can leave open what later rows decided.
    pub fn reading_on(&self, day: Date) -> Result<Reading, ReadError> {
        let text = self.text_on(day);
        let input = Input::again(&text, self.columns.as_ref());
        let read = input.and_then(|input| understand(&self.label, input, &self.options));
        read.map_err(|fault| fault.of(&self.label))?.read()
    }

    /// Returns the series with a name in [`History::reading_on`].
    ///
    /// # Errors
    ///
    /// The errors of [`reading_on`](History::reading_on), and an error if the file has no row of that series.
    pub fn series_on(&self, name: &str, day: Date) -> Result<PriceSeries, ReadError> {
        let reading = self.reading_on(day)?;
        let series = reading.series.iter().map(|series| series.name.clone()).collect();
        let unknown = || Fault::from(Problem::UnknownSeries { wanted: name.to_owned(), series }).of(&self.label);
        reading.series.iter().find(|series| series.name == name).cloned().ok_or_else(unknown)
    }

    /// Whether the last row of a series of [`History::reading_on`] belongs to a week or month that is unfinished
    /// according to the dates up to it. In a file that ends with such a row, it is left out; here it is kept, because
    /// the next row is known.
    pub fn ends_unfinished(&self, series: &PriceSeries) -> bool {
        unfinished_rows(&series.dates, &series.close, series.frequency, self.options.calendar) > 0
    }

    fn text_on(&self, day: Date) -> Vec<u8> {
        let is_later = |line: usize| self.days.get(line).copied().flatten().is_some_and(|date| date > day);
        let lines = self.text.split_inclusive(|&byte| byte == b'\n').enumerate();
        lines.filter(|(line, _)| !is_later(*line)).flat_map(|(_, text)| text).copied().collect()
    }
}

/// Returns the day of each line of a text, which is read as a whole.
fn days(label: &str, mut input: Input, options: &ReadOptions) -> Result<Vec<Option<Date>>, Fault> {
    let name = series_name(label);
    let (table, plan, forms) = look(&mut input, &name, options)?;
    let clock = Clock::find(input.head(), &table, &plan, &forms);
    let reader = RowReader { table: &table, plan: &plan, forms: &forms, clock, options, name: &name };
    let mut days = Vec::new();
    for (line, date) in reader.dates(input.into_text())? {
        days.resize(line - 1, None);
        days.push(Some(date));
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Splits;
    use jiff::civil::date;

    fn on(text: &str, day: Date, options: &ReadOptions) -> Reading {
        History::read_bytes("p.csv", text.as_bytes(), options).unwrap().1.reading_on(day).unwrap()
    }

    #[test]
    fn later_rows_are_left_out_in_any_order() {
        let rows = ["2024-01-02,10,1", "2024-01-03,11,2", "2024-01-04,12,3", "2024-01-05,13,4"];
        let text = |rows: Vec<&str>| format!("Date,Close,Volume\n{}\n\nSource: an exchange\n", rows.join("\n"));
        let turned = rows.iter().rev().copied().collect();
        let shuffled = vec![rows[2], rows[0], rows[3], rows[1]];
        for text in [text(rows.to_vec()), text(turned), text(shuffled)] {
            let reading = on(&text, date(2024, 1, 4), &ReadOptions::default());
            assert_eq!(reading.series[0].close, [10.0, 11.0, 12.0], "{text}");
            assert_eq!(reading.series[0].dates[2], date(2024, 1, 4));
        }
    }

    #[test]
    fn rows_of_other_series_and_rows_without_a_price_go_too() {
        let text = "Ticker,Date,Close\nA,2024-01-02,10\nB,2024-01-03,20\nA,2024-01-03,11\nA,2024-01-04,\n\
                    B,2024-01-04,21\nA,2024-01-05,12\n";
        let reading = on(text, date(2024, 1, 3), &ReadOptions::default());
        assert_eq!((&reading.series[0].close[..], &reading.series[1].close[..]), (&[10.0, 11.0][..], &[20.0][..]));
        assert_eq!(reading.understood.rows, 3);
    }

    #[test]
    fn what_only_later_rows_decide_is_ambiguous() {
        let text = "Date,Close\n04/05/2024,10\n04/06/2024,11\n04/07/2024,12\n04/08/2024,12\n04/13/2024,13\n";
        let (reading, history) = History::read_bytes("p.csv", text.as_bytes(), &ReadOptions::default()).unwrap();
        assert_eq!(reading.series[0].dates[0], date(2024, 4, 5));
        match history.reading_on(date(2024, 4, 6)) {
            Ok(known) => assert_eq!(known.series[0].dates[..], reading.series[0].dates[..2]),
            Err(error) => assert!(matches!(*error.problem, Problem::AmbiguousDate { .. }), "{error}"),
        }
    }

    /// The days before a split are as they were before it.
    #[test]
    fn a_split_changes_no_earlier_day() {
        let prices = crate::splits::tests::prices(40, &[(20, 1.0 / 3.0), (30, 0.01), (31, 100.0)]);
        let day = |row: usize| date(2024, 1, 1).saturating_add(jiff::ToSpan::days(row as i64));
        let rows = prices.iter().enumerate().map(|(row, price)| format!("{},{price}\n", day(row)));
        let text = format!("Date,Close\n{}", rows.collect::<String>());
        let options = ReadOptions { splits: Some(Splits::Adjust), ..ReadOptions::default() };
        let (reading, history) = History::read_bytes("p.csv", text.as_bytes(), &options).unwrap();
        for row in 3..40 {
            let known = &history.reading_on(day(row)).unwrap().series[0];
            assert_eq!(known.adjusted[..], reading.series[0].adjusted[..=row], "row {row}");
        }
        let factor = |row: usize| reading.series[0].adjusted[row] / reading.series[0].close[row];
        assert_eq!((factor(19), factor(20), factor(32)), (1.0, 3.0, 3.0));
    }
}
