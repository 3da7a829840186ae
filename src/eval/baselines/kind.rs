//! The baselines by name.

use std::fmt;
use std::str::FromStr;

/// A baseline to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Tomorrow = today.
    Naive,
    /// Tomorrow = today plus the mean change.
    Drift,
    /// Simple exponential smoothing of the log price.
    Smoothing,
    /// EWMA volatility, odds of past surprises.
    Ewma,
    /// GARCH(1,1)-t.
    Garch,
    /// GJR-GARCH(1,1,1)-t.
    Gjr,
    /// EGARCH(1,1,1)-t.
    Egarch,
}

impl Kind {
    /// All baselines, the simplest first.
    pub const ALL: [Kind; 7] =
        [Kind::Naive, Kind::Drift, Kind::Smoothing, Kind::Ewma, Kind::Garch, Kind::Gjr, Kind::Egarch];

    /// Whether its volatility is tomorrow's and no later day's: one that is drawn back to its mean
    /// grows other than with the root of time.
    pub fn is_one_day_ahead(self) -> bool {
        matches!(self, Kind::Garch | Kind::Gjr | Kind::Egarch)
    }

    /// The name on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Naive => "naive",
            Kind::Drift => "drift",
            Kind::Smoothing => "smoothing",
            Kind::Ewma => "ewma",
            Kind::Garch => "garch",
            Kind::Gjr => "gjr",
            Kind::Egarch => "egarch",
        }
    }

    /// What people call it.
    pub fn full_name(self) -> String {
        match self {
            Kind::Naive => "tomorrow = today".to_owned(),
            Kind::Drift | Kind::Smoothing => self.name().to_owned(),
            Kind::Ewma | Kind::Garch | Kind::Gjr | Kind::Egarch => self.name().to_uppercase(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that is no baseline's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no baseline is called '{0}'; there are {names}", names = Kind::ALL.map(Kind::name).join(", "))]
pub struct UnknownBaseline(String);

impl FromStr for Kind {
    type Err = UnknownBaseline;

    fn from_str(name: &str) -> Result<Kind, UnknownBaseline> {
        let named = Kind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name.trim()));
        named.ok_or_else(|| UnknownBaseline(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_baseline_has_a_name_that_finds_it() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(kind.to_string(), kind.name());
        }
        assert_eq!("EGARCH".parse(), Ok(Kind::Egarch));
        assert_eq!(" egarch".parse(), Ok(Kind::Egarch), "a list may have blanks behind its commas");
        assert!("arima".parse::<Kind>().unwrap_err().to_string().contains("egarch"));
    }
}
