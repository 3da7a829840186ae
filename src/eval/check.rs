//! Checks of the inputs of scores.

use super::EvalError;

/// Checks that all `columns` have the same number of days, at least one, and only finite numbers.
/// Returns the number of days.
pub(crate) fn same_days(columns: &[(&'static str, &[f64])]) -> Result<usize, EvalError> {
    let mut days = None;
    for &(what, column) in columns {
        let expected = *days.get_or_insert(column.len());
        if column.len() != expected {
            return Err(EvalError::Length { what, got: column.len(), expected });
        }
        if column.is_empty() {
            return Err(EvalError::Empty { what });
        }
        finite(what, column)?;
    }
    Ok(days.unwrap_or(0))
}

/// Checks that a column contains no infinity and no NaN.
pub(crate) fn finite(what: &'static str, column: &[f64]) -> Result<(), EvalError> {
    match column.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(EvalError::NotFinite { what, index, value: column[index] }),
        None => Ok(()),
    }
}

/// Checks that a number lies strictly between zero and one.
pub(crate) fn fraction(what: &'static str, value: f64) -> Result<(), EvalError> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    Err(EvalError::OutOfRange { what, value, expected: "a fraction strictly between 0 and 1" })
}

/// Checks that there are at least `needed` entries.
pub(crate) fn at_least(what: &'static str, got: usize, needed: usize) -> Result<(), EvalError> {
    if got >= needed { Ok(()) } else { Err(EvalError::TooFew { what, got, needed }) }
}

/// Whether a column contains two different numbers. Its variance cannot decide that: rounding of the mean gives a
/// constant column a variance of about 1e-32.
pub(crate) fn varies(column: &[f64]) -> bool {
    column.iter().any(|x| x != &column[0])
}

/// Returns the arithmetic mean; `values` must not be empty.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_column_is_an_error() {
        let error = same_days(&[("actual", &[]), ("forecast", &[])]);
        assert_eq!(error, Err(EvalError::Empty { what: "actual" }));
    }

    #[test]
    fn columns_of_different_length_are_an_error() {
        let error = same_days(&[("actual", &[1.0]), ("forecast", &[1.0, 2.0])]);
        assert_eq!(error, Err(EvalError::Length { what: "forecast", got: 2, expected: 1 }));
    }

    #[test]
    fn a_nan_is_an_error_with_its_place() {
        let error = same_days(&[("actual", &[1.0, f64::NAN])]);
        assert!(matches!(error, Err(EvalError::NotFinite { what: "actual", index: 1, .. })));
    }

    #[test]
    fn levels_are_fractions_not_percent() {
        assert!(fraction("level", 0.9).is_ok());
        assert!(fraction("level", 90.0).is_err());
        assert!(fraction("level", 0.0).is_err());
        assert!(fraction("level", f64::NAN).is_err());
    }
}
