//! The findings of the test in the summary of a training run.

use std::io;

use super::super::columns::{self, Column};
use super::super::number::decimals;
use super::super::terminal::Terminal;
use super::super::verdict::{
    clark_west, correction_note, distribution_warning, fallback_note, finding, found, marked_label, short_p, untested,
};
use super::super::wrap::wrapped;
use crate::eval::baselines::NAIVE;
use crate::eval::verdict::{Against, Comparison, Finding, Verdict};
use crate::features::Target;
use crate::prices::Frequency;

/// Width of the summary, and indent of its texts.
const WIDTH: usize = 80;
pub const INDENT: usize = 15;

/// Writes the finding on the price against no change, and all findings below it.
pub fn write(out: &mut Terminal<'_>, verdict: &Verdict, (target, frequency): (Target, Frequency)) -> io::Result<()> {
    if let Some(naive) = verdict.against(NAIVE.name) {
        out.text(INDENT, format_args!("  verdict      price: {}", price_finding(naive, target, frequency)))?;
        for part in clark_west(naive, verdict.level).iter().flatten() {
            let part = wrapped(part, WIDTH, INDENT, INDENT);
            out.text(INDENT, format_args!("{:INDENT$}{part}", ""))?;
        }
    }
    if let Some(strongest) = verdict.strongest() {
        let (found, label) = (found(&strongest.distribution), marked_label(strongest, frequency));
        let strongest = format!("{:INDENT$}the strongest of these baselines", "");
        out.text(INDENT, format_args!("{:INDENT$}distribution: {found} {label},\n{strongest}", ""))?;
    }
    write_findings(out, verdict, frequency)?;
    if let Some(warning) = distribution_warning(verdict, frequency) {
        out.text(INDENT, format_args!("  warning      {warning}"))?;
    }
    Ok(())
}

/// Returns the cell of a baseline's column.
type CellOf = fn(&Against) -> String;

/// Writes the findings, with one column per baseline, and the fallbacks.
fn write_findings(out: &mut Terminal<'_>, verdict: &Verdict, frequency: Frequency) -> io::Result<()> {
    let head = |against: &Against| format!("against {}", marked_label(against, frequency));
    let rows: [(&str, CellOf); 4] = [
        ("price", |against| finding(against.price.finding).to_owned()),
        ("  skill", |against| skill_and_p(&against.price)),
        ("distribution", |against| finding(against.distribution.finding).to_owned()),
        ("  skill", |against| skill_and_p(&against.distribution)),
    ];
    let names = Column { is_left: true, ..Column::new("", rows.map(|(name, _)| name.to_owned()).to_vec(), 0) };
    let column = |against: &Against| {
        let cells = rows.iter().map(|(_, cell)| cell(against)).collect();
        Column { is_left: true, ..Column::new(head(against), cells, 24) }
    };
    let all: Vec<Column> = [names].into_iter().chain(verdict.against.iter().map(column)).collect();
    columns::write(out, &all, 1)?;
    if verdict.tests() > 0 {
        let lines = [
            "  skill: 1 - score / score of the baseline; score: RMSE of the price, CRPS of",
            "  the distribution; p: Diebold-Mariano test that both are equally accurate",
        ];
        out.text(4, lines.join("\n"))?;
    }
    let correction = correction_note(verdict);
    if !correction.is_empty() {
        out.text(4, format_args!("  {}", correction.join("\n  ")))?;
    }
    let note = |against: &Against| {
        fallback_note(&marked_label(against, frequency), &against.fallbacks, (verdict.days, frequency))
    };
    for note in verdict.against.iter().filter_map(note) {
        out.text(INDENT, format_args!("               {note}"))?;
    }
    Ok(())
}

/// Formats skill and p-value, as far as they are defined: `0.0123, p = 0.0456`.
fn skill_and_p(comparison: &Comparison) -> String {
    let skill = comparison.skill.as_ref().map(|skill| decimals(skill.value));
    let p = comparison.test.as_ref().map(|test| short_p(test.p_value));
    let parts: Vec<String> = skill.into_iter().chain(p).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

fn price_finding(naive: &Against, target: Target, frequency: Frequency) -> String {
    let no_change = frequency.no_change(naive.price.horizon());
    let text = match (naive.price.finding, target) {
        (Finding::Better, _) if naive.is_too_good() => {
            format!("better than is plausible for {frequency} prices: look for a leak")
        }
        (Finding::Worse, Target::Price) if naive.follows_price() => {
            format!("worse than {no_change}; its chart follows the price")
        }
        (Finding::NotTested, _) => "not tested".to_owned(),
        _ => format!("{} {no_change}", found(&naive.price)),
    };
    let text = wrapped(&text, WIDTH, "  verdict      price: ".len(), INDENT);
    let reason = naive.price.reason.map(|reason| format!("\n{:INDENT$}{}", "", untested(reason, frequency)));
    format!("{text}{}", reason.unwrap_or_default())
}
