//! What a column can hold.

/// The content of a column.
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
    /// The last price of the day, as quoted on that day.
    Close,
    /// The close adjusted for splits and dividends.
    Adjusted,
    /// Shares, contracts or coins traded.
    Volume,
    /// The ticker whose prices the row holds.
    Ticker,
    /// New shares for one old share from this day on.
    Split,
    /// The money paid per share on this day.
    Dividend,
    /// A column that is not used.
    Unused,
}

impl Role {
    /// Whether the role is a closing price.
    pub(crate) fn is_close(self) -> bool {
        matches!(self, Role::Close | Role::Adjusted)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Role::Date => "date",
            Role::Open => "open",
            Role::High => "high",
            Role::Low => "low",
            Role::Close => "close",
            Role::Adjusted => "adjusted close",
            Role::Volume => "volume",
            Role::Ticker => "ticker",
            Role::Split => "split factor",
            Role::Dividend => "dividend",
            Role::Unused => "unused",
        })
    }
}

/// A role and its rank: of two columns with one role, the one with the lower rank is used.
pub(crate) type Known = (Role, u8);
