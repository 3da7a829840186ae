//! Rows that updates have missed: sessions without a row among new days, and rows that came after the update of their
//! day.

use jiff::civil::Date;

use super::card::Card;
use fourcast_features::without_halts;
use fourcast_prices::{Calendar, Frequency, PriceSeries, sessions_ahead};

/// The maximum number of sessions of a gap that are examined.
const MAX_SESSIONS: usize = 30;
/// The minimum number of sessions in a gap that is longer than holidays, if these are not known.
const MIN_SESSIONS: usize = 3;

/// Returns the sessions after a day that have no row although a later day has: those of a calendar or, without one,
/// those of gaps that are longer than holidays.
pub(super) fn missing_sessions(series: &PriceSeries, until: Date, calendar: Option<Calendar>) -> Vec<Date> {
    let PriceSeries { dates, frequency, .. } = series;
    if *frequency != Frequency::Daily {
        return Vec::new();
    }
    let first = dates.partition_point(|date| *date <= until).max(1);
    let is_gap = |row: &usize| (dates[*row] - dates[row - 1]).get_days() > 1;
    let of_gap = |row: usize| -> Vec<Date> {
        let sessions = sessions_ahead(&dates[..row], *frequency, MAX_SESSIONS, calendar).into_iter();
        let is_session = |day: &Date| calendar.is_none_or(|calendar| calendar.is_closed(*day) == Some(false));
        sessions.take_while(|day| *day < dates[row]).filter(|day| *day > until && is_session(day)).collect()
    };
    let is_missing = |days: &Vec<Date>| calendar.is_some() || days.len() >= MIN_SESSIONS;
    (first..dates.len()).filter(is_gap).map(of_gap).filter(is_missing).flatten().collect()
}

/// Returns the number of rows up to the last day of a model that did not exist when it was trained and updated; 0 if
/// the file does not contain the first day of the training.
pub(super) fn late_rows(series: &PriceSeries, card: &Card) -> usize {
    let (training, update) = (&card.training, card.update.as_ref());
    let (Some((first, last)), Some(until)) = (training.first.zip(training.last), card.up_to()) else { return 0 };
    if !series.dates.contains(&first) {
        return 0;
    }
    let of_updates = without_halts(series).dates.iter().filter(|date| **date > last && **date <= until).count();
    let found = series.between(first, last).len() + of_updates;
    found.saturating_sub(training.rows.saturating_add(update.map_or(0, |update| update.rows)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};

    /// Returns the weekdays from 2012-01-02 to 2012-12-31, except `without`.
    fn weekdays(without: &[Date]) -> PriceSeries {
        let days = (0..364_i64).map(|day| date(2012, 1, 2) + day.days());
        let dates: Vec<Date> =
            days.filter(|day| day.weekday().to_monday_one_offset() <= 5 && !without.contains(day)).collect();
        let close = vec![1.0; dates.len()];
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    #[test]
    fn sessions_without_a_row_are_found() {
        let nyse = Some("nyse".parse().unwrap());
        let (thanksgiving, session) = (date(2012, 11, 22), date(2012, 11, 27));
        let missing = |without: &[Date], until, calendar| missing_sessions(&weekdays(without), until, calendar);
        let june = date(2012, 6, 1);
        assert_eq!(missing(&[thanksgiving, session], june, nyse), [session]);
        assert_eq!(missing(&[thanksgiving, session], session, nyse), []);
        // The first of the new rows can be late too.
        assert_eq!(missing(&[session], date(2012, 11, 26), nyse), [session]);
        // Without a calendar a single day can be a holiday, but a whole week cannot.
        assert_eq!(missing(&[thanksgiving, session], june, None), []);
        let week: Vec<Date> = (0..5_i64).map(|day| date(2012, 8, 6) + day.days()).collect();
        assert_eq!(missing(&week, june, None), week);
        assert_eq!(missing(&week, date(2012, 9, 1), None), []);
    }
}
