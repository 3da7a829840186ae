//! The inputs of the graph, and daily columns made from them: returns, volatility, bars, volume. `docs/inputs.md` has
//! the definitions; the names here are those of [`Indicators`](fourcast_features::Indicators).

use std::cell::OnceCell;
use std::f64::consts::LN_2;

use super::graph::{Dim, Graph, Value};
use super::proto::Type;
use super::running::{first_mean, from_first, is_short, running_max, running_median, weighted};
use crate::Card;
use crate::config::Config;
use fourcast_features::constants::{
    BAR_FLOOR, MAX_BAR_DISTANCE, MIN_LONG_RUN_FRACTION, MIN_VARIANCE, VOLATILITY_DECAY,
};
use fourcast_features::{Input, Target, Unit};
use fourcast_prices::{Covariate, CovariateKind, Frequency, SESSIONS_AHEAD};

/// An input of the graph, apart from covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Days since 1970-01-01.
    Day,
    /// The close as quoted.
    Close,
    /// The adjusted close.
    Adjusted,
    Open,
    High,
    Low,
    Volume,
}

impl Column {
    /// The name of the input.
    pub fn name(self) -> &'static str {
        match self {
            Column::Day => "day",
            Column::Close => "close",
            Column::Adjusted => "adjusted_close",
            Column::Open => "open",
            Column::High => "high",
            Column::Low => "low",
            Column::Volume => "volume",
        }
    }

    fn doc(self) -> &'static str {
        match self {
            Column::Day => "Date of each row, as days since 1970-01-01, rising.",
            Column::Close => "Close as quoted, one row per day, the oldest first; without days without trade.",
            Column::Adjusted => "Adjusted close; the close again where there is none.",
            Column::Open => "Open as quoted.",
            Column::High => "High as quoted.",
            Column::Low => "Low as quoted.",
            Column::Volume => "Volume; any constant above zero where there is none.",
        }
    }

    fn kind(self) -> Type {
        if self == Column::Day { Type::Int64 } else { Type::Double }
    }

    /// Returns the columns that the graph of a model reads, in their order.
    pub fn of(card: &Card) -> Vec<Column> {
        let config = &card.config;
        let volume = [Input::Volume, Input::RelativeVolume, Input::VolumeTrend];
        let mut columns = Vec::new();
        if has_seasonality(config) || (card.training.panel.is_some() && config.unit == Unit::BarVolatility) {
            columns.push(Column::Day);
        }
        columns.extend([Column::Close, Column::Adjusted]);
        if reads_bars(card) {
            columns.extend([Column::Open, Column::High, Column::Low]);
        }
        if config.inputs.iter().any(|input| volume.contains(input)) {
            columns.push(Column::Volume);
        }
        columns
    }
}

fn has_seasonality(config: &Config) -> bool {
    let seasonal = [Input::YearlySeasonality, Input::QuarterlySeasonality, Input::NearbySeasonality];
    config.inputs.iter().any(|input| seasonal.contains(input))
}

/// Whether the graph reads bars: if the network needs them, or if the file of the training had them and something else
/// is computed from them.
fn reads_bars(card: &Card) -> bool {
    let Card { config, training, .. } = card;
    let had = |role: &str| training.columns.iter().any(|(_, other)| other == role);
    let needs = config.needs_bars() || config.unit == Unit::BarVolatility;
    needs || uses_bars(config) && ["open", "high", "low"].into_iter().all(had)
}

/// Whether the model computes something from bars if a file has them.
pub fn uses_bars(config: &Config) -> bool {
    config.target == Target::Return && (has_seasonality(config) || config.close_location)
}

/// Returns the name of the input of a covariate.
pub fn covariate_name(kind: CovariateKind, name: &str) -> String {
    match kind {
        CovariateKind::Past => format!("past {name}"),
        CovariateKind::Future | CovariateKind::Events => format!("ahead {name}"),
    }
}

/// Returns the name of the input with the sessions on which a covariate has events.
pub fn events_name(name: &str) -> String {
    format!("events {name}")
}

/// Returns the covariates whose events multiply the standard deviation of their session, and the factors.
pub fn with_factor(card: &Card) -> impl Iterator<Item = (&Covariate, f64)> {
    let all = card.config.covariates.iter().zip(card.event_factors.iter().copied());
    all.filter(|(_, factor)| *factor != 1.0)
}

/// The number of inputs made from a covariate known ahead.
pub const AHEAD: usize = 5;

/// Daily columns, (n) each.
pub struct Columns<'g> {
    pub graph: &'g Graph,
    pub frequency: Frequency,
    /// The row number, counted from 0.
    pub row: Value<'g>,
    /// n, (1)
    pub count: Value<'g>,
    pub day: Option<Value<'g>>,
    pub close: Value<'g>,
    pub adjusted: Value<'g>,
    range: Option<[Value<'g>; 3]>,
    volume: Option<Value<'g>>,
    /// The values of the covariates, one column each.
    pub covariates: Vec<Value<'g>>,
    /// For each covariate with an event factor: the factor, and whether each session ahead has an event, (n, 30).
    pub events: Vec<(f64, Value<'g>)>,
    /// r
    pub returns: Value<'g>,
    /// s
    pub volatility: Value<'g>,
    /// m
    pub mean_squares: Value<'g>,
    /// v_0, (1)
    pub initial: Value<'g>,
    bars: OnceCell<Bars<'g>>,
    log_volume: OnceCell<Value<'g>>,
    /// Computed by the first input that reads it.
    pub(super) seasonality: OnceCell<Seasonality<'g>>,
}

/// The earnings seasonality of each row.
pub struct Seasonality<'g> {
    pub yearly: Value<'g>,
    pub quarterly: Value<'g>,
    pub nearby: Value<'g>,
}

impl<'g> Columns<'g> {
    /// Adds the inputs, and the values that most columns are computed from.
    pub fn new(graph: &'g Graph, card: &Card) -> Columns<'g> {
        let columns = Column::of(card);
        let n = || [Dim::Named("rows")];
        let inputs: Vec<Value<'g>> =
            columns.iter().map(|column| graph.input(column.name(), column.kind(), &n(), column.doc())).collect();
        let find = |column: Column| columns.iter().position(|other| *other == column).map(|place| inputs[place]);
        let (Some(close), Some(adjusted)) = (find(Column::Close), find(Column::Adjusted)) else {
            unreachable!("every model reads closes")
        };
        let covariates = card.config.covariates.iter().map(|covariate| {
            let name = covariate_name(covariate.kind, &covariate.name);
            match covariate.kind {
                CovariateKind::Past => graph.input(&name, Type::Double, &n(), "Column known up to its day."),
                CovariateKind::Future | CovariateKind::Events => {
                    let dims = [Dim::Named("rows"), Dim::Of(AHEAD)];
                    let doc = "Value of the next session; means over sessions 2 to 5, 6 to 10, 11 to 20, 21 to 30.";
                    graph.input(&name, Type::Double, &dims, doc)
                }
            }
        });
        let covariates = covariates.collect();
        let with_factor = with_factor(card).map(|(covariate, factor)| {
            let dims = [Dim::Named("rows"), Dim::Of(SESSIONS_AHEAD)];
            let doc = "1 for each of the next 30 sessions that has an event, 0 for the others.";
            (factor, graph.input(&events_name(&covariate.name), Type::Double, &dims, doc))
        });
        let events = with_factor.collect();
        graph.part("returns");
        let count = close.len();
        let row = graph.range(graph.whole(0), count.without_axis(0));
        let returns =
            graph.join(0, &[graph.numbers(&[1], &[0.0]), (adjusted.after(1) / adjusted.slice(0, 0, -1)).ln()]);
        let squares = returns.square();
        // Measured on the series if it is long enough, otherwise taken from the training.
        let of_training = graph.numbers(&[1], &[card.initial_variance]);
        let initial = is_short(squares).choose(of_training, first_mean(squares).max(MIN_VARIANCE));
        let mean_squares = ((initial + squares.running_sum()) / (row + 1).to_number()).max(MIN_VARIANCE);
        let variance = weighted(squares, initial, VOLATILITY_DECAY).max(MIN_VARIANCE);
        Columns {
            graph,
            frequency: card.training.frequency,
            row,
            count,
            day: find(Column::Day),
            close,
            adjusted,
            range: find(Column::Open).zip(find(Column::High)).zip(find(Column::Low)).map(|((o, h), l)| [o, h, l]),
            volume: find(Column::Volume),
            covariates,
            events,
            returns,
            volatility: variance.sqrt().max(mean_squares.sqrt() * MIN_LONG_RUN_FRACTION),
            mean_squares,
            initial,
            bars: OnceCell::new(),
            log_volume: OnceCell::new(),
            seasonality: OnceCell::new(),
        }
    }

    /// Returns EW_k(r^2).
    pub fn mean_square_return(&self, decay: f64) -> Value<'g> {
        weighted(self.returns.square(), self.initial, decay)
    }

    /// Returns EW_k of values, started at their mean or, in a short series, at a fraction of the initial variance.
    pub fn mean(&self, values: Value<'g>, decay: f64, share: f64) -> Value<'g> {
        weighted(values, is_short(values).choose(self.initial * share, first_mean(values)), decay)
    }

    /// Returns EW_k(log x), started in the same way.
    pub fn log_mean(&self, variances: Value<'g>, decay: f64) -> Value<'g> {
        let logs = variances.ln();
        weighted(logs, is_short(logs).choose(self.initial.ln(), first_mean(logs)), decay)
    }

    /// Whether the graph has bars.
    pub fn has_bars(&self) -> bool {
        self.range.is_some()
    }

    /// The columns of bars.
    ///
    /// # Panics
    /// If the graph has no bars.
    pub fn bars(&self) -> &Bars<'g> {
        let Some(range) = self.range else { panic!("a graph without bars") };
        self.bars.get_or_init(|| Bars::new(self, range))
    }

    /// Returns a column of bars on the scale of adjusted closes.
    pub fn on_adjusted_scale(&self, place: usize) -> Value<'g> {
        self.range.map_or(self.adjusted, |range| range[place] * (self.adjusted / self.close))
    }

    /// Returns log(A_t / A_{t-days}) / (s_t sqrt(days)).
    pub fn return_over(&self, days: i64) -> Value<'g> {
        let earlier = self.adjusted.gather(0, (self.row - days).max(0));
        (self.adjusted / earlier).ln() / (self.volatility * (days as f64).sqrt())
    }

    /// Returns (log A_t - the highest log A of the last `days` days) / (10 s_t).
    pub fn drawdown(&self, days: i64) -> Value<'g> {
        let logs = self.adjusted.ln();
        (logs - running_max(logs, days)) / (self.volatility * 10.0)
    }

    /// Returns log max(V, 1) minus its EW_0.95.
    pub fn plain_volume(&self) -> Value<'g> {
        let Some(volume) = self.volume else { panic!("a graph without volume") };
        let log = volume.max(1.0).ln();
        log - from_first(log, 0.95)
    }

    /// Returns l: log V, but at least its median over the last 250 days minus 4.
    ///
    /// # Panics
    /// If the graph has no volume.
    pub fn log_volume(&self) -> Value<'g> {
        *self.log_volume.get_or_init(|| {
            let Some(volume) = self.volume else { panic!("a graph without volume") };
            let log = volume.max(1e-9).ln();
            log.max(running_median(log, 250) - 4.0)
        })
    }
}

/// The columns of bars.
pub struct Bars<'g> {
    pub gap: Value<'g>,
    pub body: Value<'g>,
    pub close_location: Value<'g>,
    /// log(C / sqrt(H L))
    pub log_close_location: Value<'g>,
    /// rv
    pub variance: Value<'g>,
    /// rs
    pub rogers_satchell: Value<'g>,
    /// pk
    pub parkinson: Value<'g>,
    /// f
    pub floor: Value<'g>,
}

impl<'g> Bars<'g> {
    fn new(columns: &Columns<'g>, [open, high, low]: [Value<'g>; 3]) -> Bars<'g> {
        let graph = columns.graph;
        graph.part("bars");
        let (close, s) = (columns.close, columns.volatility);
        let floor = (s * BAR_FLOOR).square();
        let max = (s * MAX_BAR_DISTANCE).exp();
        let (top, bottom) = (open.max(close), open.min(close));
        let high = high.max(top).min(top * max);
        let low = low.min(bottom).max(bottom / max);
        let (span, body) = ((high / low).ln(), (close / open).ln());
        let (up, down) = ((high / close).ln(), (low / close).ln());
        let later = (columns.returns - body).after(1);
        let gap = graph.join(0, &[graph.numbers(&[1], &[0.0]), later]);
        let garman_klass = span.square() * 0.5 - body.square() * (2.0 * LN_2 - 1.0);
        let (width, middle) = (high - low, close * 2.0 - high - low);
        let has_width = width.greater(0.0);
        Bars {
            gap,
            body,
            close_location: has_width.choose(middle * 0.5 / has_width.choose(width, 1.0), 0.0),
            log_close_location: (up + down) * -0.5,
            variance: (garman_klass + gap.square()).max(floor),
            rogers_satchell: up * (up + body) + down * (down + body),
            parkinson: span.square() / (4.0 * LN_2),
            floor,
        }
    }
}
