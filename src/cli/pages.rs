//! The page and the picture of a run: `--report` and `--plot`.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use super::files::{ReportArgs, check_distinct, check_target, write_page};
use super::{CliError, NAME, warn};
use crate::files::write_atomically;
use crate::model::{ExplainOptions, Explanation, Forecaster};
use crate::prices::{PriceSeries, Source};
use crate::report::page::{FailedSeries, Page, SeriesPage};
use crate::report::{Chart, Picture, name_of_failed};
use crate::words::shell_word;

/// The options.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PageArgs {
    #[command(flatten)]
    report: ReportArgs,
    /// Write one chart, as FILE.svg or FILE.png
    #[arg(long, value_name = "FILE", value_parser = picture, value_hint = ValueHint::FilePath)]
    plot: Option<(PathBuf, Picture)>,
}

fn picture(text: &str) -> Result<(PathBuf, Picture), String> {
    let path = PathBuf::from(text);
    match Picture::of(&path) {
        Some(picture) => Ok((path, picture)),
        None => Err("expected a file that ends with .svg or .png, for example fan.svg".into()),
    }
}

/// The checked files to write.
#[derive(Debug, Clone, Default)]
pub struct PageFiles {
    report: Option<PathBuf>,
    plot: Option<(PathBuf, Picture)>,
}

impl PageArgs {
    /// Returns an error for files that must not be written: those of `sources`, one of `others` (each with a
    /// description), and files of another kind.
    pub fn resolve(self, sources: &[Source], others: &[(&Path, &str)]) -> Result<PageFiles, CliError> {
        let report = self.report.resolve(sources, None)?;
        if let Some((path, picture)) = &self.plot {
            let expected = match picture {
                Picture::Svg => "an SVG chart of fourcast",
                Picture::Png => "a PNG chart of fourcast",
            };
            check_target(path, (expected, |head: &[u8]| picture.is_own(head)), sources, None)?;
        }
        let plot = self.plot.as_ref().map(|(path, _)| path.as_path());
        for path in report.as_deref().into_iter().chain(plot) {
            check_distinct(path, others)?;
        }
        Ok(PageFiles { report, plot: self.plot })
    }
}

impl PageFiles {
    /// Returns what the networks computed for the forecast from the end of a series, if a page is requested. If this
    /// fails, the page lacks the drawing of the network, and a warning is printed.
    pub fn explanation(&self, forecaster: &Forecaster, series: &PriceSeries) -> Option<Explanation> {
        let path = self.report.as_ref()?;
        let explained = forecaster.explain(series, &ExplainOptions::default());
        explained
            .inspect_err(|error| {
                let message = format!("{}: {}: no drawing of the network: {error}", path.display(), series.name);
                warn(&message, None);
            })
            .ok()
    }

    /// Returns the options that were typed.
    pub fn options(&self) -> &'static [&'static str] {
        match (&self.report, &self.plot) {
            (Some(_), _) => &["--report"],
            (None, Some(_)) => &["--plot"],
            (None, None) => &[],
        }
    }

    /// Returns the file of the picture, if one is requested.
    pub fn plot(&self) -> Option<&Path> {
        self.plot.as_ref().map(|(path, _)| path.as_path())
    }

    /// Whether any file is requested.
    pub fn is_any(&self) -> bool {
        self.report.is_some() || self.plot.is_some()
    }
}

/// Maximum number of series in one picture.
const MAX_CHARTS: usize = 20;

/// The contents that are written once all series are done.
pub struct Pages<'a> {
    files: &'a PageFiles,
    series: Vec<SeriesPage>,
    failed: Vec<FailedSeries>,
    charts: Vec<Box<dyn Chart>>,
    /// Whether there are more charts than the picture can contain.
    has_more_charts: bool,
}

impl<'a> Pages<'a> {
    /// Creates empty contents.
    pub fn new(files: &'a PageFiles) -> Self {
        Pages { files, series: Vec::new(), failed: Vec::new(), charts: Vec::new(), has_more_charts: false }
    }

    /// Adds a series: its section of the page, and its chart, if it has one. Each is made only if it is requested.
    pub fn add(
        &mut self,
        page: impl FnOnce() -> io::Result<SeriesPage>,
        chart: Option<impl FnOnce() -> io::Result<Box<dyn Chart>>>,
    ) -> Result<(), CliError> {
        if let Some(path) = &self.files.report {
            self.series.push(page().map_err(|error| CliError::cannot_write(path, &error))?);
        }
        match (&self.files.plot, chart) {
            (Some(_), Some(_)) if self.charts.len() == MAX_CHARTS => self.has_more_charts = true,
            (Some((path, _)), Some(chart)) => {
                self.charts.push(chart().map_err(|error| CliError::cannot_write(path, &error))?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds a series that failed.
    pub fn fail(&mut self, series: &str, error: &anyhow::Error) {
        if self.files.report.is_some() {
            self.failed.push(FailedSeries { name: name_of_failed(series), error: error.to_string() });
        }
    }

    /// Writes the files that have contents.
    ///
    /// # Errors
    /// If a file cannot be written, or there are more charts than the picture can contain; it contains the first ones.
    pub fn finish(self, subcommand: &str) -> Result<(), CliError> {
        if let (Some(path), false) = (&self.files.report, self.series.is_empty()) {
            write_page(path, &Page::of(subcommand, &command_line(), self.series, &self.failed))?;
        }
        if let (Some((path, picture)), false) = (&self.files.plot, self.charts.is_empty()) {
            let written = picture.document(&self.charts).and_then(|bytes| write_atomically(path, &bytes));
            written.map_err(|error| CliError::cannot_write(path, &error))?;
            if self.has_more_charts {
                return Err(too_many(path));
            }
        }
        Ok(())
    }
}

fn too_many(path: &Path) -> CliError {
    let message = format!("{}: holds the first {MAX_CHARTS} series, and there are more", path.display());
    CliError {
        message,
        help: Some("name one series with --series, or leave out --plot and write a page with --report".into()),
    }
}

/// Returns the command line, quoted for a shell.
fn command_line() -> String {
    let words = std::env::args_os().skip(1).map(|word| shell_word(&word.to_string_lossy()));
    std::iter::once(NAME.to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
