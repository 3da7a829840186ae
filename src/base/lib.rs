//! Modules that the crates of `fourcast` share, except for `fourcast-nn`.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | module | what it does |
//! |---|---|
//! | [`words`] | the words of messages: counts with nouns, lists, quoting for a shell, escapes, similar names |
//! | [`threads`] | pools of threads |
//! | [`math`] | mathematics that several modules use |
//! | [`columnar`] | Parquet files, read and written as tables of text |
//! | [`files`] | files: written completely or not at all, locked, checked, recognised by their content |

pub mod columnar;
pub mod files;
pub mod math;
pub mod threads;
pub mod words;
