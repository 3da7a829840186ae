//! A network drawn along its days, with the values of one forecast.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `columns` | what is drawn: one column per day, with values and words |
//! | `geometry` | thicknesses of values, and marks between places |
//! | `cells` | a day of a layer |
//! | `strip` | layers and days together, in strips that fit a width |
//! | `links` | the lines between layers |
//! | `numbers` | the numbers of the drawing as a table |

mod cells;
mod columns;
mod geometry;
mod links;
mod numbers;
mod strip;

use maud::{Markup, html};

use super::Section;
use super::number::{self, data};
use crate::model::Explanation;
use crate::nn::{CellKind, GateRole, Topology};
use crate::report::chart::scene::{Anchor, Ink, Label, Mark, Scene};
use crate::report::chart::size::Size;
use crate::report::chart::{Chart, Table, stacked, svg};
use crate::report::explain::flow_days;
use crate::report::html::Text;
use crate::report::number::rounded;
use crate::report::terminal::Shown;
use crate::words::counted;

use columns::Unrolled;
use geometry::{ADDED, HIDDEN, Look, STATE, Scale, Thickness};

/// Returns the section of a page: the networks of an explanation along the days of its window.
pub fn section(explanation: &Explanation) -> Section {
    Section { id: "network".into(), heading: "The network on this window".into(), body: body(explanation) }
}

/// The drawing of the section, as a chart for `--plot`.
pub struct Drawing {
    series: String,
    /// The name of a row of the series: `day`.
    unit: &'static str,
    network: Unrolled,
    table: Table,
}

impl Drawing {
    /// Creates the drawing of an explanation's networks along the days of its window.
    pub fn of(explanation: &Explanation) -> Drawing {
        let network = Unrolled::of(explanation);
        let table = numbers::table(network.cell, &flow_days(explanation));
        let unit = explanation.forecast.frequency.unit();
        Drawing { series: explanation.forecast.series.clone(), unit, network, table }
    }
}

impl Chart for Drawing {
    fn title(&self) -> String {
        format!("{}: the network {unit} by {unit}", Shown(&self.series), unit = self.unit)
    }

    fn description(&self) -> String {
        let strips = strip::strips(&self.network, Size::WIDE.width);
        strips.iter().map(|strip| describe(&self.network, strip)).collect::<Vec<_>>().join(" ")
    }

    fn draw(&self, size: Size, with_title: bool) -> Scene {
        let title = |text: String| {
            let label = Label { x: 6.0, y: 18.0, text, anchor: Anchor::Start, ink: Ink::Text, size: 16.0 };
            Scene { width: size.width, height: 20.0, marks: vec![Mark::Text(label)], ..Scene::empty() }
        };
        let legend = legend(self.network.cell, &Scale::of(self.network.days()), size.width);
        let above = with_title.then(|| title(self.title())).into_iter().chain([legend]);
        stacked(above.chain(strip::strips(&self.network, size.width)))
    }

    fn table(&self) -> Table {
        self.table.clone()
    }
}

fn body(explanation: &Explanation) -> Markup {
    let network = Unrolled::of(explanation);
    let scale = Scale::of(network.days());
    let drawn = |size: Size| {
        html! {
            (svg::hidden(&legend(network.cell, &scale, size.width)))
            @for strip in strip::strips(&network, size.width) { (svg::inline(&strip, &describe(&network, &strip))) }
        }
    };
    html! {
        p { (Text(intro(explanation, network.cell))) }
        figure.unrolled {
            div.wide { (drawn(Size::WIDE)) }
            div.narrow { (drawn(Size::NARROW)) }
            figcaption { (caption(explanation, &network, &scale)) }
            details { summary { "Numbers of this drawing" } (number::numbers(&numbers::table(network.cell, &flow_days(explanation)), &of_rows("Means over units, day by day".into(), explanation))) }
        }
    }
}

/// Explains how the layers work.
fn intro(explanation: &Explanation, cell: CellKind) -> String {
    let days = explanation.days.len();
    let what = match cell {
        _ if cell.is_gated() => &gates_in_words(cell),
        _ if cell.is_recurrent() => {
            "The hidden state h runs from day to day. Each day the last h times its weights (h W), the day's inputs times theirs \
             (x W) and the bias b are added, and the nonlinearity of the sum is the new h. Nothing is kept as it is."
        }
        CellKind::Dense if days == 1 => {
            "One layer reads the only day of the window. The day's inputs times their weights (x W) and the bias b are added, and the \
             nonlinearity of the sum is the hidden layer h, which the head reads. There is no state."
        }
        CellKind::Dense => {
            "All days of the window are read at once by one layer. The inputs of each day times weights of their own (x W) and \
             the bias b are added, and the nonlinearity of the sum is the hidden layer h, which the head reads. No state runs \
             from day to day."
        }
        CellKind::Conv if days == 1 => {
            "The kernel has weights for a day and for the two days before it. The window has one day, and what lies before it counts as \
             zero: its inputs times the weights of the day itself (x W) and the bias b are added, and the nonlinearity of the \
             sum is h, which the head reads. There is no state."
        }
        _ => {
            "The same kernel reads each day with the two days before it: the inputs of each times its weights (x W; x-1 W and x-2 W \
             of the days before) and the bias b are added, and the nonlinearity of the sum is h. Days before the window count \
             as zero. No state runs from day to day; the head reads the h of all days."
        }
    };
    of_rows(format!("{what}{}", path_in_words(explanation)), explanation)
}

/// Replaces "day" in a text by the unit of the rows: weeks or months.
fn of_rows(text: String, explanation: &Explanation) -> String {
    let unit = explanation.forecast.frequency.unit();
    let words = text.split_inclusive(|letter: char| !letter.is_alphabetic());
    let of_rows = |word: &str| match (word.strip_prefix("day"), word.strip_prefix("Day")) {
        (Some(end), _) => format!("{unit}{end}"),
        (_, Some(end)) => format!("{}{}{end}", unit[..1].to_uppercase(), &unit[1..]),
        _ => word.to_owned(),
    };
    words.map(of_rows).collect()
}

/// Explains what each gate of a cell does.
fn gates_in_words(cell: CellKind) -> String {
    let named = |role: GateRole| cell.gate(role).map(|gate| format!("{} {}", gate.name, gate.letter));
    let gate = |role: GateRole| named(role).unwrap_or_default();
    let (keep, candidate) = (gate(GateRole::Keep), gate(GateRole::Candidate));
    let state = if cell.has_cell_state() { "cell state c" } else { "hidden state h" };
    let state_after = match named(GateRole::Add) {
        Some(add) => {
            format!("The {keep} decides how much of it is kept. The {add} times the {candidate} is what the day adds.")
        }
        None => {
            let letter = cell.gate(GateRole::Keep).map_or("", |gate| gate.letter);
            format!("The {keep} decides how much of it is kept, and 1 - {letter} how much of the {candidate} is added.")
        }
    };
    let reset = named(GateRole::Reset).map(|reset| format!("The {reset} decides how much of h the candidate sees."));
    let output = named(GateRole::Output).map(|output| {
        format!(
            "The {output} decides how much of tanh(c) becomes the hidden state h, which the next day's gates read, and after \
             the last day the head."
        )
    });
    let first = format!("The {state} is carried from day to day and drawn as a band.");
    [Some(first), Some(state_after), reset, output].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Explains how a path is computed.
fn path_in_words(explanation: &Explanation) -> String {
    let config = &explanation.config;
    let days = config.horizons().len();
    if config.shape().decodes() {
        " The decoder starts from the encoder's last states and writes a day at a time; what it forecasts for one day it reads \
         for the next."
            .into()
    } else if config.topology != Topology::ManyToOne && days > 1 {
        // Layers without memory have no state to decode from.
        format!(" The head has an output for each of the {days} days ahead, and forecasts them all at once.")
    } else {
        String::new()
    }
}

/// Explains what thickness means, and over what the values are averaged.
fn caption(explanation: &Explanation, network: &Unrolled, scale: &Scale) -> Markup {
    let units = counted(explanation.config.hidden, "unit");
    let networks = match (explanation.traces.len(), explanation.members) {
        (1, 1) => "the network".to_owned(),
        (1, members) => format!("one of {members} networks"),
        (count, _) => format!("{count} networks"),
    };
    let has_terms = network.days().any(|day| day.terms.is_some());
    let last = explanation.influences.first();
    html! {
        "Thickness is the mean of absolute values over the " (units) " of " (Text(networks)) ", on one scale for all: the mark in the "
        "legend is " (thickness_of_legend(scale)) ". The values have no unit. The part of units above zero is filled, that of "
        "units below is hatched. Each number is the mean of absolute values, with the mean in brackets; gates are means."
        @if has_terms {
            " Where what is kept and what is added have opposite signs in a unit they cancel, and the band becomes thinner."
        }
        @if let Some(influence) = last {
            " The head's sigma for " (influence.date) ", " (data(&rounded(influence.sigma_of_price).into(), |value| format!("{value:.3}")))
            " % of the price, is that of the networks before calibration."
        }
        @if explanation.of_own_windows.is_some() {
            " Median and interval at the head are those of windows of " (explanation.days.len()) ", not those of the forecast, which "
            "is made from " (explanation.trained_window) "."
        }
    }
}

/// Returns the value whose thickness the legend shows: a round one that fits.
fn thickness_of_legend(scale: &Scale) -> f64 {
    let round = (-6..=3).rev().flat_map(|power| [5.0, 2.0, 1.0].map(|digit| digit * 10f64.powi(power)));
    let fitting = round.into_iter().find(|value| value * scale.per_unit <= 14.0);
    rounded(fitting.unwrap_or(0.0))
}

/// Draws the legend: swatches and their names.
fn legend(cell: CellKind, scale: &Scale, width: f64) -> Scene {
    let state = if cell.has_cell_state() { "cell state" } else { "hidden state" };
    let entries: Vec<(Look, bool, &str)> = match cell {
        _ if cell.is_gated() => vec![
            (STATE, true, state),
            (STATE, false, "of units below zero"),
            (ADDED, true, "added"),
            (HIDDEN, true, "hidden state, passed on"),
        ],
        _ if cell.is_recurrent() => vec![
            (STATE, true, "hidden state, then h W"),
            (STATE, false, "of units below zero"),
            (ADDED, true, "x W"),
            (HIDDEN, true, "passed on"),
        ],
        CellKind::Dense => {
            vec![(ADDED, true, "x W of a day"), (HIDDEN, true, "activation h"), (HIDDEN, false, "of units below zero")]
        }
        _ => vec![(HIDDEN, true, "activation h"), (HIDDEN, false, "of units below zero")],
    };
    let (mut x, mut y, mut marks) = (4.0, 14.0, Vec::new());
    for (look, is_filled, name) in entries {
        let needed = 30.0 + 6.8 * name.chars().count() as f64;
        if x + needed > width {
            (x, y) = (4.0, y + 20.0);
        }
        let thickness =
            Thickness { above: if is_filled { 10.0 } else { 0.0 }, below: if is_filled { 0.0 } else { 10.0 } };
        let axis = if is_filled { y } else { y - 10.0 };
        marks.extend(geometry::block(x + 11.0, 22.0, axis, thickness, look));
        marks.push(geometry::label((x + 28.0, y - 1.0), name, Anchor::Start, Ink::Text));
        x += needed + 14.0;
    }
    if x + 90.0 > width {
        (x, y) = (4.0, y + 20.0);
    }
    let height = thickness_of_legend(scale) * scale.per_unit;
    marks.push(Mark::Bar { x: x + 4.0, y: y - height, width: 3.0, height, ink: Ink::Text });
    marks.push(geometry::label(
        (x + 13.0, y - 1.0),
        format!("thickness {}", thickness_of_legend(scale)),
        Anchor::Start,
        Ink::Text,
    ));
    let readout = Label { x: 0.0, y: 0.0, text: String::new(), anchor: Anchor::Start, ink: Ink::Muted, size: 12.0 };
    Scene { width, height: y + 8.0, marks, hovers: Vec::new(), readout }
}

/// Describes a strip for readers who cannot see it.
fn describe(network: &Unrolled, strip: &Scene) -> String {
    let texts = strip.marks.iter().filter_map(|mark| match mark {
        Mark::Text(label) => Some(label.text.as_str()),
        _ => None,
    });
    let layers = counted(network.layers(), "layer");
    format!("{layers}, {}: {}", strip.readout.text, texts.collect::<Vec<_>>().join("; "))
}
