//! Names of columns that decide something other than a role, in the form of [`super::normal::normal`].

use super::normal::{contains_one, normal};
use super::words::VARIANTS_OF_TICKER;

/// Names of a column of years, beside columns of months and days.
pub(crate) const YEAR: [&str; 12] =
    ["year", "yyyy", "yr", "jahr", "ano", "annee", "anno", "rok", "jaar", "年", "년", "연도"];

/// Names of a column of months.
pub(crate) const MONTH: [&str; 12] =
    ["month", "mm", "mon", "mo", "monat", "mes", "mois", "mese", "miesiac", "maand", "月", "월"];

/// Names of a column of days of the month.
pub(crate) const DAY: [&str; 11] =
    ["day", "dd", "day of month", "tag", "dia", "jour", "giorno", "dzien", "dag", "日", "일"];

/// Names of a column of times of day.
pub(crate) const OF_TIMES: [&str; 15] = [
    "time",
    "hour",
    "uhrzeit",
    "zeit",
    "hora",
    "heure",
    "ora",
    "godz",
    "czas",
    "время",
    "時間",
    "時刻",
    "时间",
    "시간",
    "체결시간",
];

/// Names of a column that distinguishes the contracts of one day.
pub(crate) const OF_CONTRACTS: [&str; 28] = [
    "expiry",
    "expiry date",
    "expiry dt",
    "expiration",
    "expiration date",
    "expiry month",
    "maturity",
    "maturity date",
    "contract",
    "contract month",
    "delivery",
    "delivery month",
    "strike",
    "strike price",
    "strike pr",
    "strk pric",
    "xpry dt",
    "expiry month year",
    "contract date",
    "last trading day",
    "option type",
    "option typ",
    "optn tp",
    "opt type",
    "put call",
    "call put",
    "cp",
    "right",
];

/// Names of a column that can hold months, quarters or other periods instead of days.
pub(crate) const OF_PERIODS: [&str; 38] = [
    "date",
    "month",
    "period",
    "time",
    "time period",
    "monat",
    "datum",
    "mes",
    "fecha",
    "mois",
    "mese",
    "maand",
    "miesiac",
    "年月",
    "月份",
    "월",
    "날짜",
    "quarter",
    "qtr",
    "quartal",
    "trimestre",
    "kwartaal",
    "kwartal",
    "분기",
    "week",
    "woche",
    "semaine",
    "semana",
    "settimana",
    "tydzien",
    "주",
    "year",
    "jahr",
    "annee",
    "ano",
    "anno",
    "rok",
    "fiscal year",
];

/// Names that only Taiwan's exchanges use, in their script and wording.
pub(crate) const OF_TAIWAN: [&str; 11] = [
    "開盤價",
    "收盤價",
    "最高價",
    "最低價",
    "成交股數",
    "成交張數",
    "成交筆數",
    "成交仟元",
    "成交千股",
    "漲跌價差",
    "開盤指數",
];

/// Words for the two sides of a transaction.
pub(crate) const SIDES: [&str; 30] = [
    "buy",
    "sell",
    "b",
    "s",
    "bot",
    "sld",
    "bought",
    "sold",
    "buy to open",
    "sell to close",
    "purchase",
    "sale",
    "kauf",
    "verkauf",
    "achat",
    "vente",
    "compra",
    "venta",
    "venda",
    "acquisto",
    "vendita",
    "koop",
    "verkoop",
    "매수",
    "매도",
    "买入",
    "卖出",
    "買",
    "賣",
    "買付",
];

/// Whether a name means tickers as a source writes them, which can have changed: `ticker_raw`.
pub(crate) fn is_variant_of_ticker(name: &str) -> bool {
    let name = normal(name);
    VARIANTS_OF_TICKER.split('|').any(|variant| variant == name)
}

/// Words for the vintages of a number, and for several prices of the same day.
const VINTAGES_AND_SIDES: &str = "prelim|preliminary|provisional|flash|advance|estimate|estimated|final|revised|revision|\
    bid|ask|offer|mid|limit|market|call|put|am|pm|a m|p m|morning|afternoon|open|close|opening|closing";

/// Whether a cell is a word for a vintage or a side, or the number of a version: `v1`.
pub(crate) fn is_vintage_or_side(cell: &[u8]) -> bool {
    let word = normal(&String::from_utf8_lossy(cell));
    let number = word.strip_prefix('v').or_else(|| word.strip_prefix("rev")).map(str::trim);
    let is_version =
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    is_version || SIDES.contains(&word.as_str()) || VINTAGES_AND_SIDES.split('|').any(|known| known == word)
}

/// Names of the number of shares in a transaction, also as words of a longer name: `No. of shares`.
const COUNTS: [&str; 18] = [
    "shares",
    "quantity",
    "qty",
    "units",
    "anzahl",
    "stuck",
    "aantal",
    "cantidad",
    "titulos",
    "quantite",
    "titres",
    "quantidade",
    "quantita",
    "antal",
    "ilosc",
    "수량",
    "数量",
    "數量",
];

/// Names of costs of a transaction, also as words of a longer name.
const FEES: [&str; 19] = [
    "fee",
    "fees",
    "commission",
    "commissions",
    "brokerage",
    "transactiekosten",
    "transaction costs",
    "transaktionskosten",
    "gebuhr",
    "gebuhren",
    "provision",
    "comision",
    "frais",
    "commissioni",
    "courtage",
    "kurtage",
    "prowizja",
    "수수료",
    "手续费",
];

/// Other names of columns that lists of transactions have, but histories of prices do not. As words of a longer name
/// they are no evidence.
const OF_A_TRANSACTION: [&str; 8] =
    ["tax", "broker", "account", "order id", "trade id", "transaction", "transaction id", "amount"];

/// Other words and phrases in the names of columns that only lists of transactions have.
const WORDS_OF_A_TRANSACTION: &str = "quantity transacted|contracts|position size|profit|p l|net p l|pnl|cum profit|trade no|\
    trade num|trade|trade id|order id|orderid|position id|deal id|ticket|transaction type|transaction id|subtotal|\
    total inclusive of fees and or spread|exchange rate|lots|realized|realised|swap|ausfuhrungskurs|wechselkurs|\
    wisselkoers|uitvoeringsplaats";

/// Words and phrases for what an order was executed at, or cost.
const WORDS_OF_AN_EXECUTION: &str = "order id|orderid|order no|trade id|deal id|ausfuhrungskurs|ausfuhrungsplatz|execution price|\
    fill price|avg fill price|transactiekosten|transaction costs|transaktionskosten|uitvoeringsplaats|execution venue|\
    frais de courtage|courtage|kurtage|prowizja";

/// Whether a normal name is one for a number of shares. `share` is one by itself, but not in `Earnings per share`.
pub(crate) fn is_count(name: &str) -> bool {
    name == "share" || COUNTS.contains(&name)
}

/// Whether a normal name is one for the costs of a transaction.
pub(crate) fn is_fee(name: &str) -> bool {
    name == "commission fees" || FEES.contains(&name)
}

/// Whether a normal name is one that lists of transactions have, but histories of prices do not.
pub(crate) fn is_column_of_transactions(name: &str) -> bool {
    is_count(name) || is_fee(name) || OF_A_TRANSACTION.contains(&name)
}

/// Whether a name contains a word that only lists of transactions have: `No. of shares`, `Net P&L USD`.
pub(crate) fn is_of_a_transaction(name: &str) -> bool {
    contains_one(name, COUNTS.into_iter().chain(FEES).chain(WORDS_OF_A_TRANSACTION.split('|')))
}

/// Whether a name contains a word for what an order was executed at, or cost.
pub(crate) fn is_of_an_execution(name: &str) -> bool {
    contains_one(name, WORDS_OF_AN_EXECUTION.split('|'))
}

/// Whether a name contains a word for a number of shares.
pub(crate) fn contains_count(name: &str) -> bool {
    contains_one(name, COUNTS.into_iter())
}

/// Whether the name of a column of dates is English.
pub(crate) fn is_english_date(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "date",
        "datetime",
        "date time",
        "day",
        "time",
        "timestamp",
        "trade date",
        "trading date",
        "trading day",
        "observation date",
    ];
    NAMES.contains(&normal(name).as_str())
}

/// Whether a cell contains a word for a side of a transaction, or for the begin or the end of a position: `Market buy`,
/// `Entry Long`.
pub(crate) fn contains_side(cell: &[u8]) -> bool {
    const POSITIONS: [&str; 4] = ["long", "short", "entry", "exit"];
    const MIN_LETTERS: usize = 3;
    const MAX_BYTES: usize = 60;
    let Ok(text) = std::str::from_utf8(cell) else { return false };
    let text = if cell.len() <= MAX_BYTES { normal(text) } else { return false };
    let is_side =
        |word: &str| word.chars().count() >= MIN_LETTERS && SIDES.contains(&word) || POSITIONS.contains(&word);
    text.split(' ').any(is_side)
}
