//! Descriptions of a training run and its test that several reports share.

use std::borrow::Cow;
use std::io;

use super::forecast::interval_label;
use super::number::{counted, p_value, percent_with_decimal};
use super::terminal::{Shown, Terminal};
use super::text_chart;
use super::wording::rows;
use crate::model::{Card, Config, InitialWeights, Miss, StepCoverage, Training};
use crate::nn::{CellKind, Topology};
use crate::prices::Frequency;
use crate::words::join;

/// Names the windows whose loss was measured without training on them.
pub(super) fn unseen(training: &Training) -> &'static str {
    if training.validation_windows > 0 { "validation" } else { "test" }
}

/// Names the epoch from which the weights of each network are.
pub fn kept_epoch(card: &Card) -> &'static str {
    if card.keeps_best_epoch() { "epoch with the lowest validation loss" } else { "last epoch" }
}

/// Writes the chart of the coverage in a card.
///
/// # Errors
/// If writing fails.
pub(super) fn chart_of_coverage(out: &mut Terminal<'_>, card: &Card) -> io::Result<()> {
    let Some(test) = &card.evaluation else { return Ok(()) };
    // Only days with outputs of the network: the text has the numbers of those between.
    let outputs = card.config.horizons();
    let has_enough = |step: &StepCoverage| outputs.contains(&step.horizon) && test.has_enough_days(step);
    out.chart(|screen| text_chart::coverage_of_test(screen, test, card.training.frequency, has_enough))
}

/// Describes the layers of a network: number, kind, units.
pub(super) fn layers_in_words(config: &Config) -> String {
    let layers = counted(config.layers, &format!("{} layer", cell_name(config.cell)));
    format!("{layers} of {}", counted(config.hidden, "unit"))
}

/// Names the series, its rows and its days.
pub(super) fn trained_on(training: &Training) -> String {
    let rows = format!("{}, {}", Shown(&training.series), counted(training.rows, "row"));
    match (training.first, training.last) {
        (Some(first), Some(last)) => format!("{rows} from {first} to {last}"),
        _ => rows,
    }
}

/// Says where the training of the weights started.
pub(super) fn start_in_words(start: &InitialWeights, frequency: Frequency) -> String {
    match start {
        InitialWeights::Random => "at random".into(),
        InitialWeights::Pretrained if frequency.is_daily() => "networks pretrained on simulated markets".into(),
        InitialWeights::Pretrained => "networks pretrained on simulated markets, of daily rows".into(),
        InitialWeights::Model(path) => format!("the weights of {}", Shown(path)),
    }
}

fn cell_name(cell: CellKind) -> &'static str {
    match cell {
        CellKind::Dense => "dense",
        CellKind::Conv => "convolution",
        CellKind::Rnn => "Simple RNN",
        CellKind::Gru => "GRU",
        CellKind::Lstm => "LSTM",
    }
}

/// Names the forecast with which the RMSE of a test is compared. The RMSE of a path covers all of its days; that of a
/// network with outputs for several days ahead covers only the next day.
pub(super) fn no_change_of_test(config: &Config, frequency: Frequency) -> Cow<'static, str> {
    let is_path = config.topology != Topology::ManyToOne && config.horizon > 1;
    if is_path { "no change".into() } else { frequency.no_change(config.usual_day()) }
}

/// Warns if intervals contained more or fewer closes of the test than chance explains.
pub fn coverage_warning(card: &Card) -> Option<String> {
    let misses = card.evaluation.as_ref()?.misses(&card.config);
    let first = misses.first()?.horizon;
    let mut others: Vec<usize> = misses.iter().map(|miss| miss.horizon).filter(|ahead| *ahead != first).collect();
    others.dedup();
    let also = match &others.iter().map(usize::to_string).collect::<Vec<_>>()[..] {
        [] => String::new(),
        others => format!("; also {} {}s ahead", join(others, "and"), card.training.frequency.unit()),
    };
    let ahead = rows(first, card.training.frequency);
    let each: Vec<String> = misses.iter().filter(|miss| miss.horizon == first).map(miss_in_words).collect();
    Some(format!("{ahead} ahead {}: further from the level than chance explains{also}", join(&each, "and")))
}

fn miss_in_words(Miss { level, coverage, p, .. }: &Miss) -> String {
    let p = if *p < 1e-4 { p_value(*p) } else { format!("= {}", p_value(*p)) };
    format!("the {} contained {} % of closes (p {p})", interval_label(*level), percent_with_decimal(*coverage))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The RMSE of a network for several days ahead is that of the next day; the RMSE of a path is that of all of its
    /// days.
    #[test]
    fn a_test_is_compared_with_no_change_on_the_same_days() {
        let text = b"Date,Close\n2024-01-02,1.5\n2024-01-03,1.25\n2024-01-04,1.5\n";
        let reading = crate::prices::read_bytes("p.csv", text, &crate::prices::ReadOptions::default()).unwrap();
        let several = Config::for_series(&reading.series[0]);
        let words = |config: &Config| no_change_of_test(config, Frequency::Daily).into_owned();
        assert!(several.output_horizons.len() > 1);
        assert_eq!(words(&several), "tomorrow = today");
        let one = Config { output_horizons: Vec::new(), horizon: 5, ..several };
        assert_eq!(words(&one), "no change in 5 days");
        let path = Config { topology: Topology::ManyToMany, ..one };
        assert_eq!(words(&path), "no change");
        assert_eq!(words(&Config { horizon: 1, ..path }), "tomorrow = today");
    }
}
