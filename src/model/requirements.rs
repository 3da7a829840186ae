//! Checks whether a series has the data that the networks of a configuration read.

use super::config::Config;
use super::forecast_error::ForecastError;
use fourcast_features::Target;
use fourcast_prices::{Covariate, CovariateKind, PriceSeries};

/// Checks that the series has the columns.
pub(super) fn check_columns(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    if config.needs_bars() && series.range.is_none() {
        return Err(ForecastError::NoBars);
    }
    if config.needs_volume() && series.volume.is_none() {
        return Err(ForecastError::NoVolume);
    }
    let has = |covariate: &&Covariate| match covariate.kind {
        CovariateKind::Past => series.covariates.past(&covariate.name).is_some(),
        CovariateKind::Future | CovariateKind::Events => series.covariates.ahead(covariate).is_some(),
    };
    match config.covariates.iter().find(|covariate| !has(covariate)) {
        Some(covariate) => Err(ForecastError::NoCovariate { covariate: covariate.clone() }),
        None => Ok(()),
    }
}

/// Checks that every covariate known ahead has a value on each of the next `days` sessions.
pub(super) fn check_known_ahead(config: &Config, series: &PriceSeries, days: usize) -> Result<(), ForecastError> {
    let Some(ahead) = &series.covariates.ahead else { return Ok(()) };
    for covariate in &config.covariates {
        let Some(column) = series.covariates.ahead(covariate) else { continue };
        if let Some(date) = ahead.first_unknown(column, series, days) {
            return Err(ForecastError::NotKnownAhead { covariate: covariate.clone(), date });
        }
    }
    Ok(())
}

/// Checks that the prices have logarithms, if returns are forecast.
pub(super) fn check_positive(config: &Config, series: &PriceSeries) -> Result<(), ForecastError> {
    match series.first_nonpositive().zip(series.nonpositive()) {
        Some(((date, price, which), cause)) if config.target == Target::Return => {
            Err(ForecastError::NonPositive { date, price, which, cause })
        }
        _ => Ok(()),
    }
}
