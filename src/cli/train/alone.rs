//! Trains a model of one series.

use anyhow::Result;

use super::{Place, TrainRequest, note_prices, print, refuse_replaced, replaced_series, resume, warn_of_replaced};
use crate::cli::help::Help;
use crate::cli::options::{Use, place};
use crate::cli::output_args::Output;
use crate::cli::pages::Pages;
use crate::cli::warnings::{CliWarning, Kind, Strictly};
use crate::cli::{CliError, SeriesError, forecast, interrupt, leak, warn};
use crate::eval::backtest::verdict_of_test;
use crate::features::Target;
use crate::model::{self, Ahead, FitOptions, FitProgress, Fitted, Forecast, ForecastError, Forecaster};
use crate::prices::{Nonpositive, PriceSeries, Reading, Source};
use crate::report::page::{PriceFan, TrainingPage};
use crate::report::{ForecastRow, Summary};

/// Trains on the only series of a file.
pub fn run(request: &TrainRequest, source: &Source, reading: &Reading) -> Result<()> {
    reading.only_settled().map_err(CliError::from)?;
    train(request, (source, reading, 0), |summary| print(&request.output, &summary))
}

/// Trains on one series, which can be used as it was read. Nothing is printed before the model is written.
pub(super) fn train(request: &TrainRequest, of: Place<'_>, write: impl FnOnce(Summary) -> Result<()>) -> Result<()> {
    let output = &request.output;
    let (source, reading, index) = of;
    let (series, place) = (&reading.series[index], place(source, reading, index, None));
    let (config, init) = request.recipe.config_for(&place, series)?;
    let strictly = Strictly(output, Use::Fit);
    let mut warnings: Vec<CliWarning> =
        of_returns(series).filter(|_| config.target == Target::Price).into_iter().collect();
    let replaced = replaced_series(&request.model, &series.name);
    if let Some(other) = replaced.as_ref().filter(|_| output.strict) {
        return Err(refuse_replaced(&request.model, other, &series.name).into());
    }
    // Checked before the fit, which can take long.
    strictly.check_result(&place, &warnings)?;
    let failed = |error: &dyn SeriesError| CliError::series_of(request.sources.len(), of, error);
    request.recipe.warn_of_far_day(output)?;
    interrupt::listen("the epoch, with the model so far");
    let fit_options = FitOptions { watches_test: request.draws_losses(), ..request.fit };
    let progress = request.progress();
    let fitted = model::fit(series, &config, init.as_ref(), fit_options, &progress);
    let mut fitted = fitted.map_err(|error| failed(&error))?;
    note_prices(&mut fitted.forecaster, (&reading.understood.columns, &series.covariates), &request.read);
    let next = Next::of(&fitted.forecaster, series, output);
    let next = next.map_err(|error| of_start(failed(&error), (config.epochs, init.is_some())))?;
    let verdict = fitted.test.as_ref().map(|test| verdict_of_test(series, test));
    if let Some(error) = next.unknown.as_ref().filter(|_| output.strict) {
        return Err(failed(error).into());
    }
    warnings.extend(next.forecast.iter().flat_map(|forecast| forecast::warnings(forecast, &next.path)));
    if let Some(Ok(verdict)) = &verdict {
        warnings.extend(leak::warnings_of(verdict, (&config.columns_of(series), &config.covariates), series.frequency));
    }
    warnings.extend(CliWarning::of_coverage(&fitted.forecaster));
    strictly.check_result(&place, &warnings)?;
    model::save(&fitted.forecaster, &request.model).map_err(CliError::from)?;
    if fitted.stopped.is_none() {
        resume::remove(progress.checkpoint(), output.quiet);
    }
    if !output.quiet {
        replaced.iter().for_each(|other| warn_of_replaced(&request.model, other, &series.name));
        if let Some(error) = &next.unknown {
            let CliError { message, help } = failed(error);
            warn(&format!("{message}: the model is written, and that session is not forecast"), help.as_deref());
        }
        warnings.iter().for_each(|warning| warn(&format!("{place}: {}", warning.text), warning.hint.as_deref()));
    }
    let summary = Summary::new(&request.model, &fitted, verdict, next.path);
    if request.pages.is_any() {
        let notes = next.forecast.as_ref().map_or_else(Vec::new, |of| forecast::notes(of, &summary.path));
        request.write_pages(&summary, &fitted, (series, notes))?;
    }
    write(summary)?;
    fitted.stopped.map_or(Ok(()), |stopped| Err(request.stopped(stopped, &fitted.forecaster, &progress).into()))
}

/// Returns the error of a forecast with weights that were read but not trained, for which no option of training helps.
fn of_start(error: CliError, (epochs, is_read): (usize, bool)) -> CliError {
    let help = (epochs == 0 && is_read).then(|| "name a file of other weights with --init-from".to_owned());
    CliError { help: help.or(error.help), ..error }
}

/// The forecast of the next sessions, which is printed with the summary.
struct Next {
    forecast: Option<Forecast>,
    path: Vec<ForecastRow>,
    /// The reason why there is no forecast: the file lacks a value known ahead for the next session. The model can be
    /// used once the value is in the file.
    unknown: Option<ForecastError>,
}

impl Next {
    /// Forecasts the sessions after a series.
    ///
    /// # Errors
    /// If the model cannot forecast; it is then not written.
    fn of(model: &Forecaster, series: &PriceSeries, output: &Output) -> Result<Next, ForecastError> {
        match model.forecast(series) {
            Ok(forecast) => {
                let path = forecast::rows(&forecast, &output.levels, &[])?;
                Ok(Next { forecast: Some(forecast), path, unknown: None })
            }
            Err(error @ ForecastError::NotKnownAhead { .. }) => {
                Ok(Next { forecast: None, path: Vec::new(), unknown: Some(error) })
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the warning of returns instead of prices. A model of returns refuses them; a model with the target `price`
/// does not.
fn of_returns(series: &PriceSeries) -> Option<CliWarning> {
    let cause = series.nonpositive().filter(|cause| matches!(cause, Nonpositive::Returns))?;
    let text = format!("{}{}", series.name, cause.remark());
    Some(CliWarning { hint: Some(cause.help()), ..CliWarning::new(Kind::Target, text) })
}

impl TrainRequest {
    /// Writes the page and the picture.
    fn write_pages(
        &self,
        summary: &Summary,
        fitted: &Fitted,
        (series, notes): (&PriceSeries, Vec<String>),
    ) -> Result<(), CliError> {
        let forecaster = &fitted.forecaster;
        let of_days = |ahead| forecaster.forecast_ahead(series, ahead);
        let config = &forecaster.card.config;
        let fan = forecast::fan((&summary.path, Ahead::Usual), config, &self.output.levels, of_days);
        let model = self.model.display().to_string();
        let explanation = self.pages.explanation(forecaster, series);
        let page = TrainingPage {
            summary,
            curves: &fitted.loss_curves,
            forecast: Some(PriceFan { series, days: (&fan.0, fan.1), notes }),
            model: &model,
            explanation: explanation.as_ref(),
        };
        let mut pages = Pages::new(&self.pages);
        pages.add(|| page.page(), Some(|| page.chart()))?;
        pages.finish("train")
    }
}
