//! Predictive distributions of prices with a large tick.
//!
//! If the tick is not small compared with a day's move, a later price is one of a few. Its distribution is a weighted
//! mean of six distributions over those prices: that of the networks, summed over each tick; that distribution adjusted
//! to the fraction of unchanged prices so far; two rounded random walks with different daily moves; all past moves of
//! the series; and its recent moves. The weights are proportional to the exponential of the discounted sum of the log
//! probabilities that each distribution gave to the outcomes of the last 500 days (Bayesian model averaging with
//! forgetting: Raftery, Karny & Ettler 2010).

use std::ops::Range;

use super::distribution::Distribution;
use super::past_moves::{PastMoves, Share};
use super::rounded_walk::{RoundedWalk, WalkAhead};
use fourcast_features::{Frame, Grid, Scaler};

/// Number of distributions that are averaged.
const EXPERTS: usize = 6;
/// Days over which the distributions are compared.
const COMPARED: usize = 500;
/// Discount factor of log probabilities per day.
const DISCOUNT: f64 = 0.99;
/// Minimum probability of an outcome, so that no single day decides the weights.
const MIN_PROBABILITY: f64 = 1e-5;
/// Weight of a random walk relative to the past moves, in days.
const WALK_DAYS: f64 = 4.0;
/// Discount factor per day of the fraction of unchanged prices.
const UNCHANGED_DISCOUNT: f64 = 0.992;

/// The distribution of a later price over the price grid.
#[derive(Debug, Clone)]
pub(super) struct GridDistribution {
    grid: Grid,
    /// Ticks from today's price, ascending, and the probability of a price up to each. Probabilities between them are
    /// interpolated.
    steps: Vec<i64>,
    reached: Vec<f64>,
}

impl GridDistribution {
    /// Returns the quantile at `p`, in ticks from today's price: the lowest price up to which the probability is at
    /// least `p`.
    pub fn quantile(&self, p: f64) -> i64 {
        let at = self.reached.partition_point(|reached| *reached < p - 1e-12).min(self.steps.len() - 1);
        let Some(below) = at.checked_sub(1) else { return self.steps[at] };
        let share = (p - self.reached[below]) / (self.reached[at] - self.reached[below]);
        let between = share * self.steps[at].saturating_sub(self.steps[below]) as f64;
        (self.steps[below] + (between - 1e-9).ceil() as i64).clamp(self.steps[below] + 1, self.steps[at])
    }

    /// Returns the log return to the price `steps` ticks away, or to the lowest price if that is higher.
    pub fn log_return(&self, steps: i64) -> f64 {
        self.grid.log_return(steps.max(self.grid.tick.lowest()))
    }

    /// Returns the weighted mean of two distributions over the same grid.
    pub fn mixed(&self, other: &GridDistribution, weight: f64) -> GridDistribution {
        let mut steps: Vec<i64> = self.steps.iter().chain(&other.steps).copied().collect();
        steps.sort_unstable();
        steps.dedup();
        let reached = |step: &i64| (1.0 - weight) * self.reached_at(*step) + weight * other.reached_at(*step);
        GridDistribution { grid: self.grid, reached: steps.iter().map(reached).collect(), steps }
    }

    /// Returns the probability of a price up to `step` ticks away.
    fn reached_at(&self, step: i64) -> f64 {
        let at = self.steps.partition_point(|own| *own < step);
        match (at.checked_sub(1), self.steps.get(at)) {
            (_, Some(own)) if *own == step => self.reached[at],
            (None, _) => 0.0,
            (_, None) => 1.0,
            (Some(below), Some(own)) => {
                let share = (step - self.steps[below]) as f64 / (own - self.steps[below]) as f64;
                self.reached[below] + share * (self.reached[at] - self.reached[below])
            }
        }
    }

    /// Makes a distribution from `below`, the probability of a price below a bound between two ticks. It is evaluated
    /// at every tick near today's price, and at growing distances farther away, until 1e-7 is left.
    pub fn new(grid: Grid, below: impl Fn(f64) -> f64) -> GridDistribution {
        const MIN_TAIL: f64 = 1e-7;
        const MAX_STEPS: i64 = 1_000_000_000;
        let lowest = grid.tick.lowest();
        // Saturating, because after a fall from far above, a price is only a few of the former ticks.
        let wider = |steps: i64| steps.saturating_add((steps / 8).max(1));
        let mut down = vec![(0, below(0.5))];
        while let Some((steps, reached)) = down.last().copied()
            && steps > lowest
            && reached > MIN_TAIL
        {
            let next = (-wider(-steps)).max(lowest);
            down.push((next, below(next as f64 + 0.5)));
        }
        down.reverse();
        while let Some((steps, reached)) = down.last().copied()
            && reached < 1.0 - MIN_TAIL
            && steps < MAX_STEPS
        {
            let next = wider(steps);
            down.push((next, below(next as f64 + 0.5)));
        }
        let (steps, mut reached): (Vec<i64>, Vec<f64>) = down.into_iter().unzip();
        // The probabilities must not fall by rounding, and none is left above the last tick.
        (1..reached.len()).for_each(|k| reached[k] = reached[k].max(reached[k - 1]));
        reached.iter_mut().last().into_iter().for_each(|last| *last = 1.0);
        GridDistribution { grid, steps, reached }
    }
}

/// The networks' distributions of the scaled targets.
pub(super) struct NetworkForecasts<'a> {
    /// Raw distributions, for each day from `first` on and for each horizon.
    pub raw: &'a [Vec<Distribution>],
    /// The first of these days (see [`first_compared`]).
    pub first: usize,
    /// Calibrated distributions, for each origin and horizon.
    pub calibrated: &'a [Vec<Distribution>],
    /// Scaler of the targets.
    pub target: Scaler,
    /// Days ahead: the first of those for which there are distributions.
    pub horizons: &'a [usize],
}

/// Returns the first day whose raw distributions are needed to compare the experts before `origin`.
pub(super) fn first_compared(origin: usize, longest: usize, settled: usize) -> usize {
    origin.saturating_sub(longest + COMPARED).max(settled)
}

/// Returns the distribution for each origin and horizon; `None` for days without a price grid.
pub(super) fn distributions(
    frame: &Frame,
    origins: Range<usize>,
    forecasts: &NetworkForecasts<'_>,
) -> Vec<Option<Vec<GridDistribution>>> {
    let grids: Vec<Option<Grid>> = origins.clone().map(|day| frame.grid(day)).collect();
    let mut distributions = vec![None; origins.len()];
    // Origins with the same grid share one pass over the days.
    while let Some(next) = (0..grids.len()).find(|k| grids[*k].is_some() && distributions[*k].is_none()) {
        let Some(grid) = grids[next] else { break };
        let alike: Vec<usize> =
            (next..grids.len()).filter(|k| grids[*k].is_some_and(|other| other.is_like(&grid))).collect();
        let days: Vec<usize> = alike.iter().map(|k| origins.start + k).collect();
        for (k, distribution) in
            alike.into_iter().zip(GridExperts::new(frame, grid, forecasts).walk(&days, origins.start))
        {
            distributions[k] = Some(distribution);
        }
    }
    distributions
}

/// The experts of one price grid, updated day by day.
struct GridExperts<'a> {
    frame: &'a Frame,
    grid: Grid,
    forecasts: &'a NetworkForecasts<'a>,
    walks: [RoundedWalk; 2],
    ahead: Vec<HorizonState>,
}

/// The state of the experts for one horizon.
struct HorizonState {
    horizon: usize,
    /// The relative moves over the horizon.
    past: PastMoves,
    /// Discounted counts of unchanged prices and of all prices.
    unchanged: (f64, f64),
    /// Log probability of each expert for the outcome of each compared day, from day [`NetworkForecasts::first`] on.
    scores: Vec<[f64; EXPERTS]>,
}

impl<'a> GridExperts<'a> {
    fn new(frame: &'a Frame, grid: Grid, forecasts: &'a NetworkForecasts<'a>) -> GridExperts<'a> {
        let ahead = |horizon: &usize| HorizonState {
            horizon: *horizon,
            past: PastMoves::default(),
            unchanged: (0.0, 0.0),
            scores: Vec::new(),
        };
        // One walk has a volatility that changes fast, and heavy tails; the other has a nearly constant volatility and
        // light tails.
        let walks = [RoundedWalk::new(4, 0.02), RoundedWalk::new(16, 0.003)];
        GridExperts { frame, grid, forecasts, walks, ahead: forecasts.horizons.iter().map(ahead).collect() }
    }

    /// Returns the distributions for each of `origins`, which are ascending; `first` is the first origin of the
    /// calibrated distributions.
    fn walk(mut self, origins: &[usize], first: usize) -> Vec<Vec<GridDistribution>> {
        let mut distributions = Vec::with_capacity(origins.len());
        let last = origins.last().copied().unwrap_or(0);
        for day in 0..=last {
            self.observe(day);
            let is_origin = origins.binary_search(&day).is_ok();
            let is_compared = day >= self.forecasts.first && day - self.forecasts.first < self.forecasts.raw.len();
            if is_origin {
                self.ahead.iter_mut().for_each(|ahead| ahead.past.sort());
                let at_origin =
                    |step: usize| self.distribution(day, step, &self.forecasts.calibrated[day - first][step]);
                distributions.push((0..self.ahead.len()).map(at_origin).collect());
            }
            if is_compared {
                (0..self.ahead.len()).for_each(|step| self.compare(day, step));
            }
        }
        distributions
    }

    /// Returns the grid around the price of a day.
    fn on(&self, day: usize) -> Grid {
        self.frame.grid_on(day, &self.grid)
    }

    /// Updates the random walks and the past moves with a day's price.
    fn observe(&mut self, day: usize) {
        if day > 0 {
            let (before, after) = (self.on(day - 1), self.on(day));
            let steps = before.steps(self.frame.log_return(day - 1, 1).unwrap_or(0.0));
            let quoted = (after.tick.price - before.tick.price) / before.tick.step;
            self.walks.iter_mut().for_each(|walk| walk.observe(steps, before.tick.level()));
            if (steps - quoted).abs() > 0.25 {
                self.walks.iter_mut().for_each(RoundedWalk::forget_position);
            }
        }
        for ahead in &mut self.ahead {
            let Some(from) = day.checked_sub(ahead.horizon) else { continue };
            let grid = self.frame.grid_on(from, &self.grid);
            let steps = grid.steps(self.frame.log_return(from, ahead.horizon).unwrap_or(0.0));
            let level = grid.tick.level();
            ahead.past.push((steps - 0.5) / level, (steps + 0.5) / level);
            let (unchanged, all) = ahead.unchanged;
            let hit = f64::from(u8::from(steps.abs() < 0.5));
            ahead.unchanged = (UNCHANGED_DISCOUNT * unchanged + hit, UNCHANGED_DISCOUNT * all + 1.0);
        }
    }

    /// Appends the log probability that each expert, with the information of a day, gave to the outcome of its
    /// forecast.
    fn compare(&mut self, day: usize, step: usize) {
        let ahead = &self.ahead[step];
        let Some(log_return) = self.frame.log_return(day, ahead.horizon) else { return };
        let grid = self.on(day);
        let steps = grid.steps(log_return);
        let (forecasts, frame, horizon) = (self.forecasts, self.frame, ahead.horizon);
        let raw = &forecasts.raw[day - forecasts.first][step];
        let networks = |bound: f64| {
            let target = |log_return| forecasts.target.scale(frame.to_target(day, horizon, log_return));
            grid.log_return_to(bound).map_or(0.0, |log_return| raw.mean_cdf(target(log_return)))
        };
        let (experts, past) = (self.experts(&grid, step, &networks), &ahead.past);
        let [above, below] = [steps + 0.5, steps - 0.5].map(|bound| experts.below(bound, |bound| past.below(bound)));
        let score = std::array::from_fn(|k| (above[k] - below[k]).max(MIN_PROBABILITY).ln());
        self.ahead[step].scores.push(score);
    }

    /// Returns the weights of the experts on a day. For a horizon of several days, overlapping outcomes count as one.
    fn weights(&self, day: usize, step: usize) -> [f64; EXPERTS] {
        let HorizonState { horizon, scores, .. } = &self.ahead[step];
        // The days up to the last with a known outcome. They do not depend on which other origins there are.
        let end = (day + 1).saturating_sub(*horizon).saturating_sub(self.forecasts.first).min(scores.len());
        let start = end.saturating_sub(COMPARED);
        let decay = DISCOUNT.powf(1.0 / *horizon as f64);
        let mut sums = [0.0; EXPERTS];
        for score in &scores[start..end] {
            (0..EXPERTS).for_each(|k| sums[k] = decay * sums[k] + score[k] / *horizon as f64);
        }
        let best = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let each = sums.map(|sum| (sum - best).exp());
        let all: f64 = each.iter().sum();
        each.map(|weight| weight / all)
    }

    fn distribution(&self, day: usize, step: usize, distribution: &Distribution) -> GridDistribution {
        let weights = self.weights(day, step);
        let grid = self.on(day);
        let horizon = self.ahead[step].horizon;
        let curve = Curve::of(distribution, |target| {
            self.frame.to_outcome(day, horizon, self.forecasts.target.unscale(target))
        });
        let below = |bound: f64| grid.log_return_to(bound).map_or(0.0, |log_return| curve.below(log_return));
        let (experts, past) = (self.experts(&grid, step, &below), self.ahead[step].past.shares());
        GridDistribution::new(grid, |bound| {
            let each = experts.below(bound, |bound| past.each_ref().map(|shares| shares.below(bound)));
            weights.iter().zip(each).map(|(weight, share)| weight * share).sum()
        })
    }

    /// Returns the experts' distributions of the price of a step, from today's price on the grid. `networks` is the
    /// networks' probability of a price below a bound, in ticks from today's.
    fn experts<'b>(&'b self, grid: &Grid, step: usize, networks: &'b dyn Fn(f64) -> f64) -> Experts<'b> {
        let HorizonState { horizon, unchanged, .. } = &self.ahead[step];
        let level = grid.tick.level();
        Experts {
            lowest: grid.tick.lowest() as f64,
            level,
            networks: Networks::new(networks),
            unchanged: *unchanged,
            walks: self.walks.each_ref().map(|walk| walk.ahead(level, *horizon as f64)),
        }
    }
}

/// The distributions of all experts for one outcome.
struct Experts<'a> {
    /// The lowest price, in ticks from today's.
    lowest: f64,
    /// Today's price, in ticks.
    level: f64,
    networks: Networks<'a>,
    unchanged: (f64, f64),
    walks: [WalkAhead<'a>; 2],
}

impl Experts<'_> {
    /// Returns the probability, by each expert, of a price less than `bound` ticks above today's. `past` returns the
    /// weights of all past moves and of the recent ones below a relative move.
    fn below(&self, bound: f64, past: impl Fn(f64) -> [Share; 2]) -> [f64; EXPERTS] {
        if bound < self.lowest {
            return [0.0; EXPERTS];
        }
        let walks = self.walks.each_ref().map(|walk| walk.below(bound));
        let own = (self.networks.below)(bound);
        let [all, recent] = past(bound / self.level);
        [
            own,
            self.networks.with_unchanged_fraction(bound, own, self.unchanged),
            walks[0],
            walks[1],
            all.fraction_with(walks[1], WALK_DAYS),
            recent.fraction_with(walks[0], WALK_DAYS),
        ]
    }
}

/// The networks' distribution of one outcome.
struct Networks<'a> {
    below: &'a dyn Fn(f64) -> f64,
    /// The networks' probability of a changed price.
    changed: f64,
}

impl<'a> Networks<'a> {
    /// `below` is the networks' probability of a price below a bound, in ticks from today's.
    fn new(below: &'a dyn Fn(f64) -> f64) -> Networks<'a> {
        Networks { below, changed: (1.0 - (below(0.5) - below(-0.5))).max(1e-9) }
    }

    /// Returns the probability below the bound, reweighted with the fraction of unchanged prices so far, in which the
    /// networks' own probability counts as two days.
    fn with_unchanged_fraction(&self, bound: f64, own: f64, (unchanged, all): (f64, f64)) -> f64 {
        let share = (unchanged + 2.0 * (1.0 - self.changed)) / (all + 2.0);
        let ratio = (1.0 - share) / self.changed;
        if bound < 0.0 { ratio * own } else { 1.0 - ratio * (1.0 - own) }
    }
}

/// A distribution of logarithmic returns, interpolated between its quantiles.
struct Curve {
    returns: Vec<f64>,
    levels: Vec<f64>,
}

impl Curve {
    fn of(distribution: &Distribution, to_outcome: impl Fn(f64) -> f64) -> Curve {
        // Levels whose logits are a quarter apart: denser towards both ends.
        let levels: Vec<f64> = (-64..=64).map(|k| 1.0 / (1.0 + (-0.25 * f64::from(k)).exp())).collect();
        Curve { returns: levels.iter().map(|p| to_outcome(distribution.quantile(*p))).collect(), levels }
    }

    fn below(&self, log_return: f64) -> f64 {
        let at = self.returns.partition_point(|other| *other < log_return);
        match at {
            0 => 0.0,
            _ if at == self.returns.len() => 1.0,
            _ => {
                let share = (log_return - self.returns[at - 1]) / (self.returns[at] - self.returns[at - 1]);
                self.levels[at - 1] + share * (self.levels[at] - self.levels[at - 1])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices of 3 plus or minus some hundredths, a fifth of them unchanged.
    fn grid() -> Grid {
        let prices: Vec<f64> = (0..300).map(|day| [3.0, 3.01, 3.01, 3.03, 2.99][day % 5]).collect();
        Grid::detect(&prices, &prices).unwrap()
    }

    #[test]
    fn quantiles_are_the_lowest_ticks_of_their_probability() {
        let shares = [(-1.5, 0.0), (-0.5, 0.1), (0.5, 0.8), (1.5, 1.0)];
        let below = |bound: f64| shares.iter().rev().find(|(b, _)| *b <= bound).map_or(0.0, |(_, share)| *share);
        let distribution = GridDistribution::new(grid(), below);
        let at = [0.001, 0.1, 0.11, 0.5, 0.8, 0.81, 0.999].map(|p| distribution.quantile(p));
        assert_eq!(at, [-1, -1, 0, 0, 0, 1, 1]);
        assert_eq!(distribution.log_return(1), (3.0_f64 / 2.99).ln());
        // No price is zero or below, whatever step is requested.
        assert_eq!(distribution.log_return(-5000), (0.01_f64 / 2.99).ln());
    }

    #[test]
    fn far_ticks_are_interpolated() {
        let below = |bound: f64| 1.0 / (1.0 + (-bound / 30.0).exp());
        let distribution = GridDistribution::new(grid(), below);
        for p in [0.0001, 0.01, 0.3, 0.5, 0.9, 0.9999_f64] {
            let exact = 30.0 * (p / (1.0 - p)).ln();
            let off = (distribution.quantile(p) as f64 - exact).abs();
            assert!(off <= 1.0 + 0.02 * exact.abs(), "{p}: {off}");
        }
        let steps: Vec<i64> = (1..1000).map(|k| distribution.quantile(f64::from(k) / 1000.0)).collect();
        assert!(steps.is_sorted());
    }

    #[test]
    fn a_mixed_distribution_has_the_mean_probability_of_every_price() {
        let normal = |width: f64| move |bound: f64| 1.0 / (1.0 + (-bound / width).exp());
        let [near, far] = [0.7, 3.0].map(|width| GridDistribution::new(grid(), normal(width)));
        let mixed = near.mixed(&far, 0.25);
        for step in -30..30 {
            let mean = 0.75 * near.reached_at(step) + 0.25 * far.reached_at(step);
            assert!((mixed.reached_at(step) - mean).abs() < 1e-12, "{step}");
        }
        for p in [0.01, 0.2, 0.5, 0.9, 0.999] {
            let [a, b] = [&near, &far].map(|one| one.quantile(p));
            assert!((a.min(b)..=a.max(b)).contains(&mixed.quantile(p)), "{p}");
        }
    }

    #[test]
    fn the_fraction_of_unchanged_prices_scales_the_rest() {
        let below = |bound: f64| 1.0 / (1.0 + (-bound).exp());
        let networks = Networks::new(&below);
        let share = |bound: f64| networks.with_unchanged_fraction(bound, below(bound), (600.0, 1000.0));
        assert!((share(0.5) - share(-0.5) - 0.6).abs() < 1e-3);
        assert!(share(-40.0).abs() < 1e-9 && (share(40.0) - 1.0).abs() < 1e-9);
        assert!((share(-1.5) / below(-1.5) - share(-0.5) / below(-0.5)).abs() < 1e-12);
    }
}
