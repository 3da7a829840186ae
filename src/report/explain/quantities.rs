//! What is printed of an explanation: the values of its layers, day by day.

use crate::model::Explanation;
use crate::report::forecast::ForecastRow;
use crate::report::screen::Screen;

/// What of an explanation is printed.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// All of it.
    pub explanation: &'a Explanation,
    /// The forecast, one row per day.
    pub rows: &'a [ForecastRow],
    /// Only how the gradient fades over the window.
    pub gradient_norms: bool,
    /// Gates and states of each unit of each network, not only their mean and standard deviation.
    pub units: bool,
    /// Where a table goes.
    pub screen: Screen,
}

/// Mean and standard deviation of some numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub mean: f64,
    pub deviation: f64,
}

impl Spread {
    pub fn of(values: impl Iterator<Item = f64> + Clone) -> Spread {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let deviation = (values.map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
        Spread { mean, deviation }
    }
}

/// The two sides of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Encoder,
    Decoder,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Side::Encoder => "encoder",
            Side::Decoder => "decoder",
        }
    }
}

/// A quantity of a layer: for each day its values in all units, of the members that were looked at.
pub struct Quantity {
    pub side: Side,
    /// From 1.
    pub layer: usize,
    /// The letter in the equations.
    pub name: &'static str,
    /// Days of the window that the layer has no value for: a dense layer writes once, after the last.
    pub skipped: usize,
    /// (days, members, units)
    pub values: Vec<Vec<Vec<f64>>>,
}

impl Quantity {
    /// Mean and standard deviation over the units of all members, day by day.
    pub fn spreads(&self) -> Vec<Spread> {
        self.values.iter().map(|day| Spread::of(day.iter().flatten().copied())).collect()
    }
}

/// All quantities: of the encoder from the lowest layer up, then of the decoder.
pub fn quantities(explanation: &Explanation) -> Vec<Quantity> {
    let traces = &explanation.traces;
    let side = |side: Side| {
        let layers = |trace: usize| match side {
            Side::Encoder => &traces[trace].trace.encoder,
            Side::Decoder => &traces[trace].trace.decoder,
        };
        let of_layer = move |layer: usize| {
            let names = layers(0)[layer].quantities.iter().enumerate();
            names.map(move |(place, (name, of_first))| Quantity {
                side,
                layer: layer + 1,
                name,
                skipped: if side == Side::Encoder { explanation.days.len() - of_first.nrows() } else { 0 },
                values: (0..of_first.nrows())
                    .map(|day| {
                        let of_member = |trace| layers(trace)[layer].quantities[place].1.row(day).to_vec();
                        (0..traces.len()).map(of_member).collect()
                    })
                    .collect(),
            })
        };
        (0..layers(0).len()).flat_map(of_layer).collect::<Vec<_>>()
    };
    let mut all = side(Side::Encoder);
    all.extend(side(Side::Decoder));
    all
}
