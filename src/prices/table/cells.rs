//! The cells of a row.

/// The cells of a row, one byte apart.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    row: &'a [u8],
    ends: &'a [usize],
}

fn has_a_line(cell: &[u8]) -> bool {
    [&b"---"[..], b"==="].iter().any(|line| cell.windows(3).any(|three| three == *line))
}

impl<'a> Cells<'a> {
    /// Makes the cells of a row from the positions at which they end.
    pub fn new(row: &'a [u8], ends: &'a [usize]) -> Self {
        Cells { row, ends }
    }

    /// Returns the number of cells.
    pub fn len(self) -> usize {
        self.ends.len()
    }

    /// Returns a cell without surrounding white space, and without `="…"`, by which a spreadsheet is told that it is a
    /// text; empty if the row is too short.
    pub fn get(self, column: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(column) else {
            return b"";
        };
        let start = if column == 0 { 0 } else { self.ends[column - 1] + 1 };
        match self.row[start..end].trim_ascii() {
            [b'=', b'"', text @ .., b'"'] => text.trim_ascii(),
            cell => cell,
        }
    }

    /// Returns all cells, from the first.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(move |column| self.get(column))
    }

    /// Returns copies of all cells.
    pub fn to_vecs(self) -> Vec<Vec<u8>> {
        self.iter().map(<[u8]>::to_vec).collect()
    }

    /// Whether the row is empty, or a rule under a header: `|---|---:|`, `+------+------+`.
    pub fn is_blank_or_rule(self) -> bool {
        /// The last byte of a DOS text.
        const END_OF_FILE: u8 = 0x1A;
        let drawn = |byte: &u8| b"-=+:| \t\r".contains(byte);
        let mut cells = self.iter();
        match cells.find(|cell| !cell.is_empty()).and_then(|cell| cell.first()) {
            None => true,
            Some(&END_OF_FILE) => self.iter().all(|cell| cell.is_empty() || cell == [END_OF_FILE]),
            Some(first) if drawn(first) => {
                self.iter().all(|cell| cell.is_empty() || (cell.iter().all(drawn) && has_a_line(cell)))
            }
            Some(_) => false,
        }
    }

    /// Whether the row has `width` cells and only empty cells after them: many files have a delimiter at the end of
    /// each line.
    pub fn fits(self, width: usize) -> bool {
        self.len() == width || (self.len() > width && self.iter().skip(width).all(<[u8]>::is_empty))
    }
}
