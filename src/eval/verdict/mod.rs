//! The verdict: whether a forecast is better than each baseline, on price and on distribution, with the evidence.
//!
//! | file | what it holds |
//! |---|---|
//! | `comparison` | one comparison, and the criteria that decide it |
//! | `lag` | the degree to which a price forecast is a copy of today's price |
//! | `suspicion` | skills so large that a leak is likely |

mod comparison;
mod lag;
mod suspicion;

use serde::Serialize;

use super::EvalError;
use super::baselines::NAIVE;
use super::check::same_days;
use super::scores::Total;
use super::significance::{ClarkWest, clark_west};

pub use comparison::{Comparison, Finding, GATE_LEVEL, Untested, min_days};
pub use lag::{Lag, lag};
pub use suspicion::{TOO_GOOD_PRICE, TOO_GOOD_SKILL};

#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub use comparison::testing;

/// One forecaster's forecasts of the test days, with their scores.
#[derive(Debug, Clone, Copy)]
pub struct Forecasts<'a> {
    /// Its name, such as `naive` or `egarch`.
    pub name: &'a str,
    /// The baselines that replaced it on some days.
    pub fallbacks: &'a [Fallback],
    /// The prices it forecast.
    pub prices: &'a [f64],
    /// The CRPS of its predictive distributions, one value per day, in the same units for all forecasters.
    pub crps: &'a [f64],
}

/// A simpler baseline that replaced one that could not be fitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fallback {
    /// Its name.
    pub used: String,
    /// Number of days on which it did.
    pub days: usize,
}

/// Settings of the comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonSettings {
    /// Days ahead of the forecasts.
    pub horizon: usize,
    /// Level of the confidence intervals; one minus it is the level of the tests.
    pub level: f64,
}

impl Default for ComparisonSettings {
    fn default() -> Self {
        ComparisonSettings { horizon: 1, level: 0.95 }
    }
}

/// The verdict on a forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Test days.
    pub days: usize,
    /// Days ahead of the forecasts.
    pub horizon: usize,
    /// Level of the confidence intervals; one minus it is the level of each test.
    pub level: f64,
    /// The verdicts against the baselines, in the order given.
    pub against: Vec<Against>,
    /// The lag line of the forecast; `None` if the price did not change.
    pub lag: Option<Lag>,
}

/// The verdict against one baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Against {
    /// The baseline's name.
    pub baseline: String,
    /// The baselines that replaced it on some days; the forecasts of the other days are its own.
    pub fallbacks: Vec<Fallback>,
    /// On price, by root mean squared error.
    pub price: Comparison,
    /// On the predictive distribution, by CRPS.
    pub distribution: Comparison,
    /// The test whether the forecast changes correlate with those of the price, which is a weaker claim than being
    /// better on price. Only against "tomorrow = today", if the price was tested, the forecast is not today's price on
    /// every day, and the model was not trained on the days.
    pub clark_west: Option<ClarkWest>,
}

impl Against {
    /// Whether the forecast changes correlate significantly with those of the price by the Clark-West test, at the
    /// level of the verdict.
    pub fn has_significant_changes(&self, level: f64) -> bool {
        self.clark_west.as_ref().is_some_and(|test| test.is_significant(level))
    }

    /// Whether the forecast prices are near the price: their error, compared with that of "tomorrow = today", is one of
    /// a few days' moves.
    pub fn follows_price(&self) -> bool {
        const MIN_LEVEL_SKILL: f64 = -2.0;
        self.price.skill.as_ref().is_none_or(|skill| skill.value > MIN_LEVEL_SKILL)
    }
}

impl Verdict {
    /// Returns the verdict against the baseline of this name.
    pub fn against(&self, baseline: &str) -> Option<&Against> {
        self.against.iter().find(|against| against.baseline == baseline)
    }

    /// Returns the verdict against the baseline with the best predictive distributions on these days: the one with the
    /// lowest skill over it.
    pub fn strongest(&self) -> Option<&Against> {
        let skill = |against: &&Against| against.distribution.skill.as_ref().map_or(f64::INFINITY, |skill| skill.value);
        self.against.iter().min_by(|one, other| skill(one).total_cmp(&skill(other)))
    }

    /// Returns the verdict for point forecasts: their distributions are not compared.
    pub(super) fn without_distribution(self) -> Verdict {
        let without = |against: Against| Against { distribution: against.distribution.of_points(), ..against };
        Verdict { against: self.against.into_iter().map(without).collect(), ..self }
    }

    /// Returns the verdict without the Clark-West test, which is valid only for forecasts made before the days.
    pub(super) fn without_clark_west(self) -> Verdict {
        let against = self.against.into_iter().map(|against| Against { clark_west: None, ..against });
        Verdict { against: against.collect(), ..self }
    }

    /// Returns the number of significance tests behind the findings. Each has the level of the settings. They are not
    /// corrected for their number, so that a finding does not depend on the other baselines compared with.
    pub fn tests(&self) -> usize {
        let comparisons = self.against.iter().flat_map(|against| [&against.price, &against.distribution]);
        let clark_west = self.against.iter().filter(|against| against.clark_west.is_some());
        comparisons.filter(|comparison| comparison.test.is_some()).count() + clark_west.count()
    }
}

/// Compares `model` with `baselines` on the days' `actual` prices. Each price is forecast from that of `today`; all
/// prices are in the same currency.
///
/// The price is scored by squared errors, the distribution by CRPS. A difference counts if both the confidence interval
/// of the skill and the Diebold-Mariano test show it, at the level of the settings. Against "tomorrow = today" there is
/// also the Clark-West test, which does not affect the findings. On fewer than [`min_days`], or if the price never
/// changed, nothing is tested, and the comparisons state the reason.
///
/// # Errors
/// If there are fewer than three days, the columns differ in length, or a number is not finite.
pub fn verdict(
    today: &[f64],
    actual: &[f64],
    model: &Forecasts<'_>,
    baselines: &[Forecasts<'_>],
    settings: &ComparisonSettings,
) -> Result<Verdict, EvalError> {
    let lag = match lag(today, actual, model.prices) {
        Ok(lag) => Some(lag),
        Err(EvalError::Constant { .. }) => None,
        Err(error) => return Err(error),
    };
    let compare = |baseline: &Forecasts<'_>| {
        let [price, distribution] = measures(today, actual, model, baseline, settings)?;
        let is_nested = baseline.name == NAIVE.name && price.finding != Finding::NotTested;
        let clark_west = if is_nested { test_changes(today, actual, model.prices, settings)? } else { None };
        let (baseline, fallbacks) = (baseline.name.to_owned(), baseline.fallbacks.to_vec());
        Ok(Against { baseline, fallbacks, price, distribution, clark_west })
    };
    let against = baselines.iter().map(compare).collect::<Result<_, EvalError>>()?;
    Ok(Verdict { days: actual.len(), horizon: settings.horizon, level: settings.level, against, lag })
}

/// Compares two forecasters on the price, by squared errors, and on the distribution, by CRPS.
///
/// # Errors
/// Those of [`verdict`].
pub(super) fn measures(
    today: &[f64],
    actual: &[f64],
    one: &Forecasts<'_>,
    other: &Forecasts<'_>,
    settings: &ComparisonSettings,
) -> Result<[Comparison; 2], EvalError> {
    let squared = |prices: &[f64]| -> Result<Vec<f64>, EvalError> {
        same_days(&[("actual prices", actual), ("forecast prices", prices)])?;
        Ok(actual.iter().zip(prices).map(|(y, f)| (y - f) * (y - f)).collect())
    };
    same_days(&[("actual prices", actual), ("own CRPS", one.crps), ("CRPS of the baseline", other.crps)])?;
    let price = Comparison::of(squared(one.prices)?, squared(other.prices)?, Total::RootMean, settings)?;
    let distribution = Comparison::of(one.crps.to_vec(), other.crps.to_vec(), Total::Mean, settings)?;
    let still = (today == actual).then_some(Untested::PriceStill { days: actual.len() });
    Ok([price, distribution].map(|comparison| match still {
        Some(reason) => comparison.withheld(reason),
        None => comparison,
    }))
}

/// Returns the Clark-West test; `None` if the forecast is today's price on every day.
fn test_changes(
    today: &[f64],
    actual: &[f64],
    forecast: &[f64],
    settings: &ComparisonSettings,
) -> Result<Option<ClarkWest>, EvalError> {
    match clark_west(today, actual, forecast, settings.horizon) {
        Ok(test) => Ok(Some(test)),
        Err(EvalError::Constant { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::returns;

    /// Returns prices and the naive forecast of each day: (today, actual).
    fn prices(returns: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut price = 100.0;
        let walk = returns.iter().map(|r| {
            let today = price;
            price *= f64::exp(*r);
            (today, price)
        });
        walk.unzip()
    }

    /// Returns absolute errors, which are the CRPS of point forecasts.
    fn absolute(actual: &[f64], forecast: &[f64]) -> Vec<f64> {
        actual.iter().zip(forecast).map(|(y, f)| (y - f).abs()).collect()
    }

    fn verdict_of(today: &[f64], actual: &[f64], forecast: &[f64]) -> Verdict {
        let (crps, naive) = (absolute(actual, forecast), absolute(actual, today));
        let model = Forecasts { name: "model", fallbacks: &[], prices: forecast, crps: &crps };
        let baseline = Forecasts { name: "naive", fallbacks: &[], prices: today, crps: &naive };
        verdict(today, actual, &model, &[baseline], &ComparisonSettings::default()).unwrap()
    }

    fn skill(comparison: &Comparison) -> f64 {
        comparison.skill.as_ref().unwrap().value
    }

    #[test]
    fn no_skill_in_a_random_walk() {
        let returns = returns(501);
        let (today, actual) = prices(&returns[1..]);
        // Forecasts that a hundredth of yesterday's return recurs.
        let forecast: Vec<f64> = today.iter().zip(&returns).map(|(c, r)| c * (1.0 + 0.01 * r)).collect();
        let verdict = verdict_of(&today, &actual, &forecast);
        let naive = verdict.against("naive").unwrap();
        assert_eq!(naive.price.finding, Finding::NotSignificant);
        assert_eq!(naive.distribution.finding, Finding::NotSignificant);
        assert!(!naive.has_significant_changes(0.95), "{:?}", naive.clark_west);
        assert_eq!(verdict.tests(), 3);
        assert!(verdict.against("egarch").is_none());
    }

    #[test]
    fn noise_on_top_of_today_is_worse() {
        let (today, actual) = prices(&returns(500));
        let noisy = today.iter().enumerate().map(|(t, c)| c * (1.0 + 0.02 * (t as f64).sin()));
        let verdict = verdict_of(&today, &actual, &noisy.collect::<Vec<_>>());
        assert_eq!(verdict.against[0].price.finding, Finding::Worse);
        assert!(verdict.against[0].price.test.as_ref().unwrap().statistic > 0.0);
    }

    /// If each return reverts a third of the one before, a forecast of that has skill. A gate requires four years of
    /// days to detect it.
    #[test]
    fn real_skill_is_found() {
        let errors = returns(1001);
        let mut r = 0.0;
        let step = |e: &f64| {
            r = -0.33 * r + e;
            r
        };
        let returns: Vec<f64> = errors.iter().map(step).collect();
        let (today, actual) = prices(&returns[1..]);
        let forecast: Vec<f64> = today.iter().zip(&returns).map(|(c, r)| c * (-0.33 * r).exp()).collect();
        let verdict = verdict_of(&today, &actual, &forecast);
        let price = &verdict.against[0].price;
        assert_eq!(price.finding, Finding::Better);
        assert!(verdict.against[0].has_significant_changes(0.95));
        // 1 - sqrt(1 - 0.33^2)
        assert!((skill(price) - 0.056).abs() < 0.03, "{price:?}");
        assert!(price.is_better_by(0.0).unwrap() && !price.is_better_by(0.1).unwrap());
    }

    /// A forecast that contains half of tomorrow's change.
    #[test]
    fn a_leak_is_a_skill_that_is_too_good() {
        let (today, actual) = prices(&returns(300));
        let leaky = today.iter().zip(&actual).map(|(c, y)| 0.5 * (c + y));
        let verdict = verdict_of(&today, &actual, &leaky.collect::<Vec<_>>());
        assert_eq!(verdict.against[0].price.finding, Finding::Better);
        assert!((skill(&verdict.against[0].price) - 0.5).abs() < 1e-9);
        assert!(verdict.against[0].is_too_good());
    }

    #[test]
    fn the_naive_forecast_is_the_same_as_itself() {
        let (today, actual) = prices(&returns(100));
        let verdict = verdict_of(&today, &actual, &today);
        assert_eq!(verdict.against[0].price.finding, Finding::Same);
        assert_eq!(verdict.against[0].distribution.finding, Finding::Same);
        assert_eq!(verdict.against[0].price.test, None);
        assert_eq!(verdict.against[0].clark_west, None);
        assert_eq!(skill(&verdict.against[0].price), 0.0);
    }

    /// A tenth of the last return recurs. A forecast of a half is right about the direction, but loses more by the
    /// size.
    #[test]
    fn information_is_not_accuracy() {
        let errors = returns(2001);
        let mut r = 0.0;
        let step = |e: &f64| {
            r = 0.1 * r + e;
            r
        };
        let returns: Vec<f64> = errors.iter().map(step).collect();
        let (today, actual) = prices(&returns[1..]);
        let forecast: Vec<f64> = today.iter().zip(&returns).map(|(c, r)| c * (0.5 * r).exp()).collect();
        let against = &verdict_of(&today, &actual, &forecast).against[0];
        assert_eq!(against.price.finding, Finding::Worse);
        assert!(against.has_significant_changes(0.95), "{:?}", against.clark_west);
    }

    /// Other baselines are not special cases of the forecast.
    #[test]
    fn only_tomorrow_as_today_is_nested() {
        let (today, actual) = prices(&returns(100));
        let [crps, other] = [1.0, 1.1].map(|factor| today.iter().map(|c| c * factor).collect::<Vec<_>>());
        let forecast: Vec<f64> = today.iter().map(|c| c * 1.002).collect();
        let model = Forecasts { name: "model", fallbacks: &[], prices: &forecast, crps: &crps };
        let baselines = ["drift", "naive"].map(|name| Forecasts { name, fallbacks: &[], prices: &today, crps: &other });
        let verdict = verdict(&today, &actual, &model, &baselines, &ComparisonSettings::default()).unwrap();
        let tested: Vec<bool> = verdict.against.iter().map(|against| against.clark_west.is_some()).collect();
        assert_eq!((tested, verdict.tests()), (vec![false, true], 5));
    }

    #[test]
    fn price_is_scored_by_rmse_and_the_distribution_by_crps() {
        let (today, actual) = prices(&returns(200));
        let forecast: Vec<f64> = today.iter().map(|c| c * 1.002).collect();
        let against = &verdict_of(&today, &actual, &forecast).against[0];
        let rmse = |f: &[f64]| crate::scores::rmse(&actual, f).unwrap();
        let mae = |f: &[f64]| crate::scores::mae(&actual, f).unwrap();
        let price = 1.0 - rmse(&forecast) / rmse(&today);
        assert!((skill(&against.price) - price).abs() < 1e-12);
        let distribution = 1.0 - mae(&forecast) / mae(&today);
        assert!((skill(&against.distribution) - distribution).abs() < 1e-12);
    }

    /// The price never changes: "tomorrow = today" makes no error, and the lag line is undefined.
    #[test]
    fn a_price_that_stands_still_is_not_tested() {
        let verdict = verdict_of(&[5.0; 250], &[5.0; 250], &[5.1; 250]);
        let against = &verdict.against[0];
        for comparison in [&against.price, &against.distribution] {
            assert_eq!(comparison.finding, Finding::NotTested);
            assert_eq!(comparison.reason, Some(Untested::PriceStill { days: 250 }));
        }
        assert_eq!((verdict.lag.as_ref(), verdict.tests()), (None, 0));
    }

    #[test]
    fn nothing_to_compare_is_an_error() {
        let none = Forecasts { name: "model", fallbacks: &[], prices: &[], crps: &[] };
        assert!(verdict(&[], &[], &none, &[], &ComparisonSettings::default()).is_err());
        let short = Forecasts { prices: &[1.0, 2.0, 3.0], crps: &[0.1], ..none };
        let days = [1.0, 2.0, 3.5];
        assert!(verdict(&days, &days, &short, &[short], &ComparisonSettings::default()).is_err());
    }
}
