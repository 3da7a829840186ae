//! `fourcast tune`: searches for a configuration.

mod args;
mod command;
mod loaded;
mod progress;

use anyhow::Result;
use clap::ArgMatches;

pub use args::{Args, lists};
use args::{TuneRequest, default_kind, kinds};
use loaded::{Loaded, Place};
use progress::{Kept, SpanProgress};

use super::help::help_of;
use super::interrupt::{self, Interrupted, Stoppable};
use super::many::Answers;
use super::train::note_prices;
use super::{CliError, SeriesError};
use crate::eval::tune::{
    Identity, Journal, JournalError, Losses, Placed, Schedule, Search, SearchError, Searched, TestSpan, TrialSettings,
    TuneError,
};
use crate::model::{self, Config, ConfigOptions, FitOptions, FitProgress, SilentFit, data_sha256};
use crate::prices::PriceSeries;
use crate::report::{self, PartDone, Trial, Tuned, TunedSeries};

impl From<JournalError> for CliError {
    fn from(error: JournalError) -> Self {
        CliError { help: Some(help_of(&error)), message: error.to_string() }
    }
}

/// Runs the subcommand. Nothing is printed before the model is written.
pub fn run(args: Args) -> Result<()> {
    // The typed arguments, for the command that trains the best trial.
    let typed = super::command().try_get_matches_from(std::env::args_os())?;
    let typed = typed.subcommand().map(|(_, typed)| typed.clone()).unwrap_or_default();
    let request = args.resolve()?;
    let mut answers = Answers::of(request.sources.len(), &request.output, 1);
    let loaded = Loaded::read(&request, &mut answers)?;
    let Some(first) = loaded.places.first() else { return answers.finish() };
    let trials = Trials::draw(&request, loaded.series(first))?;
    let (places, searched) = loaded.prepare(&trials.options, &request, &mut answers)?;
    if searched.is_empty() {
        return answers.finish();
    }
    let run = Run { request: &request, trials: &trials, loaded: &loaded, places: &places, searched: &searched };
    run.search(&typed, answers)
}

/// The trials of a search.
struct Trials {
    /// The settings of each trial; the first is the default configuration.
    settings: Vec<TrialSettings>,
    /// The options of each trial.
    options: Vec<ConfigOptions>,
    /// Whether the default configuration is in the space.
    default_is_eligible: bool,
}

impl Trials {
    /// Draws the trials. The columns of the series determine which pretrained networks there are.
    fn draw(request: &TuneRequest, series: &PriceSeries) -> Result<Trials> {
        let TuneRequest { common, topology, cells, .. } = request;
        let all = kinds(cells, *topology);
        let default_recipe = common.recipe_of_default(default_kind(*topology), &all)?;
        let of_default = |error: &model::ConfigError| {
            let help = Some(help_of(error));
            CliError { message: format!("the default configuration: {error}"), help }
        };
        let (config, init) = default_recipe.options().resolve(series).map_err(|error| of_default(&error))?;
        let default = settings_of(&config, init.is_some());
        let options = |settings: &TrialSettings| {
            let kind = super::recipe::KindArgs {
                cell: settings.cell,
                topology: *topology,
                window: window_of(request, settings),
            };
            common.recipe_of_trial(kind, settings, &all).map(|recipe| recipe.options().clone())
        };
        let is_pretrained = |cell| {
            let settings = TrialSettings { cell, pretrained: true, ..default };
            options(&settings).is_ok_and(|options| options.resolve(series).is_ok())
        };
        let space = common.space(cells, request.windows.clone(), is_pretrained);
        if !space.has_any() {
            let help = help_of(&model::ConfigError::NotPretrained);
            let message = "there are no pretrained networks of any configuration that is to be tried".to_owned();
            return Err(CliError { message, help: Some(help) }.into());
        }
        let default = TrialSettings { epochs: space.epochs.as_ref().map(|_| config.epochs), ..default };
        let mut settings = space.draw(request.trials, &default, common.seed());
        let default_is_eligible = space.contains(&default);
        if !default_is_eligible {
            settings.insert(0, default);
        }
        let mut each = vec![default_recipe.options().clone()];
        for one in &settings[1..] {
            each.push(options(one)?);
        }
        Ok(Trials { settings, options: each, default_is_eligible })
    }

    /// Returns the number of trials that can be the best.
    fn count(&self) -> usize {
        self.settings.len() - usize::from(!self.default_is_eligible)
    }
}

/// Returns the settings that a search would choose to obtain a configuration.
fn settings_of(config: &Config, pretrained: bool) -> TrialSettings {
    let Config { cell, window, hidden, layers, learning_rate, .. } = *config;
    TrialSettings { cell, window, hidden, layers, learning_rate, epochs: None, pretrained }
}

/// Returns the window as typed; one-to-many has none.
fn window_of(request: &TuneRequest, settings: &TrialSettings) -> Option<usize> {
    (request.topology != crate::nn::Topology::OneToMany).then_some(settings.window)
}

/// The index of the default configuration among all that are scored.
const DEFAULT_TRY: usize = 0;

/// A search over series that were read.
struct Run<'a> {
    request: &'a TuneRequest,
    trials: &'a Trials,
    loaded: &'a Loaded,
    /// The positions of the series used.
    places: &'a [Place],
    searched: &'a [Searched],
}

/// A finished search.
struct Found {
    ranking: Vec<Placed>,
    live: Vec<usize>,
    losses: Losses,
}

impl Run<'_> {
    fn search(&self, typed: &ArgMatches, mut answers: Answers<'_>) -> Result<()> {
        let request = self.request;
        let schedule = Schedule::new(self.trials.count(), request.settings.folds, self.trials.default_is_eligible);
        let search = Search {
            settings: &request.settings,
            schedule: &schedule,
            trials: &self.trials.options,
            series: self.searched,
        };
        let identity = self.identity()?;
        let mut losses = Losses::default();
        let journal = self.open_journal(&identity, &mut losses)?;
        interrupt::listen("the evaluations that have begun");
        let progress = Kept::new(journal.as_ref(), &identity, &schedule, &request.output);
        let end = search.run(&mut losses, request.part, &progress).map_err(|error| self.stopped(error))?;
        let mut live: Vec<usize> = (0..self.searched.len()).collect();
        for (place, error) in &end.failures {
            live.retain(|one| one != place);
            self.fail(*place, error, &mut answers)?;
        }
        if let Some(part) = request.part {
            let (rung, missing) = end.missing;
            let done = PartDone {
                series: answers.is_many().then(|| format!("{} series", live.len())),
                shard: part.number + 1,
                of: part.of,
                rung: end.ranking.is_none().then_some(rung + 1),
                rungs: schedule.rungs.len(),
                missing,
                known: losses.count(),
                planned: search.planned(),
            };
            answers.answer(|out, format, csv| report::write(&done, format, out, csv))?;
            return answers.finish_with(live.len());
        }
        let Some(ranking) = end.ranking else { return answers.finish() };
        let found = Found { ranking, live, losses };
        let Some(tuned) = self.finish(&search, &found, typed, &mut answers)? else { return answers.finish() };
        answers.answer(|out, format, csv| report::write(&tuned, format, out, csv))?;
        answers.finish_with(tuned.series.len())
    }

    /// Returns everything that the losses depend on.
    fn identity(&self) -> Result<Identity> {
        let TuneRequest { settings, .. } = self.request;
        let walk = &settings.walk;
        let mut inputs = serde_json::Map::new();
        inputs.insert("version".into(), env!("CARGO_PKG_VERSION").into());
        inputs.insert("trials".into(), self.trials.count().into());
        inputs.insert("folds".into(), settings.folds.into());
        inputs.insert("objective".into(), serde_json::to_value(settings.objective)?);
        inputs.insert("horizon".into(), walk.horizon.into());
        inputs.insert("test days".into(), walk.test_days.into());
        inputs.insert("days between fits".into(), walk.refit_every.into());
        inputs.insert("rolling".into(), walk.rolling.into());
        inputs.insert("test fraction".into(), walk.test_fraction.into());
        let names: Vec<String> = self.searched.iter().map(|searched| searched.series.name.clone()).collect();
        inputs.insert("series".into(), names.clone().into());
        for (place, searched) in self.searched.iter().enumerate() {
            let name = format!("prices of series {} ({})", place + 1, searched.series.name);
            inputs.insert(name, data_sha256(&searched.series).into());
        }
        let default = serde_json::to_value(&self.searched[0].configs[0].0)?;
        for (name, value) in default.as_object().into_iter().flatten() {
            inputs.insert(format!("default {name}"), value.clone());
        }
        inputs.insert("settings of the trials".into(), serde_json::to_value(&self.trials.settings)?);
        Ok(Identity { inputs, trials: self.trials.settings.clone(), series: names })
    }

    fn open_journal(&self, identity: &Identity, losses: &mut Losses) -> Result<Option<Journal>, CliError> {
        let Some(path) = &self.request.state else { return Ok(None) };
        let journal = Journal::open(path, identity, losses)?;
        for other in &self.request.others {
            Journal::read(other, identity, losses)?;
        }
        Ok(Some(journal))
    }

    /// Returns the error of a search that ended without a result.
    fn stopped(&self, error: SearchError) -> anyhow::Error {
        let state = self.request.state.as_ref();
        match (error, state) {
            (SearchError::Keep(cause), Some(path)) => CliError::cannot_write(path, &cause).into(),
            (error, Some(path)) => {
                let path = path.display();
                Interrupted(format!("{error}: {path} holds them, and the same command continues from there")).into()
            }
            (error, None) => {
                Interrupted(format!("{error}: no evaluation was saved; use --state FILE to be able to continue")).into()
            }
        }
    }

    fn fail(&self, place: usize, error: &TuneError, answers: &mut Answers<'_>) -> Result<()> {
        let error = self.loaded.error(&self.places[place], self.request, error as &dyn SeriesError);
        answers.fail(&self.searched[place].series.name, error)
    }

    /// Forecasts the test days and trains the model; returns `None` if every series failed.
    fn finish(
        &self,
        search: &Search<'_>,
        found: &Found,
        typed: &ArgMatches,
        answers: &mut Answers<'_>,
    ) -> Result<Option<Tuned>> {
        let Found { ranking, live, losses } = found;
        let eligible = |one: &&Placed| search.schedule.is_eligible(one.index) && one.score.is_finite();
        let Some(best) = ranking.iter().find(eligible).map(|one| one.index) else {
            let message = "the fits of every trial failed".to_owned();
            let help = "pass smaller values of --learning-rate, or check the prices for wild jumps".to_owned();
            return Err(CliError { message, help: Some(help) }.into());
        };
        let written = self.written(ranking, best);
        let mut series = Vec::new();
        for place in live {
            match self.test_span(*place, best)? {
                Ok(tested) => series.push(tested),
                Err(error) => self.fail(*place, &error, answers)?,
            }
        }
        let Some(only) = live.first() else { return Ok(None) };
        if series.is_empty() {
            return Ok(None);
        }
        let model = self.train(written)?;
        let options = &self.trials.options[written];
        let trial = |one: &Placed| {
            let (config, pretrained) = self.searched[*only].configs[one.index].clone();
            let offset = usize::from(self.trials.default_is_eligible);
            Trial {
                number: search.schedule.is_eligible(one.index).then_some(one.index + offset),
                is_default: one.index == 0,
                is_best: one.index == best,
                is_written: one.index == written,
                config,
                pretrained,
                rung: (one.rung + 1, search.schedule.rungs[one.rung].folds),
                score: Some(one.score).filter(|score| score.is_finite()),
                failure: losses.failure(one.index).map(str::to_owned),
            }
        };
        Ok(Some(Tuned {
            series,
            schedule: search.schedule.clone(),
            objective: self.request.settings.objective,
            evaluations: losses.count(),
            trials: ranking.iter().map(trial).collect(),
            optimism: search.optimism(losses, live, ranking),
            command: command::train_command(typed, &self.trials.settings[written], options, &model),
            model,
        }))
    }

    /// Returns the configuration of the model: the best trial, or the default configuration if no trial has a better
    /// score. If the default configuration is not among the trials, it cannot be the best.
    fn written(&self, ranking: &[Placed], best: usize) -> usize {
        let score = |index: usize| ranking.iter().find(|one| one.index == index).map(|one| one.score);
        let (default, best_score) = (score(DEFAULT_TRY), score(best));
        let is_unbeaten = default.zip(best_score).is_some_and(|(default, best)| default.is_finite() && default <= best);
        if is_unbeaten { DEFAULT_TRY } else { best }
    }

    /// Tests the best trial and the default configuration on the test days of a series.
    fn test_span(&self, place: usize, best: usize) -> Result<Result<TunedSeries, TuneError>> {
        let searched = &self.searched[place];
        let default = (best != 0).then_some(&self.trials.options[0]);
        let subjects = (&self.trials.options[best], default);
        let label =
            |at: usize| if at == 0 { "the best trial on the test days" } else { "the default on the test days" };
        let progress = |at: usize| SpanProgress::of(label(at), &self.request.output);
        let tested = TestSpan::of(searched, subjects, &self.request.settings, &progress);
        if interrupt::is_stopped() {
            let held = "the search is done, and the test days were being forecast";
            return Err(self.interrupted(held));
        }
        let dates = &searched.series.dates;
        let (folds, horizon) = (&searched.days.folds, self.request.settings.walk.horizon);
        let (first, last) = (folds[0].start + horizon, folds[folds.len() - 1].end - 1 + horizon);
        Ok(tested.map(|test_span| TunedSeries {
            name: searched.series.name.clone(),
            frequency: searched.series.frequency,
            folds: (dates[first], dates[last], folds.iter().map(ExactSizeIterator::len).sum()),
            test_span,
        }))
    }

    fn interrupted(&self, what: &str) -> anyhow::Error {
        let how = match &self.request.state {
            Some(path) => {
                format!("{} holds the evaluations, and the same command continues from there", path.display())
            }
            None => "no evaluation was saved; use --state FILE to be able to continue".to_owned(),
        };
        Interrupted(format!("{what}: {how}")).into()
    }

    /// Trains a configuration on all days and writes the model; returns the name of the file. For several series one
    /// model is trained, on the series that `train` would use.
    fn train(&self, written: usize) -> Result<String> {
        let (request, places) = (self.request, &self.loaded.places);
        let series: Vec<&PriceSeries> = places.iter().map(|place| self.loaded.series(place)).collect();
        let failed = |error: &dyn SeriesError| match &places[..] {
            [only] => self.loaded.error(only, request, error),
            _ => CliError::of(error),
        };
        let (config, init) =
            self.trials.options[written].resolve_several(&series).map_err(|error| failed(&TuneError::from(error)))?;
        let walk = &request.settings.walk;
        let options = FitOptions { test_fraction: walk.test_fraction, threads: walk.threads, ..FitOptions::default() };
        let progress: Stoppable<dyn FitProgress> = Stoppable(Box::new(SilentFit));
        let fitted = match &series[..] {
            [only] => model::fit(only, &config, init.as_ref(), options, &progress).map_err(|error| failed(&error))?,
            all => {
                let several = model::fit_several(all, &config, init.as_ref(), options, &progress);
                let several = several.map_err(|error| failed(&error))?;
                let none = || failed(&several.left_out[0].1);
                several.fitted.ok_or_else(none)?
            }
        };
        if fitted.stopped.is_some() {
            return Err(self.interrupted("the search is done, and the model was being trained"));
        }
        let mut forecaster = fitted.forecaster;
        let columns = &self.loaded.readings[places[0].reading].1.understood.columns;
        note_prices(&mut forecaster, (columns, &series[0].covariates), &request.read);
        model::save(&forecaster, &request.model).map_err(CliError::from)?;
        Ok(request.model.display().to_string())
    }
}
