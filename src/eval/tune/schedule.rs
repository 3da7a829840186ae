//! Successive halving (Jamieson & Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter
//! Optimization"): all trials are evaluated on a few folds, the best third of them on three times as many folds, and so
//! on.
//!
//! Only the number of folds grows. Every evaluation is a whole fit with all its epochs, so it also counts in the later
//! rungs, and the initial speed of training never decides. All trials of a rung are scored on the same days.

/// The best 1 / `ETA` of a rung's trials enter the next rung, which has `ETA` times as many folds.
const ETA: usize = 3;

/// One rung of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Number of trials left.
    pub trials: usize,
    /// Number of folds on which they are scored, including those of earlier rungs.
    pub folds: usize,
}

/// The rungs of a search, and the order in which folds are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The rungs; at least one.
    pub rungs: Vec<Rung>,
    /// The folds, those of the first rung first. The folds of each rung are spread evenly over all days and include the
    /// last.
    order: Vec<usize>,
    /// Whether the first trial, the default configuration, can be the best. If not, it serves only for comparison and
    /// is not counted.
    default_is_eligible: bool,
}

/// The next step of a search.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// Evaluations of a rung are missing.
    Evaluate {
        /// The rung, from zero.
        rung: usize,
        /// Trial and fold of each evaluation, the first fold first.
        missing: Vec<(usize, usize)>,
    },
    /// All rungs are complete.
    Done(Vec<Placed>),
}

/// A trial, and the last rung that it reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The trial.
    pub index: usize,
    /// The last rung that it reached, from zero.
    pub rung: usize,
    /// Its score on that rung's folds; infinite if one of its fits failed.
    pub score: f64,
}

/// Returns the loss of a trial on folds relative to the baseline; `None` if an evaluation is missing.
pub type ScoreOf<'a> = &'a dyn Fn(usize, &[usize]) -> Option<f64>;

impl Schedule {
    /// Creates the schedule for `trials` trials that can be the best, and `folds` folds in the last rung.
    /// `default_is_eligible` states whether the default configuration is one of these trials.
    pub fn new(trials: usize, folds: usize, default_is_eligible: bool) -> Schedule {
        let mut sizes = vec![trials.max(1)];
        let max = folds.max(1).ilog(ETA) as usize + 1;
        while sizes.len() < max && sizes[sizes.len() - 1] > ETA {
            sizes.push(sizes[sizes.len() - 1].div_ceil(ETA));
        }
        let last = sizes.len() - 1;
        let rung = |(rung, trials): (usize, &usize)| {
            let fewer = ETA.pow((last - rung) as u32);
            Rung { trials: *trials, folds: (folds / fewer).max(1) }
        };
        let rungs = sizes.iter().enumerate().map(rung).collect();
        Schedule { rungs, order: spread(folds), default_is_eligible }
    }

    /// Returns the folds of a rung.
    pub fn folds_of(&self, rung: usize) -> &[usize] {
        &self.order[..self.rungs[rung].folds]
    }

    /// Returns the folds of the last rung that the rung before did not use.
    pub fn fresh_folds(&self) -> &[usize] {
        let before = self.rungs.len().checked_sub(2).map_or(0, |rung| self.rungs[rung].folds);
        &self.folds_of(self.rungs.len() - 1)[before..]
    }

    /// Returns the rung in which a fold is first used.
    pub fn rung_of(&self, fold: usize) -> usize {
        let place = self.order.iter().position(|one| *one == fold).unwrap_or(0);
        self.rungs.iter().position(|rung| place < rung.folds).unwrap_or(0)
    }

    /// Returns the number of trials, including the default configuration.
    fn trials(&self) -> usize {
        self.rungs[0].trials + usize::from(!self.default_is_eligible)
    }

    /// Returns the maximum number of evaluations per series, including those of the default configuration, which is in
    /// every rung.
    pub fn evaluations(&self) -> usize {
        let mut seen = 0;
        let of_rung = |rung: &Rung| {
            let fresh = rung.folds - std::mem::replace(&mut seen, rung.folds);
            (rung.trials + 1).min(self.trials()) * fresh
        };
        self.rungs.iter().map(of_rung).sum()
    }

    /// Returns the next step, given the scores known so far.
    pub fn stage(&self, is_known: &dyn Fn(usize, usize) -> bool, score_of: ScoreOf<'_>) -> Stage {
        let mut placed: Vec<Placed> = Vec::new();
        let mut left: Vec<usize> = (0..self.trials()).collect();
        for rung in 0..self.rungs.len() {
            let folds = self.folds_of(rung);
            let all = folds.iter().flat_map(|fold| left.iter().map(move |index| (*index, *fold)));
            let missing: Vec<_> = all.filter(|(index, fold)| !is_known(*index, *fold)).collect();
            if !missing.is_empty() {
                return Stage::Evaluate { rung, missing };
            }
            let score = |index: &usize| score_of(*index, folds).unwrap_or(f64::INFINITY);
            let mut ranked: Vec<Placed> =
                left.iter().map(|index| Placed { index: *index, rung, score: score(index) }).collect();
            // Equal scores are ranked by trial, not by the order of evaluation.
            ranked.sort_by(|one, other| one.score.total_cmp(&other.score).then(one.index.cmp(&other.index)));
            placed.retain(|one| !left.contains(&one.index));
            placed.splice(0..0, ranked.iter().copied());
            let Some(next) = self.rungs.get(rung + 1) else { break };
            let eligible = ranked.iter().filter(|one| self.is_eligible(one.index));
            left = eligible.take(next.trials).map(|one| one.index).collect();
            if !left.contains(&0) {
                left.insert(0, 0);
            }
        }
        Stage::Done(placed)
    }

    /// Whether a trial can be the best.
    pub fn is_eligible(&self, index: usize) -> bool {
        index > 0 || self.default_is_eligible
    }
}

/// Returns all folds in an order in which the first third, ninth and so on are spread evenly and include the last fold.
/// They are sorted by the digits of their distance from the last fold, in base [`ETA`], lowest digit first.
fn spread(folds: usize) -> Vec<usize> {
    let reversed = |mut distance: usize| {
        let mut digits = 0.0;
        let mut unit = 1.0;
        while distance > 0 {
            unit /= ETA as f64;
            digits += (distance % ETA) as f64 * unit;
            distance /= ETA;
        }
        digits
    };
    let mut order: Vec<usize> = (0..folds).rev().collect();
    order.sort_by(|one, other| reversed(folds - 1 - one).total_cmp(&reversed(folds - 1 - other)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rungs(trials: usize, folds: usize) -> Vec<(usize, usize)> {
        Schedule::new(trials, folds, true).rungs.iter().map(|rung| (rung.trials, rung.folds)).collect()
    }

    #[test]
    fn tries_fall_by_three_while_folds_grow_by_three() {
        assert_eq!(rungs(27, 27), [(27, 3), (9, 9), (3, 27)]);
        assert_eq!(rungs(81, 27), [(81, 1), (27, 3), (9, 9), (3, 27)]);
        assert_eq!(rungs(20, 10), [(20, 1), (7, 3), (3, 10)]);
        assert_eq!(rungs(1000, 9), [(1000, 1), (334, 3), (112, 9)]);
        assert_eq!((rungs(3, 27), rungs(1, 1)), (vec![(3, 27)], vec![(1, 1)]));
    }

    #[test]
    fn folds_of_a_rung_are_spread_and_are_those_of_the_next() {
        let schedule = Schedule::new(27, 27, true);
        let of = |rung| {
            let mut folds = schedule.folds_of(rung).to_vec();
            folds.sort_unstable();
            folds
        };
        assert_eq!(of(0), [8, 17, 26]);
        assert_eq!(of(1), [2, 5, 8, 11, 14, 17, 20, 23, 26]);
        assert_eq!(of(2), (0..27).collect::<Vec<_>>());
        assert!(schedule.fresh_folds().iter().all(|fold| !of(1).contains(fold)));
        assert_eq!((schedule.fresh_folds().len(), schedule.rung_of(26), schedule.rung_of(0)), (18, 0, 2));
        assert_eq!(Schedule::new(3, 10, true).fresh_folds().len(), 10);
    }

    /// Makes all evaluations required; trial i has the score `scores[i]` on every fold.
    fn run(schedule: &Schedule, scores: &[f64]) -> (Vec<Placed>, usize) {
        let mut known: Vec<(usize, usize)> = Vec::new();
        loop {
            let is_known = |index: usize, fold: usize| known.contains(&(index, fold));
            match schedule.stage(&is_known, &|index, _| Some(scores[index])) {
                Stage::Evaluate { missing, .. } => known.extend(missing),
                Stage::Done(placed) => return (placed, known.len()),
            }
        }
    }

    #[test]
    fn the_best_is_found_and_the_default_is_never_left_out() {
        let schedule = Schedule::new(27, 27, true);
        // The default is the worst trial.
        let scores: Vec<f64> = (0..27).map(|index| 1.0 - f64::from(index) / 100.0).collect();
        let (placed, evaluations) = run(&schedule, &scores);
        let order: Vec<usize> = placed.iter().map(|one| one.index).collect();
        assert_eq!(order[..4], [26, 25, 24, 0]);
        assert_eq!((placed[3].rung, placed[4].rung, order.len()), (2, 1, 27));
        assert_eq!(evaluations, 27 * 3 + 10 * 6 + 4 * 18);
        assert_eq!(evaluations, schedule.evaluations());
        // The default is one of the best three, so no trial is added.
        let (placed, evaluations) = run(&schedule, &[0.5; 27]);
        assert_eq!((placed[0].index, evaluations), (0, 27 * 3 + 9 * 6 + 3 * 18));
    }

    #[test]
    fn a_default_outside_the_space_is_no_try() {
        let schedule = Schedule::new(9, 9, false);
        let scores: Vec<f64> = (0..10).map(f64::from).collect();
        let (placed, evaluations) = run(&schedule, &scores);
        assert_eq!(placed.iter().filter(|one| one.rung == 1).count(), 4);
        assert!(!schedule.is_eligible(placed[0].index) && placed[1].index == 1);
        assert_eq!((evaluations, schedule.evaluations()), (10 * 3 + 4 * 6, 10 * 3 + 4 * 6));
    }

    #[test]
    fn failed_tries_come_last() {
        let (placed, _) = run(&Schedule::new(4, 3, true), &[f64::INFINITY, 2.0, f64::INFINITY, 1.0]);
        assert_eq!(placed[0].index, 3);
        assert!(placed.last().unwrap().score.is_infinite());
    }
}
