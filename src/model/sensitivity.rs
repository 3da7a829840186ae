//! The dependence of an ensemble's forecast on the inputs of its window: gradients, integrated gradients, occlusion.
//!
//! All of these apply to two smooth functions of the standardised inputs x, the median and the logarithm of sigma (see
//! [`Measure`]), and are computed in double precision. The *baseline* is the window of average inputs, x = 0.
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

/// Windows per pass: one micro-batch.
const BATCH: usize = 32;
/// Initial number of intervals of Simpson's rule for the integral.
const FIRST_INTERVALS: usize = 16;
/// Maximum number of intervals that are computed, including those that were halved.
const MAX_INTERVALS: usize = 8192;
/// Maximum contribution of an interval to the completeness error, in per cent; with a larger one, the interval is
/// halved.
const COMPLETENESS: f64 = 2e-9;

/// The quantity that is attributed to the inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measure {
    /// The median of the ensemble times a factor that converts it to per cent of the last price.
    Median(f64),
    /// 100 times the logarithm of the mean sigma of the ensemble, so that differences are per cent of sigma.
    LogSigma,
}

/// The input of an ensemble for one forecast.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// (T, I), standardised.
    pub inputs: Array2<f64>,
    /// The first input of a decoder, if there is one.
    pub start: Option<f64>,
}

impl Window {
    /// Returns the window whose inputs are `factor` times as far from the average.
    fn scaled(&self, factor: f64) -> Window {
        Window { inputs: &self.inputs * factor, start: self.start.map(|start| start * factor) }
    }

    /// Returns the window with average inputs on a day.
    fn without_day(&self, day: usize) -> Window {
        let mut window = self.clone();
        window.inputs.row_mut(day).fill(0.0);
        window
    }
}

/// The contribution of the first input of a decoder to a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StartAttribution {
    /// The derivative with respect to the input.
    pub gradient: f64,
    /// The derivative times the input.
    pub gradient_times_input: f64,
    /// The integrated gradient.
    pub integrated: f64,
    /// The change if the input is replaced by its average.
    pub occlusion: f64,
}

/// The dependence of a measure of a forecast on the inputs of the window. The median is in per cent of the last price.
/// Sigma is 100 times its logarithm, so that differences are per cent of sigma.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The measure for the window, F(x).
    pub value: f64,
    /// The measure for average inputs, F(0).
    pub baseline: f64,
    /// dF/dx with respect to standardised inputs, (T, I).
    pub gradient: Array2<f64>,
    /// x dF/dx, (T, I).
    pub gradient_times_input: Array2<f64>,
    /// Integrated gradients from average inputs, (T, I).
    pub integrated: Array2<f64>,
    /// The contribution of each day: the measure of the window minus that of the window with average inputs on that
    /// day, (T).
    pub occlusion: Vec<f64>,
    /// The contribution of the first input of the decoder, if there is one.
    pub start: Option<StartAttribution>,
}

impl Attribution {
    /// Returns the norm of the gradient with respect to the inputs of each day.
    pub fn norms(&self) -> Vec<f64> {
        self.gradient.rows().into_iter().map(|day| day.dot(&day).sqrt()).collect()
    }

    /// Returns the [`norms`](Attribution::norms) divided by the largest; zeros if the measure depends on no input.
    pub fn relative_norms(&self) -> Vec<f64> {
        let norms = self.norms();
        let largest = norms.iter().fold(0.0, |largest: f64, norm| largest.max(*norm));
        norms.iter().map(|norm| if largest > 0.0 { norm / largest } else { 0.0 }).collect()
    }

    /// Returns the sum of a table (T, I) over the inputs of each day.
    pub fn by_day(table: &Array2<f64>) -> Vec<f64> {
        table.sum_axis(Axis(1)).to_vec()
    }

    /// Returns the sum of the integrated gradients minus F(x) - F(0). The difference is the error of the integral.
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

/// A derivative with respect to the inputs and to the first input of the decoder.
#[derive(Clone)]
struct Gradient {
    inputs: Array2<f64>,
    start: f64,
}

impl Ensemble {
    /// Returns the networks of a model, in double precision.
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

    /// Sets the step that is measured.
    pub fn measure_step(&mut self, step: usize) {
        self.step = step;
    }

    /// Returns the dependence of a measure on the inputs of a window. `replaced` is called with the number of days that
    /// have been replaced by average inputs since its last call; replacing days takes most of the time for long
    /// windows.
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

    /// Returns the mean gradient on the line from average inputs to the window, by Simpson's rule. An interval is
    /// halved if the rule does not give the difference of the measure between its ends. Most halvings are near the
    /// jumps of the gradient of ReLU.
    fn mean_gradient(&mut self, window: &Window, measure: Measure) -> Gradient {
        let mut mean = Gradient { inputs: Array2::zeros(window.inputs.raw_dim()), start: 0.0 };
        let width = 1.0 / FIRST_INTERVALS as f64;
        let mut open: Vec<(f64, f64)> =
            (0..FIRST_INTERVALS).map(|k| (k as f64 * width, (k + 1) as f64 * width)).collect();
        let mut computed = 0;
        while !open.is_empty() {
            computed += open.len();
            let mut halved = Vec::new();
            // Each interval has three points.
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

    /// Returns the integral of the gradient over each interval, and the completeness error of each.
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

    /// Returns the measure of each of at most [`BATCH`] windows.
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

    /// Returns the gradient of the measure of each of at most [`BATCH`] windows.
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
                    // Sigma does not depend on an output beyond its bound.
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

    /// Returns the outputs of the measured step, for each member and window.
    fn forward(&mut self, windows: &[Window]) -> Vec<Vec<Lanes<f64>>> {
        let (rows, step, loss) = (windows.len(), self.step, self.loss);
        let indices: Vec<usize> = (0..rows).collect();
        let outputs = |network: &mut Network<f64>| {
            let samples = samples(windows, network.shape().steps);
            network.forward(&samples, &indices, loss)[step * rows..][..rows].to_vec()
        };
        self.networks.iter_mut().map(outputs).collect()
    }

    /// Returns the distribution of an output. The sigma of a point forecast is one.
    fn distribution(&self, output: Lanes<f64>) -> StudentT {
        let [a0, a1, a2, ..] = output.0;
        match self.loss {
            Loss::StudentT => StudentT::from_outputs([a0, a1, a2]),
            Loss::Mse => StudentT { mu: a0, sigma: 1.0, nu: f64::INFINITY },
        }
    }
}

/// Returns the windows as samples without targets.
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
