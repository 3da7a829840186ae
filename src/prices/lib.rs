//! Reads a vendor's file into a checked [`PriceSeries`].
//!
//! All checks of a price file are here, and report the line and column of a fault, so the crates above can rely on
//! every number. If a cell or column can be read in two ways, the file as a whole is the evidence; if this does not
//! decide, the result is an error that names both ways. Every assumption is reported in a message.
//!
//! The modules, from the bottom. Each imports only from modules that precede it in the table, which a test checks.
//!
//! | modules | what they do |
//! |---|---|
//! | `vocabulary` | the words that vendors use: names of columns, months, currencies, units, marks of missing values |
//! | `dates`, `numbers` | read a cell as a day or a number |
//! | `limits`, `lines`, `calendar`, `frequency` | shared types |
//! | `spacing`, `moves`, `rates`, `splits` | detect the spacing of rows, spikes, set rates and splits |
//! | `covariates` | further columns, and dates known ahead |
//! | `options` | what a caller can state about a file |
//! | `error` | why a file cannot be read |
//! | `text` | read a path, standard input or bytes as UTF-8 text, with its first part in memory |
//! | `table` | finds delimiter, header and names in the first part |
//! | `decimal_mark` | the decimal mark, from delimiter, dates and volumes |
//! | `columns` | decides which columns to read, by names and content |
//! | `cells` | the cell formats of tables that hold no prices |
//! | `survey`, `clock`, `keys` | cell formats, times of day, and the columns that distinguish rows |
//! | `spill` | rows in a temporary file, if there are too many for the memory |
//! | `currencies`, `draft`, `sections`, `row_drafts`, `rows`, `row_cells`, `bulk` | read the text into rows per series |
//! | `duplicate_series` | series of a wide table with equal prices |
//! | `intraday`, `order`, `other_year`, `periods`, `ending` | rows in order, one per day, week or month |
//! | `series`, `nonpositive`, `recurring`, `bars`, `rank`, `widened`, `shifted` | impossible prices, columns of other days |
//! | `period_interpolation`, `filled` | prices that were filled in |
//! | `age` | the age of the last prices |
//! | `adjust`, `adjusted` | the adjusted close |
//! | `sessions`, `gaps` | the trading days, and the missing days |
//! | `events`, `later_values`, `known_ahead` | dates known ahead, covariates with later prices, all covariates |
//! | `notes`, `build` | build a series from a draft, with the findings |
//! | `warning`, `collector`, `one`, `reading` | the result: series, warnings, and how the file was read |
//! | `price_file`, `reader`, `history` | all steps in order; the file as it was on an earlier day |

mod adjust;
mod adjusted;
mod age;
mod bars;
mod build;
mod bulk;
mod calendar;
pub mod cells;
mod clock;
mod collector;
mod columns;
mod covariates;
mod currencies;
mod dates;
mod decimal_mark;
mod draft;
mod duplicate_series;
mod ending;
mod error;
mod events;
mod filled;
mod frequency;
mod gaps;
mod history;
mod intraday;
mod keys;
mod known_ahead;
mod later_values;
mod limits;
mod lines;
mod moves;
mod nonpositive;
mod notes;
mod numbers;
mod one;
mod options;
mod order;
mod other_year;
mod period_interpolation;
mod periods;
mod price_file;
mod rank;
mod rates;
mod reader;
mod reading;
mod recurring;
mod row_cells;
mod row_drafts;
mod rows;
mod sections;
mod series;
mod sessions;
mod shifted;
mod spacing;
mod spill;
mod splits;
mod survey;
mod table;
mod text;
mod vocabulary;
mod warning;
mod widened;

pub use adjust::Adjustment;
pub use age::{AgeError, MaxAge, last_new_row};
pub use calendar::Calendar;
pub use collector::FileWarnings;
pub use columns::Sign;
pub use covariates::{
    AheadColumn, Covariate, CovariateKind, Covariates, Events, KnownAhead, PastColumn, SESSIONS_AHEAD,
};
pub use dates::YEARS;
pub use dates::{DateOrder, DateSense, Period};
pub use duplicate_series::{AlikePair, DuplicateSeries};
pub use ending::{NoPriceAtEnd, StaleEnd, UnfinishedDay};
pub use error::{Cause, Problem, ReadError};
pub use events::EventsError;
pub use frequency::Frequency;
pub use gaps::Gap;
pub use history::History;
pub use known_ahead::CovariateFinding;
pub use later_values::{Later, LaterValue};
pub use limits::{Changed, Unbounded};
pub use lines::{Lines, Names, Numbering};
pub use moves::tick;
pub use nonpositive::Nonpositive;
pub use notes::SeriesNotes;
pub use numbers::DecimalMark;
pub use one::{OneSeries, SeriesRows};
pub use options::{ColumnRef, ColumnUse, ReadOptions, Source, Splits};
pub use order::Order;
pub use periods::{Stamps, Unfinished, unfinished_rows};
pub use price_file::PriceFile;
pub use reader::{open, read, read_bytes};
pub use reading::{Column, FailedSeries, Reading, Understood};
pub use series::{OpenHighLow, PriceSeries};
pub use sessions::{TradingWeek, session_ahead, sessions_ahead};
pub use spacing::{OtherEnd, Spaced, Spacing};
pub use splits::Split;
pub use text::Compression;
pub use vocabulary::role::Role;
pub use warning::Warning;

#[doc(hidden)]
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
