//! Simulated returns and variances for tests.

use rand::SeedableRng;
use rand_distr::{Distribution, StudentT};
use rand_pcg::Pcg64;

/// Returns variances for days with these returns, as bars would measure them: half of each is constant and half is the
/// squared return, times a factor that varies by day.
pub(crate) fn variances(returns: &[f64]) -> Vec<f64> {
    let day = |(day, r): (usize, &f64)| (5e-5 + 0.5 * r * r) * (0.7 + 0.1 * (day * day % 7) as f64);
    returns.iter().enumerate().map(day).collect()
}

/// Returns log returns of a simulated GJR-GARCH-t market, of about 1.5 % per day.
pub(crate) fn returns(days: usize) -> Vec<f64> {
    let mut rng = Pcg64::seed_from_u64(11);
    let t = StudentT::new(5.0).unwrap();
    let mut s2 = 2.0_f64;
    let day = |_| {
        let z = t.sample(&mut rng) * (3.0_f64 / 5.0).sqrt();
        let e = s2.sqrt() * z;
        s2 = 0.06 + (if e < 0.0 { 0.13 } else { 0.03 }) * e * e + 0.89 * s2;
        (0.04 + e) / 100.0
    };
    (0..days).map(day).collect()
}
