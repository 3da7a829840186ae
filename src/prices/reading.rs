//! The result of reading a file.

use jiff::civil::Date;

use super::error::{Fault, Problem, ReadError};
use super::frequency::Frequency;
use super::lines::{Lines, Numbering};
use super::nonpositive::Nonpositive;
use super::notes::SeriesNotes;
use super::order::Order;
use super::series::PriceSeries;
use super::text::Compression;
use super::vocabulary::names::Role;
use super::warning::Warning;

/// The series of a file, and how the file was read.
#[derive(Debug)]
pub struct Reading {
    /// The series, none of them empty: at least one, or several that failed.
    pub series: Vec<PriceSeries>,
    /// The series that could not be read although others could, in the order of the file.
    pub failed: Vec<FailedSeries>,
    /// How the file was read.
    pub understood: Understood,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// The warnings about the file as a whole.
    pub(super) file_warnings: Vec<Warning>,
    /// The warnings about each of [`Reading::series`], without its name.
    pub(super) own_warnings: Vec<Vec<Warning>>,
}

/// A series that could not be read, in a file with several.
#[derive(Debug)]
pub struct FailedSeries {
    /// The name of the series.
    pub name: String,
    /// The number of [`Reading::series`] that precede it in the file.
    pub before: usize,
    /// Why it could not be read.
    pub error: ReadError,
}

/// How a file was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The file's path, or "standard input".
    pub source: String,
    /// The compression of the file, if any.
    pub compression: Option<Compression>,
    /// The character encoding: `utf-8`, `utf-8+BOM`, `cp949`, …
    pub encoding: String,
    /// What line numbers count: the lines of a text, or the rows of a Parquet file.
    pub numbering: Numbering,
    /// The character between the cells of a row; none in a Parquet file.
    pub delimiter: Option<char>,
    /// The decimal mark.
    pub decimal: char,
    /// The line of the header, if there is one.
    pub header: Option<usize>,
    /// The format of the dates: `MM/DD/YYYY`.
    pub date_format: String,
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// The number of rows of prices in the file, or of the requested series.
    pub rows: usize,
    /// The number of rows that belong to a series.
    pub usable_rows: usize,
    /// The order of the days in the file.
    pub order: Order,
    /// The frequency that the caller requested.
    pub frequency: Option<Frequency>,
    /// Notes on each series, in the order of [`Reading::series`].
    pub series: Vec<SeriesNotes>,
}

/// A column and its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in the header; empty without a header.
    pub name: String,
    /// The number of the column, counted from 1.
    pub number: usize,
    /// The role of the column.
    pub role: Role,
}

impl Reading {
    /// Returns the line of a day of a series, counted from 1.
    pub fn line(&self, series: usize, date: Date) -> Option<usize> {
        let row = self.series.get(series)?.dates.binary_search(&date).ok()?;
        let notes = self.understood.series.get(series)?;
        notes.lines.get(row).map(|&line| line as usize)
    }

    /// Returns the warnings, and as further warnings what is otherwise an error: prices of zero or below, a constant
    /// price, and rows that are not daily.
    pub fn remarks(&self) -> Vec<Warning> {
        let nonpositive = [Nonpositive::Errors, Nonpositive::Levels, Nonpositive::Returns].map(|cause| {
            let lines = self.nonpositive(cause);
            (!lines.is_empty()).then_some(Warning::Nonpositive { lines, cause })
        });
        let nonpositive = nonpositive.into_iter().flatten();
        let spacing = (0..self.series.len()).filter_map(|series| self.spacing_of_series_settled(series).err());
        let not_daily = spacing.filter_map(|error| Warning::of_unsettled(&error));
        self.warnings.iter().cloned().chain(nonpositive).chain(not_daily).collect()
    }

    /// Returns the warnings about one of the series, without its name, and the warnings about the file as a whole if it
    /// is the only series.
    pub fn warnings_of(&self, series: usize) -> impl Iterator<Item = &Warning> {
        let of_file = if self.count() > 1 { &[][..] } else { &self.file_warnings };
        of_file.iter().chain(self.own_warnings.get(series).into_iter().flatten())
    }

    /// Returns the warnings about the whole of a file with several series; none for a file with one series, to which
    /// they belong.
    pub fn warnings_of_file(&self) -> &[Warning] {
        if self.count() > 1 { &self.file_warnings } else { &[] }
    }

    /// Returns the [`remarks`](Reading::remarks) on one of the series, without its name.
    pub fn remarks_of(&self, series: usize) -> Vec<Warning> {
        let (one, notes) = (&self.series[series], &self.understood.series[series]);
        let lines = notes.nonpositive.clone();
        let nonpositive = one.nonpositive().map(|cause| Warning::Nonpositive { lines, cause });
        let asked = (one.frequency, self.understood.frequency.is_some());
        let spacing = notes.rows_settled(&one.dates, asked, false).err();
        let not_daily = spacing.and_then(|fault| Warning::of_unsettled(&fault.of(&self.understood.source)));
        self.warnings_of(series).cloned().chain(nonpositive).chain(not_daily).collect()
    }

    /// Returns the lines of prices at or below zero with this cause, in all series.
    fn nonpositive(&self, cause: Nonpositive) -> Lines {
        let mut lines = Lines::default();
        for (series, notes) in self.series.iter().zip(&self.understood.series) {
            if series.nonpositive() == Some(cause) {
                let name = (self.count() > 1).then_some(notes.name.as_str());
                lines.append(&notes.nonpositive.clone().of(name));
            }
        }
        lines
    }

    /// Returns the only series.
    ///
    /// # Errors
    ///
    /// If there are several: their names, and how to choose one.
    pub fn only(&self) -> Result<&PriceSeries, ReadError> {
        match &self.series[..] {
            // Tickers without any price do not count.
            [one] if self.failed.iter().all(|failed| matches!(*failed.error.problem, Problem::NoPrices { .. })) => {
                Ok(one)
            }
            _ => Err(Fault::from(Problem::SeveralSeries { series: self.names() }).of(&self.understood.source)),
        }
    }

    /// Returns the only series, if it can be used for a fit: its rows have the requested frequency, its price moves,
    /// and it has no jump that looks like a split.
    ///
    /// # Errors
    ///
    /// Those of [`only`](Reading::only), [`rows_settled`](Reading::rows_settled) and
    /// [`splits_settled`](Reading::splits_settled).
    pub fn only_settled(&self) -> Result<&PriceSeries, ReadError> {
        let series = self.only()?;
        self.rows_settled()?;
        self.splits_settled()?;
        Ok(series)
    }

    /// Returns the number of series in the file, including those that failed.
    pub fn count(&self) -> usize {
        self.series.len() + self.failed.len()
    }

    /// Returns the series in the order of the file: the index of each in [`Reading::series`], or its failure.
    pub fn in_order(&self) -> impl Iterator<Item = Result<usize, &FailedSeries>> {
        let mut failed = self.failed.iter().peekable();
        let mut read = 0;
        std::iter::from_fn(move || match failed.next_if(|failed| failed.before <= read) {
            Some(failed) => Some(Err(failed)),
            None if read < self.series.len() => {
                read += 1;
                Some(Ok(read - 1))
            }
            None => None,
        })
    }

    fn names(&self) -> Vec<String> {
        let name = |one: Result<usize, &FailedSeries>| match one {
            Ok(read) => self.series[read].name.clone(),
            Err(failed) => failed.name.clone(),
        };
        // Rows without a known ticker belong to no series.
        self.in_order().map(name).filter(|name| !name.is_empty()).collect()
    }

    /// Checks that no series has an unsettled jump that looks like a split, because a model would learn it as a return.
    ///
    /// # Errors
    ///
    /// The first such jump, with its date and ratio, and what to do.
    pub fn splits_settled(&self) -> Result<(), ReadError> {
        (0..self.series.len()).try_for_each(|series| self.split_settled(series))
    }

    /// Checks that one of the series has no unsettled jump that looks like a split.
    ///
    /// # Errors
    ///
    /// The errors of [`Reading::splits_settled`].
    pub fn split_settled(&self, series: usize) -> Result<(), ReadError> {
        let notes = self.understood.series.get(series);
        let settled = notes.map_or(Ok(()), |notes| notes.split_settled(self.count() > 1));
        settled.map_err(|fault| fault.counted_in(self.understood.numbering).of(&self.understood.source))
    }

    /// Checks that the rows of every series have the requested frequency, or are daily if none was requested, and that
    /// every price moves.
    ///
    /// # Errors
    ///
    /// The first series whose rows have another frequency, with the spacing found, its evidence, and what to do; or
    /// whose price is the same on all rows.
    pub fn rows_settled(&self) -> Result<(), ReadError> {
        (0..self.series.len()).try_for_each(|series| self.spacing_of_series_settled(series))
    }

    /// Checks one series, by its index, like [`rows_settled`](Reading::rows_settled).
    ///
    /// # Errors
    ///
    /// The errors of that method.
    pub fn spacing_of_series_settled(&self, series: usize) -> Result<(), ReadError> {
        let (PriceSeries { frequency, dates, .. }, notes) = (&self.series[series], &self.understood.series[series]);
        let asked = (*frequency, self.understood.frequency.is_some());
        let settled = notes.rows_settled(dates, asked, self.count() > 1);
        settled.map_err(|fault| fault.counted_in(self.understood.numbering).of(&self.understood.source))
    }
}
