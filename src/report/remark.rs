//! Remarks on recorded forecasts, as sentences.

use crate::eval::ledger::Impossible;
use crate::eval::score::{Remark, RemarkKind};
use crate::words::{counted, join};

/// Maximum number of days that are named one by one.
const NAMED: usize = 5;

/// Says how many forecasts a remark is about, which ones, and what is remarked.
pub fn remark_in_words(remark: &Remark) -> String {
    let count = remark.forecasts.len();
    let mut days: Vec<String> =
        remark.forecasts.iter().take(NAMED).map(|(line, date)| format!("{date} (line {line})")).collect();
    if count > NAMED {
        days.push(format!("{} more", count - NAMED));
    }
    let [one, several] = words(remark.kind);
    let words = if count == 1 { one } else { several };
    format!("{}, of {}, {words}", counted(count, "forecast"), join(&days, "and"))
}

/// Returns the words that follow the forecasts in the message, for one and for several.
fn words(kind: RemarkKind) -> [&'static str; 2] {
    match kind {
        RemarkKind::Revised => [
            "was made from a close that these prices no longer have (split or revision): scored by its return from that close",
            "were made from closes that these prices no longer have (split or revision): scored by their returns from those closes",
        ],
        RemarkKind::OtherPrices => [
            "was made from rows that differ from these prices up to its origin: scored against these prices",
            "were made from rows that differ from these prices up to their origins: scored against these prices",
        ],
        RemarkKind::OtherDay => [
            "has a date that differs from that of its row (counted from the origin): scored against that row",
            "have dates that differ from those of their rows (counted from the origins): scored against those rows",
        ],
        RemarkKind::OtherFrequency => [
            "is left out: it was made from rows of another frequency",
            "are left out: they were made from rows of another frequency",
        ],
        RemarkKind::NextRow => [
            "was for a day without a row: scored by the next row",
            "were for days without a row: each is scored by the next row",
        ],
        RemarkKind::Repeated => [
            "is for a day that an earlier line forecasts: only the first forecast for a day counts",
            "are for days that earlier lines forecast: only the first forecast for a day counts",
        ],
        RemarkKind::NoOrigin => [
            "is left out: its origin is not a day of these prices",
            "are left out: their origins are not days of these prices",
        ],
        RemarkKind::NoDay => [
            "is left out: these prices have no row on its day",
            "are left out: these prices have no rows on their days",
        ],
        RemarkKind::Halted => ["is left out: its day is without trade", "are left out: their days are without trade"],
        RemarkKind::TooEarly => [
            "is left out: there are too few rows before its origin to fit the baselines",
            "are left out: there are too few rows before their origins to fit the baselines",
        ],
        RemarkKind::TooFar => [
            "is left out: its day is too many rows after its origin",
            "are left out: their days are too many rows after their origins",
        ],
        RemarkKind::NoReturn => [
            "is left out: the close that it was made from is not above zero",
            "are left out: the closes that they were made from are not above zero",
        ],
        RemarkKind::Impossible(Impossible::Crossing) => [
            "is left out: its quantiles cross, a price is below that of a lower level",
            "are left out: their quantiles cross, a price is below that of a lower level",
        ],
        RemarkKind::Impossible(Impossible::NotPositive) => {
            ["is left out: one of its prices is not above zero", "are left out: one of their prices is not above zero"]
        }
        RemarkKind::Impossible(Impossible::OutOfReach) => [
            "is left out: one of its prices is impossibly far from its last close (a factor of 1,000 one row ahead)",
            "are left out: one of their prices is impossibly far from their last closes (a factor of 1,000 one row ahead)",
        ],
        RemarkKind::OtherScale => [
            "is more than 3 times its last close, or less than a third: it may be of another unit or series",
            "are more than 3 times their last closes, or less than a third: they may be of another unit or series",
        ],
        RemarkKind::OneFactor => [
            "differs from its last close by the same factor as all others, many times the median absolute return: it may be of adjusted prices, or of prices before a split",
            "differ from their last closes by the same factor, many times the median absolute return: they may be of adjusted prices, or of prices before a split",
        ],
        RemarkKind::OwnClose => [
            "is the close of its own day, which was not known before: the file may have the origin as the date, or the actual close as the forecast",
            "are the closes of their own days, which were not known before: the file may have the origins as the dates, or the actual closes as the forecasts",
        ],
        RemarkKind::NextClose => [
            "is the close of the day after its own, which was not known before: its date may be a row early",
            "are the closes of the days after their own, which were not known before: their dates may be a row early",
        ],
        RemarkKind::OtherClose => [
            "is left out: its last_close is not the close of its origin in these prices, and contradicts its other entries",
            "are left out: their last_close is not the close of their origins in these prices, and contradicts their other entries",
        ],
        RemarkKind::NotAfter => {
            ["is left out: its day is not after its origin", "are left out: their days are not after their origins"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_and_lines_are_named() {
        let of = |count: i8| Remark {
            kind: RemarkKind::NextRow,
            forecasts: (1..=count).map(|day| (day as usize + 1, date(2024, 1, day))).collect(),
        };
        let one = "1 forecast, of 2024-01-01 (line 2), was for a day without a row: scored by the next row";
        assert_eq!(remark_in_words(&of(1)), one);
        let text = remark_in_words(&of(7));
        assert!(
            text.starts_with("7 forecasts, of 2024-01-01 (line 2), ") && text.contains("(line 6) and 2 more, were for")
        );
    }
}
