//! The look-ahead audit: spoil the future, walk again, and compare bit by bit.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::track::Said;
use super::walk::{Walk, origins, walk};
use super::{BacktestError, Settings, Silent, Subject};
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
/// every forecast made up to that origin with that of the untouched series.
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
    sample: usize,
) -> Result<Certificate, BacktestError> {
    let origins = origins(series, subject, settings)?;
    let Walk { said: model, rivals, .. } = walk(series, subject, settings, origins.clone(), &Silent)?;
    let sample = sample.clamp(1, origins.len());
    let mut certificate = Certificate { origins: Vec::new(), forecasts: 0, bytes: 0, difference: None };
    for k in 0..sample {
        // Spread evenly, each in the middle of its part: on refits and between them.
        let origin = origins.start + (2 * k + 1) * origins.len() / (2 * sample);
        let spoilt_after = series.dates[origin];
        certificate.origins.push(spoilt_after);
        let spoilt = spoil(series, origin, k as u64);
        // The same days of the spoilt series, up to the origin; that there are fewer is no difference,
        // for a walk forward does not know where it will end.
        let Walk { said: again, rivals: rivals_again, .. } =
            walk(&spoilt, subject, settings, origins.start..origin + 1, &Silent)?;
        let pairs = rivals.iter().zip(&rivals_again).map(|(a, b)| (a.kind.name(), &a.said, &b.said));
        for (name, said, again) in std::iter::once(("fourcast", &model, &again)).chain(pairs) {
            for (day, (said, again)) in said.iter().zip(again).enumerate() {
                let (a, b) = (numbers(said), numbers(again));
                certificate.forecasts += 1;
                certificate.bytes += 8 * a.len();
                let differs = a.iter().zip(&b).find(|(a, b)| a.to_bits() != b.to_bits());
                if let Some((a, b)) = differs {
                    let origin = series.dates[origins.start + day];
                    certificate.difference =
                        Some(Difference { name: name.into(), origin, spoilt_after, said: (*a, *b) });
                    return Ok(certificate);
                }
            }
        }
    }
    Ok(certificate)
}

fn numbers(said: &Said) -> Vec<f64> {
    let ends = said.ends.iter().flat_map(|(lower, upper)| [*lower, *upper]);
    std::iter::once(said.median).chain(said.quantiles.iter().copied()).chain(ends).collect()
}

/// The series with every row after `origin` changed beyond recognition, and still a series of prices:
/// positive, its highs above its lows.
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
