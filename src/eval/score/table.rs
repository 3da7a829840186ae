//! Reads recorded forecasts from a CSV file of any program: one row per forecast, with the columns of `layout`. Other
//! columns are ignored. Delimiter, decimal mark and date format are detected as in price files.
//!
//! Without a series column the file is about one series. Without an origin, the origin is the row of the prices before
//! the day; without a horizon, it is the number of rows of the prices from the origin to the day; without a close on
//! the origin, it is that of the prices; without a price forecast, it is the median, or the middle of the quantiles
//! next to it.

use std::collections::BTreeMap;
use std::path::Path;

use csv::StringRecord;
use jiff::civil::Date;

use super::layout::Columns;
use super::record::{Recorded, Records};
use super::rows::{Row, Rows};
use super::table_error::{TableError, TableProblem};
use fourcast_model::MAX_DAYS;
use fourcast_prices::cells::{self, AmbiguousCell, CellEvidence, CellForms};
use fourcast_prices::{DecimalMark, Lines, ReadOptions};

/// The forecasts of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// By series; if the file has no column `series`, under an empty name.
    pub records: BTreeMap<String, Records>,
    /// Descriptions of columns, days and numbers that are not in this program's own format.
    pub reading: Vec<String>,
    /// The lines of rows that were left out because a value is missing.
    pub missing: Lines,
}

/// Number of rows from which the format of days and numbers is detected.
const LOOKED_AT: usize = 10_000;
/// Approximate maximum number of bytes of these rows.
const LOOKED_AT_BYTES: usize = 1 << 24;

/// Reads the forecasts of a file. The options are those of the prices: their order of dates is used. If the numbers can
/// be read in two ways, their decimal mark decides; otherwise the reading nearer to `usual_close` of the series, which
/// has an empty name if the file has no column `series`.
///
/// # Errors
/// [`TableError`], which names the line.
pub fn read_table(
    path: &Path,
    options: &ReadOptions,
    usual_close: impl FnOnce(&str) -> Option<f64>,
) -> Result<Table, TableError> {
    table_of(Rows::open(path)?, options, usual_close)
}

fn table_of(
    mut rows: Rows<'_>,
    options: &ReadOptions,
    usual_close: impl FnOnce(&str) -> Option<f64>,
) -> Result<Table, TableError> {
    let header = rows.header()?;
    let columns = Columns::of(&header, rows.delimiter).map_err(|problem| rows.failed(Some(1), problem))?;
    let mut first = rows.first(LOOKED_AT, LOOKED_AT_BYTES)?.into_iter();
    let forms = forms(first.as_slice(), (&columns, rows.delimiter), options, usual_close);
    let forms = forms.map_err(|open| rows.failed(u64::try_from(open.line).ok(), TableProblem::Ambiguous(open)))?;
    let reading = reading(rows.delimiter, &header, &columns, &forms);
    let mut table = Table { records: BTreeMap::new(), reading, missing: Lines::default() };
    let cells = RowReader { columns: &columns, header: &header, forms: &forms };
    while let Some((row, line)) = first.next().map_or_else(|| rows.next(), |row| Ok(Some(row)))? {
        match cells.read(&row, line).map_err(|problem| rows.failed(Some(line), problem))? {
            Found::Forecast(series, recorded) => {
                let new = || Records { name: "forecasts".into(), levels: columns.levels(), forecasts: Vec::new() };
                table.records.entry(series).or_insert_with(new).forecasts.push(recorded);
            }
            Found::Missing => table.missing.push(usize::try_from(line).unwrap_or(usize::MAX)),
            Found::Failed => {}
        }
    }
    if table.records.is_empty() {
        return Err(rows.failed(None, TableProblem::Empty { missing: table.missing.count() }));
    }
    Ok(table)
}

/// Detects the format of days and numbers.
fn forms(
    rows: &[Row],
    (columns, delimiter): (&Columns, u8),
    options: &ReadOptions,
    usual_close: impl FnOnce(&str) -> Option<f64>,
) -> Result<CellForms, AmbiguousCell> {
    let mut evidence = CellEvidence::default();
    let line_of = |line: u64| usize::try_from(line).unwrap_or(usize::MAX);
    for (row, line) in rows {
        columns.days().for_each(|column| evidence.see_day(&row[column], line_of(*line)));
        columns.prices().for_each(|column| evidence.see_number(&row[column], line_of(*line), column));
    }
    let usual = |line| {
        let (row, _) = rows.iter().find(|(_, at)| line_of(*at) == line)?;
        usual_close(columns.series.map_or("", |column| &row[column]))
    };
    evidence.forms(delimiter, options, usual)
}

/// Describes how the file is read, as far as it is not in this program's own format.
fn reading(delimiter: u8, header: &StringRecord, columns: &Columns, forms: &CellForms) -> Vec<String> {
    let mut reading = columns.reading(header);
    if delimiter != b',' {
        let name = if delimiter == b'\t' { "tab".into() } else { format!("'{}'", char::from(delimiter)) };
        reading.push(format!("{name} between cells"));
    }
    if forms.mark == DecimalMark::Comma {
        reading.push("decimal commas".into());
    }
    if !forms.is_iso() {
        reading.push(format!("days as {}", forms.pattern));
    }
    reading
}

/// The kind of a row.
enum Found {
    Forecast(String, Recorded),
    /// A value is missing.
    Missing,
    /// The row has an error instead of a forecast.
    Failed,
}

/// Reads the rows of a file.
struct RowReader<'a> {
    columns: &'a Columns,
    header: &'a StringRecord,
    forms: &'a CellForms,
}

impl RowReader<'_> {
    fn read(&self, row: &StringRecord, line: u64) -> Result<Found, TableProblem> {
        let Columns { date, series, origin, horizon, last_close, forecast, error, quantiles } = self.columns;
        if error.is_some_and(|column| !row[column].is_empty()) {
            return Ok(Found::Failed);
        }
        let mut needed = self.columns.days().chain(self.columns.prices()).chain(*horizon);
        if needed.any(|column| cells::is_missing(&row[column])) {
            return Ok(Found::Missing);
        }
        let day = |column: usize| self.day(row, column);
        let number = |column: usize| self.number(row, column);
        let quantiles: Vec<f64> =
            quantiles.iter().map(|(_, column)| number(*column)).collect::<Result<_, TableProblem>>()?;
        let point = forecast.map(number).transpose()?.unwrap_or_else(|| self.middle(&quantiles));
        let recorded = Recorded {
            line: usize::try_from(line).unwrap_or(usize::MAX),
            origin: origin.map(day).transpose()?,
            date: day(*date)?,
            horizon: horizon.map(|column| self.ahead(row, column)).transpose()?,
            last_close: last_close.map(|column| self.close(row, column)).transpose()?,
            point,
            quantiles: if quantiles.is_empty() { vec![point] } else { quantiles },
            data: None,
            frequency: None,
        };
        Ok(Found::Forecast(series.map_or_else(String::new, |column| row[column].to_owned()), recorded))
    }

    fn wrong(&self, row: &StringRecord, column: usize, expected: String) -> TableProblem {
        TableProblem::Cell { column: self.header[column].to_owned(), found: row[column].to_owned(), expected }
    }

    fn day(&self, row: &StringRecord, column: usize) -> Result<Date, TableProblem> {
        let wrong = || self.wrong(row, column, format!("a day as {}", self.forms.pattern));
        self.forms.day(&row[column]).ok_or_else(wrong)
    }

    fn number(&self, row: &StringRecord, column: usize) -> Result<f64, TableProblem> {
        let wrong = || self.wrong(row, column, "a finite number".into());
        self.forms.number(&row[column]).ok_or_else(wrong)
    }

    fn close(&self, row: &StringRecord, column: usize) -> Result<f64, TableProblem> {
        let close = Some(self.number(row, column)?).filter(|close| *close > 0.0);
        close.ok_or_else(|| self.wrong(row, column, "a price above zero".into()))
    }

    fn ahead(&self, row: &StringRecord, column: usize) -> Result<usize, TableProblem> {
        let rows = row[column].parse::<usize>().ok().filter(|rows| (1..=MAX_DAYS).contains(rows));
        rows.ok_or_else(|| self.wrong(row, column, "a number of rows from 1".into()))
    }

    /// Returns the median, or the middle of the quantiles next to it; if all are on one side of it, the nearest.
    fn middle(&self, quantiles: &[f64]) -> f64 {
        let levels = &self.columns.quantiles;
        let below = levels.iter().rposition(|(level, _)| *level <= 0.5);
        let above = levels.iter().position(|(level, _)| *level >= 0.5);
        match (below, above) {
            (Some(below), Some(above)) => 0.5 * (quantiles[below] + quantiles[above]),
            (Some(one), None) | (None, Some(one)) => quantiles[one],
            (None, None) => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::io::{self, Cursor, Read};

    fn table(text: &str) -> Result<BTreeMap<String, Records>, String> {
        whole(text).map(|table| table.records)
    }

    fn whole(text: &str) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.csv");
        std::fs::write(&path, text).unwrap();
        let place = path.display().to_string();
        read_table(&path, &ReadOptions::default(), |_| None).map_err(|error| error.to_string().replace(&place, "f.csv"))
    }

    fn only(text: &str) -> (Vec<f64>, Recorded) {
        let mut all = table(text).unwrap();
        let records = all.remove("").unwrap();
        (records.levels, records.forecasts.into_iter().next().unwrap())
    }

    #[test]
    fn points_intervals_and_quantiles_are_read() {
        let (levels, point) = only("Date,Forecast,mine\n2024-01-03,101.5,x\n");
        assert_eq!((levels, point.point, &point.quantiles[..], point.line), (vec![0.5], 101.5, &[101.5][..], 2));
        assert_eq!((point.date, point.origin, point.last_close), (date(2024, 1, 3), None, None));
        let (levels, one) = only(
            "date,origin,lower_50,upper_50,lower_90,upper_90,naive\n\
                                  2024-01-03 00:00:00,2024-01-02,99,101,95,106,100\n",
        );
        assert_eq!((levels, one.quantiles), (vec![0.05, 0.25, 0.75, 0.95], vec![95.0, 99.0, 101.0, 106.0]));
        assert_eq!((one.point, one.origin, one.last_close), (100.0, Some(date(2024, 1, 2)), Some(100.0)));
        let (levels, one) = only("\u{feff}date,q0.50,q0.1,horizon\n2024-01-03,100,90,5\n");
        assert_eq!(
            (levels, one.quantiles, one.point, one.horizon),
            (vec![0.1, 0.5], vec![90.0, 100.0], 100.0, Some(5))
        );
    }

    #[test]
    fn rows_of_several_series_are_apart_and_errors_are_skipped() {
        let all =
            table("series,date,forecast,error\nB,2024-01-03,1,\nA,2024-01-03,2,\nA,,,no such file\nA,2024-01-04,3,\n")
                .unwrap();
        let points = |name: &str| all[name].forecasts.iter().map(|one| one.point).collect::<Vec<_>>();
        assert_eq!((all.len(), points("A"), points("B")), (2, vec![2.0, 3.0], vec![1.0]));
    }

    #[test]
    fn faults_name_line_and_column() {
        for (text, error) in [
            ("day,forecast\n", "f.csv:1: no column 'date' among 'day' and 'forecast'"),
            (
                "date,price\n2024-01-03,1\n",
                "f.csv:1: no forecast among the columns 'date' and 'price': expected 'forecast', \
              quantiles such as 'q0.05', or intervals such as 'lower_90' and 'upper_90'",
            ),
            (
                "date,q0.05,q0.1\n2024-01-03,1,2\n",
                "f.csv:1: no column 'forecast' or 'q0.5', and no quantiles in pairs around the median: there is no price \
              forecast",
            ),
            ("date,forecast,Forecast\n", "f.csv:1: the columns 'forecast' and 'Forecast' are both 'forecast'"),
            ("date,forecast\n", "f.csv: no row with a forecast, expected at least one"),
            (
                "date,forecast\n2024-01-03,1\n3 Jan,1\n",
                "f.csv:3: column 'date': found '3 Jan', expected a day as YYYY-MM-DD",
            ),
            ("date,forecast\n2024-01-03,inf\n", "f.csv:2: column 'forecast': found 'inf', expected a finite number"),
            (
                "date,forecast,naive\n2024-01-03,1,0\n",
                "f.csv:2: column 'naive': found '0', expected a price above zero",
            ),
            ("date,q0.1,q0.9\n2024-01-03,2,two\n", "f.csv:2: column 'q0.9': found 'two', expected a finite number"),
            (
                "date,q0.05,lower_90,upper_90\n",
                "f.csv:1: the columns 'q0.05' and 'lower_90' are both the quantile at 0.05",
            ),
            ("date,lower_90\n", "f.csv:1: no column 'upper_90' beside 'lower_90': expected both ends of the interval"),
            ("date,forecast\n2024-01-03\n", "f.csv:2: 1 cell, expected 2 as in the header"),
        ] {
            assert_eq!(table(text).unwrap_err(), error);
        }
        let missing = read_table(Path::new("none.csv"), &ReadOptions::default(), |_| None).unwrap_err().to_string();
        assert!(missing.starts_with("none.csv: no such file"));
    }

    /// Days and decimals are read as in price files, rows with a missing value are left out, and a remark describes
    /// what is not in this program's own format.
    #[test]
    fn files_of_other_programs_are_read_with_a_remark() {
        let own = whole("date,origin,q0.1,q0.9,naive\n2024-01-30,2024-01-29,90,110.5,100\n").unwrap();
        assert_eq!((own.reading.len(), own.missing.count()), (0, 0));
        let german = whole(
            "\u{feff}ds;yhat;yhat_lower;yhat_upper\n30.01.2024;1.101,5;99,25;2.000\n31.01.2024;NaN;1;2\n01.02.2024;102,5;;\n",
        );
        let german = german.unwrap();
        assert_eq!(
            german.reading,
            [
                "'ds' as the day",
                "'yhat' as the forecast",
                "'yhat_lower' and 'yhat_upper' as the quantiles at 0.1 and 0.9, Prophet's default",
                "';' between cells",
                "decimal commas",
                "days as DD.MM.YYYY"
            ]
        );
        let one = &german.records[""].forecasts;
        assert_eq!((one.len(), one[0].date, one[0].point), (1, date(2024, 1, 30), 1101.5));
        assert_eq!((&one[0].quantiles[..], german.missing.first()), (&[99.25, 2000.0][..], &[3, 4][..]));
        let arima = whole("unique_id,ds,AutoARIMA,AutoARIMA-lo-90,AutoARIMA-hi-90\nA,2024-01-03,10,9,11\n").unwrap();
        assert_eq!(
            (&arima.reading[2..], arima.records["A"].forecasts[0].point),
            (
                &[
                    "'AutoARIMA' as the forecast".to_owned(),
                    "'AutoARIMA-lo-90' and 'AutoARIMA-hi-90' as the quantiles at 0.05 and 0.95".to_owned()
                ][..],
                10.0
            )
        );
        for (text, error) in [
            ("", "f.csv: is empty, expected a header and a row for each forecast"),
            ("\n \n", "f.csv: is empty, expected a header and a row for each forecast"),
            (
                "date,forecast\n2024-01-03,\n",
                "f.csv: no row with a forecast, expected at least one; 1 row has a missing value",
            ),
            ("date,forecast\n04/05/2024,1\n", "f.csv:2: '04/05/2024' may be 2024-0"),
        ] {
            let found = table(text).unwrap_err();
            assert!(found.starts_with(error), "{found}");
        }
    }

    /// A file that is read in one pass, such as a pipe, is refused at its first fault, and the rest is not read.
    #[test]
    fn an_endless_file_is_refused_at_its_first_fault() {
        let refused = |text: String| {
            let endless = Cursor::new(text).chain(io::repeat(b'\n'));
            let rows = Rows::of(Path::new("f.csv"), endless).unwrap();
            table_of(rows, &ReadOptions::default(), |_| None).unwrap_err().to_string()
        };
        assert_eq!(refused("day,forecast\n".into()), "f.csv:1: no column 'date' among 'day' and 'forecast'");
        let row = "2024-01-03,1\n";
        let good = row.repeat(LOOKED_AT);
        for (text, error) in [
            (
                format!("{good}2024-01-03,two\n"),
                "f.csv:10002: column 'forecast': found 'two', expected a finite number",
            ),
            (format!("{good}2024-01-03\n"), "f.csv:10002: 1 cell, expected 2 as in the header"),
            (format!("3 Jan,1\n{good}"), "f.csv:2: column 'date': found '3 Jan', expected a day as YYYY-MM-DD"),
        ] {
            assert_eq!(refused(format!("date,forecast\n{text}")), error);
        }
    }
}
