//! The series of a fit.

use std::borrow::Cow;

use super::config::Config;
use super::cut::Dated;
use super::fit_error::FitError;
use super::requirements::{check_columns, check_positive};
use super::spans::Needs;
use fourcast_features::{Frame, without_halts};
use fourcast_prices::PriceSeries;

/// Maximum number of rows of all series whose frames are kept in memory, about 350 bytes each with 30 inputs. With more
/// rows, frames are computed again whenever they are needed.
const KEPT_ROWS: usize = 1 << 22;

/// A series to fit to.
pub(super) struct Source<'a> {
    /// The series as given.
    pub whole: &'a PriceSeries,
    /// The days with trade.
    pub traded: Cow<'a, PriceSeries>,
    /// The frame with K = 1, if it is kept.
    kept: Option<Frame>,
}

impl<'a> Source<'a> {
    /// Returns the source for a fit to one series.
    ///
    /// # Errors
    /// If the series lacks what the networks read.
    pub fn alone(series: &'a PriceSeries, config: &Config) -> Result<Source<'a>, FitError> {
        let source = Source { whole: series, traded: without_halts(series), kept: None };
        check_columns(config, &source.traded)?;
        check_positive(config, &source.traded)?;
        Ok(source)
    }

    /// Returns the source of one series of a panel that has `rows` rows in total.
    ///
    /// # Errors
    /// If the series is too short, lacks what the networks read, or has a training value that is not finite.
    pub fn of_several(series: &'a PriceSeries, config: &Config, rows: usize) -> Result<Source<'a>, FitError> {
        let mut source = Source::alone(series, config)?;
        let needs = Needs { valid_fraction: 0.0, ..Needs::of(config) };
        if source.traded.len() < needs.rows() {
            return Err(FitError::too_few_rows(source.traded.len(), needs));
        }
        source.keep(config);
        let (frame, ahead) = (source.frame(config, 1.0), config.days_to_target());
        let is_finite = |day: &usize| {
            let inputs = frame.inputs.row(*day).iter().all(|value| (*value as f32).is_finite());
            inputs && frame.target(*day, ahead).is_none_or(f64::is_finite)
        };
        let origins = source.dated(config).origins;
        let read = origins.start + 1 - config.window..origins.end;
        if let Some(day) = read.into_iter().find(|day| !is_finite(day)) {
            return Err(FitError::NotFinite { date: source.traded.dates[day] });
        }
        if rows > KEPT_ROWS {
            source.kept = None;
        }
        Ok(source)
    }

    /// Keeps the frame.
    pub fn keep(&mut self, config: &Config) {
        self.kept = Some(self.frame(config, 1.0));
    }

    /// Returns the days, and the origins of the windows.
    pub fn dated(&self, config: &Config) -> Dated<'_> {
        Dated::new(&self.traded.dates, config.window, config.days_to_target())
    }

    /// Returns the frame for a given K.
    pub fn frame(&self, config: &Config, bar_ratio: f64) -> Frame {
        let new = || Frame::new(&self.traded, config.frame_options(None));
        self.kept.clone().unwrap_or_else(new).with_bar_ratio(bar_ratio)
    }
}
