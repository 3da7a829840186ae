//! How often the verdict errs on forecasts without skill: `cargo run --release --example sizes [WALKS]`.
//!
//! Simulates random walks whose returns are normal, heavy-tailed (Student-t with 3 degrees of freedom) or have
//! volatility clustering (GARCH(1,1) with a t of 4), and forecasts of their prices without skill, and scores them as a
//! backtest does. Prints the last table of `docs/forecast-quality.md`; the same number of walks gives the same table.

use std::error::Error;

use fourcast::eval::EvalError;
use fourcast::eval::scores::{Total, skill_with_interval};
use fourcast::eval::significance::diebold_mariano;
use fourcast::eval::verdict::{ComparisonSettings, Finding, Forecasts, verdict};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StudentT};
use rand_pcg::Pcg64;

/// Standard deviation of a day.
const SIGMA: f64 = 0.01;
/// Days before the test from which a mean return is estimated.
const PAST: usize = 500;

#[derive(Clone, Copy)]
enum Returns {
    Normal,
    HeavyTails,
    Clusters,
}

/// The forecast, and the baseline.
#[derive(Clone, Copy)]
enum Pair {
    /// Two that differ from the last price at random, equally far: equally good.
    Equal,
    /// One that differs from the last price a little at random, and the last price.
    NearlyNaive,
    /// The last price plus the mean return of the past, and the last price.
    Mean,
}

/// The prices and both forecasts of a walk.
struct Scored {
    today: Vec<f64>,
    actual: Vec<f64>,
    forecast: Vec<f64>,
    baseline: Vec<f64>,
}

fn returns(kind: Returns, days: usize, rng: &mut Pcg64) -> Result<Vec<f64>, Box<dyn Error>> {
    let (three, four) = (StudentT::new(3.0)?, StudentT::new(4.0)?);
    let mut variance = 1.0_f64;
    let next = |_| {
        let r: f64 = match kind {
            Returns::Normal => StandardNormal.sample(rng),
            Returns::HeavyTails => three.sample(rng),
            Returns::Clusters => variance.sqrt() * four.sample(rng) / 2.0_f64.sqrt(),
        };
        variance = (0.02 + 0.12 * r * r + 0.86 * variance).min(400.0);
        SIGMA * r
    };
    Ok((0..days).map(next).collect())
}

/// An AR(1) signal of unit variance with coefficient 0.9.
fn signal(days: usize, rng: &mut Pcg64) -> Vec<f64> {
    let mut x = 0.0;
    let next = |_| {
        let new: f64 = StandardNormal.sample(rng);
        x = 0.9 * x + (1.0_f64 - 0.81).sqrt() * new;
        x
    };
    (0..days).map(next).collect()
}

fn scored(
    (kind, pair): (Returns, Pair),
    (horizon, days): (usize, usize),
    rng: &mut Pcg64,
) -> Result<Scored, Box<dyn Error>> {
    let returns = returns(kind, PAST + days + horizon, rng)?;
    let mut price = 100.0_f64;
    let step = |r: &f64| {
        price *= r.exp();
        price
    };
    let prices: Vec<f64> = returns.iter().map(step).collect();
    let today = prices[PAST..PAST + days].to_vec();
    let actual = prices[PAST + horizon..].to_vec();
    let mean = returns[..PAST].iter().sum::<f64>() / PAST as f64;
    let mut moved_by = |deviations: f64| -> Vec<f64> {
        let unit = deviations * SIGMA * (horizon as f64).sqrt();
        today.iter().zip(signal(days, rng)).map(|(price, signal)| price * (unit * signal).exp()).collect()
    };
    let (forecast, baseline) = match pair {
        Pair::Equal => (moved_by(0.2), moved_by(0.2)),
        Pair::NearlyNaive => (moved_by(0.05), today.clone()),
        Pair::Mean => (today.iter().map(|price| price * (horizon as f64 * mean).exp()).collect(), today.clone()),
    };
    Ok(Scored { today, actual, forecast, baseline })
}

/// Fractions of walks, in per cent.
#[derive(Default)]
struct Shares {
    rejected: f64,
    held: f64,
    better: f64,
}

fn shares(what: (Returns, Pair), size: (usize, usize), walks: usize) -> Result<Shares, Box<dyn Error>> {
    let settings = ComparisonSettings { horizon: size.0, ..ComparisonSettings::default() };
    let mut shares = Shares::default();
    for walk in 0..walks {
        let scored = scored(what, size, &mut Pcg64::seed_from_u64(walk as u64))?;
        let (rejected, held, better) = errs(&scored, &settings)?;
        let one = 100.0 / walks as f64;
        shares.rejected += one * f64::from(u8::from(rejected));
        shares.held += one * f64::from(u8::from(held));
        shares.better += one * f64::from(u8::from(better));
    }
    Ok(shares)
}

/// Whether the Diebold-Mariano test rejects "equally good", the interval of the skill contains zero, and the gate
/// passes.
fn errs(scored: &Scored, settings: &ComparisonSettings) -> Result<(bool, bool, bool), EvalError> {
    let Scored { today, actual, forecast, baseline } = scored;
    let squares = |prices: &[f64]| prices.iter().zip(actual).map(|(f, y)| (y - f) * (y - f)).collect::<Vec<_>>();
    let (own, other) = (squares(forecast), squares(baseline));
    let differential: Vec<f64> = own.iter().zip(&other).map(|(own, other)| own - other).collect();
    let test = diebold_mariano(&differential, settings.horizon)?;
    let skill = skill_with_interval(&own, &other, Total::RootMean, (settings.level, settings.horizon))?;
    let crps = vec![1.0; today.len()];
    let said = |prices| Forecasts { name: "one", fallbacks: &[], prices, crps: &crps };
    let verdict = verdict(today, actual, &said(forecast), &[said(baseline)], settings)?;
    let price = &verdict.against[0].price;
    let better = price.finding == Finding::Better && price.is_better_by(0.0)?;
    Ok((test.p_value < 1.0 - settings.level, !skill.is_above(0.0) && !skill.is_below(0.0), better))
}

#[allow(clippy::print_stdout, reason = "it is a program")]
fn main() -> Result<(), Box<dyn Error>> {
    let walks = std::env::args().nth(1).map_or(Ok(4000), |walks| walks.parse())?;
    println!("| days ahead | test days | returns | DM rejects | interval holds | gate: equal | nearly naive | mean |");
    println!("|---|---|---|---|---|---|---|---|");
    let sizes = [(1, 50), (1, 100), (1, 200), (1, 500), (5, 50), (5, 100), (5, 200), (5, 500), (20, 200), (20, 500)];
    for size in sizes.into_iter().chain([(100, 1000)]) {
        let kinds = [(Returns::Normal, "normal"), (Returns::HeavyTails, "heavy"), (Returns::Clusters, "clusters")];
        for (kind, name) in kinds {
            let equal = shares((kind, Pair::Equal), size, walks)?;
            let naive = shares((kind, Pair::NearlyNaive), size, walks)?;
            let mean = shares((kind, Pair::Mean), size, walks)?;
            println!(
                "| {} | {} | {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                size.0, size.1, equal.rejected, equal.held, equal.better, naive.better, mean.better
            );
        }
    }
    Ok(())
}
