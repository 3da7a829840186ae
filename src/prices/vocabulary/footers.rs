//! Lines of text that vendors write under the prices.

/// Parts of such lines, in lower case.
const FOOTERS: [&str; 16] = [
    "downloaded from barchart",
    "date downloaded",
    "brokerage services are provided by",
    "close price adjusted for splits",
    "source:",
    "quelle:",
    "fonte:",
    "fuente:",
    "数据来源",
    "數據來源",
    "資料來源",
    "本資料は日経",
    "說明:",
    "說明：",
    "符號說明",
    "當日統計資訊",
];

/// The number of bytes of a line that are examined: a file can have many notes, of any length.
const MAX_BYTES: usize = 400;

/// Whether a line states where the prices come from, or the meaning of signs between them.
pub(crate) fn is_footer(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(&line[..line.len().min(MAX_BYTES)]).to_lowercase();
    FOOTERS.iter().any(|footer| line.contains(footer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_vendors_are_known() {
        for line in
            ["Downloaded from Barchart.com as of 11-20-2026", "*Close price adjusted for splits.", "数据来源:通达信"]
        {
            assert!(is_footer(line.as_bytes()), "{line}");
        }
        for line in ["Average", "10 rows in set", "Date,Close", "trading halted"] {
            assert!(!is_footer(line.as_bytes()), "{line}");
        }
    }
}
