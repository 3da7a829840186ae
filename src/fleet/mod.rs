//! Many series in one run: in parallel on one machine, with results in the order of the input and memory for the series
//! in work alone; and in shards on many machines, whose results become those of one.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `job_limit` | a limit on the number of jobs at a time |
//! | `ordered` | jobs done in parallel, whose results are taken in the order of the jobs |
//! | `shard` | the part of a universe of series that one machine takes, by the hash of their names |
//! | `series` | the series of several files as such jobs |
//! | `hashed` | length and SHA-256 of files, also while they are read or written |
//! | `manifest` | what a shard's results were made from, and which series they hold |
//! | `merge_error` | why shards cannot be merged |
//! | `parts` | the blocks of bytes that each series has in the results of a shard |
//! | `merge` | checks the shards of a run, and puts their results together in the order of the input |

mod hashed;
mod job_limit;
pub mod manifest;
pub mod merge;
mod merge_error;
mod ordered;
mod parts;
mod series;
pub mod shard;

pub use ordered::{Jobs, StartError, Workers};
pub use series::{Event, SeriesDone, each_series};
