//! Reads a cell as a month, a quarter or another period, that is, a date without its day.

use std::fmt;

use super::YEARS;
use super::written::Written;
use crate::vocabulary::dates::{PeriodWord, period_word};

/// A span of time that a cell names instead of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A week.
    Week,
    /// A month.
    Month,
    /// A quarter of a year.
    Quarter,
    /// Half a year.
    HalfYear,
    /// A year.
    Year,
}

impl fmt::Display for Period {
    /// Writes the plural: `quarters`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Period::Week => "weeks",
            Period::Month => "months",
            Period::Quarter => "quarters",
            Period::HalfYear => "half years",
            Period::Year => "years",
        })
    }
}

/// Returns the period that a cell names: `1990-Q1`, `W5 2020`, `1990M01`, `September-2014`, `09/2014`; a bare number
/// (`1990`, `199001`, `1990.01`) only if `bare` allows it.
pub(crate) fn period(cell: &[u8], bare: bool) -> Option<Period> {
    let text = std::str::from_utf8(cell).ok()?.trim();
    let parts = parts(text)?;
    match parts[..] {
        _ if parts.iter().any(|part| matches!(part, Part::Word(_))) => of_words(&parts).or_else(|| named_month(cell)),
        [Part::Number(year)] if bare && is_year(year) => Some(Period::Year),
        [Part::Number(month)] if bare && is_joined(month, 12) => Some(Period::Month),
        [Part::Number(week)] if bare && is_joined(week, 53) => Some(Period::Week),
        // A point could be the decimal mark of a price.
        [Part::Number(_), Part::Number(month)] if text.contains('.') && !(bare && month.len() == 2) => None,
        [Part::Number(year), Part::Number(month)] if is_year(year) && is_in(month, 12) => Some(Period::Month),
        [Part::Number(month), Part::Number(year)] if is_year(year) && is_in(month, 12) => Some(Period::Month),
        _ => None,
    }
}

/// A run of digits or of letters.
enum Part<'a> {
    Number(&'a str),
    Word(&'a str),
}

/// Returns the numbers and words of a text; `None` if it has other characters than marks between them.
fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    const MAX_PARTS: usize = 4;
    const MAX_LENGTH: usize = 32;
    let is_mark = |letter: char| matches!(letter, ' ' | '-' | '/' | '.' | '_' | '\'' | '’' | ',');
    let mut rest = text;
    let mut parts = Vec::new();
    if text.len() > MAX_LENGTH {
        return None;
    }
    while let Some(first) = rest.chars().next() {
        let run = |belongs: fn(char) -> bool| rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
        let len = if first.is_ascii_digit() {
            let len = run(|letter| letter.is_ascii_digit());
            parts.push(Part::Number(&rest[..len]));
            len
        } else if first.is_alphabetic() {
            let len = run(char::is_alphabetic);
            parts.push(Part::Word(&rest[..len]));
            len
        } else if is_mark(first) {
            first.len_utf8()
        } else {
            return None;
        };
        rest = &rest[len..];
        if parts.len() > MAX_PARTS {
            return None;
        }
    }
    Some(parts)
}

/// Returns the period of a year with a word for its part and the number of the part, in any order, or of a year with a
/// word for the year.
fn of_words(parts: &[Part<'_>]) -> Option<Period> {
    let words = parts.iter().filter_map(|part| if let Part::Word(word) = part { Some(*word) } else { None });
    let numbers: Vec<&str> =
        parts.iter().filter_map(|part| if let Part::Number(number) = part { Some(*number) } else { None }).collect();
    // In `2020年 1분기` and `1990 year`, the word for the year adds nothing.
    let kinds: Option<Vec<PeriodWord>> = words.map(|word| period_word(&word.to_lowercase())).collect();
    let kinds = kinds?;
    let mut of_parts = kinds.iter().filter(|word| **word != PeriodWord::Year);
    let (part, numbers) = match (of_parts.next(), of_parts.next(), &numbers[..]) {
        (None, _, [year]) if is_year(year) || year.len() == 2 => return Some(Period::Year),
        (Some(part), None, [one, other]) => (part, [*one, *other]),
        _ => return None,
    };
    let (kind, most) = match part {
        PeriodWord::Week => (Period::Week, 53),
        PeriodWord::Month => (Period::Month, 12),
        PeriodWord::Quarter => (Period::Quarter, 4),
        PeriodWord::Half => (Period::HalfYear, 2),
        PeriodWord::Year => return None,
    };
    let [one, other] = numbers;
    let is_short = |year: &str| is_year(year) || year.len() == 2;
    let fits = (is_in(one, most) && is_short(other)) || (is_short(one) && is_in(other, most));
    fits.then_some(kind)
}

/// Recognises `September-2014` and `Jan-90`.
fn named_month(cell: &[u8]) -> Option<Period> {
    let written = Written::read(cell).filter(|written| written.time.is_none() && !written.week)?;
    let is_month = written.count == 1 && written.month.is_some() && matches!(written.numbers[0].digits, 2 | 4);
    is_month.then_some(Period::Month)
}

/// Whether a number is a year and the number of a part of it: `199001`, or `199052` for weeks.
fn is_joined(number: &str, most: u8) -> bool {
    number.len() == 6 && is_year(&number[..4]) && is_in(&number[4..], most)
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && number.parse().is_ok_and(|year| YEARS.contains(&year))
}

/// Whether a number of one or two digits is from 1 to `most`.
fn is_in(number: &str, most: u8) -> bool {
    number.len() <= 2 && number.parse().is_ok_and(|number: u8| (1..=most).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_in_many_forms() {
        for (kind, cells) in [
            (Period::Week, "2020-W05|2020W05|W5 2020|KW 5/2020|2020 week 5|wk5-20"),
            (Period::Month, "1990M01|1990-M1|M1 1990|Jan-90|JAN90|1990-Jan|January 1990|1990-01|01/1990|2020年1月"),
            (Period::Quarter, "1990-Q1|1990Q1|Q1 1990|1Q1990|Q1/90|1990 Q1|Q1-1990|1990:Q1|4T2019|2020년 1분기"),
            (Period::HalfYear, "1990H1|H1 1990|1990-S2|1H20"),
            (Period::Year, "FY1990|FY 90|1990年|year 1990"),
        ] {
            for cell in cells.split('|') {
                let cell = cell.replace(':', "-");
                assert_eq!(period(cell.as_bytes(), false), Some(kind), "{cell}");
            }
        }
        for cell in ["1990", "199001", "1990.01"] {
            assert_eq!(period(cell.as_bytes(), false), None, "{cell}");
            assert!(period(cell.as_bytes(), true).is_some(), "{cell}");
        }
        assert_eq!(period(b"199052", true), Some(Period::Week));
        for cell in
            ["1990-Q5", "Q1", "1990M13", "2020-W54", "2020-W05-1", "1 Jan 1990", "X1 1990", "199054", "1990.1", ""]
        {
            assert_eq!(period(cell.as_bytes(), true), None, "{cell}");
        }
    }
}
