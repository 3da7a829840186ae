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

/// Whether the filled cells of a line state only the number of rows: `Count,300`, `共300筆`.
pub(crate) fn is_count_of_rows(cells: &[&[u8]]) -> bool {
    const WORDS: &str =
        "count|row count|rows|records|total|total rows|total records|number of rows|anzahl|zeilen|合計|总计|總計|共";
    const COUNTED: &str = "筆|笔|条|條|件|行|筆資料|条记录|條記錄|rows|records|건";
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_in = |words: &str, text: &str| words.split('|').any(|word| word == text);
    let text: Vec<String> = cells.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_lowercase()).collect();
    match &text[..] {
        [one] => one.strip_prefix('共').is_some_and(|rest| {
            let counted = rest.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit()).trim();
            rest.trim_start().starts_with(|letter: char| letter.is_ascii_digit()) && is_in(COUNTED, counted)
        }),
        [word, number] => is_in(WORDS, word.trim_end_matches([':', '：'])) && is_number(number),
        _ => false,
    }
}

/// Whether the filled cells of a line contain the number of rows, `count`, and at most one other number, in whatever
/// words: `조회건수,300`, `(300 rows, 6 columns)`. Without a word, the number must be alone in the first cell of a line
/// that is as wide as the table, `is_alone`: a shorter line may be cut off.
pub(crate) fn is_number_of_rows(cells: &[&[u8]], (count, is_alone): (usize, bool)) -> bool {
    const MAX_CELLS: usize = 2;
    const MAX_NUMBERS: usize = 2;
    let line = cells.join(&b' ');
    let numbers = || line.split(|byte| !byte.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let has_word =
        String::from_utf8_lossy(&line).chars().any(|letter| letter.is_alphabetic() || "*=:#".contains(letter));
    count > 0
        && (1..=MAX_CELLS).contains(&cells.len())
        && numbers().next() == Some(count.to_string().as_bytes())
        && if has_word {
            numbers().count() <= MAX_NUMBERS
        } else {
            is_alone && cells.len() == 1 && numbers().count() == 1
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_rows_has_a_word() {
        for line in ["Count,300", "共300筆", "共 300 条", "Total rows:,300", "合計,300"] {
            let cells: Vec<&[u8]> = line.split(',').map(str::as_bytes).collect();
            assert!(is_count_of_rows(&cells), "{line}");
        }
        for line in ["2024-01-02,300", "共同基金", "Count,3.5", "300", "Count,300,4"] {
            let cells: Vec<&[u8]> = line.split(',').map(str::as_bytes).collect();
            assert!(!is_count_of_rows(&cells), "{line}");
        }
    }

    #[test]
    fn the_number_of_rows_is_one_in_any_words() {
        let is_one = |line: &str, count: usize, fits: bool| {
            let cells: Vec<&[u8]> = line.split(',').map(str::as_bytes).filter(|cell| !cell.is_empty()).collect();
            is_number_of_rows(&cells, (count, fits))
        };
        for line in
            ["件数,300", "300件", "총 300건", "Σ,300", "N,300", "n = 300", "*** 300 ***", "(300 rows, 6 columns)"]
        {
            assert!(is_one(line, 300, false) && !is_one(line, 301, false), "{line}");
        }
        assert!(is_one("300,,,,,", 300, true) && !is_one("300", 300, false));
        for line in ["2024-01-02,300", "300,1.5", "x,300,1,2", "Close,30"] {
            assert!(!is_one(line, 300, true), "{line}");
        }
    }

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
