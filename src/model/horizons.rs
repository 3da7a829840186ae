//! The days ahead that a model forecasts.

use std::ops::RangeInclusive;

use super::ahead::Ahead;
use super::config::Config;
use super::forecast_error::ForecastError;
use fourcast_nn::Topology;

/// Days ahead for which a many-to-one network forecasts distributions by default. The days between them are
/// interpolated (see [`Path`](super::Path)).
pub const OUTPUT_HORIZONS: [usize; 7] = [1, 2, 3, 5, 10, 20, 30];

/// The kind of data that a network is trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrainingData {
    /// Many series together.
    Pool,
    /// One series.
    Series,
}

impl Config {
    /// Returns the days ahead for which the network has outputs: one day, several days between which the others are
    /// interpolated, or all days of a path.
    pub fn horizons(&self) -> Vec<usize> {
        match self.topology {
            Topology::ManyToOne if self.output_horizons.is_empty() => vec![self.horizon],
            Topology::ManyToOne => self.output_horizons.clone(),
            Topology::ManyToMany | Topology::OneToMany => (1..=self.horizon).collect(),
        }
    }

    /// Returns the first and the last day ahead that can be forecast.
    pub fn days_ahead(&self) -> RangeInclusive<usize> {
        let first =
            if self.topology == Topology::ManyToOne && self.output_horizons.is_empty() { self.horizon } else { 1 };
        first..=self.horizon
    }

    /// Returns the days ahead of a forecast.
    ///
    /// # Errors
    /// [`ForecastError::Ahead`] if the model does not forecast one of them.
    pub fn days_of(&self, ahead: Ahead) -> Result<Vec<usize>, ForecastError> {
        let has = self.days_ahead();
        let asked = match ahead {
            Ahead::Usual if self.topology == Topology::ManyToOne => *has.start()..=*has.start(),
            Ahead::Usual => has.clone(),
            Ahead::Day(day) => day..=day,
            Ahead::Path(days) => 1..=days,
        };
        let can = !asked.is_empty() && has.contains(asked.start()) && has.contains(asked.end());
        if can {
            Ok(asked.collect())
        } else {
            Err(ForecastError::Ahead { asked: ahead, first: *has.start(), last: *has.end() })
        }
    }

    /// Returns the last day ahead that is forecast by default.
    pub fn usual_day(&self) -> usize {
        if self.output_horizons.is_empty() { self.horizon } else { 1 }
    }

    /// Returns the number of days after its origin from which on a window can be used for training: the days until its
    /// first target is known, or all days of a path.
    pub(super) fn days_to_target(&self) -> usize {
        if self.output_horizons.is_empty() { self.horizon } else { self.output_horizons[0] }
    }

    /// Returns the weight of each output's loss, if there are several; their mean is one. The weight for h days ahead
    /// is proportional to 1 / h in a pool of many series, because the returns over h days of neighbouring windows have
    /// all but one of their days in common. It is proportional to 1 / h^2 in a fit to one series, which has few
    /// independent returns, so that outputs for far days stay closer to the initial weights.
    pub(super) fn step_weights(&self, data: TrainingData) -> Option<Vec<f64>> {
        let power = match data {
            TrainingData::Pool => 1,
            TrainingData::Series => 2,
        };
        let weights = self.output_horizons.iter().map(|day| (*day as f64).powi(-power));
        let mean = weights.clone().sum::<f64>() / self.output_horizons.len() as f64;
        (!self.output_horizons.is_empty()).then(|| weights.map(|weight| weight / mean).collect())
    }
}
