//! Words in dates: months, weekdays, eras; and the names of columns of the days from and to which a price is valid.

use super::normal::normal;

/// The beginnings of the names of the months, in lower case without accents. The longest beginning that fits a word
/// decides.
const MONTHS: [&[&str]; 12] = [
    &[
        "jan",
        "ene",
        "gen",
        "sty",
        "oca",
        "янв",
        "ian",
        "led",
        "jaa",
        "tam",
        "січ",
        "яну",
        "ιαν",
        "มค",
        "มกรา",
        "ينا",
        "ינו",
    ],
    &[
        "feb",
        "fev",
        "lut",
        "sub",
        "фев",
        "febr",
        "uno",
        "vee",
        "hel",
        "лют",
        "фев",
        "φεβ",
        "กพ",
        "กุมภา",
        "فبر",
        "peb",
        "פבר",
    ],
    &["mar", "maa", "mrz", "mrt", "maer", "мар", "marc", "bre", "mac", "бер", "μαρ", "มีค", "มีนา", "مار", "מרץ", "מרס"],
    &["apr", "avr", "abr", "kwi", "nis", "апр", "dub", "huh", "кві", "απρ", "เมย", "เมษา", "أبر", "ابر", "אפר"],
    &["may", "mai", "mag", "mei", "maj", "мая", "маи", "kve", "tou", "тра", "μαι", "พค", "พฤษภา", "ماي", "מאי"],
    &[
        "jun",
        "juin",
        "giu",
        "cze",
        "haz",
        "июн",
        "iun",
        "cerven",
        "cer",
        "kes",
        "чер",
        "юни",
        "ιουν",
        "มิย",
        "มิถุ",
        "يون",
        "cvn",
        "יונ",
        "juun",
        "jūn",
    ],
    &[
        "jul",
        "juil",
        "lug",
        "lip",
        "tem",
        "июл",
        "iul",
        "cervenec",
        "cervenc",
        "juul",
        "jūl",
        "hei",
        "лип",
        "юли",
        "ιουλ",
        "กค",
        "กรกฎา",
        "يول",
        "cvc",
        "יול",
    ],
    &[
        "aug",
        "aou",
        "ago",
        "sie",
        "авг",
        "agu",
        "srpn",
        "avg",
        "srpe",
        "ogo",
        "elo",
        "сер",
        "αυγ",
        "สค",
        "สิงหา",
        "أغس",
        "اغس",
        "agt",
        "ags",
        "srp",
        "אוג",
    ],
    &["sep", "set", "wrz", "eyl", "сен", "szept", "zar", "syy", "вер", "сеп", "σεπ", "กย", "กันยา", "سبت", "ספט"],
    &[
        "oct",
        "okt",
        "out",
        "ott",
        "paz",
        "eki",
        "окт",
        "rij",
        "lok",
        "жов",
        "οκτ",
        "ตค",
        "ตุลา",
        "أكت",
        "اكت",
        "rij",
        "אוק",
    ],
    &["nov", "lis", "kas", "ноя", "noi", "marr", "лист", "лис", "ное", "νοε", "พย", "พฤศจิกา", "نوف", "נוב"],
    &[
        "dec",
        "dez",
        "dic",
        "gru",
        "des",
        "ara",
        "дек",
        "dis",
        "det",
        "pros",
        "jou",
        "гру",
        "δεκ",
        "ธค",
        "ธันวา",
        "ديس",
        "pro",
        "דצמ",
    ],
];

/// The beginnings of the names of the weekdays.
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

/// Words without a meaning in a date.
const FILLERS: &[&str] = &[
    "de", "del", "of", "the", "st", "nd", "rd", "th", "den", "le", "er", "r", "г", "at", "о", "a", "o", "р", "thang",
    "thg", "ngay", "พศ", "roku", "года", "року",
];

/// Characters after year, month and day in Korean, Japanese and Chinese, and those of weekdays: `日`, `월요일`, `日星期三`,
/// `(周三)`, `水曜日`.
const EASTERN: &str = "년월일年月日号號화수목금토요火水木金土曜一二三四五六天周週星期禮礼拜";

/// Eras from which years are counted, each with the year before its first.
const ERAS: &[(&str, i64)] = &[
    ("民国", 1911),
    ("民國", 1911),
    ("中華民國", 1911),
    ("令和", 2018),
    ("平成", 1988),
    ("昭和", 1925),
    ("大正", 1911),
    ("明治", 1867),
    ("r", 2018),
    ("h", 1988),
    ("s", 1925),
];

/// Returns the year before the first year of an era, and whether the word also states the first year: `令和元年`.
pub(crate) fn era(word: &str) -> Option<(i64, bool)> {
    let first = word.strip_suffix("元年");
    let name = first.unwrap_or(word);
    ERAS.iter().find(|(era, _)| *era == name).map(|&(_, before)| (before, first.is_some()))
}

/// The kind of a period, stated by a word beside its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeriodWord {
    Week,
    Month,
    Quarter,
    Half,
    Year,
}

/// Words and letters for periods, in lower case.
const PERIODS: [(PeriodWord, &str); 5] = [
    (PeriodWord::Week, "w|wk|week|kw|cw|woche|semaine|sem|semana|sett|settimana|tydz|v|hafta|週|周|주"),
    (PeriodWord::Month, "m|mm|month|월|月"),
    (
        PeriodWord::Quarter,
        "q|qtr|qu|quarter|quartal|t|tr|trim|trimestre|trimester|kwartal|kwartaal|k|кв|квартал|분기|季|季度|四半期",
    ),
    (PeriodWord::Half, "h|hy|half|hj|halbjahr|s|semester|semestre|反期|반기|半年|半期"),
    (PeriodWord::Year, "fy|year|yr|y|a|jahr|ano|annee|anno|rok|год|年|년|年度"),
];

/// Returns the kind of period that a word names.
pub(crate) fn period_word(word: &str) -> Option<PeriodWord> {
    PERIODS.iter().find(|(_, words)| words.split('|').any(|known| known == word)).map(|(kind, _)| *kind)
}

/// The meaning of a word in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// A month, from 1.
    Month(u8),
    /// A weekday, or a word without a meaning.
    Filler,
}

/// Returns the meaning of a word; `None` for a word that does not belong in a date.
pub(crate) fn meaning(word: &str) -> Option<Word> {
    let first = *word.as_bytes().first()?;
    let is_eastern = || !first.is_ascii() && word.chars().all(|letter| EASTERN.contains(letter));
    if FILLERS.contains(&word) || is_eastern() {
        return Some(Word::Filler);
    }
    // Comparing one byte is quick, and nearly all of the names begin with another one.
    let begins = |name: &str| name.as_bytes()[0] == first && word.starts_with(name);
    let months = MONTHS.iter().zip(1_u8..);
    let beginnings = months.flat_map(|(names, month)| names.iter().map(move |name| (*name, month)));
    let fits = beginnings.filter(|(name, _)| begins(name));
    let month = fits.max_by_key(|(name, _)| name.len()).map(|(_, month)| month);
    // The full name of a weekday takes precedence over a month with the same beginning: mardi, martes, samstag.
    let weekday = WEEKDAYS
        .iter()
        .any(|&day| word == day || (day.len() >= 3 && begins(day) && (month.is_none() || day.len() > 3)));
    match month {
        _ if weekday => Some(Word::Filler),
        Some(month) => Some(Word::Month(month)),
        None => None,
    }
}

/// Whether two names of columns differ only in a word for from and one for to: `VIGENCIADESDE` and `VIGENCIAHASTA`.
pub(crate) fn is_from_and_to(one: &str, other: &str) -> bool {
    const PAIRS: [[&str; 2]; 30] = [
        ["from", "to"],
        ["from", "until"],
        ["since", "until"],
        ["start", "end"],
        ["begin", "end"],
        ["desde", "hasta"],
        ["inicio", "fin"],
        ["inicio", "fim"],
        ["desde", "ate"],
        ["von", "bis"],
        ["ab", "bis"],
        ["с", "по"],
        ["effective", "expiry"],
        ["debut", "fin"],
        ["de debut", "de fin"],
        ["du", "au"],
        ["inizio", "fine"],
        ["dal", "al"],
        ["van", "tot"],
        ["fra", "til"],
        ["fran", "till"],
        ["od", "do"],
        ["baslangic", "bitis"],
        ["начала", "окончания"],
        ["начало", "конец"],
        ["开始", "结束"],
        ["起始", "终止"],
        ["生效", "失效"],
        ["시작", "종료"],
        ["mulai", "berakhir"],
    ];
    let (one, other) = (normal(one), normal(other));
    let are = |[from, to]: [&str; 2]| {
        let in_front = one.strip_prefix(from).zip(other.strip_prefix(to)).is_some_and(|(one, other)| one == other);
        let behind = one.strip_suffix(from).zip(other.strip_suffix(to)).is_some_and(|(one, other)| one == other);
        in_front || behind
    };
    PAIRS.into_iter().any(are)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_from_and_to_have_one_name_but_for_these_words() {
        for (from, to) in [
            ("VIGENCIADESDE", "VIGENCIAHASTA"),
            ("valid_from", "valid_to"),
            ("Von", "Bis"),
            ("Date de début", "Date de fin"),
            ("Data inizio", "Data fine"),
            ("Giltig från", "Giltig till"),
            ("Platí od", "Platí do"),
            ("Başlangıç Tarihi", "Bitiş Tarihi"),
            ("Дата начала", "Дата окончания"),
            ("开始日期", "结束日期"),
            ("시작일", "종료일"),
        ] {
            assert!(is_from_and_to(from, to) && !is_from_and_to(to, from), "{from}");
        }
        assert!(!is_from_and_to("valid_from", "traded_to") && !is_from_and_to("Date", "Expiry"));
    }

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
    fn months_that_are_shortened_in_another_way_than_others() {
        for (word, month) in [
            ("agt", 8),
            ("ags", 8),
            ("cvn", 6),
            ("cvc", 7),
            ("srp", 8),
            ("cervence", 7),
            ("juuli", 7),
            ("jūlijs", 7),
            ("juuni", 6),
            ("jūnijs", 6),
            ("avgust", 8),
            ("лис", 11),
            ("rij", 10),
            ("pro", 12),
        ] {
            assert_eq!(meaning(word), Some(Word::Month(month)), "{word}");
        }
        let hebrew = "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר";
        for (word, month) in hebrew.split(' ').zip(1..) {
            assert_eq!(meaning(word), Some(Word::Month(month)), "{word}");
        }
    }

    #[test]
    fn weekdays_and_fillers_are_ignored() {
        for word in ["monday", "mon", "mardi", "martes", "samstag", "sabado", "segunda", "de", "th", "년", "月"] {
            assert_eq!(meaning(word), Some(Word::Filler), "{word}");
        }
        for word in ["close", "total", "", "x", "q"] {
            assert_eq!(meaning(word), None, "{word}");
        }
    }
}
