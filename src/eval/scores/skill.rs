//! Skill: what of another forecast's error this one saves, with its uncertainty.

use serde::Serialize;

use crate::eval::EvalError;
use crate::eval::bootstrap::{CircularBlocks, block_length, sorted_quantile};
use crate::eval::check::{at_least, fraction, mean, same_days};

/// How the daily losses become the one error that skill compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Their mean: MAE from absolute errors, CRPS from daily scores.
    Mean,
    /// The root of their mean: RMSE from squared errors.
    RootMean,
}

/// How the interval around a skill is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampling {
    /// What share of intervals should hold the true skill.
    pub level: f64,
    /// How many resamples.
    pub resamples: usize,
    /// Same seed, same interval.
    pub seed: u64,
}

impl Default for Resampling {
    /// Level 0.95; 2,000 resamples, enough to hold the ends still in their second digit.
    fn default() -> Self {
        Resampling { level: 0.95, resamples: 2_000, seed: 4 }
    }
}

/// `skill = 1 - error / other error`: 0 is as good as the other, 1 is perfect, negative is worse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skill {
    /// The skill over the days given.
    pub value: f64,
    /// Lower end of its interval.
    pub lower: f64,
    /// Upper end of its interval.
    pub upper: f64,
    /// The interval's level.
    pub level: f64,
    /// Days in a bootstrap block.
    pub block: usize,
    /// Days it was taken over.
    pub days: usize,
}

impl Skill {
    /// Whether the whole interval lies above `threshold`: skill is shown, not only seen.
    pub fn clears(&self, threshold: f64) -> bool {
        self.lower > threshold
    }
}

/// Skill of daily `losses` over the `others` of the same days, with the percentile interval of a
/// circular block bootstrap that draws both from the same days.
///
/// The block length is the automatic one of
/// [`block_length`](crate::eval::bootstrap::block_length) for the series the skill's error is
/// made of, `loss_t - ratio * other_t` with `ratio = mean(loss) / mean(other)`.
///
/// # Errors
/// If there are fewer than two days, the lengths differ, a loss is negative or not finite, all
/// other losses are zero, or the resampling is out of range.
pub fn skill(losses: &[f64], others: &[f64], total: Total, resampling: &Resampling) -> Result<Skill, EvalError> {
    let days = check(losses, others, resampling)?;
    let ratio = mean(losses) / mean(others);
    let influence: Vec<f64> = losses.iter().zip(others).map(|(l, o)| l - ratio * o).collect();
    let block = block_length(&influence);
    let mut blocks = CircularBlocks::new(&[losses, others], block, resampling.seed);
    let resampled = |_| {
        let means = blocks.means();
        skill_of(means[0], means[1], total)
    };
    let skills: Vec<Option<f64>> = (0..resampling.resamples).map(resampled).collect();
    // Where the other hardly ever errs, samples without any error of its leave the ends undefined.
    let constant = EvalError::Constant { what: "the other forecast's error", figure: "the interval of skill" };
    let mut skills: Vec<f64> = skills.into_iter().collect::<Option<_>>().ok_or(constant)?;
    skills.sort_by(f64::total_cmp);
    let tail = (1.0 - resampling.level) / 2.0;
    Ok(Skill {
        value: skill_of(mean(losses), mean(others), total).unwrap_or(0.0),
        lower: sorted_quantile(&skills, tail),
        upper: sorted_quantile(&skills, 1.0 - tail),
        level: resampling.level,
        block,
        days,
    })
}

fn check(losses: &[f64], others: &[f64], resampling: &Resampling) -> Result<usize, EvalError> {
    let days = same_days(&[("losses", losses), ("the other's losses", others)])?;
    at_least("days to take skill over", days, 2)?;
    at_least("resamples", resampling.resamples, 1)?;
    fraction("level", resampling.level)?;
    if let Some(&value) = losses.iter().chain(others).find(|&&loss| loss < 0.0) {
        return Err(EvalError::OutOfRange { what: "a loss", value, expected: "zero or more" });
    }
    if mean(others) == 0.0 {
        return Err(EvalError::Constant { what: "the other forecast's error", figure: "skill" });
    }
    Ok(days)
}

/// Against no error at all a draw is no skill, and a loss is beyond numbers.
fn skill_of(loss: f64, other: f64, total: Total) -> Option<f64> {
    // Running sums leave rounding where there was zero; a mean of losses is never below it.
    let (loss, other) = (loss.max(0.0), other.max(0.0));
    if other == 0.0 {
        return (loss == 0.0).then_some(0.0);
    }
    Some(match total {
        Total::Mean => 1.0 - loss / other,
        Total::RootMean => 1.0 - (loss / other).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(n: usize, seed: u64) -> Vec<f64> {
        use rand::{RngExt, SeedableRng};
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        (0..n).map(|_| rng.random::<f64>()).collect()
    }

    fn of(losses: &[f64], others: &[f64]) -> Skill {
        skill(losses, others, Total::Mean, &Resampling::default()).unwrap()
    }

    #[test]
    fn a_constant_saving_is_certain() {
        let others = losses(300, 1);
        let better: Vec<f64> = others.iter().map(|o| 0.9 * o).collect();
        let skill = of(&better, &others);
        assert!((skill.value - 0.1).abs() < 1e-12);
        assert!((skill.lower - 0.1).abs() < 1e-9 && (skill.upper - 0.1).abs() < 1e-9);
        assert!(skill.clears(0.05) && !skill.clears(0.1));
    }

    #[test]
    fn unrelated_losses_show_no_skill() {
        let skill = of(&losses(400, 2), &losses(400, 3));
        assert!(skill.lower < 0.0 && skill.upper > 0.0, "{skill:?}");
        assert!(!skill.clears(0.0));
    }

    /// The interval must hold the truth about as often as it says.
    #[test]
    fn the_interval_holds_its_level() {
        let resampling = Resampling { level: 0.9, resamples: 300, seed: 8 };
        let held = (0..300).filter(|&seed| {
            let (a, b) = (losses(200, 2 * seed), losses(200, 2 * seed + 1));
            let skill = skill(&a, &b, Total::Mean, &resampling).unwrap();
            skill.lower <= 0.0 && 0.0 <= skill.upper
        });
        let share = held.count() as f64 / 300.0;
        assert!((0.84..=0.95).contains(&share), "{share}");
    }

    #[test]
    fn the_root_takes_half_the_saving() {
        let others = losses(100, 4);
        let better: Vec<f64> = others.iter().map(|o| 0.81 * o).collect();
        let skill = skill(&better, &others, Total::RootMean, &Resampling::default()).unwrap();
        assert!((skill.value - 0.1).abs() < 1e-12);
    }

    #[test]
    fn same_seed_same_interval() {
        let (a, b) = (losses(150, 5), losses(150, 6));
        assert_eq!(of(&a, &b), of(&a, &b));
        let other_seed = Resampling { seed: 9, ..Resampling::default() };
        assert_ne!(of(&a, &b), skill(&a, &b, Total::Mean, &other_seed).unwrap());
    }

    #[test]
    fn nothing_to_compare_is_an_error() {
        let resampling = Resampling::default();
        assert!(skill(&[], &[], Total::Mean, &resampling).is_err());
        assert!(skill(&[1.0, 1.0], &[0.0, 0.0], Total::Mean, &resampling).is_err());
        assert!(skill(&[-1.0, 1.0], &[1.0, 1.0], Total::Mean, &resampling).is_err());
        let percent = Resampling { level: 95.0, ..resampling };
        assert!(skill(&[1.0, 1.0], &[1.0, 2.0], Total::Mean, &percent).is_err());
    }
}
