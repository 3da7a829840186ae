//! The three products of a layer. The "items" of the tables are floating-point operations.

use divan::Bencher;
use divan::counter::ItemsCount;

use crate::operands::Operands;

/// Units of the layer.
const HIDDEN: [usize; 5] = [16, 32, 64, 128, 256];
/// Windows in a batch.
const BATCH: usize = 32;

#[divan::bench(args = HIDDEN)]
fn forward(bencher: Bencher, hidden: usize) {
    let mut operands = Operands::new(hidden, BATCH);
    bencher.counter(ItemsCount::new(operands.product_flop())).bench_local(|| operands.forward());
}

#[divan::bench(args = HIDDEN)]
fn back(bencher: Bencher, hidden: usize) {
    let mut operands = Operands::new(hidden, BATCH);
    bencher.counter(ItemsCount::new(operands.product_flop())).bench_local(|| operands.back());
}

#[divan::bench(args = HIDDEN)]
fn weight_gradient(bencher: Bencher, hidden: usize) {
    let mut operands = Operands::new(hidden, BATCH);
    bencher.counter(ItemsCount::new(operands.gradient_flop())).bench_local(|| operands.weight_gradient());
}
