//! One comparison of two forecasters: the only place that decides whether one is better.

use super::ComparisonSettings;
use crate::EvalError;
use crate::scores::{Skill, Total, skill, skill_standard_error, skill_with_interval};
use crate::significance::{DieboldMariano, diebold_mariano};

/// Minimum number of test days of a comparison.
const MIN_DAYS: usize = 50;
/// Minimum number of test days per day of the horizon: forecasts h days ahead share days, so n of them contain about as
/// much information as n / h independent ones.
const MIN_HORIZONS: usize = 10;

/// Returns the minimum number of test days for a verdict on forecasts `horizon` days ahead: 50, or 10 for each day of
/// the horizon.
pub fn min_days(horizon: usize) -> usize {
    MIN_DAYS.max(MIN_HORIZONS.saturating_mul(horizon))
}

/// One comparison, with its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The outcome.
    pub finding: Finding,
    /// Why the comparison could not be made; `None` if it was made.
    pub reason: Option<Untested>,
    /// Skill over the baseline with its confidence interval; `None` if the baseline makes no error.
    pub skill: Option<Skill>,
    /// The Diebold-Mariano test of the daily losses; `None` if their difference is the same every day.
    pub test: Option<DieboldMariano>,
    losses: Losses,
}

/// The outcome of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Better: the whole confidence interval of the skill is above zero, and the test rejects "equally good".
    Better,
    /// Worse, by the same two criteria.
    Worse,
    /// No significant difference.
    NotSignificant,
    /// The two have equal losses on every day.
    Same,
    /// The comparison could not be made.
    NotTested,
}

impl Finding {
    /// Returns the name in csv and json.
    pub fn name(self) -> &'static str {
        match self {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::NotSignificant => "not_significant",
            Finding::Same => "same",
            Finding::NotTested => "not_tested",
        }
    }
}

/// The reason why a comparison could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untested {
    /// There are too few days.
    TooFewDays {
        /// Number of days.
        days: usize,
        /// Number of days required.
        needed: usize,
        /// Days ahead of each forecast.
        horizon: usize,
    },
    /// The price did not change, so "tomorrow = today" makes no error.
    PriceStill {
        /// Number of these days.
        days: usize,
    },
    /// The baseline makes no error.
    NoError,
    /// The forecasts are point forecasts, without a distribution.
    NoDistribution,
}

/// The daily losses of both forecasters, and the settings of their comparison.
#[derive(Debug, Clone, PartialEq)]
struct Losses {
    own: Vec<f64>,
    other: Vec<f64>,
    total: Total,
    settings: ComparisonSettings,
}

/// The level of the Diebold-Mariano test for a gate. At 5 %, networks trained on squared errors passed on 19 of 400
/// walks without skill (50 test days, 3 days ahead), at 1 % on 9 (`docs/forecast-quality.md`).
pub const GATE_LEVEL: f64 = 0.01;

impl Comparison {
    /// Returns the ratio of the errors if the forecast's error is much larger, but so uneven over the days that the
    /// test finds no significant difference.
    pub fn unproven_error_ratio(&self) -> Option<f64> {
        const MAX_BAD_SKILL: f64 = -0.1;
        let skill = self.skill.as_ref().map(|skill| skill.value).filter(|skill| *skill < MAX_BAD_SKILL)?;
        (self.finding == Finding::NotSignificant).then_some(1.0 - skill)
    }

    /// Compares the daily losses of two forecasters.
    ///
    /// # Errors
    /// If there are no days, the columns differ in length, or a number is not finite.
    pub(super) fn of(
        own: Vec<f64>,
        other: Vec<f64>,
        total: Total,
        settings: &ComparisonSettings,
    ) -> Result<Comparison, EvalError> {
        let losses = Losses { own, other, total, settings: settings.clone() };
        let (days, needed, horizon) = (losses.own.len(), min_days(settings.horizon), settings.horizon);
        let skill = match skill(&losses.own, &losses.other, total, settings.level) {
            Ok(skill) => Some(skill),
            Err(EvalError::Constant { .. }) => None,
            Err(error) => return Err(error),
        };
        match skill {
            Some(skill) if days < needed => {
                Ok(Comparison::untested(Untested::TooFewDays { days, needed, horizon }, Some(skill), losses))
            }
            Some(_) => losses.compare(),
            None => Ok(Comparison::untested(Untested::NoError, None, losses)),
        }
    }

    /// Returns the horizon of the forecasts in days.
    pub fn horizon(&self) -> usize {
        self.losses.settings.horizon
    }

    /// Returns the standard error of the skill; `None` if the comparison was not made.
    pub fn standard_error(&self) -> Option<f64> {
        let Losses { own, other, total, settings } = &self.losses;
        let tested = self.skill.as_ref().filter(|_| self.finding != Finding::NotTested);
        tested.and_then(|_| skill_standard_error(own, other, *total, settings.horizon).ok())
    }

    fn untested(reason: Untested, skill: Option<Skill>, losses: Losses) -> Comparison {
        Comparison { finding: Finding::NotTested, reason: Some(reason), skill, test: None, losses }
    }

    /// Returns this comparison without its test, for the given reason.
    pub(super) fn withheld(self, reason: Untested) -> Comparison {
        Comparison::untested(reason, self.skill, self.losses)
    }

    /// Returns the comparison of distributions for forecasts that have none.
    pub(super) fn of_points(self) -> Comparison {
        Comparison::untested(Untested::NoDistribution, None, self.losses)
    }

    /// Returns the Diebold-Mariano test that the skill is `threshold`; `None` if the difference of losses is the same
    /// every day.
    ///
    /// # Errors
    /// Those of the test.
    pub fn test_of(&self, threshold: f64) -> Result<Option<DieboldMariano>, EvalError> {
        self.losses.test(threshold)
    }

    /// Whether the finding is "better" and the skill is above `threshold` by the same two criteria, with the test at
    /// [`GATE_LEVEL`]: the confidence interval is above the threshold, and the Diebold-Mariano test rejects that the
    /// skill is `threshold`.
    ///
    /// # Errors
    /// Those of the test.
    pub fn is_better_by(&self, threshold: f64) -> Result<bool, EvalError> {
        let Some(skill) = self.skill.as_ref().filter(|_| self.finding == Finding::Better) else { return Ok(false) };
        let test = self.test_of(threshold)?;
        let is_significant = test.as_ref().is_none_or(|test| test.p_value < GATE_LEVEL);
        Ok(is_significant && self.losses.finding(threshold, skill, test.as_ref()) == Finding::Better)
    }
}

impl Losses {
    fn compare(self) -> Result<Comparison, EvalError> {
        let ComparisonSettings { level, horizon } = self.settings;
        let skill = skill_with_interval(&self.own, &self.other, self.total, level, horizon)?;
        let test = self.test(0.0)?;
        let same = self.own.iter().zip(&self.other).all(|(own, other)| own == other);
        let finding = if same { Finding::Same } else { self.finding(0.0, &skill, test.as_ref()) };
        Ok(Comparison { finding, reason: None, skill: Some(skill), test, losses: self })
    }

    /// Returns the Diebold-Mariano test of `skill = threshold`: if that holds, the mean of the own losses minus the
    /// other's losses times the ratio for the threshold is zero. `None` if this difference is the same every day.
    fn test(&self, threshold: f64) -> Result<Option<DieboldMariano>, EvalError> {
        let ratio = self.total.ratio(threshold);
        let differential: Vec<f64> = self.own.iter().zip(&self.other).map(|(own, other)| own - ratio * other).collect();
        match diebold_mariano(&differential, self.settings.horizon) {
            Ok(test) => Ok(Some(test)),
            Err(EvalError::Constant { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn finding(&self, threshold: f64, skill: &Skill, test: Option<&DieboldMariano>) -> Finding {
        let rejected = test.is_none_or(|test| test.p_value < 1.0 - self.settings.level);
        match (skill.is_above(threshold), skill.is_below(threshold)) {
            (true, _) if rejected => Finding::Better,
            (_, true) if rejected => Finding::Worse,
            _ => Finding::NotSignificant,
        }
    }
}

/// What tests of verdicts have in common.
#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub mod testing {
    use super::*;

    /// Returns a comparison with this finding, for tests of its wording.
    pub fn comparison(finding: Finding, value: f64) -> Comparison {
        let (lower, upper) = (Some(value - 0.001), Some(value + 0.001));
        let skill = Skill { value, lower, upper, level: 0.95, days: 500 };
        let test = DieboldMariano { statistic: 0.5, p_value: 0.62, mean: 0.1, horizon: 1, days: 500, freedom: 499 };
        let losses = Losses { own: vec![], other: vec![], total: Total::Mean, settings: ComparisonSettings::default() };
        Comparison { finding, reason: None, skill: Some(skill), test: Some(test), losses }
    }

    /// Returns the comparison for forecasts `horizon` days ahead.
    pub fn ahead(mut comparison: Comparison, horizon: usize) -> Comparison {
        comparison.losses.settings.horizon = horizon;
        comparison
    }

    /// Returns a comparison on too few days.
    pub fn too_few(value: f64) -> Comparison {
        let reason = Untested::TooFewDays { days: 36, needed: 50, horizon: 1 };
        let mut comparison = comparison(Finding::NotTested, value).withheld(reason);
        if let Some(skill) = &mut comparison.skill {
            (skill.lower, skill.upper, skill.days) = (None, None, 36);
        }
        comparison
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;

    fn losses(days: usize, seed: u64) -> Vec<f64> {
        let mut rng = Pcg64::seed_from_u64(seed);
        (0..days).map(|_| rng.random::<f64>()).collect()
    }

    fn of(own: &[f64], other: &[f64], horizon: usize) -> Comparison {
        Comparison::of(own.to_vec(), other.to_vec(), Total::RootMean, &ComparisonSettings { horizon, level: 0.95 })
            .unwrap()
    }

    /// Interval and test at a threshold must agree with the skill itself.
    #[test]
    fn a_skill_is_above_less_than_itself() {
        let other = losses(400, 1);
        // Reduces the loss by a fifth on average, by varying amounts: a skill of about 0.106.
        let own: Vec<f64> = other.iter().zip(losses(400, 2)).map(|(o, u)| o * (0.7 + 0.2 * u)).collect();
        for horizon in [1, 5, 20] {
            let comparison = of(&own, &other, horizon);
            assert_eq!(comparison.finding, Finding::Better);
            let better_by = |threshold| comparison.is_better_by(threshold).unwrap();
            assert!(better_by(0.0) && better_by(0.05) && better_by(-0.5), "{comparison:?}");
            assert!(!better_by(0.12) && !better_by(0.106), "{comparison:?}");
        }
    }

    /// A gate has stricter criteria than the finding.
    #[test]
    fn a_gate_takes_a_test_at_one_per_cent() {
        let other = losses(60, 1);
        let own =
            |gain: f64| other.iter().zip(losses(60, 2)).map(|(o, u)| o * (1.0 - gain + 0.9 * (u - 0.5))).collect();
        let gains = (0..60).map(|gain| f64::from(gain) * 0.005);
        let compared: Vec<Comparison> =
            gains.map(|gain| of(&Vec::from_iter::<Vec<f64>>(own(gain)), &other, 1)).collect();
        let p = |one: &Comparison| one.test.as_ref().unwrap().p_value;
        let better: Vec<&Comparison> = compared.iter().filter(|one| one.finding == Finding::Better).collect();
        assert!(better.iter().any(|one| p(one) > GATE_LEVEL) && better.iter().any(|one| p(one) < GATE_LEVEL));
        for one in better {
            assert_eq!(one.is_better_by(0.0).unwrap(), p(one) < GATE_LEVEL, "{one:?}");
        }
    }

    /// A comparison that is not "better" passes no threshold, however low.
    #[test]
    fn nothing_passes_that_is_not_better() {
        let comparison = of(&losses(400, 3), &losses(400, 4), 1);
        assert_eq!(comparison.finding, Finding::NotSignificant);
        assert!(!comparison.is_better_by(-0.9).unwrap());
    }

    #[test]
    fn interval_and_test_must_agree() {
        let skill = |lower| Skill { value: 0.1, lower: Some(lower), upper: Some(0.2), level: 0.95, days: 60 };
        let test = |p_value| DieboldMariano { statistic: -1.0, p_value, mean: -1.0, horizon: 1, days: 60, freedom: 59 };
        let losses = of(&losses(60, 5), &losses(60, 6), 1).losses;
        let found = |lower, p| losses.finding(0.0, &skill(lower), Some(&test(p)));
        assert_eq!(found(0.01, 0.04), Finding::Better);
        assert_eq!(found(0.01, 0.06), Finding::NotSignificant);
        assert_eq!(found(-0.01, 0.04), Finding::NotSignificant);
    }

    #[test]
    fn few_days_have_a_score_and_no_verdict() {
        let half: Vec<f64> = losses(500, 7).iter().map(|loss| loss / 4.0).collect();
        for (days, horizon, needed) in [(49, 1, 50), (49, 5, 50), (199, 20, 200), (3, 1, 50)] {
            let comparison = of(&half[..days], &losses(500, 7)[..days], horizon);
            assert_eq!(comparison.finding, Finding::NotTested);
            assert_eq!(comparison.reason, Some(Untested::TooFewDays { days, needed, horizon }));
            let skill = comparison.skill.clone().unwrap();
            assert!((skill.value - 0.5).abs() < 1e-12 && skill.lower.is_none() && comparison.test.is_none());
            assert!(!comparison.is_better_by(0.0).unwrap());
            let enough = of(&half[..needed], &losses(500, 7)[..needed], horizon);
            assert_eq!(enough.finding, Finding::Better, "{enough:?}");
        }
    }

    #[test]
    fn a_baseline_without_error_is_not_tested_against() {
        let comparison = of(&losses(100, 9), &[0.0; 100], 1);
        assert_eq!((comparison.finding, comparison.reason), (Finding::NotTested, Some(Untested::NoError)));
        assert_eq!(comparison.skill, None);
    }
}
