//! A day-by-day buffer of activations.

use std::ops::Range;

use super::{Days, LANES, Lanes, planes};
use crate::nn::Real;

/// Activations of a batch over several days, in planes of 16 units: `(day, plane, row, lane)`.
///
/// Rows beyond the batch at hand and lanes beyond the last unit hold numbers nobody reads.
#[derive(Debug, Clone)]
pub struct Sequence<F> {
    days: usize,
    units: usize,
    rows: usize,
    data: Vec<Lanes<F>>,
}

impl<F: Real> Sequence<F> {
    /// Zeros for `days` days of `units` units and at most `rows` rows.
    pub fn new(days: usize, units: usize, rows: usize) -> Self {
        let data = vec![Lanes::ZERO; days * planes(units) * rows];
        Sequence { days, units, rows, data }
    }

    /// Number of days.
    pub fn days(&self) -> usize {
        self.days
    }

    /// Number of units a day.
    pub fn units(&self) -> usize {
        self.units
    }

    /// Rows there is room for: the distance from one plane to the next.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// From one day to the next.
    #[inline]
    pub fn day_len(&self) -> usize {
        planes(self.units) * self.rows
    }

    /// One day, `(plane, row, lane)`.
    #[inline]
    pub fn day(&self, day: usize) -> &[Lanes<F>] {
        let len = self.day_len();
        &self.data[day * len..][..len]
    }

    /// One day, to be written.
    #[inline]
    pub fn day_mut(&mut self, day: usize) -> &mut [Lanes<F>] {
        let len = self.day_len();
        &mut self.data[day * len..][..len]
    }

    /// Several slots.
    pub fn slots(&self, slots: Range<usize>) -> &[Lanes<F>] {
        &self.data[slots.start * self.day_len()..slots.end * self.day_len()]
    }

    /// Several slots, to be written.
    pub fn slots_mut(&mut self, slots: Range<usize>) -> &mut [Lanes<F>] {
        let len = self.day_len();
        &mut self.data[slots.start * len..slots.end * len]
    }

    /// A day to read and the day after it to write.
    #[inline]
    pub fn day_and_next_mut(&mut self, day: usize) -> (&[Lanes<F>], &mut [Lanes<F>]) {
        let len = self.day_len();
        let (before, after) = self.data.split_at_mut((day + 1) * len);
        (&before[day * len..], &mut after[..len])
    }

    /// A day to write and the day after it to read.
    #[inline]
    pub fn day_mut_and_next(&mut self, day: usize) -> (&mut [Lanes<F>], &[Lanes<F>]) {
        let len = self.day_len();
        let (before, after) = self.data.split_at_mut((day + 1) * len);
        (&mut before[day * len..], &after[..len])
    }

    /// All days, `(day, plane, row, lane)`.
    pub fn all(&self) -> &[Lanes<F>] {
        &self.data
    }

    /// All days, to be written.
    pub fn all_mut(&mut self) -> &mut [Lanes<F>] {
        &mut self.data
    }

    /// The days from `day` on, for a sum over days.
    pub fn days_from(&self, day: usize) -> Days<'_, F> {
        Days { data: &self.data[day * self.day_len()..], stride: self.day_len() }
    }

    /// Sets everything to zero.
    pub fn clear(&mut self) {
        self.data.fill(Lanes::ZERO);
    }

    /// One number.
    pub fn get(&self, day: usize, row: usize, unit: usize) -> F {
        let (plane, lane) = (unit / LANES, unit % LANES);
        self.day(day)[plane * self.rows + row].0[lane]
    }

    /// Writes one number.
    #[inline]
    pub fn set(&mut self, day: usize, row: usize, unit: usize, value: F) {
        let (plane, lane) = (unit / LANES, unit % LANES);
        let rows = self.rows;
        self.day_mut(day)[plane * rows + row].0[lane] = value;
    }

    /// Writes the first rows of a day, each from the first of its numbers. Those that follow may be copied
    /// too, to lanes beyond the last unit, because whole planes and their halves are the quickest to copy.
    #[inline]
    pub fn set_rows<'a>(&mut self, day: usize, values: impl Iterator<Item = &'a [F]> + Clone) {
        let (rows, units) = (self.rows, self.units);
        for (plane, to) in self.day_mut(day).chunks_exact_mut(rows).enumerate() {
            let (first, end) = (plane * LANES, units.min((plane + 1) * LANES));
            if end - first <= LANES / 2 {
                copy_rows::<F, { LANES / 2 }>(to, values.clone(), first..end);
            } else {
                copy_rows::<F, LANES>(to, values.clone(), first..end);
            }
        }
    }
}

/// Copies the units `units` of each row, `N` numbers at a time where there are as many.
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
