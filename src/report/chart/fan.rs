//! Recent prices, and the prediction intervals of the days ahead as a fan.

use jiff::civil::Date;

use super::plot::{End, Heading, LegendKey, Plot, Side};
use super::scale::{Tick, day_ticks, range};
use super::scene::{Dashes, Ink, Scene, Stroke};
use super::size::Size;
use super::{Chart, Table};
use crate::report::forecast::{ForecastRow, interval_label};
use crate::report::number::price;
use crate::report::terminal::Shown;

/// The closes before the forecast: their days and prices, up to the origin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    pub dates: Vec<Date>,
    pub closes: Vec<f64>,
    /// What the closes are called, because adjusted closes differ from those of the file.
    pub name: &'static str,
}

/// The chart.
pub struct Fan {
    pub history: History,
    /// The forecast days.
    pub rows: Vec<ForecastRow>,
    /// For each forecast day, the number of rows after the origin.
    pub ahead: Vec<usize>,
    /// The close on the last forecast day, if known.
    pub outcome: Option<f64>,
    pub table: Table,
}

const CLOSE: Stroke = Stroke { ink: Ink::Text, width: 1.8, dashes: Dashes::Solid };
const MEDIAN: Stroke = Stroke { ink: Ink::Blue, width: 2.2, dashes: Dashes::Dashed };

impl Fan {
    /// Returns the levels of the intervals, the widest first.
    fn levels(&self) -> Vec<f64> {
        let intervals = self.rows.first().map(|row| &row.intervals[..]).unwrap_or_default();
        let mut levels: Vec<f64> = intervals.iter().map(|interval| interval.level).collect();
        levels.sort_by(|a, b| b.total_cmp(a));
        levels
    }

    /// Returns the place of the origin; that of the first close is 0.
    fn origin(&self) -> f64 {
        self.history.closes.len().max(1) as f64 - 1.0
    }

    fn last_close(&self) -> f64 {
        self.rows.first().map_or(0.0, |row| row.last_close)
    }

    fn ends(&self, level: f64) -> Vec<(f64, f64, f64)> {
        let of_row = |(row, ahead): (&ForecastRow, &usize)| {
            let interval = row.intervals.iter().find(|interval| interval.level == level)?;
            Some((self.origin() + *ahead as f64, interval.lower, interval.upper))
        };
        let origin = (self.origin(), self.last_close(), self.last_close());
        std::iter::once(origin).chain(self.rows.iter().zip(&self.ahead).filter_map(of_row)).collect()
    }

    fn range(&self) -> (f64, f64) {
        let intervals = self.rows.iter().flat_map(|row| &row.intervals);
        let ends = intervals.flat_map(|interval| [interval.lower, interval.upper]);
        let medians = self.rows.iter().map(|row| row.forecast);
        range(ends.chain(medians).chain(self.history.closes.iter().copied()).chain(self.outcome))
    }

    /// Returns the values of a forecast day as text.
    fn of_row(&self, row: &ForecastRow) -> Vec<String> {
        let interval = |interval: &crate::report::Interval| {
            format!("{} {} to {}", interval_label(interval.level), price(interval.lower), price(interval.upper))
        };
        let median = format!("{}: median {}", row.date, price(row.forecast));
        let is_last = self.rows.last().is_some_and(|last| last.date == row.date);
        let outcome = self.outcome.filter(|_| is_last).map(|outcome| format!("close {}", price(outcome)));
        std::iter::once(median).chain(row.intervals.iter().map(interval)).chain(outcome).collect()
    }

    /// Returns the median of the last day, the ends of its widest interval, and the outcome.
    fn end_values(&self) -> Vec<End> {
        let Some(last) = self.rows.last() else { return Vec::new() };
        let end = |value: f64, ink: Ink| End { value, text: price(value), ink };
        let widest = self.levels().first().copied();
        let widest = last.intervals.iter().find(|interval| Some(interval.level) == widest);
        let ends = widest.into_iter().flat_map(|interval| [interval.upper, interval.lower]);
        let outcome = self.outcome.map(|outcome| end(outcome, Ink::Text));
        [end(last.forecast, Ink::Blue)]
            .into_iter()
            .chain(ends.map(|value| end(value, Ink::Muted)))
            .chain(outcome)
            .collect()
    }

    fn legend(&self) -> Vec<(LegendKey, String)> {
        let mut legend = vec![
            (LegendKey::Line(CLOSE), self.history.name.to_owned()),
            (LegendKey::Line(MEDIAN), "median forecast".to_owned()),
        ];
        let levels = self.levels();
        let band = |(place, level): (usize, &f64)| (LegendKey::Box(ink(place, levels.len())), interval_label(*level));
        legend.extend(levels.iter().enumerate().map(band).rev());
        let outcome = LegendKey::Dot { ink: Ink::Text, hollow: true };
        legend.extend(self.outcome.map(|_| (outcome, "what the close was".to_owned())));
        legend
    }
}

/// Returns the ink of one of `count` intervals, counted from the widest.
fn ink(place: usize, count: usize) -> Ink {
    if place + 1 == count && count > 1 { Ink::Band } else { Ink::BandOuter }
}

impl Chart for Fan {
    fn title(&self) -> String {
        let series = self.rows.first().map_or("", |row| &row.series);
        format!("{}: {} and forecast", Shown(series), self.history.name)
    }

    fn description(&self) -> String {
        let Some(last) = self.rows.last() else { return "No forecast.".into() };
        let values = self.of_row(last).join(", ");
        format!(
            "Chart of {} {}s up to {}, and the forecast. {values}.",
            self.history.closes.len(),
            self.history.name,
            last.origin
        )
    }

    fn draw(&self, size: Size, with_title: bool) -> Scene {
        let size = size.with_room_for(self.rows.iter().map(|row| self.of_row(row)));
        let title = self.title();
        let title = with_title.then_some(title.as_str());
        let heading = Heading { title, legend: self.legend(), unit: "price", ends: self.end_values() };
        let last = self.origin() + self.ahead.last().map_or(1.0, |ahead| *ahead as f64);
        let mut plot = Plot::new(size, &heading, (0.0, last + 0.5), &Side::Values(self.range()));
        let levels = self.levels();
        for (place, level) in levels.iter().enumerate() {
            let ends = self.ends(*level);
            plot.band(ends.iter().copied(), ink(place, levels.len()));
            if place == 0 {
                let edge = Stroke { ink: Ink::Blue, width: 0.9, dashes: Dashes::Solid };
                plot.line(ends.iter().map(|(x, lower, _)| (*x, Some(*lower))), edge);
                plot.line(ends.iter().map(|(x, _, upper)| (*x, Some(*upper))), edge);
            }
        }
        plot.upright(self.origin(), Stroke { ink: Ink::Muted, width: 1.0, dashes: Dashes::Dotted });
        plot.line(self.history.closes.iter().enumerate().map(|(k, close)| (k as f64, Some(*close))), CLOSE);
        let median = |(row, ahead): (&ForecastRow, &usize)| (self.origin() + *ahead as f64, Some(row.forecast));
        let medians: Vec<(f64, Option<f64>)> = self.rows.iter().zip(&self.ahead).map(median).collect();
        let from_origin = std::iter::once((self.origin(), Some(self.last_close())));
        plot.line(from_origin.chain(medians.iter().copied()), MEDIAN);
        if let [(x, Some(y))] = medians[..] {
            plot.dot((x, y), 3.5, Ink::Blue, false);
        }
        if let Some(outcome) = self.outcome {
            plot.dot((last, outcome), 5.0, Ink::Text, true);
        }
        self.add_ticks_and_values(&mut plot);
        plot.scene
    }

    fn table(&self) -> Table {
        self.table.clone()
    }
}

impl Fan {
    fn add_ticks_and_values(&self, plot: &mut Plot) {
        let days = self.rows.last().zip(self.ahead.last());
        let forecast = days.map(|(row, ahead)| (self.origin() + *ahead as f64, row.date));
        let origin = self.history.dates.last().map(|date| (self.origin(), *date));
        // Labels that would touch an earlier one are left out, so the days of the forecast and of the last close are
        // added first.
        let named = forecast.into_iter().chain(origin).map(|(value, date)| Tick { value, label: date.to_string() });
        plot.ticks(&named.collect::<Vec<_>>(), false);
        let mut ticks = day_ticks(&self.history.dates, plot.tick_count(60.0));
        ticks.retain(|tick| tick.value < self.origin());
        plot.ticks(&ticks, false);
        let count = self.history.closes.len();
        let ahead = self.ahead.iter().map(|ahead| self.origin() + *ahead as f64);
        let places: Vec<f64> = (0..count).map(|k| k as f64).chain(ahead).collect();
        plot.hovers(&places, |k| match self.rows.get(k.wrapping_sub(count)) {
            Some(row) => self.of_row(row),
            None => vec![format!("{}: {} {}", self.history.dates[k], self.history.name, price(self.history.closes[k]))],
        });
    }
}
