//! The values of an explanation that are printed: those of its layers, day by day.

use crate::model::Explanation;
use crate::report::forecast::ForecastRow;
use crate::report::screen::Screen;

/// An explanation, and which parts of it are printed.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// The whole explanation.
    pub explanation: &'a Explanation,
    /// The forecast, one row per day.
    pub rows: &'a [ForecastRow],
    /// Whether only the norm of the gradient with respect to each day of the window is printed.
    pub gradient_norms: bool,
    /// Whether gates and states are printed for each unit of each network, not only as mean and standard deviation.
    pub units: bool,
    /// The screen for tables.
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

/// A quantity of a layer: for each day, its values in all units of the explained members.
pub struct Quantity {
    pub side: Side,
    /// The number of the layer, from 1.
    pub layer: usize,
    /// The letter in the equations.
    pub name: &'static str,
    /// Days of the window without a value: a dense layer has one output, after the last day.
    pub skipped: usize,
    /// (days, members, units)
    pub values: Vec<Vec<Vec<f64>>>,
}

impl Quantity {
    /// Returns mean and standard deviation over the units of all members, day by day.
    pub fn spreads(&self) -> Vec<Spread> {
        self.values.iter().map(|day| Spread::of(day.iter().flatten().copied())).collect()
    }
}

/// Returns all quantities: of the encoder from the lowest layer up, then of the decoder.
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
