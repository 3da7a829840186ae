//! A simulated market: daily bars with volatility clustering, jumps, a leverage effect and overnight gaps. Every
//! parameter is drawn separately for each series.
//!
//! ```text
//! log volatility = m + a + b                      a slow and a fast component, both AR(1)
//! a_t = phi_a a_{t-1} + shock_a,  shock = deviation (rho z_{t-1} + sqrt(1 - rho^2) noise)
//! z = the day's return over its volatility        rho < 0: falls raise the volatility of the next day
//! risk premium: a multiple of the volatility      added to the mean of each day's return
//! gap: a Student-t part of the day's variance     the overnight return
//! reports: four a year, in half of the markets    earnings on regular dates, with a large move
//! day: 100 steps whose variance is U-shaped       give consistent open, high, low and close
//! short sessions: low variance, in half of them   do not change the volatility of later days
//! record: the prices that a file shows            a few of them, on a grid
//! ```

use std::collections::BTreeSet;

use fourcast::prices::{Frequency, OpenHighLow, PriceSeries};
use jiff::ToSpan;
use jiff::civil::date;
use rand::RngExt;
use rand_distr::{ChiSquared, Distribution, StandardNormal, StudentT};
use rand_pcg::Pcg64;

use super::record::Record;

/// Number of steps in a trading day.
pub const STEPS: usize = 100;
/// Burn-in days before the series begins. After them, the fast component of volatility is independent of its start. The
/// slow component can take years and therefore starts near its mean.
const BEFORE: usize = 100;
/// Bound on the standardised returns that affect the volatility.
const MAX_STANDARDISED_ERROR: f64 = 4.0;

/// The parameters of one series.
struct Character {
    level: f64, // m
    slow: Factor,
    fast: Factor,
    overnight: f64, // fraction of the variance
    gap_nu: f64,    // degrees of freedom
    day_nu: f64,
    jump: f64, // probability
    jump_size: f64,
    risk_premium: f64, // mean return, in standard deviations of its day
    reports: Option<Reports>,
    short_session: f64,  // probability
    steps: [f64; STEPS], // standard deviations relative to the trading day's
    volume: Option<Volume>,
    record: Record,
}

/// A component of the log volatility.
struct Factor {
    phi: f64,
    shock: f64, // standard deviation of a day's shock
    rho: f64,   // its correlation with the last day's standardised return
}

/// Earnings reports, four times a year.
struct Reports {
    days: [i64; 4],   // of a year of 364 days, so that they keep their weekday
    slip: f64,        // probability of another day than the regular one
    before_open: f64, // probability; the others come while the market trades
    size: f64,        // standard deviation of the move, in those of a day
}

/// log volume = an AR(1), plus multiples of the fast volatility and of the size of the day's return.
struct Volume {
    phi: f64,
    shock: f64,
    of_fast: f64,
    of_size: f64,
}

pub fn within(rng: &mut Pcg64, low: f64, high: f64) -> f64 {
    rng.random_range(low..high)
}

fn normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

impl Factor {
    /// Creates a factor; `deviation` is its long-run standard deviation.
    fn new(phi: f64, deviation: f64, rho: f64) -> Factor {
        Factor { phi, shock: deviation * (1.0 - phi * phi).sqrt(), rho }
    }

    fn next(&self, now: f64, standardised_error: f64, rng: &mut Pcg64) -> f64 {
        let noise = (1.0 - self.rho * self.rho).sqrt() * normal(rng);
        self.phi * now + self.shock * (self.rho * standardised_error + noise)
    }
}

impl Reports {
    fn draw(rng: &mut Pcg64) -> Reports {
        let first = rng.random_range(0..91);
        let spread = within(rng, 0.0, 10.0);
        let day = |quarter: usize, rng: &mut Pcg64| {
            let moved = (spread * normal(rng)).round().clamp(-20.0, 20.0) as i64;
            (first + 91 * quarter as i64 + moved).rem_euclid(364)
        };
        Reports {
            days: std::array::from_fn(|quarter| day(quarter, rng)),
            slip: within(rng, 0.0, 0.6),
            before_open: within(rng, 0.3, 1.0),
            size: within(rng, 1.0, 4.0),
        }
    }

    /// Draws the days of all reports up to the day `last`.
    fn dates(&self, last: i64, rng: &mut Pcg64) -> BTreeSet<i64> {
        const SLIPS: [i64; 6] = [-7, -2, -1, 1, 2, 7];
        let mut dates = BTreeSet::new();
        for year in 0..=last / 364 {
            for day in self.days {
                let slip = if rng.random_bool(self.slip) { SLIPS[rng.random_range(0..SLIPS.len())] } else { 0 };
                dates.insert(year * 364 + day + slip);
            }
        }
        dates
    }
}

/// Returns the date of a session, as days counted from a Monday.
fn date_of(session: usize) -> i64 {
    (session / 5 * 7 + session % 5) as i64
}

impl Character {
    fn draw(rng: &mut Pcg64) -> Character {
        let slow_phi = 1.0 - 10_f64.powf(within(rng, -2.7, -1.4));
        let slow = Factor::new(slow_phi, within(rng, 0.2, 0.6), within(rng, -0.6, 0.05));
        let fast = Factor::new(within(rng, 0.4, 0.92), within(rng, 0.1, 0.45), within(rng, -0.7, 0.1));
        let level = within(rng, -2.3, -1.5) * std::f64::consts::LN_10;
        let overnight = if rng.random_bool(0.15) { 0.0 } else { within(rng, 0.03, 0.45) };
        let volume = (!rng.random_bool(0.2)).then(|| Volume {
            phi: within(rng, 0.5, 0.97),
            shock: within(rng, 0.1, 0.4),
            of_fast: within(rng, 0.0, 0.8),
            of_size: within(rng, 0.0, 0.4),
        });
        Character {
            level,
            slow,
            fast,
            overnight,
            gap_nu: within(rng, 2.4, 6.0),
            day_nu: within(rng, 6.0, 60.0),
            jump: within(rng, 0.0, 0.02),
            jump_size: within(rng, 0.5, 3.0),
            // Half a standard deviation per year, with a spread of the same size: about what stocks paid over a
            // century; single stocks paid less, currencies nothing.
            risk_premium: 0.03 + 0.03 * normal(rng),
            reports: rng.random_bool(0.5).then(|| Reports::draw(rng)),
            short_session: if rng.random_bool(0.5) { within(rng, 0.0, 0.03) } else { 0.0 },
            steps: u_shape(within(rng, 0.0, 3.0)),
            volume,
            record: Record::draw(level.exp(), rng),
        }
    }
}

/// Returns the standard deviations of the steps of a day. Their variances sum to one and are largest for the first and
/// the last step.
fn u_shape(depth: f64) -> [f64; STEPS] {
    let variance = |step: usize| 1.0 + depth * (2.0 * (step as f64 + 0.5) / STEPS as f64 - 1.0).powi(2);
    let sum: f64 = (0..STEPS).map(variance).sum();
    std::array::from_fn(|step| (variance(step) / sum).sqrt())
}

/// Simulates a series of `days` days; the same `seed` gives the same series.
pub fn simulate(days: usize, seed: u64) -> PriceSeries {
    let mut rng = Pcg64::new(u128::from(seed), 0x5eed);
    let rng = &mut rng;
    let market = Character::draw(rng);
    let (mut slow, mut fast, mut log_volume, mut standardised_error) = (0.0, 0.0, 0.0, 0.0);
    let mut value = 100.0_f64.ln();
    let reports = market.reports.as_ref().map(|reports| reports.dates(date_of(BEFORE + days), rng)).unwrap_or_default();
    let mut bars: Vec<[f64; 4]> = Vec::with_capacity(days);
    let mut volumes = Vec::with_capacity(days);
    for day in 0..BEFORE + days {
        slow = market.slow.next(slow, standardised_error, rng);
        fast = market.fast.next(fast, standardised_error, rng);
        let short = rng.random_bool(market.short_session);
        let sigma = (market.level + slow + fast).exp() * if short { within(rng, 0.02, 0.5) } else { 1.0 };
        let last = value;
        // A report on a weekend moves the price on Monday.
        let since_last = if day == 0 { 0 } else { date_of(day - 1) + 1 };
        let report = market.reports.as_ref().filter(|_| reports.range(since_last..=date_of(day)).next().is_some());
        let traded = trading_day(&market, sigma, last, report, rng);
        value = traded[STEPS];
        let z = (value - last) / sigma - market.risk_premium;
        // A short session does not change the volatility.
        standardised_error = if short { 0.0 } else { z.clamp(-MAX_STANDARDISED_ERROR, MAX_STANDARDISED_ERROR) };
        let bar = market.record.bar(&traded);
        if let Some(volume) = &market.volume {
            log_volume = volume.phi * log_volume + volume.shock * normal(rng);
        }
        if day >= BEFORE {
            bars.push(bar.map(f64::exp));
            let log_traded =
                |volume: &Volume| log_volume + volume.of_fast * fast + volume.of_size * standardised_error.abs();
            volumes.push(market.volume.as_ref().map(|volume| (13.0 + log_traded(volume)).exp()));
        }
    }
    let column = |k: usize| bars.iter().map(|bar| bar[k]).collect::<Vec<f64>>();
    let first = date(2000, 1, 3);
    PriceSeries {
        name: format!("simulated {seed}"),
        frequency: Frequency::Daily,
        dates: (0..days).map(|day| first + date_of(day).days()).collect(),
        close: column(3),
        adjusted: column(3),
        range: Some(OpenHighLow { open: column(0), high: column(1), low: column(2) }),
        volume: volumes.into_iter().collect(),
        ..PriceSeries::default()
    }
}

/// Simulates a day: returns the log price at the open and after each step.
fn trading_day(
    market: &Character,
    sigma: f64,
    last: f64,
    report: Option<&Reports>,
    rng: &mut Pcg64,
) -> [f64; STEPS + 1] {
    let mut gap = if market.overnight > 0.0 {
        // A Student-t with unit variance.
        let unit = ((market.gap_nu - 2.0) / market.gap_nu).sqrt();
        let t = StudentT::new(market.gap_nu).map_or(0.0, |t| t.sample(rng));
        sigma * market.overnight.sqrt() * unit * t
    } else {
        0.0
    };
    let mut jump = None; // the step, and its size
    if let Some(report) = report {
        let moved = sigma * report.size * normal(rng);
        if rng.random_bool(report.before_open) {
            gap += moved
        } else {
            jump = Some((rng.random_range(0..STEPS), moved))
        }
    }
    // One factor for the whole day, so that the volatility differs between days.
    let chi = ChiSquared::new(market.day_nu).map_or(market.day_nu, |chi| chi.sample(rng));
    let day_sigma = sigma * (1.0 - market.overnight).sqrt() * ((market.day_nu - 2.0) / chi).sqrt();
    if jump.is_none() && rng.random_bool(market.jump) {
        jump = Some((rng.random_range(0..STEPS), sigma * market.jump_size * normal(rng)));
    }
    let mut value = [last + gap + sigma * market.risk_premium; STEPS + 1];
    for (step, share) in market.steps.iter().enumerate() {
        let jumped = jump.filter(|(at, _)| *at == step).map_or(0.0, |(_, moved)| moved);
        value[step + 1] = value[step] + day_sigma * share * normal(rng) + jumped;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_market() {
        assert_eq!(simulate(200, 7), simulate(200, 7));
        assert_ne!(simulate(200, 7).close, simulate(200, 8).close);
    }

    #[test]
    fn bars_hold_their_open_and_close() {
        for seed in 0..20 {
            let series = simulate(300, seed);
            let range = series.range.unwrap();
            for day in 0..300 {
                let (o, h, l, c) = (range.open[day], range.high[day], range.low[day], series.close[day]);
                assert!(l <= o.min(c) && o.max(c) <= h && l > 0.0, "seed {seed}, day {day}");
            }
        }
    }

    /// Volatility clustering: absolute returns are autocorrelated, returns are not.
    #[test]
    fn volatility_clusters_and_returns_do_not() {
        let correlation = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let at =
                |lag: usize| -> f64 { values[lag..].iter().zip(values).map(|(a, b)| (a - mean) * (b - mean)).sum() };
            at(1) / at(0)
        };
        let (mut of_returns, mut of_sizes) = (0.0, 0.0);
        for seed in 0..40 {
            let close = simulate(1500, 100 + seed).close;
            let returns: Vec<f64> = close.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
            let sizes: Vec<f64> = returns.iter().map(|r| r.abs().ln().max(-12.0)).collect();
            of_returns += correlation(&returns) / 40.0;
            of_sizes += correlation(&sizes) / 40.0;
        }
        assert!(of_returns.abs() < 0.03, "{of_returns}");
        assert!(of_sizes > 0.05, "{of_sizes}");
    }

    /// Over 200 markets of 300 days, the average of mean over standard deviation has a standard error of 0.005.
    #[test]
    fn markets_pay_for_their_volatility() {
        let paid = |seed| {
            let close = simulate(300, seed).close;
            let returns: Vec<f64> = close.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
            let days = returns.len() as f64;
            let mean = returns.iter().sum::<f64>() / days;
            mean / (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / days).sqrt()
        };
        let mean = (0..200).map(paid).sum::<f64>() / 200.0;
        assert!((mean - 0.03).abs() < 0.015, "{mean}");
    }
}
