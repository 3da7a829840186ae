//! Measures the coverage of prediction intervals on every day of a path, on simulated series with a known distribution.
//!
//!     cargo run --release --example coverage -- [SERIES] [ROWS] [pretrained|random]
//!
//! For each series, a model is fitted to the first ROWS rows. Its paths of 20 days from each of the next 60 days are
//! compared with the outcomes. Prints, for each market and day ahead, the fraction of closes inside the 50, 90 and 98 %
//! intervals.

#![allow(clippy::print_stdout, reason = "a program of its own, whose output this is")]

use fourcast::features::Frame;
use fourcast::model::{Ahead, ConfigError, ConfigOptions, FitError, FitOptions, InitFrom, SilentFit, fit};
use fourcast::prices::{Frequency, PriceSeries};
use jiff::{ToSpan, civil::date};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StudentT};
use rand_pcg::Pcg64;
use rayon::prelude::*;

const DAYS: usize = 20;
const ORIGINS: usize = 60;
const LEVELS: [f64; 3] = [0.5, 0.9, 0.98];

/// The simulated markets.
#[derive(Debug, Clone, Copy)]
enum Market {
    /// GARCH(1,1) with Student-t innovations, 6 degrees of freedom.
    Garch,
    /// Stochastic volatility: the log volatility is an AR(1).
    StochasticVolatility,
    /// Independent Student-t returns, 4 degrees of freedom.
    StudentT4,
}

impl Market {
    const ALL: [Market; 3] = [Market::Garch, Market::StochasticVolatility, Market::StudentT4];

    fn returns(self, days: usize, rng: &mut Pcg64) -> Vec<f64> {
        let unit_t = |nu: f64, rng: &mut Pcg64| {
            let t = StudentT::new(nu).map_or(0.0, |t| t.sample(rng));
            t * ((nu - 2.0) / nu).sqrt()
        };
        let normal = |rng: &mut Pcg64| -> f64 { StandardNormal.sample(rng) };
        let (mut variance, mut log_volatility) = (1e-4_f64, 0.0_f64);
        let mut day = |_| match self {
            Market::Garch => {
                let r = variance.sqrt() * unit_t(6.0, rng);
                variance = 1e-4 * 0.02 + 0.08 * r * r + 0.90 * variance;
                r
            }
            Market::StochasticVolatility => {
                log_volatility = 0.98 * log_volatility + 0.5 * (1.0 - 0.98_f64.powi(2)).sqrt() * normal(rng);
                0.01 * log_volatility.exp() * normal(rng)
            }
            Market::StudentT4 => 0.01 * unit_t(4.0, rng),
        };
        (0..days + 200).map(&mut day).skip(200).collect()
    }

    fn series(self, days: usize, seed: u64) -> PriceSeries {
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut price = 100.0;
        let close: Vec<f64> = self
            .returns(days, &mut rng)
            .iter()
            .map(|r| {
                price *= r.exp();
                price
            })
            .collect();
        PriceSeries {
            name: format!("{self:?} {seed}"),
            frequency: Frequency::Daily,
            dates: (0..days).map(|day| date(1990, 1, 1) + (day as i64).days()).collect(),
            adjusted: close.clone(),
            close,
            range: None,
            volume: None,
            ..PriceSeries::default()
        }
    }
}

/// For each day ahead and level: the number of closes inside the interval, and of all closes.
type Counts = Vec<[(usize, usize); LEVELS.len()]>;

fn counts(market: Market, seed: u64, rows: usize, init: Option<InitFrom>) -> Result<Counts, FitError> {
    let series = market.series(rows + ORIGINS + DAYS, seed);
    let known = series.slice(0..rows);
    let options = ConfigOptions { init_from: init, ..ConfigOptions::default() };
    let (config, init) = options.resolve(&known).unwrap_or_else(|error: ConfigError| panic!("{error}"));
    let forecaster = fit(&known, &config, init.as_ref(), FitOptions::default(), &SilentFit)?.forecaster;
    let days = config.days_of(Ahead::Path(DAYS))?;
    let frame: Frame = forecaster.frame(&series);
    let mut counts = vec![[(0, 0); LEVELS.len()]; DAYS];
    for (origin, path) in (rows - 1..).zip(forecaster.paths_of(&frame, rows - 1..rows + ORIGINS - 1, &days)) {
        for (step, day) in days.iter().enumerate() {
            let outcome = frame.log_return(origin, *day).unwrap_or(f64::NAN);
            for (level, count) in LEVELS.iter().zip(&mut counts[step]) {
                let ends = path.quantile(step, 0.5 - 0.5 * level)..=path.quantile(step, 0.5 + 0.5 * level);
                *count = (count.0 + usize::from(ends.contains(&outcome)), count.1 + 1);
            }
        }
    }
    Ok(counts)
}

fn main() -> Result<(), FitError> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |k: usize, default: usize| args.get(k).and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let (series, rows) = (number(0, 100), number(1, 400));
    let random = args.get(2).is_some_and(|arg| arg == "random");
    for market in Market::ALL {
        let init = || random.then_some(InitFrom::Random);
        let seeds = (0..series as u64).into_par_iter();
        let all: Vec<Counts> = seeds.map(|seed| counts(market, seed, rows, init())).collect::<Result<_, _>>()?;
        println!("{market:?}, {series} series, {rows} rows, {}", if random { "random" } else { "pretrained" });
        for day in 0..DAYS {
            let share = |level: usize| {
                let (inside, of) =
                    all.iter().map(|one| one[day][level]).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
                100.0 * inside as f64 / of as f64
            };
            println!("{:4} {:6.1} {:6.1} {:6.1}", day + 1, share(0), share(1), share(2));
        }
    }
    Ok(())
}
