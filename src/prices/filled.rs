//! Closes that no trade made: those of the day before, put in for days without trade, and those put in between two
//! others.

use std::collections::HashMap;

use super::draft::Draft;
use super::lines::Lines;
use super::moved::tick;

/// Fewer days than this show nothing.
const MIN_DAYS: usize = 10;

/// The rows on days of the week whose close is nearly always that of the day before, where those of other days are
/// not: weekends filled in.
pub(super) fn on_days_off(close: &[f64], draft: &Draft) -> Lines {
    let weekday = |row: usize| draft.dates[row].weekday().to_monday_zero_offset() as usize % 7;
    let repeats = |row: usize| close[row] == close[row - 1];
    let mut counts = [(0_usize, 0_usize); 7];
    for row in 1..close.len() {
        let (rows, same) = &mut counts[weekday(row)];
        (*rows, *same) = (*rows + 1, *same + usize::from(repeats(row)));
    }
    let off = counts.map(|(rows, same)| rows >= 5 && 10 * same >= 9 * rows);
    let others =
        (0..7).filter(|&day| !off[day]).fold((0, 0), |(rows, same), day| (rows + counts[day].0, same + counts[day].1));
    let filled: Vec<usize> = (1..close.len()).filter(|&row| off[weekday(row)] && repeats(row)).collect();
    // Where most closes repeat, on whatever day, nothing is told apart.
    if filled.len() < MIN_DAYS || others.0 == 0 || 2 * others.1 > others.0 {
        return Lines::default();
    }
    filled.into_iter().map(|row| draft.line(row)).collect()
}

/// The rows whose close lies in the middle of those before and after it, where there are far more of them than
/// chance makes: as often, that is, as any other distance from the middle.
pub(super) fn between_others(close: &[f64], draft: &Draft) -> Lines {
    let unit = unit(close);
    let bend = |row: usize| {
        let steps = [close[row] - close[row - 1], close[row + 1] - close[row]];
        let moves = steps != [0.0, 0.0] && steps.iter().all(|step| step.is_finite());
        moves.then(|| ((steps[1] - steps[0]) / unit).round() as i64)
    };
    let mut counts: HashMap<i64, usize> = HashMap::new();
    let rows = 1..close.len().saturating_sub(1);
    rows.clone().filter_map(bend).for_each(|bend| *counts.entry(bend).or_default() += 1);
    let straight = counts.remove(&0).unwrap_or(0);
    let chance = counts.into_values().max().unwrap_or(0);
    // One day in forty, and three times what chance makes.
    if straight <= 3 * chance + MIN_DAYS || 40 * straight < close.len() {
        return Lines::default();
    }
    rows.filter(|&row| bend(row) == Some(0)).map(|row| draft.line(row)).collect()
}

/// What distances are counted in: the last decimal, or an odd number of it so that none lies between two, and
/// enough for what rounding does to the middle of two numbers.
fn unit(close: &[f64]) -> f64 {
    const ROUNDING: f64 = 2e-6;
    let tick = tick(close);
    let middle = super::moves::median(close.iter().copied().filter(|price| price.is_finite()).collect());
    let pairs = (ROUNDING * middle.unwrap_or(1.0).abs() / tick / 2.0).floor();
    tick * (2.0 * pairs + 1.0)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::super::moved::tests::noise;
    use super::*;

    /// Closes with two decimals of days in a row.
    fn walk(days: usize) -> (Vec<f64>, Draft) {
        let mut price = 100.0;
        let moves = noise(9).zip(noise(10)).take(days);
        let close = moves.map(|(one, two)| {
            price *= 1.0 + 0.02 * (one + two - 1.0);
            (price * 100.0_f64).round() / 100.0
        });
        let close = close.collect();
        let dates = date(2020, 1, 1).series(1.day()).take(days).collect();
        (close, Draft { dates, lines: (2..).take(days).collect(), ..Draft::default() })
    }

    #[test]
    fn weekends_filled_in_are_told() {
        let (mut close, draft) = walk(400);
        assert!(on_days_off(&close, &draft).is_empty());
        for row in 1..400 {
            if draft.dates[row].weekday().to_monday_zero_offset() > 4 {
                close[row] = close[row - 1];
            }
        }
        let filled = on_days_off(&close, &draft);
        assert_eq!((filled.count(), filled.first()[..2].to_vec()), (114, vec![5, 6]));
        // A price that never moves has no days off.
        assert!(on_days_off(&[100.0; 400], &draft).is_empty());
    }

    #[test]
    fn closes_between_two_others_are_told_from_chance() {
        let (mut close, draft) = walk(1500);
        assert!(between_others(&close, &draft).is_empty());
        for row in (10..1490).step_by(20) {
            close[row] = (close[row - 1] + close[row + 1]) / 2.0;
        }
        let found = between_others(&close, &draft).count();
        assert!((70..86).contains(&found), "{found}");
        // On a coarse grid many closes lie in the middle of others, as many as do not.
        let coarse: Vec<f64> = walk(1500).0.iter().map(|price| (price / 2.0).round() * 2.0).collect();
        assert!(between_others(&coarse, &draft).is_empty());
        assert!(between_others(&[], &draft).is_empty());
    }
}
