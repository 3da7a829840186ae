//! Convolution: `act(b + sum over k of x_{t-k} W_k)`, as in `nn/conv.rs`, with zeros before the window. The last tap of
//! ONNX's kernel multiplies the day itself.

use super::{Layer, State, without_memory};
use crate::onnx::graph::Value;
use crate::onnx::proto::Attribute;
use fourcast_nn::KERNEL;

pub fn layer<'g>(layer: &Layer<'_>, x: Value<'g>) -> (Value<'g>, State<'g>) {
    let graph = x.graph();
    let count = KERNEL.min(layer.shape.window);
    let taps: Vec<_> = (0..count).rev().map(|k| layer.tensor(&format!("weight{k}"))).collect();
    let (hidden, inputs) = (layer.shape.hidden, taps[0].shape()[1]);
    let mut w = Vec::with_capacity(hidden * inputs * count);
    for unit in 0..hidden {
        for input in 0..inputs {
            w.extend(taps.iter().map(|tap| tap[[unit, input]]));
        }
    }
    let w = graph.floats(&[hidden, inputs, count], &w);
    let b = graph.floats(&[hidden], &layer.tensor("bias").iter().copied().collect::<Vec<f32>>());
    let pads = vec![Attribute::ints("kernel_shape", &[count as i64]), Attribute::ints("pads", &[count as i64 - 1, 0])];
    let a = graph.apply("Conv", &[x.transpose(&[1, 2, 0]), w, b], pads);
    without_memory(layer.activate(a).transpose(&[2, 0, 1]))
}
