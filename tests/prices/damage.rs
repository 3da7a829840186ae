//! Files damaged at random: every reading is right, is an error, or comes with a warning.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::layouts::layouts_of;
use fourcast::prices::{self, PriceSeries, ReadOptions, Reading};
use jiff::civil::Date;

/// Number of damaged copies of each file, unless the environment variable `DAMAGES` is set.
const DAMAGES: usize = 60;

/// Difference of logarithms below which a wrong price between two others cannot be recognised by any reader.
const UNTELLABLE: f64 = 0.35;

/// The same bound for the first and the last price, and for opens, highs and lows.
const UNTELLABLE_AT_AN_END: f64 = 0.6;

/// Number of days outside the span of the file from which a date counts as wrong.
const FAR_OUTSIDE: i64 = 20;

/// Reproducible pseudo-random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Damages a file as storage or transfer might. `other` is a file that it can be mixed with; `mixed` is set if it was.
fn damage(whole: &[u8], other: &[u8], random: &mut Random, mixed: &mut bool) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    if bytes.is_empty() {
        return bytes;
    }
    let at = random.below(bytes.len());
    let mut lines: Vec<Vec<u8>> = whole.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let line = random.below(lines.len());
    let mut in_lines = |change: &mut dyn FnMut(&mut Vec<Vec<u8>>)| {
        change(&mut lines);
        lines.join(&b'\n')
    };
    match random.below(19) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => drop(bytes.remove(at)),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, b"09,;.- \nA\"\xFF\0"[random.below(12)]),
        4 => bytes = in_lines(&mut |lines| lines.insert(line, lines[line].clone())),
        5 => bytes = in_lines(&mut |lines| drop(lines.remove(line))),
        6 => {
            let other = random.below(200);
            bytes = in_lines(&mut |lines| {
                let other = other % lines.len();
                lines.swap(line, other);
            });
        }
        7 => change_one(&mut bytes, random, |byte| b",;\t|".contains(&byte), None),
        8 => change_one(&mut bytes, random, |byte| byte.is_ascii_digit(), Some(b"0123456789")),
        9 => change_one(&mut bytes, random, |byte| b".,".contains(&byte), None),
        10 => change_one(&mut bytes, random, |byte| byte == b'"', None),
        11 => change_one(&mut bytes, random, |byte| byte == b'\n', None),
        12 => change_one(&mut bytes, random, |byte| b"-/.".contains(&byte), Some(b"-/. ")),
        13 => bytes[at] = 0,
        // The beginning of this file, followed by the end of another.
        14 => {
            *mixed = true;
            bytes = [&whole[..at], &other[random.below(other.len())..]].concat();
        }
        // Blocks of lines are lost or repeated.
        15 => {
            let end = line + random.below(6);
            bytes = in_lines(&mut |lines| drop(lines.drain(line..end.min(lines.len()))));
        }
        16 => {
            let end = line + random.below(6);
            bytes = in_lines(&mut |lines| {
                let block = lines[line..end.min(lines.len())].to_vec();
                lines.splice(line..line, block);
            });
        }
        17 => bytes = in_lines(&mut |lines| change_cells(&mut lines[line], random)),
        _ => {
            let once = damage(whole, other, random, mixed);
            bytes = damage(&once, other, random, mixed);
        }
    }
    bytes
}

/// Replaces one byte of a kind by another byte, or removes it.
fn change_one(bytes: &mut Vec<u8>, random: &mut Random, kind: impl Fn(u8) -> bool, others: Option<&[u8]>) {
    let places: Vec<usize> = (0..bytes.len()).filter(|&at| kind(bytes[at])).collect();
    if places.is_empty() {
        return;
    }
    let at = places[random.below(places.len())];
    match others {
        Some(others) => bytes[at] = others[random.below(others.len())],
        None => drop(bytes.remove(at)),
    }
}

/// Removes, empties or negates a cell of a line, or swaps it with the next.
fn change_cells(line: &mut Vec<u8>, random: &mut Random) {
    let count = |mark: &u8| line.iter().filter(|byte| *byte == mark).count();
    let delimiter = *b",;\t|".iter().max_by_key(|mark| count(mark)).unwrap();
    let mut cells: Vec<Vec<u8>> = line.split(|byte| *byte == delimiter).map(<[u8]>::to_vec).collect();
    let cell = random.below(cells.len());
    // Swapped names are a valid header with another meaning, so names are not swapped.
    let count = |kind: fn(&u8) -> bool| line.iter().filter(|byte| kind(byte)).count();
    let has_figures = count(u8::is_ascii_digit) > count(u8::is_ascii_alphabetic);
    match random.below(if has_figures { 4 } else { 3 }) {
        0 => drop(cells.remove(cell)),
        1 => cells[cell].clear(),
        2 => cells[cell].insert(0, b'-'),
        _ => {
            let next = (cell + 1) % cells.len();
            cells.swap(cell, next);
        }
    }
    *line = cells.join(&delimiter);
}

/// Returns the first day on which a damaged file is read wrongly without a new warning.
fn quietly_wrong(good: &Reading, damaged: &Reading) -> Option<String> {
    if damaged.remarks() != good.remarks() || damaged.series.len() != good.series.len() {
        return None;
    }
    let twin = |good: &PriceSeries| damaged.series.iter().find(|damaged| damaged.name == good.name);
    good.series.iter().find_map(|good| wrong_day(good, twin(good)?))
}

fn wrong_day(good: &PriceSeries, damaged: &PriceSeries) -> Option<String> {
    let off = |one: f64, other: f64, most: f64| {
        let same = one == other || (one.is_nan() && other.is_nan());
        !same && (one * other <= 0.0 || (one / other).ln().abs() > most)
    };
    // A file cut down to a row or two can contain anything.
    if damaged.len() < 3 {
        return None;
    }
    let ends = [0, damaged.len() - 1];
    let wrong = |row: usize| match good.dates.binary_search(&damaged.dates[row]) {
        Ok(same) => {
            let most = if ends.contains(&row) { UNTELLABLE_AT_AN_END } else { UNTELLABLE };
            // The basis of adjusted closes can differ; only their returns matter.
            let adjusted = [&good.adjusted, &damaged.adjusted].map(|prices| relative(prices));
            let mut pairs = vec![
                ("close", &good.close, &damaged.close, most),
                ("adjusted close", &adjusted[0], &adjusted[1], most),
            ];
            if let Some((good, damaged)) = good.range.as_ref().zip(damaged.range.as_ref()) {
                pairs.push(("open", &good.open, &damaged.open, UNTELLABLE_AT_AN_END));
                pairs.push(("high", &good.high, &damaged.high, UNTELLABLE_AT_AN_END));
                pairs.push(("low", &good.low, &damaged.low, UNTELLABLE_AT_AN_END));
            }
            let mut pairs = pairs.into_iter().map(|(name, good, damaged, most)| (name, good[same], damaged[row], most));
            let found = pairs.find(|&(_, good, damaged, most)| off(good, damaged, most));
            found.map(|(name, good, damaged, _)| format!("{name} {damaged} for {good}"))
        }
        // A wrong date near the other dates cannot be recognised by any reader.
        Err(0) => (days(damaged.dates[row], good.dates[0]) > FAR_OUTSIDE).then(|| "too early".to_owned()),
        Err(place) => (days(good.dates[place - 1], damaged.dates[row]) > FAR_OUTSIDE).then(|| "too late".to_owned()),
    };
    (0..damaged.len()).find_map(|row| Some(format!("{} {}: {}", damaged.name, damaged.dates[row], wrong(row)?)))
}

/// Returns prices divided by their median.
fn relative(prices: &[f64]) -> Vec<f64> {
    let mut sorted = prices.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    prices.iter().map(|price| price / sorted[sorted.len() / 2]).collect()
}

/// Returns the lines of a damaged file that the whole one does not have.
fn new_lines(whole: &[u8], damaged: &[u8]) -> String {
    let old: Vec<&[u8]> = whole.split(|byte| *byte == b'\n').collect();
    let new = damaged.split(|byte| *byte == b'\n').filter(|line| !old.contains(line));
    new.take(4).map(|line| format!("    {}\n", String::from_utf8_lossy(line))).collect()
}

fn days(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// Returns the fixtures by name: samples of vendors' files, and invented days in the layouts of others.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder.join("formats")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    files.sort();
    for file in ["layouts.txt", "more_layouts.txt"] {
        // From a few days given as counts of days, no reader can tell which day the count starts from.
        let layouts = layouts_of(file).into_iter().filter(|(name, _)| !name.starts_with("Excel 1904"));
        files.extend(layouts.map(|(name, text)| (name, text.into_bytes())));
    }
    files
}

/// The results of reading damaged copies of files.
#[derive(Default)]
struct Outcome {
    refused: usize,
    read: usize,
    faults: Vec<String>,
}

/// Damages a file repeatedly; each file has its own random sequence.
fn damage_one(place: usize, files: &[(String, Vec<u8>)], damages: usize) -> Outcome {
    let (name, whole) = &files[place];
    let mut random = Random(88_172_645_463_325_252 + place as u64);
    let options = ReadOptions::default();
    let mut outcome = Outcome::default();
    let Ok(good) = prices::read_bytes("file", whole, &options) else { return outcome };
    for _ in 0..damages {
        let other = &files[random.below(files.len())].1;
        let mut mixed = false;
        let bytes = damage(whole, other, &mut random, &mut mixed);
        match prices::read_bytes("file", &bytes, &options) {
            Err(_) => outcome.refused += 1,
            Ok(damaged) => {
                outcome.read += 1;
                // If two files were mixed, either can be what is left.
                let is_other = || {
                    let other = prices::read_bytes("file", other, &options);
                    mixed && other.is_ok_and(|other| quietly_wrong(&other, &damaged).is_none())
                };
                let wrong = quietly_wrong(&good, &damaged).filter(|_| !is_other());
                outcome.faults.extend(wrong.map(|day| format!("{name}: {day}\n{}", new_lines(whole, &bytes))));
            }
        }
    }
    outcome
}

#[test]
fn no_damage_is_quietly_believed() {
    let damages = std::env::var("DAMAGES").map_or(DAMAGES, |count| count.parse().unwrap());
    let files = fixtures();
    let next = AtomicUsize::new(0);
    let outcome = Mutex::new(Outcome::default());
    let work = || {
        while let Some(place) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < files.len()) {
            let one = damage_one(place, &files, damages);
            let mut all = outcome.lock().unwrap();
            all.refused += one.refused;
            all.read += one.read;
            all.faults.extend(one.faults);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let Outcome { refused, read, mut faults } = outcome.into_inner().unwrap();
    faults.sort();
    assert!(
        faults.is_empty(),
        "{refused} refused, {read} read, {} quietly wrong:\n{}",
        faults.len(),
        faults[..faults.len().min(400)].join("\n")
    );
    assert!(refused > 1000 && read > 1000, "{refused} refused, {read} read");
}
