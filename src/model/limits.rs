//! Bounds on the sizes of a model, on the command line and in a file.

/// Maximum days of a window, and of a horizon. Like the other bounds it is far above use, and low enough that a damaged
/// number does not exhaust the memory.
pub const MAX_DAYS: usize = 10_000;
/// Maximum hidden units of a layer.
pub const MAX_HIDDEN: usize = 4_096;
/// Maximum layers.
pub const MAX_LAYERS: usize = 64;
/// Maximum networks of an ensemble.
pub const MAX_MEMBERS: usize = 1_000;
/// Maximum days of a path.
pub const MAX_PATH: usize = 1_000;
/// Maximum tensors of all networks of a model.
pub(super) const MAX_TENSORS: usize = 1 << 15;
