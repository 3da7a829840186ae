//! The lines between layers: inputs that enter a layer, and hidden states that leave it.

use super::cells::{INPUT, OUTPUT, PASSED, WRITTEN, day_of_sum, foot};
use super::columns::Kind;
use super::geometry::{arrow, label, line};
use super::strip::Layout;
use crate::model::SignedMeans;
use crate::nn::CellKind;
use crate::report::chart::scene::{Anchor, Dashes, Ink, Mark, Stroke};

const FLOW: Stroke = Stroke { ink: Ink::Muted, width: 1.2, dashes: Dashes::Solid };

impl Layout<'_> {
    /// Draws what enters a recurrent layer: the inputs of the day, or the hidden state of the layer below.
    pub fn enters(&self, column: usize, layer: usize) -> Vec<Mark> {
        let place = self.place(column, layer);
        let (x, base) = (place.at(INPUT), place.base);
        let Some(below) = layer.checked_sub(1).map(|below| self.place(column, below)) else {
            let mut marks = arrow(&[(x, base + 14.0), (x, base)], FLOW);
            marks.push(label((x + 7.0, base + 13.0), "x", Anchor::Start, Ink::Text));
            return marks;
        };
        let side = place.at(0.965);
        let up = below.at(OUTPUT);
        arrow(
            &[
                (up, below.lane),
                (up, below.lane - 8.0),
                (side, below.lane - 8.0),
                (side, base + 8.0),
                (x, base + 8.0),
                (x, base),
            ],
            PASSED,
        )
    }

    /// Draws the line from the top layer's hidden state to the head.
    pub fn leaves(&self, column: usize, layer: usize) -> Vec<Mark> {
        let place = self.place(column, layer);
        let is_top = layer + 1 == self.network.layers();
        let columns = &self.network.columns;
        let is_last = columns.get(column + 1).is_some_and(|one| one.kind == Kind::Forecast);
        let x = place.at(if self.is_recurrent() { OUTPUT } else { WRITTEN });
        if !is_top || columns[column].kind == Kind::Step {
            return Vec::new();
        }
        if !self.is_recurrent() {
            // The head reads every day of a convolution.
            let is_first = column == 0 || columns[column].layers[layer].is_none();
            let start = if is_first || columns[column - 1].layers[layer].is_none() { x } else { place.x };
            return vec![
                line(&[(x, self.top_of_block(column, layer)), (x, place.lane)], PASSED),
                line(&[(start, place.lane), (place.at(1.0), place.lane)], PASSED),
            ];
        }
        if is_last { vec![line(&[(x, place.lane), (place.at(1.0), place.lane)], PASSED)] } else { Vec::new() }
    }

    /// Returns the upper end of the output of a layer without memory.
    fn top_of_block(&self, column: usize, layer: usize) -> f64 {
        let written = self.network.columns[column].layers[layer].as_ref();
        let above = written.map_or(0.0, |day| self.scale.thickness(day.hidden).above);
        self.place(column, layer).axis - above
    }

    /// Draws what a layer without memory reads for a day: days of the window, or of the layer below.
    pub fn reads(&self, column: usize, layer: usize) -> Vec<Mark> {
        let place = self.place(column, layer);
        let from = |source: usize| match layer.checked_sub(1) {
            None => (self.left(source) + WRITTEN * self.column, self.dates() - 8.0),
            Some(below) => (self.place(source, below).at(WRITTEN), self.top_of_block(source, below)),
        };
        let foot = (place.at(WRITTEN), foot(place, &self.scale));
        let writes = self.network.columns[column].layers[layer].is_some();
        if self.network.cell == CellKind::Dense && layer == 0 {
            return self.collects(column, from(column), foot, writes);
        }
        if !writes {
            return Vec::new();
        }
        let sources = self.network.read_by(layer, column).filter(|source| self.columns.contains(source));
        let mut marks: Vec<Mark> = sources
            .flat_map(|source| arrow(&[from(source), foot], if source == column { PASSED } else { FLOW }))
            .collect();
        marks.retain(|mark| !matches!(mark, Mark::Line { points, .. } if points.len() < 2));
        marks
    }

    /// Draws how all days of the window go into one dense layer.
    fn collects(&self, column: usize, from: (f64, f64), foot: (f64, f64), writes: bool) -> Vec<Mark> {
        let along = foot.1 + 18.0;
        let left = if column == 0 { from.0 } else { self.left(column) };
        let right = if writes { foot.0 } else { self.left(column) + self.column };
        let part = self.network.terms(column, 0).into_iter().find(|(name, _)| name == "x W");
        let part = part.map_or(SignedMeans::default(), |(_, means)| means);
        let mut marks = day_of_sum(part, (self.left(column), self.column), (from.1, along), &self.scale);
        marks.push(line(&[(left, along), (right, along)], FLOW));
        if writes {
            marks.extend(arrow(&[(foot.0, along), foot], PASSED));
        }
        marks
    }
}
