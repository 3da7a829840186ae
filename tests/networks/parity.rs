//! Outputs, states, gradients and ten AdamW steps, compared with those of PyTorch for the same network.
//!
//! `fixtures/parity/README.md` names every tensor of the fixtures and says how to regenerate them. B = batch, T =
//! window, I = inputs, H = hidden, L = layers, O = outputs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fourcast_nn::loss::Loss;
use fourcast_nn::optimizer::{AdamW, Optimizer};
use fourcast_nn::{Activation, CellKind, Float, Isa, Lanes, Network, Samples, Shape, Topology};
use ndarray::{Array1, Array2, ArrayD, Axis, Dimension, IxDyn};
use safetensors::SafeTensors;
use serde::Deserialize;

/// Each cell with its number of fixtures, so that a missing fixture is noticed.
const CELLS: &[(CellKind, usize)] = &[(CellKind::Lstm, 11), (CellKind::Gru, 7), (CellKind::Rnn, 12)];

/// Tolerances, relative to max(1, |PyTorch's value|).
#[derive(Debug, Clone, Copy)]
struct Tolerance {
    /// For one forward and one backward pass.
    one_pass: f64,
    /// For the losses of ten steps and the parameters after them. Adam divides small gradients, and their errors, by
    /// their own size.
    ten_steps: f64,
    /// For the gradient norms of these steps. Curvature magnifies the errors of the parameters.
    norms: f64,
}

trait Precision: Float {
    const TOLERANCE: Tolerance;
}

/// Only the order of summation differs. The largest errors are 1e-13 in the far tails of the Student-t loss, and 5e-15
/// elsewhere.
impl Precision for f64 {
    const TOLERANCE: Tolerance = Tolerance { one_pass: 1e-10, ten_steps: 1e-10, norms: 1e-10 };
}

/// PyTorch's own float32 has errors of 4e-7 in one pass and of 1e-6 after ten steps. Here the largest are 5e-7, 4.2e-6
/// (with ReLU, whose slope jumps) and, for a norm, 1.3e-5.
impl Precision for f32 {
    const TOLERANCE: Tolerance = Tolerance { one_pass: 1e-6, ten_steps: 1e-5, norms: 3e-5 };
}

/// A fixture's description of its network.
#[derive(Debug, Deserialize)]
struct About {
    cell: CellKind,
    activation: Activation,
    topology: Topology,
    horizon: usize,
    teacher_forcing: bool,
    layers: usize,
    hidden: usize,
    inputs: usize,
    window: usize,
    batch: usize,
    outputs: usize,
    loss: String,
    initial_state: bool,
    clip_norm: Option<f64>,
    steps: usize,
    learning_rate: f64,
    betas: [f64; 2],
    eps: f64,
    weight_decay: f64,
}

impl About {
    fn shape(&self) -> Shape {
        let About { cell, activation, topology, inputs, window, hidden, layers, horizon: steps, outputs, .. } = *self;
        Shape { cell, activation, topology, inputs, window, hidden, layers, steps, outputs }
    }

    fn loss(&self) -> Loss {
        match self.loss.as_str() {
            "mse" => Loss::Mse,
            "student_t" => Loss::StudentT,
            other => panic!("unknown loss {other}"),
        }
    }

    fn rule(&self) -> AdamW {
        let [beta1, beta2] = self.betas;
        AdamW { beta1, beta2, epsilon: self.eps, weight_decay: self.weight_decay }
    }
}

/// A file of PyTorch's numbers, which records the tensors that were read.
struct Fixture {
    name: String,
    about: String,
    tensors: BTreeMap<String, ArrayD<f64>>,
    read: RefCell<BTreeSet<String>>,
}

impl Fixture {
    fn open(path: &Path) -> Fixture {
        let bytes = std::fs::read(path).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let tensor = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            let values = view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
            (name, ArrayD::from_shape_vec(IxDyn(view.shape()), values).unwrap())
        };
        Fixture {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            about: metadata.metadata().as_ref().unwrap()["fourcast_parity"].clone(),
            tensors: SafeTensors::deserialize(&bytes).unwrap().tensors().into_iter().map(tensor).collect(),
            read: RefCell::default(),
        }
    }

    fn about(&self) -> About {
        serde_json::from_str(&self.about).unwrap()
    }

    fn get(&self, name: &str) -> &ArrayD<f64> {
        self.read.borrow_mut().insert(name.to_owned());
        self.tensors.get(name).unwrap_or_else(|| panic!("{} has no tensor {name}", self.name))
    }

    fn get_1d(&self, name: &str) -> Array1<f64> {
        self.get(name).clone().into_dimensionality().unwrap()
    }

    /// Compares every number of a tensor; `label` names the run in messages.
    fn compare(&self, label: &str, name: &str, tolerance: f64, got: impl Fn(&[usize]) -> f64) {
        for (index, expected) in self.get(name).indexed_iter() {
            let got = got(index.slice());
            let error = (got - expected).abs() / expected.abs().max(1.0);
            // A NaN is not within any tolerance.
            let within = error <= tolerance;
            let place = format!("{}, {label}: {name} {:?}", self.name, index.slice());
            assert!(within, "{place} is {got}, PyTorch has {expected}: off by {error:.1e}, allowed {tolerance:.0e}");
        }
    }

    /// Returns the tensors that were not read.
    fn unread(&self) -> Vec<&String> {
        let read = self.read.borrow();
        self.tensors.keys().filter(|name| !read.contains(*name)).collect()
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/parity")
}

/// Opens the fixtures of a cell.
fn fixtures_of(cell: CellKind) -> Vec<Fixture> {
    let paths = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|ending| ending == "safetensors"));
    let networks = files.filter(|path| !path.ends_with("student_t_loss.safetensors"));
    let mut fixtures: Vec<Fixture> = networks.map(|path| Fixture::open(&path)).collect();
    fixtures.retain(|fixture| fixture.about().cell == cell);
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    fixtures
}

/// Returns one layer of an initial state, (B, H).
fn state_of(fixture: &Fixture, name: &str, layer: usize) -> Array2<f64> {
    let layers = fixture.get(name);
    layers.index_axis(Axis(0), layer).to_owned().into_dimensionality().unwrap()
}

/// A fixture's network and batch.
struct Run<'a, F> {
    fixture: &'a Fixture,
    label: String,
    about: About,
    network: Network<F>,
    samples: Samples<F>,
}

impl<'a, F: Precision> Run<'a, F> {
    /// Creates a run in which `spare` rows of the network's buffers stay unused.
    fn new(fixture: &'a Fixture, isa: Isa, spare: usize) -> Self {
        let about = fixture.about();
        let mut network = Network::new(about.shape(), about.batch + spare, isa);
        network.track_inputs();
        for tensor in network.parameters().tensors().to_vec() {
            network.set_tensor(&tensor, fixture.get(&tensor.name).mapv(F::of).view());
        }
        let window = about.window;
        let x = fixture.get("x").mapv(F::of);
        let samples = Samples {
            inputs: x.into_shape_with_order((about.batch * window, about.inputs)).unwrap(), // (B T, I)
            window,
            origins: (0..about.batch).map(|b| window - 1 + b * window).collect(),
            steps: about.horizon,
            targets: fixture.get("y").iter().map(|y| F::of(*y)).collect(),
            weights: None,
            starts: match about.topology {
                Topology::ManyToOne => Vec::new(),
                _ => fixture.get("start").iter().map(|start| F::of(*start)).collect(),
            },
        };
        let label = format!("{isa:?} with {spare} rows to spare");
        let mut run = Run { fixture, label, about, network, samples };
        run.fill_buffers();
        if run.about.initial_state {
            run.set_initial_state();
        }
        run
    }

    /// Fills every buffer with the numbers of another batch, which must not affect this one.
    fn fill_buffers(&mut self) {
        let mut other = self.samples.clone();
        other.inputs.mapv_inplace(|x| x * F::of(3.0) + F::ONE);
        let indices: Vec<usize> = (0..self.network.rows()).map(|row| row % other.len()).collect();
        self.network.forward_backward(&other, &indices, self.about.loss(), &vec![true; self.about.horizon]);
    }

    fn set_initial_state(&mut self) {
        for layer in 0..self.about.layers {
            let (h, c) = self.network.layer(layer).initial_state().unwrap();
            for (name, state) in [("h0", Some(h)), ("c0", c)] {
                let Some(state) = state else { continue };
                for ((row, unit), value) in state_of(self.fixture, name, layer).indexed_iter() {
                    state.set(0, row, unit, F::of(*value));
                }
            }
        }
    }

    /// Runs forward, loss and backward; returns the outputs and the mean loss.
    fn pass(&mut self) -> (Vec<Lanes<F>>, f64) {
        let indices: Vec<usize> = (0..self.about.batch).collect();
        let loss = self.about.loss();
        let forced = vec![self.about.teacher_forcing; self.about.horizon];
        let sum = self.network.forward_backward(&self.samples, &indices, loss, &forced);
        (self.network.output().to_vec(), sum / self.samples.targets.len() as f64)
    }

    fn compare(&self, name: &str, tolerance: f64, got: impl Fn(&[usize]) -> f64) {
        self.fixture.compare(&self.label, name, tolerance, got);
    }

    fn compare_one_pass(&mut self) {
        let (outputs, loss) = self.pass();
        let About { batch, window, layers, topology, .. } = self.about;
        let states: Vec<_> = (0..layers).map(|layer| self.network.layer(layer).h().clone()).collect();
        let cells: Vec<_> = (0..layers).filter_map(|layer| self.network.layer(layer).c().cloned()).collect();
        let dh: Vec<_> = (0..layers).map(|layer| self.network.layer(layer).dh().clone()).collect();
        let dc: Vec<_> = (0..layers).filter_map(|layer| self.network.layer(layer).dc().cloned()).collect();
        let path = self.network.decoder().map(|decoder| {
            let starts: Vec<F> = (0..batch).map(|row| decoder.start_gradient(row)).collect();
            (decoder.stack.top().h().clone(), starts)
        });
        let network = &self.network;
        let dx = network.input_gradient(batch).unwrap();

        let compare = |name: &str, got: &dyn Fn(&[usize]) -> f64| self.compare(name, F::TOLERANCE.one_pass, got);
        compare("loss", &|_| loss);
        compare("h", &|at| states[layers - 1].get(at[1] + 1, at[0], at[2]).to_f64());
        compare("h_n", &|at| states[at[0]].get(window, at[1], at[2]).to_f64());
        compare("grad.x", &|at| dx[[at[0], at[1], at[2]]].to_f64());
        match &path {
            None => compare("output", &|at| outputs[at[0]].0[at[1]].to_f64()),
            Some((h, starts)) => {
                compare("output", &|at| outputs[at[1] * batch + at[0]].0[0].to_f64());
                compare("h_decoder", &|at| h.get(at[1] + 1, at[0], at[2]).to_f64());
                compare("grad.start", &|at| starts[at[0]].to_f64());
            }
        }
        assert_eq!(path.is_none(), topology == Topology::ManyToOne);
        for tensor in network.parameters().tensors() {
            let gradient = network.gradient(tensor);
            compare(&format!("grad.{}", tensor.name), &|at| gradient[at].to_f64());
        }
        if !cells.is_empty() {
            compare("c_n", &|at| cells[at[0]].get(window, at[1], at[2]).to_f64());
        }
        if self.about.initial_state {
            compare("grad.h0", &|at| dh[at[0]].get(0, at[1], at[2]).to_f64());
            if !dc.is_empty() {
                compare("grad.c0", &|at| dc[at[0]].get(0, at[1], at[2]).to_f64());
            }
        }
    }

    fn compare_ten_steps(&mut self) {
        let isa = self.network.isa();
        let max_norm = self.about.clip_norm.unwrap_or(f64::INFINITY);
        let mut optimizer = Optimizer::new(self.about.rule(), self.network.parameters(), isa);
        let (mut losses, mut norms) = (Vec::new(), Vec::new());
        for _ in 0..self.about.steps {
            losses.push(self.pass().1);
            norms.push(self.network.step(&mut optimizer, max_norm, self.about.learning_rate));
        }
        self.compare("loss_steps", F::TOLERANCE.ten_steps, |at| losses[at[0]]);
        self.compare("grad_norm_steps", F::TOLERANCE.norms, |at| norms[at[0]]);
        let parameters = self.network.parameters();
        for tensor in parameters.tensors() {
            let values = parameters.unpack(tensor, &parameters.values);
            let name = format!("step10.{}", tensor.name);
            self.compare(&name, F::TOLERANCE.ten_steps, |at| values[at].to_f64());
        }
    }
}

fn every_fixture_agrees<F: Precision>() {
    for (cell, count) in CELLS {
        let fixtures = fixtures_of(*cell);
        assert_eq!(fixtures.len(), *count, "fixtures of {cell:?}");
        for fixture in &fixtures {
            for isa in Isa::available() {
                // A batch can be smaller than the network's maximum.
                for spare in [0, 5] {
                    let mut run = Run::<F>::new(fixture, isa, spare);
                    run.compare_one_pass();
                    run.compare_ten_steps();
                }
            }
            assert_eq!(fixture.unread(), Vec::<&String>::new(), "{}: tensors that were not compared", fixture.name);
        }
    }
}

#[test]
fn networks_agree_with_pytorch_in_f64() {
    every_fixture_agrees::<f64>();
}

#[test]
fn networks_agree_with_pytorch_in_f32() {
    every_fixture_agrees::<f32>();
}

/// The loss depends on y - mu, so the derivative with respect to y is the negative of that with respect to mu; mu = 0.1
/// a0.
fn student_t_loss_agrees<F: Precision>() {
    let fixture = Fixture::open(&folder().join("student_t_loss.safetensors"));
    let (a, y) = (fixture.get("a"), fixture.get_1d("y"));
    let mut losses = Vec::new();
    let mut gradients = Vec::new();
    for (a, y) in a.outer_iter().zip(&y) {
        let mut output = Lanes::ZERO;
        a.iter().zip(&mut output.0).for_each(|(a, lane)| *lane = F::of(*a));
        let mut gradient = [Lanes::ZERO];
        let sum = Loss::StudentT.sum_with_gradient(&[output], &[F::of(*y)], 1.0, &mut gradient, Isa::detect());
        assert_eq!(sum, Loss::StudentT.sum(&[output], &[F::of(*y)], Isa::detect()));
        losses.push(sum);
        gradients.push(gradient[0].0.map(F::to_f64));
    }
    assert!(losses.len() > 300, "only {} rows", losses.len());
    let compare = |name: &str, got: &dyn Fn(&[usize]) -> f64| {
        fixture.compare("row by row", name, F::TOLERANCE.one_pass, got);
    };
    compare("loss", &|at| losses[at[0]]);
    compare("grad.a", &|at| gradients[at[0]][at[1]]);
    compare("grad.y", &|at| -10.0 * gradients[at[0]][0]);
    assert_eq!(fixture.unread(), Vec::<&String>::new());
}

#[test]
fn student_t_loss_agrees_with_pytorch_in_f64() {
    student_t_loss_agrees::<f64>();
}

#[test]
fn student_t_loss_agrees_with_pytorch_in_f32() {
    student_t_loss_agrees::<f32>();
}
