//! The columns of a file of forecasts, by the names that this program and other programs use.
//!
//! | column | own names | names of others |
//! |---|---|---|
//! | the day forecast | `date` | `ds`, `timestamp` |
//! | the series | `series` | `unique_id`, `item_id` |
//! | the last known day | `origin` | `cutoff` |
//! | rows from the origin to the day forecast | `horizon` | |
//! | the close on the origin | `last_close`, `naive` | |
//! | the price | `forecast` | `yhat`, `mean`; with `unique_id` the only other column, such as `AutoARIMA` |
//! | a quantile | `q0.05` | `0.05`, `q5`, `p05`, `5%`, `quantile_0.05` |
//! | the ends of an interval | `lower_90`, `upper_90` | `AutoARIMA-lo-90`; `yhat_lower` of 80 % |
//! | not empty in a row without a forecast | `error` | |
//!
//! If there are a mean and a median, the median is used.

use csv::StringRecord;

use super::table_error::TableProblem;
use fourcast_base::words::{join, shown};

/// The indices of the columns.
pub(super) struct Columns {
    pub date: usize,
    pub series: Option<usize>,
    pub origin: Option<usize>,
    pub horizon: Option<usize>,
    pub last_close: Option<usize>,
    pub forecast: Option<usize>,
    pub error: Option<usize>,
    /// Level and index of each quantile, sorted by level.
    pub quantiles: Vec<(f64, usize)>,
}

const DATE: [&str; 3] = ["date", "ds", "timestamp"];
const SERIES: [&str; 3] = ["series", "unique_id", "item_id"];
const ORIGIN: [&str; 2] = ["origin", "cutoff"];
const FORECAST: [&str; 3] = ["forecast", "yhat", "mean"];

/// The level of Prophet's interval by default, in per cent.
const OF_PROPHET: f64 = 80.0;

/// The names of a header in lower case, without a byte order mark.
struct Names(Vec<String>);

impl Names {
    fn of(header: &StringRecord) -> Names {
        Names(header.iter().map(|column| column.trim_start_matches('\u{feff}').to_ascii_lowercase()).collect())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column == name)
    }

    fn first_of(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.place(name))
    }

    /// Whether the file is from one of Nixtla's libraries, which name the column of forecasts by the model.
    fn is_by_model(&self) -> bool {
        self.place("unique_id").is_some()
    }
}

impl Columns {
    pub fn of(header: &StringRecord, delimiter: u8) -> Result<Columns, TableProblem> {
        let names = Names::of(header);
        let all = || header.iter().map(str::to_owned).collect::<Vec<_>>();
        for name in ["date", "series", "origin", "horizon", "last_close", "forecast", "error"] {
            check_once(header, &names, name)?;
        }
        let model = model(header, &names)?;
        let quantiles = quantiles(header, &names, delimiter)?;
        let has_median = quantiles.iter().any(|(level, _)| *level == 0.5);
        let named = names.first_of(&FORECAST).filter(|place| !has_median || names.0[*place] != "mean");
        let columns = Columns {
            date: names.first_of(&DATE).ok_or_else(|| TableProblem::NoColumn { expected: "date", found: all() })?,
            series: names.first_of(&SERIES),
            origin: names.first_of(&ORIGIN),
            horizon: names.place("horizon"),
            last_close: names.place("last_close").or_else(|| names.place("naive").filter(|_| !names.is_by_model())),
            forecast: named.or(model),
            error: names.place("error"),
            quantiles,
        };
        if columns.forecast.is_none() && columns.quantiles.is_empty() {
            return Err(TableProblem::NoForecast(all()));
        }
        if columns.forecast.is_none() && !columns.have_middle() {
            return Err(TableProblem::NoMiddle);
        }
        Ok(columns)
    }

    /// Whether the quantiles include a median or lie around it in pairs.
    fn have_middle(&self) -> bool {
        let levels = || self.quantiles.iter().map(|(level, _)| *level);
        levels().any(|level| level == 0.5) || levels().zip(levels().rev()).all(|(a, b)| (a + b - 1.0).abs() < 1e-9)
    }

    /// Returns the levels of the quantiles; 0.5 for point forecasts.
    pub fn levels(&self) -> Vec<f64> {
        if self.quantiles.is_empty() { vec![0.5] } else { self.quantiles.iter().map(|(level, _)| *level).collect() }
    }

    /// Returns the indices of the columns of days.
    pub fn days(&self) -> impl Iterator<Item = usize> {
        [Some(self.date), self.origin].into_iter().flatten()
    }

    pub fn prices(&self) -> impl Iterator<Item = usize> {
        self.quantiles.iter().map(|(_, place)| *place).chain(self.forecast).chain(self.last_close)
    }

    /// Returns descriptions of how the columns with names of other programs are read.
    pub fn reading(&self, header: &StringRecord) -> Vec<String> {
        let names = Names::of(header);
        let quoted = |place: usize| format!("'{}'", shown(header[place].trim_start_matches('\u{feff}')));
        let parts = [
            (Some(self.date), "date", "the day"),
            (self.series, "series", "the series"),
            (self.origin, "origin", "the origin"),
            (self.forecast, "forecast", "the forecast"),
        ];
        let other = |(place, own, what): (Option<usize>, &str, &str)| {
            let place = place.filter(|place| names.0[*place] != own)?;
            Some(format!("{} as {what}", quoted(place)))
        };
        let mut reading: Vec<String> = parts.into_iter().filter_map(other).collect();
        let quantiles: Vec<&(f64, usize)> =
            self.quantiles.iter().filter(|(_, place)| !is_own_quantile(&names.0[*place])).collect();
        if !quantiles.is_empty() {
            let columns: Vec<String> = quantiles.iter().map(|(_, place)| quoted(*place)).collect();
            let levels: Vec<String> = quantiles.iter().map(|(level, _)| level.to_string()).collect();
            let noun = if quantiles.len() == 1 { "quantile" } else { "quantiles" };
            let prophet = quantiles.iter().any(|(_, place)| names.0[*place] == "yhat_lower");
            let default = if prophet { ", Prophet's default" } else { "" };
            reading.push(format!("{} as the {noun} at {}{default}", join(&columns, "and"), join(&levels, "and")));
        }
        reading
    }
}

fn check_once(header: &StringRecord, names: &Names, name: &str) -> Result<(), TableProblem> {
    let all: Vec<&str> =
        header.iter().zip(&names.0).filter(|(_, column)| *column == name).map(|(one, _)| one).collect();
    match all[..] {
        [one, other, ..] => {
            Err(TableProblem::Twice { what: format!("'{name}'"), columns: (one.to_owned(), other.to_owned()) })
        }
        _ => Ok(()),
    }
}

/// Returns the column of the only model with forecasts in a file from Nixtla's libraries: `AutoARIMA`, or
/// `MQRNN-median`.
fn model(header: &StringRecord, names: &Names) -> Result<Option<usize>, TableProblem> {
    let mut models: Vec<&str> = names.0.iter().filter_map(|name| Some(end_of_model(name)?.0)).collect();
    models.extend(names.0.iter().filter_map(|name| name.strip_suffix("-median")));
    if names.is_by_model() {
        let is_other = |name: &&String| {
            let known =
                DATE.iter().chain(&SERIES).chain(&ORIGIN).chain(&FORECAST).chain(&["horizon", "last_close", "error"]);
            !known.chain(&["y", "index", ""]).any(|known| *known == name.as_str())
                && end_of_model(name).is_none()
                && !name.ends_with("-median")
                && !name.starts_with("unnamed")
        };
        models.extend(names.0.iter().filter(is_other).map(String::as_str));
    }
    models.sort_unstable();
    models.dedup();
    let column = |model: &str| names.place(model).or_else(|| names.place(&format!("{model}-median")));
    match models[..] {
        [] => Ok(None),
        [model] => Ok(column(model)),
        _ => {
            let named =
                |model: &&str| column(model).map_or_else(|| (*model).to_owned(), |place| header[place].to_owned());
            Err(TableProblem::Models(models.iter().map(named).collect()))
        }
    }
}

/// Returns the model, the end and the level in per cent of a name such as `AutoARIMA-lo-90`.
fn end_of_model(name: &str) -> Option<(&str, &'static str, f64)> {
    let (rest, level) = name.rsplit_once('-')?;
    let level = number(level).filter(|level| *level >= 1.0 && *level < 100.0)?;
    let (model, end) = rest.rsplit_once('-')?;
    match end {
        "lo" => Some((model, "lo", level)),
        "hi" => Some((model, "hi", level)),
        _ => None,
    }
}

/// Returns the name of the other end of an interval.
fn other_end(name: &str) -> Option<String> {
    if let Some((model, end, _)) = end_of_model(name) {
        let level = name.rsplit_once('-').map_or("", |(_, level)| level);
        return Some(format!("{model}-{}-{level}", if end == "lo" { "hi" } else { "lo" }));
    }
    match (name.strip_prefix("lower_"), name.strip_prefix("upper_")) {
        (Some(level), _) => Some(format!("upper_{level}")),
        (_, Some(level)) => Some(format!("lower_{level}")),
        _ if name == "yhat_lower" => Some("yhat_upper".into()),
        _ => (name == "yhat_upper").then(|| "yhat_lower".into()),
    }
}

/// Returns the columns of quantiles, sorted by level.
fn quantiles(header: &StringRecord, names: &Names, delimiter: u8) -> Result<Vec<(f64, usize)>, TableProblem> {
    let mut all: Vec<(f64, usize)> = Vec::new();
    let written = |name: &str| if delimiter == b',' { name.to_owned() } else { name.replace(',', ".") };
    let per_cents: Vec<f64> = names.0.iter().filter_map(|name| per_cent(&written(name))).collect();
    // If all numbers are at most four, they may be those of quartiles.
    let has_per_cents = per_cents.iter().any(|per_cent| *per_cent >= 5.0);
    for (place, name) in names.0.iter().enumerate() {
        let name = written(name);
        let level =
            level_of(&name).or_else(|| per_cent(&name).filter(|_| has_per_cents).map(|level| round(level / 100.0)));
        let Some(level) = level else {
            if is_nearly_quantile(&name) {
                return Err(TableProblem::Quantile(header[place].to_owned()));
            }
            continue;
        };
        if let Some(missing) = other_end(&name).filter(|other| !names.0.iter().any(|one| written(one) == *other)) {
            return Err(TableProblem::OneEnd { found: header[place].to_owned(), missing });
        }
        if let Some((_, other)) = all.iter().find(|(known, _)| (known - level).abs() < 1e-9) {
            let columns = (header[*other].to_owned(), header[place].to_owned());
            return Err(TableProblem::Twice { what: format!("the quantile at {level}"), columns });
        }
        all.push((level, place));
    }
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    Ok(all)
}

fn number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|_| text.starts_with(|c: char| c.is_ascii_digit()))
}

fn within(level: f64) -> Option<f64> {
    Some(level).filter(|level| *level > 0.0 && *level < 1.0)
}

/// Whether a name is one that this program gives to a quantile.
fn is_own_quantile(name: &str) -> bool {
    let is_interval = name.starts_with("lower_") || name.starts_with("upper_");
    is_interval || name.strip_prefix('q').is_some_and(|level| number(level).and_then(within).is_some())
}

/// Returns the part after the word or letter of a quantile: `q0.05`, `p05`, `quantile_0.05`.
fn after_prefix(name: &str) -> Option<&str> {
    let rest = ["quantile", "q", "p"].into_iter().find_map(|prefix| name.strip_prefix(prefix))?;
    Some(rest.strip_prefix('_').unwrap_or(rest))
}

/// Returns the level in per cent of `q5`, `p05`, `p97.5` and `5%`.
fn per_cent(name: &str) -> Option<f64> {
    let text = after_prefix(name).or_else(|| name.strip_suffix('%'))?;
    number(text.trim_end()).filter(|level| *level >= 1.0 && *level < 100.0)
}

/// Returns the level of a quantile's column: `q0.05`, `0.05`, `lower_90`, `AutoARIMA-lo-90`.
fn level_of(name: &str) -> Option<f64> {
    // Computed in per cent, so that the level of `lower_90` equals that of `q0.05`.
    let end = |per_cent: f64, sign: f64| within(per_cent / 100.0).map(|_| round((100.0 + sign * per_cent) / 200.0));
    match name {
        "yhat_lower" => return end(OF_PROPHET, -1.0),
        "yhat_upper" => return end(OF_PROPHET, 1.0),
        _ => {}
    }
    if let Some((_, side, per_cent)) = end_of_model(name) {
        return end(per_cent, if side == "lo" { -1.0 } else { 1.0 });
    }
    if let Some(level) = after_prefix(name).or(Some(name)).and_then(number).and_then(within) {
        return Some(level);
    }
    // A level below 1 is a fraction, not a number of per cent.
    let of_side = |prefix: &str, sign: f64| {
        let per_cent = name.strip_prefix(prefix).and_then(number).filter(|per_cent| *per_cent >= 1.0)?;
        end(per_cent, sign)
    };
    of_side("lower_", -1.0).or_else(|| of_side("upper_", 1.0))
}

/// Whether a column that is not a quantile has a name like one: `q-5`, `lower`, `upper90`.
fn is_nearly_quantile(name: &str) -> bool {
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let end = name.strip_prefix("lower").or_else(|| name.strip_prefix("upper"));
    let is_end = end.is_some_and(|rest| rest.is_empty() || is_number(rest.trim_start_matches(['_', '-', ' '])));
    is_end || name.strip_prefix('q').is_some_and(|rest| is_number(rest.trim_start_matches(['_', '-', ' '])))
}

fn round(level: f64) -> f64 {
    (level * 1e12).round() / 1e12
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Result<Columns, TableProblem> {
        Columns::of(&StringRecord::from(names.to_vec()), b',')
    }

    #[test]
    fn levels_of_columns() {
        for (name, level) in [
            ("q0.05", 0.05),
            ("lower_90", 0.05),
            ("upper_97.5", 0.9875),
            ("0.05", 0.05),
            ("p0.5", 0.5),
            ("quantile_0.9", 0.9),
            ("autoarima-lo-90", 0.05),
            ("nhits-hi-95.0", 0.975),
            ("yhat_lower", 0.1),
            ("yhat_upper", 0.9),
        ] {
            assert_eq!(level_of(name), Some(level), "{name}");
        }
        for (name, level) in [("q5", 5.0), ("p05", 5.0), ("p97.5", 97.5), ("5%", 5.0), ("q_10", 10.0), ("q1", 1.0)] {
            assert_eq!((level_of(name), per_cent(name)), (None, Some(level)), "{name}");
        }
        for other in
            ["q0", "q", "qty", "q-0.5", "lower_100", "lower_", "egarch_q0.05", "volume", "price", "p", "1", "5"]
        {
            assert_eq!((level_of(other), per_cent(other)), (None, None), "{other}");
        }
        for nearly in ["q-5", "lower", "upper90", "lower_0.9", "lower_100", "upper_90%"] {
            let error = columns(&["date", "forecast", nearly]).err().unwrap().to_string();
            assert!(error.starts_with(&format!("column '{nearly}': expected a quantile as q0.05")), "{error}");
        }
        assert!(
            ["q", "qty", "quarter", "lowering", "upper_band", "volume"].iter().all(|name| !is_nearly_quantile(name))
        );
    }

    /// Numbers up to four can be those of quartiles.
    #[test]
    fn quartiles_are_no_per_cents() {
        assert!(matches!(columns(&["date", "q1", "q2", "q3"]), Err(TableProblem::Quantile(name)) if name == "q1"));
        assert_eq!(columns(&["date", "q1", "q50", "q99"]).unwrap().levels(), [0.01, 0.5, 0.99]);
        assert_eq!(columns(&["date", "forecast", "p1", "p2"]).unwrap().levels(), [0.5]);
    }

    #[test]
    fn columns_of_other_programs_are_found() {
        let prophet = columns(&["", "ds", "trend", "yhat", "yhat_lower", "yhat_upper"]).unwrap();
        assert_eq!((prophet.date, prophet.forecast, prophet.levels()), (1, Some(3), vec![0.1, 0.9]));
        let nixtla = columns(&["unique_id", "ds", "cutoff", "y", "Naive", "Naive-lo-90", "Naive-hi-90"]).unwrap();
        assert_eq!(
            (nixtla.series, nixtla.origin, nixtla.forecast, nixtla.last_close),
            (Some(0), Some(2), Some(4), None)
        );
        assert_eq!(nixtla.levels(), [0.05, 0.95]);
        let median = columns(&["ds", "MQRNN-median", "MQRNN-lo-80.0", "MQRNN-hi-80.0"]).unwrap();
        assert_eq!((median.forecast, median.levels()), (Some(1), vec![0.1, 0.9]));
        let point = columns(&["unique_id", "ds", "AutoETS"]).unwrap();
        assert_eq!((point.forecast, point.levels()), (Some(2), vec![0.5]));
        let gluon = columns(&["item_id", "timestamp", "mean", "0.1", "0.5", "0.9"]).unwrap();
        assert_eq!((gluon.forecast, gluon.levels()), (None, vec![0.1, 0.5, 0.9]));
        for (names, expected) in [
            (&["unique_id", "ds", "A", "B"][..], "the forecasts of 'A' and 'B', expected those of one"),
            (&["ds", "A", "A-lo-90"], "no column 'a-hi-90' beside 'A-lo-90': expected both ends of the interval"),
            (&["ds", "yhat", "yhat_lower"], "no column 'yhat_upper' beside 'yhat_lower'"),
            (&["ds", "q5", "p05", "q95"], "the columns 'q5' and 'p05' are both the quantile at 0.05"),
        ] {
            let error = columns(names).err().unwrap().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
