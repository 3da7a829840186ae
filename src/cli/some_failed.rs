//! The outcome of a run over several series of which some failed.

use anyhow::Result;

/// Some of several series failed. Their errors have been printed.
#[derive(Debug, thiserror::Error)]
#[error("{failed} of {total} series failed")]
pub struct SomeFailed {
    total: usize,
    failed: usize,
    /// Whether there are other series in other shards.
    is_part: bool,
}

impl SomeFailed {
    /// The outcome of a run.
    ///
    /// # Errors
    /// If a series failed.
    pub fn unless_none(answered: usize, failed: usize) -> Result<()> {
        if failed == 0 { Ok(()) } else { Err(SomeFailed { total: answered + failed, failed, is_part: false }.into()) }
    }

    /// The outcome of a shard, whose results are whole even if each is an error.
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
