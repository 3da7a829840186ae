//! The long-memory benchmark of `docs/memory.md`, with short windows.

#[allow(dead_code, reason = "the example prints more than is tested here")]
#[path = "../../examples/memory/adding.rs"]
mod adding;

use std::time::Duration;

use adding::{CONTESTANTS, Contestant, Limits, gradient_share, sequences};
use rand::SeedableRng;
use rand_pcg::Pcg64;

const SEEDS: [u64; 3] = [1, 2, 3];

fn contestant(name: &str) -> Contestant {
    CONTESTANTS.into_iter().find(|contestant| contestant.name == name).expect("it takes part")
}

/// Twice the steps of the slowest of three seeds. There is no time limit, so that a slow machine passes.
const LIMITS: Limits = Limits { steps: 1400, time: Duration::MAX };

#[test]
fn lstm_and_gru_learn_short_and_medium_windows() {
    for name in ["lstm", "gru"] {
        for window in [4, 32] {
            let outcome = contestant(name).run(window, LIMITS, 1);
            assert!(outcome.learnt(), "{name}, {window} days: {outcome:?}");
        }
    }
}

/// Returns, for three window lengths, the gradient of the first day as a share of that of the last, before training, as
/// a mean over seeds.
fn shares(name: &str) -> [f64; 3] {
    [32, 128, 512].map(|window| {
        let share = |seed: u64| {
            let (mut weights, mut data) = (Pcg64::seed_from_u64(seed), Pcg64::new(u128::from(seed), window as u128));
            let mut network = contestant(name).network(window, &mut weights);
            gradient_share(&mut network, &sequences(64, window, &mut data)).expect("units live before training")
        };
        SEEDS.into_iter().map(share).sum::<f64>() / SEEDS.len() as f64
    })
}

#[test]
fn the_gradient_of_a_tanh_rnn_vanishes_with_the_length() {
    for name in ["rnn, tanh, glorot", "rnn, tanh, orthogonal"] {
        let [short, medium, long] = shares(name);
        assert!(medium < 0.1 * short, "{name}: {short} {medium}");
        assert!(long < 1e-3 * medium, "{name}: {medium} {long}");
    }
}

#[test]
fn timed_gates_hold_the_gradient_over_any_length() {
    for name in ["lstm, timed gates", "gru, timed gates"] {
        let shares = shares(name);
        assert!(shares.iter().all(|share| *share > 5e-4), "{name}: {shares:?}");
        // A window sixteen times as long reduces it by less than a factor of a hundred.
        assert!(shares[2] > 1e-2 * shares[0], "{name}: {shares:?}");
    }
}
