//! Trains one model of several series.

use anyhow::Result;

use super::{Place, TrainRequest, alone, note_prices, refuse_replaced, replaced_series, resume, warn_of_replaced};
use crate::cli::covariates::unreadable;
use crate::cli::many::Answers;
use crate::cli::options::{Format, Use, note_understood, place};
use crate::cli::pages::Pages;
use crate::cli::sources::word_of;
use crate::cli::unfound::Unfound;
use crate::cli::warnings::{CliWarning, Strictly, Warnings};
use crate::cli::{CliError, interrupt, warn};
use crate::model::{self, FitOptions, FitProgress, Fitted, Forecaster, Init, JointFit};
use crate::prices::{PriceSeries, ReadError, Reading, Warning};
use crate::report::page::TrainingPage;
use crate::report::{self, Summary};
use crate::words::shell_word;

/// The series that failed, with their positions in the input. Those that are too short are found after the others, so
/// no error is printed before all are known, which is before the training: errors have the order of the input.
#[derive(Default)]
struct Failures(Vec<(usize, String, CliError)>);

impl Failures {
    fn add(&mut self, (place, series): (usize, &str), error: CliError) {
        self.0.push((place, series.to_owned(), error));
    }

    /// Prints the errors and writes their rows.
    fn write(mut self, answers: &mut Answers<'_>) -> Result<()> {
        self.0.sort_by_key(|(place, ..)| *place);
        self.0.iter().for_each(|(.., error)| answers.print_failure(error));
        self.0.iter().try_for_each(|(_, series, error)| answers.write_failure(series, error))
    }
}

/// Trains on all series of all files together. Series that cannot be trained on are left out, each with an error. If one
/// series is left, the output is that of a training on it alone.
pub fn run(request: &TrainRequest, readings: Vec<Result<Reading, ReadError>>) -> Result<()> {
    let mut answers = Answers::of(request.sources.len(), &request.output, 0);
    answers.expect(2);
    let mut failures = Failures::default();
    let mut places = match usable(request, &readings, &mut failures) {
        Ok(places) if !places.is_empty() => places,
        Ok(_) => return failures.write(&mut answers).and_then(|()| answers.finish()),
        Err(error) => return failures.write(&mut answers).and(Err(error)),
    };
    let prepared = joint_fit(request, &mut places, &mut failures);
    let series = series_of(&places);
    let prepared = prepared.and_then(|prepared| {
        refuse_value(request, series.len())?;
        warn_of_all(request, &readings, &series)?;
        answers.expect_lines(if series.len() == 1 { prepared.0.days() } else { 0 });
        Ok(prepared)
    });
    failures.write(&mut answers)?;
    let (joint, init) = prepared?;
    match places[..] {
        [(_, only)] => train_only(request, only, answers),
        _ => train_together(request, &places, (joint, init), answers),
    }
}

/// Trains one model of all series that are left.
fn train_together(
    request: &TrainRequest,
    places: &[(usize, Place<'_>)],
    (joint, init): (JointFit<'_>, Option<Init>),
    mut answers: Answers<'_>,
) -> Result<()> {
    let (output, series) = (&request.output, series_of(places));
    interrupt::listen("the epoch, with the model so far");
    let progress = request.progress();
    let fitted = joint.fit(init.as_ref(), &progress).map_err(|error| CliError::of(&error))?;
    let Some(mut fitted) = fitted else { return answers.finish() };
    let columns = &places[0].1.1.understood.columns;
    note_prices(&mut fitted.forecaster, (columns, &series[0].covariates), &request.read);
    let name = fitted.forecaster.card.training.series.clone();
    let replaced = replaced_series(&request.model, &name);
    if let Some(other) = replaced.as_ref().filter(|_| output.strict) {
        return Err(refuse_replaced(&request.model, other, &name).into());
    }
    let warnings = warnings_of_model(&fitted.forecaster);
    Strictly(output, Use::Fit).check_result(&name, &warnings)?;
    model::save(&fitted.forecaster, &request.model).map_err(CliError::from)?;
    if fitted.stopped.is_none() {
        resume::remove(progress.checkpoint(), output.quiet);
    }
    if !output.quiet {
        replaced.iter().for_each(|other| warn_of_replaced(&request.model, other, &name));
        warnings.iter().for_each(|warning| warn(&format!("{name}: {}", warning.text), warning.hint.as_deref()));
    }
    let summary = Summary::of_several(&request.model, &fitted, answers.failed());
    answers.answer(|out, format, csv| report::write(&summary, format, out, csv))?;
    write_pages(request, &summary, &fitted)?;
    if let Some(stopped) = fitted.stopped {
        return Err(request.stopped(stopped, &fitted.forecaster, &progress).into());
    }
    answers.finish_with(series.len())
}

/// Trains on the only series that is left. Its row has the columns of the rows of the others.
fn train_only(request: &TrainRequest, only: Place<'_>, mut answers: Answers<'_>) -> Result<()> {
    let trained = alone::train(request, only, |summary| {
        let summary = summary.beside_others();
        answers.answer(|out, format, csv| report::write(&summary, format, out, csv))
    });
    match trained {
        Err(error) if error.is::<CliError>() => answers.fail(&only.1.series[only.2].name, error)?,
        other => other?,
    }
    answers.finish()
}

/// Returns the warnings about a model of several series: those about a model of one series that need no forecast.
fn warnings_of_model(model: &Forecaster) -> Vec<CliWarning> {
    let uncalibrated = model.uncalibrated().map(|note| CliWarning::of_note(&note));
    uncalibrated.into_iter().chain(CliWarning::of_coverage(model)).collect()
}

fn series_of<'a>(places: &[(usize, Place<'a>)]) -> Vec<&'a PriceSeries> {
    places.iter().map(|(_, (_, reading, index))| &reading.series[*index]).collect()
}

/// Returns the fit to the series, and the initial weights. A series that cannot be trained on is taken out of `places`
/// and added to the failures. What the networks read depends on the series that are left: one without bars that is too
/// short to train on does not take the bars from the others.
fn joint_fit<'a>(
    request: &TrainRequest,
    places: &mut Vec<(usize, Place<'a>)>,
    failures: &mut Failures,
) -> Result<(JointFit<'a>, Option<Init>)> {
    let options = FitOptions { watches_test: request.draws_losses(), ..request.fit };
    let (mut config, mut init) = request.recipe.config_for_several(&series_of(places))?;
    loop {
        let series = series_of(places);
        let joint = JointFit::new(&series, &config, options).map_err(|error| CliError::of(&error))?;
        for (index, error) in joint.left_out.iter().rev() {
            let (order, of) = places.remove(*index);
            failures.add((order, &series[*index].name), CliError::series_of(request.sources.len(), of, error));
        }
        if joint.left_out.is_empty() || places.is_empty() {
            return Ok((joint, init));
        }
        let of_rest = request.recipe.config_for_several(&series_of(places))?;
        if of_rest.0 == config {
            return Ok((joint, init));
        }
        (config, init) = of_rest;
    }
}

/// Prints the warnings about the files and about the series that are trained on.
///
/// # Errors
/// With `--strict`, a warning.
fn warn_of_all(request: &TrainRequest, readings: &[Result<Reading, ReadError>], series: &[&PriceSeries]) -> Result<()> {
    let output = &request.output;
    // The training on a single series warns of it.
    if series.len() > 1 {
        request.recipe.warn_of_far_day(output)?;
    }
    if !output.quiet && !output.strict {
        warn_of_files(request, readings);
    }
    Ok(warn_of_missing_bars(request, series)?)
}

/// Writes the page and the picture, without the parts that are about a single series.
fn write_pages(request: &TrainRequest, summary: &Summary, fitted: &Fitted) -> Result<(), CliError> {
    let model = request.model.display().to_string();
    let page = TrainingPage { summary, curves: &fitted.loss_curves, forecast: None, model: &model, explanation: None };
    let mut pages = Pages::new(&request.pages);
    pages.add(|| page.page(), Some(|| page.chart()))?;
    pages.finish("train")
}

/// Returns an error for the value of several series. It comes after their own errors: without those series, one may be
/// left, which has a value.
fn refuse_value(request: &TrainRequest, series: usize) -> Result<(), CliError> {
    if request.output.format != Format::Value || series < 2 {
        return Ok(());
    }
    let message = "--format value prints the forecast of one series, and the model is one of several".to_owned();
    let model = shell_word(&request.model.display().to_string());
    let command = format!("fourcast predict {} -m {model}", word_of(&request.sources));
    let help = format!("leave it out, and forecast the series with: {command}");
    Err(CliError { message, help: Some(help) })
}

/// Returns the series that were read and can be used as they are, with their positions in the input; the others are
/// added to the failures.
fn usable<'a>(
    request: &'a TrainRequest,
    readings: &'a [Result<Reading, ReadError>],
    failures: &mut Failures,
) -> Result<Vec<(usize, Place<'a>)>> {
    let (mut places, mut unfound, mut seen) = (Vec::new(), Unfound::default(), 0);
    let mut fail = |at: (usize, &str), error: CliError| failures.add(at, error);
    for (source, reading) in request.sources.iter().zip(readings) {
        seen += 1;
        let name = source.series_name();
        let reading = match reading {
            Ok(reading) => reading,
            Err(error) if unfound.takes(readings.len(), error) => continue,
            Err(error) => {
                fail((seen, &name), unreadable(error, readings.len()));
                continue;
            }
        };
        unfound.is_found = true;
        if request.output.verbose {
            note_understood(reading);
        }
        if let Some(error) = Strictly(&request.output, Use::Fit).of_file(source, reading) {
            fail((seen, &name), error);
            continue;
        }
        for one in reading.in_order() {
            seen += 1;
            match one.map_err(|failed| (&*failed.name, CliError::of_read(&failed.error))) {
                Ok(index) => match settled(request, (source, reading, index)) {
                    Ok(()) => places.push((seen, (source, reading, index))),
                    Err(error) => fail((seen, &reading.series[index].name), error),
                },
                Err((name, error)) => fail((seen, name), error),
            }
        }
    }
    unfound.error().map_or(Ok(places), |error| Err(error.into()))
}

/// Checks that a series can be used as it was read, and has the columns that the command line names: with `--strict`,
/// without a warning.
fn settled(request: &TrainRequest, (source, reading, index): Place<'_>) -> Result<(), CliError> {
    reading.spacing_of_series_settled(index)?;
    reading.split_settled(index)?;
    request.recipe.check_columns(&place(source, reading, index, None), &reading.series[index])?;
    Strictly(&request.output, Use::Fit).of_series((source, reading, index)).map_or(Ok(()), Err)
}

fn warnings_of(reading: &Reading) -> impl Iterator<Item = &Warning> {
    reading.warnings.iter().filter(|warning| Use::Fit.warns_of(warning))
}

/// Prints the warnings about all files: the first of each kind, and the number of the others.
fn warn_of_files(request: &TrainRequest, readings: &[Result<Reading, ReadError>]) {
    let mut all = Warnings::default();
    for (source, reading) in request.sources.iter().zip(readings) {
        let place = source.to_string();
        for warning in reading.iter().flat_map(warnings_of) {
            all.add(&place, warning.series().unwrap_or(&place), CliWarning::from(warning));
        }
    }
    all.print();
}

/// Warns that bars are not used because some series have none.
///
/// # Errors
/// With `--strict`, the warning.
fn warn_of_missing_bars(request: &TrainRequest, series: &[&PriceSeries]) -> Result<(), CliError> {
    let without: Vec<&PriceSeries> = series.iter().copied().filter(|one| one.range.is_none()).collect();
    let Some(first) = without.first().filter(|_| without.len() < series.len()) else { return Ok(()) };
    let message = format!(
        "{} of {} series have no open, high and low, the first is '{}': the model reads only the closes of all series",
        without.len(),
        series.len(),
        first.name
    );
    let help = "leave those series out to train on the bars of the others";
    match (request.output.strict, request.output.quiet) {
        (true, _) => return Err(CliError { message, help: Some(help.into()) }),
        (false, false) => warn(&message, Some(help)),
        (false, true) => {}
    }
    Ok(())
}
