//! The words that vendors use in headers, dates and cells: one list of each, and what a name of a column says.
//!
//! It imports no other module of `prices`. Names are compared as [`normal::normal`] makes them: lower case, without
//! accents and punctuation.
//!
//! | file | what it holds |
//! |---|---|
//! | `normal` | text in the form in which words are compared |
//! | `role`, `words` | what a column can hold; the names of columns, with their roles |
//! | `names`, `affix` | the role that a name states; names that carry a ticker |
//! | `counted`, `qualified` | turnover with a unit of shares; a word of the bar with what is quoted |
//! | `headers` | names of columns that decide something other than a role |
//! | `dates`, `numbers`, `currencies` | the words in dates, around numbers, and for currencies |

pub(super) mod affix;
mod counted;
pub(super) mod currencies;
pub(super) mod dates;
pub(super) mod headers;
pub(super) mod names;
pub(super) mod normal;
pub(super) mod numbers;
mod qualified;
pub(super) mod role;
mod words;
