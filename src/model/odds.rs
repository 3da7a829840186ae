//! The odds of a forecast: Student-t distributions of an ensemble, averaged by quantile.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::nn::loss::StudentT;

/// The distribution of a target.
///
/// The quantile at p is the mean of the members' quantiles at p (Vincentization; Ratcliff 1979):
/// it keeps the members' shape, where a mixture of their densities would be wider than each of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Odds {
    /// One distribution a member; at least one.
    pub members: Vec<StudentT>,
}

impl Odds {
    /// The value that the target stays under with probability `p`, 0 < p < 1.
    pub fn quantile(&self, p: f64) -> f64 {
        let each = self.members.iter().map(|t| t.mu + t.sigma * student_t_quantile(t.nu, p));
        each.sum::<f64>() / self.members.len() as f64
    }

    /// The value that the target stays under as often as not.
    pub fn median(&self) -> f64 {
        self.members.iter().map(|t| t.mu).sum::<f64>() / self.members.len() as f64
    }
}

/// The quantile of a standard Student-t distribution. The upper half mirrors the lower one, so
/// that central intervals are central to the last bit.
fn student_t_quantile(nu: f64, p: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, nu) {
        Ok(t) if p < 0.5 => t.inverse_cdf(p),
        Ok(t) if p > 0.5 => -t.inverse_cdf(1.0 - p),
        _ => 0.0,
    }
}

/// The Student-t distribution around zero under which `residuals` are likeliest.
///
/// For each number of degrees of freedom on a grid the scale is found by expectation maximisation
/// (Lange, Little & Taylor 1989): sigma^2 = mean of w e^2 with w = (nu + 1) / (nu + e^2 / sigma^2).
pub fn fit_student_t(residuals: &[f64]) -> StudentT {
    const GRID: [f64; 12] = [2.1, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 50.0, 200.0];
    let loss = |t: &StudentT| residuals.iter().map(|e| t.negative_log_likelihood(*e)).sum::<f64>();
    let mut best: Option<(f64, StudentT)> = None;
    for nu in GRID {
        let this = StudentT { mu: 0.0, sigma: scale(residuals, nu), nu };
        let loss = loss(&this);
        if best.is_none_or(|(least, _)| loss < least) {
            best = Some((loss, this));
        }
    }
    best.map_or(StudentT { mu: 0.0, sigma: 1.0, nu: 200.0 }, |(_, t)| t)
}

fn scale(residuals: &[f64], nu: f64) -> f64 {
    const ROUNDS: usize = 100;
    // A model that fits to the last bit still has a width.
    const LEAST: f64 = 1e-12;
    let mean = |weight: &dyn Fn(f64) -> f64| {
        residuals.iter().map(|e| weight(e * e) * e * e).sum::<f64>() / residuals.len() as f64
    };
    let mut variance = mean(&|_| 1.0).max(LEAST);
    for _ in 0..ROUNDS {
        let now = variance;
        variance = mean(&|square| (nu + 1.0) / (nu + square / now)).max(LEAST);
    }
    variance.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_distr::Distribution;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // Two-sided 90 % and 99 % points of Student's t.
        for (nu, p, expected) in [(3.0, 0.95, 2.353_363), (10.0, 0.95, 1.812_461), (5.0, 0.995, 4.032_143)] {
            assert!((student_t_quantile(nu, p) - expected).abs() < 1e-6);
            assert_eq!(student_t_quantile(nu, 1.0 - p), -student_t_quantile(nu, p));
        }
    }

    #[test]
    fn quantiles_never_cross() {
        let member = |mu, sigma, nu| StudentT { mu, sigma, nu };
        let odds = Odds { members: vec![member(0.1, 1.0, 2.2), member(-0.1, 0.3, 9.0), member(0.0, 2.0, 60.0)] };
        let quantiles: Vec<f64> = (1..1000).map(|k| odds.quantile(f64::from(k) / 1000.0)).collect();
        assert!(quantiles.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(odds.quantile(0.5), odds.median());
    }

    #[test]
    fn a_sample_gives_its_distribution_back() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(3);
        let t = rand_distr::StudentT::new(4.0).unwrap();
        let residuals: Vec<f64> = (0..20_000).map(|_| 0.02 * t.sample(&mut rng)).collect();
        let found = fit_student_t(&residuals);
        assert!((found.sigma / 0.02 - 1.0).abs() < 0.03, "{found:?}");
        assert!((3.5..=5.0).contains(&found.nu), "{found:?}");
    }
}
