//! The page of an explanation. Its numbers are those of the json object.

use std::io;

use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use super::figure::figure;
use super::heat::{HeatRow, heat, key};
use super::number::{at, data, numbers};
use super::{Section, SeriesPage, card, fan, forecast, unrolled};
use crate::features::Target;
use crate::model::{Card, Influence};
use crate::nn::CellKind;
use crate::report::chart::lines::{Line, Lines, Places, Vertical};
use crate::report::chart::scene::{Dashes, Ink, Stroke};
use crate::report::chart::{Chart, Table};
use crate::report::explain::{Explained, is_fraction, label, unit_in_words, with_gain};
use crate::report::html::Text;
use crate::report::number::{price, share, signed, thousands};
use crate::report::output::{Record, Report};
use crate::words::counted;

/// An explanation, and the other content of its page.
pub struct ExplanationPage<'a> {
    /// What the networks read and computed.
    pub explained: Explained<'a>,
    /// Notes about the forecast.
    pub notes: Vec<String>,
    /// The model's file, and its card.
    pub model: (&'a str, &'a Card),
}

/// Absolute value of a standardised input with the deepest colour. Most inputs are smaller.
const USUAL_INPUT: f64 = 3.0;

impl ExplanationPage<'_> {
    /// Returns the page of the series. With `--gradient-norms`, it has the gradient with respect to each day, but no
    /// other sections about days.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    pub fn page(&self) -> io::Result<SeriesPage> {
        let explained = Explained { gradient_norms: false, ..self.explained };
        let record = explained.objects()?.into_iter().next().unwrap_or_default();
        let gradient_norms =
            Explained { gradient_norms: true, ..self.explained }.objects()?.into_iter().next().unwrap_or_default();
        let explanation = self.explained.explanation;
        let unit = self.unit();
        let section = |id: &str, heading: &str, body| Section { id: id.into(), heading: heading.into(), body };
        let days = |record: &Record| {
            vec![
                unrolled::section(explanation),
                section("inputs", "What the networks read", inputs(record, &explanation.gains, unit)),
                section("gates", self.title_of_layers(), layers(record, explanation.config.cell)),
                section(
                    "influence",
                    &format!("What each {unit} adds to the forecast"),
                    influences(record, (explanation.config.target, unit)),
                ),
            ]
        };
        let mut sections = if self.explained.gradient_norms { Vec::new() } else { days(&record) };
        // A single day has nothing to be compared with, so it needs an explicit request.
        if self.explained.gradient_norms || explanation.days.len() > 1 {
            sections.push(section("gradient-norms", "Gradient norm by day", self.gradient_norms(&gradient_norms)));
        }
        sections.extend([
            section("numbers", "The forecast in numbers", self.numbers()?),
            section("card", "Model card", card::card(self.model.0, self.model.1)?),
        ]);
        let forecast = explanation.predicted();
        let title = format!("{}: explanation of the forecast after {}", forecast.series, forecast.origin);
        Ok(SeriesPage { name: forecast.series.clone(), part: None, title, verdict: self.verdict(), sections })
    }

    /// Returns the chart of `--plot`: the network along the days of the window, or with `--gradient-norms` the gradient
    /// with respect to each day.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    pub fn chart(&self) -> io::Result<Box<dyn Chart>> {
        let explanation = self.explained.explanation;
        let (true, Some(influence)) = (self.explained.gradient_norms, explanation.influences.first()) else {
            return Ok(Box::new(unrolled::Drawing::of(explanation)));
        };
        let record = self.explained.objects()?.into_iter().next().unwrap_or_default();
        let chart = gradient_norm_chart(&record, 0, (influence, self.unit()));
        let title = format!("{}: {}", explanation.forecast.series, chart.title);
        Ok(Box::new(Lines { title, ..chart }))
    }

    fn verdict(&self) -> Vec<String> {
        let explanation = self.explained.explanation;
        let days = &explanation.days;
        let mut lines = forecast::answer(self.explained.rows);
        let (first, last) = (days[0].date, days[days.len() - 1].date);
        let span = if days.len() > 1 { format!("{first} to {last}") } else { first.to_string() };
        let count = counted(days.len(), self.unit());
        lines.push(match &explanation.of_own_windows {
            None => format!("The networks read {count}, {span}."),
            Some(_) => format!(
                "This forecast uses windows of {}, as in training. Everything below uses windows of {count}, {span}, and does \
                 not explain this forecast.",
                counted(explanation.trained_window, self.unit())
            ),
        });
        lines.extend(card::interrupted(self.model.1));
        lines
    }

    /// Returns the name of a row of the series: `day`.
    fn unit(&self) -> &'static str {
        self.explained.explanation.forecast.frequency.unit()
    }

    fn title_of_layers(&self) -> &'static str {
        if self.explained.explanation.config.cell.is_gated() { "Gates and states" } else { "Activations" }
    }

    /// Draws the norm of the gradient with respect to the inputs of each day, one chart per day ahead.
    fn gradient_norms(&self, record: &Record) -> Markup {
        let influences = &self.explained.explanation.influences;
        html! {
            @for (place, influence) in influences.iter().enumerate() {
                (figure(&gradient_norm_chart(record, place, (influence, self.unit())), &html! {
                    "The norm of the gradient |dF/dx_t|: how much the median and the logarithm of sigma for " (influence.date) " would change if the inputs of a " (self.unit()) " changed a little, "
                    "relative to the " (self.unit()) " on which that is most. If the line falls to the left, earlier " (self.unit()) "s have less influence on the forecast: "
                    "on this logarithmic axis a straight line is a gradient that is multiplied by the same factor for each " (self.unit()) " back."
                }))
            }
        }
    }

    fn numbers(&self) -> io::Result<Markup> {
        let numbers = fan::in_numbers(self.explained.rows, "The forecast, as csv and json have it")?;
        Ok(html! {
            (numbers)
            @for note in &self.notes { p { strong { "Note: " } (Text(note)) } }
        })
    }
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn array<'a>(record: &'a Record, place: &str) -> &'a [Value] {
    at(record, place).as_array().map_or(&[], Vec::as_slice)
}

fn dates_of(days: &[Value]) -> Vec<String> {
    days.iter().map(|day| text(day, "date").to_owned()).collect()
}

fn of_days(days: &[Value], value: impl Fn(&Value) -> Option<&Value>) -> Vec<Value> {
    days.iter().map(|day| value(day).cloned().unwrap_or_default()).collect()
}

fn three(value: f64) -> String {
    format!("{value:.3}")
}

fn two_signed(value: f64) -> String {
    signed(value, 2)
}

/// Formats a number with its sign and four significant digits.
fn digits(value: f64) -> String {
    let decimals = if value == 0.0 { 1.0 } else { (3.0 - value.abs().log10().floor()).clamp(0.0, 8.0) };
    signed(value, decimals as usize)
}

/// Formats a number with four significant digits, without a plus sign.
fn size(value: f64) -> String {
    digits(value).trim_start_matches('+').to_owned()
}

fn whole(value: f64) -> String {
    thousands(value.round().max(0.0) as usize)
}

fn inputs(record: &Record, gains: &[f64], unit: &str) -> Markup {
    let days = array(record, "/days");
    let dates = dates_of(days);
    let Some(first) = days.first() else { return html! {} };
    let names: Vec<&String> = first.as_object().into_iter().flat_map(serde_json::Map::keys).collect();
    let prices = names.iter().filter(|name| !matches!(name.as_str(), "date" | "inputs"));
    let price_row = |name: &&String| {
        let short: fn(f64) -> String = if name.as_str() == "volume" { whole } else { price };
        HeatRow::new(name.replace('_', " "), of_days(days, |day| day.get(name.as_str())), short).up_to(0.0)
    };
    let prices: Vec<HeatRow> = prices.map(price_row).collect();
    let inputs: Vec<&String> =
        first.get("inputs").and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys).collect();
    let input = |name: &str, kind: &str| of_days(days, |day| day.get("inputs")?.get(name)?.get(kind));
    let rows: Vec<HeatRow> = inputs
        .iter()
        .zip(gains)
        .map(|(name, gain)| {
            HeatRow::new(with_gain((*name).clone(), *gain), input(name, "read"), two_signed).up_to(USUAL_INPUT * gain)
        })
        .collect();
    let have_gains = gains.iter().any(|gain| *gain != 1.0);
    html! {
        p {
            "Each input is computed from the prices up to its " (unit) ", then standardised: the number is how many standard deviations "
            "it is from its mean in training, within -5 to 5"
            @if have_gains { ", times the factor beside the name of an input that was added to trained networks" }
            ". "
            (key())
        }
        (heat("Prices", &dates, &prices))
        (heat("Inputs as the networks read them", &dates, &rows))
        details {
            summary { "Inputs before they are standardised" }
            (numbers(&input_table(days, &inputs), &format!("Each input and {unit}")))
        }
    }
}

fn input_table(days: &[Value], names: &[&String]) -> Table {
    let kinds = ["raw", "standardised", "read"];
    let row = |name: &str, day: &Value| {
        let value =
            |kind: &str| day.get("inputs").and_then(|all| all.get(name)?.get(kind)).cloned().unwrap_or_default();
        let head = [Value::from(name), day.get("date").cloned().unwrap_or_default()];
        head.into_iter().chain(kinds.map(value)).collect()
    };
    Table {
        columns: ["input", "date"].into_iter().chain(kinds).map(str::to_owned).collect(),
        rows: names.iter().flat_map(|name| days.iter().map(move |day| row(name, day))).collect(),
    }
}

/// Shows the gates and states of each layer.
fn layers(record: &Record, cell: CellKind) -> Markup {
    let all = array(record, "/gates_and_states");
    let layer_of = |one: &Value| (text(one, "side").to_owned(), one.get("layer").and_then(Value::as_u64).unwrap_or(1));
    let mut layers: Vec<(String, u64)> = all.iter().map(layer_of).collect();
    layers.dedup();
    let is_path = layers.iter().any(|(side, _)| side == "decoder");
    html! {
        p { "Mean over the units of the networks, and their standard deviation below it. " (key()) }
        @for layer in &layers {
            @let own: Vec<&Value> = all.iter().filter(|one| layer_of(one) == *layer).collect();
            @let dates = own.first().map_or(Vec::new(), |one| dates_of(items(one, "days")));
            @let side = if is_path { format!(" of the {}", layer.0) } else { String::new() };
            (heat(&format!("Layer {}{side}", layer.1), &dates, &own.iter().flat_map(|one| quantity_rows(one, cell)).collect::<Vec<_>>()))
        }
    }
}

fn quantity_rows(quantity: &Value, cell: CellKind) -> Vec<HeatRow> {
    let (name, days) = (text(quantity, "quantity"), items(quantity, "days"));
    let deepest = |row: HeatRow| if is_fraction(cell, name) { row.up_to(1.0) } else { row };
    let mut rows = vec![
        deepest(HeatRow::new(label(cell, name), of_days(days, |day| day.get("mean")), three)),
        HeatRow::new("deviation", of_days(days, |day| day.get("deviation")), three).up_to(0.0),
    ];
    let members = days.first().map_or(&[][..], |day| items(day, "units"));
    for (member, units) in members.iter().enumerate() {
        let count = units.as_array().map_or(0, Vec::len);
        rows.extend((0..count).map(|unit| {
            let values = of_days(days, |day| day.get("units")?.get(member)?.get(unit));
            deepest(HeatRow::new(format!("{name}, network {}, unit {}", member + 1, unit + 1), values, three))
        }));
    }
    rows
}

/// Returns the keys of the three parts, and their names.
fn parts(unit: &str) -> [(&'static str, String); 3] {
    [
        ("gradient_times_input", "gradient x input".to_owned()),
        ("integrated_gradients", "integrated gradients".to_owned()),
        ("occlusion", format!("less {unit} at average")),
    ]
}

/// Shows what each day adds to the forecast, by three measures.
fn influences(record: &Record, (target, row): (Target, &str)) -> Markup {
    html! {
        p {
            "Three ways to divide the forecast among the " (row) "s. Gradient times input is exact for a linear network only. Integrated "
            "gradients from average inputs (Sundararajan et al. 2017) add up to the forecast less that of average inputs; the error "
            "of the sum is given. The plain test replaces the inputs of one " (row) " by their averages. " (key())
        }
        @for influence in array(record, "/influence") {
            @for measure in ["median", "sigma"] {
                @if let Some(attribution) = influence.get(measure) {
                    @let unit = unit_in_words(measure, target);
                    (attribution_markup(attribution, &format!("{}: {measure}, {unit}", text(influence, "date")), (measure, unit, row)))
                }
            }
        }
    }
}

fn attribution_markup(attribution: &Value, caption: &str, (measure, unit, row): (&str, &str, &str)) -> Markup {
    let days = items(attribution, "days");
    let mut rows: Vec<HeatRow> = parts(row)
        .into_iter()
        .map(|(key, name)| HeatRow::new(name, of_days(days, |day| day.get(key)), digits))
        .collect();
    let deepest = rows.iter().map(|row| row.deepest).fold(0.0, f64::max);
    rows.iter_mut().for_each(|row| row.deepest = deepest);
    rows.push(HeatRow::new("norm of the gradient", of_days(days, |day| day.get("gradient_norm")), size));
    let number = |key: &str| data(attribution.get(key).unwrap_or(&Value::Null), digits);
    let unsigned = |key: &str| data(attribution.get(key).unwrap_or(&Value::Null), size);
    html! {
        (heat(caption, &dates_of(days), &rows))
        p.muted {
            @if measure == "median" {
                "Median from the last close, " (unit) ": " (number("value")) ", at average inputs " (number("average_inputs"))
                "; both with " (number("added_after_networks")) " that is added to the output of the networks. "
            } @else {
                "Sigma of the networks, before calibration: " (unsigned("percent_of_price")) " % of the price, at average inputs "
                (unsigned("average_inputs_percent_of_price")) " %. "
            }
            @if let Some(start) = attribution.get("decoder_start") {
                "The first input of the decoder adds " (data(start.get("integrated_gradients").unwrap_or(&Value::Null), digits))
                " (integrated gradient). "
            }
            "Completeness error of the integrated gradients: "
            (data(attribution.get("completeness_error").unwrap_or(&Value::Null), |value| format!("{value:+.0e}"))) "."
        }
    }
}

fn gradient_norm_chart(record: &Record, place: usize, (influence, unit): (&Influence, &str)) -> Lines {
    let days = array(record, &format!("/gradient_norms/{place}/days"));
    let values = |measure: &str, key: &str| of_days(days, |day| day.get(measure)?.get(key));
    let measures: Vec<&str> =
        ["median", "sigma"].into_iter().filter(|name| *name == "median" || influence.sigma.is_some()).collect();
    let looks = [(Ink::Blue, Dashes::Solid), (Ink::Orange, Dashes::Dashed)];
    let line = |(measure, (ink, dashes)): (&&str, (Ink, Dashes))| Line {
        name: Some((*measure).to_owned()),
        stroke: Stroke { ink, width: 2.0, dashes },
        values: values(measure, "gradient_relative").iter().map(Value::as_f64).collect(),
    };
    let ends: Vec<String> = measures
        .iter()
        .map(|measure| {
            let first = values(measure, "gradient_relative").first().and_then(Value::as_f64).unwrap_or(0.0);
            format!("of the {measure}, the first {unit} {}", share(first))
        })
        .collect();
    let columns = ["date", "days_before"].map(str::to_owned).into_iter();
    let of_measure = |measure: &&str| [format!("{measure} |gradient|"), format!("{measure} relative")];
    let row = |day: &Value| {
        let head = ["date", "days_before"].map(|key| day.get(key).cloned().unwrap_or_default());
        let numbers = measures.iter().flat_map(|measure| {
            ["gradient_norm", "gradient_relative"]
                .map(|key| day.get(*measure).and_then(|one| one.get(key)).cloned().unwrap_or_default())
        });
        head.into_iter().chain(numbers).collect()
    };
    Lines {
        title: format!("Gradient by the inputs of each {unit}, forecast for {}", influence.date),
        description: format!(
            "Chart of the norm of the gradient by the inputs of each {unit}, relative to the largest: {}.",
            ends.join("; ")
        ),
        unit: "norm of the gradient, relative to the largest (logarithmic)".into(),
        places: Places::Days(days.iter().filter_map(|day| text(day, "date").parse::<Date>().ok()).collect()),
        bands: Vec::new(),
        lines: measures.iter().zip(looks).map(line).collect(),
        vertical: Vertical::Ratios,
        format: share,
        table: Table {
            columns: columns.chain(measures.iter().flat_map(of_measure)).collect(),
            rows: days.iter().map(row).collect(),
        },
    }
}
