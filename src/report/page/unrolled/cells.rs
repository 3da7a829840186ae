//! One day of one layer. With memory: its state as a band, what is added to it and what leaves it. Without: its output.

use super::columns::{short, signed};
use super::geometry::{
    ADDED, HIDDEN, LEADING, Profile, STATE, Scale, Thickness, arm, arrow, band, between, block, label, line,
};
use crate::model::{DayFlow, SignedMeans, TermSource, Terms};
use crate::nn::{CellKind, Gate, GateRole};
use crate::report::chart::scene::{Anchor, Dashes, Ink, Mark, Stroke};

/// Where a day of a layer is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The left end and the width of the column.
    pub x: f64,
    pub width: f64,
    /// The height of the line on which hidden states leave.
    pub lane: f64,
    /// The height of the axis of the state's band.
    pub axis: f64,
    /// The height at which the day's inputs enter.
    pub base: f64,
}

/// What is connected to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// Whether a day before it passes on a state.
    pub has_before: bool,
    /// Whether a day after it reads its state.
    pub has_next: bool,
    /// Whether the layer above or the head reads its hidden state.
    pub is_read: bool,
}

/// The centres of the arm of what is added, and of the hidden state, as fractions of the width.
pub const INPUT: f64 = 0.5;
pub const OUTPUT: f64 = 0.88;
/// The centre of the output of a layer without memory, with room for its numbers at the right.
pub const WRITTEN: f64 = 0.3;
/// Where the hidden state of the day before leads down to the gates.
const RECURRENT: f64 = 0.33;
/// The width of the output of a layer without memory.
const BLOCK: f64 = 40.0;
/// The height of the inputs below the band.
pub const ENTRY: f64 = 40.0;

const THIN: Stroke = Stroke { ink: Ink::Muted, width: 1.2, dashes: Dashes::Solid };
const RECURRENCE: Stroke = Stroke { ink: Ink::Green, width: 1.6, dashes: Dashes::Dashed };
/// A hidden state on its way to the layer above or the head.
pub const PASSED: Stroke = Stroke { ink: Ink::Green, width: 2.2, dashes: Dashes::Solid };

impl Place {
    /// Returns the x at a fraction of the width.
    pub fn at(&self, share: f64) -> f64 {
        self.x + share * self.width
    }
}

/// Draws a day of a layer.
pub fn cell(kind: CellKind, activation: &str, day: &DayFlow, place: Place, around: Around, scale: &Scale) -> Vec<Mark> {
    match day.terms {
        Some(terms) => gated(kind, day, terms, place, around, scale),
        None if kind.is_recurrent() => simple(activation, day, place, around, scale),
        None => memoryless(day, place, scale),
    }
}

/// Draws a cell with gates.
fn gated(kind: CellKind, day: &DayFlow, terms: Terms, place: Place, around: Around, scale: &Scale) -> Vec<Mark> {
    let mut marks = recurrence(kind, place, around, scale);
    let carried = carried_on(day, terms, place, scale);
    let (axis, added) = (place.axis, scale.thickness(terms.added));
    let forgotten = Profile(vec![(place.at(0.14), carried.before), (place.at(0.26), carried.before)]);
    let grey = super::geometry::Look { fill: Ink::Rule, edge: Ink::Grey };
    marks.extend(between(&carried.whole, &forgotten, axis, (place.at(0.14), place.at(0.26)), grey));
    marks.extend(band(&carried.whole, axis, STATE));
    marks.extend(between(&carried.inner, &carried.whole, axis, (place.at(0.42), place.at(0.74)), ADDED));
    let foot = axis + carried.whole.at(place.at(INPUT)).below;
    marks.extend(arm(place.at(INPUT), (place.base, foot), added, ADDED));
    let named = |roles: [GateRole; 2]| roles.into_iter().find_map(|role| kind.gate(role));
    let keeping = named([GateRole::Keep, GateRole::Add]);
    marks.extend(gate(day, keeping, (place.at(0.02), axis - scale.room.above - 8.0), Anchor::Start));
    let beside = place.at(INPUT) + added.total() / 2.0 + 5.0;
    let adding = named([GateRole::Add, GateRole::Reset]).filter(|gate| Some(*gate) != keeping);
    marks.extend(gate(day, adding, (beside, place.base - 3.0), Anchor::Start));
    if kind.has_cell_state() || around.is_read {
        let hidden = scale.thickness(day.hidden);
        let from = axis - carried.whole.at(place.at(OUTPUT)).above;
        marks.extend(arm(place.at(OUTPUT), (from, place.lane), hidden, HIDDEN));
        let left = place.at(OUTPUT) - hidden.total() / 2.0 - 4.0;
        marks.extend(gate(day, kind.gate(GateRole::Output), (left, place.lane + 10.0), Anchor::End));
    }
    marks
}

/// The thickness of the state's band along a day.
pub struct Carried {
    pub before: Thickness,
    /// The band with what is added.
    pub whole: Profile,
    /// The band without what is added.
    pub inner: Profile,
}

/// Computes the thickness of the state's band along a day: before it, after the gate, with what is added, and at its
/// end.
pub fn carried_on(day: &DayFlow, terms: Terms, place: Place, scale: &Scale) -> Carried {
    let [before, kept, added, after] =
        [day.before, terms.kept, terms.added, day.after].map(|means| scale.thickness(means));
    let both = kept.plus(added);
    let profile =
        |steps: &[(f64, Thickness)]| Profile(steps.iter().map(|(share, one)| (place.at(*share), *one)).collect());
    let start = [(0.0, before), (0.14, before), (0.26, kept), (0.42, kept)];
    let end = [(0.74, after), (1.0, after)];
    Carried {
        before,
        whole: profile(&[&start[..], &[(0.50, both), (0.60, both)], &end[..]].concat()),
        inner: profile(&[&start[..], &[(0.50, kept), (0.60, kept)], &end[..]].concat()),
    }
}

/// Draws the path from the hidden state of the day before to the gates. In a cell with a cell state, it leads along the
/// lane and passes behind the band. Otherwise it starts at the band, which is the hidden state itself.
fn recurrence(kind: CellKind, place: Place, around: Around, scale: &Scale) -> Vec<Mark> {
    let mut marks = Vec::new();
    let left_of_arm = place.at(INPUT) - 8.0;
    if around.has_before {
        let points = if kind.has_cell_state() {
            let down = place.at(RECURRENT);
            vec![(place.x, place.lane), (down, place.lane), (down, place.base - 8.0), (left_of_arm, place.base - 8.0)]
        } else {
            let down = place.at(0.06);
            vec![
                (down, place.axis + scale.room.below.min(4.0)),
                (down, place.base - 8.0),
                (left_of_arm, place.base - 8.0),
            ]
        };
        marks.extend(arrow(&points, RECURRENCE));
    }
    if kind.has_cell_state() && around.has_next {
        marks.push(line(&[(place.at(OUTPUT), place.lane), (place.at(1.0), place.lane)], RECURRENCE));
    }
    marks
}

/// Draws the output of a layer without memory.
fn memoryless(day: &DayFlow, place: Place, scale: &Scale) -> Vec<Mark> {
    block(place.at(WRITTEN), BLOCK, place.axis, scale.thickness(day.hidden), HIDDEN)
}

/// Returns a term of the sum of a day; zero if it is missing.
fn term(day: &DayFlow, is_wanted: fn(TermSource) -> bool) -> SignedMeans {
    day.sum.iter().find(|(source, _)| is_wanted(*source)).map_or(SignedMeans::default(), |(_, means)| *means)
}

/// Draws a Simple RNN: the last hidden state and the inputs, each times its weights, go into one nonlinearity.
fn simple(activation: &str, day: &DayFlow, place: Place, around: Around, scale: &Scale) -> Vec<Mark> {
    let [before, after] = [day.before, day.hidden].map(|means| scale.thickness(means));
    let state = scale.thickness(term(day, |source| source == TermSource::State));
    let input = scale.thickness(term(day, |source| matches!(source, TermSource::Day(_))));
    let half = (0.13 * place.width).min(26.0).max(input.total() / 2.0 + 3.0);
    let (left, right) = (place.at(INPUT) - half, place.at(INPUT) + half);
    let recurrent = Profile(vec![(place.x, before), (place.at(0.06), before), (place.at(0.22), state), (left, state)]);
    let mut marks = band(&recurrent, place.axis, STATE);
    marks.extend(band(&Profile(vec![(right, after), (place.at(1.0), after)]), place.axis, STATE));
    let (top, bottom) = (place.axis - scale.room.above - 2.0, place.axis + scale.room.below + 2.0);
    marks.push(line(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], THIN));
    marks.push(label((place.at(INPUT), top - 6.0), activation, Anchor::Middle, Ink::Text));
    marks.extend(arm(place.at(INPUT), (place.base, bottom), input, ADDED));
    if around.is_read {
        let from = place.axis - after.above;
        marks.extend(arm(place.at(OUTPUT), (from, place.lane), after, HIDDEN));
    }
    marks
}

/// Draws the letter of a gate with its mean.
fn gate(day: &DayFlow, gate: Option<&Gate>, at: (f64, f64), anchor: Anchor) -> Option<Mark> {
    let letter = gate?.letter;
    let (_, mean) = day.gates.iter().find(|(own, _)| *own == letter)?;
    Some(label(at, format!("{letter} {}", short(*mean)), anchor, Ink::Text))
}

/// Returns the numbers of a day: the mean of the absolute values, and in brackets the mean.
pub fn words(kind: CellKind, day: &DayFlow) -> Vec<String> {
    let of = |name: &str, means: SignedMeans| format!("{name} {} ({})", short(means.size()), signed(means.mean()));
    let adds = match (kind.gate(GateRole::Add), kind.gate(GateRole::Candidate)) {
        (Some(add), Some(candidate)) => format!("{}·{}", add.letter, candidate.letter),
        _ => "added".to_owned(),
    };
    let terms = day.terms.map(|terms| [of("kept", terms.kept), of(&adds, terms.added)]);
    let state = kind.has_cell_state().then(|| of("c", day.after));
    let sum = day.sum.iter().map(|(source, means)| match source {
        TermSource::Day(_) => of("x W", *means),
        TermSource::State => of("h W", *means),
        TermSource::Bias => of("b", *means),
    });
    terms.into_iter().flatten().chain(sum).chain(state).chain([of("h", day.hidden)]).collect()
}

/// Draws the numbers of a day beside the output of a layer without memory, and the nonlinearity below both. `terms` are
/// the terms of its sum, without those that are drawn at their own days.
pub fn words_beside(
    terms: &[(String, SignedMeans)],
    activation: &str,
    day: &DayFlow,
    place: Place,
    scale: &Scale,
) -> Vec<Mark> {
    let x = place.at(WRITTEN) + BLOCK / 2.0 + 5.0;
    let terms = terms.iter().map(|(name, means)| format!("{name} {}", short(means.size())));
    let hidden = [format!("h {}", short(day.hidden.size())), format!("({})", signed(day.hidden.mean()))];
    let line = |(k, text)| label((x, place.lane + 22.0 + LEADING * k as f64), text, Anchor::Start, Ink::Muted);
    // Between the block and the arrows, and narrower than the block, so that it overlaps neither numbers nor arrows.
    let below = (place.at(WRITTEN), foot(place, scale) - 5.0);
    terms.chain(hidden).enumerate().map(line).chain([label(below, activation, Anchor::Middle, Ink::Muted)]).collect()
}

/// Returns the height at which the inputs of a layer without memory enter, below the name of its nonlinearity.
pub fn foot(place: Place, scale: &Scale) -> f64 {
    place.axis + scale.room.below + 20.0
}

/// Draws what a day adds to the sum of a dense layer: an arm from the day's inputs up to `top`, with its numbers.
pub fn day_of_sum(
    means: SignedMeans,
    (left, column): (f64, f64),
    (bottom, top): (f64, f64),
    scale: &Scale,
) -> Vec<Mark> {
    let (x, thickness) = (left + WRITTEN * column, scale.thickness(means));
    let mut marks = arm(x, (bottom, top), thickness, ADDED);
    let beside = x + thickness.total() / 2.0 + 5.0;
    let lines = [format!("x W {}", short(means.size())), format!("({})", signed(means.mean()))];
    let line = |(k, text)| label((beside, top + 20.0 + LEADING * k as f64), text, Anchor::Start, Ink::Muted);
    marks.extend(lines.into_iter().enumerate().map(line));
    marks
}

/// Draws the numbers of a day as lines of text below it.
pub fn words_at(kind: CellKind, day: &DayFlow, place: Place) -> Vec<Mark> {
    let text = |(k, text): (usize, String)| {
        let y = place.base + 30.0 + LEADING * k as f64;
        label((place.at(0.02), y), text, Anchor::Start, Ink::Muted)
    };
    words(kind, day).into_iter().enumerate().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(above: f64, below: f64) -> SignedMeans {
        SignedMeans { above, below }
    }

    /// The band before the day, after the forget gate, where the day's part is added, and at the end: each as thick as
    /// its value.
    #[test]
    fn the_band_of_a_state_is_as_thick_as_its_value() {
        let terms = Terms { kept: means(0.2, 0.1), added: means(0.3, 0.25) };
        let (before, after) = (means(0.4, 0.2), means(0.35, 0.2));
        let day =
            DayFlow { gates: Vec::new(), before, terms: Some(terms), sum: Vec::new(), after, hidden: means(0.1, 0.0) };
        let place = Place { x: 100.0, width: 100.0, lane: 0.0, axis: 50.0, base: 90.0 };
        let scale = Scale { per_unit: 10.0, room: Thickness::default() };
        let carried = carried_on(&day, terms, place, &scale);
        let at = |x| [carried.whole.at(x).above, carried.whole.at(x).below];
        let close = |found: [f64; 2], expected: [f64; 2]| {
            assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-9), "{found:?}");
        };
        close(at(105.0), [4.0, 2.0]);
        close(at(130.0), [2.0, 1.0]);
        close(at(155.0), [5.0, 3.5]);
        close(at(190.0), [3.5, 2.0]);
        // What is added lies outside what is kept.
        close([carried.inner.at(155.0).above, carried.inner.at(155.0).below], [2.0, 1.0]);
    }

    #[test]
    fn the_numbers_are_those_of_the_day() {
        let terms = Terms { kept: means(0.2, 0.1), added: means(0.02, 0.05) };
        let day = DayFlow {
            gates: vec![("f", 0.75)],
            before: means(0.0, 0.0),
            terms: Some(terms),
            sum: Vec::new(),
            after: means(0.3, 0.2),
            hidden: means(0.1, 0.1),
        };
        let written = words(CellKind::Lstm, &day);
        assert_eq!(written, ["kept 0.30 (+0.10)", "i·g 0.070 (\u{2212}0.030)", "c 0.50 (+0.10)", "h 0.20 (0.00)"]);
    }
}
