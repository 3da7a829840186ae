//! The frame of a chart: axes, grid, legend, and the places of values.

use super::font::Font;
use super::readout;
use super::scale::{Scale, Tick};
use super::scene::{Anchor, Dashes, Hover, Ink, LINE, Label, Mark, Point, Scene, Stroke, TEXT};
use super::size::{MARGIN, Size};

/// The mark of an entry in a legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LegendKey {
    Line(Stroke),
    Box(Ink),
    Dot { ink: Ink, hollow: bool },
}

/// The text above the plot, and the values beside it.
#[derive(Debug, Clone, Default)]
pub struct Heading<'a> {
    /// The title, on a line of its own; none in a page, which has a heading.
    pub title: Option<&'a str>,
    /// Marks and their names.
    pub legend: Vec<(LegendKey, String)>,
    /// The unit of the vertical axis.
    pub unit: &'a str,
    /// Values written to the right of the plot, at their height.
    pub ends: Vec<End>,
}

/// A value to the right of the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    pub value: f64,
    pub text: String,
    pub ink: Ink,
}

/// The vertical axis, or named rows instead of one.
#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// From the lowest to the highest value.
    Values((f64, f64)),
    /// A logarithmic scale between two numbers above zero.
    Ratios((f64, f64)),
    /// Names of rows, from the top.
    Rows(Vec<String>),
}

/// A chart that is being drawn.
pub struct Plot {
    pub scene: Scene,
    pub x: Scale,
    pub y: Scale,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    size: Size,
    font: Font,
    /// The left and right ends of the labels on the horizontal axis so far.
    labelled: Vec<(f64, f64)>,
}

const TITLE: f64 = 16.0;
const SWATCH: f64 = 22.0;

/// Cuts a text of a size to a width.
fn cut(font: &Font, text: &str, (size, width): (f64, f64)) -> String {
    let mut cut: String = text.to_owned();
    while font.width(&cut, size) > width + 1.0 && cut.chars().count() > 2 {
        cut.pop();
        cut.pop();
        cut.push('…');
    }
    cut
}

/// Cuts a title to a width. Of `NAME: what it is`, the name is cut.
fn cut_title(font: &Font, title: &str, width: f64) -> String {
    let (name, what) = title.rfind(": ").map_or((title, ""), |colon| title.split_at(colon));
    cut(font, name, (TITLE, width - font.width(what, TITLE))) + what
}

impl Plot {
    /// Creates an empty frame. Horizontal values lie within `x`.
    pub fn new(size: Size, heading: &Heading<'_>, x: (f64, f64), side: &Side) -> Plot {
        let font = Font::new();
        let mut marks = Vec::new();
        let mut y = 0.0;
        if let Some(title) = heading.title {
            y += 24.0;
            let title = cut_title(&font, title, size.width - 2.0 * MARGIN);
            marks.push(text((MARGIN, y - 6.0), &title, (Anchor::Start, Ink::Text, TITLE)));
        }
        y = legend(&mut marks, &font, &heading.legend, (size.width, y));
        let readout = Label {
            x: MARGIN,
            y: y + 14.0,
            text: heading.unit.to_owned(),
            anchor: Anchor::Start,
            ink: Ink::Muted,
            size: TEXT,
        };
        let (top, bottom) = (y + LINE * size.readout_lines as f64 + 10.0, size.height - 26.0);
        let width = |label: &str| font.width(label, TEXT);
        let y = match side {
            Side::Values(range) => Scale::new(*range, (bottom, top)),
            Side::Ratios(range) => Scale::of_ratios(*range, (bottom, top)),
            Side::Rows(names) => Scale::new((-0.5, names.len() as f64 - 0.5), (top, bottom)),
        };
        let widest = match side {
            Side::Rows(names) => names.iter().map(|name| width(name)).fold(18.0, f64::max).min(0.45 * size.width),
            _ => y.ticks(TICKS).iter().map(|tick| width(&tick.label)).fold(18.0, f64::max),
        };
        let left = widest + MARGIN + 8.0;
        let ends = heading.ends.iter().map(|end| width(&end.text) + 6.0).fold(8.0, f64::max);
        let right = size.width - MARGIN - ends;
        let first = if matches!(side, Side::Rows(_)) { left + 8.0 } else { left };
        let x = Scale::new(x, (first, right));
        let scene = Scene { width: size.width, height: size.height, marks, hovers: Vec::new(), readout };
        let mut plot = Plot { scene, x, y, left, right, top, bottom, size, font, labelled: Vec::new() };
        plot.side(side);
        plot.ends(&heading.ends);
        plot
    }

    /// Writes values to the right of the plot, from the top. Values that would touch are moved apart.
    fn ends(&mut self, ends: &[End]) {
        let mut ends: Vec<&End> = ends.iter().collect();
        ends.sort_by(|one, other| other.value.total_cmp(&one.value));
        let places = apart(ends.iter().map(|end| self.y.at(end.value)).collect(), LINE - 2.0, self.bottom);
        for (End { text: value, ink, .. }, y) in ends.into_iter().zip(places) {
            self.scene.marks.push(text((self.right + 6.0, y + 4.5), value, (Anchor::Start, *ink, TEXT)));
        }
    }

    fn side(&mut self, side: &Side) {
        match side {
            Side::Values(_) | Side::Ratios(_) => {
                for Tick { value, label } in self.y.ticks(TICKS) {
                    self.across(value, Ink::Rule, 1.0);
                    let at = (self.left - 8.0, self.y.at(value) + 4.5);
                    self.scene.marks.push(text(at, &label, (Anchor::End, Ink::Muted, TEXT)));
                }
            }
            Side::Rows(names) => {
                for (row, name) in names.iter().enumerate() {
                    self.across(row as f64, Ink::Rule, 1.0);
                    let name = cut(&self.font, name, (TEXT, self.left - MARGIN - 8.0));
                    let at = (self.left - 8.0, self.y.at(row as f64) + 4.5);
                    self.scene.marks.push(text(at, &name, (Anchor::End, Ink::Text, TEXT)));
                }
            }
        }
    }

    /// Returns how many ticks fit on the horizontal axis.
    pub fn tick_count(&self, label_width: f64) -> usize {
        ((self.right - self.left) / (label_width + 22.0)) as usize
    }

    /// Draws ticks of the horizontal axis. A label that would touch an earlier one is left out.
    pub fn ticks(&mut self, ticks: &[Tick], with_grid: bool) {
        for Tick { value, label } in ticks {
            let x = self.x.at(*value);
            if x < self.left - 0.5 || x > self.right + 0.5 {
                continue;
            }
            let (from, to) = if with_grid { (self.top, self.bottom) } else { (self.bottom, self.bottom + 5.0) };
            self.rule((x, from), (x, to));
            let half = self.font.width(label, TEXT) / 2.0;
            let x = x.clamp(half.min(self.size.width / 2.0), (self.size.width - half).max(self.size.width / 2.0));
            if self.labelled.iter().any(|(from, to)| x - half < to + 8.0 && x + half > from - 8.0) {
                continue;
            }
            self.labelled.push((x - half, x + half));
            self.scene.marks.push(text((x, self.bottom + 19.0), label, (Anchor::Middle, Ink::Muted, TEXT)));
        }
    }

    fn rule(&mut self, from: (f64, f64), to: (f64, f64)) {
        let stroke = Stroke { ink: Ink::Rule, width: 1.0, dashes: Dashes::Solid };
        self.scene.marks.push(Mark::Line { points: vec![Some(from), Some(to)], stroke });
    }

    /// Draws a horizontal line across the plot at a value.
    pub fn across(&mut self, value: f64, ink: Ink, width: f64) {
        let y = self.y.at(value);
        let points = vec![Some((self.left, y)), Some((self.right, y))];
        self.scene.marks.push(Mark::Line { points, stroke: Stroke { ink, width, dashes: Dashes::Solid } });
    }

    /// Draws a line from top to bottom at a value.
    pub fn upright(&mut self, value: f64, stroke: Stroke) {
        let x = self.x.at(value);
        self.scene.marks.push(Mark::Line { points: vec![Some((x, self.top)), Some((x, self.bottom))], stroke });
    }

    /// Draws a line through values, interrupted where one is missing.
    pub fn line(&mut self, values: impl Iterator<Item = (f64, Option<f64>)>, stroke: Stroke) {
        let place = |(x, y): (f64, Option<f64>)| -> Point { Some((self.x.at(x), self.y.at(y?))) };
        let points: Vec<Point> = values.map(place).collect();
        self.scene.marks.push(Mark::Line { points, stroke });
    }

    /// Fills the area between two values at each place.
    pub fn band(&mut self, values: impl Iterator<Item = (f64, f64, f64)> + Clone, ink: Ink) {
        let (x, y) = (self.x, self.y);
        let upper = values.clone().map(|(at, _, upper)| (x.at(at), y.at(upper)));
        let mut points: Vec<(f64, f64)> = upper.collect();
        let lower: Vec<(f64, f64)> = values.map(|(at, lower, _)| (x.at(at), y.at(lower))).collect();
        points.extend(lower.into_iter().rev());
        self.scene.marks.push(Mark::Area { points, ink });
    }

    /// Draws a dot.
    pub fn dot(&mut self, (x, y): (f64, f64), radius: f64, ink: Ink, hollow: bool) {
        self.scene.marks.push(Mark::Dot { x: self.x.at(x), y: self.y.at(y), radius, ink, hollow });
    }

    /// Draws a bar from zero to a value, between two places.
    pub fn bar(&mut self, (from, to): (f64, f64), value: f64, ink: Ink) {
        let (x, top, bottom) = (self.x.at(from), self.y.at(value), self.y.at(0.0));
        let (y, height) = (top.min(bottom), (bottom - top).abs());
        self.scene.marks.push(Mark::Bar { x, y, width: self.x.at(to) - x, height, ink });
    }

    /// Adds areas of the plot's full height that show the values `parts` of a place when pointed at. If places are too
    /// close together, only every few have an area.
    pub fn hovers(&mut self, places: &[f64], parts: impl Fn(usize) -> Vec<String>) {
        let [first, .., last] = places else {
            if let [_] = places {
                self.hover((self.left, self.right), parts(0));
            }
            return;
        };
        let distance = (self.x.at(*last) - self.x.at(*first)) / (places.len() - 1) as f64;
        let every = (self.size.min_hover / distance).ceil().max(1.0) as usize;
        let half = distance * every as f64 / 2.0;
        for k in (0..places.len()).rev().step_by(every).collect::<Vec<_>>().into_iter().rev() {
            let x = self.x.at(places[k]);
            self.hover(((x - half).max(self.left), (x + half).min(self.right)), parts(k));
        }
    }

    fn hover(&mut self, (from, to): (f64, f64), parts: Vec<String>) {
        let (y, height) = (self.top, self.bottom - self.top);
        let lines = self.fitted(&parts);
        self.scene.hovers.push(Hover { x: from, y, width: to - from, height, lines });
    }

    /// Adds the area that shows the values of a named row.
    pub fn row_hover(&mut self, row: usize, parts: Vec<String>) {
        let (y, next) = (self.y.at(row as f64 - 0.5), self.y.at(row as f64 + 0.5));
        let lines = self.fitted(&parts);
        self.scene.hovers.push(Hover { x: 0.0, y, width: self.size.width, height: next - y, lines });
    }

    /// Joins the parts of a readout into lines that fit.
    fn fitted(&self, parts: &[String]) -> Vec<String> {
        readout::lines(&self.font, readout::room(self.size.width), ", ", parts)
    }
}

/// Moves places, sorted from the top, so that neighbours are `distance` apart and the last is not below `bottom`.
fn apart(mut places: Vec<f64>, distance: f64, bottom: f64) -> Vec<f64> {
    for k in 1..places.len() {
        places[k] = places[k].max(places[k - 1] + distance);
    }
    let mut limit = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(limit);
        limit = *place - distance;
    }
    places
}

/// Approximate number of ticks of the vertical axis.
const TICKS: usize = 5;

fn text((x, y): (f64, f64), text: &str, (anchor, ink, size): (Anchor, Ink, f64)) -> Mark {
    Mark::Text(Label { x, y, text: text.to_owned(), anchor, ink, size })
}

/// Draws the entries side by side below `y`, in as many rows as they need. Returns the place below them.
fn legend(marks: &mut Vec<Mark>, font: &Font, entries: &[(LegendKey, String)], (width, mut y): (f64, f64)) -> f64 {
    if entries.is_empty() {
        return y + 2.0;
    }
    let mut x = MARGIN;
    y += 16.0;
    for (key, name) in entries {
        let wide = SWATCH + 6.0 + font.width(name, TEXT) + 16.0;
        if x > MARGIN && x + wide > width {
            (x, y) = (MARGIN, y + LINE + 2.0);
        }
        let middle = y - 4.5;
        marks.push(match key {
            LegendKey::Line(stroke) => {
                Mark::Line { points: vec![Some((x, middle)), Some((x + SWATCH, middle))], stroke: *stroke }
            }
            LegendKey::Box(ink) => Mark::Bar { x, y: middle - 5.0, width: SWATCH, height: 10.0, ink: *ink },
            LegendKey::Dot { ink, hollow } => {
                Mark::Dot { x: x + SWATCH / 2.0, y: middle, radius: 4.5, ink: *ink, hollow: *hollow }
            }
        });
        marks.push(text((x + SWATCH + 6.0, y), name, (Anchor::Start, Ink::Text, TEXT)));
        x += wide;
    }
    y + 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(size: Size, places: usize) -> Plot {
        let legend = vec![(LegendKey::Box(Ink::Band), "a name of some length".to_owned()); 6];
        let heading = Heading { title: None, legend, unit: "price", ends: Vec::new() };
        let values = |place: usize| vec![format!("place {place}"), "a long part of the values, ".repeat(5)];
        // The text of the last place is the longest.
        let size = size.with_room_for([0, places - 1].into_iter().map(values));
        let mut plot = Plot::new(size, &heading, (0.0, places as f64 - 1.0), &Side::Values((0.0, 1.0)));
        let all: Vec<f64> = (0..places).map(|place| place as f64).collect();
        plot.hovers(&all, values);
        plot
    }

    #[test]
    fn a_long_name_leaves_room_for_what_the_chart_is() {
        let font = Font::new();
        let title = cut_title(&font, &format!("{}: losses by epoch", "A".repeat(120)), 300.0);
        assert!(title.ends_with("A…: losses by epoch") && font.width(&title, TITLE) <= 302.0, "{title}");
        assert_eq!(cut_title(&font, "a: b: losses", 300.0), "a: b: losses");
    }

    #[test]
    fn places_that_are_too_close_are_thinned() {
        for size in [Size::WIDE, Size::NARROW, Size::HALF] {
            for places in [1, 2, 30, 500, 5000] {
                let hovers = plot(size, places).scene.hovers;
                let max = size.width / size.min_hover + 1.0;
                assert!(!hovers.is_empty() && hovers.len() <= places && (hovers.len() as f64) < max);
                // The last day is always included.
                assert_eq!(hovers.last().unwrap().lines[0].split(',').next(), Some(&*format!("place {}", places - 1)));
                assert!(hovers.iter().all(|hover| hover.x >= 0.0 && hover.x + hover.width <= size.width));
            }
        }
    }

    #[test]
    fn legends_and_values_stay_within_the_picture() {
        for size in [Size::WIDE, Size::NARROW, Size::HALF] {
            let plot = plot(size, 30);
            let starts_within = |mark: &Mark| match mark {
                Mark::Text(label) => label.x >= 0.0 && label.x < size.width && label.y <= plot.scene.height,
                Mark::Bar { x, width, .. } => x + width <= size.width,
                _ => true,
            };
            assert!(plot.scene.marks.iter().all(starts_within));
            let lines = || plot.scene.hovers.iter().flat_map(|hover| &hover.lines);
            assert!(lines().all(|line| MARGIN + plot.font.width(line, TEXT) <= size.width), "{:?}", lines().max());
            // The values do not overlap the plot.
            let lines = plot.scene.hovers.iter().map(|hover| hover.lines.len()).max().unwrap();
            let last_line = plot.scene.readout.y + LINE * (lines as f64 - 1.0);
            assert!(last_line < plot.top, "{last_line} {}", plot.top);
        }
    }

    #[test]
    fn values_at_the_right_do_not_touch() {
        assert_eq!(apart(vec![10.0, 12.0, 60.0], 15.0, 100.0), [10.0, 25.0, 60.0]);
        assert_eq!(apart(vec![90.0, 91.0, 99.0], 15.0, 100.0), [70.0, 85.0, 100.0]);
        let end = |value: f64| End { value, text: "1234.56".into(), ink: Ink::Muted };
        let heading = Heading { ends: vec![end(0.5), end(0.51)], ..Heading::default() };
        let plot = Plot::new(Size::NARROW, &heading, (0.0, 1.0), &Side::Values((0.0, 1.0)));
        let is_end = |mark: &&Mark| matches!(mark, Mark::Text(label) if label.text == "1234.56");
        let ends: Vec<&Mark> = plot.scene.marks.iter().filter(is_end).collect();
        let [Mark::Text(upper), Mark::Text(lower)] = ends[..] else { panic!("{ends:?}") };
        assert!(lower.y - upper.y >= 14.0 && upper.x > plot.right, "{upper:?} {lower:?}");
        assert!(upper.x + plot.font.width(&upper.text, TEXT) <= Size::NARROW.width);
    }

    #[test]
    fn labels_of_ticks_do_not_touch() {
        let mut plot = plot(Size::NARROW, 100);
        let before = plot.scene.marks.len();
        let tick = |value: i32| Tick { value: f64::from(value), label: "2013-01-02".into() };
        plot.ticks(&(0..4).chain([60]).map(tick).collect::<Vec<_>>(), false);
        let labels = plot.scene.marks[before..].iter().filter(|mark| matches!(mark, Mark::Text(_)));
        assert_eq!(labels.count(), 2);
    }

    #[test]
    fn names_of_rows_that_are_too_long_are_cut() {
        let names = vec!["x".repeat(200), "short".to_owned()];
        let plot = Plot::new(Size::NARROW, &Heading::default(), (0.0, 1.0), &Side::Rows(names));
        let texts = plot.scene.marks.iter().filter_map(|mark| match mark {
            Mark::Text(label) => Some(label.text.as_str()),
            _ => None,
        });
        let texts: Vec<&str> = texts.collect();
        assert!(texts[0].ends_with('…') && texts[0].chars().count() < 40 && texts[1] == "short", "{texts:?}");
    }
}
