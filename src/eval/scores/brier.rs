//! Probabilities of events, and their Brier score.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::EvalError;
use crate::check::{mean, same_days};
use crate::longrun::standard_error;
use fourcast_base::math::probability_below;

/// An event of a day: the price is beyond a bound relative to the price on the origin.
///
/// If the bound is zero or more, the event is a price above it; if it is below zero, a price below it: `+2%` is a rise
/// of more than two per cent, `-5%` a fall of more than five per cent, `0%` any rise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    per_cent: f64,
}

/// Logarithmic returns that differ by less are of the same price, which is neither above nor below itself.
const ROUNDING: f64 = 1e-8;

impl Event {
    /// Returns the price of the bound, given the price on the origin.
    pub fn bound(&self, price: f64) -> f64 {
        price * (1.0 + self.per_cent / 100.0)
    }

    /// Returns the bound as a logarithmic return.
    pub fn log_return(&self) -> f64 {
        (self.per_cent / 100.0).ln_1p()
    }

    /// Whether the event is a price above the bound; otherwise it is a price below it.
    pub fn is_above(&self) -> bool {
        self.per_cent >= 0.0
    }

    /// Returns the probability of the event from the quantiles of a distribution of logarithmic returns.
    pub fn probability(&self, quantile: impl Fn(f64) -> f64) -> f64 {
        if self.is_above() {
            1.0 - probability_below(quantile, self.log_return() + ROUNDING)
        } else {
            probability_below(quantile, self.log_return() - ROUNDING)
        }
    }

    /// Whether the event occurred, given the logarithmic return from the origin.
    pub fn came(&self, log_return: f64) -> bool {
        let beyond = log_return - self.log_return();
        if self.is_above() { beyond > ROUNDING } else { beyond < -ROUNDING }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.per_cent > 0.0 { "+" } else { "" };
        write!(f, "{sign}{}%", self.per_cent)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The error of a text that is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseEventError {
    /// The text is not a percentage.
    #[error("expected a move in per cent, for example +2%, -5% or 0%")]
    Form,
    /// The text is a number without a unit.
    #[error("expected a move in per cent, with its sign: {0}%")]
    Unit(String),
    /// A price cannot fall by 100 % or more.
    #[error("expected a move above -100%")]
    TooLow,
}

impl FromStr for Event {
    type Err = ParseEventError;

    fn from_str(text: &str) -> Result<Event, ParseEventError> {
        let text = text.trim();
        let number = text.strip_suffix('%').unwrap_or(text);
        let per_cent: f64 = number.trim_end().parse().map_err(|_| ParseEventError::Form)?;
        match per_cent {
            _ if !per_cent.is_finite() || per_cent.is_subnormal() => Err(ParseEventError::Form),
            _ if per_cent <= -100.0 => Err(ParseEventError::TooLow),
            _ if per_cent != 0.0 && !text.ends_with('%') => Err(ParseEventError::Unit(text.to_owned())),
            // Removes the sign of zero.
            _ => Ok(Event { per_cent: per_cent + 0.0 }),
        }
    }
}

/// Returns the Brier score (Brier 1950) of each day, `(p - o)^2`: `p` is the probability of an event, `o` one if it
/// occurred and zero otherwise. It is between 0 and 1, lower is better; its mean is lowest for the true probabilities.
///
/// # Errors
/// If there are no days, the lengths differ, or a probability is not between 0 and 1.
pub fn brier_scores(came: &[bool], probabilities: &[f64]) -> Result<Vec<f64>, EvalError> {
    let outcomes: Vec<f64> = came.iter().map(|came| f64::from(u8::from(*came))).collect();
    same_days(&[("outcomes", &outcomes), ("probabilities", probabilities)])?;
    if let Some(&value) = probabilities.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(EvalError::OutOfRange { what: "a probability", value, expected: "a number from 0 to 1" });
    }
    Ok(probabilities.iter().zip(&outcomes).map(|(p, o)| (p - o) * (p - o)).collect())
}

/// The score of a forecaster's probabilities of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProbabilityScore {
    /// The forecaster.
    #[serde(skip)]
    pub name: String,
    /// The mean Brier score.
    pub score: f64,
    /// The mean probability; for a calibrated forecast about the fraction of days on which the event occurred.
    pub mean_probability: f64,
    /// 1 - score / score of "tomorrow = today"; `None` if the latter is zero.
    pub skill: Option<f64>,
    /// Standard error of the mean Brier score, from its long-run variance; `None` for too few days.
    pub standard_error: Option<f64>,
}

/// The scores of all forecasters for one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventScores {
    /// The event.
    pub event: Event,
    /// Number of test days.
    pub days: usize,
    /// The fraction of test days on which it occurred: the base rate.
    pub frequency: f64,
    /// The score of the model.
    pub model: ProbabilityScore,
    /// The scores of the baselines.
    pub baselines: Vec<ProbabilityScore>,
}

impl EventScores {
    /// Returns the score of the model, then those of the baselines.
    pub fn all(&self) -> impl Iterator<Item = &ProbabilityScore> {
        std::iter::once(&self.model).chain(&self.baselines)
    }

    /// Scores the probabilities of a model and of some baselines against the outcomes of all days. The skill is
    /// relative to the baseline named `reference`, `None` if there is none of this name. The forecasts are `horizon`
    /// days ahead.
    ///
    /// # Errors
    /// Those of [`brier_scores`].
    pub fn new(
        event: Event,
        came: &[bool],
        model: (&str, &[f64]),
        baselines: &[(&str, &[f64])],
        (reference, horizon): (&str, usize),
    ) -> Result<EventScores, EvalError> {
        let reference = baselines.iter().find(|(name, _)| *name == reference);
        let reference = reference.map(|(_, reference)| brier_scores(came, reference)).transpose()?;
        let reference = reference.map(|scores| mean(&scores)).filter(|score| *score > 0.0);
        let of = |(name, probabilities): (&str, &[f64])| {
            let scores = brier_scores(came, probabilities)?;
            let score = mean(&scores);
            Ok(ProbabilityScore {
                name: name.to_owned(),
                score,
                mean_probability: mean(probabilities),
                skill: reference.map(|reference| 1.0 - score / reference),
                standard_error: standard_error(&scores, horizon),
            })
        };
        Ok(EventScores {
            event,
            days: came.len(),
            frequency: came.iter().filter(|came| **came).count() as f64 / came.len() as f64,
            model: of(model)?,
            baselines: baselines.iter().map(|baseline| of(*baseline)).collect::<Result<_, EvalError>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_moves_in_per_cent() {
        let shown =
            ["+2%", "2 %", " -5%", "0", "-0%", "+0.5%", "150%"].map(|text| text.parse::<Event>().unwrap().to_string());
        assert_eq!(shown, ["+2%", "+2%", "-5%", "0%", "0%", "+0.5%", "+150%"]);
        let refused = |text: &str| text.parse::<Event>().unwrap_err();
        for text in ["", "%", "x%", "NaN%", "inf%", "two"] {
            assert_eq!(refused(text), ParseEventError::Form, "{text}");
        }
        assert_eq!(refused("-0.05"), ParseEventError::Unit("-0.05".into()));
        assert_eq!(refused("450").to_string(), "expected a move in per cent, with its sign: 450%");
        assert_eq!(refused("-100%"), ParseEventError::TooLow);
    }

    #[test]
    fn the_bound_itself_is_not_beyond_it() {
        let came = |event: &str, price: f64| event.parse::<Event>().unwrap().came((price / 0.5).ln());
        assert_eq!([0.50, 0.51, 0.52].map(|price| came("+2%", price)), [false, false, true]);
        assert_eq!([0.50, 0.49, 0.48].map(|price| came("-2%", price)), [false, false, true]);
        assert_eq!([0.49, 0.50, 0.51].map(|price| came("0", price)), [false, false, true]);
    }

    #[test]
    fn probabilities_are_those_beyond_the_bound() {
        // Uniform from -0.1 to 0.1, with a tenth of the returns equal to zero.
        let quantile = |p: f64| match p {
            p if p < 0.45 => -0.1 + p / 4.5,
            p if p > 0.55 => (p - 0.55) / 4.5,
            _ => 0.0,
        };
        let probability = |event: &str| event.parse::<Event>().unwrap().probability(quantile);
        for (event, exact) in [("0", 0.45), ("+5%", 0.45 - 4.5 * 0.05_f64.ln_1p()), ("-50%", 0.0), ("+50%", 0.0)] {
            assert!((probability(event) - exact).abs() < 1e-6, "{event}: {}", probability(event));
        }
    }

    #[test]
    fn scores_are_squared_distances_and_skill_is_over_the_reference() {
        let came = [true, false, false, true];
        assert_eq!(brier_scores(&came, &[1.0, 0.0, 0.5, 0.5]).unwrap(), [0.0, 0.0, 0.25, 0.25]);
        let scores = EventScores::new(
            "+1%".parse().unwrap(),
            &came,
            ("model", &[1.0, 0.0, 0.5, 0.5]),
            &[("naive", &[0.5; 4]), ("ewma", &[0.0, 1.0, 1.0, 0.0])],
            ("naive", 1),
        )
        .unwrap();
        assert_eq!((scores.days, scores.frequency), (4, 0.5));
        assert_eq!((scores.model.score, scores.model.mean_probability, scores.model.skill), (0.125, 0.5, Some(0.5)));
        assert_eq!(scores.baselines[0].skill, Some(0.0));
        assert_eq!(scores.baselines[1].score, 1.0);
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        assert!(brier_scores(&[], &[]).is_err());
        assert!(brier_scores(&[true], &[]).is_err());
        for probability in [-0.1, 1.1, f64::NAN] {
            assert!(brier_scores(&[true], &[probability]).is_err());
        }
    }
}
