//! The arithmetic under the cells: 16 units wide, chosen for the machine at run time.
//!
//! Every activation is stored in *planes* of [`LANES`] units: for each day, for each plane, one
//! [`Lanes`] a row of the batch. The inner loops then run over whole registers, and all three
//! products of a layer (forward, backward, weight gradient) read memory in order.

mod isa;
mod lanes;
mod product;
mod sequence;

pub use isa::{Arithmetic, Fused, Isa, Pass, Separate, Wide};
pub use lanes::{LANES, Lanes, planes};
pub use product::{Days, Product, RowSum, Start, Term, WeightGradient, transpose};
pub use sequence::Sequence;
