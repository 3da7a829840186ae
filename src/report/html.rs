//! Text in HTML and SVG.

use std::fmt::Display;

use maud::Render;

use super::terminal::Shown;

/// Text from a file or a command line, with hidden characters escaped (`\u{202e}`), then escaped for HTML.
#[derive(Debug, Clone, Copy)]
pub struct Text<T>(pub T);

impl<T: Display> Render for Text<T> {
    fn render_to(&self, buffer: &mut String) {
        Shown(&self.0).to_string().as_str().render_to(buffer);
    }
}
