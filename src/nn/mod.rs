//! Networks for sequences, trained with hand-written backpropagation through time.
//!
//! This module works on arrays and knows nothing of prices. It is generic over its floating-point type, [`Real`]:
//! `f32` for use, `f64` for the tests of the gradients. `docs/equations.md` derives the backward passes.
//!
//! | file | contents |
//! |---|---|
//! | `lstm`, `gru`, `rnn` | the equations of the recurrent cells, forward and backward |
//! | `recurrent` | their base: weights, states and products |
//! | `dense`, `conv` | layers without memory, the baselines |
//! | `cell` | the interface of a layer |
//! | `shape` | the options of a network: kind of layer, topology, dimensions |
//! | `stack`, `decoder`, `head` | several layers, a path day by day, the last affine map |
//! | `loss`, `student_t`, `activation` | loss functions and nonlinearities |
//! | `network`, `worker` | a whole network; its buffers for one micro-batch |
//! | `parameters` | all weights, in one flat buffer and as tensors with PyTorch's names |
//! | `init`, `optimizer` | initial weights; gradient clipping and AdamW |
//! | `samples`, `train` | windows and targets; the training loop |
//! | `trace` | gates and states of a forward pass, as plain arrays |
//! | `kernels` | matrix products and vector arithmetic for each instruction set |
//!
//! Each file imports only from files below it: `kernels` imports nothing, `train` is imported by nothing.

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
mod recurrent;
mod rnn;
pub mod samples;
pub mod shape;
pub mod stack;
mod student_t;
pub mod trace;
pub mod train;
mod worker;

pub use activation::Activation;
pub use conv::KERNEL;
pub use kernels::Real;
pub use loss::Loss;
pub use network::Network;
pub use samples::Samples;
pub use shape::{CellKind, Shape, Topology};
