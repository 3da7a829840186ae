//! A check of the speed of the products, because a compiler update can make them several times slower without changing
//! a result. Each product is timed alternately with a loop that only multiplies and adds, in the same process, so that
//! the clock rate and other load affect both.

use std::hint::black_box;
use std::time::Instant;

use fourcast_nn::kernels::{Arithmetic, Isa, Kernel, LANES, Lanes};

use crate::operands::Operands;

/// Number of independent sums. A multiply-add takes four cycles and two can start in each, so at least eight registers
/// are needed. Operands need registers too: in AVX-512, eleven sums fit (for twelve, the compiler generates scatters);
/// in AVX2, six sums fit, with two registers each.
const WIDE_CHAINS: usize = 11;
const CHAINS: usize = 6;
/// A smaller share of the peak indicates a fault, such as sums that are kept on the stack.
const FAULT: f64 = 0.6;
/// Number of times a product and the loop are timed; the median is used.
const TURNS: usize = 31;
/// Number of floating-point operations per timing: about a millisecond.
const TURN: usize = 100_000_000;

/// A product: its name, its number of floating-point operations, and a function that computes it.
type Watched = (&'static str, fn(&Operands) -> usize, fn(&mut Operands));

const WATCHED: [Watched; 3] = [
    ("forward", Operands::product_flop, Operands::forward),
    ("backward", Operands::product_flop, Operands::back),
    ("weight gradient", Operands::gradient_flop, Operands::weight_gradient),
];

/// Prints the share of the peak that each product reaches; without `--bench`, runs each once.
pub fn print(timed: bool) {
    let turns = if timed { TURNS } else { 1 };
    println!("Share of the peak of one core, {:?}, batch 32; under {FAULT} is a fault.\n", Isa::detect());
    println!("| product | hidden | GFLOP/s | peak | share | |\n|---|---|---|---|---|---|");
    for (name, flop, run) in WATCHED {
        for hidden in [16, 32, 64, 128, 256] {
            let mut operands = Operands::new(hidden, 32);
            let flop = flop(&operands);
            let Turn { reached, peak } = median_turn(turns, flop, || run(&mut operands));
            let share = reached / peak;
            let mark = if share < FAULT { "**fault**" } else { "" };
            println!("| {name} | {hidden} | {reached:.1} | {peak:.1} | {share:.2} | {mark} |");
        }
    }
    println!();
}

/// GFLOP/s of a product, and of the loop timed just before.
struct Turn {
    reached: f64,
    peak: f64,
}

/// Returns the measurement with the median share.
fn median_turn(turns: usize, flop: usize, mut run: impl FnMut()) -> Turn {
    let repeats = (TURN / flop).max(1);
    let mut turn = || {
        let peak = peak();
        let reached = gigaflops(repeats * flop, || (0..repeats).for_each(|_| run()));
        Turn { reached, peak }
    };
    let mut turns: Vec<Turn> = (0..turns).map(|_| turn()).collect();
    turns.sort_by(|a, b| (a.reached / a.peak).total_cmp(&(b.reached / b.peak)));
    turns.swap_remove(turns.len() / 2)
}

/// Measures floating-point operations per nanosecond; a multiply-add counts as two.
fn peak() -> f64 {
    let mut sums = [Lanes::ZERO; WIDE_CHAINS];
    let blocks = TURN / (2 * LANES) / (CHAINS * WIDE_CHAINS) * (CHAINS * WIDE_CHAINS);
    let found = gigaflops(blocks * 2 * LANES, || {
        let (a, b) = black_box((1e-3, Lanes([1e-3; LANES])));
        Isa::detect().run(MultiplyAdd { sums: &mut sums, a, b, blocks });
    });
    black_box(sums);
    found
}

fn gigaflops(flop: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    flop as f64 / start.elapsed().as_secs_f64() * 1e-9
}

/// Repeats `sums += a b`, for `blocks` blocks in total.
struct MultiplyAdd<'a> {
    sums: &'a mut [Lanes<f32>; WIDE_CHAINS],
    a: f32,
    b: Lanes<f32>,
    blocks: usize,
}

impl Kernel for MultiplyAdd<'_> {
    #[inline(always)]
    fn run<A: Arithmetic>(self) {
        let MultiplyAdd { sums, a, b, blocks } = self;
        if A::TILE_ROWS.len() > 1 {
            multiply_add::<A, WIDE_CHAINS>(sums, a, b, blocks / WIDE_CHAINS);
        } else if let Some(sums) = sums.first_chunk_mut() {
            multiply_add::<A, CHAINS>(sums, a, b, blocks / CHAINS);
        }
    }
}

#[inline(always)]
fn multiply_add<A: Arithmetic, const C: usize>(sums: &mut [Lanes<f32>; C], a: f32, b: Lanes<f32>, rounds: usize) {
    let mut local = *sums;
    for _ in 0..rounds {
        for sum in &mut local {
            sum.add_scaled::<A>(a, &b);
        }
    }
    *sums = local;
}
