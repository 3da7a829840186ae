//! Values with intervals, in named rows.

use super::plot::{Heading, LegendKey, Plot, Side};
use super::scale::range;
use super::scene::{Dashes, Ink, LINE, Scene, Stroke};
use super::size::Size;
use super::{Chart, Table};

/// A kind of value, which rows have one dot of.
#[derive(Debug, Clone, PartialEq)]
pub struct Kind {
    pub name: String,
    pub ink: Ink,
    pub hollow: bool,
}

/// A value, and its interval if it has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dot {
    pub value: f64,
    pub interval: Option<(f64, f64)>,
}

/// A row: a value of each kind, where it has one, and the value that is expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub name: String,
    pub dots: Vec<Option<Dot>>,
    pub expected: Option<f64>,
}

/// The chart.
pub struct Dots {
    pub title: String,
    pub description: String,
    pub unit: String,
    pub kinds: Vec<Kind>,
    pub rows: Vec<Row>,
    /// The name of the expected value of a row.
    pub expected: Option<String>,
    /// Values that are marked by a line from top to bottom.
    pub lines_at: Vec<f64>,
    /// Formats a value.
    pub format: fn(f64) -> String,
    pub table: Table,
}

impl Dots {
    fn range(&self) -> (f64, f64) {
        let dots = self.rows.iter().flat_map(|row| row.dots.iter().flatten());
        let ends = dots.flat_map(|dot| {
            let (lower, upper) = dot.interval.unwrap_or((dot.value, dot.value));
            [lower, dot.value, upper]
        });
        range(ends.chain(self.rows.iter().filter_map(|row| row.expected)).chain(self.lines_at.iter().copied()))
    }

    fn legend(&self) -> Vec<(LegendKey, String)> {
        let kind = |kind: &Kind| (LegendKey::Dot { ink: kind.ink, hollow: kind.hollow }, kind.name.clone());
        let expected = self.expected.clone().map(|name| (LegendKey::Line(EXPECTED), name));
        self.kinds.iter().map(kind).chain(expected).collect()
    }

    /// Returns the values of a row as text.
    fn values(&self, row: &Row) -> Vec<String> {
        let of_kind = |(kind, dot): (&Kind, &Option<Dot>)| {
            let Dot { value, interval } = (*dot)?;
            let interval =
                interval.map(|(lower, upper)| format!(" (from {} to {})", (self.format)(lower), (self.format)(upper)));
            Some(format!("{} {}{}", kind.name, (self.format)(value), interval.unwrap_or_default()))
        };
        let mut parts: Vec<String> = self.kinds.iter().zip(&row.dots).filter_map(of_kind).collect();
        if let Some(first) = parts.first_mut() {
            *first = format!("{}: {first}", row.name);
        }
        parts
    }

    fn draw_row(&self, plot: &mut Plot, place: usize, row: &Row) {
        let middle = place as f64;
        if let Some(expected) = row.expected {
            plot.line([(expected, Some(middle - 0.38)), (expected, Some(middle + 0.38))].into_iter(), EXPECTED);
        }
        let offset = 0.56 / self.kinds.len().max(1) as f64;
        for (k, (kind, dot)) in self.kinds.iter().zip(&row.dots).enumerate() {
            let Some(Dot { value, interval }) = dot else { continue };
            let y = middle + (k as f64 - (self.kinds.len() as f64 - 1.0) / 2.0) * offset;
            if let Some((lower, upper)) = interval {
                let stroke = Stroke { ink: kind.ink, width: 2.0, dashes: Dashes::Solid };
                plot.line([(*lower, Some(y)), (*upper, Some(y))].into_iter(), stroke);
            }
            plot.dot((*value, y), 4.5, kind.ink, kind.hollow);
        }
    }
}

const EXPECTED: Stroke = Stroke { ink: Ink::Orange, width: 2.5, dashes: Dashes::Solid };

impl Chart for Dots {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn description(&self) -> String {
        let rows: Vec<String> = self.rows.iter().map(|row| self.values(row).join(", ")).collect();
        format!("{} {}.", self.description, rows.join("; "))
    }

    fn draw(&self, size: Size, with_title: bool) -> Scene {
        let size = size.with_room_for(self.rows.iter().map(|row| self.values(row)));
        let title = with_title.then_some(self.title.as_str());
        let heading = Heading { title, legend: self.legend(), unit: &self.unit, ends: Vec::new() };
        let each = 15.0 * self.kinds.len() as f64 + 16.0;
        let above = 80.0 + LINE * size.readout_lines as f64;
        let size = Size { height: above + each * self.rows.len() as f64, ..size };
        let names = self.rows.iter().map(|row| row.name.clone()).collect();
        let mut plot = Plot::new(size, &heading, self.range(), &Side::Rows(names));
        let ticks = plot.x.ticks(plot.tick_count(30.0).clamp(3, 8));
        plot.ticks(&ticks, true);
        for value in &self.lines_at {
            plot.upright(*value, Stroke { ink: Ink::Muted, width: 1.6, dashes: Dashes::Solid });
        }
        for (place, row) in self.rows.iter().enumerate() {
            self.draw_row(&mut plot, place, row);
            plot.row_hover(place, self.values(row));
        }
        plot.scene
    }

    fn table(&self) -> Table {
        self.table.clone()
    }
}
