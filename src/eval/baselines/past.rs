//! The data that a baseline is fitted to and updated with.

/// The past of a series, and the horizon of the fit.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// Log returns, oldest first (0.01 for one percent).
    pub returns: &'a [f64],
    /// The variance of each of those days, above zero and estimated from that day only: from its bar or, without bars,
    /// from its squared return. Can be empty if only baselines that read returns are fitted.
    pub variances: &'a [f64],
    /// Whether the variances are those of bars.
    pub has_bars: bool,
    /// Days ahead.
    pub horizon: usize,
}

impl<'a> Past<'a> {
    /// Creates a past for forecasts of the next day.
    pub fn of(returns: &'a [f64]) -> Past<'a> {
        Past { returns, variances: &[], has_bars: false, horizon: 1 }
    }

    /// Returns this past for forecasts `horizon` days ahead.
    pub fn ahead(self, horizon: usize) -> Past<'a> {
        Past { horizon, ..self }
    }
}

/// A day after the fit.
#[derive(Debug, Clone, Copy)]
pub struct NewDay {
    /// Its log return.
    pub r: f64,
    /// Its variance, as in [`Past::variances`].
    pub variance: f64,
}

impl From<f64> for NewDay {
    /// Creates a day with only its log return; the variance is its square.
    fn from(r: f64) -> NewDay {
        NewDay { r, variance: r * r }
    }
}
