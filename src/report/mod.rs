//! Results as table, csv, json and bare value.
//!
//! A result is turned into serialisable records and a table; `output` has the writer of each format. Figures come from
//! [`eval`](crate::eval) and [`model`](crate::model). Here they are rounded, and totals and percentages of them taken.
//!
//! | file | what it holds |
//! |---|---|
//! | `output` | the formats and their writers |
//! | `forecast`, `summary`, `backtest`, `inspect`, `card` | the results of `predict`, `train`, `backtest` and `inspect` |
//! | `several` | what the summary of a model of several series has besides; the models of many series |
//! | `results` | whether a file holds results |
//! | `score` | the scores of recorded forecasts |
//! | `compare` | networks on the same days |
//! | `tune` | a search over configurations |
//! | `update` | what the update of a model has changed |
//! | `settings` | the options of the command line with their values |
//! | `failure` | a series that failed while others did not |
//! | `explain` | what the networks read and computed for a forecast |
//! | `page` | results as a page of HTML |
//! | `chart` | charts, for pages and as files |
//! | `screen` | charts of characters, for a terminal |
//! | `verdict` | the verdict in words and as a record |
//! | `progress` | how training, tests and explanations go on, on standard error |
//! | `wording` | words that depend on what a row is |
//! | `number` | rounding |
//! | `closes` | closes that are comparable with each other |
//! | `columns`, `forecast_table` | tables that fit the screen; those of forecasts |
//! | `terminal`, `style`, `wrap` | text for terminals |

mod backtest;
mod card;
mod chart;
mod closes;
mod columns;
mod compare;
mod explain;
mod failure;
mod forecast;
mod forecast_table;
mod inspect;
mod number;
mod output;
pub mod page;
mod progress;
mod results;
mod score;
mod screen;
mod settings;
mod several;
pub mod style;
mod summary;
mod terminal;
mod tune;
mod update;
mod verdict;
mod wording;
mod wrap;

pub use backtest::{DaysAsCsv, Tested, are_forecasts_of_days};
pub use card::ModelCard;
pub use chart::{Chart, Picture};
pub use explain::Explained;
pub use failure::{CsvRows, Failure, failure_as_json, failure_as_values};
pub use forecast::{Answer, ForecastRow, Interval, Question, WithFan};
pub use forecast_table::OfManySeries;
pub use inspect::{Inspection, Remark};
pub use number::{price, rounded};
pub use output::{Format, Report, WithWarnings, write};
pub use progress::{EpochLines, ExplainBar, FitBar, ProgressBar, SeriesBar, TuneBar, about};
pub use results::are_results;
pub(crate) use results::type_of;
pub use score::{ScoredSeries, no_skill_without_scores};
pub use screen::Screen;
pub use settings::{OptionRow, OptionRows};
pub use several::{OneOfMany, TrainedModels};
pub use summary::Summary;
pub use terminal::{Shown, Terminal, is_hidden, print_message, print_styled};
pub use tune::{PartDone, Tried, Tuned, TunedSeries};
pub use update::{UpdatedModel, UpdatedModels, change_in_words};
pub use verdict::{audit_note, leak_warnings, skill_not_shown};
