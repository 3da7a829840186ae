//! What a baseline is: a name, what it can forecast, its fallback, and how it is fitted.

use std::any::Any;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use super::{ALL, HorizonForecast, NewDay, Past, ReturnForecast, Unfit};
use fourcast_base::words::{did_you_mean, shown};
use fourcast_prices::Frequency;

/// A baseline to compare with.
#[derive(Clone, Copy)]
pub struct Baseline {
    /// Name on the command line, in csv and in json: lower case, without blanks.
    pub name: &'static str,
    /// Name in text. It may depend on what a row is and on how many rows ahead is forecast: `tomorrow = today`,
    /// `no change in 5 weeks`.
    pub label: fn(Frequency, usize) -> Cow<'static, str>,
    /// Maximum number of days ahead that it can forecast; [`ANY_HORIZON`] where there is no limit.
    pub max_horizon: usize,
    /// Whether it is compared with unless others are named.
    pub is_default: bool,
    /// Whether it reads the variances of bars: it cannot be fitted to closes.
    pub needs_bars: bool,
    /// Whether it is a volatility model of the GARCH family. A skill far above the best of them is reported as a
    /// possible leak.
    pub is_garch: bool,
    /// What is fitted in its place where its fit fails. The last fallback also takes over where its volatility
    /// becomes implausible after the fit. None for a baseline that can always be fitted.
    pub fallback: Option<&'static Baseline>,
    /// Fits it to the past. An earlier fit to the same series may be a starting point of a search; it may be of another
    /// baseline.
    ///
    /// # Errors
    /// If there are too few returns, one is not finite, or no usable fit was found.
    pub fit: FitPast,
}

/// See [`Baseline::fit`].
pub type FitPast = fn(&Past<'_>, Option<&dyn FittedBaseline>) -> Result<Box<dyn FittedBaseline>, Unfit>;

/// A [`Baseline::max_horizon`] without a limit.
pub const ANY_HORIZON: usize = usize::MAX;

/// A fitted baseline, which can be updated a day at a time.
pub trait FittedBaseline: Any + fmt::Debug {
    /// The predictive distribution of the next log return.
    fn forecast(&self) -> ReturnForecast<'_>;

    /// The predictive distribution of the log return over the days ahead that it was fitted for; none where it knows
    /// nothing better than [`HorizonForecast::RootOfTime`], and one day ahead.
    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        None
    }

    /// Takes in the next day: the next forecast is for the day after.
    fn update(&mut self, day: NewDay);

    /// Its volatility forecast over the standard deviation of the returns it was fitted to, where that ratio is
    /// implausible; none where the forecast can be used.
    fn implausible_ratio(&self) -> Option<f64> {
        None
    }
}

impl Baseline {
    /// Whether it can forecast that many days ahead.
    pub fn supports(&self, horizon: usize) -> bool {
        horizon <= self.max_horizon
    }

    /// The end of its chain of fallbacks: itself where it has none.
    pub fn last_fallback(&self) -> &Baseline {
        self.fallback.map_or(self, Baseline::last_fallback)
    }

    /// Its place in [`ALL`]; baselines defined elsewhere come last, by name.
    fn place(&self) -> (usize, &'static str) {
        (ALL.iter().position(|other| other.name == self.name).unwrap_or(ALL.len()), self.name)
    }
}

impl PartialEq for Baseline {
    fn eq(&self, other: &Baseline) -> bool {
        self.name == other.name
    }
}

impl Eq for Baseline {}

impl PartialOrd for Baseline {
    fn partial_cmp(&self, other: &Baseline) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Baseline {
    fn cmp(&self, other: &Baseline) -> Ordering {
        self.place().cmp(&other.place())
    }
}

impl fmt::Debug for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Baseline({})", self.name)
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

/// A name that no baseline has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no baseline is called '{}'; {meant}there are {names}", shown(.0), meant = did_you_mean(.0.trim(), names()), names = names().collect::<Vec<_>>().join(", "))]
pub struct UnknownBaseline(String);

fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|baseline| baseline.name)
}

impl FromStr for Baseline {
    type Err = UnknownBaseline;

    fn from_str(name: &str) -> Result<Baseline, UnknownBaseline> {
        let named = ALL.iter().find(|baseline| baseline.name.eq_ignore_ascii_case(name.trim()));
        named.copied().ok_or_else(|| UnknownBaseline(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baselines::{EGARCH, EWMA, NAIVE};

    #[test]
    fn every_baseline_has_a_name_that_finds_it() {
        for baseline in ALL {
            assert_eq!(baseline.name.parse().as_ref(), Ok(baseline));
            assert_eq!(baseline.to_string(), baseline.name);
            assert_eq!(ALL.iter().filter(|other| other.name == baseline.name).count(), 1);
        }
        assert_eq!("EGARCH".parse(), Ok(EGARCH));
        assert_eq!(" egarch".parse(), Ok(EGARCH), "a list may have blanks behind its commas");
        assert!("arima".parse::<Baseline>().unwrap_err().to_string().contains("egarch"));
        let near = "garhc".parse::<Baseline>().unwrap_err().to_string();
        assert!(near.starts_with("no baseline is called 'garhc'; did you mean 'garch'? there are naive"), "{near}");
        let escape = "\u{1b}".parse::<Baseline>().unwrap_err().to_string();
        assert!(escape.starts_with(r"no baseline is called '\u{1b}'; there are naive"), "{escape}");
    }

    /// A fallback must exist where the baseline does, and end at one that can always be fitted.
    #[test]
    fn fallbacks_are_simpler_and_forecast_as_far() {
        for baseline in ALL {
            assert!(baseline.fallback.is_none_or(|fallback| fallback < baseline), "{baseline}");
            assert!(baseline.last_fallback().max_horizon >= baseline.max_horizon, "{baseline}");
        }
        assert_eq!((EGARCH.last_fallback(), NAIVE.last_fallback()), (&EWMA, &NAIVE));
    }
}
