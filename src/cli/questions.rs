//! Questions about the predictive distribution in `predict`, other than intervals: probabilities and quantiles.

use anyhow::Result;
use clap::Args;

use super::options::Format;
use super::usage_error;
use crate::report::Question;

/// Options about the predictive distribution.
#[derive(Debug, Args)]
#[command(next_help_heading = "Probabilities and quantiles")]
pub struct QuestionArgs {
    /// Print the probability that the close is above this price, for each session forecast: of its close, not of
    /// touching the price on the way. Separate several prices with commas, or repeat the option; with --format value,
    /// only one in total
    #[arg(long, value_name = "PRICE", value_delimiter = ',', value_parser = price)]
    above: Vec<f64>,
    /// Print the probability that the close is below this price
    #[arg(long, value_name = "PRICE", value_delimiter = ',', value_parser = price)]
    below: Vec<f64>,
    /// Print quantiles of the close at these levels, between 0 and 1: 0.05 is the price that the close is below with a
    /// probability of 5 %. A level given twice counts once
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', value_parser = level)]
    quantiles: Vec<f64>,
}

fn price(text: &str) -> Result<f64, String> {
    let digits = text.trim().trim_start_matches(['+', '-']);
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a price has no zeros before it: commas separate prices, so write 1000 and not 1,000".into());
    }
    match text.trim().parse::<f64>() {
        // Removes the sign of zero, which would be part of a column's name.
        Ok(price) if price.is_finite() && !price.is_subnormal() => Ok(price + 0.0),
        _ => Err("expected a price, for example 450 or 1.25".into()),
    }
}

/// Parses a level on the command line.
///
/// # Errors
/// If the level is not between 0 and 1.
pub fn level(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(level) if level > 0.0 && level < 1.0 && level.is_normal() => Ok(level),
        Ok(level) if level > 1.0 && level < 100.0 => {
            Err(format!("a level is a number between 0 and 1: for {level} % pass {}", (level * 1e10).round() / 1e12))
        }
        _ => Err("a level is a number between 0 and 1, for example 0.05".into()),
    }
}

impl QuestionArgs {
    /// Returns the questions without duplicates, in the order of the output: quantiles, then probabilities above, then
    /// those below, each in the order of the command line.
    ///
    /// # Errors
    /// A usage error for several questions with `--format value`, which prints one number per session.
    pub fn resolve(self, format: Format) -> Result<Vec<Question>> {
        let quantiles = self.quantiles.into_iter().map(Question::Quantile);
        let above = self.above.into_iter().map(Question::Above);
        let below = self.below.into_iter().map(Question::Below);
        let mut questions = Vec::new();
        for question in quantiles.chain(above).chain(below) {
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
        if format == Format::Value && questions.len() > 1 {
            let wrong = format!(
                "--format value prints one number for each session, and --above, --below and --quantiles ask for {}: \
                 pass one of them, or --format csv",
                questions.len()
            );
            return Err(usage_error("predict", &wrong));
        }
        Ok(questions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_finite_numbers() {
        assert_eq!([" 450.0", "+1.5", "-37", "0.5", "0", "-0"].map(price), [450.0, 1.5, -37.0, 0.5, 0.0, 0.0].map(Ok));
        assert!(price("-0").unwrap().is_sign_positive());
        for text in ["", "x", "NaN", "inf", "1e999", "$450", "000", "050", "1e-320", "-1e-310"] {
            assert!(price(text).is_err(), "{text}");
        }
        assert!(price("000").unwrap_err().contains("write 1000"));
    }

    #[test]
    fn levels_lie_between_0_and_1() {
        assert_eq!(["0.05", " 0.5", "1e-9"].map(level), [0.05, 0.5, 1e-9].map(Ok));
        for text in ["0", "1", "-0.1", "NaN", "x", "", "5", "1e-320"] {
            assert!(level(text).is_err(), "{text}");
        }
        assert!(level("5").unwrap_err().ends_with("for 5 % pass 0.05"));
    }

    #[test]
    fn each_question_is_asked_once_in_the_order_typed() {
        let args = || QuestionArgs { above: vec![2.0, 1.0, 2.0], below: vec![1.0], quantiles: vec![0.5, 0.1, 0.5] };
        let expected = [
            Question::Quantile(0.5),
            Question::Quantile(0.1),
            Question::Above(2.0),
            Question::Above(1.0),
            Question::Below(1.0),
        ];
        assert_eq!(args().resolve(Format::Csv).unwrap(), expected);
        assert!(args().resolve(Format::Value).is_err());
    }
}
