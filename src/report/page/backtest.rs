//! The page of a backtest, and the page of scored recorded forecasts.

use std::io;

use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use super::fan::shown_intervals;
use super::figure::{alone, figure, half, pair};
use super::number::{at, numbers};
use super::{Section, SeriesPage, card, fan, scores};
use crate::eval::backtest::{AuditReport, Backtest, Day};
use crate::eval::baselines::NAIVE;
use crate::eval::score::Scored;
use crate::eval::scores::{CentralInterval, PitHistogram};
use crate::eval::verdict::Against;
use crate::prices::PriceSeries;
use crate::report::backtest::{Tested, backtest_record, heading};
use crate::report::chart::dots::{Dot, Dots, Kind, Row};
use crate::report::chart::histogram::Histogram;
use crate::report::chart::lines::{Band, Line, Lines, Places, Vertical};
use crate::report::chart::scene::{BASELINES, Dashes, Ink, Stroke};
use crate::report::chart::{Chart, Table};
use crate::report::forecast::interval_label;
use crate::report::number::{percent_label, percent_with_decimal, price, rounded, signed};
use crate::report::record::Record;
use crate::report::score::{counts_in_words, without_scores};
use crate::report::verdict::{correction_in_a_line, headlines, leak_warnings};
use crate::report::wording::rows;
use crate::words::join;

/// Returns the page of a series.
///
/// # Errors
/// If a value cannot be represented in json, or a daily score is not finite.
pub fn page((result, audit_report): &Tested, series: &PriceSeries) -> io::Result<SeriesPage> {
    let mut sections = sections(result, audit_report.as_ref(), series)?;
    if let Some(config) = &result.config {
        sections.push(section("model", "What forecast", card::configuration(config)?));
    }
    let name = result.series.clone();
    Ok(SeriesPage { name, part: None, title: heading(result), verdict: verdict(result), sections })
}

/// Returns the page of the forecasts of a series for one number of days ahead. `place` is its place among the pages of
/// the series.
///
/// # Errors
/// If a value cannot be represented in json, or a daily score is not finite.
pub fn page_of_score((place, scored): (usize, &Scored), series: &PriceSeries) -> io::Result<SeriesPage> {
    let name = scored.series.clone();
    // Named as in the titles, where the next row has no count.
    let ahead = match scored.horizon {
        1 => format!("the next {}", scored.frequency.unit()),
        horizon => format!("{} ahead", rows(horizon, scored.frequency)),
    };
    let part = Some((place, ahead));
    let counts = counts_in_words(scored);
    let Some(result) = &scored.result else {
        let verdict = std::iter::once(without_scores(scored)).chain(counts).collect();
        return Ok(SeriesPage { title: name.clone(), name, part, verdict, sections: Vec::new() });
    };
    let verdict = verdict(result).into_iter().chain(counts).collect();
    Ok(SeriesPage { name, part, title: heading(result), verdict, sections: sections(result, None, series)? })
}

/// Returns the answer, and warnings about it.
fn verdict(result: &Backtest) -> Vec<String> {
    let warnings = leak_warnings(&result.verdict, result.frequency).into_iter().map(|text| format!("warning: {text}"));
    headlines(&result.verdict, result.frequency).into_iter().chain(warnings).collect()
}

fn section(id: &str, heading: &str, body: Markup) -> Section {
    Section { id: id.into(), heading: heading.into(), body }
}

/// Returns the sections that support the answer. Forecasts without a distribution have no sections about it.
fn sections(result: &Backtest, audit_report: Option<&AuditReport>, series: &PriceSeries) -> io::Result<Vec<Section>> {
    let record = backtest_record(result, audit_report)?;
    let mut sections = vec![
        section("price", "Price, and the last forecast tested", last_forecast(result, series)?),
        section("returns", "Forecast against outcome", returns(result)),
        super::verdict::section(&record, correction_in_a_line(&result.verdict)),
    ];
    let unit = result.frequency.unit();
    if !shown_intervals(result).is_empty() {
        sections.push(section("intervals", &format!("Prediction intervals, {unit} by {unit}"), intervals(result)));
        sections.push(section("coverage", "Calibration", calibration(&record, result)));
    }
    let quantiles = result.model.quantiles.levels().len();
    sections.push(section("error", "Error over time", error_over_time(result)?));
    sections.push(section("scores", "Scores of all forecasters", scores::scores(&record, quantiles, result.frequency)));
    if !result.events.is_empty() {
        sections.push(section("moves", "Probabilities of moves", scores::moves(&record, unit)));
    }
    if audit_report.is_some() {
        sections.push(section("audit", "Look-ahead audit", scores::audit(&record)));
    }
    Ok(sections)
}

/// Returns the chart of `--plot`: returns with their prediction intervals.
///
/// # Errors
/// Never. Charts of other pages have the same signature and can fail.
pub fn chart(result: &Backtest) -> io::Result<Box<dyn Chart>> {
    Ok(Box::new(interval_chart(result)))
}

fn dates(result: &Backtest) -> Vec<Date> {
    result.days.iter().map(|day| day.date).collect()
}

fn last_forecast(result: &Backtest, series: &PriceSeries) -> io::Result<Markup> {
    let Some(chart) = fan::of_last_day(result, series)? else { return Ok(html! {}) };
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    Ok(figure(
        &chart,
        &html! {
            "Closes up to " (last.origin) ", the last " (result.frequency.unit()) " known to the last forecast of the test, what was forecast for "
            (last.date) ", and the close then. The test has such a forecast for each of "
            (result.days.len()) " " (result.frequency.unit()) "s from " (first.date) " on."
        },
    ))
}

const ACTUAL: Stroke = Stroke { ink: Ink::Grey, width: 1.3, dashes: Dashes::Solid };
const FORECAST: Stroke = Stroke { ink: Ink::Blue, width: 1.8, dashes: Dashes::Solid };

/// The close is drawn wide below the narrow forecast, so that both are visible.
const WIDE: Stroke = Stroke { ink: Ink::Band, width: 4.0, dashes: Dashes::Solid };
const NARROW: Stroke = Stroke { ink: Ink::Blue, width: 1.2, dashes: Dashes::Solid };

fn line(name: &str, stroke: Stroke, values: Vec<f64>) -> Line {
    Line { name: Some(name.into()), stroke, values: values.into_iter().map(Some).collect() }
}

fn signed_per_cent(value: f64) -> String {
    format!("{} %", signed(value, 2))
}

/// Draws the chart of price levels, which looks convincing, beside that of returns, which does not.
fn returns(result: &Backtest) -> Markup {
    let (days, unit) = (&result.days, result.frequency.unit());
    // All closes are on one basis, so that a dividend is not a fall in price.
    let is_adjusted = days.iter().any(|day| (day.common_actual() / day.actual - 1.0).abs() > 1e-6);
    // Forecasts of models of price levels can be far from the price.
    let is_near = result.verdict.against(NAIVE.name).is_none_or(Against::follows_price);
    let levels = Lines {
        title: "Prices: no picture of skill".into(),
        description: format!("Chart of the closes and of the forecast prices on {} test {unit}s.", days.len()),
        unit: "price".into(),
        places: Places::Days(dates(result)),
        bands: Vec::new(),
        lines: vec![
            line(
                if is_adjusted { "back-adjusted close" } else { "close" },
                WIDE,
                days.iter().map(|day| day.common_actual()).collect(),
            ),
            line("forecast", NARROW, result.model.common_prices(days)),
        ],
        vertical: Vertical::Values,
        format: price,
        table: Table::default(),
    };
    let returns = Lines {
        title: "Returns: what was forecast".into(),
        description: format!("Chart of the returns and of the forecast returns on {} test {unit}s.", days.len()),
        unit: "return in %".into(),
        lines: vec![
            line("return", ACTUAL, days.iter().map(|day| 100.0 * day.log_return()).collect()),
            line("forecast", FORECAST, result.model.points.iter().map(|point| 100.0 * point).collect()),
        ],
        format: signed_per_cent,
        vertical: Vertical::WithZero,
        places: Places::Days(dates(result)),
        bands: Vec::new(),
        table: Table::default(),
    };
    html! {
        (pair(
            &half(&levels, &html! {
                "The same forecasts as in the chart of returns."
                @if is_near { " Whether a forecast is better than a copy of the last known close cannot be seen in it." }
                @else { " A copy of the last known close is nearer to the closes." }
            }),
            &half(&returns, &html! { "Logarithmic returns from the last known close: the change from that close." }),
        ))
        (super::verdict::lag(&result.verdict, result.frequency))
    }
}

/// Returns the inks of this many intervals, the narrow one first.
fn inks(count: usize) -> &'static [Ink] {
    if count > 1 { &[Ink::Band, Ink::BandOuter] } else { &[Ink::BandOuter] }
}

fn interval_chart(result: &Backtest) -> Lines {
    let quantiles: Vec<&[f64]> = result.model.quantiles.rows().collect();
    let shown = shown_intervals(result);
    let band = |(interval, ink): (&CentralInterval, &Ink)| Band {
        name: interval_label(interval.level),
        ink: *ink,
        ends: quantiles.iter().map(|row| (100.0 * row[interval.lower], 100.0 * row[interval.upper])).collect(),
    };
    let outcome = Stroke { ink: Ink::Text, width: 1.1, dashes: Dashes::Solid };
    let within = |level: f64| result.scores.levels.iter().find(|scores| (scores.all.level - level).abs() < 1e-9);
    let described = |interval: &CentralInterval| {
        let coverage = within(interval.level);
        let coverage = coverage
            .map(|level| format!(", which contained {} % of the closes", percent_with_decimal(level.all.coverage)));
        format!("the {} % prediction interval{}", percent_label(interval.level), coverage.unwrap_or_default())
    };
    let described: Vec<String> = shown.iter().map(described).collect();
    let within = if described.is_empty() { String::new() } else { format!(" within {}", join(&described, "and")) };
    let what = if shown.is_empty() { "returns" } else { "returns and prediction intervals" };
    Lines {
        title: match result.horizon {
            1 => format!("{}: {what}", result.series),
            horizon => format!("{}, {} ahead: {what}", result.series, rows(horizon, result.frequency)),
        },
        description: format!(
            "Chart of the returns of {} test {}s{within}.",
            result.days.len(),
            result.frequency.unit()
        ),
        unit: "return in %".into(),
        places: Places::Days(dates(result)),
        bands: shown.iter().zip(inks(shown.len())).map(band).rev().collect(),
        lines: vec![line("return", outcome, result.days.iter().map(|day| 100.0 * day.log_return()).collect())],
        vertical: Vertical::WithZero,
        format: signed_per_cent,
        table: return_table(result),
    }
}

/// Returns the places of the intervals' ends among the quantiles, in order.
fn ends_of_intervals(result: &Backtest) -> Vec<usize> {
    let ends = |interval: &CentralInterval| [interval.lower, interval.upper];
    let mut places: Vec<usize> = shown_intervals(result).iter().flat_map(ends).collect();
    places.sort_unstable();
    places
}

/// Returns a table with a row for each test day: its date, and the numbers of `numbers`.
fn table_of_days(result: &Backtest, columns: &[&str], numbers: impl Fn(usize, &Day, &[usize]) -> Vec<f64>) -> Table {
    let places = ends_of_intervals(result);
    let row = |(k, day): (usize, &Day)| {
        let numbers = numbers(k, day, &places).into_iter().map(|number| rounded(number).into());
        std::iter::once(Value::from(day.date.to_string())).chain(numbers).collect()
    };
    let names = places.iter().map(|place| format!("q{}", rounded(result.model.quantiles.levels()[*place])));
    let columns = columns.iter().map(|name| (*name).to_owned()).chain(names);
    Table { columns: columns.collect(), rows: result.days.iter().enumerate().map(row).collect() }
}

/// Returns what the chart of intervals shows: returns in per cent.
fn return_table(result: &Backtest) -> Table {
    let quantiles: Vec<&[f64]> = result.model.quantiles.rows().collect();
    table_of_days(result, &["date", "return"], |k, day, places| {
        let ends = places.iter().map(|place| quantiles[k][*place]);
        std::iter::once(day.log_return()).chain(ends).map(|value| 100.0 * value).collect()
    })
}

/// Returns the test days as `--forecasts` writes them, with fewer quantiles.
fn price_table(result: &Backtest) -> Table {
    let prices = result.model.prices(&result.days);
    table_of_days(result, &["date", "actual", "naive", "forecast"], |k, day, places| {
        let quantiles = result.model.price_quantiles(k, &result.days);
        let ends = places.iter().map(|place| quantiles[*place]);
        [day.actual, day.naive, prices[k]].into_iter().chain(ends).collect()
    })
}

fn intervals(result: &Backtest) -> Markup {
    let outside = |interval: &CentralInterval| {
        let level = interval.level;
        format!(
            "{} % of the returns should lie outside the {}",
            percent_label(rounded(1.0 - level)),
            interval_label(level)
        )
    };
    let outside: Vec<String> = shown_intervals(result).iter().rev().map(outside).collect();
    let caption = html! {
        "Each interval is that of the forecast before its " (result.frequency.unit()) ": as wide as the forecast expected the move to be. "
        "About " (join(&outside, "and")) "."
    };
    html! {
        (figure(&interval_chart(result), &caption))
        details { summary { "The same in prices" } (numbers(&price_table(result), "Closes, forecast prices and the ends of the intervals")) }
    }
}

/// Shows the coverage by level and tercile of volatility, and the PIT.
fn calibration(record: &Record, result: &Backtest) -> Markup {
    let places = ["all", "by_volatility/low", "by_volatility/medium", "by_volatility/high"];
    let unit = result.frequency.unit();
    let all = format!("all {unit}s");
    let kinds = [
        (all.as_str(), Ink::Blue, false),
        ("low volatility", Ink::Green, true),
        ("medium volatility", Ink::Violet, true),
        ("high volatility", Ink::Red, true),
    ];
    let levels = || 0..result.scores.levels.len();
    let value = |level: usize, place: &str| at(record, &format!("/scores/levels/{level}/{place}/coverage"));
    let row = |level: usize| Row {
        name: format!("{} %", percent_label(result.scores.levels[level].all.level)),
        dots: places.map(|place| Some(Dot { value: 100.0 * value(level, place).as_f64()?, interval: None })).to_vec(),
        expected: Some(100.0 * result.scores.levels[level].all.level),
    };
    let kind = |(name, ink, hollow): (&str, Ink, bool)| Kind { name: name.into(), ink, hollow };
    let columns = ["level", "all", "low", "medium", "high"];
    let numbers = |level: usize| {
        let values = places.map(|place| value(level, place).clone());
        std::iter::once(rounded(result.scores.levels[level].all.level).into()).chain(values).collect()
    };
    let coverage = Dots {
        title: "Coverage, by level and volatility".into(),
        description: "Fraction of closes in the prediction intervals.".into(),
        unit: "% of closes in the interval".into(),
        kinds: kinds.map(kind).to_vec(),
        rows: levels().map(row).collect(),
        expected: Some("level".into()),
        lines_at: Vec::new(),
        format: |value| format!("{value:.1} %"),
        table: Table { columns: columns.map(str::to_owned).to_vec(), rows: levels().map(numbers).collect() },
    };
    let coverage = half(
        &coverage,
        &html! {
            "An interval of 90 % should contain 90 % of the closes: of all " (unit) "s, and of each third of the " (unit) "s by their "
            "volatility before."
        },
    );
    if result.scores.pit.is_none() {
        return alone(&coverage);
    }
    let histogram = half(
        &histogram(record, result),
        &html! {
            "Where each outcome fell in its predictive distribution (probability integral transform, PIT). Flat is "
            "calibrated; high in the middle is too wide, high at the ends too narrow."
        },
    );
    pair(&coverage, &histogram)
}

fn histogram(record: &Record, result: &Backtest) -> Histogram {
    let unit = result.frequency.unit();
    let shares = result.scores.pit.as_ref().map_or_else(Vec::new, PitHistogram::shares);
    let bins = shares.len() as f64;
    let row = |bin: usize| {
        let ends = [bin, bin + 1].map(|end| Value::from(rounded(end as f64 / bins)));
        ends.into_iter().chain([at(record, &format!("/scores/pit/counts/{bin}")).clone()]).collect()
    };
    let words: Vec<String> = shares.iter().map(|share| percent_with_decimal(*share)).collect();
    Histogram {
        title: "Outcomes by tenth of the distribution (PIT)".into(),
        description: format!("Per cent of {unit}s in each tenth of the predictive distribution: {}.", words.join(", ")),
        unit,
        table: Table {
            columns: ["from", "to", &format!("{unit}s")].map(str::to_owned).to_vec(),
            rows: (0..shares.len()).map(row).collect(),
        },
        shares,
    }
}

/// Draws the gain over each baseline.
fn error_over_time(result: &Backtest) -> io::Result<Markup> {
    let gains = result.gains().map_err(io::Error::other)?;
    let basis_points = |value: &f64| 1e4 * value;
    let line = |(k, gain): (usize, &crate::eval::backtest::Gain)| Line {
        name: Some(gain.baseline.clone()),
        stroke: Stroke { ink: BASELINES[k % BASELINES.len()], width: 1.9, dashes: Dashes::ALL[k % Dashes::ALL.len()] },
        values: gain.cumulative.iter().map(basis_points).map(Some).collect(),
    };
    let last: Vec<String> = gains
        .iter()
        .map(|gain| format!("{} {}", gain.baseline, signed(basis_points(gain.cumulative.last().unwrap_or(&0.0)), 1)))
        .collect();
    let row = |(k, day): (usize, &crate::eval::backtest::Day)| {
        let date: Value = day.date.to_string().into();
        std::iter::once(date).chain(gains.iter().map(|gain| rounded(gain.cumulative[k]).into())).collect()
    };
    let columns = std::iter::once("date".to_owned()).chain(gains.iter().map(|gain| gain.baseline.clone()));
    let score = match result.model.is_of_points() {
        true => "absolute error of the return",
        false => "quantile score (CRPS)",
    };
    let chart = Lines {
        title: format!("Gain on each baseline: {score}"),
        description: format!("Chart of the cumulative gain in basis points. At its end: {}.", last.join(", ")),
        unit: "basis points, cumulative".into(),
        places: Places::Days(dates(result)),
        bands: Vec::new(),
        lines: gains.iter().enumerate().map(line).collect(),
        vertical: Vertical::WithZero,
        format: |value| signed(value, 1),
        table: Table { columns: columns.collect(), rows: result.days.iter().enumerate().map(row).collect() },
    };
    Ok(figure(
        &chart,
        &html! {
            "The " (score) " of each baseline less that of the model, summed from the first test " (result.frequency.unit()) ". A line that rises "
            "steadily is a gain that lasts; one jump is that of a few " (result.frequency.unit()) "s."
            @if !result.model.is_of_points() {
                " Divided by the number of " (result.frequency.unit()) "s, the last value is the difference of the CRPS in the table below."
            }
        },
    ))
}
