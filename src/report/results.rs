//! Whether a file holds results of this program. Only such files are replaced by results.

use crate::columnar::{ColumnType, marker};

/// Returns the type of a column of results in Parquet.
pub(crate) fn type_of(column: &str) -> ColumnType {
    match column {
        "series" | "forecaster" | "model" | "error" | "init_from" | "coverage_of" | "coverage_warning" | "headline"
        | "not_tested_because" => ColumnType::Text,
        "source" | "version" | "trained_on" => ColumnType::Text,
        "calibrated" | "hindsight" | "interrupted" => ColumnType::Bool,
        "origin" | "date" | "first_date" | "last_date" => ColumnType::Date,
        "rows" | "windows" | "epochs" | "test_days" | "calibration_days" | "fallback_days" => ColumnType::Whole,
        "seed" => ColumnType::Unsigned,
        _ if column.ends_with("_finding_of_model") => ColumnType::Text,
        _ => ColumnType::Number,
    }
}

/// The first columns of csv and keys of json: of `predict`, `backtest` and `train`, of runs in which every series
/// failed, and of `inspect` (of prices and of models).
const BEGINNINGS: [&[&str]; 8] = [
    &["series", "origin", "date", "last_close", "forecast"],
    &["series", "forecaster", "test_days"],
    &["series", "rows", "test_days"],
    &["model", "series", "rows"],
    &["series", "model", "rows"],
    &["series", "error"],
    &["file", "rows", "usable_rows"],
    &["model", "format_version"],
];

/// Whether `head`, the beginning of a file, is that of results in csv or json; for Parquet, `head` also has the file's
/// end.
pub fn are_results(head: &[u8]) -> bool {
    if marker::is_of_results(head) {
        return true;
    }
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // The head can end within a character.
    let line = String::from_utf8_lossy(line);
    BEGINNINGS.iter().any(|names| is_header(&line, names) || is_object(&line, names))
}

fn is_header(line: &str, names: &[&str]) -> bool {
    let mut columns = line.split(',');
    names.iter().all(|name| columns.next() == Some(*name))
}

/// Whether the line is an object that begins with these keys. Values are skipped: they are strings or numbers.
fn is_object(line: &str, names: &[&str]) -> bool {
    let mut rest = line.strip_prefix('{');
    for (number, name) in names.iter().enumerate() {
        let key = format!("{}\"{name}\":", if number == 0 { "" } else { "," });
        rest = rest.and_then(|rest| rest.strip_prefix(&key)).and_then(after_value);
    }
    rest.is_some()
}

/// Returns the text after a string or a number.
fn after_value(text: &str) -> Option<&str> {
    let Some(string) = text.strip_prefix('"') else {
        return text.find([',', '}']).map(|end| &text[end..]);
    };
    let mut escaped = false;
    for (place, c) in string.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&string[place + 1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_known_by_their_first_columns_or_keys() {
        for own in [
            "series,origin,date,last_close,forecast,lower_50\nA,",
            "series,error\n",
            "series,forecaster,test_days,rmse\n",
            r#"{"series":"a\",b","origin":"2024-01-02","date":"2024-01-03","last_close":1.5,"forecast":2}"#,
            r#"{"series":"A","error":"no such file","help":null}"#,
            r#"{"series":"A","rows":100,"test_days":20,"#,
            r#"{"model":"m","series":"A","rows":100,"#,
        ] {
            assert!(are_results(own.as_bytes()), "{own}");
        }
        for other in [
            "",
            "series,date,close\nA,2024-01-02,1\n",
            "series,errors\n",
            "Date,Close\n",
            "{}",
            r#"{"series":"A","close":1}"#,
            r#"{"series":"A"#,
            r#"[{"series":"A","error":"x"}]"#,
        ] {
            assert!(!are_results(other.as_bytes()), "{other}");
        }
    }
}
