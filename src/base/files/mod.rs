//! Files: written completely or not at all, locked, checked, and recognised by their content.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | module | what it does |
//! |---|---|
//! | `error` | why a file cannot be read or written |
//! | `checksum` | the checksum in a JSON text, and that of a file |
//! | `kind` | the kind of a file, by its content |
//! | `location` | where a path leads |
//! | `pending` | the temporary files of this process, removed if it ends at once |
//! | `lock` | ensures that only one run at a time writes a model |
//! | `temporary` | temporary files, and those that killed runs have left |
//! | `atomic` | writes a file completely or not at all |
//! | `target` | replaces only files of their own kind |

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
#[doc(hidden)]
pub use error::io_error;
pub use error::{FileError, FileProblem};
pub use lock::WriteLock;
pub use pending::abandon_writes;
pub use target::check_target;
#[doc(hidden)]
pub use target::replace;

#[cfg(test)]
mod testing;
