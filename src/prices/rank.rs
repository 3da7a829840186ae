//! Spearman's rank correlation.

/// Returns the rank of each row by one of its numbers; ties are ranked in the order of the rows.
pub(super) fn ranks<const N: usize>(rows: &[[f64; N]], place: usize) -> Vec<u32> {
    let mut order: Vec<(f64, u32)> = (0..).zip(rows).map(|(row, numbers)| (numbers[place], row)).collect();
    order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    let mut ranks = vec![0; rows.len()];
    (0..).zip(order).for_each(|(rank, (_, row))| ranks[row as usize] = rank);
    ranks
}

/// Returns Spearman's rank correlation of two columns of ranks; ties are not averaged.
pub(super) fn rank_correlation(one: &[u32], other: &[u32]) -> f64 {
    let count = one.len() as f64;
    let squares: f64 = one.iter().zip(other).map(|(one, other)| (f64::from(*one) - f64::from(*other)).powi(2)).sum();
    1.0 - 6.0 * squares / (count * (count * count - 1.0))
}
