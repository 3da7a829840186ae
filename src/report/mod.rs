//! What people and programs read. Takes plain result structs and writes to a [`std::io::Write`], tables to a
//! [`Terminal`]; computes nothing but the look of a number.

mod backtest;
mod card;
mod forecast;
mod inspect;
mod number;
mod progress;
pub mod style;
mod summary;
mod terminal;

pub use backtest::{
    Tested, are_forecasts_of_days, backtests_as_csv, backtests_as_json, backtests_as_table, backtests_as_values,
    forecasts_of_days_as_csv, to_file,
};
pub use card::{ModelCard, card_as_json, card_as_table};
pub use forecast::{
    ForecastRow, Interval, forecasts_as_csv, forecasts_as_json, forecasts_as_table, forecasts_as_values,
};
pub use inspect::{reading_as_json, reading_as_table};
pub use progress::{EpochLines, FitBar, ProgressBar};
pub use summary::{Summary, summary_as_csv, summary_as_json, summary_as_table};
pub use terminal::{Shown, Terminal, is_hidden, tell};
