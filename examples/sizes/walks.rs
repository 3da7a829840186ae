//! Random walks, and forecasts of them.

use fourcast::eval::scores::{QUANTILE_LEVELS, pinball};
use rand_distr::{Distribution, StandardNormal, StudentT};
use rand_pcg::Pcg64;
use statrs::distribution::{ContinuousCDF, Normal};

/// Standard deviation of a day.
const SIGMA: f64 = 0.01;
/// Days before the test from which the mean return is estimated.
pub const PAST: usize = 500;
/// Coefficients of the GARCH(1,1) on the squared return and on the variance; the mean variance is one.
const GARCH: (f64, f64) = (0.10, 0.88);
/// Coefficient from day to day of the error that a forecast adds to the true distribution.
const PERSISTENCE: f64 = 0.9;

/// The distribution of returns.
#[derive(Clone, Copy)]
pub enum Returns {
    /// Normal, independent.
    Normal,
    /// Student-t with 3 degrees of freedom, independent.
    HeavyTails,
    /// GARCH(1,1) with Student-t innovations, 5 degrees of freedom.
    Clusters,
}

/// The error that a forecast adds to the true distribution.
#[derive(Clone, Copy)]
pub enum Error {
    /// No error: tomorrow = today.
    None,
    /// Random deviations of location and log scale, in standard deviations of the return.
    Noise(f64),
    /// The mean return of the days before the test.
    PastMean,
}

/// A walk, and the return from each origin to the day `horizon` days later.
pub struct Walk {
    /// Log returns of the past.
    past: Vec<f64>,
    /// Price on each origin, and on the forecast day.
    pub today: Vec<f64>,
    pub actual: Vec<f64>,
    /// True standard deviation of the return.
    deviation: Vec<f64>,
    horizon: usize,
}

/// The daily losses of a forecast, and its prices.
pub struct Scored {
    pub prices: Vec<f64>,
    pub squares: Vec<f64>,
    pub crps: Vec<f64>,
}

/// Returns log returns, each with its variance as known the day before, in units of the mean variance.
pub fn returns(kind: Returns, days: usize, rng: &mut Pcg64) -> Vec<(f64, f64)> {
    let student =
        |nu: f64, rng: &mut Pcg64| StudentT::new(nu).map_or(0.0, |t| t.sample(rng) * ((nu - 2.0) / nu).sqrt());
    let mut variance = 1.0_f64;
    let next = |_| {
        let (z, known): (f64, f64) = match kind {
            Returns::Normal => (StandardNormal.sample(rng), 1.0),
            Returns::HeavyTails => (student(3.0, rng), 1.0),
            Returns::Clusters => (student(5.0, rng), variance),
        };
        let r = known.sqrt() * z;
        variance = 1.0 - GARCH.0 - GARCH.1 + GARCH.0 * r * r + GARCH.1 * variance;
        (SIGMA * r, known)
    };
    (0..days).map(next).collect()
}

/// Returns an AR(1) of unit variance.
fn signal(days: usize, rng: &mut Pcg64) -> Vec<f64> {
    let mut x: f64 = StandardNormal.sample(rng);
    let next = |_| {
        let new: f64 = StandardNormal.sample(rng);
        x = PERSISTENCE * x + (1.0 - PERSISTENCE * PERSISTENCE).sqrt() * new;
        x
    };
    (0..days).map(next).collect()
}

impl Walk {
    pub fn new(kind: Returns, (horizon, days): (usize, usize), rng: &mut Pcg64) -> Walk {
        let returns = returns(kind, PAST + days + horizon, rng);
        let mut price = 100.0_f64;
        let step = |(r, _): &(f64, f64)| {
            price *= r.exp();
            price
        };
        let prices: Vec<f64> = returns.iter().map(step).collect();
        let (ahead, persistence) = (horizon as f64, GARCH.0 + GARCH.1);
        // The variances of the next h days converge geometrically to their mean.
        let memory = (1.0 - persistence.powf(ahead)) / (1.0 - persistence);
        let deviation = |(_, known): &(f64, f64)| SIGMA * (ahead + (known - 1.0) * memory).sqrt();
        Walk {
            past: returns[..PAST].iter().map(|(r, _)| *r).collect(),
            today: prices[PAST - 1..][..days].to_vec(),
            actual: prices[PAST - 1 + horizon..][..days].to_vec(),
            deviation: returns[PAST..][..days].iter().map(deviation).collect(),
            horizon,
        }
    }

    /// Returns a normal distribution of the return with the true standard deviation and this error, scored.
    pub fn forecast(&self, error: Error, rng: &mut Pcg64) -> Scored {
        let days = self.today.len();
        let mean = self.horizon as f64 * self.past.iter().sum::<f64>() / self.past.len() as f64;
        let (shift, noise) = match error {
            Error::None => (0.0, 0.0),
            Error::Noise(noise) => (0.0, noise),
            Error::PastMean => (mean, 0.0),
        };
        let (of_location, of_scale) = (signal(days, rng), signal(days, rng));
        let unit: Vec<f64> = QUANTILE_LEVELS.iter().map(|level| Normal::standard().inverse_cdf(*level)).collect();
        let mut scored = Scored { prices: vec![], squares: vec![], crps: vec![] };
        for t in 0..days {
            let location = shift + noise * of_location[t] * self.deviation[t];
            let scale = self.deviation[t] * (noise * of_scale[t]).exp();
            let price = self.today[t] * location.exp();
            let outcome = (self.actual[t] / self.today[t]).ln();
            let losses =
                unit.iter().zip(QUANTILE_LEVELS).map(|(z, level)| pinball(outcome, location + scale * z, level));
            scored.crps.push(2.0 * losses.sum::<f64>() / QUANTILE_LEVELS.len() as f64);
            scored.squares.push((self.actual[t] - price).powi(2));
            scored.prices.push(price);
        }
        scored
    }
}

/// For each day: today's price, the next price, and a forecast of it.
pub struct Autoregression {
    pub today: Vec<f64>,
    pub actual: Vec<f64>,
    pub forecast: Vec<f64>,
}

impl Autoregression {
    /// Simulates returns that follow an AR(1) with coefficient `phi`; each forecast uses the coefficient estimated from
    /// all earlier days.
    pub fn new(kind: Returns, phi: f64, (past, days): (usize, usize), rng: &mut Pcg64) -> Autoregression {
        let mut columns = Autoregression { today: vec![], actual: vec![], forecast: vec![] };
        let (mut price, mut last, mut products, mut squares) = (100.0_f64, 0.0, 0.0, 0.0);
        for (day, (innovation, _)) in returns(kind, past + days, rng).into_iter().enumerate() {
            let r = phi * last + innovation;
            if day >= past {
                columns.today.push(price);
                columns.forecast.push(price * (products / squares * last).exp());
                columns.actual.push(price * r.exp());
            }
            products += last * r;
            squares += last * last;
            (price, last) = (price * r.exp(), r);
        }
        columns
    }
}
