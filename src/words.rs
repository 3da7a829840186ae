//! Words that several rooms say: counts with their nouns, and lists.

/// `1 row`, `2 rows`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", plural(count))
}

/// The ending of a noun that stands behind that count.
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `a`, `a and b`, `a, b and c`, with the given word before the last.
pub fn join(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

/// A word as a POSIX shell takes it: in quotes, unless it needs none.
pub fn shell_word(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:+@%^=,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "row")), ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn the_word_stands_before_the_last() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([0, 1, 2, 3].map(|count| join(&parts[..count], "or")), ["", "a", "a or b", "a, b or c"]);
    }

    #[test]
    fn a_word_that_a_shell_would_split_is_quoted() {
        assert_eq!(["a.csv", "", "my prices.csv", "a$b"].map(shell_word), ["a.csv", "''", "'my prices.csv'", "'a$b'"]);
    }
}
