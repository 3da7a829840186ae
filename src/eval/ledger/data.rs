//! The hash of the prices that a forecast was made from.
//!
//! It is the SHA-256 of a text with one line for each row up to the origin, oldest first: the date as `YYYY-MM-DD`, a
//! comma, and the quoted close in the shortest form that reads back as the same number, with `.0` after a whole number.
//! It can therefore be recomputed from the file of prices by any program. Adjusted closes are not included, because a
//! vendor changes all of them with every dividend.

use sha2::{Digest, Sha256};

use fourcast_base::files::checksum::hexadecimal;
use fourcast_prices::PriceSeries;

/// Returns the hash of all rows of a series.
pub fn data_hash(series: &PriceSeries) -> String {
    data_hashes(series, &[series.len().saturating_sub(1)]).pop().unwrap_or_default()
}

/// Returns the hashes of the rows up to each of `origins`, which must increase. An origin after the last row has the
/// hash of all rows.
pub fn data_hashes(series: &PriceSeries, origins: &[usize]) -> Vec<String> {
    let (mut hash, mut hashed) = (Sha256::new(), 0);
    let up_to = |origin: &usize| {
        let rows = hashed..series.len().min(origin + 1);
        for (date, close) in series.dates[rows.clone()].iter().zip(&series.close[rows.clone()]) {
            hash.update(format!("{date},{close:?}\n"));
        }
        hashed = rows.end.max(hashed);
        hexadecimal(hash.clone())
    };
    origins.iter().map(up_to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn series(close: &[f64]) -> PriceSeries {
        let dates = (1..).map(|day| date(2024, 1, day)).take(close.len()).collect();
        PriceSeries { dates, close: close.to_vec(), adjusted: close.to_vec(), ..PriceSeries::default() }
    }

    /// Computed with coreutils: printf '2024-01-01,130.31\n2024-01-02,122.0\n' | sha256sum
    #[test]
    fn it_is_the_sha_256_of_dates_and_closes() {
        let both = "d31f22c7bb706ba9e4bbfb1947980a46829e83faacacd0fcfd2f80d69d5a5626";
        let two = series(&[130.31, 122.0]);
        assert_eq!(data_hash(&two), both);
        let three = series(&[130.31, 122.0, 124.5]);
        assert_eq!(data_hashes(&three, &[0, 1, 2])[1], both);
        assert_eq!(data_hashes(&three, &[1, 1]), [both, both]);
        assert_eq!(data_hashes(&three, &[2])[0], data_hash(&three));
    }

    #[test]
    fn an_adjustment_changes_nothing_and_a_close_does() {
        let mut other = series(&[130.31, 122.0]);
        other.adjusted = vec![1.0, 2.0];
        assert_eq!(data_hash(&other), data_hash(&series(&[130.31, 122.0])));
        assert_ne!(data_hash(&series(&[130.31, 122.01])), data_hash(&other));
    }
}
