//! The summaries of models of many series.

use std::io;

use super::columns::{self, Column};
use super::number::thousands;
use super::output::{Record, Report};
use super::summary::{Summary, series_first};
use super::terminal::{Shown, Terminal, name_of_failed};
use crate::model::Evaluation;

/// The summary of the model of one of many series, without forecast, verdict and clock time.
pub struct OneOfMany<'a>(pub &'a Summary);

impl Report for OneOfMany<'_> {
    fn objects(&self) -> io::Result<Vec<Record>> {
        let mut run = self.0.run()?;
        for key in ["headline", "seconds", "windows_per_second"] {
            run.shift_remove(key);
        }
        Ok(vec![series_first(run)])
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        TrainedModels { models: std::slice::from_ref(self.0), failed: &[] }.write(out)
    }
}

/// The models of many series as a table.
pub struct TrainedModels<'a> {
    /// The models.
    pub models: &'a [Summary],
    /// The failed series, each with the number of models before it.
    pub failed: &'a [(usize, String)],
}

impl TrainedModels<'_> {
    /// Writes the table.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let cells = |of: &dyn Fn(&Summary) -> String| self.models.iter().map(of).collect::<Vec<String>>();
        let tested = |of: &dyn Fn(&Evaluation, &Summary) -> String| {
            cells(&|one| one.card().evaluation.as_ref().map_or_else(|| "-".to_owned(), |test| of(test, one)))
        };
        let left = |head: &str, cells| Column { is_left: true, ..Column::new(head, cells, 0) };
        let mut columns = [
            left("series", cells(&|one| Shown(&one.card().training.series).to_string())),
            Column::new("rows", cells(&|one| thousands(one.card().training.rows)), 0),
            Column::new("test days", tested(&|test, _| thousands(test.days)), 0),
            Column::new("RMSE ratio", tested(&|test, _| format!("{:.4}", test.ratio())), 0),
            Column::new(
                "in 90 %",
                tested(&|test, one| format!("{:.1} %", 100.0 * test.coverage(&one.card().config).level_90)),
                0,
            ),
            left("model", cells(&|one| Shown(one.model()).to_string())),
        ];
        let failed = self.failed.iter().map(|(place, series)| (*place, name_of_failed(series)));
        columns::add_failed(&mut columns, "model", failed);
        columns::write(out, &columns, 1)
    }
}
