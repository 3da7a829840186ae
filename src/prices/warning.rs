//! What a reader of prices should know, though it stops nothing.

use std::fmt;

use super::lines::{Lines, counted};

/// Something about a price file that its owner should know.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Rows left out because they have no price.
    NoPrice {
        /// Where.
        lines: Lines,
    },
    /// Rows left out because an earlier row says the same.
    Repeated {
        /// Where.
        lines: Lines,
    },
    /// The rows were in no order and have been sorted.
    Shuffled {
        /// The rows that did not follow the one before them.
        lines: Lines,
    },
    /// Days without all of open, high and low: the close stands in.
    NoRange {
        /// Where.
        lines: Lines,
    },
    /// Days without a volume: taken as 0.
    NoVolume {
        /// Where.
        lines: Lines,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::NoPrice { lines } => {
                write!(f, "left out {} without a price ({lines})", counted(lines.count(), "row"))
            }
            Warning::Repeated { lines } => {
                write!(f, "left out {} ({lines})", counted(lines.count(), "repeated row"))
            }
            Warning::Shuffled { lines } => {
                write!(f, "rows are in no order of date ({lines}): sorted")
            }
            Warning::NoRange { lines } => write!(
                f,
                "{} without all of open, high and low ({lines}): the close stands in",
                counted(lines.count(), "row")
            ),
            Warning::NoVolume { lines } => {
                write!(f, "{} without a volume ({lines}): taken as 0", counted(lines.count(), "row"))
            }
        }
    }
}

impl Warning {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Warning::Shuffled { .. } => Some("check that those lines have the dates they should have".to_owned()),
            _ => None,
        }
    }
}
