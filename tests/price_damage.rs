//! Files damaged at random: every answer is right, or an error, or comes with a warning.

use std::fs;
use std::path::Path;

use fourcast::prices::{self, PriceSeries, ReadOptions, Reading};
use jiff::civil::Date;

/// Damages to each file.
const DAMAGES: usize = 60;

/// A price that is off by less may be any price: no reader can tell.
const UNTELLABLE: f64 = 0.45;

/// A day this far outside the span, in days, is told by the gap.
const FAR_OUTSIDE: i64 = 20;

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// What may happen to a file on its way.
fn damage(whole: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let at = random.below(bytes.len());
    let mut lines: Vec<Vec<u8>> = whole.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let line = random.below(lines.len());
    let mut in_lines = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        change(&mut lines);
        lines.join(&b'\n')
    };
    match random.below(8) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => drop(bytes.remove(at)),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, b"09,;.- \nA\"\xFF"[random.below(11)]),
        4 => bytes = in_lines(&|lines| lines.insert(line, lines[line].clone())),
        5 => bytes = in_lines(&|lines| drop(lines.remove(line))),
        6 => {
            let other = random.below(200);
            bytes = in_lines(&|lines| {
                let other = other % lines.len();
                lines.swap(line, other);
            });
        }
        _ => {
            bytes = in_lines(&|lines| {
                let delimiter = lines[line].iter().position(|byte| b",;\t".contains(byte));
                if let Some(delimiter) = delimiter {
                    lines[line].remove(delimiter);
                }
            });
        }
    }
    bytes
}

/// The day on which a damaged reading is quietly wrong.
fn quietly_wrong(good: &Reading, damaged: &Reading) -> Option<String> {
    if damaged.remarks() != good.remarks() || damaged.series.len() != good.series.len() {
        return None;
    }
    let twin = |good: &PriceSeries| damaged.series.iter().find(|damaged| damaged.name == good.name);
    good.series.iter().find_map(|good| wrong_day(good, twin(good)?))
}

fn wrong_day(good: &PriceSeries, damaged: &PriceSeries) -> Option<String> {
    let off = |one: f64, other: f64| one != other && ((one / other).ln().abs() > UNTELLABLE || one * other <= 0.0);
    let wrong = |row: &usize| match good.dates.binary_search(&damaged.dates[*row]) {
        Ok(same) => off(good.close[same], damaged.close[*row]) || off(good.adjusted[same], damaged.adjusted[*row]),
        // One day for another, near the others: no reader can tell either.
        Err(0) => days(damaged.dates[*row], good.dates[0]) > FAR_OUTSIDE,
        Err(place) => days(good.dates[place - 1], damaged.dates[*row]) > FAR_OUTSIDE,
    };
    // Of a file cut down to a row or two, anything may be left.
    let row = (0..damaged.len()).find(wrong).filter(|_| damaged.len() > 2)?;
    Some(format!("{}: {} {}", damaged.name, damaged.dates[row], damaged.close[row]))
}

fn days(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

/// The fixtures, by name: samples of vendors' files, and invented days in the layouts of others.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder.join("formats")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    files.sort();
    for layouts in ["layouts.txt", "more_layouts.txt"] {
        let text = fs::read_to_string(folder.join(layouts)).unwrap();
        let layouts = text.split("=== ").skip(1).map(|layout| layout.split_once('\n').unwrap());
        files.extend(layouts.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())));
    }
    files
}

#[test]
fn no_damage_is_quietly_believed() {
    let mut random = Random(88_172_645_463_325_252);
    let (mut refused, mut read) = (0, 0);
    for (name, whole) in fixtures() {
        let options = ReadOptions::default();
        let Ok(good) = prices::read_bytes("file", &whole, &options) else { continue };
        for _ in 0..DAMAGES {
            let bytes = damage(&whole, &mut random);
            match prices::read_bytes("file", &bytes, &options) {
                Err(_) => refused += 1,
                Ok(damaged) => {
                    read += 1;
                    let wrong = quietly_wrong(&good, &damaged);
                    assert!(wrong.is_none(), "{name}: {wrong:?}\n{}", String::from_utf8_lossy(&bytes));
                }
            }
        }
    }
    assert!(refused > 1000 && read > 1000, "{refused} refused, {read} read");
}
