//! Warnings about the rows of an update: the effect of an outcome on the calibration cannot be undone.

use std::borrow::Cow;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::cli::warnings::{CliWarning, Kind};
use crate::features::{frozen_end, repeated_end};
use crate::model::{Doubt, UpdateRemark};
use crate::prices::{OneSeries, PriceSeries};

/// Returns the warning of what may be wrong with the rows; `again` describes how to train the model again.
pub(super) fn warning_of(remark: &UpdateRemark, again: &str) -> CliWarning {
    let again = format!("update a copy of the model from before them, or {again}");
    let hint = match remark {
        UpdateRemark::Corrected(_) => {
            let hint =
                "check that the file is of the model's series; to undo the effect of wrong rows on the calibration,";
            return CliWarning::about_rows(remark, format!("{hint} {again}"));
        }
        UpdateRemark::Revised { .. } => {
            let hint = "after a split, or a dividend in adjusted closes, this is expected: update once without \
                        --strict; to undo the effect of wrong rows on the calibration,";
            return CliWarning::about_rows(remark, format!("{hint} {again}"));
        }
        UpdateRemark::Late { .. } => {
            return CliWarning::about_rows(remark, format!("to count the outcomes with them, {again}"));
        }
        UpdateRemark::Missing { .. } => {
            "add them first, or keep the model from before them with --save-as FILE, and update it again once they are \
             available"
        }
        UpdateRemark::Unproven { .. } => {
            "update it with the file that it was trained on, to which new rows were added, or train it again: the model then \
             stores returns of its series"
        }
        UpdateRemark::Jump { doubt: Doubt::Unconfirmed, .. } => {
            "check that price: the effect of a wrong outcome cannot be undone; once the next row confirms it, this \
             warning ends"
        }
        UpdateRemark::Jump { doubt: Doubt::Undone, .. } => {
            "correct that price, or leave its row out: the effect of a wrong outcome cannot be undone"
        }
        UpdateRemark::Jump { doubt: Doubt::Vast, .. } => {
            "check that the rows from there on are of the model's series; if they are, update once without --strict"
        }
        UpdateRemark::Behind { .. } => "name the file with the latest rows, and leave out --until if it is given",
        _ => "check that the file is of the model's series: the effect of other prices cannot be undone",
    };
    CliWarning::about_rows(remark, hint.into())
}

impl CliWarning {
    fn about_rows(remark: &UpdateRemark, hint: String) -> CliWarning {
        CliWarning { hint: Some(hint), ..CliWarning::new(Kind::UpdateRows, remark.to_string()) }
    }
}

/// Returns the series up to its last day with trade. Rows repeated by a feed that has stopped are not outcomes, and the
/// real rows for their days may come later.
pub(super) fn without_repeats(one: &OneSeries) -> (Cow<'_, PriceSeries>, Option<CliWarning>) {
    let repeated = repeated_end(&one.series);
    let text = match repeated {
        0 => return (Cow::Borrowed(&one.series), None),
        1 => "the last row repeats the prices before it and is left out".to_owned(),
        rows => format!("the last {rows} rows repeat the prices before them and are left out"),
    };
    (Cow::Owned(one.series.slice(0..one.series.len() - repeated)), Some(CliWarning::new(Kind::RepeatedRows, text)))
}

/// Returns the warning of rows at the end that all have the same price.
pub(super) fn frozen(series: &PriceSeries) -> Option<CliWarning> {
    let rows = Some(frozen_end(series)).filter(|rows| *rows > 0)?;
    let text = format!("the last {rows} rows have one price, each with another volume: the feed may have stopped");
    let hint = Some("check those prices: the effect of wrong ones cannot be undone".into());
    Some(CliWarning { hint, ..CliWarning::new(Kind::FrozenPrice, text) })
}

/// Returns the warnings of series that end a weekday or more before most others, each with its place and name.
pub(super) fn behind(all: &[LastDay]) -> Vec<(String, String, CliWarning)> {
    let mut days: Vec<Date> = all.iter().map(|one| one.last).collect();
    days.sort_unstable();
    let Some(usual) = days.get(days.len() / 2).copied() else { return Vec::new() };
    let is_weekday = |day: &Date| day.weekday().to_monday_one_offset() <= 5;
    // Markets that are open on weekends end later; other series are not behind because of that.
    let is_behind = |one: &&LastDay| {
        one.last < usual
            && one
                .last
                .tomorrow()
                .is_ok_and(|next| next.series(1.day()).take_while(|day| *day <= usual).any(|day| is_weekday(&day)))
    };
    let warning = |one: &LastDay| {
        let text = format!("ends on {}, and at least half of the series on {usual} or later", one.last);
        let hint = Some("check that its latest rows are in the file".into());
        let warning = CliWarning { hint, ..CliWarning::new(Kind::EarlyEnd, text) };
        (one.place.clone(), one.series.clone(), warning)
    };
    all.iter().filter(is_behind).map(warning).collect()
}

/// The last day of a series in the prices.
pub(super) struct LastDay {
    pub place: String,
    pub series: String,
    pub last: Date,
}
