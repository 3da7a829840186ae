//! Finds closes without a trade: repeated from the day before, or interpolated between two others.
//!
//! The modules, from the bottom. Each imports only from modules that precede it in the table, which a test checks.
//!
//! | modules | what they do |
//! |---|---|
//! | `kinds` | kinds of prices that look filled in and are not |
//! | `chance` | how many rows of a kind occur by chance on a fine grid |
//! | `lines` | closes on lines from one known price to the next |
//! | `means` | closes that are the mean of their neighbours |
//! | `repeated` | closes that repeat the day before |
//! | `between` | interpolated closes: single days and whole series |

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
