//! Reading the committed fixtures.

use serde::de::DeserializeOwned;

/// Reads `tests/fixtures/<path>`.
pub fn read<T: DeserializeOwned>(path: &str) -> T {
    let file = format!("{}/tests/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Asserts that two numbers agree to `tolerance`, relative to the expected number, or absolute if that is smaller than
/// one.
#[track_caller]
pub fn assert_close(what: &str, got: f64, expected: f64, tolerance: f64) {
    let error = (got - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{what}: got {got}, expected {expected}, off by {error:e}");
}
