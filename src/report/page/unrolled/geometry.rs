//! Places and thicknesses as plain numbers, and the marks drawn from them.
//!
//! A band lies around an axis: values above zero are drawn above it, values below zero below it, each as thick as its
//! value.

use crate::model::{DayFlow, SignedMeans};
use crate::report::chart::scene::{Anchor, Dashes, Ink, Label, Mark, Stroke};

/// The thickest band, in pixels.
const THICKEST: f64 = 58.0;

/// The scale from values to thicknesses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Pixels per unit of value.
    pub per_unit: f64,
    /// The room above and below an axis.
    pub room: Thickness,
}

/// The thickness of a band above and below its axis.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Thickness {
    pub above: f64,
    pub below: f64,
}

impl Thickness {
    pub fn total(self) -> f64 {
        self.above + self.below
    }

    pub fn plus(self, other: Thickness) -> Thickness {
        Thickness { above: self.above + other.above, below: self.below + other.below }
    }
}

impl Scale {
    /// Creates the one scale that the whole drawing has.
    pub fn of<'a>(days: impl Iterator<Item = &'a DayFlow>) -> Scale {
        let bands: Vec<SignedMeans> = days.flat_map(bands).collect();
        let largest = bands.iter().map(|means| means.size()).fold(0.0, f64::max);
        let per_unit = if largest > 0.0 { THICKEST / largest } else { 0.0 };
        let max = |part: fn(&SignedMeans) -> f64| per_unit * bands.iter().map(part).fold(0.0, f64::max);
        let room = Thickness { above: max(|means| means.above), below: max(|means| means.below) };
        Scale { per_unit, room }
    }

    pub fn thickness(&self, means: SignedMeans) -> Thickness {
        Thickness { above: self.per_unit * means.above, below: self.per_unit * means.below }
    }
}

/// Returns the values of a day's bands, including the state's band at its widest place.
fn bands(day: &DayFlow) -> Vec<SignedMeans> {
    let both = day.terms.map(|terms| SignedMeans {
        above: terms.kept.above + terms.added.above,
        below: terms.kept.below + terms.added.below,
    });
    let terms = day.sum.iter().map(|(_, means)| *means);
    [day.before, day.after, day.hidden].into_iter().chain(both).chain(terms).collect()
}

/// Line segments of a curve between two places.
const CURVE: usize = 8;

/// The thickness of a band along x: constant or changing smoothly between the given places.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile(pub Vec<(f64, Thickness)>);

impl Profile {
    /// Returns the thickness at x.
    pub fn at(&self, x: f64) -> Thickness {
        let after = self.0.iter().position(|(place, _)| *place >= x).unwrap_or(self.0.len() - 1).max(1);
        let ((from, start), (to, end)) = (self.0[after - 1], self.0[after]);
        let share = if to > from { ((x - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
        let smooth = share * share * (3.0 - 2.0 * share);
        let between = |start: f64, end: f64| start + smooth * (end - start);
        Thickness { above: between(start.above, end.above), below: between(start.below, end.below) }
    }

    /// Returns the places between two x at which the band's outline has points.
    fn places(&self, from: f64, to: f64) -> Vec<f64> {
        let ends = self.0.iter().map(|(x, _)| *x).chain([from, to]);
        let mut all: Vec<f64> = ends.filter(|x| (from..=to).contains(x)).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        let curve = |pair: &[f64]| {
            let (start, step) = (pair[0], (pair[1] - pair[0]) / CURVE as f64);
            (0..CURVE).map(move |k| start + step * k as f64).collect::<Vec<f64>>()
        };
        all.windows(2).flat_map(curve).chain([to]).collect()
    }
}

/// The colours of a band.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub fill: Ink,
    pub edge: Ink,
}

/// The state, which is passed from day to day.
pub const STATE: Look = Look { fill: Ink::Band, edge: Ink::Blue };
/// What is added to the state.
pub const ADDED: Look = Look { fill: Ink::Orange, edge: Ink::Orange };
/// The hidden state that is passed on to the layer above or the head.
pub const HIDDEN: Look = Look { fill: Ink::Green, edge: Ink::Green };

/// Draws the area between two profiles around an axis, from one x to another: filled above the axis, hatched below it.
pub fn between(inner: &Profile, outer: &Profile, axis: f64, (from, to): (f64, f64), look: Look) -> Vec<Mark> {
    let places = outer.places(from, to);
    let line = |profile: &Profile, side: fn(Thickness) -> f64| -> Vec<(f64, f64)> {
        places.iter().map(|x| (*x, axis + side(profile.at(*x)))).collect()
    };
    let above = |thickness: Thickness| -thickness.above;
    let below = |thickness: Thickness| thickness.below;
    let mut marks = Vec::new();
    for (side, is_filled) in [(above as fn(Thickness) -> f64, true), (below, false)] {
        let (near, far) = (line(inner, side), line(outer, side));
        // Too thin to be visible.
        if near.iter().zip(&far).all(|(near, far)| (near.1 - far.1).abs() < 0.05) {
            continue;
        }
        let area: Vec<(f64, f64)> = far.iter().copied().chain(near.iter().rev().copied()).collect();
        let edge = Stroke { ink: look.edge, width: 1.0, dashes: Dashes::Solid };
        if is_filled {
            marks.push(Mark::Area { points: area, ink: look.fill });
        } else {
            let end = |profile: &Profile, x: f64| axis + side(profile.at(x));
            marks.extend(hatches((from, to)).map(|x| Mark::Line {
                points: vec![Some((x, end(inner, x))), Some((x, end(outer, x)))],
                stroke: edge,
            }));
        }
        for line in [near, far] {
            marks.push(Mark::Line { points: line.into_iter().map(Some).collect(), stroke: edge });
        }
    }
    marks
}

/// The distance between two hatch lines.
const HATCH: f64 = 4.0;

fn hatches((from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    let first = (from / HATCH).ceil() as i64;
    let last = (to / HATCH).floor() as i64;
    (first..=last).map(|k| k as f64 * HATCH)
}

/// Draws a band along x.
pub fn band(profile: &Profile, axis: f64, look: Look) -> Vec<Mark> {
    let (first, last) = (profile.0[0].0, profile.0[profile.0.len() - 1].0);
    let nothing = Profile(vec![(first, Thickness::default()), (last, Thickness::default())]);
    between(&nothing, profile, axis, (first, last), look)
}

/// Draws a band that goes up from `bottom` to `top`: values above zero at the left and filled, values below zero at the
/// right and hatched.
pub fn arm(x: f64, (bottom, top): (f64, f64), thickness: Thickness, look: Look) -> Vec<Mark> {
    let left = x - thickness.total() / 2.0;
    let (middle, right) = (left + thickness.above, left + thickness.total());
    let edge = Stroke { ink: look.edge, width: 1.0, dashes: Dashes::Solid };
    let mut marks = vec![Mark::Bar { x: left, y: top, width: thickness.above, height: bottom - top, ink: look.fill }];
    marks.extend(hatches((top, bottom)).map(|y| line(&[(middle, y), (right, y)], edge)));
    marks.push(line(&[(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)], edge));
    marks
}

/// Draws a value around an axis at one place.
pub fn block(x: f64, width: f64, axis: f64, thickness: Thickness, look: Look) -> Vec<Mark> {
    band(&Profile(vec![(x - width / 2.0, thickness), (x + width / 2.0, thickness)]), axis, look)
}

pub fn line(points: &[(f64, f64)], stroke: Stroke) -> Mark {
    Mark::Line { points: points.iter().copied().map(Some).collect(), stroke }
}

/// Draws a line with an arrowhead at its last point.
pub fn arrow(points: &[(f64, f64)], stroke: Stroke) -> Vec<Mark> {
    let mut marks = vec![line(points, stroke)];
    if let [.., before, tip] = points {
        let (dx, dy) = (tip.0 - before.0, tip.1 - before.1);
        let length = dx.hypot(dy).max(1e-9);
        let (dx, dy) = (6.0 * dx / length, 6.0 * dy / length);
        let base = (tip.0 - dx, tip.1 - dy);
        let wings = [(base.0 - 0.5 * dy, base.1 + 0.5 * dx), (base.0 + 0.5 * dy, base.1 - 0.5 * dx)];
        marks.push(Mark::Area { points: vec![*tip, wings[0], wings[1]], ink: stroke.ink });
    }
    marks
}

/// The size of text in the drawing.
pub const WORDS: f64 = 12.0;
/// The distance between two lines of text in the drawing.
pub const LEADING: f64 = 15.0;

pub fn label((x, y): (f64, f64), text: impl Into<String>, anchor: Anchor, ink: Ink) -> Mark {
    Mark::Text(Label { x, y, text: text.into(), anchor, ink, size: WORDS })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(above: f64, below: f64) -> SignedMeans {
        SignedMeans { above, below }
    }

    fn day() -> DayFlow {
        let terms = crate::model::Terms { kept: means(0.2, 0.1), added: means(0.3, 0.25) };
        let (before, after, hidden) = (means(0.4, 0.2), means(0.35, 0.2), means(0.1, 0.0));
        DayFlow { gates: Vec::new(), before, terms: Some(terms), sum: Vec::new(), after, hidden }
    }

    /// Returns the outlines of the filled areas.
    fn areas(marks: &[Mark]) -> Vec<&Vec<(f64, f64)>> {
        let mut areas = Vec::new();
        for mark in marks {
            if let Mark::Area { points, .. } = mark {
                areas.push(points);
            }
        }
        areas
    }

    #[test]
    fn thickness_is_proportional_to_the_value_and_fits_the_largest() {
        let scale = Scale::of([day()].iter());
        // The largest band is the sum of what is kept and what is added.
        assert!((scale.per_unit * 0.85 - THICKEST).abs() < 1e-9, "{scale:?}");
        let thin = scale.thickness(means(0.1, 0.05));
        let thick = scale.thickness(means(0.3, 0.15));
        assert!((thick.above - 3.0 * thin.above).abs() < 1e-9 && (thick.total() - 3.0 * thin.total()).abs() < 1e-9);
        assert!((scale.room.above - 0.5 * scale.per_unit).abs() < 1e-9);
        assert_eq!(Scale::of([].iter()).per_unit, 0.0);
    }

    #[test]
    fn a_profile_has_its_values_at_its_places_and_lies_between_them_elsewhere() {
        let at = |x, above| (x, Thickness { above, below: 2.0 * above });
        let profile = Profile(vec![at(0.0, 1.0), at(10.0, 1.0), at(20.0, 3.0)]);
        assert_eq!([0.0, 5.0, 10.0, 15.0, 20.0].map(|x| profile.at(x).above), [1.0, 1.0, 1.0, 2.0, 3.0]);
        assert_eq!(profile.at(20.0).below, 6.0);
    }

    #[test]
    fn a_band_is_filled_above_its_axis_and_hatched_below() {
        let thickness = Thickness { above: 6.0, below: 4.0 };
        let marks = band(&Profile(vec![(0.0, thickness), (20.0, thickness)]), 50.0, STATE);
        let filled = areas(&marks);
        assert_eq!(filled.len(), 1);
        assert!(filled[0].iter().all(|(_, y)| (44.0..=50.0).contains(y)));
        let hatches = marks.iter().filter(
            |mark| matches!(mark, Mark::Line { points, .. } if *points == [Some((8.0, 50.0)), Some((8.0, 54.0))]),
        );
        assert_eq!(hatches.count(), 1, "{marks:?}");
        let nothing = Profile(vec![(0.0, Thickness::default()), (20.0, Thickness::default())]);
        assert!(band(&nothing, 50.0, STATE).is_empty());
    }

    #[test]
    fn an_arm_is_as_wide_as_its_value() {
        let marks = arm(30.0, (90.0, 60.0), Thickness { above: 6.0, below: 4.0 }, ADDED);
        assert!(matches!(marks[0], Mark::Bar { x: 25.0, y: 60.0, width: 6.0, height: 30.0, .. }), "{marks:?}");
        let Some(Mark::Line { points, .. }) = marks.last() else { panic!("{marks:?}") };
        assert_eq!(points[2], Some((35.0, 60.0)));
    }
}
