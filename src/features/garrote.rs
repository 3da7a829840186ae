//! A slope that is zero unless the data show that it is not: the non-negative garrote (Breiman 1995) with one
//! regressor.

/// Regression of y on x through the origin, updated by one observation at a time. With a `decay` of k, an observation
/// has the weight k^n after n others have followed it.
///
/// The estimate is b (1 - (c / t)^2)+, where b is the least-squares slope, t = b / se(b), and c the threshold: 0 if b
/// is fewer than c standard errors from 0, and close to b if it is many standard errors from 0.
pub(super) struct Garrote {
    threshold: f64,
    decay: f64,
    xx: f64,
    xy: f64,
    yy: f64,
    weights: f64,
    squared_weights: f64,
}

impl Garrote {
    /// Returns the regression before any observation.
    pub fn new(threshold: f64, decay: f64) -> Garrote {
        Garrote { threshold, decay, xx: 0.0, xy: 0.0, yy: 0.0, weights: 0.0, squared_weights: 0.0 }
    }

    /// Adds an observation.
    pub fn add(&mut self, x: f64, y: f64) {
        self.xx = self.decay * self.xx + x * x;
        self.xy = self.decay * self.xy + x * y;
        self.yy = self.decay * self.yy + y * y;
        self.weights = self.decay * self.weights + 1.0;
        self.squared_weights = self.decay * self.decay * self.squared_weights + 1.0;
    }

    /// Returns the estimate, with b limited to -`max`..`max`; `None` if it is not finite.
    pub fn slope(&self, max: f64) -> Option<f64> {
        let b = self.xy / self.xx;
        // Kish's effective sample size.
        let n = self.weights * self.weights / self.squared_weights;
        let bound = self.threshold * self.threshold * (self.yy / self.xx - b * b) / n; // (c se(b))^2
        Some(b.clamp(-max, max) * kept(b, bound)).filter(|slope| slope.is_finite())
    }
}

/// Returns any estimate, shrunk as a slope is; `variance` is its squared standard error.
pub(super) fn shrunk(estimate: f64, variance: f64, threshold: f64) -> f64 {
    estimate * kept(estimate, threshold * threshold * variance)
}

/// Returns the fraction of an estimate that is kept: 0 if its square is below `bound`, the square of c standard errors.
fn kept(estimate: f64, bound: f64) -> f64 {
    (1.0 - bound / (estimate * estimate)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// b = 2, se(b)^2 = (yy / xx - b^2) / n with xx = 5, xy = 10, yy = 22, n = 2.
    #[test]
    fn the_estimate_by_hand() {
        let with = |threshold| {
            let mut garrote = Garrote::new(threshold, 1.0);
            garrote.add(1.0, 1.0 + 0.8);
            garrote.add(2.0, 4.1);
            garrote.slope(f64::INFINITY).unwrap()
        };
        let (xx, xy, yy) = (5.0, 1.8 + 8.2, 1.8 * 1.8 + 4.1 * 4.1);
        let b: f64 = xy / xx;
        let variance = (yy / xx - b * b) / 2.0;
        assert!((with(3.0) - b * (1.0 - 9.0 * variance / (b * b))).abs() < 1e-12);
        assert_eq!(with(1e3), 0.0);
        assert_eq!(Garrote::new(3.0, 1.0).slope(1.0), None);
    }
}
