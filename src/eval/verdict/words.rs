//! The verdict in words.

use std::fmt;

use super::suspicion::{TOO_GOOD_PRICE, TOO_GOOD_SKILL};
use super::{Against, Comparison, Fallback, Finding, Lag, Verdict};
use crate::eval::baselines::Baseline;
use crate::eval::scores::Skill;
use crate::prices::Frequency;
use crate::words::{counted, join};

impl Finding {
    /// What the forecast is, where it is plain what it is compared with.
    pub fn alone(self) -> &'static str {
        match self {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::NotShown => "not shown to be better",
            Finding::Same => "the same",
            Finding::NotTested => "not tested",
        }
    }

    /// What the forecast is, compared with the rival: `better than`, and so on.
    pub fn words(self) -> &'static str {
        match self {
            Finding::Better => "better than",
            Finding::Worse => "worse than",
            Finding::NotShown => "not shown to be better than",
            Finding::Same => "the same as",
            Finding::NotTested => "not tested against",
        }
    }

    /// The same with `it` for the rival.
    fn words_with_it(self) -> String {
        match self {
            Finding::NotTested => self.alone().to_owned(),
            _ => format!("{} it", self.words()),
        }
    }
}

impl Verdict {
    /// The verdict in one line, without its evidence.
    pub fn headline(&self) -> String {
        let short = |against: &Against| {
            let (price, distribution) =
                (against.price.finding.words_with_it(), against.distribution.finding.words_with_it());
            let reason = against.price.reason.map_or(String::new(), |reason| format!(" ({reason})"));
            format!("against {}: price {price}, odds {distribution}{reason}", against.marked_name())
        };
        self.against.iter().map(short).collect::<Vec<_>>().join("; ")
    }

    /// What to think of a skill on odds that is too good to be true.
    pub fn leak_warning(&self) -> Option<String> {
        let (against, skill) = self.too_good_distribution()?;
        let name = against.full_name();
        Some(format!("skill {skill:.4} on the odds over {name}: over {TOO_GOOD_SKILL}, look for a leak"))
    }
}

impl Against {
    /// The rival as people call it.
    pub fn full_name(&self) -> String {
        self.baseline
            .parse()
            .map_or_else(|_| self.baseline.clone(), |one: Baseline| (one.label)(Frequency::Daily).to_owned())
    }

    /// The same with a star where another forecast in its place on some days.
    pub fn marked_name(&self) -> String {
        format!("{}{}", self.full_name(), if self.fallbacks.is_empty() { "" } else { "*" })
    }

    /// What the star stands for.
    pub fn fallback_note(&self, days: usize) -> Option<String> {
        Fallback::note(&self.marked_name(), &self.fallbacks, days)
    }

    /// What to think of a skill over tomorrow = today that is too good to be true.
    pub fn warning(&self) -> Option<String> {
        self.is_too_good().then(|| format!("over {TOO_GOOD_PRICE} is rare on daily closes: look for a leak first"))
    }
}

impl Fallback {
    /// Who forecast in the place of the baseline `name`, and on how many of the days; none where nobody did.
    pub fn note(name: &str, fallbacks: &[Fallback], days: usize) -> Option<String> {
        let each = fallbacks.iter().map(|fallback| format!("{} on {}", fallback.used, fallback.days));
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("{name}: {} of {}", join(&each, "and"), counted(days, "day")))
    }
}

/// A verdict reads as one line for each comparison, and the lag line last.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        for against in &self.against {
            let Against { price, distribution, .. } = against;
            let name = against.marked_name();
            lines.push(format!("price: {} {name} ({})", price.finding.words(), Evidence("rmse", price)));
            lines.push(format!("odds: {} {name} ({})", distribution.finding.words(), Evidence("crps", distribution)));
            lines.extend(against.fallback_note(self.days));
            lines.extend(against.warning().map(|warning| format!("warning: a skill {warning}")));
        }
        lines.extend(self.leak_warning().map(|warning| format!("warning: {warning}")));
        lines.extend(self.lag.as_ref().map(Lag::to_string));
        write!(f, "{}", lines.join("\n"))
    }
}

/// The numbers behind a finding.
struct Evidence<'a>(&'static str, &'a Comparison);

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Evidence(measure, Comparison { skill, test, reason, .. }) = self;
        if let Some(skill) = skill {
            write!(f, "{measure} skill {:.4}, ", skill.value)?;
        }
        match (reason, skill) {
            (Some(reason), _) => return write!(f, "{reason}"),
            (None, Some(Skill { lower: Some(lower), upper: Some(upper), level, .. })) => {
                write!(f, "from {lower:.4} to {upper:.4} at level {level}, ")?;
            }
            _ => {}
        }
        match test {
            Some(test) => write!(f, "Diebold-Mariano p = {:.4}, ", test.p_value)?,
            None => write!(f, "Diebold-Mariano not defined, ")?,
        }
        write!(f, "{}", counted(skill.as_ref().map_or(0, |skill| skill.days), "day"))
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
    use crate::eval::verdict::comparison::testing::{comparison, too_few};

    fn verdict(baseline: &str, price: Comparison) -> Verdict {
        let distribution = comparison(Finding::Better, 0.0068);
        let lag = Lag {
            with_today: Some(0.99991),
            with_tomorrow: Some(0.9987),
            changes_with_today: Some(0.981),
            changes_with_tomorrow: None,
            r2: 0.9974,
            r2_of_copy: 0.9975,
            share_of_copy: Some(1.0001),
        };
        let against = Against { baseline: baseline.to_owned(), fallbacks: vec![], price, distribution };
        Verdict { days: 500, against: vec![against], lag: Some(lag) }
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
    fn a_verdict_that_is_missing_says_why() {
        let mut few = verdict("naive", too_few(0.0123));
        few.against[0].distribution = too_few(0.03);
        let reason = "36 test days, at least 50 needed for a verdict";
        let headline = format!("against tomorrow = today: price not tested, odds not tested ({reason})");
        assert_eq!(few.headline(), headline);
        let line = format!("price: not tested against tomorrow = today (rmse skill 0.0123, {reason})");
        assert_eq!(few.to_string().lines().next(), Some(&*line));
        let json = serde_json::to_value(few).unwrap();
        assert_eq!(json["against"][0]["price"]["finding"], "not_tested");
        assert_eq!(json["against"][0]["price"]["reason"], reason);
        assert_eq!(json["against"][0]["price"]["skill"]["value"], 0.0123);
        assert!(json["against"][0]["price"]["skill"]["lower"].is_null());
    }

    /// What stood in on one day does not name the column, and does not go unsaid.
    #[test]
    fn a_fallback_is_a_note() {
        let mut verdict = verdict("egarch", comparison(Finding::NotShown, -0.0003));
        verdict.against[0].fallbacks = vec![Fallback { used: "ewma".into(), days: 1 }];
        assert!(verdict.headline().starts_with("against EGARCH*: "));
        assert_eq!(verdict.to_string().lines().nth(2), Some("EGARCH*: ewma on 1 of 500 days"));
        verdict.against[0].fallbacks.push(Fallback { used: "gjr".into(), days: 40 });
        let note = verdict.against[0].fallback_note(500);
        assert_eq!(note.as_deref(), Some("EGARCH*: ewma on 1 and gjr on 40 of 500 days"));
    }

    #[test]
    fn the_verdict_as_json() {
        let json = serde_json::to_value(verdict("egarch", comparison(Finding::NotShown, -0.0003))).unwrap();
        assert_eq!(json["against"][0]["rival"], "egarch");
        assert_eq!(json["against"][0]["price"]["finding"], "not_shown");
        assert!(json["against"][0]["price"]["reason"].is_null());
        assert_eq!(json["against"][0]["odds"]["skill"]["value"], 0.0068);
        assert_eq!(json["against"][0]["odds"]["test"]["p_value"], 0.62);
        assert_eq!(json["lag"]["changes_with_tomorrow"], serde_json::Value::Null);
    }

    #[test]
    fn too_good_to_be_true_is_said_to_be() {
        let warns = |price| verdict("naive", price).to_string().contains("look for a leak");
        assert!(warns(comparison(Finding::Better, 0.05)));
        assert!(!warns(comparison(Finding::Better, 0.01)));
        let mut distribution = verdict("egarch", comparison(Finding::Same, 0.0));
        distribution.against[0].distribution = comparison(Finding::Better, 0.24);
        let said = distribution.to_string();
        let warning = "warning: skill 0.2400 on the odds over EGARCH: over 0.05, look for a leak";
        assert!(said.lines().any(|line| line == warning), "{said}");
    }
}
