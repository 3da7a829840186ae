//! Skill: the relative reduction of another forecast's error, with a confidence interval.

use serde::Serialize;

use crate::EvalError;
use crate::check::{at_least, fraction, mean, same_days};
use crate::longrun::{cosines, projections, variance};
use crate::significance::critical;

/// How daily losses are combined into the error that skill compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Their mean: MAE from absolute errors, CRPS from daily scores.
    Mean,
    /// The root of their mean: RMSE from squared errors.
    RootMean,
}

impl Total {
    /// Returns the skill for a ratio of mean losses.
    fn skill(self, ratio: f64) -> f64 {
        match self {
            Total::Mean => 1.0 - ratio,
            Total::RootMean => 1.0 - ratio.sqrt(),
        }
    }

    /// Returns the ratio of mean losses for a skill: the inverse of `skill`.
    pub(crate) fn ratio(self, skill: f64) -> f64 {
        match self {
            Total::Mean => 1.0 - skill,
            Total::RootMean => (1.0 - skill) * (1.0 - skill),
        }
    }
}

/// `skill = 1 - error / other error`: 0 means as good as the other forecast, 1 perfect, negative worse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skill {
    /// The skill over the given days.
    pub value: f64,
    /// Lower end of its confidence interval; `None` if there are too few days for one.
    pub lower: Option<f64>,
    /// Upper end of its confidence interval.
    pub upper: Option<f64>,
    /// The interval's level.
    pub level: f64,
    /// Number of days.
    pub days: usize,
}

impl Skill {
    /// Whether the whole interval lies above `threshold`.
    pub fn is_above(&self, threshold: f64) -> bool {
        self.lower.is_some_and(|lower| lower > threshold)
    }

    /// Whether the whole interval lies below `threshold`.
    pub fn is_below(&self, threshold: f64) -> bool {
        self.upper.is_some_and(|upper| upper < threshold)
    }
}

/// Returns the skill of daily `losses` relative to the losses `others` on the same days, without an interval.
///
/// # Errors
/// If there are no days, the lengths differ, a loss is negative or not finite, or all losses in `others` are zero.
pub fn skill(losses: &[f64], others: &[f64], total: Total, level: f64) -> Result<Skill, EvalError> {
    let days = check(losses, others, level)?;
    let value = total.skill(mean(losses) / mean(others));
    Ok(Skill { value, lower: None, upper: None, level, days })
}

/// Returns the skill of daily `losses` relative to the losses `others` on the same days, for forecasts `horizon` days
/// ahead, with a confidence interval at `level`.
///
/// Let r be the ratio of the mean losses. Its interval consists of the ratios q around r with
///
/// ```text
/// |r - q| <= t_B e(q),   e(q) = sqrt(V(loss - q * other) / n) / mean(other)
/// ```
///
/// where V is the long-run variance with B degrees of freedom of [`diebold_mariano`], and t_B the quantile of t. These
/// are the ratios that the test does not reject (Fieller 1954), so the interval excludes a skill of zero if and only if
/// the test finds the forecasts unequal, unless the interval was cut. The set is unbounded if the other forecast's mean
/// loss is itself uncertain. Then, and whenever the set reaches further, the interval ends at r +- t_B max(e(r), e(1)).
/// `docs/forecast-quality.md` lists how often it contains the true skill.
///
/// # Errors
/// Those of [`skill`], and if there are fewer than 2 `horizon` days, or too few for a single cosine.
///
/// [`diebold_mariano`]: crate::significance::diebold_mariano
pub fn skill_with_interval(
    losses: &[f64],
    others: &[f64],
    total: Total,
    level: f64,
    horizon: usize,
) -> Result<Skill, EvalError> {
    let skill = skill(losses, others, total, level)?;
    let count = cosines(skill.days, horizon);
    at_least("cosines for the interval of skill", count, 1)?;
    let scaled = critical(level, count)? / (skill.days as f64).sqrt();
    let projected = |losses: &[f64]| projections(losses, count).into_iter().map(|l| scaled * l).collect();
    let sides = Sides { means: (mean(losses), mean(others)), projections: (projected(losses), projected(others)) };
    let (min, max) = sides.interval();
    let (lower, upper) = (total.skill(max), total.skill(min.max(0.0)));
    Ok(Skill { lower: Some(lower), upper: Some(upper), ..skill })
}

/// Returns the standard error of the skill of daily `losses` relative to the losses `others` on the same days, for
/// forecasts `horizon` days ahead. It is computed from e(1) of [`skill_with_interval`], so that the skill divided by it
/// is the statistic of [`diebold_mariano`]. e(r), at the ratio r of the means, is much smaller if most of the loss is
/// on a few days.
///
/// # Errors
/// Those of [`skill_with_interval`].
///
/// [`diebold_mariano`]: crate::significance::diebold_mariano
pub fn skill_standard_error(losses: &[f64], others: &[f64], total: Total, horizon: usize) -> Result<f64, EvalError> {
    let days = check(losses, others, 0.5)?;
    let count = cosines(days, horizon);
    at_least("cosines for the standard error of skill", count, 1)?;
    let ratio = mean(losses) / mean(others);
    let difference: Vec<f64> = losses.iter().zip(others).map(|(own, other)| own - other).collect();
    let of_ratio = (variance(projections(&difference, count).into_iter()) / days as f64).sqrt() / mean(others);
    // The ratio of the skill to 1 - r.
    let slope = match total {
        Total::Mean => 1.0,
        Total::RootMean => 1.0 / (1.0 + ratio.sqrt()),
    };
    Ok(slope * of_ratio)
}

/// The losses of both forecasts: the means, and the projections times t_B / sqrt(n).
struct Sides {
    means: (f64, f64),
    projections: (Vec<f64>, Vec<f64>),
}

impl Sides {
    /// Returns the interval of the ratio of the means.
    fn interval(&self) -> (f64, f64) {
        let (own, other) = self.means;
        let ratio = own / other;
        let farthest = self.half_width(ratio).max(self.half_width(1.0));
        let (mut min, mut max) = (ratio - farthest, ratio + farthest);
        for root in self.ends().into_iter().flatten() {
            if root <= ratio {
                min = min.max(root);
            } else {
                max = max.min(root);
            }
        }
        (min, max)
    }

    /// Returns t_B e(q).
    fn half_width(&self, ratio: f64) -> f64 {
        let (own, other) = &self.projections;
        let difference = own.iter().zip(other).map(|(own, other)| own - ratio * other);
        variance(difference).sqrt() / self.means.1
    }

    /// Returns the two q with |r - q| = t_B e(q), the roots of a2 q^2 - 2 a1 q + a0; `None` if there are none.
    fn ends(&self) -> Option<[f64; 2]> {
        let ((own, other), (x, y)) = (self.means, (&self.projections.0, &self.projections.1));
        let covariance = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / x.len() as f64;
        let (a0, a1) = (own * own - covariance(x, x), own * other - covariance(x, y));
        let a2 = other * other - covariance(y, y);
        let discriminant = a1 * a1 - a0 * a2;
        (discriminant >= 0.0 && a2 != 0.0).then(|| [-1.0, 1.0].map(|sign| (a1 + sign * discriminant.sqrt()) / a2))
    }
}

fn check(losses: &[f64], others: &[f64], level: f64) -> Result<usize, EvalError> {
    let days = same_days(&[("losses", losses), ("the other's losses", others)])?;
    fraction("level", level)?;
    if let Some(&value) = losses.iter().chain(others).find(|&&loss| loss < 0.0) {
        return Err(EvalError::OutOfRange { what: "a loss", value, expected: "zero or more" });
    }
    if mean(others) == 0.0 {
        return Err(EvalError::Constant { what: "the other forecast's error", figure: "skill" });
    }
    Ok(days)
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
        skill_with_interval(losses, others, Total::Mean, 0.95, 1).unwrap()
    }

    #[test]
    fn a_constant_reduction_is_significant() {
        let others = losses(300, 1);
        let better: Vec<f64> = others.iter().map(|o| 0.9 * o).collect();
        let skill = of(&better, &others);
        assert!((skill.value - 0.1).abs() < 1e-12);
        assert!(skill.is_above(0.05) && !skill.is_above(0.1) && !skill.is_below(0.0), "{skill:?}");
        assert!(of(&others, &better).is_below(0.0));
    }

    #[test]
    fn unrelated_losses_have_no_significant_skill() {
        let skill = of(&losses(400, 2), &losses(400, 3));
        assert!(!skill.is_above(0.0) && !skill.is_below(0.0), "{skill:?}");
    }

    /// The interval must contain the true skill about as often as its level.
    #[test]
    fn the_interval_has_its_level() {
        let covered = (0..1000).filter(|&seed| {
            let skill = of(&losses(200, 2 * seed), &losses(200, 2 * seed + 1));
            !skill.is_above(0.0) && !skill.is_below(0.0)
        });
        let share = covered.count() as f64 / 1000.0;
        assert!((0.93..=0.98).contains(&share), "{share}");
    }

    #[test]
    fn the_root_halves_a_small_skill() {
        let others = losses(100, 4);
        let better: Vec<f64> = others.iter().map(|o| 0.81 * o).collect();
        let skill = skill(&better, &others, Total::RootMean, 0.95).unwrap();
        assert!((skill.value - 0.1).abs() < 1e-12);
        assert_eq!((skill.lower, skill.upper), (None, None));
        for total in [Total::Mean, Total::RootMean] {
            assert!((total.skill(total.ratio(0.3)) - 0.3).abs() < 1e-15);
        }
    }

    /// No ratio inside the interval is rejected and every ratio outside is, unless the set of those that are not
    /// rejected is unbounded.
    #[test]
    fn the_ends_are_where_the_test_rejects() {
        use crate::significance::diebold_mariano;
        let (own, other) = (losses(150, 5), losses(150, 6).iter().map(|loss| loss + 0.3).collect::<Vec<_>>());
        let skill = skill_with_interval(&own, &other, Total::Mean, 0.95, 5).unwrap();
        for end in [skill.lower.unwrap(), skill.upper.unwrap()] {
            let differential: Vec<f64> = own.iter().zip(&other).map(|(own, other)| own - (1.0 - end) * other).collect();
            let test = diebold_mariano(&differential, 5).unwrap();
            assert!((test.p_value - 0.05).abs() < 1e-9, "{test:?} at {end}");
        }
    }

    /// Also holds for losses that are mostly those of one day.
    #[test]
    fn the_skill_over_its_standard_error_is_the_statistic_of_the_test() {
        use crate::significance::diebold_mariano;

        let (mut own, mut other) = (losses(300, 15), losses(300, 16));
        (own[40], other[40]) = (90.0, 80.0);
        let difference: Vec<f64> = own.iter().zip(&other).map(|(own, other)| own - other).collect();
        for (total, horizon) in [(Total::Mean, 1), (Total::RootMean, 5)] {
            let error = skill_standard_error(&own, &other, total, horizon).unwrap();
            let value = skill(&own, &other, total, 0.95).unwrap().value;
            let statistic = diebold_mariano(&difference, horizon).unwrap().statistic;
            assert!((value / error + statistic).abs() < 1e-9 * statistic.abs(), "{value} {error} {statistic}");
        }
    }

    /// If the skill is small, the ends of the interval are about the skill plus and minus the standard error times the
    /// quantile of the t distribution.
    #[test]
    fn the_interval_is_made_of_the_standard_error() {
        let (own, other) = (losses(500, 9), losses(500, 10).iter().map(|loss| loss + 2.0).collect::<Vec<_>>());
        let own: Vec<f64> = own.iter().zip(&other).map(|(own, other)| other + 0.05 * (own - 0.5)).collect();
        for total in [Total::Mean, Total::RootMean] {
            let skill = skill_with_interval(&own, &other, total, 0.95, 1).unwrap();
            let half = (skill.upper.unwrap() - skill.lower.unwrap()) / 2.0;
            let error = skill_standard_error(&own, &other, total, 1).unwrap();
            let expected = critical(0.95, cosines(500, 1)).unwrap() * error;
            assert!((half / expected - 1.0).abs() < 0.01, "{half} {expected}");
        }
    }

    /// No skill exceeds one, that of a forecast without errors.
    #[test]
    fn no_skill_is_above_one() {
        let mut one_day = vec![0.0; 60];
        one_day[7] = 1.0;
        let skill = of(&one_day, &losses(60, 8));
        assert_eq!(skill.upper, Some(1.0));
        assert!(skill.lower.is_some_and(f64::is_finite));
    }

    #[test]
    fn nothing_to_compare_is_an_error() {
        let of = |losses: &[f64], others: &[f64]| skill(losses, others, Total::Mean, 0.95);
        assert!(of(&[], &[]).is_err());
        assert!(of(&[1.0, 1.0], &[0.0, 0.0]).is_err());
        assert!(of(&[-1.0, 1.0], &[1.0, 1.0]).is_err());
        assert!(skill(&[1.0, 1.0], &[1.0, 2.0], Total::Mean, 95.0).is_err());
        assert!(skill_with_interval(&[1.0, 1.0], &[1.0, 2.0], Total::Mean, 0.95, 2).is_err());
    }
}
