//! Records of names and values, which csv and json print.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Serializer, Value};

use super::number::rounded;
use super::terminal::VisibleJson;

/// Names and values, in the order in which csv and json print them.
pub(super) type Record = Map<String, Value>;

/// Writes each record as an object on a line of its own.
pub(super) fn write_json(out: &mut dyn Write, records: &[Record]) -> io::Result<()> {
    for record in records {
        record.serialize(&mut Serializer::with_formatter(&mut *out, VisibleJson))?;
        writeln!(out)?;
    }
    out.flush()
}

/// Returns a value as csv writes it: as in json, but strings without quotes.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Returns the record of a struct.
pub(super) fn record(fields: &impl Serialize) -> io::Result<Record> {
    match serde_json::to_value(fields)? {
        Value::Object(record) => Ok(record),
        other => Err(io::Error::other(format!("{other} is not a record"))),
    }
}

/// Returns the record of a struct of computed numbers, each rounded to the digits that csv and json have.
pub(super) fn rounded_record(fields: &impl Serialize) -> io::Result<Record> {
    let mut record = record(fields)?;
    record.values_mut().for_each(round);
    Ok(record)
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = number.as_f64().map(rounded).into(),
        Value::Array(values) => values.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn computed_numbers_are_rounded_at_any_depth_and_counts_are_not() {
        let record =
            rounded_record(&json!({"a": 1.0 / 3.0, "n": 123_456_789_012_u64, "b": [{"c": 2.0 / 3.0}]})).unwrap();
        assert_eq!(Value::from(record), json!({"a": 0.33333333, "n": 123_456_789_012_u64, "b": [{"c": 0.66666667}]}));
    }
}
