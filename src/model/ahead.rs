//! The days ahead requested from a model.

use std::fmt;

use fourcast_base::words::counted;

/// The days ahead requested from a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ahead {
    /// The days that the model forecasts by default: the next day if it can, every day of a path.
    #[default]
    Usual,
    /// One day.
    Day(usize),
    /// Every day up to the given one.
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
