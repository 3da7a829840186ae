//! Files with cards or tensors that do not belong to a model.

use super::*;

#[test]
fn a_file_that_is_no_model_has_another_error_than_a_damaged_model() {
    let (cut, other) = ("not a whole safetensors file", "is a file of other data, expected a model");
    for (bytes, expected) in [
        (&b""[..], "is an empty file, expected a model"),
        (b"\0", cut),
        (b"Date,Close\n2020-01-01,1.5\n", "is a text that starts with 'Date,Close', expected a model"),
        (&[255; 64], other),
        (&[0; 64], other),
    ] {
        let error = load_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let other = Map::from_iter([("format".to_owned(), Value::from("pt"))]);
    for metadata in [Map::new(), other] {
        refused(Parts { metadata, ..parts.clone() }, "without the metadata entry 'fourcast'");
    }

    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.safetensors");
    assert!(model::load(&missing).unwrap_err().to_string().ends_with("no such file, expected a model"));
    assert!(model::load(folder.path()).unwrap_err().to_string().ends_with("is a folder, expected a file"));
}

#[test]
fn another_format_version_is_named() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    for version in [0, 4, 999] {
        // The version is read even if the rest of a newer card is unknown to this program.
        let card = json!({"format_version": version, "what": "ever"}).to_string();
        refused(parts.clone().with_card_text(&card), &format!("format version {version}, expected 3 or older"));
        refused(parts.clone().with("/format_version", version.into()), &format!("format version {version}"));
    }
    for no_version in [json!("1"), json!(null), json!(-1), json!(1.5)] {
        refused(parts.clone().with("/format_version", no_version), "'format_version', expected a number");
    }
}

#[test]
fn a_file_of_the_present_version_has_a_checksum() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let card = parts.present_card();
    assert_eq!(card["format_version"], 2);
    refused(parts.clone().with_card_text(&card.to_string()), "no 'sha256', expected the checksum");
    load_bytes(&parts.clone().sealed(&card, &names_of(&small_model())).bytes()).unwrap();
}

/// An unknown entry could change the forecast, so it is refused. Files of version 1 with a checksum may have some.
#[test]
fn an_unknown_entry_anywhere_is_refused() {
    let model = small_model();
    let (parts, names) = (Parts::of(&save_to_bytes(&model)), names_of(&model));
    for (place, path) in [
        ("", "moon"),
        ("/config", "config.moon"),
        ("/input_scalers/1", "input_scalers.1.moon"),
        ("/target_scaler", "target_scaler.moon"),
        ("/training", "training.moon"),
        ("/losses", "losses.moon"),
    ] {
        for version in [1, 2] {
            let mut card = parts.present_card();
            card["format_version"] = version.into();
            card.pointer_mut(place).unwrap()["moon"] = json!({"phase": 1});
            let changed = parts.clone().sealed(&card, &names);
            if version == 1 {
                load_bytes(&changed.bytes()).unwrap();
            } else {
                refused(changed, &format!("unknown entry '{path}', perhaps written by a newer fourcast"));
            }
        }
    }
    let mut evaluated = parts.present_card();
    let coverage = json!({"level_50": 0.5, "level_90": 0.9, "level_99": 0.99});
    let step = json!({"horizon": 1, "raw": coverage, "calibrated": coverage});
    evaluated["evaluation"] = json!({"days": 1, "first": "2020-01-01", "last": "2020-01-01", "rmse": 1.0, "naive_rmse": 1.0,
                                     "coverage_50": 0.5, "coverage_90": 0.5, "steps": [step]});
    refused(parts.sealed(&evaluated, &names), "unknown entry 'evaluation.steps.0.raw.level_99'");
}

#[test]
fn an_invalid_card_is_an_error() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    for card in ["", "[]", "{", "null", "{}", "\u{0}"] {
        refused(parts.clone().with_card_text(card), "metadata 'fourcast': ");
    }
    for place in
        ["/config", "/config/hidden", "/input_scalers", "/initial_variance", "/training/data_sha256", "/losses"]
    {
        let field = place.rsplit_once('/').unwrap().1;
        refused(parts.clone().without(place), &format!("missing field `{field}`"));
    }
    let others = [
        ("/config/cell", json!("transformer"), "transformer"),
        ("/config/topology", json!("all-to-all"), "all-to-all"),
        ("/config/inputs", json!([]), "0 inputs"),
        ("/config/inputs", json!(["return"]), "1 input and 5 scalers"),
        ("/config/inputs/0", json!("moon_phase"), "moon_phase"),
        ("/config/loss", json!("huber"), "huber"),
        ("/training/last", json!("2020-13-01"), "month"),
        ("/input_scalers/0/deviation", json!(0.0), "a scaler"),
        ("/input_scalers/0/deviation", json!(-1.0), "a scaler"),
        ("/input_scalers/0/mean", json!(null), "null"),
        ("/target_scaler/deviation", json!(0.0), "a scaler"),
        ("/target_scaler/deviation", json!(2.0), "target_scaler scales returns"),
        ("/target_scaler/mean", json!(0.1), "target_scaler scales returns"),
        ("/initial_variance", json!(0.0), "initial_variance is 0e0, expected 1e-30 to 1e7"),
        ("/initial_variance", json!(-1e-4), "initial_variance is -1e-4, expected"),
        ("/initial_variance", json!(1e8), "initial_variance is 1e8, expected"),
        ("/baseline_error", json!(1e30), "baseline_error is 1e30, expected 1e-12 to 1e12"),
        ("/bar_ratio", json!(1e13), "bar_ratio is 1e13, expected"),
        ("/residuals", json!([{"sigma": 1.0, "nu": 5.0}]), "1 residual, expected none"),
        ("/config/epochs", json!(1_000_001), "epochs is 1000001, expected a whole number from 0 to 1000000"),
        ("/config/batch_size", json!(0), "batch_size is 0, expected a whole number from 1 to 1000000"),
        ("/config/learning_rate", json!(-1.0), "learning_rate is -1, expected a number above 0"),
        ("/config/learning_rate", json!(1e308), "at most 1e30, for example 0.003"),
        ("/config/valid_fraction", json!(-1.0), "valid_fraction is -1, expected 0, or a fraction from 0.001 to 0.999"),
        ("/config/valid_fraction", json!(5.0), "valid_fraction is 5, expected 0, or a fraction"),
        ("/config/dropout", json!(1e18), "dropout is 1000000000000000000, expected 0, or a fraction"),
        ("/config/dropout", json!(-0.5), "dropout is -0.5, expected 0, or a fraction"),
        ("/config/teacher_forcing", json!(5.0), "teacher_forcing is 5, expected a probability from 0 to 1"),
    ];
    for (place, value, expected) in others {
        refused(parts.clone().with(place, value), expected);
    }
    let squared = Config { loss: Loss::Mse, epochs: 1, ..config() };
    let parts = Parts::of(&save_to_bytes(&crate::common::fitted(&with_bars(120, 31), &squared).forecaster));
    for (sigma, nu, expected) in
        [(0.0, 5.0, "a width is not above zero"), (1.0, -5.0, "degrees of freedom of a residual are not from 2")]
    {
        refused(parts.clone().with("/residuals", json!([{"sigma": sigma, "nu": nu}])), expected);
    }
}

#[test]
fn tensors_must_be_those_of_the_network() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    for name in ["lstm.weight_hh_l0", "head.bias", "member.1.lstm.bias_ih_l0"] {
        let mut fewer = parts.clone();
        fewer.tensors.retain(|tensor| tensor.0 != name);
        refused(fewer, &format!("no tensor '{name}'"));

        refused(
            parts.clone().with_tensor(name, |_, shape, _| shape.insert(0, 1)),
            &format!("tensor '{name}': F32 [1,"),
        );
        let dtype = |to: &'static str| move |number: &mut String, _: &mut _, _: &mut _| *number = to.into();
        refused(parts.clone().with_tensor(name, dtype("I32")), &format!("tensor '{name}': I32"));
        let in_f64 = |number: &mut String, _: &mut _, bytes: &mut Vec<u8>| {
            *number = "F64".into();
            bytes.resize(2 * bytes.len(), 0);
        };
        refused(parts.clone().with_tensor(name, in_f64), &format!("tensor '{name}': F64"));

        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let perturbed = |_: &mut _, _: &mut _, bytes: &mut Vec<u8>| {
                let last = bytes.len() - 4;
                bytes[last..].copy_from_slice(&value.to_le_bytes());
            };
            refused(
                parts.clone().with_tensor(name, perturbed),
                &format!("tensor '{name}' holds a value that is not finite"),
            );
        }
    }
    let transposed = parts.clone().with_tensor("lstm.weight_ih_l0", |_, shape, _| shape.reverse());
    refused(transposed, "tensor 'lstm.weight_ih_l0': F32 [5, 12], expected F32 [12, 5]");
    for name in ["lstm.weight_ih_l1", "member.2.head.bias", "x"] {
        let mut more = parts.clone();
        more.tensors.push((name.into(), "F32".into(), vec![2], vec![0; 8]));
        refused(more, &format!("tensor '{name}' does not belong"));
    }
    // If there are several, the error names the first by name in every run, although they are read in an order that
    // differs from run to run.
    for _ in 0..20 {
        let mut more = parts.clone();
        more.tensors.extend(["x9", "x2", "x5", "x7"].map(|name| (name.into(), "F32".into(), vec![2], vec![0; 8])));
        refused(more, "tensor 'x2' does not belong");
    }
}

#[test]
fn implausible_sizes_are_refused_before_memory_is_allocated() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let refused = |parts: Parts, expected: &str| {
        let (_, bytes, ()) = allocations::during(|| refused(parts, expected));
        assert!(bytes < 400_000, "{bytes} bytes were asked for: {expected}");
    };
    for size in ["window", "horizon", "hidden", "layers", "ensemble"] {
        let place = format!("/config/{size}");
        for value in [0_u64, 1_000_000, 4_000_000_000, u64::MAX] {
            refused(parts.clone().with(&place, value.into()), &format!("{size} is {value}, expected 1 to"));
        }
        for value in [json!(-1), json!(1.5), json!(1e300), json!("4"), json!(null)] {
            refused(parts.clone().with(&place, value), "metadata 'fourcast': ");
        }
    }
    for place in ["training/rows", "training/validation_windows", "losses/best_epochs/0"] {
        let name = place.trim_end_matches("/0").replace('/', ".").replace("best_", "");
        let changed = parts.clone().with(&format!("/{place}"), u64::MAX.into());
        refused(changed, &format!("{name} is {}, expected at most 4294967295", u64::MAX));
    }
    for day in ["1599-12-31", "2201-01-01", "9999-12-31"] {
        let changed = parts.clone().with("/training/last", day.into());
        refused(changed, &format!("the day {day}, expected one from 1600 to 2200"));
    }
    let reversed = parts.clone().with("/training/last", "1700-01-01".into());
    refused(reversed, "the days of training end on 1700-01-01, before ");
    // Allowed sizes, but not those of the tensors in the file.
    refused(parts.clone().with("/config/hidden", 500.into()), "expected F32 [2000, 5]");
    refused(parts.clone().with("/config/layers", model::MAX_LAYERS.into()), "no tensor 'lstm.weight_ih_l1'");
    refused(
        parts.clone().with("/config/ensemble", model::MAX_MEMBERS.into()),
        "no tensor 'member.2.lstm.weight_ih_l0'",
    );
    // Each value is allowed, but not both together.
    let path = parts.clone().with("/config/topology", "many-to-many".into()).with_last("/config/horizon", 1001.into());
    refused(path, "horizon is 1001, expected 1 to 1000 for a path");
    refused(parts.clone().with("/config/hidden", model::MAX_HIDDEN.into()), "weights, expected at most 134217728");
    let long = parts.clone().with("/config/window", 10_000.into()).with_last("/config/hidden", 500.into());
    refused(long, "multiplications per forecast, expected at most 1073741824");
    for shape in [[usize::MAX, 5], [1 << 40, 1 << 40]] {
        let vast = parts.clone().with_tensor("lstm.weight_ih_l0", |_, to, _| *to = shape.to_vec());
        refused(vast, "not a whole safetensors file");
    }
}

/// Statistics that no training run can have are refused, as sizes are.
#[test]
fn statistics_without_meaning_are_refused() {
    let parts = Parts::of(&save_to_bytes(&small_model()));
    let coverage = json!({"level_50": 0.5, "level_90": 0.9});
    let evaluation = |key: &str, value: Value| {
        let mut all = json!({
            "days": 10, "forecasts": 12, "first": "1990-03-01", "last": "1990-03-20", "rmse": 1.0, "naive_rmse": 1.0,
            "coverage_50": 0.5, "coverage_90": 0.9, "steps": [{"horizon": 1, "raw": coverage, "calibrated": coverage}]
        });
        *all.pointer_mut(key).unwrap() = value;
        parts.clone().with("/evaluation", all)
    };
    load_bytes(&evaluation("/days", 10.into()).bytes()).unwrap();
    for (key, value, expected) in [
        ("/rmse", json!(-1.0), "evaluation.rmse is -1, expected a finite number from 0"),
        ("/naive_rmse", json!(-0.1), "evaluation.naive_rmse is -0.1"),
        ("/rmse", json!(null), "null"),
        (
            "/coverage_90",
            json!(7.5),
            "the coverage of evaluation is 0.5 at 50 % and 7.5 at 90 %, expected rising fractions",
        ),
        ("/coverage_50", json!(-0.5), "the coverage of evaluation is -0.5"),
        ("/coverage_50", json!(0.95), "the coverage of evaluation is 0.95"),
        ("/steps/0/raw/level_90", json!(1.5), "the coverage of evaluation is 0.5 at 50 % and 1.5"),
        ("/steps/0/calibrated/level_50", json!(0.91), "the coverage of evaluation is 0.91"),
        ("/days", json!(21), "evaluation.days is 21, expected 1 to 20 from 1990-03-01 to 1990-03-20"),
        ("/days", json!(0), "evaluation.days is 0"),
        ("/days", json!(-1), "-1"),
        ("/forecasts", json!(9), "evaluation.forecasts is 9, expected at least 10"),
        ("/last", json!("1990-02-01"), "the days of evaluation end on 1990-02-01, before 1990-03-01"),
    ] {
        refused(evaluation(key, value), expected);
    }
    let moves = |days: [(&str, f64); 2]| {
        json!(days.map(|(date, log_return)| json!({"date": date, "log_return": log_return})).to_vec())
    };
    let epochs = parts.card()["losses"]["epochs"][0].as_u64().unwrap();
    for (place, value, expected) in [
        ("/training/training_windows", json!(1000), " windows in training, expected at most "),
        ("/losses/best_epochs", json!([epochs + 1, 1]), "losses.best_epochs are not one of the epochs of each network"),
        ("/losses/best_epochs", json!([1]), "losses.best_epochs are not one of"),
        (
            "/training/reference",
            moves([("1990-03-02", 0.1), ("1990-03-01", 0.1)]),
            "the days of training.reference are not in order",
        ),
        (
            "/training/reference",
            moves([("1990-03-01", 0.1), ("1990-03-02", -1e300)]),
            "the move of 1990-03-02 in training.reference is -1",
        ),
    ] {
        refused(parts.clone().with(place, value), expected);
    }
}
