//! Decides which columns to read, and as what.

mod currency;
mod dated;
mod finder;
mod groups;
mod plan;
mod product;
mod sample;
mod unlike;
mod unread;
mod wide;

pub(super) use dated::of_parts;
pub(super) use finder::plan as find;
pub use plan::Sign;
pub(super) use plan::{BarNotRead, Field, Group, Plan};
