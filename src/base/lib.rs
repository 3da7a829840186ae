//! Modules that the crates of `fourcast` share, but for `fourcast-nn`.
//!
//! The modules, from the top. Each imports only from those below it; a test reads this table.
//!
//! | module | what it does |
//! |---|---|
//! | [`files`] | files: written whole or not at all, locked, checked, known by their content |
//! | [`columnar`] | Parquet files, read and written as tables of text |
//! | [`math`] | mathematics that several modules use |
//! | [`words`] | counts with their nouns, and lists, for the messages of all modules |

pub mod columnar;
pub mod files;
pub mod math;
pub mod words;
