//! A draft's rows into the order of their days, each day once.

use super::columns::Field;
use super::draft::Draft;
use super::error::{Cause, Fault, Problem};
use super::lines::Lines;
use super::reading::SeriesNotes;

/// The order in which a file has its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Each row is later than the one above it.
    OldestFirst,
    /// Each row is earlier than the one above it.
    NewestFirst,
    /// Neither.
    Shuffled,
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Order::OldestFirst => "oldest first",
            Order::NewestFirst => "newest first",
            Order::Shuffled => "shuffled",
        })
    }
}

/// The order found, and the rows that went against it.
pub(super) fn order_of(draft: &Draft) -> (Order, Lines) {
    let steps = || draft.dates.windows(2).enumerate();
    let ups = steps().filter(|(_, pair)| pair[0] < pair[1]).count();
    let downs = steps().filter(|(_, pair)| pair[0] > pair[1]).count();
    let order = match (ups, downs) {
        (_, 0) => Order::OldestFirst,
        (0, _) => Order::NewestFirst,
        _ => Order::Shuffled,
    };
    let against = |pair: &[_]| match order {
        Order::Shuffled if ups >= downs => pair[0] > pair[1],
        Order::Shuffled => pair[0] < pair[1],
        _ => false,
    };
    let lines = steps().filter(|(_, pair)| against(pair)).map(|(row, _)| draft.line(row + 1));
    (order, lines.collect())
}

/// The order that all series of a file share.
pub(super) fn common(series: &[SeriesNotes]) -> Order {
    let first = series.first().map_or(Order::OldestFirst, |notes| notes.order);
    let same = series.iter().all(|notes| notes.order == first || notes.lines.len() < 2);
    if same { first } else { Order::Shuffled }
}

/// Sorts the rows, oldest first, and leaves out those that repeat an earlier line; their lines are
/// returned.
pub(super) fn sort(
    draft: &mut Draft,
    order: Order,
    label: impl Fn(Field) -> String,
    cause: Cause,
) -> Result<Lines, Fault> {
    let mut rows: Vec<usize> = (0..draft.dates.len()).collect();
    match order {
        Order::OldestFirst => {}
        Order::NewestFirst => rows.reverse(),
        Order::Shuffled => rows.sort_by_key(|&row| draft.dates[row]),
    }
    let mut kept: Vec<usize> = Vec::with_capacity(rows.len());
    let mut repeated = Lines::default();
    for row in rows {
        match kept.last_mut() {
            Some(last) if draft.dates[*last] == draft.dates[row] => {
                agree(draft, *last, row, &label, cause)?;
                repeated.push(draft.line(row.max(*last)));
                *last = row.min(*last);
            }
            _ => kept.push(row),
        }
    }
    if order != Order::OldestFirst || !repeated.is_empty() {
        draft.reorder(&kept);
    }
    Ok(repeated)
}

/// Fails where two rows of one day differ in any number.
fn agree(draft: &Draft, one: usize, other: usize, label: &impl Fn(Field) -> String, cause: Cause) -> Result<(), Fault> {
    let (first, second) = (one.min(other), one.max(other));
    for ((field, _), column) in Field::ALL.into_iter().zip(&draft.values) {
        let Some((there, here)) = column.get(first).zip(column.get(second)) else {
            continue;
        };
        if there != here && !(there.is_nan() && here.is_nan()) {
            let problem = Problem::Contradiction {
                date: draft.dates[second],
                other: draft.line(first),
                column: label(field),
                here: show(*here),
                there: show(*there),
                cause,
            };
            return Err(Fault::at(draft.line(second), problem));
        }
    }
    Ok(())
}

fn show(value: f64) -> String {
    if value.is_nan() { "empty".to_owned() } else { value.to_string() }
}
