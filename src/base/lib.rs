//! Modules that the crates of `fourcast` share, except for `fourcast-nn`.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | module | what it does |
//! |---|---|
//! | [`words`] | counts with their nouns, and lists, for the messages of all modules |
//! | [`math`] | mathematics that several modules use |
//! | [`columnar`] | Parquet files, read and written as tables of text |
//! | [`files`] | files: written completely or not at all, locked, checked, recognised by their content |

pub mod columnar;
pub mod files;
pub mod math;
pub mod words;
