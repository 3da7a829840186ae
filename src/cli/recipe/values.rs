//! Values of options: numbers within their bounds, one or several.

use std::str::FromStr;

use crate::eval::tune::{Setting, Values};
use crate::model::Expected;
use crate::model::training_values::{check_count, check_epochs, check_fraction, check_probability, check_rate};

/// Parses a number and checks it. `wrong` is a number that fails the check; it replaces text that is not a number.
fn checked<T: FromStr>(text: &str, wrong: T, check: impl Fn(T) -> Result<T, Expected>) -> Result<T, String> {
    check(text.trim().parse().unwrap_or(wrong)).map_err(|expected| expected.to_string())
}

pub fn count(max: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text: &str| checked(text, 0, |count| check_count(count, max))
}

/// Returns a parser of the single value of an option for which `tune` accepts several.
pub(super) fn one<T>(
    parse: impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<Values<T>, String> + Clone + Send + Sync + 'static {
    move |text: &str| Ok(Values::Each(vec![parse(text)?]))
}

/// Returns a parser of several values of an option, or a range of them.
pub fn several<T: Setting>(
    parse: impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<Values<T>, String> + Clone + Send + Sync + 'static {
    move |text: &str| Values::parse(text, &parse)
}

pub(super) fn maximum_epochs(text: &str) -> Result<usize, String> {
    checked(text, usize::MAX, check_epochs)
}

pub(super) fn epochs(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a whole number from 0, for example 5".into())
}

pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Parses a fraction of the windows, or 0.
pub fn fraction(text: &str) -> Result<f64, String> {
    checked(text, f64::NAN, check_fraction)
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    checked(text, f64::NAN, check_rate)
}

pub(super) fn probability(text: &str) -> Result<f64, String> {
    checked(text, f64::NAN, check_probability)
}
