//! Prices of futures in 32nds: `109'145` is 109 and 14.5/32, and so are `109-14+` and, with a point, `109.145`. A third
//! digit is 0, 2, 5 or 7, for quarters of a 32nd; `+` is a half.
//!
//! With three digits behind an apostrophe, such prices look like thousands, and a few thousands in steps of ten look
//! like such prices. With a point, they look like decimals.

use super::mark::AmbiguousNumber;

/// Evidence from prices with one mark in front of two or three digits.
#[derive(Debug, Default)]
pub(crate) struct ThirtySeconds {
    /// Prices with an apostrophe in front of three digits, which can also be thousands.
    thousands: Fitting,
    /// Prices that cannot be read as other numbers.
    marked: Fitting,
    /// Prices with a point.
    pointed: Fitting,
}

/// Prices of one format.
#[derive(Debug, Default)]
struct Fitting {
    first: Option<AmbiguousNumber>,
    count: usize,
    /// The number of prices whose digits are 32nds.
    fitting: usize,
    /// Whether a last digit is 2 or 7, which prices in round steps do not have.
    has_quarters: bool,
    /// The numbers in front of the mark, up to [`STEPS`] different ones. Thousands that continue to the next thousand
    /// pass through 320 to 999.
    wholes: Vec<Vec<u8>>,
    /// The 32nds that occur, one bit each.
    parts: u32,
}

/// The number of different whole numbers that is enough evidence.
const STEPS: usize = 3;

impl ThirtySeconds {
    /// Takes a price into account.
    pub fn see(&mut self, cell: &[u8], line: usize, column: usize) {
        let number = cell.trim_ascii();
        let Some(at) = number.iter().position(|byte| b"'-.".contains(byte)) else { return };
        let (whole, parts) = (&number[..at], &number[at + 1..]);
        if whole.is_empty() || !whole.iter().all(u8::is_ascii_digit) {
            return;
        }
        let (form, is_of_form) = match number[at] {
            b'\'' if parts.len() == 3 => (&mut self.thousands, parts.iter().all(u8::is_ascii_digit)),
            b'.' => (&mut self.pointed, parts.iter().all(u8::is_ascii_digit)),
            _ => (&mut self.marked, parts.first().is_some_and(u8::is_ascii_digit)),
        };
        if is_of_form {
            let cell = || String::from_utf8_lossy(cell).into_owned();
            form.see(whole, parts, || AmbiguousNumber { cell: cell(), line, column });
        }
    }

    /// Returns the first of the prices, if all are 32nds and there is more evidence.
    pub fn found(&self) -> Option<&AmbiguousNumber> {
        const MIN_NUMBERS: usize = 10;
        const MIN_MARKED: usize = 2;
        let is_clear = self.thousands.has_quarters || self.thousands.wholes.len() >= STEPS;
        let of_thousands = self.thousands.all(MIN_NUMBERS).filter(|_| is_clear);
        of_thousands.or_else(|| self.marked.all(MIN_MARKED))
    }

    /// Returns the first of the prices with a point, if all their decimals are 32nds although their whole numbers
    /// differ.
    pub fn pointed(&self) -> Option<&AmbiguousNumber> {
        const MIN_NUMBERS: usize = 100;
        /// Prices in steps of a quarter, a tenth or an eighth have fewer different parts.
        const MIN_PARTS: u32 = 16;
        let Fitting { wholes, parts, .. } = &self.pointed;
        self.pointed.all(MIN_NUMBERS).filter(|_| wholes.len() >= STEPS && parts.count_ones() >= MIN_PARTS)
    }
}

impl Fitting {
    fn see(&mut self, whole: &[u8], parts: &[u8], cell: impl FnOnce() -> AmbiguousNumber) {
        self.count += 1;
        if self.count > self.fitting + 1 {
            // An earlier price does not fit.
            return;
        }
        if self.wholes.len() < STEPS && !self.wholes.iter().any(|known| known == whole) {
            self.wholes.push(whole.to_vec());
        }
        self.first.get_or_insert_with(cell);
        let Some((part, quarter)) = thirty_seconds(parts) else { return };
        self.fitting += 1;
        self.has_quarters |= b"27".contains(&quarter);
        self.parts |= 1 << part;
    }

    /// Returns the first price, if there are at least `least` and all are 32nds.
    fn all(&self, least: usize) -> Option<&AmbiguousNumber> {
        self.first.as_ref().filter(|_| self.count >= least && self.count == self.fitting)
    }
}

/// Returns the 32nds, and the digit for the quarters of one. A program that writes decimals omits a trailing zero.
fn thirty_seconds(parts: &[u8]) -> Option<(u32, u8)> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let (tens, ones, quarter) = match *parts {
        [tens] => (tens, b'0', b'0'),
        [tens, ones] => (tens, ones, b'0'),
        [tens, ones, b'+'] => (tens, ones, b'5'),
        [tens, ones, quarter] => (tens, ones, quarter),
        _ => return None,
    };
    let part = 10 * digit(tens)? + digit(ones)?;
    (part < 32 && b"0257".contains(&quarter)).then_some((part, quarter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cells: impl IntoIterator<Item = String>) -> ThirtySeconds {
        let mut all = ThirtySeconds::default();
        cells.into_iter().enumerate().for_each(|(line, cell)| all.see(cell.as_bytes(), line + 2, 1));
        all
    }

    fn prices(mark: char, count: u32) -> impl Iterator<Item = String> {
        (0..count).map(move |row| format!("{}{mark}{:02}", 108 + row * 7 / 32 % 5, row * 7 % 32))
    }

    #[test]
    fn two_digits_behind_an_apostrophe_or_a_hyphen_are_32nds() {
        for mark in ['\'', '-'] {
            assert_eq!(seen(prices(mark, 5)).found().map(|cell| cell.line), Some(2));
            assert!(seen(prices(mark, 5).chain([format!("110{mark}32")])).found().is_none());
        }
        assert!(seen(["110-04+", "110-105"].map(str::to_owned)).found().is_some());
        assert!(seen(["2024-01-02", "2024-01-03"].map(str::to_owned)).found().is_none());
    }

    #[test]
    fn decimals_that_are_all_below_32_are_32nds() {
        assert!(seen(prices('.', 200)).pointed().is_some());
        assert!(seen(prices('.', 200)).found().is_none());
        assert!(seen(prices('.', 90)).pointed().is_none());
        assert!(seen(prices('.', 200).chain(["110.50".to_owned()])).pointed().is_none());
        // In steps of a quarter; within one point; and without decimals.
        assert!(seen((0..200).map(|row| format!("{}.{}", 100 + row % 9, ["00", "25"][row % 2]))).pointed().is_none());
        assert!(seen((0..200).map(|row| format!("110.{:02}", row % 32))).pointed().is_none());
        assert!(seen((0..200).map(|row| format!("{}.00", 100 + row % 9))).pointed().is_none());
    }
}
