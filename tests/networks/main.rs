//! The networks: gradients, parity with PyTorch, dropout, no allocation in training, the order of passes. A test target
//! of the crate `src/nn`.

#[path = "../common/allocations.rs"]
mod allocations;

mod dropout;
mod gradients;
mod no_alloc;
mod parity;
mod passes;

/// Counts separately on each thread, for `no_alloc`.
#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;
