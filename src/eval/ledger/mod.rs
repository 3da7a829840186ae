//! The ledger: a file to which forecasts are appended when they are made, so that they can be scored once the prices
//! are known. The format is JSON Lines, one forecast per line.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `line_fault` | what is wrong with a line that is not a forecast |
//! | `entry` | one forecast, as a line |
//! | `impossible` | prices that no forecast can have |
//! | `data` | the hash of the prices that a forecast was made from |
//! | `file` | the file, which several processes can read and append to |

mod data;
mod entry;
mod file;
mod impossible;
mod line_fault;

pub use data::{data_hash, data_hashes};
pub use entry::{Days, Entry, EntryError, MadeWith, Prices};
pub use file::{Appended, Ledger, LedgerError, LedgerProblem, Repair, append, is_ledger, read};
pub use impossible::{Impossible, impossible};
pub use line_fault::LineFault;
