//! Files: written whole or not at all, locked, checked, and known by their content.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it does |
//! |---|---|
//! | `error` | why a file cannot be read or written |
//! | `checksum` | the checksum in a text of JSON, and that of a file |
//! | `kind` | the kind of a file, by its content |
//! | `location` | where a path leads |
//! | `pending` | the temporary files of this process, removed where it ends at once |
//! | `lock` | one run at a time writes a model |
//! | `temporary` | temporary files, and those that a run that was killed has left |
//! | `atomic` | writes a file whole or not at all |
//! | `target` | replaces files of their own kind alone |

mod atomic;
#[doc(hidden)]
pub mod checksum;
mod error;
#[doc(hidden)]
pub mod kind;
#[doc(hidden)]
pub mod location;
mod lock;
mod pending;
mod target;
mod temporary;

pub use atomic::{AtomicFile, write_atomically};
pub use error::{FileError, FileProblem};
pub use lock::WriteLock;
pub use pending::abandon_writes;
pub use target::check_target;
#[doc(hidden)]
pub use target::replace;

#[cfg(test)]
mod testing;
