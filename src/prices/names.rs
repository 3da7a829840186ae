//! What vendors call their columns.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The day.
    Date,
    /// The first price of the day.
    Open,
    /// The highest price of the day.
    High,
    /// The lowest price of the day.
    Low,
    /// The last price of the day, as quoted on it.
    Close,
    /// The close adjusted for splits and dividends.
    Adjusted,
    /// Shares, contracts or coins traded.
    Volume,
    /// Nothing that is used.
    Unused,
}

/// What a header's cell says, where it is known, and how sure it is: of two columns for one role the
/// lower rank is taken.
pub(super) fn role(name: &[u8]) -> Option<(Role, u8)> {
    let name = normal(name);
    DICTIONARY.iter().find(|(words, _, _)| words.contains(&name.as_str())).map(|&(_, role, rank)| (role, rank))
}

/// Lower case, words parted by one blank, no punctuation.
pub(super) fn normal(name: &[u8]) -> String {
    String::from_utf8_lossy(name)
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The names of each role, normal, with their rank.
const DICTIONARY: &[(&[&str], Role, u8)] = &[
    (&["date"], Role::Date, 0),
    (&["datetime", "timestamp", "day", "time"], Role::Date, 1),
    (&["open"], Role::Open, 0),
    (&["high"], Role::High, 0),
    (&["low"], Role::Low, 0),
    (&["close", "price", "closing price", "close price", "close last"], Role::Close, 0),
    (&["settle", "settlement price"], Role::Close, 1),
    (&["last", "last price"], Role::Close, 2),
    (&["adj close", "adjusted close", "adjclose"], Role::Adjusted, 0),
    (&["volume", "vol"], Role::Volume, 0),
];

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Role::Date => "date",
            Role::Open => "open",
            Role::High => "high",
            Role::Low => "low",
            Role::Close => "close",
            Role::Adjusted => "adjusted",
            Role::Volume => "volume",
            Role::Unused => "unused",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_punctuation_do_not_matter() {
        for name in ["Adj Close", "ADJ_CLOSE", "adj. close**", " <adj close> "] {
            assert_eq!(role(name.as_bytes()), Some((Role::Adjusted, 0)), "{name}");
        }
        assert_eq!(role(b"Close/Last"), Some((Role::Close, 0)));
        assert_eq!(role(b"AAPL"), None);
        assert_eq!(role(b""), None);
    }
}
