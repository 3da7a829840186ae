//! Dots and characters in cells: braille if the screen has Unicode, otherwise ASCII.

use anstyle::Style;

use super::super::terminal::{Cell, Row};

/// A grid of characters.
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    pub unicode: bool,
    pub cells: Vec<Row>,
}

/// The bits of the dots of a braille character: by row from the top, then left and right.
const BRAILLE: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Canvas {
    /// Creates an empty canvas.
    pub fn new(width: usize, height: usize, unicode: bool) -> Canvas {
        Canvas { width, height, unicode, cells: vec![vec![(' ', Style::new()); width]; height] }
    }

    /// Returns the numbers of columns and rows of dots in a cell.
    fn dots(&self) -> (usize, usize) {
        if self.unicode { (2, 4) } else { (1, 3) }
    }

    /// Returns the row of a place from 0 (top) to 1.
    pub fn row_of(&self, y: f64) -> usize {
        dot(y, self.height * self.dots().1) / self.dots().1
    }

    /// Writes a character at a place, from 0 (left or top) to 1.
    pub fn mark(&mut self, (x, y): (f64, f64), cell: Cell) {
        let (column, row) = (dot(x, self.width * self.dots().0) / self.dots().0, self.row_of(y));
        self.cells[row][column] = cell;
    }

    /// Fills, in each column, the cells whose centres are between the two places that `ends` returns, at least one
    /// cell. Columns without ends are not filled.
    pub fn fill(&mut self, ends: impl Fn(f64) -> Option<(f64, f64)>, cell: Cell) {
        for column in 0..self.width {
            let Some((top, bottom)) = ends((column as f64 + 0.5) / self.width as f64) else { continue };
            let last = self.height as f64 - 1.0;
            let row = |share: f64| share * self.height as f64 - 0.5;
            let (first, end) = (row(top).ceil().clamp(0.0, last), row(bottom).floor().clamp(0.0, last));
            let middle = ((top + bottom) / 2.0 * self.height as f64).floor().clamp(0.0, last);
            for filled in first.min(middle) as usize..=end.max(middle) as usize {
                self.cells[filled][column] = cell;
            }
        }
    }

    /// Draws a line through places, from 0 (left or top) to 1.
    pub fn line(&mut self, places: &[(f64, f64)], style: Style) {
        let (across, down) = self.dots();
        let (columns, rows) = (self.width * across, self.height * down);
        let at = |(x, y): &(f64, f64)| (dot(*x, columns) as f64, dot(*y, rows) as f64);
        let mut set = vec![vec![0_u32; self.width]; self.height];
        let mut draw = |column: f64, row: f64| {
            let (column, row) = (column.round() as usize, row.round() as usize);
            set[row / down][column / across] |= BRAILLE[row % down][column % across];
        };
        if let [only] = places {
            let (column, row) = at(only);
            draw(column, row);
        }
        for pair in places.windows(2) {
            let (from, to) = (at(&pair[0]), at(&pair[1]));
            let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1.0);
            for step in 0..=steps as usize {
                let share = step as f64 / steps;
                draw(from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            }
        }
        for (cells, bits) in self.cells.iter_mut().zip(set) {
            for (cell, bits) in cells.iter_mut().zip(bits).filter(|(_, bits)| *bits != 0) {
                let before = braille_bits(cell.0).unwrap_or(0);
                let character = if self.unicode { char::from_u32(0x2800 + (before | bits)) } else { Some(ascii(bits)) };
                *cell = (character.unwrap_or(' '), style);
            }
        }
    }
}

/// Returns the number of the dot at a place from 0 to 1, among `count` dots.
fn dot(share: f64, count: usize) -> usize {
    (share * (count as f64 - 1.0)).round().clamp(0.0, count as f64 - 1.0) as usize
}

/// Returns the dots of a braille character; none for other characters.
fn braille_bits(character: char) -> Option<u32> {
    u32::from(character).checked_sub(0x2800).filter(|bits| *bits < 0x100)
}

/// Returns an ASCII character for three dots one above the other.
fn ascii(bits: u32) -> char {
    let [top, middle, bottom] = [0, 1, 2].map(|row: usize| bits & BRAILLE[row][0] != 0);
    match (top, middle, bottom) {
        (true, _, true) => '|',
        (true, _, false) => '\'',
        (false, _, true) => '.',
        _ => '-',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(canvas: &Canvas) -> Vec<String> {
        canvas.cells.iter().map(|row| row.iter().map(|(character, _)| *character).collect()).collect()
    }

    #[test]
    fn a_line_rises_in_dots() {
        let draw = |unicode| {
            let mut canvas = Canvas::new(4, 2, unicode);
            canvas.line(&[(0.0, 1.0), (1.0, 0.0)], Style::new());
            text(&canvas)
        };
        assert_eq!(draw(true), ["  ⡠⠊", "⡠⠊  "]);
        assert_eq!(draw(false), ["  .'", ".'  "]);
    }

    #[test]
    fn a_band_has_a_cell_in_each_column() {
        let mut canvas = Canvas::new(3, 4, true);
        canvas.fill(|x| (x > 0.3).then_some((0.4 * x, 0.7)), ('░', Style::new()));
        assert_eq!(text(&canvas), ["   ", " ░░", " ░░", "   "]);
        let mut thin = Canvas::new(2, 4, true);
        thin.fill(|_| Some((0.5, 0.5)), ('░', Style::new()));
        assert_eq!(text(&thin), ["  ", "  ", "░░", "  "]);
    }
}
