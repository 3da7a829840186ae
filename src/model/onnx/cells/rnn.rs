//! Simple RNN: ONNX's operator computes the equation of `nn/rnn.rs`.

use super::{Layer, State};
use crate::onnx::graph::Value;
use crate::onnx::proto::Attribute;
use fourcast_nn::Activation;

pub fn layer<'g>(layer: &Layer<'_>, x: Value<'g>, start: Option<State<'g>>) -> (Value<'g>, State<'g>) {
    let [w, r, b] = layer.recurrent(x.graph(), &[0]).map(Some);
    let h = start.map(|start| start.h);
    let activation = match layer.shape.activation {
        Activation::Tanh => "Tanh",
        Activation::Relu => "Relu",
    };
    let attributes =
        vec![Attribute::int("hidden_size", layer.shape.hidden as i64), Attribute::texts("activations", &[activation])];
    let [y, h] = x.graph().results("RNN", &[Some(x), w, r, b, None, h], attributes);
    (y.without_axis(1), State { h, c: None })
}
