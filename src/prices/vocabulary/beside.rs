//! Names of columns that stand beside prices: changes, fractions, flags, the risk-free rate, an index, a holding.

use super::normal::normal;

/// Whether a name means a change, or the change of another column: `AAPL Change`, with the words behind or in front.
pub(crate) fn is_change(name: &str) -> bool {
    const WORDS: &str = "pct|ret|rets|return|returns|log return|log returns|log ret|logret|daily return|daily ret|change|\
        changes|chg|pct change|pct chg|change pct|chg pct|daily change|daily pct|diff|delta|pct return|return pct|\
        rendite|rendement|rendimiento|rendimento|variation|variacion|variacao|variazione|veranderung|zmiana|getiri|\
        изменение|доходность|增长率|日增长率|涨跌幅|涨跌|涨跌额|漲跌幅|漲跌|收益率|騰落率|前日比|変化率|등락률|등락|수익률|변동률";
    let name = normal(name);
    WORDS.split('|').any(|word| word == name)
}

/// Whether a name means a fraction: a percentage, or a turnover rate.
pub(crate) fn is_fraction(name: &str) -> bool {
    const RATES: &str = "turnover rate|turnover ratio|turn over rate|换手率|換手率|周转率|회전율";
    let name = normal(name);
    let is_percent = |word: &str| matches!(word, "pct" | "percent" | "prozent" | "pourcent");
    RATES.split('|').any(|known| known == name) || name.split(' ').any(is_percent)
}

/// Whether a name means a flag.
pub(crate) fn is_flag(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["flag", "dummy", "holiday", "weekend", "recession", "feriado", "festivo", "feiertag", "halted"];
    let name = normal(name);
    name.starts_with("is ") || name.starts_with("has ") || name.split(' ').any(|word| WORDS.contains(&word))
}

/// Whether a name means the flags of another column: `BBEX3.D.USD.EUR.BB.AC.000_FLAGS`.
pub(crate) fn is_of_flags(name: &str) -> bool {
    normal(name).rsplit(' ').next() == Some("flags")
}

/// Whether a name means the risk-free rate, as in files of factor returns.
pub(crate) fn is_risk_free(name: &str) -> bool {
    const WORDS: &str = "rf|rf rate|rf daily|daily rf|risk free|risk free rate|riskfree|riskfree rate|risk free return|\
        tasa libre de riesgo|taux sans risque|risikofreier zins|taxa livre de risco|无风险利率|无风险收益率";
    let name = normal(name);
    WORDS.split('|').any(|word| word == name)
}

/// Whether a name means a sum or a mean of the other columns.
pub(crate) fn is_sum(name: &str) -> bool {
    const WORDS: &str = "total|totals|sum|average|mean|avg|gesamt|summe|durchschnitt|mittelwert|somme|moyenne|totale|somma|\
        media|suma|promedio|soma|toplam|ortalama|srednia|итого|сумма|среднее|合计|合計|总计|平均|합계|평균";
    let name = normal(name);
    name.split(' ').any(|word| WORDS.split('|').any(|known| known == word))
}

/// Whether a name contains a word for the number, the day or the time of a row.
pub(crate) fn is_label(name: &str) -> bool {
    const WORDS: &str = "no|nr|sr|serial|num|number|id|row|rows|rank|seq|sequence|obs|observation|counter|unnamed|lp|lfd|numer|\
        numero|date|datum|fecha|dates|day|days|time|times|timestamp|datetime|epoch|unix|week|weekday|month|quarter|year|\
        hour|update|updated|tag|dia|jour|data|번호|序号|日期|날짜|일자|дата|номер";
    let name = normal(name);
    let is_word = |word: &str| WORDS.split('|').any(|known| known == word);
    matches!(name.as_str(), "" | "index" | "idx" | "level 0") || name.split(' ').any(is_word)
}

/// Whether a name states only that a column is an index.
pub(crate) fn is_index(name: &str) -> bool {
    matches!(normal(name).as_str(), "index" | "index value" | "index level" | "indice" | "지수")
}

/// Whether a name contains a word for a holding: a stock, a fund, a portfolio.
pub(crate) fn is_holding(name: &str) -> bool {
    const WORDS: [&str; 30] = [
        "stock",
        "stocks",
        "share",
        "fund",
        "fonds",
        "portfolio",
        "strategy",
        "holding",
        "holdings",
        "asset",
        "security",
        "equity",
        "etf",
        "account",
        "depot",
        "aktie",
        "aktien",
        "strategie",
        "portefeuille",
        "fondo",
        "cartera",
        "carteira",
        "fundo",
        "portafoglio",
        "portfel",
        "portfoy",
        "fon",
        "портфель",
        "фонд",
        "포트폴리오",
    ];
    normal(name).split(' ').any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_a_word_for_a_row() {
        for name in ["S.No", "row_id", "serial", "nr tabeli", "Unnamed: 0", "index", "update_date", "Date.1"] {
            assert!(is_label(name), "{name}");
        }
        for name in ["GOOG", "spx_index", "Gold", "LEVERAGE", "Trend"] {
            assert!(!is_label(name), "{name}");
        }
    }

    #[test]
    fn the_names_of_indices_are_no_changes_and_no_flags() {
        for name in ["Vanguard Growth", "S&P 500 Total Return", "Growth", "VIX", "IS", "RFR", "Index Fund"] {
            assert!(!is_change(name) && !is_flag(name) && !is_risk_free(name) && !is_index(name), "{name}");
        }
        assert!(
            is_fraction("spread_pct")
                && is_fraction("turnover_rate")
                && !is_fraction("TURN")
                && !is_fraction("Turnover")
        );
        assert!(
            is_change("Daily Return") && is_flag("is_holiday") && is_risk_free("Risk-Free Rate") && is_index("INDEX")
        );
        assert!(is_holding("My Portfolio") && !is_holding("AAPL"));
    }
}
