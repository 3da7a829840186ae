//! Columns with names of one or two letters: `o`, `h`, `l`, `c`, `v`, `ac`. Their numbers decide whether they are the
//! prices of a bar or tickers.

use super::groups::VAGUE;
use super::sample::Sample;
use crate::table::Table;
use crate::vocabulary::names::{self, Known, Role};

/// A name, and the word that it is read as.
pub(super) type Taken = (String, String);

/// A column, its role, and the word for the role.
type Part = (usize, Role, &'static str);

/// Reads `o`, `h`, `l` and `c` as the prices of a bar, and `v` as its volume, if their numbers fit; otherwise they are
/// tickers. Returns the names in capitals that are read as prices only because of their numbers: they could be tickers.
pub(super) fn read(table: &Table, sample: &Sample, known: &mut [Option<Known>]) -> Vec<Taken> {
    let names: Vec<String> = table.names.iter().map(|name| names::normal(name)).collect();
    read_bar(&names, sample, known);
    let parts = Parts { names: &names, sample, known }.of_close();
    let is_price = |role: Role| role.is_close() || matches!(role, Role::Open | Role::High | Role::Low);
    let prices = parts.iter().filter(|(_, role, _)| is_price(*role) && *role != Role::Adjusted);
    let capitals = prices.filter(|(column, ..)| names::is_symbol(&table.names[*column]));
    let taken = capitals.map(|&(column, _, word)| (table.names[column].clone(), word.to_owned())).collect();
    parts.into_iter().for_each(|(column, role, _)| known[column] = Some((role, 0)));
    taken
}

/// Reads the letters of a whole bar, or of a bar beside tickers, if their numbers fit.
fn read_bar(names: &[String], sample: &Sample, known: &mut [Option<Known>]) {
    const LETTERS: [(&str, Role); 8] = [
        ("o", Role::Open),
        ("h", Role::High),
        ("l", Role::Low),
        ("c", Role::Close),
        ("v", Role::Volume),
        ("t", Role::Date),
        ("n", Role::Unused),
        ("vw", Role::Unused),
    ];
    let [open, high, low, close, volume] =
        ["o", "h", "l", "c", "v"].map(|letter| names.iter().position(|name| name == letter));
    if let Some(volume) = volume.filter(|&volume| known[volume].is_none()) {
        let is_of = |price: usize| sample.is_volume_beside(volume, price);
        known[volume] = only_price(volume, sample, known).filter(|&price| is_of(price)).map(|_| (Role::Volume, 0));
    }
    let Some(close) = close else { return };
    let has_tickers = (0..known.len()).any(|column| is_ticker(column, known) && !sample.holds_fractions(column));
    let has_others = [open, high, low, volume].iter().any(Option::is_some);
    let inner: Vec<usize> = [Some(close), open].into_iter().flatten().collect();
    let fits = match (high, low, open) {
        // In a table with a row per ticker and day, no column name is a ticker.
        _ if has_tickers && has_others => true,
        (Some(high), Some(low), _) => sample.stands_as_bar(high, low, &inner),
        (Some(high), None, Some(_)) => sample.ends_bar(high, &inner, false),
        (None, Some(low), Some(_)) => sample.ends_bar(low, &inner, true),
        (None, None, Some(open)) => sample.is_of_one_day(open, close),
        _ => false,
    };
    if !fits {
        return;
    }
    for (name, known) in names.iter().zip(known) {
        let letter = LETTERS.iter().find(|(letter, _)| letter == name);
        *known = letter.map(|&(_, role)| (role, 0)).or(*known);
    }
}

/// The columns beside a close, each judged separately.
struct Parts<'a> {
    names: &'a [String],
    sample: &'a Sample,
    known: &'a [Option<Known>],
}

impl Parts<'_> {
    /// Returns the columns of letters that belong to one series with the close, and the close if its name is a letter.
    /// A close named by a letter needs another column that fits beside it, and every price of the bar must fit.
    fn of_close(&self) -> Vec<Part> {
        let Some((close, is_letter)) = self.close() else { return Vec::new() };
        let letters: Vec<Part> = self.columns().filter_map(|column| self.letter(column)).collect();
        let (fitting, others): (Vec<Part>, Vec<Part>) =
            letters.into_iter().filter(|(column, ..)| *column != close).partition(|part| self.fits(part, close));
        if !is_letter {
            return fitting;
        }
        let words = || self.columns().filter_map(|column| Some((column, self.known[column]?.0, "")));
        let (words, unlike): (Vec<Part>, Vec<Part>) = words().partition(|part| self.fits(part, close));
        let is_in_bar = |(_, role, _): &Part| matches!(role, Role::Open | Role::High | Role::Low);
        let is_no_bar = others.iter().chain(&unlike).any(is_in_bar) || self.has_other_series(close);
        if is_no_bar || fitting.is_empty() && words.is_empty() {
            return Vec::new();
        }
        fitting.into_iter().chain([(close, Role::Close, "close")]).collect()
    }

    fn columns(&self) -> std::ops::Range<usize> {
        0..self.names.len()
    }

    /// Returns the only column named as the close, or the column with the letter for it; `true` means the letter.
    fn close(&self) -> Option<(usize, bool)> {
        let is_close = |&column: &usize| matches!(self.known[column], Some((Role::Close, 0..VAGUE)));
        let mut closes = self.columns().filter(is_close);
        match (closes.next(), closes.next()) {
            (Some(close), None) => Some((close, false)),
            (None, _) => {
                let mut letters =
                    self.columns().filter(|&column| self.letter(column).is_some_and(|part| part.2 == "close"));
                letters.next().map(|column| (column, true))
            }
            _ => None,
        }
    }

    /// Returns the meaning of a letter.
    fn letter(&self, column: usize) -> Option<Part> {
        const LETTERS: [(&str, Role, &str); 9] = [
            ("o", Role::Open, "open"),
            ("h", Role::High, "high"),
            ("l", Role::Low, "low"),
            ("c", Role::Close, "close"),
            ("v", Role::Volume, "volume"),
            ("ac", Role::Adjusted, "adjusted close"),
            ("adj", Role::Adjusted, "adjusted close"),
            ("n", Role::Unused, "trades"),
            ("vw", Role::Unused, "average"),
        ];
        let found = LETTERS.iter().find(|(letter, ..)| *letter == self.names[column]);
        found.filter(|_| self.known[column].is_none()).map(|&(_, role, word)| (column, role, word))
    }

    /// Whether the numbers of a column fit its role beside a close.
    fn fits(&self, &(column, role, word): &Part, close: usize) -> bool {
        let is_in_bar = matches!(role, Role::Open | Role::High | Role::Low);
        if is_in_bar && !self.sample.has_new_distance(column, close) {
            return false;
        }
        match role {
            Role::Open => self.sample.is_of_one_day(column, close),
            Role::High => self.sample.ends_bar(column, &[close], false),
            Role::Low => self.sample.ends_bar(column, &[close], true),
            Role::Volume => self.sample.is_volume_beside(column, close),
            Role::Adjusted => self.sample.is_adjusted_beside(column, close),
            Role::Unused if word == "trades" => self.sample.is_volume_beside(column, close),
            Role::Unused if word == "average" => self.sample.is_of_one_day(column, close),
            _ => false,
        }
    }

    /// Whether a column without a known name has prices that differ from a close: then the letters can be tickers.
    fn has_other_series(&self, close: usize) -> bool {
        let is_other = |column: usize| self.known[column].is_none() && self.letter(column).is_none();
        let is_series = |column: usize| self.sample.holds_fractions(column) && self.sample.moves_as_price(column);
        self.columns().any(|column| is_other(column) && is_series(column) && !self.sample.is_of_one_day(column, close))
    }
}

/// Whether a column is named as a column of tickers. `KEY` can also be a ticker, with prices.
fn is_ticker(column: usize, known: &[Option<Known>]) -> bool {
    matches!(known[column], Some((Role::Ticker, _)))
}

/// Returns the only other column that can be a price, if no column is named as a price.
fn only_price(beside: usize, sample: &Sample, known: &[Option<Known>]) -> Option<usize> {
    let may_be = |&column: &usize| {
        let is_open = column != beside && (known[column].is_none() || is_ticker(column, known));
        is_open && sample.holds_numbers(column) && !sample.holds_only_dates(column)
    };
    let has_close = known.iter().flatten().any(|(role, _)| role.is_close());
    let mut found = (0..known.len()).filter(may_be);
    found.next().filter(|_| !has_close && found.next().is_none())
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use crate::testing::{noise, read};

    /// Returns the names of the series, and whether they have volumes.
    fn series(header: &str, row: impl Fn([f64; 4], f64) -> String) -> Vec<(String, bool)> {
        let mut random = noise(2);
        let mut uniform = || random.next().unwrap();
        let mut close = 80.0_f64;
        let rows = (0..40_i64).map(|day| {
            let open = close * (0.995 + 0.01 * uniform());
            close = open * (0.98 + 0.04 * uniform());
            let bar = [open, open.max(close) + 0.2, open.min(close) - 0.2, close];
            format!("{},{}\n", date(2021, 3, 1) + day.days(), row(bar, (1e6 * (0.2 + uniform())).round()))
        });
        let reading = read(&format!("{header}\n{}", rows.collect::<String>())).unwrap();
        reading.series.iter().map(|series| (series.name.clone(), series.volume.is_some())).collect()
    }

    #[test]
    fn letters_are_a_bar_without_all_of_its_prices() {
        let apple = [("AAPL".to_owned(), true)];
        assert_eq!(series("dt,sym,c,l,o,v", |[o, _, l, c], v| format!("AAPL,{c:.2},{l:.2},{o:.2},{v}")), apple);
        assert_eq!(series("dt,sym,o,h,c,v", |[o, h, _, c], v| format!("AAPL,{o:.2},{h:.2},{c:.2},{v}")), apple);
        assert_eq!(series("dt,sym,h,l,c,v", |[_, h, l, c], v| format!("AAPL,{h:.2},{l:.2},{c:.2},{v}")), apple);
        assert_eq!(series("dt,sym,o,c,v", |[o, .., c], v| format!("AAPL,{o:.2},{c:.2},{v}")), apple);
        assert_eq!(series("dt,sym,c,v", |[.., c], v| format!("AAPL,{c:.2},{v}")), apple);
        let alone = [("prices".to_owned(), true)];
        assert_eq!(series("date,c,l,o,v", |[o, _, l, c], v| format!("{c:.2},{l:.2},{o:.2},{v}")), alone);
        let priced = |header: &str, row: fn([f64; 4]) -> String| series(header, |bar, v| format!("{},{v}", row(bar)));
        assert_eq!(priced("d,h,l,c,v", |[_, h, l, c]| format!("{h:.2},{l:.2},{c:.2}")), alone);
        assert_eq!(priced("date,o,c,v", |[o, .., c]| format!("{o:.2},{c:.2}")), alone);
        assert_eq!(priced("d,c,v", |[.., c]| format!("{c:.2}")), alone);
        assert_eq!(priced("d,p,v", |[.., c]| format!("{c:.2}")), alone);
        assert_eq!(priced("d,s,c,v", |[.., c]| format!("AB,{c:.2}")), alone);
    }

    #[test]
    fn a_key_with_prices_is_a_ticker_beside_letters() {
        for names in ["C,V,KEY", "C,V,X,KEY", "c,v,key,msft", "C,V,LOW,KEY,MSFT"] {
            let count = names.split(',').count();
            let row = |row: usize| {
                let price =
                    |place: usize| format!("{:.2}", 60.3 + 17.7 * place as f64 + ((row * (place + 3)) % 5) as f64);
                format!("2024-01-{:02},{}\n", row + 2, (0..count).map(price).collect::<Vec<_>>().join(","))
            };
            let reading = read(&format!("Date,{names}\n{}", (0..6).map(row).collect::<String>())).unwrap();
            let found: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
            assert_eq!(found.join(","), names);
        }
    }

    #[test]
    fn letters_of_few_rows_are_read_by_their_names() {
        // The range of a day is large relative to the moves from day to day.
        let rows =
            ["2024-01-02,AB,10.01,9.4,9.5,700", "2024-01-03,AB,10.02,9.5,9.55,900", "2024-01-04,AB,10.03,9.4,9.6,800"];
        let reading = read(&format!("dt,sym,c,l,o,v\n{}\n", rows.join("\n"))).unwrap();
        assert_eq!((reading.series.len(), &reading.series[0].close[..]), (1, &[10.01, 10.02, 10.03][..]));
        let reading = read("d,h,l,c\n2024-01-02,5.3,5.1,5.2\n2024-01-03,5.4,5.2,5.3\n2024-01-04,5.2,5,5.1\n").unwrap();
        assert_eq!(reading.series[0].close, [5.2, 5.3, 5.1]);
        let reading = read("date,c,v\n2024-01-02,5.3,9000\n2024-01-03,5.4,9100\n").unwrap();
        assert_eq!((reading.series.len(), reading.series[0].volume.is_some()), (1, true));
    }

    #[test]
    fn letters_beside_a_close_are_parts_of_its_bar() {
        type Bar = [f64; 4];
        let close = |[.., c]: Bar, text: &str| format!("{text},{c:.2}");
        let high = |bar: Bar, _: f64| format!("{:.2}{}", bar[1], close(bar, ""));
        let low = |bar: Bar, _: f64| format!("{:.2}{}", bar[2], close(bar, ""));
        let open = |bar: Bar, _: f64| format!("{:.2}{}", bar[0], close(bar, ""));
        let adjusted = |bar: Bar, _: f64| format!("{:.6}{}", bar[3] * 0.96, close(bar, ""));
        let trades = |bar: Bar, volume: f64| format!("{:.0}{}", volume / 300.0, close(bar, ""));
        let of = |header: &str, row: &dyn Fn(Bar, f64) -> String| series(header, row).len();
        for names in ["d,{},c", "date,{},close", "Date,{},C", "t,{},c", "d,{},Close"] {
            let header = |word: &str| names.replace("{}", word);
            for (letter, word, row) in [
                ("h", "high", &high as &dyn Fn(Bar, f64) -> String),
                ("l", "low", &low),
                ("o", "open", &open),
                ("ac", "adjusted", &adjusted),
                ("adj", "adj close", &adjusted),
                ("n", "n", &trades),
            ] {
                assert_eq!(of(&header(letter), row), 1, "{names} {letter}");
                assert_eq!(of(&header(word), row), 1, "{names} {word}");
            }
        }
        let with_volume = |bar: Bar, volume: f64| format!("{:.2},{volume}{}", bar[1], close(bar, ""));
        assert_eq!(series("date,h,v,close", with_volume), [("prices".to_owned(), true)]);
        let found =
            series("d,o,h,l,ac,v,c", |[o, h, l, c], v| format!("{o:.2},{h:.2},{l:.2},{:.6},{v},{c:.2}", c / 2.0));
        assert_eq!(found, [("prices".to_owned(), true)]);
    }

    #[test]
    fn letters_beside_a_word_for_the_close_are_read_or_said() {
        let rows: Vec<String> = (1..9)
            .map(|day| {
                let close = 50.0 + f64::from(day * 7 % 5);
                format!(
                    "2021-03-0{day},{:.2},{:.2},{:.2},{close},{}\n",
                    close - 0.5,
                    close + 1.0,
                    close - 1.0,
                    900 * day
                )
            })
            .collect();
        let reading = read(&format!("date,o,h,l,close,v\n{}", rows.concat())).unwrap();
        assert!(reading.series[0].range.is_some() && reading.series[0].volume.is_some());
        assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
        // Capitals can be tickers: a warning names the words that they are read as.
        let two =
            rows.iter().map(|row| row.split(',').collect::<Vec<_>>()).map(|row| [row[0], row[2], row[4]].join(","));
        let reading = read(&format!("date,H,C\n{}\n", two.collect::<Vec<_>>().join("\n"))).unwrap();
        let warnings: Vec<String> = reading.warnings.iter().map(|warning| warning.to_string()).collect();
        assert!(warnings.contains(&"column 'H' is read as 'high'".to_owned()), "{warnings:?}");
        assert!(warnings.contains(&"column 'H' is not read".to_owned()), "{warnings:?}");
    }

    #[test]
    fn letters_with_prices_of_their_own_are_tickers() {
        let of = |found: Vec<(String, bool)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
        assert_eq!(
            of(series("Date,C,L,O", |[o, _, l, c], _| format!("{c:.2},{:.2},{:.2}", l / 2.0, o * 3.0))),
            "C L O"
        );
        assert_eq!(of(series("Date,C,V", |[o, .., c], _| format!("{c:.2},{:.2}", o * 2.5))), "C V");
        assert_eq!(of(series("Date,O,C", |[o, .., c], _| format!("{o:.2},{:.2}", c + 6.0))), "O C");
        assert_eq!(
            of(series("Date,H,L,C", |[_, h, l, c], _| format!("{:.2},{l:.2},{:.2}", 0.8 * h, c * 1.4))),
            "H L C"
        );
    }
}
