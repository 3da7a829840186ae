//! A model of each series, in a folder.

use std::collections::HashSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Result;

use super::several::refuse;
use super::{TrainRequest, note_prices};
use crate::cli::interrupt::{self, Interrupted, Stoppable};
use crate::cli::options::{Format, Use};
use crate::cli::results::ResultFile;
use crate::cli::series_run::{Answered, SeriesRun};
use crate::cli::{CliError, SeriesError};
use crate::fleet::{Event, Workers, each_series};
use crate::model::{self, FitOptions, FitProgress, Fitted, ForecastError, Forecaster, SilentFit, model_path};
use crate::prices::{self, Column, OneSeries, PriceFile, ReadError, Source};
use crate::report::{self, OneOfMany, Summary, TrainedModels};
use crate::words::counted;

/// Trains a model of each series of all files, in parallel, and writes each as soon as all before it are written.
pub fn run(request: &TrainRequest, folder: &Path) -> Result<()> {
    refuse(request)?;
    let results = request.results.as_ref();
    let lacks = |series: &str| Some(model_path(folder, series)).filter(|path| !path.is_file());
    if let Some(outcome) = results.and_then(|file| file.finished(request.output.quiet, lacks)) {
        return outcome;
    }
    request.recipe.warn_of_far_day(&request.output)?;
    fs::create_dir_all(folder).map_err(|error| {
        let message = format!("{}: cannot be made a folder: {error}", folder.display());
        CliError { message, help: Some("name a folder for the models with --models".into()) }
    })?;
    interrupt::listen("the epoch that each network is in; series whose fit has not ended get no model");
    let workers = Workers::new(request.recipe.threads)?;
    let mut run = Run {
        request,
        folder,
        series: SeriesRun::new(request.sources.len().max(2), (&request.output, Use::Fit), 0).into_file(results)?,
        names: HashSet::new(),
        table: Vec::new(),
        stopped: false,
    };
    let open = |source: &Source| -> Result<(PriceFile, Vec<Column>), ReadError> {
        let file = prices::open(source, &request.read)?;
        let columns = file.understood().columns.clone();
        Ok((file, columns))
    };
    let fit = |columns: &Vec<Column>, one: OneSeries| fit_one(request, columns, &one);
    let taken = (&*request.sources, results.and_then(ResultFile::shard));
    each_series(&workers, taken, open, fit, |event| run.take(event))?;
    run.finish()
}

/// The fit of a series; none if Ctrl-C ended it.
type Trained = Option<Box<Fitted>>;

fn fit_one(request: &TrainRequest, columns: &[Column], one: &OneSeries) -> Result<Trained, CliError> {
    one.spacing_settled()?;
    one.split_settled()?;
    let failed = |error: &dyn SeriesError| CliError::of_one(one, error);
    let series = &one.series;
    let (config, init) = request.recipe.config_for(&one.file, series)?;
    // Zero threads: those of the run.
    let options = FitOptions { threads: 0, ..request.fit };
    let progress: Stoppable<dyn FitProgress> = Stoppable(Box::new(SilentFit));
    let mut fitted = model::fit(series, &config, init.as_ref(), options, &progress).map_err(|error| failed(&error))?;
    if fitted.stopped.is_some() {
        return Ok(None);
    }
    note_prices(&mut fitted.forecaster, (columns, &series.covariates), &request.read);
    check(&fitted.forecaster, one).map_err(|error| failed(&error))?;
    Ok(Some(Box::new(fitted)))
}

/// Whether the model can forecast its series, but for values known ahead that are missing: it can once they are there.
fn check(model: &Forecaster, one: &OneSeries) -> Result<(), ForecastError> {
    match model.forecast(&one.series) {
        Ok(_) | Err(ForecastError::NotKnownAhead { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A run over all series.
struct Run<'a> {
    request: &'a TrainRequest,
    folder: &'a Path,
    series: SeriesRun<'a>,
    /// Series that have a model.
    names: HashSet<String>,
    /// Those of a table, which is written at the end.
    table: Vec<Summary>,
    stopped: bool,
}

impl Run<'_> {
    fn take(&mut self, event: Event<Result<Trained, CliError>>) -> Result<ControlFlow<()>> {
        if matches!(&event, Event::Done(done) if matches!(done.result, Ok(Ok(None)))) {
            self.stopped = true;
            return Ok(ControlFlow::Break(()));
        }
        match self.series.take(event, |error, _| CliError::of_read(error), |_| Vec::new()) {
            Some((name, Ok(Answered { value: Some(fitted), .. }))) => self.write(&name, &fitted)?,
            Some((name, Err(error))) => self.fail(&name, error)?,
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn fail(&mut self, name: &str, error: CliError) -> Result<()> {
        if self.series.answers.takes(name) { self.series.answers.fail(name, error) } else { Ok(()) }
    }

    /// Writes a model and its row.
    fn write(&mut self, name: &str, fitted: &Fitted) -> Result<()> {
        let answers = &mut self.series.answers;
        answers.takes(name);
        let path = model_path(self.folder, name);
        if !self.names.insert(name.to_owned()) {
            let message = format!("'{name}' is the name of an earlier series, whose model is {}", path.display());
            let help = "rename one of them, or train them in two runs with a folder each".to_owned();
            return answers.fail(name, CliError { message, help: Some(help) });
        }
        if let Err(error) = model::save(&fitted.forecaster, &path) {
            return answers.fail(name, CliError::from(error));
        }
        let summary = Summary::new(&path, fitted, None, Vec::new());
        if self.request.output.format == Format::Table {
            answers.count();
            self.table.push(summary);
            return Ok(());
        }
        answers.answer(|out, format, csv| report::write(&OneOfMany(&summary), format, out, csv))
    }

    fn finish(mut self) -> Result<()> {
        let table = TrainedModels(&self.table);
        if !self.table.is_empty() {
            self.series.answers.print(|out, _| table.write(out))?;
        }
        if self.stopped {
            let models = counted(self.series.answers.answered(), "model");
            self.series.interrupt()?;
            let unwritten = self.request.results.as_ref().map_or_else(String::new, ResultFile::unwritten);
            return Err(Interrupted(format!("after {models}, in {}{unwritten}", self.folder.display())).into());
        }
        self.series.finish()
    }
}
