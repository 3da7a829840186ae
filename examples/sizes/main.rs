//! How often the verdict errs: `cargo run --release --example sizes [WALKS]`.
//!
//! Simulates random walks and forecasts of them without skill, scores them as a backtest does, and prints the tables of
//! the section on errors of the verdict in `docs/forecast-quality.md`. The same number of walks gives the same tables.
//!
//! | file | what it holds |
//! |---|---|
//! | `walks` | walks, forecasts and their losses |
//! | `estimators` | other tests for comparison |

mod estimators;
mod walks;

use std::error::Error;

use fourcast::eval::EvalError;
use fourcast::eval::scores::{Skill, Total, skill_with_interval};
use fourcast::eval::significance::{clark_west, diebold_mariano};
use fourcast::eval::verdict::{ComparisonSettings, Finding, Forecasts, min_days, verdict};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use rayon::prelude::*;

use walks::{Autoregression, Error as Added, Returns, Scored, Walk};

/// Pairs of horizon and number of test days.
const SIZES: [(usize, usize); 8] =
    [(1, 50), (1, 500), (5, 50), (5, 500), (20, 200), (20, 500), (100, 500), (100, 1000)];
const KINDS: [(Returns, &str); 3] =
    [(Returns::Normal, "normal"), (Returns::HeavyTails, "heavy"), (Returns::Clusters, "clusters")];
const LEVEL: f64 = 0.95;

/// Returns the percentage of walks for which each of N statements holds.
fn shares<const N: usize>(
    walks: usize,
    of: impl Fn(&mut Pcg64) -> Result<[bool; N], EvalError> + Sync,
) -> Result<[f64; N], EvalError> {
    let all: Result<Vec<[bool; N]>, EvalError> =
        (0..walks as u64).into_par_iter().map(|walk| of(&mut Pcg64::seed_from_u64(walk))).collect();
    let all = all?;
    Ok(std::array::from_fn(|k| 100.0 * all.iter().filter(|one| one[k]).count() as f64 / walks as f64))
}

fn differential(own: &[f64], other: &[f64]) -> Vec<f64> {
    own.iter().zip(other).map(|(own, other)| own - other).collect()
}

/// For two equally good forecasts: whether the Diebold-Mariano test rejects, and whether the interval of the skill
/// contains zero, each for squared errors and for CRPS.
fn equal(what: Returns, size: (usize, usize), rng: &mut Pcg64) -> Result<[bool; 4], EvalError> {
    let walk = Walk::new(what, size, rng);
    let (own, other) = (walk.forecast(Added::Noise(0.1), rng), walk.forecast(Added::Noise(0.1), rng));
    let rejects = |own: &[f64], other: &[f64]| {
        diebold_mariano(&differential(own, other), size.0).map(|test| test.p_value < 1.0 - LEVEL)
    };
    let holds = |own: &[f64], other: &[f64], total| {
        let skill = skill_with_interval(own, other, total, LEVEL, size.0)?;
        Ok::<_, EvalError>(!skill.is_above(0.0) && !skill.is_below(0.0))
    };
    Ok([
        rejects(&own.squares, &other.squares)?,
        rejects(&own.crps, &other.crps)?,
        holds(&own.squares, &other.squares, Total::RootMean)?,
        holds(&own.crps, &other.crps, Total::Mean)?,
    ])
}

/// Whether the gate passes: for two equally good forecasts, for a forecast close to the last price, and for one with
/// the mean return of the past.
fn gates(what: Returns, size: (usize, usize), rng: &mut Pcg64) -> Result<[bool; 3], EvalError> {
    let walk = Walk::new(what, size, rng);
    let pairs =
        [(Added::Noise(0.2), Added::Noise(0.2)), (Added::Noise(0.05), Added::None), (Added::PastMean, Added::None)];
    let mut passed = [false; 3];
    for (passed, (own, other)) in passed.iter_mut().zip(pairs) {
        *passed = passes(&walk, &walk.forecast(own, rng), &walk.forecast(other, rng), size.0)?;
    }
    Ok(passed)
}

fn passes(walk: &Walk, own: &Scored, other: &Scored, horizon: usize) -> Result<bool, EvalError> {
    let settings = ComparisonSettings { horizon, level: LEVEL };
    let model = Forecasts { name: "model", fallbacks: &[], prices: &own.prices, crps: &own.crps };
    let baseline = Forecasts { name: "baseline", fallbacks: &[], prices: &other.prices, crps: &other.crps };
    let verdict = verdict(&walk.today, &walk.actual, &model, &[baseline], &settings)?;
    let price = &verdict.against[0].price;
    Ok(price.finding == Finding::Better && price.is_better_by(0.0)?)
}

/// Returns how often the interval of the skill of one forecast over a noisier one contains the true skill, for squared
/// errors and for CRPS. An error of location of k standard deviations, independent of the outcome, multiplies the mean
/// squared error by 1 + k^2; the mean over the walks is not used, because it would be dominated by the few that moved
/// most. For CRPS, the true skill is that of the mean losses over all walks.
fn unequal(what: Returns, size: (usize, usize), walks: usize) -> Result<[f64; 2], EvalError> {
    const NOISE: [f64; 2] = [0.1, 0.2];
    let pair = |rng: &mut Pcg64| {
        let walk = Walk::new(what, size, rng);
        NOISE.map(|noise| walk.forecast(Added::Noise(noise), rng))
    };
    let sums = |walk: u64| pair(&mut Pcg64::seed_from_u64(walk)).map(|scored| scored.crps.iter().sum::<f64>());
    let sums: Vec<[f64; 2]> = (0..walks as u64).into_par_iter().map(sums).collect();
    let total = |k: usize| sums.iter().map(|sums| sums[k]).sum::<f64>();
    let [own, other] = NOISE.map(|noise| 1.0 + noise * noise);
    let truths = [1.0 - (own / other).sqrt(), 1.0 - total(0) / total(1)];
    shares(walks, |rng| {
        let [own, other] = pair(rng);
        let squares = skill_with_interval(&own.squares, &other.squares, Total::RootMean, LEVEL, size.0)?;
        let crps = skill_with_interval(&own.crps, &other.crps, Total::Mean, LEVEL, size.0)?;
        let holds = |skill: &Skill, truth| !skill.is_above(truth) && !skill.is_below(truth);
        Ok([holds(&squares, truths[0]), holds(&crps, truths[1])])
    })
}

/// Whether each of the compared tests rejects, and whether the variance of the first is not positive, for squared
/// errors and for CRPS.
fn compared(size: (usize, usize), rng: &mut Pcg64) -> [bool; 10] {
    let walk = Walk::new(Returns::Clusters, size, rng);
    let (own, other) = (walk.forecast(Added::Noise(0.1), rng), walk.forecast(Added::Noise(0.1), rng));
    let both = [differential(&own.squares, &other.squares), differential(&own.crps, &other.crps)];
    let mut found = [false; 10];
    for (found, differential) in found.chunks_mut(5).zip(&both) {
        for (found, test) in found.iter_mut().zip(estimators::TESTS) {
            *found = test(differential, size.0).unwrap_or(false);
        }
        found[4] = estimators::TESTS[0](differential, size.0).is_none();
    }
    found
}

/// Whether the Diebold-Mariano test finds the autoregression better than the last price, and whether the Clark-West
/// test finds information.
fn information(what: Returns, phi: f64, days: (usize, usize), rng: &mut Pcg64) -> Result<[bool; 2], EvalError> {
    let Autoregression { today, actual, forecast } = Autoregression::new(what, phi, days, rng);
    let squares = |prices: &[f64]| prices.iter().zip(&actual).map(|(f, y)| (y - f) * (y - f)).collect::<Vec<_>>();
    let test = diebold_mariano(&differential(&squares(&forecast), &squares(&today)), 1)?;
    let better = test.statistic < 0.0 && test.p_value < 1.0 - LEVEL;
    Ok([better, clark_west(&today, &actual, &forecast, 1)?.is_significant(LEVEL)])
}

fn row(head: &str, numbers: &[f64]) -> String {
    let cells: String = numbers.iter().map(|number| format!(" {number:.1} |")).collect();
    format!("| {head} |{cells}")
}

#[allow(clippy::print_stdout, reason = "it is a program")]
fn main() -> Result<(), Box<dyn Error>> {
    let walks = std::env::args().nth(1).map_or(Ok(4000), |walks| walks.parse())?;
    println!(
        "| days ahead | test days | DM rejects: squares | CRPS | interval holds: squares | CRPS | \
         unequal: squares | CRPS | gate: equal | nearly naive | mean |\n|{}",
        "---|".repeat(11)
    );
    for size in SIZES {
        let kind = Returns::Clusters;
        let equal = shares(walks, |rng| equal(kind, size, rng))?;
        let unequal = unequal(kind, size, walks)?;
        let gates = shares(walks, |rng| gates(kind, size, rng))?;
        let refused = if size.1 < min_days(size.0) { " (refused)" } else { "" };
        println!("{}", row(&format!("{} | {}{refused}", size.0, size.1), &[&equal[..], &unequal, &gates].concat()));
    }
    println!(
        "\n| days ahead | test days | loss | autocovariances | Bartlett, fixed-b | blocks of 2 h | cosines | no variance |\n|{}",
        "---|".repeat(8)
    );
    for size in SIZES.into_iter().filter(|(_, days)| *days >= 500) {
        let all = shares(walks, |rng| Ok(compared(size, rng)))?;
        for (shares, loss) in all.chunks(5).zip(["squares", "CRPS"]) {
            println!("{}", row(&format!("{} | {} | {loss}", size.0, size.1), shares));
        }
    }
    println!(
        "\n| returns | past days | test days | coefficient | DM: better | CW: significant |\n|{}",
        "---|".repeat(6)
    );
    for (kind, name) in KINDS {
        for (past, phi) in [(500, 0.0), (500, 0.1), (500, 0.2), (2000, 0.1)] {
            let shares = shares(walks, |rng| information(kind, phi, (past, 500), rng))?;
            println!("{}", row(&format!("{name} | {past} | 500 | {phi}"), &shares));
        }
    }
    Ok(())
}
