//! Skills so large that a leak is the more likely explanation.

use super::{Against, Finding, Verdict};
use crate::baselines::{Baseline, NAIVE};

/// Skill on the price of a daily close above which a leak is the more likely explanation: methods without a leak stay
/// within about 0.01 of "tomorrow = today" on stocks.
pub const TOO_GOOD_PRICE: f64 = 0.02;
/// The corresponding limit for the skill of the distribution over the best of the GARCH family. On bars of real stocks,
/// indices and coins the skill over EGARCH is 0.012 on average (`docs/forecast-quality.md`).
pub const TOO_GOOD_SKILL: f64 = 0.05;

impl Against {
    /// Whether the skill on the price over "tomorrow = today" is significant and above [`TOO_GOOD_PRICE`].
    pub fn is_too_good(&self) -> bool {
        self.baseline == NAIVE.name
            && self.price.finding == Finding::Better
            && self.price.skill.as_ref().is_some_and(|skill| skill.value > TOO_GOOD_PRICE)
    }

    /// Returns the skill of the distribution over a model of the GARCH family; `None` for other baselines.
    fn skill_over_garch(&self) -> Option<f64> {
        let baseline: Baseline = self.baseline.parse().ok()?;
        let skill = self.distribution.skill.as_ref().filter(|_| self.distribution.finding != Finding::NotTested)?;
        baseline.is_garch.then_some(skill.value)
    }
}

impl Verdict {
    /// Returns the best of the GARCH family among the baselines, and the skill of the distribution over it, if that is
    /// significant and above [`TOO_GOOD_SKILL`].
    pub fn too_good_distribution(&self) -> Option<(&Against, f64)> {
        let over_garch = self.against.iter().filter_map(|against| Some((against, against.skill_over_garch()?)));
        let best = over_garch.min_by(|(_, a), (_, b)| a.total_cmp(b));
        best.filter(|(against, skill)| against.distribution.finding == Finding::Better && *skill > TOO_GOOD_SKILL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::comparison::testing::comparison;

    fn against(baseline: &str, price: (Finding, f64), distribution: (Finding, f64)) -> Against {
        let (price, distribution) = (comparison(price.0, price.1), comparison(distribution.0, distribution.1));
        Against { baseline: baseline.to_owned(), fallbacks: vec![], price, distribution, clark_west: None }
    }

    #[test]
    fn a_price_that_is_forecast_too_well() {
        let found = |baseline, finding, value| against(baseline, (finding, value), (Finding::Same, 0.0)).is_too_good();
        assert!(found("naive", Finding::Better, 0.05));
        assert!(!found("naive", Finding::Better, 0.01));
        assert!(!found("naive", Finding::NotSignificant, 0.05));
        assert!(!found("drift", Finding::Better, 0.05));
    }

    /// Only the skill over the best of the family counts.
    #[test]
    fn the_best_of_the_family_counts() {
        let over = |skills: &[(&str, Finding, f64)]| {
            let same = (Finding::Same, 0.0);
            let against = skills.iter().map(|(baseline, finding, value)| against(baseline, same, (*finding, *value)));
            let verdict = Verdict { days: 500, horizon: 1, level: 0.95, against: against.collect(), lag: None };
            verdict.too_good_distribution().map(|(against, skill)| (against.baseline.clone(), skill))
        };
        let better = Finding::Better;
        let best = over(&[("naive", better, 0.3), ("garch", better, 0.24), ("egarch", better, 0.21)]);
        assert_eq!(best, Some(("egarch".to_owned(), 0.21)));
        assert_eq!(over(&[("garch", better, 0.24), ("egarch", better, 0.02)]), None);
        assert_eq!(over(&[("egarch", Finding::NotSignificant, 0.24)]), None);
        assert_eq!(over(&[("naive", better, 0.3), ("ewma", better, 0.3)]), None);
    }
}
