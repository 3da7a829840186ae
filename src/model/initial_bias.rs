//! The initial bias of the head of a network with random weights.
//!
//! The weights of a new head are zero, so the first forecast depends only on its bias. The bias is set to forecast the
//! distribution of the training targets. From a fixed bias, the degrees of freedom, and the scale of days far ahead,
//! would still be near their initial values when the training of a short series ends, and intervals would have the
//! wrong width (docs/forecast-quality.md has the measurements).

use std::ops::Range;

use ndarray::ArrayD;

use super::config::Config;
use super::distribution::fit_student_t;
use fourcast_nn::loss::{Loss, StudentT};
use fourcast_nn::parameters::Role;
use fourcast_nn::{Network, Samples};

/// Maximum number of targets that a distribution is fitted to; of more targets, every second, every third and so on is
/// used.
const MAX_TARGETS: usize = 500;
/// Shrinkage weight of the previous head's bias, in independent targets. The first head is shrunk towards
/// [`Loss::initial_bias`].
const PSEUDO_TARGETS: f64 = 5.0;
/// Bounds of the degrees of freedom. A few days do not determine them well, and training hardly changes them where the
/// loss is flat.
const MIN_NU: f64 = 2.5;
const MAX_NU: f64 = 20.0;

/// Returns the bias of every output, in their order, for the targets of the windows `training`; `None` for a loss
/// without a distribution.
pub(super) fn initial_bias(config: &Config, samples: &Samples<f32>, training: &[usize]) -> Option<Vec<f64>> {
    if config.loss == Loss::Mse {
        return None;
    }
    let (steps, days) = (0..samples.steps, config.horizons());
    // A decoder has one head for all steps.
    let heads: Vec<Range<usize>> =
        if config.shape().decodes() { vec![steps] } else { steps.map(|step| step..step + 1).collect() };
    let mut biases = Vec::new();
    let mut before = [0.0; 3];
    before.copy_from_slice(Loss::StudentT.initial_bias());
    for steps in heads {
        let targets = training.iter().flat_map(|window| &samples.targets[window * samples.steps..][steps.clone()]);
        let known = targets.filter(|y| y.is_finite()).map(|y| f64::from(*y)).collect();
        before = bias_of(known, days[steps.start], before);
        biases.extend(before);
    }
    Some(biases)
}

/// Returns the bias for the maximum likelihood Student-t distribution around zero of `targets`, shrunk towards
/// `before`, the bias of the previous head, because a short series has hardly any targets far ahead. `days` is the
/// first day ahead of the head. Targets of neighbouring windows overlap on all but one of their days, so `days` of them
/// count as one independent target.
fn bias_of(targets: Vec<f64>, days: usize, before: [f64; 3]) -> [f64; 3] {
    let independent = targets.len() as f64 / days as f64;
    let share = independent / (independent + PSEUDO_TARGETS);
    let every = targets.len().div_ceil(MAX_TARGETS).max(1);
    let some: Vec<f64> = targets.into_iter().step_by(every).collect();
    let t = fit_student_t(&some);
    let found = StudentT { nu: t.nu.clamp(MIN_NU, MAX_NU), ..t }.outputs();
    std::array::from_fn(|k| share * found[k] + (1.0 - share) * before[k])
}

/// Replaces the bias of the head.
///
/// # Panics
/// If the number of outputs of the head differs.
pub(super) fn set_bias(network: &mut Network<f32>, bias: &[f64]) {
    let tensors = network.parameters().tensors();
    let Some(tensor) = tensors.iter().find(|tensor| tensor.role == Role::HeadBias).cloned() else {
        unreachable!("every network has a head");
    };
    let values = bias.iter().map(|value| *value as f32).collect();
    match ArrayD::from_shape_vec(tensor.shape.clone(), values) {
        Ok(values) => network.set_tensor(&tensor, values.view()),
        Err(_) => panic!("{} outputs instead of {}", bias.len(), tensor.count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConfigOptions, FitOptions, InitFrom, SilentFit, fit};
    use fourcast_nn::{CellKind, Topology};
    use fourcast_prices::{Frequency, PriceSeries};
    use jiff::{ToSpan, civil::date};
    use rand::SeedableRng;
    use rand_distr::Distribution;

    /// Returns a series of independent Student-t returns with 4 degrees of freedom.
    fn series(days: i32, seed: u64) -> PriceSeries {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let t = rand_distr::StudentT::new(4.0).unwrap();
        let mut log_price = 0.0;
        let mut next = |_| {
            log_price += 0.01 * t.sample(&mut rng);
            100.0 * f64::exp(log_price)
        };
        let close: Vec<f64> = (0..days).map(&mut next).collect();
        PriceSeries {
            name: "independent".into(),
            frequency: Frequency::Daily,
            dates: (0..days).map(|day| date(2000, 1, 1) + i64::from(day).days()).collect(),
            adjusted: close.clone(),
            close,
            ..PriceSeries::default()
        }
    }

    /// Before training, half of the targets lie within the 50 % interval and 9 of 10 within the 90 % interval.
    #[test]
    fn untrained_networks_forecast_the_distribution_of_the_targets() {
        let series = series(1000, 4);
        let topologies = [Topology::ManyToOne, Topology::ManyToMany, Topology::OneToMany];
        for (cell, topology) in CellKind::ALL.into_iter().flat_map(|cell| topologies.map(|topology| (cell, topology))) {
            let init_from = Some(InitFrom::Random);
            let options = ConfigOptions { cell, topology, init_from, epochs: Some(0), ..ConfigOptions::default() };
            let (config, init) = options.resolve(&series).unwrap();
            let fitted = fit(&series, &config, init.as_ref(), FitOptions::default(), &SilentFit).unwrap();
            let steps = &fitted.forecaster.card.evaluation.unwrap().steps;
            let raw = steps[0].raw;
            assert!(
                (raw.level_50 - 0.5).abs() < 0.06 && (raw.level_90 - 0.9).abs() < 0.04,
                "{cell:?} {topology:?} {raw:?}"
            );
        }
    }

    /// A series of 64 rows has hardly any known target 20 or 30 days ahead.
    #[test]
    fn the_distributions_of_a_short_series_widen_with_the_days_ahead() {
        for seed in 0..8 {
            let series = series(64, seed);
            let options = ConfigOptions { init_from: Some(InitFrom::Random), ..ConfigOptions::default() };
            let config = options.resolve(&series).unwrap().0;
            let options = FitOptions { test_fraction: 0.0, ..FitOptions::default() };
            let forecaster = fit(&series, &config, None, options, &SilentFit).unwrap().forecaster;
            let forecast = forecaster.forecast_ahead(&series, crate::Ahead::Path(30)).unwrap();
            let width = |step: usize| forecast.quantile(step, 0.95) - forecast.quantile(step, 0.05);
            let [day_10, day_20, day_30] = [9, 19, 29].map(width);
            assert!(
                day_20 > 1.1 * day_10 && day_30 > 1.1 * day_20 && day_30 < 3.0 * day_10,
                "{seed}: {day_10} {day_20} {day_30}"
            );
        }
    }

    #[test]
    fn each_day_ahead_has_its_own_distribution_unless_a_decoder_has_one_for_all() {
        let windows = 2000;
        let normal = |k: usize| fourcast_base::math::student_t::quantile(1e6, (k as f64 + 0.5) / windows as f64);
        let samples = Samples {
            inputs: ndarray::Array2::zeros((windows, 1)),
            window: 1,
            origins: (0..windows).collect(),
            steps: 2,
            // A tenth of the targets of the second step is unknown.
            targets: (0..windows)
                .flat_map(|k| [0.5 * normal(k) as f32, if k % 10 == 3 { f32::NAN } else { 2.0 * normal(k) as f32 }])
                .collect(),
            weights: None,
            starts: vec![0.0; windows],
        };
        let series = series(300, 4);
        let sigmas = |topology, loss| {
            let mut options = ConfigOptions { init_from: Some(InitFrom::Random), ..ConfigOptions::default() };
            options.topology = topology;
            let config = Config { loss, ..options.resolve(&series).unwrap().0 };
            let all: Vec<usize> = (0..windows).collect();
            initial_bias(&config, &samples, &all).map(|bias| bias.chunks(3).map(|one| one[1].exp()).collect::<Vec<_>>())
        };
        let near = |found: f64, sigma: f64| (found / sigma - 1.0).abs() < 0.1;
        let each = sigmas(Topology::ManyToOne, Loss::StudentT).unwrap();
        assert!(each.len() == 2 && near(each[0], 0.5) && near(each[1], 2.0), "{each:?}");
        let one = sigmas(Topology::ManyToMany, Loss::StudentT).unwrap();
        assert!(one.len() == 1 && each[0] < one[0] && one[0] < each[1], "{one:?}");
        assert_eq!(sigmas(Topology::ManyToOne, Loss::Mse), None);
    }
}
