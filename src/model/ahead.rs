//! The days ahead that are asked of a model.

use std::fmt;

use fourcast_base::words::counted;

/// The days ahead asked of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ahead {
    /// Those that the model forecasts unless asked for others: the next day where it can, every day of a path.
    #[default]
    Usual,
    /// One day.
    Day(usize),
    /// Every day up to one.
    Path(usize),
}

impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ahead::Usual => f.write_str("the usual days"),
            Ahead::Day(day) => write!(f, "day {day}"),
            Ahead::Path(days) => write!(f, "a path of {}", counted(*days, "day")),
        }
    }
}
