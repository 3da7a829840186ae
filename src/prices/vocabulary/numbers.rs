//! The words around numbers: marks of a missing value, units, and what is counted.

/// How a missing value is written, in lower case.
pub(crate) const MISSING: [&str; 31] = [
    "", "-", "--", "---", ".", "..", "...", "*", "?", "null", "(null)", "none", "nan", "n/a", "na", "#n/a", "#na",
    "nil", "n.a.", "n.a", "n.d.", "nd", "k.a.", "\\n", "#n/a n/a", "missing", "#value!", "#div/0!", "#ref!", "x",
    "nat",
];

/// Words for shares behind a volume, in lower case.
pub(crate) const COUNTED: [&str; 18] = [
    "shares", "aktien", "stück", "stk.", "stk", "szt.", "szt", "шт.", "шт", "adet", "lots", "ks", "주", "株", "股",
    "手", "張", "口",
];

/// Units of a volume in lower case, with their factors; longer ones before shorter ones.
pub(crate) const UNITS: [(&str, f64); 46] = [
    ("thousand", 1e3),
    ("million", 1e6),
    ("billion", 1e9),
    ("crore", 1e7),
    ("lakhs", 1e5),
    ("lakh", 1e5),
    ("lacs", 1e5),
    ("lac", 1e5),
    ("mio.", 1e6),
    ("mrd.", 1e9),
    ("mil.", 1e6),
    ("mln.", 1e6),
    ("млн.", 1e6),
    ("млрд", 1e9),
    ("tsd.", 1e3),
    ("тыс.", 1e3),
    ("тыс", 1e3),
    ("млн", 1e6),
    ("mio", 1e6),
    ("mrd", 1e9),
    ("mln", 1e6),
    ("mld", 1e9),
    ("tys.", 1e3),
    ("tys", 1e3),
    ("bn", 1e9),
    ("mn", 1e6),
    ("mm", 1e6),
    ("cr", 1e7),
    ("k", 1e3),
    ("m", 1e6),
    ("b", 1e9),
    ("t", 1e12),
    ("백만", 1e6),
    ("百万", 1e6),
    ("百萬", 1e6),
    ("千万", 1e7),
    ("千萬", 1e7),
    ("천", 1e3),
    ("千", 1e3),
    ("만", 1e4),
    ("万", 1e4),
    ("萬", 1e4),
    ("억", 1e8),
    ("亿", 1e8),
    ("億", 1e8),
    ("조", 1e12),
];
