//! Builds a graph. Values are computed from one another by operators, and the code reads like the equations.
//!
//! A [`Value`] is the result of a node. `a + b` adds a node to the graph and returns its result. Numbers are 64-bit
//! floats unless a value is cast. A shape in a comment is that of the tensor; n = rows of the series.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::proto::{
    Attribute, Dimension, Graph as Message, Node, Shape, Size, Tensor, Type, TypeOfTensor, TypeOfValue, ValueInfo,
};

/// A graph that is being built.
#[derive(Default)]
pub struct Graph {
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    message: Message,
    /// The names of the values.
    names: Vec<String>,
    /// Constants by type, shape and content: each is stored once.
    constants: BTreeMap<(i32, Vec<i64>, Vec<u8>), usize>,
    /// The prefix of the names of values, by part of the computation.
    part: String,
    /// A prefix before the names of all values, because names in a graph within a graph must differ from those outside.
    prefix: &'static str,
}

/// The result of a node, an input or a constant.
#[derive(Clone, Copy)]
pub struct Value<'g> {
    graph: &'g Graph,
    id: usize,
}

/// A dimension of an input or an output.
pub enum Dim {
    Of(usize),
    Named(&'static str),
}

impl Graph {
    /// Returns the graph for the body of a loop in another graph.
    pub fn body(prefix: &'static str) -> Graph {
        let graph = Graph::default();
        graph.state.borrow_mut().prefix = prefix;
        graph
    }

    /// Sets the part of the computation from which the names of the following values start.
    pub fn part(&self, part: &str) {
        self.state.borrow_mut().part = part.to_owned();
    }

    fn value(&self, name: String) -> Value<'_> {
        let names = &mut self.state.borrow_mut().names;
        names.push(name);
        Value { graph: self, id: names.len() - 1 }
    }

    fn fresh(&self, what: &str) -> String {
        let state = self.state.borrow();
        format!("{}{}/{what}_{}", state.prefix, state.part, state.names.len())
    }

    /// Adds an input, with a sentence that describes it.
    pub fn input(&self, name: &str, kind: Type, dims: &[Dim], doc: &str) -> Value<'_> {
        self.state.borrow_mut().message.input.push(info(name.to_owned(), kind, dims, doc));
        self.value(name.to_owned())
    }

    /// Adds a value to the outputs of the graph, under the given name.
    pub fn output(&self, name: &str, value: Value<'_>, kind: Type, dims: &[Dim], doc: &str) {
        let node = Node {
            input: vec![value.name()],
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: "Identity".into(),
            attribute: Vec::new(),
        };
        let message = &mut self.state.borrow_mut().message;
        message.node.push(node);
        message.output.push(info(name.to_owned(), kind, dims, doc));
    }

    /// Returns the message.
    pub fn finish(self, name: &str) -> Message {
        Message { name: name.to_owned(), ..self.state.into_inner().message }
    }

    fn constant(&self, kind: Type, dims: &[usize], raw_data: Vec<u8>) -> Value<'_> {
        let dims: Vec<i64> = dims.iter().map(|dim| *dim as i64).collect();
        let key = (kind as i32, dims.clone(), raw_data);
        if let Some(&id) = self.state.borrow().constants.get(&key) {
            return Value { graph: self, id };
        }
        let name = self.fresh("constant");
        let value = self.value(name.clone());
        let mut state = self.state.borrow_mut();
        state.message.initializer.push(Tensor { dims, data_type: kind as i32, name, raw_data: key.2.clone() });
        state.constants.insert(key, value.id);
        value
    }

    /// Adds a constant number.
    pub fn number(&self, value: f64) -> Value<'_> {
        self.constant(Type::Double, &[], value.to_le_bytes().to_vec())
    }

    /// Adds constant numbers of a shape.
    pub fn numbers(&self, dims: &[usize], values: &[f64]) -> Value<'_> {
        self.constant(Type::Double, dims, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// Adds constant numbers in 32 bits.
    pub fn floats(&self, dims: &[usize], values: &[f32]) -> Value<'_> {
        self.constant(Type::Float, dims, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// Adds a constant integer.
    pub fn whole(&self, value: i64) -> Value<'_> {
        self.constant(Type::Int64, &[], value.to_le_bytes().to_vec())
    }

    /// Adds constant integers.
    pub fn wholes(&self, values: &[i64]) -> Value<'_> {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(Type::Int64, &[values.len()], bytes)
    }

    /// Returns the results of an operator. An input that is `None` is left out.
    pub fn results<const N: usize>(
        &self,
        operator: &str,
        inputs: &[Option<Value<'_>>],
        attribute: Vec<Attribute>,
    ) -> [Value<'_>; N] {
        let outputs: [Value<'_>; N] = std::array::from_fn(|_| self.value(self.fresh(operator)));
        let names: Vec<String> = outputs.iter().map(Value::name).collect();
        let node = Node {
            input: inputs.iter().map(|input| input.as_ref().map(Value::name).unwrap_or_default()).collect(),
            name: names[0].clone(),
            output: names,
            op_type: operator.to_owned(),
            attribute,
        };
        self.state.borrow_mut().message.node.push(node);
        outputs
    }

    /// Returns the result of an operator.
    pub fn apply(&self, operator: &str, inputs: &[Value<'_>], attribute: Vec<Attribute>) -> Value<'_> {
        let inputs: Vec<Option<Value<'_>>> = inputs.iter().copied().map(Some).collect();
        let [value] = self.results(operator, &inputs, attribute);
        value
    }

    /// Concatenates the values along an axis.
    pub fn join(&self, axis: i64, values: &[Value<'_>]) -> Value<'_> {
        if let [one] = values {
            return Value { graph: self, id: one.id };
        }
        self.apply("Concat", values, vec![Attribute::int("axis", axis)])
    }

    /// Stacks the values along a new axis.
    pub fn stack<'g>(&'g self, axis: i64, values: &[Value<'g>]) -> Value<'g> {
        let each: Vec<Value<'g>> = values.iter().map(|value| value.with_axis(axis)).collect();
        self.join(axis, &each)
    }

    /// Returns the integers from `start` to below `end`, both scalars.
    pub fn range(&self, start: Value<'_>, end: Value<'_>) -> Value<'_> {
        self.apply("Range", &[start, end, self.whole(1)], vec![])
    }
}

fn info(name: String, kind: Type, dims: &[Dim], doc: &str) -> ValueInfo {
    let dimension = |dim: &Dim| Dimension {
        value: Some(match dim {
            Dim::Of(size) => Size::Of(*size as i64),
            Dim::Named(name) => Size::Named((*name).to_owned()),
        }),
    };
    let shape = Shape { dim: dims.iter().map(dimension).collect() };
    let tensor_type = Some(TypeOfTensor { elem_type: kind as i32, shape: Some(shape) });
    ValueInfo { name, kind: Some(TypeOfValue { tensor_type }), doc_string: doc.to_owned() }
}

impl<'g> Value<'g> {
    /// The graph that the value belongs to.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    fn name(&self) -> String {
        self.graph.state.borrow().names[self.id].clone()
    }

    fn unary(self, operator: &str) -> Value<'g> {
        self.graph.apply(operator, &[self], vec![])
    }

    fn binary(self, operator: &str, other: Value<'_>) -> Value<'g> {
        self.graph.apply(operator, &[self, other], vec![])
    }

    pub fn ln(self) -> Value<'g> {
        self.unary("Log")
    }

    pub fn exp(self) -> Value<'g> {
        self.unary("Exp")
    }

    pub fn sqrt(self) -> Value<'g> {
        self.unary("Sqrt")
    }

    pub fn abs(self) -> Value<'g> {
        self.unary("Abs")
    }

    pub fn tanh(self) -> Value<'g> {
        self.unary("Tanh")
    }

    pub fn relu(self) -> Value<'g> {
        self.unary("Relu")
    }

    pub fn square(self) -> Value<'g> {
        self * self
    }

    pub fn max(self, other: impl Operand<'g>) -> Value<'g> {
        self.binary("Max", other.in_graph(self.graph))
    }

    pub fn min(self, other: impl Operand<'g>) -> Value<'g> {
        self.binary("Min", other.in_graph(self.graph))
    }

    pub fn clamp(self, low: f64, high: f64) -> Value<'g> {
        self.max(low).min(high)
    }

    pub fn greater(self, other: impl Operand<'g>) -> Value<'g> {
        self.binary("Greater", other.in_graph(self.graph))
    }

    pub fn less(self, other: impl Operand<'g>) -> Value<'g> {
        self.binary("Less", other.in_graph(self.graph))
    }

    pub fn equal(self, other: impl Operand<'g>) -> Value<'g> {
        self.binary("Equal", other.in_graph(self.graph))
    }

    pub fn and(self, other: Value<'g>) -> Value<'g> {
        self.binary("And", other)
    }

    /// Returns `then` where the value is true, and `otherwise` where it is false.
    pub fn choose(self, then: impl Operand<'g>, otherwise: impl Operand<'g>) -> Value<'g> {
        let graph = self.graph;
        graph.apply("Where", &[self, then.in_graph(graph), otherwise.in_graph(graph)], vec![])
    }

    pub fn cast(self, kind: Type) -> Value<'g> {
        self.graph.apply("Cast", &[self], vec![Attribute::int("to", kind as i64)])
    }

    /// Casts to 64-bit floats.
    pub fn to_number(self) -> Value<'g> {
        self.cast(Type::Double)
    }

    pub fn product(self, other: Value<'g>) -> Value<'g> {
        self.binary("MatMul", other)
    }

    /// Returns entries `start` to below `end` of an axis. Negative numbers count from the end; [`END`] is the end.
    pub fn slice(self, axis: i64, start: i64, end: i64) -> Value<'g> {
        let graph = self.graph;
        self.slice_at(axis, graph.wholes(&[start]), graph.wholes(&[end]))
    }

    /// Returns a slice whose ends are values of shape (1).
    pub fn slice_at(self, axis: i64, start: Value<'g>, end: Value<'g>) -> Value<'g> {
        self.graph.apply("Slice", &[self, start, end, self.graph.wholes(&[axis])], vec![])
    }

    /// Returns the entries of the first axis without the first `count`.
    pub fn after(self, count: i64) -> Value<'g> {
        self.slice(0, count, END)
    }

    /// Returns the last entry of the first axis, and keeps the axis.
    pub fn last(self) -> Value<'g> {
        self.slice(0, -1, END)
    }

    /// Returns one entry of an axis, and removes the axis.
    pub fn at(self, axis: i64, index: i64) -> Value<'g> {
        self.gather(axis, self.graph.whole(index))
    }

    /// Returns the entries of an axis with the given indices.
    pub fn gather(self, axis: i64, indices: Value<'g>) -> Value<'g> {
        self.graph.apply("Gather", &[self, indices], vec![Attribute::int("axis", axis)])
    }

    /// Adds an axis of one entry.
    pub fn with_axis(self, axis: i64) -> Value<'g> {
        self.binary("Unsqueeze", self.graph.wholes(&[axis]))
    }

    /// Removes an axis of one entry.
    pub fn without_axis(self, axis: i64) -> Value<'g> {
        self.binary("Squeeze", self.graph.wholes(&[axis]))
    }

    /// Reshapes the value; 0 keeps a dimension, -1 is the remaining size.
    pub fn reshape(self, dims: &[i64]) -> Value<'g> {
        self.binary("Reshape", self.graph.wholes(dims))
    }

    pub fn transpose(self, axes: &[i64]) -> Value<'g> {
        self.graph.apply("Transpose", &[self], vec![Attribute::ints("perm", axes)])
    }

    /// Returns the sum over an axis, and removes the axis.
    pub fn sum(self, axis: i64) -> Value<'g> {
        let graph = self.graph;
        graph.apply("ReduceSum", &[self, graph.wholes(&[axis])], vec![Attribute::int("keepdims", 0)])
    }

    /// Returns the sum of a column, (1). An empty column has the sum 0, which some engines do not compute.
    pub fn total(self) -> Value<'g> {
        let graph = self.graph;
        graph.join(0, &[graph.numbers(&[1], &[0.0]), self]).sum(0).with_axis(0)
    }

    /// Returns the mean over an axis, and removes the axis.
    pub fn mean(self, axis: i64) -> Value<'g> {
        self.graph.apply("ReduceMean", &[self], vec![Attribute::ints("axes", &[axis]), Attribute::int("keepdims", 0)])
    }

    /// Returns the cumulative sums along the first axis.
    pub fn running_sum(self) -> Value<'g> {
        self.binary("CumSum", self.graph.whole(0))
    }

    /// Shifts the entries by `by` positions to later ones; `fill` is in the first positions.
    pub fn shift(self, by: i64, fill: f64) -> Value<'g> {
        let graph = self.graph;
        let padded = graph.apply("Pad", &[self, graph.wholes(&[by, 0]), graph.number(fill)], vec![]);
        padded.slice(0, 0, -by)
    }

    /// Returns the number of entries of the first axis, of shape (1).
    pub fn len(self) -> Value<'g> {
        self.unary("Shape").slice(0, 0, 1)
    }
}

/// The end of an axis.
pub const END: i64 = i64::MAX;

/// A value, or a number that is converted to one.
pub trait Operand<'g> {
    fn in_graph(self, graph: &'g Graph) -> Value<'g>;
}

impl<'g> Operand<'g> for Value<'g> {
    fn in_graph(self, _: &'g Graph) -> Value<'g> {
        self
    }
}

impl<'g> Operand<'g> for f64 {
    fn in_graph(self, graph: &'g Graph) -> Value<'g> {
        graph.number(self)
    }
}

/// Integers, for indices.
impl<'g> Operand<'g> for i64 {
    fn in_graph(self, graph: &'g Graph) -> Value<'g> {
        graph.whole(self)
    }
}

macro_rules! operator {
    ($operation:ident, $method:ident, $name:literal) => {
        impl<'g, O: Operand<'g>> $operation<O> for Value<'g> {
            type Output = Value<'g>;

            fn $method(self, other: O) -> Value<'g> {
                self.binary($name, other.in_graph(self.graph))
            }
        }

        impl<'g> $operation<Value<'g>> for f64 {
            type Output = Value<'g>;

            fn $method(self, other: Value<'g>) -> Value<'g> {
                self.in_graph(other.graph).binary($name, other)
            }
        }
    };
}

operator!(Add, add, "Add");
operator!(Sub, sub, "Sub");
operator!(Mul, mul, "Mul");
operator!(Div, div, "Div");

impl<'g> Neg for Value<'g> {
    type Output = Value<'g>;

    fn neg(self) -> Value<'g> {
        self.unary("Neg")
    }
}
