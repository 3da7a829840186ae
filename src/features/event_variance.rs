//! The factor by which an event known ahead multiplies the standard deviation of its session.
//!
//! If m_i is the factor of covariate i, the variance of a session relative to a session without events is v = max(1 +
//! sum of (m_i^2 - 1) over the covariates with an event on it, 1/9). The variance of h sessions is the sum of their
//! variances: an event widens the distributions of its own session and of later ones, but not of earlier ones.
//!
//! Only covariates whose values are all 0 or 1 have a factor, because events of different sizes have no common factor.
//!
//! A factor is estimated on returns relative to a volatility in which the effects of events are divided out: e = r_t /
//! w_{t-1}, w_t^2 = EW_0.94(r_t^2 / v_t). The scale of a group of sessions is the mean of |e|, each at most five times
//! their median. The logarithm of the scale on sessions with the event, minus that on sessions without any event, is
//! shrunk by the non-negative garrote.

use super::garrote::shrunk;
use super::indicators::BACKCAST_DAYS;
use fourcast_base::math::lower_median;
use fourcast_prices::SESSIONS_AHEAD;

/// Bounds on a factor.
pub const MIN_EVENT_FACTOR: f64 = 1.0 / 3.0;
/// See [`MIN_EVENT_FACTOR`].
pub const MAX_EVENT_FACTOR: f64 = 8.0;

/// Minimum numbers of sessions with an event, and of sessions without any, to estimate a factor.
const MIN_EVENTS: usize = 5;
const MIN_OTHERS: usize = 30;
/// Number of standard errors above which a factor is used.
const THRESHOLD: f64 = 2.0;
/// Decay of the variance.
const DECAY: f64 = 0.94;
/// Bound on a standardised return, in medians, so that no single session decides a factor.
const MAX_IN_MEDIANS: f64 = 5.0;
/// Number of passes over the covariates, after which the factors no longer change in the fourth digit.
const PASSES: usize = 5;

/// The sessions ahead of each day on which covariates have events.
#[derive(Debug, Clone, Default)]
pub(super) struct EventSessions {
    /// For each covariate and day, one bit per session; the lowest bit is the next session. Empty for a past column.
    bits: Vec<Vec<u32>>,
}

impl EventSessions {
    /// Makes the sessions from the bits of each covariate.
    pub fn new(bits: Vec<Vec<u32>>) -> EventSessions {
        EventSessions { bits }
    }

    /// Returns the variance of the next `horizon` sessions after a day, given the factors of the covariates, if there
    /// are any. Sessions beyond those that are read count as sessions without events.
    pub fn variance(&self, factors: &[f64], day: usize, horizon: usize) -> f64 {
        if factors.is_empty() {
            return horizon as f64;
        }
        let has_event = |bits: &Vec<u32>, session: usize| bits.get(day).is_some_and(|bits| bits >> session & 1 == 1);
        let of_session = |session: usize| {
            let events = factors.iter().zip(&self.bits).filter(|(_, bits)| has_event(bits, session));
            variance(events.map(|(factor, _)| *factor))
        };
        let read = horizon.min(SESSIONS_AHEAD);
        (0..read).map(of_session).sum::<f64>() + (horizon - read) as f64
    }

    /// Returns, for each day and each session ahead, 1 if the session has an event of a covariate, else 0.
    pub fn flags(&self, covariate: usize) -> Vec<Vec<f64>> {
        let of_day = |bits: &u32| (0..SESSIONS_AHEAD).map(|session| f64::from(bits >> session & 1)).collect();
        self.bits[covariate].iter().map(of_day).collect()
    }

    /// Returns the events on the days of some returns, which start at the first day.
    pub fn history(&self, returns: &[f64], is_event: &[bool]) -> EventHistory {
        // An event counts on a day if it was expected on the day before for the next session.
        let on_day = |bits: &Vec<u32>, day: usize| day > 0 && bits.get(day - 1).is_some_and(|bits| bits & 1 == 1);
        let of_covariate = |(bits, is_event): (&Vec<u32>, &bool)| {
            (0..returns.len()).map(|day| *is_event && on_day(bits, day)).collect()
        };
        EventHistory { returns: returns.to_vec(), events: self.bits.iter().zip(is_event).map(of_covariate).collect() }
    }
}

/// Returns the variance of a session with events of these factors, relative to a session without any.
fn variance(factors: impl Iterator<Item = f64>) -> f64 {
    let added: f64 = factors.map(|factor| factor * factor - 1.0).sum();
    (1.0 + added).max(MIN_EVENT_FACTOR * MIN_EVENT_FACTOR)
}

/// The returns of a series and the events on its days.
#[derive(Debug, Clone)]
pub struct EventHistory {
    returns: Vec<f64>,
    /// Whether each covariate has an event on each day.
    events: Vec<Vec<bool>>,
}

/// Returns the factors of `count` covariates, estimated on several series together; 1 for a covariate without a
/// measurable effect, and an empty list if none has one.
pub fn event_factors(histories: &[EventHistory], count: usize) -> Vec<f64> {
    let mut factors = vec![1.0; count];
    for _ in 0..PASSES {
        for covariate in 0..count {
            factors[covariate] = factor_of(histories, &factors, covariate);
        }
    }
    if factors.iter().all(|factor| *factor == 1.0) { Vec::new() } else { factors }
}

/// Returns the factor of one covariate, given those of the others.
fn factor_of(histories: &[EventHistory], factors: &[f64], covariate: usize) -> f64 {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for history in histories {
        history.sort_errors(factors, covariate, (&mut with, &mut without));
    }
    if with.len() < MIN_EVENTS || without.len() < MIN_OTHERS {
        return 1.0;
    }
    let counts = 1.0 / with.len() as f64 + 1.0 / without.len() as f64;
    let ((with, _), (without, variation)) = (scale(with), scale(without));
    // The variance of the logarithm of a mean is the variance of the mean divided by its square. A few events do not
    // determine their own variance.
    let log_factor = shrunk((with / without).ln(), variation * counts, THRESHOLD);
    if log_factor.is_finite() { log_factor.exp().clamp(MIN_EVENT_FACTOR, MAX_EVENT_FACTOR) } else { 1.0 }
}

/// Returns the mean of bounded values, and the variance of the mean divided by its square.
fn scale(mut values: Vec<f64>) -> (f64, f64) {
    let median = lower_median(values.clone()).unwrap_or(0.0);
    if median > 0.0 {
        values.iter_mut().for_each(|value| *value = value.min(MAX_IN_MEDIANS * median));
    }
    let mean_of = |power: i32| values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64;
    let mean = mean_of(1);
    (mean, mean_of(2) / (mean * mean) - 1.0)
}

impl EventHistory {
    /// Adds the absolute standardised returns of sessions with an event of a covariate, divided by the standard
    /// deviation that their other events cause, and those of sessions without any event.
    fn sort_errors(&self, factors: &[f64], covariate: usize, (with, without): (&mut Vec<f64>, &mut Vec<f64>)) {
        let of_day = |day: usize, left_out: Option<usize>| {
            let events = self.events.iter().zip(factors).enumerate();
            let on_day = events.filter(|(place, (events, _))| events[day] && Some(*place) != left_out);
            variance(on_day.map(|(_, (_, factor))| *factor))
        };
        let square = |day: usize| self.returns[day].powi(2) / of_day(day, None);
        let first = 1..self.returns.len().min(BACKCAST_DAYS + 1);
        let mut mean = first.clone().map(square).sum::<f64>() / first.len().max(1) as f64;
        for day in 1..self.returns.len() {
            let error = self.returns[day].abs() / mean.sqrt();
            mean = DECAY * mean + (1.0 - DECAY) * square(day);
            if day <= BACKCAST_DAYS || !error.is_finite() {
                continue;
            }
            if self.events.get(covariate).is_some_and(|events| events[day]) {
                with.push(error / of_day(day, Some(covariate)).sqrt());
            } else if self.events.iter().all(|events| !events[day]) {
                without.push(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    /// Makes returns whose standard deviation is multiplied by a factor on days with events of a covariate, which occur
    /// at fixed intervals.
    fn history(days: usize, events: &[(usize, f64)], seed: u64) -> EventHistory {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(seed);
        let is_event = |day: usize, every: usize| day % every == every / 2;
        let mut draw = |day: usize| {
            // The sum of twelve uniform numbers is nearly normal.
            let normal = (0..12).map(|_| rng.random_range(-0.5..0.5_f64)).sum::<f64>();
            let on_day = events.iter().filter(|(every, _)| is_event(day, *every)).map(|(_, factor)| *factor);
            0.01 * normal * variance(on_day).sqrt()
        };
        let returns = (0..days).map(&mut draw).collect();
        let of_covariate = |(every, _): &(usize, f64)| (0..days).map(|day| is_event(day, *every)).collect();
        EventHistory { returns, events: events.iter().map(of_covariate).collect() }
    }

    #[test]
    fn a_factor_is_that_of_the_simulated_events() {
        for seed in 0..5 {
            let found = event_factors(&[history(2000, &[(20, 3.0)], seed)], 1);
            assert!((2.5..3.5).contains(&found[0]), "{found:?}");
            let found = event_factors(&[history(2000, &[(20, 3.0), (31, 0.5)], seed)], 2);
            assert!((2.5..3.5).contains(&found[0]) && (0.35..0.8).contains(&found[1]), "{found:?}");
            // Several series together.
            let short: Vec<EventHistory> = (0..20).map(|one| history(130, &[(20, 3.0)], 20 * seed + one)).collect();
            let found = event_factors(&short, 1);
            assert!((2.5..3.5).contains(&found[0]), "{found:?}");
        }
    }

    #[test]
    fn dates_without_an_effect_have_no_factor() {
        let none = (0..40).filter(|seed| event_factors(&[history(1500, &[(20, 1.0)], *seed)], 1).is_empty()).count();
        // One difference in twenty exceeds two standard errors by chance.
        assert!(none >= 34, "{none}");
        for seed in 0..40 {
            let found = event_factors(&[history(1500, &[(20, 1.0)], seed)], 1);
            assert!(found.is_empty() || (0.9..1.12).contains(&found[0]), "{found:?}");
        }
    }

    #[test]
    fn a_factor_is_bounded_and_needs_events() {
        assert_eq!(event_factors(&[history(1000, &[(20, 50.0)], 1)], 1), [MAX_EVENT_FACTOR]);
        assert_eq!(event_factors(&[history(1000, &[(20, 0.05)], 1)], 1), [MIN_EVENT_FACTOR]);
        // Events on days 100, 300, 500 and 700; then also on day 900.
        assert!(event_factors(&[history(880, &[(200, 8.0)], 1)], 1).is_empty());
        assert!(!event_factors(&[history(920, &[(200, 8.0)], 1)], 1).is_empty());
        // One session of twenty with a move fifty times as large does not show an effect of the others.
        let mut one = history(1000, &[(50, 1.0)], 3);
        one.returns[525] = 0.5;
        assert!(event_factors(&[one], 1).is_empty());
        assert!(event_factors(&[history(500, &[(1, 3.0)], 1)], 1).is_empty());
        assert!(
            event_factors(&[EventHistory { returns: vec![0.0; 500], events: vec![vec![true; 500]] }], 1).is_empty()
        );
    }

    #[test]
    fn an_event_adds_its_variance_from_its_session_on() {
        // Events on session 3; of the other covariate on session 5 and on session 30, which is beyond the last session
        // read.
        let events = EventSessions::new(vec![vec![0b00100, 0], vec![1 << 29 | 0b10000, 0], Vec::new()]);
        let of = |factors: &[f64]| [1, 2, 3, 4, 5, 10, 30, 40].map(|days| events.variance(factors, 0, days));
        assert_eq!(of(&[]), [1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 30.0, 40.0]);
        assert_eq!(of(&[3.0, 1.0, 1.0]), [1.0, 2.0, 11.0, 12.0, 13.0, 18.0, 38.0, 48.0]);
        assert_eq!(of(&[3.0, 2.0, 1.0]), [1.0, 2.0, 11.0, 12.0, 16.0, 21.0, 44.0, 54.0]);
        assert_eq!(events.variance(&[3.0, 2.0, 1.0], 1, 10), 10.0);
        // Two events on one session, and two whose factors leave no variance.
        let both = EventSessions::new(vec![vec![0b10], vec![0b10]]);
        assert_eq!([1, 2].map(|days| both.variance(&[2.0, 3.0], 0, days)), [1.0, 1.0 + 12.0]);
        assert_eq!(both.variance(&[MIN_EVENT_FACTOR; 2], 0, 2), 1.0 + MIN_EVENT_FACTOR * MIN_EVENT_FACTOR);
    }
}
