//! LSTM: ONNX's operator computes the equations of `nn/lstm.rs`. The order of its gates is i, o, f, c (g here).

use super::{Layer, State};
use crate::onnx::graph::Value;
use crate::onnx::proto::Attribute;

/// The indices into i, f, g, o.
const ORDER: [usize; 4] = [0, 3, 1, 2];

pub fn layer<'g>(layer: &Layer<'_>, x: Value<'g>, start: Option<State<'g>>) -> (Value<'g>, State<'g>) {
    let [w, r, b] = layer.recurrent(x.graph(), &ORDER).map(Some);
    let (h, c) = start.map_or((None, None), |start| (Some(start.h), start.c));
    let size = vec![Attribute::int("hidden_size", layer.shape.hidden as i64)];
    let [y, h, c] = x.graph().results("LSTM", &[Some(x), w, r, b, None, h, c], size);
    (y.without_axis(1), State { h, c: Some(c) })
}
