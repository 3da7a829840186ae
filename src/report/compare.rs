//! Networks compared on the same days: a table with one row per network, and the effect of memory on accuracy.

use std::io;

use jiff::civil::Date;
use serde::Serialize;

use super::columns::{self, Column};
use super::number::{cell_decimals, counted, decimals, percent_label, price, rounded, thousands};
use super::output::{Record, Report, rounded_record};
use super::terminal::{Shown, Terminal};
use super::verdict::{fallback_note, finding, untested};
use super::wording::rows;
use super::wrap::wrapped;
use crate::eval::backtest::{Compared, Measures, MemoryPair, MemoryPart, NetworkComparison};
use crate::eval::verdict::{Comparison, Fallback, Finding};
use crate::nn::{CellKind, Topology};

impl Report for NetworkComparison {
    fn objects(&self) -> io::Result<Vec<Record>> {
        Ok(vec![rounded_record(&ComparisonRecord::new(self))?])
    }

    fn rows(&self) -> io::Result<Vec<Record>> {
        self.forecasters.iter().map(|one| rounded_record(&Row::new(self, one))).collect()
    }

    fn table(&self, out: &mut Terminal<'_>) -> io::Result<()> {
        write_heading(out, self)?;
        write_rows(out, self)?;
        write_legend(out, self)?;
        write_memory(out, self)
    }
}

#[derive(Serialize)]
struct ComparisonRecord<'a> {
    series: &'a str,
    test_days: usize,
    first_date: Date,
    last_date: Date,
    horizon: usize,
    refits: usize,
    reference: &'a str,
    level: f64,
    comparisons: usize,
    correction: &'static str,
    forecasters: Vec<ForecasterRecord<'a>>,
    memory: Vec<MemoryRecord<'a>>,
    conclusion: Option<String>,
}

/// A forecaster in json.
#[derive(Serialize)]
struct ForecasterRecord<'a> {
    forecaster: &'a str,
    #[serde(flatten)]
    network: NetworkRecord,
    fallbacks: &'a [Fallback],
    crps: f64,
    rmse: f64,
    distribution: Option<SkillRecord>,
    price: Option<SkillRecord>,
}

/// The configuration of a network. For a baseline, all fields are null.
#[derive(Serialize)]
struct NetworkRecord {
    cell: Option<CellKind>,
    topology: Option<Topology>,
    window: Option<usize>,
    init_from: Option<&'static str>,
    ensemble: Option<usize>,
    weights: Option<usize>,
}

#[derive(Serialize)]
struct SkillRecord {
    finding: &'static str,
    reason: Option<String>,
    skill: Option<f64>,
    standard_error: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    interval_level: Option<f64>,
    p_value: Option<f64>,
}

#[derive(Serialize)]
struct MemoryRecord<'a> {
    part: &'static str,
    forecaster: &'a str,
    against: &'a str,
    distribution: SkillRecord,
    price: SkillRecord,
}

impl<'a> ComparisonRecord<'a> {
    fn new(result: &'a NetworkComparison) -> Self {
        ComparisonRecord {
            series: &result.series,
            test_days: result.days.len(),
            first_date: result.days[0].date,
            last_date: result.days[result.days.len() - 1].date,
            horizon: result.horizon,
            refits: result.refits,
            reference: &result.forecasters[result.reference].name,
            level: result.level,
            comparisons: result.comparisons,
            correction: "bonferroni",
            forecasters: result.forecasters.iter().map(|one| ForecasterRecord::new(result, one)).collect(),
            memory: result.memory.iter().map(|pair| MemoryRecord::new(result, pair)).collect(),
            conclusion: conclusion(result),
        }
    }
}

impl<'a> ForecasterRecord<'a> {
    fn new(result: &NetworkComparison, one: &'a Compared) -> Self {
        let of = |measure: fn(&Measures) -> &Comparison| {
            one.against.as_ref().map(|against| SkillRecord::new(result, measure(against)))
        };
        ForecasterRecord {
            forecaster: &one.name,
            network: NetworkRecord::new(one),
            fallbacks: &one.fallbacks,
            crps: one.crps,
            rmse: one.rmse,
            distribution: of(|against| &against.distribution),
            price: of(|against| &against.price),
        }
    }
}

impl NetworkRecord {
    fn new(one: &Compared) -> Self {
        let network = one.network.as_ref();
        NetworkRecord {
            cell: network.map(|network| network.config.cell),
            topology: network.map(|network| network.config.topology),
            window: network.map(|network| network.config.window),
            init_from: network.map(|network| if network.pretrained { "pretrained" } else { "random" }),
            ensemble: network.map(|network| network.config.ensemble),
            weights: network.map(|network| network.weights),
        }
    }
}

impl SkillRecord {
    fn new(result: &NetworkComparison, comparison: &Comparison) -> Self {
        let skill = comparison.skill.as_ref();
        SkillRecord {
            finding: comparison.finding.name(),
            reason: comparison.reason.map(|reason| untested(reason, result.frequency)),
            skill: skill.map(|skill| skill.value),
            standard_error: comparison.standard_error(),
            lower: skill.and_then(|skill| skill.lower),
            upper: skill.and_then(|skill| skill.upper),
            interval_level: skill.filter(|skill| skill.lower.is_some()).map(|skill| skill.level),
            p_value: comparison.test.as_ref().map(|test| test.p_value),
        }
    }
}

impl<'a> MemoryRecord<'a> {
    fn new(result: &'a NetworkComparison, pair: &MemoryPair) -> Self {
        MemoryRecord {
            part: match pair.part {
                MemoryPart::Recurrence => "recurrence",
                MemoryPart::Window => "window",
            },
            forecaster: &result.forecasters[pair.own].name,
            against: &result.forecasters[pair.other].name,
            distribution: SkillRecord::new(result, &pair.measures.distribution),
            price: SkillRecord::new(result, &pair.measures.price),
        }
    }
}

/// A forecaster in csv. The comparison cells of the reference are empty.
#[derive(Serialize)]
struct Row<'a> {
    series: &'a str,
    forecaster: &'a str,
    #[serde(flatten)]
    network: NetworkRecord,
    test_days: usize,
    reference: &'a str,
    crps: f64,
    crps_skill: Option<f64>,
    crps_skill_se: Option<f64>,
    crps_skill_lower: Option<f64>,
    crps_skill_upper: Option<f64>,
    crps_p: Option<f64>,
    crps_finding: Option<&'static str>,
    rmse: f64,
    rmse_skill: Option<f64>,
    rmse_skill_se: Option<f64>,
    rmse_skill_lower: Option<f64>,
    rmse_skill_upper: Option<f64>,
    rmse_p: Option<f64>,
    rmse_finding: Option<&'static str>,
    interval_level: Option<f64>,
}

impl<'a> Row<'a> {
    fn new(result: &'a NetworkComparison, one: &'a Compared) -> Self {
        let ForecasterRecord { forecaster, network, crps, rmse, distribution, price, .. } =
            ForecasterRecord::new(result, one);
        let (crps_record, rmse_record) = (distribution.as_ref(), price.as_ref());
        Row {
            series: &result.series,
            forecaster,
            network,
            test_days: result.days.len(),
            reference: &result.forecasters[result.reference].name,
            crps,
            crps_skill: crps_record.and_then(|record| record.skill),
            crps_skill_se: crps_record.and_then(|record| record.standard_error),
            crps_skill_lower: crps_record.and_then(|record| record.lower),
            crps_skill_upper: crps_record.and_then(|record| record.upper),
            crps_p: crps_record.and_then(|record| record.p_value),
            crps_finding: crps_record.map(|record| record.finding),
            rmse,
            rmse_skill: rmse_record.and_then(|record| record.skill),
            rmse_skill_se: rmse_record.and_then(|record| record.standard_error),
            rmse_skill_lower: rmse_record.and_then(|record| record.lower),
            rmse_skill_upper: rmse_record.and_then(|record| record.upper),
            rmse_p: rmse_record.and_then(|record| record.p_value),
            rmse_finding: rmse_record.map(|record| record.finding),
            interval_level: crps_record.and_then(|record| record.interval_level),
        }
    }
}

/// Names the series and the test days.
pub(super) fn heading(result: &NetworkComparison) -> String {
    heading_of(result, &Shown(&result.series).to_string())
}

fn heading_of(result: &NetworkComparison, name: &str) -> String {
    let (first, last) = (&result.days[0], &result.days[result.days.len() - 1]);
    let days = rows(result.days.len(), result.frequency);
    let ahead = match result.horizon {
        1 => String::new(),
        horizon => format!(", {} ahead", rows(horizon, result.frequency)),
    };
    format!("{name}: {days} from {} to {}{ahead}", first.date, last.date)
}

/// Says how many networks there are and how they were fitted.
pub(super) fn networks(result: &NetworkComparison) -> Option<String> {
    let networks: Vec<_> = result.forecasters.iter().filter_map(|one| one.network.as_ref()).collect();
    let [first, ..] = networks[..] else { return None };
    let start = if first.pretrained { "from pretrained weights" } else { "all from random weights" };
    let fits = if result.refits == 1 { "once".to_owned() } else { format!("{} times", result.refits) };
    let (count, ensemble) = (counted(networks.len(), "network"), first.config.ensemble);
    Some(format!("{count}, each an ensemble of {ensemble} fitted {fits}, {start}"))
}

fn write_heading(out: &mut Terminal<'_>, result: &NetworkComparison) -> io::Result<()> {
    out.text(2, heading_of(result, &out.name(&result.series)))?;
    networks(result).map_or(Ok(()), |networks| out.text(4, format_args!("  {networks}")))
}

fn write_rows(out: &mut Terminal<'_>, result: &NetworkComparison) -> io::Result<()> {
    let column = |head: &str, roomy: usize, of: &dyn Fn(&Compared) -> String| {
        Column::new(head, result.forecasters.iter().map(of).collect(), roomy)
    };
    let name = |one: &Compared| format!("{}{}", one.name, if one.fallbacks.is_empty() { "" } else { "'" });
    let weights =
        |one: &Compared| one.network.as_ref().map_or_else(|| "-".to_owned(), |network| thousands(network.weights));
    let of = |one: &Compared, cell: fn(&Comparison) -> String, measure: fn(&Measures) -> &Comparison| {
        one.against.as_ref().map_or_else(|| "-".to_owned(), |against| cell(measure(against)))
    };
    let skills = |measure: fn(&Measures) -> &Comparison| {
        [
            column("skill", 7, &|one| of(one, skill_cell, measure)),
            column("s.e.", 6, &|one| of(one, error_cell, measure)),
        ]
    };
    let names = || Column { is_left: true, ..column("forecaster", 10, &name) };
    let [skill, error] = skills(|against| &against.distribution);
    let size = vec![column("weights", 7, &weights)];
    let of_distribution = vec![column("CRPS", 7, &|one| format!("{:.3}", one.crps * 1e4)), skill, error];
    let [skill, error] = skills(|against| &against.price);
    let of_price = vec![column("RMSE", 9, &|one| price(one.rmse)), skill, error];
    columns::write_groups(out, names, [size, of_distribution, of_price])
}

/// Formats the skill, with an asterisk if it is significant and a blank otherwise, which keeps the numbers aligned.
fn skill_cell(comparison: &Comparison) -> String {
    let mark = if matches!(comparison.finding, Finding::Better | Finding::Worse) { "*" } else { " " };
    comparison.skill.as_ref().map_or_else(|| "-".to_owned(), |skill| cell_decimals(skill.value) + mark)
}

/// Formats the standard error of the skill.
fn error_cell(comparison: &Comparison) -> String {
    comparison.standard_error().map_or_else(|| "-".to_owned(), cell_decimals)
}

fn write_legend(out: &mut Terminal<'_>, result: &NetworkComparison) -> io::Result<()> {
    let reference = &result.forecasters[result.reference].name;
    let (percent_with_decimal, comparisons) =
        (percent_label(rounded(1.0 - result.level)), counted(result.comparisons, "comparison"));
    let lines = [
        "  weights of one network of each ensemble; CRPS of the return in basis points;".to_owned(),
        format!("  RMSE in prices adjusted to the last test {};", result.frequency.unit()),
        format!("  skill: 1 - score / score of {reference};"),
        "  s.e.: its standard error, with autocorrelation; *: significant at the".to_owned(),
        format!("  {percent_with_decimal} % level over all {comparisons} of a score together (Bonferroni)"),
    ];
    out.text(2, lines.join("\n"))?;
    if let Some(note) = equal_networks(result) {
        out.text(2, format_args!("  {}", wrapped(&note, 78, 2, 2)))?;
    }
    if let Some(reason) = not_tested(result) {
        out.text(4, format_args!("  not tested: {reason}"))?;
    }
    for one in &result.forecasters {
        let days = (result.days.len(), result.frequency);
        if let Some(note) = fallback_note(&format!("{}'", one.name), &one.fallbacks, days) {
            out.text(4, format_args!("  {note}"))?;
        }
    }
    Ok(())
}

/// Returns why nothing was tested, or none if something was.
pub(super) fn not_tested(result: &NetworkComparison) -> Option<String> {
    let reason = result.forecasters.iter().find_map(|one| one.against.as_ref()?.distribution.reason)?;
    Some(untested(reason, result.frequency))
}

/// Notes that a convolution over one day is a dense layer, if networks of both kinds are compared.
pub(super) fn equal_networks(result: &NetworkComparison) -> Option<String> {
    let of_one_day = |cell: CellKind| {
        let networks = result.forecasters.iter().filter_map(|one| Some((&one.name, &one.network.as_ref()?.config)));
        networks.filter(move |(_, config)| config.cell == cell && config.window == 1)
    };
    let pair = of_one_day(CellKind::Conv).find_map(|(conv, config)| {
        let (dense, _) = of_one_day(CellKind::Dense).find(|(_, other)| other.topology == config.topology)?;
        Some((conv, dense))
    });
    pair.map(|(conv, dense)| {
        format!("With a window of one day a convolution is a dense layer: {conv} and {dense} are the same network.")
    })
}

fn write_memory(out: &mut Terminal<'_>, result: &NetworkComparison) -> io::Result<()> {
    let Some(conclusion) = conclusion(result) else { return Ok(()) };
    out.text(2, "gain from memory (CRPS; skill of the first over the second, and interval):")?;
    let name = |pair: &MemoryPair| {
        let [own, other] = [pair.own, pair.other].map(|place| &*result.forecasters[place].name);
        format!("{own} over {other}")
    };
    let width = result.memory.iter().map(|pair| name(pair).len()).max().unwrap_or(0);
    for pair in &result.memory {
        out.text(4, format_args!("  {:<width$} {}", name(pair), evidence(&pair.measures.distribution)))?;
    }
    out.text(2, format_args!("  {}", wrapped(&conclusion, 78, 2, 2)))
}

/// Formats the skill of a comparison with its interval, and the finding.
fn evidence(comparison: &Comparison) -> String {
    let found = match comparison.finding {
        Finding::NotSignificant => "not significant",
        other => finding(other),
    };
    match comparison.skill.as_ref().map(|skill| (skill.value, skill.lower, skill.upper)) {
        Some((value, Some(lower), Some(upper))) => {
            let [value, lower, upper] = [value, lower, upper].map(decimals);
            format!("{value:>8} ({lower} to {upper}), {found}")
        }
        Some((value, ..)) => format!("{:>8}, {found}", decimals(value)),
        None => found.to_owned(),
    }
}

/// Says what the comparisons of networks that differ only in their memory show, judged by their intervals. Returns none
/// if there are no such networks.
pub(super) fn conclusion(result: &NetworkComparison) -> Option<String> {
    let comparisons: Vec<&Comparison> = result.memory.iter().map(|pair| &pair.measures.distribution).collect();
    if comparisons.is_empty() {
        return None;
    }
    let of = |found: Finding| comparisons.iter().filter(|comparison| comparison.finding == found).count();
    let tested = comparisons.len() - of(Finding::NotTested);
    if tested == 0 {
        return Some("The gain from memory was not tested.".into());
    }
    let (gains, losses, count) = (of(Finding::Better), of(Finding::Worse), counted(tested, "comparison"));
    let skills = || comparisons.iter().filter_map(|comparison| comparison.skill.as_ref());
    let upper = skills().filter_map(|skill| skill.upper).fold(f64::NEG_INFINITY, f64::max);
    let best = skills().map(|skill| skill.value).fold(f64::NEG_INFINITY, f64::max);
    let bound = match upper {
        upper if upper > 0.0 => {
            format!("the largest upper bound of their intervals is {}", decimals(upper))
        }
        _ => "every interval lies below zero".to_owned(),
    };
    let lost = if losses > 0 { format!(" In {losses} of {count} more memory is worse.") } else { String::new() };
    Some(match gains {
        0 => format!("No gain from memory is shown in {count}; {bound}.{lost}"),
        _ => format!(
            "A gain from memory is shown in {gains} of {count}; the largest measured is {}, and {bound}.{lost}",
            decimals(best)
        ),
    })
}
