//! Past moves of a price that is rounded to a tick: the fraction of them below a bound.
//!
//! Each move is spread evenly over the moves that round to its tick. The weight of the moves below a bound is therefore a
//! piecewise linear function of the bound. For the many bounds at which a distribution is evaluated, it is computed once
//! at the ends of all moves, and interpolated.

/// Days after which recent moves have half of their weight.
const HALF_LIFE: f64 = 100.0;
/// Maximum age of recent moves, in days.
const RECENT: usize = 700;

/// Past moves over a number of days, in their order in time.
#[derive(Debug, Default)]
pub(super) struct PastMoves {
    /// The bounds of each move.
    moves: Vec<(f64, f64)>,
    /// The ends of the moves, in ascending order except for those added since the last [`PastMoves::sort`].
    ends: Vec<End>,
}

/// One end of the interval over which a move is spread.
#[derive(Debug, Clone, Copy)]
struct End {
    at: f64,
    /// Index of the move.
    index: usize,
    /// Change of the slope at this end: the density of the move, positive at its lower end and negative at its upper
    /// end.
    slope: f64,
}

impl PastMoves {
    /// Adds the most recent move, between two bounds.
    pub fn push(&mut self, lower: f64, upper: f64) {
        let density = 1.0 / (upper - lower);
        for (at, slope) in [(lower, density), (upper, -density)] {
            self.ends.push(End { at, index: self.moves.len(), slope });
        }
        self.moves.push((lower, upper));
    }

    /// Sorts the ends, which [`PastMoves::shares`] requires. Takes linear time if few were added since the last call.
    pub fn sort(&mut self) {
        self.ends.sort_by(|one, other| one.at.total_cmp(&other.at));
    }

    /// Returns the weights below a bound, of all moves and of recent moves.
    pub fn below(&self, bound: f64) -> [Share; 2] {
        let share = |(lower, upper): &(f64, f64)| ((bound - lower) / (upper - lower)).clamp(0.0, 1.0);
        let mut all = Share { below: 0.0, total: self.moves.len() as f64 };
        self.moves.iter().for_each(|ends| all.below += share(ends));
        let mut recent = Share::default();
        for (ends, weight) in self.moves.iter().rev().zip(weights_by_age()) {
            recent.below += weight * share(ends);
            recent.total += weight;
        }
        [all, recent]
    }

    /// Returns the weights below every bound, of all moves and of recent moves.
    pub fn shares(&self) -> [Shares; 2] {
        let by_age: Vec<f64> = weights_by_age().collect();
        let recent = |index: usize| by_age.get(self.moves.len() - 1 - index).copied().unwrap_or(0.0);
        let total = by_age.iter().take(self.moves.len()).sum();
        [self.weighted(|_| 1.0, self.moves.len() as f64), self.weighted(recent, total)]
    }

    fn weighted(&self, weight: impl Fn(usize) -> f64, total: f64) -> Shares {
        debug_assert!(self.ends.is_sorted_by(|one, other| one.at <= other.at));
        let mut points = Vec::with_capacity(self.ends.len());
        let (mut at, mut below, mut slope) = (0.0, 0.0, 0.0);
        for end in &self.ends {
            let change = weight(end.index) * end.slope;
            if change != 0.0 {
                below += slope * (end.at - at);
                slope += change;
                at = end.at;
                points.push(Point { at, below, slope });
            }
        }
        Shares { points, total }
    }
}

/// Returns the weights of recent moves, the last move first.
fn weights_by_age() -> impl Iterator<Item = f64> {
    let keep = 0.5_f64.powf(1.0 / HALF_LIFE);
    std::iter::successors(Some(1.0), move |weight| Some(weight * keep)).take(RECENT)
}

/// The weight of past moves below a bound, and of all of them.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Share {
    below: f64,
    total: f64,
}

impl Share {
    /// Returns the fraction of the moves below the bound, where `walk`, the probability by a random walk, is included with
    /// a weight of `days` moves.
    pub fn fraction_with(self, walk: f64, days: f64) -> f64 {
        (self.below + days * walk) / (self.total + days)
    }
}

/// The weight of past moves below a bound, as a piecewise linear function.
#[derive(Debug)]
pub(super) struct Shares {
    points: Vec<Point>,
    /// The weight of all moves.
    total: f64,
}

#[derive(Debug)]
struct Point {
    at: f64,
    /// Weight below `at`, and its slope above.
    below: f64,
    slope: f64,
}

impl Shares {
    /// Returns the weight of the moves below a bound.
    pub fn below(&self, bound: f64) -> Share {
        let after = self.points.partition_point(|point| point.at < bound);
        let below = match after.checked_sub(1).map(|before| &self.points[before]) {
            None => 0.0,
            Some(_) if after == self.points.len() => self.total,
            Some(Point { at, below, slope }) => (below + slope * (bound - at)).clamp(0.0, self.total),
        };
        Share { below, total: self.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    #[test]
    fn moves_are_spread_over_their_ticks() {
        let mut past = PastMoves::default();
        [(-0.5, 0.5), (-0.5, 0.5), (0.5, 1.5)].iter().for_each(|(lower, upper)| past.push(*lower, *upper));
        let all = |bound: f64| past.below(bound)[0].fraction_with(0.5, 4.0);
        assert!((all(0.5) - (2.0 + 0.5 * 4.0) / (3.0 + 4.0)).abs() < 1e-12);
        assert!((all(1.0) - (2.5 + 0.5 * 4.0) / (3.0 + 4.0)).abs() < 1e-12);
        let recent = past.below(0.5)[1].fraction_with(0.0, 0.0);
        let keep = 0.5_f64.powf(1.0 / HALF_LIFE);
        assert!((recent - (keep + keep * keep) / (1.0 + keep + keep * keep)).abs() < 1e-12, "the last move first");
    }

    #[test]
    fn shares_of_many_bounds_are_those_of_each() {
        let mut rng = Pcg64Mcg::seed_from_u64(7);
        let mut past = PastMoves::default();
        for day in 0..900 {
            let (step, level) = (f64::from(rng.random_range(-6..7)), rng.random_range(20.0..400.0));
            past.push((step - 0.5) / level, (step + 0.5) / level);
            if ![0, 1, 2, 50, 899].contains(&day) {
                continue;
            }
            past.sort();
            let shares = past.shares();
            for bound in (-80..=80).map(|k| f64::from(k) * 0.005) {
                for (one, share) in past.below(bound).iter().zip(&shares) {
                    let (one, share) = (one.fraction_with(0.5, 4.0), share.below(bound).fraction_with(0.5, 4.0));
                    assert!((one - share).abs() < 1e-12, "{day} {bound}: {one} {share}");
                }
            }
        }
    }

    #[test]
    fn without_past_moves_the_random_walk_decides() {
        let past = PastMoves::default();
        assert!(past.shares().iter().all(|shares| shares.below(0.1).fraction_with(0.7, 4.0) == 0.7));
        assert!(past.below(0.1).iter().all(|share| share.fraction_with(0.7, 4.0) == 0.7));
    }
}
