//! Names of the previous close, `Prev. Close`, `Chiusura prec.`, `Slot vorige dag`, and of the close of the next day.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::normal::normal;

/// Words for the day before, in normal form.
const BEFORE: &str = "prev|previous|prior|yesterday|yesterdays|yclose|prvs|ycp|pre|prec|precedente|precedent|ant|\
    anterior|anteriores|previo|previa|previos|veille|vortag|vortags|vortages|vorheriger|vorherige|vorh|vorige|vorig|vor|\
    onceki|предыдущее|предыдущая|предыдущий|предыдущего|пред|предыд|вчера|попереднє|попередня|sebelumnya|kemarin|predchozi|\
    predchadzajuci|predosly|poprz|poprzedni|poprzednie|poprzednia|poprzedniego|forrige|foregaende|foreg|edellinen|\
    elozo|προηγουμενο|προηγουμενη|предходен|prethodni|prethodno|قبلی|السابق|j 1|t 1|d 1";

/// Words that can stand beside them.
const BESIDE: &str = "day|day s|days|session|trading|dag|dags|tag|tages|dia|del|do|de|du|des|la|le|giorno|jour|seance|gun|hari|\
    dzien|dnia|dne|den|день|дня|of|the|last";

/// Whether a name contains a word for the day before.
pub(crate) fn is_of_day_before(name: &str) -> bool {
    let name = normal(name);
    split(&name).0 > 0
}

/// Whether a name means the price of the next day, which a table for learning can hold.
pub(crate) fn is_of_next_day(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "next", "tomorrow", "target", "future", "ahead", "lead", "label", "forward", "shift", "shifted", "y", "actual",
    ];
    normal(name).split(' ').any(|word| WORDS.contains(&word))
}

/// Returns a normal name without its words for the day before; `None` if it has none, or no other word.
pub(super) fn without_day_before(name: &str) -> Option<String> {
    let (before, mut rest) = split(name);
    if before == 0 {
        return None;
    }
    rest.retain(|word| !BESIDE.split('|').any(|known| known == *word));
    (!rest.is_empty()).then(|| rest.join(" "))
}

/// Returns the number of words for the day before in a normal name, and its other words.
fn split(name: &str) -> (usize, Vec<&str>) {
    // The names of wide tables are looked up by the thousand.
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| BEFORE.split('|').collect());
    let (mut before, mut rest) = (0, Vec::new());
    let mut from = name;
    while !from.is_empty() {
        let end = |count: usize| from.match_indices(' ').nth(count - 1).map_or(from.len(), |(at, _)| at);
        let (one, two) = (&from[..end(1)], &from[..end(2)]);
        let used = match [two, one].into_iter().find(|words| WORDS.contains(words)) {
            Some(words) => {
                before += 1;
                words
            }
            None => {
                rest.push(one);
                one
            }
        };
        from = from[used.len()..].trim_start();
    }
    (before, rest)
}

#[cfg(test)]
mod tests {
    use super::super::names::{Role, role};

    #[test]
    fn a_previous_close_is_no_close() {
        for name in [
            "Close (prev)",
            "Closing Price (Previous)",
            "Close (Previous Day)",
            "Chiusura prec.",
            "Chiusura precedente",
            "Prec. chiusura",
            "Cierre ant.",
            "Cierre previo",
            "Cierre día anterior",
            "Clôture j-1",
            "Clôture veille",
            "Fechamento anterior",
            "Slot vorige dag",
            "Stängning föreg.",
            "Önceki kapanış",
            "Закрытие пред.",
            "Предыдущее закрытие",
            "Penutupan sebelumnya",
            "Zamknięcie poprz.",
            "Schlusskurs Vortag",
        ] {
            assert_eq!(role(name.as_bytes()).map(|(role, _)| role), Some(Role::Unused), "{name}");
        }
        for name in ["Close", "Cierre", "Pre-Market", "Last Price", "Kurs", "Prezzo", "Ant", "PREV MAX X"] {
            assert_ne!(role(name.as_bytes()), Some((Role::Unused, 0)), "{name}");
        }
    }
}
