//! The footer of a Parquet file, checked, and the columns that are read.

use std::sync::Arc;

use parquet::file::metadata::{
    ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy, RowGroupMetaData,
};
use parquet::file::reader::ChunkReader;
use serde_json::Value;

use super::super::Columns;
use super::kind::Kind;
use super::pages::Codec;
use super::{TableError, damaged};

/// Maximum number of plausible rows per byte of a file: no memory is allocated for more.
const ROWS_PER_BYTE: u64 = 8;

/// Number of rows that any file can have, whatever its size.
const FEW_ROWS: u64 = 1_000_000;

/// The last bytes of a file with an encrypted footer.
const ENCRYPTED: &[u8] = b"PARE";

/// A column that is read.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// The index of the column in the file.
    pub place: usize,
    pub kind: Kind,
    /// Whether a time is written as a day.
    pub days: bool,
}

/// A file whose footer was read and checked.
pub(super) struct Footer<R> {
    pub file: Arc<R>,
    pub data: ParquetMetaData,
    pub leaves: Vec<Leaf>,
    pub columns: Columns,
    pub length: u64,
}

impl<R: ChunkReader> Footer<R> {
    /// Reads and checks the footer of a file.
    pub fn read(file: R) -> Result<Self, TableError> {
        let length = file.len();
        if length >= 4 && file.get_bytes(length - 4, 4).is_ok_and(|end| end == ENCRYPTED) {
            return Err(TableError::Encrypted);
        }
        let options = ParquetMetaDataOptions::new()
            .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let read = ParquetMetaDataReader::new().with_metadata_options(Some(options)).parse_and_finish(&file);
        let data = read.map_err(|error| TableError::Read(damaged(error)))?;
        check(&data, length).map_err(|what| TableError::Read(damaged(what)))?;
        let (leaves, left_out) = leaves(&data);
        if leaves.is_empty() {
            return Err(TableError::NoColumns);
        }
        check_codecs(&data, &leaves)?;
        let columns = Columns { left_out, ..named(&data, &leaves) };
        Ok(Footer { file: Arc::new(file), data, leaves, columns, length })
    }
}

/// Checks the assumptions of the readers of columns: positions inside the file, the same number of columns in each row
/// group, and numbers of rows that the file can hold.
fn check(data: &ParquetMetaData, length: u64) -> Result<(), String> {
    let columns = data.file_metadata().schema_descr().num_columns();
    let mut rows: u64 = 0;
    for group in data.row_groups() {
        let own = u64::try_from(group.num_rows()).map_err(|_| "a negative number of rows")?;
        rows = rows.saturating_add(own);
        if group.num_columns() != columns {
            return Err("a group of rows without all columns".into());
        }
        check_places(group, length)?;
    }
    if rows > FEW_ROWS.max(length.saturating_mul(ROWS_PER_BYTE)) {
        return Err(format!("it claims {rows} rows in {length} bytes"));
    }
    Ok(())
}

fn check_places(group: &RowGroupMetaData, length: u64) -> Result<(), String> {
    for column in group.columns() {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let end = start.checked_add(column.compressed_size()).filter(|_| start >= 0 && column.compressed_size() >= 0);
        if end.and_then(|end| u64::try_from(end).ok()).is_none_or(|end| end > length) {
            return Err(format!("column '{}' lies outside the file", column.column_path().string()));
        }
    }
    Ok(())
}

fn check_codecs(data: &ParquetMetaData, leaves: &[Leaf]) -> Result<(), TableError> {
    let columns = data.row_groups().iter().flat_map(|group| leaves.iter().map(|leaf| group.column(leaf.place)));
    for column in columns {
        Codec::of(column.compression_codec()).map_err(TableError::Read)?;
    }
    Ok(())
}

/// Returns the columns that are read, and the names of the others. The index of a pandas table is the last column in
/// the file and is moved to the front, as pandas does when it writes csv.
fn leaves(data: &ParquetMetaData) -> (Vec<Leaf>, Vec<String>) {
    let schema = data.file_metadata().schema_descr();
    let (mut leaves, mut left_out) = (Vec::new(), Vec::new());
    for (place, column) in schema.columns().iter().enumerate() {
        match Kind::of(column) {
            Some(kind) => leaves.push(Leaf { place, kind, days: false }),
            None => left_out.extend(column.path().parts().first().cloned()),
        }
    }
    left_out.dedup();
    let index = index_of_pandas(data);
    let name = |leaf: &Leaf| schema.column(leaf.place).name().to_owned();
    leaves.sort_by_key(|leaf| index.iter().position(|own| *own == name(leaf)).unwrap_or(index.len()));
    (leaves, left_out)
}

/// Returns the names of the columns that are the index of a pandas table.
fn index_of_pandas(data: &ParquetMetaData) -> Vec<String> {
    let entries = data.file_metadata().key_value_metadata().into_iter().flatten();
    let pandas = entries.filter(|entry| entry.key == "pandas").find_map(|entry| entry.value.as_deref());
    let about: Value = pandas.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let names = about.get("index_columns").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

fn named(data: &ParquetMetaData, leaves: &[Leaf]) -> Columns {
    let schema = data.file_metadata().schema_descr();
    let names: Vec<String> = leaves.iter().map(|leaf| own_name(schema.column(leaf.place).name()).to_owned()).collect();
    let pairs: Vec<Option<(String, String)>> = names.iter().map(|name| pair(name)).collect();
    // The index has only one name.
    let paired = pairs.iter().filter(|pair| pair.is_some()).count();
    if paired == 0 || paired + 1 < names.len() {
        return Columns { names, ..Columns::default() };
    }
    let both = names.iter().zip(pairs).map(|(name, pair)| pair.unwrap_or_else(|| (name.clone(), String::new())));
    let (names, second) = both.unzip();
    Columns { names, second, left_out: Vec::new() }
}

/// Returns a name without surrounding blanks; empty for the index without a name, although its column has a name.
fn own_name(name: &str) -> &str {
    let name = name.trim();
    let number = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
    if number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) { "" } else { name }
}

/// Returns the names of a column that has two, in Python's notation: `('Close', 'AAPL')`.
fn pair(name: &str) -> Option<(String, String)> {
    let inner = name.strip_prefix("('")?.strip_suffix("')")?;
    let (first, second) = inner.split_once("', '")?;
    let is_simple = |text: &str| !text.contains(['\'', '\\']);
    (is_simple(first) && is_simple(second)).then(|| (first.trim().to_owned(), second.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pandas_are_read() {
        assert_eq!(own_name("__index_level_0__"), "");
        assert_eq!(own_name(" Date "), "Date");
        assert_eq!(pair("('Close', 'AAPL')"), Some(("Close".into(), "AAPL".into())));
        assert_eq!(pair("('Close', '')"), Some(("Close".into(), String::new())));
        assert_eq!(pair("Close"), None);
        assert_eq!(pair("('a', 'b', 'c')"), None);
    }
}
