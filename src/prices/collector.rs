//! Collects the warnings about a series, and about a file with its series.

use std::mem::discriminant;

use super::build::{Exchanged, Findings};
use super::columns::Field;
use super::ending::Ending;
use super::lines::{Lines, Numbering};
use super::notes::SeriesNotes;
use super::splits::Split;
use super::warning::Warning;

/// The warnings about one series.
#[derive(Default)]
pub(super) struct OfSeries(Vec<Warning>);

impl OfSeries {
    /// Returns the warnings for the findings of a series.
    pub fn of(findings: Findings, notes: &SeriesNotes, numbering: Numbering) -> Vec<Warning> {
        let mut warnings = OfSeries::default();
        warnings.add(findings, notes);
        warnings.0.into_iter().map(|warning| warning.counted_in(numbering)).collect()
    }

    fn lines(&mut self, kind: fn(Lines) -> Warning, lines: Lines) {
        if !lines.is_empty() {
            self.0.push(kind(lines));
        }
    }

    fn add(&mut self, findings: Findings, notes: &SeriesNotes) {
        let bars = findings.bars;
        self.lines(Warning::NoPrice, findings.no_price);
        self.lines(Warning::NoTrade, findings.no_trade);
        self.lines(Warning::Repeated, findings.repeated);
        self.lines(Warning::Merged, findings.merged);
        self.lines(Warning::Shuffled, findings.against_order);
        self.lines(Warning::NoRange, bars.no_range);
        self.lines(Warning::CloseOnly, bars.close_only);
        self.lines(Warning::NoVolume, findings.no_volume);
        self.lines(Warning::OddVolume, findings.odd_volume);
        self.lines(Warning::Halted, bars.halts);
        self.lines(Warning::OutsideRange, bars.outside);
        if let Some((days, of)) = bars.unfit {
            self.0.push(Warning::UnfitBars { series: None, days, of });
        }
        self.lines(Warning::Stale, bars.stale);
        self.lines(Warning::FarOff, bars.far_off);
        self.lines(Warning::Leaps, bars.leaps);
        self.lines(Warning::FarOut, bars.far_out);
        self.lines(Warning::Outlier, findings.outlier);
        self.lines(Warning::Filled, findings.filled);
        self.lines(Warning::Unchanged, findings.unchanged);
        self.lines(Warning::Interpolated, findings.between);
        self.lines(Warning::OddDays, findings.days.odd);
        let moved = findings.moved.into_iter();
        self.0.extend(moved.map(|(column, one)| Warning::Moved {
            series: None,
            column,
            ahead: one.ahead,
            is_close: one.field == Field::Close,
        }));
        let exchanged = findings.open_for_close;
        self.0.extend(exchanged.map(|Exchanged { open, close, lines }| Warning::OpenForClose {
            series: None,
            open,
            close,
            lines,
        }));
        self.0.extend(findings.diverging.map(|(days, of)| Warning::Diverging { series: None, days, of }));
        let gap = findings.days.long_gap;
        self.0.extend(gap.map(|(gap, line)| Warning::LongGap { gap, line: line.into(), series: None.into() }));
        let Ending { no_price, unfinished_day, stale } = findings.ending;
        self.0.extend(no_price.map(|end| Warning::NoPriceAtEnd { series: None, end }));
        self.0.extend(bars.wild.map(|usual| Warning::Wild { series: None, usual }));
        self.0.extend(findings.contradiction.map(|line| Warning::Contradicted { series: None, line: line.into() }));
        self.0.extend(findings.few_weekdays.map(|days| Warning::FewWeekdays { series: None, days }));
        self.0.extend(findings.other_end.map(|rows| Warning::OtherEnd { series: None, rows }));
        self.0.extend(findings.unfinished.map(|rows| Warning::Unfinished { series: None, rows }));
        self.0.extend(unfinished_day.map(|day| Warning::UnfinishedDay { series: None, day }));
        self.0.extend(stale.map(|end| Warning::StaleEnd { series: None, end }));
        let covariates = findings.covariates.into_iter();
        self.0.extend(covariates.map(|(covariate, finding)| Warning::Covariate { series: None, covariate, finding }));
        let unsettled = notes.unsettled_splits.iter();
        let of_split = |split: &Split| Warning::SplitLike { series: None, split: *split, line: split.line.into() };
        self.0.extend(unsettled.map(of_split));
        let last = notes.lines.last().map(|&line| line as usize);
        let like_small = |split: Split| {
            let (series, line) = (None, split.line.into());
            match Some(split.line) == last {
                true => Warning::SplitAtEnd { series, split, line },
                false => Warning::SmallSplit { series, split, line },
            }
        };
        self.0.extend(findings.small_splits.into_iter().map(like_small));
    }
}

/// The warnings of a file, to which the warnings of its series are added one after the other. Warnings of the same kind
/// are merged where possible.
#[derive(Debug, Default)]
pub struct FileWarnings {
    kinds: Vec<Warning>,
    /// Whether the file holds several series, whose names are then added.
    several: bool,
    /// The number of warnings about the file as a whole.
    of_file: usize,
    /// The index of the last warning about a long gap.
    last_gap: Option<usize>,
    /// Names of series with one or two rows.
    short: Vec<String>,
}

impl FileWarnings {
    pub(super) fn new(several: bool) -> Self {
        FileWarnings { several, ..FileWarnings::default() }
    }

    /// Adds a warning about lines of the file, if there are any.
    pub(super) fn lines(&mut self, kind: fn(Lines) -> Warning, lines: Lines) {
        if !lines.is_empty() {
            self.merge(kind(lines));
            self.of_file = self.kinds.len();
        }
    }

    /// Adds any other warning about the file.
    pub(super) fn push(&mut self, warning: Warning) {
        self.kinds.push(warning);
        self.of_file = self.kinds.len();
    }

    /// Returns the warnings about the file as a whole.
    pub fn of_file(&self) -> &[Warning] {
        &self.kinds[..self.of_file]
    }

    /// Adds the warnings about a series.
    pub fn add(&mut self, series: &str, warnings: Vec<Warning>) {
        for warning in warnings {
            let warning = if self.several { warning.of(series) } else { warning };
            self.merge(warning);
        }
    }

    /// Merges a warning with one about the same kind of lines, or the same gap, if there is one.
    fn merge(&mut self, mut warning: Warning) {
        match &mut warning {
            Warning::LongGap { .. } => self.long_gap(warning),
            Warning::NoPriceAtEnd { .. } => self.no_price_at_end(warning),
            Warning::ShortSeries(names) => self.short.append(names),
            other => match other.lines_mut().cloned() {
                None => self.kinds.push(warning),
                Some(lines) => {
                    let same = |known: &&mut Warning| discriminant(*known) == discriminant(&warning);
                    match self.kinds.iter_mut().find(same).and_then(Warning::lines_mut) {
                        Some(known) => known.append(&lines),
                        None => self.kinds.push(warning),
                    }
                }
            },
        }
    }

    /// Adds a gap; a gap that consecutive series share is reported once.
    fn long_gap(&mut self, found: Warning) {
        let last = self.last_gap.and_then(|last| self.kinds.get_mut(last));
        match (last, &found) {
            (
                Some(Warning::LongGap { gap, line, series }),
                Warning::LongGap { gap: found, line: found_line, series: name },
            ) if (&*gap, &*line) == (found, found_line) => series.append(name),
            _ => {
                self.last_gap = Some(self.kinds.len());
                self.kinds.push(found);
            }
        }
    }

    /// Adds that a series ends without prices; of many series, the first few are named, and the others counted.
    fn no_price_at_end(&mut self, found: Warning) {
        const MAX_NAMED: usize = 3;
        let named = self.kinds.iter().filter(|kind| matches!(kind, Warning::NoPriceAtEnd { .. })).count();
        let more = self.kinds.iter_mut().find_map(|kind| match kind {
            Warning::MoreNoPriceAtEnd { series } => Some(series),
            _ => None,
        });
        match more {
            Some(series) => *series += 1,
            None if named == MAX_NAMED => self.kinds.push(Warning::MoreNoPriceAtEnd { series: 1 }),
            None => self.kinds.push(found),
        }
    }

    /// Returns all warnings: first those about the file, with one about all series that can be misspelt tickers.
    pub fn finish(mut self) -> Vec<Warning> {
        if !self.short.is_empty() {
            self.kinds.insert(self.of_file, Warning::ShortSeries(self.short));
        }
        self.kinds
    }
}
