//! How numbers are written. Csv, json and bare values have the same digits; tables have fewer.

use crate::words::plural;

/// Significant digits of a computed value in csv, json and bare values. The networks compute in single precision, which
/// has about seven.
const DIGITS: usize = 8;

/// Rounds a computed value to eight significant digits.
pub fn rounded(value: f64) -> f64 {
    significant(value, DIGITS)
}

fn significant(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// Formats a fraction in per cent for a column's name: `50` for 0.5, `97.5` for 0.975. The decimal point is moved in
/// the text, so two different levels never get the same name.
pub fn percent_label(fraction: f64) -> String {
    let digits = fraction.to_string();
    let (ones, decimals) = digits.split_once('.').unwrap_or((&digits, ""));
    let (per_cent, rest) = decimals.split_at(decimals.len().min(2));
    let whole = format!("{ones}{per_cent:0<2}");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}

/// Formats a fraction in per cent with one decimal: `47.4`.
pub fn percent_with_decimal(fraction: f64) -> String {
    format!("{:.1}", 100.0 * fraction)
}

/// Formats a number with this many decimals, without a sign if all digits are zero.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let is_zero = text.starts_with('-') && text.bytes().all(|byte| matches!(byte, b'-' | b'.' | b'0'));
    if is_zero { text[1..].to_owned() } else { text }
}

/// Formats a skill, an error or a ratio: four decimals, or up to seven if four would show zero.
pub fn decimals(value: f64) -> String {
    four_decimals_to(7, value)
}

/// As [`decimals`], for a cell of a table: at most five decimals, so that a value near zero does not widen the column.
pub fn cell_decimals(value: f64) -> String {
    four_decimals_to(5, value)
}

fn four_decimals_to(max: usize, value: f64) -> String {
    (4..=max).map(|decimals| fixed(value, decimals)).find(|text| has_digit(text)).unwrap_or_else(|| fixed(value, 4))
}

/// Whether a number is printed as other than zero.
fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

/// Formats a number with its sign and this many decimals, without a sign if all digits are zero.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let is_positive = value > 0.0 && has_digit(&text);
    if is_positive { format!("+{text}") } else { text }
}

/// Formats a p-value: `0.0420`, `< 0.0001`.
pub fn p_value(p: f64) -> String {
    if p < 1e-4 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// Formats a fraction with three decimals, or with an exponent if it is small: `0.512`, `2.3e-5`.
pub fn share(fraction: f64) -> String {
    match fraction {
        0.0 => "0".to_owned(),
        small if small.abs() < 0.0095 => format!("{small:.1e}"),
        other => format!("{other:.3}"),
    }
}

/// Formats a probability for a table, in per cent with one decimal: `12.3 %`. A small probability other than zero is
/// not printed as zero.
pub fn probability(value: f64) -> String {
    let per_cent = 100.0 * value;
    if value == 0.0 || value == 1.0 {
        format!("{per_cent:.0} %")
    } else if per_cent < 0.05 {
        "< 0.1 %".into()
    } else if per_cent >= 99.95 {
        "> 99.9 %".into()
    } else {
        format!("{per_cent:.1} %")
    }
}

/// Formats a count with separated thousands: `3,270`.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a count with separated thousands, and its noun: `1 row`, `3,270 rows`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count), plural(count))
}

/// Formats a price for a table: at least five significant digits and two decimals.
pub fn price(value: f64) -> String {
    // Rounded first: a value that rounds up to a power of ten has the decimals of that power.
    let whole = significant(value, 5).abs().log10().floor().max(-10.0);
    let decimals = if value == 0.0 { 2 } else { (4.0 - whole).clamp(2.0, 12.0) as usize };
    fixed(value, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_eight_digits_at_any_size() {
        assert_eq!(rounded(430.123_456_789), 430.123_46);
        assert_eq!(rounded(0.000_123_456_789_12), 0.000_123_456_79);
        assert_eq!(rounded(-71_234.567_89), -71_234.568);
        assert_eq!(rounded(0.0), 0.0);
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(percent_label(0.5), "50");
        assert_eq!(percent_label(0.975), "97.5");
        assert_eq!(percent_label(0.07), "7");
        assert_eq!([0.0, 0.001, 0.1, 1.0].map(percent_label), ["0", "0.1", "10", "100"]);
        // The neighbours of 0.9 among the `f64` values.
        assert_eq!(percent_label(f64::from_bits(0.9_f64.to_bits() - 1)), "89.99999999999999");
        assert_eq!(percent_label(f64::from_bits(0.9_f64.to_bits() + 1)), "90.00000000000001");
        let shown = [0.0, 1e-9, 0.123, 0.5, 0.9994, 0.9996, 1.0].map(probability);
        assert_eq!(shown, ["0 %", "< 0.1 %", "12.3 %", "50.0 %", "99.9 %", "> 99.9 %", "100 %"]);
        assert_eq!([0.4737, 1.0].map(percent_with_decimal), ["47.4", "100.0"]);
        assert_eq!([0.04198, 0.00005].map(p_value), ["0.0420", "< 0.0001"]);
        assert_eq!([0.0, 0.0000234, 0.0094, 0.0123, 1.0].map(share), ["0", "2.3e-5", "9.4e-3", "0.012", "1.000"]);
        assert_eq!([-0.000_04, 0.000_04, -0.000_06].map(|value| fixed(value, 4)), ["0.0000", "0.0000", "-0.0001"]);
        let cells = [0.0, 0.012_34, 0.000_012_3, 0.000_004, -0.000_06].map(cell_decimals);
        assert_eq!(cells, ["0.0000", "0.0123", "0.00001", "0.0000", "-0.0001"]);
        let skills = [0.0, 0.012_34, -0.001, 0.000_123, -0.000_012_3, 0.000_000_87, 1e-9, f64::NAN].map(decimals);
        let shown = ["0.0000", "0.0123", "-0.0010", "0.0001", "-0.00001", "0.000001", "0.0000", "NaN"];
        assert_eq!(skills, shown);
        assert_eq!(
            [-0.004, 0.004, 0.006, -1.0, 0.0].map(|value| signed(value, 2)),
            ["0.00", "0.00", "+0.01", "-1.00", "0.00"]
        );
        assert_eq!((fixed(-0.2, 0), fixed(f64::NAN, 1)), ("0".to_owned(), "NaN".to_owned()));
        assert_eq!(price(-0.000_000_000_000_1), "0.000000000000");
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!([1, 3270].map(|rows| counted(rows, "row")), ["1 row", "3,270 rows"]);
        assert_eq!(price(430.466), "430.47");
        assert_eq!(price(1.11723), "1.1172");
        assert_eq!(price(71_234.5), "71234.50");
        assert_eq!(price(0.000_123_456), "0.00012346");
        // A value that rounds up to the next power of ten has one decimal less.
        assert_eq!(price(9.999_97), "10.000");
        assert_eq!(price(-99.999_6), "-100.00");
        assert_eq!(price(0.0), "0.00");
    }
}
