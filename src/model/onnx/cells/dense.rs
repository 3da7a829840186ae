//! Dense layer: `act([x_1 x_2 ... x_T] W + b)`, one day, as in `nn/dense.rs`.

use super::{Layer, State, without_memory};
use crate::onnx::graph::Value;

pub fn layer<'g>(layer: &Layer<'_>, x: Value<'g>) -> (Value<'g>, State<'g>) {
    let graph = x.graph();
    let (w, b) = (layer.tensor("weight"), layer.tensor("bias"));
    let read = w.shape()[1];
    let w = graph.floats(&[read, layer.shape.hidden], &w.t().iter().copied().collect::<Vec<f32>>());
    let b = graph.floats(&[layer.shape.hidden], &b.iter().copied().collect::<Vec<f32>>());
    let flat = x.transpose(&[1, 0, 2]).reshape(&[-1, read as i64]);
    without_memory(layer.activate(flat.product(w) + b).with_axis(0))
}
