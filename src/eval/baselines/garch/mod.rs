//! GARCH(1,1), GJR-GARCH(1,1,1) and EGARCH(1,1,1) with a constant mean and Student-t innovations:
//! the econometricians' answer to what tomorrow's odds are, and the yardstick for any other.
//!
//! A fit agrees with that of Python's `arch` 8 on the same returns times 100. `params` has the
//! models' equations, `linear` and `egarch` their recursions and derivatives, `recursion` the
//! likelihood along them, `sample` what is fixed before the search, `coordinates` and `objective`
//! what is searched, `fit` the search, `guard` what is made of its result.

mod coordinates;
mod egarch;
mod fit;
mod guard;
mod linear;
mod model;
mod objective;
mod params;
mod recursion;
mod sample;

pub use guard::Unfit;
pub use model::Garch;
pub use params::{Family, Params};
