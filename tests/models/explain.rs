//! The output of `Forecaster::explain`, compared with a naive forward pass in plain loops that only reads the model
//! file.
//!
//! T = days, I = inputs, H = hidden, S = steps, O = outputs.

use std::collections::BTreeMap;
use std::fs;

use fourcast::features::InputSet;
use fourcast::model::{Attribution, Config, ExplainError, ExplainOptions, Explanation, TermSource, load, save};
use fourcast::nn::trace::LayerTrace;
use fourcast::nn::{Activation, CellKind, Topology};
use safetensors::SafeTensors;

use super::common;

/// Tolerance for values computed in single precision, with errors of about 1e-7.
const TOLERANCE: f64 = 1e-5;

type Vector = Vec<f64>;
/// The quantities of a layer by their letters, day by day.
type Layer = BTreeMap<&'static str, Vec<Vector>>;

/// The tensors of one network, by PyTorch's names.
struct Naive {
    tensors: BTreeMap<String, Vector>,
    cell: CellKind,
    activation: Activation,
    layers: usize,
    steps: usize,
}

/// The results of a naive forward pass.
struct Pass {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    fed: Vector,
    /// (S, O)
    outputs: Vec<Vector>,
}

fn sigmoid(a: f64) -> f64 {
    1.0 / (1.0 + (-a).exp())
}

/// Returns W x, row by row.
fn times(w: &[f64], x: &[f64]) -> Vector {
    w.chunks(x.len()).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
}

fn plus(a: &[f64], b: &[f64]) -> Vector {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn of(each: impl Fn(usize) -> f64, units: usize) -> Vector {
    (0..units).map(each).collect()
}

impl Naive {
    /// Reads the network of a member, counted from 0, from the bytes of a model file.
    fn read(bytes: &[u8], member: usize, config: &Config) -> Naive {
        let prefix = if member == 0 { String::new() } else { format!("member.{member}.") };
        let others = |name: &str| name.starts_with("member.") && member == 0;
        let file = SafeTensors::deserialize(bytes).unwrap();
        let floats =
            |data: &[u8]| data.chunks(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect();
        let own = file.iter().filter(|(name, _)| !others(name));
        let tensors =
            own.filter_map(|(name, view)| Some((name.strip_prefix(&prefix)?.to_owned(), floats(view.data()))));
        let (cell, activation, layers) = (config.cell, config.activation, config.layers);
        Naive { tensors: tensors.collect(), cell, activation, layers, steps: config.horizons().len() }
    }

    fn get(&self, name: &str) -> &[f64] {
        &self.tensors[name]
    }

    fn act(&self, a: f64) -> f64 {
        match self.activation {
            Activation::Tanh => a.tanh(),
            Activation::Relu => a.max(0.0),
        }
    }

    /// Returns W_ih x + b_ih and W_hh h + b_hh, each for all gates.
    fn sums(&self, name: &str, layer: usize, x: &[f64], h: &[f64]) -> (Vector, Vector) {
        let tensor = |kind: &str| self.get(&format!("{name}.{kind}_l{layer}"));
        (
            plus(&times(tensor("weight_ih"), x), tensor("bias_ih")),
            plus(&times(tensor("weight_hh"), h), tensor("bias_hh")),
        )
    }

    /// Returns the quantities of a day of a recurrent layer, from x_t, h_{t-1} and c_{t-1}.
    fn day(&self, name: &str, layer: usize, x: &[f64], h: &[f64], c: &[f64]) -> Vec<(&'static str, Vector)> {
        let (ih, hh) = self.sums(name, layer, x, h);
        let n = h.len();
        match self.cell {
            CellKind::Lstm => {
                let gate = |k: usize, act: fn(f64) -> f64| of(|u| act(ih[k * n + u] + hh[k * n + u]), n);
                let (i, f, g, o) = (gate(0, sigmoid), gate(1, sigmoid), gate(2, f64::tanh), gate(3, sigmoid));
                let c = of(|u| f[u] * c[u] + i[u] * g[u], n);
                let h = of(|u| o[u] * c[u].tanh(), n);
                vec![("i", i), ("f", f), ("g", g), ("o", o), ("c", c), ("h", h)]
            }
            CellKind::Gru => {
                let r = of(|u| sigmoid(ih[u] + hh[u]), n);
                let z = of(|u| sigmoid(ih[n + u] + hh[n + u]), n);
                let candidate = of(|u| (ih[2 * n + u] + r[u] * hh[2 * n + u]).tanh(), n);
                let h = of(|u| (1.0 - z[u]) * candidate[u] + z[u] * h[u], n);
                vec![("r", r), ("z", z), ("n", candidate), ("h", h)]
            }
            CellKind::Rnn => vec![("h", of(|u| self.act(ih[u] + hh[u]), n))],
            CellKind::Dense | CellKind::Conv => unreachable!("a layer without memory"),
        }
    }

    /// Computes a layer without memory over all days.
    fn memoryless(&self, name: &str, layer: usize, x: &[Vector]) -> Vec<Vector> {
        let bias = self.get(&format!("{name}.bias_l{layer}"));
        let all = |a: Vector| a.into_iter().map(|a| self.act(a)).collect::<Vector>();
        if self.cell == CellKind::Dense {
            return vec![all(plus(&times(self.get(&format!("{name}.weight_l{layer}")), &x.concat()), bias))];
        }
        let taps = 3.min(x.len());
        let day = |t: usize| {
            let tap = |k: usize| times(self.get(&format!("{name}.weight{k}_l{layer}")), &x[t - k]);
            all((0..taps.min(t + 1)).fold(bias.to_vec(), |sum, k| plus(&sum, &tap(k))))
        };
        (0..x.len()).map(day).collect()
    }

    fn head(&self, h: &[f64]) -> Vector {
        plus(&times(self.get("head.weight"), h), self.get("head.bias"))
    }

    /// Computes the whole network over `x` (T, I); `start` is given for a decoder.
    fn forward(&self, x: &[Vector], start: Option<f64>) -> Pass {
        let name = if start.is_some() { "encoder" } else { self.cell.name() };
        let mut below = x.to_vec();
        let (mut encoder, mut states) = (Vec::new(), Vec::new());
        for layer in 0..self.layers {
            let mut trace = Layer::new();
            if self.cell.is_recurrent() {
                let units = self.get(&format!("{name}.weight_hh_l{layer}")).len();
                let units = (0..).find(|h| h * h * self.cell.gates().len().max(1) == units).unwrap();
                let mut state = (vec![0.0; units], vec![0.0; units]);
                below.iter().for_each(|x| self.step(name, layer, x, &mut state, &mut trace));
                states.push(state);
            } else {
                trace.insert("h", self.memoryless(name, layer, &below));
            }
            below = trace["h"].clone();
            encoder.push(trace);
        }
        let Some(start) = start else {
            let read = if self.cell == CellKind::Conv { below.concat() } else { below.last().unwrap().clone() };
            let outputs = self.head(&read);
            let outputs = outputs.chunks(outputs.len() / self.steps).map(<[f64]>::to_vec).collect();
            return Pass { encoder, decoder: Vec::new(), fed: Vec::new(), outputs };
        };
        let mut pass = Pass { encoder, decoder: vec![Layer::new(); self.layers], fed: Vec::new(), outputs: Vec::new() };
        let mut fed = start;
        for _ in 0..self.steps {
            pass.fed.push(fed);
            let mut x = vec![fed];
            for (layer, (state, trace)) in states.iter_mut().zip(&mut pass.decoder).enumerate() {
                self.step("decoder", layer, &x, state, trace);
                x = state.0.clone();
            }
            pass.outputs.push(self.head(&x));
            fed = 0.1 * pass.outputs.last().unwrap()[0];
        }
        pass
    }

    fn step(&self, name: &str, layer: usize, x: &[f64], (h, c): &mut (Vector, Vector), trace: &mut Layer) {
        for (quantity, values) in self.day(name, layer, x, h, c) {
            match quantity {
                "h" => *h = values.clone(),
                "c" => *c = values.clone(),
                _ => {}
            }
            trace.entry(quantity).or_default().push(values);
        }
    }
}

/// Returns a model file of this configuration, and its explanation of the series that it was trained on.
fn explained(config: &Config, options: &ExplainOptions) -> (Vec<u8>, Explanation) {
    let series = common::with_bars(160, 8);
    let fitted = common::fitted(&series, config);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    save(&fitted.forecaster, &path).unwrap();
    let explanation = load(&path).unwrap().explain(&series, options).unwrap();
    (fs::read(path).unwrap(), explanation)
}

fn config(cell: CellKind, topology: Topology) -> Config {
    let many = topology != Topology::ManyToOne;
    Config {
        cell,
        topology,
        activation: if cell == CellKind::Conv { Activation::Relu } else { Activation::Tanh },
        inputs: InputSet::Ohlc.for_return(),
        window: if topology == Topology::OneToMany { 1 } else { 5 },
        horizon: if many { 3 } else { 1 },
        hidden: 6,
        layers: 2,
        learning_rate: 0.02,
        ..common::config()
    }
}

fn every_network() -> impl Iterator<Item = Config> {
    let topologies = [Topology::ManyToOne, Topology::ManyToMany, Topology::OneToMany];
    CellKind::ALL.into_iter().flat_map(move |cell| topologies.map(|topology| config(cell, topology)))
}

fn rows(table: &ndarray::Array2<f64>) -> Vec<Vector> {
    table.rows().into_iter().map(|row| row.to_vec()).collect()
}

#[track_caller]
fn assert_same(label: &str, layers: &[LayerTrace], naive: &[Layer]) {
    assert_eq!(layers.len(), naive.len(), "{label}");
    for (layer, naive) in layers.iter().zip(naive) {
        assert_eq!(layer.quantities.len(), naive.len(), "{label}");
        for (name, values) in &layer.quantities {
            let expected = &naive[name];
            assert_eq!(values.dim(), (expected.len(), expected[0].len()), "{label} {name}");
            for ((day, unit), value) in values.indexed_iter() {
                let expected = expected[day][unit];
                assert!((value - expected).abs() < TOLERANCE, "{label} {name} {day} {unit}: {value} {expected}");
            }
        }
    }
}

#[test]
fn gates_and_states_are_those_of_the_model_file() {
    for config in every_network() {
        let (bytes, explanation) = explained(&config, &ExplainOptions::default());
        let label = format!("{:?} {:?}", config.cell, config.topology);
        let x = rows(&explanation.read);
        assert_eq!(explanation.traces.len(), 2);
        for (member, traced) in explanation.traces.iter().enumerate() {
            assert_eq!(traced.member, member + 1);
            let pass = Naive::read(&bytes, member, &config).forward(&x, traced.trace.fed.first().copied());
            assert_same(&label, &traced.trace.encoder, &pass.encoder);
            assert_same(&label, &traced.trace.decoder, &pass.decoder);
            for (fed, expected) in traced.trace.fed.iter().zip(&pass.fed) {
                assert!((fed - expected).abs() < TOLERANCE, "{label} fed {fed} {expected}");
            }
        }
        assert_eq!(explanation.traces[0].trace.decoder.is_empty(), !config.shape().decodes());
    }
}

/// In a layer without gates, the nonlinearity of the sum of the terms is the layer's output. A dense layer has a term
/// for each day.
#[test]
fn the_terms_of_a_sum_make_what_a_layer_writes() {
    for config in every_network().filter(|config| !config.cell.is_gated()) {
        let (bytes, explanation) = explained(&config, &ExplainOptions::default());
        let label = format!("{:?} {:?}", config.cell, config.topology);
        for (member, traced) in explanation.traces.iter().enumerate() {
            let naive = Naive::read(&bytes, member, &config);
            let sides = [(&traced.trace.encoder, &traced.sums.encoder), (&traced.trace.decoder, &traced.sums.decoder)];
            for (layers, sums) in sides {
                assert_eq!(layers.len(), sums.len(), "{label}");
                for (layer, days) in layers.iter().zip(sums) {
                    let h = layer.quantity("h").unwrap();
                    assert_eq!(days.len(), h.nrows(), "{label}");
                    for ((day, unit), value) in h.indexed_iter() {
                        let sum = days[day].iter().map(|term| term.values[unit]).sum::<f64>();
                        assert!((naive.act(sum) - value).abs() < TOLERANCE, "{label} {day} {unit}: {sum} {value}");
                    }
                }
            }
        }
        if config.cell == CellKind::Dense {
            let terms = &explanation.traces[0].sums.encoder[0][0];
            let days = terms.iter().filter(|term| matches!(term.source, TermSource::Day(_))).count();
            assert_eq!((days, terms.len()), (config.window, config.window + 1));
        }
    }
}

/// Returns the ensemble mean of mu and the logarithm of the ensemble mean of sigma, for one step.
fn naive_measures(networks: &[Naive], x: &[Vector], start: Option<f64>, step: usize) -> (f64, f64) {
    let outputs = networks.iter().map(|network| network.forward(x, start).outputs.swap_remove(step));
    let sums = outputs.fold((0.0, 0.0), |sums, a| (sums.0 + 0.1 * a[0], sums.1 + a[1].clamp(-3.0, 3.0).exp()));
    let members = networks.len() as f64;
    (sums.0 / members, 100.0 * (sums.1 / members).ln())
}

/// Returns the largest difference between a gradient and central differences of a measure of the naive networks.
fn worst(attribution: &Attribution, x: &[Vector], measure: impl Fn(&[Vector]) -> f64) -> f64 {
    const STEP: f64 = 1e-5;
    let moved = |day: usize, input: usize, by: f64| {
        let mut x = x.to_vec();
        x[day][input] += by;
        measure(&x)
    };
    let slope = |(day, input)| (moved(day, input, STEP) - moved(day, input, -STEP)) / (2.0 * STEP);
    let error = |(place, gradient): ((usize, usize), &f64)| (gradient - slope(place)).abs();
    attribution.gradient.indexed_iter().map(error).fold(0.0, f64::max)
}

#[test]
fn gradients_are_slopes_of_the_forecast_and_integrated_gradients_are_complete() {
    for config in every_network() {
        let ahead: Vec<usize> = config.horizons();
        let (bytes, explanation) = explained(&config, &ExplainOptions { ahead, ..ExplainOptions::default() });
        let networks: Vec<Naive> = (0..2).map(|member| Naive::read(&bytes, member, &config)).collect();
        let (x, start) = (rows(&explanation.read), explanation.traces[0].trace.fed.first().copied());
        let label = format!("{:?} {:?}", config.cell, config.topology);
        assert_eq!(explanation.influences.len(), config.horizons().len(), "{label}");
        for (step, influence) in explanation.influences.iter().enumerate() {
            let measures = |x: &[Vector]| naive_measures(&networks, x, start, step);
            let (mu, log_sigma) = measures(&x);
            let sigma = influence.sigma.as_ref().unwrap();
            assert!((sigma.value - log_sigma).abs() < 1e-9, "{label}: {} {log_sigma}", sigma.value);
            let percent = influence.median.value / mu;
            assert!((percent * (log_sigma / 100.0).exp() / influence.sigma_of_price - 1.0).abs() < 1e-9);
            let average = vec![vec![0.0; x[0].len()]; x.len()];
            let at_average = naive_measures(&networks, &average, start.map(|_| 0.0), step);
            assert!((sigma.baseline - at_average.1).abs() < 1e-9, "{label}");
            assert!((influence.median.baseline - percent * at_average.0).abs() < 1e-9, "{label}");

            let [of_median, of_sigma] =
                [worst(&influence.median, &x, |x| percent * measures(x).0), worst(sigma, &x, |x| measures(x).1)];
            assert!(of_median < 1e-7 && of_sigma < 1e-6, "{label} {step}: {of_median:e} {of_sigma:e}");
            assert!(sigma.norms().iter().any(|norm| *norm > 1e-3), "{label}: the gradient is not zero");
            for (attribution, measure) in [(&influence.median, 0), (sigma, 1)] {
                let error = attribution.completeness_error();
                assert!(error.abs() < 1e-6, "{label} {step}: completeness {error:e}");
                for (day, change) in attribution.occlusion.iter().enumerate() {
                    let mut x = x.clone();
                    x[day].fill(0.0);
                    let without = naive_measures(&networks, &x, start, step);
                    let without = if measure == 0 { percent * without.0 } else { without.1 };
                    assert!((attribution.value - without - change).abs() < 1e-9, "{label} day {day}");
                }
            }
        }
    }
}

#[test]
fn the_first_input_of_a_decoder_has_its_part() {
    let config = config(CellKind::Gru, Topology::ManyToMany);
    let (bytes, explanation) = explained(&config, &ExplainOptions { ahead: vec![2], ..ExplainOptions::default() });
    let networks: Vec<Naive> = (0..2).map(|member| Naive::read(&bytes, member, &config)).collect();
    let (x, start) = (rows(&explanation.read), explanation.traces[0].trace.fed[0]);
    let influence = &explanation.influences[0];
    assert_eq!(influence.ahead, 2);
    let at = |start| naive_measures(&networks, &x, Some(start), 1).1;
    let part = influence.sigma.as_ref().unwrap().start.unwrap();
    let slope = (at(start + 1e-5) - at(start - 1e-5)) / 2e-5;
    assert!((part.gradient - slope).abs() < 1e-6, "{} {slope}", part.gradient);
    assert!((part.gradient_times_input - start * part.gradient).abs() < 1e-12);
    assert!((part.occlusion - (at(start) - at(0.0))).abs() < 1e-9);
}

#[test]
fn one_member_alone_and_another_window() {
    let config = config(CellKind::Lstm, Topology::ManyToOne);
    let options = ExplainOptions { member: Some(2), window: Some(22), ..ExplainOptions::default() };
    let (bytes, explanation) = explained(&config, &options);
    assert_eq!((explanation.traces.len(), explanation.traces[0].member, explanation.members), (1, 2, 2));
    assert_eq!((explanation.days.len(), explanation.read.nrows()), (22, 22));
    let naive = Naive::read(&bytes, 1, &config);
    let pass = naive.forward(&rows(&explanation.read), None);
    assert_same("22 days", &explanation.traces[0].trace.encoder, &pass.encoder);
    let sigma = explanation.influences[0].sigma.as_ref().unwrap();
    assert!((sigma.value - 100.0 * pass.outputs[0][1]).abs() < 1e-9);
    let norms = sigma.relative_norms();
    assert!(norms.contains(&1.0) && norms.iter().all(|norm| (0.0..=1.0).contains(norm)), "{norms:?}");
}

#[test]
fn what_the_model_does_not_have_is_refused() {
    let series = common::with_bars(160, 8);
    let dense = common::fitted(&series, &config(CellKind::Dense, Topology::ManyToMany)).forecaster;
    let refused = |options: ExplainOptions| dense.explain(&series, &options).unwrap_err();
    let error = refused(ExplainOptions { member: Some(3), ..ExplainOptions::default() });
    assert_eq!(error.to_string(), "no member 3, expected 1 to 2: the model has 2 networks");
    let error = refused(ExplainOptions { ahead: vec![4], ..ExplainOptions::default() });
    assert_eq!(error.to_string(), "the network has no output for 4 days ahead, expected 1 to 3");
    let error = refused(ExplainOptions { window: Some(22), ..ExplainOptions::default() });
    assert!(matches!(error, ExplainError::Window { window: 22, own: 5, cell: CellKind::Dense }), "{error}");
    let short = series.slice(0..3);
    let error = dense.explain(&short, &ExplainOptions::default()).unwrap_err();
    assert!(matches!(error, ExplainError::Forecast(_)), "{error}");
}
