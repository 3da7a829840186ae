//! Networks with inputs for covariates added, before they are trained on them.

use ndarray::{Axis, Slice};

use super::config::Config;
use super::forecaster::Forecaster;
use fourcast_nn::parameters::Role;
use fourcast_nn::{Isa, Network};
use fourcast_prices::Covariate;

/// Returns the networks of `plain`, which read no covariates, with inputs for covariates added. The new weights are
/// zero: until they are trained, the forecasts do not change. The fit sets the scalers of the added inputs.
///
/// # Panics
/// If the layers are not recurrent: only in recurrent layers does every input have one column of weights.
pub(super) fn with_covariates(plain: &Forecaster, covariates: &[Covariate]) -> Forecaster {
    let config = Config { covariates: covariates.to_vec(), ..plain.card.config.clone() };
    assert!(config.cell.is_recurrent(), "every input has one column of weights");
    let members = plain.members.iter().map(|member| {
        let mut wide = Network::<f32>::new(config.shape(), 1, Isa::detect());
        for tensor in wide.parameters().tensors().to_vec() {
            let Some(source) = member.find(&tensor.name) else { continue };
            let values = member.unpack(source, &member.values);
            if tensor.role == Role::InputWeight && tensor.shape != source.shape {
                let mut all = ndarray::ArrayD::zeros(tensor.shape.clone());
                all.slice_axis_mut(Axis(1), Slice::from(..source.shape[1])).assign(&values);
                wide.set_tensor(&tensor, all.view());
            } else {
                wide.set_tensor(&tensor, values.view());
            }
        }
        wide.into_parameters()
    });
    let members = members.collect();
    let mut card = plain.card.clone();
    card.config = config;
    Forecaster { members, card, file_sha256: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConfigOptions, FitOptions, InitFrom, InitialWeights, SilentFit, fit, pretrained_for};
    use fourcast_features::Scaler;
    use fourcast_prices::{CovariateKind, Frequency, PastColumn, PriceSeries};
    use jiff::{ToSpan, civil::date};

    /// Returns a series with a past column x.
    fn series(days: i32) -> PriceSeries {
        let close: Vec<f64> = (0..days).map(|day| 100.0 + f64::from((day * 37) % 11)).collect();
        let mut series = PriceSeries {
            name: "made".into(),
            frequency: Frequency::Daily,
            dates: (0..days).map(|day| date(2020, 1, 1) + i64::from(day).days()).collect(),
            adjusted: close.clone(),
            close,
            ..PriceSeries::default()
        };
        let values = series.close.iter().rev().copied().collect();
        series.covariates.past = vec![PastColumn { name: "x".into(), values }];
        series
    }

    #[test]
    fn untrained_covariates_change_no_forecast() {
        let series = series(120);
        let plain = pretrained_for(&series);
        assert_eq!(plain.card.init_from, InitialWeights::Pretrained);
        let covariate = Covariate { name: "x".into(), kind: CovariateKind::Past };
        let mut wide = with_covariates(&plain, &[covariate]);
        wide.card.input_scalers.extend([Scaler::IDENTITY; 2]);
        let sessions = |model: &Forecaster| model.forecast(&series).unwrap().sessions(&[0.5, 0.9]).unwrap();
        assert_eq!(sessions(&plain), sessions(&wide));
        // The inputs are read: other weights give another forecast.
        let mut network = Network::<f32>::new(wide.card.config.shape(), 1, Isa::detect());
        network.set_weights(&wide.members[0]);
        let tensor = network.parameters().tensors().iter().find(|one| one.role == Role::InputWeight).unwrap().clone();
        let ones = ndarray::ArrayD::ones(tensor.shape.clone());
        network.set_tensor(&tensor, ones.view());
        wide.members[0] = network.into_parameters();
        assert_ne!(sessions(&plain), sessions(&wide));
        // The gain multiplies the inputs after they are bounded.
        let plainly = sessions(&wide);
        wide.card.input_scalers.last_mut().unwrap().gain = 5.0;
        assert_ne!(plainly, sessions(&wide));
    }

    #[test]
    fn inputs_that_are_added_to_trained_networks_have_a_gain() {
        let series = series(200);
        let gains = |init_from| {
            let mut options = ConfigOptions { init_from, ..ConfigOptions::default() };
            options.epochs = Some(1);
            let (config, init) = options.resolve(&series).unwrap();
            let fitted = fit(&series, &config, init.as_ref(), FitOptions::default(), &SilentFit).unwrap();
            let scalers = fitted.forecaster.card.input_scalers;
            (scalers.len(), scalers.iter().rev().map(|scaler| scaler.gain).take(3).collect::<Vec<_>>())
        };
        assert_eq!(gains(None).1, [15.0, 15.0, 1.0]);
        assert_eq!(gains(Some(InitFrom::Random)).1, [1.0; 3]);
    }
}
