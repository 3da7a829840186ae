//! Buffers of activations, day by day.

use std::ops::Range;

use super::{LANES, Lanes, Real, blocks};

/// Activations or gradients over several days, from some block on: `(day, block, row, lane)`.
pub struct Days<'a, F> {
    /// The data, from the first block used on the first day.
    pub data: &'a [Lanes<F>],
    /// Distance from one day to the next.
    pub day_stride: usize,
}

impl<F> Clone for Days<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Days<'_, F> {}

impl<'a, F: Real> Days<'a, F> {
    /// Returns `rows` rows of one day, from `first` on.
    #[inline(always)]
    pub(super) fn rows(self, day: usize, first: usize, rows: usize) -> &'a [Lanes<F>] {
        &self.data[day * self.day_stride + first..][..rows]
    }
}

/// Activations of a batch over several days, in blocks of 16 units: `(day, block, row, lane)`.
///
/// Rows beyond the current batch and lanes beyond the last unit hold numbers that are not used.
#[derive(Debug, Clone)]
pub struct Sequence<F> {
    days: usize,
    units: usize,
    rows: usize,
    data: Vec<Lanes<F>>,
}

impl<F: Real> Sequence<F> {
    /// Returns zeros for `days` days of `units` units and at most `rows` rows.
    pub fn new(days: usize, units: usize, rows: usize) -> Self {
        let data = vec![Lanes::ZERO; days * blocks(units) * rows];
        Sequence { days, units, rows, data }
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.days
    }

    /// Number of units per day.
    pub fn units(&self) -> usize {
        self.units
    }

    /// The number of rows that the buffer holds: the distance from one block to the next.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Distance from one day to the next.
    #[inline]
    pub fn day_len(&self) -> usize {
        blocks(self.units) * self.rows
    }

    /// One day, `(block, row, lane)`.
    #[inline]
    pub fn day(&self, day: usize) -> &[Lanes<F>] {
        let len = self.day_len();
        &self.data[day * len..][..len]
    }

    /// One day, mutable.
    #[inline]
    pub fn day_mut(&mut self, day: usize) -> &mut [Lanes<F>] {
        let len = self.day_len();
        &mut self.data[day * len..][..len]
    }

    /// Several days.
    pub fn slots(&self, slots: Range<usize>) -> &[Lanes<F>] {
        &self.data[slots.start * self.day_len()..slots.end * self.day_len()]
    }

    /// Several days, mutable.
    pub fn slots_mut(&mut self, slots: Range<usize>) -> &mut [Lanes<F>] {
        let len = self.day_len();
        &mut self.data[slots.start * len..slots.end * len]
    }

    /// Returns a day to read and the day after it to write.
    #[inline]
    pub fn day_and_next_mut(&mut self, day: usize) -> (&[Lanes<F>], &mut [Lanes<F>]) {
        let len = self.day_len();
        let (before, after) = self.data.split_at_mut((day + 1) * len);
        (&before[day * len..], &mut after[..len])
    }

    /// Returns a day and the day after it, both to be written.
    #[inline]
    pub fn two_days_mut(&mut self, day: usize) -> (&mut [Lanes<F>], &mut [Lanes<F>]) {
        let len = self.day_len();
        let (before, after) = self.data.split_at_mut((day + 1) * len);
        (&mut before[day * len..], &mut after[..len])
    }

    /// All days, `(day, block, row, lane)`.
    pub fn all(&self) -> &[Lanes<F>] {
        &self.data
    }

    /// All days, mutable.
    pub fn all_mut(&mut self) -> &mut [Lanes<F>] {
        &mut self.data
    }

    /// Returns the days from `day` on, for a sum over days.
    pub fn days_from(&self, day: usize) -> Days<'_, F> {
        Days { data: &self.data[day * self.day_len()..], day_stride: self.day_len() }
    }

    /// Sets everything to zero.
    pub fn clear(&mut self) {
        self.data.fill(Lanes::ZERO);
    }

    /// Returns one number.
    pub fn get(&self, day: usize, row: usize, unit: usize) -> F {
        let (block, lane) = (unit / LANES, unit % LANES);
        self.day(day)[block * self.rows + row].0[lane]
    }

    /// Writes one number.
    #[inline]
    pub fn set(&mut self, day: usize, row: usize, unit: usize, value: F) {
        let (block, lane) = (unit / LANES, unit % LANES);
        let rows = self.rows;
        self.day_mut(day)[block * rows + row].0[lane] = value;
    }

    /// Writes the first rows of a day, each from the first numbers of a slice. Numbers after those can be copied to
    /// lanes beyond the last unit, because copies of whole or half blocks are fastest.
    #[inline]
    pub fn set_rows<'a>(&mut self, day: usize, values: impl Iterator<Item = &'a [F]> + Clone) {
        let (rows, units) = (self.rows, self.units);
        for (block, to) in self.day_mut(day).chunks_exact_mut(rows).enumerate() {
            let (first, end) = (block * LANES, units.min((block + 1) * LANES));
            if end - first <= LANES / 2 {
                copy_rows::<F, { LANES / 2 }>(to, values.clone(), first..end);
            } else {
                copy_rows::<F, LANES>(to, values.clone(), first..end);
            }
        }
    }
}

/// Copies the units `units` of each row; `N` numbers if the slice has at least that many.
#[inline(always)]
fn copy_rows<'a, F: Real, const N: usize>(
    to: &mut [Lanes<F>],
    values: impl Iterator<Item = &'a [F]>,
    units: Range<usize>,
) {
    for (to, values) in to.iter_mut().zip(values) {
        match (to.0.first_chunk_mut::<N>(), values[units.start..].first_chunk::<N>()) {
            (Some(to), Some(values)) => *to = *values,
            _ => to.0[..units.len()].copy_from_slice(&values[units.clone()]),
        }
    }
}
