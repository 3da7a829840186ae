//! The words that vendors use in headers, dates and cells, and the meanings of names of columns.
//!
//! It imports no other module of `prices`. Names are compared in the form that [`normal::normal`] returns: lower case,
//! without accents and punctuation.
//!
//! The modules, from the bottom. Each imports only from modules that precede it in the table, which a test checks.
//!
//! | modules | what they do |
//! |---|---|
//! | `normal` | the normal form in which words are compared |
//! | `sides` | names of the prices at which a dealer buys and sells |
//! | `role`, `words` | what a column can hold; the names of columns, with their roles |
//! | `dates`, `numbers`, `currencies` | the words in dates, around numbers, and for currencies; names for from and to |
//! | `counted`, `qualified` | turnover in shares; a word for a price with one for what is quoted |
//! | `priced` | a word for a price with one for which price of the day it is |
//! | `previous` | names of the previous close, and of the close of the next day |
//! | `counts` | names of counts and amounts beside a price |
//! | `beside` | names of columns beside prices: changes, fractions, flags, an index |
//! | `funds` | names of quantities of a whole fund |
//! | `books` | names of the columns of a portfolio's books, and of quantities beside prices |
//! | `units` | currencies and units in a name |
//! | `indicators` | names of columns that are computed from prices or move with them |
//! | `names` | the role that a name states |
//! | `currency_names`, `affix` | names with a currency; names that contain a ticker |
//! | `headers` | names of columns that decide something other than a role |
//! | `footers` | lines of text that vendors write under the prices |

pub(super) mod affix;
pub(super) mod beside;
pub(super) mod books;
mod counted;
pub(super) mod counts;
pub(super) mod currencies;
pub(super) mod currency_names;
pub(super) mod dates;
pub(super) mod footers;
pub(super) mod funds;
pub(super) mod headers;
pub(super) mod indicators;
pub(super) mod names;
pub(super) mod normal;
pub(super) mod numbers;
mod previous;
mod priced;
mod qualified;
pub(super) mod role;
pub(super) mod sides;
mod units;
mod words;
