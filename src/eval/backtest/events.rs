//! Scores of the probabilities of events.

use super::track::{Day, Track};
use crate::EvalError;
use crate::baselines::NAIVE;
use crate::scores::{Event, EventScores};

/// Scores the model and each baseline for each event.
pub(super) fn scores(
    days: &[Day],
    (events, horizon): (&[Event], usize),
    model: &Track,
    baselines: &[Track],
) -> Result<Vec<EventScores>, EvalError> {
    let each = events.iter().enumerate();
    each.map(|(k, event)| {
        let came: Vec<bool> = days.iter().map(|day| event.came(day.log_return())).collect();
        let of = |track: &Track| track.probabilities.iter().map(|day| day[k]).collect::<Vec<f64>>();
        let (of_model, of_baselines) = (of(model), baselines.iter().map(of).collect::<Vec<_>>());
        let named = baselines.iter().zip(&of_baselines).map(|(track, all)| (track.name.as_str(), all.as_slice()));
        EventScores::new(*event, &came, (&model.name, &of_model), &named.collect::<Vec<_>>(), (NAIVE.name, horizon))
    })
    .collect()
}
