//! Names of the columns of a portfolio's books: its total value, the parts of this, and figures about the portfolio.

use super::normal::normal;

/// The total value. The first names mean the value per unit.
const TOTALS: &str = "nav|net asset value|total value|total equity|total portfolio value|portfolio total|portfolio value|\
    portfolio equity|portfolio usd|portfolio eur|account value|account equity|account balance|net liquidation|\
    net liquidation value|net liq|nlv|net worth|total assets|total account value|strategy value|strategy equity|\
    total|equity|valor total|valor portafolio|patrimonio|gesamtwert|depotwert|portfoy degeri|toplam deger|总资产|總資產|总权益|\
    账户总值|총자산|평가금액";

/// The value of a part.
const PARTS: &str = "cash|cash usd|cash eur|cash balance|cash value|cash held|free cash|available cash|positions value|\
    position value|positions market value|value of positions|holdings value|holdings|holding value|invested|invested value|\
    securities value|stock value|stocks value|equity value|long value|short value|long market value|\
    short market value|buying power|margin used|efectivo|bargeld|nakit|现金|現金|현금|예수금|持仓市值|持倉市值";

/// Words for the total value that have other meanings too: they mean it only if the numbers are the sum of the parts.
const VAGUE_TOTALS: &str =
    "balance|portfolio|value|account|fund value|depot|saldo|bakiye|portefeuille|portafolio|cartera";

/// Words for a part that have other meanings too: they mean a part only beside another part.
const VAGUE_PARTS: &str = "market value|marketvalue|mkt value|mv|marktwert|securities|wertpapiere";

/// Figures that are no values.
const FIGURES: &str = "open positions count|num open positions|long exposure|short exposure|num longs|num shorts|n longs|n shorts|\
    number of longs|number of shorts|n positions|num positions|nb positions|number of positions|position count|positions count|positions|\
    open positions|n holdings|num holdings|n trades|num trades|trade count|exposure|gross exposure|net exposure|\
    exposure pct|leverage|gross leverage|pnl|p l|day pnl|daily pnl|total pnl|unrealized pnl|unrealised pnl|realized pnl|\
    realised pnl|cum pnl|cumulative pnl|day pnl pct|drawdown|max drawdown|invested pct|cash pct|regime|risk on|risk off|\
    riskoff|riskon|pozisyon sayisi|fees|total fees|commission|commissions|investment|amount invested|total invested|\
    total investment|contribution|contributions|total contributions|total cost|cost basis";

fn is_in(words: &str, name: &str) -> bool {
    words.split('|').any(|word| word == name)
}

/// Returns the position of a name among those of the total value, the most usual first.
pub(crate) fn total(name: &str) -> Option<usize> {
    let name = normal(name);
    TOTALS.split('|').position(|word| word == name)
}

/// Whether a name for the total value can also mean an asset class, or the sum of any columns.
pub(crate) fn is_vague_total(name: &str) -> bool {
    is_in("equity|total|total assets", &normal(name))
}

/// Whether a name means the total value only if the numbers are the sum of the parts.
pub(crate) fn may_be_total(name: &str) -> bool {
    is_in(VAGUE_TOTALS, &normal(name))
}

/// Whether a name means a part only beside another part.
pub(crate) fn may_be_part(name: &str) -> bool {
    is_in(VAGUE_PARTS, &normal(name))
}

/// Whether a name means a part of the total value.
pub(crate) fn is_part(name: &str) -> bool {
    is_in(PARTS, &normal(name))
}

/// Whether a name means a figure about the portfolio: the number of positions, the exposure, a gain.
pub(crate) fn is_figure(name: &str) -> bool {
    let name = normal(name);
    is_in(FIGURES, &name) || is_units_held(&name)
}

/// Whether a normal name means shares or units that are held, bought or sold: `shares held`, `total shares`.
fn is_units_held(name: &str) -> bool {
    const UNITS: &str = "shares|units|coins|contracts|stocks|btc|qty|quantity";
    const HELD: &str = "held|owned|bought|sold|purchased|total|cumulative|accumulated|holding";
    name.split_once(' ')
        .is_some_and(|(one, other)| is_in(UNITS, one) && is_in(HELD, other) || is_in(HELD, one) && is_in(UNITS, other))
}

/// Whether the name of a figure means a state of the market or of the portfolio, or money paid; an asset can have such a
/// name too.
pub(crate) fn is_state(name: &str) -> bool {
    const WORDS: &str = "regime|risk on|risk off|riskoff|riskon|fees|total fees|commission|commissions|investment|contribution|\
        contributions";
    is_in(WORDS, &normal(name))
}

/// Whether a name means a quantity beside prices that is no price: earnings, volatility, warehouse stocks.
pub(crate) fn is_quantity(name: &str) -> bool {
    const WHOLE: &str = "earnings|real earnings|dividend|real dividend|pe10|cape|cape ratio|\
        shiller pe|dv ttm|dv ratio|lme stock|lme stocks|warehouse stock|warehouse stocks|stock level|stock levels|\
        stocks tonnes|stock tonnes|inventory|inventories|headcount|population";
    const WORDS: [&str; 16] = [
        "volatilitas",
        "volatilidad",
        "volatilidade",
        "volatilite",
        "volatilita",
        "volatilitat",
        "volatiliteit",
        "volatilitet",
        "volatilnosc",
        "oynaklik",
        "волатильность",
        "波动率",
        "波動率",
        "変動率",
        "megvaltozas",
        "pnl",
    ];
    /// A volatility index has a price.
    const OF_INDICES: [&str; 4] = ["index", "indice", "indeks", "指数"];
    let name = normal(name);
    let has = |words: &[&str]| name.split(' ').any(|word| words.contains(&word));
    is_in(WHOLE, &name) || has(&WORDS) && !has(&OF_INDICES)
}

/// Whether a name means a consumer price index. It is a series in a table of economic data, but not beside earnings and
/// dividends.
pub(crate) fn is_of_consumers(name: &str) -> bool {
    is_in("cpi|consumer price index|consumer prices", &normal(name))
}

/// Returns the ticker, in normal form, of a name that ends with a word for a number of shares: `AGG_shares`.
pub(crate) fn counted(name: &str) -> Option<String> {
    const WORDS: [&str; 8] = ["shares", "qty", "quantity", "units", "count", "position", "weight", "contracts"];
    let name = normal(name);
    let (ticker, word) = name.rsplit_once(' ')?;
    WORDS.contains(&word).then(|| ticker.to_owned())
}

/// Whether a name contains a word for a count, a fee or a code: beside a close, such a column cannot be taken for a
/// price.
pub(crate) fn is_of_other_kind(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "qty",
        "quantity",
        "count",
        "counts",
        "fee",
        "fees",
        "commission",
        "trades",
        "deals",
        "difficulty",
        "addresses",
        "holders",
        "ratio",
        "weight",
        "hashrate",
        "code",
        "cod",
        "flag",
        "rank",
        "score",
        "id",
        "factor",
    ];
    let whole = normal(name);
    is_quantity(name) || is_figure(name) || whole == "div" || whole.split(' ').any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_normal_and_of_one_kind() {
        let all: Vec<&str> = [TOTALS, VAGUE_TOTALS, PARTS, VAGUE_PARTS, FIGURES]
            .into_iter()
            .flat_map(|words| words.split('|'))
            .collect();
        for word in &all {
            assert_eq!(&normal(word), word);
            assert_eq!(all.iter().filter(|other| *other == word).count(), 1, "{word}");
        }
        assert!(total("NAV") < total("Total_Equity") && is_part("Positions_Value") && is_figure("n_positions"));
        assert!(is_figure("Shares Held") && is_figure("total_shares") && !is_figure("Total") && !is_figure("Shares"));
        assert!(
            is_quantity("EUR - RON (volatilitas)") && is_of_consumers("Consumer Price Index") && !is_quantity("SP500")
        );
        assert_eq!(counted("AGG_shares").as_deref(), Some("agg"));
        assert!(is_of_other_kind("medianFee") && is_of_other_kind("QTY_PER_TRADE") && !is_of_other_kind("VIX"));
        assert!(total("AAPL").is_none() && !is_part("Portfolio_Value") && !is_figure("Total"));
    }
}
