//! The pattern of dates, for messages.

use super::{DateOrder, Shape};

impl Shape {
    /// Returns the pattern of dates of this shape, from an example: `MM/DD/YYYY`, `D-Mon-YY`.
    pub(crate) fn pattern(self, sample: &str) -> String {
        let (year, month, day) = (Part::Year, Part::Month, Part::Day);
        let parts = match self {
            Shape::Numbers(DateOrder::Ymd) if is_six_digits(sample) => return "YYMMDD".to_owned(),
            Shape::Numbers(DateOrder::Dmy) if is_six_digits(sample) => return "DDMMYY".to_owned(),
            Shape::Numbers(DateOrder::Mdy) if is_six_digits(sample) => return "MMDDYY".to_owned(),
            Shape::YearDayMonth if is_six_digits(sample) => return "YYDDMM".to_owned(),
            Shape::Republic if sample.bytes().all(|byte| byte.is_ascii_digit()) => return "YYYMMDD".to_owned(),
            Shape::Numbers(DateOrder::Ymd | DateOrder::Roc) | Shape::Republic => [year, month, day],
            Shape::Numbers(DateOrder::Ydm) | Shape::YearDayMonth => [year, day, month],
            Shape::Numbers(DateOrder::Dmy) => [day, month, year],
            Shape::Numbers(DateOrder::Mdy) => [month, day, year],
            Shape::Named if begins_with_year(sample) => [year, day, month],
            Shape::Named => [day, year, month],
            Shape::Compact => return "YYYYMMDD".to_owned(),
            Shape::Joined(DateOrder::Ydm) => return "YYYYDDMM".to_owned(),
            Shape::Joined(DateOrder::Mdy) => return "MMDDYYYY".to_owned(),
            Shape::Joined(_) => return "DDMMYYYY".to_owned(),
            Shape::Epoch { per_second: 1 } => return "epoch seconds".to_owned(),
            Shape::Epoch { per_second: 1_000 } => return "epoch milliseconds".to_owned(),
            Shape::Epoch { per_second: 1_000_000 } => return "epoch microseconds".to_owned(),
            Shape::Epoch { .. } => return "epoch nanoseconds".to_owned(),
            Shape::Serial(zero) => return format!("days since {}", zero.date()),
            Shape::Week => return "YYYY-Www-D".to_owned(),
            Shape::Ordinal if sample.len() == 7 => return "YYYYDDD".to_owned(),
            Shape::Ordinal => return "YYYY-DDD".to_owned(),
        };
        spell(once(sample), &parts)
    }
}

/// Returns the first of two days in a cell: `Friday, May 01, 2026Fri, May 01, 2026`.
fn once(sample: &str) -> &str {
    const LETTERS_OF_YEAR: usize = 4;
    let is_seam = |at: &usize| {
        let year = at.checked_sub(LETTERS_OF_YEAR).and_then(|start| sample.get(start..*at));
        let is_year = |year: &str| year.bytes().all(|byte| byte.is_ascii_digit()) && sample.ends_with(year);
        sample[*at..].starts_with(char::is_alphabetic) && year.is_some_and(is_year)
    };
    sample.char_indices().map(|(at, _)| at).find(is_seam).map_or(sample, |at| &sample[..at])
}

/// Whether a date is like `241106`.
fn is_six_digits(sample: &str) -> bool {
    sample.len() == 6 && sample.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a date is like `2024-Nov-01`.
fn begins_with_year(sample: &str) -> bool {
    sample.bytes().take_while(u8::is_ascii_digit).count() > 2
}

#[derive(Clone, Copy)]
enum Part {
    Year,
    Month,
    Day,
}

impl Part {
    fn letters(self, digits: usize) -> String {
        match self {
            Part::Year => "Y".repeat(digits),
            Part::Month => "M".repeat(digits),
            Part::Day => "D".repeat(digits),
        }
    }
}

/// Returns the example with letters instead of numbers, `Mon` for the name of a month, and `hh:mm` for a time.
fn spell(sample: &str, parts: &[Part]) -> String {
    let mut pattern = String::new();
    let mut parts = parts.iter();
    let mut rest = sample;
    while let Some(first) = rest.chars().next() {
        let same = |letter: char| match first {
            _ if first.is_ascii_digit() => letter.is_ascii_digit(),
            _ => letter.is_alphabetic() == first.is_alphabetic() && !letter.is_ascii_digit(),
        };
        let end = rest.find(|letter| !same(letter)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if first.is_ascii_digit() {
            match parts.next() {
                Some(part) => pattern.push_str(&part.letters(run.len())),
                None => return format!("{} hh:mm", pattern.trim_end_matches(['T', ' ', ','])),
            }
        } else if first.is_ascii_alphabetic() && run.len() > 2 {
            pattern.push_str("Mon");
        } else {
            pattern.push_str(run);
        }
        rest = after;
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_follow_the_example() {
        let ymd = Shape::Numbers(DateOrder::Ymd);
        assert_eq!(ymd.pattern("2024-11-01"), "YYYY-MM-DD");
        assert_eq!(ymd.pattern("2018- 12- 31"), "YYYY- MM- DD");
        assert_eq!(ymd.pattern("2024년 12월 3일"), "YYYY년 MM월 D일");
        assert_eq!(ymd.pattern("2022-01-03 00:00:00+01:00"), "YYYY-MM-DD hh:mm");
        assert_eq!(Shape::Numbers(DateOrder::Mdy).pattern("12/31/2018"), "MM/DD/YYYY");
        assert_eq!(Shape::Numbers(DateOrder::Dmy).pattern("1.11.24"), "D.MM.YY");
        assert_eq!(Shape::Named.pattern("31-Mar-05"), "DD-Mon-YY");
        assert_eq!(Shape::Named.pattern("2024-Nov-01"), "YYYY-Mon-DD");
        assert_eq!(Shape::Named.pattern("Mar 31, 2005"), "Mon DD, YYYY");
        assert_eq!(Shape::Compact.pattern("20241101"), "YYYYMMDD");
    }
}
