//! Names of counts and amounts beside a price: deals, arrivals at a market, bids in an auction, units held.

use super::normal::{normal, without_brackets};

/// Counts. An index of sales can have the same name, but it has decimals.
const COUNTS: &str = "deals|sales|observations|quotes|samples|sample size|listings|number sold|bidders|trades count|\
    counterparties|bank count|contratti|obs|件数|건수";

/// Amounts, with or without decimals.
const AMOUNTS: &str = "arrivals|bags|bushels|ounces|mwh|gwh|cover ratio|bid to cover|bid to cover ratio|bid cover ratio|\
    bid cover|amount accepted|amount offered|accepted amount|offered amount|total amount of bids|\
    units held|shares held|cuotas|quotas|andelar|andeler|andele|jednostki|anteile|parts|anteilsbestand|\
    口数|保有口数|份额|持有份额";

/// Words in front of what is counted.
const NUMBER_OF: &str = "number of|no of|nr of|num of|count of|anzahl|nombre de|nombre d|numero de|numero di|broj|liczba|antal|\
    antall|aantal|pocet|количество|число|кількість";

/// Words behind what is counted.
const COUNTED: [&str; 5] = [" count", " sold", " traded", " offered", " accepted"];

/// Units in which no price is quoted, behind a word for a volume.
const UNITS: [&str; 8] = ["mwh", "gwh", "lots", "tonnes", "tons", "contracts", "shares", "t co2"];

fn is_in(words: &str, name: &str) -> bool {
    words.split('|').any(|word| word == name)
}

/// What a name means beside a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// A count or an amount, whatever its numbers.
    Amount,
    /// A count, if its numbers are whole.
    MaybeCount,
}

/// Returns whether a name means a count or an amount beside a price.
pub(crate) fn counted(name: &str) -> Option<Counted> {
    let name = normal(&without_brackets(name));
    let is_of_price = || name.split(' ').any(|word| matches!(word, "price" | "rate" | "fund" | "index"));
    let counts = |words: &str| name.match_indices(words).any(|(at, _)| is_counted(&name, at, words.len()));
    let is_volume = || UNITS.iter().any(|unit| name.strip_suffix(unit).is_some_and(|front| front.ends_with("volume ")));
    let is_counted = || NUMBER_OF.split('|').any(counts) || COUNTED.iter().any(|word| name.ends_with(word));
    if is_in(AMOUNTS, &name) || (is_volume() || is_counted()) && !is_of_price() || is_of_distribution(&name) {
        Some(Counted::Amount)
    } else {
        is_in(COUNTS, &name).then_some(Counted::MaybeCount)
    }
}

/// Whether words in a name are whole words with another word behind them.
fn is_counted(name: &str, at: usize, length: usize) -> bool {
    (at == 0 || name[..at].ends_with(' ')) && name[at + length..].starts_with(' ')
}

/// Whether a normal name means a part of the distribution of the rates of a day, or the extremes of a year.
fn is_of_distribution(name: &str) -> bool {
    const PERCENTILES: [&str; 4] = ["percentile", "perzentil", "percentil", "centile"];
    const YEARS: [&str; 7] = ["52 uger", "52 veckor", "52 w", "52w", "1y", "12 mdr", "12 month"];
    const EXTREMES: [&str; 14] = [
        "high", "low", "hoch", "tief", "hogsta", "lagsta", "hojeste", "laveste", "hoj", "lav", "max", "min", "highest",
        "lowest",
    ];
    let words = || name.split(' ');
    let is_extreme = words().any(|word| EXTREMES.contains(&word));
    words().any(|word| PERCENTILES.contains(&word)) || is_extreme && YEARS.iter().any(|year| name.contains(year))
}

/// Whether a name means a code, a unit or a factor, if all its numbers are equal.
pub(crate) fn may_be_code(name: &str) -> bool {
    const WORDS: &str = "code|codes|kod|sifra|broj|код|numeric|cislo|nominal|nominale|unit|units|jedinica|jednotka|mnozstvi|\
        mnozstvo|number|количество|кількість|factor|faktor|multiplier|lot|face|payout|hozam|номинал|одиниць|kurzus";
    normal(name).split(' ').any(|word| is_in(WORDS, word))
}

/// Whether a name means an average of the prices of a day.
pub(crate) fn is_average(name: &str) -> bool {
    const WORDS: &str = "avg|average|vwap|wap|vw|mean|weighted|medio|media|moyen|moyenne|durchschnitt|mittelwert|ortalama|\
        srednia|平均|평균|均价|均價";
    let name = normal(name);
    name.split(' ').any(|word| is_in(WORDS, word)) && !name.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_amounts_have_names() {
        for name in [
            "Number of deals",
            "Mid C Peak Number of counterparties",
            "Arrivals (tonnes)",
            "Bags sold",
            "Daily volume MWh",
            "Anzahl Geschäfte",
            "Nombre de transactions",
            "Количество сделок",
            "Bid to Cover",
            "99th Percentile (%)",
            "52 Week High",
            "52w High",
            "Højeste kurs 12 mdr.",
            "Units held",
            "口数",
        ] {
            assert_eq!(counted(name), Some(Counted::Amount), "{name}");
        }
        for (name, expected) in
            [("Deals", Some(Counted::MaybeCount)), ("Sample size", Some(Counted::MaybeCount)), ("Dealers", None)]
        {
            assert_eq!(counted(name), expected, "{name}");
        }
        for name in ["Price of lots sold", "Volume", "Gold", "High Growth", "Number", "Units", "52 Week Fund", "Antal"]
        {
            assert_eq!(counted(name), None, "{name}");
        }
    }

    #[test]
    fn averages_and_codes_have_names() {
        for name in ["VWAP", "Avg price", "Precio medio", "Wtd avg price $/MWh"] {
            assert!(is_average(name), "{name}");
        }
        assert!(!is_average("Average 20") && !is_average("Prev Close"));
        assert!(may_be_code("sifra_valute") && may_be_code("Код цифровий") && !may_be_code("Kurs"));
    }
}
