//! What to do about files of prices that cannot be read.

use std::io;
use std::path::Path;

use clap::ValueEnum;
use jiff::civil::Date;

use super::Help;
use super::spacing::{of_key, of_spacing};
use super::typed::{nearest_file, nearest_of, one_of, option, word};
use crate::prices::{
    Cause, ColumnRef, ColumnUse, DateOrder, DateSense, DecimalMark, Frequency, Period, Problem, ReadError, Source,
    Unbounded,
};
use crate::words::join;

/// Help for a jump that looks like a split.
pub(super) const SPLITS: &str = "pass --splits adjust if it is a split, --splits as-is if it is a price change";

const NO_PRICES: &str = "export the prices again, with their closes, or name another file";
/// Help if several columns without names can be the price.
const ANY_NUMBER: &str = "name the one that has the closes by its number, with --price-column COLUMN";
const NO_DATES: &str = "write the day of each row in one column, as YYYY-MM-DD";

/// If a help names an option with a value, that value must never cause the same error again.
impl Help for ReadError {
    fn help(&self) -> String {
        let text = match &*self.problem {
            Problem::Missing => {
                return nearest_file(
                    Path::new(&self.file),
                    "check the path; '-' or no file at all reads standard input",
                );
            }
            Problem::Folder => "name the files of prices in it, or leave it out",
            Problem::Io(error) => of_io(error),
            Problem::LongLine => "end each row with a line break, or name another file",
            Problem::Changed(_) => "run it again once the file is written",
            Problem::Unbounded(Unbounded::Stream) => "write it to a file, and name that file",
            Problem::Unbounded(Unbounded::Packed) => "unpack it, and name the unpacked file",
            Problem::NoPrices { .. } if self.series.is_some() => "leave its rows out, or get its prices again",
            Problem::NoPrices { others, .. } => return other_price(others),
            Problem::OneColumn { .. } => {
                "write the date and the price of each row into columns of their own, with a comma between them"
            }
            Problem::NoColumn { what, fitting, .. } => return no_column(*what, fitting),
            Problem::RowNumbers { .. } => {
                "export the dates too: in R, write.zoo(x, file, sep = \",\") keeps those of an xts object"
            }
            // An example would be a guess that is always accepted, because each of them can be read as a price.
            Problem::SeveralColumns { what: ColumnUse::Price, candidates } if are_several_numbers(candidates) => {
                ANY_NUMBER
            }
            Problem::SeveralColumns { what, candidates } => return one_of("name it", column_flag(*what), candidates),
            Problem::UnknownColumn { role: ColumnUse::Date, wanted, columns, fitting } if is_day(wanted) => {
                return of_day(wanted, if *fitting { columns } else { &[] });
            }
            Problem::UnknownColumn { role, fitting: false, .. } => return format!("leave out {}", column_flag(*role)),
            Problem::UnknownColumn { role: ColumnUse::Price, columns, .. } if are_several_numbers(columns) => {
                ANY_NUMBER
            }
            Problem::UnknownColumn { role, wanted, columns, .. } => {
                let what = if columns.len() == 1 { "name it" } else { "name one of those" };
                return nearest_of(what, column_flag(*role), &wanted.to_string(), columns);
            }
            Problem::OtherKind { role, fitting, .. } if fitting.is_empty() => {
                return format!("leave out {}", column_flag(*role));
            }
            Problem::OtherKind { role: ColumnUse::Price, fitting, .. } if are_several_numbers(fitting) => ANY_NUMBER,
            Problem::OtherKind { role, fitting, .. } => {
                let what = if fitting.len() == 1 { "name the one that does" } else { "name one that does" };
                return one_of(what, column_flag(*role), fitting);
            }
            Problem::NoValue { since: Some(since), .. } => {
                return format!("fill that cell, or use only the rows with a value: pass --since {since}");
            }
            Problem::NoValue { .. } => "fill that cell, or leave the column out",
            Problem::Huge { .. } => "fix that cell, or leave the column out",
            Problem::NamedTwice { .. } => "name it once, with --past or with --future",
            Problem::PriceAhead { .. } => "name it with --past: only its values up to a day are known on it",
            Problem::Width { .. } => "the line may be cut short, or hold a delimiter that is not in quotes",
            Problem::OpenQuote => "add the closing quote, or remove the opening one",
            Problem::Number { role, is_volume, other_mark, .. } => {
                return of_number(*role, known(*role, *is_volume), *other_mark);
            }
            Problem::TwoMarks { .. } => "write the numbers of all columns with the same mark: no option reads both",
            Problem::AmbiguousNumber { .. } => "pass --decimal-point or --decimal-comma to say which mark is decimal",
            Problem::AmbiguousDate { readings, .. } => return of_date_order(readings),
            Problem::UnknownSeries { wanted, series } => return nearest_of("name one", "--series", wanted, series),
            Problem::SeveralSeries { series } => return one_of("name one", "--series", series),
            Problem::UnsettledSplit { .. } => SPLITS,
            Problem::Foreign { is_model: true, .. } => return model_as_prices(&self.file),
            Problem::Foreign { .. } => "export the prices as CSV",
            Problem::Date { other_order: Some(order), .. } => {
                return format!("pass --date-order {}, by which all rows have a date, or fix that row", word(*order));
            }
            Problem::Date { others, expected, .. } if others.is_empty() && expected.is_empty() => NO_DATES,
            Problem::Date { is_of_other_form: true, .. } => {
                "fix that row; if more rows are like it, write all dates in one form, YYYY-MM-DD"
            }
            Problem::Date { found, expected, .. } if expected.contains("Mon") && is_day_with_word(found) => {
                "write the month in English, or the day as YYYY-MM-DD; rows of the same month need it too"
            }
            Problem::Date { others, .. } => return fix_or(ColumnUse::Date, "the column of dates", others),
            Problem::Year { .. } => "fix that row, or take it out",
            Problem::NoTicker { others, .. } => return fix_or(ColumnUse::Ticker, "the column of tickers", others),
            Problem::ThirtySeconds { .. } => "write 109'145 as 109.453125, which is 109 and 14.5 / 32",
            Problem::OtherHeader { same_columns: true, .. } => {
                "write the rows below it into a file of their own, or in the order of the first header"
            }
            Problem::OtherHeader { same_columns: false, .. } | Problem::OtherTicker { .. } => {
                "write the rows below it into a file of their own"
            }
            Problem::OneDay { .. } => "put the files of many days together, and name that file",
            Problem::Empty | Problem::NoRows => "export the prices again, or name another file",
            Problem::Infinite { role, is_volume, .. } => {
                return format!("leave the cell empty if the {} is not known", known(*role, *is_volume));
            }
            Problem::Contradiction { cause, keys, .. } => return of_contradiction(*cause, keys),
            Problem::OutsideSpan { since, until, first, last } => return of_span(*since, *until, *first, *last),
            Problem::Spacing { found, expected, asked, by, days_in, .. } => {
                return of_spacing(found, (*expected, *asked), by, *days_in);
            }
            Problem::Transactions { price, .. } => {
                let named = price.as_deref().map(|price| option("--price-column", price));
                return format!(
                    "name a file of prices, one row per day; if it is one, name its price with {}",
                    named.as_deref().unwrap_or("--price-column COLUMN")
                );
            }
            Problem::Periods { kind, asked, .. } => of_periods(*kind, *asked),
            Problem::Transposed { .. } => "write a row for each day, in pandas for example df.T.to_csv(path)",
            Problem::Stacked { column, index, value: Some(value), .. } if !index.is_empty() => {
                let index: Vec<String> = index.iter().map(|name| format!("'{name}'")).collect();
                return format!(
                    "write a row for each day, in pandas for example df.pivot(index=[{}], columns='{column}', \
                     values='{value}').to_csv(path)",
                    index.join(", ")
                );
            }
            Problem::Stacked { column, .. } => {
                return format!(
                    "write a row for each day, in pandas for example df.pivot(index=DATE, columns='{column}', \
                     values=VALUE).to_csv(path), with the names of the other two columns"
                );
            }
            Problem::BeginAgain { keys, .. } if !keys.is_empty() => {
                return one_of("name the column that identifies the series of a row", "--ticker-column", keys);
            }
            Problem::BeginAgain { .. } => {
                "write the ticker of each row in a column, or put the rows of each series into a file of its own"
            }
            Problem::ExchangedDays { .. } | Problem::ExchangedWeekends { .. } => {
                "export the dates again as YYYY-MM-DD: a spreadsheet has read some of them in another order"
            }
            Problem::OtherYear { .. } => "fix the year of that row",
            Problem::ExchangedMonths { first, last, orders, .. } => return of_exchanged_months(*first, *last, *orders),
            Problem::Currencies { since: Some(since), .. } => {
                return format!("convert the prices to one currency, or pass --since {since} to read from there on");
            }
            Problem::Currencies { since: None, .. } => "convert the prices to one currency, or keep the rows of one",
            Problem::OtherCurrency { .. } => "convert the prices to one currency, or leave that column out",
            Problem::Constant { .. } => "get the prices again, or leave this series out",
            Problem::LastAlone => "leave out --drop-last",
            _ => super::UNKNOWN,
        };
        text.to_owned()
    }
}

/// Returns the option that names a column of this use.
pub(in crate::cli) fn column_flag(column: ColumnUse) -> &'static str {
    match column {
        ColumnUse::Date => "--date-column",
        ColumnUse::Price => "--price-column",
        ColumnUse::Ticker => "--ticker-column",
        ColumnUse::Past => "--past",
        ColumnUse::Future => "--future",
    }
}

/// Whether there are several columns without names, whose labels are their numbers.
fn are_several_numbers(labels: &[String]) -> bool {
    labels.len() > 1
        && labels
            .iter()
            .all(|label| label.strip_prefix("column ").is_some_and(|number| number.parse::<usize>().is_ok()))
}

fn is_day(column: &ColumnRef) -> bool {
    column.to_string().parse::<Date>().is_ok()
}

/// Returns the help for a day given instead of the column of dates.
fn of_day(day: &ColumnRef, columns: &[String]) -> String {
    let day = day.to_string().parse::<Date>().map_or_else(|_| day.to_string(), |day| day.to_string());
    let until = format!("to forecast from an earlier day, pass --until {day}");
    if columns.is_empty() {
        return until;
    }
    format!("{until}; the column of dates is named {}", one_of("", column_flag(ColumnUse::Date), columns).trim_start())
}

fn no_column(what: ColumnUse, fitting: &[String]) -> String {
    match (what, fitting) {
        (_, [_, ..]) => one_of("name it", column_flag(what), fitting),
        (ColumnUse::Date, []) => NO_DATES.to_owned(),
        _ => NO_PRICES.to_owned(),
    }
}

/// Returns the help for a model given instead of prices; `file` is its path, or the name of standard input.
fn model_as_prices(file: &str) -> String {
    if file == Source::Stdin.to_string() {
        return "read a file of prices, and name the model with --model FILE".to_owned();
    }
    format!("name a file of prices, and the model as {}", option("--model", file))
}

/// Returns the help for a price column without prices.
fn other_price(others: &[String]) -> String {
    match others {
        [] => NO_PRICES.to_owned(),
        _ if are_several_numbers(others) => ANY_NUMBER.to_owned(),
        _ => one_of("name another column", "--price-column", others),
    }
}

/// Returns the help for a cell of the wrong kind.
fn fix_or(column: ColumnUse, what: &str, others: &[String]) -> String {
    match others {
        [] => "fix that row, or take it out".to_owned(),
        [first, ..] => format!("fix that row, or name {what}, for example {}", option(column_flag(column), first)),
    }
}

fn of_number(role: ColumnUse, known: &str, other_mark: Option<DecimalMark>) -> String {
    match other_mark {
        Some(DecimalMark::Comma) => "if the comma is the decimal mark, pass --decimal-comma".to_owned(),
        Some(DecimalMark::Point) => "if the point is the decimal mark, pass --decimal-point".to_owned(),
        None if role.is_covariate() => format!("name a column of numbers with {}, or fix that cell", column_flag(role)),
        None => format!("fix that cell, or leave it empty if the {known} is not known"),
    }
}

/// Returns what an empty cell of a column leaves unknown.
fn known(role: ColumnUse, is_volume: bool) -> &'static str {
    match (role.is_covariate(), is_volume) {
        (true, _) => "value",
        (false, true) => "volume",
        (false, false) => "price",
    }
}

/// Whether a cell is a day and a year around one word, which is then not a known month: `01 Xyz 2017`.
fn is_day_with_word(found: &str) -> bool {
    let parts: Vec<&str> = found.split([' ', '-', '.', '/', ',']).filter(|part| !part.is_empty()).collect();
    let of_digits = |part: &&&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let of_letters = |part: &&&str| part.chars().all(char::is_alphabetic);
    parts.len() == 3 && parts.iter().filter(of_digits).count() == 2 && parts.iter().filter(of_letters).count() == 1
}

/// Returns the help for a date that can be read in several ways.
fn of_date_order(readings: &[(DateSense, Date)]) -> String {
    let possible = |order: &&DateOrder| readings.iter().any(|(sense, _)| *sense == DateSense::Order(**order));
    let orders: Vec<String> = DateOrder::value_variants().iter().filter(possible).copied().map(word).collect();
    if orders.is_empty() {
        return "write the dates as YYYY-MM-DD: the day from which they are counted is not known".to_owned();
    }
    format!("pass --date-order {} to give the order of day, month and year", join(&orders, "or"))
}

/// Returns the help for months with day and month exchanged; within a single year they can also be days.
fn of_exchanged_months(first: Date, last: Date, orders: Option<[DateOrder; 2]>) -> String {
    let Some([own, other]) = orders.map(|orders| orders.map(word)) else {
        return "write the dates as YYYY-MM-DD".to_owned();
    };
    if first.year() == last.year() {
        return format!("pass --date-order {other} if they are months, --date-order {own} if they are days");
    }
    format!("pass --date-order {other} if they are months, or write the dates as YYYY-MM-DD")
}

/// Returns the help for two different rows of the same day.
fn of_contradiction(cause: Cause, keys: &[String]) -> String {
    match (cause, keys) {
        (Cause::Times, _) => "keep the last row of the day, and take out the other".to_owned(),
        (Cause::Words, [first, ..]) => {
            let by = option("--ticker-column", first);
            format!("take out the row that is wrong, or name the column of tickers, for example {by}")
        }
        (Cause::Key, [_, _, ..]) => of_key(keys),
        _ => "take out the row that is wrong".to_owned(),
    }
}

/// Returns the help for periods instead of days.
fn of_periods(kind: Period, asked: Option<Frequency>) -> &'static str {
    match (kind, asked) {
        (Period::Month, Some(Frequency::Monthly)) => "write each month as a day, for example the 1st, as YYYY-MM-DD",
        (Period::Week, Some(Frequency::Weekly)) => "write each week as a day, for example its Friday, as YYYY-MM-DD",
        (Period::Month, _) => {
            "write each month as a day, for example the 1st, and pass --frequency monthly, or name a file of daily prices"
        }
        (Period::Week, _) => {
            "write each week as a day, for example its Friday, and pass --frequency weekly, or name a file of daily prices"
        }
        _ => "name a file of daily, weekly or monthly prices",
    }
}

/// Returns the help for a span without rows.
fn of_span(since: Option<Date>, until: Option<Date>, first: Date, last: Date) -> String {
    match (since, until) {
        (Some(since), Some(until)) if since > until => "pass a --since that is no later than --until".to_owned(),
        (Some(since), _) if since > last => format!("leave out --since, or pass a day up to {last}"),
        (_, Some(until)) if until < first => format!("leave out --until, or pass a day from {first} on"),
        _ => "pass an earlier --since or a later --until".to_owned(),
    }
}

/// Returns the help for an error of the operating system or a decoder.
fn of_io(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "let this user read the file, for example with chmod +r",
        io::ErrorKind::Unsupported => {
            "write it again with another codec, in pandas for example df.to_parquet(path, compression=\"snappy\")"
        }
        io::ErrorKind::InvalidData => "copy or download the file again",
        _ => "check the disk or the connection that the file is on, and try again",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::prices::{ReadOptions, read_bytes};

    #[test]
    fn only_orders_that_fit_the_date_are_offered() {
        let day = date(2024, 1, 2);
        assert_eq!(
            of_date_order(&[DateOrder::Dmy, DateOrder::Mdy].map(|order| (DateSense::Order(order), day))),
            "pass --date-order dmy or mdy to give the order of day, month and year"
        );
        let counted = of_date_order(&[(DateSense::DaysSince(date(1960, 1, 1)), day)]);
        assert!(counted.starts_with("write the dates as YYYY-MM-DD"));
    }

    #[test]
    fn months_that_may_be_days_are_offered_as_both() {
        let rows = |days: [&str; 4]| {
            let text: String = (0..4).map(|row| format!("{},{}.5\n", days[row], 40 + row)).collect();
            let reading = read_bytes("prices.csv", format!("Date,Close\n{text}").as_bytes(), &ReadOptions::default());
            reading.unwrap().only_settled().unwrap_err().help()
        };
        assert_eq!(
            rows(["2006-09-10", "2006-10-10", "2006-11-10", "2006-12-10"]),
            "pass --frequency monthly to forecast the next month, or --date-order ydm if they are days apart"
        );
        assert!(rows(["2006-09-10", "2006-10-10", "2006-11-10", "2006-12-11"]).ends_with("a file of daily prices"));
    }

    #[test]
    fn the_end_of_the_span_at_fault_is_named() {
        let [first, last] = [date(2020, 1, 1), date(2024, 1, 1)];
        assert_eq!(
            of_span(Some(date(2025, 1, 1)), None, first, last),
            "leave out --since, or pass a day up to 2024-01-01"
        );
        assert_eq!(
            of_span(None, Some(date(2019, 1, 1)), first, last),
            "leave out --until, or pass a day from 2020-01-01 on"
        );
        assert!(of_span(Some(date(2022, 1, 1)), Some(date(2021, 1, 1)), first, last).contains("no later than"));
    }
}
