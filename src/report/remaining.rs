//! The remaining time of work with parts of different lengths.

use std::time::{Duration, Instant};

/// Work, measured in a unit of roughly constant duration: windows trained on, or rows fitted to.
#[derive(Debug)]
pub struct Work {
    start: Instant,
    all: usize,
    done: usize,
}

impl Work {
    /// Starts the clock, with all of the work to be done.
    pub fn new(all: usize) -> Work {
        Work { start: Instant::now(), all, done: 0 }
    }

    /// Adds a part to the work that is done.
    pub fn finish(&mut self, part: usize) {
        self.done += part;
    }

    /// Subtracts a part that will not be done from the total.
    pub fn leave(&mut self, part: usize) {
        self.all = self.all.saturating_sub(part);
    }

    /// Sets how much is left to be done.
    pub fn set_rest(&mut self, rest: usize) {
        self.all = self.done + rest;
    }

    /// Estimates the remaining time from the speed so far; none before any part is done.
    pub fn left(&self) -> Option<Duration> {
        self.left_after(self.start.elapsed())
    }

    fn left_after(&self, elapsed: Duration) -> Option<Duration> {
        let rest = self.all.saturating_sub(self.done) as f64;
        (self.done > 0).then(|| elapsed.mul_f64(rest / self.done as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three epochs of a fit to 80 windows and three of a fit to 240 windows. After the first fit, a quarter of the
    /// work is done, but half of the epochs.
    #[test]
    fn a_long_part_counts_for_more_than_a_short_one() {
        let mut work = Work::new(3 * 80 + 3 * 240);
        assert_eq!(work.left_after(Duration::from_secs(1)), None);
        (0..3).for_each(|_| work.finish(80));
        assert_eq!(work.left_after(Duration::from_secs(2)), Some(Duration::from_secs(6)));
        work.leave(240);
        assert_eq!(work.left_after(Duration::from_secs(2)), Some(Duration::from_secs(4)));
        work.set_rest(120);
        assert_eq!(work.left_after(Duration::from_secs(2)), Some(Duration::from_secs(1)));
    }
}
