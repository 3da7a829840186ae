//! Describes what is wrong with a line that is not a forecast. The parser's own messages are not shown because they
//! name positions in the line and types of this program.

use std::fmt;

use jiff::civil::Date;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use fourcast_prices::Frequency;

/// The fault of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault(String);

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The entries of a forecast other than its quantiles, with the kind of value of each.
const ENTRIES: [(&str, Holds); 11] = [
    ("fourcast_ledger", Holds::Count),
    ("series", Holds::Text),
    ("frequency", Holds::Frequency),
    ("origin", Holds::Day),
    ("date", Holds::Day),
    ("horizon", Holds::Count),
    ("last_close", Holds::Number),
    ("forecast", Holds::Number),
    ("model", Holds::TextOrNull),
    ("data", Holds::Text),
    ("version", Holds::Text),
];

/// The kind of value of an entry.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Count,
    Number,
    Text,
    TextOrNull,
    Day,
    Frequency,
}

impl Holds {
    fn is(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Holds::Count => value.is_u64(),
            Holds::Number => value.is_number(),
            Holds::Text => text.is_some(),
            Holds::TextOrNull => text.is_some() || value.is_null(),
            Holds::Day => text.is_some_and(|text| text.parse::<Date>().is_ok()),
            Holds::Frequency => Frequency::deserialize(value).is_ok(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Holds::Count => "a whole number",
            Holds::Number => "a number",
            Holds::Text => "a text",
            Holds::TextOrNull => "a text or null",
            Holds::Day => "a day as YYYY-MM-DD",
            Holds::Frequency => "daily, weekly or monthly",
        }
    }
}

impl LineFault {
    /// Returns what is wrong with a line that cannot be read as a forecast.
    pub(super) fn of(line: &[u8]) -> LineFault {
        LineFault(fault(line))
    }
}

fn fault(line: &[u8]) -> String {
    if std::str::from_utf8(line).is_err() {
        return "it is not text in UTF-8".into();
    }
    if line.trim_ascii().is_empty() {
        return "it is empty".into();
    }
    let Ok(Object(entries)) = serde_json::from_slice(line) else {
        return "it is not a JSON object, or was changed or cut off".into();
    };
    match doubled(&entries) {
        Some((one, other)) if one == other => return format!("it has '{one}' twice"),
        Some((one, other)) => return format!("it has '{one}' and '{other}', which are the same quantile"),
        None => {}
    }
    for (name, holds) in ENTRIES {
        let value = entries.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        match value {
            // The hash of the model is the only optional entry.
            None if name != "model" => return format!("it has no '{name}'"),
            Some(value) if !holds.is(value) => {
                return format!("'{name}' is {}, expected {}", short(value), holds.words());
            }
            _ => {}
        }
    }
    "its entries are not those of a forecast".into()
}

/// Returns a value as shown in a message.
fn short(value: &Value) -> String {
    const MAX_LENGTH: usize = 40;
    let text = value.to_string();
    if text.chars().count() <= MAX_LENGTH { text } else { text.chars().take(MAX_LENGTH).chain(['…']).collect() }
}

/// A JSON object with all of its entries, including duplicates.
pub(super) struct Object(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Returns two entries with the same name, or two quantiles at the same level.
pub(super) fn doubled(entries: &[(String, Value)]) -> Option<(&str, &str)> {
    let mut names: Vec<&str> = entries.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Some((pair[0], pair[1]));
    }
    let level = |name: &str| name.strip_prefix('q')?.parse::<f64>().ok().filter(|level| level.is_finite());
    let mut levels: Vec<(f64, &str)> = entries.iter().filter_map(|(name, _)| Some((level(name)?, &**name))).collect();
    levels.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    levels.windows(2).find(|pair| pair[1].0 - pair[0].0 < 1e-9).map(|pair| (pair[0].1, pair[1].1))
}
