//! The arithmetic of the layers: 16 units at a time, on the instruction set found at run time.
//!
//! Activations are stored in *channel blocks* of [`LANES`] units: for each day and each block, one [`Lanes`] per row of
//! the batch. The inner loops therefore work on whole registers, and the three products of a layer (forward, backward,
//! weight gradient) read memory in order. The tests compare each kernel with a naive version beside it.
//!
//! | file | contents |
//! |---|---|
//! | `isa` | the instruction sets, and the dispatch to the best one of this machine |
//! | `real`, `lanes` | the number types; vectors of sixteen of them |
//! | `sequence` | buffers of activations, day by day |
//! | `tiles` | parts of an output whose sums stay in registers |
//! | `product`, `transpose` | activations times weights; the weights transposed, for the backward pass |
//! | `weight_gradient`, `row_sum` | the gradients of weights and of biases |

mod isa;
mod lanes;
#[macro_use]
mod tiles;
mod product;
mod real;
mod row_sum;
mod sequence;
#[cfg(test)]
mod testing;
mod transpose;
mod weight_gradient;

pub use isa::{Arithmetic, Fused, Isa, Kernel, Separate, Wide};
pub use lanes::{LANES, Lanes, blocks};
pub use product::{AddTo, Product, Term};
pub use real::Real;
pub use row_sum::RowSum;
pub use sequence::{Days, Sequence};
pub use transpose::transpose;
pub use weight_gradient::WeightGradient;
