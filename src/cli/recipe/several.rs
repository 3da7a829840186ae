//! The recipes of several networks: those of a comparison, and the trials of a search.

use anyhow::Result;

use super::Recipe;
use super::args::{CommonArgs, InitArg, KindArgs, RecipeArgs};
use super::values::{count, rate, several};
use crate::eval::tune::{Space, TrialSettings, Values};
use crate::model::{ConfigOptions, MAX_EPOCHS, MAX_HIDDEN, MAX_LAYERS};
use crate::nn::{CellKind, Topology};

impl CommonArgs {
    /// Returns the recipe of one network of a comparison. Weights start at random unless requested otherwise, because
    /// only some networks are pretrained.
    ///
    /// # Errors
    /// Those of [`RecipeArgs::resolve`].
    pub fn recipe_of(&self, kind: KindArgs, subcommand: &str) -> Result<Recipe> {
        let mut common = self.clone();
        common.training.init_from.get_or_insert(InitArg::Random);
        RecipeArgs { kind, common }.resolve(subcommand)
    }

    /// Returns the recipe of a trial of a search.
    ///
    /// # Errors
    /// Those of [`RecipeArgs::resolve`].
    pub fn recipe_of_trial(&self, kind: KindArgs, settings: &TrialSettings, kinds: &[KindArgs]) -> Result<Recipe> {
        let mut common = self.without_foreign(&kind, kinds);
        let start = if settings.pretrained { InitArg::Pretrained } else { InitArg::Random };
        common.network.hidden = Values::Each(vec![settings.hidden]);
        common.network.layers = Values::Each(vec![settings.layers]);
        common.training.learning_rate = Some(Values::Each(vec![settings.learning_rate]));
        common.training.epochs = settings.epochs.map(|epochs| Values::Each(vec![epochs]));
        common.training.init_from = Some(start);
        common.without_dropout_of_one_layer(self).resolved(kind)
    }

    /// Returns the recipe of the default configuration of a search: the values of `train` instead of those that are
    /// searched.
    ///
    /// # Errors
    /// Those of [`RecipeArgs::resolve`].
    pub fn recipe_of_default(&self, kind: KindArgs, kinds: &[KindArgs]) -> Result<Recipe> {
        let mut common = self.without_foreign(&kind, kinds);
        let default = ConfigOptions::default();
        common.network.hidden = Values::Each(vec![default.hidden]);
        common.network.layers = Values::Each(vec![default.layers]);
        (common.training.learning_rate, common.training.epochs) = (None, None);
        common.without_dropout_of_one_layer(self).resolved(kind)
    }

    fn resolved(self, kind: KindArgs) -> Result<Recipe> {
        Ok(RecipeArgs { kind, common: self }.resolve("tune")?.for_its_day())
    }

    /// Dropout is between layers: if other trials have several layers, trials with one layer have no dropout.
    fn without_dropout_of_one_layer(mut self, all: &CommonArgs) -> CommonArgs {
        let others = !matches!(&all.network.layers, Values::Each(layers) if layers.iter().all(|layers| *layers == 1));
        if self.network.layers.first() == 1 && others {
            self.training.dropout = 0.0;
        }
        self
    }

    /// Returns the space that a search draws from; `is_pretrained` states for which cells there are pretrained
    /// networks.
    pub fn space(&self, cells: &[CellKind], windows: Values<usize>, is_pretrained: impl Fn(CellKind) -> bool) -> Space {
        let (network, training, default) = (&self.network, &self.training, ConfigOptions::default());
        let pretrained = match training.init_from {
            Some(InitArg::Random) => Vec::new(),
            _ => cells.iter().copied().filter(|cell| is_pretrained(*cell)).collect(),
        };
        Space {
            cells: cells.to_vec(),
            windows,
            hidden: network.hidden.clone(),
            layers: network.layers.clone(),
            learning_rates: training.learning_rate.clone().unwrap_or(Values::Between(5e-4, 1e-2)),
            epochs: training.epochs.clone(),
            pretrained,
            pretrained_sizes: (default.hidden, default.layers),
            random: training.init_from != Some(InitArg::Pretrained),
        }
    }

    /// Changes the command `tune`, whose networks differ in more options: these accept several values, or a range.
    pub fn several_values(command: clap::Command) -> clap::Command {
        const LISTED: &str = "several with commas, or a range LOW..HIGH";
        command
            .mut_arg("hidden", |arg| {
                let arg = arg.value_parser(several(count(MAX_HIDDEN))).default_value("8,16,32");
                arg.help(format!("Hidden units per layer: {LISTED}"))
            })
            .mut_arg("layers", |arg| {
                let arg = arg.value_parser(several(count(MAX_LAYERS))).default_value("1,2");
                arg.help(format!("Numbers of stacked layers: {LISTED}"))
            })
            .mut_arg("learning_rate", |arg| {
                let arg = arg.value_parser(several(rate)).default_value("0.0005..0.01").visible_alias("learning-rates");
                arg.help(format!("Peak learning rates: {LISTED}, which is drawn from on a logarithmic scale"))
            })
            .mut_arg("epochs", |arg| {
                let arg = arg.value_parser(several(count(MAX_EPOCHS)));
                arg.help(format!("Maximum epochs: {LISTED} [default: 30 from random weights, otherwise 12 with covariates, and 6 with only events or with none]"))
            })
            .mut_arg("init_from", |arg| {
                arg.help(
                    "Initial weights: pretrained (on simulated markets) or random [default: half of the trials each, where \
                     there are pretrained networks in the space]",
                )
            })
    }

    /// Returns the seed of all random numbers.
    pub fn seed(&self) -> u64 {
        self.training.seed
    }

    /// Whether weights start from those of a model, which fit only one network.
    pub fn starts_from_model(&self) -> bool {
        matches!(self.training.init_from, Some(InitArg::Model(_)))
    }

    /// Removes options that have no effect on networks of one kind but have an effect on others of the comparison.
    pub fn without_foreign(&self, kind: &KindArgs, others: &[KindArgs]) -> CommonArgs {
        let has_activation = |kind: &KindArgs| !kind.cell.is_gated();
        let has_recurrent = |kind: &KindArgs| kind.cell.is_recurrent();
        let decodes = |kind: &KindArgs| kind.topology != Topology::ManyToOne && kind.cell.is_recurrent();
        let foreign = |has: &dyn Fn(&KindArgs) -> bool| !has(kind) && others.iter().any(has);
        let mut common = self.clone();
        common.network.activation = common.network.activation.filter(|_| !foreign(&has_activation));
        common.network.recurrent_init = common.network.recurrent_init.filter(|_| !foreign(&has_recurrent));
        common.training.teacher_forcing = common.training.teacher_forcing.filter(|_| !foreign(&decodes));
        common
    }
}
