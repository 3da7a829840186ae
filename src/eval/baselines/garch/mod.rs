//! GARCH(1,1), GJR-GARCH(1,1,1) and EGARCH(1,1,1) with a constant mean and Student-t innovations.
//!
//! A fit agrees with that of Python's `arch` 8 on the same returns times 100. `params` has the
//! models' equations, `linear` and `egarch` their recursions and derivatives, `recursion` the
//! likelihood along them, `sample` what is fixed before the search, `coordinates` and `objective`
//! what is searched, `search` the search, `guard` the check of its result.

mod coordinates;
mod egarch;
mod guard;
mod linear;
mod model;
mod objective;
mod params;
mod recursion;
mod sample;
mod search;

pub use model::Garch;
pub use params::{Family, Params};

use std::any::Any;

use super::{Baseline, EWMA, FittedBaseline, Unfit};

/// GARCH(1,1)-t.
pub const GARCH: Baseline = Baseline {
    name: "garch",
    label: |_| "GARCH",
    fallback: Some(&EWMA),
    fit: |returns, earlier| fit(Family::Garch, returns, earlier),
    ..VOLATILITY_MODEL
};

/// GJR-GARCH(1,1,1)-t.
pub const GJR: Baseline = Baseline {
    name: "gjr",
    label: |_| "GJR",
    fallback: Some(&GARCH),
    fit: |returns, earlier| fit(Family::Gjr, returns, earlier),
    ..VOLATILITY_MODEL
};

/// EGARCH(1,1,1)-t.
pub const EGARCH: Baseline = Baseline {
    name: "egarch",
    label: |_| "EGARCH",
    fallback: Some(&GJR),
    fit: |returns, earlier| fit(Family::Egarch, returns, earlier),
    ..VOLATILITY_MODEL
};

/// What the three have in common. A variance that reverts to its mean grows other than in proportion to time, so that
/// they forecast one day ahead only.
const VOLATILITY_MODEL: Baseline = Baseline { max_horizon: 1, is_garch: true, ..EWMA };

/// Fits a model of the family; the parameters of an earlier fit of the same one are one more start of the search.
fn fit(
    family: Family,
    returns: &[f64],
    earlier: Option<&dyn FittedBaseline>,
) -> Result<Box<dyn FittedBaseline>, Unfit> {
    let earlier = earlier.and_then(|earlier| (earlier as &dyn Any).downcast_ref::<Garch>());
    let params = earlier.filter(|earlier| earlier.family() == family).map(Garch::params);
    Ok(Box::new(Garch::fit(family, returns, params)?))
}
