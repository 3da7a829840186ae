//! A network drawn along its days, with the values of one forecast in it.
//!
//! | file | what it holds |
//! |---|---|
//! | `columns` | what is drawn: a column a day, with values and words |
//! | `geometry` | thicknesses of values, and shapes between places |
//! | `cells` | a day of a layer |
//! | `links` | the lines between layers |
//! | `strip` | layers and days together, in strips that fit a width |

mod cells;
mod columns;
mod geometry;
mod links;
mod strip;

use maud::{Markup, html};
use serde_json::Value;

use super::number::{data, numbers};
use super::{Section, Text};
use crate::model::{DayFlow, Explanation, Split};
use crate::nn::CellKind;
use crate::report::chart::plot::Size;
use crate::report::chart::scene::{Anchor, Ink, Label, Scene, Shape};
use crate::report::chart::{Table, svg};
use crate::report::number::rounded;
use crate::words::counted;

use columns::{Kind, Unrolled};
use geometry::{ADDED, HIDDEN, Look, STATE, Scale, Thickness};

/// The section of a page: the networks of an explanation along the days of its window.
pub fn section(explanation: &Explanation) -> Section {
    Section { id: "network".into(), heading: "The network on this window".into(), body: body(explanation) }
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
            details { summary { "Numbers of this drawing" } (numbers(&table(&network), "Means over units, day by day")) }
        }
    }
}

/// How the layers work, in words.
fn intro(explanation: &Explanation, cell: CellKind) -> String {
    let what = match cell {
        CellKind::Lstm => {
            "The cell state c is carried from day to day and drawn as a band. The forget gate f decides how much of it is kept. The input \
             gate i times the candidate g is what the day adds. The output gate o decides how much of tanh(c) becomes the \
             hidden state h, which the next day's gates read, and after the last day the head."
        }
        CellKind::Gru => {
            "The hidden state h is carried from day to day and drawn as a band. The update gate z decides how much of it is kept, and 1 - z \
             how much of the candidate n is added. The reset gate r decides how much of h the candidate sees."
        }
        CellKind::Rnn => {
            "The hidden state h runs from day to day. Each day the last h and the day's inputs x, each times its weights, go into \
             one nonlinearity, whose result is the new h. Nothing is kept as it is."
        }
        CellKind::Dense => "All days of the window are read at once by one layer. No state runs from day to day.",
        CellKind::Conv => {
            "The same kernel reads each day with the two days before it. No state runs from day to day; the head reads the \
             results of all days."
        }
    };
    let path = if explanation.config.shape().decodes() {
        " The decoder starts from the encoder's last states and writes a day at a time; what it forecasts for one day it reads \
         for the next."
    } else {
        ""
    };
    format!("{what}{path}")
}

/// What thickness means, and over what the values are means.
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
        "legend is " (mark(scale)) ". The values have no unit. Filled is the part of units above zero, hatched that of units "
        "below. Each number is the mean of absolute values, in brackets the mean; gates are means."
        @if has_terms {
            " Where what is kept and what is added have opposite signs in a unit they cancel, and the band becomes thinner."
        }
        @if let Some(influence) = last {
            " The head's sigma for " (influence.date) ", " (data(&rounded(influence.sigma_of_price).into(), |value| format!("{value:.3}")))
            " % of the price, is that of the networks before calibration."
        }
    }
}

/// The value whose thickness the legend shows: a round one that fits.
fn mark(scale: &Scale) -> f64 {
    let round = (-6..=3).rev().flat_map(|power| [5.0, 2.0, 1.0].map(|digit| digit * 10f64.powi(power)));
    let fitting = round.into_iter().find(|value| value * scale.per_unit <= 14.0);
    rounded(fitting.unwrap_or(0.0))
}

/// Swatches and their names.
fn legend(cell: CellKind, scale: &Scale, width: f64) -> Scene {
    let state = if cell == CellKind::Lstm { "cell state" } else { "hidden state" };
    let entries: Vec<(Look, bool, &str)> = match cell {
        CellKind::Lstm | CellKind::Gru => vec![
            (STATE, true, state),
            (STATE, false, "of units below zero"),
            (ADDED, true, "added"),
            (HIDDEN, true, "hidden state, passed on"),
        ],
        CellKind::Rnn => vec![(STATE, true, state), (STATE, false, "of units below zero"), (HIDDEN, true, "passed on")],
        CellKind::Dense | CellKind::Conv => vec![(HIDDEN, true, "activation"), (HIDDEN, false, "of units below zero")],
    };
    let (mut x, mut y, mut shapes) = (4.0, 14.0, Vec::new());
    for (look, is_filled, name) in entries {
        let needed = 30.0 + 6.8 * name.chars().count() as f64;
        if x + needed > width {
            (x, y) = (4.0, y + 20.0);
        }
        let thickness =
            Thickness { above: if is_filled { 10.0 } else { 0.0 }, below: if is_filled { 0.0 } else { 10.0 } };
        let axis = if is_filled { y } else { y - 10.0 };
        shapes.extend(geometry::block(x + 11.0, 22.0, axis, thickness, look));
        shapes.push(geometry::label((x + 28.0, y - 1.0), name, Anchor::Start, Ink::Text));
        x += needed + 14.0;
    }
    if x + 90.0 > width {
        (x, y) = (4.0, y + 20.0);
    }
    let height = mark(scale) * scale.per_unit;
    shapes.push(Shape::Bar { x: x + 4.0, y: y - height, width: 3.0, height, ink: Ink::Text });
    shapes.push(geometry::label((x + 13.0, y - 1.0), format!("thickness {}", mark(scale)), Anchor::Start, Ink::Text));
    let readout = Label { x: 0.0, y: 0.0, text: String::new(), anchor: Anchor::Start, ink: Ink::Muted, size: 12.0 };
    Scene { width, height: y + 8.0, shapes, hovers: Vec::new(), readout }
}

/// A strip for readers who do not see it.
fn describe(network: &Unrolled, strip: &Scene) -> String {
    let texts = strip.shapes.iter().filter_map(|shape| match shape {
        Shape::Text(label) => Some(label.text.as_str()),
        _ => None,
    });
    let layers = counted(network.layers(), "layer");
    format!("{layers}, {}: {}", strip.readout.text, texts.collect::<Vec<_>>().join("; "))
}

/// The numbers of the drawing, a row a day and layer.
fn table(network: &Unrolled) -> Table {
    let letters: Vec<&str> =
        network.days().next().map_or(Vec::new(), |day| day.gates.iter().map(|(name, _)| *name).collect());
    let has_terms = network.days().any(|day| day.terms.is_some());
    let state = if network.cell == CellKind::Lstm { "c" } else { "h" };
    let bands: Vec<String> = [format!("{state} before")]
        .into_iter()
        .chain(has_terms.then(|| ["kept".to_owned(), "added".to_owned()]).into_iter().flatten())
        .chain([format!("{state} after")])
        .chain((state == "c").then(|| "h".to_owned()))
        .collect();
    let is_path = network.columns.iter().any(|column| column.kind == Kind::Step);
    let columns = ["date".to_owned()]
        .into_iter()
        .chain(is_path.then(|| "side".to_owned()))
        .chain(["layer".to_owned()])
        .chain(letters.iter().map(|name| format!("{name} mean")))
        .chain(bands.iter().flat_map(|band| [format!("{band} |mean|"), format!("{band} mean")]))
        .collect();
    let mut rows = Vec::new();
    for column in &network.columns {
        for (layer, day) in column.layers.iter().enumerate() {
            let Some(day) = day else { continue };
            let date = column.date.map_or(Value::Null, |date| date.to_string().into());
            let side = if column.kind == Kind::Step { "decoder" } else { "encoder" };
            let head = [date].into_iter().chain(is_path.then(|| side.into())).chain([Value::from(layer + 1)]);
            rows.push(head.chain(values(day, state == "c")).collect());
        }
    }
    Table { columns, rows }
}

/// The numbers of a day, in the order of the columns.
fn values(day: &DayFlow, has_cell: bool) -> Vec<Value> {
    let both = |split: Split| [split.size(), split.mean()];
    let gates = day.gates.iter().map(|(_, mean)| *mean);
    let terms = day.terms.into_iter().flat_map(|terms| [terms.kept, terms.added]);
    let bands = [day.before].into_iter().chain(terms).chain([day.after]).chain(has_cell.then_some(day.hidden));
    gates.chain(bands.flat_map(both)).map(|value| rounded(value).into()).collect()
}
