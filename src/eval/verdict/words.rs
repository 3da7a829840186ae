//! The verdict in words.

use std::fmt;

use super::standing::TOO_GOOD;
use super::{Against, Comparison, Finding, Lag, Verdict};
use crate::eval::baselines::Kind;
use crate::words::counted;

impl Finding {
    /// What the forecast is, where it is plain what it is compared with.
    pub fn alone(self) -> &'static str {
        match self {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::NotShown => "not shown to be better",
            Finding::Same => "the same",
        }
    }

    /// What the forecast is, compared with the rival: `better than`, and so on.
    pub fn words(self) -> &'static str {
        match self {
            Finding::Better => "better than",
            Finding::Worse => "worse than",
            Finding::NotShown => "not shown to be better than",
            Finding::Same => "the same as",
        }
    }
}

impl Verdict {
    /// The verdict in one line, without its evidence.
    pub fn headline(&self) -> String {
        let short = |against: &Against| {
            let Against { price, odds, .. } = against;
            let (rival, price, odds) = (against.full_name(), price.finding.words(), odds.finding.words());
            format!("against {rival}: price {price} it, odds {odds} it")
        };
        self.against.iter().map(short).collect::<Vec<_>>().join("; ")
    }
}

impl Against {
    /// The rival as people call it.
    pub fn full_name(&self) -> String {
        self.rival.parse().map_or_else(|_| self.rival.clone(), Kind::full_name)
    }

    /// What to think of a skill over tomorrow = today that is too good to be true.
    pub fn warning(&self) -> Option<String> {
        let Comparison { finding, skill, .. } = &self.price;
        let suspicious = self.rival == Kind::Naive.name() && *finding == Finding::Better && skill.value > TOO_GOOD;
        suspicious.then(|| format!("over {TOO_GOOD} is rare on daily closes: look for a leak first"))
    }
}

/// A verdict reads as one line for each comparison, and the lag line last.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for against in &self.against {
            let Against { price, odds, .. } = against;
            let name = against.full_name();
            writeln!(f, "price: {} {name} ({})", price.finding.words(), Evidence("rmse", price))?;
            writeln!(f, "odds: {} {name} ({})", odds.finding.words(), Evidence("crps", odds))?;
            if let Some(warning) = against.warning() {
                writeln!(f, "warning: a skill {warning}")?;
            }
        }
        write!(f, "{}", self.lag)
    }
}

/// The numbers behind a finding.
struct Evidence<'a>(&'static str, &'a Comparison);

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Evidence(measure, Comparison { skill, test, .. }) = self;
        write!(f, "{measure} skill {:.4}, ", skill.value)?;
        write!(f, "from {:.4} to {:.4} at level {}, ", skill.lower, skill.upper, skill.level)?;
        match test {
            Some(test) => write!(f, "Diebold-Mariano p = {:.4}, ", test.p_value)?,
            None => write!(f, "Diebold-Mariano not defined, ")?,
        }
        write!(f, "{}", counted(skill.days, "day"))
    }
}

impl fmt::Display for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Lag { with_today, with_tomorrow, .. } = self;
        let (today, tomorrow) = (number(*with_today), number(*with_tomorrow));
        write!(f, "lag: the forecast correlates {today} with today's close, {tomorrow} with ")?;
        let changes = (number(self.changes_with_today), number(self.changes_with_tomorrow));
        write!(f, "tomorrow's; its changes {} and {}; ", changes.0, changes.1)?;
        let share = number(self.share_of_copy);
        write!(f, "of its R² of {:.4}, copying today's close explains {share}", self.r2)
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "(undefined)".to_owned(), |value| format!("{value:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::scores::Skill;
    use crate::eval::significance::DieboldMariano;

    fn comparison(finding: Finding, value: f64) -> Comparison {
        let (lower, upper) = (value - 0.001, value + 0.001);
        let skill = Skill { value, lower, upper, level: 0.95, block: 3, days: 500 };
        let test = DieboldMariano { statistic: 0.5, p_value: 0.62, mean: 0.1, horizon: 1, days: 500 };
        Comparison { finding, skill, test: Some(test) }
    }

    fn verdict(rival: &str, price: Comparison) -> Verdict {
        let odds = comparison(Finding::Better, 0.0068);
        let lag = Lag {
            with_today: Some(0.99991),
            with_tomorrow: Some(0.9987),
            changes_with_today: Some(0.981),
            changes_with_tomorrow: None,
            r2: 0.9974,
            r2_of_copy: 0.9975,
            share_of_copy: Some(1.0001),
        };
        Verdict { days: 500, against: vec![Against { rival: rival.to_owned(), price, odds }], lag }
    }

    #[test]
    fn the_verdict_in_words() {
        let said = verdict("egarch", comparison(Finding::NotShown, -0.0003)).to_string();
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(
            lines,
            [
                "price: not shown to be better than EGARCH (rmse skill -0.0003, from -0.0013 to \
                 0.0007 at level 0.95, Diebold-Mariano p = 0.6200, 500 days)",
                "odds: better than EGARCH (crps skill 0.0068, from 0.0058 to 0.0078 at level 0.95, \
                 Diebold-Mariano p = 0.6200, 500 days)",
                "lag: the forecast correlates 0.9999 with today's close, 0.9987 with tomorrow's; its \
                 changes 0.9810 and (undefined); of its R² of 0.9974, copying today's close \
                 explains 1.0001",
            ]
        );
    }

    #[test]
    fn the_verdict_in_one_line() {
        let verdict = verdict("naive", comparison(Finding::Same, 0.0));
        let expected = "against tomorrow = today: price the same as it, odds better than it";
        assert_eq!(verdict.headline(), expected);
    }

    #[test]
    fn the_verdict_as_json() {
        let json = serde_json::to_value(verdict("egarch", comparison(Finding::NotShown, -0.0003))).unwrap();
        assert_eq!(json["against"][0]["rival"], "egarch");
        assert_eq!(json["against"][0]["price"]["finding"], "not_shown");
        assert_eq!(json["against"][0]["odds"]["skill"]["value"], 0.0068);
        assert_eq!(json["against"][0]["odds"]["test"]["p_value"], 0.62);
        assert_eq!(json["lag"]["changes_with_tomorrow"], serde_json::Value::Null);
    }

    #[test]
    fn too_good_to_be_true_is_said_to_be() {
        let warns = |price| verdict("naive", price).to_string().contains("look for a leak");
        assert!(warns(comparison(Finding::Better, 0.05)));
        assert!(!warns(comparison(Finding::Better, 0.01)));
        assert!(!warns(comparison(Finding::NotShown, 0.05)));
    }
}
