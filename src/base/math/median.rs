//! Medians that are always one of the values.

/// Returns the median; of two middle values, the lower one.
pub fn lower_median(values: Vec<f64>) -> Option<f64> {
    let middle = values.len().max(1).div_ceil(2) - 1;
    at_rank(values, middle)
}

/// Returns the median; of two middle values, the upper one.
pub fn upper_median(values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    at_rank(values, middle)
}

fn at_rank(mut values: Vec<f64>, rank: usize) -> Option<f64> {
    (rank < values.len()).then(|| *values.select_nth_unstable_by(rank, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_even_number_of_values_either_middle_one() {
        for (values, lower, upper) in [
            (vec![], None, None),
            (vec![3.0], Some(3.0), Some(3.0)),
            (vec![3.0, 1.0], Some(1.0), Some(3.0)),
            (vec![3.0, 1.0, 2.0], Some(2.0), Some(2.0)),
            (vec![4.0, -1.0, f64::NAN, 2.0], Some(2.0), Some(4.0)),
        ] {
            assert_eq!((lower_median(values.clone()), upper_median(values)), (lower, upper));
        }
    }
}
