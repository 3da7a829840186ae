//! Charts of characters, for a terminal.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `canvas` | dots and characters in cells |
//! | `mod` | lines of text |
//! | `plot` | lines, bands and points between two axes |
//! | `coverage` | measured coverage beside nominal coverage, one row per level |
//! | `views` | the chart of each result |

mod canvas;
mod coverage;
mod plot;
mod views;

use anstyle::Style;

pub(super) use views::{closes, coverage_of_days, coverage_of_test, fan, gain, losses};

use super::screen::Screen;
use super::terminal::Row;
use super::wrap::wrapped;

/// Written in titles for a blank at which the line must not be broken.
const NO_BREAK: char = '\u{a0}';

/// Returns the lines of a title.
fn title(text: &str, screen: Screen) -> Vec<Row> {
    let lines = wrapped(text, screen.width, 0, 2).replace(NO_BREAK, " ");
    lines.lines().map(|line| row(line, Style::new())).collect()
}

/// Returns a line of text in a style.
fn row(text: &str, style: Style) -> Row {
    text.chars().map(|character| (character, style)).collect()
}
