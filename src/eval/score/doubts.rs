//! Finds forecasts that cannot have been made as stated, or are of another quantity, by looking at all forecasts of a
//! file together.

use super::matching::Pair;
use super::record::Recorded;
use super::remark::{Remark, RemarkKind};
use fourcast_base::math::upper_median;
use fourcast_prices::{PriceSeries, tick};

/// A median above this multiple of the last close, or below its inverse, has another scale.
const FAR: f64 = 3.0;

/// If all forecasts differ from their last closes by the same factor, and its logarithm is more than this multiple of
/// the median absolute return and more than this minimum, the forecasts are of adjusted or split prices.
const OF_TYPICAL: f64 = 5.0;
const MIN_FACTOR: f64 = 0.02;

/// Such forecasts follow the price: the change of their distance from it is at most this fraction of the price's moves.
/// The distance of a moving average changes as much as the price.
const FOLLOWS: f64 = 0.5;

/// Maximum difference, as a fraction of the move, between the outcome and a forecast that was taken from it; and the
/// allowance for truncated digits.
const EQUAL: f64 = 0.1;
const CUT: f64 = 1e-6;

/// Smaller moves are those of accruing interest, which are known in advance.
const MIN_MOVE: f64 = 3e-4;

/// A move is informative if it is at least this multiple of the rounding of forecasts, and this fraction of the
/// median absolute return.
const OF_ROUNDING: f64 = 4.0;
const OF_A_MOVE: f64 = 0.5;

/// Minimum number of informative forecasts.
const NEEDED: usize = 5;

/// Returns whether a forecast has a property; `None` if unknown.
type Question<'a> = dyn Fn(&Pair) -> Option<bool> + 'a;

/// Returns the doubts about forecasts to be scored.
pub(super) fn doubts(series: &PriceSeries, forecasts: &[Recorded], pairs: &[Pair]) -> Vec<Remark> {
    let log = |to: f64, from: f64| (to / from).ln();
    let forecast_of = |pair: &Pair| log(forecasts[pair.forecast].point, pair.from);
    let is_far = |pair: &Pair| Some(forecast_of(pair).abs() > FAR.ln());
    let tick = tick(&pairs.iter().map(|pair| forecasts[pair.forecast].point).collect::<Vec<_>>());
    let typical = median_absolute_return(series, pairs);
    let equals = |pair: &Pair, before: usize, row: usize| {
        let (log_return, forecast) = (log(*series.close.get(row)?, series.close[pair.origin]), forecast_of(pair));
        let rounding = 0.5 * tick / forecasts[pair.forecast].point.abs();
        let is_large =
            |log_return: f64| log_return.abs() > MIN_MOVE.max(OF_ROUNDING * rounding).max(OF_A_MOVE * typical);
        // A forecast of no move, or of a day like the day before, can equal the outcome by chance.
        let shows = is_large(log_return) && is_large(log(series.close[row], series.close[before]));
        shows.then(|| (forecast - log_return).abs() <= EQUAL * log_return.abs() + CUT + rounding)
    };
    let factor = median(pairs.iter().map(forecast_of).collect());
    let changes =
        |of: &dyn Fn(&Pair) -> f64| median(pairs.windows(2).map(|two| (of(&two[1]) - of(&two[0])).abs()).collect());
    let follows = changes(&forecast_of) <= FOLLOWS * changes(&|pair| pair.from.ln());
    let is_factor = follows && factor.abs() > MIN_FACTOR.max(OF_TYPICAL * typical) && factor.abs() <= FAR.ln();
    let is_off_by_factor = |pair: &Pair| is_factor.then(|| (forecast_of(pair) - factor).abs() <= 0.5 * factor.abs());
    let kinds: [(RemarkKind, f64, &Question<'_>); 4] = [
        (RemarkKind::OtherScale, 0.5, &is_far),
        (RemarkKind::OneFactor, 0.9, &is_off_by_factor),
        (RemarkKind::OwnClose, 0.9, &|pair| equals(pair, pair.origin, pair.then)),
        (RemarkKind::NextClose, 0.9, &|pair| equals(pair, pair.then, pair.then + 1)),
    ];
    kinds.into_iter().filter_map(|(kind, max, is)| remark(kind, (forecasts, pairs), max, is)).collect()
}

/// Returns the median of the absolute log returns over the median horizon of the forecasts.
fn median_absolute_return(series: &PriceSeries, pairs: &[Pair]) -> f64 {
    let ahead = median(pairs.iter().map(|pair| (pair.then - pair.origin) as f64).collect()) as usize;
    let pairs = series.close.iter().zip(series.close.iter().skip(ahead));
    let moves = pairs.map(|(from, to)| (to / from).ln().abs());
    median(moves.filter(|size| size.is_finite()).collect())
}

/// Returns the median, or zero if there are no values.
fn median(values: Vec<f64>) -> f64 {
    upper_median(values).unwrap_or(0.0)
}

/// Returns the remark if more than a fraction of the forecasts with a known answer have the property.
fn remark(kind: RemarkKind, (forecasts, pairs): (&[Recorded], &[Pair]), max: f64, is: &Question<'_>) -> Option<Remark> {
    let known: Vec<(&Pair, bool)> = pairs.iter().filter_map(|pair| Some((pair, is(pair)?))).collect();
    let of_kind = known.iter().filter(|(_, is)| *is).map(|(pair, _)| &forecasts[pair.forecast]);
    let mut found: Vec<_> = of_kind.map(|one| (one.line, one.date)).collect();
    found.sort_unstable();
    let is_shown = known.len() >= NEEDED && found.len() as f64 > max * known.len() as f64;
    is_shown.then_some(Remark { kind, forecasts: found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    const ROWS: usize = 60;

    fn series() -> PriceSeries {
        let dates = (0..ROWS as i64).map(|day| jiff::civil::date(2024, 1, 1) + day.days()).collect();
        let close: Vec<f64> = (0..ROWS).map(|day| 50.0 * (0.05 * (day as f64 * 1.7).sin()).exp()).collect();
        PriceSeries { dates, adjusted: close.clone(), close, ..PriceSeries::default() }
    }

    /// Returns the kinds of doubts about forecasts of each row from the 20th on, and the number of forecasts that each
    /// is about.
    fn kinds(series: &PriceSeries, point: impl Fn(usize) -> f64) -> Vec<(RemarkKind, usize)> {
        let recorded = |row: usize| Recorded {
            line: row,
            origin: None,
            date: series.dates[row],
            horizon: None,
            last_close: None,
            point: point(row),
            quantiles: vec![point(row)],
            data: None,
            frequency: None,
        };
        let forecasts: Vec<Recorded> = (20..ROWS).map(recorded).collect();
        let pair = |then: usize| Pair { origin: then - 1, then, from: series.close[then - 1], forecast: then - 20 };
        let pairs: Vec<Pair> = (20..ROWS).map(pair).collect();
        doubts(series, &forecasts, &pairs).iter().map(|remark| (remark.kind, remark.forecasts.len())).collect()
    }

    #[test]
    fn scales_and_hindsight_are_found() {
        let series = series();
        let close = |row: usize| series.close[row.min(ROWS - 1)];
        assert_eq!(kinds(&series, |row| 3.5 * close(row - 1)), [(RemarkKind::OtherScale, 40)]);
        assert_eq!(kinds(&series, |row| close(row - 1) / 100.0), [(RemarkKind::OtherScale, 40)]);
        for factor in [0.4, 0.6, 1.6, 2.5] {
            assert_eq!(kinds(&series, |row| factor * close(row - 1)), [(RemarkKind::OneFactor, 40)], "{factor}");
        }
        let own = kinds(&series, close);
        assert!(matches!(own[..], [(RemarkKind::OwnClose, known)] if known > 20), "{own:?}");
        // Forecasts that are nearly the closes.
        let near = |row: usize| close(row) * (0.002 * (row as f64 * 2.9).sin()).exp();
        assert_eq!(kinds(&series, near)[0].0, RemarkKind::OwnClose);
        assert_eq!(kinds(&series, |row| if row % 20 == 0 { 50.0 } else { close(row) })[0].0, RemarkKind::OwnClose);
        assert_eq!(kinds(&series, |row| close(row + 1)).first().map(|(kind, _)| *kind), Some(RemarkKind::NextClose));
        // The same in cents, at a price of 5.
        let low = PriceSeries { close: series.close.iter().map(|close| close / 10.0).collect(), ..series.clone() };
        let cents = |price: f64| (price * 100.0).round() / 100.0;
        let found = kinds(&low, |row| cents(low.close[(row + 1).min(ROWS - 1)]));
        assert_eq!(found.first().map(|(kind, _)| *kind), Some(RemarkKind::NextClose));
        assert_eq!(kinds(&low, |row| cents(low.close[row]))[0].0, RemarkKind::OwnClose);
        assert_eq!(kinds(&low, |row| cents(low.close[row - 1])), []);
    }

    #[test]
    fn forecasts_that_can_be_made_are_not() {
        let series = series();
        let close = |row: usize| series.close[row];
        assert_eq!(kinds(&series, |row| close(row - 1)), []);
        assert_eq!(kinds(&series, |row| 0.5 * (close(row - 1) + close(row))), []);
        assert_eq!(kinds(&series, |row| if row % 2 == 0 { 5.0 * close(row - 1) } else { close(row - 1) }), []);
        assert_eq!(kinds(&series, |row| if row % 5 == 0 { close(row - 1) } else { close(row) }), []);
        assert_eq!(kinds(&series, |row| 1.03 * close(row - 1)), []);
        // A target fixed at the start, above all closes; and the mean of earlier closes of a falling price.
        assert_eq!(kinds(&series, |_| 75.0), []);
        let falling = {
            let close: Vec<f64> = (0..ROWS).map(|row| close(row) * (-0.02 * row as f64).exp()).collect();
            PriceSeries { adjusted: close.clone(), close, ..series.clone() }
        };
        let mean = |row: usize| falling.close[row - 20..row].iter().sum::<f64>() / 20.0;
        assert_eq!(kinds(&falling, mean), []);
        assert_eq!(kinds(&series, |row| if row % 5 == 0 { close(row - 1) } else { 2.0 * close(row - 1) }), []);
        // "Tomorrow = today" for a penny stock that alternates by one tick, and the next step of accruing interest.
        let of = |close: Vec<f64>| PriceSeries { adjusted: close.clone(), close, ..series.clone() };
        let penny = of((0..ROWS).map(|day| [0.01, 0.02][day % 2]).collect());
        assert_eq!(kinds(&penny, |row| penny.close[row - 1]), []);
        let fund = of((0..ROWS).map(|day| 100.0 * 1.0001_f64.powi(day as i32)).collect());
        assert_eq!(kinds(&fund, |row| fund.close[row - 1] * 1.0001), []);
        // A price that does not change, forecast correctly.
        let flat = PriceSeries { close: vec![50.0; ROWS], adjusted: vec![50.0; ROWS], ..series };
        assert_eq!(kinds(&flat, |_| 50.0), []);
    }
}
