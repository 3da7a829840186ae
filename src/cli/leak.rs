//! What a skill that is too good to be true makes the user look for.

use super::warn;
use crate::eval::baselines::NAIVE;
use crate::eval::verdict::Verdict;
use crate::words::join;

/// Warns of a skill on price or odds that is too good to be true; `columns` are those that the model reads beside
/// date and close.
pub(super) fn warn_of(place: &str, verdict: &Verdict, columns: &[&str]) {
    let naive = verdict.against(NAIVE.name);
    let price = naive.and_then(|naive| {
        let skill = naive.price.skill.as_ref()?.value;
        Some(format!("skill {skill:.4} on the price over tomorrow = today: {}", naive.warning()?))
    });
    for warning in price.into_iter().chain(verdict.leak_warning()) {
        warn(&format!("{place}: {warning}"), Some(&suspects(columns)));
    }
}

fn suspects(columns: &[&str]) -> String {
    let named = columns.iter().map(|column| (*column).to_owned()).collect::<Vec<_>>();
    match named.is_empty() {
        true => "check that each close is that of its own day".to_owned(),
        false => format!("check that no value of {} is known only after its own day", join(&named, "or")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_to_suspect_are_named() {
        let expected = "check that no value of open, high, low or volume is known only after its own day";
        assert_eq!(suspects(&["open", "high", "low", "volume"]), expected);
        assert_eq!(suspects(&[]), "check that each close is that of its own day");
    }
}
