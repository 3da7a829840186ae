use fourcast::nn::{
    init::initialize,
    kernels::Isa,
    optimizer::AdamW,
    train::{Options, train},
    *,
};
use rand::SeedableRng;
fn main() {
    let a: Vec<usize> = std::env::args().skip(1).map(|v| v.parse().unwrap()).collect();
    let (hidden, batch, window, epochs, inputs) = (a[0], a[1], a[2], a[3], a[4]);
    for isa in Isa::available() {
        let n = 4096;
        let mut rng = rand_pcg::Pcg64::seed_from_u64(1);
        let loss = if a[5] == 1 { Loss::Mse } else { Loss::StudentT };
        let shape = Shape { inputs, window, hidden, layers: 1, outputs: loss.outputs() };
        let mut net = Network::<f32>::new(shape, batch, isa);
        initialize(&mut net.parameters, loss, &mut rng);
        let days = n + window - 1;
        let inputs = ndarray::Array2::from_shape_fn((days, inputs), |(i, j)| ((i * 7 + j * 3) as f32 * 0.37).sin());
        let samples = Samples {
            inputs,
            window,
            origins: (window - 1..days).collect(),
            targets: (0..n).map(|i| (i as f32).cos()).collect(),
        };
        let picks: Vec<usize> = (0..n).collect();
        let options = Options {
            epochs,
            batch_size: batch,
            learning_rate: 1e-3,
            patience: 0,
            clip_norm: 1.0,
            rule: AdamW::default(),
        };
        let out = train(&mut net, &samples, (&picks, &[]), loss, &options, &mut rng, |_| ()).unwrap();
        println!("{isa:?} {:.0} w/s loss {}", out.windows as f64 / out.work.as_secs_f64(), out.best.train_loss);
    }
}
