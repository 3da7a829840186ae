//! The gradient of a bias: a sum over days and rows.
//!
//! P = blocks of 16 units, B = rows of the batch.

use super::{Arithmetic, Days, Kernel, Lanes, Real};

/// `sum[p] += sum over days and rows of da[day][p][b]`, for the first `rows` rows.
pub struct RowSum<'a, F> {
    /// `(P, lane)`
    pub sum: &'a mut [Lanes<F>],
    /// `(day, P, stride, lane)`
    pub da: Days<'a, F>,
    /// Number of days.
    pub days: usize,
    /// The distance from one block to the next, in rows.
    pub stride: usize,
    /// B
    pub rows: usize,
}

impl<F: Real> Kernel for RowSum<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        for (block, to) in self.sum.iter_mut().enumerate() {
            // Four partial sums, because each addition to a single sum would wait for the previous one.
            let mut sum = [Lanes::ZERO; 4];
            for day in 0..self.days {
                let (fours, rest) = self.da.rows(day, block * self.stride, self.rows).as_chunks::<4>();
                for da in fours {
                    for (sum, da) in sum.iter_mut().zip(da) {
                        *sum += *da;
                    }
                }
                for da in rest {
                    sum[0] += *da;
                }
            }
            *to += (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::exact;
    use super::super::{Isa, blocks};
    use super::*;

    /// Computes the row sums in plain loops.
    fn naive<F: Real>(RowSum { sum, da, days, stride, rows }: RowSum<'_, F>) {
        for (p, sum) in sum.iter_mut().enumerate() {
            for day in 0..days {
                for b in 0..rows {
                    *sum += da.data[day * da.day_stride + p * stride + b];
                }
            }
        }
    }

    #[test]
    fn a_row_sum_is_the_naive_one() {
        for (units, rows, days) in [(1, 1, 1), (16, 3, 2), (33, 8, 3), (40, 17, 4)] {
            let (blocks, stride) = (blocks(units), rows + 2);
            let (data, before) = (exact(days * blocks * stride, 1), exact(blocks, 2));
            let da = Days { data: &data, day_stride: blocks * stride };
            let mut expected = before.clone();
            naive(RowSum { sum: &mut expected, da, days, stride, rows });
            for isa in Isa::available() {
                let mut sum = before.clone();
                isa.run(RowSum { sum: &mut sum, da, days, stride, rows });
                assert!(sum == expected, "{units} units, {rows} rows, {days} days, {isa:?}");
            }
        }
    }
}
