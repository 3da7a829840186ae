//! Conversion from values to places on an axis, and the choice of ticks.

use jiff::civil::Date;

/// A linear map from values, or from their logarithms, to places.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// For a logarithmic scale, the logarithms to base 10.
    values: (f64, f64),
    places: (f64, f64),
    is_logarithmic: bool,
}

impl Scale {
    /// Creates a linear scale from `values` to `places`. An empty range of values is widened.
    pub fn new((low, high): (f64, f64), places: (f64, f64)) -> Scale {
        let values = if high > low { (low, high) } else { (low - widening(low), high + widening(high)) };
        Scale { values, places, is_logarithmic: false }
    }

    /// Creates a logarithmic scale; both ends are above zero.
    pub fn of_ratios((low, high): (f64, f64), places: (f64, f64)) -> Scale {
        Scale { is_logarithmic: true, ..Scale::new((low.log10(), high.log10()), places) }
    }

    /// Returns the place of a value.
    pub fn at(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let value = if self.is_logarithmic { value.log10() } else { value };
        self.places.0 + (value - low) / (high - low) * (self.places.1 - self.places.0)
    }

    /// Returns about `count` ticks.
    pub fn ticks(&self, count: usize) -> Vec<Tick> {
        let (low, high) = self.values;
        if self.is_logarithmic {
            return powers(self.values, count);
        }
        let step = step((high - low) / count.max(1) as f64);
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        let ticks = (0..=(last - first).max(0.0) as usize).map(|k| (first + k as f64) * step);
        ticks.map(|value| Tick { value, label: label(value, step) }).collect()
    }
}

/// Returns powers of ten between two logarithms; on a short axis, also 2 and 5 times each.
fn powers((low, high): (f64, f64), count: usize) -> Vec<Tick> {
    let every = ((high - low) / count.max(1) as f64).ceil().max(1.0) as i32;
    let (first, last) = (low.floor() as i32, high.ceil() as i32);
    let times: &[f64] = if high - low < 2.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let all = (first..=last).filter(|power| power.rem_euclid(every) == 0);
    let values = all.flat_map(|power| times.iter().map(move |times| times * 10.0_f64.powi(power)));
    let within = values.filter(|value| (low - 1e-9..=high + 1e-9).contains(&value.log10()));
    within.map(|value| Tick { value, label: ratio(value) }).collect()
}

/// Formats a ratio without rounding it to zero: `0.02`, `1e-5`.
fn ratio(value: f64) -> String {
    if value < 0.0009 { format!("{value:.0e}") } else { value.to_string() }
}

fn widening(value: f64) -> f64 {
    if value == 0.0 { 1.0 } else { 0.05 * value.abs() }
}

/// A value on an axis, and its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: String,
}

/// Returns the smallest of 1, 2 and 5 times a power of ten that is at least `min`.
fn step(min: f64) -> f64 {
    let power = 10.0_f64.powf(min.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= min * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}

/// Returns the tick that is `steps` steps from zero.
pub fn round_tick(steps: f64, step: f64) -> Tick {
    // 2.5 has one more digit than 1, 2 and 5.
    let digit = 10.0_f64.powf((step.log10() + 1e-9).floor());
    let is_whole = ((step / digit).round() - step / digit).abs() < 1e-6;
    let value = steps * step;
    Tick { value, label: label(value, if is_whole { step } else { step / 10.0 }) }
}

/// Formats a value with the decimals of the step. Very large and very small values have an exponent, with the digits of
/// the step.
fn label(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if step < 1e-6 || value.abs() >= 1e9 {
        let digits = (value.abs().log10().floor() - (step.log10() + 1e-9).floor()).max(0.0) as usize;
        return format!("{value:.digits$e}");
    }
    let decimals = (-step.log10() - 1e-9).ceil().max(0.0) as usize;
    format!("{value:.decimals$}")
}

/// Returns the range of some values, with a margin of 5 % on both sides; zero to one if there are no values.
pub fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let ends = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    match ends {
        (low, high) if low > high => (0.0, 1.0),
        (low, high) if low == high => (low - widening(low), high + widening(high)),
        (low, high) => (low - 0.05 * (high - low), high + 0.05 * (high - low)),
    }
}

/// Possible numbers of months between two ticks of an axis of days.
const MONTHS: [i32; 10] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];

/// Returns about `count` ticks or fewer for days at the places 0, 1, 2 and so on. They are at the first days of months,
/// of years or of several years; for a short time, every few days.
pub fn day_ticks(dates: &[Date], count: usize) -> Vec<Tick> {
    let month = |date: &Date| i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    let starts = |months: i32| -> Vec<usize> {
        let of = |row: usize| month(&dates[row]).div_euclid(months);
        (1..dates.len()).filter(|row| of(*row) != of(row - 1)).collect()
    };
    let fitting = MONTHS.into_iter().map(|months| (months, starts(months))).find(|(_, rows)| rows.len() <= count);
    match fitting {
        Some((months, rows)) if rows.len() > 2 || months >= 12 && rows.len() > 1 => {
            let label = |row: &usize| match months {
                ..12 => format!("{:04}-{:02}", dates[*row].year(), dates[*row].month()),
                _ => dates[*row].year().to_string(),
            };
            rows.iter().map(|row| Tick { value: *row as f64, label: label(row) }).collect()
        }
        _ => every_few_days(dates, count.min(6)),
    }
}

fn every_few_days(dates: &[Date], count: usize) -> Vec<Tick> {
    let every = dates.len().div_ceil(count.max(1)).max(1);
    // Not at the ends, where the label would leave the picture.
    let rows = (every / 2..dates.len()).step_by(every);
    rows.map(|row| Tick { value: row as f64, label: dates[row].to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn labels(ticks: Vec<Tick>) -> Vec<String> {
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        let ticks = |low, high, count| labels(Scale::new((low, high), (0.0, 1.0)).ticks(count));
        assert_eq!(ticks(0.0, 1.0, 5), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(ticks(411.0, 449.0, 4), ["420", "430", "440"]);
        assert_eq!(ticks(-0.031, 0.012, 4), ["-0.02", "0", "0.02"][..2].to_vec());
        assert_eq!(ticks(1.2e-8, 4.1e-8, 3), ["2e-8", "3e-8", "4e-8"]);
        assert_eq!(ticks(0.0, 4.0e12, 2), ["0", "2e12", "4e12"]);
        // A constant price has an axis too.
        assert_eq!(ticks(10.0, 10.0, 2), ["9.5", "10.0", "10.5"]);
    }

    #[test]
    fn a_logarithmic_axis_has_equal_distances_for_equal_ratios() {
        let scale = Scale::of_ratios((1e-4, 1.0), (0.0, 4.0));
        for (value, place) in [(1e-4, 0.0), (1e-3, 1.0), (0.1, 3.0), (1.0, 4.0)] {
            assert!((scale.at(value) - place).abs() < 1e-9, "{value}");
        }
        assert_eq!(labels(scale.ticks(5)), ["1e-4", "0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels(Scale::of_ratios((0.15, 1.0), (0.0, 1.0)).ticks(5)), ["0.2", "0.5", "1"]);
        let long = labels(Scale::of_ratios((1e-30, 1.0), (0.0, 1.0)).ticks(5));
        assert_eq!(long, ["1e-30", "1e-24", "1e-18", "1e-12", "1e-6", "1"]);
    }

    #[test]
    fn places_are_in_proportion() {
        let scale = Scale::new((10.0, 20.0), (100.0, 0.0));
        assert_eq!([10.0, 15.0, 20.0].map(|value| scale.at(value)), [100.0, 50.0, 0.0]);
        assert_eq!(range([1.0, f64::NAN, 3.0].into_iter()), (0.9, 3.1));
        assert_eq!(range(std::iter::empty()), (0.0, 1.0));
    }

    #[test]
    fn days_have_ticks_at_the_start_of_months_and_years() {
        let days = |count: i32| -> Vec<Date> {
            (0..count).map(|day| date(2012, 11, 20) + jiff::Span::new().days(day)).collect()
        };
        assert_eq!(labels(day_ticks(&days(100), 6)), ["2012-12", "2013-01", "2013-02"]);
        assert_eq!(labels(day_ticks(&days(800), 4)), ["2013", "2014", "2015"]);
        assert_eq!(labels(day_ticks(&days(5), 2)), ["2012-11-21", "2012-11-24"]);
        assert_eq!(labels(day_ticks(&days(1), 6)), ["2012-11-20"]);
        assert!(day_ticks(&[], 6).is_empty());
    }
}
