//! Finds closes without a trade: repeated from the day before, or interpolated between two others.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `kinds` | kinds of prices that look so and are not filled in |
//! | `chance` | how many rows of a kind chance makes on a fine grid |
//! | `lines` | closes on lines from one known price to the next |
//! | `means` | closes that are the mean of their neighbours |
//! | `repeated` | closes of the day before |
//! | `between` | closes that are interpolated: single days and whole series |

mod between;
mod chance;
mod kinds;
mod lines;
mod means;
mod repeated;
#[cfg(test)]
mod tests;

pub(super) use between::between_others;
pub(super) use repeated::{on_days_off, repeats};

/// Minimum number of days as evidence.
const MIN_DAYS: usize = 10;
