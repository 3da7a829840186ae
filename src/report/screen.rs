//! The width and character set of the screen, and texts shortened to its width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The screen that a table is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Width in columns.
    pub width: usize,
    /// Whether it can show characters beyond ASCII.
    pub unicode: bool,
}

impl Screen {
    /// Returns the first value on screens with Unicode, the second on others.
    pub(super) fn either<T>(self, unicode: T, ascii: T) -> T {
        if self.unicode { unicode } else { ascii }
    }
}

/// Shortens a text to at most `longest` columns. The middle is left out, because names often differ at their ends.
pub fn shortened(text: &str, longest: usize, screen: Screen) -> String {
    if text.width() <= longest {
        return text.to_owned();
    }
    let room = longest.saturating_sub(1);
    let head = leading(text.chars(), room.div_ceil(2));
    let end: Vec<char> = leading(text.chars().rev(), room - head.width()).chars().rev().collect();
    format!("{head}{}{}", sign(screen), String::from_iter(end))
}

/// Shortens texts to at most `longest` columns each, such that different texts stay different if possible.
pub fn shortened_apart(texts: &[String], longest: usize, screen: Screen) -> Vec<String> {
    let cut: Vec<String> = texts.iter().map(|text| shortened(text, longest, screen)).collect();
    let alike = |place: usize| {
        let is_alike = |other: &usize| cut[*other] == cut[place];
        (0..texts.len()).filter(is_alike).map(|other| &texts[other]).collect::<Vec<&String>>()
    };
    let is_unclear = |others: &[&String]| others.iter().any(|other| *other != others[0]);
    let one = |place: usize| {
        let others = Some(alike(place)).filter(|others| is_unclear(others));
        others.map_or_else(|| cut[place].clone(), |others| from_difference(&texts[place], &others, longest, screen))
    };
    (0..texts.len()).map(one).collect()
}

/// Returns the part of a text that begins where it first differs from one of the others.
fn from_difference(text: &str, others: &[&String], longest: usize, screen: Screen) -> String {
    let common = |other: &&String| text.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let first = others.iter().filter(|other| **other != text).map(common).min().unwrap_or(0);
    let rest: String = text.chars().skip(first).collect();
    let room = longest.saturating_sub(1);
    let end = if rest.width() <= room { rest } else { leading(rest.chars(), room.saturating_sub(1)) + sign(screen) };
    sign(screen).to_owned() + &end
}

fn sign(screen: Screen) -> &'static str {
    screen.either("…", "~")
}

/// Returns the first letters, as many as fit into `room` columns.
fn leading(letters: impl Iterator<Item = char>, room: usize) -> String {
    let mut width = 0;
    let fits = |letter: &char| {
        width += letter.width().unwrap_or(0);
        width <= room
    };
    letters.take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Screen = Screen { width: 40, unicode: true };

    #[test]
    fn a_long_text_keeps_both_ends() {
        assert_eq!(shortened("portfolio_2024_AAPL", 10, SCREEN), "portf…AAPL");
        assert_eq!(shortened("portfolio_2024_AAPL", 10, Screen { unicode: false, ..SCREEN }), "portf~AAPL");
        assert_eq!(shortened("AAPL", 4, SCREEN), "AAPL");
        // Wide letters take two columns.
        assert_eq!(shortened("삼성전자보통주식회사", 10, SCREEN), "삼성…회사");
        assert_eq!(shortened("AB", 1, SCREEN), "…");
    }

    #[test]
    fn texts_that_differ_still_do() {
        let cut = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            shortened_apart(&texts, 10, SCREEN)
        };
        assert_eq!(cut(&["portfolio_2024_AAPL", "portfolio_2024_MSFT"]), ["portf…AAPL", "portf…MSFT"]);
        // The texts differ only in the middle.
        assert_eq!(cut(&["portfolio_AAPL_total", "portfolio_MSFT_total"]), ["…AAPL_tot…", "…MSFT_tot…"]);
        assert_eq!(cut(&["portfolio_AAPL", "portfolio_AAPL", "fb"]), ["portf…AAPL", "portf…AAPL", "fb"]);
    }
}
