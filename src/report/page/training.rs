//! The page of a training run.

use std::io;

use maud::{Markup, html};
use serde_json::Value;

use super::figure::figure;
use super::number::data;
use super::{Section, SeriesPage, card, evaluation, fan, forecast, unrolled};
use crate::eval::verdict::Verdict;
use crate::model::{Card, Explanation, LossCurve, WhichFit};
use crate::prices::PriceSeries;
use crate::report::chart::lines::{Line, Lines, Places, Vertical};
use crate::report::chart::scene::{Dashes, Ink, Stroke};
use crate::report::chart::{Chart, Table};
use crate::report::forecast::ForecastRow;
use crate::report::html::Text;
use crate::report::number::{decimals, rounded};
use crate::report::output::Report;
use crate::report::summary::Summary;
use crate::report::training::{coverage_warning, kept_epoch, no_change_of_test};
use crate::report::verdict::{correction_in_a_line, headlines, leak_warnings};
use crate::report::wording::rows;

/// A training run, and what else its charts show.
pub struct TrainingPage<'a> {
    /// The run.
    pub summary: &'a Summary,
    /// The losses of its networks.
    pub curves: &'a [LossCurve],
    /// The prices and the forecast; none for a model of several series.
    pub forecast: Option<PriceFan<'a>>,
    /// The model's file.
    pub model: &'a str,
    /// What the networks computed for the forecast, if it can be shown.
    pub explanation: Option<&'a Explanation>,
}

/// Prices, and the chart of the forecast from the last of them.
pub struct PriceFan<'a> {
    /// The prices.
    pub series: &'a PriceSeries,
    /// The days of the chart, and the number of rows from the origin to each.
    pub days: (&'a [ForecastRow], Vec<usize>),
    /// Notes about the forecast.
    pub notes: Vec<String>,
}

impl TrainingPage<'_> {
    /// Returns the name of the series, or how many there are.
    fn name(&self) -> &str {
        &self.summary.card().training.series
    }

    /// Returns the page of the series.
    ///
    /// # Errors
    /// If a value cannot be represented in json.
    pub fn page(&self) -> io::Result<SeriesPage> {
        let section = |id: &str, heading: &str, body| Section { id: id.into(), heading: heading.into(), body };
        let record = self.summary.objects()?.into_iter().next().unwrap_or_default();
        let unit = self.summary.card().training.frequency.unit();
        let mut sections = Vec::new();
        sections.extend(self.price()?.map(|body| section("price", "Price and forecast", body)));
        // Weights that were not trained have no losses.
        if !self.curves.is_empty() {
            let losses = figure(&loss_chart(self.curves), &self.about_losses());
            sections.push(section("losses", "Losses by epoch", losses));
        }
        if let Some(Ok(verdict)) = self.summary.verdict() {
            sections.push(super::verdict::section(&record, correction_in_a_line(verdict)));
        }
        sections.extend(self.test().map(|body| section("test", &format!("The test on unseen {unit}s"), body)));
        sections.extend(self.explanation.map(unrolled::section));
        sections.push(section("card", "Model card", card::card(self.model, self.summary.card())?));
        let title = format!("{}: training of {}", self.name(), self.model);
        Ok(SeriesPage { name: self.name().to_owned(), part: None, title, verdict: self.verdict(), sections })
    }

    /// Shows the test, and how far its forecasts are a copy of the last close.
    fn test(&self) -> Option<Markup> {
        let frequency = self.summary.card().training.frequency;
        let test = evaluation::test(self.summary.card())?;
        let verdict = self.summary.verdict().and_then(|verdict| verdict.as_ref().ok());
        Some(html! {
            (test)
            @if let Some(verdict) = verdict { (super::verdict::lag(verdict, frequency)) }
            p.muted {
                "fourcast backtest --report draws the forecasts of each " (frequency.unit()) " against the returns, the "
                "coverage by volatility, the PIT and the error over time."
            }
        })
    }

    /// Returns the chart of `--plot`.
    ///
    /// # Errors
    /// Never. Charts of other pages have the same signature and can fail.
    pub fn chart(&self) -> io::Result<Box<dyn Chart>> {
        let title = format!("{}: losses by epoch", self.name());
        Ok(Box::new(Lines { title, ..loss_chart(self.curves) }))
    }

    fn verdict(&self) -> Vec<String> {
        let frequency = self.summary.card().training.frequency;
        let of_verdict = |verdict: &Verdict| {
            let warnings = leak_warnings(verdict, frequency);
            let warnings = warnings.into_iter().map(|text| format!("warning: {text}"));
            headlines(verdict, frequency).into_iter().chain(warnings).collect()
        };
        let mut lines = match self.summary.verdict() {
            Some(Ok(verdict)) => of_verdict(verdict),
            Some(Err(error)) => vec![format!("not tested: {error}")],
            None => vec![self.without_verdict()],
        };
        lines.extend(card::interrupted(self.summary.card()));
        lines.extend(coverage_warning(self.summary.card()).map(|text| format!("warning: {text}")));
        lines.extend(forecast::answer(&self.summary.path));
        lines
    }

    /// Says why there is no verdict. For a model of several series, gives the error on the unseen days instead, because
    /// a verdict is on one series.
    fn without_verdict(&self) -> String {
        let Card { evaluation, training, .. } = self.summary.card();
        let Some(test) = evaluation.as_ref().filter(|_| training.panel.is_some()) else {
            return format!("not tested on unseen {}s", training.frequency.unit());
        };
        let (days, no_change) =
            (rows(test.days, training.frequency), no_change_of_test(&self.summary.card().config, training.frequency));
        format!(
            "On {days} not trained on the root mean squared error is {:.4} of that of {no_change}. A verdict is on one series: \
             fourcast backtest gives that of each.",
            test.ratio()
        )
    }

    fn price(&self) -> io::Result<Option<Markup>> {
        let Some(PriceFan { series, days, notes }) = &self.forecast else { return Ok(None) };
        let unit = series.frequency.unit();
        let chart = fan::of_rows(days, series)?;
        let drawn = figure(
            &chart,
            &html! {
                "Recent closes (back-adjusted for later splits and dividends if the file has them, so that the last one is as "
                "quoted), and what the model forecasts for the " (unit) "s ahead: the median, and central prediction "
                "intervals of the close of each " (unit) " alone."
            },
        );
        Ok(Some(html! {
            (drawn)
            @for note in notes { p { strong { "Note: " } (Text(note)) } }
        }))
    }

    fn is_of_test_fit(&self) -> bool {
        drawn_fit(self.curves) == WhichFit::Test
    }

    fn about_losses(&self) -> Markup {
        let unit = self.summary.card().training.frequency.unit();
        let losses = &self.summary.card().losses;
        let has_unseen = self.curves.iter().any(|curve| !curve.unseen.is_empty());
        let has_validation = self.summary.card().training.validation_windows > 0;
        let kept = kept_epoch(self.summary.card());
        html! {
            "One line per network. The training loss of a window is measured in the step that trains on it. "
            @if has_validation {
                "The validation windows were not trained on. Each network has the weights of its " (kept) "."
            } @else if has_unseen {
                "No windows were held back to decide when to stop. The unseen " (unit) "s are those of the test, "
                "under the networks that were fitted on the " (unit) "s before; they decide nothing. Their loss may lie above or below "
                "that of the training, because other " (unit) "s are easier or harder."
            }
            @if self.is_of_test_fit() {
                " The lines are of the test fit. The networks of the model were fitted again, to all " (unit) "s: their training loss is "
            } @else {
                " Kept: training loss "
            }
            (data(&rounded(losses.train).into(), decimals))
            @if let Some(unseen) = losses.valid {
                @if self.is_of_test_fit() { ". The test fit's loss on the unseen " (unit) "s is " } @else { ", on unseen " (unit) "s " }
                (data(&rounded(unseen).into(), decimals))
            }
            ". The loss is the mean negative log-likelihood (for --loss mse the mean squared error): lower is better."
        }
    }
}

/// Returns the fit that is drawn: one whose losses on unseen windows are known, or the final fit.
fn drawn_fit(curves: &[LossCurve]) -> WhichFit {
    let has_unseen = |fit: WhichFit| curves.iter().any(|curve| curve.fit == fit && !curve.unseen.is_empty());
    if !has_unseen(WhichFit::Final) && has_unseen(WhichFit::Test) { WhichFit::Test } else { WhichFit::Final }
}

/// Draws the curves of [`drawn_fit`].
fn loss_chart(curves: &[LossCurve]) -> Lines {
    let fit = drawn_fit(curves);
    let shown: Vec<&LossCurve> = curves.iter().filter(|curve| curve.fit == fit).collect();
    let line = |name: &str, member: usize, values: &[f64], stroke: Stroke| Line {
        name: (member == 0).then(|| name.to_owned()),
        stroke,
        values: values.iter().copied().map(Some).collect(),
    };
    let training = Stroke { ink: Ink::Blue, width: 1.8, dashes: Dashes::Solid };
    let unseen = Stroke { ink: Ink::Orange, width: 1.8, dashes: Dashes::Dashed };
    let mut lines: Vec<Line> =
        shown.iter().enumerate().map(|(k, curve)| line("training", k, &curve.training, training)).collect();
    let measured = shown.iter().filter(|curve| !curve.unseen.is_empty());
    lines.extend(measured.enumerate().map(|(k, curve)| line(unseen_name(fit), k, &curve.unseen, unseen)));
    let epochs = shown.iter().map(|curve| curve.training.len()).max().unwrap_or(0);
    let end = |values: &[f64]| values.last().map_or("none".to_owned(), |value| format!("{value:.4}"));
    let ends: Vec<String> = shown.iter().map(|curve| end(&curve.training)).collect();
    Lines {
        title: "Losses by epoch".into(),
        description: format!("Chart of the losses over {epochs} epochs. Last training losses: {}.", ends.join(", ")),
        unit: "loss of each epoch".into(),
        places: Places::Numbers("epoch", epochs),
        bands: Vec::new(),
        lines,
        vertical: Vertical::Values,
        format: |value| format!("{value:.4}"),
        table: loss_table(&shown, epochs, fit),
    }
}

fn unseen_name(fit: WhichFit) -> &'static str {
    match fit {
        WhichFit::Test => "test",
        WhichFit::Final => "validation",
    }
}

fn loss_table(curves: &[&LossCurve], epochs: usize, fit: WhichFit) -> Table {
    let names = |curve: &&LossCurve| {
        let network = curve.member + 1;
        let unseen = (!curve.unseen.is_empty()).then(|| format!("{}, network {network}", unseen_name(fit)));
        std::iter::once(format!("training, network {network}")).chain(unseen)
    };
    let columns = std::iter::once("epoch".to_owned()).chain(curves.iter().flat_map(names)).collect();
    let row = |epoch: usize| {
        let value = |values: &[f64]| values.get(epoch).map_or(Value::Null, |value| rounded(*value).into());
        let of_curve = |curve: &&LossCurve| {
            let unseen = (!curve.unseen.is_empty()).then(|| value(&curve.unseen));
            std::iter::once(value(&curve.training)).chain(unseen)
        };
        std::iter::once(Value::from(epoch + 1)).chain(curves.iter().flat_map(of_curve)).collect()
    };
    Table { columns, rows: (0..epochs).map(row).collect() }
}
