//! `fourcast` forecasts tomorrow's stock price, with its odds, from a CSV of daily prices.

pub mod nn;
pub mod prices;
pub mod features;
