//! Why shards cannot be merged.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::manifest::ManifestError;

/// Shards that are not a whole run.
#[derive(Debug, Error)]
#[error("{}", in_place(file.as_deref(), problem))]
pub struct MergeError {
    /// The file at fault, where it is one.
    pub file: Option<PathBuf>,
    /// What is wrong.
    pub problem: MergeProblem,
}

fn in_place(file: Option<&Path>, problem: &MergeProblem) -> String {
    file.map_or_else(|| problem.to_string(), |file| format!("{}: {problem}", file.display()))
}

/// What is wrong with shards.
#[derive(Debug, Error)]
pub enum MergeProblem {
    /// Nothing to put together.
    #[error("no shards, expected the results of all shards of a run")]
    Nothing,
    /// A file without a manifest.
    #[error("has no manifest, expected {} beside it", manifest.display())]
    NoManifest {
        /// Where it should be.
        manifest: PathBuf,
    },
    /// A manifest that cannot be read.
    #[error(transparent)]
    Manifest(ManifestError),
    /// Results that cannot be read.
    #[error("the results of shard {shard} cannot be read: {cause}")]
    Read {
        /// The shard.
        shard: String,
        /// Why.
        cause: io::Error,
    },
    /// Results that are not those of their manifest.
    #[error("the results of shard {shard} were changed after they were written: they are not those of its manifest")]
    Changed {
        /// The shard.
        shard: String,
    },
    /// A shard of another run.
    #[error("shard {shard} is of another run than {}: {difference}", other.display())]
    Mixed {
        /// The shard.
        shard: String,
        /// The results that it is compared with.
        other: PathBuf,
        /// What differs.
        difference: String,
    },
    /// One shard twice.
    #[error("holds shard {shard}, as {} does, expected each shard once", other.display())]
    Twice {
        /// The shard.
        shard: String,
        /// The other file.
        other: PathBuf,
    },
    /// Shards that are not there.
    #[error("{missing} of {count} {}", if *several { "are missing" } else { "is missing" })]
    Missing {
        /// Which, in words.
        missing: String,
        /// Whether there are several.
        several: bool,
        /// The number of shards.
        count: u32,
    },
    /// The series of the shards are not those of the input.
    #[error("the shards hold {found}, expected each of {expected} once")]
    Series {
        /// What they hold.
        found: String,
        /// What the input has.
        expected: String,
    },
}
