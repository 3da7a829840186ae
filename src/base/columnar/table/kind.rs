//! The types of columns that can be written as text.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;

use super::cells::{self, Dialect};

/// Maximum number of digits of decimals that are read.
const MAX_DIGITS: i32 = 38;

/// Seconds per day.
const DAY: i64 = 86_400;

/// The type of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bool,
    Signed,
    Unsigned,
    Float,
    /// Whole numbers divided by a power of ten.
    Decimal {
        decimals: usize,
    },
    /// Days since 1970-01-01.
    Date,
    /// Time since midnight.
    Time {
        per_second: i64,
    },
    /// Time since 1970-01-01.
    Timestamp {
        per_second: i64,
        utc: bool,
    },
}

impl Kind {
    /// Returns the kind of a column; `None` for lists, structures, and types that are not cells of a table.
    pub fn of(column: &ColumnDescriptor) -> Option<Kind> {
        if column.path().parts().len() != 1 || column.max_rep_level() > 0 {
            return None;
        }
        match (column.logical_type_ref(), column.converted_type()) {
            (Some(logical), _) => Kind::logical(logical, column),
            (None, converted) => Kind::converted(converted, column),
        }
    }

    fn logical(logical: &LogicalType, column: &ColumnDescriptor) -> Option<Kind> {
        Some(match (logical, column.physical_type()) {
            (LogicalType::String | LogicalType::Enum | LogicalType::Json, Type::BYTE_ARRAY) => Kind::Text,
            (LogicalType::Integer(int), Type::INT32 | Type::INT64) => {
                if int.is_signed {
                    Kind::Signed
                } else {
                    Kind::Unsigned
                }
            }
            (LogicalType::Decimal(decimal), _) => return Kind::decimal(decimal.scale, decimal.precision, column),
            (LogicalType::Date, Type::INT32) => Kind::Date,
            (LogicalType::Time(time), Type::INT32 | Type::INT64) => Kind::Time { per_second: per_second(&time.unit) },
            (LogicalType::Timestamp(time), Type::INT64) => {
                Kind::Timestamp { per_second: per_second(&time.unit), utc: time.is_adjusted_to_u_t_c }
            }
            // A column of only nulls.
            (LogicalType::Unknown, _) => return Kind::plain(column),
            _ => return None,
        })
    }

    fn converted(converted: ConvertedType, column: &ColumnDescriptor) -> Option<Kind> {
        use ConvertedType as Of;
        let whole = matches!(column.physical_type(), Type::INT32 | Type::INT64);
        let (milli, micro) = (1_000, 1_000_000);
        Some(match converted {
            Of::NONE => return Kind::plain(column),
            Of::UTF8 | Of::ENUM | Of::JSON if column.physical_type() == Type::BYTE_ARRAY => Kind::Text,
            Of::DECIMAL => return Kind::decimal(column.type_scale(), column.type_precision(), column),
            Of::DATE if column.physical_type() == Type::INT32 => Kind::Date,
            Of::TIME_MILLIS if whole => Kind::Time { per_second: milli },
            Of::TIME_MICROS if whole => Kind::Time { per_second: micro },
            Of::TIMESTAMP_MILLIS if whole => Kind::Timestamp { per_second: milli, utc: true },
            Of::TIMESTAMP_MICROS if whole => Kind::Timestamp { per_second: micro, utc: true },
            Of::UINT_8 | Of::UINT_16 | Of::UINT_32 | Of::UINT_64 if whole => Kind::Unsigned,
            Of::INT_8 | Of::INT_16 | Of::INT_32 | Of::INT_64 if whole => Kind::Signed,
            _ => return None,
        })
    }

    /// Returns the kind of a column if only its physical type is known. Hive and Impala do not mark text as text.
    /// Programs that write 96 bits write an instant in UTC.
    fn plain(column: &ColumnDescriptor) -> Option<Kind> {
        Some(match column.physical_type() {
            Type::BOOLEAN => Kind::Bool,
            Type::INT32 | Type::INT64 => Kind::Signed,
            Type::INT96 => Kind::Timestamp { per_second: 1, utc: true },
            Type::FLOAT | Type::DOUBLE => Kind::Float,
            Type::BYTE_ARRAY => Kind::Text,
            Type::FIXED_LEN_BYTE_ARRAY => return None,
        })
    }

    fn decimal(scale: i32, precision: i32, column: &ColumnDescriptor) -> Option<Kind> {
        let is_number = !matches!(column.physical_type(), Type::BOOLEAN | Type::INT96 | Type::FLOAT | Type::DOUBLE);
        let decimals = usize::try_from(scale).ok()?;
        (is_number && scale <= MAX_DIGITS && precision <= MAX_DIGITS).then_some(Kind::Decimal { decimals })
    }

    /// Whether values can be days, written as times at midnight.
    pub fn may_be_days(self) -> bool {
        matches!(self, Kind::Timestamp { .. })
    }
}

fn per_second(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

/// Values of a column as they are stored.
#[derive(Debug)]
pub(super) enum Values {
    Bool(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Int96(Vec<Int96>),
    Single(Vec<f32>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

impl Values {
    /// Returns an empty buffer for the values of a reader.
    pub fn of(reader: &ColumnReader) -> Values {
        match reader {
            ColumnReader::BoolColumnReader(_) => Values::Bool(Vec::new()),
            ColumnReader::Int32ColumnReader(_) => Values::Int32(Vec::new()),
            ColumnReader::Int64ColumnReader(_) => Values::Int64(Vec::new()),
            ColumnReader::Int96ColumnReader(_) => Values::Int96(Vec::new()),
            ColumnReader::FloatColumnReader(_) => Values::Single(Vec::new()),
            ColumnReader::DoubleColumnReader(_) => Values::Double(Vec::new()),
            ColumnReader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(_) => Values::Fixed(Vec::new()),
        }
    }

    /// Replaces the values with the next ones, of at most `count` rows, and returns the number of rows. `levels` has a
    /// number for each row, which is the highest level if the row has a value.
    pub fn read(&mut self, reader: &mut ColumnReader, count: usize, levels: &mut Vec<i16>) -> Result<usize> {
        macro_rules! read {
            ($reader:expr, $values:expr) => {{
                $values.clear();
                $reader.read_records(count, Some(levels), None, $values)
            }};
        }
        levels.clear();
        let (rows, ..) = match (reader, self) {
            (ColumnReader::BoolColumnReader(reader), Values::Bool(values)) => read!(reader, values),
            (ColumnReader::Int32ColumnReader(reader), Values::Int32(values)) => read!(reader, values),
            (ColumnReader::Int64ColumnReader(reader), Values::Int64(values)) => read!(reader, values),
            (ColumnReader::Int96ColumnReader(reader), Values::Int96(values)) => read!(reader, values),
            (ColumnReader::FloatColumnReader(reader), Values::Single(values)) => read!(reader, values),
            (ColumnReader::DoubleColumnReader(reader), Values::Double(values)) => read!(reader, values),
            (ColumnReader::ByteArrayColumnReader(reader), Values::Bytes(values)) => read!(reader, values),
            (ColumnReader::FixedLenByteArrayColumnReader(reader), Values::Fixed(values)) => read!(reader, values),
            _ => unreachable!("made for this reader"),
        }?;
        Ok(rows)
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Values::Bool(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::Int96(values) => values.len(),
            Values::Single(values) => values.len(),
            Values::Double(values) => values.len(),
            Values::Bytes(values) => values.len(),
            Values::Fixed(values) => values.len(),
        }
    }

    /// Writes the value at an index as the text of a cell; a time is written as a day if `days` is true.
    pub fn write(&self, place: usize, (kind, days): (Kind, bool), dialect: Dialect, out: &mut Vec<u8>) {
        match self {
            Values::Bool(values) => out.extend_from_slice(if values[place] { b"true" } else { b"false" }),
            Values::Int32(values) if kind == Kind::Unsigned => cells::decimal(i128::from(values[place] as u32), 0, out),
            Values::Int64(values) if kind == Kind::Unsigned => cells::decimal(i128::from(values[place] as u64), 0, out),
            Values::Int32(values) => whole(i64::from(values[place]), kind, days, out),
            Values::Int64(values) => whole(values[place], kind, days, out),
            Values::Int96(values) => timestamp(seconds_of(&values[place]), true, days, out),
            Values::Single(values) => cells::single(values[place], out),
            Values::Double(values) => cells::double(values[place], out),
            Values::Bytes(values) => bytes(values[place].data(), kind, dialect, out),
            Values::Fixed(values) => bytes(values[place].data(), kind, dialect, out),
        }
    }

    /// Whether all values are at midnight.
    pub fn are_days(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Values::Int96(values), _) => values.iter().all(|value| nanoseconds(value) == 0),
            (Values::Int64(values), Kind::Timestamp { per_second, .. }) => {
                values.iter().all(|value| value.rem_euclid(DAY * per_second) == 0)
            }
            _ => false,
        }
    }
}

fn whole(value: i64, kind: Kind, days: bool, out: &mut Vec<u8>) {
    match kind {
        Kind::Date => cells::day(value, out),
        Kind::Time { per_second } => cells::time(value.div_euclid(per_second).rem_euclid(DAY), out),
        Kind::Timestamp { per_second, utc } => timestamp(value.div_euclid(per_second), utc, days, out),
        Kind::Decimal { decimals } => cells::decimal(i128::from(value), decimals, out),
        _ => cells::decimal(i128::from(value), 0, out),
    }
}

/// Writes a day, or a day and a time, with a `Z` if the time is in UTC.
fn timestamp(seconds: i64, utc: bool, days: bool, out: &mut Vec<u8>) {
    cells::day(seconds.div_euclid(DAY), out);
    if days {
        return;
    }
    out.push(b' ');
    cells::time(seconds.rem_euclid(DAY), out);
    if utc {
        out.push(b'Z');
    }
}

/// Returns the nanoseconds of the day.
fn nanoseconds(value: &Int96) -> i64 {
    let [low, high, _] = [0, 1, 2].map(|part| value.data().get(part).copied().unwrap_or(0));
    (i64::from(high) << 32) | i64::from(low)
}

/// Returns the seconds since 1970-01-01. The day is stored as a Julian day number.
fn seconds_of(value: &Int96) -> i64 {
    const EPOCH: i64 = 2_440_588;
    let day = value.data().get(2).copied().unwrap_or(0);
    (i64::from(day) - EPOCH) * DAY + nanoseconds(value).div_euclid(1_000_000_000)
}

/// Writes a text, or a decimal number whose most significant byte is the first.
fn bytes(value: &[u8], kind: Kind, dialect: Dialect, out: &mut Vec<u8>) {
    let Kind::Decimal { decimals } = kind else { return dialect.text(value, out) };
    let sign: u8 = if value.first().is_some_and(|first| first & 0x80 != 0) { 0xFF } else { 0 };
    // Additional bytes only repeat the sign.
    let extra = value.len().saturating_sub(16);
    let mut whole = [sign; 16];
    whole[16 - (value.len() - extra)..].copy_from_slice(&value[extra..]);
    cells::decimal(i128::from_be_bytes(whole), decimals, out);
}
