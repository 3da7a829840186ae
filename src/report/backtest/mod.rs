//! A backtest: the verdict first, then the figures behind it.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `days` | the forecasts of each day, in csv |
//! | `records` | the json object and the csv rows |
//! | `table` | the table |

mod days;
mod records;
mod table;

use std::io;

use super::output::{Record, Report};
use super::terminal::Terminal;
use crate::eval::backtest::{AuditReport, Backtest};

pub(super) use records::{backtest_record, forecaster_rows, price_skill, row_without_scores};
pub(super) use table::{heading, write as write_tested};

pub use days::{DaysAsCsv, are_forecasts_of_days};

/// A backtest, and its audit if one was requested.
pub type Tested = (Backtest, Option<AuditReport>);

/// In json, one object: the verdict, the scores of the model, and those of every baseline. In csv, one row per
/// forecaster, the model first. The bare value is the skill on price over no change.
impl Report for Tested {
    fn objects(&self) -> io::Result<Vec<Record>> {
        let (result, audit_report) = self;
        Ok(vec![backtest_record(result, audit_report.as_ref())?])
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        forecaster_rows(&self.0)
    }

    fn values(&self) -> Vec<Option<f64>> {
        vec![price_skill(&self.0).map(|skill| skill.value)]
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        table::write(out, &self.0, self.1.as_ref())
    }
}
