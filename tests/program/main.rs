//! The program as its users run it, and the documents' commands.

#[path = "../common/mod.rs"]
mod common;

mod ahead;
mod backtest;
mod bad_input;
mod compare;
mod covariates;
mod docs;
mod examples;
mod explain;
mod export;
mod faults;
mod fleet;
mod format_versions;
mod frequency;
mod help;
mod hostile;
#[cfg(target_os = "linux")]
mod interrupt;
mod layers;
mod ledger;
mod library;
mod many;
mod max_age;
mod page;
mod pipeline;
mod provenance;
mod questions;
mod readme;
mod report;
mod resume;
mod score;
mod score_doubts;
mod settings;
mod shards;
mod steps;
mod tables;
#[cfg(target_os = "linux")]
mod terminal;
mod train_many;
mod tune;
mod update;
mod update_late;
#[cfg(target_os = "linux")]
mod users;
mod weights;
