//! The parts of a written date: numbers, possibly the name of a month, possibly a time of day.

use super::time::{self, Time};
use crate::vocabulary::dates::{Word, era, meaning};
use crate::vocabulary::normal::normal;

/// The maximum length of a date: a weekday, a day with the long name of a month, and a time with its zone.
pub(super) const MAX_LENGTH: usize = 80;

/// The parts of a date, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Written {
    /// One to three numbers.
    pub numbers: [Number; 3],
    /// The number of these numbers.
    pub count: usize,
    /// The month, if it is written as a word.
    pub month: Option<u8>,
    /// The time of day, if there is one.
    pub time: Option<Time>,
    /// Whether the month can be a weekday in French, Spanish or Italian: `mar. 12 nov. 2024`.
    tuesday: bool,
    /// Whether the second number is a week.
    pub week: bool,
    /// The year before the first year of the named era, if there is one.
    before_era: Option<i64>,
}

/// A run of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Number {
    pub value: i64,
    pub digits: usize,
}

impl Written {
    /// Splits a cell into the parts of a date; `None` if it contains anything else.
    pub fn read(cell: &[u8]) -> Option<Self> {
        // Without a digit there is no number, unless the first year of an era is written as a word.
        if cell.len() > MAX_LENGTH || (cell.is_ascii() && !cell.iter().any(u8::is_ascii_digit)) {
            return None;
        }
        let text = std::str::from_utf8(cell).ok()?.trim();
        Self::read_one(text).or_else(|| Self::read_twice(text))
    }

    /// Reads a day that is written twice, long and short: `Friday, May 01, 2026Fri, May 01, 2026`. Web pages contain
    /// both and show the one that fits the screen.
    fn read_twice(text: &str) -> Option<Self> {
        let pairs = text.chars().zip(text.char_indices().skip(1));
        let mut seams = pairs.filter(|(before, (_, behind))| before.is_ascii_digit() && behind.is_alphabetic());
        seams.find_map(|(_, (at, _))| {
            let (first, second) = text.split_at(at);
            let [first, second] = [Self::read_one(first)?, Self::read_one(second)?];
            let is_same = [first, second].map(|day| (day.month, day.count, day.numbers));
            (is_same[0] == is_same[1] && first.month.is_some() && first.count == 2).then_some(first)
        })
    }

    fn read_one(text: &str) -> Option<Self> {
        let (text, year) = year_behind(text);
        let (day, time) = match text.find(':') {
            Some(colon) => split_at_time(text, colon)?,
            None => split_at_words(text).unwrap_or((text, None)),
        };
        let mut written = Written { time, ..Written::default() };
        written.add_day(whole(day))?;
        written.add_day(year)?;
        (written.count > 0).then_some(written)
    }

    fn add_day(&mut self, mut text: &str) -> Option<()> {
        while let Some(first) = text.chars().next() {
            let len = if first.is_ascii_digit() {
                let len = run(text, |letter| letter.is_ascii_digit());
                self.add_number(&text[..len])?;
                len
            } else if is_thai(first) {
                let len = run(text, |letter| is_thai(letter) || letter == '.');
                self.add_words(&text[..len])?;
                len
            } else if first.is_alphabetic() {
                let len = run(text, is_of_word);
                self.add_words(&text[..len])?;
                len
            } else if is_separator(first) {
                first.len_utf8()
            } else {
                return None;
            };
            text = &text[len..];
        }
        Some(())
    }

    fn add_number(&mut self, digits: &str) -> Option<()> {
        let value = digits.parse().ok()?;
        let place = self.numbers.get_mut(self.count)?;
        *place = match self.before_era {
            // The name of an era can be followed only by a year of the era, of one to three digits.
            Some(_) if self.count == 0 && digits.len() > 3 => return None,
            Some(before) if self.count == 0 => Number { value: before + value, digits: 4 },
            _ => Number { value, digits: digits.len() },
        };
        self.count += 1;
        Some(())
    }

    fn add_words(&mut self, word: &str) -> Option<()> {
        // `T` in `2024-11-01T`, or `Z`, without a time.
        if ["T", "Z"].contains(&word) && self.count > 0 {
            return Some(());
        }
        // `W` in `2024-W45-3`.
        if word == "W" && self.count == 1 {
            self.week = true;
            return Some(());
        }
        let word = normal(word).replace(' ', "");
        if let Some((before, first)) = era(&word).filter(|_| self.count == 0 && self.before_era.is_none()) {
            self.before_era = Some(before);
            return if first { self.add_number("1") } else { Some(()) };
        }
        match meaning(&word)? {
            Word::Month(_) if self.month.is_some() && !self.tuesday => None,
            Word::Month(month) => {
                self.month = Some(month);
                self.tuesday = word == "mar";
                Some(())
            }
            Word::Filler => Some(()),
        }
    }
}

/// Returns the whole part of `20241101.0`, as spreadsheets and data frames write whole numbers, and of `45602.6667`, a
/// day with its time in a spreadsheet.
fn whole(text: &str) -> &str {
    const SERIAL_DIGITS: usize = 5;
    let all = |text: &str, is: fn(u8) -> bool| text.bytes().all(is);
    match text.split_once('.') {
        Some((digits, fraction)) if all(digits, |byte| byte.is_ascii_digit()) => match digits.len() {
            SERIAL_DIGITS if !fraction.is_empty() && all(fraction, |byte| byte.is_ascii_digit()) => digits,
            8.. if all(fraction, |byte| byte == b'0') => digits,
            _ => text,
        },
        _ => text,
    }
}

/// Splits `Wed Nov  6 16:00:00 2024` into the text before a year that follows the time, and this year.
fn year_behind(text: &str) -> (&str, &str) {
    match text.rsplit_once(' ') {
        Some((before, year)) if before.contains(':') && year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) => {
            (before, year)
        }
        _ => (text, ""),
    }
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !belongs(letter)).unwrap_or(text.len())
}

/// Whether a character is a letter or a combining accent.
fn is_of_word(letter: char) -> bool {
    letter.is_alphabetic() || matches!(letter, '\u{300}'..='\u{36F}')
}

/// Whether a character is a Thai letter or vowel mark.
fn is_thai(letter: char) -> bool {
    matches!(letter, '\u{E01}'..='\u{E4E}')
}

fn is_separator(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '-' | '/' | '.' | ',' | '\'' | '’' | '(' | ')' | '\u{2010}'..='\u{2015}')
}

/// Returns the text of the day before a time, and the time; `colon` is the position of the first colon.
fn split_at_time(text: &str, colon: usize) -> Option<(&str, Option<Time>)> {
    let from = text[..colon].rfind(|letter: char| !letter.is_ascii_digit())?;
    let from = from + text[from..].chars().next().map_or(1, char::len_utf8);
    let (half, day) = time::half_before(text[..from].trim_end());
    let day = day.trim_end_matches([' ', 'T', ',', '\u{a0}']);
    let time = time::of(&text[from..], half)?;
    (!day.is_empty() && day.len() < from).then_some((day, Some(time)))
}

/// Returns the text of the day before a time without a colon, and the time: `2022-01-03 9 AM`, `2022-01-03 09h30`.
fn split_at_words(text: &str) -> Option<(&str, Option<Time>)> {
    let split = |(space, _)| {
        let (half, day) = time::half_before(text[..space].trim_end());
        let time = time::of(text[space..].trim_start(), half)?;
        Some((day, Some(time))).filter(|_| day.contains(|letter: char| letter.is_ascii_digit()))
    };
    text.match_indices(' ').find_map(split)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers, the month's name, and the time of a text.
    type Parts = (Vec<i64>, Option<u8>, Option<(u32, bool)>);

    fn read(text: &str) -> Option<Parts> {
        let written = Written::read(text.as_bytes())?;
        let numbers = written.numbers[..written.count].iter().map(|number| number.value);
        Some((numbers.collect(), written.month, written.time.map(|time| (time.seconds, time.utc))))
    }

    #[test]
    fn days_in_many_forms() {
        for text in ["2024-11-01", "2024/11/01", "2024. 11. 1.", "2024년 11월 1일", "2024年11月01日", "2018- 11- 1"]
        {
            let (numbers, month, time) = read(text).unwrap();
            assert_eq!((numbers[1], month, time), (11, None, None), "{text}");
        }
        for text in
            ["31-Mar-05", "Mar 31, 05", "Thursday, March 31, 05", "31. März 05", "31 de marzo de 05", "31st Mar '05"]
        {
            assert_eq!(read(text), Some((vec![31, 5], Some(3), None)), "{text}");
        }
        assert_eq!(read("mar. 12 nov. 2024"), Some((vec![12, 2024], Some(11), None)));
        assert_eq!(read("6 พ.ย. 2567"), Some((vec![6, 2567], Some(11), None)));
        for text in ["R6.11.1", "令和6年11月1日", "民國113年11月1日", "2024年11月1日星期五"] {
            assert_eq!(read(text), Some((vec![2024, 11, 1], None, None)), "{text}");
        }
        assert_eq!(read("令和元年5月7日"), Some((vec![2019, 5, 7], None, None)));
        assert_eq!(read("20241101.0"), Some((vec![20241101], None, None)));
        assert_eq!(read("45602.6667"), Some((vec![45602], None, None)));
    }

    #[test]
    fn times_and_zones() {
        let day = vec![2022, 1, 3];
        assert_eq!(read("Wed Nov  6 16:00:00 2024"), Some((vec![6, 2024], Some(11), Some((57600, false)))));
        assert_eq!(read("Wed Nov 06 2024 00:00:00 GMT-0500 (EST)"), Some((vec![6, 2024], Some(11), Some((0, false)))));
        for (text, time) in [
            ("2022-01-03 00:00:00+01:00", (0, false)),
            ("2022-01-03T04:30:00Z", (16200, true)),
            ("2022-01-03T04:30:00.000Z", (16200, true)),
            ("2022-01-03 00:00:00+00:00", (0, true)),
            ("2022-01-03 4:30 PM", (59400, false)),
            ("2022-01-03, 12:00:00 AM", (0, false)),
            ("2022-01-03 16:00", (57600, false)),
            ("2022-01-03 4:30 p.m.", (59400, false)),
            ("2022-01-03 下午 4:30", (59400, false)),
            ("2022-01-03 下午4:30", (59400, false)),
            ("2022-01-03 4 PM", (57600, false)),
            ("2022-01-03 04-PM", (57600, false)),
            ("2022-01-03 12-AM", (0, false)),
            ("2022-01-03 16h30", (59400, false)),
            ("2022-01-03 00:00:00 UTC", (0, true)),
            ("2022-01-03T00:00:00-05:00[America/New_York]", (0, false)),
        ] {
            assert_eq!(read(text), Some((day.clone(), None, Some(time))), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "null",
            "Close",
            "222.91x",
            "$5",
            "1e5",
            "-",
            "12:30",
            "2022-01-03 99:00",
            "2022-01-03 1:2:3:4",
            "2022-01-03 4:30 QM5%",
            "1 2 3 4",
            "Apr Mar 5",
            "2022-01-03x",
            "2022-01-03 4294967295:00",
            "123456789012345678901",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"1 ".repeat(100)), None);
    }
}
