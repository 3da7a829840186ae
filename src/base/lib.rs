//! Modules that the crates of `fourcast` share, except for `fourcast-nn`.
//!
//! The modules, from the top. Each module imports only from modules below it in this table; a test checks this.
//!
//! | module | what it does |
//! |---|---|
//! | [`files`] | files: written completely or not at all, locked, checked, recognised by their content |
//! | [`columnar`] | Parquet files, read and written as tables of text |
//! | [`math`] | mathematics that several modules use |
//! | [`words`] | counts with their nouns, and lists, for the messages of all modules |

pub mod columnar;
pub mod files;
pub mod math;
pub mod words;
