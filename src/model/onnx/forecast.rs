//! Computes quantiles of prices from the outputs of the networks (`docs/inputs.md`, sections 5 to 7). M = members, S =
//! steps, Q = quantiles, D = days.

use super::chebyshev;
use super::columns::Columns;
use super::graph::{END, Graph, Value};
use super::target::Targets;
use crate::Card;
use crate::calibration::{self, ErrorScale};
use crate::path::{Place, WIDENING, place_of};
use fourcast_base::math::student_t;
use fourcast_features::Target;
use fourcast_nn::Loss;
use fourcast_nn::loss::{MAX_LOG_SIGMA, MAX_NU, MIN_NU, MU_SCALE, NU_SCALE};

/// The requested outputs of a graph.
pub struct Asked<'a> {
    pub card: &'a Card,
    /// Levels of the quantiles, ascending, each between 0 and 1.
    pub levels: &'a [f64],
    /// Days ahead, (D).
    pub days: Vec<usize>,
}

/// The medians, (D), and the quantiles, (D, Q), of the prices.
pub struct Prices<'g> {
    pub medians: Value<'g>,
    pub quantiles: Value<'g>,
}

/// Student-t distributions of scaled targets, (M, ...) each.
struct Members<'g> {
    mu: Value<'g>,
    sigma: Value<'g>,
    nu: Degrees<'g>,
}

/// The degrees of freedom.
enum Degrees<'g> {
    /// An output of the network, as its position in a Chebyshev series.
    Output(Value<'g>),
    /// The degrees of freedom of the residuals of each step.
    Residuals(Vec<f64>),
}

impl<'g> Members<'g> {
    /// Makes the distributions from outputs (M, ..., O) for the steps `steps`. If there are several steps, the last
    /// axis but one is that of the steps.
    fn new(card: &Card, outputs: Value<'g>, steps: std::ops::Range<usize>) -> Members<'g> {
        let graph = outputs.graph();
        let output = |place| outputs.at(-1, place);
        match card.config.loss {
            Loss::StudentT => {
                let a2 = output(2);
                let softplus = a2.max(0.0) + ((-a2.abs()).exp() + 1.0).ln();
                let nu = (softplus * NU_SCALE + MIN_NU).min(MAX_NU);
                Members {
                    mu: output(0) * MU_SCALE,
                    sigma: output(1).clamp(-MAX_LOG_SIGMA, MAX_LOG_SIGMA).exp(),
                    nu: Degrees::Output(chebyshev::place(nu)),
                }
            }
            Loss::Mse => {
                let residuals = &card.residuals[steps];
                let sigma: Vec<f64> = residuals.iter().map(|residuals| residuals.sigma).collect();
                let mu = output(0);
                Members {
                    mu,
                    sigma: mu * 0.0 + graph.numbers(&[sigma.len()], &sigma),
                    nu: Degrees::Residuals(residuals.iter().map(|residuals| residuals.nu).collect()),
                }
            }
        }
    }

    /// Returns the mean absolute deviation of the first step, averaged over the members, (B).
    fn mean_absolute_deviation(&self) -> Value<'g> {
        let graph = self.mu.graph();
        let of_unit = |nu: f64| 2.0 * nu / (nu - 1.0) * student_t::density(nu, 0.0);
        let factor = match &self.nu {
            Degrees::Output(place) => {
                let series = chebyshev::series(|nu| of_unit(nu).ln());
                chebyshev::sum(graph, *place, |graph, term| graph.number(series[term])).exp()
            }
            Degrees::Residuals(nu) => graph.number(of_unit(nu[0])),
        };
        (self.sigma * factor).mean(0)
    }

    /// Returns the mean distance of the members' quantiles from their medians, (S, Q), without sign. `tails` holds, for
    /// each step, the probability beyond each quantile, in the nearer tail.
    fn distances(&self, tails: &[Vec<f64>]) -> Value<'g> {
        let graph = self.mu.graph();
        let shape = [tails.len(), tails[0].len()];
        let all: Vec<f64> = tails.iter().flatten().copied().collect();
        // The median has no distance, and zero has no logarithm.
        let is_median = |tail: f64| tail >= 0.5;
        let standard = match &self.nu {
            Degrees::Output(place) => {
                let of_tail = |tail: &f64| {
                    let tail = if is_median(*tail) { 0.25 } else { *tail };
                    chebyshev::series(|nu| (-student_t::quantile(nu, tail)).ln())
                };
                let series: Vec<[f64; chebyshev::TERMS]> = all.iter().map(of_tail).collect();
                let term = |graph: &'g Graph, term: usize| {
                    graph.numbers(&shape, &series.iter().map(|series| series[term]).collect::<Vec<f64>>())
                };
                chebyshev::sum(graph, place.with_axis(2), term).exp()
            }
            Degrees::Residuals(nu) => {
                let step = |(nu, tails): (&f64, &Vec<f64>)| {
                    tails.iter().map(|tail| -student_t::quantile(*nu, *tail)).collect::<Vec<f64>>()
                };
                graph.numbers(&shape, &nu.iter().zip(tails).flat_map(step).collect::<Vec<f64>>())
            }
        };
        let counts: Vec<f64> = all.iter().map(|tail| f64::from(u8::from(!is_median(*tail)))).collect();
        (self.sigma.with_axis(2) * standard).mean(0) * graph.numbers(&shape, &counts)
    }
}

/// Returns g: the factor of widths from the errors of the last days whose outcome is known, (1). `outputs` are those of
/// the windows that end on the rows from `first` (1) on, (M, B, O).
pub fn error_scale<'g>(
    (x, targets): (&Columns<'g>, &Targets<'g>),
    card: &Card,
    (outputs, first): (Value<'g>, Value<'g>),
    baseline: f64,
) -> Value<'g> {
    let graph = x.graph;
    graph.part("error_scale");
    let ahead = card.config.horizons()[0];
    let known = targets.known(ahead);
    let count = (known.len() - first).max(0);
    let members = Members::new(card, outputs, 0..1);
    let of_known = |of: Value<'g>| of.slice_at(0, graph.wholes(&[0]), count);
    let center = of_known(members.mu.mean(0));
    let deviation = of_known(members.mean_absolute_deviation());
    let scaler = card.target_scaler;
    let target = (known.slice_at(0, first, graph.wholes(&[END])) - scaler.mean) / scaler.deviation;
    let errors = ((target - center).abs() / deviation).min(calibration::MAX_ERROR);
    // An exponentially weighted mean of so few days that the weight of each can be a constant.
    let memory = ErrorScale::MEMORY;
    let kept = |days: usize| (1.0 - calibration::WEIGHT).powi(days as i32);
    let weights: Vec<f64> = (0..memory).map(|day| calibration::WEIGHT * kept(memory - 1 - day)).collect();
    let of_start: Vec<f64> = (0..=memory).map(|days| kept(days) * baseline).collect();
    let weights =
        graph.numbers(&[memory], &weights).slice_at(0, graph.wholes(&[memory as i64]) - count, graph.wholes(&[END]));
    let mean = (errors * weights).total() + graph.numbers(&[memory + 1], &of_start).gather(0, count);
    ((mean / baseline - 1.0) * calibration::GAIN + 1.0).clamp(0.5, 2.0)
}

/// Returns the prices, computed from the outputs (M, S, O) for the last row and the factor of widths, (1).
pub fn prices<'g>(
    (x, targets): (&Columns<'g>, &Targets<'g>),
    asked: &Asked<'_>,
    (outputs, width): (Value<'g>, Value<'g>),
) -> Prices<'g> {
    let Asked { card, levels, days } = asked;
    let (graph, horizons) = (x.graph, card.config.horizons());
    graph.part("distribution");
    let steps = horizons.len();
    let per_step = |of: &dyn Fn(usize) -> f64| graph.numbers(&[steps], &(0..steps).map(of).collect::<Vec<f64>>());
    let members = Members::new(card, outputs, 0..steps);
    let skew = |step: usize| card.skew.get(step).copied().unwrap_or_default();
    // (S)
    let width = width * per_step(&|step| card.uncertainty(horizons[step]));
    let shift = per_step(&|step| skew(step).shift) * width * members.sigma.mean(0);
    let median = members.mu.mean(0) + shift;
    // (S, Q)
    let sides: Vec<f64> = (0..steps)
        .flat_map(|step| {
            levels.iter().map(move |p| if *p < 0.5 { 1.0 - skew(step).asymmetry } else { 1.0 + skew(step).asymmetry })
        })
        .collect();
    let tails: Vec<Vec<f64>> =
        (0..steps).map(|step| levels.iter().map(|p| raw_tail(card, step, *p)).collect()).collect();
    let distance = members.distances(&tails) * graph.numbers(&[steps, levels.len()], &sides) * width.with_axis(1);
    graph.part("outcome");
    let last = |of: Value<'g>| of.last();
    let each = |of: &dyn Fn(usize) -> Value<'g>| {
        let all: Vec<Value<'g>> = horizons.iter().map(|horizon| last(of(*horizon))).collect();
        graph.join(0, &all)
    };
    let (unit, expected) = (each(&|horizon| targets.unit(horizon)), each(&|horizon| targets.expected(horizon)));
    let scaler = card.target_scaler;
    let medians = expected + unit * scaler.mean + unit * scaler.deviation * median;
    let distances = widened(distance * (unit * scaler.deviation).with_axis(1), steps);
    // (D, S): the weight of each node for each day
    let places: Vec<Place> = days.iter().map(|day| place_of(&horizons, *day)).collect();
    let of_days = |values: Value<'g>, fraction: fn(&Place) -> f64| {
        if *days == horizons { values } else { interpolation(graph, &places, steps, fraction).product(values) }
    };
    let medians = of_days(medians.with_axis(1), |place| place.of_median);
    let distances = match by_variance(targets, &horizons, (days, &places)) {
        Some(weights) => weights.product(distances),
        None => of_days(distances, |place| place.of_distance),
    };
    let signs: Vec<f64> = levels.iter().map(|p| if *p < 0.5 { -1.0 } else { 1.0 }).collect();
    let quantiles = medians + distances * graph.numbers(&[signs.len()], &signs);
    graph.part("price");
    Prices { medians: quoted(x, card, medians).without_axis(1), quantiles: quoted(x, card, quantiles) }
}

/// Returns the probability beyond the raw quantile for a level, in the nearer tail, according to the recalibration map.
fn raw_tail(card: &Card, step: usize, p: f64) -> f64 {
    let tail = p.min(1.0 - p);
    match &card.calibration {
        Some(calibration) if tail < 0.5 => 0.5 - 0.5 * calibration.levels[step].raw_level(1.0 - 2.0 * tail),
        _ => tail,
    }
}

/// Makes each distance at least slightly larger than that of the previous step, (S, Q).
fn widened(distances: Value<'_>, steps: usize) -> Value<'_> {
    if steps == 1 {
        return distances;
    }
    let mut reached: Vec<Value<'_>> = vec![distances.slice(0, 0, 1)];
    for step in 1..steps as i64 {
        let before = reached[reached.len() - 1];
        reached.push(distances.slice(0, step, step + 1).max(before * WIDENING));
    }
    distances.graph().join(0, &reached)
}

/// Returns the weights, for distances, of the nodes between which a day lies, (D, S), if the variance of the sessions
/// depends on events.
fn by_variance<'g>(
    targets: &Targets<'g>,
    horizons: &[usize],
    (days, places): (&[usize], &[Place]),
) -> Option<Value<'g>> {
    // (1)
    let deviation = |days: usize| Some(targets.variance(days)?.last().sqrt());
    let weights = days.iter().zip(places).map(|(day, place)| {
        let [a, k, b] = [horizons[place.below], *day, horizons[place.above]].map(deviation);
        let (a, k, b) = (a?, k?, b?);
        let one = |node: usize| {
            let row: Vec<f64> = (0..horizons.len()).map(|other| if other == node { 1.0 } else { 0.0 }).collect();
            a.graph().numbers(&[1, row.len()], &row)
        };
        let between = || one(place.below) + (one(place.above) - one(place.below)) * ((k - a) / (b - a)).with_axis(1);
        Some(if place.below == place.above { one(place.below) + (a * 0.0).with_axis(1) } else { between() })
    });
    let rows: Vec<Value<'g>> = weights.collect::<Option<_>>()?;
    Some(rows.first()?.graph().join(0, &rows))
}

/// Returns the weights of the nodes between which a day lies, (D, S).
fn interpolation<'g>(graph: &'g Graph, places: &[Place], steps: usize, fraction: fn(&Place) -> f64) -> Value<'g> {
    let mut weights = vec![0.0; places.len() * steps];
    for (row, place) in weights.chunks_exact_mut(steps).zip(places) {
        row[place.below] += 1.0 - fraction(place);
        row[place.above] += fraction(place);
    }
    graph.numbers(&[places.len(), steps], &weights)
}

/// Returns the quoted prices of outcomes.
fn quoted<'g>(x: &Columns<'g>, card: &Card, outcomes: Value<'g>) -> Value<'g> {
    let (close, adjusted) = (x.close.last(), x.adjusted.last());
    match card.config.target {
        Target::Return => close * outcomes.exp(),
        Target::Price => {
            let is_zero = adjusted.equal(0.0);
            outcomes * is_zero.choose(1.0, close / is_zero.choose(1.0, adjusted))
        }
    }
}
