//! How the forecast of an ensemble depends on the inputs of its window: gradients, integrated gradients, occlusion.
//!
//! All of it is about two smooth functions of the standardised inputs x, the median and the logarithm of sigma (see
//! [`Measure`]), and is computed in double precision. The *baseline* is the window of average inputs, x = 0.
//!
//! ```text
//! gradient              dF/dx
//! gradient x input      x dF/dx
//! integrated gradients  x times the integral over a from 0 to 1 of dF/dx at a x; their sum is F(x) - F(0)
//! occlusion             F(x) - F(x with the inputs of one day at zero)
//! ```
//!
//! Integrated gradients: Sundararajan, Taly & Yan 2017. Occlusion: Zeiler & Fergus 2014.
//! T = days of the window, I = inputs.

use ndarray::{Array2, Axis};

use fourcast_nn::loss::{Loss, StudentT};
use fourcast_nn::parameters::Parameters;
use fourcast_nn::{Isa, Lanes, Network, Samples, Shape};

/// Windows of a pass: one micro-batch.
const BATCH: usize = 32;
/// Intervals of Simpson's rule for the integral at first.
const FIRST_INTERVALS: usize = 16;
/// Intervals that are computed at most, those that were halved included.
const MAX_INTERVALS: usize = 8192;
/// An interval is halved if its part of the completeness error is larger, in per cent.
const COMPLETENESS: f64 = 2e-9;

/// What of a forecast is attributed to its inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measure {
    /// The median of the ensemble times a factor, which makes it per cent of the last price.
    Median(f64),
    /// 100 times the logarithm of the mean sigma of the ensemble: differences are per cent of sigma.
    LogSigma,
}

/// What an ensemble reads for one forecast.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// (T, I), standardised.
    pub inputs: Array2<f64>,
    /// The first input of a decoder, if there is one.
    pub start: Option<f64>,
}

impl Window {
    /// The window whose inputs are `factor` times as far from the average.
    fn scaled(&self, factor: f64) -> Window {
        Window { inputs: &self.inputs * factor, start: self.start.map(|start| start * factor) }
    }

    /// The window with average inputs on a day.
    fn without_day(&self, day: usize) -> Window {
        let mut window = self.clone();
        window.inputs.row_mut(day).fill(0.0);
        window
    }
}

/// The part of the first input of a decoder in a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StartAttribution {
    /// The derivative by it.
    pub gradient: f64,
    /// The derivative times the input.
    pub gradient_times_input: f64,
    /// Its integrated gradient.
    pub integrated: f64,
    /// The change if it is replaced by its average.
    pub occlusion: f64,
}

/// How a measure of a forecast depends on the inputs of the window. Median: per cent of the last price. Sigma: 100
/// times its logarithm, so that differences are per cent of sigma.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The measure of the window, F(x).
    pub value: f64,
    /// The measure of average inputs, F(0).
    pub baseline: f64,
    /// dF/dx by standardised inputs, (T, I).
    pub gradient: Array2<f64>,
    /// x dF/dx, (T, I).
    pub gradient_times_input: Array2<f64>,
    /// Integrated gradients from average inputs, (T, I).
    pub integrated: Array2<f64>,
    /// The change of the measure by each day: the window less the window with average inputs on that day, (T).
    pub occlusion: Vec<f64>,
    /// The part of the first input of the decoder, if there is one.
    pub start: Option<StartAttribution>,
}

impl Attribution {
    /// The norm of the gradient by the inputs of each day.
    pub fn norms(&self) -> Vec<f64> {
        self.gradient.rows().into_iter().map(|day| day.dot(&day).sqrt()).collect()
    }

    /// The [`norms`](Attribution::norms) divided by the largest; zeros where the measure depends on no input.
    pub fn relative_norms(&self) -> Vec<f64> {
        let norms = self.norms();
        let largest = norms.iter().fold(0.0, |largest: f64, norm| largest.max(*norm));
        norms.iter().map(|norm| if largest > 0.0 { norm / largest } else { 0.0 }).collect()
    }

    /// The sum of a table (T, I) over the inputs of each day.
    pub fn by_day(table: &Array2<f64>) -> Vec<f64> {
        table.sum_axis(Axis(1)).to_vec()
    }

    /// The sum of the integrated gradients less F(x) - F(0), which it equals but for the error of the integral.
    pub fn completeness_error(&self) -> f64 {
        let start = self.start.map_or(0.0, |start| start.integrated);
        self.integrated.sum() + start - (self.value - self.baseline)
    }
}

/// The networks of an ensemble, and the step of the path that is measured.
pub(super) struct Ensemble {
    networks: Vec<Network<f64>>,
    loss: Loss,
    step: usize,
}

/// A derivative by the inputs and by the first input of the decoder.
#[derive(Clone)]
struct Gradient {
    inputs: Array2<f64>,
    start: f64,
}

impl Ensemble {
    /// The networks of a model, in double precision.
    pub fn new<'a>(members: impl Iterator<Item = &'a Parameters<f32>>, shape: Shape, loss: Loss) -> Ensemble {
        let network = |member: &Parameters<f32>| {
            let mut weights = Network::<f64>::describe(shape);
            weights.allocate();
            for (to, from) in weights.values.iter_mut().zip(&member.values) {
                to.0 = from.0.map(f64::from);
            }
            let mut network = Network::new(shape, BATCH, Isa::detect());
            network.track_inputs();
            network.set_weights(&weights);
            network
        };
        Ensemble { networks: members.map(network).collect(), loss, step: 0 }
    }

    /// Measures that step from now on.
    pub fn measure_step(&mut self, step: usize) {
        self.step = step;
    }

    /// How a measure depends on the inputs of a window. `replaced` is called with the number of days that have been
    /// replaced by average inputs since its last call; replacing days takes most of the time of long windows.
    pub fn attribute(&mut self, window: &Window, measure: Measure, replaced: &mut dyn FnMut(usize)) -> Attribution {
        let ends = self.values(&[window.clone(), window.scaled(0.0)], measure);
        let Gradient { inputs: gradient, start } = self.gradients(std::slice::from_ref(window), measure).remove(0);
        let days = 0..window.inputs.nrows();
        let mut occlusion = Vec::with_capacity(days.len());
        for chunk in days.collect::<Vec<_>>().chunks(BATCH) {
            let windows: Vec<Window> = chunk.iter().map(|day| window.without_day(*day)).collect();
            occlusion.extend(self.values(&windows, measure).iter().map(|without| ends[0] - without));
            replaced(chunk.len());
        }
        let start = window.start.map(|x| StartAttribution {
            gradient: start,
            gradient_times_input: x * start,
            integrated: 0.0,
            occlusion: ends[0] - self.values(&[Window { start: Some(0.0), ..window.clone() }], measure)[0],
        });
        let mut attribution = Attribution {
            value: ends[0],
            baseline: ends[1],
            gradient_times_input: &window.inputs * &gradient,
            integrated: Array2::zeros(gradient.raw_dim()),
            gradient,
            occlusion,
            start,
        };
        let mean = self.mean_gradient(window, measure);
        attribution.integrated = &window.inputs * &mean.inputs;
        if let (Some(start), Some(x)) = (&mut attribution.start, window.start) {
            start.integrated = x * mean.start;
        }
        attribution
    }

    /// The mean gradient on the line from average inputs to the window, by Simpson's rule. An interval is halved where
    /// the rule does not give the difference of the measure between its ends: near the jumps that the gradient of ReLU
    /// has, far more often than elsewhere.
    fn mean_gradient(&mut self, window: &Window, measure: Measure) -> Gradient {
        let mut mean = Gradient { inputs: Array2::zeros(window.inputs.raw_dim()), start: 0.0 };
        let width = 1.0 / FIRST_INTERVALS as f64;
        let mut open: Vec<(f64, f64)> =
            (0..FIRST_INTERVALS).map(|k| (k as f64 * width, (k + 1) as f64 * width)).collect();
        let mut computed = 0;
        while !open.is_empty() {
            computed += open.len();
            let mut halved = Vec::new();
            // Three points of an interval.
            for intervals in open.chunks(BATCH / 3) {
                let parts = self.intervals(window, measure, intervals);
                for ((low, high), (part, error)) in intervals.iter().zip(parts) {
                    if error.abs() > COMPLETENESS && computed < MAX_INTERVALS {
                        let middle = 0.5 * (low + high);
                        halved.extend([(*low, middle), (middle, *high)]);
                    } else {
                        mean.inputs += &part.inputs;
                        mean.start += part.start;
                    }
                }
            }
            open = halved;
        }
        mean
    }

    /// The integral of the gradient over each of some intervals, and the completeness error of each.
    fn intervals(&mut self, window: &Window, measure: Measure, intervals: &[(f64, f64)]) -> Vec<(Gradient, f64)> {
        let points = |(low, high): &(f64, f64)| [*low, 0.5 * (low + high), *high];
        let windows: Vec<Window> = intervals.iter().flat_map(points).map(|point| window.scaled(point)).collect();
        let values = self.values(&windows, measure);
        let gradients = self.gradients(&windows, measure);
        let each = intervals.iter().zip(gradients.chunks_exact(3).zip(values.chunks_exact(3)));
        each.map(|((low, high), (gradients, values))| {
            let weight = (high - low) / 6.0;
            let [first, middle, last] = [&gradients[0], &gradients[1], &gradients[2]];
            let part = Gradient {
                inputs: (&first.inputs + 4.0 * &middle.inputs + &last.inputs) * weight,
                start: (first.start + 4.0 * middle.start + last.start) * weight,
            };
            let sum = (&part.inputs * &window.inputs).sum() + part.start * window.start.unwrap_or(0.0);
            (part, sum - (values[2] - values[0]))
        })
        .collect()
    }

    /// The measure of each of at most [`BATCH`] windows.
    pub fn values(&mut self, windows: &[Window], measure: Measure) -> Vec<f64> {
        let outputs = self.forward(windows);
        let value = |row: usize| {
            let members = outputs.iter().map(|outputs| self.distribution(outputs[row]));
            let count = outputs.len() as f64;
            match measure {
                Measure::Median(factor) => factor * members.map(|t| t.mu).sum::<f64>() / count,
                Measure::LogSigma => 100.0 * (members.map(|t| t.sigma).sum::<f64>() / count).ln(),
            }
        };
        (0..windows.len()).map(value).collect()
    }

    /// The gradient of the measure of each of at most [`BATCH`] windows.
    fn gradients(&mut self, windows: &[Window], measure: Measure) -> Vec<Gradient> {
        let outputs = self.forward(windows);
        let rows = windows.len();
        let zero = Gradient { inputs: Array2::zeros(windows[0].inputs.raw_dim()), start: 0.0 };
        let mut sums = vec![zero; rows];
        let sigma_of = |row: usize| outputs.iter().map(|outputs| self.distribution(outputs[row]).sigma).sum::<f64>();
        let total_sigma: Vec<f64> = (0..rows).map(sigma_of).collect();
        for (member, outputs) in outputs.iter().enumerate() {
            let mut d_output = vec![Lanes::<f64>::ZERO; self.networks[member].shape().steps * rows];
            for (row, output) in outputs.iter().enumerate() {
                let d_output = &mut d_output[self.step * rows + row].0;
                match measure {
                    Measure::Median(factor) => {
                        d_output[0] = factor * self.loss.point_scale() / self.networks.len() as f64
                    }
                    // Where the head's output is beyond its bound sigma does not depend on it.
                    Measure::LogSigma if StudentT::bounds_sigma(output.0[1]) => {}
                    // dln(sum of sigma)/da1 = sigma / sum of sigma
                    Measure::LogSigma => d_output[1] = 100.0 * self.distribution(*output).sigma / total_sigma[row],
                }
            }
            let network = &mut self.networks[member];
            network.backward(&d_output);
            let Some(dx) = network.input_gradient(rows) else { unreachable!("inputs are tracked") };
            for (row, (sum, dx)) in sums.iter_mut().zip(dx.outer_iter()).enumerate() {
                sum.inputs += &dx;
                sum.start += network.decoder().map_or(0.0, |decoder| decoder.start_gradient(row));
            }
        }
        sums
    }

    /// The outputs of the measured step, for each member and window.
    fn forward(&mut self, windows: &[Window]) -> Vec<Vec<Lanes<f64>>> {
        let (rows, step, loss) = (windows.len(), self.step, self.loss);
        let indices: Vec<usize> = (0..rows).collect();
        let outputs = |network: &mut Network<f64>| {
            let samples = samples(windows, network.shape().steps);
            network.forward(&samples, &indices, loss)[step * rows..][..rows].to_vec()
        };
        self.networks.iter_mut().map(outputs).collect()
    }

    /// The distribution of an output. The sigma of a point forecast is one.
    fn distribution(&self, output: Lanes<f64>) -> StudentT {
        let [a0, a1, a2, ..] = output.0;
        match self.loss {
            Loss::StudentT => StudentT::from_outputs([a0, a1, a2]),
            Loss::Mse => StudentT { mu: a0, sigma: 1.0, nu: f64::INFINITY },
        }
    }
}

/// The windows as samples without targets.
fn samples(windows: &[Window], steps: usize) -> Samples<f64> {
    let days = windows[0].inputs.nrows();
    let inputs = Array2::from_shape_fn((windows.len() * days, windows[0].inputs.ncols()), |(row, input)| {
        windows[row / days].inputs[(row % days, input)]
    });
    Samples {
        inputs,
        window: days,
        origins: (0..windows.len()).map(|window| (window + 1) * days - 1).collect(),
        steps,
        targets: vec![f64::NAN; windows.len() * steps],
        weights: None,
        starts: windows.iter().map(|window| window.start.unwrap_or(0.0)).collect(),
    }
}
