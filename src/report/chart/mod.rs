//! Charts. Each is drawn into a scene, from which a page, an SVG file or a PNG file is made.
//!
//! The modules, from the bottom. Each imports only from modules that stand before it; a test reads this table.
//!
//! | module | what it holds |
//! |---|---|
//! | `scale` | conversion from values to places, and round values for ticks |
//! | `scene`, `size` | the parts of a chart; its size |
//! | `font`, `svg`, `png` | a scene as a file or as part of a page |
//! | `mod` | a chart, and charts as a file |
//! | `readout` | the values at the pointer, on lines that fit |
//! | `plot` | the frame of a chart: axes, legend, places of values |
//! | `fan` | prices, and the prediction intervals of the days ahead |
//! | `lines` | values over days or epochs, with bands |
//! | `histogram` | fractions of days in equal bins |
//! | `dots` | values with intervals, in named rows |

pub(super) mod dots;
pub(super) mod fan;
pub(super) mod font;
pub(super) mod histogram;
pub(super) mod lines;
pub(super) mod plot;
mod png;
pub(super) mod readout;
pub(super) mod scale;
pub(super) mod scene;
pub(super) mod size;
pub(super) mod svg;

use std::io;
use std::path::Path;

use serde_json::Value;

use scene::{Mark, Scene};
use size::Size;

/// A chart.
pub trait Chart {
    /// Returns what the chart shows, in a few words.
    fn title(&self) -> String;
    /// Returns what the chart shows in a sentence, with its main values, for readers who cannot see it.
    fn description(&self) -> String;
    /// Draws the chart, without its title if a heading beside it has the title.
    fn draw(&self, size: Size, with_title: bool) -> Scene;
    /// Returns the numbers that the chart shows.
    fn table(&self) -> Table;
}

/// Numbers as in json, with the names of their columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

/// The file formats of charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A vector graphic.
    Svg,
    /// A bitmap.
    Png,
}

impl Picture {
    /// Returns the format for the extension of a file's name.
    pub fn of(path: &Path) -> Option<Picture> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "svg" => Some(Picture::Svg),
            "png" => Some(Picture::Png),
            _ => None,
        }
    }

    /// Whether `head`, the beginning of a file, is that of a picture made by this program. Such a file can be replaced.
    pub fn is_own(self, head: &[u8]) -> bool {
        match self {
            Picture::Svg => svg::is_document(head),
            Picture::Png => png::is_document(head),
        }
    }

    /// Returns one file with the charts one below the other.
    ///
    /// # Errors
    /// If the picture would be larger than its format allows.
    pub fn document(self, charts: &[Box<dyn Chart>]) -> io::Result<Vec<u8>> {
        let scene = stacked(charts.iter().map(|chart| chart.draw(Size::WIDE, true)));
        match self {
            Picture::Svg => {
                let descriptions: Vec<String> = charts.iter().map(|chart| chart.description()).collect();
                Ok(svg::document(&scene, &descriptions.join(" ")).into_bytes())
            }
            Picture::Png => png::document(&scene),
        }
    }
}

/// Stacks scenes one below the other. With several scenes, no values are shown at the pointer.
pub(super) fn stacked(scenes: impl Iterator<Item = Scene>) -> Scene {
    let mut scenes = scenes.peekable();
    let Some(mut all) = scenes.next() else { return Scene::empty() };
    for mut scene in scenes {
        scene.shift(all.height + 12.0);
        all.hovers.clear();
        all.marks.push(Mark::Text(std::mem::replace(&mut all.readout, scene.readout)));
        all.height += 12.0 + scene.height;
        all.width = all.width.max(scene.width);
        all.marks.append(&mut scene.marks);
    }
    all
}
