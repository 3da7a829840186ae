//! GRU: with `linear_before_reset`, ONNX's operator computes the equations of `nn/gru.rs`. The order of its gates is z,
//! r, h (n here).

use super::{Layer, State};
use crate::onnx::graph::Value;
use crate::onnx::proto::Attribute;

/// The indices into r, z, n.
const ORDER: [usize; 3] = [1, 0, 2];

pub fn layer<'g>(layer: &Layer<'_>, x: Value<'g>, start: Option<State<'g>>) -> (Value<'g>, State<'g>) {
    let [w, r, b] = layer.recurrent(x.graph(), &ORDER).map(Some);
    let h = start.map(|start| start.h);
    let attributes =
        vec![Attribute::int("hidden_size", layer.shape.hidden as i64), Attribute::int("linear_before_reset", 1)];
    let [y, h] = x.graph().results("GRU", &[Some(x), w, r, b, None, h], attributes);
    (y.without_axis(1), State { h, c: None })
}
