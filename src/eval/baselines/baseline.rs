//! The definition of a baseline: its name, its maximum horizon, its fallback, and its fit.

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
    /// The name on the command line, in csv and in json: lower case, without blanks.
    pub name: &'static str,
    /// The name in text. It can depend on the frequency and the horizon: `tomorrow = today`, `no change in 5 weeks`.
    pub label: fn(Frequency, usize) -> Cow<'static, str>,
    /// The maximum number of days ahead that it can forecast; [`ANY_HORIZON`] if there is no limit.
    pub max_horizon: usize,
    /// Whether forecasts are compared with it unless other baselines are named.
    pub is_default: bool,
    /// Whether it reads the variances of bars, so that it cannot be fitted to closes.
    pub needs_bars: bool,
    /// Whether it is a volatility model of the GARCH family. A skill far above that of the best of them is reported as
    /// a possible leak.
    pub is_garch: bool,
    /// The baseline that is fitted instead if the fit fails. The last fallback also replaces it if its volatility
    /// becomes implausible after the fit. `None` for a baseline that can always be fitted.
    pub fallback: Option<&'static Baseline>,
    /// Fits it to the past. A search can start from an earlier fit to the same series, which can be of another
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

/// A fitted baseline, which can be updated day by day.
pub trait FittedBaseline: Any + fmt::Debug {
    /// Returns the predictive distribution of the next log return.
    fn forecast(&self) -> ReturnForecast<'_>;

    /// Returns the predictive distribution of the log return over the days ahead that it was fitted for; `None` one day
    /// ahead, and if it has nothing better than [`HorizonForecast::RootOfTime`].
    fn forecast_ahead(&self) -> Option<HorizonForecast<'_>> {
        None
    }

    /// Adds the next day; the next forecast is for the day after it.
    fn update(&mut self, day: NewDay);

    /// Returns its volatility forecast divided by the standard deviation of the returns it was fitted to, if that ratio
    /// is implausible; `None` if the forecast can be used.
    fn implausible_ratio(&self) -> Option<f64> {
        None
    }
}

impl Baseline {
    /// Whether it can forecast that many days ahead.
    pub fn supports(&self, horizon: usize) -> bool {
        horizon <= self.max_horizon
    }

    /// Returns the last baseline in its chain of fallbacks; itself if it has none.
    pub fn last_fallback(&self) -> &Baseline {
        self.fallback.map_or(self, Baseline::last_fallback)
    }

    /// Returns its index in [`ALL`]; baselines defined elsewhere come last, by name.
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

/// The error for a name that no baseline has.
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

    /// A fallback must support every horizon of its baseline, and the chain must end at one that can always be fitted.
    #[test]
    fn fallbacks_are_simpler_and_forecast_as_far() {
        for baseline in ALL {
            assert!(baseline.fallback.is_none_or(|fallback| fallback < baseline), "{baseline}");
            assert!(baseline.last_fallback().max_horizon >= baseline.max_horizon, "{baseline}");
        }
        assert_eq!((EGARCH.last_fallback(), NAIVE.last_fallback()), (&EWMA, &NAIVE));
    }
}
