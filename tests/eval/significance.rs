//! The Diebold-Mariano test against the papers' formulas in Python, against R's manual, and on walks without skill.

use fourcast::eval::significance::diebold_mariano;
use fourcast::eval::verdict::{ComparisonSettings, Finding, Forecasts, verdict};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal, StudentT};
use rand_pcg::Pcg64;
use serde::Deserialize;

use crate::fixture::{assert_close, read};

#[derive(Deserialize)]
struct Case {
    differential: Vec<f64>,
    horizon: usize,
    side: String,
    statistic: f64,
    p_value: f64,
    freedom: usize,
}

#[derive(Deserialize)]
struct Published {
    first_errors: Vec<f64>,
    second_errors: Vec<f64>,
    statistic: f64,
    p_value: f64,
}

#[test]
fn agrees_with_the_papers_formulas() {
    let cases: Vec<Case> = read("scores/diebold_mariano.json");
    assert!(cases.iter().any(|case| case.horizon > 1), "no case looks further ahead than a day");
    for case in &cases {
        let test = diebold_mariano(&case.differential, case.horizon).unwrap();
        assert_eq!((test.horizon, test.freedom), (case.horizon, case.freedom));
        assert_close("statistic", test.statistic, case.statistic, 1e-11);
        // Of one side, the statistic's own half of both tails, or all but that half.
        let one_side = |its_own: bool| if its_own { test.p_value / 2.0 } else { 1.0 - test.p_value / 2.0 };
        let p_value = match case.side.as_str() {
            "two_sided" => test.p_value,
            "first_better" => one_side(test.statistic < 0.0),
            "second_better" => one_side(test.statistic > 0.0),
            other => panic!("unknown side {other}"),
        };
        assert_close("p-value", p_value, case.p_value, 1e-9);
    }
}

/// Five printed digits of the statistic, four of the p-value.
#[test]
fn agrees_with_the_manual_of_r() {
    let published: Published = read("scores/published.json");
    let errors = published.first_errors.iter().zip(&published.second_errors);
    let differential: Vec<f64> = errors.map(|(first, second)| first * first - second * second).collect();
    let test = diebold_mariano(&differential, 1).unwrap();
    assert_eq!(format!("{:.4}", test.statistic), format!("{:.4}", published.statistic));
    assert_eq!(format!("{:.5}", test.p_value), format!("{:.5}", published.p_value));
}

/// Walks of `days` returns, a price at the end of each, and a forecast of each price `horizon` days later that moves off
/// today's by `noise` of a day's deviation at random: it knows nothing. (today, actual, forecast, another such).
fn without_skill(seed: u64, days: usize, horizon: usize, noise: f64) -> [Vec<f64>; 4] {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut price = 100.0_f64;
    let (mut volatility, mut signals) = (1.0_f64, [0.0_f64; 2]);
    let mut columns = [vec![], vec![], vec![], vec![]];
    let mut prices = Vec::new();
    for _ in 0..days + horizon {
        // Heavy tails and clusters of volatility, as of real prices: GARCH(1,1) with a t of 5 degrees of freedom.
        let z = StudentT::new(5.0).unwrap().sample(&mut rng) * 0.6_f64.sqrt();
        let r: f64 = volatility.sqrt() * z;
        volatility = 0.02 + 0.1 * r * r + 0.88 * volatility;
        for signal in &mut signals {
            let new: f64 = StandardNormal.sample(&mut rng);
            *signal = 0.9 * *signal + 0.19_f64.sqrt() * new;
        }
        prices.push(price);
        columns[2].push(price * (0.01 * noise * signals[0]).exp());
        columns[3].push(price * (0.01 * noise * signals[1]).exp());
        price *= (0.01 * r).exp();
    }
    columns[0] = prices[..days].to_vec();
    columns[1] = prices[horizon..].to_vec();
    columns[2].truncate(days);
    columns[3].truncate(days);
    columns
}

/// How many of 400 walks end with each forecast found better and worse than the baseline on the price, and pass a gate.
fn findings(days: usize, horizon: usize, against_today: bool) -> (usize, usize) {
    let settings = ComparisonSettings { horizon, ..ComparisonSettings::default() };
    let (mut better, mut worse) = (0, 0);
    for seed in 0..400 {
        let deviations = if against_today { 0.1 } else { 0.3 };
        let noise = deviations * (horizon as f64).sqrt();
        let [today, actual, forecast, other] = without_skill(seed, days, horizon, noise);
        let none = vec![1.0; days];
        let model = Forecasts { name: "model", fallbacks: &[], prices: &forecast, crps: &none };
        let prices = if against_today { &today } else { &other };
        let baseline = Forecasts { name: "naive", fallbacks: &[], prices, crps: &none };
        let verdict = verdict(&today, &actual, &model, &[baseline], &settings).unwrap();
        let price = &verdict.against[0].price;
        assert_eq!(price.is_better_by(0.0).unwrap(), price.finding == Finding::Better);
        better += usize::from(price.finding == Finding::Better);
        worse += usize::from(price.finding == Finding::Worse);
    }
    (better, worse)
}

/// At most one walk in forty passes the gate by luck, at any horizon, from the fewest days on. `examples/sizes.rs` has
/// the same on thousands of walks of more kinds.
#[test]
fn walks_without_skill_hardly_ever_pass() {
    for (horizon, days) in [(1, 50), (1, 200), (5, 50), (5, 200), (20, 200)] {
        let (better, _) = findings(days, horizon, true);
        assert!(better <= 10, "{better} of 400 on {days} days, {horizon} ahead");
    }
}

/// Of two forecasts that are equally good, either is found better as often as the level says, and no more.
#[test]
fn equally_good_forecasts_are_told_apart_one_time_in_twenty() {
    for horizon in [1, 5, 20] {
        let (better, worse) = findings(500, horizon, false);
        assert!((4..=28).contains(&(better + worse)), "{better} better and {worse} worse of 400, {horizon} ahead");
    }
}
