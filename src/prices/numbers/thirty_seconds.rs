//! Prices of futures in 32nds: `109'145` is 109 and 14.5 / 32. The last digit is 0, 2, 5 or 7, for quarters of a 32nd.
//!
//! They look like thousands, and a few thousands in steps of ten look like them.

use std::collections::BTreeSet;

use super::mark::AmbiguousNumber;

/// Prices with one apostrophe, before three digits.
#[derive(Debug, Default)]
pub(in crate::prices) struct ThirtySeconds {
    first: Option<AmbiguousNumber>,
    count: usize,
    /// Those whose three digits are 32nds.
    fitting: usize,
    /// Whether a last digit is 2 or 7, which prices in round steps do not have.
    has_quarters: bool,
    /// What stands before the apostrophe. Thousands that go on to the next ones pass 320 to 999.
    wholes: BTreeSet<Vec<u8>>,
}

impl ThirtySeconds {
    /// Takes a price into account.
    pub fn see(&mut self, cell: &[u8], line: usize, column: usize) {
        let number = cell.trim_ascii();
        let Some(at) = number.iter().position(|byte| *byte == b'\'') else { return };
        let (whole, parts) = (&number[..at], &number[at + 1..]);
        if !(whole.iter().chain(parts).all(u8::is_ascii_digit) && parts.len() == 3) {
            return;
        }
        self.count += 1;
        self.fitting += usize::from(parts[..2] <= b"31"[..] && b"0257".contains(&parts[2]));
        self.has_quarters |= b"27".contains(&parts[2]);
        self.wholes.insert(whole.to_vec());
        let cell = || String::from_utf8_lossy(cell).into_owned();
        self.first.get_or_insert_with(|| AmbiguousNumber { cell: cell(), line, column });
    }

    /// The first of them, where all are 32nds and there is more evidence.
    pub fn found(&self) -> Option<&AmbiguousNumber> {
        const ENOUGH: usize = 10;
        const STEPS: usize = 3;
        let is_clear = self.has_quarters || self.wholes.len() >= STEPS;
        self.first.as_ref().filter(|_| self.count >= ENOUGH && self.count == self.fitting && is_clear)
    }
}
