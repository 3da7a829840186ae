//! What people and programs read. Takes plain result structs and writes to a [`std::io::Write`], tables to a
//! [`Terminal`]; computes nothing but the look of a number.

mod backtest;
mod card;
mod failure;
mod forecast;
mod inspect;
mod number;
mod periods;
mod progress;
pub mod style;
mod summary;
mod terminal;

pub use backtest::{
    DaysAsCsv, Tested, are_forecasts_of_days, backtest_as_csv, backtest_as_json, backtest_as_table, backtest_as_value,
    to_file,
};
pub use card::{ModelCard, card_as_json, card_as_table};
pub use failure::{CsvRows, Failure, failure_as_json, failure_as_values};
pub use forecast::{
    ForecastRow, Interval, forecasts_as_csv, forecasts_as_json, forecasts_as_table, forecasts_as_values,
};
pub use inspect::{reading_as_json, reading_as_table};
pub use periods::in_words_of;
pub use progress::{EpochLines, FitBar, ProgressBar};
pub use summary::{Summary, summary_as_csv, summary_as_json, summary_as_table};
pub use terminal::{Shown, Terminal, is_hidden, tell};
