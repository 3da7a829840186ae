//! The `fourcast` program.
fn main() {}
