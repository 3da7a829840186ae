//! The layers of an encoder or a decoder.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::cell::{Cell, Read, Size, TensorNames, Weights};
use super::float::Float;
use super::kernels::{Isa, Lanes, Real, Sequence};
use super::parameters::Parameters;
use super::shape::Shape;

/// The layers of an encoder or a decoder, the lowest first.
pub struct Stack<F> {
    /// At least one.
    pub cells: Vec<Box<dyn Cell<F>>>,
    dropout: Option<Dropout<F>>,
}

impl<F: Float> Stack<F> {
    /// Returns the layers of `shape`, without dropout. The names of their tensors start with `name`. `size` is the size
    /// of the lowest layer, except that `read` gives the days on which the uppermost layer is read.
    pub fn new(parameters: &mut Parameters<F>, isa: Isa, shape: Shape, name: &str, size: Size) -> Self {
        let mut cells = Vec::new();
        let top = size.read;
        let mut size = Size { read: Read::EveryDay, ..size };
        for number in 0..shape.layers {
            if number + 1 == shape.layers {
                size.read = top;
            }
            let cell = F::layer(parameters, isa, shape, TensorNames { stack: name, layer: number }, size);
            // The next layer reads all units of this layer, on all days that this layer writes.
            let days = (0..size.window).filter(|day| cell.output_day(*day).is_some()).count();
            size = Size { inputs: shape.hidden, window: days, ..size };
            cells.push(cell);
        }
        Stack { cells, dropout: None }
    }

    /// Applies dropout between layers in training.
    pub fn enable_dropout(&mut self, rate: f64, rng: Pcg64) {
        let between = self.cells.len() - 1;
        let like = |cell: &dyn Cell<F>| {
            let h = cell.h();
            Sequence::new(h.days() - 1, h.units(), h.rows())
        };
        let buffers: Vec<_> = self.cells[..between].iter().map(|cell| like(&**cell)).collect();
        self.dropout = Some(Dropout { rate, rng, on: false, masks: buffers.clone(), x: buffers.clone(), dx: buffers });
    }

    /// The random number generator of dropout.
    pub fn dropout_rng(&self) -> Option<&Pcg64> {
        self.dropout.as_ref().map(|dropout| &dropout.rng)
    }

    /// The random number generator of dropout, mutable.
    pub fn dropout_rng_mut(&mut self) -> Option<&mut Pcg64> {
        self.dropout.as_mut().map(|dropout| &mut dropout.rng)
    }

    /// Turns dropout on or off.
    pub fn set_training(&mut self, on: bool) {
        if let Some(dropout) = &mut self.dropout {
            dropout.on = on;
        }
    }

    /// The uppermost layer.
    pub fn top(&mut self) -> &mut dyn Cell<F> {
        let top = self.cells.len() - 1;
        &mut *self.cells[top]
    }

    /// Computes day `day` of the forward pass, from `x` to the uppermost layer.
    pub fn forward(&mut self, weights: Weights<'_, F>, x: &[Lanes<F>], day: usize, rows: usize) {
        let mut day = day;
        for layer in 0..self.cells.len() {
            let (below, this) = self.cells.split_at_mut(layer);
            let x = match (below.last(), &mut self.dropout) {
                (None, _) => x,
                (Some(below), Some(dropout)) if dropout.on => dropout.forward(layer - 1, &**below, day, rows),
                (Some(below), _) => days_of(&**below),
            };
            this[0].forward(weights, x, day, rows);
            match this[0].output_day(day) {
                Some(next) => day = next,
                None => return,
            }
        }
    }

    /// Begins a backward pass.
    pub fn start_backward(&mut self) {
        for cell in &mut self.cells {
            cell.start_backward();
        }
        for dx in self.dropout.iter_mut().flat_map(|dropout| &mut dropout.dx) {
            dx.clear();
        }
    }

    /// Computes day `day` of the backward pass, from the uppermost layer's `dh` to `dx`.
    pub fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, mut dx: Option<&mut [Lanes<F>]>) {
        for layer in (0..self.cells.len()).rev() {
            let Some(day) = self.day_of(layer, day) else { continue };
            let (below, this) = self.cells.split_at_mut(layer);
            match (below.last_mut(), &mut self.dropout) {
                (None, _) => this[0].backward(weights, day, rows, dx.take()),
                (Some(below), Some(dropout)) if dropout.on => {
                    this[0].backward(weights, day, rows, Some(dropout.dx[layer - 1].all_mut()));
                    dropout.backward(layer - 1, &mut **below, day, rows);
                }
                (Some(below), _) => {
                    let first = below.dh().day_len();
                    this[0].backward(weights, day, rows, Some(&mut below.dh().all_mut()[first..]));
                }
            }
        }
    }

    /// Returns the day of a layer's input that is written after day `day` of the stack's input, if one is.
    fn day_of(&self, layer: usize, day: usize) -> Option<usize> {
        self.cells[..layer].iter().try_fold(day, |day, cell| cell.output_day(day))
    }

    /// Writes the gradients of all weights to their positions in `gradient`, which must hold zeros there.
    pub fn weight_gradient(&mut self, x: &[Lanes<F>], rows: usize, gradient: &mut [Lanes<F>]) {
        for layer in 0..self.cells.len() {
            let (below, this) = self.cells.split_at_mut(layer);
            let x = match (below.last(), &self.dropout) {
                (None, _) => x,
                (Some(_), Some(dropout)) if dropout.on => dropout.x[layer - 1].all(),
                (Some(below), _) => days_of(&**below),
            };
            this[0].weight_gradient(x, rows, gradient);
        }
    }
}

/// The states of a layer, without the slot before the first day.
fn days_of<F: Real>(cell: &dyn Cell<F>) -> &[Lanes<F>] {
    &cell.h().all()[cell.h().day_len()..]
}

/// Dropout between layers (Srivastava et al. 2014), with a new mask every day, as in `torch.nn.LSTM`. Training
/// scales by `1 / (1 - rate)`, so that prediction needs no scaling.
struct Dropout<F> {
    rate: f64,
    rng: Pcg64,
    on: bool,
    masks: Vec<Sequence<F>>, // between layers: 0 or 1 / (1 - rate)
    x: Vec<Sequence<F>>,     // h times the mask
    dx: Vec<Sequence<F>>,    // dL/dx
}

impl<F: Real> Dropout<F> {
    /// Applies a new mask to the states of the layer below on day `day`; returns all days so far. Not inlined: when it
    /// was, the compiler multiplied `rate` before the test whether there is dropout. Without dropout that memory is
    /// uninitialised, and a multiplication of a subnormal number takes a hundred cycles.
    #[inline(never)]
    fn forward(&mut self, between: usize, below: &dyn Cell<F>, day: usize, rows: usize) -> &[Lanes<F>] {
        let h = below.h();
        let keep = F::of(1.0 / (1.0 - self.rate));
        let (x, mask) = (self.x[between].day_mut(day), self.masks[between].day_mut(day));
        for first in (0..h.day_len()).step_by(h.rows()) {
            for k in first..first + rows {
                let scale = |_| if self.rng.random_bool(self.rate) { F::ZERO } else { keep };
                mask[k] = Lanes(std::array::from_fn(scale));
                x[k] = h.day(day + 1)[k] * mask[k];
            }
        }
        self.x[between].all()
    }

    /// Adds dL/dx times the mask to dL/dh of the layer below.
    fn backward(&mut self, between: usize, below: &mut dyn Cell<F>, day: usize, rows: usize) {
        let dh = below.dh();
        let (len, stride) = (dh.day_len(), dh.rows());
        let (dx, mask) = (self.dx[between].day(day), self.masks[between].day(day));
        for first in (0..len).step_by(stride) {
            for k in first..first + rows {
                dh.day_mut(day + 1)[k] += dx[k] * mask[k];
            }
        }
    }
}
