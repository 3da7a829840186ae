//! The values measured on the training days of a fit after its networks are trained: the distribution of residuals,
//! their skewness, the baseline error.

use jiff::civil::Date;

use super::card::Residuals;
use super::cut::distinct_days;
use super::distribution::{Distribution, fit_student_t};
use super::forecaster::{ErrorSum, Forecaster};
use super::plan::FitPlan;
use super::pool::for_each;
use super::skew::Skew;
use fourcast_features::{Frame, Target};
use fourcast_nn::Loss;

/// Maximum number of windows of several series that are measured; of more windows, every second, every third and so on
/// is used.
const MEASURED: usize = 1 << 18;

/// The values measured on one series.
struct OfSeries {
    errors: ErrorSum,
    /// The standardised residuals, for each day ahead.
    residuals: Vec<Vec<f64>>,
}

impl FitPlan<'_> {
    /// Completes the card of a forecaster after the training of its networks.
    pub(super) fn measure(&self, forecaster: &mut Forecaster) {
        if self.config.loss == Loss::Mse {
            forecaster.card.residuals = self.residuals(forecaster);
        }
        let has_skew = self.config.target == Target::Return && !self.config.output_horizons.is_empty();
        let each = for_each(self.sources.len(), |one| self.of_series(forecaster, one, has_skew));
        let errors = each.iter().fold(ErrorSum::default(), |sum, one| sum.plus(one.errors));
        forecaster.card.baseline_error = errors.mean();
        if has_skew {
            forecaster.card.skew = self.skews(&each);
        }
    }

    /// Returns the step between the training days that are measured.
    fn every(&self) -> usize {
        if self.sources.len() == 1 {
            return 1;
        }
        let windows: usize = self.spans.iter().map(|spans| spans.training.len()).sum();
        windows.div_ceil(MEASURED).max(1)
    }

    fn of_series(&self, forecaster: &Forecaster, one: usize, has_skew: bool) -> OfSeries {
        let days: Vec<usize> = self.measured_days(one).collect();
        if days.is_empty() {
            return OfSeries { errors: ErrorSum::default(), residuals: vec![Vec::new(); self.config.horizons().len()] };
        }
        let frame = self.frame(one);
        let raw = forecaster.raw_distributions(&frame, &days);
        let residuals = if has_skew { self.standardised_residuals(one, &frame, &days, &raw) } else { Vec::default() };
        OfSeries { errors: forecaster.standardised_errors(&frame, &days, &raw), residuals }
    }

    fn standardised_residuals(
        &self,
        one: usize,
        frame: &Frame,
        days: &[usize],
        distributions: &[Vec<Distribution>],
    ) -> Vec<Vec<f64>> {
        let (ahead, spans) = (self.config.days_to_target(), &self.spans[one]);
        let of_step = |(step, horizon): (usize, usize)| {
            let known = days.iter().zip(distributions);
            let known = known.filter(|(day, _)| *day + horizon <= spans.last_row(**day, ahead));
            let residual = |(day, distribution): (&usize, &Vec<Distribution>)| {
                let target = frame.target(*day, horizon)?;
                let distribution = &distribution[step];
                Some((self.scales.target.scale(target) - distribution.median()) / distribution.scale())
            };
            known.filter_map(residual).collect()
        };
        self.config.horizons().into_iter().enumerate().map(of_step).collect()
    }

    /// Returns the skewness of each day ahead. Residuals of several series on one day count as one.
    fn skews(&self, each: &[OfSeries]) -> Vec<Skew> {
        let per_day = self.measured_per_day();
        let skew = |(step, horizon): (usize, usize)| {
            let all = each.iter().flat_map(|one| &one.residuals[step]).copied().collect();
            Skew::fit(all, horizon as f64 * per_day)
        };
        self.config.horizons().into_iter().enumerate().map(skew).collect()
    }

    /// Returns the mean number of measured windows of all series that end on one day.
    fn measured_per_day(&self) -> f64 {
        if self.sources.len() == 1 {
            return 1.0;
        }
        let days: Vec<Vec<Date>> = (0..self.sources.len())
            .map(|one| self.measured_days(one).map(|day| self.sources[one].traded.dates[day]).collect())
            .collect();
        let all: usize = days.iter().map(Vec::len).sum();
        all as f64 / distinct_days(days.iter().map(Vec::as_slice)).len() as f64
    }

    fn measured_days(&self, one: usize) -> impl Iterator<Item = usize> + use<> {
        self.spans[one].training.clone().step_by(self.every())
    }

    /// Returns the distribution of the residuals of each day ahead, on the validation days or, without any, on the
    /// training days.
    fn residuals(&self, forecaster: &Forecaster) -> Vec<Residuals> {
        let validates = self.spans.iter().any(|spans| !spans.validation.is_empty());
        let each = for_each(self.sources.len(), |one| self.residuals_of(forecaster, one, validates));
        let of_step = |step: usize| {
            let all: Vec<f64> = each.iter().flat_map(|one| one.get(step)).flatten().copied().collect();
            fit_student_t(&all).into()
        };
        (0..self.config.horizons().len()).map(of_step).collect()
    }

    fn residuals_of(&self, forecaster: &Forecaster, one: usize, validates: bool) -> Vec<Vec<f64>> {
        let (spans, ahead) = (&self.spans[one], self.config.days_to_target());
        let days = if validates { &spans.validation } else { &spans.training };
        if days.is_empty() {
            return Vec::new();
        }
        let (frame, origins) = (self.frame(one), days.clone().step_by(self.every()).collect::<Vec<usize>>());
        let distribution = forecaster.raw_distributions(&frame, &origins);
        let is_known = |day: usize, horizon: usize| day + horizon <= spans.last_row(day, ahead);
        let residuals_at = |(step, horizon): (usize, usize)| {
            let target = |day: &usize| {
                let y = frame.target(*day, horizon).filter(|_| is_known(*day, horizon))?;
                Some(self.scales.target.scale(y))
            };
            let each =
                |(day, distribution): (&usize, &Vec<Distribution>)| Some(target(day)? - distribution[step].median());
            origins.iter().zip(&distribution).filter_map(each).collect()
        };
        self.config.horizons().into_iter().enumerate().map(residuals_at).collect()
    }
}
