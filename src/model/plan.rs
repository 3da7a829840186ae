//! One fit: its days, the values measured on them, and the training of a network.

use std::ops::Range;

use jiff::civil::Date;
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use super::card::Card;
use super::checkpoint::MemberState;
use super::config::Config;
use super::forecaster::Forecaster;
use super::init::Init;
use super::initial_bias::{initial_bias, set_bias};
use super::initial_weights::InitialWeights;
use super::member::{Member, Observe, TrainNetwork};
use super::pool::{pooled, training_samples};
use super::scales::FitScales;
use super::source::Source;
use super::spans::Spans;
use super::training::{Losses, Training};
use super::windows::{Windows, watched};
use fourcast_base::files::checksum::hexadecimal;
use fourcast_features::Frame;
use fourcast_nn::Network;
use fourcast_nn::kernels::Isa;
use fourcast_nn::optimizer::AdamW;
use fourcast_nn::parameters::Parameters;
use fourcast_nn::train::{
    AfterEpoch, Diverged, Epoch, Group, Options, Run, Training as TrainingWindows, evaluate, train_from,
};

/// Maximum norm of the gradient.
const CLIP_NORM: f64 = 1.0;

/// Weights beyond this do not come from a training run: those of the pretrained networks are below 10.
const HUGE_WEIGHT: f32 = 1e4;

/// The training options of a configuration.
pub(super) fn training_options(config: &Config, rows: usize) -> Options {
    Options {
        epochs: config.epochs,
        batch_size: rows,
        learning_rate: config.learning_rate,
        patience: config.patience,
        teacher_forcing: config.teacher_forcing,
        dropout: config.dropout,
        clip_norm: CLIP_NORM,
        rule: AdamW::default(),
    }
}

/// One fit, and everything measured on its training days.
pub(super) struct FitPlan<'a> {
    pub config: &'a Config,
    pub sources: &'a [Source<'a>],
    /// The spans of each series.
    pub spans: Vec<Spans>,
    pub scales: FitScales,
    init: Option<&'a Init>,
    /// The bias of the head, for networks with random weights.
    initial_bias: Option<Vec<f64>>,
    windows: Windows,
}

impl<'a> FitPlan<'a> {
    /// Measures the scales on rows up to the last training origin, and on training targets. `watched` are the origins
    /// of each series whose loss is measured after each epoch if there is no validation; it does not affect the
    /// training.
    pub fn new(
        config: &'a Config,
        sources: &'a [Source<'a>],
        spans: Vec<Spans>,
        init: Option<&'a Init>,
        watched: Option<&[Range<usize>]>,
    ) -> FitPlan<'a> {
        let scales = FitScales::new(config, sources, &spans, init);
        let windows = Windows::new((config, sources), &spans, &scales, watched);
        let of_targets = || initial_bias(config, &windows.samples, &windows.training);
        let initial_bias = if init.is_none() { of_targets() } else { None };
        FitPlan { config, sources, spans, scales, init, initial_bias, windows }
    }

    /// Returns the first day with an input or a target that is not finite.
    pub fn not_finite(&self) -> Option<Date> {
        let mut row = self.windows.not_finite()?;
        // The tables follow one another.
        self.sources.iter().find_map(|source| match source.traded.dates.get(row) {
            None => {
                row -= source.traded.len();
                None
            }
            date => date.copied(),
        })
    }

    /// Returns the frame of a series.
    pub fn frame(&self, one: usize) -> Frame {
        self.scales.frame(self.config, self.sources, one)
    }

    /// Returns the forecaster of trained networks.
    pub fn forecaster(&self, members: Vec<Member>) -> Forecaster {
        // Fewer networks than requested if training was stopped.
        let config = &Config { ensemble: members.len(), ..self.config.clone() };
        let losses = Losses::of(&members.iter().map(|member| &member.outcome).collect::<Vec<_>>());
        let mut card = Card {
            target_scaler: self.scales.target,
            bar_ratio: self.scales.bar_ratio,
            event_factors: self.scales.event_factors.clone(),
            init_from: self.init.map_or(InitialWeights::Random, |init| init.init_from.clone()),
            ..Card::new(config, self.scales.inputs.clone(), self.scales.initial_variance, self.trained_on(), losses)
        };
        card.format_version = card.version();
        let weights = members.into_iter().map(|member| member.weights).collect();
        let mut forecaster = Forecaster { card, members: weights, file_sha256: None };
        self.measure(&mut forecaster);
        forecaster
    }

    /// Returns the cause of a divergence. If the loss of network `number` was not finite before the first step, the
    /// initial weights are the cause (epoch 0), and no learning rate helps.
    fn cause_before(&self, cause: Diverged, network: &mut Network<f32>, number: usize) -> Diverged {
        let Some(members) = self.init.map(|init| &init.forecaster.members).filter(|_| cause.epoch == 1) else {
            return cause;
        };
        network.set_weights(&members[number % members.len()]);
        let loss = evaluate(network, &self.windows.samples, &self.windows.training, self.config.loss);
        if loss.is_finite() { cause } else { Diverged { epoch: 0 } }
    }

    fn trained_on(&self) -> Training {
        let count = |of: fn(&Spans) -> usize| self.spans.iter().map(of).sum();
        let windows = (count(|spans| spans.training.len()), count(|spans| spans.validation.len()));
        let mut training = match self.scales.until {
            None => Training::of(self.sources[0].whole, windows),
            Some(until) => {
                let series: Vec<_> = self.sources.iter().map(|source| source.whole).collect();
                Training::of_several(&series, windows, until)
            }
        };
        training.inherited = self.init.and_then(Init::seen_until).filter(|seen| Some(*seen) > training.last);
        training
    }

    /// Returns the mean loss of a forecaster's networks on the days `days` of each series.
    pub fn loss_on(&self, forecaster: &Forecaster, days: &[Range<usize>]) -> Option<f64> {
        let config = &forecaster.card.config;
        let samples = pooled(config, self.sources.len(), |one| {
            let days = days[one].clone().collect();
            training_samples(config, &self.scales.of_samples(), &self.frame(one), days, &|_| usize::MAX)
        });
        let indices = watched((0..samples.len()).collect(), days.len());
        let mut network = Network::<f32>::new(config.shape(), config.batch_size.min(indices.len()), Isa::detect());
        let mut loss_of = |weights: &Parameters<f32>| {
            network.set_weights(weights);
            evaluate(&mut network, &samples, &indices, config.loss)
        };
        let losses: Vec<f64> = forecaster.members.iter().map(&mut loss_of).collect();
        Some(losses.iter().sum::<f64>() / losses.len() as f64).filter(|loss| loss.is_finite())
    }
}

fn windows_of<'w>(training: &'w [usize], groups: &'w [Group]) -> TrainingWindows<'w> {
    if groups.is_empty() { TrainingWindows::from(training) } else { TrainingWindows::in_groups(training, groups) }
}

impl TrainNetwork for FitPlan<'_> {
    fn windows_of_epoch(&self) -> usize {
        windows_of(&self.windows.training, &self.windows.groups).len()
    }

    fn may_stop_early(&self, config: &Config) -> bool {
        self.windows.decide() && (1..config.epochs).contains(&config.patience)
    }

    fn train(
        &self,
        config: &Config,
        (number, from): (usize, Option<&MemberState>),
        alone: bool,
        observe: &mut Observe<'_>,
    ) -> Result<Member, Diverged> {
        // One random stream per member, so that no member depends on the number of members.
        let mut rng = Pcg64::new(u128::from(config.seed), number as u128);
        let loss = config.loss;
        let Windows { samples, training, groups, measured, .. } = &self.windows;
        let rows = config.batch_size.min(training.len());
        let mut network = Network::<f32>::new(config.shape(), rows, Isa::detect());
        if alone {
            network.use_one_thread();
        }
        match self.init.map(|init| &init.forecaster.members) {
            Some(members) => network.set_weights(&members[number % members.len()]),
            None => {
                network.initialize(loss, config.recurrent_init, &mut rng);
                self.initial_bias.iter().for_each(|bias| set_bias(&mut network, bias));
            }
        }
        let mut options = training_options(config, rows);
        if !self.windows.decide() {
            // Test days never decide when to stop.
            options.patience = 0;
        }
        let mut epochs = Vec::with_capacity(options.epochs);
        epochs.extend(from.iter().flat_map(|from| &from.epochs).copied());
        let keep = |epoch: &Epoch, after: &AfterEpoch<'_, f32>| {
            epochs.push(*epoch);
            observe(&epochs, after)
        };
        let training = windows_of(training, groups);
        let run = Run { samples, training, validation: measured, loss, options: &options };
        let outcome = train_from(&mut network, run, from.map(|from| &from.state), &mut rng, keep);
        let outcome = outcome.map_err(|cause| self.cause_before(cause, &mut network, number))?;
        Ok(Member { number, weights: network.into_parameters(), outcome, epochs })
    }

    fn windows_sha256(&self) -> String {
        self.windows.sha256()
    }

    fn huge_initial_weight(&self) -> Option<f32> {
        let members = self.init.iter().flat_map(|init| &init.forecaster.members);
        let values = members.flat_map(|weights| &weights.values).flat_map(|lanes| lanes.0);
        values.map(f32::abs).reduce(f32::max).filter(|largest| *largest > HUGE_WEIGHT)
    }

    fn initial_weights(&self) -> String {
        let mut hash = Sha256::new();
        for weights in self.init.iter().flat_map(|init| &init.forecaster.members) {
            weights.values.iter().flat_map(|lanes| lanes.0).for_each(|value| hash.update(value.to_le_bytes()));
        }
        self.init.map_or_else(String::new, |_| hexadecimal(hash))
    }
}
