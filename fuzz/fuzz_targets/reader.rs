//! Feeds any bytes to the price reader, which must return prices or an error. It must not panic, and must not take more
//! memory than a small multiple of the text. The fuzzer itself limits the time.

#![no_main]

use std::io::{self, Read};

use fourcast::cli::help::{Help, inspection};
use fourcast::prices::{self, Compression, ReadOptions, Reading};
use fourcast::report::{self, CsvRows, Format, Terminal};
use fourcast_fuzz::{Counting, with_memory};
use libfuzzer_sys::fuzz_target;

/// Bytes of memory per byte of text: a cell of two bytes, including its delimiter, becomes a price and an adjusted
/// price of eight bytes each, with its day and its line, in vectors that can be half empty.
const MULTIPLE: usize = 64;

/// Bytes of buffers for any file: the head, its copies, and the cells of its first rows for every delimiter.
const BUFFERS: usize = 24 << 20;

#[global_allocator]
static MEMORY: Counting = Counting;

fuzz_target!(|bytes: &[u8]| {
    let Some(text) = unpacked(bytes) else { return };
    let ((), used) = with_memory(|| match prices::read_bytes("prices.csv", bytes, &ReadOptions::default()) {
        Ok(reading) => check(&reading),
        Err(error) => drop((error.to_string(), error.help())),
    });
    let allowed = BUFFERS + MULTIPLE * text;
    assert!(used <= allowed, "{used} bytes of memory for {text} bytes of text, allowed are {allowed}");
});

/// Returns the length of the text after unpacking; `None` if it is too long.
fn unpacked(bytes: &[u8]) -> Option<usize> {
    const MAX_LENGTH: u64 = 4 << 20;
    let Some(compression) = Compression::of(bytes) else {
        return Some(bytes.len());
    };
    let mut text = compression.unpack(Box::new(bytes)).take(MAX_LENGTH);
    // Damaged data is unpacked as far as possible.
    let (mut length, mut buffer) = (0, [0; 8192]);
    while let Ok(count @ 1..) = text.read(&mut buffer) {
        length += count;
    }
    ((length as u64) < MAX_LENGTH).then_some(bytes.len().max(length))
}

/// Checks what every reading guarantees, and that it can be printed.
fn check(reading: &Reading) {
    // All series of a file of several can have failed, each with its own error.
    assert!(!reading.series.is_empty() || reading.failed.len() > 1);
    let mut rows = 0;
    for series in &reading.series {
        rows += series.len();
        assert!(!series.is_empty());
        assert!(series.dates.is_sorted_by(|one, next| one < next));
        let columns = [Some(&series.close), Some(&series.adjusted), series.volume.as_ref()];
        let range = series.range.iter().flat_map(|range| [&range.open, &range.high, &range.low]);
        for column in columns.into_iter().flatten().chain(range) {
            assert_eq!(column.len(), series.len());
            assert!(column.iter().all(|value| value.is_finite()));
        }
    }
    assert_eq!(rows, reading.understood.usable_rows);
    assert!(rows <= reading.understood.rows * reading.series.len());
    drop(reading.splits_settled());
    for failed in &reading.failed {
        drop((failed.error.to_string(), failed.error.help()));
    }
    for format in [Format::Json, Format::Table] {
        let mut out = Terminal::new(io::sink());
        report::write(&inspection(reading), format, &mut out, &mut CsvRows::of(false))
            .expect("a sink takes everything");
    }
}
