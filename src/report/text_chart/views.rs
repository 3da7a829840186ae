//! The chart of each result.

use anstyle::{AnsiColor, Style};
use jiff::civil::Date;

use super::super::chart::scale::{day_ticks, range};
use super::super::closes::Closes;
use super::super::forecast::ForecastRow;
use super::super::number::{percent_label, price};
use super::super::screen::Screen;
use super::super::terminal::Row;
use super::coverage::{self, CoverageRow};
use super::plot::{Layer, Plot};
use super::{NO_BREAK, row};
use crate::eval::backtest::Backtest;
use crate::model::{Evaluation, LossCurve, StepCoverage, WhichFit};
use crate::prices::{Frequency, PriceSeries};
use crate::report::wording::rows as counted_rows;

const BLUE: Style = AnsiColor::Blue.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Returns the height of a chart for the width of the screen.
fn height(screen: Screen) -> usize {
    match screen.width {
        ..60 => 8,
        60..120 => 10,
        _ => 12,
    }
}

/// Minimum width of the fan.
const FAN: usize = 10;

/// Draws recent closes and the intervals of the days ahead; `ahead` has the number of rows from the origin to each of
/// `rows`.
pub fn fan(screen: Screen, series: &PriceSeries, (rows, ahead): (&[ForecastRow], &[usize])) -> Vec<Row> {
    let (Some(last), Some(days)) = (rows.last(), ahead.last()) else { return Vec::new() };
    let room = screen.width.saturating_sub(20).max(2 * FAN);
    let fan = (2 * days).clamp(FAN, (room / 3).max(FAN));
    let shown = (room - fan).min(series.len());
    let first = series.len() - shown;
    let closes = Closes::of(series, first..series.len(), series.len() - 1);
    let (name, closes) = (closes.names(), closes.values);
    let x_of = |day: usize| day as f64 * fan as f64 / *days as f64;
    let past: Vec<(f64, f64)> = (0..shown).map(|row| (row as f64 - (shown - 1) as f64, closes[row])).collect();
    let medians: Vec<(f64, f64)> = past
        .last()
        .copied()
        .into_iter()
        .chain(rows.iter().zip(ahead).map(|(row, day)| (x_of(*day), row.forecast)))
        .collect();
    let mut levels: Vec<usize> = (0..last.intervals.len()).collect();
    levels.sort_by(|one, other| last.intervals[*other].level.total_cmp(&last.intervals[*one].level));
    let shades = screen.either(['░', '▒', '▓'], [':', '+', '#']);
    let shade =
        |place: usize| if place == 0 { shades[0] } else { shades[(3 - levels.len().min(3) + place).clamp(1, 2)] };
    let band = |(place, level): (usize, &usize)| {
        let ends =
            |(row, day): (&ForecastRow, &usize)| (x_of(*day), row.intervals[*level].lower, row.intervals[*level].upper);
        let origin = (0.0, last.last_close, last.last_close);
        let points = std::iter::once(origin).chain(rows.iter().zip(ahead).map(ends)).collect();
        Layer::Band { points, cell: (shade(place), if place == 0 { BLUE } else { CYAN }) }
    };
    let mut layers: Vec<Layer> = levels.iter().enumerate().map(band).collect();
    let legend = levels.iter().enumerate().rev().map(|(place, level)| {
        format!(", {}{NO_BREAK}{}{NO_BREAK}%", shade(place), percent_label(last.intervals[*level].level))
    });
    let median = screen.either('●', 'o');
    let title = format!("{name} and forecast: {median}{NO_BREAK}median{}", legend.collect::<String>());
    let outer = levels.first().map(|level| last.intervals[*level]);
    let ends = outer.into_iter().flat_map(|outer| [outer.upper, outer.lower]);
    let beside = std::iter::once(last.forecast).chain(ends).map(|value| (value, price(value))).collect();
    let all = rows.iter().flat_map(|row| row.intervals.iter().flat_map(|one| [one.lower, one.upper]));
    let up = range(past.iter().chain(&medians).map(|(_, value)| *value).chain(all));
    layers.push(Layer::Line { points: past.clone(), style: Style::new() });
    layers.push(Layer::Line { points: medians.clone(), style: Style::new().bold() });
    layers.push(Layer::Points { points: medians[medians.len() - 1..].to_vec(), cell: (median, Style::new().bold()) });
    let start = 1.0 - shown as f64;
    let below = vec![
        (fan as f64, last.date.to_string()),
        (start, series.dates[first].to_string()),
        (0.0, last.origin.to_string()),
    ];
    Plot { title, layers, across: (start, fan as f64), up, below, beside, level: None }.rows(screen, height(screen))
}

/// Draws the closes of all rows.
pub fn closes(screen: Screen, series: &PriceSeries, height_of: Option<usize>) -> Vec<Row> {
    if series.is_empty() {
        return Vec::new();
    }
    let closes = Closes::of(series, 0..series.len(), series.len() - 1);
    let (name, closes) = (closes.names(), closes.values);
    let last = closes[closes.len() - 1];
    let points: Vec<(f64, f64)> = closes.iter().enumerate().map(|(row, close)| (row as f64, *close)).collect();
    let below = dates_below(&series.dates, screen);
    let up = range(closes.iter().copied());
    let layers = vec![Layer::Line { points, style: CYAN }];
    let across = (0.0, (series.len() - 1) as f64);
    let plot =
        Plot { title: name.to_owned(), layers, across, up, below, beside: vec![(last, price(last))], level: None };
    plot.rows(screen, height_of.unwrap_or(height(screen)))
}

/// Returns labels for the first and last day, and for round days between them.
fn dates_below(dates: &[Date], screen: Screen) -> Vec<(f64, String)> {
    let last = dates.len() - 1;
    let ends = [(last as f64, dates[last].to_string()), (0.0, dates[0].to_string())];
    let between = day_ticks(dates, screen.width / 16).into_iter().map(|tick| (tick.value, tick.label));
    ends.into_iter().chain(between).collect()
}

/// Minimum width of a screen for two charts side by side.
const SIDE_BY_SIDE: usize = 76;

/// Draws the losses of the test fit and of the final fit, as means over their networks; `unseen` names the windows that
/// were not trained on.
pub fn losses(screen: Screen, curves: &[LossCurve], unseen: &str) -> Vec<Row> {
    let fits = [(WhichFit::Test, "test fit"), (WhichFit::Final, "final fit")];
    let of_fit = |fit: WhichFit| curves.iter().filter(move |curve| curve.fit == fit);
    let present: Vec<_> = fits.into_iter().filter(|(fit, _)| of_fit(*fit).next().is_some()).collect();
    let is_wide = screen.width >= SIDE_BY_SIDE && present.len() > 1;
    let own = Screen { width: if is_wide { (screen.width - 2) / 2 } else { screen.width }, ..screen };
    let chart = |(fit, name): &(WhichFit, &str)| loss_plot(own, name, &of_fit(*fit).collect::<Vec<_>>(), unseen);
    let charts: Vec<Vec<Row>> = present.iter().map(chart).collect();
    match &charts[..] {
        [left, right] if is_wide => beside(left, right, own.width + 2),
        _ => charts.concat(),
    }
}

/// Puts two charts side by side, the second one at `column`.
fn beside(left: &[Row], right: &[Row], column: usize) -> Vec<Row> {
    let height = left.len().max(right.len());
    // Aligned at the bottom, because one title can be longer than the other.
    let from_below = |rows: &[Row], place: usize| {
        (place + rows.len()).checked_sub(height).map_or_else(Row::new, |line| rows[line].clone())
    };
    let line = |place: usize| {
        let mut line = from_below(left, place);
        line.resize(column, (' ', Style::new()));
        line.extend(from_below(right, place));
        line
    };
    (0..height).map(line).collect()
}

fn loss_plot(screen: Screen, name: &str, curves: &[&LossCurve], unseen: &str) -> Vec<Row> {
    let mean = |of: fn(&LossCurve) -> &[f64]| -> Vec<(f64, f64)> {
        let epochs = curves.iter().map(|curve| of(curve).len()).max().unwrap_or(0);
        let at = |epoch: usize| {
            let known: Vec<f64> = curves.iter().filter_map(|curve| of(curve).get(epoch).copied()).collect();
            (epoch as f64 + 1.0, known.iter().sum::<f64>() / known.len() as f64)
        };
        (0..epochs).map(at).collect()
    };
    let training = mean(|curve| &curve.training);
    let measured = mean(|curve| &curve.unseen);
    let mark = screen.either('∘', 'o');
    let legend = if measured.is_empty() { String::new() } else { format!(", {mark}{NO_BREAK}{unseen}") };
    let epochs = training.len().max(1);
    let beside =
        measured.last().into_iter().chain(training.last()).map(|(_, loss)| (*loss, format!("{loss:.4}"))).collect();
    let middle = epochs.div_ceil(2);
    let below = [epochs, 1, middle].map(|epoch| (epoch as f64, epoch.to_string()));
    Plot {
        title: format!("{name}: loss {}{NO_BREAK}training{legend}", screen.either("⠤", "-")),
        up: range(training.iter().chain(&measured).map(|(_, loss)| *loss)),
        layers: vec![
            Layer::Line { points: training, style: CYAN },
            Layer::Points { points: measured, cell: (mark, YELLOW) },
        ],
        across: (1.0, epochs as f64),
        below: below.to_vec(),
        beside,
        level: None,
    }
    .rows(screen, 8)
}

/// Draws the coverage on the test days of a fit, for the days ahead for which `is_enough` is true.
pub fn coverage_of_test(
    screen: Screen,
    test: &Evaluation,
    frequency: Frequency,
    is_enough: impl Fn(&StepCoverage) -> bool,
) -> Vec<Row> {
    let of_step = |step: &StepCoverage| CoverageRow {
        name: format!("{} ahead", counted_rows(step.horizon, frequency)),
        levels: vec![(0.5, step.shown().level_50), (0.9, step.shown().level_90)],
    };
    let steps: Vec<CoverageRow> = test.steps.iter().filter(|step| is_enough(step)).map(of_step).collect();
    if steps.is_empty() { Vec::new() } else { coverage::rows(screen, "coverage of the intervals", &steps) }
}

/// Draws the coverage on the test days of a backtest, by tercile of volatility.
pub fn coverage_of_days(screen: Screen, result: &Backtest) -> Vec<Row> {
    let levels = &result.scores.levels;
    let mut sorted: Vec<_> = levels.iter().collect();
    sorted.sort_by(|one, other| one.all.level.total_cmp(&other.all.level));
    let names = [format!("all {}s", result.frequency.unit()), "low volatility".into(), "medium".into(), "high".into()];
    let of = names.into_iter().enumerate().map(|(place, name)| {
        let score = |level: &&crate::eval::backtest::LevelScores| {
            let terciles = &level.by_volatility;
            let score = [&level.all, &terciles.low, &terciles.medium, &terciles.high][place];
            (score.level, score.coverage)
        };
        CoverageRow { name, levels: sorted.iter().map(score).collect() }
    });
    if levels.is_empty() { Vec::new() } else { coverage::rows(screen, "coverage", &of.collect::<Vec<_>>()) }
}

/// Draws the cumulative gain of the model's distributions over those of the best baseline.
pub fn gain(screen: Screen, result: &Backtest) -> Vec<Row> {
    let Some(gain) = result.gain_on_best() else { return Vec::new() };
    let (name, gains) = (&gain.baseline, &gain.cumulative);
    let points: Vec<(f64, f64)> = gains.iter().enumerate().map(|(day, gain)| (day as f64, gain * 1e4)).collect();
    let dates: Vec<Date> = result.days.iter().map(|day| day.date).collect();
    let last = points.last().map_or(0.0, |(_, gain)| *gain);
    let title =
        format!("CRPS of {name} less that of fourcast, summed, in basis points: above zero is better than {name}");
    let below = dates_below(&dates, screen);
    let across = (0.0, (points.len() - 1) as f64);
    let up = range(points.iter().map(|(_, gain)| *gain).chain([0.0]));
    let layers = vec![Layer::Line { points, style: CYAN }];
    let plot = Plot { title, layers, across, up, below, beside: vec![(last, format!("{last:.1}"))], level: Some(0.0) };
    let mut rows = plot.rows(screen, height(screen) - 2);
    rows.insert(0, row("", Style::new()));
    rows
}
