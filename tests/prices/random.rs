//! Pseudo-random numbers and trading days, which several tests of tables use.

use jiff::civil::{Date, Weekday};

/// Pseudo-random numbers from 0 to 1.
pub struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 33) as u32) / f64::from(1_u32 << 31)
    }

    pub fn below(&mut self, count: usize) -> usize {
        ((self.next() * count as f64) as usize).min(count - 1)
    }
}

/// Returns the weekdays from a day on.
pub fn weekdays(first: Date) -> impl Iterator<Item = Date> {
    let all = first.series(jiff::Span::new().days(1));
    all.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
}
