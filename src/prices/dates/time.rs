//! Reads the time of day, in a separate cell or after a date.

use super::written::MAX_LENGTH;

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    /// Seconds since midnight.
    pub seconds: u32,
    /// Whether it is in UTC rather than the market's local time.
    pub utc: bool,
}

/// The halves of the day, as written behind a time; true for the afternoon. Longer forms come first.
const BEHIND: [(&str, bool); 14] = [
    ("a. m.", false),
    ("p. m.", true),
    ("a.\u{a0}m.", false),
    ("p.\u{a0}m.", true),
    ("a.m.", false),
    ("p.m.", true),
    ("a.m", false),
    ("p.m", true),
    ("am", false),
    ("pm", true),
    ("a", false),
    ("p", true),
    ("πμ", false),
    ("μμ", true),
];

/// The halves of the day, as written in front of a time; true for the afternoon.
const BEFORE: [(&str, bool); 9] = [
    ("上午", false),
    ("下午", true),
    ("午前", false),
    ("午後", true),
    ("午后", true),
    ("오전", false),
    ("오후", true),
    ("AM", false),
    ("PM", true),
];

/// Marks after an hour, except a colon, and marks after the minutes and seconds that follow such a mark.
const HOUR_MARKS: [&str; 8] = ["h", "H", "時", "时", "点", "點", "시", "ч"];
const MINUTE_MARKS: [&str; 6] = ["min", "m", "分", "분", ":", "'"];
const SECOND_MARKS: [&str; 3] = ["s", "秒", "초"];

/// Returns the time in a cell that holds only a time, in seconds since midnight.
pub(crate) fn clock(cell: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(cell).ok().filter(|text| text.len() <= MAX_LENGTH)?.trim();
    // A time begins with its hour, except `T09:30` and times with the half of the day in front.
    let digit = text.find(|letter: char| letter.is_ascii_digit())?;
    let (half, mark) = half_before(text[..digit].trim_end());
    let is_mark = mark.is_empty() || half.is_none() && mark == "T" && text[digit..].contains(':');
    is_mark.then(|| of(&text[digit..], half))?.map(|time| time.seconds)
}

/// Whether a cell holds a time or resembles one: it begins with an hour and minutes of two digits.
pub(crate) fn resembles_clock(cell: &[u8]) -> bool {
    let hour = cell.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let in_colons = matches!(cell[hour..], [b':', b'0'..=b'5', b'0'..=b'9', ..]);
    (1..=2).contains(&hour) && in_colons || clock(cell).is_some()
}

/// Returns the half of the day at the end of a text, and the text before it.
pub(super) fn half_before(text: &str) -> (Option<bool>, &str) {
    let found = BEFORE.iter().find_map(|&(word, afternoon)| Some((afternoon, text.strip_suffix(word)?)));
    found.map_or((None, text), |(afternoon, rest)| (Some(afternoon), rest.trim_end()))
}

/// Reads `15:30`, `15:30:00.000Z`, `3:30 PM`, `3 p.m.`, `15h30`, `00:00:00+01:00`, `00:00:00 America/New_York`;
/// `before` is the half of the day written in front.
pub(super) fn of(text: &str, before: Option<bool>) -> Option<Time> {
    let ([hour, minute, second], is_alone, rest) = joined(text).or_else(|| digits_of(text))?;
    // `9 A` can be a class of shares.
    if is_alone && rest.len() == 1 {
        return None;
    }
    let (half, rest) = half_behind(rest);
    let half = half.or(before);
    let hour = match half {
        // `14:30 PM` states the half of the day twice.
        Some(true) if (13..24).contains(&hour) && !is_alone => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + 12 * u32::from(afternoon),
        // A bare number is no time.
        None if is_alone => return None,
        None => hour,
    };
    let utc = is_utc(rest)?;
    let valid = hour < 25 && minute < 60 && second < 61;
    valid.then_some(Time { seconds: hour * 3600 + minute * 60 + second, utc })
}

/// Returns hour, minute and second, whether the hour is written without a mark, and the text behind them.
fn digits_of(text: &str) -> Option<([u32; 3], bool, &str)> {
    let (hour, rest) = number(text)?;
    if let Some(rest) = rest.strip_prefix(':') {
        let (minute, rest) = number(rest)?;
        let (second, rest) = match rest.strip_prefix(':') {
            Some(rest) => number(rest)?,
            None => (0, rest),
        };
        return (!rest.starts_with(':')).then(|| ([hour, minute, second], false, without_fraction(rest).trim()));
    }
    if let Some(rest) = stripped(rest, &HOUR_MARKS) {
        let (minute, rest) = optional(rest, &MINUTE_MARKS);
        let (second, rest) = optional(rest, &SECOND_MARKS);
        return Some(([hour, minute, second], false, rest.trim()));
    }
    if let Some(found) = in_points(hour, rest) {
        return Some(found);
    }
    // `09-AM`
    let half = rest.strip_prefix('-').filter(|rest| half_behind(rest).0.is_some());
    Some(([hour, 0, 0], true, half.unwrap_or(rest).trim()))
}

/// Reads `930 PM`: hour and minute in digits, followed by the half of the day.
fn joined(text: &str) -> Option<([u32; 3], bool, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).filter(|end| (3..=4).contains(end))?;
    let (digits, rest) = (text[..end].parse::<u32>().ok()?, text[end..].trim());
    // `0700 P` can be a class of shares.
    let is_time = half_behind(rest).0.is_some() && rest.len() > 1;
    is_time.then_some(([digits / 100, digits % 100, 0], false, rest))
}

/// Reads `9.30 Uhr` and `9.30 a.m.`, whose words show that they are no numbers.
fn in_points(hour: u32, rest: &str) -> Option<([u32; 3], bool, &str)> {
    let (minute, rest) = number(rest.strip_prefix('.')?)?;
    let rest = rest.trim();
    let is_time = rest.eq_ignore_ascii_case("uhr") || half_behind(rest).0.is_some();
    is_time.then_some(([hour, minute, 0], false, rest))
}

/// Returns a number of one or two digits, and the text behind it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let value = text[..end].parse().ok().filter(|_| end <= 2)?;
    Some((value, &text[end..]))
}

/// Returns a number, 0 if there is none, and the text behind it and its optional mark.
fn optional<'a>(text: &'a str, marks: &[&str]) -> (u32, &'a str) {
    let Some((value, rest)) = number(text.trim_start()) else { return (0, text) };
    (value, stripped(rest, marks).unwrap_or(rest))
}

fn stripped<'a>(text: &'a str, marks: &[&str]) -> Option<&'a str> {
    marks.iter().find_map(|mark| text.strip_prefix(mark))
}

/// Returns a text without the fraction of a second at its beginning, behind a point or, in ISO 8601, a comma.
fn without_fraction(text: &str) -> &str {
    let is_comma = text.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let fraction = text.strip_prefix('.').or_else(|| text.strip_prefix(',').filter(|_| is_comma));
    let fraction = fraction.map(|rest| rest.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    fraction.unwrap_or(text)
}

/// Returns the half of the day at the beginning of a text, and the text behind it. `AMT` and `PST` are time zones.
fn half_behind(text: &str) -> (Option<bool>, &str) {
    let found = BEHIND.iter().find_map(|&(word, afternoon)| {
        let (start, rest) = text.split_at_checked(word.len())?;
        let is_whole = !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '/');
        (start.eq_ignore_ascii_case(word) && is_whole).then_some((afternoon, rest))
    });
    found.map_or((None, text), |(afternoon, rest)| (Some(afternoon), rest.trim_start()))
}

/// Whether a zone is UTC; `None` for text that is not a zone.
fn is_utc(zone: &str) -> Option<bool> {
    // `-05:00[America/New_York]` states the zone twice.
    let zone = zone.split_once('[').map_or(zone, |(offset, _)| offset);
    if ["", "Z", "z", "UTC", "GMT"].contains(&zone) {
        return Some(!zone.is_empty());
    }
    if let Some(offset) = zone.strip_prefix(['+', '-']) {
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b':';
        let valid = (2..=5).contains(&offset.len()) && offset.bytes().all(digits);
        return valid.then(|| offset.bytes().all(|byte| matches!(byte, b'0' | b':')));
    }
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "/_[]()+-: ".contains(letter);
    let named = zone.starts_with(|first: char| first.is_ascii_alphabetic() || first == '[');
    (named && zone.chars().all(letters)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_many_forms() {
        for (texts, hour, minute) in [
            (&["09:30", "9:30", "T09:30", "9:30 AM", "09:30AM", "9:30 a.m.", "9:30 a. m.", "9:30a"][..], 9, 30),
            (&["9h30", "09H30", "09h30m", "9.30 Uhr", "9:30 Uhr", "9時30分", "9点30分", "9시 30분"], 9, 30),
            (&["上午 09:30", "上午9:30", "오전 9:30", "AM 9:30", "T09:30:00Z", "09:30 EST", "09:30+01:00"], 9, 30),
            (&["09:30 AMT", "09:30 PST", "09:30 America/New_York", "9.30 a.m."], 9, 30),
            (&["9 AM", "9am", "9 a.m.", "9h", "09h00", "上午9時", "9시"], 9, 0),
            (
                &[
                    "09:30 PM",
                    "下午 09:30",
                    "오후 9:30",
                    "9:30 p.m.",
                    "21h30",
                    "PM 9:30",
                    "9:30p",
                    "21:30 PM",
                    "930 PM",
                    "0930pm",
                ],
                21,
                30,
            ),
            (&["12 AM", "12:00:00 a.m.", "0h"], 0, 0),
        ] {
            for text in texts {
                assert_eq!(clock(text.as_bytes()), Some(hour * 3600 + minute * 60), "{text}");
                assert!(resembles_clock(text.as_bytes()), "{text}");
            }
        }
        assert_eq!(clock(b"09h30m15s"), Some(9 * 3600 + 30 * 60 + 15));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "9",
            "9.30",
            "0930",
            "T0930",
            "9 HK",
            "0700 HK",
            "0700 P",
            "9 A",
            "AM",
            "A",
            "T",
            "13 AM",
            "9:30:15:20",
            "9:",
            "H9",
            "",
        ] {
            assert_eq!(clock(text.as_bytes()), None, "{text}");
            assert_eq!(resembles_clock(text.as_bytes()), text.contains(":3"), "{text}");
        }
        assert!(resembles_clock(b"09:30 @ the desk"));
        assert!(!resembles_clock(b"HK:0700") && !resembles_clock(b"600519:SH"));
    }
}
