//! The program as users run it, and the commands in the documentation.

#[path = "../common/mod.rs"]
mod common;

mod ahead;
mod audit;
mod backtest;
mod backtest_baselines;
mod bad_input;
mod bad_models;
mod bad_options;
mod compare;
mod covariates;
#[cfg(target_os = "linux")]
mod disk;
mod docs;
mod examples;
mod explain;
mod explain_page;
mod export;
mod faults;
mod fleet;
mod format_versions;
mod found_model;
mod frequency;
mod gate;
mod halts_and_ticks;
mod help;
mod helps_complete;
#[cfg(target_os = "linux")]
mod interrupt;
mod intervals;
#[cfg(unix)]
mod kills;
mod layers;
mod ledger;
mod library;
mod made_once;
mod many;
mod max_age;
mod overwrite;
mod page;
mod pipeline;
mod provenance;
mod questions;
mod random_input;
mod readme;
mod report;
mod resume;
mod score;
mod score_faults;
mod score_implausible;
mod settings;
mod shards;
mod shards_refused;
mod tables;
#[cfg(target_os = "linux")]
mod terminal;
mod train_many;
mod tune;
mod update;
mod update_late;
mod update_series;
#[cfg(target_os = "linux")]
mod users;
mod weights;
