//! From a vendor's file to a checked [`PriceSeries`].
//!
//! Everything that can be wrong with a price file is found here, with its line and column, so that the crates above
//! can rely on every number. Where a step could go two ways it uses the file as a whole as evidence; where that does
//! not settle it, it returns an error that names both. It never guesses without a message.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `vocabulary` | the words of vendors: names of columns, months, currencies, units, marks of missing values |
//! | `dates`, `numbers` | a cell to a day or a number |
//! | `limits`, `lines`, `calendar`, `frequency`, `spacing`, `moves`, `rates`, `splits`, `covariates` | shared types and calculations |
//! | `options` | what a caller may say about a file |
//! | `error` | what stops a file from being read |
//! | `text` | a path, standard input or bytes to UTF-8 text, with its first part in memory |
//! | `table` | the first part to delimiter, header and names |
//! | `decimal_mark` | the decimal mark, from delimiter, dates and volumes |
//! | `columns` | names and content to the columns to read |
//! | `cells` | how the cells of tables that are none of prices are written |
//! | `survey`, `clock`, `keys` | how dates and numbers are written, where times of day are, what distinguishes rows |
//! | `spill` | rows in a temporary file, where they are too many for the memory |
//! | `currencies`, `draft`, `sections`, `rows`, `row_cells`, `bulk` | the whole text, read once, to the rows of each series |
//! | `duplicate_series` | series of a wide table that share their prices |
//! | `intraday`, `order`, `other_year`, `periods`, `ending` | the rows of a draft in order, one for each day, week or month |
//! | `series`, `nonpositive`, `recurring`, `bars`, `shifted`, `period_interpolation`, `filled` | prices that cannot be right |
//! | `age` | how old the last prices are |
//! | `adjust`, `adjusted` | the adjusted close |
//! | `sessions`, `gaps` | the days that trade, and the days that are missing |
//! | `events`, `later_values`, `known_ahead` | files of dates known ahead; covariates that hold later prices; the covariates of a series |
//! | `notes`, `build` | a draft to a series, and what was found on the way |
//! | `warning`, `collector`, `one`, `reading` | the result: series, warnings, how the file was understood |
//! | `price_file`, `reader`, `history` | all steps in their order, of a file and of the file as it was on an earlier day |

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
mod rates;
mod reader;
mod reading;
mod recurring;
mod row_cells;
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
pub use periods::{Stamps, Unfinished};
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
