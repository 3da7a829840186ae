//! The words in dates.

/// The beginnings of the months' names, folded to lower case without accents: a word is the month of
/// the longest beginning that it has.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen", "sty", "oca", "янв"],
    &["feb", "fev", "lut", "sub", "фев"],
    &["mar", "maa", "mrz", "mrt", "maer", "мар"],
    &["apr", "avr", "abr", "kwi", "nis", "апр"],
    &["may", "mai", "mag", "mei", "maj", "мая", "май"],
    &["jun", "juin", "giu", "cze", "haz", "июн"],
    &["jul", "juil", "lug", "lip", "tem", "июл"],
    &["aug", "aou", "ago", "sie", "авг"],
    &["sep", "set", "wrz", "eyl", "сен"],
    &["oct", "okt", "out", "ott", "paz", "eki", "окт"],
    &["nov", "lis", "kas", "ноя"],
    &["dec", "dez", "dic", "gru", "des", "ara", "дек"],
];

/// The beginnings of the weekdays' names.
const WEEKDAYS: &[&str] = &[
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "lun",
    "mardi",
    "mer",
    "jeu",
    "ven",
    "sam",
    "dim",
    "martes",
    "mie",
    "jue",
    "vie",
    "sab",
    "dom",
    "martedi",
    "gio",
    "seg",
    "terca",
    "qua",
    "qui",
    "sex",
    "pon",
    "wto",
    "sro",
    "czw",
    "pia",
    "sob",
    "nie",
    "di",
    "mi",
    "do",
    "fr",
    "mo",
    "so",
    "sa",
];

/// Words that mean nothing in a date.
const FILLERS: &[&str] =
    &["de", "del", "of", "the", "st", "nd", "rd", "th", "den", "le", "er", "r", "г", "at", "о", "a", "o"];

/// Marks after year, month and day in Korean, Japanese and Chinese, and their weekdays.
const EASTERN: &[&str] =
    &["년", "월", "일", "年", "月", "日", "号", "화", "수", "목", "금", "토", "火", "水", "木", "金", "土"];

/// What a word in a date says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A month, from 1.
    Month(u8),
    /// A weekday or a word without meaning.
    Filler,
}

/// What a word says; nothing for a word that does not belong in a date.
pub(super) fn meaning(word: &str) -> Option<Word> {
    if FILLERS.contains(&word) || EASTERN.contains(&word) {
        return Some(Word::Filler);
    }
    let months = MONTHS.iter().zip(1_u8..);
    let beginnings = months.flat_map(|(names, month)| names.iter().map(move |name| (*name, month)));
    let fits = beginnings.filter(|(name, _)| word.starts_with(name));
    let month = fits.max_by_key(|(name, _)| name.len()).map(|(_, month)| month);
    // A weekday's full name goes before a month that begins alike: mardi, martes, samstag.
    let weekday = WEEKDAYS
        .iter()
        .any(|&day| word == day || (day.len() >= 3 && word.starts_with(day) && (month.is_none() || day.len() > 3)));
    match month {
        _ if weekday => Some(Word::Filler),
        Some(month) => Some(Word::Month(month)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_in_many_languages() {
        let months = [
            "january enero janvier gennaio janeiro januar stycznia jan",
            "february febrero fevrier febbraio fevereiro februar lutego feb",
            "march marzo mars marco marz maerz marca mar mrz",
            "april abril avril aprile kwietnia apr avr",
            "may mayo mai maggio maio maja mei",
            "june junio juin giugno junho juni czerwca jun",
            "july julio juillet luglio julho juli lipca juil",
            "august agosto aout sierpnia aug ago",
            "september septiembre septembre settembre setembro wrzesnia sept set",
            "october octubre octobre ottobre outubro oktober pazdziernika oct okt",
            "november noviembre novembre novembro listopada nov lis",
            "december diciembre decembre dicembre dezembro dezember grudnia dec dez",
        ];
        for (names, month) in months.into_iter().zip(1..) {
            for name in names.split(' ') {
                assert_eq!(meaning(name), Some(Word::Month(month)), "{name}");
            }
        }
    }

    #[test]
    fn weekdays_and_fillers_are_passed_over() {
        for word in ["monday", "mon", "mardi", "martes", "samstag", "sabado", "segunda", "de", "th", "년", "月"] {
            assert_eq!(meaning(word), Some(Word::Filler), "{word}");
        }
        for word in ["close", "total", "", "x", "q"] {
            assert_eq!(meaning(word), None, "{word}");
        }
    }
}
