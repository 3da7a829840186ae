//! The scores of recorded forecasts: the results of a backtest, with the number of forecasts that were scored.

use std::io::{self, Write};

use jiff::civil::Date;
use serde::Serialize;

use super::backtest::{backtest_record, forecaster_rows, price_skill, row_without_scores, write_tested};
use super::number::counted;
use super::output::{Record, Report, record};
use super::terminal::{Shown, Terminal};
use super::wording::rows;
use crate::eval::score::{MIN_DAYS, Scored};

/// The scores of the forecasts of a series, one entry for each number of days ahead.
pub struct ScoredSeries<'a> {
    /// The scores.
    pub scored: &'a [Scored],
    /// The name of the forecaster.
    pub forecaster: &'a str,
    /// The central intervals that are scored, if the forecasts have any.
    pub levels: &'a [f64],
}

/// The numbers of forecasts that were scored, are pending, were repeated or were left out.
#[derive(Serialize)]
struct Counts {
    horizon: usize,
    scored: usize,
    pending: usize,
    next_due: Option<Date>,
    repeated: usize,
    left_out: usize,
}

impl Counts {
    fn of(scored: &Scored) -> Counts {
        Counts {
            horizon: scored.horizon,
            scored: scored.days,
            pending: scored.pending.forecasts,
            next_due: scored.pending.next,
            repeated: scored.repeated,
            left_out: scored.left_out,
        }
    }
}

/// The keys and columns of a backtest, followed by the counts. Without scores, the keys and columns that depend on
/// scores are null or empty.
impl Report for ScoredSeries<'_> {
    fn objects(&self) -> io::Result<Vec<Record>> {
        let object = |scored: &Scored| {
            let mut all = match &scored.result {
                Some(result) => backtest_record(result, None)?,
                None => Record::from_iter([
                    ("series".into(), scored.series.clone().into()),
                    ("test_days".into(), scored.days.into()),
                    ("headline".into(), without_scores(scored).into()),
                ]),
            };
            all.append(&mut record(&Counts::of(scored))?);
            Ok(all)
        };
        self.scored.iter().map(object).collect()
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        let mut all = Vec::new();
        for scored in self.scored {
            let mut rows = match &scored.result {
                Some(result) => forecaster_rows(result)?,
                None => vec![row_without_scores(&scored.series, self.forecaster, scored.days, self.levels)?],
            };
            for row in &mut rows {
                row.append(&mut record(&Counts::of(scored))?);
            }
            all.append(&mut rows);
        }
        Ok(all)
    }

    fn values(&self) -> Vec<Option<f64>> {
        let skill = |scored: &Scored| Some(price_skill(scored.result.as_ref()?)?.value);
        self.scored.iter().map(skill).collect()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        for (place, scored) in self.scored.iter().enumerate() {
            if place > 0 {
                writeln!(out)?;
            }
            match &scored.result {
                Some(result) => write_tested(out, result, None)?,
                None => out.text(2, Shown(format!("{}: {}", scored.series, without_scores(scored))))?,
            }
            if let Some(line) = counts_in_words(scored) {
                out.text(2, format_args!("  {line}"))?;
            }
        }
        Ok(())
    }
}

/// Says why there are no scores.
pub(super) fn without_scores(scored: &Scored) -> String {
    let ahead = match scored.horizon {
        1 => String::new(),
        horizon => format!(" {} ahead", rows(horizon, scored.frequency)),
    };
    let done = counted(scored.days, "forecast");
    format!("{done}{ahead} can be scored, but scores require at least {MIN_DAYS}")
}

/// Lists the forecasts that the scores do not cover; none if they cover all.
pub(super) fn counts_in_words(scored: &Scored) -> Option<String> {
    let pending = scored.pending.next.map(|next| {
        let of = if scored.pending.forecasts == 1 { "for" } else { "the first for" };
        format!("{} not yet due, {of} {next}", counted(scored.pending.forecasts, "forecast"))
    });
    let repeated = (scored.repeated > 0)
        .then(|| format!("{} for days already forecast, not scored", counted(scored.repeated, "later forecast")));
    let left_out = (scored.left_out > 0).then(|| format!("{} left out", counted(scored.left_out, "forecast")));
    let parts: Vec<String> = [pending, repeated, left_out].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Says that the gate fails because there are too few forecasts for scores.
pub fn no_skill_without_scores(scored: &Scored) -> String {
    format!("{}: {}", scored.series, without_scores(scored))
}
