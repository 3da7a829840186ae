//! Past returns over several days, as the distribution of a forecast several days ahead.

use std::collections::VecDeque;

use super::{Empirical, HorizonForecast};

/// Past returns over as many days as the horizon, minus the return expected at the origin of each and divided by its
/// scale. Returns from neighbouring origins have days in common.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Overlapping {
    horizon: usize,
    /// The sum of all returns so far.
    level: f64,
    /// The origins whose days ahead are not all past, oldest first; the last is the current origin.
    open: VecDeque<Origin>,
    past: Empirical,
}

/// The forecast at an origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Origin {
    /// The expected return over the days.
    pub(super) mean: f64,
    /// The factor of a residual.
    pub(super) scale: f64,
    level: f64,
}

/// Minimum number of returns without common days. With fewer, the next day's distribution is the better basis.
const MIN_APART: usize = 20;

impl Origin {
    pub(super) fn new(mean: f64, scale: f64) -> Origin {
        Origin { mean, scale, level: 0.0 }
    }
}

impl Overlapping {
    /// Creates it from the returns and the origin after each; `first` is the origin before them. Returns `None` for one
    /// day ahead.
    pub(super) fn new(
        horizon: usize,
        first: Option<Origin>,
        days: impl Iterator<Item = (f64, Option<Origin>)>,
    ) -> Option<Overlapping> {
        if horizon < 2 {
            return None;
        }
        let mut this = Overlapping { horizon, level: 0.0, open: VecDeque::new(), past: Empirical::default() };
        this.open.extend(first);
        let mut past = Vec::new();
        for (r, origin) in days {
            past.extend(this.advance(r));
            this.stand_on(origin);
        }
        Some(Overlapping { past: Empirical::of(past), ..this })
    }

    /// Adds the return of the next day and the forecast made on that day.
    pub(super) fn update(&mut self, r: f64, origin: Origin) {
        if let Some(residual) = self.advance(r) {
            self.past.insert(residual);
        }
        self.stand_on(Some(origin));
    }

    /// Returns the forecast of the current origin; `None` if the past is shorter than 20 times the horizon.
    pub(super) fn forecast(&self) -> Option<HorizonForecast<'_>> {
        let Origin { mean, scale, .. } = *self.open.back()?;
        let is_enough = self.past.count() >= MIN_APART * self.horizon;
        is_enough.then_some(HorizonForecast::Past { mean, scale, residuals: &self.past })
    }

    /// Adds a return; returns the residual of the origin whose days ahead end with it, if there is one.
    fn advance(&mut self, r: f64) -> Option<f64> {
        self.level += r;
        let over = if self.open.len() >= self.horizon { self.open.pop_front() } else { None };
        over.map(|origin| (self.level - origin.level - origin.mean) / origin.scale)
    }

    fn stand_on(&mut self, origin: Option<Origin>) {
        self.open.extend(origin.map(|origin| Origin { level: self.level, ..origin }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::testing::returns;

    /// The residuals of all origins must equal sums that are computed directly.
    #[test]
    fn residuals_are_sums_of_the_days_after_each_origin() {
        let returns = returns(120);
        let origin = |day: usize| Origin::new(0.001 * day as f64, 1.0 + day as f64);
        let days = returns[..100].iter().enumerate().map(|(day, r)| (*r, Some(origin(day + 1))));
        let mut fitted = Overlapping::new(5, Some(origin(0)), days).unwrap();
        for (day, r) in returns.iter().enumerate().skip(100) {
            fitted.update(*r, origin(day + 1));
        }
        let residual = |day: usize| {
            let Origin { mean, scale, .. } = origin(day);
            (returns[day..day + 5].iter().sum::<f64>() - mean) / scale
        };
        let direct = Empirical::of((0..=115).map(residual).collect());
        assert_eq!(fitted.past.count(), 116);
        for k in 0..=20 {
            let p = f64::from(k) / 20.0;
            assert!((fitted.past.quantile(p) - direct.quantile(p)).abs() < 1e-12);
        }
        let forecast = fitted.forecast().unwrap();
        assert_eq!(forecast.mean(), 0.12);
        assert!((forecast.quantile(0.3) - 0.12 - 121.0 * direct.quantile(0.3)).abs() < 1e-9);
    }

    #[test]
    fn a_short_past_has_no_distribution_of_several_days() {
        let fitted = |days: usize| {
            let days = returns(days).into_iter().map(|r| (r, Some(Origin::new(0.0, 1.0))));
            Overlapping::new(5, Some(Origin::new(0.0, 1.0)), days).unwrap()
        };
        assert!(fitted(103).forecast().is_none());
        assert!(fitted(104).forecast().is_some());
        assert!(Overlapping::new(1, None, [].into_iter()).is_none());
    }
}
