//! The models' parameters, in the letters and units of Python's `arch`.

/// A volatility model, given by its variance equation. Each has a constant mean and standardised Student-t innovations
/// z, with e = sigma z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// GARCH(1,1), Bollerslev (1986): `s2_t = omega + alpha e_{t-1}^2 + beta s2_{t-1}`.
    Garch,
    /// GJR-GARCH(1,1,1), Glosten, Jagannathan & Runkle (1993), in which a fall weighs more:
    /// `s2_t = omega + (alpha + gamma [e_{t-1} < 0]) e_{t-1}^2 + beta s2_{t-1}`.
    Gjr,
    /// EGARCH(1,1,1), Nelson (1991):
    /// `ln s2_t = omega + alpha (|z_{t-1}| - sqrt(2/pi)) + gamma z_{t-1} + beta ln s2_{t-1}`.
    Egarch,
    /// EGARCH-X: EGARCH with yesterday's variance v as measured by its bar, relative to the model's variance, `+ delta
    /// (ln v_{t-1} - ln s2_{t-1})`, like the realised variance in Hansen & Huang (2016).
    EgarchX,
}

/// Parameters of a [`Family`], for returns in percent (`arch` fits `100 * returns`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Mean return, in percent.
    pub mu: f64,
    /// Constant of the variance equation.
    pub omega: f64,
    /// Coefficient of the size of yesterday's error.
    pub alpha: f64,
    /// Coefficient of the sign of yesterday's error; zero for [`Family::Garch`].
    pub gamma: f64,
    /// Coefficient of yesterday's variance.
    pub beta: f64,
    /// Coefficient of yesterday's variance as measured by its bar; zero for all but [`Family::EgarchX`].
    pub delta: f64,
    /// Degrees of freedom of the innovations, from 2.05 to 500.
    pub nu: f64,
}

/// Minimum degrees of freedom, as in `arch`: at 2 the variance is no longer finite.
pub(super) const MIN_NU: f64 = 2.05;
/// Maximum degrees of freedom, as in `arch`: the distribution is then practically normal.
pub(super) const MAX_NU: f64 = 500.0;
