//! The test days, in blocks with one fit each.

use std::ops::Range;

/// The origins of a test, and the horizon of its forecasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The last row that each forecast may use.
    pub origins: Range<usize>,
    /// Days ahead.
    pub horizon: usize,
}

/// Returns the origins in blocks with one fit each.
pub(super) fn blocks(origins: &Range<usize>, refit_every: usize) -> Vec<Range<usize>> {
    let starts = origins.clone().step_by(refit_every);
    starts.map(|start| start..origins.end.min(start + refit_every)).collect()
}
