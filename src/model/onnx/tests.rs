//! Tests of the structure of graphs. `.ci/onnx` compares their results with the forecasts of fourcast.

use std::collections::BTreeSet;

use prost::Message;

use super::proto::{Graph, Model, Tensor};
use super::{OPSET, export, is_export};
use crate::file::from_bytes;
use crate::{Config, Forecaster};
use fourcast_nn::{CellKind, Isa, Network, Topology};

const LEVELS: [f64; 3] = [0.05, 0.5, 0.95];

fn pretrained() -> Forecaster {
    from_bytes(fourcast_pretrained::LSTM_OHLC).unwrap()
}

/// Returns the pretrained model with networks of another shape, whose weights are their positions.
fn like(cell: CellKind, topology: Topology) -> Forecaster {
    let mut model = pretrained();
    let (window, horizon, output_horizons) = match topology {
        Topology::ManyToOne => (4, 30, model.card.config.output_horizons.clone()),
        Topology::ManyToMany => (4, 3, Vec::new()),
        Topology::OneToMany => (1, 3, Vec::new()),
    };
    let config =
        Config { cell, topology, window, horizon, output_horizons, layers: 2, hidden: 3, ..model.card.config.clone() };
    let mut weights = Network::<f32>::new(config.shape(), 1, Isa::detect()).into_parameters();
    for tensor in weights.tensors().to_vec() {
        let mut place = 0.0;
        let values = ndarray::ArrayD::from_shape_simple_fn(&tensor.shape[..], || {
            place += 1.0;
            place
        });
        weights.pack(&tensor, values.view());
    }
    model.members = vec![weights; config.ensemble];
    model.card.config = config;
    model.card.calibration = None;
    model.card.skew = Vec::new();
    model
}

fn graph(model: &Forecaster) -> Graph {
    Model::decode(&export(model, &LEVELS)[..]).unwrap().graph.unwrap()
}

fn count(graph: &Graph, operator: &str) -> usize {
    graph.node.iter().filter(|node| node.op_type == operator).count()
}

/// Checks that every value is made once, before it is read.
fn check_order(graph: &Graph, known: &BTreeSet<String>) {
    let mut known = known.clone();
    let named = graph.input.iter().map(|input| &input.name).chain(graph.initializer.iter().map(|one| &one.name));
    for name in named {
        assert!(known.insert(name.clone()), "{name} twice");
    }
    for node in &graph.node {
        for input in node.input.iter().filter(|input| !input.is_empty()) {
            assert!(known.contains(input), "{}: {input} is not there", node.name);
        }
        for attribute in &node.attribute {
            attribute.g.iter().for_each(|body| check_order(body, &known));
        }
        for output in &node.output {
            assert!(known.insert(output.clone()), "{output} twice");
        }
    }
    assert!(graph.output.iter().all(|output| known.contains(&output.name)));
}

/// Returns the ONNX operator that is the cell, if there is one.
fn operator(cell: CellKind) -> Option<&'static str> {
    match cell {
        CellKind::Lstm => Some("LSTM"),
        CellKind::Gru => Some("GRU"),
        CellKind::Rnn => Some("RNN"),
        CellKind::Conv => Some("Conv"),
        CellKind::Dense => None,
    }
}

#[test]
fn every_cell_and_topology_is_a_graph_of_its_operators() {
    for topology in [Topology::ManyToOne, Topology::ManyToMany, Topology::OneToMany] {
        for cell in CellKind::ALL {
            let model = like(cell, topology);
            let graph = graph(&model);
            check_order(&graph, &BTreeSet::new());
            let layers = model.card.config.ensemble * model.card.config.layers;
            let steps = if topology != Topology::ManyToOne && cell.is_recurrent() { 3 } else { 0 };
            for other in CellKind::ALL.into_iter().filter_map(operator) {
                let expected = if operator(cell) == Some(other) { layers * (1 + steps) } else { 0 };
                assert_eq!(count(&graph, other), expected, "{cell:?} {topology:?} {other}");
            }
            let outputs: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
            assert_eq!(outputs, ["forecast", "quantiles"]);
            let inputs: Vec<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
            assert_eq!(inputs, ["day", "close", "adjusted_close", "open", "high", "low", "volume"]);
        }
    }
}

fn floats(tensor: &Tensor) -> Vec<f32> {
    tensor.raw_data.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// The first weight of each gate of the recurrent matrix is its number in PyTorch's order.
#[test]
fn gates_stand_in_the_order_of_onnx() {
    for (cell, operator, expected) in [
        (CellKind::Lstm, "LSTM", &[1.0, 28.0, 10.0, 19.0][..]),
        (CellKind::Gru, "GRU", &[10.0, 1.0, 19.0]),
        (CellKind::Rnn, "RNN", &[1.0]),
    ] {
        let graph = graph(&like(cell, Topology::ManyToOne));
        let node = graph.node.iter().find(|node| node.op_type == operator).unwrap();
        let of_state = graph.initializer.iter().find(|one| one.name == node.input[2]).unwrap();
        assert_eq!(of_state.dims, [1, 3 * expected.len() as i64, 3]);
        let first: Vec<f32> = floats(of_state).chunks_exact(9).map(|gate| gate[0]).collect();
        assert_eq!(first, expected);
    }
}

#[test]
fn a_graph_says_what_it_is() {
    let bytes = export(&pretrained(), &LEVELS);
    assert_eq!(bytes, export(&pretrained(), &LEVELS));
    assert!(is_export(&bytes) && is_export(&bytes[..2000]));
    for other in [&b""[..], b"Date,Close\n", &bytes[1..]] {
        assert!(!is_export(other));
    }
    let model = Model::decode(&bytes[..]).unwrap();
    assert_eq!(
        model.opset_import.iter().map(|set| (set.domain.as_str(), set.version)).collect::<Vec<_>>(),
        [("", OPSET)]
    );
    let entry =
        |key: &str| model.metadata_props.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str());
    assert_eq!(entry("cell"), Some("lstm"));
    assert_eq!(entry("topology"), Some("many-to-one"));
    assert_eq!(entry("quantiles"), Some("0.05,0.5,0.95"));
    assert!(entry("days_ahead").unwrap().starts_with("1,2,3,4,") && entry("days_ahead").unwrap().ends_with(",30"));
    assert_eq!(entry("model_sha256").map(str::len), Some(64));
}
