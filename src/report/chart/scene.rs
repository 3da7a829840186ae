//! The parts of a chart: lines, areas, bars, dots and text, each with its place.

/// The colour of a mark, by its role. A page has light and dark colours; pictures have the light ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Text,
    Muted,
    Rule,
    Blue,
    Orange,
    Green,
    Red,
    Violet,
    Grey,
    Band,
    BandOuter,
}

impl Ink {
    /// All inks.
    pub const ALL: [Ink; 11] = [
        Ink::Text,
        Ink::Muted,
        Ink::Rule,
        Ink::Blue,
        Ink::Orange,
        Ink::Green,
        Ink::Red,
        Ink::Violet,
        Ink::Grey,
        Ink::Band,
        Ink::BandOuter,
    ];

    /// Returns the name in the style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Ink::Text => "text",
            Ink::Muted => "muted",
            Ink::Rule => "rule",
            Ink::Blue => "blue",
            Ink::Orange => "orange",
            Ink::Green => "green",
            Ink::Red => "red",
            Ink::Violet => "violet",
            Ink::Grey => "grey",
            Ink::Band => "band",
            Ink::BandOuter => "band-outer",
        }
    }

    /// Returns red, green and blue, for a white background.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Ink::Text => [0x1b, 0x1f, 0x24],
            Ink::Muted => [0x56, 0x5d, 0x66],
            Ink::Rule => [0xd5, 0xd9, 0xde],
            Ink::Blue => [0x1f, 0x5f, 0xa8],
            Ink::Orange => [0xa3, 0x47, 0x00],
            Ink::Green => [0x1d, 0x6f, 0x42],
            Ink::Red => [0xb3, 0x26, 0x1e],
            Ink::Violet => [0x6b, 0x3f, 0xa0],
            Ink::Grey => [0x5f, 0x67, 0x70],
            Ink::Band => [0x9c, 0xbf, 0xe6],
            Ink::BandOuter => [0xd3, 0xe3, 0xf5],
        }
    }
}

/// The inks of baselines, in their order. With the four kinds of dashes they distinguish twenty lines.
pub const BASELINES: [Ink; 5] = [Ink::Grey, Ink::Orange, Ink::Green, Ink::Violet, Ink::Red];

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub ink: Ink,
    pub width: f64,
    pub dashes: Dashes,
}

/// The dashes of a line, so that lines differ without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dashes {
    Solid,
    Dashed,
    Dotted,
    DashDot,
}

impl Dashes {
    /// All dashes, in the order in which baselines use them.
    pub const ALL: [Dashes; 4] = [Dashes::Solid, Dashes::Dashed, Dashes::Dotted, Dashes::DashDot];

    /// Returns the lengths of dashes and gaps in turn; empty for a solid line.
    pub fn lengths(self) -> &'static [f32] {
        match self {
            Dashes::Solid => &[],
            Dashes::Dashed => &[6.0, 4.0],
            Dashes::Dotted => &[1.5, 3.0],
            Dashes::DashDot => &[7.0, 3.0, 1.5, 3.0],
        }
    }
}

/// The part of a text that is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A text on one line; y is its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub x: f64,
    pub y: f64,
    pub text: String,
    pub anchor: Anchor,
    pub ink: Ink,
    pub size: f64,
}

/// A point of a line; none interrupts the line.
pub type Point = Option<(f64, f64)>;

/// A part of a chart. Later marks are drawn over earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    Line { points: Vec<Point>, stroke: Stroke },
    Area { points: Vec<(f64, f64)>, ink: Ink },
    Bar { x: f64, y: f64, width: f64, height: f64, ink: Ink },
    Dot { x: f64, y: f64, radius: f64, ink: Ink, hollow: bool },
    Text(Label),
}

/// An area that shows values when it is pointed at.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub lines: Vec<String>,
}

/// A chart, in units of about a pixel, with the origin at the top left.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    pub width: f64,
    pub height: f64,
    pub marks: Vec<Mark>,
    pub hovers: Vec<Hover>,
    /// The place where values are shown, and the text there while nothing is pointed at.
    pub readout: Label,
}

impl Scene {
    /// Creates a scene without marks.
    pub fn empty() -> Scene {
        let readout = Label { x: 0.0, y: 0.0, text: String::new(), anchor: Anchor::Start, ink: Ink::Muted, size: TEXT };
        Scene { width: 1.0, height: 1.0, marks: Vec::new(), hovers: Vec::new(), readout }
    }

    /// Moves everything down.
    pub fn shift(&mut self, down: f64) {
        self.readout.y += down;
        self.hovers.iter_mut().for_each(|hover| hover.y += down);
        for mark in &mut self.marks {
            match mark {
                Mark::Line { points, .. } => points.iter_mut().flatten().for_each(|point| point.1 += down),
                Mark::Area { points, .. } => points.iter_mut().for_each(|point| point.1 += down),
                Mark::Bar { y, .. } | Mark::Dot { y, .. } => *y += down,
                Mark::Text(label) => label.y += down,
            }
        }
    }
}

/// The distance between two lines of text.
pub const LINE: f64 = 17.0;
/// The size of text.
pub const TEXT: f64 = 13.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures have the light colours of the page.
    #[test]
    fn inks_are_the_colours_of_the_style_sheet() {
        let style = include_str!("../page/style.css");
        for ink in Ink::ALL {
            let [r, g, b] = ink.rgb();
            let entry = format!("--{}: #{r:02x}{g:02x}{b:02x};", ink.name());
            let first = style.find(&format!("--{}: ", ink.name())).unwrap();
            assert!(style[first..].starts_with(&entry), "{entry}");
        }
    }
}
