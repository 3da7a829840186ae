//! Charts in a page: across the page or side by side, each with its numbers below it.

use maud::{Markup, html};

use super::number::numbers;
use crate::report::chart::size::Size;
use crate::report::chart::{Chart, svg};

/// Shows a chart across the page, in a second version for narrow screens.
pub fn figure(chart: &dyn Chart, caption: &Markup) -> Markup {
    let description = chart.description();
    let drawn = |size| svg::inline(&chart.draw(size, false), &description);
    html! {
        figure {
            div.wide { (drawn(Size::WIDE)) }
            div.narrow { (drawn(Size::NARROW)) }
            figcaption { (caption) }
            (numbers_of(chart))
        }
    }
}

/// Shows a chart of half the width, under its title.
pub fn half(chart: &dyn Chart, caption: &Markup) -> Markup {
    html! {
        figure {
            h3 { (super::Text(chart.title())) }
            (svg::inline(&chart.draw(Size::HALF, false), &chart.description()))
            figcaption { (caption) }
            (numbers_of(chart))
        }
    }
}

/// Shows two charts side by side, or one below the other on a narrow screen.
pub fn pair(left: &Markup, right: &Markup) -> Markup {
    html! { div.pair { (left) (right) } }
}

/// Shows a chart of half the width with nothing beside it.
pub fn alone(left: &Markup) -> Markup {
    html! { div.pair { (left) } }
}

fn numbers_of(chart: &dyn Chart) -> Markup {
    let table = chart.table();
    html! {
        @if !table.rows.is_empty() {
            details { summary { "Numbers of this chart" } (numbers(&table, &chart.title())) }
        }
    }
}
