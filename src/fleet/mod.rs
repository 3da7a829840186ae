//! Many series in one run: in parallel on one machine, with results in the order of the input and memory only for the
//! series being processed; and in shards on many machines, whose results are merged into those of a single run.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `job_limit` | a limit on the number of simultaneous jobs |
//! | `ordered` | jobs that run in parallel, with results in the order of the jobs |
//! | `shard` | the part of the series that one machine processes, by the hash of their names |
//! | `series` | the series of several files as such jobs |
//! | `hashed` | length and SHA-256 of files, computed while they are read or written |
//! | `manifest` | what a shard's results were made from, and the series that they contain |
//! | `merge_error` | why shards cannot be merged |
//! | `parts` | the blocks of bytes that each series has in the results of a shard |
//! | `merge` | checks the shards of a run, and merges their results in the order of the input |

mod hashed;
mod job_limit;
pub mod manifest;
pub mod merge;
mod merge_error;
mod ordered;
mod parts;
mod series;
pub mod shard;

pub use ordered::{Jobs, Workers};
pub use series::{Event, Inputs, SeriesDone, each_series};
