//! Results as table, csv, json and bare value.
//!
//! A result is turned into serialisable records and a table; `output` has a writer for each format. All figures come
//! from [`eval`](crate::eval) and [`model`](crate::model). Here they are only rounded, totalled, averaged and turned into
//! percentages.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | modules | what they hold |
//! |---|---|
//! | `results` | whether a file holds results |
//! | `number` | rounding |
//! | `wording` | words that depend on the frequency of the rows |
//! | `closes` | closes that are comparable with each other |
//! | `screen`, `style`, `wrap`, `terminal`, `html` | the screen and its width; text for terminals; text in pages |
//! | `columns` | tables that fit the screen |
//! | `remaining`, `progress` | the remaining time; progress of training, tests and explanations, on standard error |
//! | `record`, `failure` | records of names and values; series that failed while others did not |
//! | `output` | the formats and their writers |
//! | `verdict` | the verdict in words and as a record |
//! | `forecast` | forecasts and their records |
//! | `chart`, `text_chart` | charts for pages and files; charts of characters for a terminal |
//! | `forecast_table` | the results of `predict` |
//! | `training` | descriptions of a training run and its test that several results share |
//! | `summary`, `several` | the result of `train`; those of many series |
//! | `backtest` | the result of `backtest` |
//! | `score`, `remark` | the scores of recorded forecasts; remarks on them |
//! | `compare` | networks on the same days |
//! | `tune` | a search over configurations |
//! | `update` | what an update has changed in a model |
//! | `inspect`, `card` | the results of `inspect`: of files, of models |
//! | `settings` | the options of the command line and their values |
//! | `explain` | what the networks read and computed for a forecast |
//! | `page` | results as an HTML page |

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
mod html;
mod inspect;
mod number;
mod output;
pub mod page;
mod progress;
mod record;
mod remaining;
mod remark;
mod results;
mod score;
mod screen;
mod settings;
mod several;
pub mod style;
mod summary;
mod terminal;
mod text_chart;
mod training;
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
pub use forecast::{Answer, ForecastRow, Interval, Question};
pub use forecast_table::{OfManySeries, WithFan};
pub use inspect::{Inspection, Remark};
pub use number::{price, rounded};
pub use output::{Format, Report, WithWarnings, write};
pub use progress::{EpochLines, ExplainBar, FitBar, ProgressBar, SeriesBar, TuneBar, about};
pub use remark::remark_in_words;
pub use results::are_results;
pub(crate) use results::type_of;
pub use score::{ScoredSeries, no_skill_without_scores};
pub use screen::Screen;
pub use settings::{OptionRow, OptionRows};
pub use several::{OneOfMany, TrainedModels};
pub use summary::Summary;
pub use terminal::{Shown, Terminal, is_hidden, name_of_failed, print_message, print_styled};
pub use training::{coverage_warning, kept_epoch};
pub use tune::{PartDone, Trial, Tuned, TunedSeries};
pub use update::{LateWarning, UpdatedModel, UpdatedModels, change_in_words};
pub use verdict::{audit_note, leak_warnings, skill_not_shown, skill_shown};
