//! The inputs of the networks by name, as in `Input::values`, and those of covariates.

use super::columns::{Columns, Seasonality, covariate_name};
use super::graph::Value;
use super::running::{from_first, weighted};
use crate::Card;
use crate::samples::MAX_INPUT;
use fourcast_features::constants::GAP_FRACTION;
use fourcast_features::{Input, Scaler, Target};
use fourcast_prices::{Covariate, CovariateKind};

/// Returns the scaled inputs of every row, (n, inputs), in 32 bits.
pub fn scaled_inputs<'g>(columns: &Columns<'g>, card: &Card) -> Value<'g> {
    let (graph, config) = (columns.graph, &card.config);
    let own = config.inputs.iter().map(|input| {
        graph.part(&input.name());
        of_input(columns, *input)
    });
    let mut all: Vec<Value<'g>> = own.collect();
    for (covariate, values) in config.covariates.iter().zip(&columns.covariates) {
        graph.part(&covariate_name(covariate.kind, &covariate.name));
        all.extend(of_covariate(covariate, *values));
    }
    graph.part("scaling");
    let row = |of: fn(&Scaler) -> f64| {
        let values: Vec<f64> = card.input_scalers.iter().map(of).collect();
        graph.numbers(&[values.len()], &values)
    };
    let scaled = (graph.stack(1, &all) - row(|scaler| scaler.mean)) / row(|scaler| scaler.deviation);
    let bounded = if config.target == Target::Return { scaled.clamp(-MAX_INPUT, MAX_INPUT) } else { scaled };
    (bounded * row(|scaler| scaler.gain)).cast(super::proto::Type::Float)
}

fn of_input<'g>(x: &Columns<'g>, input: Input) -> Value<'g> {
    let (r, s) = (x.returns, x.volatility);
    let volatility = |decay| log_ratio(x.mean_square_return(decay), s);
    let range = |decay| log_ratio(x.mean(x.bars().variance, decay, 1.0), s);
    let log_range = |decay| x.log_mean(x.bars().variance, decay) * 0.5 - s.ln();
    let floored = |variance: Value<'g>| variance.max(x.bars().floor);
    let rogers_satchell = || log_ratio(floored(x.bars().rogers_satchell), s);
    match input {
        Input::Return => r / s,
        Input::NegativeReturn => r.min(0.0) / s,
        Input::AbsoluteReturn => r.abs() / s,
        Input::LogAbsoluteReturn => (r.abs() / s + 0.05).ln() + 1.0,
        Input::OvernightGap => x.bars().gap / s,
        Input::Body => x.bars().body / s,
        Input::CloseLocation => x.bars().close_location,
        Input::RangeVolatility => log_ratio(x.bars().variance, s),
        Input::RogersSatchell => rogers_satchell(),
        Input::Trend => rogers_satchell() - log_ratio(floored(x.bars().parkinson), s),
        Input::RangeVolatility50 => range(0.5),
        Input::RangeVolatility80 => range(0.8),
        Input::RangeVolatility94 => range(0.94),
        Input::RangeVolatility98 => range(0.98),
        Input::RangeVolatility99 => range(0.99),
        Input::LogRangeVolatility50 => log_range(0.5),
        Input::LogRangeVolatility94 => log_range(0.94),
        Input::RogersSatchell94 => {
            let with_gap = x.bars().rogers_satchell + x.bars().gap.square();
            log_ratio(floored(x.mean(with_gap, 0.94, 1.0)), s)
        }
        Input::OvernightGap94 => log_ratio(floored(x.mean(x.bars().gap.square(), 0.94, GAP_FRACTION)), s),
        Input::Volatility70 => volatility(0.7),
        Input::FastVolatility => volatility(0.8),
        Input::Volatility97 => volatility(0.97),
        Input::SlowVolatility => volatility(0.98),
        Input::Volatility99 => volatility(0.99),
        Input::Week => x.return_over(5),
        Input::Month => x.return_over(22),
        Input::DownsideVariance80 => downside_variance(x, 0.8),
        Input::DownsideVariance94 => downside_variance(x, 0.94),
        Input::DownsideVariance98 => downside_variance(x, 0.98),
        Input::GearyRatio => (weighted(r.abs(), x.initial.sqrt() * 0.8, 0.94).max(1e-8) / s).ln() + 0.25,
        Input::VolatilityLevel => (s / x.mean_squares.sqrt()).ln(),
        Input::Drawdown => x.drawdown(250),
        Input::Volume => x.plain_volume(),
        Input::RelativeVolume => x.log_volume() - from_first(x.log_volume(), 0.95),
        Input::VolumeTrend => from_first(x.log_volume(), 0.8) - from_first(x.log_volume(), 0.98),
        Input::YearlySeasonality => Seasonality::of(x).yearly,
        Input::QuarterlySeasonality => Seasonality::of(x).quarterly,
        Input::NearbySeasonality => Seasonality::of(x).nearby,
        Input::CloseLevel => x.adjusted,
        Input::OpenLevel => x.on_adjusted_scale(0),
        Input::HighLevel => x.on_adjusted_scale(1),
        Input::LowLevel => x.on_adjusted_scale(2),
    }
}

/// Returns log(sqrt(variance) / s).
fn log_ratio<'g>(variance: Value<'g>, s: Value<'g>) -> Value<'g> {
    (variance.max(1e-12) / s.square()).ln() * 0.5
}

/// Returns EW_k(min(r, 0)^2) / EW_k(r^2) - 1/2.
fn downside_variance<'g>(x: &Columns<'g>, decay: f64) -> Value<'g> {
    let falls = x.mean(x.returns.min(0.0).square(), decay, 0.5);
    falls / x.mean_square_return(decay).max(1e-12) - 0.5
}

/// Returns the inputs of a covariate, one column per input.
fn of_covariate<'g>(covariate: &Covariate, values: Value<'g>) -> Vec<Value<'g>> {
    match covariate.kind {
        CovariateKind::Past => of_past(values),
        CovariateKind::Future | CovariateKind::Events => {
            (0..super::columns::AHEAD as i64).map(|place| values.at(1, place)).collect()
        }
    }
}

/// Returns the change and the level of a column: of its logarithm as long as all values so far are above zero, and of
/// the value itself after that.
fn of_past(values: Value<'_>) -> Vec<Value<'_>> {
    let is_positive = values.greater(0.0);
    let others = is_positive.choose(0.0, 1.0).running_sum();
    let so_far = others.less(0.5);
    let logs = standardised(so_far.choose(values, 1.0).ln(), so_far);
    let plain = standardised(values, values.equal(values));
    logs.into_iter().zip(plain).map(|(log, plain)| so_far.choose(log, plain)).collect()
}

/// Returns the change and the level of z in units of the standard deviation of changes. Rows that do not count are at
/// the end and do not affect earlier rows: the initial variance is a mean over the rows that count.
fn standardised<'g>(z: Value<'g>, counts: Value<'g>) -> [Value<'g>; 2] {
    let graph = z.graph();
    let later = z.after(1) - z.slice(0, 0, -1);
    let change = graph.join(0, &[graph.numbers(&[1], &[0.0]), later]);
    let squares = change.square();
    let first = |of: Value<'g>| of.slice(0, 1, 31);
    let counted = first(counts.choose(1.0, 0.0));
    let mean = (first(squares) * counted).total() / counted.total().max(1.0);
    let variance = weighted(squares, mean, 0.97);
    let is_above = variance.greater(0.0);
    let ratio = |value: Value<'g>| is_above.choose(value / is_above.choose(variance, 1.0).sqrt(), 0.0);
    [ratio(change), ratio(z - from_first(z, 0.98))]
}
