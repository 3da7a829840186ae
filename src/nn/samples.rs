//! Windows over a table of days, and their targets.

use ndarray::Array2;

/// Windows over a table of daily inputs, and the targets of each window.
///
/// A window is identified by its last row, its *origin*. Windows share the rows of the table.
#[derive(Debug, Clone)]
pub struct Samples<F> {
    /// One row per day, one column per input, in row-major order.
    pub inputs: Array2<F>,
    /// Days of a window.
    pub window: usize,
    /// Row of the last day of each window; at least `window - 1`.
    pub origins: Vec<usize>,
    /// The number of targets per window: 1, one for each of several days ahead, or the days of a path.
    pub steps: usize,
    /// The targets, `(window, step)`. An unknown target is NaN and has no loss.
    pub targets: Vec<F>,
    /// The weight of each step in the loss, if the weights differ.
    pub weights: Option<Vec<f64>>,
    /// The first input of a decoder, one number per window: the quantity that it forecasts, on the origin. Only
    /// networks with a decoder read it.
    pub starts: Vec<F>,
}

impl<F> Samples<F> {
    /// Returns, for each of the windows `indices`, the rest of the table from the inputs of day `day` on.
    ///
    /// # Panics
    /// If a window does not exist, or the inputs are not in row-major order.
    #[inline]
    pub fn on_day<'a>(&'a self, indices: &'a [usize], day: usize) -> impl Iterator<Item = &'a [F]> + Clone {
        let Some(inputs) = self.inputs.as_slice() else { panic!("inputs are in row-major order") };
        let columns = self.inputs.ncols();
        indices.iter().map(move |index| &inputs[(self.origins[*index] + 1 + day - self.window) * columns..])
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.origins.len()
    }

    /// Whether there is no window.
    pub fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }
}
