//! The numbers of `fourcast::eval` against those of independent implementations.

mod ahead;
mod baselines;
mod fixture;
mod garch;
mod history;
mod scores;
mod significance;
