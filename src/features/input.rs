//! The inputs of networks, by name.

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, s};
use serde::{Deserialize, Serialize};

use super::Indicators;
use super::constants::GAP_FRACTION;
use super::indicators::{difference, from_first};
use fourcast_prices::OpenHighLow;

/// Days over which a drawdown is measured: a year.
const YEAR: usize = 250;

/// An input of a network, one number per day. The names are stored in the model file; a number at the end of a name is
/// the decay k of its exponentially weighted mean EW_k, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// r / s: the day's return in units of its volatility.
    Return,
    /// min(r, 0) / s: the negative part of the return.
    #[serde(alias = "fall")]
    NegativeReturn,
    /// |r| / s: the absolute return.
    #[serde(alias = "size")]
    AbsoluteReturn,
    /// log(|r| / s + 0.05) + 1
    #[serde(alias = "log_size")]
    LogAbsoluteReturn,
    /// gap / s: the overnight return.
    OvernightGap,
    /// log(C/O) / s: the return from open to close.
    Body,
    /// The position of the close between low and high.
    CloseLocation,
    /// log(range volatility / s): the day's range relative to the recent volatility.
    RangeVolatility,
    /// log(Rogers-Satchell volatility / s).
    RogersSatchell,
    /// log(Rogers-Satchell volatility / Parkinson volatility): low on a day with a trend.
    Trend,
    /// log(EW_0.5 range volatility / s)
    #[serde(rename = "range_volatility_50")]
    RangeVolatility50,
    /// log(EW_0.8 range volatility / s)
    #[serde(rename = "range_volatility_80")]
    RangeVolatility80,
    /// log(EW_0.94 range volatility / s)
    #[serde(rename = "range_volatility_94")]
    RangeVolatility94,
    /// log(EW_0.98 range volatility / s)
    #[serde(rename = "range_volatility_98")]
    RangeVolatility98,
    /// log(EW_0.99 range volatility / s)
    #[serde(rename = "range_volatility_99")]
    RangeVolatility99,
    /// EW_0.5(log range volatility) - log s
    #[serde(rename = "log_range_volatility_50")]
    LogRangeVolatility50,
    /// EW_0.94(log range volatility) - log s
    #[serde(rename = "log_range_volatility_94")]
    LogRangeVolatility94,
    /// log(EW_0.94 volatility of Rogers-Satchell and overnight gap / s)
    #[serde(rename = "rogers_satchell_94")]
    RogersSatchell94,
    /// log(EW_0.94 overnight volatility / s)
    #[serde(rename = "overnight_gap_94")]
    OvernightGap94,
    /// log(EW_0.7 volatility / s)
    #[serde(rename = "volatility_70")]
    Volatility70,
    /// log(EW_0.8 volatility / s)
    FastVolatility,
    /// log(EW_0.97 volatility / s)
    #[serde(rename = "volatility_97")]
    Volatility97,
    /// log(EW_0.98 volatility / s)
    SlowVolatility,
    /// log(EW_0.99 volatility / s)
    #[serde(rename = "volatility_99")]
    Volatility99,
    /// The return over a week, in units of s sqrt(5).
    Week,
    /// The return over a month, in units of s sqrt(22).
    Month,
    /// Fraction of EW_0.8(r^2) from negative returns, minus 1/2.
    #[serde(rename = "downside_variance_80", alias = "fall_share_80")]
    DownsideVariance80,
    /// Fraction of EW_0.94(r^2) from negative returns, minus 1/2.
    #[serde(rename = "downside_variance_94", alias = "fall_share_94")]
    DownsideVariance94,
    /// Fraction of EW_0.98(r^2) from negative returns, minus 1/2.
    #[serde(rename = "downside_variance_98", alias = "fall_share_98")]
    DownsideVariance98,
    /// log(EW_0.94(|r|) / s) + 0.25, from Geary's ratio of mean absolute and standard deviation: low if a few large
    /// returns dominate the volatility.
    #[serde(rename = "geary_ratio_94", alias = "evenness")]
    GearyRatio,
    /// log(s / long-run volatility)
    #[serde(alias = "level")]
    VolatilityLevel,
    /// Logarithmic distance of the close from its maximum over a year, in units of 10 s.
    Drawdown,
    /// log V - EW_0.95(log V): volume relative to its recent mean.
    Volume,
    /// log V - EW_0.95(log V), with log V bounded below; 0 without a volume.
    #[serde(alias = "volume_surprise")]
    RelativeVolume,
    /// EW_0.8(log V) - EW_0.98(log V); 0 without a volume.
    VolumeTrend,
    /// Earnings seasonality of the next session, from the sessions whole years before it.
    #[serde(alias = "yearly_news")]
    YearlySeasonality,
    /// Earnings seasonality of the next session, from the sessions 13, 26 and 39 weeks before it, and so on for three
    /// years.
    #[serde(alias = "quarterly_news")]
    QuarterlySeasonality,
    /// Earnings seasonality of the next session, from the neighbours of all those sessions.
    #[serde(alias = "nearby_news")]
    NearbySeasonality,
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
    /// Returns the values, one per day from [`Indicators::first_input`] on.
    fn values(self, indicators: &Indicators) -> Vec<f64> {
        let first = indicators.first_input;
        let (s, returns) = (&indicators.volatility[first..], &indicators.returns[first..]);
        let bars = || indicators.bars();
        let volatility = |decay| log_ratio(&indicators.mean_square_return(decay)[first..], s);
        let range = |decay| log_ratio(&indicators.mean(&bars().variance, decay, 1.0)[first..], s);
        match self {
            Input::Return => ratio(returns, s),
            Input::NegativeReturn => ratio(&map(returns, |r| r.min(0.0)), s),
            Input::AbsoluteReturn => ratio(&map(returns, f64::abs), s),
            Input::LogAbsoluteReturn => map(&Input::AbsoluteReturn.values(indicators), |size| (size + 0.05).ln() + 1.0),
            Input::OvernightGap => ratio(&bars().gap[first..], s),
            Input::Body => ratio(&bars().body[first..], s),
            Input::CloseLocation => bars().close_location[first..].to_vec(),
            Input::RangeVolatility => log_ratio(&bars().variance[first..], s),
            Input::RogersSatchell => log_ratio(&floored(&bars().rogers_satchell, &bars().floor)[first..], s),
            Input::Trend => {
                let parkinson = log_ratio(&floored(&bars().parkinson, &bars().floor)[first..], s);
                difference(&Input::RogersSatchell.values(indicators), &parkinson)
            }
            Input::RangeVolatility50 => range(0.5),
            Input::RangeVolatility80 => range(0.8),
            Input::RangeVolatility94 => range(0.94),
            Input::RangeVolatility98 => range(0.98),
            Input::RangeVolatility99 => range(0.99),
            Input::LogRangeVolatility50 => log_range(indicators, 0.5),
            Input::LogRangeVolatility94 => log_range(indicators, 0.94),
            Input::RogersSatchell94 => {
                let each = bars().rogers_satchell.iter().zip(&bars().gap).map(|(rs, gap)| rs + gap * gap);
                let mean = indicators.mean(&each.collect::<Vec<_>>(), 0.94, 1.0);
                log_ratio(&floored(&mean, &bars().floor)[first..], s)
            }
            Input::OvernightGap94 => {
                let mean = indicators.mean(&map(&bars().gap, |gap| gap * gap), 0.94, GAP_FRACTION);
                log_ratio(&floored(&mean, &bars().floor)[first..], s)
            }
            Input::Volatility70 => volatility(0.7),
            Input::FastVolatility => volatility(0.8),
            Input::Volatility97 => volatility(0.97),
            Input::SlowVolatility => volatility(0.98),
            Input::Volatility99 => volatility(0.99),
            Input::Week => indicators.return_over(5),
            Input::Month => indicators.return_over(22),
            Input::DownsideVariance80 => downside_variance(indicators, 0.8),
            Input::DownsideVariance94 => downside_variance(indicators, 0.94),
            Input::DownsideVariance98 => downside_variance(indicators, 0.98),
            Input::GearyRatio => {
                // The start is E|r| = 0.8 sqrt(E r^2), which holds for normal returns.
                let squares = indicators.mean_square_return(0.94);
                let start = squares.first().map_or(0.0, |v| v.sqrt() * 0.8);
                let sizes = from_start(&map(&indicators.returns, f64::abs), start);
                sizes[first..].iter().zip(s).map(|(size, s)| (size.max(1e-8) / s).ln() + 0.25).collect()
            }
            Input::VolatilityLevel => {
                let long_run = indicators.mean_squares();
                s.iter().zip(&long_run[first..]).map(|(s, long_run)| (s / long_run.sqrt()).ln()).collect()
            }
            Input::Drawdown => indicators.drawdown(YEAR),
            Input::Volume => indicators.volume().split_off(first),
            Input::RelativeVolume => volume(indicators, |log| difference(log, &from_first(log, 0.95))),
            Input::VolumeTrend => volume(indicators, |log| difference(&from_first(log, 0.8), &from_first(log, 0.98))),
            Input::YearlySeasonality => indicators.seasonality().yearly.clone(),
            Input::QuarterlySeasonality => indicators.seasonality().quarterly.clone(),
            Input::NearbySeasonality => indicators.seasonality().nearby.clone(),
            Input::CloseLevel => indicators.series.adjusted[first..].to_vec(),
            Input::OpenLevel => adjusted(indicators, |range| &range.open).split_off(first),
            Input::HighLevel => adjusted(indicators, |range| &range.high).split_off(first),
            Input::LowLevel => adjusted(indicators, |range| &range.low).split_off(first),
        }
    }

    /// Returns the name in model files.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => format!("{self:?}"),
        }
    }

    /// Whether the input requires an open, a high and a low.
    pub fn needs_bars(self) -> bool {
        use Input::*;
        matches!(
            self,
            OvernightGap
                | Body
                | CloseLocation
                | RangeVolatility
                | RogersSatchell
                | Trend
                | RangeVolatility50
                | RangeVolatility80
                | RangeVolatility94
                | RangeVolatility98
                | RangeVolatility99
                | LogRangeVolatility50
                | LogRangeVolatility94
                | RogersSatchell94
                | OvernightGap94
                | OpenLevel
                | HighLevel
                | LowLevel
        )
    }
}

fn map(values: &[f64], each: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter().map(|value| each(*value)).collect()
}

fn ratio(values: &[f64], s: &[f64]) -> Vec<f64> {
    values.iter().zip(s).map(|(value, s)| value / s).collect()
}

fn floored(variances: &[f64], floor: &[f64]) -> Vec<f64> {
    variances.iter().zip(floor).map(|(variance, floor)| variance.max(*floor)).collect()
}

/// Returns log(sqrt(variance) / s). The variance is bounded below for the same reason as s.
fn log_ratio(variances: &[f64], s: &[f64]) -> Vec<f64> {
    variances.iter().zip(s).map(|(variance, s)| 0.5 * (variance.max(1e-12) / (s * s)).ln()).collect()
}

fn log_range(indicators: &Indicators, decay: f64) -> Vec<f64> {
    let mean = indicators.mean_log_range(decay);
    mean.iter().zip(&indicators.volatility).skip(indicators.first_input).map(|(mean, s)| 0.5 * mean - s.ln()).collect()
}

/// Returns EW_k(min(r, 0)^2) / EW_k(r^2) - 1/2.
fn downside_variance(indicators: &Indicators, decay: f64) -> Vec<f64> {
    let falls = indicators.mean(&map(&indicators.returns, |r| r.min(0.0).powi(2)), decay, 0.5);
    let all = indicators.mean_square_return(decay);
    falls.iter().zip(&all).skip(indicators.first_input).map(|(falls, all)| falls / all.max(1e-12) - 0.5).collect()
}

/// Returns EW_0.94 of values, started at `start`.
fn from_start(values: &[f64], start: f64) -> Vec<f64> {
    let all: Vec<f64> = std::iter::once(start).chain(values.iter().skip(1).copied()).collect();
    let mut mean = from_first(&all, 0.94);
    mean.truncate(values.len());
    mean
}

fn volume(indicators: &Indicators, of: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    indicators.log_volume().map_or_else(|| vec![0.0; indicators.series.len()], of).split_off(indicators.first_input)
}

/// Returns a column of bars on the scale of adjusted closes; without bars, the adjusted close itself.
fn adjusted(indicators: &Indicators, column: fn(&OpenHighLow) -> &Vec<f64>) -> Vec<f64> {
    let series = indicators.series;
    let quoted = series.range.as_ref().map_or(&series.close, column);
    let factor = series.adjusted.iter().zip(&series.close).map(|(adjusted, close)| adjusted / close);
    quoted.iter().zip(factor).map(|(price, factor)| price * factor).collect()
}

/// A set of inputs. Each may use the columns of the sets before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InputSet {
    /// The inputs made from the close.
    Close,
    /// The inputs made from open, high, low and close.
    Ohlc,
    /// The inputs made from open, high, low, close and volume.
    All,
}

impl InputSet {
    /// Returns the inputs for forecasting a return.
    pub fn for_return(self) -> Vec<Input> {
        use Input::*;
        let range = [Return, RangeVolatility, OvernightGap, FastVolatility, SlowVolatility];
        match self {
            InputSet::Close => vec![Return],
            InputSet::Ohlc => range.to_vec(),
            InputSet::All => range.into_iter().chain([Volume]).collect(),
        }
    }

    /// Returns the inputs of pretrained networks: more inputs than one series is sufficient to train on.
    pub fn for_pretrained(self) -> Vec<Input> {
        use Input::*;
        let close = [
            Return,
            NegativeReturn,
            AbsoluteReturn,
            LogAbsoluteReturn,
            Volatility70,
            FastVolatility,
            Volatility97,
            SlowVolatility,
            Volatility99,
            Week,
            Month,
            DownsideVariance80,
            DownsideVariance94,
            DownsideVariance98,
            GearyRatio,
            VolatilityLevel,
            Drawdown,
            YearlySeasonality,
            QuarterlySeasonality,
            NearbySeasonality,
        ];
        let range = [
            Return,
            NegativeReturn,
            AbsoluteReturn,
            OvernightGap,
            Body,
            CloseLocation,
            RangeVolatility,
            RogersSatchell,
            Trend,
            RangeVolatility50,
            RangeVolatility80,
            RangeVolatility94,
            RangeVolatility98,
            RangeVolatility99,
            LogRangeVolatility50,
            LogRangeVolatility94,
            RogersSatchell94,
            OvernightGap94,
            Volatility97,
            Week,
            Month,
            DownsideVariance94,
            GearyRatio,
            VolatilityLevel,
            Drawdown,
            RelativeVolume,
            VolumeTrend,
            YearlySeasonality,
            QuarterlySeasonality,
            NearbySeasonality,
        ];
        match self {
            InputSet::Close => close.to_vec(),
            InputSet::Ohlc | InputSet::All => range.to_vec(),
        }
    }

    /// Returns the inputs for forecasting a price level.
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

/// The inputs of the days of a series from a first day on.
#[derive(Debug, Clone)]
pub struct InputTable {
    /// The first day that has a row.
    pub(super) first: usize,
    /// (days from `first` on, inputs), in row-major order
    pub(super) values: Array2<f64>,
}

impl InputTable {
    /// Returns the inputs of a day.
    ///
    /// # Panics
    /// If the day is before the first day that has a row.
    #[track_caller]
    pub fn row(&self, day: usize) -> ArrayView1<'_, f64> {
        self.values.row(day - self.first)
    }

    /// Returns the inputs of some days, (days, inputs).
    ///
    /// # Panics
    /// If one of the days is before the first day that has a row.
    #[track_caller]
    pub fn rows(&self, days: Range<usize>) -> ArrayView2<'_, f64> {
        self.values.slice(s![days.start - self.first..days.end - self.first, ..])
    }

    /// Returns the inputs of all days that have a row, (days, inputs).
    pub fn all(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }
}

/// Returns the inputs of the days from [`Indicators::first_input`] on.
pub(super) fn table(inputs: &[Input], indicators: &Indicators) -> InputTable {
    let first = indicators.first_input;
    let mut values = Array2::zeros((indicators.series.len() - first, inputs.len()));
    for (input, column) in inputs.iter().zip(values.columns_mut()) {
        for (cell, value) in column.into_iter().zip(input.values(indicators)) {
            *cell = value;
        }
    }
    InputTable { first, values }
}
