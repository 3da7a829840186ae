//! Values beside the prices of a series, known on their day or ahead of it.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::calendar::Calendar;

/// The number of sessions ahead of a day whose values are read.
pub const SESSIONS_AHEAD: usize = 30;

/// When the values of a covariate are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CovariateKind {
    /// A column whose value of a day is known at the end of the day.
    Past,
    /// A column whose values are known ahead.
    Future,
    /// Dates known ahead, from a separate file.
    Events,
}

impl fmt::Display for CovariateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CovariateKind::Past => "past",
            CovariateKind::Future => "future",
            CovariateKind::Events => "events",
        })
    }
}

/// A covariate, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covariate {
    /// The name of the column; for events, the name of their file.
    pub name: String,
    /// When its values are known.
    pub kind: CovariateKind,
}

impl fmt::Display for Covariate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Covariate { name, kind } = self;
        match kind {
            CovariateKind::Past => write!(f, "the past column '{name}'"),
            CovariateKind::Future => write!(f, "the future column '{name}'"),
            CovariateKind::Events => write!(f, "the events '{name}'"),
        }
    }
}

/// Dates known ahead, each with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    /// The name of the file, without its folder and extension.
    pub name: String,
    /// The dates in the order of the file, and their values.
    pub days: Vec<(Date, f64)>,
}

/// The covariates of a series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Covariates {
    /// Columns known up to their day.
    pub past: Vec<PastColumn>,
    /// Values known ahead. They are shared because every part of a series has all of them: they are known on each of
    /// its days.
    pub ahead: Option<Arc<KnownAhead>>,
}

/// A column whose value of a day is known at the end of the day.
#[derive(Debug, Clone, PartialEq)]
pub struct PastColumn {
    /// The name of the column.
    pub name: String,
    /// One finite value per day.
    pub values: Vec<f64>,
}

/// Values that are known ahead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownAhead {
    /// The covariates; none of them is a past column.
    pub columns: Vec<AheadColumn>,
    /// The holidays that are used to date sessions ahead.
    pub calendar: Option<Calendar>,
}

/// A covariate known ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct AheadColumn {
    /// The name and the kind of the covariate.
    pub covariate: Covariate,
    /// Its values, ordered by their days. A future column has one value per day; several events can share a day.
    pub values: Vec<(Date, f64)>,
}

impl Covariates {
    /// Returns all covariates: past columns, then those known ahead.
    pub fn list(&self) -> Vec<Covariate> {
        let past = self.past.iter().map(|column| Covariate { name: column.name.clone(), kind: CovariateKind::Past });
        let ahead = self.ahead.iter().flat_map(|ahead| &ahead.columns).map(|column| column.covariate.clone());
        past.chain(ahead).collect()
    }

    /// Whether all covariates are known ahead, and have only the values 0 and 1 up to a day.
    pub fn are_flags(&self, until: Date) -> bool {
        self.past.is_empty() && self.ahead.iter().flat_map(|ahead| &ahead.columns).all(|column| column.is_flag(until))
    }

    /// Returns all values, one covariate after another.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let past = self.past.iter().flat_map(|column| column.values.iter().copied());
        let ahead = self.ahead.iter().flat_map(|ahead| &ahead.columns).flat_map(|column| &column.values);
        past.chain(ahead.map(|(_, value)| *value))
    }

    /// Returns a past column.
    pub fn past(&self, name: &str) -> Option<&[f64]> {
        self.past.iter().find(|column| column.name == name).map(|column| &column.values[..])
    }

    /// Returns a covariate known ahead. Events are found under any name, because a series has only one set of them.
    pub fn ahead(&self, wanted: &Covariate) -> Option<&AheadColumn> {
        let is_it = |column: &&AheadColumn| {
            let Covariate { name, kind } = &column.covariate;
            *kind == wanted.kind && (*kind == CovariateKind::Events || *name == wanted.name)
        };
        self.ahead.as_deref()?.columns.iter().find(is_it)
    }

    /// Returns the values of a covariate with their days; `dates` are the days of the series. Events have a 0 on the
    /// first of these days, because most sessions are without an event.
    pub fn dated(&self, covariate: &Covariate, dates: &[Date]) -> Option<Vec<(Date, f64)>> {
        match covariate.kind {
            CovariateKind::Past => {
                Some(dates.iter().copied().zip(self.past(&covariate.name)?.iter().copied()).collect())
            }
            CovariateKind::Future => Some(self.ahead(covariate)?.values.clone()),
            CovariateKind::Events => {
                let none = dates.first().map(|first| (*first, 0.0));
                Some(none.into_iter().chain(self.ahead(covariate)?.values.iter().copied()).collect())
            }
        }
    }

    /// Returns the covariates of some of the days; those known ahead are unchanged.
    #[must_use]
    pub fn select(&self, values: impl Fn(&[f64]) -> Vec<f64>) -> Covariates {
        let past =
            self.past.iter().map(|column| PastColumn { name: column.name.clone(), values: values(&column.values) });
        Covariates { past: past.collect(), ahead: self.ahead.clone() }
    }
}

impl AheadColumn {
    /// Returns the values on sessions after `day`, in order; `None` if a value is not known. An event on a day without
    /// a session counts for the next session, and several events of one session add up. A session without an event has
    /// the value 0.
    pub fn on_sessions(&self, day: Date, sessions: &[Date]) -> Vec<Option<f64>> {
        let mut from = self.values.partition_point(|(own, _)| *own <= day);
        let value = |session: &Date| {
            let to = from + self.values[from..].partition_point(|(own, _)| own <= session);
            let values = &self.values[from..to];
            from = to;
            match self.covariate.kind {
                // An empty sum of floats is -0.
                CovariateKind::Events => Some(values.iter().fold(0.0, |sum, (_, value)| sum + value)),
                _ => values.last().filter(|(own, _)| own == session).map(|(_, value)| *value),
            }
        };
        sessions.iter().map(value).collect()
    }

    /// Whether the column has only the values 0 and 1 up to a day, and so states only whether there is an event.
    pub fn is_flag(&self, until: Date) -> bool {
        let known = self.values.partition_point(|(own, _)| *own <= until);
        self.values[..known].iter().all(|(_, value)| *value == 0.0 || *value == 1.0)
    }

    /// Returns the last value of a day up to `day`.
    pub fn last_on(&self, day: Date) -> Option<f64> {
        let known = self.values.partition_point(|(own, _)| *own <= day);
        self.values[..known].last().map(|(_, value)| *value)
    }
}
