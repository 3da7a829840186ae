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
    let Some(close) = close else { return };
    let has_tickers = known.iter().flatten().any(|(role, _)| *role == Role::Ticker);
    let inner: Vec<usize> = [Some(close), open].into_iter().flatten().collect();
    let fits = match (high, low, open) {
        (Some(high), Some(low), Some(_)) => sample.stands_as_bar(high, low, &inner),
        (Some(high), Some(low), None) => has_tickers && sample.stands_as_bar(high, low, &inner),
        (Some(high), None, Some(_)) => sample.ends_bar(high, &inner, false),
        (None, Some(low), Some(_)) => sample.ends_bar(low, &inner, true),
        (None, None, Some(open)) => has_tickers && sample.is_near(open, close),
        (None, None, None) => has_tickers && volume.is_some_and(|volume| sample.is_count_beside(volume, close)),
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
    }

    #[test]
    fn letters_with_prices_of_their_own_are_tickers() {
        let of = |found: Vec<(String, bool)>| found.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
        assert_eq!(
            of(series("Date,C,L,O", |[o, _, l, c], _| format!("{c:.2},{:.2},{:.2}", l / 2.0, o * 3.0))),
            "C L O"
        );
        assert_eq!(of(series("Date,C,V", |[o, .., c], _| format!("{c:.2},{:.2}", o * 2.5))), "C V");
    }
}
