//! Line numbers and names for messages.

use std::fmt;

use fourcast_base::words::{join, plural};

/// The number of line numbers that a message lists before it only counts the rest.
const NAMED: usize = 5;

/// The number of series that a message names before it only counts the rest.
const NAMED_SERIES: usize = 5;

/// What a line number counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Numbering {
    /// The lines of a text.
    #[default]
    Lines,
    /// The rows of a Parquet file.
    Rows,
}

impl Numbering {
    /// Returns the word for what is counted: `line`, `row`.
    pub fn noun(self) -> &'static str {
        if self == Numbering::Rows { "row" } else { "line" }
    }

    /// Returns a place in a file: `prices.csv:7`, `prices.parquet: row 6`.
    pub fn place(self, file: &str, line: usize) -> String {
        if self == Numbering::Rows { format!("{file}: row {line}") } else { format!("{file}:{line}") }
    }
}

/// The lines that share a fault: their number, and the first few of them.
///
/// Bounded, because a file can have the same fault on every line. In a table of several series, a line counts once for
/// each series with the fault, but is listed once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    count: usize,
    /// The number of different lines; approximate if lines of several series were added, because only the first few of
    /// each are compared.
    different: usize,
    first: Vec<usize>,
    series: Names,
    numbering: Numbering,
}

/// The series concerned, in a file with several; empty in a file with one. Bounded like [`Lines`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    count: usize,
    first: Vec<String>,
}

impl Names {
    /// Adds other names, none of which is among these.
    pub(super) fn append(&mut self, other: &Names) {
        self.count += other.count;
        let free = NAMED_SERIES.saturating_sub(self.first.len());
        self.first.extend(other.first.iter().take(free).cloned());
    }
}

impl From<Option<&str>> for Names {
    fn from(name: Option<&str>) -> Self {
        let first: Vec<String> = name.map(str::to_owned).into_iter().collect();
        Names { count: first.len(), first }
    }
}

impl fmt::Display for Names {
    /// Writes the names behind the lines: ` of KO`, ` of KO and XOM`, ` of A, B, C, D, E and 36 more`; nothing without
    /// a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.first.clone();
        if self.count > parts.len() {
            parts.push(format!("{} more", self.count - parts.len()));
        }
        if parts.is_empty() { Ok(()) } else { write!(f, " of {}", join(&parts, "and")) }
    }
}

impl Lines {
    /// Returns the number of lines.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the first few lines, counted from 1.
    pub fn first(&self) -> &[usize] {
        &self.first
    }

    /// Adds a line.
    pub fn push(&mut self, line: usize) {
        self.count += 1;
        self.different += 1;
        if self.first.len() < NAMED {
            self.first.push(line);
        }
    }

    /// Adds other lines.
    pub(super) fn append(&mut self, other: &Lines) {
        self.count += other.count;
        // Lists that begin alike and are equally long are taken for the same lines, later lines for different ones.
        if (self.different, &self.first) != (other.different, &other.first) {
            let new: Vec<usize> = other.first.iter().filter(|line| !self.first.contains(line)).copied().collect();
            self.different += other.different - (other.first.len() - new.len());
            let free = NAMED.saturating_sub(self.first.len());
            self.first.extend(new.into_iter().take(free));
        }
        self.series.append(&other.series);
        self.numbering = other.numbering;
    }

    /// Returns the lines with the name of their series.
    pub(super) fn of(self, name: Option<&str>) -> Lines {
        Lines { series: name.into(), ..self }
    }

    /// Whether the series are known, as in a file with several.
    pub fn is_of_series(&self) -> bool {
        self.series.count > 0
    }

    /// Returns what the line numbers count.
    pub(super) fn numbering(&self) -> Numbering {
        self.numbering
    }

    /// Sets what the line numbers count.
    pub(super) fn counted_in(self, numbering: Numbering) -> Lines {
        Lines { numbering, ..self }
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl From<usize> for Lines {
    fn from(line: usize) -> Self {
        std::iter::once(line).collect()
    }
}

impl FromIterator<usize> for Lines {
    fn from_iter<I: IntoIterator<Item = usize>>(lines: I) -> Self {
        let mut all = Lines::default();
        lines.into_iter().for_each(|line| all.push(line));
        all
    }
}

impl fmt::Display for Lines {
    /// Writes `line 7`, `lines 7 and 9`, `lines 1, 2, 3, 4, 5 and 36 more`, `row 7`, with the series if it is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.first.iter().map(usize::to_string).collect();
        if self.different > parts.len() {
            parts.push(format!("{} more", self.different - parts.len()));
        }
        write!(f, "{}{} {}{}", self.numbering.noun(), plural(self.different), join(&parts, "and"), self.series)
    }
}

/// Returns `'a'`, `'a' and 'b'`, `'a', 'b' and 'c'`, with the given word before the last name.
pub(super) fn list(names: &[String], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    join(&quoted, word)
}

/// Returns the names like [`list`]; of many names, the first ones and the number of the others.
pub(super) fn few(names: &[String], word: &str) -> String {
    const MAX_NAMES: usize = 10;
    if names.len() <= MAX_NAMES {
        return list(names, word);
    }
    let first: Vec<String> = names[..MAX_NAMES].iter().map(|name| format!("'{name}'")).collect();
    format!("{} {word} {} more", first.join(", "), names.len() - MAX_NAMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_listed() {
        let list = |lines: &[usize]| lines.iter().copied().collect::<Lines>().to_string();
        assert_eq!(list(&[7]), "line 7");
        assert_eq!(list(&[7, 9]), "lines 7 and 9");
        assert_eq!(list(&[1, 2, 3, 4, 5]), "lines 1, 2, 3, 4 and 5");
        assert_eq!(list(&[1, 2, 3, 4, 5, 6, 7]), "lines 1, 2, 3, 4, 5 and 2 more");
        assert_eq!(Lines::from(7).counted_in(Numbering::Rows).to_string(), "row 7");
    }

    #[test]
    fn lines_are_listed_with_their_series() {
        let mut lines = [7].into_iter().collect::<Lines>().of(Some("KO"));
        assert_eq!(lines.to_string(), "line 7 of KO");
        lines.append(&[9].into_iter().collect::<Lines>().of(Some("XOM")));
        assert_eq!(lines.to_string(), "lines 7 and 9 of KO and XOM");
        let others = ["A", "B", "C", "D", "E"].map(|name| [9].into_iter().collect::<Lines>().of(Some(name)));
        others.iter().for_each(|other| lines.append(other));
        assert_eq!(lines.to_string(), "lines 7 and 9 of KO, XOM, A, B, C and 2 more");
        assert_eq!(lines.count(), 7);
        let mut many = (1..=40).collect::<Lines>().of(Some("KO"));
        many.append(&(1..=40).collect::<Lines>().of(Some("XOM")));
        assert_eq!(many.to_string(), "lines 1, 2, 3, 4, 5 and 35 more of KO and XOM");
        many.append(&[4, 50].into_iter().collect::<Lines>().of(Some("A")));
        assert_eq!(many.to_string(), "lines 1, 2, 3, 4, 5 and 36 more of KO, XOM and A");
    }

    #[test]
    fn names_are_quoted() {
        let names = ["a", "b", "c"].map(String::from);
        assert_eq!(list(&names, "or"), "'a', 'b' or 'c'");
        assert_eq!(list(&names[..1], "or"), "'a'");
        let many: Vec<String> = (0..12).map(|name| name.to_string()).collect();
        assert_eq!(few(&many, "and"), "'0', '1', '2', '3', '4', '5', '6', '7', '8', '9' and 2 more");
        assert_eq!(few(&many[..2], "and"), "'0' and '1'");
    }
}
