//! The roles that the names of the columns state, including roles that depend on all names or on the numbers.

use super::currency;
use super::groups::VAGUE;
use super::letters::{self, Taken};
use super::sample::Sample;
use crate::table::Table;
use crate::vocabulary::affix;
use crate::vocabulary::indicators;
use crate::vocabulary::names::{self, Known, Role};

/// Returns the roles that the names of a table state, and the names in capitals that are read as words only because of
/// their numbers: they could be tickers.
pub(super) fn of(table: &Table, sample: &Sample) -> (Vec<Option<Known>>, Vec<Taken>) {
    let prefix = common_word(table);
    let role = |name: &String| {
        let short =
            || names::normal(name).strip_prefix(prefix.as_deref()?).and_then(|rest| names::role(rest.as_bytes()));
        names::role(name.as_bytes()).or_else(short)
    };
    let mut known: Vec<Option<Known>> = table.names.iter().map(role).collect();
    currency::settle(&table.names, &mut known);
    affix::free_words(&table.names, &mut known);
    affix::free_quantities(&table.names, &mut known);
    affix::free_priced(&table.names, &mut known);
    free_tickers(table, sample, &mut known);
    free_nominal(&table.names, &mut known);
    read_short_bar(&table.names, &mut known);
    read_adjusted_bar(&table.names, &mut known);
    let taken = letters::read(table, sample, &mut known);
    (known, taken)
}

/// Reads names in capitals that mean what is traded, such as `FUND` or `ETF`, as tickers if their cells are prices; and
/// those that mean a count, such as `CONTRACTS`, if the other names are tickers too and none is a price.
fn free_tickers(table: &Table, sample: &Sample, known: &mut [Option<Known>]) {
    // The index of pandas has no name.
    let unknown = table.names.iter().zip(&*known).filter(|(name, it)| it.is_none() && !name.is_empty());
    let others: Vec<&String> = unknown.map(|it| it.0).collect();
    let is_priced = known.iter().flatten().any(|(role, _)| role.is_close() || *role == Role::High);
    let are_tickers = !is_priced && others.len() > 1 && others.iter().all(|name| names::is_long_symbol(name));
    for (column, known) in known.iter_mut().enumerate().filter(|_| are_tickers) {
        let name = &table.names[column];
        let is_count = matches!(known, Some((Role::Volume, _))) && is_counted_ticker(name);
        if is_count && sample.holds_fractions(column) && sample.hardly_repeats(column) && sample.hardly_moves(column) {
            *known = None;
        }
    }
    for (column, known) in known.iter_mut().enumerate() {
        let is_key = matches!(known, Some((Role::Ticker, _)));
        if is_key && names::is_symbol(&table.names[column]) && sample.holds_fractions(column) {
            *known = None;
        }
    }
}

/// Whether a name in capitals begins with a word for what is counted: `SHARES-USD`.
fn is_counted_ticker(name: &str) -> bool {
    const WORDS: [&str; 6] = ["CONTRACTS", "SHARES", "UNITS", "LOTS", "QUANTITY", "QTY"];
    let word = name.split(|letter: char| !letter.is_alphabetic()).next().unwrap_or_default();
    WORDS.contains(&word) && !name.chars().any(char::is_lowercase)
}

/// Leaves the roles of `nominal`, which means the face value, beside `real`, and of `Real Price`, the observed price,
/// beside `Real Dividend` open: there they mean prices before and after inflation.
fn free_nominal(names: &[String], known: &mut [Option<Known>]) {
    let normal: Vec<String> = names.iter().map(|name| names::normal(name)).collect();
    let place = |word: &str| normal.iter().position(|name| name == word);
    if let (Some(nominal), Some(real)) = (place("nominal"), place("real")) {
        (known[nominal], known[real]) = (None, None);
    }
    let is_of_inflation = |name: &String| {
        name.strip_prefix("real ").is_some_and(|what| what != "price") || name.split(' ').any(|word| word == "nominal")
    };
    let is_predicted = |name: &String| indicators::is_indicator(name);
    if let Some(real) = place("real price")
        && normal.iter().any(is_of_inflation)
        && !normal.iter().any(is_predicted)
    {
        known[real] = None;
    }
}

/// Reads `OPN`, `HGH` and `CLS`, or in Danish `ABN` and `LUK`, as names of prices if all of them stand beside a low,
/// which is `LW` in English; otherwise they can be tickers.
fn read_short_bar(names: &[String], known: &mut [Option<Known>]) {
    const ENGLISH: &[(&str, Role)] = &[("opn", Role::Open), ("hgh", Role::High), ("cls", Role::Close)];
    const DANISH: &[(&str, Role)] = &[("abn", Role::Open), ("luk", Role::Close)];
    let place = |word: &str| names.iter().position(|name| names::normal(name) == word);
    for words in [ENGLISH, DANISH] {
        let places = words.iter().filter_map(|(word, role)| Some((place(word)?, *role))).collect::<Vec<_>>();
        let low = place("lw").filter(|_| words == ENGLISH);
        let has_low = low.is_some() || known.iter().flatten().any(|(role, _)| *role == Role::Low);
        if places.len() == words.len() && has_low {
            low.into_iter().for_each(|column| known[column] = Some((Role::Low, 1)));
            places.into_iter().for_each(|(column, role)| known[column] = Some((role, 1)));
        }
    }
}

/// Reads adjusted open, high and low as the bar of the adjusted close if there is no other close and no other bar.
fn read_adjusted_bar(names: &[String], known: &mut [Option<Known>]) {
    const BAR: [Role; 3] = [Role::Open, Role::High, Role::Low];
    let has = |role: Role| known.iter().flatten().any(|(found, _)| *found == role);
    let adjusted: Vec<Option<Role>> = names.iter().map(|name| names::role_of_adjusted(&names::normal(name))).collect();
    let is_whole = BAR.iter().all(|role| adjusted.iter().filter(|found| **found == Some(*role)).count() == 1);
    let has_close = known.iter().flatten().any(|&(role, rank)| role == Role::Close && rank < VAGUE);
    if !is_whole || !has(Role::Adjusted) || has_close || BAR.into_iter().any(has) {
        return;
    }
    let has_volume = has(Role::Volume);
    for (known, role) in known.iter_mut().zip(adjusted) {
        match (*known, role) {
            (Some((Role::Adjusted, rank)), _) => *known = Some((Role::Close, rank)),
            (_, Some(Role::Volume)) if has_volume => {}
            (None | Some((Role::Unused, _)), Some(role)) => *known = Some((role, 0)),
            _ => {}
        }
    }
}

/// Returns the first word of all names, if they share it: `stock_date,stock_open,stock_close`.
fn common_word(table: &Table) -> Option<String> {
    const MIN_COLUMNS: usize = 3;
    let names: Vec<String> = table.names.iter().map(|name| names::normal(name)).collect();
    let (word, _) = names.first()?.split_once(' ')?;
    let word = format!("{word} ");
    (names.len() >= MIN_COLUMNS && names.iter().all(|name| name.starts_with(&word))).then_some(word)
}

#[cfg(test)]
mod tests {
    use crate::Role;
    use crate::testing::{noise, read};

    /// Returns the roles that the names of the columns of a stock's bars have, and the number of warnings.
    fn roles(header: &str, tail: impl Fn([f64; 4], f64) -> String) -> Result<(Vec<(String, Role)>, usize), String> {
        let mut random = noise(5);
        let mut uniform = move || random.next().unwrap();
        let mut close = 150.0_f64;
        let rows: Vec<String> = (2..30)
            .map(|day| {
                let open = close * (0.99 + 0.02 * uniform());
                close = open * (0.98 + 0.04 * uniform());
                let (high, low) = (open.max(close) * 1.004, open.min(close) * 0.995);
                let bar = format!("{open:.2},{high:.2},{low:.2},{close:.2}");
                let volume = (2e6 * (0.5 + uniform())).round();
                format!("2024-01-{day:02},{bar}{}\n", tail([open, high, low, close], volume))
            })
            .collect();
        let reading = read(&format!("{header}\n{}", rows.concat())).map_err(|error| error.to_string())?;
        let columns = reading.understood.columns.iter();
        let roles = columns.filter(|column| column.role != Role::Date).map(|column| (column.name.clone(), column.role));
        Ok((roles.collect(), reading.warnings.len()))
    }

    fn with_turnover([_, high, low, _]: [f64; 4], volume: f64) -> String {
        format!(",{volume},{:.2}", volume * (high + low) / 2.0)
    }

    #[test]
    fn a_bar_is_read_under_names_that_say_what_is_quoted() {
        let bar = [Role::Open, Role::High, Role::Low, Role::Close];
        for names in [
            "Open Level,High Level,Low Level,Close Level",
            "Open Index Value,High Index Value,Low Index Value,Closing Index Value",
            "Open Rate,High Rate,Low Rate,Closing Rate",
            "Open,Intraday High,Intraday Low,Close",
            "Open,Maximum Value,Minimum Value,Close",
            "Adj Open,Adj High,Adj Low,Adj Close",
            "opng_prc,hgst_prc,lwst_prc,clsg_prc",
            "OPN,HGH,LOW,CLS",
            "opn,hgh,lw,cls",
            "Åbn,Høj,Lav,Luk",
            "Åpen,Høy,Lav,Slutt",
            "Отваряща,Най-висока,Най-ниска,Затваряща",
            "Odpiralni,Najvišji,Najnižji,Zaključni",
            "开盘点位,最高点位,最低点位,收盘点位",
            "开盘价_Oppr,最高价_Hipr,最低价_Lopr,收盘价_Clpr",
            "開,高,低,收",
            "開市指數,當日最高,當日最低,收市指數",
            "Buka,Tinggi,Rendah,Harga",
            "ACILIS FIYATI,EN YUKSEK FIYAT,EN DUSUK FIYAT,KAPANIS FIYATI",
            "Erster Preis,Tageshoch,Tagestief,Letzter Preis",
            "Openingskoers,Hoogste koers,Laagste koers,Slotkoers",
            "Koers open,Koers hoog,Koers laag,Koers slot",
            "Kurs Eröffnung,Kurs Hoch,Kurs Tief,Kurs Schluss",
            "Anfangskurs,Höchstkurs,Tiefstkurs,Schlußkurs",
            "Cambio de apertura,Cambio máximo,Cambio mínimo,Cambio de cierre",
            "Otvoritveni tečaj,Najvišji tečaj,Najnižji tečaj,Zaključni tečaj",
            "Cijena otvaranja,Najviša cijena,Najniža cijena,Cijena zatvaranja",
            "寄付値,最高値,最安値,終値",
            "Άνοιγμα,Μέγιστη,Ελάχιστη,Κλείσιμο",
            "Preço abertura,Maior preço,Menor preço,Preço fechamento",
            "Giá mở,Giá cao,Giá thấp,Giá đóng",
            "Otevírací,Max,Min,Závěr",
            "OPEN_PRC,HIGH_1,LOW_1,TRDPRC_1",
            "إفتتاح,أعلى,أدنى,إغلاق",
            "Abrir,Máximo,Mínimo,Cerrar",
            "Buka,Tertinggi,Terendah,Penutupan",
            "اولین,بیشترین,کمترین,پایانی",
            "GiaMoCua,GiaCaoNhat,GiaThapNhat,GiaDongCua",
        ] {
            for (tail, cells) in [("", false), (",Volume,Turnover", true)] {
                let header = format!("Date,{names}{tail}");
                let cells = |bar: [f64; 4], volume: f64| if cells { with_turnover(bar, volume) } else { String::new() };
                let (found, _) = roles(&header, cells).unwrap_or_else(|error| panic!("{header}: {error}"));
                let found =
                    |wanted: Role| found.iter().find(|(_, role)| *role == wanted).map(|(name, _)| name.as_str());
                for (name, role) in names.split(',').zip(bar) {
                    assert_eq!(found(role), Some(name), "{header}");
                }
            }
        }
    }

    #[test]
    fn words_for_what_is_quoted_are_tickers_beside_others() {
        let series = |header: &str| {
            let columns = header.split(',').count() - 1;
            let price = |day: usize, column: usize| format!(",{}.{day}", 40 + 31 * column + day * (column + 2) % 5);
            let row = |day| format!("2021-01-{day:02}{}\n", (0..columns).map(|at| price(day, at)).collect::<String>());
            let rows: String = (4..9).map(row).collect();
            let reading = read(&format!("{header}\n{rows}")).unwrap_or_else(|error| panic!("{header}: {error}"));
            reading.series.iter().map(|series| series.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(series("Date,TURN_Close,VALUE_Close"), ["TURN", "VALUE"]);
        assert_eq!(series("Date,PX_Close,KO_Close"), ["PX", "KO"]);
        assert_eq!(series("Date,Close.PX,Close.RATE,Close.KO"), ["PX", "RATE", "KO"]);
        assert_eq!(series("Date,FUND|close,PX|close"), ["FUND", "PX"]);
        assert_eq!(series("Date,FUND,NAV,AAPL"), ["FUND", "NAV", "AAPL"]);
        assert!(series("Date,Close AAPL,Close Index").contains(&"AAPL".to_owned()));
    }

    #[test]
    fn turnover_over_volume_does_not_say_which_price_is_the_close() {
        let error = roles("Date,aaa,bbb,ccc,ddd,Volume,Turnover", with_turnover).unwrap_err();
        assert!(error.contains("'ddd', 'aaa', 'bbb' and 'ccc' could each be the price"), "{error}");
        let error = roles("Date,Prev Close,High,Low,Nominal,Volume,Turnover", with_turnover).unwrap_err();
        assert!(error.contains("no price column"), "{error}");
    }

    #[test]
    fn the_close_of_the_bar_is_the_price_beside_one_in_a_currency() {
        let in_dollars = |[.., close]: [f64; 4], volume: f64| format!(",HSI,{:.2},{volume},{:.4}", close, close * 0.13);
        let (found, warnings) = roles("Date,Open,High,Low,Close,Index,Adj Close,Volume,CloseUSD", in_dollars).unwrap();
        assert_eq!(warnings, 0);
        let of = |wanted: Role| found.iter().find(|(_, role)| *role == wanted).map(|(name, _)| name.as_str());
        assert_eq!((of(Role::Close), of(Role::Ticker)), (Some("Close"), Some("Index")));
    }

    #[test]
    fn words_for_what_is_traded_name_the_series() {
        let names =
            ["brand_name", "bank", "crypto", "crypto_name", "scrip", "scrip name", "ETF", "fund", "fund_symbol"];
        for name in names.into_iter().chain(["commodity", "metal", "emiten", "kode", "hisse", "Index", "index name"]) {
            let rows = (2..9).map(|day| format!("2024-01-{day:02},ABC,{day}.25\n2024-01-{day:02},XYZ,7{day}.5\n"));
            let reading = read(&format!("Date,{name},Close\n{}", rows.collect::<String>())).unwrap();
            let found: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
            assert_eq!(found, ["ABC", "XYZ"], "{name}");
        }
    }

    #[test]
    fn a_short_word_for_the_close_is_a_ticker_beside_tickers() {
        let rows = (2..9).map(|day| format!("2024-01-{day:02},{day}.25,7{day}.5,30{day}.75,4{day}.5\n"));
        let reading = read(&format!("Date,MSFT,CLS,KEY,FUND\n{}", rows.collect::<String>())).unwrap();
        let found: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(found, ["MSFT", "CLS", "KEY", "FUND"]);
        let rows = (2..9).map(|day| format!("2024-01-{day:02},{day}.25,7{day}.5\n"));
        let reading = read(&format!("Date,LUK,ABN\n{}", rows.collect::<String>())).unwrap();
        let found: Vec<&str> = reading.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(found, ["LUK", "ABN"]);
    }

    #[test]
    fn a_flag_is_no_number() {
        for flags in [["True", "False"], ["true", "true"], ["1", "0"], ["1", "1"], ["no", "yes"]] {
            let flag = |[open, ..]: [f64; 4], volume: f64| format!(",{volume},{}", flags[usize::from(open > 150.0)]);
            let (found, warnings) = roles("Date,Open,High,Low,Close,Volume,adjusted", flag).unwrap();
            assert!(found.contains(&("adjusted".to_owned(), Role::Unused)), "{flags:?} {found:?}");
            assert!(found.contains(&("Close".to_owned(), Role::Close)) && warnings == 0, "{flags:?}");
        }
    }

    #[test]
    fn a_bar_with_other_names_than_the_close_is_said() {
        let (found, warnings) = roles("Date,aaa,bbb,ccc,Close", |_, _| String::new()).unwrap();
        let read = found.iter().filter(|(_, role)| *role != Role::Unused).count();
        assert_eq!((read, warnings), (1, 1), "{found:?}");
    }
}
