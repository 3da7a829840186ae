//! Values over days or epochs, with bands.

use jiff::civil::Date;

use super::plot::{Heading, LegendKey, Plot, Side};
use super::scale::{Tick, day_ticks, range};
use super::scene::{Dashes, Ink, Scene, Stroke};
use super::size::Size;
use super::{Chart, Table};

/// The places on the horizontal axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Places {
    /// Days, at equal distances.
    Days(Vec<Date>),
    /// Numbers from 1: the name of one of them, and the count.
    Numbers(&'static str, usize),
}

/// A line, one value per place.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The name in the legend and beside values; none for one of several lines of the same kind.
    pub name: Option<String>,
    pub stroke: Stroke,
    pub values: Vec<Option<f64>>,
}

/// The area between two values at each place.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    pub name: String,
    pub ink: Ink,
    pub ends: Vec<(f64, f64)>,
}

/// The range of the vertical axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vertical {
    /// The range of the values.
    Values,
    /// The range of the values and zero, with a line at zero.
    WithZero,
    /// A logarithmic scale; values of zero are not drawn.
    Ratios,
}

/// The chart.
pub struct Lines {
    pub title: String,
    pub description: String,
    pub unit: String,
    pub places: Places,
    /// The bands, the widest first.
    pub bands: Vec<Band>,
    pub lines: Vec<Line>,
    pub vertical: Vertical,
    /// Formats a value.
    pub format: fn(f64) -> String,
    pub table: Table,
}

impl Places {
    fn count(&self) -> usize {
        match self {
            Places::Days(dates) => dates.len(),
            Places::Numbers(_, count) => *count,
        }
    }

    fn name(&self, place: usize) -> String {
        match self {
            Places::Days(dates) => dates[place].to_string(),
            Places::Numbers(name, _) => format!("{name} {}", place + 1),
        }
    }

    fn ticks(&self, plot: &Plot) -> Vec<Tick> {
        match self {
            Places::Days(dates) => day_ticks(dates, plot.tick_count(60.0)),
            Places::Numbers(_, count) => {
                let every = count.div_ceil(plot.tick_count(30.0).max(1)).max(1);
                let numbers = (1..=*count).filter(|number| number % every == 0 || *number == 1 && every < 3);
                numbers.map(|number| Tick { value: (number - 1) as f64, label: number.to_string() }).collect()
            }
        }
    }
}

impl Lines {
    fn side(&self) -> Side {
        match self.vertical {
            Vertical::Ratios => Side::Ratios(self.range_of_ratios()),
            Vertical::Values | Vertical::WithZero => Side::Values(self.range()),
        }
    }

    /// Returns the range of the values above zero, at least a factor of ten.
    fn range_of_ratios(&self) -> (f64, f64) {
        let values = self.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let positive: Vec<f64> = values.filter(|value| *value > 0.0 && value.is_finite()).collect();
        let high = positive.iter().copied().reduce(f64::max).unwrap_or(1.0);
        let low = positive.into_iter().reduce(f64::min).unwrap_or(high);
        (low.min(high / 10.0), high)
    }

    /// Returns the value if the vertical axis has a place for it.
    fn placed(&self, value: Option<f64>) -> Option<f64> {
        value.filter(|value| self.vertical != Vertical::Ratios || *value > 0.0)
    }

    fn range(&self) -> (f64, f64) {
        let of_lines = self.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
        let of_bands = self.bands.iter().flat_map(|band| band.ends.iter().flat_map(|(lower, upper)| [*lower, *upper]));
        range(of_lines.chain(of_bands).chain((self.vertical == Vertical::WithZero).then_some(0.0)))
    }

    fn legend(&self) -> Vec<(LegendKey, String)> {
        let lines = self.lines.iter().filter_map(|line| Some((LegendKey::Line(line.stroke), line.name.clone()?)));
        let bands = self.bands.iter().rev().map(|band| (LegendKey::Box(band.ink), band.name.clone()));
        lines.chain(bands).collect()
    }

    /// Returns the values at a place as text.
    fn values(&self, place: usize) -> Vec<String> {
        let value = |value: f64| (self.format)(value);
        let lines = self
            .lines
            .iter()
            .filter_map(|line| Some(format!("{} {}", line.name.as_ref()?, value((*line.values.get(place)?)?))));
        let bands = self.bands.iter().rev().map(|band| {
            let (lower, upper) = band.ends[place];
            format!("{} {} to {}", band.name, value(lower), value(upper))
        });
        std::iter::once(self.places.name(place)).chain(lines).chain(bands).collect()
    }
}

impl Chart for Lines {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn description(&self) -> String {
        self.description.clone()
    }

    fn draw(&self, size: Size, with_title: bool) -> Scene {
        let size = size.with_room_for((0..self.places.count()).map(|place| self.values(place)));
        let title = with_title.then_some(self.title.as_str());
        let heading = Heading { title, legend: self.legend(), unit: &self.unit, ends: Vec::new() };
        let last = self.places.count().max(1) as f64 - 1.0;
        // A single place is drawn in the middle.
        let x = if last > 0.0 { (0.0, last) } else { (-0.5, 0.5) };
        let mut plot = Plot::new(size, &heading, x, &self.side());
        for (k, band) in self.bands.iter().enumerate() {
            let ends = band.ends.iter().enumerate();
            plot.band(ends.map(|(place, (lower, upper))| (place as f64, *lower, *upper)), band.ink);
            if k == 0 {
                let edge = Stroke { ink: Ink::Blue, width: 0.7, dashes: Dashes::Solid };
                plot.line(band.ends.iter().enumerate().map(|(place, ends)| (place as f64, Some(ends.0))), edge);
                plot.line(band.ends.iter().enumerate().map(|(place, ends)| (place as f64, Some(ends.1))), edge);
            }
        }
        if self.vertical == Vertical::WithZero {
            plot.across(0.0, Ink::Muted, 1.0);
        }
        for line in &self.lines {
            plot.line(
                line.values.iter().enumerate().map(|(place, value)| (place as f64, self.placed(*value))),
                line.stroke,
            );
            // A line through a single place would be invisible, so a dot is drawn.
            if let ([.., Some(value)], 1) = (&line.values[..], line.values.len()) {
                plot.dot((0.0, *value), 3.5, line.stroke.ink, line.stroke.dashes != Dashes::Solid);
            }
        }
        let ticks = self.places.ticks(&plot);
        plot.ticks(&ticks, false);
        let places: Vec<f64> = (0..self.places.count()).map(|place| place as f64).collect();
        plot.hovers(&places, |place| self.values(place));
        plot.scene
    }

    fn table(&self) -> Table {
        self.table.clone()
    }
}
