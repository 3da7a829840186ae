//! The verdict as a json record.

use serde::Serialize;

use super::{clark_west_finding, untested};
use crate::eval::scores::Skill;
use crate::eval::significance::{ClarkWest, DieboldMariano};
use crate::eval::verdict::{Against, Comparison, Fallback, Lag, Verdict};
use crate::prices::Frequency;

/// A verdict in json.
#[derive(Serialize)]
pub struct VerdictRecord<'a> {
    days: usize,
    level: f64,
    tests: usize,
    correction: &'static str,
    against: Vec<AgainstRecord<'a>>,
    lag: Option<&'a Lag>,
}

#[derive(Serialize)]
struct AgainstRecord<'a> {
    baseline: &'a str,
    fallbacks: &'a [Fallback],
    price: PriceRecord<'a>,
    distribution: ComparisonRecord<'a>,
}

#[derive(Serialize)]
struct PriceRecord<'a> {
    #[serde(flatten)]
    comparison: ComparisonRecord<'a>,
    /// Null except for the comparison with "tomorrow = today".
    clark_west: Option<ClarkWestRecord<'a>>,
}

#[derive(Serialize)]
struct ClarkWestRecord<'a> {
    finding: &'static str,
    #[serde(flatten)]
    test: &'a ClarkWest,
}

#[derive(Serialize)]
struct ComparisonRecord<'a> {
    finding: &'static str,
    reason: Option<String>,
    skill: Option<&'a Skill>,
    test: Option<&'a DieboldMariano>,
}

impl<'a> VerdictRecord<'a> {
    pub fn new(verdict: &'a Verdict, frequency: Frequency) -> Self {
        let comparison = |comparison: &'a Comparison| ComparisonRecord {
            finding: comparison.finding.name(),
            reason: comparison.reason.map(|reason| untested(reason, frequency)),
            skill: comparison.skill.as_ref(),
            test: comparison.test.as_ref(),
        };
        let clark_west = |against: &'a Against| {
            let test = against.clark_west.as_ref()?;
            Some(ClarkWestRecord { finding: clark_west_finding(against, verdict.level)?, test })
        };
        let against = |against: &'a Against| AgainstRecord {
            baseline: &against.baseline,
            fallbacks: &against.fallbacks,
            price: PriceRecord { comparison: comparison(&against.price), clark_west: clark_west(against) },
            distribution: comparison(&against.distribution),
        };
        VerdictRecord {
            days: verdict.days,
            level: verdict.level,
            tests: verdict.tests(),
            correction: "none",
            against: verdict.against.iter().map(against).collect(),
            lag: verdict.lag.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::verdict::Finding;
    use crate::eval::verdict::testing::comparison;
    use crate::report::verdict::tests::{DAILY, verdict};
    use serde_json::Value;

    #[test]
    fn the_verdict_as_json() {
        let verdict = verdict("egarch", comparison(Finding::NotSignificant, -0.0003));
        let json = serde_json::to_value(VerdictRecord::new(&verdict, DAILY)).unwrap();
        assert_eq!(json["against"][0]["baseline"], "egarch");
        assert_eq!(json["against"][0]["price"]["finding"], "not_significant");
        assert!(json["against"][0]["price"]["reason"].is_null());
        assert!(json["against"][0]["price"]["clark_west"].is_null());
        assert_eq!(json["against"][0]["distribution"]["skill"]["value"], 0.0068);
        assert_eq!(json["against"][0]["distribution"]["test"]["p_value"], 0.62);
        assert_eq!((&json["tests"], &json["correction"]), (&2.into(), &"none".into()));
        assert_eq!(json["lag"]["changes_with_tomorrow"], Value::Null);
    }
}
