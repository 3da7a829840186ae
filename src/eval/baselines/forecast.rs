//! What a baseline says of tomorrow: a distribution of the log return.

use super::residuals::Residuals;
use super::student_t::UnitStudentT;

/// The distribution of tomorrow's log return: `mean + scale * z`, z distributed as `shape` says.
#[derive(Debug, Clone, Copy)]
pub struct Forecast<'a> {
    /// What the return is expected to be.
    pub mean: f64,
    /// What of it comes only once, however many days are looked ahead: a return to a level.
    pub once: f64,
    /// What z is multiplied by: the volatility forecast, or one where z carries its own.
    pub scale: f64,
    /// The distribution of z.
    pub shape: Shape<'a>,
}

/// The distribution around a forecast's mean.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// A Student-t of unit variance.
    StudentT(&'a UnitStudentT),
    /// The residuals of the past, each as likely as any other.
    Past(&'a Residuals),
}

impl Forecast<'_> {
    /// The log return not exceeded with probability `p`, a fraction between zero and one.
    pub fn quantile(&self, p: f64) -> f64 {
        let z = match self.shape {
            Shape::StudentT(t) => t.quantile(p),
            Shape::Past(residuals) => residuals.quantile(p),
        };
        self.mean + self.scale * z
    }

    /// The quantiles at several levels, one a level.
    pub fn quantiles(&self, levels: &[f64]) -> Vec<f64> {
        levels.iter().map(|&p| self.quantile(p)).collect()
    }
}
