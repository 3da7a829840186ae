//! Dates in the text of a page, which a browser would otherwise break after their hyphens.

/// Elements whose content is left unchanged: anything that is not text, drawings, cells that are never broken, and
/// command lines.
const LEFT: [&str; 6] = ["title", "style", "script", "svg", "table", "pre"];

/// Puts each date (YYYY-MM-DD) in the text of a document into an element of the class `day`.
///
/// This is done for the whole document, because the sentences with dates come from many modules.
pub(super) fn unbroken(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out += &marked(&rest[..start]);
        rest = &rest[start..];
        let end = LEFT.iter().find_map(|name| end_of(rest, name));
        let end = end.or_else(|| rest.find('>').map(|end| end + 1)).unwrap_or(rest.len());
        out += &rest[..end];
        rest = &rest[end..];
    }
    out + &marked(rest)
}

/// Returns where the element `name` ends, if the text begins with one.
fn end_of(html: &str, name: &str) -> Option<usize> {
    let within = html.strip_prefix('<')?.strip_prefix(name)?;
    let close = format!("</{name}>");
    within.starts_with([' ', '>']).then(|| html.find(&close).map(|end| end + close.len())).flatten()
}

/// Puts each date of a text into an element.
fn marked(text: &str) -> String {
    const LENGTH: usize = 10;
    let (mut out, mut copied) = (String::new(), 0);
    for at in 0..text.len().saturating_sub(LENGTH - 1) {
        if at >= copied && is_day(&text.as_bytes()[at..at + LENGTH]) && stands_alone(text, at, at + LENGTH) {
            out += &format!("{}<span class=\"day\">{}</span>", &text[copied..at], &text[at..at + LENGTH]);
            copied = at + LENGTH;
        }
    }
    out + &text[copied..]
}

fn is_day(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .enumerate()
        .all(|(place, byte)| if matches!(place, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() })
}

/// Whether a date is not part of a longer word such as the name of a file.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '/');
    !text[..start].ends_with(is_part) && !text[end..].starts_with(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_text_are_not_broken() {
        let day = "<span class=\"day\">2024-01-02</span>";
        let text = "<p class=\"2024-01-02\">From 2024-01-02 to <b>2024-01-02</b>.</p>";
        let expected = format!("<p class=\"2024-01-02\">From {day} to <b>{day}</b>.</p>");
        assert_eq!(unbroken(text), expected);
        assert_eq!(unbroken("am 2024-01-02, über 2024-01-02"), format!("am {day}, über {day}"));
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "<title>2024-01-02</title>",
            "<script>let day = 2024-01-02;</script>",
            "<svg viewBox=\"0\"><text>2024-01-02</text></svg>",
            "<table><tr><td>2024-01-02</td></tr></table>",
            "<pre>2024-01-02</pre>",
            "prices-2024-01-02.csv 2024-01-020 12024-01-02 2024-1-02",
            "ü",
        ] {
            assert_eq!(unbroken(text), text);
        }
    }
}
