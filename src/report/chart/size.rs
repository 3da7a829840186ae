//! The sizes of charts.

/// The size of a chart, in units of about a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
    /// Lines reserved for the values at the pointer; [`with_room_for`](Size::with_room_for) adds more if needed.
    pub readout_lines: usize,
    /// The minimum width of an area that reacts to pointing.
    pub min_hover: f64,
}

impl Size {
    /// The full width of a page, or a file.
    pub const WIDE: Size = Size { width: 920.0, height: 360.0, readout_lines: 1, min_hover: 1.4 };
    /// The full width of a page on a phone.
    pub const NARROW: Size = Size { width: 400.0, height: 320.0, readout_lines: 2, min_hover: 4.0 };
    /// Half the width of a page, for two charts side by side.
    pub const HALF: Size = Size { width: 450.0, height: 300.0, readout_lines: 2, min_hover: 2.0 };
}

/// The empty border of a chart.
pub(super) const MARGIN: f64 = 6.0;
