//! The gates, cell states and hidden states that a forward pass leaves in the layers of a network, as plain arrays.

use ndarray::Array2;

use super::cell::Cell;
use super::float::Float;
use super::kernels::{LANES, blocks};
use super::network::Network;
use super::stack::Stack;

/// The layers of a network after a forward pass, for one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The layers that read the window, the lowest first.
    pub encoder: Vec<LayerTrace>,
    /// The layers that write a path, the lowest first; none without a decoder.
    pub decoder: Vec<LayerTrace>,
    /// The inputs of the decoder, one per step.
    pub fed: Vec<f64>,
}

/// The quantities that a layer computes, in the order of computation: the gates `i f g o` and the states `c h` of an
/// LSTM, `r z n h` of a GRU, `h` of the other cells.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerTrace {
    /// The letter of each quantity in the equations, and its values, (days, units). A dense layer has one day, because
    /// it writes once, after the last day.
    pub quantities: Vec<(&'static str, Array2<f64>)>,
}

impl LayerTrace {
    fn of<F: Float>(cell: &dyn Cell<F>, row: usize) -> LayerTrace {
        let (days, units) = (cell.h().days() - 1, cell.h().units());
        let values = |value: &dyn Fn(usize, usize) -> F| {
            Array2::from_shape_fn((days, units), |(day, unit)| value(day, unit).to_f64())
        };
        let gates = cell.gates().into_iter().flat_map(|(named, gates)| {
            let of = |place: usize| values(&|day, unit| gates.get(day, row, place * blocks(units) * LANES + unit));
            named.iter().map(move |gate| (gate.letter, of(gate.place)))
        });
        // Slot 0 of a state is the state before the first day.
        let states = [("c", cell.c()), ("h", Some(cell.h()))];
        let states = states.into_iter().filter_map(|(name, states)| Some((name, states?)));
        let states = states.map(|(name, states)| (name, values(&|day, unit| states.get(day + 1, row, unit))));
        LayerTrace { quantities: gates.chain(states).collect() }
    }

    /// Returns the values of a quantity, (days, units).
    pub fn quantity(&self, name: &str) -> Option<&Array2<f64>> {
        self.quantities.iter().find(|(own, _)| *own == name).map(|(_, values)| values)
    }
}

impl Trace {
    /// Returns the trace of the window in row `row` of the last forward pass. After a backward pass the gates hold
    /// their gradients instead of their values.
    ///
    /// # Panics
    /// If the row is not in the first micro-batch.
    pub fn of<F: Float>(network: &mut Network<F>, row: usize) -> Trace {
        let layers = |stack: &Stack<F>| stack.cells.iter().map(|cell| LayerTrace::of(&**cell, row)).collect();
        let encoder = layers(network.encoder());
        let Some(decoder) = network.decoder() else {
            return Trace { encoder, decoder: Vec::new(), fed: Vec::new() };
        };
        let fed = (0..decoder.x().days()).map(|step| decoder.x().get(step, row, 0).to_f64()).collect();
        Trace { encoder, decoder: layers(&decoder.stack), fed }
    }
}
