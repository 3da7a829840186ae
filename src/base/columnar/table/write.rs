//! Writes a csv table as a Parquet file: the same rows, each column with its type. Equal tables give equal bytes.

use std::io::{self, Read, Write};
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord};
use jiff::civil::{Date, date};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::columnar::{ColumnType, marker};

/// Rows per row group.
const ROWS: usize = 64 * 1024;

/// Writes a table with a header of names. Empty cells become null; a table without a header has no rows.
///
/// # Errors
/// Any error of reading and writing, or if a cell is not of the type of its column.
pub fn write(csv: impl Read, type_of: impl Fn(&str) -> ColumnType, out: impl Write + Send) -> io::Result<()> {
    let mut rows = ReaderBuilder::new().has_headers(false).from_reader(csv);
    let mut row = StringRecord::new();
    let names: Vec<String> = match rows.read_record(&mut row)? {
        true => row.iter().map(str::to_owned).collect(),
        false => vec!["series".to_owned()],
    };
    let types: Vec<ColumnType> = names.iter().map(|name| type_of(name)).collect();
    let mut file = Table::begin(&names, &types, out).map_err(of_crate)?;
    let mut columns: Vec<Cells> = types.iter().map(|of| Cells::of(*of)).collect();
    let mut count = 0;
    while rows.read_record(&mut row)? {
        for ((cell, cells), name) in row.iter().zip(&mut columns).zip(&names) {
            cells.push(cell).ok_or_else(|| wrong(name, cell))?;
        }
        count += 1;
        if count == ROWS {
            file.add(&mut columns).map_err(of_crate)?;
            count = 0;
        }
    }
    if count > 0 {
        file.add(&mut columns).map_err(of_crate)?;
    }
    file.0.close().map(drop).map_err(of_crate)
}

fn wrong(name: &str, cell: &str) -> io::Error {
    io::Error::other(format!("column '{name}': '{cell}' is not of the type of the column"))
}

fn of_crate(error: ParquetError) -> io::Error {
    let ParquetError::External(cause) = error else { return io::Error::other(error) };
    cause.downcast::<io::Error>().map_or_else(io::Error::other, |cause| *cause)
}

/// The file that is being written.
struct Table<W: Write + Send>(SerializedFileWriter<W>);

impl<W: Write + Send> Table<W> {
    fn begin(names: &[String], types: &[ColumnType], out: W) -> Result<Self> {
        let fields = names.iter().zip(types).map(|(name, of)| field(name, *of)).collect::<Result<_>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let about = KeyValue::new(marker::ENTRY.to_owned(), names.join(","));
        let properties = WriterProperties::builder()
            // The version is in the manifest, so that the same results give the same bytes.
            .set_created_by("fourcast".to_owned())
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(vec![about]));
        Ok(Table(SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build()))?))
    }

    /// Writes a row group, and empties the columns.
    fn add(&mut self, columns: &mut [Cells]) -> Result<()> {
        let mut group = self.0.next_row_group()?;
        for cells in columns {
            let Some(column) = group.next_column()? else { break };
            cells.write(column)?;
        }
        group.close().map(drop)
    }
}

fn field(name: &str, of: ColumnType) -> Result<TypePtr> {
    let (physical, logical) = match of {
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Bool => (Physical::BOOLEAN, None),
        ColumnType::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnType::Whole => (Physical::INT64, None),
        ColumnType::Unsigned => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnType::Number => (Physical::DOUBLE, None),
    };
    let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    field.with_logical_type(logical).build().map(Arc::new)
}

/// The cells of a column in a row group.
struct Cells {
    /// One level per row: 1 if the row has a value, else 0.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Text(Vec<ByteArray>),
    Bool(Vec<bool>),
    Date(Vec<i32>),
    Whole(Vec<i64>),
    Unsigned(Vec<i64>),
    Number(Vec<f64>),
}

impl Cells {
    fn of(of: ColumnType) -> Cells {
        let values = match of {
            ColumnType::Text => Values::Text(Vec::new()),
            ColumnType::Bool => Values::Bool(Vec::new()),
            ColumnType::Date => Values::Date(Vec::new()),
            ColumnType::Whole => Values::Whole(Vec::new()),
            ColumnType::Unsigned => Values::Unsigned(Vec::new()),
            ColumnType::Number => Values::Number(Vec::new()),
        };
        Cells { levels: Vec::new(), values }
    }

    /// Adds a cell; `None` if it is not of the type.
    fn push(&mut self, cell: &str) -> Option<()> {
        self.levels.push(i16::from(!cell.is_empty()));
        if cell.is_empty() {
            return Some(());
        }
        match &mut self.values {
            Values::Text(values) => values.push(cell.into()),
            Values::Bool(values) => values.push(cell.parse().ok()?),
            Values::Date(values) => values.push(days(cell)?),
            Values::Whole(values) => values.push(cell.parse().ok()?),
            // The bits of an unsigned number are stored as those of a signed number.
            Values::Unsigned(values) => values.push(cell.parse::<u64>().ok()? as i64),
            Values::Number(values) => values.push(cell.parse().ok()?),
        }
        Some(())
    }

    /// Writes the cells as a column, and removes them.
    fn write(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<()> {
        let levels = Some(&self.levels[..]);
        match &mut self.values {
            Values::Text(values) => {
                column.typed::<ByteArrayType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Bool(values) => {
                column.typed::<BoolType>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Date(values) => {
                column.typed::<Int32Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Whole(values) | Values::Unsigned(values) => {
                column.typed::<Int64Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            Values::Number(values) => {
                column.typed::<DoubleType>().write_batch(values, levels, None)?;
                values.clear();
            }
        }
        self.levels.clear();
        column.close()
    }
}

/// Converts a day to days since 1970-01-01.
fn days(cell: &str) -> Option<i32> {
    const EPOCH: Date = date(1970, 1, 1);
    let day: Date = cell.parse().ok()?;
    i32::try_from(EPOCH.duration_until(day).as_hours() / 24).ok()
}

#[cfg(test)]
mod tests {
    use super::super::text_of_results;
    use super::*;

    const CSV: &str = "series,origin,rows,seed,forecast,error\n\
                       A,2024-01-02,5,18446744073709551615,1.234,\n\
                       \"B, \"\"C\"\"\n\",,,,,no such\tfile\n\
                       D,1969-12-31,-7,4,-1e-300,\n";

    fn type_of(name: &str) -> ColumnType {
        match name {
            "series" | "error" => ColumnType::Text,
            "origin" => ColumnType::Date,
            "rows" => ColumnType::Whole,
            "seed" => ColumnType::Unsigned,
            _ => ColumnType::Number,
        }
    }

    fn written(csv: &str) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        write(csv.as_bytes(), type_of, &mut bytes).map(|()| bytes)
    }

    fn text(bytes: Vec<u8>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.parquet");
        std::fs::write(&path, bytes).unwrap();
        let mut text = String::new();
        text_of_results(std::fs::File::open(path).unwrap()).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_table_is_read_back_as_it_was() {
        let bytes = written(CSV).unwrap();
        assert!(marker::is_of_results(&bytes));
        assert_eq!(bytes, written(CSV).unwrap());
        assert_eq!(text(bytes), CSV.replace("1.234,", "1.2340,"));
    }

    #[test]
    fn groups_of_rows_change_nothing() {
        let rows: String = (0..2 * ROWS + 3).map(|row| format!("S{row},,{row},,{}.5,\n", row % 7)).collect();
        let csv = format!("series,origin,rows,seed,forecast,error\n{rows}");
        assert!(text(written(&csv).unwrap()) == csv);
    }

    #[test]
    fn a_table_without_rows_has_no_text() {
        assert_eq!(text(written("").unwrap()), "");
    }

    #[test]
    fn a_cell_of_another_type_is_an_error() {
        let error = written("series,origin\nA,yesterday\n").unwrap_err().to_string();
        assert_eq!(error, "column 'origin': 'yesterday' is not of the type of the column");
    }
}
