//! The page of a forecast.

use std::io;

use maud::{Markup, html};

use super::figure::figure;
use super::{Section, SeriesPage, card, evaluation, fan, unrolled};
use crate::model::{Card, Explanation};
use crate::prices::PriceSeries;
use crate::report::chart::Chart;
use crate::report::forecast::{ForecastRow, interval_label};
use crate::report::html::Text;
use crate::report::number::price;

/// A forecast, and what else its charts show.
pub struct ForecastPage<'a> {
    /// The requested days.
    pub rows: &'a [ForecastRow],
    /// The days of the chart, and the number of rows from the origin to each: the requested days, or a range of days if
    /// only one was requested.
    pub fan: (&'a [ForecastRow], Vec<usize>),
    /// The prices.
    pub series: &'a PriceSeries,
    /// Notes about the forecast.
    pub notes: Vec<String>,
    /// The model's file, and its card.
    pub model: (&'a str, &'a Card),
    /// What the networks computed for the forecast, if it can be shown.
    pub explanation: Option<&'a Explanation>,
}

impl ForecastPage<'_> {
    /// Returns the page of the series.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    pub fn page(&self) -> io::Result<SeriesPage> {
        let section = |id: &str, heading: &str, body| Section { id: id.into(), heading: heading.into(), body };
        let mut sections = vec![section("price", "Price and forecast", self.fan()?)];
        sections.push(section("numbers", "The forecast in numbers", self.numbers()?));
        sections.extend(self.explanation.map(unrolled::section));
        if let Some(test) = self.test() {
            sections.push(section("test", "How accurate this model is", test));
        }
        sections.push(section("card", "Model card", card::card(self.model.0, self.model.1)?));
        let title = format!("{}: forecast after {}", self.series.name, self.rows[0].origin);
        let verdict = answer(self.rows).into_iter().chain(card::interrupted(self.model.1)).collect();
        Ok(SeriesPage { name: self.series.name.clone(), part: None, title, verdict, sections })
    }

    /// Returns the chart of `--plot`.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    pub fn chart(&self) -> io::Result<Box<dyn Chart>> {
        Ok(Box::new(fan::of_rows(&self.fan, self.series)?))
    }

    fn fan(&self) -> io::Result<Markup> {
        let chart = fan::of_rows(&self.fan, self.series)?;
        let (more, unit) = (self.fan.0.len() > self.rows.len(), self.series.frequency.unit());
        Ok(figure(
            &chart,
            &html! {
                "Recent closes (back-adjusted for later splits and dividends if the file has them, so that the last one is as "
                "quoted), and the median of the predictive distribution of each " (unit) " ahead with its central "
                "prediction intervals. Each interval is that of the close of its " (unit) " alone."
                @if more { " What comes after the first is what --path " (self.fan.0.len()) " prints." }
            },
        ))
    }

    fn numbers(&self) -> io::Result<Markup> {
        let numbers = fan::in_numbers(self.rows, "The forecast, as csv and json have it")?;
        Ok(html! {
            (numbers)
            @for note in &self.notes { p { strong { "Note: " } (Text(note)) } }
        })
    }

    /// Shows the test in the card.
    fn test(&self) -> Option<Markup> {
        evaluation::test(self.model.1)
    }
}

/// Returns the forecast as a sentence, followed by its intervals.
pub fn answer(rows: &[ForecastRow]) -> Vec<String> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let path = if rows.len() > 1 { format!(", for {} {}", last.date, price(last.forecast)) } else { String::new() };
    let intervals = |row: &ForecastRow| {
        let each = row.intervals.iter().map(|interval| {
            format!("{} {} to {}", interval_label(interval.level), price(interval.lower), price(interval.upper))
        });
        format!("For {}: {}.", row.date, each.collect::<Vec<_>>().join(", "))
    };
    let mut lines = vec![format!("The forecast for {} is {}{path}.", first.date, price(first.forecast))];
    lines.push(format!("The last close was {} on {}.", price(first.last_close), first.origin));
    lines.extend(rows.iter().take(1).filter(|row| !row.intervals.is_empty()).map(intervals));
    lines
}
