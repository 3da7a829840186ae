//! Turnover in shares rather than money, by the unit in its name.

use super::role::{Known, Role};

/// Words for turnover, as normal names.
const TURNOVER: [&str; 21] = [
    "umsatz",
    "umsatze",
    "umsaetze",
    "tagesumsatz",
    "handelsumsatz",
    "gesamtumsatz",
    "turnover",
    "total turnover",
    "traded",
    "obrot",
    "obroty",
    "omsattning",
    "totalomsattning",
    "omsaetning",
    "omsetning",
    "omsat",
    "omsatt",
    "omzet",
    "vaihto",
    "scambi",
    "оборот",
];

/// Words for one or several shares, as normal names.
const SHARES: [&str; 32] = [
    "stuck",
    "stucke",
    "stueck",
    "stuecke",
    "stk",
    "st",
    "stckzahl",
    "stuckzahl",
    "aktien",
    "anteile",
    "shares",
    "share",
    "units",
    "unit",
    "pieces",
    "pcs",
    "szt",
    "sztuk",
    "sztuki",
    "styck",
    "aktier",
    "aksjer",
    "antal",
    "antall",
    "kpl",
    "stuks",
    "aandelen",
    "titres",
    "azioni",
    "pezzi",
    "шт",
    "штук",
];

/// Returns the role of a normal name of turnover in shares: `umsatz stuck`, `umsatz in stuck`.
pub(super) fn role_of_counted(name: &str) -> Option<Known> {
    let (what, unit) = name.rsplit_once(' ')?;
    let what = what.strip_suffix(" in").unwrap_or(what);
    (TURNOVER.contains(&what) && SHARES.contains(&unit)).then_some((Role::Volume, 0))
}

#[cfg(test)]
mod tests {
    use super::super::names::role;
    use super::super::normal::normal;
    use super::*;

    #[test]
    fn turnover_in_shares_is_the_volume() {
        let volume = Some((Role::Volume, 0));
        for name in [
            "Umsatz (Stück)",
            "Umsatz in Stück",
            "Umsatz [Stk.]",
            "Obrót (szt.)",
            "Turnover (shares)",
            "Omsättning (st)",
        ] {
            assert_eq!(role(name.as_bytes()), volume, "{name}");
        }
        for name in ["Umsatz (€)", "Umsatz in EUR", "Umsatz", "Turnover (USD)"] {
            assert_ne!(role(name.as_bytes()).map(|(role, _)| role), Some(Role::Volume), "{name}");
        }
    }

    #[test]
    fn every_word_is_normal() {
        assert!(TURNOVER.iter().chain(&SHARES).all(|word| normal(word) == *word));
    }
}
