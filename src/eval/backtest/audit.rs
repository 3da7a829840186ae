//! The look-ahead audit: spoil the future, walk again, and compare bit by bit.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::walk::{Walk, origins, walk};
use super::{Backtest, BacktestError, Settings, Silent, Subject};
use crate::features::without_halts;
use crate::prices::PriceSeries;
use jiff::civil::Date;

/// What an audit found.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// Origins after which every row was spoilt, in a walk of its own each.
    pub origins: Vec<Date>,
    /// Forecasts compared, of the model and of every baseline.
    pub forecasts: usize,
    /// Bytes compared.
    pub bytes: usize,
    /// The first that differed: a later row has reached it.
    pub difference: Option<Difference>,
}

/// A forecast that knew of a later row.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Whose forecast.
    pub name: String,
    /// The origin it was made on.
    pub origin: Date,
    /// The last day that was left as it was.
    pub spoilt_after: Date,
    /// What was said, and what was said with a spoilt future: logarithmic returns.
    pub said: (f64, f64),
}

/// Spoils every row after each of `sample` origins, spread over the test, walks again, and compares
/// every forecast made up to that origin with that of `result`, the backtest of the untouched series.
///
/// This proves that fits, calibrations, baselines and forecasts of the walk use no later row. What it
/// cannot see is what was decided before the walk, from the whole file: how the file is read, and the
/// weights it starts from; those are refused by their days (see [`BacktestError::InSample`]).
///
/// # Errors
/// As [`backtest`](super::backtest).
pub fn audit(
    series: &PriceSeries,
    subject: Subject<'_>,
    settings: &Settings,
    result: &Backtest,
    sample: usize,
) -> Result<Certificate, BacktestError> {
    let series = &*without_halts(series);
    let origins = origins(series, subject, settings)?;
    let sample = sample.clamp(1, origins.len());
    let mut certificate = Certificate { origins: Vec::new(), forecasts: 0, bytes: 0, difference: None };
    for k in 0..sample {
        // Spread evenly, each in the middle of its part: on refits and between them.
        let origin = origins.start + (2 * k + 1) * origins.len() / (2 * sample);
        let spoilt = spoil(series, origin, k as u64);
        // The same days of the spoilt series, up to the origin; that there are fewer is no difference,
        // for a walk forward does not know where it will end.
        let again = walk(&spoilt, subject, settings, origins.start..origin + 1, &Silent)?;
        certificate.origins.push(series.dates[origin]);
        certificate.compare(result, &again);
        if certificate.difference.is_some() {
            break;
        }
    }
    Ok(certificate)
}

impl Certificate {
    /// Compares what was said with what was said again, up to the first difference.
    fn compare(&mut self, result: &Backtest, again: &Walk) {
        let rivals = again.rivals.iter().map(|rival| &rival.said);
        let tracks = std::iter::once(&result.model).chain(&result.baselines);
        for (track, again) in tracks.zip(std::iter::once(&again.said).chain(rivals)) {
            for (day, again) in again.iter().enumerate() {
                let (said, again): (Vec<f64>, Vec<f64>) =
                    (track.said(day).numbers().collect(), again.numbers().collect());
                self.forecasts += 1;
                self.bytes += 8 * said.len();
                if let Some(said) = said.into_iter().zip(again).find(|(a, b)| a.to_bits() != b.to_bits()) {
                    let (name, origin) = (track.name.clone(), result.days[day].origin);
                    let spoilt_after = self.origins[self.origins.len() - 1];
                    self.difference = Some(Difference { name, origin, spoilt_after, said });
                    return;
                }
            }
        }
    }
}

/// The series with every row after `origin` changed beyond recognition, each price by itself: above zero as it
/// was, but with highs that may be below lows, as no vendor's are.
fn spoil(series: &PriceSeries, origin: usize, seed: u64) -> PriceSeries {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut spoilt = series.clone();
    for row in origin + 1..series.len() {
        let mut factor = || rng.random_range(0.3..3.0);
        spoilt.close[row] *= factor();
        spoilt.adjusted[row] *= factor();
        if let Some(range) = &mut spoilt.range {
            range.open[row] *= factor();
            range.high[row] *= factor();
            range.low[row] *= factor();
        }
        if let Some(volume) = &mut spoilt.volume {
            volume[row] *= factor();
        }
    }
    spoilt
}
