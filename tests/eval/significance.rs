//! The Diebold-Mariano test, compared with the papers' formulas in Python; and this test and the Clark-West test on
//! walks without skill.

use fourcast::eval::significance::{clark_west, diebold_mariano};
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

#[test]
fn agrees_with_the_papers_formulas() {
    let cases: Vec<Case> = read("scores/diebold_mariano.json");
    assert!(cases.iter().any(|case| case.horizon > 1), "no case looks further ahead than a day");
    for case in &cases {
        let test = diebold_mariano(&case.differential, case.horizon).unwrap();
        assert_eq!((test.horizon, test.freedom), (case.horizon, case.freedom));
        assert_close("statistic", test.statistic, case.statistic, 1e-11);
        // A one-sided p-value is half of the two-sided one, or one minus that half.
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

/// Simulates a walk of `days` returns: a price on each day, and two forecasts of the price `horizon` days later. Each
/// forecast deviates from today's price at random by `noise` times the standard deviation of a day, so it has no skill.
/// Returns (today, actual, forecast, other forecast).
fn without_skill(seed: u64, days: usize, horizon: usize, noise: f64) -> [Vec<f64>; 4] {
    let mut rng = Pcg64::seed_from_u64(seed);
    let mut price = 100.0_f64;
    let (mut volatility, mut signals) = (1.0_f64, [0.0_f64; 2]);
    let mut columns = [vec![], vec![], vec![], vec![]];
    let mut prices = Vec::new();
    for _ in 0..days + horizon {
        // Heavy tails and volatility clustering, as in real prices: GARCH(1,1) with a Student-t of 5 degrees of
        // freedom.
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

/// Counts on how many of 400 walks the forecast is found better and worse than the baseline on the price, and passes a
/// gate.
fn findings(days: usize, horizon: usize, against_today: bool) -> (usize, usize, usize) {
    let settings = ComparisonSettings { horizon, ..ComparisonSettings::default() };
    let (mut better, mut worse, mut passed) = (0, 0, 0);
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
        let passes = price.is_better_by(0.0).unwrap();
        assert!(!passes || price.finding == Finding::Better);
        passed += usize::from(passes);
        better += usize::from(price.finding == Finding::Better);
        worse += usize::from(price.finding == Finding::Worse);
    }
    (better, worse, passed)
}

/// At any horizon and from the smallest number of days, at most one walk in forty passes the gate by chance.
/// `examples/sizes` shows the same for thousands of walks of more kinds.
#[test]
fn walks_without_skill_hardly_ever_pass() {
    for (horizon, days) in [(1, 50), (1, 200), (5, 50), (5, 200), (20, 200)] {
        let (better, _, passed) = findings(days, horizon, true);
        assert!(better <= 10 && passed <= 4, "{better} and {passed} of 400 on {days} days, {horizon} ahead");
    }
}

/// Of two equally good forecasts, one is found better no more often than the level says.
#[test]
fn equally_good_forecasts_differ_significantly_one_time_in_twenty() {
    for horizon in [1, 5, 20] {
        let (better, worse, _) = findings(500, horizon, false);
        assert!((4..=28).contains(&(better + worse)), "{better} better and {worse} worse of 400, {horizon} ahead");
    }
}

/// Forecasts a walk one day ahead. Its returns follow an AR(1) with coefficient `phi`; each forecast uses the
/// coefficient estimated from all earlier days. Returns (today, actual, forecast).
fn autoregressive(seed: u64, (past, days): (usize, usize), phi: f64) -> [Vec<f64>; 3] {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (mut price, mut last, mut columns) = (100.0_f64, 0.0, [vec![], vec![], vec![]]);
    let (mut products, mut squares) = (0.0, 0.0);
    for day in 0..past + days {
        let z: f64 = StudentT::new(5.0).unwrap().sample(&mut rng);
        let r = phi * last + 0.01 * z;
        let next = price * r.exp();
        if day >= past {
            let forecast = price * (products / squares * last).exp();
            for (column, value) in columns.iter_mut().zip([price, next, forecast]) {
                column.push(value);
            }
        }
        products += last * r;
        squares += last * last;
        (price, last) = (next, r);
    }
    columns
}

/// Counts on how many of 400 walks the Clark-West test finds information, and the Diebold-Mariano test a better
/// forecast.
fn found(phi: f64) -> (usize, usize) {
    let (mut informative, mut better) = (0, 0);
    for seed in 0..400 {
        let [today, actual, forecast] = autoregressive(seed, (500, 500), phi);
        informative += usize::from(clark_west(&today, &actual, &forecast, 1).unwrap().is_significant(0.95));
        let squares = |prices: &[f64]| prices.iter().zip(&actual).map(|(f, y)| (y - f) * (y - f)).collect::<Vec<_>>();
        let differential: Vec<f64> = squares(&forecast).iter().zip(squares(&today)).map(|(own, c)| own - c).collect();
        let test = diebold_mariano(&differential, 1).unwrap();
        better += usize::from(test.p_value < 0.05 && test.statistic < 0.0);
    }
    (informative, better)
}

/// A walk contains no information: at most 1 in 20 is found, and 400 walks can deviate from that by two standard
/// errors.
#[test]
fn clark_west_finds_no_information_in_walks() {
    let (informative, better) = found(0.0);
    assert!((2..=28).contains(&informative) && better <= 8, "{informative} informative, {better} better");
}

/// An AR(1) of 0.2 is nearly always found; the gain in accuracy is found less often.
#[test]
fn clark_west_finds_an_autoregression() {
    let (informative, better) = found(0.2);
    assert!(informative >= 360 && better <= informative - 100, "{informative} informative, {better} better");
}
