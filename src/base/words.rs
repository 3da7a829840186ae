//! Text that messages of several modules use: counts with their nouns, lists, shell words, escapes.

use std::fmt::{self, Write as _};

/// Returns a count with its noun: `1 row`, `2 rows`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", plural(count))
}

/// Returns the ending of a noun after that count.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Returns a list, with the given word before the last entry: `a`, `a and b`, `a, b and c`.
pub fn join(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} {word} {last}", others.join(", ")),
    }
}

/// Returns a word for a POSIX shell, in quotes if it needs them.
#[cfg(feature = "cli")]
pub fn shell_word(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:+@%^=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Returns the name of a file as one shell word that a command line does not take for an option.
#[cfg(feature = "cli")]
pub fn file_word(file: &str) -> String {
    if file.starts_with('-') { shell_word(&format!("./{file}")) } else { shell_word(file) }
}

/// Maximum number of typing errors in a name.
pub const TYPING_ERRORS: usize = 2;

/// Counts the typing errors between two texts: an additional letter, a missing letter, a wrong letter, or two
/// neighbouring letters swapped.
pub fn typing_errors(one: &str, other: &str) -> usize {
    strsim::osa_distance(&one.to_lowercase(), &other.to_lowercase())
}

/// Returns the nearest value, if it is at most two typing errors away, and at most one in three letters.
pub fn nearest<'a, T: AsRef<str> + ?Sized + 'a>(
    wanted: &str,
    values: impl IntoIterator<Item = &'a T>,
) -> Option<&'a T> {
    let max = TYPING_ERRORS.min(wanted.chars().count() / 3);
    let errors = |value: &&T| typing_errors(wanted, value.as_ref());
    values.into_iter().min_by_key(errors).filter(|value| errors(value) <= max)
}

/// Returns `did you mean 'close'? `, to be followed by a list of all names; empty if no name is near.
pub fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, names).map_or_else(String::new, |meant| format!("did you mean '{meant}'? "))
}

/// Whether a character is not visible: a control character, one that changes the direction of text or ends a line, or
/// one that has no width (Unicode's `Default_Ignorable_Code_Point`).
pub fn is_hidden(c: char) -> bool {
    let hidden = |c| {
        matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
    };
    c.is_control() || hidden(c)
}

/// Returns the beginning of a cell of a file, for a message.
pub fn shortened(text: &str) -> String {
    const MAX_CHARACTERS: usize = 40;
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Writes the escape sequence of a hidden character.
///
/// # Errors
/// Errors of the writer.
pub fn escape(c: char, out: &mut dyn fmt::Write) -> fmt::Result {
    match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        _ => write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Returns a text as messages show it, with every hidden character escaped.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        // Writing to a String does not fail.
        let _ = if is_hidden(c) { escape(c, &mut shown) } else { shown.write_char(c) };
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "row")), ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn the_word_stands_before_the_last() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([0, 1, 2, 3].map(|count| join(&parts[..count], "or")), ["", "a", "a or b", "a, b or c"]);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_word_that_a_shell_would_split_is_quoted() {
        assert_eq!(["a.csv", "", "my prices.csv", "a$b"].map(shell_word), ["a.csv", "''", "'my prices.csv'", "'a$b'"]);
        assert_eq!(["a-b.csv", "-x.csv", "- y"].map(file_word), ["a-b.csv", "./-x.csv", "'./- y'"]);
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(shown("A\u{7}B\n\u{202e}C"), "A\\u{7}B\\n\\u{202e}C");
    }
}
