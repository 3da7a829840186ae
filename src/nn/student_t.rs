//! The Student-t distribution, and the loss and gradient of many windows at once.
//!
//! The loss is computed in `f64`, without branches or calls, so that the compiler vectorises it over windows. The
//! normalising constant needs only one logarithm: with `x = nu / 2`,
//!
//! ```text
//! ln Gamma(x) - ln Gamma(x + 1/2) + ln(2 pi x) / 2 = ln(2 pi x Q^2 / (y P^2)) / 2 - s(y)
//! y = x + 8      P = x (x + 1) ... (x + 7)      Q = (x + 1/2) (x + 3/2) ... (x + 15/2)
//! ```
//!
//! This follows from the recurrence of the Gamma function and Stirling's series (DLMF 5.11.8, once with 0 and once with
//! 1/2): `s(y) = - sum over odd k of (2 - 2^-k) B_{k+1} / (k (k + 1) y^k)`. Here `y` is above 9, so the first omitted
//! term is below 3e-16.

use statrs::function::gamma::ln_gamma;

use super::kernels::{Arithmetic, Kernel, Lanes, Real};

/// A Student-t distribution, as given by the outputs of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentT {
    /// Location: the median, and the mean.
    pub mu: f64,
    /// Scale.
    pub sigma: f64,
    /// Degrees of freedom; above 2, so that the variance is finite.
    pub nu: f64,
}

/// The bound of |log sigma|: a scale of 0.05 to 20 units of the target.
pub const MAX_LOG_SIGMA: f64 = 3.0;
/// The location per unit of its output. The mean of daily returns is at most a tenth of their deviation.
pub const MU_SCALE: f64 = 0.1;
/// The smallest number of degrees of freedom.
pub const MIN_NU: f64 = 2.1;
/// The degrees of freedom per unit of softplus.
pub const NU_SCALE: f64 = 3.0;
/// The largest number of degrees of freedom: the distribution agrees with the normal one to six digits, and the
/// difference of two logarithms of gamma functions is still accurate to ten.
pub const MAX_NU: f64 = 1e6;

impl StudentT {
    /// Returns the distribution for the head's outputs: `mu = 0.1 a0`, `sigma = exp(clamp(a1, -3, 3))`,
    /// `nu = min(2.1 + 3 softplus(a2), 1e6)`.
    pub fn from_outputs([a0, a1, a2]: [f64; 3]) -> Self {
        StudentT {
            mu: MU_SCALE * a0,
            sigma: a1.clamp(-MAX_LOG_SIGMA, MAX_LOG_SIGMA).exp(),
            // Not `f64::min`, which turns a NaN into a number.
            nu: (MIN_NU + NU_SCALE * softplus(a2)).clamp(MIN_NU, MAX_NU),
        }
    }

    /// Returns the head's outputs for this distribution: the inverse of [`StudentT::from_outputs`] if sigma and nu are
    /// within their bounds. Sigma beyond its bounds is clamped.
    ///
    /// # Panics
    /// If nu is not above 2.1.
    pub fn outputs(self) -> [f64; 3] {
        assert!(self.nu > MIN_NU, "{} degrees of freedom", self.nu);
        let softplus = (self.nu - MIN_NU) / NU_SCALE;
        // ln(exp(x) - 1) without overflow.
        let a2 = softplus + (-(-softplus).exp_m1()).ln();
        [self.mu / MU_SCALE, self.sigma.ln().clamp(-MAX_LOG_SIGMA, MAX_LOG_SIGMA), a2]
    }

    /// Whether the second output of a head is beyond its bound, so that sigma no longer depends on it.
    pub fn bounds_sigma(a1: f64) -> bool {
        a1.abs() > MAX_LOG_SIGMA
    }

    /// Returns the negative log-density at `y`.
    pub fn negative_log_likelihood(&self, y: f64) -> f64 {
        let StudentT { mu, sigma, nu } = *self;
        let z = (y - mu) / sigma;
        let constant = ln_gamma(nu / 2.0) - ln_gamma((nu + 1.0) / 2.0) + 0.5 * (nu * std::f64::consts::PI).ln();
        constant + sigma.ln() + (nu + 1.0) / 2.0 * (z * z / nu).ln_1p()
    }
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The number of windows processed at a time: large enough that the overhead of a loop is small.
pub const CHUNK: usize = 32;

/// A kernel that computes the losses and gradients of at most [`CHUNK`] windows. A NaN target has no loss; the
/// gradients of its window are NaN.
pub struct StudentTRows<'a, F> {
    /// The head's outputs; the first three lanes are used.
    pub outputs: &'a [Lanes<F>],
    /// The targets.
    pub targets: &'a [F],
    /// The sum to which the losses are added.
    pub sum: &'a mut f64,
    /// The gradients with respect to the three outputs, one array each.
    pub gradient: &'a mut [[f64; CHUNK]; 3],
}

impl<F: Real> Kernel for StudentTRows<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let (mut a0, mut a1, mut a2, mut y) = ([0.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
        let rows = self.outputs.len().min(CHUNK);
        for row in 0..rows {
            let output = &self.outputs[row].0;
            (a0[row], a1[row], a2[row]) = (output[0].to_f64(), output[1].to_f64(), output[2].to_f64());
            y[row] = self.targets[row].to_f64();
        }
        // Three loops, because each result is one long chain of dependent operations. With shorter chains, a processor
        // executes more operations at once.
        let (mut nu, mut inverse_nu, mut logistic) = ([0.0; CHUNK], [0.0; CHUNK], [0.0; CHUNK]);
        for row in 0..CHUNK {
            (nu[row], inverse_nu[row], logistic[row]) = degrees::<A>(a2[row]);
        }
        let (mut constants, mut slopes) = ([0.0; CHUNK], [0.0; CHUNK]);
        for row in 0..CHUNK {
            (constants[row], slopes[row]) = constant::<A>(nu[row], inverse_nu[row]);
        }
        let mut losses = [0.0; CHUNK];
        let [by_a0, by_a1, by_a2] = self.gradient;
        for row in 0..CHUNK {
            let (loss, gradient) = spread::<A>([a0[row], a1[row]], (nu[row], inverse_nu[row]), y[row]);
            losses[row] = constants[row] + loss;
            (by_a0[row], by_a1[row]) = (gradient[0], gradient[1]);
            by_a2[row] = NU_SCALE * logistic[row] * (slopes[row] + gradient[2]);
        }
        for (loss, y) in losses[..rows].iter().zip(&y) {
            *self.sum += if y.is_nan() { 0.0 } else { *loss };
        }
    }
}

/// A kernel that computes the locations of at most [`CHUNK`] distributions and the mean absolute deviations from them:
/// `E|t| = 2 nu f(0) / (nu - 1)` times sigma, where f is the density of a standard variable.
pub struct Deviations<'a, F> {
    /// The head's outputs; the first three lanes are used.
    pub outputs: &'a [Lanes<F>],
    /// The location mu and the mean absolute deviation of each distribution.
    pub results: &'a mut [(f64, f64); CHUNK],
}

impl<F: Real> Kernel for Deviations<'_, F> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let (mut log_sigma, mut a2) = ([0.0; CHUNK], [0.0; CHUNK]);
        for (row, output) in self.outputs.iter().enumerate().take(CHUNK) {
            let output = &output.0;
            self.results[row].0 = MU_SCALE * output[0].to_f64();
            (log_sigma[row], a2[row]) = (output[1].to_f64(), output[2].to_f64());
        }
        let (mut nu, mut inverse_nu) = ([0.0; CHUNK], [0.0; CHUNK]);
        for row in 0..CHUNK {
            let (found, _, _) = degrees::<A>(a2[row]);
            nu[row] = if found > MAX_NU { MAX_NU } else { found };
            inverse_nu[row] = 1.0 / nu[row];
        }
        for row in 0..CHUNK {
            let log_density = -constant::<A>(nu[row], inverse_nu[row]).0;
            let scale = exp::<A>(bounded_log_sigma(log_sigma[row]) + log_density);
            self.results[row].1 = 2.0 * nu[row] / (nu[row] - 1.0) * scale;
        }
    }
}

/// Clamps the logarithm of sigma. Comparisons compile without branches, unlike `clamp`. NaN stays NaN.
#[inline(always)]
fn bounded_log_sigma(a1: f64) -> f64 {
    let log_sigma = if a1 > MAX_LOG_SIGMA { MAX_LOG_SIGMA } else { a1 };
    if log_sigma < -MAX_LOG_SIGMA { -MAX_LOG_SIGMA } else { log_sigma }
}

/// Returns nu, 1 / nu, and the logistic function of the third output, which is the derivative of softplus.
#[inline(always)]
fn degrees<A: Arithmetic>(a2: f64) -> (f64, f64, f64) {
    // Divisions are shared where possible: one division of eight numbers takes as long as sixteen multiply-adds.
    let small = exp::<A>(-a2.abs());
    let inverse = 1.0 / (1.0 + small);
    let nu = MIN_NU + NU_SCALE * (if a2 < 0.0 { 0.0 } else { a2 } + ln_1p::<A>(small, inverse));
    (nu, 1.0 / nu, if a2 < 0.0 { small } else { 1.0 } * inverse)
}

/// Returns the loss at `y` without the constant that depends only on nu, and its derivatives with respect to the first
/// two outputs and nu.
#[inline(always)]
fn spread<A: Arithmetic>([a0, a1]: [f64; 2], (nu, inverse_nu): (f64, f64), y: f64) -> (f64, [f64; 3]) {
    let log_sigma = bounded_log_sigma(a1);
    let inside = if log_sigma == a1 { 1.0 } else { 0.0 };

    let precision = exp::<A>(-log_sigma); // 1 / sigma
    let z = (y - MU_SCALE * a0) * precision;
    let ratio = z * z * inverse_nu;
    let near = 1.0 / (1.0 + ratio);
    let log = ln_1p::<A>(ratio, near);
    let loss = log_sigma + 0.5 * (nu + 1.0) * log;

    let pull = (nu + 1.0) * z * inverse_nu * near; // dL/dz = (nu + 1) z / (nu + z^2)
    let d_mu = -pull * precision;
    let d_log_sigma = inside * A::mul_add(-pull, z, 1.0);
    let d_nu = 0.5 * (log - pull * z * inverse_nu);
    (loss, [MU_SCALE * d_mu, d_log_sigma, d_nu])
}

/// Returns `ln Gamma(nu / 2) - ln Gamma((nu + 1) / 2) + ln(nu pi) / 2` and its derivative, for `nu` above 2 and below
/// 1e38.
#[inline(always)]
fn constant<A: Arithmetic>(nu: f64, inverse_nu: f64) -> (f64, f64) {
    let x = 0.5 * nu;
    let (low, low_sum) = four_factors(x);
    let (high, high_sum) = four_factors(x + 4.0);
    let shift = low * high; // Q / P
    let inverse = 1.0 / (x + 8.0); // 1 / y
    let square = inverse * inverse;
    // The series and its derivative with respect to 1 / y, from the last term to the first.
    let (mut series, mut derivative) = (0.0, 0.0);
    for (k, term) in STIRLING {
        series = A::mul_add(series, square, term);
        derivative = A::mul_add(derivative, square, k * term);
    }
    let constant = 0.5 * ln::<A>(2.0 * std::f64::consts::PI * x * inverse * shift * shift) - series * inverse;
    // d/dx of each part; ds/dy = -(ds/d(1/y)) / y^2
    let by_x = inverse_nu - 0.5 * inverse - (low_sum + high_sum) + derivative * square;
    (constant, 0.5 * by_x)
}

/// Returns four factors of Q / P from `x` on, and the sum of their `1 / p - 1 / q`.
#[inline(always)]
fn four_factors(x: f64) -> (f64, f64) {
    let [p0, p1, p2, p3] = [x, x + 1.0, x + 2.0, x + 3.0];
    let [q0, q1, q2, q3] = [x + 0.5, x + 1.5, x + 2.5, x + 3.5];
    // 1 / p - 1 / q = 1 / (2 p q), with one denominator for all four.
    let [d0, d1, d2, d3] = [p0 * q0, p1 * q1, p2 * q2, p3 * q3];
    let (d01, d23) = (d0 * d1, d2 * d3);
    let inverse = 1.0 / (d01 * d23);
    let q = (q0 * q1) * (q2 * q3);
    let sum = 0.5 * ((d0 + d1) * d23 + (d2 + d3) * d01) * inverse;
    (q * (q * inverse), sum)
}

/// The pairs of `k` and `-(2 - 2^-k) B_{k+1} / (k (k + 1))`, in descending order of `k`.
const STIRLING: [(f64, f64); 7] = [
    (13.0, -5461.0 / 425_984.0),
    (11.0, 691.0 / 180_224.0),
    (9.0, -31.0 / 18_432.0),
    (7.0, 17.0 / 14_336.0),
    (5.0, -1.0 / 640.0),
    (3.0, 1.0 / 192.0),
    (1.0, -1.0 / 8.0),
];

/// Returns `e^x` within a few units of the last place, saturating at `e^-708` and `e^708`: `x = n ln 2 + r` as for
/// `f32` in `kernels/real.rs`, and the Taylor series of `e^r` up to `r^13`.
#[inline(always)]
fn exp<A: Arithmetic>(x: f64) -> f64 {
    let x = if x > 708.0 { 708.0 } else { x };
    let x = if x < -708.0 { -708.0 } else { x };
    // Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the mantissa.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let shifted = A::mul_add(x, std::f64::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = A::mul_add(n, -LN_2_LOW, A::mul_add(n, -LN_2_HIGH, x));
    // Even and odd powers separately: two chains of half the length.
    let square = r * r;
    let (mut even, mut odd) = (1.0 / 479_001_600.0, 1.0 / 6_227_020_800.0); // 1 / 12! and 1 / 13!
    for (even_factorial, odd_factorial) in FACTORIALS {
        even = A::mul_add(even, square, 1.0 / even_factorial);
        odd = A::mul_add(odd, square, 1.0 / odd_factorial);
    }
    let p = A::mul_add(odd, r, even);
    p * f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52)
}

/// 10! and 11!, down to 0! and 1!.
const FACTORIALS: [(f64, f64); 6] =
    [(3_628_800.0, 39_916_800.0), (40_320.0, 362_880.0), (720.0, 5_040.0), (24.0, 120.0), (2.0, 6.0), (1.0, 1.0)];

/// ln 2 in two parts. The product of the first and an integer below 2048 is exact.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Returns the natural logarithm of a positive normal number, within a few units of the last place: `x = 2^n m` with
/// `m` around 1, and `ln m = 2 artanh((m - 1) / (m + 1))` by its series.
#[inline(always)]
fn ln<A: Arithmetic>(x: f64) -> f64 {
    const ONE: u64 = 1.0_f64.to_bits();
    const SQRT_OF_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    // The exponent plus 1023, rounded so that m is between the square roots of 1/2 and 2.
    let exponent = x.to_bits().wrapping_add(ONE - SQRT_OF_HALF) >> 52;
    let m = f64::from_bits(x.to_bits().wrapping_add(ONE).wrapping_sub(exponent << 52));
    // An integer in the mantissa of 2^52 becomes a float by a subtraction. AVX2 has no instruction for the conversion.
    const TWO_52: f64 = 4_503_599_627_370_496.0;
    let n = f64::from_bits(TWO_52.to_bits() | exponent) - (TWO_52 + 1023.0);
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    // s^2 is below 0.0295: the terms after s^21 are below 1e-17.
    let fourth = square * square;
    let (mut p, mut q) = (1.0 / 19.0, 1.0 / 21.0);
    for (k, next) in [(15.0, 17.0), (11.0, 13.0), (7.0, 9.0), (3.0, 5.0)] {
        p = A::mul_add(p, fourth, 1.0 / k);
        q = A::mul_add(q, fourth, 1.0 / next);
    }
    let p = A::mul_add(q, square, p);
    let tail = A::mul_add(n, LN_2_LOW, 2.0 * s * square * p);
    A::mul_add(n, LN_2_HIGH, 2.0 * s + tail)
}

/// Returns `ln(1 + x)` for `x >= 0`, given `inverse = 1 / (1 + x)`, with a correction for the rounding of `1 + x`.
#[inline(always)]
fn ln_1p<A: Arithmetic>(x: f64, inverse: f64) -> f64 {
    let u = 1.0 + x;
    A::mul_add(x - (u - 1.0), inverse, ln::<A>(u))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loss;
    use crate::kernels::{Fused, Isa, Separate};
    use statrs::function::gamma::digamma;

    #[test]
    fn outputs_of_a_distribution_are_those_that_make_it() {
        for (sigma, nu) in [(0.06, 2.5), (1.0, 7.0), (15.0, 200.0), (2.0, 1e5)] {
            let t = StudentT { mu: -0.3, sigma, nu };
            let again = StudentT::from_outputs(t.outputs());
            for (one, other) in [(t.mu, again.mu), (t.sigma, again.sigma), (t.nu, again.nu)] {
                assert!((one / other - 1.0).abs() < 1e-9, "{t:?} {again:?}");
            }
        }
        assert_eq!(StudentT { mu: 0.0, sigma: 0.0, nu: 4.0 }.outputs()[1], -MAX_LOG_SIGMA);
    }

    #[test]
    fn student_t_with_huge_nu_is_gaussian() {
        let t = StudentT { mu: 0.3, sigma: 2.0, nu: 1e7 };
        let z: f64 = (1.1 - 0.3) / 2.0;
        let gaussian = 0.5 * (2.0 * std::f64::consts::PI).ln() + 2.0_f64.ln() + 0.5 * z * z;
        assert!((t.negative_log_likelihood(1.1) - gaussian).abs() < 1e-6);
    }

    #[test]
    fn deviations_are_those_of_the_density() {
        let outputs: Vec<[f64; 3]> = (0..200)
            .map(|k| [f64::from(k) - 90.0, 0.05 * f64::from(k) - 5.0, (f64::from(k) - 100.0).powi(3) * 1e-2])
            .collect();
        for isa in Isa::available() {
            let mut found = Vec::new();
            let lanes: Vec<Lanes<f64>> = outputs
                .iter()
                .map(|[a, b, c]| Lanes(std::array::from_fn(|k| [*a, *b, *c].get(k).copied().unwrap_or(0.0))))
                .collect();
            Loss::for_each_deviation(&lanes, isa, |mu, deviation| found.push((mu, deviation)));
            for (output, (mu, deviation)) in outputs.iter().zip(&found) {
                let t = StudentT::from_outputs(*output);
                let density = (-StudentT { mu: 0.0, sigma: 1.0, ..t }.negative_log_likelihood(0.0)).exp();
                let exact = t.sigma * 2.0 * t.nu / (t.nu - 1.0) * density;
                assert_eq!(t.mu, *mu);
                assert!((deviation / exact - 1.0).abs() < 1e-9, "{t:?}: {deviation} {exact}");
            }
            assert_eq!(found.len(), outputs.len());
        }
    }

    fn worst(points: impl Iterator<Item = f64>, got: fn(f64) -> f64, exact: fn(f64) -> f64) -> f64 {
        points.map(|x| (got(x) - exact(x)).abs() / exact(x).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn exp_and_logarithms_are_those_of_the_standard_library() {
        let around_zero = || (-140_000..140_000).map(|k| f64::from(k) * 0.005 + 0.001);
        let positive = || (-30_000..30_000).map(|k| (f64::from(k) * 0.02 + 0.003).exp());
        let with_inverse =
            (|x: f64| ln_1p::<Fused>(x, 1.0 / (1.0 + x)), |x: f64| ln_1p::<Separate>(x, 1.0 / (1.0 + x)));
        for (exp, ln, ln_1p) in [
            (exp::<Fused> as fn(f64) -> f64, ln::<Fused> as fn(f64) -> f64, with_inverse.0 as fn(f64) -> f64),
            (exp::<Separate>, ln::<Separate>, with_inverse.1),
        ] {
            let found = [
                worst(around_zero(), exp, f64::exp),
                worst(positive(), ln, f64::ln),
                worst(positive().filter(|x| *x < 1e250), ln_1p, f64::ln_1p),
            ];
            assert!(found.iter().all(|error| *error < 2e-15), "{found:?}");
        }
    }

    /// Pairs of nu and the constant, computed with 50 digits, by the recurrence up to x + 300 and six terms of the
    /// series.
    const EXACT: [(f64, f64); 10] = [
        (2.1001, 1.034_281_493_807_216_2),
        (2.5, 1.016_639_593_460_45),
        (3.0, 1.000_888_849_623_509_8),
        (4.0, 0.980_829_253_011_726_2),
        (6.6, 0.956_676_136_166_719_5),
        (10.0, 0.943_897_352_150_952_3),
        (38.066_052_814_822_505, 0.925_505_309_907_258_3),
        (200.0, 0.920_188_527_996_495_6),
        (1e4, 0.918_963_533_204_631_1),
        (1e7, 0.918_938_558_204_672_7),
    ];

    #[test]
    fn the_constant_is_exact_but_for_the_last_places() {
        for (nu, exact) in EXACT {
            for got in [constant::<Fused>(nu, 1.0 / nu).0, constant::<Separate>(nu, 1.0 / nu).0] {
                assert!((got - exact).abs() < 2e-15, "nu {nu}: {got} {exact}");
            }
        }
    }

    #[test]
    fn the_constant_and_its_slope_are_those_of_the_gamma_functions() {
        for k in 0..2000 {
            let nu = 2.1 + (f64::from(k) * 0.005).exp_m1();
            let half = 0.5 * std::f64::consts::PI.ln();
            let value = ln_gamma(nu / 2.0) - ln_gamma((nu + 1.0) / 2.0) + 0.5 * nu.ln() + half;
            let slope = 0.5 * (digamma(nu / 2.0) - digamma((nu + 1.0) / 2.0) + 1.0 / nu);
            let (got, got_slope) = constant::<Fused>(nu, 1.0 / nu);
            // The difference of two large logarithms loses digits in the expected value, not in the one tested.
            let lost = 1e-12 + 1e-14 * ln_gamma(nu / 2.0).abs();
            assert!((got - value).abs() < lost, "nu {nu}: {got} {value}");
            assert!((got_slope - slope).abs() < 1e-12, "nu {nu}: {got_slope} {slope}");
        }
    }

    #[test]
    fn losses_are_those_of_the_density_and_a_nan_stays_one() {
        for isa in Isa::available() {
            let outputs: Vec<Lanes<f32>> = (0..CHUNK)
                .map(|row| {
                    let mut output = Lanes::ZERO;
                    output.0[..3].copy_from_slice(&[row as f32 - 9.0, row as f32 * 0.3 - 4.0, 12.0 - row as f32]);
                    output
                })
                .collect();
            let targets: Vec<f32> = (0..CHUNK).map(|row| (row * row % 17) as f32 - 8.0).collect();
            let run = |outputs: &[Lanes<f32>]| {
                let (mut sum, mut gradient) = (0.0, [[0.0; CHUNK]; 3]);
                isa.run(StudentTRows { outputs, targets: &targets, sum: &mut sum, gradient: &mut gradient });
                sum
            };
            let density = |output: &Lanes<f32>| {
                let [a0, a1, a2]: [f64; 3] = std::array::from_fn(|k| f64::from(output.0[k]));
                StudentT::from_outputs([a0, a1, a2])
            };
            let each = outputs.iter().zip(&targets);
            let exact: f64 = each.map(|(o, y)| density(o).negative_log_likelihood(f64::from(*y))).sum();
            assert!((run(&outputs) - exact).abs() < 1e-12 * exact, "{} {exact} {isa:?}", run(&outputs));
            for k in 0..3 {
                let mut broken = outputs.clone();
                broken[5].0[k] = f32::NAN;
                assert!(run(&broken).is_nan(), "output {k}, {isa:?}");
            }
        }
    }
}
