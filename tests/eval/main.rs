//! The numbers of `fourcast::eval`, compared with those of independent implementations.

mod ahead;
mod baselines;
mod fixture;
mod garch;
mod history;
mod scores;
mod significance;
