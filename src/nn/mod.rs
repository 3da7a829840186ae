//! Networks for sequences, trained with hand-written backpropagation through time.
//!
//! This room knows arrays only: it has never heard of a price. Everything is generic over its
//! float, [`Real`]: `f32` to train fast, `f64` to prove the gradients.
//!
//! | file | what it holds |
//! |---|---|
//! | `lstm` | one cell: equations, forward and backward in the same letters |
//! | `cell` | what every cell promises, so that one network runs them all |
//! | `head`, `loss` | from the last hidden state to an output, and how wrong it is |
//! | `network` | layers and head as one thing: forward, backward, tensors by name |
//! | `parameters` | every weight in one flat buffer, and under its PyTorch name |
//! | `init`, `optimizer` | where the weights start, and how they move |
//! | `samples`, `train` | windows and targets, and the loop over them |
//! | `kernels`, `real` | the arithmetic underneath |

pub mod cell;
pub mod head;
pub mod init;
pub mod kernels;
pub mod loss;
pub mod lstm;
pub mod network;
pub mod optimizer;
pub mod parameters;
pub mod real;
pub mod samples;
pub mod train;

pub use loss::Loss;
pub use network::{Network, Shape};
pub use real::Real;
pub use samples::Samples;
