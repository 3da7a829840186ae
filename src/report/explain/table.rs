//! An explanation as tables and heat maps.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::super::number::{price, share, signed};
use super::super::screen::Screen;
use super::super::style::ANSWER;
use super::super::terminal::Terminal;
use super::super::training::layers_in_words;
use super::heat::{HeatRow, around_zero, short, wrapped, write as write_heat};
use super::quantities::{Explained, Quantity, Side, Spread, quantities};
use super::records::{dates_of, forecast_of, input_names, measures, prices};
use crate::features::Target;
use crate::model::{Attribution, Explanation, Influence};
use crate::nn::CellKind;
use crate::words::{counted, join};

/// Absolute value of a standardised input that has the highest block. Most inputs are smaller.
const USUAL_INPUT: f64 = 3.0;

pub(super) fn write(out: &mut Terminal<'_>, explained: &Explained<'_>) -> io::Result<()> {
    let (explanation, screen) = (explained.explanation, explained.screen);
    write_head(out, explanation, screen)?;
    if explained.gradient_norms {
        return explanation.influences.iter().try_for_each(|influence| write_gradient_norms(out, explained, influence));
    }
    write_inputs(out, explanation, screen)?;
    write_layers(out, explained)?;
    explanation.influences.iter().try_for_each(|influence| write_influence(out, explanation, screen, influence))
}

/// Writes a heading, with an empty line above it.
fn heading(out: &mut Terminal<'_>, screen: Screen, text: &str) -> io::Result<()> {
    writeln!(out)?;
    let mut line = String::new();
    for word in text.split(' ') {
        if line.width() + 1 + word.width() > screen.width && !line.is_empty() {
            writeln!(out, "{line}")?;
            line = String::from(" ");
        }
        line = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
    }
    writeln!(out, "{line}")
}

fn write_head(out: &mut Terminal<'_>, explanation: &Explanation, screen: Screen) -> io::Result<()> {
    let forecast = &explanation.forecast;
    for influence in &explanation.influences {
        let name = out.name(&forecast.series);
        write!(out, "{name} on {}: ", influence.date)?;
        out.styled(ANSWER, forecast_of(explanation, influence).map_or_else(|| "-".into(), price))?;
        writeln!(out)?;
    }
    let (days, unit) = (&explanation.days, unit_of(explanation));
    if explanation.of_own_windows.is_some() {
        let text = format!(
            "this forecast uses windows of {}, as in training; everything below uses windows of {} and does not explain \
             this forecast",
            counted(explanation.trained_window, unit),
            days.len()
        );
        wrapped(out, screen, &text)?;
    }
    let (first, last) = (days[0].date, days[days.len() - 1].date);
    let span = if days.len() > 1 { format!("{first} to {last}") } else { first.to_string() };
    wrapped(out, screen, &format!("window of {}, {span}", counted(days.len(), unit)))?;
    wrapped(out, screen, &format!("{}, {}", layers_in_words(&explanation.config), members(explanation)))
}

/// Returns the name of a row of the series: `day`.
fn unit_of(explanation: &Explanation) -> &'static str {
    explanation.forecast.frequency.unit()
}

fn members(explanation: &Explanation) -> String {
    match (&explanation.traces[..], explanation.members) {
        (_, 1) => "1 network".into(),
        ([one], members) => format!("network {} of {members}; the forecast is that of all {members}", one.member),
        (_, members) => format!("mean of {members} networks"),
    }
}

fn write_inputs(out: &mut Terminal<'_>, explanation: &Explanation, screen: Screen) -> io::Result<()> {
    let dates: Vec<_> = explanation.days.iter().map(|day| day.date).collect();
    heading(out, screen, "prices")?;
    let columns = prices(&explanation.days[0]).len();
    let row = |place: usize| price_row(explanation.days.iter().map(|day| prices(day)[place]));
    let rows: Vec<HeatRow> = (0..columns).map(row).collect();
    write_heat(out, screen, &dates, &rows)?;

    let times_gain =
        if explanation.gains.iter().any(|gain| *gain != 1.0) { ", times the factor beside a name" } else { "" };
    let title = "inputs as the networks read them: standard deviations from their mean in training";
    heading(out, screen, &format!("{title}{times_gain}"))?;
    let (low, high) = match explanation.config.target {
        Target::Return => (-USUAL_INPUT, USUAL_INPUT),
        Target::Price => around_zero(&explanation.read),
    };
    let row = |(name, (values, gain)): (String, (ndarray::ArrayView1<'_, f64>, &f64))| {
        HeatRow::new(with_gain(name, *gain), values.iter().copied(), (low * gain, high * gain))
    };
    let columns = explanation.read.columns().into_iter().zip(&explanation.gains);
    let rows: Vec<HeatRow> = input_names(explanation).into_iter().zip(columns).map(row).collect();
    write_heat(out, screen, &dates, &rows)
}

/// Returns the name of an input, with its gain if that is not 1.
pub fn with_gain(name: String, gain: f64) -> String {
    if gain == 1.0 { name } else { format!("{name} x {gain}") }
}

/// Returns a row of prices, or of volumes, which are scaled to a few digits.
fn price_row(column: impl Iterator<Item = (&'static str, f64)> + Clone) -> HeatRow {
    let name = column.clone().next().map_or("", |(name, _)| name);
    let largest = column.clone().map(|(_, value)| value).fold(f64::MIN, f64::max);
    let (label, scale, decimals) = match name {
        "volume" if largest >= 1e6 => ("volume, millions".into(), 1e-6, 1),
        "volume" if largest >= 1e4 => ("volume, thousands".into(), 1e-3, 1),
        "volume" => ("volume".into(), 1.0, 0),
        _ => (name.replace('_', " "), 1.0, decimals_of_price(largest)),
    };
    let values: Vec<f64> = column.map(|(_, value)| value * scale).collect();
    let lowest = values.iter().copied().fold(f64::MAX, f64::min);
    let mut row = HeatRow::new(label, values, (lowest, largest * scale));
    row.decimals = decimals;
    row
}

fn decimals_of_price(largest: f64) -> usize {
    price(largest).split_once('.').map_or(2, |(_, decimals)| decimals.len())
}

fn write_layers(out: &mut Terminal<'_>, explained: &Explained<'_>) -> io::Result<()> {
    let (explanation, screen) = (explained.explanation, explained.screen);
    let all = quantities(explanation);
    let mut layers: Vec<(Side, usize)> = all.iter().map(|one| (one.side, one.layer)).collect();
    layers.dedup();
    for (side, layer) in layers {
        let own: Vec<&Quantity> = all.iter().filter(|one| (one.side, one.layer) == (side, layer)).collect();
        heading(out, screen, &layer_title(explanation, side, layer))?;
        let mut rows: Vec<HeatRow> = Vec::new();
        if let (Side::Decoder, 1) = (side, layer) {
            let fed = |step: usize| explanation.traces.iter().map(move |one| one.trace.fed[step]);
            let means: Vec<f64> = (0..own[0].values.len()).map(|step| Spread::of(fed(step)).mean).collect();
            let range = around_zero(&means);
            rows.push(HeatRow::new("x input", means.iter().copied(), range));
        }
        own.iter().for_each(|quantity| rows.extend(rows_of(explanation, quantity)));
        if explained.units {
            own.iter().for_each(|quantity| rows.extend(unit_rows(explanation, quantity)));
        }
        write_heat(out, screen, &dates_with_skipped(explanation, own[0]), &rows)?;
    }
    Ok(())
}

fn layer_title(explanation: &Explanation, side: Side, layer: usize) -> String {
    let config = &explanation.config;
    let what = if config.cell.is_gated() { "gates and states" } else { "activations" };
    let of = match (config.shape().decodes(), config.layers) {
        (true, 1) => format!(" of the {}", side.name()),
        (true, _) => format!(" of layer {layer} of the {}", side.name()),
        (false, 1) => String::new(),
        (false, _) => format!(" of layer {layer}"),
    };
    format!("{what}{of}: mean over {}, and standard deviation", counted(config.hidden, "unit"))
}

/// Returns all days of the window, or all steps of the path.
fn dates_with_skipped(explanation: &Explanation, quantity: &Quantity) -> Vec<jiff::civil::Date> {
    match quantity.side {
        Side::Encoder => explanation.days.iter().map(|day| day.date).collect(),
        Side::Decoder => dates_of(explanation, quantity),
    }
}

/// Returns what a letter stands for.
pub fn label(cell: CellKind, letter: &str) -> String {
    let gate = cell.gates().iter().find(|gate| gate.letter == letter);
    let name = match (gate, letter) {
        (Some(gate), _) => gate.name,
        (_, "c") => "cell state",
        _ if cell.is_recurrent() => "hidden state",
        _ => "activation",
    };
    format!("{letter} {name}")
}

/// Whether a letter is that of a gate whose values lie between 0 and 1.
pub fn is_fraction(cell: CellKind, letter: &str) -> bool {
    cell.gates().iter().any(|gate| gate.letter == letter && gate.role.is_fraction())
}

/// Returns the range of a quantity: from 0 to 1 for a gate, otherwise from minus to plus the largest absolute value of
/// `values`.
fn range<'a>(cell: CellKind, quantity: &Quantity, values: impl IntoIterator<Item = &'a f64>) -> (f64, f64) {
    if is_fraction(cell, quantity.name) { (0.0, 1.0) } else { around_zero(values) }
}

fn rows_of(explanation: &Explanation, quantity: &Quantity) -> [HeatRow; 2] {
    let spreads = quantity.spreads();
    let means: Vec<f64> = spreads.iter().map(|one| one.mean).collect();
    let deviations: Vec<f64> = spreads.iter().map(|one| one.deviation).collect();
    let cell = explanation.config.cell;
    let mean = HeatRow::new(label(cell, quantity.name), means.iter().copied(), range(cell, quantity, &means));
    let highest = range(cell, quantity, &deviations).1;
    let spread = HeatRow::new("  deviation", deviations.iter().copied(), (0.0, highest));
    [mean.after(quantity.skipped), spread.after(quantity.skipped)]
}

/// Returns one row per unit of each member.
fn unit_rows(explanation: &Explanation, quantity: &Quantity) -> Vec<HeatRow> {
    let range = range(explanation.config.cell, quantity, quantity.values.iter().flatten().flatten());
    let units = explanation.config.hidden;
    let of = |place: usize, unit: usize| {
        let member = explanation.traces[place].member;
        let member = if explanation.members == 1 { String::new() } else { format!("network {member} ") };
        let values = quantity.values.iter().map(|day| day[place][unit]);
        HeatRow::new(format!("{} {member}unit {}", quantity.name, unit + 1), values, range).after(quantity.skipped)
    };
    let members = 0..explanation.traces.len();
    members.flat_map(|place| (0..units).map(move |unit| (place, unit))).map(|(place, unit)| of(place, unit)).collect()
}

/// Returns the unit of a measure.
pub fn unit_in_words(measure: &str, target: Target) -> &'static str {
    match (measure, target) {
        ("median", Target::Return) => "as log return in %",
        ("median", Target::Price) => "in % of the last price",
        _ => "as 100 log(sigma)",
    }
}

fn write_influence(
    out: &mut Terminal<'_>,
    explanation: &Explanation,
    screen: Screen,
    influence: &Influence,
) -> io::Result<()> {
    let dates: Vec<_> = explanation.days.iter().map(|day| day.date).collect();
    for (measure, attribution) in measures(influence) {
        let unit = unit_in_words(measure, explanation.config.target);
        let the = if measure == "median" { "the " } else { "" };
        let title = format!(
            "what each {} adds to the forecast for {}: {the}{measure}, {unit}",
            unit_of(explanation),
            influence.date
        );
        heading(out, screen, &title)?;
        let less = format!("less {} at average", unit_of(explanation));
        let parts = [
            ("gradient x input", Attribution::by_day(&attribution.gradient_times_input)),
            ("integrated gradients", Attribution::by_day(&attribution.integrated)),
            (less.as_str(), attribution.occlusion.clone()),
        ];
        let range = around_zero(parts.iter().flat_map(|(_, values)| values));
        let mut rows: Vec<HeatRow> =
            parts.iter().map(|(name, values)| HeatRow::new(*name, values.iter().copied(), range)).collect();
        rows.push(HeatRow::new("|gradient| / largest", attribution.relative_norms(), (0.0, 1.0)));
        write_heat(out, screen, &dates, &rows)?;
        wrapped(out, screen, &sums(explanation, (measure, influence), attribution))?;
    }
    if influence.sigma.is_none() {
        heading(out, screen, "sigma is the same on all days, because the loss is the squared error")?;
    }
    Ok(())
}

/// Returns the two ends of the integrated gradients, and by how much their sum misses the difference.
fn sums(explanation: &Explanation, (measure, influence): (&str, &Influence), attribution: &Attribution) -> String {
    let ends = match measure {
        "median" => median_ends(explanation, influence),
        _ => {
            let here = influence.sigma_of_price;
            let average = influence.average_sigma_of_price().unwrap_or(here);
            format!("{average:.4} % of the price at average inputs, {here:.4} % here")
        }
    };
    let start = attribution.start.map_or_else(String::new, |start| {
        format!("; the first input of the decoder adds {} (integrated gradient)", short(start.integrated))
    });
    let error = attribution.completeness_error();
    format!("{ends}{start}; sum of the integrated gradients less the difference: {error:+.0e}")
}

/// Returns the median at average inputs and at the actual inputs, relative to the last close.
fn median_ends(explanation: &Explanation, influence: &Influence) -> String {
    let Influence { median, added, .. } = influence;
    let [average, here] = [median.baseline, median.value].map(|value| value + added);
    let unit = match explanation.config.target {
        Target::Return => "as log return",
        Target::Price => "of the last price",
    };
    let whose = match (&explanation.traces[..], explanation.members) {
        ([one], members) if members > 1 => format!("median of network {} alone", one.member),
        _ if explanation.of_own_windows.is_some() => {
            format!("median of windows of {}", counted(explanation.days.len(), unit_of(explanation)))
        }
        _ => "median".to_owned(),
    };
    let added = match short(*added) {
        zero if zero.trim_end_matches(" %").parse() == Ok(0.0) => String::new(),
        added => format!(" (in both, {added} added to the output of the networks)"),
    };
    format!("{whose}: {} % at average inputs, {} % here, {unit}{added}", signed(average, 4), signed(here, 4))
}

fn write_gradient_norms(out: &mut Terminal<'_>, explained: &Explained<'_>, influence: &Influence) -> io::Result<()> {
    let (explanation, screen) = (explained.explanation, explained.screen);
    let named: Vec<(&str, Vec<f64>)> =
        measures(influence).map(|(name, attribution)| (name, attribution.relative_norms())).collect();
    let names: Vec<String> = named.iter().map(|(name, _)| (*name).to_owned()).collect();
    let title = format!(
        "norm of the gradient of {} by the inputs of each {}, relative to the largest, forecast for {}",
        join(&names, "and of"),
        unit_of(explanation),
        influence.date
    );
    heading(out, screen, &title)?;
    let number = named.iter().flat_map(|(_, norms)| norms).map(|norm| share(*norm).len()).max().unwrap_or(0);
    // Room for "2013-03-01  123 ", and for two blanks beside each number.
    let bar = (screen.width.saturating_sub(17) / named.len().max(1)).saturating_sub(number + 3).clamp(1, 40);
    let names: String = named.iter().map(|(name, _)| format!(" {name:<width$}", width = number + bar + 2)).collect();
    writeln!(out, "{}", format!("  {:<10} {:>4}{names}", unit_of(explanation), "back").trim_end())?;
    let days = explanation.days.len();
    for (place, day) in explanation.days.iter().enumerate().rev() {
        let bars = named.iter().map(|(_, norms)| {
            let norm = norms[place];
            format!(" {:<number$} {:<bar$} ", share(norm), bar_of(screen, norm, bar))
        });
        let line = format!("  {} {:>4}{}", day.date, days - 1 - place, bars.collect::<String>());
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Returns a bar in eighths of a column, or in whole columns of ASCII.
fn bar_of(screen: Screen, share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * (8 * width) as f64).round() as usize;
    if screen.unicode {
        format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
    } else {
        "#".repeat((share * width as f64).round() as usize)
    }
}
