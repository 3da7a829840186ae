//! Charts as PNG.

use std::io;

use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke as PenStroke, StrokeDash,
    Transform,
};

use super::font::Font;
use super::scene::{Anchor, Ink, Label, Mark, Point, Scene, Stroke};

/// Pixels per unit; two are sharp in print and on high-density screens.
const PIXELS: f32 = 2.0;
/// The text entry, key and value, that identifies files of this program.
const ENTRY: (&str, &str) = ("Software", "fourcast");

/// Draws a chart on white.
///
/// # Errors
/// If the picture would be larger than PNG allows.
pub fn document(scene: &Scene) -> io::Result<Vec<u8>> {
    let size = |length: f64| (length as f32 * PIXELS).ceil() as u32;
    let (width, height) = (size(scene.width), size(scene.height));
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| io::Error::other("the picture is too large"))?;
    pixmap.fill(Color::WHITE);
    let mut painter = Painter { pixmap, font: Font::new() };
    scene.marks.iter().for_each(|mark| painter.draw(mark));
    painter.text(&scene.readout);
    encode(&painter.pixmap)
}

/// Whether `head`, the beginning of a file, is that of a picture made by this program. Such a file can be replaced.
pub fn is_document(head: &[u8]) -> bool {
    let entry = format!("tEXt{}\0{}", ENTRY.0, ENTRY.1);
    let start = &head[..head.len().min(256)];
    head.starts_with(b"\x89PNG") && start.windows(entry.len()).any(|bytes| bytes == entry.as_bytes())
}

fn encode(pixmap: &Pixmap) -> io::Result<Vec<u8>> {
    // The white background is opaque, so premultiplied colours equal the plain ones.
    let pixels: Vec<u8> = pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.add_text_chunk(ENTRY.0.to_owned(), ENTRY.1.to_owned())?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

struct Painter {
    pixmap: Pixmap,
    font: Font,
}

impl Painter {
    fn draw(&mut self, mark: &Mark) {
        match mark {
            Mark::Line { points, stroke } => {
                if let Some(path) = polyline(points) {
                    self.stroke(&path, stroke);
                }
            }
            Mark::Area { points, ink } => {
                let points: Vec<Point> = points.iter().copied().map(Some).collect();
                self.fill(polyline(&points), *ink);
            }
            Mark::Bar { x, y, width, height, ink } => {
                let rect = Rect::from_xywh(*x as f32, *y as f32, *width as f32, *height as f32);
                self.fill(rect.map(PathBuilder::from_rect), *ink);
            }
            Mark::Dot { x, y, radius, ink, hollow } => {
                let Some(path) = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32) else { return };
                match hollow {
                    false => self.fill(Some(path), *ink),
                    true => self.stroke(&path, &Stroke { ink: *ink, width: 1.8, dashes: super::scene::Dashes::Solid }),
                }
            }
            Mark::Text(label) => self.text(label),
        }
    }

    fn fill(&mut self, path: Option<Path>, ink: Ink) {
        if let Some(path) = path {
            self.pixmap.fill_path(&path, &paint(ink), FillRule::Winding, transform(), None);
        }
    }

    fn stroke(&mut self, path: &Path, Stroke { ink, width, dashes }: &Stroke) {
        let dash = StrokeDash::new(dashes.lengths().to_vec(), 0.0);
        let (line_cap, line_join) = (LineCap::Butt, LineJoin::Round);
        let stroke = PenStroke { width: *width as f32, dash, line_cap, line_join, ..PenStroke::default() };
        self.pixmap.stroke_path(path, &paint(*ink), &stroke, transform(), None);
    }

    fn text(&mut self, Label { x, y, text, anchor, ink, size }: &Label) {
        let before = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => self.font.width(text, *size) / 2.0,
            Anchor::End => self.font.width(text, *size),
        };
        let path = self.font.outlines(text, *size, (x - before, *y));
        self.fill(path, *ink);
    }
}

fn transform() -> Transform {
    Transform::from_scale(PIXELS, PIXELS)
}

fn paint(ink: Ink) -> Paint<'static> {
    let mut paint = Paint::default();
    let [r, g, b] = ink.rgb();
    paint.set_color_rgba8(r, g, b, 255);
    paint
}

fn polyline(points: &[Point]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut is_drawing = false;
    for point in points {
        match point {
            Some((x, y)) if is_drawing => path.line_to(*x as f32, *y as f32),
            Some((x, y)) => path.move_to(*x as f32, *y as f32),
            None => {}
        }
        is_drawing = point.is_some();
    }
    path.finish()
}
