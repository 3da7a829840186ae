//! Builds a series from a draft, with notes and findings.

use std::ops::{Range, RangeInclusive};

use jiff::civil::Weekday;

use super::adjusted::Adjusted;
use super::bars::Faults;
use super::columns::Field;
use super::covariates::Covariates;
use super::draft::Draft;
use super::ending::Ending;
use super::error::{Cause, Fault};
use super::filled;
use super::frequency::Frequency;
use super::gaps::Days;
use super::intraday;
use super::known_ahead::Found;
use super::lines::Lines;
use super::moves::is_jump;
use super::nonpositive::Nonpositive;
use super::notes::SeriesNotes;
use super::options::{ReadOptions, Splits};
use super::order::{self, Duplicates, Order};
use super::other_year::other_year;
use super::periods::Unfinished;
use super::series::{OpenHighLow, PriceSeries};
use super::shifted::{Misplaced, Moved};
use super::spacing::{self, OtherEnd, Spaced, Spacing};
use super::splits::{Split, Trade};

/// A series with its notes and findings.
pub(super) struct Built {
    pub series: PriceSeries,
    pub notes: SeriesNotes,
    pub findings: Findings,
}

/// What was found in a series and is reported as warnings.
pub(super) struct Findings {
    pub against_order: Lines,
    pub repeated: Lines,
    pub no_price: Lines,
    pub no_trade: Lines,
    /// Rows left out because another row with the same day and close has more values.
    pub merged: Lines,
    pub no_volume: Lines,
    /// Days whose volume is negative or of an impossible size.
    pub odd_volume: Lines,
    /// The weekdays of daily rows, if there are only two or three.
    pub few_weekdays: Option<Vec<Weekday>>,
    /// A few rows of another frequency at one end.
    pub other_end: Option<OtherEnd>,
    /// Rows that look like small splits, unless the caller states that they are none.
    pub small_splits: Vec<Split>,
    pub bars: Faults,
    pub days: Days,
    /// Columns moved by a day, with their labels.
    pub moved: Vec<(String, Moved)>,
    /// An open and a close whose names are exchanged.
    pub open_for_close: Option<Exchanged>,
    /// The number of days on which the adjusted close diverges from the close, if large, and the number of days
    /// compared.
    pub diverging: Option<(usize, usize)>,
    /// Days without trade whose close was filled in.
    pub filled: Lines,
    /// Days without a change of the price. The closes alone do not show whether they were filled in.
    pub unchanged: Lines,
    /// Interpolated closes.
    pub between: Lines,
    /// Days on which only one of the close and the adjusted close moves.
    pub outlier: Lines,
    /// The line at which the file's adjusted close contradicts the close.
    pub contradiction: Option<usize>,
    /// The unfinished week or month.
    pub unfinished: Option<Unfinished>,
    /// Findings about the last rows.
    pub ending: Ending,
    /// Findings about covariates.
    pub covariates: Vec<Found>,
}

/// An open and a close whose names are exchanged.
pub(super) struct Exchanged {
    /// The label of the column named open.
    pub open: String,
    /// The label of the column named close.
    pub close: String,
    /// The first and the last line on which they are exchanged, unless they are on all lines.
    pub lines: Option<(usize, usize)>,
}

impl Exchanged {
    fn new(rows: Range<usize>, draft: &Draft, label: &impl Fn(Field) -> String) -> Exchanged {
        let [one, other] = [rows.start, rows.end - 1].map(|row| draft.line(row));
        let lines = (rows.len() < draft.dates.len()).then_some((one.min(other), one.max(other)));
        Exchanged { open: label(Field::Open), close: label(Field::Close), lines }
    }
}

impl Findings {
    /// Removes the findings that follow from another finding, so that each fault is reported once.
    fn leave_consequences_out(&mut self, series: &PriceSeries, notes: &SeriesNotes) {
        let bars = &mut self.bars;
        // Rows of another spacing are reported as an error.
        if notes.spaced.is_some_and(|spaced| !spaced.fits(series.frequency)) {
            (self.filled, self.unchanged, self.between) = Default::default();
            self.ending.unfinished_day = None;
            self.days = Days { longest: self.days.longest, ..Days::default() };
        }
        if notes.constant.is_some() {
            (self.filled, self.unchanged, self.between) = Default::default();
            self.ending.stale = None;
            let Faults { no_range, close_only, .. } = std::mem::take(bars);
            *bars = Faults { no_range, close_only, ..Faults::default() };
        }
        if series.nonpositive() == Some(Nonpositive::Returns) {
            (bars.far_off, bars.wild) = (Lines::default(), None);
        }
    }
}

/// Builds the series of a draft that has rows or a fault.
pub(super) fn build(
    mut draft: Draft,
    options: &ReadOptions,
    label: impl Fn(Field) -> String,
    cause: Cause,
) -> Result<Built, Fault> {
    if let Some(fault) = draft.fault.take() {
        return Err(fault);
    }
    draft.leave_out_empty_adjusted();
    let frequency = options.frequency.unwrap_or_default();
    let InOrder { order, against_order, duplicates, spaced, unfinished } =
        in_order(&mut draft, options, frequency, &label, cause)?;
    if let Some(fault) = draft.currencies.fault() {
        return Err(fault);
    }
    let ending = Ending::find(&draft);
    let close = std::mem::take(&mut draft.values[Field::Close as usize]);
    let (volume, no_volume, odd_volume) = known_volume(&mut draft);
    let end_without_trade = ending.stale.map(|stale| close.len() - stale.rows);
    let (range, mut bars, misplaced) = bars(&mut draft, &close, volume.as_deref(), end_without_trade);
    let open = range.as_ref().map(|range| &range.open[..]);
    let trade = Trade { close: &close, open, volume: volume.as_deref() };
    let adjusted = Adjusted::of(&mut draft, &trade, options.splits);
    find_in_closes(&mut bars, &adjusted, &trade, &draft);
    let open_for_close = misplaced.open_for_close.map(|rows| Exchanged::new(rows, &draft, &label));
    let moved = misplaced.moved.iter().map(|one| (label(one.field), *one)).collect();
    let (filled, unchanged) = filled_or_unchanged(&trade, range.is_some(), &bars, &draft);
    let between = filled::between_others(&close, &draft);
    let Sessions { other_end, few_weekdays, days } = Sessions::find(&draft, spaced, frequency);
    let constant = constant(&adjusted.prices);
    let nonpositive = nonpositive(&close, &adjusted.prices, &draft);
    let no_price = draft.lacking_price();
    let Draft { name, dates, lines, no_trade, .. } = draft;
    let notes = SeriesNotes {
        name: name.clone(),
        order,
        adjustment: adjusted.adjustment,
        splits: adjusted.splits,
        unsettled_splits: adjusted.unsettled,
        nonpositive,
        longest_gap: days.longest,
        constant,
        spaced,
        distinguished_by: Box::default(),
        days_in: None,
        cut: (None, None),
        lines,
    };
    let series = PriceSeries {
        name,
        frequency,
        dates,
        close,
        adjusted: adjusted.prices,
        range,
        volume,
        covariates: Covariates::default(),
    };
    let mut findings = Findings {
        against_order,
        repeated: duplicates.repeated,
        merged: duplicates.merged,
        no_volume,
        odd_volume,
        few_weekdays,
        other_end,
        small_splits: if options.splits == Some(Splits::AsIs) { Vec::new() } else { adjusted.small },
        bars,
        days,
        moved,
        open_for_close,
        diverging: misplaced.diverging,
        filled,
        unchanged,
        between,
        outlier: adjusted.outlier,
        contradiction: adjusted.contradiction,
        no_price,
        no_trade,
        unfinished,
        ending,
        covariates: Vec::new(),
    };
    findings.leave_consequences_out(&series, &notes);
    Ok(Built { series, notes, findings })
}

/// Finds faults of the closes that splits do not explain.
fn find_in_closes(bars: &mut Faults, adjusted: &Adjusted, trade: &Trade<'_>, draft: &Draft) {
    bars.find_in_closes(trade, &adjusted.split_lines(), draft);
    if bars.far_off.is_empty() && bars.wild.is_none() {
        bars.leaps = leaps(adjusted, trade, draft);
    }
    if !adjusted.explains_end(trade.close) {
        bars.find_at_end(trade, &adjusted.split_lines(), draft);
    }
}

/// Returns the days without trade whose close was filled in, and the days without a change of the price. If there are
/// only closes, a repeated close does not show that it was filled in.
fn filled_or_unchanged(trade: &Trade<'_>, has_range: bool, bars: &Faults, draft: &Draft) -> (Lines, Lines) {
    let filled = filled::on_days_off(trade.close, draft);
    if !filled.is_empty() {
        return (filled, Lines::default());
    }
    let repeated = repeated_closes(trade.close, trade.volume, bars, draft);
    if has_range || trade.volume.is_some() { (repeated, filled) } else { (filled, repeated) }
}

/// What was found in the days of the rows.
struct Sessions {
    other_end: Option<OtherEnd>,
    few_weekdays: Option<Vec<Weekday>>,
    days: Days,
}

impl Sessions {
    fn find(draft: &Draft, spaced: Option<Spaced>, frequency: Frequency) -> Sessions {
        let regular = spaced.filter(|spaced| spaced.fits(frequency));
        let other_end = regular.and_then(|found| OtherEnd::find(&draft.dates, found.spacing, |row| draft.line(row)));
        let is_daily = regular.is_some_and(|found| found.spacing == Spacing::Daily);
        let few_weekdays = spacing::few_weekdays(&draft.dates).filter(|_| is_daily);
        let days = Days::find(draft, spaced, other_end.as_ref());
        Sessions { other_end, few_weekdays, days }
    }
}

/// The rows of a draft in the order of their days, and what was found when they were sorted.
struct InOrder {
    order: Order,
    against_order: Lines,
    duplicates: Duplicates,
    spaced: Option<Spaced>,
    unfinished: Option<Unfinished>,
}

/// Sorts the rows of a draft, keeps one for each day, week or month, and leaves out an unfinished last one.
fn in_order(
    draft: &mut Draft,
    options: &ReadOptions,
    frequency: Frequency,
    label: &impl Fn(Field) -> String,
    cause: Cause,
) -> Result<InOrder, Fault> {
    let (order, against_order) = order::order_of(draft);
    let exchanged = order::exchanged(draft, &against_order).or_else(|| order::exchanged_weekends(draft));
    let exchanged = exchanged.or_else(|| order::exchanged_months(draft));
    if let Some(fault) = exchanged.or_else(|| other_year(draft)) {
        return Err(fault);
    }
    let intraday = intraday::find(draft, cause);
    if let Some(fault) = order::begins_again(draft, &against_order).filter(|_| intraday.is_some()) {
        return Err(fault);
    }
    if intraday.is_some() {
        intraday::keep_last(draft);
    }
    let as_it_is = if intraday.is_some() { Order::OldestFirst } else { order };
    let duplicates =
        order::sort(draft, as_it_is, label, cause).map_err(|fault| order::comes_again(draft, &against_order, fault))?;
    let spaced = intraday.or_else(|| Spaced::find(&draft.dates));
    let fits = spaced.is_none_or(|spaced| spaced.fits(frequency));
    let unfinished = match fits && !options.keep_unfinished {
        true => Unfinished::leave_out(draft, frequency, options.calendar),
        false => None,
    };
    Ok(InOrder { order, against_order, duplicates, spaced, unfinished })
}

/// Returns open, high and low if they are usable, their faults, and the columns that hold the values of other columns.
fn bars(
    draft: &mut Draft,
    close: &[f64],
    volume: Option<&[f64]>,
    end_without_trade: Option<usize>,
) -> (Option<OpenHighLow>, Faults, Misplaced) {
    let mut bars = Faults { end_without_trade, ..Faults::default() };
    let range = range(draft, close, volume, &mut bars);
    let misplaced = Misplaced::find(range.as_ref(), close, volume, draft);
    if misplaced.is_bar_moved() {
        // The moved bar has its own warning.
        bars.outside = Lines::default();
    }
    if !bars.are_unfit(close.len()) {
        return (range, bars, misplaced);
    }
    bars.unfit = Some((std::mem::take(&mut bars.outside).count(), close.len()));
    bars.far_out = Lines::default();
    (None, bars, misplaced)
}

/// Returns the closes that repeat the close before, unless most of them are in halts or repeated bars, which have their
/// own warnings.
fn repeated_closes(close: &[f64], volume: Option<&[f64]>, bars: &Faults, draft: &Draft) -> Lines {
    let repeats = filled::repeats(close, volume, bars.end_without_trade.unwrap_or(close.len()), draft);
    let are_others = repeats.count() >= 2 * (bars.halts.count() + bars.stale.count());
    if are_others { repeats } else { Lines::default() }
}

/// Returns the lines at which the price rises or falls by a large factor without a split.
fn leaps(adjusted: &Adjusted, trade: &Trade<'_>, draft: &Draft) -> Lines {
    const MIN_FACTOR: f64 = 3.0;
    let prices = &adjusted.prices;
    let is_leap = |row: usize| is_jump(prices, row, MIN_FACTOR) && !trade.is_set(prices, row);
    let rows = (1..prices.len()).filter(|&row| is_leap(row));
    let split = |line: usize| adjusted.unsettled.iter().any(|split| split.line == line);
    rows.map(|row| draft.line(row)).filter(|&line| !split(line)).collect()
}

fn nonpositive(close: &[f64], adjusted: &[f64], draft: &Draft) -> Lines {
    let prices = close.iter().zip(adjusted).enumerate();
    prices.filter(|(_, (close, adjusted))| close.min(**adjusted) <= 0.0).map(|(row, _)| draft.line(row)).collect()
}

/// Returns open, high and low, repaired, unless one of them is empty throughout.
fn range(draft: &mut Draft, close: &[f64], volume: Option<&[f64]>, faults: &mut Faults) -> Option<OpenHighLow> {
    let open = draft.take(Field::Open);
    let (high, low) = (draft.take(Field::High), draft.take(Field::Low));
    let mut range = OpenHighLow { open: open?, high: high?, low: low? };
    faults.fix(&mut range, close, volume, draft);
    faults.find_in_bars(&range, close, volume, draft);
    Some(range)
}

/// Returns the price if it is the same on all rows of a series that is long enough to be forecast.
fn constant(prices: &[f64]) -> Option<f64> {
    const MIN_ROWS: usize = 4;
    let (first, rest) = prices.split_first()?;
    (prices.len() >= MIN_ROWS && rest.iter().all(|price| price == first)).then_some(*first)
}

/// The range of possible volumes; the smallest unit of a coin is 1e-8.
const VOLUMES: RangeInclusive<f64> = 1e-8..=1e18;

/// Returns the volume, with 0 where it is missing or impossible; the lines on which it is missing; and the lines on
/// which it is impossible. There is no volume if none of its values is possible.
fn known_volume(draft: &mut Draft) -> (Option<Vec<f64>>, Lines, Lines) {
    let (mut missing, mut odd) = (Lines::default(), Lines::default());
    let Some(mut volume) = draft.take(Field::Volume) else {
        return (None, missing, odd);
    };
    for (row, value) in volume.iter_mut().enumerate() {
        if *value == 0.0 || VOLUMES.contains(value) {
            continue;
        }
        let lines = if value.is_nan() { &mut missing } else { &mut odd };
        lines.push(draft.line(row));
        *value = 0.0;
    }
    let none_left = !odd.is_empty() && missing.count() + odd.count() == volume.len();
    (Some(volume).filter(|_| !none_left), missing, odd)
}
