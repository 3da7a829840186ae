//! Measured coverage beside nominal coverage, one row per level, from 0 to 100 %.

use anstyle::Style;

use super::super::screen::Screen;
use super::super::terminal::Row;
use super::{NO_BREAK, row};

/// A row: its name, and for each level the nominal and the measured coverage.
pub struct CoverageRow {
    pub name: String,
    pub levels: Vec<(f64, f64)>,
}

/// Minimum width of a chart with numbers.
const WITH_NUMBERS: usize = 60;

/// Draws the chart.
pub fn rows(screen: Screen, title: &str, of: &[CoverageRow]) -> Vec<Row> {
    let label = of.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    let numbers = |one: &CoverageRow| {
        let each = one.levels.iter().map(|(_, measured)| format!("  {:>5.1} %", 100.0 * measured));
        if screen.width < WITH_NUMBERS { String::new() } else { each.collect() }
    };
    let beside = of.iter().map(|one| numbers(one).chars().count()).max().unwrap_or(0);
    let width = screen.width.saturating_sub(label + 4 + beside).clamp(12, 101);
    let place = |share: f64| (share * (width - 1) as f64).round().clamp(0.0, width as f64 - 1.0) as usize;
    let (nominal, measured) = (screen.either('│', '|'), screen.either('●', 'o'));
    let legend = format!("{title} ({measured}{NO_BREAK}measured, {nominal}{NO_BREAK}nominal)");
    let mut rows = super::title(&legend, screen);
    for one in of {
        let mut line = row(&format!("  {:<label$}  ", one.name), Style::new());
        let mut track = row(&screen.either('·', '.').to_string().repeat(width), Style::new().dimmed());
        for (level, _) in &one.levels {
            track[place(*level)] = (nominal, Style::new());
        }
        for (_, share) in &one.levels {
            track[place(*share)] = (measured, Style::new().bold());
        }
        line.extend(track);
        line.extend(row(&numbers(one), Style::new()));
        rows.push(line);
    }
    let mut scale = vec![' '; label + 4 + width];
    let nominal: Vec<f64> =
        of.first().map(|one| one.levels.iter().map(|(level, _)| *level).collect()).unwrap_or_default();
    for share in [0.0].into_iter().chain(nominal).chain([1.0]) {
        let text = format!("{} %", super::super::number::percent_label(share));
        let length = text.chars().count();
        let start = (label + 4 + place(share)).saturating_sub(length / 2).clamp(label + 4, scale.len() - length);
        let around = start.saturating_sub(1)..(start + length + 1).min(scale.len());
        if scale[around].iter().all(|character| *character == ' ') {
            scale.splice(start..start + length, text.chars());
        }
    }
    rows.push(scale.into_iter().map(|character| (character, Style::new())).collect());
    rows
}
