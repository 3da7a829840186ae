//! Bounds on the numbers and days of a card, for edited files.

use jiff::civil::Date;

use super::card::Card;
use super::evaluation::{Coverage, Evaluation};
use super::limits::MAX_DAYS;
use super::reference::ReferenceReturn;
use super::training::{Losses, Panel, StoppedFit, Training};
use super::update_record::Drift;
use fourcast_prices::YEARS;

/// Maximum number of rows, days and epochs in a file.
const MAX_COUNT: usize = u32::MAX as usize;

impl Card {
    /// Checks the numbers of rows, days and epochs, so that sums of them do not overflow.
    pub(super) fn check_counts(&self) -> Result<(), String> {
        let Card { training, losses, .. } = self;
        let known = [
            ("training.rows", training.rows),
            ("training.training_windows", training.training_windows),
            ("training.validation_windows", training.validation_windows),
        ];
        let panel = training.panel.iter().flat_map(|panel| {
            let rows = panel.series.iter().map(|series| ("training.panel.series.rows", series.rows));
            rows.chain([("training.panel.count", panel.count)])
        });
        let epochs = losses.epochs.iter().chain(&losses.best_epochs).map(|epochs| ("losses.epochs", *epochs));
        let evaluation = self.evaluation.iter().flat_map(|evaluation| {
            [("evaluation.days", evaluation.days), ("evaluation.forecasts", evaluation.forecasts.unwrap_or(0))]
        });
        let calibration = self.calibration.iter().map(|calibration| ("calibration.days", calibration.days));
        let update = self.update.iter().flat_map(|update| {
            let outcomes = update.outcomes.iter().map(|count| ("update.outcomes", *count));
            outcomes.chain([
                ("update.count", update.count),
                ("update.rows", update.rows),
                ("update.last.rows", update.last.rows),
                ("update.last.epochs", update.last.epochs),
                ("update.last.outcomes", update.last.outcomes),
            ])
        });
        let mut all = known.into_iter().chain(panel).chain(epochs).chain(evaluation).chain(calibration).chain(update);
        match all.find(|(_, count)| *count > MAX_COUNT) {
            Some((name, count)) => Err(format!("{name} is {count}, expected at most {MAX_COUNT}")),
            None => Ok(()),
        }?;
        let mut days = self.evaluation.iter().flat_map(|evaluation| evaluation.steps.iter().map(|step| step.horizon));
        match days.find(|ahead| !(1..=MAX_DAYS).contains(ahead)) {
            Some(ahead) => Err(format!("evaluation.steps.horizon is {ahead}, expected 1 to {MAX_DAYS}")),
            None => Ok(()),
        }
    }

    /// Checks that days are in the range of days of prices, so that days after them are valid dates.
    pub(super) fn check_dates(&self) -> Result<(), String> {
        let Card { training, .. } = self;
        let panel = training.panel.iter().flat_map(|panel| {
            let series = panel.series.iter().flat_map(|series| [series.first, series.last]);
            series.chain([Some(panel.bar_ratio_until)])
        });
        let evaluation = self.evaluation.iter().flat_map(|evaluation| [Some(evaluation.first), Some(evaluation.last)]);
        let update = self.update.iter().flat_map(|update| {
            let seen = update.data.as_ref().map(|data| data.first);
            update.reference.iter().map(|day| Some(day.date)).chain([Some(update.until), seen])
        });
        let calibration =
            self.calibration.iter().flat_map(|calibration| [Some(calibration.first), Some(calibration.last)]);
        let known = [training.first, training.last, training.inherited];
        let reference = training.reference.iter().map(|day| Some(day.date));
        let all = known.into_iter().chain(reference).chain(panel).chain(evaluation).chain(calibration).chain(update);
        match all.flatten().find(|date| !YEARS.contains(&i64::from(date.year()))) {
            Some(date) => Err(format!("the day {date}, expected one from {} to {}", YEARS.start(), YEARS.end())),
            None => self.check_spans(),
        }
    }

    /// Checks that no range of days ends before it begins, and that no update is before the training.
    fn check_spans(&self) -> Result<(), String> {
        let Card { training, .. } = self;
        let span = |name, first: Option<Date>, last: Option<Date>| Some((name, first?, last?));
        let evaluation = self.evaluation.as_ref();
        let calibration = self.calibration.as_ref();
        let panel = training.panel.iter().flat_map(|panel| &panel.series);
        let spans = [
            span("training", training.first, training.last),
            span("evaluation", evaluation.map(|one| one.first), evaluation.map(|one| one.last)),
            span("calibration", calibration.map(|one| one.first), calibration.map(|one| one.last)),
            span("update", training.last, self.update.as_ref().map(|update| update.until)),
        ];
        let all =
            spans.into_iter().flatten().chain(panel.filter_map(|one| span("training.panel", one.first, one.last)));
        match all.into_iter().find(|(_, first, last)| last < first) {
            Some((name, first, last)) => Err(format!("the days of {name} end on {last}, before {first}")),
            None => Ok(()),
        }
    }

    /// Checks that statistics are possible: fractions between 0 and 1, root mean squares, counts that include others,
    /// moves in the order of their days.
    pub(super) fn check_statistics(&self) -> Result<(), String> {
        self.check_windows()?;
        self.check_losses()?;
        self.evaluation.as_ref().map_or(Ok(()), Evaluation::check)?;
        check_reference("training", &self.training.reference)?;
        if let Some(Panel { count, series, .. }) =
            self.training.panel.as_ref().filter(|one| one.count < one.series.len())
        {
            return Err(format!("training.panel.count is {count}, expected at least {}", series.len()));
        }
        let Some(update) = &self.update else { return Ok(()) };
        let Drift { rows, epochs, outcomes, .. } = update.last;
        let has_rows = update.rows >= rows || epochs > 0;
        if update.count == 0 || !has_rows || outcomes > rows {
            return Err("update has no updates, fewer rows than its last one, or that fewer rows than outcomes".into());
        }
        check_reference("update", &update.reference)?;
        update.last.coverage.as_ref().map_or(Ok(()), |coverage| check_coverage("update.last.coverage", coverage))?;
        match update.data.as_ref().filter(|data| data.first > update.until) {
            Some(data) => Err(format!("the rows of update begin on {}, after {}", data.first, update.until)),
            None => Ok(()),
        }
    }

    fn check_windows(&self) -> Result<(), String> {
        let Training { rows, training_windows, validation_windows, .. } = self.training;
        // Bounded by `check_counts`.
        let windows = training_windows + validation_windows;
        if windows > rows {
            return Err(format!("{windows} windows in training, expected at most {rows}: one per row"));
        }
        Ok(())
    }

    /// Checks that the final weights are those of an epoch that was run.
    fn check_losses(&self) -> Result<(), String> {
        let Losses { epochs, best_epochs, interrupted, .. } = &self.losses;
        if epochs.len() != best_epochs.len() || epochs.iter().zip(best_epochs).any(|(all, best)| best > all) {
            return Err("losses.best_epochs are not one of the epochs of each network".into());
        }
        let is_beyond = |fit: &StoppedFit| fit.epochs > fit.planned || fit.networks > fit.planned_networks;
        if interrupted.as_ref().is_some_and(is_beyond) {
            return Err("losses.interrupted has more epochs or networks than were planned".into());
        }
        Ok(())
    }
}

impl Evaluation {
    fn check(&self) -> Result<(), String> {
        let errors = [("rmse", self.rmse), ("naive_rmse", self.naive_rmse)];
        if let Some((name, error)) = errors.iter().find(|(_, error)| !(*error >= 0.0 && error.is_finite())) {
            return Err(format!("evaluation.{name} is {error}, expected a finite number from 0"));
        }
        let all = Coverage { level_50: self.coverage_50, level_90: self.coverage_90 };
        let of_steps = self.steps.iter().flat_map(|step| [Some(step.raw), step.calibrated]).flatten();
        of_steps.chain([all]).try_for_each(|coverage| check_coverage("evaluation", &coverage))?;
        // Both ends of the range are days; rows can be less frequent.
        let max = usize::try_from((self.last - self.first).get_days()).unwrap_or(0) + 1;
        if self.days == 0 || self.days > max {
            return Err(format!(
                "evaluation.days is {}, expected 1 to {max} from {} to {}",
                self.days, self.first, self.last
            ));
        }
        match self.forecasts.filter(|forecasts| *forecasts < self.days) {
            Some(forecasts) => Err(format!("evaluation.forecasts is {forecasts}, expected at least {}", self.days)),
            None => Ok(()),
        }
    }
}

/// Checks fractions of days. The wider interval must have at least the coverage of the narrower one.
fn check_coverage(name: &str, coverage: &Coverage) -> Result<(), String> {
    let Coverage { level_50, level_90 } = *coverage;
    if 0.0 <= level_50 && level_50 <= level_90 && level_90 <= 1.0 {
        return Ok(());
    }
    Err(format!(
        "the coverage of {name} is {level_50} at 50 % and {level_90} at 90 %, expected rising fractions from 0 to 1"
    ))
}

/// Checks the order of the days, on which the search for a file's days relies, and that no log return is larger than
/// that of any two prices.
fn check_reference(name: &str, reference: &[ReferenceReturn]) -> Result<(), String> {
    const MAX_LOG_RETURN: f64 = 1500.0;
    if !reference.is_sorted_by(|one, next| one.date < next.date) {
        return Err(format!("the days of {name}.reference are not in order"));
    }
    match reference.iter().find(|day| day.log_return.abs() > MAX_LOG_RETURN) {
        Some(day) => {
            Err(format!("the move of {} in {name}.reference is {}, which no price has", day.date, day.log_return))
        }
        None => Ok(()),
    }
}
