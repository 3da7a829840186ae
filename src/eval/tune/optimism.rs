//! The expected optimism of the best of several trials: how much better its score is, on the folds that chose it, than
//! its expected score on other folds.
//!
//! It is estimated by the bootstrap bias correction of Tsamardinos, Greasidou & Borboudakis (2018, "Bootstrapping the
//! out-of-sample predictions for efficient and accurate cross-validation"): folds are drawn with replacement, the best
//! trial is chosen on the folds drawn, and scored on those not drawn. Each fold is drawn for all trials together, so
//! similar trials, whose scores are correlated, do not count as independent trials.
//!
//! After successive halving only the trials of the last rung have all scores, and the folds before that rung have
//! chosen them. Therefore folds are drawn from those that only the last rung has used, which had no part in that
//! choice; the scores on the earlier folds are the same in every sample. A fold that was not drawn is then new to
//! everything that chose the trial. Folds differ in difficulty, so all scores are differences from the default
//! configuration, which was not chosen by its scores:
//!
//! ```text
//! optimism = E[ difference of the best of a sample on the folds left out of it ] - difference of the best on all folds
//! ```

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::Objective;
use crate::check::mean;

/// Number of samples of folds.
const SAMPLES: usize = 2000;
/// Minimum number of folds to draw from.
const MIN_FRESH: usize = 3;

/// The expected optimism of a score, in its units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimism {
    /// The estimate. It is unbiased, and can therefore be below zero.
    pub estimate: f64,
    /// Its standard error, by leaving out one fold at a time (jackknife).
    pub standard_error: f64,
}

impl Optimism {
    /// Returns the expected optimism: the best of several trials is never expected to be worse than its score.
    pub fn expected(&self) -> f64 {
        self.estimate.max(0.0)
    }
}

/// Scores of the trials of the last rung.
pub(super) struct Finalists<'a> {
    /// Relative losses of each trial, by fold; the folds that chose the finalists come first.
    pub trials: &'a [Vec<f64>],
    /// The losses of the default configuration.
    pub default: &'a [f64],
    /// Number of folds that chose the finalists.
    pub before: usize,
    pub objective: Objective,
}

impl Finalists<'_> {
    /// Returns the expected optimism of the best; `None` if too few folds are used only by the last rung.
    pub fn optimism(&self, seed: u64) -> Option<Optimism> {
        let folds = self.default.len();
        let all: Vec<usize> = (0..folds).collect();
        let estimate = self.of_all(&all, seed)?;
        let without = |left_out: usize| {
            let rest: Vec<usize> = all.iter().copied().filter(|fold| *fold != left_out).collect();
            self.estimate(&rest, self.before - usize::from(left_out < self.before), seed)
        };
        let each: Vec<f64> = all.iter().map(|fold| without(*fold)).collect();
        let centre = mean(&each);
        let spread = each.iter().map(|one| (one - centre) * (one - centre)).sum::<f64>();
        let standard_error = (spread * (folds - 1) as f64 / folds as f64).sqrt();
        Some(Optimism { estimate, standard_error })
    }

    /// Returns the estimate from all folds.
    fn of_all(&self, all: &[usize], seed: u64) -> Option<f64> {
        let is_enough = all.len() - self.before >= MIN_FRESH && !self.trials.is_empty();
        is_enough.then(|| self.estimate(all, self.before, seed))
    }

    /// Returns the estimate from some of the folds; the first `before` of them chose the finalists.
    fn estimate(&self, folds: &[usize], before: usize, seed: u64) -> f64 {
        let mut rng = Pcg64::seed_from_u64(seed);
        let fresh = &folds[before..];
        let sums: Vec<f64> =
            self.trials.iter().map(|own| folds[..before].iter().map(|fold| own[*fold]).sum()).collect();
        let mut times = vec![0_usize; fresh.len()];
        let (mut total, mut samples) = (0.0, 0_usize);
        for _ in 0..SAMPLES {
            times.fill(0);
            for _ in fresh {
                times[rng.random_range(0..fresh.len())] += 1;
            }
            let left_out: Vec<usize> =
                fresh.iter().zip(&times).filter(|(_, times)| **times == 0).map(|(fold, _)| *fold).collect();
            if left_out.is_empty() {
                continue;
            }
            let drawn = |own: &Vec<f64>| -> f64 {
                fresh.iter().zip(&times).map(|(fold, times)| own[*fold] * *times as f64).sum()
            };
            let scores = sums.iter().zip(self.trials).map(|(before, own)| before + drawn(own));
            total += self.difference(first_minimum(scores), &left_out);
            samples += 1;
        }
        let on_all = self.trials.iter().map(|own| folds.iter().map(|fold| own[*fold]).sum());
        total / samples.max(1) as f64 - self.difference(first_minimum(on_all), folds)
    }

    /// Returns the score of a trial on some folds minus that of the default configuration.
    fn difference(&self, index: usize, folds: &[usize]) -> f64 {
        let score = |own: &[f64]| {
            let chosen: Vec<f64> = folds.iter().map(|fold| own[*fold]).collect();
            self.objective.of_mean(mean(&chosen))
        };
        score(&self.trials[index]) - score(self.default)
    }
}

/// Returns the index of the minimum, the first if several are equal.
fn first_minimum(numbers: impl Iterator<Item = f64>) -> usize {
    numbers.enumerate().min_by(|(_, one), (_, other)| one.total_cmp(other)).map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::super::{Loss, Losses, Schedule, Stage};
    use super::*;

    const TRIALS: usize = 27;
    const FOLDS: usize = 27;
    const DAYS: usize = 20;
    /// The move that a trial forecasts for a day, up or down; the returns have a standard deviation of 1.
    const SIZE: f64 = 0.3;

    /// The result of a search on one random walk.
    struct Ended {
        best: usize,
        /// Its score on all folds.
        score: f64,
        estimate: f64,
        standard_error: f64,
    }

    /// Whether a trial copies the forecasts of the trial before it: it draws a direction of its own on one day in ten.
    fn is_copy(index: usize, alike: bool) -> bool {
        alike && !index.is_multiple_of(3)
    }

    /// Runs a search on a random walk. Every trial forecasts a move of [`SIZE`], up or down at random, and therefore
    /// has the same expected loss, 1 + SIZE^2 relative to "no move". Only the trial `planted` also knows a fifth of the
    /// return.
    fn search(seed: u64, (alike, planted): (bool, Option<usize>), has_error: bool) -> Ended {
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut losses = Losses::default();
        for fold in 0..FOLDS {
            let mut sums = [0.0; TRIALS];
            let mut still = 0.0;
            for _ in 0..DAYS {
                let r: f64 = rand_distr::Distribution::sample(&rand_distr::StandardNormal, &mut rng);
                still += r * r;
                let mut side = 1.0;
                for (index, sum) in sums.iter_mut().enumerate() {
                    let is_new = !is_copy(index, alike) || rng.random_range(0..10) == 0;
                    side = if is_new { if rng.random() { 1.0 } else { -1.0 } } else { side };
                    let known = if planted == Some(index) { 0.2 * r } else { 0.0 };
                    *sum += (r - known - SIZE * side) * (r - known - SIZE * side);
                }
            }
            for (index, sum) in sums.into_iter().enumerate() {
                losses.insert((0, index, fold), Ok(Loss { own: sum / DAYS as f64, baseline: still / DAYS as f64 }));
            }
        }
        let schedule = Schedule::new(TRIALS, FOLDS, true);
        let score = |index: usize, folds: &[usize]| Some(mean(&losses.relative(&[0], index, folds)?));
        // The schedule uses only the losses that it requires, so it does not matter that all losses are known.
        let Stage::Done(ranking) = schedule.stage(&|_, _| true, &score) else { panic!("all losses are there") };
        let all = schedule.folds_of(schedule.rungs.len() - 1);
        let of = |index: usize| losses.relative(&[0], index, all).unwrap();
        let trials: Vec<Vec<f64>> = ranking.iter().filter(|one| one.rung == 2).map(|one| of(one.index)).collect();
        let before = all.len() - schedule.fresh_folds().len();
        let finalists = Finalists { trials: &trials, default: &of(0), before, objective: Objective::Crps };
        let found = match has_error {
            true => finalists.optimism(1).unwrap(),
            false => Optimism {
                estimate: finalists.of_all(&(0..FOLDS).collect::<Vec<_>>(), 1).unwrap(),
                standard_error: 0.0,
            },
        };
        let Optimism { estimate, standard_error } = found;
        Ended { best: ranking[0].index, score: ranking[0].score, estimate, standard_error }
    }

    /// Returns the mean and the standard error of the mean.
    fn summary(values: &[f64]) -> (f64, f64) {
        let centre = mean(values);
        let variance = values.iter().map(|v| (v - centre) * (v - centre)).sum::<f64>() / (values.len() - 1) as f64;
        (centre, (variance / values.len() as f64).sqrt())
    }

    /// The gap is the expected loss of the best trial minus its score on the folds that chose it. The mean estimate
    /// must equal the mean gap, whether trials are alike or not.
    #[test]
    fn on_random_walks_it_is_the_gap_that_is_measured() {
        for alike in [false, true] {
            let ended: Vec<Ended> = (0..400).map(|seed| search(seed, (alike, None), false)).collect();
            let gaps: Vec<f64> = ended.iter().map(|one| 1.0 + SIZE * SIZE - one.score).collect();
            let estimates: Vec<f64> = ended.iter().map(|one| one.estimate).collect();
            let differences: Vec<f64> = estimates.iter().zip(&gaps).map(|(estimate, gap)| estimate - gap).collect();
            let ((gap, _), (estimate, _)) = (summary(&gaps), summary(&estimates));
            let (difference, error) = summary(&differences);
            let text = format!("alike {alike}: measured {gap:.5}, estimated {estimate:.5}, error {error:.5}");
            assert!(gap > 10.0 * error, "{text}");
            assert!(difference.abs() < 3.0 * error && difference.abs() < 0.15 * gap, "{text}");
        }
    }

    /// If one trial is better, it is found, and its gap is that of a trial that was hardly chosen among others.
    #[test]
    fn a_better_try_is_found_and_has_little_optimism() {
        let ended: Vec<Ended> = (0..200).map(|seed| search(seed, (false, Some(13)), false)).collect();
        let found: Vec<&Ended> = ended.iter().filter(|one| one.best == 13).collect();
        assert!(found.len() >= 190, "found in {} of 200", found.len());
        let (estimate, error) = summary(&found.iter().map(|one| one.estimate).collect::<Vec<_>>());
        // Its expected loss is 0.8^2 + SIZE^2.
        let gaps: Vec<f64> = found.iter().map(|one| 0.64 + SIZE * SIZE - one.score).collect();
        let (gap, of_gap) = summary(&gaps);
        let text = format!("measured {gap:.5} +- {of_gap:.5}, estimated {estimate:.5} +- {error:.5}");
        assert!((estimate - gap).abs() < 3.0 * error.hypot(of_gap), "{text}");
        assert!(estimate < 0.02, "{text}");
    }

    #[test]
    fn its_standard_error_is_how_much_it_varies() {
        let ended: Vec<Ended> = (0..40).map(|seed| search(seed, (false, None), true)).collect();
        let (_, error) = summary(&ended.iter().map(|one| one.estimate).collect::<Vec<_>>());
        let varies = error * 40.0_f64.sqrt();
        let printed = mean(&ended.iter().map(|one| one.standard_error).collect::<Vec<_>>());
        assert!((0.6..1.8).contains(&(printed / varies)), "printed {printed:.5}, varies by {varies:.5}");
    }

    #[test]
    fn few_folds_say_nothing() {
        let few = [0.5, 0.6, 0.7, 0.8];
        let finalists = |before| {
            Finalists { trials: &[few.to_vec()], default: &few, before, objective: Objective::Crps }.optimism(1)
        };
        assert_eq!(finalists(2), None);
        // A single trial, which is the default, was not chosen among others.
        assert_eq!(finalists(1), Some(Optimism { estimate: 0.0, standard_error: 0.0 }));
        assert_eq!(Optimism { estimate: -0.1, standard_error: 0.2 }.expected(), 0.0);
    }
}
