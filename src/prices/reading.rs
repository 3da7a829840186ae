//! What was read from a file, and how the file was understood.

use jiff::civil::Date;

use super::names::Role;
use super::order::Order;
use super::series::PriceSeries;
use super::warning::Warning;

/// The series of a file, and how the file was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The series; at least one, none of them empty.
    pub series: Vec<PriceSeries>,
    /// How the file was understood.
    pub understood: Understood,
    /// What its owner should know.
    pub warnings: Vec<Warning>,
}

/// How a file was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The file's path, or "standard input".
    pub source: String,
    /// How characters are written: `utf-8`, `utf-8+BOM`.
    pub encoding: String,
    /// What parts the cells of a row.
    pub delimiter: char,
    /// The decimal mark.
    pub decimal: char,
    /// The line of the header, if there is one.
    pub header: Option<usize>,
    /// The form of the dates.
    pub date_format: String,
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// Rows under the header, blank ones aside.
    pub rows: usize,
    /// Rows that made it into a series.
    pub usable_rows: usize,
    /// The order of the days in the file.
    pub order: Order,
    /// For each series, in the order of [`Reading::series`].
    pub series: Vec<SeriesNotes>,
}

/// A column and what it was taken for.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name in the header; empty where there is none.
    pub name: String,
    /// Its place, counted from 1.
    pub number: usize,
    /// What it was taken for.
    pub role: Role,
}

/// What is known of one series beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesNotes {
    /// The physical line of each day's row, so that what is found later can still name it.
    pub lines: Vec<u32>,
}

impl Reading {
    /// The line of a series' day, counted from 1.
    pub fn line(&self, series: usize, date: Date) -> Option<usize> {
        let row = self.series.get(series)?.dates.binary_search(&date).ok()?;
        let notes = self.understood.series.get(series)?;
        notes.lines.get(row).map(|&line| line as usize)
    }
}
