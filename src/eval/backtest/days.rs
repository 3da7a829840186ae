//! The test days, in blocks of one fit each.

use std::ops::Range;

/// The origins of a test, and how far ahead each looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The last row each forecast may see.
    pub origins: Range<usize>,
    /// Days ahead.
    pub horizon: usize,
}

/// The origins in blocks, one fit each.
pub(super) fn blocks(origins: &Range<usize>, refit_every: usize) -> Vec<Range<usize>> {
    let starts = origins.clone().step_by(refit_every);
    starts.map(|start| start..origins.end.min(start + refit_every)).collect()
}
