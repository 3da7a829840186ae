//! Lines, bands and points between two axes.

use anstyle::Style;

use super::super::chart::scale::{Scale, Tick};
use super::canvas::{Canvas, Cell, Row};
use super::{Screen, row, title};

/// What is drawn, from the bottom up.
pub enum Layer {
    /// The area between two values.
    Band { points: Vec<(f64, f64, f64)>, cell: Cell },
    /// A line through values.
    Line { points: Vec<(f64, f64)>, style: Style },
    /// A character at each value.
    Points { points: Vec<(f64, f64)>, cell: Cell },
}

/// A chart between two axes.
pub struct Plot {
    /// What it shows, with its legend.
    pub title: String,
    pub layers: Vec<Layer>,
    /// The ends of the horizontal axis.
    pub across: (f64, f64),
    /// The ends of the vertical one.
    pub up: (f64, f64),
    /// Texts below the horizontal axis; those that do not fit beside earlier ones are left out.
    pub below: Vec<(f64, String)>,
    /// Texts to the right of values; those on the row of an earlier one are left out.
    pub beside: Vec<(f64, String)>,
    /// A value with a level line.
    pub level: Option<f64>,
}

/// The width of the texts on the vertical axis at most.
const MAX_LABEL: usize = 12;
/// Minimum number of ticks of the vertical axis: from fewer no distance is read.
const MIN_TICKS: usize = 3;

impl Plot {
    /// Its rows: title, `height` rows of the chart, and the horizontal axis.
    pub fn rows(&self, screen: Screen, height: usize) -> Vec<Row> {
        let ticks = self.ticks(height);
        let of_tick = |text: &str| text.chars().count();
        let label = ticks.iter().map(|tick| of_tick(&tick.label)).max().unwrap_or(0).min(MAX_LABEL);
        let beside = self.beside.iter().map(|(_, text)| text.chars().count() + 1).max().unwrap_or(0);
        let width = screen.width.saturating_sub(label + 4 + beside).max(8);
        let mut canvas = Canvas::new(width, height, screen.unicode);
        self.draw(&mut canvas, screen);
        let mut rows = title(&self.title, screen);
        let places = |values: Vec<(f64, String)>| self.by_row(values, &canvas);
        let left = places(ticks.into_iter().map(|tick| (tick.value, tick.label)).collect());
        let right = places(self.beside.clone());
        for (line, cells) in canvas.cells.into_iter().enumerate() {
            let axis = if left[line].is_some() { screen.either('┤', '+') } else { screen.either('│', '|') };
            let mut one = row(&format!("  {:>label$} {axis}", left[line].as_deref().unwrap_or("")), Style::new());
            one.extend(cells);
            one.extend(row(&right[line].as_ref().map_or(String::new(), |text| format!(" {text}")), Style::new()));
            rows.push(one);
        }
        rows.extend(self.horizontal_axis(screen, label, width));
        rows
    }

    /// Ticks of the vertical axis: about one in three rows, and more where these are fewer than three.
    fn ticks(&self, height: usize) -> Vec<Tick> {
        let scale = Scale::new(self.up, (1.0, 0.0));
        let least = (height / 3).max(1);
        let fitting = (least..=2 * height).map(|count| scale.ticks(count)).find(|ticks| ticks.len() >= MIN_TICKS);
        fitting.unwrap_or_else(|| scale.ticks(least))
    }

    fn draw(&self, canvas: &mut Canvas, screen: Screen) {
        let (across, up) = (Scale::new(self.across, (0.0, 1.0)), Scale::new(self.up, (1.0, 0.0)));
        if let Some(level) = self.level {
            let rule = (screen.either('┈', '-'), Style::new().dimmed());
            canvas.fill(|_| Some((up.at(level), up.at(level))), rule);
        }
        let place = |(x, y): &(f64, f64)| (across.at(*x), up.at(*y));
        for layer in &self.layers {
            match layer {
                Layer::Band { points, cell } => {
                    let points: Vec<(f64, f64, f64)> =
                        points.iter().map(|(x, low, high)| (across.at(*x), up.at(*high), up.at(*low))).collect();
                    canvas.fill(|x| between(&points, x), *cell);
                }
                Layer::Line { points, style } => canvas.line(&points.iter().map(place).collect::<Vec<_>>(), *style),
                Layer::Points { points, cell } => points.iter().for_each(|point| canvas.mark(place(point), *cell)),
            }
        }
    }

    /// The texts of values, each at its row; the first of several on one row.
    fn by_row(&self, values: Vec<(f64, String)>, canvas: &Canvas) -> Vec<Option<String>> {
        let mut rows: Vec<Option<String>> = vec![None; canvas.height];
        let up = Scale::new(self.up, (1.0, 0.0));
        for (value, text) in values {
            rows[canvas.row_of(up.at(value))].get_or_insert(text);
        }
        rows
    }

    fn horizontal_axis(&self, screen: Screen, label: usize, width: usize) -> [Row; 2] {
        let across = Scale::new(self.across, (0.0, 1.0));
        let mut axis = vec![screen.either('─', '-'); width];
        let mut texts = vec![' '; width + label + 4];
        for (x, text) in &self.below {
            let column = (across.at(*x) * width as f64).clamp(0.0, width as f64 - 1.0) as usize;
            let length = text.chars().count();
            let start = (column + label + 4).saturating_sub(length / 2).min(texts.len().saturating_sub(length));
            let around = start.saturating_sub(1)..(start + length + 1).min(texts.len());
            if texts[around].iter().all(|character| *character == ' ') {
                texts.splice(start..start + length, text.chars());
                axis[column] = screen.either('┬', '+');
            }
        }
        let corner = screen.either('└', '+');
        let axis: String = axis.into_iter().collect();
        let texts: String = texts.into_iter().collect();
        [row(&format!("  {:label$} {corner}{axis}", ""), Style::new()), row(&texts, Style::new())]
    }
}

/// The ends of a band at a place between its points.
fn between(points: &[(f64, f64, f64)], x: f64) -> Option<(f64, f64)> {
    points.windows(2).find_map(|pair| {
        let [(from, top, bottom), (to, next_top, next_bottom)] = [pair[0], pair[1]];
        let share = (x - from) / (to - from);
        let mix = |one: f64, other: f64| one + share * (other - one);
        (from..=to).contains(&x).then(|| (mix(top, next_top), mix(bottom, next_bottom)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_three_ticks_or_more() {
        let screen = Screen { width: 40, unicode: true };
        for height in [6, 8, 10, 12] {
            for k in 1..400 {
                let up = (26.0 - 0.01 * f64::from(k), 26.0 + 0.037 * f64::from(k));
                let (title, layers, below) = (String::new(), Vec::new(), Vec::new());
                let plot = Plot { title, layers, across: (0.0, 1.0), up, below, beside: Vec::new(), level: None };
                let text = |row: &Row| row.iter().map(|(character, _)| *character).collect::<String>();
                let rows: Vec<String> = plot.rows(screen, height).iter().map(text).collect();
                let ticks = rows.iter().filter(|row| row.contains('┤')).count();
                assert!((3..=height).contains(&ticks), "{up:?}, {height}:\n{}", rows.join("\n"));
            }
        }
    }
}
