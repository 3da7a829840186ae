//! The adjusted close of a draft, and its source.

use super::adjust::{self, Adjustment};
use super::columns::Field;
use super::draft::Draft;
use super::lines::Lines;
use super::moves;
use super::options::Splits;
use super::splits::{self, Split, Trade};

/// The adjusted close of an ordered draft.
pub(super) struct Adjusted {
    pub prices: Vec<f64>,
    pub adjustment: Adjustment,
    /// Splits that were removed from the prices.
    pub splits: Vec<Split>,
    /// Jumps that look like splits.
    pub unsettled: Vec<Split>,
    /// Rows that resemble small splits; the criteria are less strict for the last row.
    pub small: Vec<Split>,
    /// Days on which only one of the close and the adjusted close moves.
    pub outlier: Lines,
    /// The line at which the file's column contradicts the close.
    pub contradiction: Option<usize>,
}

impl Adjusted {
    /// Returns the file's adjusted close up to the row at which it contradicts the close; without such a column, an
    /// adjusted close computed from factors; without these, the close.
    pub fn of(draft: &mut Draft, trade: &Trade<'_>, settled: Option<Splits>) -> Self {
        let close = trade.close;
        let column = draft.take(Field::Adjusted);
        let (ratios, dividends) = (draft.take(Field::Split), draft.take(Field::Dividend));
        let Some(column) = column else {
            let (prices, known) = adjust::by_factors(close, ratios.as_deref(), dividends.as_deref());
            let adjustment = if prices == close { Adjustment::None } else { Adjustment::Factors };
            let made = Self::plain(prices, adjustment, dated(&known, draft));
            return made.settle(draft, trade, settled);
        };
        let apart = adjust::over(&column, close);
        let made = match adjust::contradiction(&column, &apart) {
            None => Self::from_column(column, close, &apart, draft),
            Some(row) => {
                let prices = adjust::accepted_before(row, &column, close);
                let contradiction = Some(draft.line(row));
                Self { contradiction, ..Self::plain(prices, Adjustment::Rejected, Vec::new()) }
            }
        };
        // The column can contain a split as well: if rows were appended after it, or if it is a copy of the close.
        made.settle(draft, trade, settled)
    }

    fn plain(prices: Vec<f64>, adjustment: Adjustment, splits: Vec<Split>) -> Self {
        let (unsettled, outlier) = (Vec::new(), Lines::default());
        Self { prices, adjustment, splits, unsettled, small: Vec::new(), outlier, contradiction: None }
    }

    /// Whether the adjusted close explains a jump of the close in the last row.
    pub fn explains_end(&self, close: &[f64]) -> bool {
        let last = close.len().checked_sub(1).filter(|last| *last > 0);
        let is_open = || adjust::differs_at_end(&adjust::over(&self.prices, close));
        last.is_some_and(|last| adjust::is_explained(&self.prices, close, last) && !is_open())
    }

    /// Returns the lines of the splits, settled or not.
    pub fn split_lines(&self) -> Vec<usize> {
        self.splits.iter().chain(&self.unsettled).chain(&self.small).map(|split| split.line).collect()
    }

    /// Makes the result from the file's column.
    fn from_column(prices: Vec<f64>, close: &[f64], apart: &[f64], draft: &Draft) -> Self {
        // A close that returns within days was wrong.
        let wrong = ends_of_blocks(close);
        let mut taken_out = splits::lasting(&splits::taken_out(apart));
        taken_out.retain(|(row, _)| !wrong.contains(row));
        let splits = dated(&taken_out, draft);
        let outlier = adjust::outlier(&prices, close, apart).into_iter().map(|row| draft.line(row)).collect();
        Self { outlier, ..Self::plain(prices, Adjustment::Column, splits) }
    }

    /// Finds unexplained jumps, and treats them as the caller requests.
    fn settle(mut self, draft: &Draft, trade: &Trade<'_>, settled: Option<Splits>) -> Self {
        let jumps = splits::split_like(&self.prices, trade);
        // A jump that is reversed within days is a wrong unit.
        let reversed = ends_of_blocks(&self.prices);
        let mut lasting = splits::lasting(&jumps);
        lasting.retain(|(row, _)| !reversed.contains(row));
        let lasting = dated(&lasting, draft);
        let mut small = splits::like_small(&self.prices, trade);
        small.extend(splits::like_small_at_end(&self.prices, trade));
        small.retain(|(row, _)| !reversed.contains(row) && !jumps.iter().any(|(jump, _)| jump == row));
        self.small = dated(&small, draft);
        match settled {
            None => self.unsettled = lasting,
            Some(Splits::AsIs) => {}
            Some(Splits::Adjust) if jumps.is_empty() => {}
            Some(Splits::Adjust) => {
                self.prices = adjust::without(&self.prices, &jumps);
                self.adjustment = Adjustment::Jumps;
                self.splits.extend(lasting);
            }
        }
        self
    }
}

/// Returns the rows at which a wrong unit for a few days begins and ends.
fn ends_of_blocks(prices: &[f64]) -> Vec<usize> {
    moves::blocks(prices).flat_map(|block| [block.start, block.end]).collect()
}

fn dated(splits: &[(usize, f64)], draft: &Draft) -> Vec<Split> {
    let dated = |&(row, ratio): &(usize, f64)| Split { date: draft.dates[row], line: draft.line(row), ratio };
    splits.iter().map(dated).collect()
}
