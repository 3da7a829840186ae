//! Limits on what is read.

use std::fmt;

/// The maximum length of a line in bytes: a longer line is no row of prices, and would fill the memory.
pub(super) const MAX_LINE: usize = 64_000_000;

/// The maximum number of bytes read from a text of unknown length: about twenty million bars.
pub(super) const MAX_TEXT: u64 = 1_000_000_000;

/// The maximum absolute value of a covariate: a model must be able to store its mean and its deviation.
pub(super) const MAX_COVARIATE: f64 = 1e18;

/// Why the length of a text is unknown before it is read.
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

/// How a file was changed while it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The rest of its last row was written.
    Longer,
    /// Rows were removed.
    Shorter,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Changed::Longer => "grew while it was read, and its last row is incomplete",
            Changed::Shorter => "became shorter while it was read",
        })
    }
}

impl std::error::Error for Changed {}
