//! The model and the program that a forecast was made with.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::card::Card;

/// Digits of a hash in results: 64 bits. Among a thousand million models, two hashes are equal with a probability of
/// 1/40.
const DIGITS: usize = 16;

/// The model and the program that a forecast was made with: columns and keys of the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The first 16 hexadecimal digits of the SHA-256 of the model file; for the pretrained networks, of the file under
    /// `data/pretrained`. `None` if the forecaster was not read from a file.
    pub model: Option<String>,
    /// The origin of the weights.
    pub source: WeightSource,
    /// Whether the intervals are calibrated on days that were not used for training.
    pub calibrated: bool,
    /// Version of the program that made the forecast.
    pub version: &'static str,
    /// Whether the model depends on days after the origin, of any series.
    pub hindsight: bool,
    /// The series that the model was trained on, or their number; `None` for the pretrained networks.
    pub trained_on: Option<String>,
}

/// The origin of the weights of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightSource {
    /// Trained only on simulated markets.
    Pretrained,
    /// Trained on prices.
    Model,
}

impl Serialize for WeightSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            WeightSource::Pretrained => "pretrained",
            WeightSource::Model => "model",
        })
    }
}

/// Returns the form of a hash in results: its first 16 digits.
pub fn short_hash(sha256: &str) -> String {
    sha256.chars().take(DIGITS).collect()
}

impl Provenance {
    /// Returns the provenance of a forecast from `origin` by a model with this card, read from a file with this
    /// SHA-256.
    pub(super) fn new(card: &Card, file_sha256: Option<&str>, origin: Date) -> Provenance {
        let training = &card.training;
        let source = if training.last.is_some() { WeightSource::Model } else { WeightSource::Pretrained };
        Provenance {
            model: file_sha256.map(short_hash),
            source,
            calibrated: card.calibration.is_some(),
            version: env!("CARGO_PKG_VERSION"),
            hindsight: card.seen_until() > Some(origin),
            trained_on: (source == WeightSource::Model).then(|| training.series.clone()),
        }
    }
}
