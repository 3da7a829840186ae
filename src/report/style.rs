//! Styles of text.

use anstyle::{AnsiColor, Style};

/// Before an error.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Before a warning.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Before a help line.
pub const HELP: Style = AnsiColor::Cyan.on_default();
/// The forecast or other main result.
pub const ANSWER: Style = Style::new().bold();
