//! The fuzzer's initial files and its former findings are read or refused, and never cause a panic.

use std::fs;
use std::path::Path;

use fourcast::prices::{self, ReadOptions};

#[test]
fn the_fuzzers_corpus_is_read_or_refused() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/reader");
    let (mut read, mut refused) = (0, 0);
    for entry in fs::read_dir(corpus).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        match prices::read_bytes("prices.csv", &bytes, &ReadOptions::default()) {
            Ok(reading) => {
                read += 1;
                for series in &reading.series {
                    assert!(!series.is_empty() && series.dates.is_sorted_by(|one, next| one < next));
                    assert!(series.close.iter().chain(&series.adjusted).all(|price| price.is_finite()));
                }
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("prices.csv"), "{error}");
            }
        }
    }
    assert!(read > 50 && read + refused > 80, "{read} read, {refused} refused");
}
