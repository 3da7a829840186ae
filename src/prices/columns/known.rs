//! The roles that the names of the columns state, with those that depend on all names or on the numbers.

use super::currency;
use super::letters::{self, Taken};
use super::sample::Sample;
use crate::table::Table;
use crate::vocabulary::affix;
use crate::vocabulary::names::{self, Known};

/// The roles that the names of a table state, and the names in capitals that only their numbers say are no tickers.
pub(super) fn of(table: &Table, sample: &Sample) -> (Vec<Option<Known>>, Vec<Taken>) {
    let prefix = common_word(table);
    let role = |name: &String| {
        let short =
            || names::normal(name).strip_prefix(prefix.as_deref()?).and_then(|rest| names::role(rest.as_bytes()));
        names::role(name.as_bytes()).or_else(short)
    };
    let mut known: Vec<Option<Known>> = table.names.iter().map(role).collect();
    currency::settle(&table.names, &mut known);
    affix::free_words(&table.names, &mut known);
    let taken = letters::read(table, sample, &mut known);
    (known, taken)
}

/// The first word of all names, if they share one: `stock_date,stock_open,stock_close`.
fn common_word(table: &Table) -> Option<String> {
    const MIN_COLUMNS: usize = 3;
    let names: Vec<String> = table.names.iter().map(|name| names::normal(name)).collect();
    let (word, _) = names.first()?.split_once(' ')?;
    let word = format!("{word} ");
    (names.len() >= MIN_COLUMNS && names.iter().all(|name| name.starts_with(&word))).then_some(word)
}
