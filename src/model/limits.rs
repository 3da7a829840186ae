//! Bounds on the sizes of a model, on the command line and in a file.

/// Maximum number of days of a window, and of a horizon. Like the other bounds it is far above typical values, and low
/// enough that a damaged number does not exhaust the memory.
pub const MAX_DAYS: usize = 10_000;
/// Maximum number of hidden units per layer.
pub const MAX_HIDDEN: usize = 4_096;
/// Maximum number of layers.
pub const MAX_LAYERS: usize = 64;
/// Maximum number of networks of an ensemble.
pub const MAX_MEMBERS: usize = 1_000;
/// Maximum number of days of a path.
pub const MAX_PATH: usize = 1_000;
/// Maximum number of tensors of all networks of a model.
pub(super) const MAX_TENSORS: usize = 1 << 15;
