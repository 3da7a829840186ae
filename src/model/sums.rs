//! The terms of the sum inside the nonlinearity of a layer without gates, computed from the weights and the layer's
//! inputs.
//!
//! ```text
//! Simple RNN    a_t = x_t W_ih + h_{t-1} W_hh + b
//! dense         a   = sum over t of x_t W_t + b
//! convolution   a_t = sum over k of x_{t-k} W_k + b
//! ```
//!
//! The sums are in double precision and the forward pass is in single precision, so act(a) equals the h of the trace
//! except for rounding.

use ndarray::{Array2, ArrayView1, ArrayView2, s};

use fourcast_nn::CellKind;
use fourcast_nn::parameters::Parameters;
use fourcast_nn::trace::{LayerTrace, Trace};

/// The origin of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermSource {
    /// The inputs of a day or, in upper layers, the hidden state of the layer below on that day: x W. Days are counted
    /// from the first day that the layer reads.
    Day(usize),
    /// The layer's hidden state of the previous day: h W.
    State,
    /// The bias b.
    Bias,
}

/// A term of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct SumTerm {
    /// The origin of the term.
    pub source: TermSource,
    /// The values, one per unit.
    pub values: Vec<f64>,
}

/// The sums of a layer: the terms of each day that the layer writes.
pub type LayerSums = Vec<Vec<SumTerm>>;

/// The sums of all layers of a network, the lowest first; empty if the cell has gates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums {
    /// Of the layers that read the window.
    pub encoder: Vec<LayerSums>,
    /// Of the layers that write a path.
    pub decoder: Vec<LayerSums>,
}

impl Sums {
    /// Returns the sums of a forward pass with these weights, in which `read` (days, inputs) was the window.
    pub(super) fn of(cell: CellKind, weights: &Parameters<f32>, read: &Array2<f64>, trace: &Trace) -> Sums {
        if cell.is_gated() {
            return Sums::default();
        }
        let fed = Array2::from_shape_fn((trace.fed.len(), 1), |(step, _)| trace.fed[step]);
        let side = |name: &'static str, layers: &[LayerTrace], lowest: &Array2<f64>, starts: &[LayerTrace]| {
            let sums = |(number, own): (usize, &LayerTrace)| {
                let below = number.checked_sub(1).and_then(|below| layers[below].quantity("h")).unwrap_or(lowest);
                Layer { cell, weights, name, number }.sums(below, own, starts.get(number))
            };
            layers.iter().enumerate().map(sums).collect()
        };
        let encoder = if trace.decoder.is_empty() { cell.name() } else { "encoder" };
        Sums {
            encoder: side(encoder, &trace.encoder, read, &[]),
            decoder: side("decoder", &trace.decoder, &fed, &trace.encoder),
        }
    }
}

/// A layer, identified by the names of its tensors.
struct Layer<'a> {
    cell: CellKind,
    weights: &'a Parameters<f32>,
    name: &'static str,
    number: usize,
}

impl Layer<'_> {
    /// Returns a tensor with units as rows; `None` if the layer does not have it.
    fn tensor(&self, kind: &str) -> Option<Array2<f64>> {
        let tensor = self.weights.find(&format!("{}.{kind}_l{}", self.name, self.number))?;
        let values = self.weights.unpack(tensor, &self.weights.values);
        let rows = values.shape()[0];
        values.mapv(f64::from).into_shape_with_order((rows, values.len() / rows)).ok()
    }

    /// Returns the sums of the days that the layer writes, given its inputs `x`. `start` is the layer from whose last
    /// state this layer starts.
    fn sums(&self, x: &Array2<f64>, own: &LayerTrace, start: Option<&LayerTrace>) -> LayerSums {
        let Some(h) = own.quantity("h") else { return Vec::new() };
        let bias = self.bias(h.ncols());
        let inputs = self.input_weights(x.ncols());
        let recurrent = self.tensor("weight_hh");
        let first = start.and_then(|start| start.quantity("h")).filter(|h| h.nrows() > 0);
        let before = |day: usize| match (day.checked_sub(1), first) {
            (Some(last), _) => Some(h.row(last)),
            (None, Some(start)) => Some(start.row(start.nrows() - 1)),
            (None, None) => None,
        };
        let of_day = |day: usize| {
            let reads = self.reads(day, x.nrows(), inputs.len());
            let terms = reads.map(|(source, tap)| SumTerm {
                source: TermSource::Day(source),
                values: times(&inputs[tap].view(), &x.row(source)),
            });
            let state = recurrent.as_ref().map(|w| SumTerm {
                source: TermSource::State,
                values: before(day).map_or_else(|| vec![0.0; h.ncols()], |h| times(&w.view(), &h)),
            });
            terms.chain(state).chain([SumTerm { source: TermSource::Bias, values: bias.clone() }]).collect()
        };
        (0..h.nrows()).map(of_day).collect()
    }

    fn bias(&self, units: usize) -> Vec<f64> {
        let all = ["bias", "bias_ih", "bias_hh"].into_iter().filter_map(|kind| self.tensor(kind));
        let sum = all.fold(Array2::zeros((units, 1)), |sum, bias| sum + bias);
        sum.into_iter().collect()
    }

    /// Returns one matrix (units, inputs) for each of the days that are read together.
    fn input_weights(&self, inputs: usize) -> Vec<Array2<f64>> {
        match self.cell {
            CellKind::Dense => {
                let all = self.tensor("weight").unwrap_or_default();
                let day = |day: usize| all.slice(s![.., day * inputs..(day + 1) * inputs]).to_owned();
                (0..all.ncols() / inputs.max(1)).map(day).collect()
            }
            CellKind::Conv => (0..).map_while(|tap| self.tensor(&format!("weight{tap}"))).collect(),
            _ => self.tensor("weight_ih").into_iter().collect(),
        }
    }

    /// Returns the days that are read to write day `day`, each with the index of its weights.
    fn reads(&self, day: usize, days: usize, matrices: usize) -> impl Iterator<Item = (usize, usize)> {
        let pairs: Vec<(usize, usize)> = match self.cell {
            CellKind::Dense => (0..days.min(matrices)).map(|day| (day, day)).collect(),
            cell => (0..cell.taps().min(matrices).min(day + 1)).map(|tap| (day - tap, tap)).collect(),
        };
        pairs.into_iter()
    }
}

/// Returns W x, (units).
fn times(weights: &ArrayView2<'_, f64>, x: &ArrayView1<'_, f64>) -> Vec<f64> {
    weights.dot(x).into_raw_vec_and_offset().0
}
