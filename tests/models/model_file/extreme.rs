//! Files with a valid checksum and with numbers that no training run produces.

use super::*;

/// A file with a valid checksum can have weights or scales that no training run produces.
#[test]
fn a_forecast_far_from_usual_moves_is_remarked_on() {
    let series = with_bars(600, 41);
    let config = Config { inputs: InputSet::Ohlc.for_return(), hidden: 3, epochs: 1, ..config() };
    let model = crate::common::fitted(&series, &config).forecaster;
    let parts = Parts::of(&save_to_bytes(&model));
    let problem_of = |parts: Parts| {
        let forecast = load_bytes(&parts.bytes()).unwrap().forecast(&series).unwrap();
        let unlikely = |note: &&model::Note| matches!(note, model::Note::Unlikely { .. });
        forecast.notes.iter().find(unlikely).map(ToString::to_string)
    };
    assert_eq!(problem_of(parts.clone()), None);
    let add = |value: f32| {
        move |_: &mut _, _: &mut _, bytes: &mut Vec<u8>| {
            let first = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) + value;
            bytes[..4].copy_from_slice(&first.to_le_bytes());
        }
    };
    // `with` removes the checksum.
    let moved = parts.clone().with_tensor("head.bias", add(1000.0)).with("/format_version", 1.into());
    let far = problem_of(moved).unwrap();
    assert!(far.starts_with("the forecast 1 day ahead is implausible: the median is "), "{far}");
    let flat = [vec![0.0; 20], vec![1.0]].concat();
    let narrow = problem_of(parts.with("/calibration/levels", json!([flat])));
    assert!(narrow.is_some_and(|narrow| narrow.contains("the 90 % prediction interval is 0.00 times as wide")));
}

/// A jump long ago, or a volatility regime that has ended, is no reason to doubt a file.
#[test]
fn forecasts_after_unusual_moves_are_not_remarked_on() {
    let made = |log_return: &dyn Fn(usize, f64) -> f64| {
        let noise = autoregressive(600, 0.0, 43);
        let mut price = 100.0;
        let returns = noise.close.windows(2).map(|pair| (pair[1] / pair[0]).ln() / SIGMA).enumerate();
        let moved = returns.map(|(row, noise)| {
            price *= log_return(row, noise).exp();
            price
        });
        let close: Vec<f64> = std::iter::once(100.0).chain(moved).collect();
        PriceSeries { adjusted: close.clone(), close, ..noise.clone() }
    };
    let jump = made(&|row, noise| if row == 300 { -1.1 } else { 0.002 * noise });
    let storm = made(&|row, noise| noise * if row < 300 { 0.05 } else { 0.002 });
    for (name, series) in [("jump", jump), ("storm", storm)] {
        let forecast = model::pretrained_for(&series).forecast(&series).unwrap();
        let unlikely = forecast.notes.iter().find(|note| matches!(note, model::Note::Unlikely { .. }));
        assert_eq!(unlikely.map(ToString::to_string), None, "{name}");
    }
}

/// Collects the paths of a card's numbers, and of the words that select what it forecasts.
fn numbers_of(card: &Value, at: &str, places: &mut Vec<String>) {
    match card {
        Value::Number(_) => places.push(at.to_owned()),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(k, value)| numbers_of(value, &format!("{at}/{k}"), places));
        }
        Value::Object(entries) => entries.iter().for_each(|(k, value)| numbers_of(value, &format!("{at}/{k}"), places)),
        _ => {}
    }
}

/// Returns a small model of each kind, as parts.
fn kinds() -> Vec<(Parts, Vec<String>)> {
    let series = with_bars(600, 41);
    let base = Config { inputs: InputSet::Ohlc.for_return(), hidden: 2, epochs: 1, ..config() };
    let price = Config { inputs: InputSet::Ohlc.for_price(), target: Target::Price, ..base.clone() };
    let path = Config { topology: Topology::ManyToMany, horizon: 3, ..base.clone() };
    let one = Config { topology: Topology::OneToMany, window: 1, cell: CellKind::Dense, ..path.clone() };
    [base.clone(), Config { loss: Loss::Mse, ..base }, price, path, one]
        .iter()
        .map(|config| {
            let model = crate::common::fitted(&series, config).forecaster;
            assert!(model.card.calibration.is_some());
            (Parts::of(&save_to_bytes(&model)), tensor_names(&model))
        })
        .collect()
}

/// Files with extreme numbers in the card or extreme weights, and a valid checksum. Each is refused, or forecasts
/// finite numbers within limits of time and memory. The environment variable `FORGERIES` sets the number of files.
#[test]
fn extreme_models_are_refused_or_forecast_finite_numbers() {
    let series = with_bars(60, 33);
    let kinds = kinds();
    let cases: usize = std::env::var("FORGERIES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3000);
    let numbers = [
        json!(0),
        json!(-1),
        json!(1),
        json!(2),
        json!(3),
        json!(50),
        json!(999),
        json!(1000),
        json!(10_000),
        json!(10_001),
        json!(u64::MAX),
        json!(0.5),
        json!(1.0),
        json!(0.999_999),
        json!(1e-320),
        json!(1e-30),
        json!(1e-9),
        json!(1e9),
        json!(1e30),
        json!(1.1e30),
        json!(1e300),
        json!(f64::MAX),
        json!(-1e300),
        json!(-0.0),
    ];
    let weights = [0.0, -1.0, 1e3, 1e9, 1e19, -1e19, 1e30, f32::MAX, f32::MIN, f32::MIN_POSITIVE];
    let mut rng = Pcg64::seed_from_u64(42);
    let (mut refused, mut answered) = (0, 0);
    for case in 0..cases {
        let (parts, names) = &kinds[case % kinds.len()];
        let (mut parts, mut card) = (parts.clone(), parts.card());
        let mut places = Vec::new();
        numbers_of(&card, "", &mut places);
        for _ in 0..rng.random_range(0..3) {
            let place = &places[rng.random_range(0..places.len())];
            *card.pointer_mut(place).unwrap() = numbers[rng.random_range(0..numbers.len())].clone();
        }
        for _ in 0..rng.random_range(0..3) {
            let tensor = rng.random_range(0..parts.tensors.len());
            let values = &mut parts.tensors[tensor].3;
            let at = 4 * rng.random_range(0..values.len() / 4);
            values[at..at + 4].copy_from_slice(&weights[rng.random_range(0..weights.len())].to_le_bytes());
        }
        let bytes = parts.sealed(&card, names).bytes();
        let start = std::time::Instant::now();
        let (_, used, result) = allocations::during(|| load_bytes(&bytes).map_err(|error| error.to_string()));
        let Ok(model) = result else {
            refused += 1;
            let about = format!("{used} bytes in {:?} to refuse {card}", start.elapsed());
            assert!(used < 2_000_000 && start.elapsed().as_millis() < 500, "{about}");
            continue;
        };
        let (_, used, result) = allocations::during(|| {
            let forecast = model.forecast(&series)?;
            let price = 0.9 * series.close[series.len() - 1];
            let chance = [forecast.probability_above(0, price), forecast.probability_below(0, price)];
            assert!(chance.iter().all(|chance| (0.0..=1.0).contains(chance)), "{chance:?} {card}");
            forecast.sessions(&[0.5, 0.9, 0.999_999])
        });
        let about = format!("{used} bytes in {:?} for {card}", start.elapsed());
        assert!(used < 1_000_000_000 && start.elapsed().as_secs() < 10, "{about}");
        if let Ok(sessions) = result {
            answered += 1;
            for session in sessions {
                let ends = session.intervals.iter().flat_map(|(lower, upper)| [*lower, *upper]);
                assert!(ends.chain([session.median]).all(f64::is_finite), "{session:?} {card}");
            }
        }
    }
    assert!(refused > cases / 5 && answered > cases / 5, "{refused} refused, {answered} answered of {cases}");
}

/// Returns a small model with another bias of the head: for a Student-t distribution mu, log sigma and nu.
fn with_head_bias(values: [f32; 3]) -> Forecaster {
    let mut model = small_model();
    for member in &mut model.members {
        let tensor = member.find("head.bias").unwrap().clone();
        let array = ndarray::Array1::from_vec(values.to_vec()).into_dyn();
        member.pack(&tensor, array.view());
    }
    model
}

/// The search for quantiles in `statrs` does not terminate for this many degrees of freedom.
#[test]
fn any_degrees_of_freedom_have_an_interval() {
    let series = with_bars(60, 33);
    let ends = |nu: f32| {
        let forecast = with_head_bias([0.0, 0.0, nu]).forecast(&series).unwrap();
        forecast.sessions(&[0.9]).unwrap()[0].intervals[0]
    };
    let normal = ends(f32::MAX);
    for nu in [1e3, 1e4, 1e5, 1e6, 1e9, 1e20, 1e30] {
        let (lower, upper) = ends(nu);
        assert!((lower / normal.0 - 1.0).abs() < 1e-4 && (upper / normal.1 - 1.0).abs() < 1e-4, "{nu}");
    }
}

#[test]
fn a_forecast_that_is_not_finite_is_an_error() {
    let series = with_bars(60, 33);
    for bias in [[1e30, 0.0, 1.0], [f32::MAX, 0.0, 1.0], [-f32::MAX, 0.0, 1.0]] {
        let forecast = with_head_bias(bias).forecast(&series);
        let error = forecast.and_then(|forecast| forecast.sessions(&[0.9]).map(drop));
        if bias[0] > 0.0 {
            let error = error.unwrap_err();
            assert_eq!(error.to_string(), "the forecast is not a finite number, expected a price");
            assert!(error.help().contains("--learning-rate"));
        }
    }
}
