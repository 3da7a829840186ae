//! The unit of volatility of each row, and the return after it that autocorrelation and close location predict
//! (`docs/inputs.md`, section 4).

use super::columns::Columns;
use super::graph::Value;
use super::running::discounted_sum;
use crate::Card;
use fourcast_features::constants::{
    AUTOCORRELATION_THRESHOLD, FIRST_SETTLED_ROW, LOCATION_HALF_LIFE, LOCATION_THRESHOLD, MAX_AUTOCORRELATION,
    MAX_LOCATION, MAX_RETURN, MIN_LOCATION_DAYS, OWN_BAR_RATIO,
};
use fourcast_features::{BACKCAST_DAYS, MIN_EVENT_FACTOR, Target, Unit};
use fourcast_prices::SESSIONS_AHEAD;

/// The conversion between targets and outcomes, (n) each.
pub struct Targets<'g> {
    target: Target,
    /// u
    unit: Value<'g>,
    /// The variance of each of the next 30 sessions relative to a session without events, (n, 30), if there are event
    /// factors.
    variances: Option<Value<'g>>,
    adjusted: Value<'g>,
    returns: Value<'g>,
    /// b
    slopes: Option<Value<'g>>,
    /// The return predicted from the close location.
    located: Option<Value<'g>>,
}

impl<'g> Targets<'g> {
    pub fn new(x: &Columns<'g>, card: &Card) -> Targets<'g> {
        let config = &card.config;
        let of_returns = config.target == Target::Return;
        let slopes = (of_returns && config.autocorrelation).then(|| autocorrelation(x));
        let located = (of_returns && config.close_location && x.has_bars()).then(|| close_location(x, slopes));
        Targets {
            target: config.target,
            unit: unit(x, card),
            variances: of_returns.then(|| variances(x)).flatten(),
            adjusted: x.adjusted,
            returns: x.returns,
            slopes,
            located,
        }
    }

    /// Returns the unit of the target of a day ahead, (n).
    pub fn unit(&self, horizon: usize) -> Value<'g> {
        match self.target {
            Target::Return => match self.variance(horizon) {
                Some(variance) => self.unit * variance.sqrt(),
                None => self.unit * (horizon as f64).sqrt(),
            },
            Target::Price => self.unit.equal(self.unit).choose(1.0, 1.0),
        }
    }

    /// Returns the variance of the sessions up to a day ahead, relative to a session without events, (n), if there are
    /// event factors.
    pub fn variance(&self, horizon: usize) -> Option<Value<'g>> {
        let read = horizon.min(SESSIONS_AHEAD);
        let of_read = self.variances.map(|variances| variances.slice(1, 0, read as i64).sum(1));
        of_read.map(|variance| variance + (horizon - read) as f64)
    }

    /// Returns the expected return, (n); zero if neither effect applies.
    pub fn expected(&self, horizon: usize) -> Value<'g> {
        let of_return = self.slopes.map(|b| over(b, horizon) * self.returns);
        match (of_return, self.located) {
            (Some(of_return), Some(located)) => of_return + located,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.returns * 0.0,
        }
    }

    /// Returns the targets a day ahead for the rows that have one, (n - horizon).
    pub fn known(&self, horizon: usize) -> Value<'g> {
        let ahead = horizon as i64;
        let then = self.adjusted.after(ahead);
        let without = |of: Value<'g>| of.slice(0, 0, -ahead);
        match self.target {
            Target::Return => {
                let outcome = (then / without(self.adjusted)).ln();
                (outcome - without(self.expected(horizon))) / without(self.unit(horizon))
            }
            Target::Price => then,
        }
    }

    /// Returns the first input of a decoder, unscaled, (n).
    pub fn start(&self) -> Value<'g> {
        match self.target {
            Target::Return => self.returns / self.unit,
            Target::Price => self.adjusted,
        }
    }
}

/// Returns b + b^2 + ... + b^horizon.
fn over(b: Value<'_>, horizon: usize) -> Value<'_> {
    // Horner's scheme.
    (1..horizon).fold(b, |sum, _| b * (sum + 1.0))
}

fn unit<'g>(x: &Columns<'g>, card: &Card) -> Value<'g> {
    if card.config.unit == Unit::CloseVolatility {
        return x.volatility;
    }
    x.graph.part("unit");
    let fast = x.mean(x.bars().variance, 0.9, 1.0) * bar_ratio(x, card);
    let slow = x.mean_square_return(0.97);
    ((fast + slow) * 0.5).sqrt().max(x.volatility * 0.1)
}

/// Returns the variance of each session ahead, (n, 30); `None` without event factors.
fn variances<'g>(x: &Columns<'g>) -> Option<Value<'g>> {
    let added = x.events.iter().map(|(factor, sessions)| *sessions * (factor * factor - 1.0));
    let all = added.reduce(|sum, one| sum + one)?;
    Some((all + 1.0).max(MIN_EVENT_FACTOR * MIN_EVENT_FACTOR))
}

/// Returns K, (1). For a model of several series, it is measured on the rows up to a day, if these are enough.
fn bar_ratio<'g>(x: &Columns<'g>, card: &Card) -> Value<'g> {
    let graph = x.graph;
    let of_card = graph.numbers(&[1], &[card.bar_ratio]);
    let Some((panel, day)) = card.training.panel.as_ref().zip(x.day) else { return of_card };
    let counts = day.less(days_since_1970(panel.bar_ratio_until) + 1).choose(1.0, 0.0);
    let rows = counts.sum(0).with_axis(0);
    let first = rows.greater(2.0 * FIRST_SETTLED_ROW as f64).choose(FIRST_SETTLED_ROW as f64, 1.0);
    let counted = counts * x.row.to_number().less(first).choose(0.0, 1.0);
    let sum = |of: Value<'g>| (of * counted).sum(0).with_axis(0);
    let (squares, variance) = (sum(x.returns.square()), sum(x.bars().variance));
    let is_ratio = squares.greater(0.0).and(variance.greater(0.0));
    let own = is_ratio.choose(squares / is_ratio.choose(variance, 1.0), 1.0);
    rows.less(OWN_BAR_RATIO as f64).choose(of_card, own)
}

/// Returns the number of a day in [`Column::Day`](super::columns::Column::Day).
pub fn days_since_1970(date: jiff::civil::Date) -> i64 {
    i64::from((date - jiff::civil::date(1970, 1, 1)).get_days())
}

/// A slope through the origin, shrunk by the non-negative garrote, for each observation and those before it.
struct Garrote {
    threshold: f64,
    decay: f64,
    /// Bound on the slope.
    max: f64,
}

impl Garrote {
    /// Returns the slopes. `one` is 1 for each observation, and 0 where there is none.
    fn slopes<'g>(&self, x: Value<'g>, y: Value<'g>, one: Value<'g>) -> Value<'g> {
        let sum = |of: Value<'g>, k: f64| if k < 1.0 { discounted_sum(of, k) } else { of.running_sum() };
        let (xx, xy) = (sum(x.square(), self.decay), sum(x * y, self.decay));
        let (yy, weights) = (sum(y.square(), self.decay), sum(one, self.decay));
        let n = weights.square() / sum(one, self.decay * self.decay).max(1.0);
        // Avoids a division by zero where there is no slope.
        let is_slope = xx.greater(0.0).and(xy.abs().greater(0.0));
        let divisor = is_slope.choose(xx, 1.0);
        let b = is_slope.choose(xy / divisor, 1.0);
        let bound = (yy / divisor - b.square()) / n * self.threshold.powi(2);
        let kept = (1.0 - bound / b.square()).max(0.0);
        is_slope.choose(b.clamp(-self.max, self.max) * kept, 0.0)
    }
}

/// Returns b of each row.
fn autocorrelation<'g>(x: &Columns<'g>) -> Value<'g> {
    x.graph.part("autocorrelation");
    let (r, s) = (x.returns, x.volatility);
    let before = |of: Value<'g>| of.slice(0, 0, -1);
    let bounded = |of: Value<'g>| of.clamp(-MAX_RETURN, MAX_RETURN);
    let garrote = Garrote { threshold: AUTOCORRELATION_THRESHOLD, decay: 1.0, max: MAX_AUTOCORRELATION };
    let pairs = (bounded(before(r / s)), bounded(r.after(1) / before(s)));
    on_rows(x, garrote, pairs, BACKCAST_DAYS as i64 + 1)
}

/// Returns the return that the close location of each row predicts.
fn close_location<'g>(x: &Columns<'g>, slopes: Option<Value<'g>>) -> Value<'g> {
    x.graph.part("close_location_return");
    let (r, s) = (x.returns, x.volatility);
    let before = |of: Value<'g>| of.slice(0, 0, -1);
    let location = (x.bars().log_close_location / s).clamp(-MAX_LOCATION, MAX_LOCATION);
    let expected = slopes.map_or(before(r) * 0.0, |slopes| before(slopes) * before(r));
    let residual = ((r.after(1) - expected) / before(s)).clamp(-MAX_RETURN, MAX_RETURN);
    let decay = 0.5_f64.powf(1.0 / LOCATION_HALF_LIFE);
    let garrote = Garrote { threshold: LOCATION_THRESHOLD, decay, max: f64::MAX };
    on_rows(x, garrote, (before(location), residual), (BACKCAST_DAYS + MIN_LOCATION_DAYS) as i64) * location * s
}

/// Returns the slope of each row, from the pairs (of the rows from 1 on) that end on rows after the backcast; 0 before
/// the row `first`.
fn on_rows<'g>(x: &Columns<'g>, garrote: Garrote, (a, b): (Value<'g>, Value<'g>), first: i64) -> Value<'g> {
    let later = x.row.after(1);
    // Earlier pairs do not count.
    let is_early = later.less(BACKCAST_DAYS as i64 + 1);
    let none = |of: Value<'g>| is_early.choose(0.0, of);
    let slopes = garrote.slopes(none(a), none(b), is_early.choose(0.0, 1.0));
    let graph = x.graph;
    graph.join(0, &[graph.numbers(&[1], &[0.0]), later.less(first).choose(0.0, slopes)])
}
