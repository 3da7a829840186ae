//! Allowed values of a training run. The same functions check options and the entries of a model file.

use std::fmt::Display;

use thiserror::Error;

use super::config::Config;

/// Maximum number of epochs.
pub const MAX_EPOCHS: usize = 1_000_000;
/// Maximum batch size.
pub const MAX_BATCH: usize = 1_000_000;

/// Bounds on fractions: fractions beyond them would require more rows than files have.
const MIN_FRACTION: f64 = 0.001;
const MAX_FRACTION: f64 = 0.999;
/// Maximum learning rate: networks are trained in single precision, which holds values up to here.
const MAX_RATE: f64 = 1e30;

/// A description of the allowed values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected {0}")]
pub struct Expected(String);

/// A training value in a configuration that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} is {found}, {expected}")]
pub struct WrongTrainingValue {
    /// The entry of [`Config`].
    pub name: &'static str,
    /// The value.
    pub found: String,
    /// The allowed values.
    pub expected: Expected,
}

fn allowed<T>(value: T, is_allowed: bool, expected: impl FnOnce() -> String) -> Result<T, Expected> {
    if is_allowed { Ok(value) } else { Err(Expected(expected())) }
}

/// Checks a count, which must be at least one.
///
/// # Errors
/// The allowed values.
pub fn check_count(count: usize, max: usize) -> Result<usize, Expected> {
    allowed(count, (1..=max).contains(&count), || format!("a whole number from 1 to {max}"))
}

/// Checks a number of epochs; 0 leaves the weights unchanged.
///
/// # Errors
/// The allowed values.
pub fn check_epochs(epochs: usize) -> Result<usize, Expected> {
    allowed(epochs, epochs <= MAX_EPOCHS, || format!("a whole number from 0 to {MAX_EPOCHS}"))
}

/// Checks a fraction of the windows or of the units, or 0.
///
/// # Errors
/// The allowed values.
pub fn check_fraction(fraction: f64) -> Result<f64, Expected> {
    let is_allowed = fraction == 0.0 || (MIN_FRACTION..=MAX_FRACTION).contains(&fraction);
    allowed(fraction, is_allowed, || {
        format!("0, or a fraction from {MIN_FRACTION} to {MAX_FRACTION}, for example 0.15")
    })
}

/// Checks a learning rate.
///
/// # Errors
/// The allowed values.
pub fn check_rate(rate: f64) -> Result<f64, Expected> {
    let is_allowed = rate > 0.0 && rate <= MAX_RATE;
    allowed(rate, is_allowed, || format!("a number above 0 and at most {MAX_RATE:e}, for example 0.003"))
}

/// Checks a probability.
///
/// # Errors
/// The allowed values.
pub fn check_probability(probability: f64) -> Result<f64, Expected> {
    let is_allowed = (0.0..=1.0).contains(&probability);
    allowed(probability, is_allowed, || "a probability from 0 to 1, for example 0.5".into())
}

impl Config {
    /// Refuses values with which networks cannot be trained.
    ///
    /// # Errors
    /// [`WrongTrainingValue`] names the first such value.
    pub fn check_training(&self) -> Result<(), WrongTrainingValue> {
        fn entry<T: Display + Copy>(
            (name, value): (&'static str, T),
            check: impl Fn(T) -> Result<T, Expected>,
        ) -> Result<(), WrongTrainingValue> {
            let wrong = |expected| WrongTrainingValue { name, found: format!("{value}"), expected };
            check(value).map(drop).map_err(wrong)
        }
        entry(("epochs", self.epochs), check_epochs)?;
        entry(("batch_size", self.batch_size), |size| check_count(size, MAX_BATCH))?;
        entry(("learning_rate", self.learning_rate), check_rate)?;
        entry(("valid_fraction", self.valid_fraction), check_fraction)?;
        entry(("dropout", self.dropout), check_fraction)?;
        entry(("teacher_forcing", self.teacher_forcing), check_probability)
    }
}
