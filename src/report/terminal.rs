//! Text for terminals: control characters from files are escaped.
//!
//! A ticker, a column, the name of a file or a model's series can contain characters that terminals interpret (escape
//! sequences), that reverse the text (bidirectional controls) or that have no width. They are escaped, as in `\u{1b}`.
//! Formats for programs keep them: json has its own escapes, and csv is written unchanged, except to a terminal.

use std::fmt::{self, Display, Write as _};
use std::io::{self, IsTerminal, Write};

use anstyle::Style;
use serde_json::ser::Formatter;
use terminal_size::Width;
use unicode_width::UnicodeWidthStr;

use super::screen::{Screen, shortened};
use super::wrap::wrapped;
use crate::words::escape;
pub use crate::words::is_hidden;

/// A text from a file or a command line, shown on one line with every hidden character escaped.
#[derive(Debug, Clone, Copy)]
pub struct Shown<T>(pub T);

impl<T: Display> Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

/// Returns the name of a failed series. Rows without a known ticker have no name.
pub fn name_of_failed(series: &str) -> String {
    if series.is_empty() { "(no ticker)".to_owned() } else { Shown(series).to_string() }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if is_hidden(c) { escape(c, self.0)? } else { self.0.write_char(c)? }
        }
        Ok(())
    }
}

/// A cell of a chart of characters: a character and its style.
pub(super) type Cell = (char, Style);
/// A row of cells.
pub(super) type Row = Vec<Cell>;

/// Human-readable output. All text is escaped; only [`styled`](Terminal::styled) writes styles. Line breaks are kept,
/// so text from files that can contain one must be [`Shown`].
pub struct Terminal<'a> {
    out: Box<dyn Write + 'a>,
    /// Whether text is escaped.
    escapes: bool,
    /// The beginning of a character whose other bytes have not been written yet.
    cut: Vec<u8>,
    /// The screen, if the text goes to one.
    screen: Option<Screen>,
    /// Whether charts are drawn on the screen.
    charts: bool,
}

impl<'a> Terminal<'a> {
    /// Creates a terminal that escapes what is written to `out`.
    pub fn new(out: impl Write + 'a) -> Self {
        Terminal { out: Box::new(out), escapes: true, cut: Vec::new(), screen: None, charts: false }
    }

    /// Creates a terminal that writes every byte unchanged, for programs.
    pub fn exact(out: impl Write + 'a) -> Self {
        Terminal { out: Box::new(out), escapes: false, cut: Vec::new(), screen: None, charts: false }
    }

    /// Returns the terminal with a screen, with or without charts.
    pub fn on(self, screen: Screen, charts: bool) -> Self {
        Terminal { screen: Some(screen), charts, ..self }
    }

    /// Returns the screen that the text goes to; none if it goes to a pipe or a file.
    pub fn screen(&self) -> Option<Screen> {
        self.screen
    }

    /// Whether characters beyond ASCII can be shown. In pipes and files, they can.
    pub(super) fn has_unicode(&self) -> bool {
        self.screen.is_none_or(|screen| screen.unicode)
    }

    /// Wraps a text that begins after `used` columns at the screen's width, if there is a screen. Later lines are
    /// indented by `indent`.
    pub(super) fn wrapped(&self, text: &str, used: usize, indent: usize) -> String {
        self.screen.map_or_else(|| text.to_owned(), |screen| wrapped(text, screen.width, used, indent))
    }

    /// Writes a text and ends its last line. If any of its lines is wider than the screen, they are joined to one
    /// paragraph and broken between words, with later lines indented by `indent`.
    ///
    /// # Errors
    /// If writing fails.
    pub(super) fn text(&mut self, indent: usize, text: impl Display) -> io::Result<()> {
        let text = text.to_string();
        let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        match self.screen.filter(|screen| widest > screen.width) {
            Some(screen) => {
                let mut lines = text.lines();
                let first = lines.next().unwrap_or_default().to_owned();
                let joined = lines.fold(first, |joined, line| format!("{joined} {}", line.trim_start()));
                writeln!(self, "{}", wrapped(&joined, screen.width, 0, indent))
            }
            None => writeln!(self, "{text}"),
        }
    }

    /// Escapes a name from a file or a command line. On a screen, it is shortened to two fifths of a line.
    pub(super) fn name(&self, name: impl Display) -> String {
        let name = Shown(name).to_string();
        self.screen.map_or_else(|| name.clone(), |screen| shortened(&name, (2 * screen.width / 5).max(8), screen))
    }

    /// Writes the chart that `rows` draws, if there is a screen and it has charts.
    ///
    /// # Errors
    /// If writing fails.
    pub(super) fn chart(&mut self, rows: impl FnOnce(Screen) -> Vec<Row>) -> io::Result<()> {
        match self.screen.filter(|_| self.charts) {
            Some(screen) => self.write_rows(&rows(screen)),
            None => Ok(()),
        }
    }

    /// Writes rows of cells, without blanks at their ends.
    fn write_rows(&mut self, rows: &[Row]) -> io::Result<()> {
        for row in rows {
            let end = row.iter().rposition(|(character, _)| *character != ' ').map_or(0, |last| last + 1);
            for span in row[..end].chunk_by(|one, next| one.1 == next.1) {
                let text: String = span.iter().map(|(character, _)| character).collect();
                if span[0].1 == Style::new() { write!(self, "{text}")? } else { self.styled(span[0].1, text)? }
            }
            writeln!(self)?;
        }
        Ok(())
    }

    /// Writes a text in a style.
    ///
    /// # Errors
    /// If writing fails.
    pub fn styled(&mut self, style: Style, text: impl Display) -> io::Result<()> {
        write!(self.out, "{style}")?;
        write!(self, "{text}")?;
        write!(self.out, "{style:#}")
    }

    fn write_text(&mut self, text: &str) -> io::Result<()> {
        let is_hidden = |c: char| c != '\n' && is_hidden(c);
        if !text.contains(is_hidden) {
            return self.out.write_all(text.as_bytes());
        }
        let mut shown = String::with_capacity(2 * text.len());
        for c in text.chars() {
            // Writing to a string never fails.
            let _ = if is_hidden(c) { escape(c, &mut shown) } else { shown.write_char(c) };
        }
        self.out.write_all(shown.as_bytes())
    }
}

impl Write for Terminal<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.escapes {
            return self.out.write(bytes);
        }
        let joined = [&std::mem::take(&mut self.cut)[..], bytes].concat();
        let mut end = 0;
        for chunk in joined.utf8_chunks() {
            let (valid, invalid) = (chunk.valid(), chunk.invalid());
            self.write_text(valid)?;
            end += valid.len() + invalid.len();
            let may_go_on = || std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            match invalid {
                [] => {}
                _ if end == joined.len() && may_go_on() => self.cut = invalid.to_vec(),
                _ => self.write_text("\u{fffd}")?,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Prints a message on standard error, after a label if there is one. On a terminal, it is wrapped at the terminal's
/// width; elsewhere it is one line, for programs that read it. Write errors are ignored (a full disk, a closed
/// terminal): they must not stop the program.
pub fn print_message(label: Option<(Style, &str)>, text: impl Display) {
    let indent = label.map_or(0, |(_, label)| label.chars().count() + 1);
    let label = label.map_or_else(String::new, |(style, label)| format!("{style}{label}{style:#} "));
    let text = Shown(text).to_string();
    let text = match error_width() {
        Some(width) => wrapped(&text, width, indent, indent.max(2)),
        None => text,
    };
    // Written at once, so that no other line can come between.
    let line = format!("{label}{text}\n");
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

/// Prints a text with styles on standard error; hidden characters other than styles and line breaks are escaped. On a
/// terminal, lines that are too wide are broken between words. Write errors are ignored, as in [`print_message`].
pub fn print_styled(text: &str) {
    let text = escaped_but_styles(text);
    let text = error_width().map_or_else(|| text.clone(), |width| styled_lines(&text, width));
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Returns a text with hidden characters escaped, except line breaks and sequences that set a style.
fn escaped_but_styles(text: &str) -> String {
    let is_style = |rest: &str| {
        let numbers = rest.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m'));
        numbers.is_some_and(|(numbers, _)| numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'))
    };
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_kept = !is_hidden(c) || c == '\n' || is_style(&text[at..]);
        // Writing to a String does not fail.
        let _ = if is_kept { fmt::Write::write_char(&mut escaped, c) } else { escape(c, &mut escaped) };
    }
    escaped
}

/// Wraps a text with styles, which have no width, to at most `width` columns. What is broken off a line is indented by
/// two more columns.
fn styled_lines(text: &str, width: usize) -> String {
    let width_of = |word: &str| anstream::adapter::strip_str(word).to_string().width();
    let line = |line: &str| {
        if width_of(line) <= width {
            return line.to_owned();
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let mut lines = " ".repeat(indent);
        let mut column = indent;
        for (place, word) in line.trim_start_matches(' ').split(' ').enumerate() {
            let length = width_of(word);
            if place > 0 && column + 1 + length > width && column > indent + 2 {
                lines += &format!("\n{:indent$}  ", "");
                column = indent + 2;
            } else if place > 0 {
                lines.push(' ');
                column += 1;
            }
            lines += word;
            column += length;
        }
        lines
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the width in columns of the terminal on standard error, if it is a terminal.
pub(super) fn error_width() -> Option<usize> {
    let size = terminal_size::terminal_size_of(io::stderr()).filter(|_| io::stderr().is_terminal());
    size.map(|(Width(width), _)| usize::from(width))
}

/// Writes json with hidden characters in strings as numeric escapes, which are equivalent.
pub(super) struct VisibleJson;

impl Formatter for VisibleJson {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::style::ANSWER;

    const EVIL: &str = "\u{1b}[31mA\u{7}\u{9b}\u{202e}B\u{200b}\u{ad}\u{e0041}\r\nC";
    const SHOWN: &str = r"\u{1b}[31mA\u{7}\u{9b}\u{202e}B\u{200b}\u{ad}\u{e0041}\r\nC";

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(Shown(EVIL).to_string(), SHOWN);
        let plain = "삼성전자, Größe 'ß', Ünïcödé é, ไทย, हिन्दी, 😀, \u{a0}\u{3000}, C:\\Kurse";
        assert_eq!(Shown(plain).to_string(), plain);
    }

    #[test]
    fn lines_are_a_paragraph_where_they_are_wider_than_the_screen() {
        let written = |width: usize| {
            let mut bytes = Vec::new();
            let mut out = Terminal::new(&mut bytes).on(Screen { width, unicode: true }, false);
            out.text(4, "  one two three four\n  five six").unwrap();
            drop(out);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(written(20), "  one two three four\n  five six\n");
        assert_eq!(written(16), "  one two three\n    four five\n    six\n");
    }

    #[test]
    fn lines_with_styles_are_broken_between_words() {
        let (on, off) = ("\u{1b}[1m", "\u{1b}[0m");
        let text = format!("{on}error:{off} no such value\n  [one of: {on}dense{off}, {on}conv{off}, {on}rnn{off}]\n");
        assert_eq!(styled_lines(&text, 60), text);
        let narrow =
            format!("{on}error:{off} no such\n  value\n  [one of: {on}dense{off},\n    {on}conv{off}, {on}rnn{off}]\n");
        assert_eq!(styled_lines(&text, 18), narrow);
    }

    #[test]
    fn styles_of_a_message_are_not_escaped() {
        let (on, off) = ("\u{1b}[1;38;5;9m", "\u{1b}[0m");
        let text = format!("{on}error:{off} '\u{1b}]0;A\u{7}\u{9b}31m\u{202e}\u{1b}[2J\u{1b}[mé'\n");
        let shown = format!(r"{on}error:{off} '\u{{1b}}]0;A\u{{7}}\u{{9b}}31m\u{{202e}}\u{{1b}}[2J{}é'", "\u{1b}[m");
        assert_eq!(escaped_but_styles(&text), format!("{shown}\n"));
    }

    #[test]
    fn text_is_escaped_and_styles_are_not() {
        let mut bytes = Vec::new();
        let mut out = Terminal::new(&mut bytes);
        write!(out, "{EVIL} ").unwrap();
        out.styled(ANSWER, EVIL).unwrap();
        drop(out);
        let text = SHOWN.replace(r"\nC", "\nC");
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("{text} {ANSWER}{text}{ANSWER:#}"));
    }

    #[test]
    fn a_character_in_pieces_is_one() {
        let text = "é\u{202e}\u{9b}😀";
        for size in 1..6 {
            let mut bytes = Vec::new();
            let mut out = Terminal::new(&mut bytes);
            for piece in text.as_bytes().chunks(size) {
                out.write_all(piece).unwrap();
            }
            out.write_all(b"\xff.").unwrap();
            drop(out);
            assert_eq!(String::from_utf8(bytes).unwrap(), "é\\u{202e}\\u{9b}😀\u{fffd}.");
        }
        let mut bytes = Vec::new();
        Terminal::exact(&mut bytes).write_all(EVIL.as_bytes()).unwrap();
        assert_eq!(bytes, EVIL.as_bytes());
    }

    #[test]
    fn json_means_the_same_and_shows_it() {
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, VisibleJson);
        serde::Serialize::serialize(EVIL, &mut serializer).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains(is_hidden), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), EVIL);
    }
}
