//! The series of several files as jobs.

use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::civil::Date;

use super::ordered::{Jobs, Workers};
use super::shard::Shard;
use crate::prices::{FileWarnings, OneSeries, PriceFile, ReadError, SeriesRows, Source, Understood, Warning};

/// Files up to this size are read by the thread that processes their series, so that many small files are read in
/// parallel.
const SMALL: u64 = 4 * 1024 * 1024;

/// An event of a run, in the order of the files and of the series in each.
pub enum Event<T> {
    /// A file has been opened; its series follow.
    Opened {
        /// The file.
        source: Source,
        /// The number of its series.
        series: usize,
        /// How the file was understood, without its series.
        understood: Box<Understood>,
        /// The warnings about the file, without those of its series.
        warnings: FileWarnings,
    },
    /// A file cannot be read.
    Unreadable {
        /// The file.
        source: Source,
        /// The reason.
        error: ReadError,
    },
    /// A series belongs to another shard.
    Passed {
        /// Its name.
        name: String,
    },
    /// A series has been processed.
    Done(Box<SeriesDone<T>>),
}

/// A series that has been processed.
pub struct SeriesDone<T> {
    /// Its name.
    pub name: String,
    /// Its number of rows.
    pub rows: usize,
    /// Its first and last day.
    pub span: Option<(Date, Date)>,
    /// The warnings about its rows, which do not contain its name.
    pub warnings: Vec<Warning>,
    /// The result of the work, or the reason why the series cannot be read.
    pub result: Result<T, ReadError>,
}

/// A job: a file that must be read first, a series, or an event that is only passed on in order.
enum Job<C, T> {
    Whole(Source),
    Series(Arc<C>, Box<SeriesRows>),
    Known(Event<T>),
}

/// The series of a run.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The files.
    pub sources: &'a [Source],
    /// The shard that is processed; `None` for all series.
    pub shard: Option<Shard>,
}

/// Reads the files with `open`, processes each of their series in parallel with `work`, and passes the events to `take`
/// in order.
///
/// For a shard, only its own series are processed; the names of the others are passed on, so that every shard counts
/// the same series.
///
/// `open` also returns what `work` requires for the series of a file. A series is kept in memory only until it has been
/// processed.
///
/// # Errors
/// The error of `take`.
pub fn each_series<C: Send + Sync, T: Send, E>(
    workers: &Workers,
    inputs: Inputs<'_>,
    open: impl Fn(&Source) -> Result<(PriceFile, C), ReadError> + Sync,
    work: impl Fn(&C, OneSeries) -> T + Sync,
    mut take: impl FnMut(Event<T>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let Inputs { sources, shard } = inputs;
    let is_taken = |rows: &SeriesRows| shard.is_none_or(|shard| shard.contains(rows.name()));
    let one = |context: &C, rows: SeriesRows| match is_taken(&rows) {
        true => done(rows, |series| work(context, series)),
        false => Event::Passed { name: rows.name().to_owned() },
    };
    let produce = |jobs: &Jobs<'_, Job<C, T>>| give_all(jobs, sources, &open);
    let events = |job: Job<C, T>| match job {
        Job::Known(event) => vec![event],
        Job::Series(context, rows) => vec![one(&context, *rows)],
        Job::Whole(source) => match open(&source) {
            Err(error) => vec![Event::Unreadable { source, error }],
            Ok((mut file, context)) => {
                let opened = opened(&source, &mut file);
                std::iter::once(opened).chain(file.into_series().map(|rows| one(&context, rows))).collect()
            }
        },
    };
    workers.run(produce, events, |events| {
        for event in events {
            if take(event)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
}

/// Submits the series of all files until no more are required.
fn give_all<C, T>(
    jobs: &Jobs<'_, Job<C, T>>,
    sources: &[Source],
    open: impl Fn(&Source) -> Result<(PriceFile, C), ReadError>,
) {
    let give = |source: &Source| -> ControlFlow<()> {
        if sources.len() > 1 && is_small(source) {
            return jobs.give(Job::Whole(source.clone()));
        }
        match open(source) {
            Err(error) => jobs.give(Job::Known(Event::Unreadable { source: source.clone(), error })),
            Ok((mut file, context)) => {
                let context = Arc::new(context);
                jobs.give(Job::Known(opened(source, &mut file)))?;
                file.into_series().try_for_each(|rows| jobs.give(Job::Series(context.clone(), Box::new(rows))))
            }
        }
    };
    // A break means that no more jobs are required, which is not an error.
    let _ = sources.iter().try_for_each(give);
}

fn is_small(source: &Source) -> bool {
    let Source::File(path) = source else { return false };
    path.metadata().is_ok_and(|data| data.is_file() && data.len() <= SMALL)
}

fn opened<T>(source: &Source, file: &mut PriceFile) -> Event<T> {
    let understood = Box::new(file.understood().clone());
    Event::Opened { source: source.clone(), series: file.count(), understood, warnings: file.take_warnings() }
}

fn done<T>(rows: SeriesRows, work: impl FnOnce(OneSeries) -> T) -> Event<T> {
    let name = rows.name().to_owned();
    let done = match rows.build() {
        Err(error) => SeriesDone { name, rows: 0, span: None, warnings: Vec::new(), result: Err(error) },
        Ok(one) => SeriesDone {
            name,
            rows: one.series.len(),
            span: one.series.dates.first().copied().zip(one.series.dates.last().copied()),
            warnings: one.warnings.clone(),
            result: Ok(work(one)),
        },
    };
    Event::Done(Box::new(done))
}
