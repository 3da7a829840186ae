//! The configurations of the trials: random search over a space (Bergstra & Bengio 2012, "Random Search for
//! Hyper-Parameter Optimization").

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::Values;
use fourcast_model::{ConfigOptions, InitFrom};
use fourcast_nn::CellKind;

/// The settings of a network that a search chooses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrialSettings {
    /// Kind of the layers.
    pub cell: CellKind,
    /// Days of a window.
    pub window: usize,
    /// Hidden units per layer.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Maximum epochs; `None` for the default of fits from such weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Whether the weights start from the pretrained networks; otherwise they start at random.
    pub pretrained: bool,
}

impl TrialSettings {
    /// Returns the options of a configuration with these settings; the other options are those of `common`.
    #[must_use]
    pub fn options(&self, common: &ConfigOptions) -> ConfigOptions {
        let mut options = common.clone();
        options.cell = self.cell;
        options.window = Some(self.window);
        options.hidden = self.hidden;
        options.layers = self.layers;
        options.learning_rate = Some(self.learning_rate);
        options.epochs = self.epochs;
        options.init_from = Some(if self.pretrained { InitFrom::Pretrained } else { InitFrom::Random });
        options
    }
}

/// The space from which trials are drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    /// Kinds of the layers.
    pub cells: Vec<CellKind>,
    /// Days of a window.
    pub windows: Values<usize>,
    /// Hidden units per layer.
    pub hidden: Values<usize>,
    /// Layers.
    pub layers: Values<usize>,
    /// Peak learning rates.
    pub learning_rates: Values<f64>,
    /// Maximum epochs; `None` for the default.
    pub epochs: Option<Values<usize>>,
    /// The cells with pretrained networks to start from, of the sizes `pretrained_sizes`.
    pub pretrained: Vec<CellKind>,
    /// Hidden units and layers of the pretrained networks.
    pub pretrained_sizes: (usize, usize),
    /// Whether weights can start at random.
    pub random: bool,
}

/// Maximum number of consecutive draws of known settings, after which the space counts as exhausted.
const MAX_REPEATED: usize = 10_000;

impl Space {
    /// Returns up to `trials` different settings, beginning with `first` if it is in the space; fewer if the space
    /// contains fewer. Half of the trials start from pretrained networks if the space contains some and random weights
    /// are also allowed. The same arguments give the same settings.
    pub fn draw(&self, trials: usize, first: &TrialSettings, seed: u64) -> Vec<TrialSettings> {
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut drawn: Vec<TrialSettings> = self.contains(first).then_some(*first).into_iter().collect();
        let mut repeated = 0;
        while drawn.len() < trials && repeated < MAX_REPEATED && self.has_any() {
            let settings = self.one(&mut rng);
            if drawn.contains(&settings) {
                repeated += 1;
            } else {
                repeated = 0;
                drawn.push(settings);
            }
        }
        drawn
    }

    /// Whether the space contains anything to draw.
    pub fn has_any(&self) -> bool {
        self.random || self.has_pretrained()
    }

    /// Whether the space contains trials that start from pretrained networks.
    fn has_pretrained(&self) -> bool {
        let (hidden, layers) = self.pretrained_sizes;
        !self.pretrained.is_empty() && self.hidden.contains(hidden) && self.layers.contains(layers)
    }

    /// Whether settings are in the space.
    pub fn contains(&self, settings: &TrialSettings) -> bool {
        let starts = match settings.pretrained {
            true => self.has_pretrained() && self.pretrained.contains(&settings.cell),
            false => self.random && self.cells.contains(&settings.cell),
        };
        let epochs = match (&self.epochs, settings.epochs) {
            (None, None) => true,
            (Some(values), Some(epochs)) => values.contains(epochs),
            _ => false,
        };
        starts
            && epochs
            && self.windows.contains(settings.window)
            && self.hidden.contains(settings.hidden)
            && self.layers.contains(settings.layers)
            && self.learning_rates.contains(settings.learning_rate)
    }

    fn one(&self, rng: &mut Pcg64) -> TrialSettings {
        let pretrained = match (self.has_pretrained(), self.random) {
            (true, true) => rng.random(),
            (has, _) => has,
        };
        let cells = if pretrained { &self.pretrained } else { &self.cells };
        let sizes = match pretrained {
            true => self.pretrained_sizes,
            false => (self.hidden.draw(rng), self.layers.draw(rng)),
        };
        TrialSettings {
            cell: cells[rng.random_range(0..cells.len())],
            window: self.windows.draw(rng),
            hidden: sizes.0,
            layers: sizes.1,
            learning_rate: self.learning_rates.draw(rng),
            epochs: self.epochs.as_ref().map(|epochs| epochs.draw(rng)),
            pretrained,
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    pub(crate) fn space() -> Space {
        Space {
            cells: vec![CellKind::Lstm, CellKind::Gru, CellKind::Dense],
            windows: Values::Each(vec![2, 4]),
            hidden: Values::Each(vec![8, 16]),
            layers: Values::Each(vec![1]),
            learning_rates: Values::Between(1e-3, 4e-3),
            epochs: None,
            pretrained: vec![CellKind::Lstm, CellKind::Gru],
            pretrained_sizes: (16, 1),
            random: true,
        }
    }

    pub(crate) const DEFAULT: TrialSettings = TrialSettings {
        cell: CellKind::Lstm,
        window: 4,
        hidden: 16,
        layers: 1,
        learning_rate: 2e-3,
        epochs: None,
        pretrained: true,
    };
}

#[cfg(test)]
mod tests {
    use super::testing::{DEFAULT, space};
    use super::*;

    #[test]
    fn every_try_is_in_the_space_and_none_comes_twice() {
        let space = space();
        let trials = space.draw(40, &DEFAULT, 1);
        assert_eq!((trials.len(), trials[0]), (40, DEFAULT));
        assert!(trials.iter().all(|one| space.contains(one)), "{trials:?}");
        assert!((0..40).all(|place| !trials[..place].contains(&trials[place])));
        assert_eq!(trials, space.draw(40, &DEFAULT, 1));
        assert_ne!(trials, space.draw(40, &DEFAULT, 2));
        let pretrained = trials.iter().filter(|one| one.pretrained).count();
        assert!((12..=28).contains(&pretrained), "{pretrained} of 40 from pretrained networks");
    }

    #[test]
    fn a_small_space_is_tried_whole() {
        let few = Space { learning_rates: Values::Each(vec![2e-3]), ..space() };
        // Pretrained: two cells and two windows. Random: three cells, two windows, two sizes.
        assert_eq!(few.draw(100, &DEFAULT, 1).len(), 4 + 12);
        let none = Space { random: false, hidden: Values::Each(vec![8]), ..space() };
        assert!(!none.has_any() && none.draw(10, &DEFAULT, 1).is_empty());
    }

    #[test]
    fn the_default_is_a_try_where_it_is_in_the_space() {
        let others = Space { windows: Values::Each(vec![8]), ..space() };
        assert!(!others.contains(&DEFAULT) && !others.draw(5, &DEFAULT, 1).contains(&DEFAULT));
        let typed = Space { epochs: Some(Values::Each(vec![12])), ..space() };
        assert!(!typed.contains(&DEFAULT) && typed.contains(&TrialSettings { epochs: Some(12), ..DEFAULT }));
    }
}
