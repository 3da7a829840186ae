//! The verdict: does the forecast know anything that its rivals do not, and with what evidence?

mod lag;
mod standing;
mod words;

use serde::Serialize;

use super::EvalError;
use super::check::same_days;
use super::scores::{Resampling, Skill, Total, skill};
use super::significance::{DieboldMariano, diebold_mariano};

pub use lag::{Lag, lag};
pub use standing::Standing;

/// What one forecaster said of each day, and how it fared.
#[derive(Debug, Clone, Copy)]
pub struct Forecasts<'a> {
    /// Its name, such as `naive` or `egarch`.
    pub name: &'a str,
    /// The prices it forecast.
    pub prices: &'a [f64],
    /// The CRPS of its odds, one a day, all forecasters' in the same units.
    pub crps: &'a [f64],
}

/// How the comparisons are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Days ahead of the forecasts.
    pub horizon: usize,
    /// How the intervals of the skills are drawn; their level is also that of the tests.
    pub resampling: Resampling,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { horizon: 1, resampling: Resampling::default() }
    }
}

/// The verdict on a forecast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Days judged.
    pub days: usize,
    /// Against each rival, in the order given.
    pub against: Vec<Against>,
    /// How much of the forecast is today's price, a day late.
    pub lag: Lag,
}

/// The verdict against one rival.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Against {
    /// The rival's name.
    pub rival: String,
    /// On price, by root mean squared error.
    pub price: Comparison,
    /// On odds, by CRPS.
    pub odds: Comparison,
}

/// One comparison, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What it comes to.
    pub finding: Finding,
    /// What of the rival's error is saved, and how surely.
    pub skill: Skill,
    /// The Diebold-Mariano test of the daily losses; none where they differ by the same every day.
    pub test: Option<DieboldMariano>,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Better: the whole interval of the skill lies above zero, and the test rejects "equally good".
    Better,
    /// Worse, by the same two measures.
    Worse,
    /// The days do not tell the two apart.
    NotShown,
    /// The two said the same on every day.
    Same,
}

impl Verdict {
    /// The verdict against the rival of this name.
    pub fn against(&self, rival: &str) -> Option<&Against> {
        self.against.iter().find(|against| against.rival == rival)
    }
}

/// Judges `model` against `rivals` on the days' `actual` prices, each forecast from the price of
/// `today`, all in the same currency.
///
/// Price is judged by squared errors, odds by CRPS. A difference counts when the bootstrap interval
/// of the skill and the Diebold-Mariano test agree that there is one, at the level of the settings.
///
/// # Errors
/// If there are fewer than three days, the columns differ in length, a number is not finite, a rival
/// never errs, or the prices never move.
pub fn verdict(
    today: &[f64],
    actual: &[f64],
    model: &Forecasts<'_>,
    rivals: &[Forecasts<'_>],
    settings: &Settings,
) -> Result<Verdict, EvalError> {
    let lag = lag(today, actual, model.prices)?;
    let squared = |prices: &[f64]| -> Result<Vec<f64>, EvalError> {
        same_days(&[("actual prices", actual), ("forecast prices", prices)])?;
        Ok(actual.iter().zip(prices).map(|(y, f)| (y - f) * (y - f)).collect())
    };
    let errors = squared(model.prices)?;
    let judge = |rival: &Forecasts<'_>| {
        let price = compare(&errors, &squared(rival.prices)?, Total::RootMean, settings)?;
        let odds = compare(model.crps, rival.crps, Total::Mean, settings)?;
        Ok(Against { rival: rival.name.to_owned(), price, odds })
    };
    let against = rivals.iter().map(judge).collect::<Result<_, EvalError>>()?;
    Ok(Verdict { days: actual.len(), against, lag })
}

fn compare(losses: &[f64], others: &[f64], total: Total, settings: &Settings) -> Result<Comparison, EvalError> {
    let skill = skill(losses, others, total, &settings.resampling)?;
    let differential: Vec<f64> = losses.iter().zip(others).map(|(l, o)| l - o).collect();
    let test = match diebold_mariano(&differential, settings.horizon) {
        Ok(test) => Some(test),
        Err(EvalError::Constant { .. }) => None,
        Err(error) => return Err(error),
    };
    let finding = finding(&differential, &skill, test.as_ref());
    Ok(Comparison { finding, skill, test })
}

fn finding(differential: &[f64], skill: &Skill, test: Option<&DieboldMariano>) -> Finding {
    if differential.iter().all(|&d| d == 0.0) {
        return Finding::Same;
    }
    let rejected = test.is_none_or(|test| test.p_value < 1.0 - skill.level);
    match (skill.lower > 0.0, skill.upper < 0.0) {
        (true, _) if rejected => Finding::Better,
        (_, true) if rejected => Finding::Worse,
        _ => Finding::NotShown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::baselines::testing::returns;

    /// Prices of 500 days and the naive forecast of each: (today, actual).
    fn prices(returns: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut price = 100.0;
        let walk = returns.iter().map(|r| {
            let today = price;
            price *= f64::exp(*r);
            (today, price)
        });
        walk.unzip()
    }

    /// Absolute errors stand in for a CRPS: they are one, of a forecast without odds.
    fn absolute(actual: &[f64], forecast: &[f64]) -> Vec<f64> {
        actual.iter().zip(forecast).map(|(y, f)| (y - f).abs()).collect()
    }

    fn judge(today: &[f64], actual: &[f64], forecast: &[f64]) -> Verdict {
        let (crps, naive) = (absolute(actual, forecast), absolute(actual, today));
        let model = Forecasts { name: "model", prices: forecast, crps: &crps };
        let rival = Forecasts { name: "naive", prices: today, crps: &naive };
        verdict(today, actual, &model, &[rival], &Settings::default()).unwrap()
    }

    #[test]
    fn no_skill_in_a_random_walk() {
        let returns = returns(501);
        let (today, actual) = prices(&returns[1..]);
        // Believes that a hundredth of yesterday's return comes again.
        let forecast: Vec<f64> = today.iter().zip(&returns).map(|(c, r)| c * (1.0 + 0.01 * r)).collect();
        let verdict = judge(&today, &actual, &forecast);
        let naive = verdict.against("naive").unwrap();
        assert_eq!(naive.price.finding, Finding::NotShown);
        assert_eq!(naive.odds.finding, Finding::NotShown);
        assert!(verdict.against("egarch").is_none());
    }

    #[test]
    fn noise_on_top_of_today_is_worse() {
        let (today, actual) = prices(&returns(500));
        let noisy = today.iter().enumerate().map(|(t, c)| c * (1.0 + 0.02 * (t as f64).sin()));
        let verdict = judge(&today, &actual, &noisy.collect::<Vec<_>>());
        assert_eq!(verdict.against[0].price.finding, Finding::Worse);
        assert!(verdict.against[0].price.test.as_ref().unwrap().statistic > 0.0);
    }

    /// Where returns take back a third of the last one, knowing so is skill.
    #[test]
    fn real_skill_is_found() {
        let surprises = returns(501);
        let mut r = 0.0;
        let step = |e: &f64| {
            r = -0.33 * r + e;
            r
        };
        let returns: Vec<f64> = surprises.iter().map(step).collect();
        let (today, actual) = prices(&returns[1..]);
        let forecast: Vec<f64> = today.iter().zip(&returns).map(|(c, r)| c * (-0.33 * r).exp()).collect();
        let verdict = judge(&today, &actual, &forecast);
        let price = &verdict.against[0].price;
        assert_eq!(price.finding, Finding::Better);
        // 1 - sqrt(1 - 0.33^2)
        assert!((price.skill.value - 0.056).abs() < 0.03, "{price:?}");
        assert!(price.skill.clears(0.0));
    }

    /// A forecast that has seen half of tomorrow's change.
    #[test]
    fn a_leak_is_believed_but_pointed_at() {
        let (today, actual) = prices(&returns(300));
        let leaky = today.iter().zip(&actual).map(|(c, y)| 0.5 * (c + y));
        let verdict = judge(&today, &actual, &leaky.collect::<Vec<_>>());
        assert_eq!(verdict.against[0].price.finding, Finding::Better);
        assert!((verdict.against[0].price.skill.value - 0.5).abs() < 1e-9);
        assert!(verdict.to_string().contains("look for a leak"));
    }

    #[test]
    fn the_naive_forecast_is_the_same_as_itself() {
        let (today, actual) = prices(&returns(100));
        let verdict = judge(&today, &actual, &today);
        assert_eq!(verdict.against[0].price.finding, Finding::Same);
        assert_eq!(verdict.against[0].odds.finding, Finding::Same);
        assert_eq!(verdict.against[0].price.test, None);
        assert_eq!(verdict.against[0].price.skill.value, 0.0);
    }

    #[test]
    fn interval_and_test_must_agree() {
        let skill = |lower| Skill { value: 0.1, lower, upper: 0.2, level: 0.95, block: 1, days: 9 };
        let test = |p_value| DieboldMariano { statistic: -1.0, p_value, mean: -1.0, horizon: 1, days: 9 };
        let found = |lower, p| finding(&[-1.0, 0.5], &skill(lower), Some(&test(p)));
        assert_eq!(found(0.01, 0.04), Finding::Better);
        assert_eq!(found(0.01, 0.06), Finding::NotShown);
        assert_eq!(found(-0.01, 0.04), Finding::NotShown);
    }

    #[test]
    fn price_is_judged_by_rmse_and_odds_by_crps() {
        let (today, actual) = prices(&returns(200));
        let forecast: Vec<f64> = today.iter().map(|c| c * 1.002).collect();
        let against = &judge(&today, &actual, &forecast).against[0];
        let rmse = |f: &[f64]| crate::eval::scores::rmse(&actual, f).unwrap();
        let mae = |f: &[f64]| crate::eval::scores::mae(&actual, f).unwrap();
        let price = 1.0 - rmse(&forecast) / rmse(&today);
        assert!((against.price.skill.value - price).abs() < 1e-12);
        let odds = 1.0 - mae(&forecast) / mae(&today);
        assert!((against.odds.skill.value - odds).abs() < 1e-12);
    }

    #[test]
    fn nothing_judged_is_an_error() {
        let none = Forecasts { name: "model", prices: &[], crps: &[] };
        assert!(verdict(&[], &[], &none, &[], &Settings::default()).is_err());
        let short = Forecasts { name: "model", prices: &[1.0, 2.0, 3.0], crps: &[0.1] };
        let days = [1.0, 2.0, 3.5];
        assert!(verdict(&days, &days, &short, &[short], &Settings::default()).is_err());
    }
}
