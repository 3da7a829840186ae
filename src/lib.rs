//! `fourcast` forecasts tomorrow's stock price, with its odds, from a CSV of daily prices.

pub mod eval;
pub mod prices;
