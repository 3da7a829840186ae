//! The warnings about a file, collected from its series.

use super::build::{Built, Findings};
use super::ending::{Ending, NoPriceAtEnd};
use super::gaps::Gap;
use super::lines::{Lines, Names};
use super::notes::SeriesNotes;
use super::warning::Warning;

/// The warnings of all series of a file, each kind once.
#[derive(Default)]
pub(super) struct Collector {
    kinds: Vec<Warning>,
    /// The series whose findings are being added, where there are several.
    name: Option<String>,
    /// The place of the last long gap.
    last_gap: Option<usize>,
}

impl Collector {
    /// Adds a warning about lines, if there are any.
    pub fn lines(&mut self, kind: fn(Lines) -> Warning, lines: Lines) {
        if lines.is_empty() {
            return;
        }
        let lines = lines.of(self.name.as_deref());
        let new = kind(lines.clone());
        let same = |known: &&mut Warning| std::mem::discriminant(*known) == std::mem::discriminant(&new);
        match self.kinds.iter_mut().find(same).and_then(Warning::lines_mut) {
            Some(known) => known.append(&lines),
            None => self.kinds.push(new),
        }
    }

    /// Adds any other warning.
    pub fn push(&mut self, warning: Warning) {
        self.kinds.push(warning);
    }

    /// Adds the findings of a series; `name` is its name where there are several.
    pub fn series(&mut self, findings: Findings, notes: &SeriesNotes, name: Option<&str>) {
        let bars = findings.bars;
        self.name = name.map(str::to_owned);
        self.lines(Warning::NoPrice, findings.no_price);
        self.lines(Warning::NoTrade, findings.no_trade);
        self.lines(Warning::Repeated, findings.repeated);
        self.lines(Warning::Merged, findings.merged);
        self.lines(Warning::Shuffled, findings.against_order);
        self.lines(Warning::NoRange, bars.no_range);
        self.lines(Warning::CloseOnly, bars.close_only);
        self.lines(Warning::NoVolume, findings.no_volume);
        self.lines(Warning::Halted, bars.halts);
        self.lines(Warning::OutsideRange, bars.outside);
        self.lines(Warning::Stale, bars.stale);
        self.lines(Warning::FarOff, bars.far_off);
        self.lines(Warning::FarOut, bars.far_out);
        self.lines(Warning::Outlier, findings.outlier);
        self.lines(Warning::Filled, findings.filled);
        self.lines(Warning::Interpolated, findings.between);
        self.lines(Warning::OddDays, findings.days.odd);
        let series = || name.map(str::to_owned);
        let moved = findings.moved.into_iter();
        self.kinds.extend(moved.map(|(column, ahead)| Warning::Moved { series: series(), column, ahead }));
        let diverging = findings.diverging;
        self.kinds.extend(diverging.map(|(days, of)| Warning::Diverging { series: series(), days, of }));
        if let Some((gap, line)) = findings.days.long_gap {
            self.long_gap(gap, line);
        }
        let unfinished = findings.unfinished.map(|rows| Warning::Unfinished { series: series(), rows });
        let Ending { no_price, unfinished_day, stale } = findings.ending;
        let day = unfinished_day.map(|day| Warning::UnfinishedDay { series: series(), day });
        let stale = stale.map(|end| Warning::StaleEnd { series: series(), end });
        self.no_price_at_end(no_price, name);
        let contradicted = findings.contradiction.map(|line| Warning::Contradicted { series: series(), line });
        let wild = bars.wild.map(|usual| Warning::Wild { series: series(), usual });
        self.kinds.extend(wild);
        self.kinds.extend(contradicted.into_iter().chain(unfinished).chain(day).chain(stale));
        let covariates = findings.covariates.into_iter();
        self.kinds.extend(covariates.map(|(covariate, finding)| Warning::Covariate {
            series: series(),
            covariate,
            finding,
        }));
        let unsettled = notes.unsettled_splits.iter();
        self.kinds.extend(unsettled.map(|&split| Warning::SplitLike { series: series(), split }));
        self.name = None;
    }

    /// A gap that the next series also has is reported once.
    fn long_gap(&mut self, found: Gap, found_line: usize) {
        let name = Names::from(self.name.as_deref());
        match self.last_gap.and_then(|last| self.kinds.get_mut(last)) {
            Some(Warning::LongGap { gap, line, series }) if (*gap, *line) == (found, found_line) => {
                series.append(&name)
            }
            _ => {
                self.last_gap = Some(self.kinds.len());
                self.kinds.push(Warning::LongGap { gap: found, line: found_line, series: name });
            }
        }
    }

    /// Adds that a series ends without prices; of many series the first few, and the number of others.
    fn no_price_at_end(&mut self, end: Option<NoPriceAtEnd>, name: Option<&str>) {
        const NAMED: usize = 3;
        let Some(end) = end else { return };
        let named = self.kinds.iter().filter(|kind| matches!(kind, Warning::NoPriceAtEnd { .. })).count();
        let more = self.kinds.iter_mut().find_map(|kind| match kind {
            Warning::MoreNoPriceAtEnd { series } => Some(series),
            _ => None,
        });
        match more {
            Some(series) => *series += 1,
            None if named == NAMED => self.push(Warning::MoreNoPriceAtEnd { series: 1 }),
            None => self.push(Warning::NoPriceAtEnd { series: name.map(str::to_owned), end }),
        }
    }

    /// Reports series that are much shorter than the longest: a misspelt ticker makes one.
    pub fn short_series(&mut self, built: &[Built]) {
        const SHORT: usize = 2;
        const LONG: usize = 10;
        let longest = built.iter().map(|one| one.series.len()).max().unwrap_or(0);
        let short = built.iter().filter(|one| longest >= LONG && one.series.len() <= SHORT);
        let names: Vec<String> = short.map(|one| one.series.name.clone()).collect();
        if !names.is_empty() {
            self.push(Warning::ShortSeries(names));
        }
    }

    pub fn finish(self) -> Vec<Warning> {
        self.kinds
    }
}
