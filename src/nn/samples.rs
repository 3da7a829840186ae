//! Windows and their targets, without copying a day twice.

use ndarray::Array2;

/// Windows over a table of daily inputs, and what should come out of each.
///
/// A window is named by its last row, its *origin*; neighbouring windows share their rows.
#[derive(Debug, Clone)]
pub struct Samples<F> {
    /// One row a day, one column an input; row after row in memory.
    pub inputs: Array2<F>,
    /// Days a window sees.
    pub window: usize,
    /// Row of the last day of each window; at least `window - 1`.
    pub origins: Vec<usize>,
    /// Targets a window: 1, or the days of a path.
    pub steps: usize,
    /// The targets, `(window, step)`.
    pub targets: Vec<F>,
    /// What a decoder reads first, one number a window: what it forecasts, as it was on the origin.
    /// Networks without a decoder do not look at it.
    pub starts: Vec<F>,
}

impl<F> Samples<F> {
    /// The inputs of a day of each of the windows `picks`, and whatever days follow.
    ///
    /// # Panics
    /// If there is no such window, or the inputs do not lie row after row.
    #[inline]
    pub fn on_day<'a>(&'a self, indices: &'a [usize], day: usize) -> impl Iterator<Item = &'a [F]> + Clone {
        let Some(inputs) = self.inputs.as_slice() else { panic!("inputs lie row after row") };
        let columns = self.inputs.ncols();
        indices.iter().map(move |pick| &inputs[(self.origins[*pick] + 1 + day - self.window) * columns..])
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
