//! The bounds of what is read.

use std::fmt;

/// Maximum length of a line in bytes: a longer one is no row of prices, and would fill the memory.
pub(super) const MAX_LINE: usize = 64_000_000;

/// Maximum number of bytes read from a text of unknown length; about twenty million bars.
pub(super) const MAX_TEXT: u64 = 1_000_000_000;

/// Maximum absolute value of a covariate: its mean and its deviation have to be numbers that a model can store.
pub(super) const MAX_COVARIATE: f64 = 1e18;

/// Why the length of a text is not known before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unbounded {
    /// It comes from a pipe or a device.
    Stream,
    /// It is compressed.
    Packed,
}

impl fmt::Display for Unbounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unbounded::Stream => "a pipe or a device",
            Unbounded::Packed => "a compressed file",
        })
    }
}

impl std::error::Error for Unbounded {}

/// What others did to a file while it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// They wrote the rest of what was its last row.
    Longer,
    /// They took rows out.
    Shorter,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Changed::Longer => "grew while it was read, and its last row is not whole",
            Changed::Shorter => "became shorter while it was read",
        })
    }
}

impl std::error::Error for Changed {}
