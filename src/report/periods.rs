//! Reports are worded for trading days. Of weekly and monthly rows the words for a row and for the baseline of no
//! change are those of weeks and months.

use std::io;

use super::terminal::Terminal;
use crate::prices::Frequency;

/// Phrases of the reports, with `{}` for what a row is called and `{daily}` for how often rows come.
const PHRASES: [(&str, &str); 14] = [
    ("tomorrow's", "next {}'s"),
    ("today's", "this {}'s"),
    ("unseen days", "unseen {}s"),
    ("fitted on the days before", "fitted on the {}s before"),
    ("of these days", "of these {}s"),
    ("of the days", "of the {}s"),
    ("of days", "of {}s"),
    (" days by tenths", " {}s by tenths"),
    (" days from ", " {}s from "),
    (" days to ", " {}s to "),
    (" days ahead", " {}s ahead"),
    (" days it had not seen", " {}s it had not seen"),
    ("daily prices", "{daily} prices"),
    ("daily closes", "{daily} closes"),
];

/// A text about days as one about what rows are.
pub fn in_words_of(frequency: Frequency, text: &str) -> String {
    if frequency.is_daily() {
        return text.to_owned();
    }
    let start = text.replace(Frequency::Daily.no_change(), frequency.no_change());
    let said = |phrase: &str| phrase.replace("{daily}", &frequency.to_string()).replace("{}", frequency.unit());
    PHRASES.iter().fold(start, |text, (daily, other)| text.replace(daily, &said(other)))
}

/// Writes what `write` writes, in those words.
///
/// # Errors
/// Whatever writing gives.
pub(super) fn write_in_words_of(
    frequency: Frequency,
    out: &mut Terminal<'_>,
    write: impl FnOnce(&mut Terminal<'_>) -> io::Result<()>,
) -> io::Result<()> {
    match frequency {
        Frequency::Daily => write(out),
        _ => out.reworded(write, |text| in_words_of(frequency, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_and_months_are_called_so() {
        let text = "on 500 unseen days: worse than tomorrow = today, copying today's close; of daily prices";
        assert_eq!(in_words_of(Frequency::Daily, text), text);
        assert_eq!(
            in_words_of(Frequency::Weekly, text),
            "on 500 unseen weeks: worse than next = this week, copying this week's close; of weekly prices"
        );
        assert_eq!(
            in_words_of(Frequency::Monthly, text),
            "on 500 unseen months: worse than next = this month, copying this month's close; of monthly prices"
        );
    }
}
