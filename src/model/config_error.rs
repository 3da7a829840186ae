//! Why a configuration cannot be made for a series.

use thiserror::Error;

use super::config::Oversize;
use super::weights::WeightsError;
use fourcast_base::words::{counted, join};
use fourcast_prices::Covariate;

/// Why a configuration cannot be made for a series.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The requested inputs are made from bars, and the series has none.
    #[error("no open, high and low, expected them for features that are computed from them")]
    NoBars,
    /// There are no pretrained networks of that configuration.
    #[error("there are no pretrained networks of this configuration")]
    NotPretrained,
    /// The model that weights should start from is another network.
    #[error("a model with {}, expected one with {} to start from", in_words(.0, |field| &field.found), in_words(.0, |field| &field.expected))]
    OtherNetwork(Vec<Difference>),
    /// The model that weights should start from reads other covariates.
    #[error("a model that reads {}, expected one that reads {}, or a recurrent one without any", list(.found), list(.expected))]
    OtherCovariates {
        /// The covariates of the model.
        found: Vec<Covariate>,
        /// The covariates of the configuration.
        expected: Vec<Covariate>,
    },
    /// Without training, each network of the file is one network of the ensemble, so their numbers must be equal.
    #[error("{} in the file, expected {expected}: without training, the ensemble consists of the networks in the file", counted(*.found, "network"))]
    OtherCount {
        /// Networks in the file.
        found: usize,
        /// Networks requested.
        expected: usize,
    },
    /// The weights of another program are not those of the configuration.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Sizes that are together too large.
    #[error(transparent)]
    Oversize(#[from] Oversize),
}

/// A field in which a model differs from the configuration that should start from its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Name of the field of [`Config`](super::config::Config).
    pub field: &'static str,
    /// Its value in the model.
    pub found: String,
    /// Its value in the configuration.
    pub expected: String,
}

fn list(covariates: &[Covariate]) -> String {
    match covariates {
        [] => "no further columns".to_owned(),
        _ => join(&covariates.iter().map(Covariate::to_string).collect::<Vec<_>>(), "and"),
    }
}

fn in_words(fields: &[Difference], value: fn(&Difference) -> &String) -> String {
    let each: Vec<String> = fields.iter().map(|field| format!("{} {}", field.field, value(field))).collect();
    each.join(", ")
}
