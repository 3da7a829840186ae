//! The font of pictures: a subset of DejaVu Sans, compiled in. It also gives an upper bound for the width of text in a
//! page, because the fonts that pages use are narrower.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

const FONT: &[u8] = include_bytes!("DejaVuSans-subset.ttf");

/// Drawn instead of characters that the font does not have.
const MISSING: char = '\u{25a1}';

/// The font.
pub struct Font {
    face: Option<Face<'static>>,
}

impl Font {
    /// Loads the font.
    pub fn new() -> Font {
        Font { face: Face::parse(FONT, 0).ok() }
    }

    /// Returns the width of a text of this size.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        let Some(face) = &self.face else { return 0.6 * size * text.chars().count() as f64 };
        text.chars().map(|c| advance(face, glyph(face, c))).sum::<f64>() * scale(face, size)
    }

    /// Returns the outlines of a text whose baseline starts at `(x, y)`; none if it has no visible character.
    pub fn outlines(&self, text: &str, size: f64, (x, y): (f64, f64)) -> Option<Path> {
        let face = self.face.as_ref()?;
        let mut pen = Pen { path: PathBuilder::new(), x, y, scale: scale(face, size) };
        for c in text.chars() {
            let glyph = glyph(face, c);
            face.outline_glyph(glyph, &mut pen);
            pen.x += advance(face, glyph) * pen.scale;
        }
        pen.path.finish()
    }
}

fn scale(face: &Face<'_>, size: f64) -> f64 {
    size / f64::from(face.units_per_em())
}

fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    face.glyph_index(c).or_else(|| face.glyph_index(MISSING)).unwrap_or_default()
}

fn advance(face: &Face<'_>, glyph: GlyphId) -> f64 {
    f64::from(face.glyph_hor_advance(glyph).unwrap_or_default())
}

/// Converts outlines from the font, whose y axis points up, to the picture.
struct Pen {
    path: PathBuilder,
    x: f64,
    y: f64,
    scale: f64,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        ((self.x + f64::from(x) * self.scale) as f32, (self.y - f64::from(y) * self.scale) as f32)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_charts_write() {
        let font = Font::new();
        let face = font.face.as_ref().unwrap();
        let texts = "0123456789.,:%-−+=<>()[]/' AZaz äöüßéñçŁőΔσабвЯ …–— R² \u{25a1}";
        assert!(texts.chars().all(|c| face.glyph_index(c).is_some()));
        assert_eq!(face.glyph_index('株'), None);
        assert_eq!(font.width("株", 10.0), font.width("\u{25a1}", 10.0));
        assert!(font.width("mm", 10.0) > 1.9 * font.width("m", 10.0));
    }

    #[test]
    fn outlines_stand_on_their_baseline() {
        let font = Font::new();
        let bounds = font.outlines("Hx", 20.0, (100.0, 50.0)).unwrap().bounds();
        assert!((bounds.bottom() - 50.0).abs() < 0.5 && bounds.top() > 33.0, "{bounds:?}");
        let width = font.width("Hx", 20.0) as f32;
        assert!(bounds.left() > 100.0 && bounds.right() < 100.0 + width, "{bounds:?}");
        assert_eq!(Font::new().outlines(" ", 20.0, (0.0, 0.0)), None);
    }
}
