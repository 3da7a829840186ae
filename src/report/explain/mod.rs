//! What the networks of a model read and computed for a forecast.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `quantities` | the printed values of layers, day by day |
//! | `flows` | what layers keep and add, and the terms of their sums |
//! | `records` | the json object and the csv rows |
//! | `heat` | rows of numbers as a heat map that fits a width |
//! | `table` | the tables |

mod flows;
mod heat;
mod quantities;
mod records;
mod table;

use std::io;

pub(super) use flows::{FlowDay, flow_days};
pub use quantities::Explained;
pub(super) use quantities::Side;
pub(super) use table::{is_fraction, label, unit_in_words, with_gain};

use super::output::{Record, Report};
use super::terminal::Terminal;

impl Report for Explained<'_> {
    fn objects(&self) -> io::Result<Vec<Record>> {
        records::objects(self)
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        records::rows(self)
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        table::write(out, self)
    }
}
