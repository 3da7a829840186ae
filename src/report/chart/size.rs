//! The sizes of charts.

/// The size of a chart, in units of about a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
    /// Lines reserved for the values of what is pointed at; [`with_room_for`](Size::with_room_for) adds those that are
    /// missing.
    pub readout_lines: usize,
    /// The minimum width of a part that reacts to pointing.
    pub min_hover: f64,
}

impl Size {
    /// Across a page, and as a file.
    pub const WIDE: Size = Size { width: 920.0, height: 360.0, readout_lines: 1, min_hover: 1.4 };
    /// Across the page of a telephone.
    pub const NARROW: Size = Size { width: 400.0, height: 320.0, readout_lines: 2, min_hover: 4.0 };
    /// Beside another one.
    pub const HALF: Size = Size { width: 450.0, height: 300.0, readout_lines: 2, min_hover: 2.0 };
}

/// The empty border of a chart.
pub(super) const MARGIN: f64 = 6.0;
