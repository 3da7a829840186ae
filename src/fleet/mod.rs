//! Many series in one run: in parallel, with results in the order of the input, and memory for the series in work alone.
//!
//! | file | what it holds |
//! |---|---|
//! | `ordered` | jobs done in parallel, whose results are taken in the order of the jobs |
//! | `gate` | how many jobs there may be at a time |
//! | `series` | the series of several files as such jobs |

mod gate;
mod ordered;
mod series;

pub use ordered::{Jobs, StartError, Workers};
pub use series::{Event, SeriesDone, each_series};
