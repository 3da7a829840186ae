//! The normal form in which words are compared.

/// Returns a name in lower case without accents, with its words separated by one blank, without punctuation: `adjClose`
/// and `Adj. Close**` become `adj close`, `Change %` becomes `change pct`.
pub(crate) fn normal(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    let mut before = ' ';
    for letter in name.chars().filter(|letter| !is_mark(*letter)).map(narrow) {
        let hump = before.is_lowercase() && letter.is_uppercase();
        let separates = hump || !letter.is_alphanumeric();
        if separates && !words.ends_with(' ') && !words.is_empty() {
            words.push(' ');
        }
        match letter {
            '%' => words.push_str("pct "),
            _ if letter.is_alphanumeric() => push_bare(&mut words, letter),
            _ => {}
        }
        before = letter;
    }
    words.truncate(words.trim_end().len());
    words
}

/// Returns a name without its parts in brackets: `Close ` of `Close (USD)`.
pub(super) fn without_brackets(name: &str) -> String {
    let mut depth = 0_usize;
    let outside = name.chars().filter(|letter| {
        match letter {
            '(' | '[' | '（' => depth += 1,
            ')' | ']' | '）' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    outside.collect()
}

/// Whether a character is a combining accent, a tone mark or a virama, which some files write and others omit.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36F}' | '\u{901}'..='\u{903}' | '\u{93C}' | '\u{94D}' | '\u{E47}'..='\u{E4E}')
}

/// Returns the ASCII form of a full-width letter or digit.
fn narrow(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        _ => letter,
    }
}

/// Adds a letter in lower case, without its accent.
fn push_bare(words: &mut String, letter: char) {
    if letter.is_ascii() {
        words.push(letter.to_ascii_lowercase());
        return;
    }
    for letter in letter.to_lowercase() {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' => words.push('a'),
            'ç' | 'ć' | 'č' => words.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => words.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ı' => words.push('i'),
            'ñ' | 'ń' | 'ň' => words.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => words.push('o'),
            'ù' | 'ú' | 'û' | 'ü' | 'ů' => words.push('u'),
            'ś' | 'š' | 'ş' => words.push('s'),
            'ź' | 'ż' | 'ž' => words.push('z'),
            'ł' => words.push('l'),
            'ğ' => words.push('g'),
            'ý' => words.push('y'),
            'ř' => words.push('r'),
            'æ' => words.push_str("ae"),
            'ß' => words.push_str("ss"),
            'ș' => words.push('s'),
            'ț' | 'ť' | 'ţ' => words.push('t'),
            'ă' | 'ắ' | 'ằ' | 'ẳ' | 'ẵ' | 'ặ' | 'ấ' | 'ầ' | 'ẩ' | 'ẫ' | 'ậ' | 'ạ' | 'ả' => {
                words.push('a')
            }
            'ế' | 'ề' | 'ể' | 'ễ' | 'ệ' | 'ẹ' | 'ẻ' | 'ẽ' => words.push('e'),
            'ỉ' | 'ĩ' | 'ị' => words.push('i'),
            'ố' | 'ồ' | 'ổ' | 'ỗ' | 'ộ' | 'ơ' | 'ớ' | 'ờ' | 'ở' | 'ỡ' | 'ợ' | 'ọ' | 'ỏ' | 'ő' => {
                words.push('o')
            }
            'ư' | 'ứ' | 'ừ' | 'ử' | 'ữ' | 'ự' | 'ụ' | 'ủ' | 'ũ' | 'ű' => words.push('u'),
            'ά' => words.push('α'),
            'έ' => words.push('ε'),
            'ή' => words.push('η'),
            'ί' | 'ϊ' | 'ΐ' => words.push('ι'),
            'ό' => words.push('ο'),
            'ύ' | 'ϋ' | 'ΰ' => words.push('υ'),
            'ώ' => words.push('ω'),
            'ς' => words.push('σ'),
            // A Cyrillic short i can be written with a combining breve.
            'й' => words.push('и'),
            // The combining dot that remains of the Turkish dotted capital I in lower case.
            letter if is_mark(letter) => {}
            _ => words.push(letter),
        }
    }
}
/// Whether a name contains one of the normal phrases, as whole words.
pub(super) fn contains_one<'a>(name: &str, mut phrases: impl Iterator<Item = &'a str>) -> bool {
    let name = normal(name);
    let are_words = |at: usize, phrase: &str| {
        let (front, back) = (&name[..at], &name[at + phrase.len()..]);
        (front.is_empty() || front.ends_with(' ')) && (back.is_empty() || back.starts_with(' '))
    };
    phrases.any(|phrase| name.match_indices(phrase).any(|(at, _)| are_words(at, phrase)))
}
