//! The series of a search. All of them are read before it begins, because every rung requires all series.

use anyhow::Result;

use super::TuneRequest;
use crate::cli::covariates::unreadable;
use crate::cli::many::Answers;
use crate::cli::options::{Use, read};
use crate::cli::output_args::Output;
use crate::cli::unfound::Unfound;
use crate::cli::warnings::Strictly;
use crate::cli::{CliError, SeriesError};
use crate::eval::tune::Searched;
use crate::model::ConfigOptions;
use crate::prices::{PriceSeries, Reading, Source};

/// The files that could be read, and the series that can be used.
pub struct Loaded {
    /// The index of each file on the command line, and its contents.
    pub readings: Vec<(usize, Reading)>,
    /// The series.
    pub places: Vec<Place>,
}

/// The position of a series.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Index of its file among those that were read.
    pub reading: usize,
    /// Index of the series in the file.
    pub index: usize,
}

impl Loaded {
    /// Reads all files. A series that cannot be read counts as failed.
    pub fn read(request: &TuneRequest, answers: &mut Answers<'_>) -> Result<Loaded> {
        let mut loaded = Loaded { readings: Vec::new(), places: Vec::new() };
        let (mut unfound, files) = (Unfound::default(), request.sources.len());
        for (at, source) in request.sources.iter().enumerate() {
            match read(source, &request.read, (&request.output, Use::Fit)) {
                Ok(reading) => {
                    unfound.is_found = true;
                    loaded.add((at, source), reading, (&request.output, answers))?;
                }
                Err(error) if unfound.takes(files, &error) => answers.leave_out(),
                Err(error) => answers.fail(&source.series_name(), unreadable(&error, files))?,
            }
        }
        unfound.error().map_or(Ok(loaded), |error| Err(error.into()))
    }

    fn add(
        &mut self,
        (at, source): (usize, &Source),
        reading: Reading,
        (output, answers): (&Output, &mut Answers<'_>),
    ) -> Result<()> {
        answers.expect(reading.count());
        let strictly = Strictly(output, Use::Fit);
        if let Some(error) = strictly.of_file(source, &reading) {
            return answers.fail(&source.series_name(), error);
        }
        for one in reading.in_order() {
            let settled = match one {
                Ok(index) => {
                    let settled = reading.spacing_of_series_settled(index).and_then(|()| reading.split_settled(index));
                    let strict = strictly.of_series((source, &reading, index)).map_or(Ok(()), Err);
                    let settled = settled.map_err(CliError::from).and(strict);
                    settled.map(|()| index).map_err(|error| (&reading.series[index].name, error))
                }
                Err(failed) => Err((&failed.name, CliError::of_read(&failed.error))),
            };
            match settled {
                Ok(index) => self.places.push(Place { reading: self.readings.len(), index }),
                Err((name, error)) => answers.fail(name, error)?,
            }
        }
        self.readings.push((at, reading));
        Ok(())
    }

    /// Returns a series.
    pub fn series(&self, place: &Place) -> &PriceSeries {
        &self.readings[place.reading].1.series[place.index]
    }

    /// Returns an error of a series, with its place in the file.
    pub fn error(&self, place: &Place, request: &TuneRequest, error: &dyn SeriesError) -> CliError {
        let (at, reading) = &self.readings[place.reading];
        CliError::series_of(request.sources.len(), (&request.sources[*at], reading, place.index), error)
    }

    /// Returns the series that can be used with all trials.
    pub fn prepare(
        &self,
        trials: &[ConfigOptions],
        request: &TuneRequest,
        answers: &mut Answers<'_>,
    ) -> Result<(Vec<Place>, Vec<Searched>)> {
        let (mut places, mut prepared) = (Vec::new(), Vec::new());
        for place in &self.places {
            let series = self.series(place);
            match Searched::new(series, trials, &request.settings) {
                Ok(searched) => {
                    places.push(*place);
                    prepared.push(searched);
                }
                Err(error) => answers.fail(&series.name, self.error(place, request, &error))?,
            }
        }
        Ok((places, prepared))
    }
}
