//! A file whose rows were read, and whose series are built one by one.

use rayon::prelude::*;

use super::collector::FileWarnings;
use super::error::ReadError;
use super::notes::common_order;
use super::one::{OneSeries, SeriesRows};
use super::reading::{FailedSeries, Reading, Understood};
use super::series::PriceSeries;

/// A file whose rows were read. Its series are built later, possibly in parallel.
pub struct PriceFile {
    pub(super) series: Vec<SeriesRows>,
    pub(super) understood: Understood,
    pub(super) warnings: FileWarnings,
}

impl PriceFile {
    /// Returns the number of series.
    pub fn count(&self) -> usize {
        self.series.len()
    }

    /// Returns how the file was read, without its series.
    pub fn understood(&self) -> &Understood {
        &self.understood
    }

    /// Returns the warnings about the file, to which the warnings of its series can be added.
    pub fn take_warnings(&mut self) -> FileWarnings {
        std::mem::take(&mut self.warnings)
    }

    /// Returns the rows of the series, in the order of the file.
    pub fn into_series(self) -> impl Iterator<Item = SeriesRows> {
        self.series.into_iter()
    }

    /// Builds all series.
    ///
    /// # Errors
    /// The error of the only series.
    pub fn read(self) -> Result<Reading, ReadError> {
        let PriceFile { series: rows, mut understood, mut warnings } = self;
        let several = rows.len() > 1;
        let file_warnings = warnings.of_file().to_vec();
        let (mut series, mut failed, mut own_warnings) = (Vec::new(), Vec::new(), Vec::new());
        let build = |rows: SeriesRows| (rows.name().to_owned(), rows.build());
        let built: Vec<_> = rows.into_par_iter().map(build).collect();
        for (name, one) in built {
            match one {
                Ok(OneSeries { series: one, notes, warnings: found, .. }) => {
                    own_warnings.push(found.clone());
                    warnings.add(&name, found);
                    series.push(one);
                    understood.series.push(notes);
                }
                // A failed series does not affect the others.
                Err(error) if several => failed.push(FailedSeries { name, before: series.len(), error }),
                Err(error) => return Err(error),
            }
        }
        understood.usable_rows = series.iter().map(PriceSeries::len).sum();
        understood.order = common_order(&understood.series);
        Ok(Reading { series, failed, understood, warnings: warnings.finish(), file_warnings, own_warnings })
    }
}
