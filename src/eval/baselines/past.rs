//! What a baseline is fitted to.

/// The past of a series, and how far ahead the fit is to forecast.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// Log returns, oldest first (0.01 for one percent).
    pub returns: &'a [f64],
    /// Days ahead.
    pub horizon: usize,
}

impl<'a> Past<'a> {
    /// Past returns, to forecast the next day.
    pub fn of(returns: &'a [f64]) -> Past<'a> {
        Past { returns, horizon: 1 }
    }

    /// The same, to forecast `horizon` days ahead.
    pub fn ahead(self, horizon: usize) -> Past<'a> {
        Past { horizon, ..self }
    }
}
