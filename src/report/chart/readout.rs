//! The values at the pointer, on lines that fit a chart.

use super::font::Font;
use super::scene::{LINE, TEXT};
use super::size::{MARGIN, Size};

/// Joins parts into lines of at most `room`, as many parts on a line as fit, separated by `between`. A part that is
/// wider than a line is broken between words.
pub fn lines(font: &Font, room: f64, between: &str, parts: &[String]) -> Vec<String> {
    let fits = |line: &str| font.width(line, TEXT) <= room;
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut().map(|line| (format!("{line}{between}{part}"), line)) {
            Some((joined, line)) if fits(&joined) => *line = joined,
            _ if fits(part) => lines.push(part.clone()),
            _ => broken(&mut lines, part, fits),
        }
    }
    lines
}

/// Adds the words of a part on lines of their own.
fn broken(lines: &mut Vec<String>, part: &str, fits: impl Fn(&str) -> bool) {
    let mut line = String::new();
    for word in part.split(' ') {
        let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || fits(&joined) {
            line = joined;
        } else {
            lines.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    lines.push(line);
}

/// Returns the width available for values in a chart of this width.
pub fn room(width: f64) -> f64 {
    width - 2.0 * MARGIN
}

impl Size {
    /// Returns the size with room for the values of every place. The lines that the longest values need are added to
    /// the height, so the plot keeps its own.
    pub fn with_room_for(self, values: impl Iterator<Item = Vec<String>>) -> Size {
        let font = Font::new();
        let needed = values.map(|parts| lines(&font, room(self.width), ", ", &parts).len());
        let readout_lines = needed.fold(self.readout_lines, usize::max);
        let added = LINE * (readout_lines - self.readout_lines) as f64;
        Size { height: self.height + added, readout_lines, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn nothing_is_wider_than_its_line_and_nothing_is_left_out() {
        let font = Font::new();
        let of_day = parts(&["2013-03-01", "return +1.23 %", "50 % interval -1.75 % to +1.88 %", "a b c d e f g h"]);
        for width in [60.0, 120.0, 200.0, 388.0, 900.0] {
            let lines = lines(&font, width, ", ", &of_day);
            assert!(lines.iter().all(|line| !line.contains(' ') || font.width(line, TEXT) <= width), "{lines:?}");
            let words = |text: &str| text.replace(',', "").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&lines.join(" ")), words(&of_day.join(" ")));
        }
        assert_eq!(lines(&font, 900.0, ", ", &of_day).len(), 1);
    }

    #[test]
    fn a_chart_is_higher_by_the_lines_of_its_longest_values() {
        let long = vec!["x".repeat(40); 4];
        let size = Size::NARROW.with_room_for([parts(&["short"]), long].into_iter());
        assert_eq!(size.readout_lines, 4);
        assert_eq!(size.height, Size::NARROW.height + 2.0 * LINE);
        assert_eq!(Size::NARROW.with_room_for([parts(&["short"])].into_iter()), Size::NARROW);
    }
}
