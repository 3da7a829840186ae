//! Odds of prices that move in steps.
//!
//! Where a step is no small part of a day's move, the price of a later day is one of a few. Its odds are a weighted mean
//! of several distributions over those steps: the networks' own, summed over each step; the same with the share of
//! unchanged prices seen so far; a random walk seen in steps, with two kinds of daily moves; all past moves of the file,
//! and the recent ones. The weights follow how likely each of them held what came on the last 500 days: they are
//! proportional to the exponent of the sum of log probabilities, the last days counting most (Bayesian model averaging with
//! forgetting: Raftery, Karny & Ettler 2010). So a file on which the networks know nothing of steps falls back on
//! its own history.

use std::ops::Range;

use super::distribution::Distribution;
use super::rounded_walk::RoundedWalk;
use crate::features::{Frame, Grid, Scaler};

/// Distributions that are averaged.
const EXPERTS: usize = 6;
/// Days on which they are compared.
const COMPARED: usize = 500;
/// What a day's log probability keeps of its weight from one day to the next.
const KEPT: f64 = 0.99;
/// No price was so unlikely that it settles the matter by itself.
const MIN_PROBABILITY: f64 = 1e-5;
/// Days that a random walk counts for beside the days of the past.
const WALK_DAYS: f64 = 4.0;
/// Recent moves lose half of their weight in this many days.
const HALF_LIFE: f64 = 100.0;
/// Recent moves older than this weigh nothing.
const RECENT: usize = 700;
/// What the share of unchanged prices keeps of its weight from one day to the next.
const SHARE_KEPT: f64 = 0.992;

/// The odds of the price on a later day, step by step.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    grid: Grid,
    /// Steps from today's price, rising; and the probability that the price is no higher than that. Steps between two of
    /// them lie on a straight line.
    steps: Vec<i64>,
    reached: Vec<f64>,
}

impl Ladder {
    /// The lowest step at or under which the price stays with probability `p` at least.
    pub fn quantile(&self, p: f64) -> i64 {
        let at = self.reached.partition_point(|reached| *reached < p - 1e-12).min(self.steps.len() - 1);
        let Some(below) = at.checked_sub(1) else { return self.steps[at] };
        let share = (p - self.reached[below]) / (self.reached[at] - self.reached[below]);
        let between = share * self.steps[at].saturating_sub(self.steps[below]) as f64;
        (self.steps[below] + (between - 1e-9).ceil() as i64).clamp(self.steps[below] + 1, self.steps[at])
    }

    /// The move to a price so many steps away, or to the lowest price there is.
    pub fn moved(&self, steps: i64) -> f64 {
        self.grid.log_return(steps.max(self.grid.tick.lowest()))
    }

    /// From the probabilities `below` of a price under each bound between two steps: at every step near today's price, and
    /// at ever wider distances farther away, until hardly anything is left.
    fn new(grid: Grid, below: impl Fn(f64) -> f64) -> Ladder {
        const LEFT: f64 = 1e-7;
        const MOST: i64 = 1_000_000_000;
        let lowest = grid.tick.lowest();
        // A price that fell from far above has steps beyond counting.
        let wider = |steps: i64| steps.saturating_add((steps / 8).max(1));
        let mut down = vec![(0, below(0.5))];
        while let Some((steps, reached)) = down.last().copied()
            && steps > lowest
            && reached > LEFT
        {
            let next = (-wider(-steps)).max(lowest);
            down.push((next, below(next as f64 + 0.5)));
        }
        down.reverse();
        while let Some((steps, reached)) = down.last().copied()
            && reached < 1.0 - LEFT
            && steps < MOST
        {
            let next = wider(steps);
            down.push((next, below(next as f64 + 0.5)));
        }
        let (steps, mut reached): (Vec<i64>, Vec<f64>) = down.into_iter().unzip();
        // Sums of rounded numbers may fall by a hair; and there is nothing above the last step.
        (1..reached.len()).for_each(|k| reached[k] = reached[k].max(reached[k - 1]));
        reached.iter_mut().last().into_iter().for_each(|last| *last = 1.0);
        Ladder { grid, steps, reached }
    }
}

/// What the networks said: how their odds of a step become a distribution of moves.
pub(super) struct Said<'a> {
    /// The days from `first` on: for each the odds of every step ahead, as they are.
    pub own: &'a [Vec<Distribution>],
    /// The first of those days (see [`first_compared`]).
    pub first: usize,
    /// Each origin's odds, calibrated.
    pub calibrated: &'a [Vec<Distribution>],
    /// Scales the targets.
    pub target: Scaler,
    /// Days ahead, step by step.
    pub horizons: Vec<usize>,
}

/// First of the days whose own odds are asked for, so that the experts can be compared before `origin`.
pub(super) fn first_compared(origin: usize, longest: usize, settled: usize) -> usize {
    origin.saturating_sub(longest + COMPARED).max(settled)
}

/// The odds of each step ahead standing on each of `origins`; none on days whose prices have no steps to speak of.
pub(super) fn ladders(frame: &Frame, origins: Range<usize>, said: &Said<'_>) -> Vec<Option<Vec<Ladder>>> {
    let grids: Vec<Option<Grid>> = origins.clone().map(|day| frame.grid(day)).collect();
    let mut ladders = vec![None; origins.len()];
    // Origins that share their steps share a walk over the days.
    while let Some(next) = (0..grids.len()).find(|k| grids[*k].is_some() && ladders[*k].is_none()) {
        let Some(grid) = grids[next] else { break };
        let alike: Vec<usize> =
            (next..grids.len()).filter(|k| grids[*k].is_some_and(|other| other.is_like(&grid))).collect();
        let days: Vec<usize> = alike.iter().map(|k| origins.start + k).collect();
        for (k, ladder) in alike.into_iter().zip(Market::new(frame, grid, said).walk(&days, origins.start)) {
            ladders[k] = Some(ladder);
        }
    }
    ladders
}

/// What is known of a market whose prices move in steps, day after day.
struct Market<'a> {
    frame: &'a Frame,
    grid: Grid,
    said: &'a Said<'a>,
    walks: [RoundedWalk; 2],
    ahead: Vec<Ahead>,
}

/// The same of the moves over so many days.
struct Ahead {
    horizon: usize,
    /// Lower and upper ends of the relative moves that each past day's step stands for.
    past: Vec<(f64, f64)>,
    /// Weighted count of unchanged prices, and of all.
    unchanged: (f64, f64),
    /// Log probability by each expert of what came after each day that has been compared; the first is that of day
    /// [`Said::first`].
    scores: Vec<[f64; EXPERTS]>,
}

impl<'a> Market<'a> {
    fn new(frame: &'a Frame, grid: Grid, said: &'a Said<'a>) -> Market<'a> {
        let ahead =
            |horizon: &usize| Ahead { horizon: *horizon, past: Vec::new(), unchanged: (0.0, 0.0), scores: Vec::new() };
        // Volatility that follows the weeks and wild days; and one that hardly changes and few.
        let walks = [RoundedWalk::new(4, 0.02), RoundedWalk::new(16, 0.003)];
        Market { frame, grid, said, walks, ahead: said.horizons.iter().map(ahead).collect() }
    }

    /// The ladders of each of `origins`, rising days of which the first origin asked for is `first`.
    fn walk(mut self, origins: &[usize], first: usize) -> Vec<Vec<Ladder>> {
        let mut ladders = Vec::with_capacity(origins.len());
        let last = origins.last().copied().unwrap_or(0);
        for day in 0..=last {
            self.observe(day);
            if origins.contains(&day) {
                let at_origin = |step: usize| self.ladder(day, step, &self.said.calibrated[day - first][step]);
                ladders.push((0..self.ahead.len()).map(at_origin).collect());
            }
            if day >= self.said.first && day - self.said.first < self.said.own.len() {
                (0..self.ahead.len()).for_each(|step| self.compare(day, step));
            }
        }
        ladders
    }

    /// The grid as it is seen from a day.
    fn on(&self, day: usize) -> Grid {
        self.frame.grid_on(day, &self.grid)
    }

    /// Takes in a day's price.
    fn observe(&mut self, day: usize) {
        if day > 0 {
            let (before, after) = (self.on(day - 1), self.on(day));
            let steps = before.steps(self.frame.log_return(day - 1, 1).unwrap_or(0.0));
            let shown = (after.tick.price - before.tick.price) / before.tick.step;
            self.walks.iter_mut().for_each(|walk| walk.observe(steps, before.tick.level()));
            if (steps - shown).abs() > 0.25 {
                self.walks.iter_mut().for_each(RoundedWalk::forget_place);
            }
        }
        for ahead in &mut self.ahead {
            let Some(from) = day.checked_sub(ahead.horizon) else { continue };
            let grid = self.frame.grid_on(from, &self.grid);
            let steps = grid.steps(self.frame.log_return(from, ahead.horizon).unwrap_or(0.0));
            let level = grid.tick.level();
            ahead.past.push(((steps - 0.5) / level, (steps + 0.5) / level));
            let (unchanged, all) = ahead.unchanged;
            let hit = f64::from(u8::from(steps.abs() < 0.5));
            ahead.unchanged = (SHARE_KEPT * unchanged + hit, SHARE_KEPT * all + 1.0);
        }
    }

    /// How likely each expert held what came after a day, by what was known on it.
    fn compare(&mut self, day: usize, step: usize) {
        let ahead = &self.ahead[step];
        let Some(moved) = self.frame.log_return(day, ahead.horizon) else { return };
        let grid = self.on(day);
        let steps = grid.steps(moved);
        let (said, frame, horizon) = (self.said, self.frame, ahead.horizon);
        let own = &said.own[day - said.first][step];
        let networks = |bound: f64| {
            let target = |moved| said.target.scale(frame.to_target(day, horizon, moved));
            grid.log_return_to(bound).map_or(0.0, |moved| own.share_of_members_below(target(moved)))
        };
        let networks = Networks::new(&networks);
        let [above, below] = [steps + 0.5, steps - 0.5].map(|bound| self.experts(&grid, step, bound, &networks));
        let score = std::array::from_fn(|k| (above[k] - below[k]).max(MIN_PROBABILITY).ln());
        self.ahead[step].scores.push(score);
    }

    /// What an expert's log probabilities come to on a day, each horizon's overlapping days counting as one.
    fn weights(&self, day: usize, step: usize) -> [f64; EXPERTS] {
        let Ahead { horizon, scores, .. } = &self.ahead[step];
        // The last day whose outcome is known, and as many before it whatever else is asked for.
        let end = (day + 1).saturating_sub(*horizon).saturating_sub(self.said.first).min(scores.len());
        let start = end.saturating_sub(COMPARED);
        let decay = KEPT.powf(1.0 / *horizon as f64);
        let mut sums = [0.0; EXPERTS];
        for score in &scores[start..end] {
            (0..EXPERTS).for_each(|k| sums[k] = decay * sums[k] + score[k] / *horizon as f64);
        }
        let best = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let each = sums.map(|sum| (sum - best).exp());
        let all: f64 = each.iter().sum();
        each.map(|weight| weight / all)
    }

    fn ladder(&self, day: usize, step: usize, distribution: &Distribution) -> Ladder {
        let weights = self.weights(day, step);
        let grid = self.on(day);
        let horizon = self.ahead[step].horizon;
        let curve =
            Curve::of(distribution, |target| self.frame.to_outcome(day, horizon, self.said.target.unscale(target)));
        let below = |bound: f64| grid.log_return_to(bound).map_or(0.0, |moved| curve.below(moved));
        let networks = Networks::new(&below);
        Ladder::new(grid, |bound| {
            let experts = self.experts(&grid, step, bound, &networks);
            weights.iter().zip(experts).map(|(weight, share)| weight * share).sum()
        })
    }

    /// The probability of a price below `bound` steps from today's, by each expert.
    fn experts(&self, grid: &Grid, step: usize, bound: f64, networks: &Networks<'_>) -> [f64; EXPERTS] {
        if bound < grid.tick.lowest() as f64 {
            return [0.0; EXPERTS];
        }
        let Ahead { horizon, past, unchanged, .. } = &self.ahead[step];
        let level = grid.tick.level();
        let walks = [0, 1].map(|k| self.walks[k].below(bound, level, *horizon as f64));
        let own = (networks.below)(bound);
        [
            own,
            networks.with_share_unchanged(bound, own, *unchanged),
            walks[0],
            walks[1],
            of_past(bound / level, past.iter().map(|ends| (1.0, *ends)), walks[1]),
            of_past(bound / level, recent(past), walks[0]),
        ]
    }
}

/// The networks' odds of a day.
struct Networks<'a> {
    below: &'a dyn Fn(f64) -> f64,
    /// Their probability of another price.
    moved: f64,
}

impl<'a> Networks<'a> {
    /// `below` is their probability of a price below a bound, in steps from today's.
    fn new(below: &'a dyn Fn(f64) -> f64) -> Networks<'a> {
        Networks { below, moved: (1.0 - (below(0.5) - below(-0.5))).max(1e-9) }
    }

    /// The same with the share of unchanged prices seen so far, two days of their own beside them.
    fn with_share_unchanged(&self, bound: f64, own: f64, (unchanged, all): (f64, f64)) -> f64 {
        let share = (unchanged + 2.0 * (1.0 - self.moved)) / (all + 2.0);
        let ratio = (1.0 - share) / self.moved;
        if bound < 0.0 { ratio * own } else { 1.0 - ratio * (1.0 - own) }
    }
}

/// The weights and ends of recent moves, the last first.
fn recent(past: &[(f64, f64)]) -> impl Iterator<Item = (f64, (f64, f64))> {
    let keep = 0.5_f64.powf(1.0 / HALF_LIFE);
    let weights = std::iter::successors(Some(1.0), move |weight| Some(weight * keep));
    weights.zip(past.iter().rev().take(RECENT).copied())
}

/// The share of past moves below a bound, each spread evenly over what its step stands for, and a few days of a
/// random walk beside them.
fn of_past(bound: f64, past: impl Iterator<Item = (f64, (f64, f64))>, walk: f64) -> f64 {
    let (mut sum, mut weights) = (WALK_DAYS * walk, WALK_DAYS);
    for (weight, (lower, upper)) in past {
        sum += weight * ((bound - lower) / (upper - lower)).clamp(0.0, 1.0);
        weights += weight;
    }
    sum / weights
}

/// A distribution of moves as a line through its quantiles.
struct Curve {
    moves: Vec<f64>,
    levels: Vec<f64>,
}

impl Curve {
    fn of(distribution: &Distribution, to_move: impl Fn(f64) -> f64) -> Curve {
        // Denser towards both ends: the logits of the levels are a quarter apart.
        let levels: Vec<f64> = (-64..=64).map(|k| 1.0 / (1.0 + (-0.25 * f64::from(k)).exp())).collect();
        Curve { moves: levels.iter().map(|p| to_move(distribution.quantile(*p))).collect(), levels }
    }

    fn below(&self, moved: f64) -> f64 {
        let at = self.moves.partition_point(|m| *m < moved);
        match at {
            0 => 0.0,
            _ if at == self.moves.len() => 1.0,
            _ => {
                let share = (moved - self.moves[at - 1]) / (self.moves[at] - self.moves[at - 1]);
                self.levels[at - 1] + share * (self.levels[at] - self.levels[at - 1])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices of 3 +- some hundredths, a third of them unchanged.
    fn grid() -> Grid {
        let prices: Vec<f64> = (0..300).map(|day| [3.0, 3.01, 3.01, 3.03, 2.99][day % 5]).collect();
        Grid::detect(&prices, &prices).unwrap()
    }

    #[test]
    fn quantiles_are_the_steps_that_hold_them() {
        let shares = [(-1.5, 0.0), (-0.5, 0.1), (0.5, 0.8), (1.5, 1.0)];
        let below = |bound: f64| shares.iter().rev().find(|(b, _)| *b <= bound).map_or(0.0, |(_, share)| *share);
        let ladder = Ladder::new(grid(), below);
        let at = [0.001, 0.1, 0.11, 0.5, 0.8, 0.81, 0.999].map(|p| ladder.quantile(p));
        assert_eq!(at, [-1, -1, 0, 0, 0, 1, 1]);
        assert_eq!(ladder.moved(1), (3.0_f64 / 2.99).ln());
        // No price is zero or below, whatever is asked for.
        assert_eq!(ladder.moved(-5000), (0.01_f64 / 2.99).ln());
    }

    #[test]
    fn far_steps_lie_on_lines_between_wider_ones() {
        let below = |bound: f64| 1.0 / (1.0 + (-bound / 30.0).exp());
        let ladder = Ladder::new(grid(), below);
        for p in [0.0001, 0.01, 0.3, 0.5, 0.9, 0.9999_f64] {
            let exact = 30.0 * (p / (1.0 - p)).ln();
            let off = (ladder.quantile(p) as f64 - exact).abs();
            assert!(off <= 1.0 + 0.02 * exact.abs(), "{p}: {off}");
        }
        let steps: Vec<i64> = (1..1000).map(|k| ladder.quantile(f64::from(k) / 1000.0)).collect();
        assert!(steps.is_sorted());
    }

    #[test]
    fn the_share_of_unchanged_prices_moves_the_rest_in_proportion() {
        let below = |bound: f64| 1.0 / (1.0 + (-bound).exp());
        let networks = Networks::new(&below);
        let share = |bound: f64| networks.with_share_unchanged(bound, below(bound), (600.0, 1000.0));
        assert!((share(0.5) - share(-0.5) - 0.6).abs() < 1e-3);
        assert!(share(-40.0).abs() < 1e-9 && (share(40.0) - 1.0).abs() < 1e-9);
        assert!((share(-1.5) / below(-1.5) - share(-0.5) / below(-0.5)).abs() < 1e-12);
    }

    #[test]
    fn past_moves_are_spread_over_their_steps() {
        let past = [(-0.5, 0.5), (-0.5, 0.5), (0.5, 1.5)];
        let below = |bound: f64| of_past(bound, past.iter().map(|ends| (1.0, *ends)), 0.5);
        assert!((below(0.5) - (2.0 + 0.5 * WALK_DAYS) / (3.0 + WALK_DAYS)).abs() < 1e-12);
        assert!((below(1.0) - (2.5 + 0.5 * WALK_DAYS) / (3.0 + WALK_DAYS)).abs() < 1e-12);
        assert_eq!(recent(&past).count(), 3);
    }
}
