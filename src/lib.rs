//! `fourcast` forecasts tomorrow's stock price, with its odds, from a CSV of daily prices.

pub mod features;
pub mod model;
pub mod nn;
pub mod prices;
