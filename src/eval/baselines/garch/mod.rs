//! GARCH(1,1), GJR-GARCH(1,1,1) and EGARCH(1,1,1) with a constant mean and Student-t innovations; EGARCH-X, which also
//! uses the variances of bars.
//!
//! A fit agrees with that of Python's `arch` 8 to the same returns times 100.
//!
//! The modules, from the bottom. Each imports only from modules above it in the table; a test reads this table.
//!
//! | modules | what they do |
//! |---|---|
//! | `params` | the models' parameters and equations |
//! | `sample` | the sample, and the terms that are fixed before the search |
//! | `recursion` | the likelihood along a recursion |
//! | `linear`, `egarch` | the recursions of the models, and their derivatives |
//! | `paths` | simulated paths, for forecasts several days ahead |
//! | `model` | a fitted model, updated day by day |
//! | `guard` | the check whether the result of a search can be used |
//! | `coordinates`, `objective`, `search` | the coordinates of the search, the function minimised, the search |

mod coordinates;
mod egarch;
mod guard;
mod linear;
mod model;
mod objective;
mod params;
mod paths;
mod recursion;
mod sample;
mod search;

pub use model::Garch;
pub use params::{Family, Params};

use std::any::Any;

use super::{Baseline, EWMA, FittedBaseline, Past, Unfit};

/// GARCH(1,1)-t.
pub const GARCH: Baseline = Baseline {
    name: "garch",
    label: |_, _| "GARCH".into(),
    fallback: Some(&EWMA),
    fit: |past, earlier| fit(Family::Garch, past, earlier),
    ..VOLATILITY_MODEL
};

/// GJR-GARCH(1,1,1)-t.
pub const GJR: Baseline = Baseline {
    name: "gjr",
    label: |_, _| "GJR".into(),
    fallback: Some(&GARCH),
    fit: |past, earlier| fit(Family::Gjr, past, earlier),
    ..VOLATILITY_MODEL
};

/// EGARCH(1,1,1)-t.
pub const EGARCH: Baseline = Baseline {
    name: "egarch",
    label: |_, _| "EGARCH".into(),
    fallback: Some(&GJR),
    fit: |past, earlier| fit(Family::Egarch, past, earlier),
    ..VOLATILITY_MODEL
};

/// EGARCH(1,1,1)-t with the variance of the day's bar. It forecasts one day ahead only, because it does not forecast
/// bars.
pub const EGARCH_X: Baseline = Baseline {
    name: "egarch-x",
    label: |_, _| "EGARCH-X".into(),
    max_horizon: 1,
    is_default: false,
    needs_bars: true,
    fallback: Some(&EGARCH),
    fit: |past, earlier| fit(Family::EgarchX, past, earlier),
    ..VOLATILITY_MODEL
};

/// What the volatility models have in common.
const VOLATILITY_MODEL: Baseline = Baseline { is_garch: true, ..EWMA };

/// Fits a model of the family. If the earlier fit is of the same family, its parameters are an additional start of the
/// search.
fn fit(
    family: Family,
    past: &Past<'_>,
    earlier: Option<&dyn FittedBaseline>,
) -> Result<Box<dyn FittedBaseline>, Unfit> {
    let earlier = earlier.and_then(|earlier| (earlier as &dyn Any).downcast_ref::<Garch>());
    let params = earlier.filter(|earlier| earlier.family() == family).map(Garch::params);
    let model = match family {
        Family::EgarchX if !past.has_bars => return Err(Unfit::NoBars),
        Family::EgarchX => Garch::fit_with_variances(past.returns, past.variances, params)?,
        _ => Garch::fit(family, past.returns, params)?,
    };
    Ok(Box::new(model.ahead(past.horizon)))
}
