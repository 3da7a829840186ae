//! The three products of an LSTM layer on generated numbers. Only this file calls the kernels.

use fourcast_nn::kernels::{AddTo, Days, Isa, LANES, Lanes, Product, Term, WeightGradient, blocks};

/// Number of gates of an LSTM.
const GATES: usize = 4;
/// Number of days over which a weight gradient is summed.
const DAYS: usize = 4;

/// Everything the products read and write. B = batch, H = hidden, P = blocks of 16 units, T = days.
pub struct Operands {
    isa: Isa,
    hidden: usize,
    batch: usize,
    w: Vec<Lanes<f32>>,  // (4P, H), and as many numbers as its transpose
    h: Vec<Lanes<f32>>,  // (T, P, B)
    da: Vec<Lanes<f32>>, // (T, 4P, B)
    dw: Vec<Lanes<f32>>, // (4P, H)
}

impl Operands {
    /// Creates operands for whole blocks of hidden units.
    pub fn new(hidden: usize, batch: usize) -> Self {
        assert!(hidden.is_multiple_of(LANES), "{hidden} units fill no whole number of blocks");
        let units = blocks(hidden);
        Operands {
            isa: Isa::detect(),
            hidden,
            batch,
            w: numbers(GATES * units * hidden),
            h: numbers(DAYS * units * batch),
            da: numbers(DAYS * GATES * units * batch),
            dw: numbers(GATES * units * hidden),
        }
    }

    fn flop_a_day(&self) -> usize {
        2 * self.batch * self.hidden * GATES * self.hidden
    }

    /// Returns the number of multiplications and additions in [`Operands::forward`] and in [`Operands::back`].
    pub fn product_flop(&self) -> usize {
        self.flop_a_day()
    }

    /// Returns the number of multiplications and additions in [`Operands::weight_gradient`].
    pub fn gradient_flop(&self) -> usize {
        DAYS * self.flop_a_day()
    }

    /// Computes a = h W_hh for one day.
    pub fn forward(&mut self) {
        let h = &self.h[..blocks(self.hidden) * self.batch];
        let out = &mut self.da[..GATES * blocks(self.hidden) * self.batch];
        let terms = &[Term { a: h, w: &self.w, inputs: self.hidden }];
        self.isa.run(Product { out, stride: self.batch, rows: self.batch, add_to: AddTo::Zero, terms });
    }

    /// Computes dL/dh = da W_hh^T for one day.
    pub fn back(&mut self) {
        let da = &self.da[..GATES * blocks(self.hidden) * self.batch];
        let out = &mut self.h[..blocks(self.hidden) * self.batch];
        let terms = &[Term { a: da, w: &self.w, inputs: GATES * self.hidden }];
        self.isa.run(Product { out, stride: self.batch, rows: self.batch, add_to: AddTo::Zero, terms });
    }

    /// Computes dL/dW_hh = the sum over days of h^T da.
    pub fn weight_gradient(&mut self) {
        let units = blocks(self.hidden);
        self.isa.run(WeightGradient {
            dw: &mut self.dw,
            inputs: self.hidden,
            a: Days { data: &self.h, day_stride: units * self.batch },
            da: Days { data: &self.da, day_stride: GATES * units * self.batch },
            days: DAYS,
            stride: self.batch,
            rows: self.batch,
        });
    }
}

/// Returns small positive numbers. Their products neither overflow nor become subnormal, which would be slow.
fn numbers(len: usize) -> Vec<Lanes<f32>> {
    let number = |k: usize| 0.01 + (k % 97) as f32 * 1e-3;
    (0..len).map(|k| Lanes(std::array::from_fn(|lane| number(k * LANES + lane)))).collect()
}
