//! Simple RNN (Elman 1990): a dense unit that also reads its previous output.
//!
//! ```text
//! h_t = act(a)      a = x_t W_ih + h_{t-1} W_hh + b      act = tanh or ReLU
//! ```
//!
//! The backward pass multiplies by W_hh once a day, so the gradient of early days vanishes or explodes with the
//! number of days (Bengio, Simard & Frasconi 1994). ReLU with W_hh initialised to the identity mitigates it (Le,
//! Jaitly & Hinton 2015); gates avoid it.

use super::activation::Activation;
use super::kernels::{AddTo, Isa, Real};
use super::parameters::GateOrder;
use super::recurrent::{Backward, Equations, Forward, Gates};

/// The equations of a Simple RNN.
pub struct Rnn {
    /// The nonlinearity act.
    pub activation: Activation,
}

impl<F: Real> Equations<F> for Rnn {
    const GATES: Gates = Gates {
        count: 1,
        named: &[],
        input: 0..1,
        state: 0..1,
        input_order: GateOrder::Same,
        bias_ih: &[0.0],
        bias_hh: &[0.0],
        in_place: true,
    };

    fn forward(&mut self, isa: Isa, at: Forward<'_, F>) {
        self.activation.forward(isa, at.h, at.stride, at.rows); // h_t = act(a)
    }

    fn backward(&mut self, isa: Isa, at: Backward<'_, F>) -> AddTo<'static, F> {
        self.activation.backward(isa, at.h, at.dh, at.stride, at.rows); // dL/da = dL/dh act'(a)
        at.read.add_to()
    }
}
