//! Tables of columns, split into blocks of columns if they are wider than the screen.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::screen::{Screen, shortened_apart};
use super::terminal::Terminal;

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    pub head: String,
    pub cells: Vec<String>,
    /// Minimum width in columns of the screen, used if there is room.
    pub roomy: usize,
    pub style: Style,
    pub is_left: bool,
}

impl Column {
    /// Creates a right-aligned column of numbers.
    pub fn new(head: impl Into<String>, cells: Vec<String>, roomy: usize) -> Column {
        Column { head: head.into(), cells, roomy, style: Style::new(), is_left: false }
    }

    /// Cuts the texts to a third of the screen's width.
    fn shorten(&mut self, screen: Screen) {
        let longest = (screen.width / 3).max(8);
        self.cells = shortened_apart(&self.cells, longest, screen);
    }

    fn width(&self, is_roomy: bool) -> usize {
        let longest = self.cells.iter().chain([&self.head]).map(|text| text.width()).max().unwrap_or(0);
        longest.max(if is_roomy { self.roomy } else { 0 })
    }
}

/// Pads numbers on the right so that their decimal points are aligned. An asterisk after a number counts as one column;
/// texts are unchanged.
fn aligned(cells: &[String]) -> Vec<String> {
    let behind = |cell: &String| {
        let number = cell.trim_end().trim_end_matches('*');
        let digits = number.trim_start_matches(['-', '+']).replace(',', "");
        let is_number = digits.starts_with(|first: char| first.is_ascii_digit()) && digits.parse::<f64>().is_ok();
        is_number.then(|| cell.width() - number.find('.').unwrap_or(number.len()))
    };
    let places: Vec<Option<usize>> = cells.iter().map(behind).collect();
    let max = places.iter().flatten().copied().max().unwrap_or(0);
    let padded = |(cell, behind): (&String, &Option<usize>)| match behind {
        Some(behind) => format!("{cell}{}", " ".repeat(max - behind)),
        None => cell.clone(),
    };
    cells.iter().zip(&places).map(padded).collect()
}

/// Adds a row for each failed series, with its name in the first column and `failed` under `head`. Each series comes
/// with the number of result rows before it.
pub fn add_failed(columns: &mut [Column], head: &str, failed: impl Iterator<Item = (usize, String)>) {
    for (added, (place, name)) in failed.enumerate() {
        for (number, column) in columns.iter_mut().enumerate() {
            let cell = match number {
                0 => name.clone(),
                _ if column.head == head => "failed".to_owned(),
                _ => String::new(),
            };
            column.cells.insert((place + added).min(column.cells.len()), cell);
        }
    }
}

/// Writes the columns, indented by two. If they are wider than the screen, they are narrowed to their texts. If that is
/// not enough, they are written in blocks, each of which begins with the first `keys` columns. A column that does not
/// fit beside the keys is written as a list.
///
/// # Errors
/// If writing fails.
pub fn write(out: &mut Terminal<'_>, columns: &[Column], keys: usize) -> io::Result<()> {
    let room = out.screen().map_or(usize::MAX, |screen| screen.width);
    let total = |columns: &mut dyn Iterator<Item = &Column>, is_roomy| -> usize {
        columns.map(|column| 2 + column.width(is_roomy)).sum()
    };
    let mut columns = columns.to_vec();
    columns.iter_mut().filter(|column| !column.is_left).for_each(|column| column.cells = aligned(&column.cells));
    let is_roomy = total(&mut columns.iter(), true) <= room;
    if let Some(screen) = out.screen().filter(|_| total(&mut columns.iter(), false) > room) {
        // Names are cut first, so that the numbers beside them can stay in one block.
        columns[..keys].iter_mut().filter(|key| key.is_left).for_each(|key| key.shorten(screen));
    }
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
        match &block[keys.len()..] {
            [column] if total(&mut block.iter().copied(), is_roomy) > room => write_list(out, keys, column)?,
            _ => write_block(out, block, keys.len(), is_roomy)?,
        }
    }
    Ok(())
}

/// Writes the head of a column and below it a line for each cell, with its keys, wrapped at words.
fn write_list(out: &mut Terminal<'_>, keys: &[Column], column: &Column) -> io::Result<()> {
    const INDENT: usize = 6;
    out.text(INDENT, format_args!("  {}", column.head))?;
    for (row, cell) in column.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
        let keys: Vec<&str> = keys.iter().map(|key| key.cells[row].as_str()).collect();
        out.text(INDENT, format_args!("  {}  {cell}", keys.join("  ")))?;
    }
    Ok(())
}

/// Writes a table with groups of columns. If it is wider than the screen, it is split into several tables, each with
/// the `keys` and as many groups as fit.
///
/// # Errors
/// If writing fails.
pub fn write_groups<const N: usize>(
    out: &mut Terminal<'_>,
    keys: impl Fn() -> Column,
    groups: [Vec<Column>; N],
) -> io::Result<()> {
    let room = out.screen().map_or(usize::MAX, |screen| screen.width);
    let total = |columns: &[Column]| columns.iter().map(|column| 2 + column.width(false)).sum::<usize>();
    let mut tables: Vec<Vec<Column>> = Vec::new();
    for group in groups {
        match tables.last_mut() {
            Some(table) if total(table) + total(&group) <= room => table.extend(group),
            _ => tables.push([keys()].into_iter().chain(group).collect()),
        }
    }
    for (place, table) in tables.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        write(out, table, 1)?;
    }
    Ok(())
}

/// Writes one block, without the rows that have no cells except keys.
fn write_block(out: &mut Terminal<'_>, columns: &[&Column], keys: usize, is_roomy: bool) -> io::Result<()> {
    let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
    for row in std::iter::once(None).chain((0..rows).map(Some)) {
        let cell = |column: &Column| row.map_or_else(|| column.head.clone(), |row| column.cells[row].clone());
        let has_text = |column: &&Column| !cell(column).is_empty();
        if row.is_some() && !columns[keys..].iter().any(has_text) {
            continue;
        }
        let end = columns.iter().rposition(has_text).map_or(0, |last| last + 1);
        for (place, column) in columns[..end].iter().enumerate() {
            let text = cell(column);
            let width = column.width(is_roomy);
            let is_last = place + 1 == end;
            // Width in columns of the screen: Chinese, Japanese and Korean letters take two.
            let padding = " ".repeat(width.saturating_sub(text.width()));
            let text = match column.is_left {
                true if is_last => text,
                true => text + &padding,
                false if is_last => (padding + &text).trim_end().to_owned(),
                false => padding + &text,
            };
            write!(out, "  ")?;
            let style = if row.is_some() { column.style } else { Style::new() };
            if style == Style::new() { write!(out, "{text}")? } else { out.styled(style, text)? }
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Screen;

    fn columns() -> Vec<Column> {
        let cells = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let names = Column { is_left: true, ..Column::new("name", cells(["one", "  part", "two"]), 8) };
        vec![names, Column::new("first", cells(["1", "", "3"]), 6), Column::new("second", cells(["4", "5", ""]), 0)]
    }

    fn written(width: usize, write: impl Fn(&mut Terminal<'_>) -> io::Result<()>) -> String {
        let mut bytes = Vec::new();
        let mut out = Terminal::new(&mut bytes).on(Screen { width, unicode: true }, false);
        write(&mut out).unwrap();
        drop(out);
        String::from_utf8(bytes).unwrap()
    }

    /// Some of the letters are two columns wide.
    #[test]
    fn columns_stand_below_each_other_whatever_the_letters() {
        let names = ["삼성", "AAPL", "トヨタ"].map(str::to_owned).to_vec();
        let cells = ["1", "22", "3"].map(str::to_owned).to_vec();
        let columns = [Column { is_left: true, ..Column::new("series", names, 0) }, Column::new("rows", cells, 0)];
        let text = written(80, |out| write(out, &columns, 1));
        assert!(text.lines().all(|line| line.width() == 14), "{text}");
    }

    #[test]
    fn the_points_of_numbers_are_below_each_other() {
        let cells = ["1.5", "-12.25*", "0.125 ", "1,000", "-", "4.00 to 5.0"].map(str::to_owned);
        assert_eq!(aligned(&cells), ["1.5   ", "-12.25* ", "0.125 ", "1,000     ", "-", "4.00 to 5.0"]);
        // No line ends with blanks.
        let column = Column::new("a", vec!["1.5".into(), "0.125".into()], 0);
        let names = Column { is_left: true, ..Column::new("", vec!["x".into(), "y".into()], 0) };
        assert_eq!(
            written(40, |out| write(out, &[names.clone(), column.clone()], 1)),
            "         a\n  x  1.5\n  y  0.125\n"
        );
    }

    #[test]
    fn a_table_is_narrowed_then_written_in_blocks_without_empty_rows() {
        let table = |width| written(width, |out| write(out, &columns(), 1));
        let wide =
            "  name       first  second\n  one            1       4\n    part                 5\n  two            3\n";
        assert_eq!(table(80), wide);
        assert_eq!(table(24).lines().next(), Some("  name    first  second"));
        assert_eq!(
            table(20),
            "  name    first\n  one         1\n  two         3\n\n  name    second\n  one          4\n    part       5\n"
        );
    }

    #[test]
    fn long_names_are_cut_before_a_table_falls_apart() {
        let names = ["A".repeat(60), "三星电子股份有限公司普通股票".into(), "B".into()].to_vec();
        let cells = ["1", "22", "3"].map(str::to_owned).to_vec();
        let columns = [Column { is_left: true, ..Column::new("series", names, 0) }, Column::new("rows", cells, 0)];
        let text = written(40, |out| write(out, &columns, 1));
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(text.lines().all(|line| line.width() <= 40) && text.matches('…').count() == 2, "{text}");
        // With enough room, the names are not cut.
        assert!(!written(80, |out| write(out, &columns, 1)).contains('…'));
    }

    #[test]
    fn series_that_failed_have_a_row_in_their_place() {
        let mut columns = columns();
        add_failed(&mut columns, "second", [(0, "a".to_owned()), (2, "b".into()), (3, "c".into())].into_iter());
        let table = written(80, |out| write(out, &columns, 1));
        let names: Vec<&str> = table.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
        assert_eq!(names, ["name", "a", "one", "part", "b", "two", "c"]);
        assert!(table.lines().nth(1).unwrap().ends_with("  failed"), "{table}");
    }

    #[test]
    fn a_column_that_does_not_fit_beside_its_keys_is_a_list() {
        let names = Column { is_left: true, ..Column::new("", vec!["price".into(), "  skill".into()], 0) };
        let cells = vec!["no significant difference".into(), "0.01".into()];
        let columns = [names, Column { is_left: true, ..Column::new("against no change", cells, 0) }];
        assert_eq!(
            written(24, |out| write(out, &columns, 1)),
            "  against no change\n  price  no significant\n      difference\n    skill  0.01\n"
        );
    }

    #[test]
    fn groups_are_tables_of_their_own_where_they_do_not_fit_together() {
        let [_, first, second] = <[Column; 3]>::try_from(columns()).ok().unwrap();
        let keys = || columns().swap_remove(0);
        let groups = |width| {
            let [first, second] =
                [&first, &second].map(|one| vec![Column::new(&*one.head, one.cells.clone(), one.roomy)]);
            written(width, |out| write_groups(out, keys, [first.clone(), second.clone()]))
        };
        assert_eq!(groups(80).lines().count(), 4);
        assert!(groups(20).contains("first\n") && groups(20).contains("\n\n  name      second"), "{}", groups(20));
    }
}
