//! Results as a page: one HTML file that contains its style and charts, so a browser can show it without a network.
//!
//! The page is readable without its script, which only moves through the values of charts by arrow keys. Text from
//! files (tickers, columns, paths) is escaped by the template engine, and its hidden characters by `Shown`. A policy in
//! the head forbids all requests.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `style.css` | the style: colours for light and dark as custom properties, and for print |
//! | `script.js` | keyboard access to the values of charts |
//! | `days` | dates, within which lines must not be broken |
//! | `mod` | the document around the sections |
//! | `number`, `heat`, `figure` | numbers, tables and charts in a page |
//! | `card`, `evaluation`, `fan`, `verdict`, `scores` | sections that several pages share |
//! | `unrolled` | the network drawn along the days of a window |
//! | `forecast`, `explanation`, `training`, `backtest` | pages of `predict`, `explain`, `train`, `backtest`, `score` |
//! | `comparison` | the page of `compare` |

mod backtest;
mod card;
mod comparison;
mod days;
mod evaluation;
mod explanation;
mod fan;
mod figure;
mod forecast;
mod heat;
mod number;
mod scores;
mod training;
mod unrolled;
mod verdict;

use maud::{DOCTYPE, Markup, PreEscaped, Render, html};

use super::html::Text;

pub use backtest::{chart as chart_of_backtest, page as page_of_backtest, page_of_score};
pub use comparison::{chart as chart_of_comparison, page as page_of_comparison};
pub use explanation::ExplanationPage;
pub use forecast::ForecastPage;
pub use training::{PriceFan, TrainingPage};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Content security policy: a browser loads nothing except the style in the page, and runs no script except [`SCRIPT`],
/// which is identified by its SHA-256.
const POLICY: &str = concat!(
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-ON9yAEOtWcP43Mnxy7KLRMCLmDVegpdGbH2UU3hJLDM='; ",
    "base-uri 'none'; form-action 'none'"
);
/// The element that identifies pages of this program.
const GENERATOR: &str = "<meta name=\"generator\" content=\"fourcast\">";

/// A page.
#[derive(Debug)]
pub struct Page {
    /// What the page is about, in a few words.
    pub title: String,
    /// The answer: the first line is large, the others are below it.
    pub verdict: Vec<String>,
    /// The sections that support the answer, in order.
    pub sections: Vec<Section>,
}

/// A part of a page.
#[derive(Debug)]
pub struct Section {
    /// The anchor: lower-case letters, digits and hyphens, unique in the page.
    pub id: String,
    /// The heading, also in the list of contents.
    pub heading: String,
    /// The content below the heading.
    pub body: Markup,
}

/// The page of one series.
#[derive(Debug)]
pub struct SeriesPage {
    /// The series.
    pub name: String,
    /// If the series has several pages: the place of this one among them, and its topic.
    pub part: Option<(usize, String)>,
    /// The title, which says what was done with the series.
    pub title: String,
    /// The answer: the first line is large, the others are below it.
    pub verdict: Vec<String>,
    /// The sections that support the answer, in order.
    pub sections: Vec<Section>,
}

/// A series that failed, and why.
#[derive(Debug)]
pub struct FailedSeries {
    /// The series.
    pub name: String,
    /// The error.
    pub error: String,
}

/// Turns a line of terminal output into a sentence.
fn sentence(line: &str) -> String {
    let mut letters = line.chars();
    let first = letters.next().map(char::to_uppercase);
    let end = if line.ends_with(['.', '?', '!']) { "" } else { "." };
    first.into_iter().flatten().chain(letters).chain(end.chars()).collect()
}

/// Shows a command line with each word in an element, because a browser would break a line after the hyphens of
/// options.
fn words(command: &str) -> Markup {
    html! { @for (place, word) in command.split(' ').enumerate() { @if place > 0 { " " } span.word { (Text(word)) } } }
}

impl Page {
    /// Creates the page of a run of `subcommand` over one series or several, with its command line.
    pub fn of(subcommand: &str, command: &str, series: Vec<SeriesPage>, failed: &[FailedSeries]) -> Page {
        let made_by = Section {
            id: "command".into(),
            heading: "The command".into(),
            body: html! { pre { code { (words(command)) } } p.muted { "fourcast " (env!("CARGO_PKG_VERSION")) } },
        };
        match <[SeriesPage; 1]>::try_from(series) {
            Ok([one]) if failed.is_empty() => {
                let sections = one.sections.into_iter().chain([made_by]).collect();
                Page { title: one.title, verdict: one.verdict, sections }
            }
            Ok(one) => several(subcommand, one.into(), failed, made_by),
            Err(series) => several(subcommand, series, failed, made_by),
        }
    }

    /// Returns the HTML document.
    pub fn document(&self) -> String {
        let document = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    (PreEscaped(GENERATOR))
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (Text(&self.title)) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main { (self.header()) (self.contents()) @for section in &self.sections { (section) } }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        days::unbroken(&document.into_string())
    }

    fn header(&self) -> Markup {
        html! { header { h1 { (Text(&self.title)) } (verdict_block(&self.verdict, Some("verdict"))) } }
    }

    fn contents(&self) -> Markup {
        html! {
            @if self.sections.len() > 1 {
                nav aria-label="Contents" {
                    ol { @for section in &self.sections { li { a href={ "#" (section.id) } { (Text(&section.heading)) } } } }
                }
            }
        }
    }
}

/// Creates a page with one section per series.
fn several(subcommand: &str, series: Vec<SeriesPage>, failed: &[FailedSeries], made_by: Section) -> Page {
    let is_first = |one: &&SeriesPage| one.part.as_ref().is_none_or(|(place, _)| *place == 0);
    let count = series.iter().filter(is_first).count() + failed.len();
    let overview = Section { id: "overview".into(), heading: "Overview".into(), body: overview(&series) };
    let of_series = |(k, one): (usize, SeriesPage)| Section {
        id: format!("series-{}", k + 1),
        heading: one.heading(),
        body: one.within(k + 1),
    };
    let of_failed = |(k, FailedSeries { name, error }): (usize, &FailedSeries)| Section {
        id: format!("failed-{}", k + 1),
        heading: format!("{name} (failed)"),
        body: html! { p { (Text(error)) } },
    };
    let sections = [overview].into_iter().chain(series.into_iter().enumerate().map(of_series));
    let sections = sections.chain(failed.iter().enumerate().map(of_failed)).chain([made_by]).collect();
    Page { title: format!("fourcast {subcommand}: {count} series"), verdict: Vec::new(), sections }
}

/// Shows the answer of each series, with a link to its section.
fn overview(series: &[SeriesPage]) -> Markup {
    let name = |k: usize, name: &str| html! { a href={ "#series-" (k + 1) } { (Text(name)) } };
    html! {
        dl.answers {
            @for (k, one) in series.iter().enumerate() {
                dt { (name(k, &one.heading())) }
                dd { @for line in &one.verdict { p { (Text(line)) } } }
            }
        }
    }
}

impl SeriesPage {
    /// Returns the heading of the series' section.
    fn heading(&self) -> String {
        match &self.part {
            Some((_, part)) => format!("{}, {part}", self.name),
            None => self.name.clone(),
        }
    }

    /// Shows the page as part of the section of a series.
    fn within(&self, number: usize) -> Markup {
        html! {
            p.muted { (Text(&self.title)) }
            (verdict_block(&self.verdict, None))
            @for section in &self.sections {
                section id={ "series-" (number) "-" (section.id) } {
                    h3 { (Text(&section.heading)) }
                    (section.body)
                }
            }
        }
    }
}

/// Shows the answer: the first line is large, the others are below it.
fn verdict_block(lines: &[String], id: Option<&str>) -> Markup {
    html! {
        @if let Some((first, others)) = lines.split_first() {
            div.verdict id=[id] {
                p.answer { (Text(first)) }
                @for other in others { p { (Text(other)) } }
            }
        }
    }
}

impl Render for Section {
    fn render(&self) -> Markup {
        html! {
            section id=(self.id) aria-labelledby={ (self.id) "-heading" } {
                h2 id={ (self.id) "-heading" } { (Text(&self.heading)) }
                (self.body)
            }
        }
    }
}

/// Whether `head`, the beginning of a file, is that of a page made by this program. Such a file can be replaced.
pub fn is_page(head: &[u8]) -> bool {
    let start = format!("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">{GENERATOR}");
    head.starts_with(start.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    const EVIL: &str = "<script>alert(1)</script>\u{202e}\" onload='x' &amp;";

    fn page() -> Page {
        let section = |id: &str| Section { id: id.into(), heading: EVIL.into(), body: html! { p { (Text(EVIL)) } } };
        Page { title: EVIL.into(), verdict: vec![EVIL.into()], sections: vec![section("one"), section("two")] }
    }

    #[test]
    fn what_comes_from_files_is_text() {
        let document = page().document();
        assert!(document.matches("<script").count() == 1 && !document.contains('\u{202e}'), "{document}");
        let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}&quot; onload='x' &amp;amp;";
        // The title twice, the verdict, and for each section its link, heading and text.
        assert_eq!(document.matches(escaped).count(), 9, "{document}");
    }

    #[test]
    fn a_line_is_a_sentence() {
        assert_eq!(sentence("findings are 15 tests"), "Findings are 15 tests.");
        assert_eq!(["Done.", "ß is", ""].map(sentence), ["Done.", "SS is.", "."]);
    }

    #[test]
    fn no_line_is_broken_within_a_date() {
        let verdict = vec!["The forecast for 2024-01-02 is 5.".to_owned()];
        let document = Page { verdict, ..page() }.document();
        assert!(document.contains("for <span class=\"day\">2024-01-02</span> is"), "{document}");
        assert!(STYLE.contains(".day { white-space: nowrap; }"));
    }

    /// A browser does not run the script if its hash differs.
    #[test]
    fn the_policy_names_the_script() {
        let hash = POLICY.split_once("'sha256-").unwrap().1.split_once('\'').unwrap().0;
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let value = |digit: u8| digits.iter().position(|own| *own == digit).unwrap() as u32;
        let of_four =
            |four: &[u8]| four.iter().fold(0, |bits, digit| bits << 6 | value(*digit)) << (6 * (4 - four.len()));
        let bytes = hash
            .trim_end_matches('=')
            .as_bytes()
            .chunks(4)
            .map(of_four)
            .flat_map(|bits| bits.to_be_bytes()[1..].to_vec());
        assert_eq!(bytes.take(32).collect::<Vec<u8>>(), Sha256::digest(SCRIPT)[..]);
    }

    #[test]
    fn nothing_is_loaded() {
        let document = page().document().to_lowercase();
        for request in ["http:", "https:", "src=", "url(", "@import", "<link"] {
            assert!(!document.contains(request), "{request}");
        }
    }

    #[test]
    fn a_page_is_recognised_and_other_html_is_not() {
        assert!(is_page(page().document().as_bytes()));
        assert!(!is_page(b"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Mine</title>"));
        assert!(!is_page(b""));
    }
}
