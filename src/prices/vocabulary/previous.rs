//! Names of the previous close: `Prev. Close`, `Chiusura prec.`, `Slot vorige dag`.

use super::normal::normal;

/// Words for the day before, in normal form.
const BEFORE: &str = "prev|previous|prior|yesterday|yesterdays|yclose|prvs|ycp|pre|prec|precedente|precedent|precedente|ant|\
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

/// Returns a normal name without its words for the day before; `None` if it has none, or no other word.
pub(super) fn without_day_before(name: &str) -> Option<String> {
    let (before, rest) = split(name);
    let is_beside = |word: &&str| BESIDE.split('|').any(|known| known == *word);
    let rest: Vec<&str> = rest.into_iter().filter(|word| !is_beside(word)).collect();
    (before > 0 && !rest.is_empty()).then(|| rest.join(" "))
}

/// Returns the number of words for the day before in a normal name, and its other words.
fn split(name: &str) -> (usize, Vec<&str>) {
    let (mut before, mut rest) = (0, Vec::new());
    let mut words = name.split(' ').peekable();
    while let Some(word) = words.next() {
        let with_next = words.peek().map(|next| format!("{word} {next}"));
        let is_in = |word: &str| BEFORE.split('|').any(|known| known == word);
        match with_next {
            Some(pair) if is_in(&pair) => {
                words.next();
                before += 1;
            }
            _ if is_in(word) => before += 1,
            _ => rest.push(word),
        }
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
