//! The roles that the names of the columns state, with those that depend on all names or on the numbers.

use super::currency;
use super::sample::Sample;
use crate::table::Table;
use crate::vocabulary::names::{self, Known, Role};

/// The roles that the names of a table state.
pub(super) fn of(table: &Table, sample: &Sample) -> Vec<Option<Known>> {
    let prefix = common_word(table);
    let role = |name: &String| {
        let short =
            || names::normal(name).strip_prefix(prefix.as_deref()?).and_then(|rest| names::role(rest.as_bytes()));
        names::role(name.as_bytes()).or_else(short)
    };
    let mut known: Vec<Option<Known>> = table.names.iter().map(role).collect();
    currency::settle(&table.names, &mut known);
    read_single_letters(table, sample, &mut known);
    known
}

/// The first word of all names, if they share one: `stock_date,stock_open,stock_close`.
fn common_word(table: &Table) -> Option<String> {
    const MIN_COLUMNS: usize = 3;
    let names: Vec<String> = table.names.iter().map(|name| names::normal(name)).collect();
    let (word, _) = names.first()?.split_once(' ')?;
    let word = format!("{word} ");
    (names.len() >= MIN_COLUMNS && names.iter().all(|name| name.starts_with(&word))).then_some(word)
}

/// Reads `o`, `h`, `l` and `c` as the prices of a bar, and `v` as its volume, where their numbers fit; otherwise they are
/// tickers.
fn read_single_letters(table: &Table, sample: &Sample, known: &mut [Option<Known>]) {
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
    let names: Vec<String> = table.names.iter().map(|name| names::normal(name)).collect();
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
        // In a table of rows per ticker no column is a ticker.
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

/// Whether a column has the name of one of tickers; `KEY` may be a ticker itself, with prices.
fn is_ticker(column: usize, known: &[Option<Known>]) -> bool {
    matches!(known[column], Some((Role::Ticker, _)))
}

/// The only column beside another that may be a price, where none has the name of one.
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

    /// The names of the series, and whether they have volumes.
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
        // The range of the days is large beside the moves from day to day.
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
