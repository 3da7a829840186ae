//! Decides which columns to read, and in which role.
//!
//! | file | what it holds |
//! |---|---|
//! | `marks` | the decimal mark of each column |
//! | `sample` | the content of the columns in the first rows |
//! | `letters` | names of one or two letters |
//! | `known` | the roles that names state |
//! | `finder` | finds the columns by the caller's options, then by name, then by content |
//! | `dated`, `labels` | the column of dates; columns that label the rows |
//! | `copies` | columns that repeat others |
//! | `previous` | columns of previous closes |
//! | `product` | a column that is the product of two others |
//! | `holding` | the units of a price that are held, and their value |
//! | `currency` | currencies in the names of columns |
//! | `books` | the books of a portfolio |
//! | `averages` | averages beside counts |
//! | `funds` | names of funds that begin with a word of the bar |
//! | `measures` | fundamentals: ratios of a price, earnings, the assets of a fund and the like |
//! | `derived` | changes, flags, sums and amounts of money, recognised by their numbers |
//! | `index` | an index beside a holding |
//! | `side_by_side` | tables side by side, each with its own dates |
//! | `sides` | bid and ask prices |
//! | `ticker_words` | names that are tickers as well as words |
//! | `wide`, `groups` | wide tables; the series in the columns of a table |
//! | `panel` | the key of a panel, whatever its name |
//! | `renamed` | tickers of a series that was renamed |
//! | `joined` | series below each other that are read as one |
//! | `unlike`, `unread` | tables that resemble price files; columns that are not read |
//! | `plan` | the columns to read |
//! | `decide` | all decisions, in order |
//! | `late` | columns that are empty in the first rows |

mod averages;
mod books;
mod copies;
mod currency;
mod dated;
mod decide;
mod derived;
mod finder;
mod funds;
mod groups;
mod holding;
mod index;
mod joined;
mod known;
mod labels;
mod late;
mod letters;
mod marks;
mod measures;
mod panel;
mod plan;
mod previous;
mod product;
mod renamed;
mod sample;
mod side_by_side;
mod sides;
mod ticker_words;
mod unlike;
mod unread;
mod wide;

pub(super) use dated::of_parts;
pub(super) use decide::plan as find;
pub(super) use late::LateRows;
pub use plan::Sign;
pub(super) use plan::{BarNotRead, Field, Group, Joined, Plan};
