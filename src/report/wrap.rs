//! Text in lines of a width, broken between words.

/// What begins a command that a message ends with.
const COMMAND: &str = ": fourcast ";

/// A text in lines of at most `width` columns: the first one begins after `used` columns, later ones are indented by
/// `indent`. Words are not broken, and a command at the end stays on one line, so that it can be copied: a longer one
/// has a line of its own.
pub fn wrapped(text: &str, width: usize, used: usize, indent: usize) -> String {
    let (words, command) = match text.rfind(COMMAND) {
        Some(at) => (&text[..=at], Some(&text[at + 2..])),
        None => (text, None),
    };
    let mut lines = String::new();
    let mut column = used;
    for (place, word) in words.split(' ').chain(command).enumerate() {
        let length = word.chars().count();
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

    #[test]
    fn words_and_commands_stay_whole() {
        assert_eq!(wrapped("a/very/long/path.csv is it", 10, 0, 2), "a/very/long/path.csv\n  is it");
        let text = "train one with: fourcast train p.csv -m FILE";
        assert_eq!(wrapped(text, 20, 8, 8), "train one\n        with:\n        fourcast train p.csv -m FILE");
        assert_eq!(wrapped(text, 60, 8, 8), text);
    }
}
