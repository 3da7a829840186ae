//! The holidays of exchanges.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use exchange_hours::{Exchange, ExchangeCalendar, HolidayKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use fourcast_base::words::did_you_mean;

/// An exchange whose holidays are known.
///
/// Only whole days without trade count. The weekdays that trade are detected from the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Calendar(Exchange);

impl Calendar {
    /// Whether the exchange is closed all day; `None` outside the years with known holidays.
    pub fn is_closed(self, date: Date) -> Option<bool> {
        let day = NaiveDate::from_ymd_opt(date.year().into(), date.month() as u32, date.day() as u32)?;
        let calendar = ExchangeCalendar::new(self.0);
        calendar.holiday_coverage().filter(|known| known.contains(day))?;
        let closed = |kind| matches!(kind, HolidayKind::Closed);
        Some(calendar.holiday_on(day).is_some_and(|holiday| closed(holiday.kind())))
    }

    /// Returns the names of the exchanges whose holidays are known.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let known = |exchange: &&Exchange| ExchangeCalendar::new(**exchange).holiday_coverage().is_some();
        Exchange::ALL.iter().filter(known).map(|exchange| exchange.as_str())
    }
}

impl FromStr for Calendar {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.to_lowercase().replace(['-', ' '], "_");
        let found = Exchange::ALL.iter().find(|exchange| exchange.as_str() == wanted);
        let known = found.filter(|_| Self::names().any(|name| name == wanted));
        known.map(|exchange| Calendar(*exchange)).ok_or_else(|| {
            let names: Vec<&str> = Self::names().collect();
            let meant = did_you_mean(&wanted, names.iter().copied());
            format!("{meant}the holidays known are those of {}", names.join(", "))
        })
    }
}

impl TryFrom<String> for Calendar {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Calendar> for String {
    fn from(calendar: Calendar) -> String {
        calendar.to_string()
    }
}

impl fmt::Display for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn exchanges_close_on_their_own_holidays() {
        let closed = |name: &str, day: Date| name.parse::<Calendar>().unwrap().is_closed(day);
        assert_eq!(closed("NYSE", date(2024, 11, 28)), Some(true));
        assert_eq!(closed("Euronext Paris", date(2024, 11, 28)), Some(false));
        // A day with an early close is a session.
        assert_eq!(closed("nyse", date(2024, 11, 29)), Some(false));
        assert_eq!(closed("xetra", date(2024, 12, 24)), Some(true));
        assert_eq!(closed("lse", date(2024, 8, 26)), Some(true));
        assert_eq!(closed("nyse", date(1999, 12, 24)), None);
    }

    #[test]
    fn the_error_of_an_unknown_exchange_lists_the_known_ones() {
        let error = "Nowhere".parse::<Calendar>().unwrap_err();
        assert!(error.starts_with("the holidays known are those of nasdaq, nyse, "), "{error}");
        assert!("nise".parse::<Calendar>().unwrap_err().starts_with("did you mean 'nyse'? the holidays known are"));
        // An exchange without known holidays.
        assert!("memx_eq".parse::<Calendar>().is_err());
        assert!(Calendar::names().count() > 20);
    }

    #[test]
    fn a_calendar_is_stored_by_name() {
        let calendar: Calendar = "tse".parse().unwrap();
        let text = serde_json::to_string(&calendar).unwrap();
        assert_eq!(text, "\"tse\"");
        assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
        assert!(serde_json::from_str::<Calendar>("\"atlantis\"").is_err());
    }
}
