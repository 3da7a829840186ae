//! Models: networks that are trained on prices, their forecasts and their files.

#[path = "../common/mod.rs"]
mod common;

mod explain;
mod guide;
mod learning;
mod lookahead;
mod loss_curves;
mod memory;
mod model_file;
mod resume;
mod several;

/// Counts separately on each thread, for `model_file`.
#[global_allocator]
static ALLOCATOR: common::allocations::Counting = common::allocations::Counting;
