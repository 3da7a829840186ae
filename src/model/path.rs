//! The predictive distributions of several days ahead, from one day.

use super::distribution::Distribution;
use super::forecast_error::ForecastError;
use super::grid::GridDistribution;
use fourcast_base::math::probability_below;
use fourcast_features::{Frame, Scaler};
use fourcast_nn::loss::StudentT;

/// A day ahead that the networks forecast: the distribution of its scaled target, and the conversion to an outcome,
/// which is shift + scale x target.
#[derive(Debug, Clone)]
struct Node {
    shift: f64,
    scale: f64,
    distribution: Distribution,
}

impl Node {
    /// Returns the center of each member's distribution, and its width.
    fn log_returns(&self) -> impl Iterator<Item = f64> {
        let width = self.scale * self.distribution.width;
        self.distribution.members.iter().flat_map(move |t| [self.shift + self.scale * t.mu, width * t.sigma])
    }
}

/// The predictive distributions of days ahead, of outcomes (see [`Frame`]).
///
/// The target of day k is the outcome from the origin to day k, so nothing is summed and no independence is assumed.
///
/// Between two days a < k < b that the networks forecast, the distance of a quantile from the median is interpolated,
/// linear in the square root of time: a + (b - a) (sqrt(k) - sqrt(a)) / (sqrt(b) - sqrt(a)), which is exact for a
/// random walk. The median is interpolated linearly in time. With events known ahead, distances are interpolated in the
/// variance of the sessions instead of in time (see [`Frame::sessions_of_variance`]): an event between two nodes widens
/// the days from its own day on, and none before.
///
/// Intervals widen with the days ahead: if a network has a quantile nearer to the median than on an earlier day, the
/// quantile is moved to slightly beyond the earlier distance.
///
/// With a price grid, every quantile is the outcome of a price on the grid. Between two nodes the probabilities of
/// prices are interpolated, linearly in time, or in variance if there are events.
#[derive(Debug, Clone)]
pub struct Path {
    nodes: Vec<Node>,
    /// The distributions over the price grid, if there is one.
    on_grid: Option<OnGrid>,
    /// The days ahead of the path.
    days: Vec<usize>,
    /// The position of each day among the nodes.
    places: Vec<Place>,
}

/// Distributions over a price grid.
#[derive(Debug, Clone)]
struct OnGrid {
    nodes: Vec<GridDistribution>,
    /// One per day of the path.
    days: Vec<GridDistribution>,
}

impl OnGrid {
    /// Returns the distributions of the days. Between two nodes the probabilities are averaged, with weights linear in
    /// the variance of a random walk, because a grid has too few steps to interpolate.
    fn new(nodes: Vec<GridDistribution>, places: &[Place]) -> OnGrid {
        let of_day = |&Place { below, above, of_variance, .. }: &Place| {
            if of_variance == 0.0 { nodes[below].clone() } else { nodes[below].mixed(&nodes[above], of_variance) }
        };
        let days = places.iter().map(of_day).collect();
        OnGrid { nodes, days }
    }
}

/// A day between two nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub below: usize,
    pub above: usize,
    /// Fractions of the way from one node to the other: for a median, a distance and a variance.
    pub of_median: f64,
    pub of_distance: f64,
    pub of_variance: f64,
}

/// Returns the position of a day among the nodes `horizons`, if the variance grows like that of a random walk.
pub(super) fn place_of(horizons: &[usize], day: usize) -> Place {
    place_by(horizons, day, |days| days as f64)
}

/// Returns the position of a day among the nodes, given the variance up to each day.
fn place_by(horizons: &[usize], day: usize, variance: impl Fn(usize) -> f64) -> Place {
    let above = horizons.partition_point(|horizon| *horizon < day).min(horizons.len() - 1);
    if horizons[above] == day || above == 0 {
        return Place { below: above, above, of_median: 0.0, of_distance: 0.0, of_variance: 0.0 };
    }
    let below = above - 1;
    let fraction = |of: &dyn Fn(usize) -> f64| {
        let [a, k, b] = [horizons[below], day, horizons[above]].map(of);
        (k - a) / (b - a)
    };
    Place {
        below,
        above,
        of_median: fraction(&|days| days as f64),
        of_distance: fraction(&|days| variance(days).sqrt()),
        of_variance: fraction(&variance),
    }
}

/// Returns the number of nodes that the days up to `last` depend on: those up to the first that is not before `last`.
pub(super) fn nodes_up_to(horizons: &[usize], last: usize) -> usize {
    place_of(horizons, last).above + 1
}

fn between(below: f64, above: f64, fraction: f64) -> f64 {
    // The result is exact at the nodes.
    if fraction == 0.0 { below } else { below + fraction * (above - below) }
}

impl Path {
    /// Makes the path of the days `days` ahead from the distributions of the scaled targets at the nodes `horizons`,
    /// from day `day` of a frame. Every one of `days` lies between the first and the last node. `on_grid` has the nodes
    /// that `days` depend on: see [`nodes_up_to`].
    pub(super) fn new(
        frame: &Frame,
        day: usize,
        target: Scaler,
        (horizons, days): (&[usize], &[usize]),
        distribution: Vec<Distribution>,
        on_grid: Option<Vec<GridDistribution>>,
    ) -> Path {
        let node = |(horizon, distribution): (&usize, Distribution)| Node {
            shift: frame.to_outcome(day, *horizon, target.mean),
            scale: frame.unit(day, *horizon) * target.deviation,
            distribution,
        };
        let nodes = horizons.iter().zip(distribution).map(node).collect();
        let variance = |horizon: usize| frame.sessions_of_variance(day, horizon);
        let places: Vec<Place> = days.iter().map(|day| place_by(horizons, *day, variance)).collect();
        let on_grid = on_grid.map(|nodes| OnGrid::new(nodes, &places));
        Path { nodes, on_grid, days: days.to_vec(), places }
    }

    /// Whether every quantile is the outcome of a price on a grid.
    pub fn is_on_grid(&self) -> bool {
        self.on_grid.is_some()
    }

    /// The days ahead of each step.
    pub fn horizons(&self) -> impl Iterator<Item = usize> {
        self.days.iter().copied()
    }

    /// Returns the median outcome.
    pub fn median(&self, step: usize) -> f64 {
        if let Some(on_grid) = &self.on_grid {
            let day = &on_grid.days[step];
            return day.log_return(day.quantile(0.5));
        }
        let Place { below, above, of_median, .. } = self.places[step];
        between(self.median_of(below), self.median_of(above), of_median)
    }

    fn median_of(&self, node: usize) -> f64 {
        let Node { shift, scale, distribution, .. } = &self.nodes[node];
        shift + scale * distribution.median()
    }

    /// Returns the outcome's quantile at `p`, 0 < p < 1.
    pub fn quantile(&self, step: usize, p: f64) -> f64 {
        self.quantile_from(&self.distances(p, self.places[step].above), p, step)
    }

    /// Returns the quantile of each step.
    pub fn quantiles(&self, p: f64) -> Vec<f64> {
        let last = self.places.iter().map(|place| place.above).max().unwrap_or(0);
        let distances = self.distances(p, last);
        (0..self.days.len()).map(|step| self.quantile_from(&distances, p, step)).collect()
    }

    /// Returns the probability of an outcome below `outcome`.
    pub fn probability_below(&self, step: usize, outcome: f64) -> f64 {
        probability_below(|p| self.quantile(step, p), outcome - self.rounding())
    }

    /// Returns the probability of an outcome above `outcome`. It is one minus the probability below, except on a price
    /// grid, where `outcome` itself has a probability.
    pub fn probability_above(&self, step: usize, outcome: f64) -> f64 {
        1.0 - probability_below(|p| self.quantile(step, p), outcome + self.rounding())
    }

    /// The maximum difference between two log returns to the same price of the grid, caused by the rounding of printed
    /// prices.
    fn rounding(&self) -> f64 {
        if self.is_on_grid() { 1e-8 } else { 0.0 }
    }

    /// Returns a quantile from the distances of the quantile at `p` of each node.
    fn quantile_from(&self, distances: &[f64], p: f64, step: usize) -> f64 {
        let Place { below, above, of_distance, .. } = self.places[step];
        let (nearer, farther) = (distances[below], distances[above]);
        match &self.on_grid {
            Some(on_grid) => {
                let day = &on_grid.days[step];
                let median = day.quantile(0.5);
                let distance = ((day.quantile(p) - median) as f64).clamp(nearer.min(farther), nearer.max(farther));
                day.log_return(median + distance as i64)
            }
            None => self.median(step) + between(nearer, farther, of_distance),
        }
    }

    /// Returns the signed distance of the quantile at `p` from the median, for each node up to `last`: in outcomes, or
    /// in steps of the grid.
    fn distances(&self, p: f64, last: usize) -> Vec<f64> {
        let farther = if p < 0.5 { f64::min } else { f64::max };
        let (distance, widening): (&dyn Fn(usize) -> f64, f64) = match &self.on_grid {
            Some(OnGrid { nodes, .. }) => {
                (&|node: usize| (nodes[node].quantile(p) - nodes[node].quantile(0.5)) as f64, 1.0)
            }
            None => (&|node: usize| self.distance_of(node, p), WIDENING),
        };
        let widened = (0..=last).scan(0.0, |reached, node| {
            *reached = farther(*reached * widening, distance(node));
            Some(*reached)
        });
        widened.collect()
    }

    fn distance_of(&self, node: usize, p: f64) -> f64 {
        let Node { scale, distribution, .. } = &self.nodes[node];
        scale * (distribution.quantile(p) - distribution.median())
    }

    /// Refuses distributions without finite prices. If outcomes are log returns, also refuses those whose center or
    /// width is a factor of 1e9 or more: no model trained on prices has them, and their scores would be meaningless.
    ///
    /// # Errors
    /// [`ForecastError::NotFinite`] if a parameter is not finite, [`ForecastError::Implausible`] if one is too large.
    pub fn check(&self, of_returns: bool) -> Result<(), ForecastError> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let member = |t: &StudentT| finite(&[t.mu, t.sigma, t.nu]);
        let node = |node: &Node| {
            finite(&[node.shift, node.scale, node.distribution.width]) && node.distribution.members.iter().all(member)
        };
        self.nodes.iter().all(node).then_some(()).ok_or(ForecastError::NotFinite)?;
        let farthest = self.nodes.iter().flat_map(Node::log_returns).max_by(|a, b| a.abs().total_cmp(&b.abs()));
        farthest.filter(|_| of_returns).map_or(Ok(()), |log_return| ForecastError::check_factor(log_return.exp()))
    }
}

/// Minimum widening per node: more than the rounding of printed prices, and less than a random walk widens per day
/// within any horizon, which is sqrt((k + 1) / k) for k up to 10,000.
pub(super) const WIDENING: f64 = 1.0 + 1e-5;

#[cfg(test)]
mod tests {
    use super::*;
    use fourcast_nn::loss::StudentT;

    fn path(nodes: &[(usize, f64, f64)], days: &[usize]) -> Path {
        let node = |(horizon, sigma, mu): &(usize, f64, f64)| Node {
            shift: 0.0,
            scale: 0.01 * (*horizon as f64).sqrt(),
            distribution: Distribution::of(vec![StudentT { mu: *mu, sigma: *sigma, nu: 5.0 }]),
        };
        let horizons: Vec<usize> = nodes.iter().map(|(horizon, ..)| *horizon).collect();
        let places = days.iter().map(|day| place_of(&horizons, *day)).collect();
        Path { nodes: nodes.iter().map(node).collect(), on_grid: None, days: days.to_vec(), places }
    }

    const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

    #[test]
    fn intervals_widen_and_never_cross() {
        let path = path(&[(1, 1.0, 0.1), (2, 0.4, -0.2), (3, 0.9, 0.0), (9, 0.8, 0.1)], &[1, 2, 3, 4, 6, 9]);
        for k in 0..6 {
            let quantiles = LEVELS.map(|p| path.quantile(k, p));
            assert!(quantiles.is_sorted_by(|a, b| a < b), "{quantiles:?}");
            assert_eq!(quantiles[2], path.median(k));
            assert_eq!(quantiles, LEVELS.map(|p| path.quantiles(p)[k]));
        }
        for k in 1..6 {
            let width = |k| path.quantile(k, 0.95) - path.quantile(k, 0.05);
            assert!(width(k) > width(k - 1) * (1.0 + 5e-6));
        }
    }

    /// The forecast of day 4 in a path equals the forecast of day 4 alone.
    #[test]
    fn a_day_does_not_depend_on_the_other_days_asked_for() {
        let nodes = [(1, 1.0, 0.1), (3, 0.5, 0.0), (10, 0.9, 0.0)];
        let (all, alone) = (path(&nodes, &[1, 2, 3, 4, 5, 6]), path(&nodes, &[4]));
        for p in LEVELS {
            assert_eq!(all.quantile(3, p).to_bits(), alone.quantile(0, p).to_bits());
        }
    }

    /// Nodes of 1, 5 and 10 days over a grid, with logistic distributions of given widths in steps.
    #[test]
    fn on_a_grid_the_probabilities_of_prices_change_every_day() {
        let prices: Vec<f64> = (0..300).map(|day| [3.0, 3.01, 3.01, 3.03, 2.99][day % 5]).collect();
        let grid = fourcast_features::Grid::detect(&prices, &prices).unwrap();
        let days: Vec<usize> = (1..=10).collect();
        let mut path = path(&[(1, 1.0, 0.0), (5, 1.0, 0.0), (10, 1.0, 0.0)], &days);
        for widths in [[0.6, 1.3, 1.9], [0.6, 1.3, 0.9]] {
            let node = |width: f64| GridDistribution::new(grid, move |bound| 1.0 / (1.0 + (-bound / width).exp()));
            path.on_grid = Some(OnGrid::new(widths.map(node).to_vec(), &path.places));
            let outcome = |step: usize| path.on_grid.as_ref().unwrap().days[step].log_return(-2);
            let below: Vec<f64> = (0..10).map(|step| path.probability_below(step, outcome(step))).collect();
            assert!(below.is_sorted(), "{below:?}");
            if widths[2] > widths[1] {
                assert!(below.is_sorted_by(|a, b| a < b), "{below:?}");
            }
            for p in LEVELS {
                let distances: Vec<f64> =
                    (0..10).map(|step| (path.quantile(step, p) - path.median(step)).abs()).collect();
                assert!(distances.is_sorted(), "{distances:?}");
            }
        }
    }

    /// Nodes of 1, 3, 5 and 10 days, and an event of three times the standard deviation on session 4.
    #[test]
    fn an_event_between_two_nodes_widens_the_days_from_its_own_on() {
        let variance = |days: usize| days as f64 + if days >= 4 { 8.0 } else { 0.0 };
        let (horizons, days) = ([1, 3, 5, 10], [1, 2, 3, 4, 5, 7]);
        let node = |horizon: &usize| Node {
            shift: 0.0,
            scale: variance(*horizon).sqrt(),
            distribution: Distribution::of(vec![StudentT { mu: 0.0, sigma: 1.0, nu: 5.0 }]),
        };
        let places = days.map(|day| place_by(&horizons, day, variance)).to_vec();
        let path = Path { nodes: horizons.iter().map(node).collect(), on_grid: None, days: days.to_vec(), places };
        let unit = path.quantile(0, 0.9);
        for (step, day) in days.into_iter().enumerate() {
            let expected = variance(day).sqrt();
            assert!((path.quantile(step, 0.9) / unit / expected - 1.0).abs() < 1e-9, "day {day}");
        }
        let Place { of_variance, of_median, .. } = path.places[3];
        assert_eq!((of_variance, of_median), (9.0 / 10.0, 0.5));
    }

    #[test]
    fn a_random_walk_is_interpolated_exactly() {
        let path = path(&[(1, 1.0, 0.0), (10, 1.0, 0.0)], &[4]);
        let one_day = path.nodes[0].distribution.quantile(0.9) * 0.01;
        assert!((path.quantile(0, 0.9) / one_day - 2.0).abs() < 1e-12);
    }
}
