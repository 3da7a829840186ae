//! The number types of networks, and the constructor of layers.
//!
//! Generic code is compiled in every crate that uses it. Layers and products are most of the code to compile. They are
//! reached only through functions of the number types, and are therefore compiled only in this crate.

use super::cell::{Cell, Size, TensorNames};
use super::conv::Conv;
use super::dense::Dense;
use super::gru::Gru;
use super::kernels::{Isa, Product, Real, WeightGradient};
use super::lstm::Lstm;
use super::parameters::Parameters;
use super::recurrent::Recurrent;
use super::rnn::Rnn;
use super::shape::{CellKind, Shape};

/// `f32` or `f64`; no other type can implement it.
pub trait Float: Real {
    /// Returns a layer and adds its tensors to `parameters`.
    #[doc(hidden)]
    fn layer(
        parameters: &mut Parameters<Self>,
        isa: Isa,
        shape: Shape,
        names: TensorNames<'_>,
        size: Size,
    ) -> Box<dyn Cell<Self>>;

    /// Computes a product.
    #[doc(hidden)]
    fn product(isa: Isa, product: Product<'_, Self>);

    /// Adds to the gradient of a matrix of weights.
    #[doc(hidden)]
    fn weight_gradient(isa: Isa, gradient: WeightGradient<'_, Self>);
}

macro_rules! float {
    ($float:ty) => {
        impl Float for $float {
            fn layer(
                parameters: &mut Parameters<Self>,
                isa: Isa,
                shape: Shape,
                names: TensorNames<'_>,
                size: Size,
            ) -> Box<dyn Cell<Self>> {
                layer(parameters, isa, shape, names, size)
            }

            fn product(isa: Isa, product: Product<'_, Self>) {
                isa.run(product);
            }

            fn weight_gradient(isa: Isa, gradient: WeightGradient<'_, Self>) {
                isa.run(gradient);
            }
        }
    };
}

float!(f32);
float!(f64);

fn layer<F: Real>(
    parameters: &mut Parameters<F>,
    isa: Isa,
    Shape { cell, activation, .. }: Shape,
    names: TensorNames<'_>,
    size: Size,
) -> Box<dyn Cell<F>> {
    match cell {
        CellKind::Dense => Box::new(Dense::new(parameters, isa, activation, names, size)),
        CellKind::Conv => Box::new(Conv::new(parameters, isa, activation, names, size)),
        CellKind::Rnn => Box::new(Recurrent::new(parameters, isa, names, size, Rnn { activation })),
        CellKind::Gru => Box::new(Recurrent::new(parameters, isa, names, size, Gru)),
        CellKind::Lstm => Box::new(Recurrent::new(parameters, isa, names, size, Lstm::new(size))),
    }
}
