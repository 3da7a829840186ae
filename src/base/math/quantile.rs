//! Quantiles of samples.

/// Returns the quantile at `p` of sorted values, interpolated linearly between the two nearest (type 7 of Hyndman & Fan
/// 1996, the default of R and numpy). There must be at least one value.
pub fn sample_quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_between_the_nearest_values() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 0.5, 0.75, 1.0].map(|p| sample_quantile(&values, p)), [1.0, 3.0, 5.0, 8.0]);
        assert_eq!(sample_quantile(&[3.0], 0.4), 3.0);
    }
}
