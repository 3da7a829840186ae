//! The help for rows whose spacing is not the expected one.

use jiff::civil::Date;

use super::typed::{option, word};
use crate::prices::{DateOrder, Frequency, Spaced, Spacing};
use crate::words::join;

/// Returns the help for rows with another spacing than the expected one, which the caller may have asked for.
pub(super) fn of_spacing(
    found: &Spaced,
    (expected, asked): (Frequency, bool),
    distinguished_by: &[String],
    days_in: Option<DateOrder>,
) -> String {
    match distinguished_by {
        [] => {}
        [column] => {
            let by = option("--ticker-column", column);
            return format!(
                "pass {by} to read a series of each '{column}', or keep the rows of one, for example the nearest"
            );
        }
        several => return of_key(several),
    }
    if let Some((order, frequency)) = days_in.map(word).zip(found.frequency()) {
        let unit = frequency.unit();
        return format!(
            "pass --frequency {frequency} to forecast the next {unit}, or --date-order {order} if they are days apart"
        );
    }
    match (found.spacing, found.frequency()) {
        (Spacing::Daily, _) => "leave --frequency out, or pass --frequency daily".to_owned(),
        (_, Some(frequency)) if asked => format!("pass --frequency {frequency}"),
        (_, Some(frequency)) => {
            let unit = frequency.unit();
            format!("pass --frequency {frequency} to forecast the next {unit}, or name a file of daily prices")
        }
        (Spacing::Intraday(_), _) => {
            "combine them into one row per day: the first open, the highest high, the lowest low and the last close"
                .to_owned()
        }
        (Spacing::Mixed { before, after, last, first, fit }, _) => {
            of_change([(before, last), (after, first)], fit, expected)
        }
        (Spacing::Irregular { .. }, _) => "name a file with a row for each day, week or month".to_owned(),
        _ => "name a file of daily, weekly or monthly prices".to_owned(),
    }
}

/// Returns the help for columns that distinguish the rows of a day only together.
pub(super) fn of_key(columns: &[String]) -> String {
    let all = join(&columns.iter().map(|column| format!("'{column}'")).collect::<Vec<_>>(), "and");
    match columns {
        [_, other] => format!(
            "{all} together identify the series of a row: keep the rows of one '{other}', or join the two columns into one"
        ),
        several => format!(
            "{all} together identify the series of a row: keep the rows of one series, or join the {} columns into one",
            several.len()
        ),
    }
}

/// Returns the options that read the rows before a change of their frequency, or those after it. Of two sides that
/// `fit` their frequency, only the expected one is offered: a model refuses rows of the other.
fn of_change([(before, last), (after, first)]: [(Frequency, Date); 2], fit: [bool; 2], expected: Frequency) -> String {
    // The expected frequency is the default, that of the model, or already typed.
    let named = |one: Frequency| if one == expected { String::new() } else { format!(" --frequency {one}") };
    let since = format!("--since {first}{} to read from there on", named(after));
    let until = format!("--until {last}{} to read up to there", named(before));
    match fit {
        [_, true] if after == expected => format!("pass {since}"),
        [true, _] if before == expected => format!("pass {until}"),
        [true, true] => format!("pass {since}, or {until}"),
        [_, true] => format!("pass {since}"),
        [true, false] => format!("pass {until}"),
        [false, false] => "name a file of daily, weekly or monthly prices".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn of_a_change_the_side_of_the_expected_frequency_is_offered() {
        let (last, first) = (date(2024, 1, 5), date(2024, 1, 12));
        let (daily, weekly, monthly) = (Frequency::Daily, Frequency::Weekly, Frequency::Monthly);
        let help = |before, after, fit, expected| of_change([(before, last), (after, first)], fit, expected);
        assert_eq!(
            help(monthly, weekly, [true; 2], daily),
            "pass --since 2024-01-12 --frequency weekly to read from there on, or --until 2024-01-05 --frequency \
             monthly to read up to there"
        );
        assert_eq!(help(weekly, daily, [true; 2], daily), "pass --since 2024-01-12 to read from there on");
        assert_eq!(help(weekly, daily, [true; 2], weekly), "pass --until 2024-01-05 to read up to there");
        assert_eq!(help(daily, weekly, [true; 2], daily), "pass --until 2024-01-05 to read up to there");
        assert_eq!(help(daily, weekly, [true; 2], weekly), "pass --since 2024-01-12 to read from there on");
        let since = "pass --since 2024-01-12 --frequency daily to read from there on";
        assert_eq!(help(weekly, daily, [false, true], weekly), since);
        assert_eq!(help(daily, weekly, [false; 2], daily), "name a file of daily, weekly or monthly prices");
    }
}
