//! The screen that text goes to, and texts cut to its width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The screen that a table is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Whether it has characters beyond ASCII.
    pub unicode: bool,
}

impl Screen {
    /// The first where there is Unicode, the second elsewhere.
    pub(super) fn either<T>(self, unicode: T, ascii: T) -> T {
        if self.unicode { unicode } else { ascii }
    }
}

/// A text of at most `longest` columns of a screen; a longer one ends with a sign.
pub fn shortened(text: &str, longest: usize, screen: Screen) -> String {
    let sign = if screen.unicode { '…' } else { '~' };
    if text.width() <= longest {
        return text.to_owned();
    }
    let mut width = 0;
    let fits = |letter: &char| {
        width += letter.width().unwrap_or(0);
        width < longest
    };
    text.chars().take_while(fits).chain([sign]).collect()
}
