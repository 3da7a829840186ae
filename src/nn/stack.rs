//! Layers one above the other, day by day.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::Real;
use super::cell::{Cell, Weights};
use super::kernels::{Lanes, Sequence};

/// The layers of an encoder or a decoder, the lowest first.
pub struct Stack<F> {
    /// At least one.
    pub cells: Vec<Box<dyn Cell<F>>>,
    dropout: Option<Dropout<F>>,
}

impl<F: Real> Stack<F> {
    /// Without dropout.
    pub fn new(cells: Vec<Box<dyn Cell<F>>>) -> Self {
        Stack { cells, dropout: None }
    }

    /// Drops a share of what each layer hands to the next, in training.
    pub fn drop_out(&mut self, rate: f64, rng: Pcg64) {
        let between = self.cells.len() - 1;
        let like = |cell: &dyn Cell<F>| {
            let h = cell.h();
            Sequence::new(h.days() - 1, h.units(), h.rows())
        };
        let buffers: Vec<_> = self.cells[..between].iter().map(|cell| like(&**cell)).collect();
        self.dropout = Some(Dropout { rate, rng, on: false, masks: buffers.clone(), x: buffers.clone(), dx: buffers });
    }

    /// Turns dropout on for training, and off for everything else.
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

    /// Day `day` of the forward pass, from `x` up.
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

    /// Forgets the gradients of the last way back.
    pub fn start_backward(&mut self) {
        for cell in &mut self.cells {
            cell.start_backward();
        }
        for dx in self.dropout.iter_mut().flat_map(|dropout| &mut dropout.dx) {
            dx.clear();
        }
    }

    /// Day `day` of the way back, from the uppermost layer's `dh` down to `dx`.
    pub fn backward(&mut self, weights: Weights<'_, F>, day: usize, rows: usize, mut dx: Option<&mut [Lanes<F>]>) {
        for layer in (0..self.cells.len()).rev() {
            let Some(day) = self.due(layer, day) else { continue };
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

    /// The day of a layer that belongs to day `day` of the input, if it is due.
    fn due(&self, layer: usize, day: usize) -> Option<usize> {
        self.cells[..layer].iter().try_fold(day, |day, cell| cell.output_day(day))
    }

    /// Writes the gradients of all weights to their places in `gradient`, which hold zero before.
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

/// The days a layer has written, without the slot before the first.
fn days_of<F: Real>(cell: &dyn Cell<F>) -> &[Lanes<F>] {
    &cell.h().all()[cell.h().day_len()..]
}

/// Dropout between layers (Srivastava et al. 2014), scaled in training so that nothing changes
/// afterwards; a new mask for every day, as in `torch.nn.LSTM`.
struct Dropout<F> {
    rate: f64,
    rng: Pcg64,
    on: bool,
    masks: Vec<Sequence<F>>, // between layers: 0 or 1 / (1 - rate)
    x: Vec<Sequence<F>>,     // what is left of h
    dx: Vec<Sequence<F>>,    // dL/dx of what is left
}

impl<F: Real> Dropout<F> {
    /// Drops from what the layer below wrote on a day; all days so far. Never inlined: a threshold that it
    /// makes of `rate` was computed where there is no dropout too, of the bits that stood there, and a
    /// product of a denormal number holds a processor up for a hundred cycles.
    #[inline(never)]
    fn forward(&mut self, between: usize, below: &dyn Cell<F>, day: usize, rows: usize) -> &[Lanes<F>] {
        let h = below.h();
        let keep = F::of(1.0 / (1.0 - self.rate));
        let (x, mask) = (self.x[between].day_mut(day), self.masks[between].day_mut(day));
        for first in (0..h.day_len()).step_by(h.rows()) {
            for k in first..first + rows {
                let kept = |_| if self.rng.random_bool(self.rate) { F::ZERO } else { keep };
                mask[k] = Lanes(std::array::from_fn(kept));
                x[k] = h.day(day + 1)[k] * mask[k];
            }
        }
        self.x[between].all()
    }

    /// dL/dh of the layer below += dL/dx of what was left, where it was left.
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
