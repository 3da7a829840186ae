//! A draft into a series, with what is known of it beside its numbers.

use super::adjust::{self, Adjustment, Split};
use super::bars::Faults;
use super::columns::Field;
use super::draft::Draft;
use super::error::{Cause, Fault};
use super::gaps::{self, Days};
use super::lines::Lines;
use super::options::Splits;
use super::order;
use super::reading::SeriesNotes;
use super::series::{OpenHighLow, PriceSeries};

/// A series and what was found on the way to it.
pub(super) struct Built {
    pub series: PriceSeries,
    pub notes: SeriesNotes,
    pub findings: Findings,
}

/// What was found.
pub(super) struct Findings {
    pub against_order: Lines,
    pub repeated: Lines,
    pub no_price: Lines,
    pub no_volume: Lines,
    pub bars: Faults,
    pub days: Days,
    /// The line at which the file's adjusted close contradicts the close.
    pub contradiction: Option<usize>,
}

/// Makes the series of a draft that has rows.
pub(super) fn build(
    mut draft: Draft,
    splits: Option<Splits>,
    label: impl Fn(Field) -> String,
    cause: Cause,
) -> Result<Built, Fault> {
    let (order, against_order) = order::order_of(&draft);
    let repeated = order::sort(&mut draft, order, label, cause)?;
    let close = std::mem::take(&mut draft.values[Field::Close as usize]);
    let (volume, no_volume) = known_volume(&mut draft);
    let mut bars = Faults::default();
    bars.find_in_closes(&close, &draft);
    let range = range(&mut draft, &close, volume.as_deref(), &mut bars);
    let adjusted = Adjusted::of(&mut draft, &close, volume.as_deref(), splits);
    let series = PriceSeries {
        name: draft.name.clone(),
        dates: draft.dates.clone(),
        close,
        adjusted: adjusted.prices,
        range,
        volume,
    };
    let notes = SeriesNotes {
        name: draft.name.clone(),
        order,
        adjustment: adjusted.adjustment,
        splits: adjusted.splits,
        unsettled_splits: adjusted.unsettled,
        nonpositive: std::mem::take(&mut bars.nonpositive),
        longest_gap: gaps::longest_gap(&draft.dates),
        lines: draft.lines.clone(),
    };
    let findings = Findings {
        against_order,
        repeated,
        no_volume,
        bars,
        days: Days::find(&draft),
        contradiction: adjusted.contradiction,
        no_price: draft.no_price,
    };
    Ok(Built { series, notes, findings })
}

/// Open, high and low, mended, unless one of them is empty throughout.
fn range(draft: &mut Draft, close: &[f64], volume: Option<&[f64]>, faults: &mut Faults) -> Option<OpenHighLow> {
    let open = draft.take(Field::Open);
    let (high, low) = (draft.take(Field::High), draft.take(Field::Low));
    let mut range = OpenHighLow { open: open?, high: high?, low: low? };
    faults.mend(&mut range, close, volume, draft);
    faults.find_in_bars(&range, close, volume, draft);
    Some(range)
}

/// The volume with 0 where it is missing, unless it is missing throughout.
fn known_volume(draft: &mut Draft) -> (Option<Vec<f64>>, Lines) {
    let mut lines = Lines::default();
    let Some(mut volume) = draft.take(Field::Volume) else {
        return (None, lines);
    };
    for (row, value) in volume.iter_mut().enumerate() {
        if value.is_nan() {
            lines.push(draft.line(row));
            *value = 0.0;
        }
    }
    (Some(volume), lines)
}

/// The adjusted close and how it came about.
struct Adjusted {
    prices: Vec<f64>,
    adjustment: Adjustment,
    splits: Vec<Split>,
    unsettled: Vec<Split>,
    contradiction: Option<usize>,
}

impl Adjusted {
    fn of(draft: &mut Draft, close: &[f64], volume: Option<&[f64]>, settled: Option<Splits>) -> Self {
        let column = draft.take(Field::Adjusted);
        let factors = (draft.take(Field::Split), draft.take(Field::Dividend));
        let contradiction = column.as_deref().and_then(|column| adjust::contradiction(close, column));
        let (prices, known, adjustment) = match (column, factors) {
            // A vendor who adjusts has seen to the splits.
            (Some(column), _) if contradiction.is_none() => {
                return Self::from_column(column, close, draft);
            }
            (Some(_), _) => (close.to_vec(), Vec::new(), Adjustment::Rejected),
            (None, (None, None)) => (close.to_vec(), Vec::new(), Adjustment::None),
            (None, (splits, dividends)) => {
                let made = adjust::by_factors(close, splits.as_deref(), dividends.as_deref());
                (made.0, made.1, Adjustment::Factors)
            }
        };
        let jumps = adjust::split_like(&prices, volume);
        let made = |splits: &[(usize, f64)]| splits.iter().map(|split| dated(split, draft)).collect::<Vec<_>>();
        let (splits, unsettled) = (made(&known), made(&jumps));
        let contradiction = contradiction.map(|row| draft.line(row));
        match settled {
            Some(Splits::Adjust) if !jumps.is_empty() => Self {
                prices: adjust::without(&prices, &jumps),
                adjustment: Adjustment::Jumps,
                splits: splits.into_iter().chain(unsettled).collect(),
                unsettled: Vec::new(),
                contradiction,
            },
            Some(_) => Self { prices, adjustment, splits, unsettled: Vec::new(), contradiction },
            None => Self { prices, adjustment, splits, unsettled, contradiction },
        }
    }

    /// The file's own column.
    fn from_column(prices: Vec<f64>, close: &[f64], draft: &Draft) -> Self {
        let splits = adjust::taken_out(close, &prices);
        Self {
            splits: splits.iter().map(|split| dated(split, draft)).collect(),
            prices,
            adjustment: Adjustment::Column,
            unsettled: Vec::new(),
            contradiction: None,
        }
    }
}

fn dated(&(row, ratio): &(usize, f64), draft: &Draft) -> Split {
    Split { date: draft.dates[row], line: draft.line(row), ratio }
}
