//! Networks for sequences, trained with hand-written backpropagation through time.
//!
//! This crate works on arrays and has no notion of prices. It is generic over its floating-point type, [`Float`]: `f32`
//! in use, `f64` in the tests of the gradients. `docs/equations.md` derives the backward passes.
//!
//! The modules, from the bottom. Each module imports only from modules above it in this table; a test checks this.
//!
//! | modules | what they are |
//! |---|---|
//! | `kernels` | matrix products and vector arithmetic for each instruction set |
//! | `activation`, `student_t` | nonlinearities; the Student-t density and its derivatives |
//! | `parameters` | all weights, in one flat buffer and as tensors with PyTorch's names |
//! | `cell` | the interface of a layer |
//! | `recurrent` | the base of the recurrent cells: weights, states and products |
//! | `lstm`, `gru`, `rnn` | the equations of the recurrent cells, forward and backward |
//! | `dense`, `conv` | layers without memory, for comparison |
//! | `shape` | the options of a network: kind of layer, topology, dimensions |
//! | `float` | the number types, and the code compiled for them in this crate: layers and products |
//! | `stack`, `head`, `decoder` | several layers; the affine map to the outputs; a path, day by day |
//! | `loss` | loss functions |
//! | `init`, `optimizer` | initial weights; gradient clipping and AdamW |
//! | `samples` | windows and targets |
//! | `worker`, `network` | the buffers for one micro-batch; a whole network |
//! | `trace` | gates and states of a forward pass, as plain arrays |
//! | `train` | the training loop |

mod activation;
#[doc(hidden)]
pub mod cell;
mod conv;
mod decoder;
mod dense;
mod float;
mod gru;
mod head;
pub mod init;
#[doc(hidden)]
pub mod kernels;
pub mod loss;
mod lstm;
pub mod network;
pub mod optimizer;
pub mod parameters;
mod recurrent;
mod rnn;
mod samples;
mod shape;
mod stack;
mod student_t;
pub mod trace;
pub mod train;
mod worker;

pub use activation::Activation;
#[doc(inline)]
pub use cell::{Gate, GateRole};
pub use conv::KERNEL;
pub use float::Float;
#[doc(inline)]
pub use kernels::{Isa, LANES, Lanes, Real};
pub use loss::Loss;
pub use network::Network;
pub use samples::Samples;
pub use shape::{CellKind, Shape, Topology};
