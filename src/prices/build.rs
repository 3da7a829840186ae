//! An ordered draft into a series.

use super::columns::Field;
use super::draft::Draft;
use super::lines::Lines;
use super::series::{OpenHighLow, PriceSeries};
use super::warning::Warning;

/// Makes the series. `draft` must be in order.
pub(super) fn build(name: &str, mut draft: Draft, warnings: &mut Vec<Warning>) -> PriceSeries {
    let mut take = |field: Field| std::mem::take(&mut draft.values[field as usize]);
    let close = take(Field::Close);
    let adjusted = Some(take(Field::Adjusted)).filter(|column| !column.is_empty());
    let [open, high, low] = [Field::Open, Field::High, Field::Low].map(&mut take);
    let volume = take(Field::Volume);
    let range = range(&close, [open, high, low], &draft, warnings);
    PriceSeries {
        name: name.to_owned(),
        adjusted: adjusted.unwrap_or_else(|| close.clone()),
        range,
        volume: known_volume(volume, &draft, warnings),
        dates: draft.dates,
        close,
    }
}

/// Open, high and low, with the close in the place of those that are missing, unless all are.
fn range(
    close: &[f64],
    [mut open, mut high, mut low]: [Vec<f64>; 3],
    draft: &Draft,
    warnings: &mut Vec<Warning>,
) -> Option<OpenHighLow> {
    if [&open, &high, &low].iter().any(|column| column.iter().all(|value| value.is_nan())) {
        return None;
    }
    let mut lines = Lines::default();
    for row in 0..close.len() {
        if open[row].is_nan() || high[row].is_nan() || low[row].is_nan() {
            lines.push(draft.line(row));
            // `max` and `min` pass over a NaN.
            open[row] = if open[row].is_nan() { close[row] } else { open[row] };
            high[row] = high[row].max(open[row]).max(close[row]);
            low[row] = low[row].min(open[row]).min(close[row]);
        }
    }
    if !lines.is_empty() {
        warnings.push(Warning::NoRange { lines });
    }
    Some(OpenHighLow { open, high, low })
}

/// The volume with 0 where it is missing, unless it is missing everywhere.
fn known_volume(mut volume: Vec<f64>, draft: &Draft, warnings: &mut Vec<Warning>) -> Option<Vec<f64>> {
    if volume.iter().all(|value| value.is_nan()) {
        return None;
    }
    let mut lines = Lines::default();
    for (row, value) in volume.iter_mut().enumerate() {
        if value.is_nan() {
            lines.push(draft.line(row));
            *value = 0.0;
        }
    }
    if !lines.is_empty() {
        warnings.push(Warning::NoVolume { lines });
    }
    Some(volume)
}
