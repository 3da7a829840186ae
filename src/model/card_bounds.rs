//! Bounds on the numbers and days of a card, which an edited file may not keep.

use jiff::civil::Date;

use super::card::Card;
use super::limits::MAX_DAYS;
use crate::prices::YEARS;

/// Bound on the numbers of rows, days and epochs in a file.
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

    /// Checks that days lie where prices may, so that days after them are dates.
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

    /// Checks that no span of days ends before it begins, and that an update is not before the training.
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
}
