//! The outcome of a run over several series if some of them failed.

use anyhow::Result;

/// The error of a run in which some of several series failed. Their own errors have been printed.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {total} series failed")]
pub struct SomeFailed {
    total: usize,
    failed: usize,
    /// Whether other shards contain other series.
    is_part: bool,
}

impl SomeFailed {
    /// Returns the outcome of a run.
    ///
    /// # Errors
    /// If a series failed.
    pub fn unless_none(answered: usize, failed: usize) -> Result<()> {
        if failed == 0 { Ok(()) } else { Err(SomeFailed { total: answered + failed, failed, is_part: false }.into()) }
    }

    /// Returns the outcome of a shard, whose results are complete even if each of them is an error.
    ///
    /// # Errors
    /// If a series failed.
    pub fn of_part(answered: usize, failed: usize) -> Result<()> {
        if failed == 0 { Ok(()) } else { Err(SomeFailed { total: answered + failed, failed, is_part: true }.into()) }
    }

    /// Whether all series failed.
    pub fn is_all(&self) -> bool {
        self.failed == self.total && !self.is_part
    }
}
