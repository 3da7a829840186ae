//! Earnings seasonality, computed as in [`Indicators`](fourcast_features::Indicators).

use super::columns::{Columns, Seasonality};
use super::graph::{Graph, Value};
use super::proto::{Attribute, Type};
use fourcast_features::constants::{GAP_DECAY, GAP_FRACTION, MAX_GAP_SQUARE, MIN_GAP_VARIANCE};
use fourcast_prices::Frequency;

const QUARTERS: i64 = 12;

impl<'g> Seasonality<'g> {
    /// Returns the seasonality of the rows of a graph, which is computed only once.
    pub fn of<'x>(x: &'x Columns<'g>) -> &'x Seasonality<'g> {
        x.seasonality.get_or_init(|| Seasonality::new(x))
    }

    fn new(x: &Columns<'g>) -> Seasonality<'g> {
        let graph = x.graph;
        graph.part("seasonality");
        let Some(day) = x.day else { panic!("a graph without dates") };
        let (numbers, quarter, next) = match x.frequency {
            Frequency::Monthly => (months(day), 3, 1),
            Frequency::Daily | Frequency::Weekly => (day, 91, 10),
        };
        let size = (moves(x).abs() - 2.0).clamp(0.0, 4.0);
        // (n, 12)
        let back: Vec<i64> = (1..=QUARTERS).map(|number| number * quarter).collect();
        let then = numbers.with_axis(1) - graph.wholes(&back);
        let after = sessions_up_to(numbers, then, x);
        let counts = after.greater(0).and(numbers.gather(0, after).less(then + (next + 1)));
        let of = |session: Value<'g>| counts.choose(size.gather(0, session), 0.0);
        let exact = of(after);
        // Positions are also computed on rows that do not count, and must be valid there.
        let (before, behind) = ((after - 1).max(0), (after + 1).min(x.count - 1));
        let nearby = of(before).max(of(behind));
        let share = |is_in: fn(i64) -> bool| {
            let weights: Vec<f64> = (1..=QUARTERS).map(|number| f64::from(u8::from(is_in(number)))).collect();
            (exact * graph.numbers(&[weights.len()], &weights)).sum(1)
        };
        let log = |sum: Value<'g>| (sum + 1.0).ln();
        Seasonality {
            yearly: log(share(|quarter| quarter % 4 == 0)),
            quarterly: log(share(|quarter| quarter % 4 != 0)),
            nearby: log(nearby.sum(1)),
        }
    }
}

/// More rows than a file has, as an exponent of two.
const MAX_POWER: u32 = 20;

/// Counts, for each of the dates `then`, how many of the ascending dates `numbers` are not later: by bisection, for all
/// at once.
#[expect(clippy::erasing_op, reason = "zeros in the shape of `then`")]
fn sessions_up_to<'g>(numbers: Value<'g>, then: Value<'g>, x: &Columns<'g>) -> Value<'g> {
    (0..=MAX_POWER).rev().fold(then * 0, |found, power| {
        let more = found + (1_i64 << power);
        let last = numbers.gather(0, (more - 1).min(x.count - 1));
        more.less(x.count + 1).and(last.less(then + 1)).choose(more, found)
    })
}

/// Returns z: overnight gaps in units of their own volatility, or returns in units of s.
fn moves<'g>(x: &Columns<'g>) -> Value<'g> {
    let z = if x.has_bars() { standardised_gaps(x) } else { x.returns / x.volatility.shift(1, f64::MAX) };
    x.row.less(fourcast_features::BACKCAST_DAYS as i64).choose(0.0, z)
}

/// Returns gap_t / sqrt(w_t); w_{t+1} = 0.97 w_t + 0.03 max(min(gap_t^2, 9 w_t), 0.0004 s_t^2). The recursion is not
/// linear and therefore needs a loop.
fn standardised_gaps<'g>(x: &Columns<'g>) -> Value<'g> {
    let body = Graph::body("gaps");
    {
        let scalar = || -> [super::graph::Dim; 0] { [] };
        let v = body.input("gaps/v", Type::Double, &scalar(), "");
        let square = body.input("gaps/square", Type::Double, &scalar(), "");
        let min = body.input("gaps/least", Type::Double, &scalar(), "");
        let next = v * GAP_DECAY + square.min(v * MAX_GAP_SQUARE).max(min) * (1.0 - GAP_DECAY);
        body.output("gaps/next", next, Type::Double, &scalar(), "");
        body.output("gaps/variance", v, Type::Double, &scalar(), "");
    }
    let (graph, gap, s) = (x.graph, x.bars().gap, x.volatility);
    let start = s.at(0, 0).square() * GAP_FRACTION;
    let [_, variance] = graph.results::<2>(
        "Scan",
        &[Some(start), Some(gap.square()), Some(s.square() * MIN_GAP_VARIANCE)],
        vec![Attribute::graph("body", body.finish("gaps")), Attribute::int("num_scan_inputs", 2)],
    );
    gap / variance.sqrt()
}

/// Returns the months from the year 0, for days since 1970-01-01 (the algorithm of Hinnant's `civil_from_days`).
fn months(day: Value<'_>) -> Value<'_> {
    let z = day + 719_468;
    let era = z / 146_097;
    let of_era = z - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (year * 365 + year / 4 - year / 100);
    // Months counted from March: January and February belong to the previous year.
    let month = (of_year * 5 + 2) / 153;
    (year + era * 400) * 12 + month + 3
}
