//! Stores rows that exceed a bounded amount of memory in a temporary file.
//!
//! The series of a file are built after all of it was read, because rows of a series can stand anywhere in it. In a
//! file of millions of rows, the rows of all series are kept in the temporary file, and those of one series at a time
//! are read back.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;

use super::columns::Field;

/// Rows of a series, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Columns {
    pub dates: Vec<Date>,
    pub lines: Vec<u32>,
    /// The time of day of each row, in seconds; fewer entries if some rows have none.
    pub times: Vec<u32>,
    /// A column for each field; empty if the file has none.
    pub values: [Vec<f64>; Field::COUNT],
}

/// A temporary file without a name, which is deleted with its last reader.
#[derive(Debug)]
pub(super) struct Store(Mutex<File>);

/// The position of rows in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u64,
    bytes: usize,
}

/// The rows of a series that are in a file, in order.
#[derive(Debug, Default)]
pub(super) struct Spilled {
    store: Option<Arc<Store>>,
    places: Vec<Place>,
    pub rows: usize,
    /// The first and the last of their days.
    pub span: Option<(Date, Date)>,
    /// Whether a value of the field has a fraction.
    pub fractions: [bool; Field::COUNT],
}

/// Writes rows of many series, one after another.
#[derive(Debug)]
pub(super) struct SpillWriter {
    store: Arc<Store>,
    end: u64,
}

impl SpillWriter {
    /// Makes an empty file in the folder for temporary files.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub fn new() -> io::Result<SpillWriter> {
        Ok(SpillWriter { store: Arc::new(Store(Mutex::new(tempfile::tempfile()?))), end: 0 })
    }

    /// Writes rows of a series behind those that it has in the file.
    ///
    /// # Errors
    /// Errors of the operating system; the rows are then not in the file.
    pub fn write(&mut self, columns: &Columns, spilled: &mut Spilled) -> io::Result<()> {
        let bytes = columns.to_bytes();
        self.store.write(self.end, &bytes)?;
        spilled.places.push(Place { start: self.end, bytes: bytes.len() });
        spilled.store.get_or_insert_with(|| Arc::clone(&self.store));
        spilled.rows += columns.dates.len();
        spilled.span = spanned(spilled.span, &columns.dates);
        for (has, column) in spilled.fractions.iter_mut().zip(&columns.values) {
            *has |= has_fraction(column);
        }
        self.end += bytes.len() as u64;
        Ok(())
    }
}

/// Returns the first and the last of the days of an optional span and of further days.
pub(super) fn spanned(span: Option<(Date, Date)>, dates: &[Date]) -> Option<(Date, Date)> {
    dates.iter().fold(span, |span, date| match span {
        Some((first, last)) => Some((first.min(*date), last.max(*date))),
        None => Some((*date, *date)),
    })
}

/// Whether a number of a column has a fraction.
pub(super) fn has_fraction(column: &[f64]) -> bool {
    column.iter().any(|value| value.is_finite() && value.fract() != 0.0)
}

impl Spilled {
    /// Returns the rows, followed by others.
    ///
    /// # Errors
    /// Errors of the operating system.
    pub fn before(self, rest: Columns) -> io::Result<Columns> {
        let Some(store) = self.store else { return Ok(rest) };
        let mut all = Columns::default();
        for place in self.places {
            all.append(Columns::of_bytes(&store.read(place)?)?);
        }
        all.append(rest);
        Ok(all)
    }
}

impl Store {
    fn write(&self, start: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.write_all(bytes)
    }

    fn read(&self, Place { start, bytes }: Place) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; bytes];
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut buffer)?;
        Ok(buffer)
    }
}

impl Columns {
    /// Returns the bytes of a row in memory.
    pub fn row_bytes(fields: usize) -> usize {
        size_of::<Date>() + size_of::<u32>() + fields * size_of::<f64>()
    }

    fn append(&mut self, other: Columns) {
        self.dates.extend(other.dates);
        self.lines.extend(other.lines);
        self.times.extend(other.times);
        self.values.iter_mut().zip(other.values).for_each(|(own, others)| own.extend(others));
    }

    /// Returns the bytes of the number of rows, the number of times, whether each field has a column, and the columns.
    fn to_bytes(&self) -> Vec<u8> {
        let Columns { dates, lines, times, values } = self;
        let counts = [dates.len() as u64, times.len() as u64];
        let numbers = lines.len() + times.len() + 2 * values.iter().map(Vec::len).sum::<usize>();
        let mut bytes = Vec::with_capacity(4 * (dates.len() + numbers) + 16 + Field::COUNT);
        bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
        bytes.extend(values.iter().map(|column| u8::from(!column.is_empty())));
        for date in dates {
            bytes.extend(date.year().to_le_bytes());
            bytes.extend([date.month() as u8, date.day() as u8]);
        }
        bytes.extend(lines.iter().chain(times).flat_map(|number| number.to_le_bytes()));
        bytes.extend(values.iter().flatten().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    fn of_bytes(mut bytes: &[u8]) -> io::Result<Columns> {
        let bytes = &mut bytes;
        let [rows, times] = [count(bytes)?, count(bytes)?];
        let has_column = take(bytes, Field::COUNT)?.to_vec();
        let date = |bytes: &[u8; 4]| {
            let [one, two, month, day] = *bytes;
            Date::new(i16::from_le_bytes([one, two]), month as i8, day as i8).map_err(|_| damaged())
        };
        let dates = take(bytes, 4 * rows)?.as_chunks().0.iter().map(date).collect::<io::Result<_>>()?;
        let lines = numbers(bytes, rows, u32::from_le_bytes)?;
        let times = numbers(bytes, times, u32::from_le_bytes)?;
        let mut values: [Vec<f64>; Field::COUNT] = Default::default();
        for (column, has) in values.iter_mut().zip(has_column) {
            *column = numbers(bytes, if has == 1 { rows } else { 0 }, f64::from_le_bytes)?;
        }
        Ok(Columns { dates, lines, times, values })
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> io::Result<&'a [u8]> {
    bytes.split_off(..count).ok_or_else(damaged)
}

fn count(bytes: &mut &[u8]) -> io::Result<usize> {
    Ok(numbers(bytes, 1, u64::from_le_bytes)?[0] as usize)
}

fn numbers<T, const N: usize>(bytes: &mut &[u8], rows: usize, of: fn([u8; N]) -> T) -> io::Result<Vec<T>> {
    Ok(take(bytes, N * rows)?.as_chunks::<N>().0.iter().map(|bytes| of(*bytes)).collect())
}

/// Returns the error that another program wrote to the file.
fn damaged() -> io::Error {
    io::Error::other("the temporary file of its rows was changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(first: usize, rows: usize) -> Columns {
        let day = |row: usize| Date::new(2024, (row / 28 % 12 + 1) as i8, (row % 28 + 1) as i8).unwrap();
        let mut values: [Vec<f64>; Field::COUNT] = Default::default();
        values[1] = (first..first + rows).map(|row| row as f64).collect();
        values[3] =
            (first..first + rows).map(|row| if row % 3 == 0 { f64::INFINITY } else { 1.0 / row as f64 }).collect();
        Columns {
            dates: (first..first + rows).map(day).collect(),
            lines: (0..rows).map(|row| (first + row) as u32).collect(),
            times: (0..rows / 2).map(|row| row as u32).collect(),
            values,
        }
    }

    #[test]
    fn rows_come_back_in_their_order_with_those_behind_them() {
        let mut writer = SpillWriter::new().unwrap();
        let (mut one, mut other) = (Spilled::default(), Spilled::default());
        writer.write(&columns(1, 50), &mut one).unwrap();
        writer.write(&columns(500, 7), &mut other).unwrap();
        writer.write(&columns(51, 30), &mut one).unwrap();
        assert_eq!((one.rows, other.rows), (80, 7));
        assert_eq!((one.fractions[1], one.fractions[3], one.fractions[2]), (false, true, false));
        let mut expected = columns(1, 50);
        expected.append(columns(51, 30));
        expected.append(columns(81, 9));
        assert_eq!(one.before(columns(81, 9)).unwrap(), expected);
        assert_eq!(other.before(Columns::default()).unwrap(), columns(500, 7));
        assert_eq!(Spilled::default().before(columns(3, 4)).unwrap(), columns(3, 4));
    }

    #[test]
    fn bytes_that_were_cut_are_an_error() {
        let bytes = columns(1, 5).to_bytes();
        for length in 0..bytes.len() {
            assert!(Columns::of_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }
}
