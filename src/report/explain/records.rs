//! An explanation as a json object and as csv rows.

use std::io;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::number::percent_label;
use super::super::record::{Record, record, rounded_record};
use super::flows::{FlowDay, flow_days};
use super::quantities::{Explained, Quantity, Side, Spread, quantities};
use crate::features::Target;
use crate::model::{Attribution, DayOfWindow, Explanation, Influence};

pub(super) fn input_names(explanation: &Explanation) -> Vec<String> {
    explanation.config.input_names()
}

/// Returns the median price of the day that an influence is about.
pub(super) fn forecast_of(explanation: &Explanation, influence: &Influence) -> Option<f64> {
    let forecast = explanation.predicted();
    let step = forecast.dates.iter().position(|date| *date == influence.date)?;
    Some(forecast.median(step))
}

/// Returns the date of each day for which a quantity has values.
pub(super) fn dates_of(explanation: &Explanation, quantity: &Quantity) -> Vec<Date> {
    match quantity.side {
        Side::Encoder => explanation.days[quantity.skipped..].iter().map(|day| day.date).collect(),
        Side::Decoder => explanation.forecast.dates.clone(),
    }
}

/// Returns the prices of a day by their names, without prices that the file does not have.
pub(super) fn prices(day: &DayOfWindow) -> Vec<(&'static str, f64)> {
    let range = day.range.iter().flat_map(|[open, high, low]| [("open", *open), ("high", *high), ("low", *low)]);
    let close = [("close", day.close), ("adjusted_close", day.adjusted)];
    range.chain(close).chain(day.volume.map(|volume| ("volume", volume))).collect()
}

/// Returns the parts of an attribution that are one number per day, by their names.
pub(super) fn by_day(attribution: &Attribution) -> [(&'static str, Vec<f64>); 5] {
    [
        ("gradient_norm", attribution.norms()),
        ("gradient_relative", attribution.relative_norms()),
        ("gradient_times_input", Attribution::by_day(&attribution.gradient_times_input)),
        ("integrated_gradients", Attribution::by_day(&attribution.integrated)),
        ("occlusion", attribution.occlusion.clone()),
    ]
}

/// Returns the measures of an influence, by their names.
pub(super) fn measures(influence: &Influence) -> impl Iterator<Item = (&'static str, &Attribution)> {
    [("median", Some(&influence.median)), ("sigma", influence.sigma.as_ref())]
        .into_iter()
        .filter_map(|(name, attribution)| Some((name, attribution?)))
}

/// Returns the json object of a series.
pub(super) fn objects(explained: &Explained<'_>) -> io::Result<Vec<Record>> {
    let explanation = explained.explanation;
    let (forecast, config) = (&explanation.forecast, &explanation.config);
    let head = json!({
        "series": forecast.series,
        "origin": forecast.origin,
        "last_close": forecast.last_close,
        "cell": config.cell,
        "topology": config.topology,
        "window": explanation.days.len(),
        "trained_window": explanation.trained_window,
        "members": explanation.traces.iter().map(|one| one.member).collect::<Vec<_>>(),
    });
    let mut object = rounded_record(&head)?;
    if !explained.gradient_norms {
        let rows = explained.rows.iter().map(|row| record(&row.day())).collect::<io::Result<Vec<_>>>()?;
        object.insert("forecasts".into(), rows.into());
    }
    let body = if explained.gradient_norms { gradient_norms(explanation) } else { everything(explained) };
    object.extend(rounded_record(&body)?);
    Ok(vec![object])
}

fn gradient_norms(explanation: &Explanation) -> Value {
    let days = explanation.days.len();
    let of = |influence: &Influence| {
        let day = |day: usize| {
            let mut object = Map::new();
            object.insert("date".into(), json!(explanation.days[day].date));
            object.insert("days_before".into(), json!(days - 1 - day));
            for (name, attribution) in measures(influence) {
                let norms = json!({"gradient_norm": attribution.norms()[day], "gradient_relative": attribution.relative_norms()[day]});
                object.insert(name.into(), norms);
            }
            Value::Object(object)
        };
        json!({"ahead": influence.ahead, "date": influence.date, "days": (0..days).map(day).collect::<Vec<_>>()})
    };
    json!({"gradient_norms": explanation.influences.iter().map(of).collect::<Vec<_>>()})
}

fn everything(explained: &Explained<'_>) -> Value {
    let explanation = explained.explanation;
    let layer = |quantity: &Quantity| {
        let day = |(date, (values, Spread { mean, deviation })): (Date, (&Vec<Vec<f64>>, Spread))| {
            let mut day = json!({"date": date, "mean": mean, "deviation": deviation});
            if explained.units {
                day["units"] = json!(values);
            }
            day
        };
        let days = dates_of(explanation, quantity).into_iter().zip(quantity.values.iter().zip(quantity.spreads()));
        let days: Vec<Value> = days.map(day).collect();
        json!({"side": quantity.side.name(), "layer": quantity.layer, "quantity": quantity.name, "days": days})
    };
    let fed: Vec<&Vec<f64>> =
        explanation.traces.iter().map(|one| &one.trace.fed).filter(|fed| !fed.is_empty()).collect();
    let days: Vec<Value> = (0..explanation.days.len()).map(|day| day_object(explanation, day)).collect();
    let layers: Vec<Value> = quantities(explanation).iter().map(layer).collect();
    let influences: Vec<Value> =
        explanation.influences.iter().map(|influence| influence_object(explanation, influence)).collect();
    let flows = flows(explanation);
    let mut body = json!({"days": days, "gates_and_states": layers, "flows": flows, "influence": influences});
    if !fed.is_empty() {
        body["decoder_inputs"] = json!(fed);
    }
    body
}

/// Returns what each layer keeps and adds, and the terms of its sums, day by day.
fn flows(explanation: &Explanation) -> Vec<Value> {
    let all = flow_days(explanation);
    let day = |day: &FlowDay| {
        let mut object = Map::new();
        object.insert("date".into(), json!(day.date));
        object.extend(
            day.values
                .iter()
                .map(|(key, split)| ((*key).to_owned(), json!({"mean_absolute": split.size(), "mean": split.mean()}))),
        );
        Value::Object(object)
    };
    let layers = all.chunk_by(|one, next| (one.side, one.layer) == (next.side, next.layer));
    let layer = |days: &[FlowDay]| {
        let FlowDay { side, layer, .. } = &days[0];
        json!({"side": side.name(), "layer": layer, "days": days.iter().map(day).collect::<Vec<_>>()})
    };
    layers.map(layer).collect()
}

fn day_object(explanation: &Explanation, day: usize) -> Value {
    let mut object = Map::new();
    object.insert("date".into(), json!(explanation.days[day].date));
    object.extend(prices(&explanation.days[day]).into_iter().map(|(name, price)| (name.to_owned(), json!(price))));
    let input = |(place, name): (usize, String)| {
        let at = (day, place);
        let (raw, standardised, read) = (explanation.raw[at], explanation.standardised[at], explanation.read[at]);
        (name, json!({"raw": raw, "standardised": standardised, "read": read}))
    };
    let inputs: Map<String, Value> = input_names(explanation).into_iter().enumerate().map(input).collect();
    object.insert("inputs".into(), Value::Object(inputs));
    Value::Object(object)
}

fn influence_object(explanation: &Explanation, influence: &Influence) -> Value {
    let mut object = Map::new();
    object.insert("ahead".into(), json!(influence.ahead));
    object.insert("date".into(), json!(influence.date));
    object.insert("forecast".into(), json!(forecast_of(explanation, influence)));
    object.insert("sigma_percent_of_price".into(), json!(influence.sigma_of_price));
    for (name, attribution) in measures(influence) {
        object.insert(name.into(), attribution_object(explanation, (name, influence), attribution));
    }
    Value::Object(object)
}

/// Returns the unit of a measure. That of the median is the unit of the target.
fn unit_of(explanation: &Explanation, measure: &str) -> &'static str {
    match (measure, explanation.config.target) {
        ("median", Target::Return) => "log_return_percent",
        ("median", Target::Price) => "percent_from_last_price",
        _ => "100_log_sigma",
    }
}

/// Returns what is added to a measure of the networks to get that of the forecast.
fn added(measure: &str, influence: &Influence) -> f64 {
    if measure == "median" { influence.added } else { 0.0 }
}

fn attribution_object(
    explanation: &Explanation,
    (measure, influence): (&str, &Influence),
    attribution: &Attribution,
) -> Value {
    let added = added(measure, influence);
    let parts = by_day(attribution);
    let names = input_names(explanation);
    let day = |day: usize| {
        let mut object = Map::new();
        object.insert("date".into(), json!(explanation.days[day].date));
        object.extend(parts.iter().map(|(name, values)| ((*name).to_owned(), json!(values[day]))));
        let input = |(place, name): (usize, &String)| {
            let (gradient, integrated) = (attribution.gradient[(day, place)], attribution.integrated[(day, place)]);
            (name.clone(), json!({"gradient": gradient, "integrated_gradients": integrated}))
        };
        let inputs: Map<String, Value> = names.iter().enumerate().map(input).collect();
        object.insert("inputs".into(), Value::Object(inputs));
        Value::Object(object)
    };
    let mut object = json!({
        "unit": unit_of(explanation, measure),
        "value": attribution.value + added,
        "average_inputs": attribution.baseline + added,
        "completeness_error": attribution.completeness_error(),
        "days": (0..explanation.days.len()).map(day).collect::<Vec<_>>(),
    });
    if measure == "median" {
        object["added_after_networks"] = json!(added);
    } else {
        // `value` is in the unit of the networks' targets, so the sigma is also given in per cent of the price.
        object["percent_of_price"] = json!(influence.sigma_of_price);
        object["average_inputs_percent_of_price"] = json!(influence.average_sigma_of_price());
    }
    if let Some(start) = attribution.start {
        object["decoder_start"] = json!({
            "gradient": start.gradient,
            "gradient_times_input": start.gradient_times_input,
            "integrated_gradients": start.integrated,
            "occlusion": start.occlusion,
        });
    }
    object
}

/// A csv row: one number.
#[derive(Serialize)]
struct Row<'a> {
    series: &'a str,
    origin: Date,
    day: Option<Date>,
    ahead: Option<usize>,
    part: &'a str,
    layer: Option<usize>,
    member: Option<usize>,
    quantity: &'a str,
    unit: Option<String>,
    value: f64,
}

/// Returns the csv rows, one per number.
pub(super) fn rows(explained: &Explained<'_>) -> io::Result<Vec<Record>> {
    let explanation = explained.explanation;
    let mut rows = Rows::of(explanation);
    if !explained.gradient_norms {
        rows.inputs(explanation);
        quantities(explanation).iter().for_each(|quantity| rows.quantity(explained, quantity));
        rows.fed(explanation);
        rows.flows(explanation);
        rows.forecasts(explained);
    }
    for influence in &explanation.influences {
        for (measure, attribution) in measures(influence) {
            rows.attribution(explained, (influence, measure), attribution);
        }
    }
    rows.rows.iter().map(rounded_record).collect()
}

/// The csv rows so far.
struct Rows<'a> {
    series: &'a str,
    origin: Date,
    rows: Vec<Row<'a>>,
}

impl<'a> Rows<'a> {
    fn of(explanation: &'a Explanation) -> Self {
        let forecast = &explanation.forecast;
        Rows { series: &forecast.series, origin: forecast.origin, rows: Vec::new() }
    }

    /// Returns a row without days ahead, layer, member and unit.
    fn row(&self, day: Option<Date>, part: &'a str, quantity: &'a str, value: f64) -> Row<'a> {
        let (series, origin) = (self.series, self.origin);
        Row { series, origin, day, ahead: None, part, layer: None, member: None, quantity, unit: None, value }
    }

    fn inputs(&mut self, explanation: &'a Explanation) {
        let names = input_names(explanation);
        let tables =
            [("raw", &explanation.raw), ("standardised", &explanation.standardised), ("read", &explanation.read)];
        for (place, day) in explanation.days.iter().enumerate() {
            for (name, price) in prices(day) {
                self.rows.push(self.row(Some(day.date), "price", name, price));
            }
            for (kind, table) in tables {
                for (name, value) in names.iter().zip(table.row(place)) {
                    let unit = Some(name.clone());
                    self.rows.push(Row { unit, ..self.row(Some(day.date), "input", kind, *value) });
                }
            }
        }
    }

    fn quantity(&mut self, explained: &Explained<'_>, quantity: &Quantity) {
        let dates = dates_of(explained.explanation, quantity);
        let (part, layer) = (quantity.side.name(), Some(quantity.layer));
        for ((date, spread), members) in dates.into_iter().zip(quantity.spreads()).zip(&quantity.values) {
            let row = |value| Row { layer, ..self.row(Some(date), part, quantity.name, value) };
            let mut all = vec![
                Row { unit: Some("mean".into()), ..row(spread.mean) },
                Row { unit: Some("deviation".into()), ..row(spread.deviation) },
            ];
            let traces = explained.explanation.traces.iter().filter(|_| explained.units);
            for (trace, units) in traces.zip(members) {
                all.extend(units.iter().enumerate().map(|(unit, value)| Row {
                    member: Some(trace.member),
                    unit: Some((unit + 1).to_string()),
                    ..row(*value)
                }));
            }
            self.rows.extend(all);
        }
    }

    fn flows(&mut self, explanation: &Explanation) {
        for day in flow_days(explanation) {
            for (key, split) in &day.values {
                for (unit, value) in [("mean_absolute", split.size()), ("mean", split.mean())] {
                    let row = self.row(Some(day.date), day.side.name(), key, value);
                    self.rows.push(Row { layer: Some(day.layer), unit: Some(unit.to_owned()), ..row });
                }
            }
        }
    }

    fn forecasts(&mut self, explained: &Explained<'a>) {
        for row in explained.rows {
            self.rows.push(self.row(Some(row.date), "forecast", "median", row.forecast));
            for interval in &row.intervals {
                for (end, value) in [("lower", interval.lower), ("upper", interval.upper)] {
                    let unit = Some(percent_label(interval.level));
                    self.rows.push(Row { unit, ..self.row(Some(row.date), "forecast", end, value) });
                }
            }
        }
    }

    fn fed(&mut self, explanation: &Explanation) {
        for one in &explanation.traces {
            for (date, fed) in explanation.forecast.dates.iter().zip(&one.trace.fed) {
                let row = self.row(Some(*date), "decoder", "x", *fed);
                self.rows.push(Row { member: Some(one.member), ..row });
            }
        }
    }

    fn attribution(
        &mut self,
        explained: &Explained<'_>,
        (influence, measure): (&Influence, &'static str),
        attribution: &Attribution,
    ) {
        let explanation = explained.explanation;
        let ahead = Some(influence.ahead);
        let days = || explanation.days.iter().map(|day| day.date);
        let is_printed =
            |name: &str| !explained.gradient_norms || matches!(name, "gradient_norm" | "gradient_relative");
        for (name, values) in by_day(attribution).into_iter().filter(|(name, _)| is_printed(name)) {
            for (date, value) in days().zip(values) {
                self.rows.push(Row { ahead, ..self.row(Some(date), measure, name, value) });
            }
        }
        if explained.gradient_norms {
            return;
        }
        let names = input_names(explanation);
        let tables = [("gradient", &attribution.gradient), ("integrated_gradients", &attribution.integrated)];
        for (quantity, table) in tables {
            for (date, day) in days().zip(table.rows()) {
                for (name, value) in names.iter().zip(day) {
                    let unit = Some(name.clone());
                    self.rows.push(Row { ahead, unit, ..self.row(Some(date), measure, quantity, *value) });
                }
            }
        }
        let start = attribution.start.into_iter().flat_map(|start| {
            [
                ("gradient", start.gradient),
                ("gradient_times_input", start.gradient_times_input),
                ("integrated_gradients", start.integrated),
                ("occlusion", start.occlusion),
            ]
        });
        for (quantity, value) in start {
            let unit = Some("decoder_start".into());
            self.rows.push(Row { ahead, unit, ..self.row(Some(self.origin), measure, quantity, value) });
        }
        let added = added(measure, influence);
        let unit = Some(unit_of(explanation, measure));
        let totals = [
            ("value", attribution.value + added, unit),
            ("average_inputs", attribution.baseline + added, unit),
            ("completeness_error", attribution.completeness_error(), None),
        ];
        let of_median = (measure == "median").then_some(("added_after_networks", added, unit));
        for (quantity, value, unit) in totals.into_iter().chain(of_median) {
            let unit = unit.map(str::to_owned);
            self.rows.push(Row { ahead, unit, ..self.row(None, measure, quantity, value) });
        }
    }
}
