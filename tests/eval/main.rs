//! The numbers of `fourcast::eval` against those of independent implementations.

mod baselines;
mod fixture;
mod garch;
mod scores;
mod significance;
