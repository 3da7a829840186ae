//! Detects the encoding of a text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, ISO_8859_2, KOI8_U, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1254,
};

use crate::vocabulary::names;

/// The number of bytes that are searched for names of columns.
const SEARCHED: usize = 8 * 1024;

/// The encodings in which vendors write headers. If two give the same names, the first is used.
const CANDIDATES: [&Encoding; 9] =
    [EUC_KR, WINDOWS_1252, SHIFT_JIS, GBK, BIG5, WINDOWS_1250, ISO_8859_2, WINDOWS_1251, WINDOWS_1254];

/// Finds the encoding of a text from its beginning, and the length of its byte order mark.
pub(super) fn detect(head: &[u8]) -> (&'static Encoding, usize) {
    if let Some(found) = Encoding::for_bom(head) {
        return found;
    }
    let encoding = wide(head)
        .or_else(|| (is_utf8(head) || is_mostly_utf8(head)).then_some(UTF_8))
        .or_else(|| by_names(head))
        .unwrap_or_else(|| by_frequency(head));
    (encoding, 0)
}

/// Returns the name of an encoding for the output.
pub(super) fn label(encoding: &'static Encoding, bom: bool) -> String {
    let name = match encoding.name() {
        "EUC-KR" => "cp949".to_owned(),
        name => name.to_lowercase().replace("windows-", "cp"),
    };
    if bom { format!("{name}+BOM") } else { name }
}

/// Detects UTF-16 without a byte order mark: prices are ASCII, so every other byte is zero.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(SEARCHED)];
    let zeros = |offset: usize| {
        let bytes = head.iter().skip(offset).step_by(2);
        let zeros = bytes.clone().filter(|&&byte| byte == 0).count();
        (zeros, bytes.count())
    };
    // Letters of other scripts have few zeros at even or odd positions.
    let mostly = |(zeros, all): (usize, usize), others: usize| 2 * zeros > all && zeros > 8 * others;
    match (zeros(0), zeros(1)) {
        (even, odd) if mostly(odd, even.0) => Some(UTF_16LE),
        (even, odd) if mostly(even, odd.0) => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether the head is UTF-8; its last character can be cut.
fn is_utf8(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() > 4,
    }
}

/// Whether the head is UTF-8 except for a few stray bytes, for example in a comment or a name from another source. In
/// another encoding, every other name beyond ASCII would be wrong. Few texts in other encodings contain byte sequences
/// that are characters in UTF-8.
fn is_mostly_utf8(head: &[u8]) -> bool {
    const PER_STRAY: usize = 9;
    let count = |(characters, strays): (usize, usize), chunk: std::str::Utf8Chunk<'_>| {
        let beyond_ascii = chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        (characters + beyond_ascii, strays + chunk.invalid().len())
    };
    let (characters, strays) = head.utf8_chunks().fold((0, 0), count);
    characters > 0 && characters >= PER_STRAY * strays
}

/// Returns the encoding in which the most cells of the text are known names of columns. A header of a few words is too
/// short for statistics, but its words are known.
fn by_names(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(SEARCHED)];
    let known = |encoding: &'static Encoding| {
        let text = encoding.decode_without_bom_handling(head).0;
        text.split([',', ';', '\t', '|', '\n', '\r'])
            .map(|cell| cell.trim().trim_matches('"'))
            .filter(|cell| !cell.is_ascii() && names::role(cell.as_bytes()).is_some())
            // In text with the wrong encoding, short words of accented letters occur by chance.
            .filter(|cell| cell.chars().count() > 3 || !names::normal(cell).is_ascii())
            .count()
    };
    let counts = CANDIDATES.map(known);
    let best = counts.into_iter().max().filter(|&count| count > 0)?;
    let mut tied = CANDIDATES.into_iter().zip(counts).filter(|&(_, count)| count == best);
    let likely = by_frequency(head);
    let first = tied.clone().next().map(|(encoding, _)| encoding);
    tied.find(|&(encoding, _)| encoding == likely).map(|(encoding, _)| encoding).or(first)
}

fn by_frequency(head: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let of_pairs = [EUC_JP, EUC_KR, SHIFT_JIS, GBK, BIG5].contains(&guess);
    let cyrillic = || {
        let readings =
            [WINDOWS_1251, KOI8_U].into_iter().filter_map(|encoding| Some((inner_capitals(encoding, head)?, encoding)));
        readings.min_by_key(|(capitals, _)| *capitals).map(|(_, encoding)| encoding)
    };
    if of_pairs { cyrillic().unwrap_or(guess) } else { guess }
}

/// Counts the capitals behind lower-case letters, if nearly all words beyond ASCII are Cyrillic in this encoding. The
/// detector takes a few Cyrillic names of companies for Japanese.
fn inner_capitals(encoding: &'static Encoding, head: &[u8]) -> Option<usize> {
    let text = encoding.decode_without_bom_handling(head).0;
    let words: Vec<&str> = text.split(|letter: char| letter.is_ascii()).filter(|word| !word.is_empty()).collect();
    let cyrillic =
        |letter: char| matches!(letter, 'А'..='я' | 'Ё' | 'ё' | 'Є' | 'є' | 'І' | 'і' | 'Ї' | 'ї' | 'Ґ' | 'ґ');
    let written = words.iter().filter(|word| word.chars().all(cyrillic)).count();
    let capitals = |word: &&str| {
        word.chars().zip(word.chars().skip(1)).filter(|(one, next)| one.is_lowercase() && next.is_uppercase()).count()
    };
    (10 * written >= 9 * words.len()).then(|| words.iter().map(capitals).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(encoding: &'static Encoding, text: &str) -> String {
        let (bytes, _, unmappable) = encoding.encode(text);
        assert!(!unmappable);
        let (found, mark) = detect(&bytes);
        label(found, mark > 0)
    }

    #[test]
    fn the_encoding_is_detected_from_headers() {
        assert_eq!(detected(EUC_KR, "일자,종가\n2024/12/30,25220\n"), "cp949");
        assert_eq!(detected(WINDOWS_1252, "Datum;Eröffnung\n01.11.2024;220,97\n"), "cp1252");
        assert_eq!(detected(WINDOWS_1250, "Data,Zamknięcie\n2024-01-02,1\n"), "cp1250");
        assert_eq!(detected(SHIFT_JIS, "日付,終値\n2024/01/02,1\n"), "shift_jis");
        assert_eq!(detected(GBK, "日期,收盘\n2024-01-02,1\n"), "gbk");
        assert_eq!(detected(BIG5, "日期,收盤價\n2024-01-02,1\n"), "big5");
        assert_eq!(detected(UTF_8, "날짜,종가\n2024-01-02,1\n"), "utf-8");
        assert_eq!(detected(UTF_8, "Date,Close\n"), "utf-8");
    }

    #[test]
    fn a_stray_byte_does_not_change_the_encoding() {
        let text = |rows: usize| "2024-01-02,MÜV2,1\n".repeat(rows).into_bytes();
        let stray = |rows: usize| [text(rows), b"2024-01-03,AAA,1,caf\xe9\n".to_vec()].concat();
        assert_eq!(detect(&stray(10)).0, UTF_8);
        assert_eq!(detect(&stray(3)).0, WINDOWS_1252, "as likely chance");
        assert_eq!(detect(b"2024-01-03,caf\xe9,1\n").0, WINDOWS_1252);
    }

    #[test]
    fn utf_16_is_detected_with_and_without_a_mark() {
        let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| -> String {
            let text: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
            let (found, mark) = detect(&text);
            label(found, mark > 0)
        };
        assert_eq!(wide("Date,Close\n2024-01-02,1\n", u16::to_le_bytes), "utf-16le");
        assert_eq!(wide("Date,Close\n2024-01-02,1\n", u16::to_be_bytes), "utf-16be");
        assert_eq!(wide("날짜,종가\n2024-01-02,1\n", u16::to_le_bytes), "utf-16le");
        assert_eq!(wide("\u{FEFF}Date,Close\n", u16::to_be_bytes), "utf-16be+BOM");
    }

    #[test]
    fn a_character_may_be_cut_at_the_end_of_the_head() {
        let text = "날짜,종가\n".as_bytes();
        assert_eq!(detect(&text[..text.len() - 2]).0, UTF_8);
    }

    #[test]
    fn unknown_names_are_detected_by_their_letters() {
        assert_eq!(detected(WINDOWS_1251, "неизвестно,что,это,такое\n1,2,3,4\n"), "cp1251");
        let cells = |name: &str| format!("SECID;NAME;CLOSE\nX;{name};1500,07\nX;{name};1472,80\n");
        for name in ["Индекс МосБиржи", "Индекс потребит", "Сбербанк", "ГАЗПРОМ ао"]
        {
            assert_eq!(detected(WINDOWS_1251, &cells(name)), "cp1251", "{name}");
        }
        assert_eq!(detected(EUC_KR, &cells("삼성전자")), "cp949");
        assert_eq!(detected(SHIFT_JIS, &cells("トヨタ自動車")), "shift_jis");
        assert_eq!(detected(GBK, &cells("贵州茅台")), "gbk");
    }
}
