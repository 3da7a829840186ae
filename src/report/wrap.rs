//! Wrapping of text between words.

use std::str::Split;

use unicode_width::UnicodeWidthStr;

/// The text before a command in a message.
const COMMAND: &str = ": fourcast ";
/// The texts after a command in a message that continues.
const AFTER: [&str; 2] = [", or ", "; "];

/// Wraps a text into lines of at most `width` columns. The first line begins after `used` columns; later lines are
/// indented by `indent`. Words are not broken. The last command is kept on one line, so that it can be copied; if it is
/// too long for the current line, it begins a new one.
pub fn wrapped(text: &str, width: usize, used: usize, indent: usize) -> String {
    let (before, command, after) = around_command(text);
    let mut lines = String::new();
    let mut column = used;
    for (place, word) in before.chain(command).chain(after).enumerate() {
        let length = word.width();
        if place > 0 && column + 1 + length > width && column > indent {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else if place > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

/// Returns the words before the last command, the command, and the words after it.
fn around_command(text: &str) -> (Split<'_, char>, Option<&str>, impl Iterator<Item = &str>) {
    let Some(start) = text.rfind(COMMAND).map(|at| at + 2) else { return (text.split(' '), None, after(None)) };
    let rest = &text[start..];
    // Up to and including the comma or semicolon.
    let end = AFTER.iter().filter_map(|after| rest.find(after)).min().map(|at| at + 1);
    (text[..start - 1].split(' '), Some(&rest[..end.unwrap_or(rest.len())]), after(end.map(|end| &rest[end + 1..])))
}

fn after(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.into_iter().flat_map(|text| text.split(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        let text = "warm and dry in the north, wet and windy in the south";
        assert_eq!(wrapped(text, 80, 9, 9), text);
        let lines = "warm and dry\n    in the north, wet\n    and windy in the\n    south";
        assert_eq!(wrapped(text, 21, 9, 4), lines);
        assert!(lines.lines().skip(1).all(|line| line.chars().count() <= 21));
    }

    /// Chinese, Japanese and Korean letters take two columns.
    #[test]
    fn wide_letters_are_counted_by_their_columns() {
        let lines = wrapped("삼성전자 보통주 close", 12, 0, 2);
        assert_eq!(lines, "삼성전자\n  보통주\n  close");
    }

    #[test]
    fn words_and_commands_stay_whole() {
        assert_eq!(wrapped("a/very/long/path.csv is it", 10, 0, 2), "a/very/long/path.csv\n  is it");
        let text = "train one with: fourcast train p.csv -m FILE";
        assert_eq!(wrapped(text, 20, 8, 8), "train one\n        with:\n        fourcast train p.csv -m FILE");
        assert_eq!(wrapped(text, 60, 8, 8), text);
        let text = "train one with: fourcast train p.csv -m FILE, or pass --pretrained";
        let lines = "train one with:\n  fourcast train p.csv -m FILE,\n  or pass --pretrained";
        assert_eq!(wrapped(text, 30, 8, 2), lines);
    }
}
