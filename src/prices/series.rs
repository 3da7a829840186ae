//! The prices that the rest of the program uses.

use std::ops::Range;

use jiff::civil::Date;

use super::covariates::Covariates;
use super::frequency::Frequency;

/// A checked series of daily, weekly or monthly prices, oldest day first.
///
/// All columns have one entry per day. Dates strictly increase, and every price is finite. Whether prices must also be
/// positive depends on their use (a logarithmic return requires it, a price level does not), so this is checked where
/// it is needed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PriceSeries {
    /// The name of the series: a ticker, or the file's name without its extension.
    pub name: String,
    /// What a row is: a trading day, a week or a month.
    pub frequency: Frequency,
    /// The days, strictly increasing; for weeks and months, the days by which they are dated.
    pub dates: Vec<Date>,
    /// The close as it was quoted on the day; forecasts are quoted on its basis.
    pub close: Vec<f64>,
    /// The close adjusted for splits and dividends, from which returns are computed. It equals `close` if the file has
    /// neither an adjusted close nor splits or dividends to apply.
    pub adjusted: Vec<f64>,
    /// Open, high and low as quoted on the day (unadjusted, like `close`), if the file has all three.
    pub range: Option<OpenHighLow>,
    /// Shares, contracts or coins traded, if the file has a volume.
    pub volume: Option<Vec<f64>>,
    /// Values beside the prices, from further columns and events.
    pub covariates: Covariates,
}

/// The other three prices of each day's bar.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenHighLow {
    /// First price of the day.
    pub open: Vec<f64>,
    /// Highest price of the day.
    pub high: Vec<f64>,
    /// Lowest price of the day.
    pub low: Vec<f64>,
}

impl PriceSeries {
    /// Returns the number of days.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there are no days.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Returns the first day whose close is zero or negative, and so has no logarithmic return; this close; and which
    /// of the two it is, `price` or `adjusted close`.
    pub fn first_nonpositive(&self) -> Option<(Date, f64, &'static str)> {
        let of_day = |row: usize| {
            let prices = [(self.close[row], "price"), (self.adjusted[row], "adjusted close")];
            let (price, which) = prices.into_iter().find(|(price, _)| *price <= 0.0)?;
            Some((self.dates[row], price, which))
        };
        (0..self.len()).find_map(of_day)
    }

    /// Returns the range of rows from one day to another, including both.
    pub fn between(&self, first: Date, last: Date) -> Range<usize> {
        let start = self.dates.partition_point(|date| *date < first);
        start..self.dates.partition_point(|date| *date <= last).max(start)
    }

    /// Returns the series with only some of its rows.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn slice(&self, rows: Range<usize>) -> PriceSeries {
        let cut = |column: &[f64]| column[rows.clone()].to_vec();
        PriceSeries {
            name: self.name.clone(),
            frequency: self.frequency,
            dates: self.dates[rows.clone()].to_vec(),
            close: cut(&self.close),
            adjusted: cut(&self.adjusted),
            range: self.range.as_ref().map(|range| OpenHighLow {
                open: cut(&range.open),
                high: cut(&range.high),
                low: cut(&range.low),
            }),
            volume: self.volume.as_deref().map(cut),
            covariates: self.covariates.select(cut),
        }
    }
}
