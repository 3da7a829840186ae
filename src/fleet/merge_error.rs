//! The reasons why shards cannot be merged.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::manifest::ManifestError;

/// The error of shards that are not a complete run.
#[derive(Debug, Error)]
#[error("{}", in_place(file.as_deref(), problem))]
pub struct MergeError {
    /// The file at fault, if there is one.
    pub file: Option<PathBuf>,
    /// The problem.
    pub problem: MergeProblem,
}

fn in_place(file: Option<&Path>, problem: &MergeProblem) -> String {
    file.map_or_else(|| problem.to_string(), |file| format!("{}: {problem}", file.display()))
}

/// The problem with shards.
#[derive(Debug, Error)]
pub enum MergeProblem {
    /// There are no shards to merge.
    #[error("no shards, expected the results of all shards of a run")]
    Nothing,
    /// A file has no manifest.
    #[error("has no manifest, expected {} beside it", manifest.display())]
    NoManifest {
        /// The path where it was expected.
        manifest: PathBuf,
    },
    /// A manifest cannot be read.
    #[error(transparent)]
    Manifest(ManifestError),
    /// Results cannot be read.
    #[error("the results of shard {shard} cannot be read: {cause}")]
    Read {
        /// The shard.
        shard: String,
        /// The reason.
        cause: io::Error,
    },
    /// Results do not match their manifest.
    #[error("the results of shard {shard} were changed after they were written: they are not those of its manifest")]
    Changed {
        /// The shard.
        shard: String,
    },
    /// A shard is from another run.
    #[error("shard {shard} belongs to a different run from {}: {difference}", other.display())]
    Mixed {
        /// The shard.
        shard: String,
        /// The results that it is compared with.
        other: PathBuf,
        /// What differs.
        difference: String,
    },
    /// A shard occurs twice.
    #[error("holds shard {shard}, as {} does, expected each shard once", other.display())]
    Twice {
        /// The shard.
        shard: String,
        /// The other file.
        other: PathBuf,
    },
    /// Shards are missing.
    #[error("{missing} of {count} {}", if *several { "are missing" } else { "is missing" })]
    Missing {
        /// The missing shards, in words.
        missing: String,
        /// Whether several are missing.
        several: bool,
        /// The number of shards.
        count: u32,
    },
    /// The series of the shards do not match the input.
    #[error("the shards hold {found}, expected each of {expected} once")]
    Series {
        /// What the shards contain.
        found: String,
        /// What the input contains.
        expected: String,
    },
}
