//! The part of the series that one machine processes.
//!
//! A series belongs to the shard given by the hash of its name: the first eight bytes of the SHA-256 of the name in
//! UTF-8, read as a big-endian number, modulo the number of shards, plus one. A series therefore keeps its shard
//! whatever other series there are, in every version of the program, and other programs can compute it.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Shard `index` of `count`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

/// The error of a text or numbers that are not a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ShardError {
    /// The text is not two numbers.
    #[error("expected a shard as I/N, for example 3/64, with numbers up to {}", u32::MAX)]
    Form,
    /// The number of shards is zero.
    #[error("expected at least one shard, for example 1/1")]
    None,
    /// The shard is counted from 0.
    #[error("shards are counted from 1: the first of {count} is 1/{count}")]
    Zero {
        /// The number of shards.
        count: u32,
    },
    /// The shard is after the last one.
    #[error("there is no shard {index} of {count}: the last is {count}/{count}")]
    Beyond {
        /// The shard.
        index: u32,
        /// The number of shards.
        count: u32,
    },
}

impl Shard {
    /// Creates shard `index` of `count`, both counted from 1.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(index: u32, count: u32) -> Result<Shard, ShardError> {
        let known = NonZeroU32::new(count).ok_or(ShardError::None)?;
        match index {
            0 => Err(ShardError::Zero { count }),
            _ if index > count => Err(ShardError::Beyond { index, count }),
            _ => Ok(Shard { index, count: known }),
        }
    }

    /// Returns the shard, of `count`, that a series belongs to.
    pub fn of(series: &str, count: NonZeroU32) -> Shard {
        let hash = Sha256::digest(series.as_bytes());
        let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // The remainder is below the count, so the sum is at most the count.
        Shard { index: (number % u64::from(count.get())) as u32 + 1, count }
    }

    /// Returns its number, from 1.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Returns the number of shards.
    pub fn count(self) -> u32 {
        self.count.get()
    }

    /// Whether a series belongs to this shard.
    pub fn contains(self, series: &str) -> bool {
        Shard::of(series, self.count) == self
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// Parses a number of digits only, without sign or blank.
fn number(digits: &str) -> Result<u32, ShardError> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain).ok_or(ShardError::Form)
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, count) = text.split_once('/').ok_or(ShardError::Form)?;
        Shard::new(number(index)?, number(count)?)
    }
}

impl TryFrom<String> for Shard {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(series: &str, count: u32) -> u32 {
        Shard::of(series, count.try_into().unwrap()).index()
    }

    /// The vectors in docs/scaling.md, computed with coreutils: printf AAPL | sha256sum.
    #[test]
    fn a_series_keeps_its_shard_in_every_version() {
        let text = include_str!("../../docs/scaling.md");
        let vectors: Vec<Vec<&str>> = text
            .lines()
            .filter(|line| line.starts_with("| `") && line.contains(" | `0x"))
            .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        assert_eq!(vectors.len(), 5);
        for vector in vectors {
            let [series, number, of_3, of_64, of_1000] = vector[..] else { panic!("{vector:?}") };
            let number = u64::from_str_radix(number.trim_start_matches("0x"), 16).unwrap();
            for (count, shard) in [(3, of_3), (64, of_64), (1000, of_1000)] {
                assert_eq!(number % u64::from(count) + 1, shard.parse::<u64>().unwrap(), "{series}");
                assert_eq!(of(series, count).to_string(), shard, "{series} of {count}");
            }
        }
    }

    #[test]
    fn each_series_belongs_to_one_shard_and_the_shards_are_about_as_large() {
        let names: Vec<String> = (0..6_000).map(|number| format!("S{number}")).collect();
        let size = |index| names.iter().filter(|name| Shard::new(index, 6).unwrap().contains(name)).count();
        let sizes: Vec<usize> = (1..=6).map(size).collect();
        assert_eq!(sizes.iter().sum::<usize>(), names.len());
        // Five standard deviations of a binomial count are 144.
        assert!(sizes.iter().all(|size| size.abs_diff(1_000) < 144), "{sizes:?}");
        assert!(names.iter().all(|name| of(name, 1) == 1 && of(name, u32::MAX) >= 1));
    }

    #[test]
    fn a_shard_is_two_numbers_from_1() {
        let parse = str::parse::<Shard>;
        assert_eq!(parse("3/64"), Shard::new(3, 64));
        assert_eq!(parse("4294967295/4294967295").unwrap().to_string(), "4294967295/4294967295");
        assert_eq!(parse("0/2"), Err(ShardError::Zero { count: 2 }));
        assert_eq!(parse("3/2"), Err(ShardError::Beyond { index: 3, count: 2 }));
        assert_eq!(parse("0/0"), Err(ShardError::None));
        for text in ["a", "", "/", "1", "1/", "/2", "+1/2", "1/ 2", "1/2/3", "1/4294967296", "-1/2", "1.0/2"] {
            assert_eq!(parse(text), Err(ShardError::Form), "{text}");
        }
        assert_eq!(serde_json::to_string(&Shard::new(1, 2).unwrap()).unwrap(), "\"1/2\"");
        assert!(serde_json::from_str::<Shard>("\"2/1\"").is_err());
    }
}
