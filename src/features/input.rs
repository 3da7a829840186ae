//! The inputs a network can be given, by name.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::Indicators;
use crate::prices::OpenHighLow;

/// Decays of the fast and the slow volatility: half-lives of three days and of seven weeks.
const FAST: f64 = 0.8;
const SLOW: f64 = 0.98;

/// One number a day. The names stand in the model file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// r / s: the day's return in units of its volatility.
    Return,
    /// log(range volatility / s): whether the day moved more within itself than lately.
    RangeVolatility,
    /// on / s: the move from the last close to the open.
    OvernightGap,
    /// log(EW_0.8 volatility / s)
    FastVolatility,
    /// log(EW_0.98 volatility / s)
    SlowVolatility,
    /// log V - EW_0.95(log V): whether more was traded than lately.
    Volume,
    /// The adjusted close itself.
    CloseLevel,
    /// The open on the scale of adjusted closes.
    OpenLevel,
    /// The high on the scale of adjusted closes.
    HighLevel,
    /// The low on the scale of adjusted closes.
    LowLevel,
}

impl Input {
    /// The input's values, one a day.
    fn values(self, indicators: &Indicators) -> Vec<f64> {
        let s = &indicators.volatility;
        match self {
            Input::Return => ratio(&indicators.returns, s),
            Input::OvernightGap => ratio(&indicators.overnight_gap(), s),
            Input::RangeVolatility => log_ratio(&indicators.range_variance(), s),
            Input::FastVolatility => log_ratio(&indicators.mean_square_return(FAST), s),
            Input::SlowVolatility => log_ratio(&indicators.mean_square_return(SLOW), s),
            Input::Volume => indicators.volume(),
            Input::CloseLevel => indicators.series.adjusted.clone(),
            Input::OpenLevel => adjusted(indicators, |range| &range.open),
            Input::HighLevel => adjusted(indicators, |range| &range.high),
            Input::LowLevel => adjusted(indicators, |range| &range.low),
        }
    }

    /// Whether a file needs an open, a high and a low for it.
    pub fn needs_range(self) -> bool {
        use Input::*;
        matches!(self, RangeVolatility | OvernightGap | OpenLevel | HighLevel | LowLevel)
    }
}

fn ratio(values: &[f64], s: &[f64]) -> Vec<f64> {
    values.iter().zip(s).map(|(value, s)| value / s).collect()
}

/// log(sqrt(variance) / s). The variance has a floor for the same reason as s has one.
fn log_ratio(variances: &[f64], s: &[f64]) -> Vec<f64> {
    variances.iter().zip(s).map(|(variance, s)| 0.5 * (variance.max(1e-12) / (s * s)).ln()).collect()
}

/// A column of the bar on the scale of adjusted closes; the close itself in a file without bars.
fn adjusted(indicators: &Indicators, column: fn(&OpenHighLow) -> &Vec<f64>) -> Vec<f64> {
    let series = indicators.series;
    let quoted = series.range.as_ref().map_or(&series.close, column);
    let factor = series.adjusted.iter().zip(&series.close).map(|(adjusted, close)| adjusted / close);
    quoted.iter().zip(factor).map(|(price, factor)| price * factor).collect()
}

/// A choice of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputSet {
    /// What a close alone gives.
    Close,
    /// What open, high, low and close give together.
    Ohlc,
    /// The same and the volume: all the columns there are.
    All,
}

impl InputSet {
    /// The inputs for forecasting a return.
    pub fn for_return(self) -> Vec<Input> {
        use Input::*;
        let range = [Return, RangeVolatility, OvernightGap, FastVolatility, SlowVolatility];
        match self {
            InputSet::Close => vec![Return],
            InputSet::Ohlc => range.to_vec(),
            InputSet::All => range.into_iter().chain([Volume]).collect(),
        }
    }

    /// The inputs for forecasting a price level.
    pub fn for_price(self) -> Vec<Input> {
        use Input::*;
        let range = [CloseLevel, OpenLevel, HighLevel, LowLevel];
        match self {
            InputSet::Close => vec![CloseLevel],
            InputSet::Ohlc => range.to_vec(),
            InputSet::All => range.into_iter().chain([Volume]).collect(),
        }
    }
}

/// A table of inputs, (days, inputs).
pub(super) fn table(inputs: &[Input], indicators: &Indicators) -> Array2<f64> {
    let mut table = Array2::zeros((indicators.series.len(), inputs.len()));
    for (input, mut column) in inputs.iter().zip(table.columns_mut()) {
        for (cell, value) in column.iter_mut().zip(input.values(indicators)) {
            *cell = value;
        }
    }
    table
}
