//! The form of prices that the rest of the program uses.

use std::ops::Range;

use jiff::civil::Date;

use super::covariates::Covariates;
use super::frequency::Frequency;

/// A checked series of daily prices, or of weekly or monthly ones, oldest day first.
///
/// All columns have one entry a day. Dates strictly increase and every price is finite; whether
/// prices must also be positive depends on what they are used for (a logarithmic return needs it,
/// a price level does not), so that is checked where it is needed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PriceSeries {
    /// The name of the series: a ticker, or the file's name without its extension.
    pub name: String,
    /// What a row is: a trading day, a week or a month.
    pub frequency: Frequency,
    /// The days, strictly increasing; of weeks and months those on which they are stamped.
    pub dates: Vec<Date>,
    /// The close as it was quoted on the day; forecasts are quoted on its basis.
    pub close: Vec<f64>,
    /// The close adjusted for splits and dividends, from which returns are computed. Equal to `close` where a file has
    /// no such column.
    pub adjusted: Vec<f64>,
    /// Open, high and low as quoted on the day (unadjusted, like `close`), where a file has all
    /// three.
    pub range: Option<OpenHighLow>,
    /// Shares, contracts or coins traded, where a file has them.
    pub volume: Option<Vec<f64>>,
    /// Values beside the prices, of further columns and of events.
    pub covariates: Covariates,
}

/// The other three prices of a day's bar, one entry a day each.
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
    /// Number of days.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there is no day at all.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// The first day whose close is zero or negative, and that close: it has no logarithmic return. The last value says
    /// which one it is, `price` or `adjusted close`.
    pub fn first_nonpositive(&self) -> Option<(Date, f64, &'static str)> {
        let of_day = |row: usize| {
            let prices = [(self.close[row], "price"), (self.adjusted[row], "adjusted close")];
            let (price, which) = prices.into_iter().find(|(price, _)| *price <= 0.0)?;
            Some((self.dates[row], price, which))
        };
        (0..self.len()).find_map(of_day)
    }

    /// The rows from one day to another, both included.
    pub fn between(&self, first: Date, last: Date) -> Range<usize> {
        let start = self.dates.partition_point(|date| *date < first);
        start..self.dates.partition_point(|date| *date <= last).max(start)
    }

    /// The series with only some of its rows.
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
