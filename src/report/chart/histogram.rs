//! Fractions of days in equal bins from 0 to 1.

use super::plot::{Heading, LegendKey, Plot, Side};
use super::scale::Tick;
use super::scene::{Dashes, Ink, Scene, Stroke};
use super::size::Size;
use super::{Chart, Table};

/// The chart.
pub struct Histogram {
    pub title: String,
    pub description: String,
    /// The fraction of days in each bin.
    pub shares: Vec<f64>,
    /// What is counted: `day`.
    pub unit: &'static str,
    pub table: Table,
}

impl Chart for Histogram {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn description(&self) -> String {
        self.description.clone()
    }

    fn draw(&self, size: Size, with_title: bool) -> Scene {
        let flat = Stroke { ink: Ink::Orange, width: 2.0, dashes: Dashes::Dashed };
        let legend = vec![
            (LegendKey::Box(Ink::Blue), format!("{}s", self.unit)),
            (LegendKey::Line(flat), "if calibrated".to_owned()),
        ];
        let title = with_title.then_some(self.title.as_str());
        let of = format!("% of {}s", self.unit);
        let heading = Heading { title, legend, unit: &of, ends: Vec::new() };
        let bins = self.shares.len().max(1) as f64;
        let highest = self.shares.iter().fold(2.0 / bins, |high, share| high.max(*share));
        let mut plot = Plot::new(size, &heading, (0.0, bins), &Side::Values((0.0, 105.0 * highest)));
        for (bin, share) in self.shares.iter().enumerate() {
            let from = bin as f64;
            plot.bar((from + 0.06, from + 0.94), 100.0 * share, Ink::Blue);
        }
        let height = 100.0 / bins;
        plot.line([(0.0, Some(height)), (bins, Some(height))].into_iter(), flat);
        let tick = |bin: usize| Tick { value: bin as f64, label: format!("{:.1}", bin as f64 / bins) };
        let every = if plot.tick_count(24.0) < self.shares.len() { 2 } else { 1 };
        let ticks: Vec<Tick> = (0..=self.shares.len()).step_by(every).map(tick).collect();
        plot.ticks(&ticks, false);
        let places: Vec<f64> = (0..self.shares.len()).map(|bin| bin as f64 + 0.5).collect();
        plot.hovers(&places, |bin| {
            let (from, to) = (bin as f64 / bins, (bin + 1) as f64 / bins);
            vec![format!("from {from:.1} to {to:.1}: {:.1} {of}", 100.0 * self.shares[bin])]
        });
        plot.scene
    }

    fn table(&self) -> Table {
        self.table.clone()
    }
}
