//! Charts as SVG: in a page with the colours of its style sheet, in a file with fixed colours.

use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use super::scene::{Anchor, Dashes, Hover, Ink, Label, Mark, Point, Scene, Stroke};
use crate::report::html::Text;

/// Returns a chart for a page; `description` is for readers who cannot see it. A chart with values can be focused, so
/// that the script of the page can move through them.
pub fn inline(scene: &Scene, description: &str) -> Markup {
    let focus = (!scene.hovers.is_empty()).then_some("0");
    html! {
        svg.chart viewBox={ "0 0 " (number(scene.width)) " " (number(scene.height)) } role="img" tabindex=[focus]
            aria-label=(Text(description)) {
            (content(scene))
        }
    }
}

/// Returns a drawing for a page that is hidden from screen readers.
pub fn hidden(scene: &Scene) -> Markup {
    html! {
        svg.chart viewBox={ "0 0 " (number(scene.width)) " " (number(scene.height)) } aria-hidden="true" { (content(scene)) }
    }
}

/// Returns a chart for a file, on white.
pub fn document(scene: &Scene, description: &str) -> String {
    let (width, height) = (number(scene.width), number(scene.height));
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="img" aria-label=(Text(description)) {
            metadata { (MADE_BY) }
            style { (PreEscaped(fixed_style())) }
            rect width=(width) height=(height) fill="#ffffff" {}
            (content(scene))
        }
    };
    markup.into_string() + "\n"
}

/// The text that identifies files of this program.
const MADE_BY: &str = "made by fourcast";

/// Whether `head`, the beginning of a file, is that of a chart made by this program. Such a file can be replaced.
pub fn is_document(head: &[u8]) -> bool {
    let start = &head[..head.len().min(4096)];
    head.starts_with(b"<?xml") && start.windows(MADE_BY.len()).any(|bytes| bytes == MADE_BY.as_bytes())
}

fn fixed_style() -> String {
    let mut style = String::from(
        "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif}\
         .h rect{fill:transparent}.h text{visibility:hidden;fill:#1b1f24}.h:hover rect{fill:rgba(86,93,102,.28)}\
         .h:hover text{visibility:visible}svg:hover .idle{visibility:hidden}",
    );
    for ink in Ink::ALL {
        let ([r, g, b], name) = (ink.rgb(), ink.name());
        // Writing to a string never fails.
        let _ = write!(
            style,
            ".f-{name}{{fill:#{r:02x}{g:02x}{b:02x}}}.s-{name}{{stroke:#{r:02x}{g:02x}{b:02x};fill:none}}"
        );
    }
    style
}

fn content(scene: &Scene) -> Markup {
    html! {
        @for mark in &scene.marks { (mark_markup(mark)) }
        @if !scene.readout.text.is_empty() { g.idle { (label(&scene.readout)) } }
        @for hover in &scene.hovers { (hover_markup(hover, &scene.readout)) }
    }
}

fn mark_markup(mark: &Mark) -> Markup {
    match mark {
        Mark::Line { points, stroke } => line(points, stroke),
        Mark::Area { points, ink } => {
            let points: Vec<Point> = points.iter().copied().map(Some).collect();
            html! { path class={ "f-" (ink.name()) } d={ (path(&points)) "Z" } {} }
        }
        Mark::Bar { x, y, width, height, ink } => html! {
            rect class={ "f-" (ink.name()) } x=(number(*x)) y=(number(*y)) width=(number(*width)) height=(number(*height)) {}
        },
        Mark::Dot { x, y, radius, ink, hollow: false } => html! {
            circle class={ "f-" (ink.name()) } cx=(number(*x)) cy=(number(*y)) r=(number(*radius)) {}
        },
        Mark::Dot { x, y, radius, ink, hollow: true } => html! {
            circle class={ "s-" (ink.name()) } cx=(number(*x)) cy=(number(*y)) r=(number(*radius)) stroke-width="1.8" {}
        },
        Mark::Text(text) => label(text),
    }
}

fn line(points: &[Point], Stroke { ink, width, dashes }: &Stroke) -> Markup {
    let dashes = (*dashes != Dashes::Solid)
        .then(|| dashes.lengths().iter().map(|length| number(f64::from(*length))).collect::<Vec<_>>().join(" "));
    html! {
        path class={ "s-" (ink.name()) } d=(path(points)) stroke-width=(number(*width)) stroke-linejoin="round"
            stroke-dasharray=[dashes] {}
    }
}

/// Returns path commands (move and line), with one decimal.
fn path(points: &[Point]) -> String {
    let mut text = String::with_capacity(12 * points.len());
    let mut is_drawing = false;
    for point in points {
        if let Some((x, y)) = point {
            let command = if is_drawing { 'L' } else { 'M' };
            // Writing to a string never fails.
            let _ = write!(text, "{command}{} {}", number(*x), number(*y));
        }
        is_drawing = point.is_some();
    }
    text
}

fn label(Label { x, y, text, anchor, ink, size }: &Label) -> Markup {
    html! {
        text class={ "f-" (ink.name()) } x=(number(*x)) y=(number(*y)) font-size=(number(*size)) text-anchor=[anchor_name(*anchor)] {
            (Text(text))
        }
    }
}

fn anchor_name(anchor: Anchor) -> Option<&'static str> {
    match anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    }
}

/// Returns the area that reacts to the pointer, and the values, which the style sheet shows while it is pointed at.
fn hover_markup(Hover { x, y, width, height, lines }: &Hover, readout: &Label) -> Markup {
    html! {
        g.h {
            rect x=(number(*x)) y=(number(*y)) width=(number(*width)) height=(number(*height)) {}
            @for (k, line) in lines.iter().enumerate() {
                text x=(number(readout.x)) y=(number(readout.y + k as f64 * super::scene::LINE)) font-size=(number(readout.size)) {
                    (Text(line))
                }
            }
        }
    }
}

/// Formats a length with one decimal.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Avoids "-0".
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> Scene {
        let stroke = Stroke { ink: Ink::Blue, width: 2.0, dashes: Dashes::Dashed };
        let label =
            |text: &str| Label { x: 1.0, y: 2.0, text: text.into(), anchor: Anchor::End, ink: Ink::Muted, size: 13.0 };
        let points = vec![Some((0.0, 1.04)), Some((1.06, -0.01)), None, Some((3.0, 4.0))];
        Scene {
            width: 40.0,
            height: 20.0,
            marks: vec![Mark::Line { points, stroke }, Mark::Text(label("<b>&"))],
            hovers: vec![Hover { x: 1.0, y: 2.0, width: 3.0, height: 4.0, lines: vec!["<i>: 5".into()] }],
            readout: label("price"),
        }
    }

    #[test]
    fn lines_are_interrupted_and_lengths_are_short() {
        let text = inline(&scene(), "a \"chart\"").into_string();
        assert!(text.contains("d=\"M0 1L1.1 0M3 4\" stroke-width=\"2\""), "{text}");
        assert!(
            text.contains("stroke-dasharray=\"6 4\"") && text.contains("aria-label=\"a &quot;chart&quot;\""),
            "{text}"
        );
    }

    #[test]
    fn a_chart_with_values_takes_the_focus() {
        assert!(inline(&scene(), "").into_string().contains(" tabindex=\"0\""));
        let without = Scene { hovers: Vec::new(), ..scene() };
        assert!(!inline(&without, "").into_string().contains("tabindex"));
        assert!(!document(&scene(), "").contains("tabindex") && !hidden(&scene()).into_string().contains("tabindex"));
    }

    #[test]
    fn texts_are_escaped() {
        let text = document(&scene(), "<x>");
        assert!(text.contains("&lt;b&gt;&amp;") && text.contains("&lt;i&gt;: 5") && !text.contains("<x>"), "{text}");
        assert!(is_document(text.as_bytes()) && !is_document(b"<?xml version=\"1.0\"?><svg></svg>"));
    }
}
