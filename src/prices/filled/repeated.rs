//! Closes that repeat the close of the day before.

use super::MIN_DAYS;
use super::chance::Rare;
use super::kinds::{highest_count, is_accrual, is_set, moves_in_few_sizes};
use crate::draft::Draft;
use crate::lines::Lines;
use crate::moves::{median, tick};

/// Returns the rows of weekdays on which the close nearly always repeats the close before, while on other weekdays it
/// does not: filled-in weekends.
pub fn on_days_off(close: &[f64], draft: &Draft) -> Lines {
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
    // If most closes repeat on all days, nothing can be distinguished.
    if filled.len() < MIN_DAYS || others.0 == 0 || 2 * others.1 > others.0 {
        return Lines::default();
    }
    filled.into_iter().map(|row| draft.line(row)).collect()
}

/// Returns the rows that repeat the close of the day before, if on a fine grid they are far more frequent than any
/// other move. A row with a new volume was traded, and counts only if the grid is so fine that hardly any close repeats
/// by chance. `end` is the first of the last rows without trade, which have their own warning.
pub fn repeats(close: &[f64], volume: Option<&[f64]>, end: usize, draft: &Draft) -> Lines {
    /// Grids change over the years, for example from eighths to decimals.
    const MAX_ROWS_OF_GRID: usize = 1000;
    /// On a fine grid, the most frequent move occurs at most once in this many rows, or a few times.
    const MIN_ROWS_PER_MOVE: usize = 20;
    const MAX_REPEATS_OF_MOVE: usize = 3;
    /// On any grid, a few closes repeat by chance.
    const MIN_REPEATS: usize = 4;
    let unit = tick(close);
    let is_traded = |row: usize| volume.is_some_and(|volume| volume[row] > 0.0 && volume[row] != volume[row - 1]);
    let end = end.min(close.len());
    let rows: Vec<usize> = (1..end).collect();
    let steps = |row: usize| ((close[row] - close[row - 1]) / unit).round() as i64;
    if rows.iter().filter(|&&row| steps(row) == 0).count() <= MIN_REPEATS {
        return Lines::default();
    }
    let (mut filled, mut chance) = (Vec::new(), 0);
    let mut rare = Rare::default();
    for years in rows.chunks(MAX_ROWS_OF_GRID) {
        let (mut moves, mut same, mut traded) = (Vec::new(), Vec::new(), Vec::new());
        for &row in years {
            match steps(row) {
                0 if is_traded(row) => traded.push(row),
                0 => same.push(row),
                step => moves.push(step),
            }
        }
        let count = moves.len();
        let sizes: Vec<f64> = moves.iter().map(|step| step.unsigned_abs() as f64).collect();
        rare.see(same.iter().chain(&traded).copied(), &sizes, 1.0);
        let most = highest_count(moves);
        if MIN_ROWS_PER_MOVE * most <= count.max(MIN_ROWS_PER_MOVE * MAX_REPEATS_OF_MOVE) {
            filled.append(&mut same);
            chance += most;
        }
    }
    let is_frequent = filled.len() > 3 * chance + MIN_REPEATS && 40 * filled.len() >= close.len();
    filled = if is_frequent { filled } else { rare.out_of_chance(close.len()) };
    // If most days are without a change, further such days are no evidence; on a tree, one branch can be without a
    // change.
    let are_usual = 2 * rows.iter().filter(|&&row| close[row] == close[row - 1]).count() > rows.len();
    if filled.is_empty() || are_usual || moves_in_few_sizes(close, unit) {
        filled = in_equal_runs(close, unit, end);
    }
    filled.into_iter().map(|row| draft.line(row)).collect()
}

/// Returns the rows that repeat the close of the day before, if most runs of equal closes have one length, such as the
/// days of a week, month or quarter. By chance, the lengths of runs would vary widely. Small accruals, and rates that
/// are set, also change at equal intervals.
fn in_equal_runs(close: &[f64], unit: f64, end: usize) -> Vec<usize> {
    const MIN_LENGTH: usize = 4;
    const MIN_RUNS: usize = 10;
    /// Months have 19 to 23 weekdays, or fewer with holidays.
    const MAX_DIFFERENCE: f64 = 0.2;
    let repeats = |row: &usize| close[*row] == close[*row - 1];
    let starts: Vec<usize> = (1..end).filter(|row| !repeats(row)).collect();
    let lengths: Vec<f64> = starts.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let Some(usual) = median(lengths.clone()).filter(|usual| *usual >= MIN_LENGTH as f64) else { return Vec::new() };
    let alike = lengths.iter().filter(|length| (**length - usual).abs() <= (MAX_DIFFERENCE * usual).max(1.0)).count();
    if alike < MIN_RUNS || 2 * alike < lengths.len() || is_accrual(close) || is_set(close, unit) {
        return Vec::new();
    }
    (1..end).filter(repeats).collect()
}
