//! Charts of characters, for a terminal.
//!
//! | file | what it holds |
//! |---|---|
//! | `canvas` | dots and characters in cells |
//! | `plot` | lines, bands and points between two axes |
//! | `coverage` | measured coverage beside the nominal one, a row each |
//! | `views` | the chart of each result |

mod canvas;
mod coverage;
mod plot;
mod views;

use std::io::{self, Write};

use anstyle::Style;

pub(super) use canvas::Row;
pub(super) use views::{closes, coverage_of_days, coverage_of_test, fan, gain, losses};

use super::terminal::Terminal;
use super::wrap::wrapped;

/// The screen that a table is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Whether it has characters beyond ASCII.
    pub unicode: bool,
}

impl Screen {
    /// The first where there is Unicode, the second elsewhere.
    fn either<T>(self, unicode: T, ascii: T) -> T {
        if self.unicode { unicode } else { ascii }
    }
}

/// Writes the rows of a chart, without blanks at their ends.
///
/// # Errors
/// Any error of writing.
pub(super) fn write(out: &mut Terminal<'_>, rows: &[Row]) -> io::Result<()> {
    for row in rows {
        let end = row.iter().rposition(|(character, _)| *character != ' ').map_or(0, |last| last + 1);
        for span in row[..end].chunk_by(|one, next| one.1 == next.1) {
            let text: String = span.iter().map(|(character, _)| character).collect();
            if span[0].1 == Style::new() { write!(out, "{text}")? } else { out.styled(span[0].1, text)? }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A blank at which a title is not broken.
const NO_BREAK: char = '\u{a0}';

/// The lines of a title.
fn title(text: &str, screen: Screen) -> Vec<Row> {
    let lines = wrapped(text, screen.width, 0, 2).replace(NO_BREAK, " ");
    lines.lines().map(|line| row(line, Style::new())).collect()
}

/// A line of text in a style.
fn row(text: &str, style: Style) -> Row {
    text.chars().map(|character| (character, style)).collect()
}
