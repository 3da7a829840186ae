//! Runs exported graphs with tract and compares their quantiles with those of `fourcast predict`.
//!
//!     fourcast-onnx-tests FOLDER
//!
//! For every NAME.onnx of the folder there are NAME.json, which `fourcast export --inputs` printed, and NAME.jsonl, which
//! `fourcast predict --format json` printed with the same quantiles for all days ahead. `.ci/onnx` makes them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::*;

/// The largest relative difference of a price.
const LIMIT: f64 = 1e-5;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("expected a folder")?);
    let mut graphs: Vec<PathBuf> = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    graphs.retain(|path| path.extension().is_some_and(|ending| ending == "onnx"));
    graphs.sort();
    ensure!(!graphs.is_empty(), "no graphs in {}", folder.display());
    let mut farthest: f64 = 0.0;
    for path in &graphs {
        let difference = compare(path).with_context(|| path.display().to_string())?;
        println!("tract: {}: differs by at most {difference:.1e}", path.display());
        ensure!(difference <= LIMIT, "{}: differs by {difference:e}, expected at most {LIMIT:e}", path.display());
        farthest = farthest.max(difference);
    }
    println!("tract: {} graphs differ by at most {farthest:.1e}", graphs.len());
    Ok(())
}

/// The largest relative difference of a graph's prices from those of `predict`.
fn compare(path: &Path) -> Result<f64> {
    let (forecast, quantiles, levels) = run(path)?;
    let rows = fs::read_to_string(path.with_extension("jsonl"))?;
    let rows: Vec<Value> = rows.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(rows.len() == forecast.len(), "{} days, expected {}", forecast.len(), rows.len());
    let mut farthest: f64 = 0.0;
    for (day, row) in rows.iter().enumerate() {
        let mut expect = |key: &str, found: f64| -> Result<()> {
            let expected = row[key].as_f64().with_context(|| format!("no {key}"))?;
            let difference = (found / expected - 1.0).abs();
            ensure!(difference.is_finite(), "day {day}: {key} is {found}, expected {expected}");
            farthest = farthest.max(difference);
            Ok(())
        };
        expect("forecast", forecast[day])?;
        for (place, level) in levels.iter().enumerate() {
            expect(&format!("q{level}"), quantiles[day * levels.len() + place])?;
        }
    }
    Ok(farthest)
}

/// The medians, the quantiles one day after the other, and their levels.
fn run(path: &Path) -> Result<(Vec<f64>, Vec<f64>, Vec<String>)> {
    let onnx = tract_onnx::onnx();
    let file: ModelProto = onnx.proto_model_for_path(path)?;
    let entries: HashMap<&str, &str> =
        file.metadata_props.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
    let levels = entries["quantiles"].split(',').map(str::to_owned).collect();
    let names: Vec<String> = file.graph.context("no graph")?.input.into_iter().map(|input| input.name).collect();
    let fed: Value = serde_json::from_str(&fs::read_to_string(path.with_extension("json"))?)?;
    let inputs = names.iter().map(|name| tensor(name, &fed[name])).collect::<Result<Vec<Tensor>>>()?;
    let mut model = onnx.model_for_path(path)?;
    for (place, input) in inputs.iter().enumerate() {
        model.set_input_fact(place, InferenceFact::dt_shape(input.datum_type(), input.shape()))?;
    }
    let results = model.into_typed()?.into_runnable()?.run(inputs.into_iter().map(TValue::from).collect())?;
    let numbers = |place: usize| -> Result<Vec<f64>> {
        Ok(results[place].to_plain_array_view::<f64>()?.iter().copied().collect())
    };
    Ok((numbers(0)?, numbers(1)?, levels))
}

fn tensor(name: &str, values: &Value) -> Result<Tensor> {
    let rows = values.as_array().with_context(|| format!("no input '{name}'"))?;
    let number = |value: &Value| value.as_f64().context("not a number");
    if name == "day" {
        let days = rows.iter().map(|day| day.as_i64().context("not a day")).collect::<Result<Vec<i64>>>()?;
        return Ok(tract_ndarray::Array1::from(days).into_tensor());
    }
    if rows[0].is_array() {
        let width = rows[0].as_array().map_or(0, Vec::len);
        let all = rows.iter().flat_map(|row| row.as_array().into_iter().flatten()).map(number);
        let all = all.collect::<Result<Vec<f64>>>()?;
        return Ok(tract_ndarray::Array2::from_shape_vec((rows.len(), width), all)?.into_tensor());
    }
    Ok(tract_ndarray::Array1::from(rows.iter().map(number).collect::<Result<Vec<f64>>>()?).into_tensor())
}
