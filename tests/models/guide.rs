//! The LSTM step of `docs/guide.md`, computed by the crate's own LSTM from the weights on the page.

use fourcast::nn::trace::Trace;
use fourcast::nn::{CellKind, Isa, Loss, Network, Samples, Shape};
use ndarray::{Array2, ArrayD, IxDyn};

const PAGE: &str = include_str!("../../docs/guide.md");

/// Returns the lines of the block with this name.
fn block(name: &str) -> Vec<&'static str> {
    let (_, rest) = PAGE.split_once(&format!("```{name}\n")).unwrap();
    rest.split("```").next().unwrap().lines().collect()
}

/// Returns the last `count` numbers of a line.
fn numbers(line: &str, count: usize) -> Vec<f64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    words[words.len() - count..].iter().map(|word| word.parse().unwrap()).collect()
}

/// Reads the weights: a row for each unit of each gate, in the order i, f, g, o, with `weight_ih`, two numbers of
/// `weight_hh`, and the bias.
fn network() -> Network<f64> {
    let rows: Vec<Vec<f64>> = block("lstm-weights")[1..].iter().map(|line| numbers(line, 4)).collect();
    assert_eq!(rows.len(), 8);
    let shape = Shape { cell: CellKind::Lstm, inputs: 1, window: 2, hidden: 2, ..Shape::default() };
    let mut network = Network::new(shape, 1, Isa::detect());
    let columns = |range: std::ops::Range<usize>| rows.iter().flat_map(|row| row[range.clone()].to_vec()).collect();
    for tensor in network.parameters().tensors().to_vec() {
        let values: Vec<f64> = match tensor.name.as_str() {
            "lstm.weight_ih_l0" => columns(0..1),
            "lstm.weight_hh_l0" => columns(1..3),
            "lstm.bias_ih_l0" => columns(3..4),
            _ => vec![0.0; tensor.shape.iter().product()],
        };
        network.set_tensor(&tensor, ArrayD::from_shape_vec(IxDyn(&tensor.shape), values).unwrap().view());
    }
    network
}

#[test]
fn the_step_in_numbers_is_that_of_the_lstm() {
    let lines = block("lstm-steps");
    let days: Vec<&[&str]> = lines[1..].chunks(7).collect();
    let inputs: Vec<f64> = days.iter().map(|day| numbers(day[0], 1)[0]).collect();
    assert_eq!(inputs, [1.0, -2.0]);
    let samples = Samples {
        inputs: Array2::from_shape_vec((2, 1), inputs).unwrap(),
        window: 2,
        origins: vec![1],
        steps: 1,
        targets: vec![0.0],
        weights: None,
        starts: vec![0.0],
    };
    let mut network = network();
    network.forward(&samples, &[0], Loss::Mse);
    let trace = Trace::of(&mut network, 0);
    for (day, lines) in days.iter().enumerate() {
        for line in &lines[1..] {
            let name = line.split_whitespace().next().unwrap();
            let computed = trace.encoder[0].quantity(name).unwrap().row(day).to_vec();
            for (printed, computed) in numbers(line, 2).into_iter().zip(computed) {
                assert!((printed - computed).abs() <= 5e-5, "day {}, {name}: {printed}, {computed}", day + 1);
            }
        }
    }
}
