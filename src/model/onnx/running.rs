//! Values of a column that depend on all rows so far, computed by doubling instead of by a loop over the rows: each of
//! a few operators on whole columns reaches twice as many rows back as the one before (Hillis & Steele 1986).

use super::graph::Value;

/// Rows on which the initial variance is measured: see [`Indicators`](fourcast_features::Indicators).
const BACKCAST: i64 = fourcast_features::BACKCAST_DAYS as i64;

/// The weight below which an earlier value does not change the sum in 64 bits.
const NEGLIGIBLE: f64 = 1e-20;

/// Returns y_t = x_t + k y_{t-1}.
pub fn discounted_sum(values: Value<'_>, decay: f64) -> Value<'_> {
    let (mut sum, mut reach) = (values, 1);
    loop {
        // sum_t = x_t + k x_{t-1} + ... + k^(reach - 1) x_{t-reach+1}
        let weight = decay.powi(reach as i32);
        if weight < NEGLIGIBLE {
            return sum;
        }
        sum = sum + sum.shift(reach, 0.0) * weight;
        reach *= 2;
    }
}

/// Returns EW_k of values (n), with `start` (1) instead of the first value.
pub fn weighted<'g>(values: Value<'g>, start: Value<'g>, decay: f64) -> Value<'g> {
    let later = values.after(1) * (1.0 - decay);
    discounted_sum(values.graph().join(0, &[start, later]), decay)
}

/// Returns EW_k of values, started at the first value.
pub fn from_first(values: Value<'_>, decay: f64) -> Value<'_> {
    weighted(values, values.slice(0, 0, 1), decay)
}

/// Returns the mean of the values after the first that is used as a start, (1).
pub fn first_mean(values: Value<'_>) -> Value<'_> {
    values.slice(0, 1, BACKCAST + 1).total() / BACKCAST as f64
}

/// Whether a column has too few values for that mean, (1).
pub fn is_short(values: Value<'_>) -> Value<'_> {
    values.len().less(BACKCAST + 1)
}

/// Returns the maximum of the last `days` values.
pub fn running_max(values: Value<'_>, days: i64) -> Value<'_> {
    const NO_VALUE: f64 = f64::MIN;
    let (mut highest, mut reach) = (values, 1);
    while 2 * reach <= days {
        highest = highest.max(highest.shift(reach, NO_VALUE));
        reach *= 2;
    }
    if reach < days { highest.max(highest.shift(days - reach, NO_VALUE)) } else { highest }
}

/// Returns the median of the last `days` values, where `days` is an even number; of an even number of values, the upper
/// median.
pub fn running_median(values: Value<'_>, days: i64) -> Value<'_> {
    const NO_VALUE: f64 = f64::MAX;
    let graph = values.graph();
    let row = graph.range(graph.whole(0), values.len().without_axis(0));
    // (n, days): the values up to each row; those before the first row are larger than all others
    let places = row.with_axis(1) + graph.wholes(&(1 - days..=0).collect::<Vec<i64>>());
    let padded = graph.join(0, &[graph.numbers(&[1], &[NO_VALUE]), values]);
    let windows = padded.gather(0, (places + 1).max(0));
    let [lowest, _] = graph.results(
        "TopK",
        &[Some(windows), Some(graph.wholes(&[days / 2 + 1]))],
        vec![super::proto::Attribute::int("axis", -1), super::proto::Attribute::int("largest", 0)],
    );
    let middle = (row + 1).min(days) / 2;
    graph
        .apply("GatherElements", &[lowest, middle.with_axis(1)], vec![super::proto::Attribute::int("axis", 1)])
        .without_axis(1)
}
