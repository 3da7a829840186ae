//! Evaluation and calibration of a fit on unseen days, for one series or for several together.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::calibration::{self, Calibration, RecalibrationMap};
use super::cut::distinct_days;
use super::evaluation::{Coverage, Evaluation, StepCoverage};
use super::forecaster::Forecaster;
use super::plan::FitPlan;
use super::pool::for_each;
use super::unseen::{ErrorUnit, Errors, Inside, Unseen};

/// A test fit on days that it was not trained on.
pub(super) struct Assessment<'a> {
    test: &'a Forecaster,
    series: Vec<Unseen<'a>>,
    /// The dates of each series' rows.
    dates: Vec<&'a [Date]>,
    /// The distinct test days of all series, in order.
    days: Vec<Date>,
}

/// Selects some of the test days of a series, given by its index.
type DaysOf<'a> = dyn Fn(&Unseen<'_>, usize) -> Range<usize> + Sync + 'a;

impl<'a> Assessment<'a> {
    /// Assesses a fit on the days `days` of each series, all after the forecaster's training days. With `evaluates`,
    /// the errors are measured.
    pub fn new(test: &'a Forecaster, plan: &'a FitPlan<'a>, days: &[Range<usize>], evaluates: bool) -> Self {
        let unit = if plan.sources.len() == 1 { ErrorUnit::Price } else { ErrorUnit::LastClose };
        let series = for_each(plan.sources.len(), |one| {
            Unseen::new(test, plan.frame(one), days[one].clone(), evaluates.then_some(unit))
        });
        let dates: Vec<&[Date]> = plan.sources.iter().map(|source| &source.traded.dates[..]).collect();
        let days = distinct_days(dates.iter().zip(days).map(|(dates, days)| &dates[days.clone()]));
        Assessment { test, series, dates, days }
    }

    fn is_enough(&self) -> bool {
        self.days.len() >= calibration::MIN_DAYS
    }

    /// Returns the first and the last test day.
    fn span(&self) -> (Date, Date) {
        (self.days[0], self.days[self.days.len() - 1])
    }

    /// Returns the calibration from these days; `None` if there are too few.
    pub fn calibration(&self) -> Option<Calibration> {
        let (first, last) = self.span();
        let levels = || self.recalibration_maps(|unseen, _, _| unseen.days.clone());
        self.is_enough().then(|| Calibration { days: self.days.len(), first, last, levels: levels() })
    }

    /// Returns the errors and the coverage on these days.
    pub fn evaluation(&self) -> Evaluation {
        let (first, last) = self.span();
        let (rmse, naive_rmse) = self.errors();
        let raw = self.coverage(&|unseen, _| unseen.days.clone(), None);
        let calibrated = self.is_enough().then(|| self.cross_fitted());
        let ahead = self.days_ahead();
        let step = |(step, horizon): (usize, &usize)| StepCoverage {
            horizon: *horizon,
            raw: raw[step],
            calibrated: calibrated.as_ref().map(|calibrated| calibrated[step]),
        };
        // For a day far ahead, it is possible that none of the outcomes is known.
        let tested = ahead.iter().enumerate().filter(|(step, _)| raw[*step].level_50.is_finite());
        let steps: Vec<StepCoverage> = tested.map(step).collect();
        let usual = self.test.card.config.usual_day();
        let of_usual = ahead.iter().zip(&raw).filter(|(ahead, _)| **ahead <= usual).map(|(_, raw)| *raw);
        let Coverage { level_50: coverage_50, level_90: coverage_90 } = Coverage::mean(of_usual.collect());
        let forecasts = (self.series.len() > 1).then(|| self.forecasts());
        Evaluation { days: self.days.len(), forecasts, first, last, rmse, naive_rmse, coverage_50, coverage_90, steps }
    }

    fn horizons(&self) -> impl Iterator<Item = (usize, usize)> {
        self.test.card.config.horizons().into_iter().enumerate()
    }

    /// Returns the days ahead whose coverage is measured: for one series, all that the model forecasts; for several
    /// series, those for which the network has outputs.
    fn days_ahead(&self) -> Vec<usize> {
        let config = &self.test.card.config;
        if self.series.len() == 1 { config.days_ahead().collect() } else { config.horizons() }
    }

    /// Counts the origins of all series.
    fn forecasts(&self) -> usize {
        self.series.iter().map(|unseen| unseen.days.len()).sum()
    }

    /// Returns the root mean square errors of the median and of "tomorrow = today": for one series in prices on the
    /// basis of the last day, for several as fractions of the last close.
    fn errors(&self) -> (f64, f64) {
        let sum = self.series.iter().map(|unseen| unseen.errors).fold(Errors::default(), |sum, one| Errors {
            squares: sum.squares + one.squares,
            naive_squares: sum.naive_squares + one.naive_squares,
            count: sum.count + one.count,
        });
        let unit = if let [one] = &self.series[..] { one.quote_factor } else { 1.0 };
        let rmse = |squares: f64| (squares / sum.count).sqrt() * unit;
        (rmse(sum.squares), rmse(sum.naive_squares))
    }

    /// Returns the recalibration map of each day ahead, from the outcomes of the days that `days` returns for a series,
    /// its index and the days ahead. Outcomes of several series on one day count as one, because they have the day in
    /// common.
    fn recalibration_maps(
        &self,
        days: impl Fn(&Unseen<'_>, usize, usize) -> Range<usize>,
    ) -> Vec<Arc<RecalibrationMap>> {
        let per_day = self.forecasts() as f64 / self.days.len() as f64;
        let map = |(step, horizon): (usize, usize)| {
            let of_series = |(place, unseen): (usize, &'_ Unseen<'_>)| {
                unseen.levels_of(step, &days(unseen, place, horizon)).collect()
            };
            let levels: Vec<Vec<f64>> = self.series.iter().enumerate().map(of_series).collect();
            let pseudo_days = calibration::pseudo_days(&self.test.card.init_from, horizon);
            Arc::new(RecalibrationMap::of(levels.concat(), pseudo_days * per_day))
        };
        self.horizons().map(map).collect()
    }

    /// Returns the fraction of the days inside the intervals, for each day ahead, over the days that `days` returns for
    /// a series and its index. NaN if no outcome is known.
    fn coverage(&self, days: &DaysOf<'_>, maps: Option<&[Arc<RecalibrationMap>]>) -> Vec<Coverage> {
        let ahead = self.days_ahead();
        let each: Vec<Vec<Inside>> = for_each(self.series.len(), |place| {
            let unseen = &self.series[place];
            unseen.inside(days(unseen, place), &ahead, maps)
        });
        let step = |step: usize| {
            let sum = each.iter().fold(Inside::default(), |sum, steps| sum.plus(steps[step]));
            let share = |inside: usize| inside as f64 / sum.known as f64;
            Coverage { level_50: share(sum.level_50), level_90: share(sum.level_90) }
        };
        (0..ahead.len()).map(step).collect()
    }

    /// Returns the fraction of the days inside intervals that were calibrated on the other half of the days
    /// (cross-fitting), for each day ahead. On the days used for its own calibration, coverage would be biased. Days
    /// whose targets overlap the scored half are left out of the calibration.
    fn cross_fitted(&self) -> Vec<Coverage> {
        let middle_day = self.days[self.days.len() / 2];
        let middle = |unseen: &Unseen<'_>, place: usize| {
            let row = self.dates[place].partition_point(|date| *date < middle_day);
            row.clamp(unseen.days.start, unseen.days.end)
        };
        let earlier = self.recalibration_maps(|unseen, place, ahead| {
            let start = unseen.days.start;
            start..(middle(unseen, place) + 1).saturating_sub(ahead).max(start)
        });
        let later = self.recalibration_maps(|unseen, place, ahead| {
            let end = unseen.days.end;
            (middle(unseen, place) + ahead - 1).min(end)..end
        });
        let after = |unseen: &Unseen<'_>, place| middle(unseen, place)..unseen.days.end;
        let before = |unseen: &Unseen<'_>, place| unseen.days.start..middle(unseen, place);
        let halves: [(_, &DaysOf<'_>); 2] = [(earlier, &after), (later, &before)];
        let mut all = vec![Coverage::default(); self.days_ahead().len()];
        for (maps, scored) in halves {
            let count: usize = self.series.iter().enumerate().map(|(place, one)| scored(one, place).len()).sum();
            let share = count as f64 / self.forecasts() as f64;
            for (all, half) in all.iter_mut().zip(self.coverage(scored, Some(&maps))) {
                all.level_50 += share * half.level_50;
                all.level_90 += share * half.level_90;
            }
        }
        all
    }
}
