//! Names of columns that are computed from prices or move with them: indicators, forecasts and fundamentals.

use super::funds::is_of_fund;
use super::normal::{contains_one, normal, without_brackets};
use super::units::without_units;

/// Whether a name means a column computed from another: an average, an oscillator, a forecast. An abbreviation without
/// more is not enough, because MA, CCI and ATR are also tickers.
pub(crate) fn is_indicator(name: &str) -> bool {
    const WORDS: [&str; 33] = [
        "smoothed",
        "pred",
        "predict",
        "macd",
        "sma",
        "bollinger",
        "band",
        "bands",
        "upperband",
        "lowerband",
        "moving",
        "rolling",
        "oscillator",
        "stochastic",
        "volatility",
        "momentum",
        "signal",
        "return",
        "returns",
        "predicted",
        "prediction",
        "predictions",
        "forecast",
        "forecasts",
        "yhat",
        "zscore",
        "sentiment",
        "drawdown",
        "seasonal",
        "residual",
        "stddev",
        "variance",
        "lagged",
    ];
    let normal = normal(name);
    let words: Vec<&str> = normal.split(' ').collect();
    let number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    // `SMA_20`, `ma5`, `rsi 14`
    let short = |(at, word): (usize, &&str)| {
        let bare = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        SHORT_INDICATORS.contains(&bare)
            && (bare.len() < word.len() || words.get(at + 1).is_some_and(|next| number(next)))
    };
    // `BB_upper`, `MACD hist`
    let parts = ["upper", "lower", "middle", "mid", "hist", "line", "width", "high", "low", "based", "signal"];
    let part = words.len() > 1 && SHORT_INDICATORS.contains(&words[0]) && parts.contains(&words[1]);
    let is_average =
        words.iter().any(|word| matches!(*word, "avg" | "average")) && words.iter().any(|word| number(word));
    part || is_average || words.iter().any(|word| WORDS.contains(word)) || words.iter().enumerate().any(short)
}

/// Whether a name contains words that name funds and indices, though one of them is also a word for a measure: `Low
/// Volatility`, `Absolute Return`, `Return Index`.
pub(crate) fn is_product(name: &str) -> bool {
    const WORDS: [&str; 22] = [
        "price return",
        "net return",
        "gross return",
        "low volatility",
        "low vol",
        "minimum volatility",
        "min volatility",
        "minimum variance",
        "managed volatility",
        "volatility arbitrage",
        "volatility index",
        "absolute return",
        "absolute returns",
        "total return",
        "real return",
        "target return",
        "diversified return",
        "return index",
        "return bond",
        "return fund",
        "momentum index",
        "factor momentum",
    ];
    contains_one(name, WORDS.into_iter())
}

/// How clearly a name means a fundamental of a company, which moves with its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// A name without another meaning.
    Clear,
    /// An abbreviation that can also be a ticker, or a word that can also mean a price.
    Short,
}

/// Returns how clearly a name means a fundamental; `None` if it does not.
pub(crate) fn measure(name: &str) -> Option<Measure> {
    const CLEAR: &str = "pe ratio|peratio|p e|p e ratio|pe ratio ttm|p e ratio ttm|p e ttm|pe ttm|price earnings ratio|\
        price to earnings|trailing pe|forward pe|peg ratio|pb ratio|p b|p b ratio|pb mrq|price to book|price book ratio|\
        ps ratio|p s|p s ratio|ps ttm|price to sales|pcf ncf ttm|dividend yield|dividend yield pct|div yield|\
        div yield pct|earnings yield|eps ttm|diluted eps|basic eps|earnings per share|book value|book value per share|\
        market cap|marketcap|market capitalization|market capitalisation|mkt cap|mktcap|enterprise value|ebitda|\
        return on equity|return on assets|roe ttm|shares outstanding";
    const SHORT: &str = "pe|pb|ps|per|pbr|psr|pcr|peg|eps|bps|dps|dy|roe|roa|roic|roi|yield|yld|ev|mcap|capitalisation|\
        capitalization|turn|aum|assets|total assets|shares";
    let outside = without_brackets(name);
    let bare = without_units(&outside, &normal(&outside));
    let name = normal(name);
    let is_fund = || is_of_fund(&name) || bare != name && is_of_fund(&bare);
    let is_in = |words: &str| words.split('|').any(|word| word == name || word == bare);
    let clear = (is_in(CLEAR) || is_fund()).then_some(Measure::Clear);
    clear.or_else(|| is_in(SHORT).then_some(Measure::Short))
}

/// Abbreviations for indicators that can also be tickers.
const SHORT_INDICATORS: [&str; 18] = [
    "sma", "ema", "wma", "dma", "ma", "rsi", "macd", "atr", "adx", "cci", "roc", "obv", "bb", "mom", "vol", "std",
    "lag", "shift",
];

/// Whether a name is such an abbreviation, or means an indicator.
pub(crate) fn is_bare_indicator(name: &str) -> bool {
    SHORT_INDICATORS.contains(&normal(name).as_str()) || is_indicator(name)
}
