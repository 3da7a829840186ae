//! The values of a setting in a search: a list, or a range.

use std::fmt::{self, Display};

use rand::RngExt;
use rand_pcg::Pcg64;

/// The values of a setting to be tried.
#[derive(Debug, Clone, PartialEq)]
pub enum Values<T> {
    /// Each of these values, with equal probability.
    Each(Vec<T>),
    /// The values from the first to the second, uniformly on a logarithmic scale.
    Between(T, T),
}

/// A setting whose values can be interpolated.
pub trait Setting: Copy + PartialOrd {
    /// Returns the value at `fraction` of the way from `low` to `high` on a logarithmic scale; `fraction` is at least 0
    /// and less than 1.
    fn between(low: Self, high: Self, fraction: f64) -> Self;
}

impl Setting for usize {
    /// For whole numbers, the probability of k is about proportional to 1 / k.
    fn between(low: usize, high: usize, fraction: f64) -> usize {
        let [from, to] = [low as f64, (high + 1) as f64];
        ((from * (to / from).powf(fraction)) as usize).clamp(low, high)
    }
}

impl Setting for f64 {
    /// Rounds to two significant digits, which are enough to distinguish rates and are short to type.
    fn between(low: f64, high: f64, fraction: f64) -> f64 {
        let value = low * (high / low).powf(fraction);
        let rounded = format!("{value:.1e}").parse().unwrap_or(value);
        f64::clamp(rounded, low, high)
    }
}

impl<T: Setting> Values<T> {
    /// Draws one of the values at random.
    pub(super) fn draw(&self, rng: &mut Pcg64) -> T {
        match self {
            Values::Each(values) => values[rng.random_range(0..values.len())],
            Values::Between(low, high) => T::between(*low, *high, rng.random()),
        }
    }

    /// Whether a value is one of them.
    pub fn contains(&self, value: T) -> bool {
        match self {
            Values::Each(values) => values.contains(&value),
            Values::Between(low, high) => (*low..=*high).contains(&value),
        }
    }

    /// Returns the first value of a list or the lowest of a range: the value of a setting that is not searched.
    pub fn first(&self) -> T {
        match self {
            Values::Each(values) => values[0],
            Values::Between(low, _) => *low,
        }
    }

    /// Reads `8,16,32` or `8..64`, each number with `one`.
    ///
    /// # Errors
    /// Those of `one`, and if the upper end of a range is below the lower.
    pub fn parse<E: From<String>>(text: &str, one: impl Fn(&str) -> Result<T, E>) -> Result<Values<T>, E> {
        match text.split_once("..") {
            Some((low, high)) => {
                let (low, high) = (one(low.trim())?, one(high.trim())?);
                let is_range = low <= high;
                if is_range {
                    Ok(Values::Between(low, high))
                } else {
                    Err("expected the lower end of the range before the higher one".to_owned().into())
                }
            }
            None => text.split(',').map(|value| one(value.trim())).collect::<Result<_, E>>().map(Values::Each),
        }
    }
}

impl<T: Display> Display for Values<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Values::Each(values) => {
                let texts: Vec<String> = values.iter().map(T::to_string).collect();
                f.write_str(&texts.join(","))
            }
            Values::Between(low, high) => write!(f, "{low}..{high}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn parse(text: &str) -> Result<Values<usize>, String> {
        Values::parse(text, |text| text.parse::<usize>().map_err(|error| error.to_string()))
    }

    #[test]
    fn a_list_or_a_range_is_read_as_it_is_written() {
        assert_eq!(parse("8, 16"), Ok(Values::Each(vec![8, 16])));
        assert_eq!(parse("8..64"), Ok(Values::Between(8, 64)));
        for text in ["8", "8,16", "8..64"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        for text in ["", "8,", "8..", "64..8", "8..16..32"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    /// From 1 to 7, on a logarithmic scale, 1, 2 to 3, and 4 to 7 each have a probability of a third, because ln 2 / ln
    /// 8 is a third.
    #[test]
    fn a_range_is_drawn_from_on_a_logarithmic_scale() {
        let mut rng = Pcg64::seed_from_u64(1);
        let mut thirds = [0_usize; 3];
        for _ in 0..6000 {
            let value = Values::Between(1_usize, 7).draw(&mut rng);
            assert!((1..=7).contains(&value));
            thirds[value.ilog2() as usize] += 1;
        }
        assert!(thirds.iter().all(|count| count.abs_diff(2000) < 150), "{thirds:?}");
        let rates: Vec<f64> = (0..500).map(|_| Values::Between(5e-4, 1e-2).draw(&mut rng)).collect();
        assert!(rates.iter().all(|rate| (5e-4..=1e-2).contains(rate) && format!("{rate:.1e}").parse() == Ok(*rate)));
        let below = rates.iter().filter(|rate| **rate < 2.2e-3).count();
        assert!(below.abs_diff(250) < 50, "{below}");
    }
}
