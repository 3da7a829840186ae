//! Words for the prices of a bar with another word for what is quoted: `Open Level`, `Closing Index Value`, `Intraday
//! High`, `Adj Open`.

use super::role::Role;

/// What is quoted, behind the word for the price or in front of it.
const QUANTITIES: [&str; 9] =
    ["index value", "index level", "value", "level", "rate", "quote", "px", "index", "points"];

/// The time of a high or low, in front of the word for it.
const TIMES: [&str; 6] = ["intraday", "session", "today s", "todays", "day s", "trading day"];

/// Returns the role of a normal name of this form.
pub(super) fn role_of_qualified(name: &str) -> Option<Role> {
    let of_time = || role_of_word(TIMES.iter().find_map(|time| name.strip_prefix(time)?.strip_prefix(' '))?);
    quantity(name).map(|(role, _)| role).or_else(of_time)
}

/// Returns the role of a normal name that states what is quoted, and the word for that: `index` of `close index`.
pub(super) fn quantity(name: &str) -> Option<(Role, &'static str)> {
    QUANTITIES.iter().find_map(|&what| {
        let behind = name.strip_suffix(what).and_then(|word| word.strip_suffix(' '));
        let word = behind.or_else(|| name.strip_prefix(what)?.strip_prefix(' '))?;
        Some((role_of_word(word)?, what))
    })
}

fn role_of_word(word: &str) -> Option<Role> {
    match word {
        "open" | "opening" | "opn" => Some(Role::Open),
        "high" | "highest" | "maximum" | "max" => Some(Role::High),
        "low" | "lowest" | "minimum" | "min" => Some(Role::Low),
        "close" | "closing" | "cls" => Some(Role::Close),
        _ => None,
    }
}

/// Returns the role of the adjusted open, high, low or volume that a normal name states: `adj open`, `open adjusted`.
pub(crate) fn role_of_adjusted(name: &str) -> Option<Role> {
    const WORDS: [&str; 5] = ["adj", "adjusted", "adjustment", "ad", "adjust"];
    let before = WORDS.iter().find_map(|word| name.strip_prefix(word)?.strip_prefix(' '));
    let behind = || WORDS.iter().find_map(|word| name.strip_suffix(word)?.strip_suffix(' '));
    let word = before.or_else(behind)?;
    let word = word.strip_suffix(" price").unwrap_or(word);
    match word {
        "volume" | "vol" => Some(Role::Volume),
        _ => role_of_word(word).filter(|role| *role != Role::Close),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_bar_may_be_qualified() {
        for (name, role) in [
            ("open index value", Role::Open),
            ("high level", Role::High),
            ("index low", Role::Low),
            ("closing rate", Role::Close),
            ("close px", Role::Close),
            ("minimum value", Role::Low),
            ("intraday high", Role::High),
        ] {
            assert_eq!(role_of_qualified(name), Some(role), "{name}");
        }
        for name in ["price index", "open", "index", "open interest", "interest rate", "level", "value of close"] {
            assert_eq!(role_of_qualified(name), None, "{name}");
        }
    }

    #[test]
    fn a_part_of_the_bar_may_be_adjusted() {
        for (name, role) in
            [("adj open", Role::Open), ("adjusted high price", Role::High), ("volume adj", Role::Volume)]
        {
            assert_eq!(role_of_adjusted(name), Some(role), "{name}");
        }
        for name in ["adj close", "adj factor", "open", "adjusted"] {
            assert_eq!(role_of_adjusted(name), None, "{name}");
        }
    }
}
