//! The forecast of a baseline: a predictive distribution of the next log return.

use super::empirical::Empirical;
use super::student_t::UnitStudentT;

/// The predictive distribution of the next log return: `mean + scale * z`, where z has the distribution `residuals`.
#[derive(Debug, Clone, Copy)]
pub struct ReturnForecast<'a> {
    /// The expected return.
    pub mean: f64,
    /// The part of `mean` that does not grow with the horizon: a return to a level.
    pub once: f64,
    /// The factor of z: the volatility forecast, or one if z is in units of the return.
    pub scale: f64,
    /// The distribution of z.
    pub residuals: ResidualDistribution<'a>,
}

/// The distribution around a forecast's mean.
#[derive(Debug, Clone, Copy)]
pub enum ResidualDistribution<'a> {
    /// A Student-t of unit variance.
    StudentT(&'a UnitStudentT),
    /// The empirical distribution of past residuals.
    Past(&'a Empirical),
}

impl ReturnForecast<'_> {
    /// Returns the log return not exceeded with probability `p`, a fraction between zero and one.
    pub fn quantile(&self, p: f64) -> f64 {
        let z = match self.residuals {
            ResidualDistribution::StudentT(t) => t.quantile(p),
            ResidualDistribution::Past(residuals) => residuals.quantile(p),
        };
        self.mean + self.scale * z
    }

    /// Returns the quantiles at several levels, one per level.
    pub fn quantiles(&self, levels: &[f64]) -> Vec<f64> {
        levels.iter().map(|&p| self.quantile(p)).collect()
    }
}
