//! The screen that tables are written to: its width, and whether it shows characters other than ASCII.

use std::env;
use std::io::{self, IsTerminal};

use crate::report::Screen;

/// Columns if standard output is not a terminal, or does not report its width.
const WIDTH: usize = 80;
/// Minimum number of columns; a narrower table would be a list of single characters.
const MIN_WIDTH: usize = 40;

/// Returns the screen of standard output. `COLUMNS` takes precedence over the terminal's own width; the locale
/// determines whether Unicode can be shown.
pub fn screen() -> Screen {
    let named = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let own = || {
        let size = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal());
        size.map(|(terminal_size::Width(columns), _)| usize::from(columns))
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| env::var(name).unwrap_or_default());
    let term = env::var("TERM").unwrap_or_default();
    Screen { width: named.or_else(own).unwrap_or(WIDTH).max(MIN_WIDTH), unicode: has_unicode(&locale, &term) }
}

/// Uses the first of the locale's variables that is set; without any, the locale has Unicode.
fn has_unicode(locale: &[String], term: &str) -> bool {
    let locale = locale.iter().find(|value| !value.is_empty()).map(|value| value.to_uppercase());
    let is_utf8 = |locale: String| locale.contains("UTF-8") || locale.contains("UTF8");
    !matches!(term, "dumb" | "linux") && locale.is_none_or(is_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_says_whether_there_is_unicode() {
        let of = |all: &str, ctype: &str, lang: &str| has_unicode(&[all, ctype, lang].map(str::to_owned), "xterm");
        assert!(of("", "", "de_DE.UTF-8") && of("", "", "C.utf8") && of("", "", ""));
        assert!(!of("C", "", "de_DE.UTF-8") && !of("", "POSIX", "") && !of("", "", "de_DE.ISO-8859-1"));
        assert!(!has_unicode(&[], "dumb") && has_unicode(&[], ""));
    }
}
