//! Heat maps: rows of numbers, each number with a block that shows by height and colour where it lies in the range of
//! its row. If that does not fit the width, only the numbers are shown, or only the blocks with the ranges.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use jiff::civil::Date;
use unicode_width::UnicodeWidthStr;

use super::super::number::fixed;
use super::super::screen::Screen;
use super::super::terminal::Terminal;

/// Blocks from the lowest value to the highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Blocks in ASCII: neither digits nor signs, which could be read as part of the number beside them.
const SHADES: [char; 8] = ['.', ':', ';', 'o', 'x', '%', '#', '@'];
/// Maximum width of a block.
const WIDE: usize = 3;

/// A row.
pub(super) struct HeatRow {
    pub label: String,
    /// One value per column; `None` if there is no value.
    pub values: Vec<Option<f64>>,
    /// The values of the lowest and of the highest block.
    pub range: (f64, f64),
    /// Decimals of the numbers.
    pub decimals: usize,
}

impl HeatRow {
    /// Creates a row with the decimals that show three digits of the largest end of the range.
    pub fn new(label: impl Into<String>, values: impl IntoIterator<Item = f64>, range: (f64, f64)) -> HeatRow {
        let values = values.into_iter().map(|value| Some(value).filter(|value| value.is_finite())).collect();
        HeatRow { label: label.into(), values, range, decimals: decimals_for(range) }
    }

    /// Returns the row with `skipped` columns without a value before the first.
    pub fn after(mut self, skipped: usize) -> HeatRow {
        self.values.splice(0..0, std::iter::repeat_n(None, skipped));
        self
    }

    /// Returns where a value lies in the range, from -1 to 1.
    fn place(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        if high > low { (2.0 * (value - low) / (high - low) - 1.0).clamp(-1.0, 1.0) } else { 0.0 }
    }

    fn number(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "-".into(), |value| fixed(value, self.decimals))
    }

    fn range_text(&self) -> String {
        let (low, high) = self.range;
        let end = |value: f64| {
            let text = fixed(value, self.decimals);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        };
        if low == -high { format!("+-{}", end(high)) } else { format!("{}..{}", end(low), end(high)) }
    }
}

/// Formats a number in per cent, with three digits.
pub(super) fn short(value: f64) -> String {
    format!("{} %", fixed(value, decimals_for((value, value))))
}

fn decimals_for((low, high): (f64, f64)) -> usize {
    let largest = low.abs().max(high.abs());
    if largest > 0.0 && largest.is_finite() { (2.0 - largest.log10().floor()).clamp(0.0, 6.0) as usize } else { 2 }
}

/// Returns the smallest range around zero that contains all values.
pub(super) fn around_zero<'a>(values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    let finite = values.into_iter().filter(|value| value.is_finite());
    let largest = finite.fold(0.0, |largest: f64, value| largest.max(value.abs()));
    (-largest, largest)
}

/// The columns of a heat map: their width, and the days in each.
struct Layout {
    label: usize,
    /// Width of a cell.
    cell: usize,
    numbers: bool,
    blocks: bool,
    /// Days in a column.
    days: usize,
}

impl Layout {
    fn of(screen: Screen, days: usize, rows: &[HeatRow]) -> Layout {
        let label = rows.iter().map(|row| row.label.width()).max().unwrap_or(0);
        let room = screen.width.saturating_sub(label + 3);
        let lengths = rows.iter().flat_map(|row| row.values.iter().map(|value| row.number(*value).chars().count()));
        let number = lengths.max().unwrap_or(1).max("03-01".len());
        let range = rows.iter().map(|row| row.range_text().len()).max().unwrap_or(0) + 1;
        let fits = |cell: usize, range: usize| cell * days.max(1) + range <= room;
        if fits(number + 1, 0) {
            // A block has no meaning without the range of its row.
            let blocks = fits(number + 3, range);
            let cell = if blocks { number + 3 } else { number + 1 };
            return Layout { label, cell, numbers: true, blocks, days: 1 };
        }
        let room = room.saturating_sub(range).max(1);
        let days_of_column = days.div_ceil(room).max(1);
        let cell = (room / days.div_ceil(days_of_column).max(1)).clamp(1, WIDE);
        Layout { label, cell, numbers: false, blocks: true, days: days_of_column }
    }
}

/// Writes a heat map with a column for each date.
///
/// # Errors
/// If writing fails.
pub(super) fn write(out: &mut Terminal<'_>, screen: Screen, dates: &[Date], rows: &[HeatRow]) -> io::Result<()> {
    let layout = Layout::of(screen, dates.len(), rows);
    header(out, &layout, dates)?;
    for row in rows {
        let padding = layout.label.saturating_sub(row.label.width());
        write!(out, "  {}{:padding$} ", row.label, "")?;
        for days in row.values.chunks(layout.days) {
            cell(out, screen, &layout, row, mean(days))?;
        }
        if layout.blocks {
            write!(out, " {}", row.range_text())?;
        }
        writeln!(out)?;
    }
    if layout.blocks {
        legend(out, screen, &layout)?;
    }
    Ok(())
}

/// Returns the mean over the days of a column that have a value.
fn mean(days: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = days.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

fn header(out: &mut Terminal<'_>, layout: &Layout, dates: &[Date]) -> io::Result<()> {
    write!(out, "  {:<width$} ", "", width = layout.label)?;
    if layout.numbers {
        for date in dates {
            write!(out, "{:>width$}", date.strftime("%m-%d").to_string(), width = layout.cell)?;
        }
    } else if let [first, .., last] = dates {
        let width = (dates.len().div_ceil(layout.days) * layout.cell).max("03-01 03-01".len());
        let (first, last) = (first.strftime("%m-%d").to_string(), last.strftime("%m-%d").to_string());
        write!(out, "{first}{last:>rest$}", rest = width - first.len())?;
    }
    writeln!(out)
}

fn cell(out: &mut Terminal<'_>, screen: Screen, layout: &Layout, row: &HeatRow, value: Option<f64>) -> io::Result<()> {
    let style = value.map_or_else(Style::new, |value| style(row.place(value)));
    let block = value.map_or(' ', |value| block(screen, row.place(value)));
    let text = match layout {
        Layout { numbers: true, blocks, cell, .. } => {
            let number = row.number(value);
            let shown = if *blocks { format!("{block} {number:>width$}", width = cell - 3) } else { number };
            write!(out, "{:padding$}", "", padding = cell - shown.chars().count())?;
            shown
        }
        Layout { cell, .. } => String::from_iter(std::iter::repeat_n(block, *cell)),
    };
    if style == Style::new() { write!(out, "{text}") } else { out.styled(style, text) }
}

fn block(screen: Screen, place: f64) -> char {
    let of = |characters: &[char]| characters[((place + 1.0) / 2.0 * (characters.len() - 1) as f64).round() as usize];
    if screen.unicode { of(&BLOCKS) } else { of(&SHADES) }
}

/// Returns blue for low values and red for high ones, bold near the ends.
fn style(place: f64) -> Style {
    let color = if place < 0.0 { AnsiColor::Blue } else { AnsiColor::Red };
    match place.abs() {
        size if size < 1.0 / 3.0 => Style::new(),
        size if size < 2.0 / 3.0 => color.on_default(),
        _ => color.on_default().bold(),
    }
}

fn legend(out: &mut Terminal<'_>, screen: Screen, layout: &Layout) -> io::Result<()> {
    let (low, high) = if screen.unicode { (BLOCKS[0], BLOCKS[7]) } else { (SHADES[0], SHADES[7]) };
    let days = if layout.days > 1 { format!("; a column is the mean of {} days", layout.days) } else { String::new() };
    wrapped(out, screen, &format!("{low} lowest to {high} highest of the range at the right{days}"))
}

/// Wraps a text at the screen's width, indented by two columns, and writes it.
///
/// # Errors
/// If writing fails.
pub(super) fn wrapped(out: &mut Terminal<'_>, screen: Screen, text: &str) -> io::Result<()> {
    let mut line = String::from(" ");
    for word in text.split(' ') {
        if line.width() + 1 + word.width() > screen.width && line.len() > 1 {
            writeln!(out, "{line}")?;
            line = String::from(" ");
        }
        line = format!("{line} {word}");
    }
    writeln!(out, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};

    fn text(width: usize, unicode: bool, days: usize) -> String {
        let dates: Vec<Date> = (0..days).map(|day| date(2013, 2, 1) + (day as i64).days()).collect();
        let values = |day: usize| day as f64 / (days - 1) as f64;
        let rows = [
            HeatRow::new("f forget gate", (0..days).map(values), (0.0, 1.0)),
            HeatRow::new("c cell state", (0..days).map(|day| 2.0 - 4.0 * values(day)), (-2.0, 2.0)),
            HeatRow::new("h", [0.5], (-1.0, 1.0)).after(days - 1),
        ];
        let mut bytes = Vec::new();
        write(&mut Terminal::new(&mut bytes), Screen { width, unicode }, &dates, &rows).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(bytes).unwrap()).to_string()
    }

    #[test]
    fn numbers_are_shown_where_they_fit() {
        let expected = "                   02-01   02-02   02-03   02-04
  f forget gate  ▁  0.00 ▃  0.33 ▆  0.67 █  1.00 0..1
  c cell state   █  2.00 ▆  0.67 ▃ -0.67 ▁ -2.00 +-2
  h                    -       -       - ▆  0.50 +-1
  ▁ lowest to █ highest of the range at the right
";
        assert_eq!(text(80, true, 4), expected);
        // Shades are neither digits nor signs.
        let ascii = text(80, false, 4);
        assert!(ascii.contains("f forget gate  .  0.00 ;  0.33 %  0.67 @  1.00 0..1"), "{ascii}");
        assert!(ascii.contains("  . lowest to @ highest of the range at the right"), "{ascii}");
        assert!(text(40, true, 4).contains("  0.00  0.33  0.67  1.00"), "{}", text(40, true, 4));
    }

    #[test]
    fn blocks_are_readable_without_numbers_colour_and_unicode() {
        let narrow = text(60, false, 22);
        assert!(narrow.lines().all(|line| line.len() <= 60), "{narrow}");
        assert!(narrow.contains("f forget gate .") && narrow.contains("@ 0..1"), "{narrow}");
        assert!(narrow.contains("c cell state  @") && narrow.contains("+-2"), "{narrow}");
        assert!(narrow.contains(". lowest to @ highest"), "{narrow}");
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in [40, 80, 200] {
            for days in [2, 4, 22, 250] {
                let text = text(width, true, days);
                assert!(text.lines().all(|line| line.chars().count() <= width), "{width} {days}\n{text}");
            }
        }
        assert!(text(80, true, 250).contains("a column is the mean of 5"), "{}", text(80, true, 250));
    }
}
