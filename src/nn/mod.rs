//! Networks for sequences, trained with hand-written backpropagation through time.
//!
//! This room knows arrays only: it has never heard of a price. Everything is generic over its
//! float, [`Real`]: `f32` to train fast, `f64` to prove the gradients.
//!
//! | file | what it holds |
//! |---|---|
//! | `lstm`, `gru`, `rnn` | cells with memory: equations, forward and backward in the same letters |
//! | `dense`, `conv` | layers without: the yardsticks |
//! | `cell` | what each of them promises, so that one network runs them all |
//! | `stack`, `decoder`, `head` | layers above one another, a path day by day, the last affine map |
//! | `loss`, `activation` | how wrong an output is; tanh and ReLU |
//! | `network`, `worker` | all of it as one thing; one thread's share of a batch |
//! | `parameters` | every weight in one flat buffer, and under its PyTorch name |
//! | `init`, `optimizer` | where the weights start, and how they move |
//! | `samples`, `train` | windows and targets, and the loop over them |
//! | `kernels`, `real` | the arithmetic underneath |

pub mod activation;
pub mod cell;
mod conv;
pub mod decoder;
mod dense;
mod gru;
mod head;
pub mod init;
pub mod kernels;
pub mod loss;
mod lstm;
pub mod network;
pub mod optimizer;
pub mod parameters;
pub mod real;
mod rnn;
pub mod samples;
pub mod stack;
mod student_t;
pub mod train;
mod worker;

pub use activation::Activation;
pub use cell::CellKind;
pub use loss::Loss;
pub use network::{Network, Shape, Topology};
pub use real::Real;
pub use samples::Samples;
