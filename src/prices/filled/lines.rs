//! Closes on long lines from one known price to the next.

/// Returns the rows between the ends of lines, if most closes are on long lines whose directions are like those of a
/// random walk. Waves and trends are on lines too, but seldom turn from one line to the next.
pub(super) fn on_lines(close: &[f64], times: &[f64], unit: f64) -> Vec<usize> {
    /// The minimum number of steps of a line, and its minimum rise or fall in units: shorter lines are common by
    /// chance.
    const MIN_STEPS: usize = 4;
    const MIN_UNITS: f64 = 3.0;
    const MIN_LINES: usize = 6;
    /// No random walk of `benches/quality/filled.py` has so many of its rows on lines that turn as often.
    const MIN_FRACTION: f64 = 0.46;
    const MIN_FRACTION_OF_TURNS: f64 = 0.28;
    /// Lines with sharp ends need fewer turns: trends and waves have none.
    const MIN_FRACTION_OF_SHARP_TURNS: f64 = 0.15;
    const SHARP: f64 = 0.9;
    /// The sign of an interest rate can change twice.
    const MIN_TURNS: usize = 3;
    let rise = |&(start, end): &(usize, usize)| close[end] - close[start];
    let is_long =
        |line: &(usize, usize)| line.1 - line.0 >= MIN_STEPS && rise(line).abs() >= MIN_UNITS * unit * (1.0 - 1e-9);
    let lines: Vec<(usize, usize)> = lines(close, times, unit).into_iter().filter(is_long).collect();
    let rows: usize = lines.iter().map(|(start, end)| end - start).sum();
    let turns = lines.windows(2).filter(|pair| rise(&pair[0]) * rise(&pair[1]) < 0.0).count();
    let sharpness = sharpness(close, times, unit);
    let least = if sharpness >= SHARP { MIN_FRACTION_OF_SHARP_TURNS } else { MIN_FRACTION_OF_TURNS };
    let is_walk = turns >= MIN_TURNS && turns as f64 >= least * (lines.len().max(1) - 1) as f64;
    if lines.len() < MIN_LINES
        || !is_walk
        || sharpness < MIN_SHARPNESS
        || (rows as f64) < MIN_FRACTION * (close.len() - 1) as f64
    {
        return Vec::new();
    }
    lines.into_iter().flat_map(|(start, end)| start + 1..end).collect()
}

/// The minimum [`sharpness`] of interpolated closes: averages and random walks with momentum reach up to 0.68.
pub(super) const MIN_SHARPNESS: f64 = 0.7;

/// Returns the number of lines within two units of the closes over the number within one. Lines between known prices
/// end at these however wide the band is; a smooth curve leaves a band of any width, and a wider band later.
pub(super) fn sharpness(close: &[f64], times: &[f64], unit: f64) -> f64 {
    let [narrow, wide] = [unit, 2.0 * unit].map(|unit| lines(close, times, unit).len());
    wide as f64 / narrow.max(1) as f64
}

/// Returns the longest lines from the first row on that are within a unit of the closes; each begins at the end of the
/// one before.
fn lines(close: &[f64], times: &[f64], unit: f64) -> Vec<(usize, usize)> {
    // Both ends are rounded by half a unit.
    let tolerance = 1.001 * unit;
    let mut found = Vec::new();
    let mut start = 0;
    while start + 1 < close.len() {
        let (mut least, mut most, mut end) = (f64::NEG_INFINITY, f64::INFINITY, start + 1);
        for row in start + 1..close.len() {
            let (time, rise) = (times[row] - times[start], close[row] - close[start]);
            (least, most) = (least.max((rise - tolerance) / time), most.min((rise + tolerance) / time));
            if time <= 0.0 || !rise.is_finite() || least > most {
                break;
            }
            end = row;
        }
        found.push((start, end));
        start = end;
    }
    found
}
