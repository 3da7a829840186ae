//! Lines, bands and points between two axes.

use anstyle::Style;

use unicode_width::UnicodeWidthStr;

use super::super::chart::scale::{Scale, Tick, round_tick};
use super::super::screen::Screen;
use super::super::terminal::{Cell, Row};
use super::canvas::Canvas;
use super::{row, title};

/// A layer of a chart; later ones are drawn over earlier ones.
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
    /// The title, with the legend.
    pub title: String,
    pub layers: Vec<Layer>,
    /// The ends of the horizontal axis.
    pub across: (f64, f64),
    /// The values that the vertical axis must include.
    pub up: (f64, f64),
    /// Texts below the horizontal axis; those that do not fit beside earlier ones are left out.
    pub below: Vec<(f64, String)>,
    /// Texts to the right of values; those without a free row are left out.
    pub beside: Vec<(f64, String)>,
    /// A value that is marked by a horizontal line.
    pub level: Option<f64>,
}

/// Maximum width of the labels of the vertical axis.
const MAX_LABEL: usize = 12;

/// A vertical axis: its ends, and its ticks. Each tick is in the middle of a row, and ticks are the same number of rows
/// apart.
struct Vertical {
    ends: (f64, f64),
    ticks: Vec<Tick>,
}

impl Vertical {
    /// Chooses an axis of `height` rows that includes `low` and `high`: the one with the smallest difference per row.
    /// If there are enough rows, it has at least three ticks, because fewer would not show a distance.
    fn new((low, high): (f64, f64), height: usize) -> Vertical {
        const MAX_ROWS: usize = 3;
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, high + 0.5) };
        let power = ((high - low) / height as f64).log10().floor() as i32;
        let steps =
            (power..=power + 2).flat_map(|power| [1.0, 2.0, 2.5, 4.0, 5.0].map(|times| times * 10.0_f64.powi(power)));
        let rows = 1..=(height / MIN_TICKS).clamp(1, MAX_ROWS);
        let all = steps.flat_map(|step| rows.clone().map(move |rows| (step, rows)));
        // The first row, counted from zero, and the number of rows that are needed.
        let first = |row: f64| (low / row + 0.5).floor();
        let needed = |row: f64| (high / row + 0.5).ceil() - first(row);
        let fitting = all.filter(|(step, rows)| needed(step / *rows as f64) <= height as f64);
        // If rows have the same height, fewer ticks are better.
        let finest = fitting.min_by(|(step, rows), (other, others)| {
            let heights = (step / *rows as f64, other / *others as f64);
            heights.0.total_cmp(&heights.1).then(others.cmp(rows))
        });
        let Some((step, rows)) = finest else { return Vertical { ends: (low, high), ticks: Vec::new() } };
        let row = step / rows as f64;
        // Empty rows are divided between top and bottom.
        let first = first(row) - ((height as f64 - needed(row)) / 2.0).floor();
        let has_tick = |row: &f64| row.rem_euclid(rows as f64) == 0.0;
        let tick = |row: f64| round_tick((row / rows as f64).round(), step);
        Vertical {
            ends: ((first - 0.5) * row, (first + height as f64 - 0.5) * row),
            ticks: (0..height).map(|k| first + k as f64).filter(has_tick).map(tick).collect(),
        }
    }
}

/// Minimum number of ticks of the vertical axis.
const MIN_TICKS: usize = 3;

impl Plot {
    /// Returns the title, `height` rows of the chart, and the horizontal axis.
    pub fn rows(&self, screen: Screen, height: usize) -> Vec<Row> {
        let Vertical { ends, ticks } = Vertical::new(self.up, height);
        let of_tick = |text: &str| text.width();
        let label = ticks.iter().map(|tick| of_tick(&tick.label)).max().unwrap_or(0).min(MAX_LABEL);
        let beside = self.beside.iter().map(|(_, text)| text.width() + 1).max().unwrap_or(0);
        let width = screen.width.saturating_sub(label + 4 + beside).max(8);
        let mut canvas = Canvas::new(width, height, screen.unicode);
        let up = Scale::new(ends, (1.0, 0.0));
        self.draw(&mut canvas, &up, screen);
        let mut rows = title(&self.title, screen);
        let places = |values: Vec<(f64, String)>| by_row(values, &up, &canvas);
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

    fn draw(&self, canvas: &mut Canvas, up: &Scale, screen: Screen) {
        let across = Scale::new(self.across, (0.0, 1.0));
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

/// Assigns texts to the rows of their values. If a row is taken, the text moves one row up or down, away from the other
/// value, if that row is free.
fn by_row(values: Vec<(f64, String)>, up: &Scale, canvas: &Canvas) -> Vec<Option<String>> {
    let mut rows: Vec<Option<(f64, String)>> = vec![None; canvas.height];
    for (value, text) in values {
        let own = canvas.row_of(up.at(value));
        let free = match &rows[own] {
            None => Some(own),
            Some((other, _)) if value > *other => own.checked_sub(1),
            Some(_) => Some(own + 1),
        };
        if let Some(place) = free.and_then(|row| rows.get_mut(row)).filter(|row| row.is_none()) {
            *place = Some((value, text));
        }
    }
    rows.into_iter().map(|row| row.map(|(_, text)| text)).collect()
}

/// Returns the ends of a band at a place between its points.
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

    /// At every height and range, ticks are the same number of rows and equal steps apart, and every value is within
    /// the axis.
    #[test]
    fn ticks_are_at_equal_steps_on_rows_of_their_own() {
        for height in [4, 6, 8, 10, 12] {
            for k in 1..2000 {
                let wide = 1.013_f64.powi(k - 1000);
                for low in [-0.3 * wide, 26.0, 1e4 * wide, -5.0 * wide, 0.0] {
                    let up = (low, low + wide.max(low.abs() * 1e-6));
                    let Vertical { ends, ticks } = Vertical::new(up, height);
                    assert!(ends.0 <= up.0 && up.1 <= ends.1, "{up:?} {ends:?}");
                    assert!((3..=height).contains(&ticks.len()), "{up:?}, {height}: {}", ticks.len());
                    let row = (ends.1 - ends.0) / height as f64;
                    // The values take up more than 30 % of the axis.
                    assert!(up.1 - up.0 > 0.3 * (ends.1 - ends.0), "{up:?} {ends:?}");
                    let rows: Vec<f64> = ticks.iter().map(|tick| (tick.value - ends.0) / row).collect();
                    let is_middle = |row: &f64| (row.fract() - 0.5).abs() < 1e-3;
                    assert!(rows.iter().all(is_middle), "{up:?} {rows:?}");
                    let distances: Vec<i64> = rows.windows(2).map(|pair| (pair[1] - pair[0]).round() as i64).collect();
                    assert!(distances.iter().all(|distance| *distance == distances[0]), "{up:?} {rows:?}");
                    let labels: std::collections::BTreeSet<&str> = ticks.iter().map(|tick| &*tick.label).collect();
                    assert_eq!(labels.len(), ticks.len(), "{up:?} {labels:?}");
                }
            }
        }
    }

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
