//! What a forecast was made with.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::card::Card;

/// Digits of a hash in results: 64 bits. Among a thousand million models two hashes are equal with a probability of
/// 1/40.
const DIGITS: usize = 16;

/// What a forecast was made with: columns and keys of the results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The first 16 hexadecimal digits of the SHA-256 of the model file; of the pretrained networks that of the file
    /// under `data/pretrained`. None of a forecaster that was not read from a file.
    pub model: Option<String>,
    /// Where the weights come from.
    pub source: WeightSource,
    /// Whether the intervals are calibrated by days that were not trained on.
    pub calibrated: bool,
    /// Version of the program that forecasts.
    pub version: &'static str,
    /// Whether the model depends on days after the origin, of whichever series.
    pub hindsight: bool,
    /// The series that the model was trained on, or their number; none of the pretrained networks.
    pub trained_on: Option<String>,
}

/// Where the weights of a model come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightSource {
    /// Trained on simulated markets alone.
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

/// The form of a hash in results: its first 16 digits.
pub fn short_hash(sha256: &str) -> String {
    sha256.chars().take(DIGITS).collect()
}

impl Provenance {
    /// For a forecast from `origin` by a model with this card, read from a file with this SHA-256.
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
