//! A network along its days, in strips of as many columns as fit. Days are below, the forecast is above or at the end.

use std::ops::Range;

use super::cells::{Around, ENTRY, OUTPUT, PASSED, Place, cell, words, words_at, words_beside};
use super::columns::{Column, Kind, Unrolled};
use super::geometry::{LEADING, Scale, WORDS, arrow, label, line};
use crate::model::DayFlow;
use crate::nn::CellKind;
use crate::report::chart::font::Font;
use crate::report::chart::readout;
use crate::report::chart::scene::{Anchor, Dashes, Hover, Ink, LINE, Label, Mark, Scene, Stroke, TEXT};

/// Maximum number of columns of a strip: if they fit one strip, and otherwise.
const COLUMNS: [usize; 2] = [5, 7];
/// Minimum width of a column that has room for its numbers.
const MIN_COLUMN: f64 = 142.0;
const MARGIN: f64 = 4.0;
/// The height of the head's box.
const HEAD: f64 = 26.0;

/// The layout of one strip, from top to bottom.
pub struct Layout<'a> {
    pub network: &'a Unrolled,
    pub scale: Scale,
    /// The columns of the strip.
    pub columns: Range<usize>,
    width: f64,
    /// The width of a column.
    pub column: f64,
    /// Lines of forecasts above the days ahead.
    above: usize,
    /// Lines of numbers below a layer.
    lines: usize,
    /// For each column of the network, the lines of values that are shown when it is pointed at.
    readouts: &'a [Vec<String>],
    /// The maximum number of lines of a column's values.
    readout_lines: usize,
}

/// Draws the strips for this width.
pub fn strips(network: &Unrolled, width: f64) -> Vec<Scene> {
    let count = network.columns.len();
    let fit = ((width - 2.0 * MARGIN) / MIN_COLUMN).floor().max(1.0) as usize;
    let max = if count <= COLUMNS[0] { COLUMNS[0] } else { COLUMNS[1] };
    // The strips have nearly the same length.
    let strips = count.div_ceil(fit.min(max)).max(1);
    let each = count.div_ceil(strips).max(1);
    let column = (width - 2.0 * MARGIN) / each as f64;
    let is_recurrent = network.cell.is_recurrent();
    let font = Font::new();
    let readouts: Vec<_> = (0..count).map(|column| readout(&font, network, column, width)).collect();
    let layout = |first: usize| Layout {
        network,
        scale: Scale::of(network.days()),
        columns: first..(first + each).min(count),
        width,
        column,
        above: lines_above(&network.columns[first..(first + each).min(count)]),
        lines: if is_recurrent { network.days().next().map_or(1, |day| words(network.cell, day).len()) } else { 0 },
        readouts: &readouts,
        readout_lines: readouts.iter().map(Vec::len).max().unwrap_or(1),
    };
    (0..count).step_by(each).map(|first| layout(first).scene()).collect()
}

/// Returns the maximum number of lines of forecasts above the days ahead among some columns.
fn lines_above(columns: &[Column]) -> usize {
    columns.iter().filter(|one| one.kind == Kind::Step).map(|one| one.above.len()).max().unwrap_or(0)
}

impl Layout<'_> {
    fn scene(&self) -> Scene {
        let marks = self.columns.clone().flat_map(|column| self.column(column)).collect();
        let readout = Label {
            x: MARGIN,
            y: 14.0,
            text: self.days_in_words(),
            anchor: Anchor::Start,
            ink: Ink::Muted,
            size: TEXT,
        };
        let height = self.dates() + LEADING * 3.0 + 4.0;
        let hovers = self.columns.clone().map(|column| self.hover(column, height)).collect();
        Scene { width: self.width, height, marks, hovers, readout }
    }

    /// Names the days of the strip.
    fn days_in_words(&self) -> String {
        let dates: Vec<_> = self.network.columns[self.columns.clone()].iter().filter_map(|one| one.date).collect();
        match dates[..] {
            [] => "the forecast".into(),
            [only] => only.to_string(),
            [first, .., last] => format!("{first} to {last}"),
        }
    }

    pub fn left(&self, column: usize) -> f64 {
        // Columns of other strips get places outside the picture.
        MARGIN + self.column * (column as f64 - self.columns.start as f64)
    }

    /// Returns the height of a layer.
    fn height(&self) -> f64 {
        let numbers = 18.0 + LEADING * self.lines as f64;
        34.0 + self.scale.room.total() + ENTRY + numbers + 14.0
    }

    fn top(&self) -> f64 {
        let forecasts = if self.above > 0 { HEAD + 22.0 + LEADING * self.above as f64 } else { 12.0 };
        8.0 + LINE * self.readout_lines as f64 + forecasts
    }

    /// Returns the place of a layer. The lowest layer is at the bottom.
    pub fn place(&self, column: usize, layer: usize) -> Place {
        let from_top = (self.network.layers() - 1 - layer) as f64;
        let lane = self.top() + self.height() * from_top + 6.0;
        let axis = lane + 28.0 + self.scale.room.above;
        let base = axis + self.scale.room.below + ENTRY;
        Place { x: self.left(column), width: self.column, lane, axis, base }
    }

    /// Returns the height of the first line of dates.
    pub fn dates(&self) -> f64 {
        self.top() + self.height() * self.network.layers() as f64 + 8.0
    }

    fn column(&self, column: usize) -> Vec<Mark> {
        let one = &self.network.columns[column];
        let mut marks = match one.kind {
            Kind::Forecast => self.forecast(column),
            Kind::Day | Kind::Step => self.layers(column),
        };
        marks.extend(self.titles(column));
        for (k, text) in one.below.iter().enumerate() {
            let ink = if k == 0 { Ink::Text } else { Ink::Muted };
            let at = (self.left(column) + 0.02 * self.column, self.dates() + 6.0 + LEADING * k as f64);
            marks.push(label(at, text, Anchor::Start, ink));
        }
        marks
    }

    pub fn is_recurrent(&self) -> bool {
        self.network.cell.is_recurrent()
    }

    fn layers(&self, column: usize) -> Vec<Mark> {
        let one = &self.network.columns[column];
        let mut marks = Vec::new();
        for (layer, day) in one.layers.iter().enumerate() {
            let place = self.place(column, layer);
            if !self.is_recurrent() {
                marks.extend(self.reads(column, layer));
            } else {
                marks.extend(self.enters(column, layer));
            }
            let Some(day) = day else { continue };
            marks.extend(cell(
                self.network.cell,
                self.network.activation,
                day,
                place,
                self.around(column, layer),
                &self.scale,
            ));
            marks.extend(self.numbers(column, layer, day));
            marks.extend(self.leaves(column, layer));
        }
        if one.kind == Kind::Step {
            marks.extend(self.step_forecast(column, one));
        }
        marks
    }

    /// Draws the numbers of a layer's output on a day.
    fn numbers(&self, column: usize, layer: usize, day: &DayFlow) -> Vec<Mark> {
        let place = self.place(column, layer);
        if self.is_recurrent() {
            return words_at(self.network.cell, day, place);
        }
        let mut terms = self.network.terms(column, layer);
        // The terms of a dense layer's days are drawn at the days themselves.
        terms.retain(|(name, _)| (self.network.cell, layer) != (CellKind::Dense, 0) || name == "b");
        words_beside(&terms, self.network.activation, day, place, &self.scale)
    }

    fn around(&self, column: usize, layer: usize) -> Around {
        let columns = &self.network.columns;
        let is_day = |column: usize| columns.get(column).is_some_and(|one| one.kind != Kind::Forecast);
        let is_top = layer + 1 == self.network.layers();
        let is_last = columns.get(column + 1).is_some_and(|one| one.kind == Kind::Forecast);
        let is_read = !is_top || is_last || columns[column].kind == Kind::Step;
        Around { has_before: column > 0, has_next: is_day(column + 1), is_read }
    }

    /// Draws the head after the last day, and its forecast.
    fn forecast(&self, column: usize) -> Vec<Mark> {
        let place = self.place(column, self.network.layers() - 1);
        let left = place.at(0.12);
        let mut marks = arrow(&[(place.x, place.lane), (left, place.lane)], PASSED);
        marks.extend(head((left, place.lane - HEAD / 2.0)));
        let first = place.lane + HEAD / 2.0 + 20.0;
        let texts = &self.network.columns[column].above;
        marks.extend(forecast_words(texts, (left, first)));
        marks
    }

    /// Draws the head above a day ahead, and its forecast.
    fn step_forecast(&self, column: usize, one: &Column) -> Vec<Mark> {
        let place = self.place(column, self.network.layers() - 1);
        let x = place.at(OUTPUT);
        let top = self.top() - 10.0 - HEAD;
        let mut marks = arrow(&[(x, place.lane), (x, top + HEAD)], PASSED);
        marks.extend(head((x - 38.0, top)));
        let first = top - 8.0 - LEADING * (one.above.len() as f64 - 1.0);
        marks.extend(forecast_words(&one.above, (place.at(0.02), first)));
        marks
    }

    /// Draws the name of each layer above its first day in a strip, and the names of encoder and decoder if there are
    /// both.
    fn titles(&self, column: usize) -> Vec<Mark> {
        let columns = &self.network.columns;
        let kind = columns[column].kind;
        let is_first = column == self.columns.start || columns[column - 1].kind != kind;
        if kind == Kind::Forecast || !is_first {
            return Vec::new();
        }
        let decodes = columns.iter().any(|one| one.kind == Kind::Step);
        let side = match (decodes, kind) {
            (false, _) => "",
            (_, Kind::Step) => "decoder",
            _ => "encoder",
        };
        let name = |layer: usize| match (self.network.layers(), side) {
            (1, side) => side.to_owned(),
            (_, "") => format!("layer {}", layer + 1),
            (_, side) => format!("{side} {}", layer + 1),
        };
        let mut marks: Vec<Mark> = (0..self.network.layers())
            .filter(|layer| !name(*layer).is_empty())
            .map(|layer| {
                let place = self.place(column, layer);
                label((place.at(0.36), place.lane - 4.0), name(layer), Anchor::Start, Ink::Text)
            })
            .collect();
        if kind == Kind::Step && column > self.columns.start {
            let dashes = Stroke { ink: Ink::Muted, width: 1.0, dashes: Dashes::Dashed };
            let x = self.left(column) - 1.5;
            marks.push(line(&[(x, self.top() - 6.0), (x, self.dates() + 2.0 * LEADING + 6.0)], dashes));
        }
        marks
    }

    /// Returns the area that shows the values of a day while it is pointed at.
    fn hover(&self, column: usize, height: f64) -> Hover {
        let lines = self.readouts[column].clone();
        let top = LINE * self.readout_lines as f64 + 6.0;
        Hover { x: self.left(column), y: top, width: self.column, height: height - top, lines }
    }
}

/// Returns the values of a column on lines that fit a width.
fn readout(font: &Font, network: &Unrolled, column: usize, width: f64) -> Vec<String> {
    readout::lines(font, readout::room(width), "  ", &values(network, column))
}

/// Returns the values of a day as text, or the forecast.
fn values(network: &Unrolled, column: usize) -> Vec<String> {
    let one = &network.columns[column];
    if one.kind == Kind::Forecast {
        return one.above.clone();
    }
    let mut items: Vec<String> = one.date.iter().map(ToString::to_string).collect();
    for (layer, day) in one.layers.iter().enumerate() {
        if one.layers.len() > 1 {
            items.push(format!("layer {}:", layer + 1));
        }
        let terms = network.terms(column, layer);
        items.extend(terms.iter().map(|(name, means)| format!("|{name}| {:.4}", means.size())));
        let Some(day) = day else { continue };
        items.extend(day.gates.iter().map(|(name, mean)| format!("{name} {mean:.4}")));
        let state = network.cell.has_cell_state().then_some(("|c|", day.after));
        let states = state.into_iter().chain([("|h|", day.hidden)]);
        items.extend(states.map(|(name, means)| format!("{name} {:.4}", means.size())));
    }
    items
}

/// Draws the box of the head, with its upper left corner at a place.
fn head((x, y): (f64, f64)) -> Vec<Mark> {
    let width = 50.0;
    let corners = [(x, y), (x + width, y), (x + width, y + HEAD), (x, y + HEAD), (x, y)];
    let edge = Stroke { ink: Ink::Text, width: 1.2, dashes: Dashes::Solid };
    vec![
        line(&corners, edge),
        label((x + width / 2.0, y + HEAD / 2.0 + WORDS / 3.0), "head", Anchor::Middle, Ink::Text),
    ]
}

fn forecast_words(texts: &[String], (x, y): (f64, f64)) -> Vec<Mark> {
    let text = |(k, text): (usize, &String)| label((x, y + LEADING * k as f64), text, Anchor::Start, Ink::Text);
    texts.iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SignedMeans, TermSource, Terms};
    use crate::report::chart::size::Size;

    const DAYS: usize = 4;

    fn means(size: f64) -> SignedMeans {
        SignedMeans { above: 0.6 * size, below: 0.4 * size }
    }

    /// Returns a day of a layer, with everything that the cell has.
    fn day(cell: CellKind, column: usize) -> DayFlow {
        let gates = cell.gates().iter().map(|gate| (gate.letter, 0.56)).collect();
        let days = match cell {
            CellKind::Dense => 0..DAYS,
            cell => (column + 1).saturating_sub(cell.taps())..column + 1,
        };
        let state = cell.is_recurrent().then_some((TermSource::State, means(0.4)));
        let of_days = days.map(|day| (TermSource::Day(day), means(0.33)));
        let sum = of_days.chain(state).chain([(TermSource::Bias, means(0.01))]);
        DayFlow {
            terms: cell.is_gated().then(|| Terms { kept: means(0.3), added: means(0.25) }),
            sum: if cell.is_gated() { Vec::new() } else { sum.collect() },
            gates,
            before: means(0.4),
            after: means(0.45),
            hidden: means(0.42),
        }
    }

    fn network(cell: CellKind, layers: usize) -> Unrolled {
        let writes = |column: usize| cell != CellKind::Dense || column + 1 == DAYS;
        let texts = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
        let of_day = |column: usize| Column {
            kind: Kind::Day,
            date: Some(jiff::civil::date(2013, 2, 25 + column as i8)),
            layers: vec![writes(column).then(|| day(cell, column)); layers],
            below: texts(["2013-02-26", "close 27.780", "30 inputs, |x| 0.71"]),
            above: Vec::new(),
        };
        let above = texts(["2013-03-04", "median 27.799", "90 % from 26.518"]);
        let head = Column { kind: Kind::Forecast, date: None, layers: Vec::new(), below: Vec::new(), above };
        Unrolled { cell, activation: "tanh", columns: (0..DAYS).map(of_day).chain([head]).collect() }
    }

    /// Returns the left, right, upper and lower ends of a text's letters.
    fn edges(font: &Font, label: &Label) -> [f64; 4] {
        let width = font.width(&label.text, label.size);
        let left = match label.anchor {
            Anchor::Start => label.x,
            Anchor::Middle => label.x - width / 2.0,
            Anchor::End => label.x - width,
        };
        [left, left + width, label.y - 0.7 * label.size, label.y]
    }

    #[test]
    fn no_text_lies_over_another() {
        let font = Font::new();
        for (cell, layers) in CellKind::ALL.into_iter().flat_map(|cell| [(cell, 1), (cell, 2)]) {
            for width in [Size::WIDE.width, Size::NARROW.width] {
                for scene in strips(&network(cell, layers), width) {
                    let labels = scene.marks.iter().filter_map(|mark| match mark {
                        Mark::Text(label) => Some((label.text.clone(), edges(&font, label))),
                        _ => None,
                    });
                    let labels: Vec<_> = labels.collect();
                    for (place, (text, one)) in labels.iter().enumerate() {
                        let over = labels[..place].iter().find(|(_, other)| {
                            one[0] < other[1] && other[0] < one[1] && one[2] < other[3] && other[2] < one[3]
                        });
                        assert_eq!(over, None, "{cell:?}, {layers} layers, {width}: {text} {one:?}");
                    }
                }
            }
        }
    }

    /// Every value of a day of a two-layer LSTM is shown, even in a narrow drawing.
    #[test]
    fn all_values_of_a_day_are_shown() {
        let (font, network) = (Font::new(), network(CellKind::Lstm, 2));
        for width in [Size::WIDE.width, Size::NARROW.width] {
            for (scene, hover) in
                strips(&network, width).iter().flat_map(|scene| scene.hovers.iter().map(move |h| (scene, h)))
            {
                assert!(hover.lines.iter().all(|line| scene.readout.x + font.width(line, TEXT) <= width), "{hover:?}");
                let last = scene.readout.y + LINE * (hover.lines.len() as f64 - 1.0);
                assert!(last < hover.y, "{last} {hover:?}");
            }
            let first = strips(&network, width)[0].hovers[0].lines.join(" ");
            assert_eq!(first.matches("|h| 0.4200").count(), 2, "{first}");
        }
    }
}
