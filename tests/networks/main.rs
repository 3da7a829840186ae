//! The networks and the models made of them: gradients, parity with PyTorch, training, model files.

#[path = "../common/mod.rs"]
mod common;

mod dropout;
mod explain;
mod gradients;
mod guide;
mod learning;
mod lookahead;
mod loss_curves;
mod memory;
mod model_file;
mod no_alloc;
mod parity;
mod resume;
mod several;

/// Counts on each thread by itself, for `no_alloc` and `model_file`.
#[global_allocator]
static ALLOCATOR: common::allocations::Counting = common::allocations::Counting;
