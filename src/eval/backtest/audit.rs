//! The look-ahead audit: cuts the file after a day, reads it again, repeats the walk up to that day, and compares every
//! forecast bit by bit.

use jiff::civil::Date;

use super::walk::{Walk, origins, walk};
use super::{Backtest, BacktestError, BacktestSettings, SilentBacktest, Subject};
use fourcast_features::without_halts;
use fourcast_prices::{OpenHighLow, PriceSeries, ReadError};

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditReport {
    /// Origins up to which the walk was repeated.
    pub origins: Vec<Date>,
    /// Days after which the file was cut and read again with equal rows: the origins and the days of their fits, each
    /// once.
    pub reread: Vec<Date>,
    /// Days after which the cut file could not be read on its own, each once. The rows of the whole file were used for
    /// them, so anything that reading derives from later rows is not audited.
    pub unread: Vec<Unread>,
    /// Days after which the file was cut and whose row belongs to a week or month that is unfinished by the dates up to
    /// that row, each once. `predict` omits such a row at the end of a file; the backtest forecasts from it.
    pub unfinished: Vec<Date>,
    /// Whether bars begin after a day on which the file was cut; the information that the file has bars then came from
    /// later rows.
    pub has_later_bars: bool,
    /// Whether volumes begin after a day on which the file was cut.
    pub has_later_volume: bool,
    /// Forecasts compared, of the model and of every baseline.
    pub forecasts: usize,
    /// Bytes compared.
    pub bytes: usize,
    /// The first difference: a later row has influenced an earlier day.
    pub difference: Option<Difference>,
}

/// A cut file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The last day that was left in it.
    pub day: Date,
    /// The reason.
    pub why: String,
}

/// A value that depends on a later row.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// A row of the file, or the set of columns.
    Reading {
        /// What differs, such as `adjusted close`.
        what: &'static str,
        /// The row's day; `None` if only one reading has the column.
        date: Option<Date>,
        /// The last day of the cut file.
        cut_after: Date,
    },
    /// A forecast.
    Forecast {
        /// The name of the forecaster.
        name: String,
        /// The origin of the forecast.
        origin: Date,
        /// The last day of the cut file.
        cut_after: Date,
        /// The log return forecast from the whole file, and that forecast from the cut file.
        forecasts: (f64, f64),
    },
}

/// A series as read from its file cut after a day; every step of reading is repeated.
#[derive(Debug, Clone)]
pub struct CutSeries {
    /// The series; its last row is that day.
    pub series: PriceSeries,
    /// Whether that row belongs to a week or month that is unfinished by the dates up to it.
    pub ends_unfinished: bool,
}

/// Reads the series again from its file cut after a day.
pub type AsKnownOn<'a> = dyn Fn(Date) -> Result<CutSeries, ReadError> + 'a;

/// For each of `sample` origins, spread over the test: reads the series as known on that day, and on the day of its
/// fit, with `known_on`; compares its rows with those of `series`; repeats the walk over the cut series up to that
/// origin; and compares every forecast with that in `result`.
///
/// This proves that the forecasts on those origins, and on all earlier ones, depend only on the file cut there:
/// reading, adjustments, fits, calibrations, baselines and forecasts. It cannot detect what is not in the rows: whether
/// a vendor later changed earlier rows, whether the series was chosen because it survived, or on which days the initial
/// weights were trained. The last is checked by [`BacktestError::InSample`].
///
/// # Errors
/// Those of [`backtest`](super::backtest).
pub fn audit(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &BacktestSettings,
    result: &Backtest,
    sample: usize,
    known_on: &AsKnownOn<'_>,
) -> Result<AuditReport, BacktestError> {
    let (listed, series) = (series, &*without_halts(series));
    let origins = origins(series, subject, settings)?;
    let sample = sample.clamp(1, origins.len());
    let mut audit_report = AuditReport::default();
    for k in 0..sample {
        // Evenly spread, each in the middle of its part, so that some are on refits and some between them.
        let origin = origins.start + (2 * k + 1) * origins.len() / (2 * sample);
        let since_fit = (origin - origins.start) % settings.refit_every;
        // A saved model is not fitted.
        let fitted = matches!(subject, Subject::Recipe { .. }).then_some(origin - since_fit);
        for row in fitted.into_iter().filter(|row| *row < origin) {
            audit_report.read_again(series, row, known_on);
        }
        let known = audit_report.read_again(series, origin, known_on);
        if audit_report.difference.is_some() {
            break;
        }
        let again = walk((&known, listed), subject, settings, origins.start..origin + 1, &SilentBacktest)?;
        audit_report.origins.push(series.dates[origin]);
        audit_report.compare(result, &again);
        if audit_report.difference.is_some() {
            break;
        }
    }
    Ok(audit_report)
}

impl AuditReport {
    /// Returns the series as known on the day of a row, after comparing it with the rows of the whole series.
    fn read_again(&mut self, series: &PriceSeries, row: usize, known_on: &AsKnownOn<'_>) -> PriceSeries {
        let (day, whole) = (series.dates[row], series.slice(0..row + 1));
        let known = match known_on(day) {
            Ok(CutSeries { series, ends_unfinished }) => {
                if ends_unfinished && !self.unfinished.contains(&day) {
                    self.unfinished.push(day);
                }
                self.with_later_columns(without_halts(&series).into_owned(), &whole)
            }
            Err(error) => {
                if self.unread.iter().all(|unread| unread.day != day) {
                    self.unread.push(Unread { day, why: error.problem.to_string() });
                }
                return whole;
            }
        };
        match differing(&whole, &known) {
            Some((what, date)) if self.difference.is_none() => {
                self.difference = Some(Difference::Reading { what, date, cut_after: day });
            }
            Some(_) => {}
            // An origin can also be the day of a later fit.
            None if self.reread.contains(&day) => {}
            None => self.reread.push(day),
        }
        known
    }

    /// Returns the cut series with the columns that begin after its last day, as the whole file has them there: open,
    /// high and low equal to the close, and volumes of zero.
    fn with_later_columns(&mut self, known: PriceSeries, whole: &PriceSeries) -> PriceSeries {
        let is_stand_in = |range: &&OpenHighLow| {
            [&range.open, &range.high, &range.low].into_iter().all(|column| *column == whole.close)
        };
        let range = whole.range.as_ref().filter(|range| known.range.is_none() && is_stand_in(range));
        let volume = whole.volume.as_ref().filter(|_| known.volume.is_none());
        let volume = volume.filter(|volume| volume.iter().all(|volume| *volume == 0.0));
        self.has_later_bars |= range.is_some();
        self.has_later_volume |= volume.is_some();
        let (range, volume) = (range.cloned().or(known.range.clone()), volume.cloned().or(known.volume.clone()));
        PriceSeries { range, volume, ..known }
    }

    /// Compares forecasts with those of the repeated walk, up to the first difference.
    fn compare(&mut self, result: &Backtest, again: &Walk) {
        let baselines = again.baselines.iter().map(|walk| &walk.forecasts);
        let tracks = std::iter::once(&result.model).chain(&result.baselines);
        for (track, again) in tracks.zip(std::iter::once(&again.forecasts).chain(baselines)) {
            for (day, again) in again.iter().enumerate() {
                let (first, again): (Vec<f64>, Vec<f64>) =
                    (track.day(day).numbers().collect(), again.numbers().collect());
                self.forecasts += 1;
                self.bytes += 8 * first.len();
                if let Some(forecasts) = first.into_iter().zip(again).find(|(a, b)| a.to_bits() != b.to_bits()) {
                    let (name, origin) = (track.name.clone(), result.days[day].origin);
                    let cut_after = self.origins[self.origins.len() - 1];
                    self.difference = Some(Difference::Forecast { name, origin, cut_after, forecasts });
                    return;
                }
            }
        }
    }
}

/// Returns the first thing that differs between two readings of the same rows, and its day.
fn differing(whole: &PriceSeries, known: &PriceSeries) -> Option<(&'static str, Option<Date>)> {
    if let Some(row) = (0..whole.len().max(known.len())).find(|&row| whole.dates.get(row) != known.dates.get(row)) {
        return Some(("days", whole.dates.get(row).or(known.dates.get(row)).copied()));
    }
    let range = |series: &PriceSeries| {
        series.range.as_ref().map(|range| [&range.open, &range.high, &range.low].map(Vec::clone))
    };
    let [ours, theirs] = [range(whole), range(known)];
    let column = |k: usize| (ours.as_ref().map(|range| &range[k]), theirs.as_ref().map(|range| &range[k]));
    let columns = [
        ("close", (Some(&whole.close), Some(&known.close))),
        ("adjusted close", (Some(&whole.adjusted), Some(&known.adjusted))),
        ("open", column(0)),
        ("high", column(1)),
        ("low", column(2)),
        ("volume", (whole.volume.as_ref(), known.volume.as_ref())),
    ];
    type Pair<'a> = (Option<&'a Vec<f64>>, Option<&'a Vec<f64>>);
    let differs = |(what, columns): (&'static str, Pair<'_>)| match columns {
        (None, None) => None,
        (Some(ours), Some(theirs)) => {
            let row = ours.iter().zip(theirs).position(|(a, b)| a.to_bits() != b.to_bits())?;
            Some((what, whole.dates.get(row).copied()))
        }
        _ => Some((what, None)),
    };
    let past = whole.covariates.past.iter().zip(&known.covariates.past);
    let past = past.map(|(ours, theirs)| ("past column", (Some(&ours.values), Some(&theirs.values))));
    columns.into_iter().chain(past).find_map(differs)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::super::backtest;
    use super::super::walk::LEAKY;
    use super::*;
    use crate::baselines::NAIVE;
    use crate::baselines::testing::returns;
    use fourcast_model::Config;
    use fourcast_prices::{History, ReadOptions, Splits};

    /// Returns the closes of a simulated market, one row per day.
    fn closes(days: usize) -> Vec<f64> {
        let mut price = 100.0;
        let next = |log_return: f64| {
            price *= log_return.exp();
            price
        };
        returns(days).into_iter().map(next).collect()
    }

    fn audited(series: &PriceSeries, known_on: &AsKnownOn<'_>) -> AuditReport {
        let config = Config { epochs: 1, ensemble: 1, ..Config::for_series(series) };
        let subject = Subject::Recipe { config: &config, init: None, in_sample: false };
        let settings = BacktestSettings {
            horizon: 1,
            test_days: Some(40),
            refit_every: 20,
            rolling: None,
            calendar: None,
            baselines: vec![NAIVE],
            test_fraction: 0.2,
            levels: vec![0.5],
            events: Vec::new(),
            threads: 1,
        };
        let result = backtest(series, subject, &settings, &SilentBacktest).unwrap();
        audit(series, subject, &settings, &result, 3, known_on).unwrap()
    }

    /// The inputs are scaled on all rows, including later ones.
    #[test]
    fn look_ahead_of_a_fit_is_found() {
        let days: Vec<Date> = (0..420).map(|day| jiff::civil::date(2020, 1, 1) + i64::from(day).days()).collect();
        let close = closes(days.len());
        let of = |name: &str| PriceSeries {
            name: name.into(),
            dates: days.clone(),
            adjusted: close.clone(),
            close: close.clone(),
            ..PriceSeries::default()
        };
        let audited = |series: PriceSeries| {
            let until = |day| series.slice(0..series.dates.partition_point(|date| *date <= day));
            audited(&series, &|day| Ok(CutSeries { series: until(day), ends_unfinished: false }))
        };
        assert_eq!(audited(of("sound")).difference, None);
        let difference = audited(of(LEAKY)).difference.expect("the leak is found");
        let Difference::Forecast { name, origin, cut_after, .. } = difference else { panic!("{difference:?}") };
        assert_eq!(name, "fourcast");
        assert!(origin <= cut_after);
    }

    /// A split inside the test, read by a reader that changes the days before it.
    #[test]
    fn look_ahead_of_the_reading_is_found() {
        const SPLIT: usize = 400;
        let quote = |(row, close): (usize, f64)| if row < SPLIT { close } else { close / 3.0 };
        let rows = closes(420).into_iter().enumerate().map(|row| (row.0, quote(row)));
        let rows = rows.map(|(row, quote)| (jiff::civil::date(2020, 1, 1) + (row as i64).days(), quote));
        let text: String = rows.map(|(day, quote)| format!("{day},{quote}\n")).collect();
        let options = ReadOptions { splits: Some(Splits::Adjust), ..ReadOptions::default() };
        let text = format!("Date,Close\n{text}");
        let (reading, history) = History::read_bytes("p.csv", text.as_bytes(), &options).unwrap();
        let known_on = |day: Date| {
            let series = history.reading_on(day)?.series.remove(0);
            Ok(CutSeries { ends_unfinished: history.ends_unfinished(&series), series })
        };
        let mut series = reading.series[0].clone();
        assert_eq!(audited(&series, &known_on).difference, None);
        // The days before the split are divided; correctly, the days from the split on are multiplied.
        series.adjusted.iter_mut().for_each(|price| *price /= 3.0);
        let difference = audited(&series, &known_on).difference.expect("the hindsight is found");
        let Difference::Reading { what, .. } = difference else { panic!("{difference:?}") };
        assert_eq!(what, "adjusted close");
    }

    fn series() -> PriceSeries {
        let dates = (1..=4).map(|day| jiff::civil::date(2024, 1, day)).collect();
        let close = vec![1.0, 2.0, 3.0, 4.0];
        PriceSeries {
            name: "p".into(),
            frequency: fourcast_prices::Frequency::Daily,
            dates,
            adjusted: close.clone(),
            close,
            range: None,
            volume: Some(vec![9.0; 4]),
            ..PriceSeries::default()
        }
    }

    #[test]
    fn equal_rows_are_equal_to_the_last_bit_and_in_every_column() {
        let whole = series();
        assert_eq!(differing(&whole, &whole), None);
        let mut other = series();
        other.adjusted[2] = f64::from_bits(3.0_f64.to_bits() + 1);
        assert_eq!(differing(&whole, &other), Some(("adjusted close", Some(whole.dates[2]))));
        other = PriceSeries { volume: None, ..series() };
        assert_eq!(differing(&whole, &other), Some(("volume", None)));
        assert_eq!(differing(&whole, &whole.slice(0..3)), Some(("days", Some(whole.dates[3]))));
        assert_eq!(differing(&whole.slice(1..4), &whole), Some(("days", Some(whole.dates[1]))));
    }
}
