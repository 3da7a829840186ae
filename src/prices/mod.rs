//! From a vendor's file to a checked [`PriceSeries`].
//!
//! This room has never heard of a network. Everything that can be wrong with a price file is found
//! here, with the line and the column, so that the rooms above may trust every number they get.

mod series;

pub use series::{OpenHighLow, PriceSeries};
