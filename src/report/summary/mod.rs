//! The summary of a training run.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `run` | a training run and its records |
//! | `verdict` | the findings of its test |
//! | `table` | the text |

mod run;
mod table;
mod verdict;

use std::io;

use super::output::{Record, Report};
use super::terminal::Terminal;

pub use run::Summary;
pub(super) use run::series_first;

/// Csv has one row per day forecast. Json has one object: the run, the first day forecast and the verdict; a path under
/// `path`, and the coverage of each of several days ahead under `coverage`.
///
/// A run over several series has no forecast and no verdict; its columns and keys begin with `series`.
impl Report for Summary {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![self.object()?])
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        self.days()
    }

    fn values(&self) -> Vec<Option<f64>> {
        self.path.as_slice().values()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        table::write(out, self)
    }
}
