//! The words that vendors use in headers, dates and cells: one list of each, and what a name of a column says.
//!
//! It imports no other module of `prices`. Names are compared as [`normal::normal`] makes them: lower case, without
//! accents and punctuation.

pub(super) mod affix;
pub(super) mod currencies;
pub(super) mod dates;
pub(super) mod headers;
pub(super) mod names;
pub(super) mod normal;
pub(super) mod numbers;
pub(super) mod role;
mod words;
