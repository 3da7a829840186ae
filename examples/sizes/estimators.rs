//! Other tests of a zero mean of autocorrelated days, for comparison. Each is two-sided, at the 5 % level.

use fourcast::eval::significance::diebold_mariano;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Whether a test rejects; none if the variance is not positive.
pub type Test = fn(&[f64], usize) -> Option<bool>;

/// The tests of the table, in the order of its columns.
pub const TESTS: [Test; 4] = [autocovariances, bartlett, blocks, cosines];

/// The equal-weighted autocovariances of Diebold & Mariano (1995), corrected for small samples by Harvey, Leybourne &
/// Newbold (1997).
fn autocovariances(d: &[f64], horizon: usize) -> Option<bool> {
    let (n, h) = (d.len() as f64, horizon as f64);
    let variance = autocovariance(d, 0) + 2.0 * (1..horizon).map(|lag| autocovariance(d, lag)).sum::<f64>();
    let correction = (n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n;
    rejects(d, variance / correction, quantile(d.len() - 1)?)
}

/// Bartlett weights with a bandwidth of 1.3 sqrt(n), at least 2 h, and fixed-b critical values (Kiefer & Vogelsang
/// 2005).
fn bartlett(d: &[f64], horizon: usize) -> Option<bool> {
    let n = d.len() as f64;
    let bandwidth = (1.3 * n.sqrt()).max(2.0 * horizon as f64).min(n);
    let weighted = |lag: usize| (1.0 - lag as f64 / bandwidth) * autocovariance(d, lag);
    let variance = autocovariance(d, 0) + 2.0 * (1..bandwidth as usize).map(weighted).sum::<f64>();
    let b = bandwidth / n;
    rejects(d, variance, 1.9600 + 2.9694 * b + 0.4160 * b * b - 0.5324 * b * b * b)
}

/// The t test of the means of at most 25 blocks of at least 2 h days (Ibragimov & Müller 2010).
fn blocks(d: &[f64], horizon: usize) -> Option<bool> {
    let count = (d.len() / (2 * horizon)).min(25);
    let block = |k: usize| mean(&d[k * d.len() / count..(k + 1) * d.len() / count]);
    let means: Vec<f64> = (0..count).map(block).collect();
    let variance = autocovariance(&means, 0) * count as f64 / (count - 1) as f64;
    rejects(&means, variance, quantile(count - 1)?)
}

/// The test that the program uses.
fn cosines(d: &[f64], horizon: usize) -> Option<bool> {
    diebold_mariano(d, horizon).ok().map(|test| test.p_value < 0.05)
}

fn rejects(d: &[f64], variance: f64, critical: f64) -> Option<bool> {
    (variance > 0.0).then(|| mean(d).abs() > critical * (variance / d.len() as f64).sqrt())
}

fn mean(d: &[f64]) -> f64 {
    d.iter().sum::<f64>() / d.len() as f64
}

fn autocovariance(d: &[f64], lag: usize) -> f64 {
    let centre = mean(d);
    d.iter().zip(&d[lag..]).map(|(x, later)| (x - centre) * (later - centre)).sum::<f64>() / d.len() as f64
}

fn quantile(freedom: usize) -> Option<f64> {
    Some(StudentsT::new(0.0, 1.0, freedom as f64).ok()?.inverse_cdf(0.975))
}
