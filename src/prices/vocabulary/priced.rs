//! Names that consist of a word for a price and a word for which price of the day it is, in either order or as one
//! word: `Högsta kurs`, `Cours plus haut`, `Avaushinta`, `Максимальная цена`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::role::{Known, Role};

/// Words for a price.
const PRICES: &str = "kurs|kurssi|hinta|cours|prix|prezzo|quotazione|preco|precio|cotacao|cotizacion|цена|ціна|курс|cena|cijena|\
    tecaj|cambio|preu|kaina|handelskurs|betalkurs|ar|arfolyam|koers|fiyat|fiyati|τιμη|kurz|preis|pris|prijs|pret|price|harga|gia|rate";

/// Those of them that end a compound: `Avaushinta`.
const ENDINGS: [&str; 9] = ["kurs", "kurssi", "hinta", "koers", "preis", "prijs", "pris", "kurz", "arfolyam"];

/// Words beside them, each also in the forms that agree with the word for the price.
const BESIDE: &[(&str, Role, u8)] = &[
    (
        "erster|erste|premier|primo|primero|primer|primeiro|forsta|forste|ensimmainen|otw|otwarcia|otevreni|otevrena|\
        oteviraci|otvaracia|nyito|elso|ilk|acilis|ανοιγματοσ|ανοιγμα|πρωτη|первая|начальная|начала|открытия|откр|перша|\
        відкриття|отваряне|avaus|avajais|aloitus|abning|abnings|apning|apnings|oppning|oppnings|eroffnung|eroffnungs|\
        eroeffnungs|openings|ouverture|d ouverture|de apertura|di apertura|de abertura|apertura|abertura|opening|\
        pembukaan|mo cua|open|otvaranja|otvorenia|otvaraci|otvoritveni|zacetni|obertura|atidarymo|отварања",
        Role::Open,
        0,
    ),
    (
        "hochster|hochste|hochstes|hoechster|hochst|tageshoch|plus haut|le plus haut|plus eleve|haut|max|maxi|maximal|\
        maximale|maximaler|maximum|maximo|maxima|massimo|massima|mas alto|mais alto|piu alto|hogst|hogsta|hojest|hojeste|\
        hoyest|hoyeste|korkein|ylin|najwyzszy|najwyzsza|maks|maksymalny|maksymalna|maksimum|nejvyssi|maximalni|najvyssia|\
        najvisa|najvisja|legmagasabb|maximalis|en yuksek|yuksek|azami|ανωτατη|ανωτατο|υψηλοτερη|υψηλη|μεγιστη|\
        максимальная|макс|наибольшая|высшая|высокая|максимум|максимална|максимальна|hoogste|hoogst|tertinggi|cao nhat|\
        highest|high|hoch|hoog|tageshochst|maior|le plus eleve|najvisji|maximalny|maxim|auksciausia|највиша",
        Role::High,
        0,
    ),
    (
        "niedrigster|niedrigste|niedrigstes|tiefster|tiefste|tiefst|tagestief|plus bas|le plus bas|moins eleve|bas|min|mini|\
        minimal|minimale|minimaler|minimum|minimo|minima|mas bajo|mais baixo|piu basso|lagst|lagsta|lavest|laveste|alin|\
        matalin|najnizszy|najnizsza|minimalna|nejnizsi|minimalni|najnizsia|najniza|najnizja|\
        legalacsonyabb|minimalis|en dusuk|dusuk|asgari|κατωτατη|κατωτατο|χαμηλοτερη|χαμηλη|ελαχιστη|минимальная|мин|\
        наименьшая|низшая|низкая|минимум|минимална|мінімальна|laagste|laagst|terendah|thap nhat|lowest|low|tief|laag|tagestiefst|menor|le moins eleve|najnizji|minimalny|minim|zemiausia|најнижа",
        Role::Low,
        0,
    ),
    (
        "zamk|zamkniecia|koncowy|koncowa|schluss|stangning|stangnings|slut|slutt|lukke|paatos|lopetus|closing|close|\
        zaro|zaverecna|zaverecny|zaviraci|zavreni|zatvaracia|zakljucna|zakljucni|kapanis|κλεισιματοσ|κλεισιμο|закрытия|\
        закр|конечная|закриття|затваряне|cloture|de cloture|chiusura|di chiusura|cierre|de cierre|fechamento|\
        de fechamento|de fecho|penutupan|penutup|dong cua|slot|zatvaranja|zatvaraci|tancament|uzdarymo|затварања",
        Role::Close,
        0,
    ),
    (
        "letzter|letzte|letztes|dernier|derniere|ultimo|ultima|senaste|senast|seneste|sidste|siste|viimeisin|viimeinen|\
        laatste|ostatni|ostatnia|posledni|posledna|zadnja|zadnji|utolso|son|τελευταια|последняя|последнеи сделки|остання|\
        последна|terakhir|last",
        Role::Close,
        2,
    ),
];

/// The words for a price, which are looked up for every name of a table.
static PRICE_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| PRICES.split('|').collect());

/// The words beside them, with their roles.
static ROLES: LazyLock<HashMap<&str, Known>> = LazyLock::new(|| {
    BESIDE.iter().flat_map(|&(words, role, rank)| words.split('|').map(move |word| (word, (role, rank)))).collect()
});

/// Returns the role of a normal name of this form.
pub(super) fn role_of_price(name: &str) -> Option<Known> {
    let apart = parts(name).map(|(_, rest)| rest);
    let as_one = ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending)).filter(|rest| !rest.ends_with(' '));
    apart.chain(as_one).find_map(|rest| ROLES.get(rest).copied())
}

/// Returns the word for a price at an end of a normal name, and the rest of the name: `kurs` and `norden` of `norden
/// kurs`.
pub(super) fn parts(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = [name.split_once(' '), name.rsplit_once(' ').map(|(rest, price)| (price, rest))];
    ends.into_iter().flatten().filter(|(price, _)| PRICE_WORDS.contains(price))
}

/// Whether a name consists of a word in capitals, which can be a ticker, and a word for a price that is not in capitals:
/// `MAX Price` beside `KO Price`.
pub(super) fn may_contain_ticker(name: &str) -> bool {
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let (capitals, others): (Vec<&str>, Vec<&str>) =
        words.partition(|word| word.chars().all(|letter| letter.is_uppercase() || letter.is_numeric()));
    capitals.len() == 1 && !others.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::names::role;
    use super::super::normal::normal;
    use super::*;

    #[test]
    fn a_word_for_a_price_may_stand_beside_the_word_for_which_it_is() {
        for (names, expected) in [
            ("Öppningskurs|Åbningskurs|Eröffnungskurs|Premier cours|Avaushinta|Цена открытия|Kurs otw.", Role::Open),
            ("Precio de apertura|Kurz otevření|Nyitó ár|Açılış fiyatı|Τιμή ανοίγματος|Openingskoers", Role::Open),
            ("Högsta kurs|Høyeste kurs|Højeste kurs|Höchster Kurs|Plus haut cours|Cours plus haut", Role::High),
            ("Ylin hinta|Максимальная цена|Prezzo massimo|Kurs maks.|Max. kurz|En yüksek fiyat|Max. Price", Role::High),
            ("Legmagasabb ár|Maximum ár|Ανώτατη τιμή|Hoogste koers|Preço máximo|Cena najwyższa", Role::High),
            (
                "Lägsta kurs|Laveste kurs|Niedrigster Kurs|Plus bas cours|Cours plus bas|Alin hinta|Min. Price",
                Role::Low,
            ),
            ("Минимальная цена|Мин. цена|Kurs min.|En düşük fiyat|Legalacsonyabb ár|Κατώτατη τιμή", Role::Low),
            ("Päätöshinta|Stängningskurs|Slutkurs|Lukkekurs|Kurs zamk.|Kapanış fiyatı|Závěrečný kurz", Role::Close),
            ("Цена открытия, руб.|Day Open|Preu obertura", Role::Open),
            ("High price $/MWh|Högsta betalkurs|Cours le plus élevé", Role::High),
            ("Volyymi|Количество|Adet|Lots|Qty Traded|売買株数|No. of Shares Traded|Počet ks", Role::Volume),
            ("Provento|Udbytte|Dywidenda|Ausschüttung|分配金|決算期", Role::Unused),
            ("Letzter Kurs|Senaste kurs|Dernier cours|Последняя цена|Utolsó ár|Son fiyat|Siste kurs", Role::Close),
        ] {
            for name in names.split('|').flat_map(|name| [name.to_owned(), format!("{name} (SEK)")]) {
                assert_eq!(role(name.as_bytes()).map(|(role, _)| role), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn other_words_beside_a_price_are_none_of_the_bar() {
        for name in [
            "Max",
            "Fokus",
            "Solar",
            "Sonar",
            "Maxar",
            "Target Price",
            "Lower price",
            "Nordpris",
            "MAX Price",
            "High Kurs A",
        ] {
            let found = role(name.as_bytes()).map(|(role, _)| role);
            assert!(role_of_price(&normal(name)).is_none() || name == "MAX Price", "{name}");
            assert!(name == "Max" || found.is_none(), "{name} {found:?}");
        }
        assert!(
            may_contain_ticker("MAX_Price") && !may_contain_ticker("MAX PRICE") && !may_contain_ticker("Max Price")
        );
    }

    #[test]
    fn every_word_is_normal() {
        let beside = BESIDE.iter().flat_map(|(words, ..)| words.split('|'));
        assert!(beside.clone().chain(PRICES.split('|')).all(|word| normal(word) == word));
        assert_eq!(beside.count(), ROLES.len(), "a word stands twice");
    }
}
