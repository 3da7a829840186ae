//! The options of the command line and their values.

use std::io;

use anstyle::Style;
use serde::Serialize;

use super::columns::{self, Column};
use super::output::{Record, Report, record};
use super::terminal::{Shown, Terminal};

/// An option of a subcommand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionRow {
    /// The subcommand.
    pub command: String,
    /// The option, without its hyphens.
    pub option: String,
    /// Its value; none if it has no fixed one.
    pub value: Option<String>,
    /// `environment`, `file` or `default`.
    pub source: &'static str,
    /// The environment variable, or the file and line, that sets the value.
    pub place: Option<String>,
    /// Why the subcommand would refuse the value; none if it would accept it.
    pub error: Option<String>,
}

/// Options in the order of the command line.
pub struct OptionRows(pub Vec<OptionRow>);

impl Report for OptionRows {
    fn objects(&self) -> io::Result<Vec<Record>> {
        self.0.iter().map(record).collect()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        let left = |head: &str, of: &dyn Fn(&OptionRow) -> String| {
            let cells = self.0.iter().map(of).collect();
            Column { head: head.to_owned(), cells, roomy: 0, style: Style::new(), is_left: true }
        };
        let shown =
            |text: &Option<String>| text.as_ref().map_or_else(|| "-".to_owned(), |text| Shown(text).to_string());
        let set_by = |row: &OptionRow| match (&row.place, &row.error) {
            (Some(place), Some(error)) => format!("{}: {}", Shown(place), Shown(error)),
            (Some(place), None) => Shown(place).to_string(),
            (None, _) => row.source.to_owned(),
        };
        let columns = [
            left("subcommand", &|row| row.command.clone()),
            left("option", &|row| row.option.clone()),
            left("value", &|row| shown(&row.value)),
            left("set by", &set_by),
        ];
        columns::write(out, &columns, 2)
    }
}
