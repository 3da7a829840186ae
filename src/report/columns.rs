//! Tables of columns, in blocks of columns where they are wider than the screen.

use std::io::{self, Write};

use anstyle::Style;

use super::terminal::Terminal;

/// A column of a table.
pub struct Column {
    pub head: String,
    pub cells: Vec<String>,
    /// Columns of the screen at least, where there is room.
    pub roomy: usize,
    pub style: Style,
    pub is_left: bool,
}

impl Column {
    /// A column of numbers, to the right.
    pub fn new(head: impl Into<String>, cells: Vec<String>, roomy: usize) -> Column {
        Column { head: head.into(), cells, roomy, style: Style::new(), is_left: false }
    }

    fn width(&self, is_roomy: bool) -> usize {
        let longest = self.cells.iter().chain([&self.head]).map(|text| text.chars().count()).max().unwrap_or(0);
        longest.max(if is_roomy { self.roomy } else { 0 })
    }
}

/// Writes the columns, indented by two. Where they are wider than the screen they are narrowed to their texts, and where
/// that is not enough they are written in blocks, each of which begins with the first `keys` columns.
///
/// # Errors
/// Any error of writing.
pub fn write(out: &mut Terminal<'_>, columns: &[Column], keys: usize) -> io::Result<()> {
    let room = out.screen().map_or(usize::MAX, |screen| screen.width);
    let total = |columns: &mut dyn Iterator<Item = &Column>, is_roomy| -> usize {
        columns.map(|column| 2 + column.width(is_roomy)).sum()
    };
    let is_roomy = total(&mut columns.iter(), true) <= room;
    let (keys, rest) = columns.split_at(keys);
    let mut blocks: Vec<Vec<&Column>> = Vec::new();
    for column in rest {
        match blocks.last_mut() {
            Some(block) if total(&mut block.iter().copied().chain([column]), is_roomy) <= room => block.push(column),
            _ => blocks.push(keys.iter().chain([column]).collect()),
        }
    }
    for (place, block) in blocks.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        write_block(out, block, is_roomy)?;
    }
    Ok(())
}

fn write_block(out: &mut Terminal<'_>, columns: &[&Column], is_roomy: bool) -> io::Result<()> {
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in std::iter::once(None).chain((0..rows).map(Some)) {
        for (place, column) in columns.iter().enumerate() {
            let text = row.map_or(&column.head, |row| &column.cells[row]);
            let width = column.width(is_roomy);
            let is_last = place + 1 == columns.len();
            let text = match column.is_left {
                true if is_last => text.clone(),
                true => format!("{text:<width$}"),
                false => format!("{text:>width$}"),
            };
            write!(out, "  ")?;
            let style = if row.is_some() { column.style } else { Style::new() };
            if style == Style::new() { write!(out, "{text}")? } else { out.styled(style, text)? }
        }
        writeln!(out)?;
    }
    Ok(())
}
