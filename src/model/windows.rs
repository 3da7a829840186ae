//! The windows of a fit: those used for training, and those whose loss is measured after each epoch.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::config::Config;
use super::pool::{groups, pooled, training_samples};
use super::scales::FitScales;
use super::source::Source;
use super::spans::Spans;
use fourcast_base::files::checksum::hexadecimal;
use fourcast_nn::Samples;
use fourcast_nn::train::Group;

/// Maximum number of windows of several series whose loss is measured; of more windows, every second, every third and
/// so on is used.
const WATCHED: usize = 1 << 16;

/// The windows of all series.
pub(super) struct Windows {
    /// The windows of training, validation, and watched days.
    pub samples: Samples<f32>,
    /// The windows used for training.
    pub training: Vec<usize>,
    /// The number of windows of each series in an epoch; empty if an epoch uses all windows.
    pub groups: Vec<Group>,
    /// The windows whose loss is measured after each epoch: those of the validation, or watched ones.
    pub measured: Vec<usize>,
    /// Whether these losses do not affect the training, because the days are those of the test.
    only_watches: bool,
}

impl Windows {
    /// Makes the windows for the spans of each series. `watched` are origins whose loss is measured if there is no
    /// validation.
    pub fn new(
        (config, sources): (&Config, &[Source<'_>]),
        spans: &[Spans],
        scales: &FitScales,
        watched: Option<&[Range<usize>]>,
    ) -> Windows {
        let watched = watched.filter(|_| spans.iter().all(|spans| spans.validation.is_empty()));
        let all: Vec<OfSeries> = (0..sources.len())
            .map(|one| OfSeries { spans: &spans[one], watched: watched.map(|watched| watched[one].clone()) })
            .collect();
        let samples = pooled(config, sources.len(), |one| {
            let frame = scales.frame(config, sources, one);
            let last_row = |day| all[one].last_row(day, config.days_to_target());
            training_samples(config, &scales.of_samples(), &frame, all[one].origins().collect(), &last_row)
        });
        let mut windows = Windows {
            samples,
            training: Vec::new(),
            groups: groups(&spans.iter().map(|spans| spans.training.len()).collect::<Vec<_>>()),
            measured: Vec::new(),
            only_watches: watched.is_some(),
        };
        windows.choose(&all);
        windows
    }

    /// Selects the windows of each kind among the samples.
    fn choose(&mut self, all: &[OfSeries<'_>]) {
        let mut first = 0;
        for one in all {
            let origins = one.origins();
            let places = |days: Range<usize>| days.map(move |day| first + day - origins.start);
            self.training.extend(places(one.spans.training.clone()));
            self.measured.extend(places(one.measured()));
            first += origins.len();
        }
        self.measured = watched(std::mem::take(&mut self.measured), all.len());
    }

    /// Whether the measured loss decides when to stop.
    pub fn decide(&self) -> bool {
        !self.only_watches && !self.measured.is_empty()
    }

    /// Returns the hash of everything that the training reads: the windows, and which of them are used for training and
    /// for stopping.
    pub fn sha256(&self) -> String {
        let Samples { inputs, window, origins, steps, targets, weights, starts } = &self.samples;
        let mut hash = Sha256::new();
        let mut count = |count: usize| hash.update((count as u64).to_le_bytes());
        let sizes = [*window, *steps, inputs.ncols(), origins.len(), self.training.len(), self.groups.len()];
        sizes.into_iter().for_each(&mut count);
        self.groups.iter().flat_map(|group| [group.end, group.drawn]).for_each(&mut count);
        // Watched days do not affect the weights.
        let decisive = if self.decide() { &self.measured[..] } else { &[] };
        let chosen = self.training.iter().chain(decisive);
        for place in chosen {
            hash.update((origins[*place] as u64).to_le_bytes());
            for target in &targets[place * steps..][..*steps] {
                hash.update(target.to_le_bytes());
            }
        }
        inputs.iter().chain(starts).for_each(|value| hash.update(value.to_le_bytes()));
        weights.iter().flatten().for_each(|weight| hash.update(weight.to_le_bytes()));
        hexadecimal(hash)
    }

    /// Returns the first row of the table with an input or a target that is not finite.
    pub fn not_finite(&self) -> Option<usize> {
        not_finite(&self.samples)
    }
}

/// Selects the windows that are measured among those of several series.
pub(super) fn watched(windows: Vec<usize>, series: usize) -> Vec<usize> {
    let every = windows.len().div_ceil(WATCHED).max(1);
    if series == 1 { windows } else { windows.into_iter().step_by(every).collect() }
}

/// The windows of one series.
struct OfSeries<'a> {
    spans: &'a Spans,
    /// The watched origins, if there are any.
    watched: Option<Range<usize>>,
}

impl OfSeries<'_> {
    fn origins(&self) -> Range<usize> {
        let Spans { training, validation } = self.spans;
        let watched = self.watched.as_ref().map_or(0, |days| days.end);
        training.start..validation.end.max(training.end).max(watched)
    }

    fn measured(&self) -> Range<usize> {
        self.watched.clone().unwrap_or_else(|| self.spans.validation.clone())
    }

    /// Days between the training and the test are in no window that is used. The targets of later days are those of the
    /// test.
    fn last_row(&self, day: usize, ahead: usize) -> usize {
        let is_beyond = self.watched.is_some() && day >= self.spans.training.end;
        if is_beyond { usize::MAX } else { self.spans.last_row(day, ahead) }
    }
}

/// Returns the first day of the windows with an input or a target that is not finite.
fn not_finite(samples: &Samples<f32>) -> Option<usize> {
    let days = samples.origins.first()? + 1 - samples.window..samples.origins.last()? + 1;
    let input = days.into_iter().find(|day| samples.inputs.row(*day).iter().any(|value| !value.is_finite()));
    // A later target of a window can be unknown.
    let target = |window: &usize| samples.targets[window * samples.steps].is_finite();
    let target = (0..samples.len()).find(|window| !target(window)).map(|window| samples.origins[window]);
    input.into_iter().chain(target).min()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_first_day_that_is_not_finite_is_found() {
        let origins = vec![4, 5, 6, 7];
        let targets = vec![0.5; origins.len()];
        let inputs = Array2::from_elem((9, 2), 1.0);
        let sound = Samples { inputs, window: 2, starts: targets.clone(), origins, steps: 1, targets, weights: None };
        assert_eq!(not_finite(&sound), None);
        // Days before the first window and after the last are ignored.
        let mut beside = sound.clone();
        (beside.inputs[(2, 0)], beside.inputs[(8, 1)]) = (f32::NAN, f32::INFINITY);
        assert_eq!(not_finite(&beside), None);
        let mut input = sound.clone();
        input.inputs[(5, 1)] = f32::NEG_INFINITY;
        assert_eq!(not_finite(&input), Some(5));
        input.targets[0] = f32::NAN;
        assert_eq!(not_finite(&input), Some(4));
    }
}
